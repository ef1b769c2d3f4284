// SPDX-License-Identifier: GPL-2.0
/*
 * room.c - may the store grow?
 *
 * Purpose: keep the store within its limit and out of the way of everybody
 * else, down to guests of 128 MB.
 *
 * Why this design: three rules, each from what the kernel can say cheaply.
 *  - Limit: zsmalloc's pages and all metadata stay below max_percent of RAM
 *    and max_bytes.  RAM is what it is now: a balloon moves it.
 *  - Reserve: the store does not grow while no zone has free memory above the
 *    middle between its min and low watermarks.  Reclaim works between these,
 *    so it feeds the store without hindrance until allocations eat into what
 *    is kept for atomic and emergency use.
 *  - Share: what others could have at once, free memory above the high
 *    watermarks and the page cache, stays at least 1/5 of the store, or it
 *    does not grow; below 1/8, the shrinker takes pages away.  So file pages
 *    that no longer fit are replaced, and anonymous memory gets the store's
 *    RAM along with the page cache's, in proportion, and all of it in the end.
 *    Pages of which nothing is known leave 1/2: who reads a tree once and then
 *    needs memory for something else finds a page cache that is not used up.
 *    (MemAvailable would be the word for it, but it counts on half of the
 *    dentries and inodes, and readers of many files keep these in use.)
 * Where disks take long to read most of what is offered, 1/10 and 1/16 take the
 * place of 1/5 and 1/8, and three quarters of min that of the middle: a page of RAM
 * holds two pages of files here, and to bring one back takes next to nothing beside
 * a read.  At min those who allocate begin to free pages themselves, and all that
 * they free would be lost, in blocks of neighbours: a hole in a file, and a request
 * for each.  What is put is half of what is freed by that, a batch of reclaim later;
 * the allocator lets it have half of what is below min at most, or nothing before
 * 6.3 (compat/gfp.h), and what is asked for atomically more.  Nor does a persistent page
 * push one out then for want of free memory.
 * A store at its limit replaces: it evicts before it takes a page.  When memory
 * is short it takes no ephemeral page, but what goes elsewhere at once: one that is
 * compressed to push out another, or to be pushed out by the next, has cost work for
 * nothing.
 * While the machine swaps, RAM is short for what programs work with, and a file
 * page in the store makes it shorter: so each page that is swapped out to here
 * pushes some out that can be read again, as many as free a page of RAM for programs,
 * or one where those that were bought are asked for (admit.c); and free room is not
 * filled with pages of which nothing is known.  A heap of 1.2 times RAM swapped 72000
 * pages in with 1800 of files bought meanwhile, and 52000 without them; git read a
 * tree, and then swapped 7900 pages in while one went for one, 3100 when it was four,
 * and 600 with 24: but then a guest of Xen that had swapped a little, after a save,
 * lost all that it would have read again.  Not so where disks take long and those that
 * were bought are asked for: there both are worth it.
 * Persistent pages are held to the limit only, since refusing them makes a
 * shortage worse, and ephemeral pages go first.  Their limit is also a share of
 * what is not the kernel's own: in a guest that a balloon has shrunk most of RAM
 * may be that, and a store of so many percent of RAM would leave programs
 * nothing to work in.  At the limit with none left to
 * evict, a persistent page is still taken if its data fit in where others have
 * left: what counts is whether the store grows (zc_room_outgrown()), as pages
 * leave in pieces and memory is given back in groups.
 *
 * Locking: none; the counter of metadata is per CPU and approximate.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sched/signal.h>
#include <compat/gfp.h>
#include <compat/mmzone.h>
#include <compat/test_export.h>
#include "shard.h"
#include "sums.h"
#include "zcache.h"

/*
 * Pages evicted for one put at most, and for one of a persistent page; how far
 * over its limit the store may be after that: zsmalloc only gives whole groups
 * of pages back.
 */
#define EVICT_BATCH	8
#define OUTGROWN_BATCH	64
#define SLACK_SHIFT	6

/*
 * File pages that go for one that is swapped out to here: at 0.4 of their size 1.6
 * pages of RAM, of which that page takes 0.4, and programs get one.
 */
#define SWAPPED_BATCH	4

/* What is free when a container's pages harm nobody, as a part of RAM. */
#define PLENTY_SHARE	8
/* And when what is swapped out is not so, most of it, for want of RAM. */
#define SOME_SHARE	32

/* The part of the page cache that is dirty when the machine is writing. */
#define WRITING_SHARE	16

