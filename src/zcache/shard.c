// SPDX-License-Identifier: GPL-2.0
/*
 * shard.c - the parts of the replacement policy
 *
 * Purpose: let many CPUs put, get and evict at once.
 *
 * Why this design: one lock for all of the policy, taken three times in the life
 * of a page, is the wall that a machine of many CPUs runs into.  So there are
 * several policies, each with a lock of its own, a part of the pages and all that
 * is known of them: its lists, its part of the ghost table, what it has learnt
 * of buying and of gain, and its own clock.  A shard is a store of its own in all
 * but memory.  Each sees the same mixture of what goes on, at a part of its rate,
 * and comes to the same conclusions by figures that are all smaller by that:
 * pages held, distances, windows.  For that the blocks of an object, 64 pages
 * each, take turns: a long file has as much in each shard, and the order, which
 * is the object's own, keeps two that are read side by side from meeting again
 * and again.  A CPU that works its way through a file stays in a shard for a
 * block; a run has two at most.
 *
 * What is left in common is the limit, so a page that goes is one of the shard
 * that has more than its part: of two that are drawn, the one with more pages,
 * which then gives EVICT_TURN of them before the CPU draws again.  Pages that go
 * before all others (tenants, then copies) do so whatever shard has them:
 * zc_shards_have says which ones do.
 *
 * There is one shard if there is one CPU.  If there are more, there are as many
 * as the limit has SHARD_PAGES (sums.h), at most ZC_SHARDS_MAX, since two CPUs
 * that meet in a shard are slower than one: with 64, two of them meet for a 64th
 * of the time.  When the limit changes, and their number by that, pages stay
 * where they are (those of shards that get none any more go every other time),
 * and what the ghost table knew under another number is forgotten.  So a balloon
 * that moves the limit does not change it before it is wrong by a factor of four.
 *
 * The ghost tables begin small and are doubled in a worker when they have
 * forgotten much: a machine of many GiB that reads few files has small ones.
 *
 * Invariants: the bit of a shard in zc_shards_have[] is right whenever its lock is
 * free.  A number that a descriptor has (zpage_shard()) is always below
 * zc_nr_shards.
 *
 * Locking: shard->lock, irqsave, innermost, and never two of them at once.
 * ghost_mutex, outside of them, for who changes a table's size or the number of
 * shards that are in use.
 */
#include <linux/cpumask.h>
#include <linux/kmemleak.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <compat/test_export.h>
#include <compat/workqueue.h>
#include "shard.h"
#include "sums.h"
#include "zcache.h"

/* Pages that a CPU evicts before it looks for another shard. */
#define EVICT_TURN	64

/**
 * struct zc_turn - which shard a CPU evicts from
 * @shard: its number
 * @left: pages until it draws again
 * @seed: of its random numbers
 *
 * Whoever is preempted may find that another one had the turn meanwhile: all
 * values are good ones.
 */
struct zc_turn {
	unsigned int shard;
	unsigned int left;
	u32 seed;
};

TMEM_TEST_VALUE(evict_shards, "so many shards, a power of two");

struct zc_shard *zc_shards __read_mostly;
unsigned int zc_nr_shards __read_mostly;
unsigned int zc_active_shards __read_mostly = 1;
/* Apart from what all read and nobody writes. */
atomic_long_t zc_shards_have[HAS_NR] ____cacheline_aligned_in_smp;
static DEFINE_PER_CPU(struct zc_turn, zc_turn);
/* There has been a pool whose pages the ghost table can remember. */
static bool ghost_wanted;
static DEFINE_MUTEX(ghost_mutex);

static void zc_shards_work_fn(struct work_struct *work);
static DECLARE_WORK(zc_shards_work, zc_shards_work_fn);

/**
 * zc_shard_told - say to all what a shard has now
 * @s: the shard
 * @now: what it has, a bit for each kind
 *
 * Context: the shard's lock.
 */
void zc_shard_told(struct zc_shard *s, u8 now)
{
	long bit = (long)(1UL << zc_shard_number(s));
	u8 changed = now ^ s->told;
	unsigned int i;

	lockdep_assert_held(&s->lock);
	for (i = 0; i < HAS_NR; i++) {
		if (!(changed & 1U << i))
			continue;
		if (now & 1U << i)
			atomic_long_or(bit, &zc_shards_have[i]);
		else
			atomic_long_andnot(bit, &zc_shards_have[i]);
	}
	s->told = now;
}

