/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spinlocks.
 *
 * Checked: a pthread mutex that knows its owner and its class, which is the
 * place of its spin_lock_init(), as for lockdep.  Taking two classes in both
 * orders, two locks of one class, an irqsave lock with irqs on in one place
 * and off in another, or sleeping under one is a warning.
 *
 * SHIM_FAST: what an uncontended kernel spinlock is, an atomic exchange and a
 * store.  Switching irqs off has no counterpart and costs nothing.  A source that
 * is compiled with SHIM_LOCK_TIMES adds up for how long it holds locks.
 */
#ifndef _LINUX_SPINLOCK_H
#define _LINUX_SPINLOCK_H

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <asm/barrier.h>

#ifdef SHIM_FAST

typedef struct spinlock {
	unsigned int v;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	{ 0 }
#define spin_lock_init(l)		((l)->v = 0)

/* Of this thread; it holds one lock at a time that is timed. */
struct shim_lock_times {
	uint64_t visits, ticks, began;
};

extern __thread struct shim_lock_times shim_lock_times;

/* Both fences: what comes before does not count, what was begun does. */
static inline uint64_t shim_ticks(void)
{
#if defined(__x86_64__)
	uint32_t lo, hi;

	__asm__ __volatile__("lfence; rdtsc; lfence"
			     : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
#elif defined(__aarch64__)
	uint64_t t;

	__asm__ __volatile__("isb; mrs %0, cntvct_el0; isb"
			     : "=r" (t) : : "memory");
	return t;
#else
#error "no clock"
#endif
}

static inline void spin_lock(spinlock_t *l)
{
	while (__atomic_exchange_n(&l->v, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&l->v, __ATOMIC_RELAXED))
			cpu_relax();
#ifdef SHIM_LOCK_TIMES
	shim_lock_times.visits++;
	shim_lock_times.began = shim_ticks();
#endif
}

static inline int spin_trylock(spinlock_t *l)
{
	return !__atomic_exchange_n(&l->v, 1, __ATOMIC_ACQUIRE);
}

static inline void spin_unlock(spinlock_t *l)
{
#ifdef SHIM_LOCK_TIMES
	shim_lock_times.ticks += shim_ticks() - shim_lock_times.began;
#endif
	__atomic_store_n(&l->v, 0, __ATOMIC_RELEASE);
}

#else /* checked */

#include <pthread.h>

typedef struct spinlock {
	struct lockdep_map dep_map;
	pthread_mutex_t m;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)					\
	{ .dep_map = { .own = { #name } },			\
	  .m = PTHREAD_MUTEX_INITIALIZER }

#define spin_lock_init(l) do {						\
	static struct lock_class_key __key = { .name = #l };			\
									\
	shim_spin_init(l, &__key);					\
} while (0)

void shim_spin_init(spinlock_t *l, struct lock_class_key *class);
void spin_lock(spinlock_t *l);
int spin_trylock(spinlock_t *l);
void spin_unlock(spinlock_t *l);

#endif /* SHIM_FAST */

#define DEFINE_SPINLOCK(name)	spinlock_t name = __SPIN_LOCK_UNLOCKED(name)
#define spin_lock_nested(l, sub)	spin_lock(l)
#define spin_is_locked(l)		lockdep_is_held(l)

#define spin_lock_irqsave(l, flags) do {				\
	local_irq_save(flags);						\
	spin_lock(l);							\
} while (0)
#define spin_unlock_irqrestore(l, flags) do {				\
	spin_unlock(l);							\
	local_irq_restore(flags);					\
} while (0)
#define spin_lock_irq(l) do {						\
	local_irq_disable();						\
	spin_lock(l);							\
} while (0)
#define spin_unlock_irq(l) do {						\
	spin_unlock(l);							\
	local_irq_enable();						\
} while (0)
#define spin_lock_bh(l)		spin_lock(l)
#define spin_unlock_bh(l)	spin_unlock(l)

typedef spinlock_t raw_spinlock_t;
#define raw_spin_lock_init	spin_lock_init
#define raw_spin_lock		spin_lock
#define raw_spin_unlock		spin_unlock
#define raw_spin_lock_irqsave	spin_lock_irqsave
#define raw_spin_unlock_irqrestore spin_unlock_irqrestore

#endif /* _LINUX_SPINLOCK_H */
