// SPDX-License-Identifier: GPL-2.0
/*
 * stall.c - the kernel waits for free memory that it has hidden from itself
 *
 * Purpose: persistent pages may take the emergency reserves, as reclaim's way
 * forward (zcache.h).  When a node's free pages are below half of its min
 * watermarks, the kernel has every task that wants memory wait for kswapd
 * (throttle_direct_reclaim()).  But kswapd goes back to sleep as soon as a single
 * zone is above its high watermark (pgdat_balanced()), which the small DMA zone
 * often is when the others have nothing left.  Then the tasks wake kswapd, and
 * kswapd the tasks, for good: nothing is reclaimed, swapped or freed any more.
 * Pages on the per-CPU lists count as used in both sums and are often as many as
 * are missing.  On 6.12, with 256 MB and four CPUs, three in sixteen runs of
 * tests/guest/swap-mthp.sh ended so.
 *
 * Why this design: nothing of ours is called in that state, so it takes a timer.
 * It runs about once a second, with the kernel's other timers, for as long as
 * there are persistent pages: memory may fall short long after the last came,
 * by what others allocate.  If it is that short, and yet no page came since the
 * last tick, the worker asks for the largest block of pages there is.  Kernel
 * threads do not have to wait, and before the allocator says that there is none,
 * it reclaims some pages and empties the per-CPU lists.  It kills nobody for so
 * large a block.  Refusing persistent pages early instead would leave reclaim
 * with nothing to do, and end in OOM kills with memory to spare.
 *
 * Locking: none.  A tick that is missed is made up for by the next.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/timer.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>
#include <compat/test_export.h>
#include "zcache.h"

TMEM_TEST_BREAK(zc_test_break, "a mask of ZC_BREAK_*");

static void zc_tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(tick_work, zc_tick);
static struct workqueue_struct *stall_queue;

/* A persistent page came since the last tick. */
static bool came;

static unsigned long zc_reclaimable(struct zone *zone)
{
	return zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_ANON) +
	       zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_ANON) +
	       zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_FILE) +
	       zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_FILE);
}

/* What the kernel's allow_direct_reclaim() looks at. */
static bool tasks_wait(int nid)
{
	unsigned long free = 0, min = 0;
	struct zone *zone;
	int i;

	for (i = 0; i <= ZONE_NORMAL; i++) {
		zone = &NODE_DATA(nid)->node_zones[i];
		if (!managed_zone(zone) || !zc_reclaimable(zone))
			continue;
		min += min_wmark_pages(zone);
		free += zone_page_state_snapshot(zone, NR_FREE_PAGES);
	}
	return min && free <= min / 2;
}

static void zc_relieve(int nid)
{
	const unsigned int order = ilog2(MAX_ORDER_NR_PAGES);
	struct page *page;

	page = alloc_pages_node(nid, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN,
				order);
	if (page)
		__free_pages(page, order);
	zc_stat_inc(stalls);
}

static void zc_tick(struct work_struct *work)
{
	bool more = READ_ONCE(came), wait = false;
	int nid;

	WRITE_ONCE(came, false);
	for_each_online_node(nid) {
		if (!tasks_wait(nid))
			continue;
		wait = true;
		if (!more && !zc_broken(ZC_BREAK_STALL))
			zc_relieve(nid);
	}
	if (more || wait || zc_stat_read(pers_pages))
		queue_delayed_work(stall_queue, &tick_work,
				   round_jiffies_relative(HZ));
}

/**
 * zc_stall_watch - a persistent page comes; look out while there are any
 *
 * Context: any.
 */
void zc_stall_watch(void)
{
	if (READ_ONCE(came))
		return;
	WRITE_ONCE(came, true);
	/* Does nothing if the timer runs. */
	queue_delayed_work(stall_queue, &tick_work, HZ);
}

/**
 * zc_stall_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_stall_init(void)
{
	stall_queue = alloc_workqueue("tmem_zcache_stall",
				      WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	return stall_queue ? 0 : -ENOMEM;
}

/**
 * zc_stall_exit - the end; no page comes any more
 *
 * Context: process; may sleep.
 */
void zc_stall_exit(void)
{
	cancel_delayed_work_sync(&tick_work);
	destroy_workqueue(stall_queue);
}