/* How many are to be in use, by today's limit. */
static unsigned int zc_shards_right(void)
{
	unsigned int n = evict_shards;

	if (!n)
		n = zc_sum_shards(num_possible_cpus(),
				  zc_room_limit() >> PAGE_SHIFT);
	return min(n, zc_nr_shards);
}

/* Has the limit moved so far that their number matters? */
static bool zc_shards_are_wrong(void)
{
	unsigned int n = READ_ONCE(zc_active_shards), right = zc_shards_right();

	return right > 2 * n || n > 2 * right;
}

/* Draw the shard that is to give pages next. */
static unsigned int zc_shard_draw(u32 dice)
{
	unsigned int n = READ_ONCE(zc_active_shards), one, other;
	unsigned long active = ~0UL >> (ZC_SHARDS_MAX - n);
	/* Those that got pages before the limit changed, and do not now. */
	unsigned long rest = zc_shards_with(HAS_PAGES) & ~active;

	if (rest && (dice & 1))
		return __ffs(rest);
	one = (dice >> 26) & (n - 1);
	other = (dice >> 20) & (n - 1);
	if (zc_shard_pages(&zc_shards[one]) < zc_shard_pages(&zc_shards[other]))
		one = other;
	return one;
}

/**
 * zc_shard_turn - where this CPU is to look first for a page that goes
 *
 * Context: process, irqs on.
 * Return: a shard's number.
 */
unsigned int zc_shard_turn(void)
{
	struct zc_turn *turn;
	unsigned int left;
	u32 seed;

	if (zc_nr_shards == 1)
		return 0;
	turn = raw_cpu_ptr(&zc_turn);
	left = READ_ONCE(turn->left);
	if (left) {
		WRITE_ONCE(turn->left, left - 1);
		return READ_ONCE(turn->shard);
	}
	/* Nobody says so when a balloon moves the limit. */
	if (zc_shards_are_wrong())
		queue_work(tmem_unbound_wq, &zc_shards_work);
	seed = (READ_ONCE(turn->seed) + raw_smp_processor_id()) * 1664525 +
	       1013904223;
	WRITE_ONCE(turn->seed, seed);
	WRITE_ONCE(turn->shard, zc_shard_draw(seed ^ seed >> 16));
	WRITE_ONCE(turn->left, EVICT_TURN - 1);
	return READ_ONCE(turn->shard);
}

/**
 * zc_shard_turn_ends - have this CPU draw the next time it asks whose turn it is
 *
 * Context: process, irqs on.
 */
void zc_shard_turn_ends(void)
{
	WRITE_ONCE(raw_cpu_ptr(&zc_turn)->left, 0);
}

/* ---- the ghost tables ---- */

static u64 ghost_entries(const struct zc_shard *s)
{
	return (u64)s->policy.ghost.sets * GHOST_WAYS;
}

/* Of all shards. */
static u64 ghost_most(void)
{
	return zc_sum_ghosts(zc_room_limit() >> PAGE_SHIFT);
}

/* Put another table in the place of the old one, which is freed. */
static void ghost_replace(struct zc_shard *s, const struct ghost *new)
{
	struct ghost old;

	lockdep_assert_held(&ghost_mutex);
	spin_lock_irq(&s->lock);
	old = s->policy.ghost;
	s->policy.ghost = *new;
	spin_unlock_irq(&s->lock);
	zc_room_account(zc_ghost_bytes(new));
	zc_room_account(-(long)zc_ghost_bytes(&old));
	zc_ghost_exit(&old);
}

static void ghost_grow(struct zc_shard *s, u64 most)
{
	struct ghost new;

	lockdep_assert_held(&ghost_mutex);
	/* A guess, which the next one corrects. */
	if (!data_race(ghost_is_small(&s->policy.ghost)) || s->ghost_stays)
		return;
	if (!zc_sum_ghosts_fit(2 * ghost_entries(s), most)) {
		WRITE_ONCE(s->ghost_stays, true);
	} else if (zc_room_short() || zc_room() == ROOM_SHORT ||
		   zc_ghost_double(&new, &s->policy.ghost)) {
		/* Not now. */
		spin_lock_irq(&s->lock);
		s->policy.ghost.pushed = 0;
		spin_unlock_irq(&s->lock);
	} else {
		ghost_replace(s, &new);
	}
}

/* Fit a shard's table to what it may have; one that it may not is freed. */
static int ghost_fit(struct zc_shard *s, u64 start, u64 most)
{
	struct ghost new = {};
	int ret = 0;

	lockdep_assert_held(&ghost_mutex);
	WRITE_ONCE(s->ghost_stays, false);
	if (!most && !ghost_entries(s))
		return 0;
	if (most && ghost_entries(s) &&
	    zc_sum_ghosts_fit(ghost_entries(s), most))
		return 0;
	if (most)
		ret = zc_ghost_init(&new, start);
	if (!ret)
		ghost_replace(s, &new);
	return ret;
}

