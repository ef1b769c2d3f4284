// SPDX-License-Identifier: GPL-2.0
/*
 * meminfo.c - what of the store the kernel counts as memory that can be had
 *
 * Purpose: MemAvailable of /proc/meminfo, and whoever decides by it (earlyoom,
 * systemd-oomd, the worker of xen_selfballoon), must not take ephemeral pages
 * for memory in use.
 *
 * Why this design: si_mem_available() counts NR_KERNEL_MISC_RECLAIMABLE as it
 * does reclaimable slab: at least half of it, and all but the low watermarks.
 * What is told is zsmalloc's pages times the ephemeral part of the data in
 * them; that is what comes back if all of it is evicted and the rest is moved
 * together.  Descriptors of ephemeral pages are in a cache that is counted as
 * reclaimable slab already (page.c).  The counter is per node.  The store does
 * not know on which node a page's data lies, but the kernel counts zsmalloc's
 * pages by zone, and ours are spread as all of them are.
 *
 * Telling costs a walk over nodes and CPUs, so it is done when the data has
 * changed by TELL_STEP pages since the last time.
 *
 * Invariants: what was told is remembered by node, and only differences to that
 * are added: the counter never sinks below what others have added, and
 * zc_meminfo_exit() takes back exactly what was given.  Never more is told
 * than zsmalloc's pages.
 *
 * Locking: zc_meminfo_lock for what was told.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu_counter.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>
#include "zcache.h"

/* Pages by which the sum may be off before it is told anew. */
#define TELL_STEP	64
/* The counter may be off by this for each CPU; bytes. */
#define DATA_BATCH	32768

static struct percpu_counter data_bytes;
static DEFINE_SPINLOCK(zc_meminfo_lock);
static unsigned long *told;		/* pages of each node; zc_meminfo_lock */
static unsigned long told_pages;	/* their sum; written under the lock */
static unsigned long told_data;		/* data then, in pages; likewise */

/**
 * zc_meminfo_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_meminfo_init(void)
{
	int ret;

	told = kcalloc(nr_node_ids, sizeof(*told), GFP_KERNEL);
	if (!told)
		return -ENOMEM;
	ret = percpu_counter_init(&data_bytes, 0, GFP_KERNEL);
	if (ret)
		kfree(told);
	return ret;
}

/* Pages of all of zsmalloc's pools there. */
static unsigned long node_pages(int nid)
{
	unsigned long pages = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		pages += zone_page_state(&NODE_DATA(nid)->node_zones[i],
					 NR_ZSPAGES);
	return pages;
}

/**
 * zc_meminfo_node_pages - pages of zsmalloc on some nodes
 * @nodes: which
 *
 * Context: any.
 * Return: pages of all its pools; off by what CPUs have not yet added up.
 */
unsigned long zc_meminfo_node_pages(const nodemask_t *nodes)
{
	unsigned long pages = 0;
	int nid;

	for_each_online_node(nid)
		if (node_isset(nid, *nodes))
			pages += node_pages(nid);
	return pages;
}

/* What of the pool's pages is there for ephemeral data. */
static unsigned long evictable_pages(void)
{
	u64 data = percpu_counter_sum_positive(&data_bytes) >> PAGE_SHIFT;
	long stored = zc_stat_read(stored_bytes);
	u64 all = max_t(s64, stored >> PAGE_SHIFT, data);

	/* Of 16 TiB, the most that the next line can be asked for. */
	data = min_t(u64, data, U32_MAX);
	all = min_t(u64, all, U32_MAX);
	return all ? mul_u64_u32_div(zc_zs_pages(), data, all) : 0;
}

/* Context: zc_meminfo_lock. */
static void zc_tell(unsigned long pages)
{
	unsigned long all = 0, want;
	int nid;

	lockdep_assert_held(&zc_meminfo_lock);
	if (pages)
		all = zc_meminfo_node_pages(&node_states[N_ONLINE]);
	told_pages = 0;
	for_each_node(nid) {
		want = 0;
		if (all && node_online(nid))
			want = pages * div64_u64((u64)node_pages(nid) << 16,
						 all) >> 16;
		if (want != told[nid])
			mod_node_page_state(NODE_DATA(nid),
					    NR_KERNEL_MISC_RECLAIMABLE,
					    (long)(want - told[nid]));
		told[nid] = want;
		told_pages += want;
	}
}

/**
 * zc_meminfo_exit - take back what was told; no page is left
 *
 * Context: process.
 */
void zc_meminfo_exit(void)
{
	spin_lock(&zc_meminfo_lock);
	zc_tell(0);
	spin_unlock(&zc_meminfo_lock);
	percpu_counter_destroy(&data_bytes);
	kfree(told);
}

/**
 * zc_meminfo_account - data of ephemeral pages came or went
 * @bytes: how much; negative: went
 *
 * Context: process, irqs on.  Does not sleep.
 */
void zc_meminfo_account(long bytes)
{
	unsigned long data, was = READ_ONCE(told_data);

	percpu_counter_add_batch(&data_bytes, bytes, DATA_BATCH);
	data = percpu_counter_read_positive(&data_bytes) >> PAGE_SHIFT;
	if (likely(max(data, was) - min(data, was) < TELL_STEP))
		return;
	/* Whoever has the lock tells; the next step tells the rest. */
	if (!spin_trylock(&zc_meminfo_lock))
		return;
	WRITE_ONCE(told_data, data);
	zc_tell(evictable_pages());
	spin_unlock(&zc_meminfo_lock);
}

/**
 * zc_meminfo_told - what the kernel counts as reclaimable for us
 *
 * Context: any.
 * Return: pages.
 */
unsigned long zc_meminfo_told(void)
{
	return READ_ONCE(told_pages);
}
