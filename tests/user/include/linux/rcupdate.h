/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RCU that really defers: a thread waits for the readers that began before
 * the grace period did, and then runs the callbacks.  It does not wait for
 * readers that came later, so that a reference which only a later reader's
 * luck would have saved is a use after free that a sanitizer sees.
 *
 * SHIM_FAST: a read section is nothing at all, as in a kernel without
 * PREEMPT_RCU; threads say when they are quiescent.
 */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#ifdef SHIM_FAST
static inline void rcu_read_lock(void) { barrier(); }
static inline void rcu_read_unlock(void) { barrier(); }
#define rcu_read_lock_held()		1
#else
void rcu_read_lock(void);
void rcu_read_unlock(void);
#define rcu_read_lock_held()		shim_in_rcu()
#endif

#define rcu_read_lock_sched()		rcu_read_lock()
#define rcu_read_unlock_sched()		rcu_read_unlock()

typedef void (*rcu_callback_t)(struct rcu_head *head);

void call_rcu(struct rcu_head *head, rcu_callback_t func);
#define call_rcu_hurry			call_rcu
void synchronize_rcu(void);
#define synchronize_rcu_expedited	synchronize_rcu
void rcu_barrier(void);
void shim_kfree_rcu(struct rcu_head *head, unsigned long offset);
#define kfree_rcu(p, field)						\
	shim_kfree_rcu(&(p)->field, offsetof(typeof(*(p)), field))

/* Loads: acquire stands for the address dependency; on x86 it is a load. */
#define rcu_dereference_raw(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#ifdef SHIM_FAST
#define rcu_dereference_check(p, c)	rcu_dereference_raw(p)
#define rcu_dereference_protected(p, c)	(p)
#else
#define rcu_dereference_check(p, c)					\
	({ WARN_ON(!(shim_in_rcu() || (c))); rcu_dereference_raw(p); })
#define rcu_dereference_protected(p, c)					\
	({ WARN_ON(!(c)); (p); })
#endif
#define rcu_dereference(p)		rcu_dereference_check(p, 0)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)		__atomic_store_n(&(p), (v), __ATOMIC_RELAXED)

#endif /* _LINUX_RCUPDATE_H */
