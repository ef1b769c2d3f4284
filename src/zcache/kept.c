// SPDX-License-Identifier: GPL-2.0
/*
 * kept.c - values of pages that are elsewhere, without their pages
 *
 * Purpose: a page that is got from elsewhere, or here after it was copied, is in the
 * page cache then, and most come again: unchanged, and soon to be copied out once
 * more.  Its value is still there.  So it is not dropped with the page's descriptor
 * but kept, and when the page is put again it goes elsewhere at once, or whoever is
 * to send it finds the value and sends nothing.
 *
 * Why this design: what is kept belongs to no page.  It is looked up by the handle
 * of the page that it was of, and taken for what it is: a hash of 64 bits of the page,
 * with a key that nobody else has, stands for it.  One value is compared for one page:
 * with a million of these a second, other bytes pass for the same once in a quarter
 * of a million years, whoever chose them.  So nobody has to tell when the page changes,
 * is truncated or goes with its file, and the core's rule that a get takes the page
 * away stays as it is.
 *
 * Each page is hashed when it comes and when it goes, so the hash is a universal one:
 * NH (Black et al., "UMAC: Fast and Secure Message Authentication", CRYPTO 1999) with
 * words of 64 bits, as VMAC has it.  It is proved that two pages that differ are the
 * same to it under at most one key in 2^64.  It takes a sixth of the instructions of
 * SipHash, which then makes 64 bits of its 128.  Of the kernel's hashes xxhash promises
 * nothing against bytes that were chosen, and NHPoly1305 is not in all kernels.
 *
 * A hash of the value would cost whoever puts the page compressing it, which is more
 * than ten times as much, for nothing: it is not to be stored.
 *
 * What turns out to be of other bytes is given up at once; what is not looked up
 * again when there are too many, longest kept first.
 *
 * Invariants: each struct zc_kept has a reference to its struct zc_away, and is in
 * the table and on the list, or in neither.
 *
 * Locking: kept_lock for table and list, in process context.  Who only wants to know
 * whether there is one looks without it, in RCU: the memory of what has left stays
 * that of structs zc_kept until then.
 */
#include <linux/list.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <compat/test_export.h>
#include "kept.h"
#include "remote.h"
#include "zcache.h"

/* So many are looked at with the lock held. */
#define SWEEP_BATCH	64
/* What one takes: with its place in the table. */
#define KEPT_COST	(sizeof(struct zc_kept) + 2 * sizeof(void *))

/**
 * struct zc_kept - a value that is kept
 * @node: in the table
 * @print: its key there: the handle's fingerprint.  Two pages that have the same one
 *	share their luck
 * @sum: stands for the page's bytes: zc_kept_sum()
 * @away: the value; a reference
 * @lru: in the list, longest kept first
 */
struct zc_kept {
	struct rhash_head node;
	u64 print;
	u64 sum;
	struct zc_away *away;
	struct list_head lru;
};

static const struct rhashtable_params table_params = {
	.key_len = sizeof_field(struct zc_kept, print),
	.key_offset = offsetof(struct zc_kept, print),
	.head_offset = offsetof(struct zc_kept, node),
	.automatic_shrinking = true,
	/* Buckets; nothing allocates more than 2 GiB at once. */
	.max_size = 1U << 27,
};

static DEFINE_SPINLOCK(kept_lock);
static LIST_HEAD(kept_list);
static unsigned long nr_kept;
static struct rhashtable kept_table;
static struct kmem_cache *kept_cache;

/* Of zc_kept_sum(); constant once there was a carrier. */
static struct {
	u64 nh[PAGE_SIZE / sizeof(u64)];
	siphash_key_t end;
} sum_key;

/* Out of table and list: it is the caller's.  The lock is held. */
static void kept_leave(struct zc_kept *k)
{
	lockdep_assert_held(&kept_lock);
	rhashtable_remove_fast(&kept_table, &k->node, table_params);
	list_del(&k->lru);
	WRITE_ONCE(nr_kept, nr_kept - 1);
}

static void kept_free(struct zc_kept *k)
{
	zc_room_account(-(long)KEPT_COST);
	kmem_cache_free(kept_cache, k);
}

static void kept_end(struct zc_kept *k)
{
	zc_away_put(zc_pampd_of(k->away));
	kept_free(k);
}

/**
 * zc_kept_sum - what stands for a page's bytes
 * @data: PAGE_SIZE bytes, aligned as words are
 *
 * Context: any.
 * Return: 64 bits, with a key of this load of the module.
 */
u64 zc_kept_sum(const void *data)
{
	unsigned __int128 nh = 0;
	const u64 *m = data;
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(u64); i += 2)
		nh += (unsigned __int128)(m[i] + sum_key.nh[i]) *
		      (m[i + 1] + sum_key.nh[i + 1]);
	return siphash_2u64(nh, nh >> 64, &sum_key.end);
}
TMEM_EXPORT_FOR_TEST(zc_kept_sum);

/* Give up the longest kept, if there are more than @max; false: there are not. */
static bool kept_push(unsigned long max)
{
	struct zc_kept *k = NULL;

	if (zc_kept_values() <= max)
		return false;
	spin_lock(&kept_lock);
	if (nr_kept > max) {
		k = list_first_entry(&kept_list, struct zc_kept, lru);
		kept_leave(k);
	}
	spin_unlock(&kept_lock);
	if (k)
		kept_end(k);
	return k;
}