/**
 * zc_shard_check_ghost - pages have been added to a shard's table
 * @s: the shard
 *
 * Context: any but NMI; not under the shard's lock.
 */
void zc_shard_check_ghost(const struct zc_shard *s)
{
	/* A guess, which the next one corrects. */
	if (data_race(ghost_is_small(&s->policy.ghost)) &&
	    !READ_ONCE(s->ghost_stays))
		queue_work(tmem_unbound_wq, &zc_shards_work);
}

/* ---- their number, and their life ---- */

static int zc_shards_fit(void)
{
	u64 most = ghost_most(), mine, start;
	unsigned int i;
	int ret = 0;

	lockdep_assert_held(&ghost_mutex);
	WRITE_ONCE(zc_active_shards, zc_shards_right());
	for (i = 0; i < zc_nr_shards; i++) {
		spin_lock_irq(&zc_shards[i].lock);
		zc_shards[i].policy.shards = zc_active_shards;
		spin_unlock_irq(&zc_shards[i].lock);
	}
	for (i = 0; ghost_wanted && i < zc_nr_shards; i++) {
		mine = i < zc_active_shards ? most : 0;
		start = zc_sum_ghosts_start(mine);
		ret = ghost_fit(&zc_shards[i],
				div64_u64(start, zc_active_shards),
				div64_u64(mine, zc_active_shards)) ?: ret;
	}
	return ret;
}

static void zc_shards_work_fn(struct work_struct *work)
{
	unsigned int i;

	mutex_lock(&ghost_mutex);
	if (zc_shards_are_wrong())
		zc_shards_fit();
	for (i = 0; i < zc_active_shards; i++)
		ghost_grow(&zc_shards[i],
			   div64_u64(ghost_most(), zc_active_shards));
	mutex_unlock(&ghost_mutex);
}

/**
 * zc_shards_resize - fit the number of shards and their tables to the limit
 *
 * If a table is too large now, what it knew is lost.  Without ephemeral pages
 * there is none.
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM, and a table stays as it was, or there is none.
 */
int zc_shards_resize(void)
{
	int ret;

	mutex_lock(&ghost_mutex);
	ret = zc_shards_fit();
	mutex_unlock(&ghost_mutex);
	return ret;
}

/**
 * zc_shards_want_ghost - there will be ephemeral pages
 *
 * Context: process; may sleep; not concurrently.
 */
void zc_shards_want_ghost(void)
{
	if (ghost_wanted)
		return;
	mutex_lock(&ghost_mutex);
	ghost_wanted = true;
	/* Without memory for it nothing is remembered, until it is resized. */
	zc_shards_fit();
	mutex_unlock(&ghost_mutex);
}

/**
 * zc_shards_init - an empty store
 *
 * There are as many as a store that took all of today's RAM would have.
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_shards_init(void)
{
	unsigned int i;

	zc_active_shards = 1;
	zc_nr_shards = min(evict_shards, ZC_SHARDS_MAX) ?:
		       zc_sum_shards(num_possible_cpus(), totalram_pages());
	zc_shards = alloc_pages_exact(zc_nr_shards * sizeof(*zc_shards),
				      GFP_KERNEL | __GFP_ZERO);
	if (!zc_shards)
		return -ENOMEM;
	/* It is to see what these lead to, the ghost tables. */
	kmemleak_alloc(zc_shards, zc_nr_shards * sizeof(*zc_shards), 1,
		       GFP_KERNEL);
	for (i = 0; i < zc_nr_shards; i++) {
		spin_lock_init(&zc_shards[i].lock);
		zc_policy_init(&zc_shards[i].policy);
	}
	return 0;
}

/**
 * zc_shards_stop - end what goes on in the background; nothing begins it any more
 *
 * It asks what room there is, and so needs the pool of zs.c.
 *
 * Context: process; may sleep.
 */
void zc_shards_stop(void)
{
	cancel_work_sync(&zc_shards_work);
}

/**
 * zc_shards_exit - the end; no page is left, and nothing goes on
 *
 * Context: process; may sleep.
 */
void zc_shards_exit(void)
{
	unsigned int i;

	for (i = 0; i < zc_nr_shards; i++)
		zc_ghost_exit(&zc_shards[i].policy.ghost);
	kmemleak_free(zc_shards);
	free_pages_exact(zc_shards, zc_nr_shards * sizeof(*zc_shards));
}
