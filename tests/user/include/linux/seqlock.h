/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence counts; that of a spinlock checks that its lock is held. */
#ifndef _LINUX_SEQLOCK_H
#define _LINUX_SEQLOCK_H

#include <linux/spinlock.h>

typedef struct seqcount_spinlock {
	unsigned int sequence;
#ifndef SHIM_FAST
	spinlock_t *lock;
#endif
} seqcount_spinlock_t, seqcount_t;

#ifdef SHIM_FAST
#define seqcount_spinlock_init(s, l)	((s)->sequence = 0)
#define __shim_seq_assert(s)		((void)0)
#else
#define seqcount_spinlock_init(s, l)	((s)->sequence = 0, (s)->lock = (l))
#define __shim_seq_assert(s)						\
	do {								\
		if ((s)->lock)						\
			lockdep_assert_held((s)->lock);			\
	} while (0)
#endif
#define seqcount_init(s)		seqcount_spinlock_init(s, NULL)

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = smp_load_acquire(&s->sequence)) & 1)
		cpu_relax();
	return seq;
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return READ_ONCE(s->sequence) != start;
}

#define raw_read_seqcount_begin		read_seqcount_begin

static inline void raw_write_seqcount_begin(seqcount_t *s)
{
	__shim_seq_assert(s);
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
	shim_race_point();
}

static inline void raw_write_seqcount_end(seqcount_t *s)
{
	shim_race_point();
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 1);
}

#define write_seqcount_begin		raw_write_seqcount_begin
#define write_seqcount_end		raw_write_seqcount_end

#endif /* _LINUX_SEQLOCK_H */
