/* SPDX-License-Identifier: GPL-2.0 */
/*
 * percpu_ref with the kernel's semantics: while it lives, get and put touch
 * this CPU's counter only; kill makes tryget_live fail at once and drops the
 * initial reference after a grace period, in which the counters are added up.
 * release is called by whoever drops the last reference.
 */
#ifndef _LINUX_PERCPU_REFCOUNT_H
#define _LINUX_PERCPU_REFCOUNT_H

#include <linux/percpu.h>
#include <linux/rcupdate.h>

struct percpu_ref;
typedef void (percpu_ref_func_t)(struct percpu_ref *ref);

struct percpu_ref {
	long *pcpu;		/* of each CPU; may be negative, the sum counts */
	long count;		/* after the switch, and a bias before it */
	int dead;		/* 1: killed; 2: and switched to @count */
	int exited;
	percpu_ref_func_t *release;
	struct rcu_head rcu;
};

int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release,
		    unsigned int flags, gfp_t gfp);
void percpu_ref_kill(struct percpu_ref *ref);
void percpu_ref_exit(struct percpu_ref *ref);
bool percpu_ref_is_zero(struct percpu_ref *ref);
bool shim_ref_tryget_slow(struct percpu_ref *ref, bool live);
void shim_ref_put_slow(struct percpu_ref *ref);

static inline bool percpu_ref_is_dying(struct percpu_ref *ref)
{
	return READ_ONCE(ref->dead);
}

static inline bool percpu_ref_tryget_live(struct percpu_ref *ref)
{
	bool got = true;

	rcu_read_lock();
	if (likely(!smp_load_acquire(&ref->dead)))
		this_cpu_inc(*ref->pcpu);
	else
		got = shim_ref_tryget_slow(ref, true);
	rcu_read_unlock();
	return got;
}

static inline void percpu_ref_put(struct percpu_ref *ref)
{
	rcu_read_lock();
	if (likely(!smp_load_acquire(&ref->dead)))
		this_cpu_dec(*ref->pcpu);
	else
		shim_ref_put_slow(ref);
	rcu_read_unlock();
}

#endif /* _LINUX_PERCPU_REFCOUNT_H */