/**
 * zc_kept_add - keep a value whose page has come, or has gone before it was copied
 * @away: the value; the caller has a hold
 * @print: the fingerprint of the page's handle
 * @sum: what stands for the page's bytes
 * @max: so many may be kept
 *
 * In the place of what is kept of that page, which goes.  For want of memory it is
 * not kept.
 *
 * Context: process, irqs on; does not sleep.
 */
void zc_kept_add(struct zc_away *away, u64 print, u64 sum, unsigned long max)
{
	struct zc_kept *k = max ? zc_remote_alloc(kept_cache) : NULL;
	struct zc_kept *old;
	bool in;

	if (!k)
		return;
	zc_room_account(KEPT_COST);
	zc_away_hold(zc_pampd_of(away));
	k->away = away;
	k->print = print;
	k->sum = sum;
	spin_lock(&kept_lock);
	old = rhashtable_lookup_fast(&kept_table, &print, table_params);
	if (old)
		kept_leave(old);
	in = !rhashtable_lookup_insert_fast(&kept_table, &k->node, table_params);
	if (in) {
		list_add_tail(&k->lru, &kept_list);
		WRITE_ONCE(nr_kept, nr_kept + 1);
	}
	spin_unlock(&kept_lock);
	if (old)
		kept_end(old);
	if (!in)
		kept_end(k);
	/* Two, as the limit may have fallen.  In RCU, so no more. */
	if (kept_push(max))
		kept_push(max);
}

/**
 * zc_kept_has - is a value kept of a page?
 * @print: the fingerprint of its handle
 *
 * Context: any but NMI.
 * Return: true if so, a moment ago: of the bytes that it had then.
 */
bool zc_kept_has(u64 print)
{
	return zc_kept_values() &&
	       rhashtable_lookup_fast(&kept_table, &print, table_params);
}

/**
 * zc_kept_take - is a value kept of a page, and of these bytes?
 * @print: the fingerprint of its handle
 * @sum: what stands for them
 *
 * One of other bytes is given up: the page has changed.
 *
 * Context: process, irqs on; does not sleep.
 * Return: the value, which is kept no more, and a reference that is the caller's;
 * NULL if there is none.
 */
struct zc_away *zc_kept_take(u64 print, u64 sum)
{
	struct zc_away *away = NULL;
	struct zc_kept *k;

	if (!zc_kept_values())
		return NULL;
	spin_lock(&kept_lock);
	k = rhashtable_lookup_fast(&kept_table, &print, table_params);
	if (k)
		kept_leave(k);
	spin_unlock(&kept_lock);
	if (!k)
		return NULL;
	if (k->sum == sum || zc_broken(ZC_BREAK_KEPT)) {
		away = k->away;
		kept_free(k);
	} else {
		kept_end(k);
	}
	return away;
}

/**
 * zc_kept_sweep - give up values that are lost
 * @is_lost: which these are; called with a spinlock held
 *
 * Context: process; may sleep.
 */
void zc_kept_sweep(bool (*is_lost)(const struct zc_away *away))
{
	unsigned long left = zc_kept_values();
	struct zc_kept *k, *next;
	LIST_HEAD(gone);
	unsigned int n;

	while (left) {
		spin_lock(&kept_lock);
		left = min(left, nr_kept);
		/* All of them, in turn: so they stay in order. */
		for (n = 0; left && n < SWEEP_BATCH; n++, left--) {
			k = list_first_entry(&kept_list, struct zc_kept, lru);
			if (!is_lost(k->away)) {
				list_move_tail(&k->lru, &kept_list);
				continue;
			}
			kept_leave(k);
			list_add(&k->lru, &gone);
		}
		spin_unlock(&kept_lock);
		list_for_each_entry_safe(k, next, &gone, lru)
			kept_end(k);
		INIT_LIST_HEAD(&gone);
		cond_resched();
	}
}

/**
 * zc_kept_trim - give up the longest kept
 * @max: so many may stay
 *
 * Context: process, irqs on; may reschedule.
 */
void zc_kept_trim(unsigned long max)
{
	while (kept_push(max))
		cond_resched();
}
TMEM_EXPORT_FOR_TEST(zc_kept_trim);

/**
 * zc_kept_values - how many there are
 *
 * Context: any.
 * Return: that, a moment ago.
 */
unsigned long zc_kept_values(void)
{
	return READ_ONCE(nr_kept);
}
TMEM_EXPORT_FOR_TEST(zc_kept_values);

/**
 * zc_kept_start - values will come
 *
 * Context: process; may sleep.  There are random numbers by now.  One at a time, and
 * before the first sum.
 */
void zc_kept_start(void)
{
	static bool done;

	/* Not get_random_once(): it is a page, and that has irqs off meanwhile. */
	if (done)
		return;
	get_random_bytes(&sum_key, sizeof(sum_key));
	done = true;
}

/**
 * zc_kept_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_kept_init(void)
{
	int ret;

	kept_cache = KMEM_CACHE(zc_kept, SLAB_TYPESAFE_BY_RCU);
	if (!kept_cache)
		return -ENOMEM;
	ret = rhashtable_init(&kept_table, &table_params);
	if (ret)
		kmem_cache_destroy(kept_cache);
	return ret;
}

/**
 * zc_kept_exit - the end
 *
 * Context: process; may sleep.  Nothing comes any more.
 */
void zc_kept_exit(void)
{
	zc_kept_trim(0);
	rhashtable_destroy(&kept_table);
	kmem_cache_destroy(kept_cache);
}
