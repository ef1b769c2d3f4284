// SPDX-License-Identifier: GPL-2.0
/*
 * zs.c - where the data of pages lies: the only file that knows zsmalloc
 *
 * Purpose: keep a few thousand bytes, movable and packed, behind a handle.
 *
 * Why this design: zsmalloc packs best of what the kernel has, and is the only
 * one of its kind that every kernel has and exports.
 *
 * What is freed leaves holes: of each size there may be many groups of pages, all of
 * them nearly empty.  zsmalloc moves what is left together when its shrinker is
 * called often enough, which for a few megabytes it is not: a store of 2 MB was seen
 * to take 7.5, of 216 that the machine had.  So a worker does when holes are more
 * than an eighth of what is stored and some; not again for 32 times as long as it took
 * (a minute at most), and later and later if little came of it.
 *
 * Invariants: bytes read are bytes written; a handle is read with the length
 * that it was stored with.
 *
 * Locking: zsmalloc's locks are not irq-safe, and mapping an object forbids
 * interrupt context: process context with irqs on, only.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>
#include <compat/test_export.h>
#include <compat/workqueue.h>
#include <compat/zsmalloc.h>
#include "zcache.h"

/* It is looked for holes when a CPU has freed so many objects: of 4 MB of pages. */
#define HOLES_LOOK	(SZ_4M / PAGE_SIZE)
/*
 * Holes that are let be: one part in so many of what is stored, and so many pages, as
 * one group of each size that is half full is 294 pages of 4 KiB, or 340 of 16.
 */
#define HOLES_SHARE	8
#define HOLES_LEAST	352
/* Jiffies for which one who compacts waits for another one who does. */
#define COMPACT_WAIT	(HZ / 10)
/* How long the worker rests: as many times what it worked, and between these. */
#define HOLES_REST_SHARE 32
#define HOLES_REST	HZ
#define HOLES_REST_MAX	(64 * HZ)

static struct zs_pool *pool;
static DEFINE_PER_CPU(unsigned int, frees);
/* When the worker may work again, in jiffies; and the worker's own: */
static unsigned long holes_next;
static unsigned long holes_rest;

static unsigned long zc_stored_pages(void)
{
	/* a sum that others change meanwhile */
	return max(zc_stat_read(stored_bytes), 0L) / PAGE_SIZE;
}

/* Pages that zsmalloc has beyond what is stored. */
static unsigned long zc_holes(void)
{
	unsigned long pages = zc_zs_pages(), stored = zc_stored_pages();

	return pages > stored ? pages - stored : 0;
}

/**
 * zc_zs_has_holes - does what was freed take much memory?
 *
 * Context: any.
 * Return: true if so.
 */
bool zc_zs_has_holes(void)
{
	return zc_holes() > HOLES_LEAST + zc_stored_pages() / HOLES_SHARE;
}
TMEM_EXPORT_FOR_TEST(zc_zs_has_holes);

static unsigned long zc_compact(void)
{
	unsigned long freed = zs_compact(pool);

	zc_stat_add(moved_together, freed);
	return freed;
}

static void zc_holes_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(holes_work, zc_holes_work);

/* Have the worker work, if there is anything to do, when it has rested. */
static void zc_holes_close(void)
{
	unsigned long next = READ_ONCE(holes_next), now = jiffies, rest = 0;

	if (!zc_zs_has_holes())
		return;
	if (time_before(now, next))
		rest = min_t(unsigned long, next - now, HOLES_REST_MAX);
	queue_delayed_work(tmem_unbound_wq, &holes_work, rest);
}

static void zc_holes_work(struct work_struct *work)
{
	unsigned long began = jiffies, holes = zc_holes();
	bool last = false;

	/* It was asked for while it worked. */
	if (time_before(began, READ_ONCE(holes_next))) {
		zc_holes_close();
		return;
	}
	/* They may have been filled meanwhile. */
	if (!zc_zs_has_holes())
		return;
	if (zc_compact() >= holes / 4 || !zc_zs_has_holes() ||
	    zc_holes() < holes - holes / 4) {
		holes_rest = HOLES_REST;
	} else {
		last = holes_rest == HOLES_REST_MAX;
		holes_rest = min_t(unsigned long, 2 * holes_rest, HOLES_REST_MAX);
	}
	WRITE_ONCE(holes_next, jiffies +
		   clamp_t(unsigned long, HOLES_REST_SHARE * (jiffies - began),
			   holes_rest, HOLES_REST_MAX));
	/* If nothing comes of it, it is for who frees more. */
	if (!last)
		zc_holes_close();
}