/* What persistent pages may take of what is not the kernel's own; percent. */
#define USABLE_PERCENT	75

/* The counter may be off by this for each CPU; bytes. */
#define META_BATCH	65536

static struct percpu_counter meta_bytes;

/* When a shard was last offered pages most of which disks take long to read; jiffies. */
static unsigned long slow_since;
/* For so long that holds. */
#define SLOW_FOR	(60 * HZ)

/* When a page was last swapped out to here; jiffies. */
static unsigned long swapped_at;
/* For so long after that the machine swaps. */
#define SWAPS_FOR	(10 * HZ)

/**
 * zc_room_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_room_init(void)
{
	swapped_at = jiffies - SWAPS_FOR;
	return percpu_counter_init(&meta_bytes, 0, GFP_KERNEL);
}

/**
 * zc_room_exit - the end
 *
 * Context: process.
 */
void zc_room_exit(void)
{
	percpu_counter_destroy(&meta_bytes);
}

/**
 * zc_room_account - metadata was allocated or freed
 * @bytes: how much; negative: freed
 *
 * Context: any but NMI.
 */
void zc_room_account(long bytes)
{
	percpu_counter_add_batch(&meta_bytes, bytes, META_BATCH);
}

/**
 * zc_room_limit - the limit
 *
 * Context: any.
 * Return: bytes.
 */
u64 zc_room_limit(void)
{
	u64 limit = ((u64)totalram_pages() << PAGE_SHIFT) / 100 *
		    READ_ONCE(zc_params.max_percent);
	u64 bytes = READ_ONCE(zc_params.max_bytes);

	return bytes ? min(limit, bytes) : limit;
}
TMEM_EXPORT_FOR_TEST(zc_room_limit);

/**
 * zc_room_metadata - what descriptors, the core's structures and tables take
 *
 * Context: any.
 * Return: bytes.
 */
u64 zc_room_metadata(void)
{
	return percpu_counter_read_positive(&meta_bytes);
}

/**
 * zc_room_used - what the store takes in all
 *
 * Context: any.
 * Return: bytes.
 */
u64 zc_room_used(void)
{
	return ((u64)zc_zs_pages() << PAGE_SHIFT) + zc_room_metadata();
}
TMEM_EXPORT_FOR_TEST(zc_room_used);

/*
 * What persistent pages may take, all metadata included; bytes.  Nothing that
 * reclaim can move is left out but what CPUs have on their lists.
 */
static u64 persistent_limit(void)
{
	static const enum node_stat_item items[] = {
		NR_ACTIVE_ANON, NR_INACTIVE_ANON, NR_ISOLATED_ANON,
		NR_ACTIVE_FILE, NR_INACTIVE_FILE, NR_ISOLATED_FILE,
	};
	u64 pages = global_zone_page_state(NR_FREE_PAGES), usable;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		pages += global_node_page_state(items[i]);
	usable = (pages << PAGE_SHIFT) + zc_room_used();
	return min(zc_room_limit(), usable / 100 *
		   max_t(unsigned int, USABLE_PERCENT,
			 READ_ONCE(zc_params.max_percent)));
}

/**
 * struct zc_memory - what is left for others
 * @free: free pages above the high watermarks
 * @spare: pages that they could have at once
 * @is_short: no zone has free pages above the middle between min and low
 * @is_used_up: nor above three quarters of min, or min before 6.3
 */
struct zc_memory {
	unsigned long free;
	unsigned long spare;
	bool is_short;
	bool is_used_up;
};

static struct zc_memory zc_look(void)
{
	struct zc_memory m = {
		.spare = global_node_page_state(NR_ACTIVE_FILE) +
			 global_node_page_state(NR_INACTIVE_FILE),
		.is_short = true,
		.is_used_up = true,
	};
	unsigned long free, lowest, low, high, reserve;
	struct zone *zone;

	tmem_for_each_populated_zone(zone) {
		free = zone_page_state(zone, NR_FREE_PAGES);
		reserve = zone->lowmem_reserve[MAX_NR_ZONES - 1];
		lowest = zone->_watermark[WMARK_MIN] + reserve;
		low = zone->_watermark[WMARK_LOW] + reserve;
		high = zone->_watermark[WMARK_HIGH] + reserve;
		if (free > high)
			m.free += free - high;
		/* What is kept for devices (CMA) counts: zsmalloc's pages move. */
		if (free > (lowest + low) / 2)
			m.is_short = false;
		if (free > lowest - tmem_gfp_below(zone->_watermark[WMARK_MIN]) / 2)
			m.is_used_up = false;
	}
	m.spare += m.free;
	return m;
}

