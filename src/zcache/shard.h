/* SPDX-License-Identifier: GPL-2.0 */
/*
 * shard.h - the parts of the replacement policy, and their locks: see shard.c
 */
#ifndef _ZCACHE_SHARD_H
#define _ZCACHE_SHARD_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include "admit.h"
#include "gain.h"
#include "page.h"
#include "policy.h"

/* Pages of an object that share a shard: 64. */
#define SHARD_BLOCK_SHIFT	6

/**
 * enum shard_has - what others want to know of a shard without its lock
 * @HAS_PAGES: it has pages
 * @HAS_TENANTS: of these, tenants, which go before others
 * @HAS_COPIES: and pages that have been copied to elsewhere, likewise
 * @HAS_DEAR: disks take long to read most of what it is offered (admit.c)
 * @HAS_PAYING: what it has bought pays (admit.c), and does no harm (gain.c)
 * @HAS_NR: how many kinds there are
 */
enum shard_has {
	HAS_PAGES,
	HAS_TENANTS,
	HAS_COPIES,
	HAS_DEAR,
	HAS_PAYING,
	HAS_NR,
};

/**
 * struct zc_shard - a part of the pages
 * @lock: of all the rest
 * @told: what zc_shards_have says of it, a bit for each kind
 * @ghost_stays: its table may not be larger; written under ghost_mutex, and read
 *	without
 * @policy: the pages
 * @admit: what it has learnt of buying
 * @gain: what it was good for
 */
struct zc_shard {
	spinlock_t lock;
	u8 told;
	bool ghost_stays;
	struct zc_policy policy;
	struct zc_admission admit;
	struct zc_gain gain;
} ____cacheline_aligned_in_smp;

/* A power of two of them; constant since zc_shards_init(). */
extern struct zc_shard *zc_shards;
extern unsigned int zc_nr_shards;
/* How many get pages, the first ones, a power of two; ghost_mutex to write. */
extern unsigned int zc_active_shards;
/* For each kind, which shards have some: a hint, a moment old. */
extern atomic_long_t zc_shards_have[HAS_NR];

unsigned int zc_shard_turn(void);
void zc_shard_turn_ends(void);
void zc_shard_told(struct zc_shard *s, u8 now);
void zc_shard_check_ghost(const struct zc_shard *s);

/* The shard of a page that comes, is asked for, or is to be remembered. */
static inline struct zc_shard *zc_shard_of(u64 object, u32 index)
{
	unsigned int n = READ_ONCE(zc_active_shards);
	u32 block = index >> SHARD_BLOCK_SHIFT;

	/*
	 * What is bought of a long file to learn from is at every eighth block
	 * (cleancache's samples of runs): without this all of it would be in
	 * one shard of eight, and the others learn nothing.
	 */
	block += block >> 3;
	/* An odd step leads to each of them before it comes to one again. */
	return &zc_shards[((object >> 40) + block * ((object >> 48) | 1)) &
			  (n - 1)];
}

/* The shard that a page has been in since it was linked. */
static inline struct zc_shard *zc_shard_with(const struct zpage *zp)
{
	return &zc_shards[zpage_shard(zp)];
}

static inline unsigned int zc_shard_number(const struct zc_shard *s)
{
	return s - zc_shards;
}

/* Which shards have pages of a kind, a bit for each. */
static inline unsigned long zc_shards_with(enum shard_has kind)
{
	return (unsigned long)atomic_long_read(&zc_shards_have[kind]);
}

/* Of shards of which there are some, the next one from @first on, round; out of these. */
static inline struct zc_shard *zc_shard_next(unsigned long *shards,
					     unsigned int first)
{
	unsigned long rest = *shards & ~0UL << first;
	unsigned int n = __ffs(rest ?: *shards);

	*shards &= ~(1UL << n);
	return &zc_shards[n];
}

static inline struct zc_shard *zc_shard_lock(struct zc_shard *s,
					     unsigned long *flags)
	__acquires(&s->lock)
{
	spin_lock_irqsave(&s->lock, *flags);
	return s;
}

/* Is what it has bought asked for, and else not in the page cache?  Its lock. */
static inline bool shard_pays(const struct zc_shard *s)
{
	return s->admit.pays && !s->gain.harms;
}

static inline void zc_shard_unlock(struct zc_shard *s, unsigned long flags)
	__releases(&s->lock)
{
	const struct zc_policy *p = &s->policy;
	u8 now = !!policy_pages(p) << HAS_PAGES |
		 !!p->nr_tenants << HAS_TENANTS | !!p->nr_copied << HAS_COPIES |
		 s->admit.is_dear << HAS_DEAR | shard_pays(s) << HAS_PAYING;

	if (unlikely(now != s->told))
		zc_shard_told(s, now);
	spin_unlock_irqrestore(&s->lock, flags);
}

/* From one to the next, which is nearly always the same. */
static inline struct zc_shard *zc_shard_move(struct zc_shard *from,
					     struct zc_shard *to,
					     unsigned long *flags)
{
	if (from == to)
		return to;
	zc_shard_unlock(from, *flags);
	return zc_shard_lock(to, flags);
}

/* Pages in it, a moment ago. */
static inline unsigned long zc_shard_pages(const struct zc_shard *s)
{
	/* Counts change under the lock; a guess is what is asked for. */
	return data_race(policy_pages(&s->policy));
}

#endif /* _ZCACHE_SHARD_H */