/* Something was freed. */
static void zc_holes_look(void)
{
	if (unlikely(!(this_cpu_inc_return(frees) % HOLES_LOOK)))
		zc_holes_close();
}

/**
 * zc_zs_init - create the pool
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_zs_init(void)
{
	holes_rest = HOLES_REST;
	holes_next = jiffies;
	pool = zs_create_pool("tmem_zcache");
	return pool ? 0 : -ENOMEM;
}

/**
 * zc_zs_exit - destroy the pool, which is empty
 *
 * Context: process; may sleep.
 */
void zc_zs_exit(void)
{
	cancel_delayed_work_sync(&holes_work);
	zs_destroy_pool(pool);
}

/**
 * zc_zs_store - keep a copy of some bytes
 * @src: the bytes
 * @len: how many, 1 to PAGE_SIZE
 * @gfp: may not sleep
 * @handle: where to put the handle
 *
 * Context: process, irqs on; spinlocks may be held.
 * Return: 0; -ENOMEM.
 */
int zc_zs_store(const void *src, size_t len, gfp_t gfp, unsigned long *handle)
{
	int ret = tmem_zs_malloc(pool, len, gfp | __GFP_HIGHMEM | __GFP_MOVABLE,
				 handle);

	if (!ret)
		tmem_zs_write(pool, *handle, src, len);
	return ret;
}

#ifdef TMEM_TEST_BUILD
/**
 * zc_zs_overwrite - change bytes that are stored; for tests
 * @handle: where
 * @src: the bytes
 * @len: how many, at most as many as were stored
 *
 * Context: process, irqs on.
 */
void zc_zs_overwrite(unsigned long handle, const void *src, size_t len)
{
	tmem_zs_write(pool, handle, src, len);
}
TMEM_EXPORT_FOR_TEST(zc_zs_overwrite);
#endif

/**
 * zc_zs_read_begin - look at stored bytes
 * @handle: which
 * @len: how many were stored
 * @copy: room for as many, that may be used or not
 *
 * Context: process, irqs on.  The caller can neither sleep nor use zsmalloc
 * until zc_zs_read_end().
 * Return: the bytes.
 */
const void *zc_zs_read_begin(unsigned long handle, size_t len, void *copy)
{
	return tmem_zs_read_begin(pool, handle, len, copy);
}

/**
 * zc_zs_read_end - end of the look
 * @handle: as before
 * @len: as before
 * @mem: what zc_zs_read_begin() returned
 *
 * Context: as zc_zs_read_begin() left it.
 */
void zc_zs_read_end(unsigned long handle, size_t len, const void *mem)
{
	tmem_zs_read_end(pool, handle, len, mem);
}

/**
 * zc_zs_free - forget some bytes
 * @handle: which
 *
 * Context: process, irqs on; spinlocks may be held.
 */
void zc_zs_free(unsigned long handle)
{
	zs_free(pool, handle);
	zc_holes_look();
}

/**
 * zc_zs_pages - what it costs
 *
 * Context: any.
 * Return: pages of memory in the pool.
 */
unsigned long zc_zs_pages(void)
{
	return zs_get_total_pages(pool);
}
TMEM_EXPORT_FOR_TEST(zc_zs_pages);

/**
 * zc_zs_page_sized - when storing saves nothing
 *
 * Context: any.
 * Return: the length from which on some bytes take a whole page.
 */
size_t zc_zs_page_sized(void)
{
	return zs_huge_class_size(pool);
}

/**
 * zc_zs_compact - give free room back as whole pages
 *
 * While one compacts, the worker or zsmalloc's shrinker, zsmalloc sends others away
 * with nothing; and who asks may be about to have somebody killed for want of memory.
 * So it waits a little, where there is something to be had.
 *
 * Context: process; may sleep.
 * Return: pages freed.
 */
unsigned long zc_zs_compact(void)
{
	unsigned long end = jiffies + COMPACT_WAIT, freed;

	for (;;) {
		freed = zc_compact();
		if (freed || !zc_zs_has_holes() || time_after(jiffies, end))
			return freed;
		schedule_timeout_uninterruptible(1);
	}
}