static bool is_share(unsigned long pages, unsigned int share)
{
	return pages > totalram_pages() / share;
}

/**
 * zc_room_note_slow - disks take long to read most of what is offered to a shard
 *
 * Context: any.
 */
void zc_room_note_slow(void)
{
	unsigned long now = jiffies;

	if (READ_ONCE(slow_since) != now)
		WRITE_ONCE(slow_since, now);
}

/* Is it so for most shards that get pages?  Those that get none any more do not count. */
static bool is_for_most(enum shard_has kind)
{
	unsigned int n = READ_ONCE(zc_active_shards);

	return 2 * hweight_long(zc_shards_with(kind) &
				GENMASK(n - 1, 0)) > n;
}

/**
 * zc_room_is_slow - do disks take long to read most of what is offered?
 *
 * What is worth nothing is not offered, so if it is only that for a while, they
 * do not.  That also ends what shards have said that get no pages any more.
 *
 * Context: any.
 * Return: true if so, for most shards, and lately.
 */
bool zc_room_is_slow(void)
{
	return is_for_most(HAS_DEAR) &&
	       time_before(jiffies, READ_ONCE(slow_since) + SLOW_FOR);
}
TMEM_EXPORT_FOR_TEST(zc_room_is_slow);

/**
 * zc_room_note_swapout - a page was swapped out to here, and takes room
 * @page: the page
 *
 * What can be read again goes for it, short of memory at this moment or not; but not
 * if it was its container's limit that it was swapped out for, or while there is
 * plenty: then it was whoever asked.
 *
 * Context: process, irqs on.  Does not sleep.
 */
void zc_room_note_swapout(struct page *page)
{
	unsigned long now = jiffies;
	unsigned int nr = SWAPPED_BATCH;
	struct zc_memory m;

	/* Most who swap have nothing to push out: no look at the zones then. */
	if (READ_ONCE(swapped_at) == now && !zc_evict_any())
		return;
	m = zc_look();
	if (is_share(m.free, PLENTY_SHARE) || zc_container_swaps(page))
		return;
	if (READ_ONCE(swapped_at) != now)
		WRITE_ONCE(swapped_at, now);
	if (is_for_most(HAS_PAYING)) {
		if (zc_room_is_slow())
			return;
		nr = 1;
	} else if (is_share(m.free, SOME_SHARE)) {
		nr = 1;
	}
	zc_evict_some(nr, WHY_SWAP);
}

/**
 * zc_room_is_swapping - is RAM so short that the machine swaps?
 *
 * Context: any.
 * Return: true if a page was swapped out to here lately, for want of RAM.
 */
bool zc_room_is_swapping(void)
{
	return time_before(jiffies, READ_ONCE(swapped_at) + SWAPS_FOR);
}
TMEM_EXPORT_FOR_TEST(zc_room_is_swapping);

/**
 * zc_room_may_grow - may the store grow, and with pages of which nothing is known?
 * @scarce: becomes true if others have less left than such pages may leave
 *
 * Context: any.
 * Return: ROOM_YES, or why it may not grow at all.
 */
enum zc_room zc_room_may_grow(bool *scarce)
{
	u64 used = zc_room_used();
	struct zc_memory m;
	enum zc_left left;
	bool slow;

	*scarce = true;
	if (used >= zc_room_limit())
		return ROOM_FULL;
	m = zc_look();
	slow = zc_room_is_slow();
	left = zc_sum_left(m.spare, used >> PAGE_SHIFT, slow);
	*scarce = left < LEFT_ENOUGH;
	if (left < LEFT_SCARCE || (slow ? m.is_used_up : m.is_short))
		return ROOM_SHORT;
	return ROOM_YES;
}

/**
 * zc_room - may the store grow?
 *
 * Context: any.
 * Return: ROOM_YES, or why not.
 */
enum zc_room zc_room(void)
{
	bool scarce;

	return zc_room_may_grow(&scarce);
}

/**
 * zc_room_short - is memory too short for what can wait?
 *
 * Context: any.
 * Return: true if so.
 */
bool zc_room_short(void)
{
	return zc_look().is_short;
}

/**
 * zc_room_plenty - is there memory that nobody is about to need?
 *
 * Context: any.
 * Return: true if so.
 */
bool zc_room_plenty(void)
{
	return is_share(zc_look().free, PLENTY_SHARE);
}
TMEM_EXPORT_FOR_TEST(zc_room_plenty);

