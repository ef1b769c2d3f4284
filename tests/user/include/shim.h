/* SPDX-License-Identifier: GPL-2.0 */
/*
 * shim.h - what the tests know of the kernel that they play
 *
 * Purpose: the headers in linux/ make the unchanged sources of src/core
 * compile in user space.  This one is the other side of them: how a test
 * lets allocations fail, counts warnings and leaks, and plays a context.
 *
 * Why this design: linux: tools/testing/radix-tree does the same for the
 * XArray, and the core is written to the same rules: its correctness must not
 * need a kernel to show.  What is taken from the kernel itself (rbtree, list,
 * hash, err, minmax, ...) is its own source, copied into the build folder;
 * everything here is a model of an interface.  A model is stricter than the
 * kernel where that finds bugs: every lock is lockdep's, every allocation
 * can fail, a grace period waits for real readers and no longer than it must.
 *
 * With SHIM_FAST, for the bench, locks and RCU cost what they cost in a
 * kernel that does not contend for them, and nothing is checked.
 */
#ifndef _SHIM_H
#define _SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Warnings (WARN_ON, a broken lock or context rule) since the last reset. */
unsigned long shim_warnings(void);
void shim_reset_warnings(void);
void shim_warn(const char *file, int line, const char *what);

/*
 * Let the @nth (1 is the next) fallible allocation of any thread fail, and
 * those after it too if @sticky; 0: none.  Returns how many were made since
 * the last call.
 */
unsigned long shim_fail_nth(unsigned long nth, bool sticky);
/* Of a million allocations, let about @ppm fail, at random. */
void shim_fail_ppm(unsigned int ppm);
/* Whether this allocation is to fail; for hosts that allocate themselves. */
bool shim_should_fail(void);
/* Allocations that failed because they were told to. */
unsigned long shim_failures(void);

/* Bytes and pieces of kmalloc, alloc_percpu and so on, not yet freed. */
long shim_live_allocs(void);

/* Wait until every work item and RCU callback queued so far has run. */
void shim_settle(void);
/* Wait until a grace period begins; false if none did in @ms milliseconds. */
bool shim_wait_for_gp(unsigned int ms);
/* The time of every delayed work item has come; false: there was none. */
bool shim_fire_timers(void);
/* Bring RCU's and the work queue's threads to an end; none left to leak. */
void shim_shutdown(void);

/* Whether the caller may sleep, is in an RCU read section, holds no lock. */
bool shim_in_atomic(void);
bool shim_irqs_disabled(void);
bool shim_in_rcu(void);
int shim_locks_held(void);
/* The number of the read section that the caller is in, or was in last. */
unsigned long shim_rcu_section(void);

/*
 * Called at points where two threads are apt to race: yields or sleeps now
 * and then, so that two cores reach more interleavings.  Costs nothing until
 * shim_perturb() has been told to.
 */
#ifdef SHIM_FAST
static inline void shim_race_point(void) { }
#else
void shim_race_point(void);
#endif
void shim_perturb(unsigned int one_in);

/* With SHIM_FAST: a thread says that it holds no RCU reference, or is new. */
void shim_quiescent(void);
/* A thread that used RCU is about to end. */
void shim_thread_exit(void);

#endif /* _SHIM_H */