/**
 * zc_room_writing - is the machine writing files?
 *
 * What it has written leaves the page cache only later, with what it read for
 * that, and is dirty until then.
 *
 * Context: any.
 * Return: true if so.
 */
bool zc_room_writing(void)
{
	return global_node_page_state(NR_FILE_DIRTY) +
	       global_node_page_state(NR_WRITEBACK) >
	       (global_node_page_state(NR_ACTIVE_FILE) +
		global_node_page_state(NR_INACTIVE_FILE)) / WRITING_SHARE;
}

/**
 * zc_room_should_yield - is it the store's turn to give memory back?
 *
 * Ordinary churn of the page cache never makes it so: what a reader pushes out
 * of the cache, the next page takes.
 *
 * Context: any.
 * Return: true if others have too little.
 */
bool zc_room_should_yield(void)
{
	return zc_sum_left(zc_look().spare, zc_room_used() >> PAGE_SHIFT,
			   zc_room_is_slow()) == LEFT_NOTHING;
}
TMEM_EXPORT_FOR_TEST(zc_room_should_yield);

/**
 * zc_room_make - make room for one page
 * @ephemeral: the page is refused when free memory is short
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -ENOSPC, for ephemeral pages only.
 */
int zc_room_make(bool ephemeral)
{
	unsigned int evicted = 0;
	enum zc_room room;

	/* Nothing could make room for it: see zc_room_outgrown(). */
	if (!ephemeral && !zc_evict_any())
		return 0;
	while ((room = zc_room()) != ROOM_YES && evicted < EVICT_BATCH) {
		/* What has been copied to elsewhere may go for it: no loss. */
		if (ephemeral && room == ROOM_SHORT) {
			if (zc_evict_copy(WHY_RESERVE))
				return 0;
			break;
		}
		if (!zc_evict_one(room == ROOM_FULL ? WHY_LIMIT : WHY_RESERVE))
			break;
		evicted++;
		/* One for one: pages evicted do not make memory less short. */
		if (room == ROOM_SHORT)
			return 0;
	}
	if (room == ROOM_YES || !ephemeral)
		return 0;
	if (room == ROOM_SHORT) {
		zc_stat_inc(reject_reserve);
		return -ENOSPC;
	}
	if (evicted && zc_room_used() <
	    zc_room_limit() + (zc_room_limit() >> SLACK_SHIFT))
		return 0;
	zc_stat_inc(reject_limit);
	return -ENOSPC;
}

/**
 * zc_room_outgrown - has a persistent page made the store outgrow its limit?
 * @before: zc_zs_pages() before it was stored
 *
 * It has not as long as ephemeral pages can go instead: those that went leave
 * whole groups of pages behind only after a while, within the slack.  Nor if the
 * limit has fallen so far that OUTGROWN_BATCH of them are not enough: more have
 * gone than come, and the next pages go on with it.  It has not if other pages
 * have grown the store meanwhile, but then one of them finds out.
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if so, and it has to go.
 */
bool zc_room_outgrown(unsigned long before)
{
	unsigned int evicted = 0;
	u64 limit, slack, used;

	if (zc_zs_pages() <= before)
		return false;
	limit = persistent_limit();
	slack = limit + (limit >> SLACK_SHIFT);
	do {
		used = zc_room_used();
		if (used <= limit || (used <= slack && zc_evict_any()))
			return false;
	} while (evicted++ < OUTGROWN_BATCH && zc_evict_one(WHY_LIMIT));
	return !zc_evict_any();
}

/**
 * zc_room_fullness - how full of persistent pages is the store?
 *
 * Ephemeral pages make room for persistent ones and do not count, beyond an
 * average page's bytes for each.
 *
 * Context: any.
 * Return: 1/1000 of the limit.
 */
unsigned int zc_room_fullness(void)
{
	long all = zc_stat_read(zpages);

	return zc_sum_fullness(zc_room_used(), persistent_limit(),
			       zc_evict_pages(), max(all, 0L));
}

/**
 * zc_room_trim - get below a limit that was lowered
 *
 * Ends early when the caller is killed; puts and the shrinker do the rest.
 *
 * Context: process; may sleep.
 */
void zc_room_trim(void)
{
	while (zc_room_used() > zc_room_limit()) {
		if (!zc_evict_some(EVICT_BATCH, WHY_TRIM) ||
		    fatal_signal_pending(current))
			break;
		cond_resched();
	}
}
