// SPDX-License-Identifier: GPL-2.0
/*
 * ring.c - pages on their way to the backend
 *
 * Purpose: take a copy of a page where the backend cannot be called, and have a
 * worker put it to the backend soon after.
 *
 * Why this design: under the i_pages lock with irqs off there is time for a
 * copy, but no way to allocate, so the pages are there beforehand, and their
 * number bounds what can be under way.  Reclaim drops pages in batches, with
 * pauses in which the worker runs.  Still, dropping is faster than compressing:
 * so whoever reads pages, which is why others are dropped, takes part in the
 * worker's work while the ring is half full.  What does not fit is not kept.
 * Copies are found by page and by object, since a file that is truncated or
 * deleted takes all of its pages with it.
 *
 * Invariants: an entry is free and in no table, or names a page and is in both;
 * only queued entries are in the queue.  For the rest see native.h.
 *
 * Locking: ring_lock, irqsave, covers everything but the data: the pages of
 * entries that are not free belong to who made them so (RING_FILLING: the put;
 * RING_WRITING: the worker or a helper) or to nobody (RING_QUEUED).
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/hash.h>
#include <linux/highmem.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <tmem/param.h>
#include "native.h"

#define RING_MIN	16
#define RING_MAX	65536
/*
 * Without the parameter: 1/128 of RAM, four times the gap between the watermarks
 * of kswapd (at twice the gap one page in four found the ring full), but no more
 * than 16 MiB of 4 KiB pages.
 */
#define RING_DEFAULT_SHIFT 7
#define RING_DEFAULT_MAX 4096
/* Pages that a reader helps with for each one that it reads. */
#define RING_HELP	2

/**
 * enum ring_state - what is being done with an entry
 * @RING_FREE: nothing
 * @RING_FILLING: a put copies its page into it
 * @RING_QUEUED: it waits for the worker
 * @RING_WRITING: the worker, or a helper, puts it to the backend
 */
enum ring_state {
	RING_FREE,
	RING_FILLING,
	RING_QUEUED,
	RING_WRITING,
};

/**
 * struct cc_entry - a page of the ring
 * @by_page: in the table of pages; ring_lock, as all that follows
 * @by_object: in the table of objects
 * @list: free, or in the queue
 * @pool: whose page it is
 * @oid: of which object
 * @index: where in it
 * @state: see there
 * @cancelled: (RING_FILLING, RING_WRITING) it must not stay in the backend
 * @page: the data; constant
 */
struct cc_entry {
	struct hlist_node by_page;
	struct hlist_node by_object;
	struct list_head list;
	struct cc_pool *pool;
	struct tmem_oid oid;
	u32 index;
	enum ring_state state;
	bool cancelled;
	struct page *page;
};

static unsigned int ring_pages;

static int ring_pages_set(const char *val, const struct kernel_param *kp)
{
	return tmem_param_uint(kp->name, val, RING_MIN, RING_MAX, "", &ring_pages);
}

static const struct kernel_param_ops ring_pages_ops = {
	.set = ring_pages_set,
	.get = param_get_uint,
};

/* Most pages that can be on their way to the backend; only at load time. */
module_param_cb(ring_pages, &ring_pages_ops, &ring_pages, 0444);
MODULE_PARM_DESC(ring_pages, "pages that can be on their way to the backend: 16 to 65536 (default: 1/128 of RAM, at most 4096)");

static struct cc_entry *entries;
static struct hlist_head *page_table, *object_table;
static unsigned int table_bits;
static LIST_HEAD(free_entries);
static LIST_HEAD(queue);
static unsigned int nr_queued;
static DEFINE_SPINLOCK(ring_lock);
/* Those who wait for an object of a shared pool to be written. */
static DECLARE_WAIT_QUEUE_HEAD(written);
static struct workqueue_struct *ring_wq;

static void ring_work(struct work_struct *work);
static DECLARE_WORK(work, ring_work);

static struct hlist_head *object_bucket(const struct cc_pool *pool,
					const struct tmem_oid *oidp)
{
	u64 h = oidp->oid[0] ^ oidp->oid[1] ^ oidp->oid[2];

	return &object_table[hash_64(h + pool->id, table_bits)];
}

static struct hlist_head *page_bucket(const struct cc_pool *pool,
				      const struct tmem_oid *oidp, u32 index)
{
	u64 h = oidp->oid[0] ^ oidp->oid[1] ^ oidp->oid[2];

	/* Neighbours differ in the low bits: spread the object, then add. */
	h = hash_64(h + pool->id, 32) + index;
	return &page_table[hash_64(h, table_bits)];
}

static bool is_of(const struct cc_entry *e, const struct cc_pool *pool,
		  const struct tmem_oid *oidp)
{
	return e->pool == pool && !tmem_oid_compare(&e->oid, oidp);
}

static void cc_release(struct cc_entry *e)
{
	lockdep_assert_held(&ring_lock);
	hlist_del_init(&e->by_page);
	hlist_del_init(&e->by_object);
	e->pool = NULL;
	e->state = RING_FREE;
	list_add(&e->list, &free_entries);
}

static void cc_enqueue(struct cc_entry *e)
{
	lockdep_assert_held(&ring_lock);
	e->state = RING_QUEUED;
	list_add_tail(&e->list, &queue);
	WRITE_ONCE(nr_queued, nr_queued + 1);
}

static void cc_dequeue(struct cc_entry *e)
{
	lockdep_assert_held(&ring_lock);
	list_del(&e->list);
	WRITE_ONCE(nr_queued, nr_queued - 1);
}

static void cc_cancel(struct cc_entry *e)
{
	lockdep_assert_held(&ring_lock);
	if (e->state == RING_QUEUED) {
		cc_dequeue(e);
		cc_release(e);
	} else {
		e->cancelled = true;
	}
}

static void cancel_page(const struct cc_pool *pool, const struct tmem_oid *oidp,
			u32 index)
{
	struct hlist_node *tmp;
	struct cc_entry *e;

	hlist_for_each_entry_safe(e, tmp, page_bucket(pool, oidp, index),
				  by_page)
		if (e->index == index && is_of(e, pool, oidp))
			cc_cancel(e);
}

/* A free entry for a page, in the tables; or NULL. */
static struct cc_entry *cc_claim(struct cc_pool *pool, const struct tmem_oid *oidp,
				 u32 index)
{
	struct cc_entry *e;

	lockdep_assert_held(&ring_lock);
	e = list_first_entry_or_null(&free_entries, struct cc_entry, list);
	if (!e)
		return NULL;
	list_del(&e->list);
	e->pool = pool;
	e->oid = *oidp;
	e->index = index;
	e->state = RING_FILLING;
	e->cancelled = false;
	hlist_add_head(&e->by_page, page_bucket(pool, oidp, index));
	hlist_add_head(&e->by_object, object_bucket(pool, oidp));
	return e;
}

/**
 * cc_ring_put - take a copy of a page, for the backend
 * @pool: the page's pool; the caller is in an SRCU read section
 * @oidp: the object
 * @index: the page's index in it
 * @page: the data
 *
 * Context: any but NMI.
 * Return: true; false if the ring is full.  In both cases nothing older of the
 * page is in the ring.
 */
bool cc_ring_put(struct cc_pool *pool, const struct tmem_oid *oidp, u32 index,
		 struct page *page)
{
	unsigned long flags;
	struct cc_entry *e;

	spin_lock_irqsave(&ring_lock, flags);
	if (!cc_broken(CC_BREAK_PENDING))
		cancel_page(pool, oidp, index);
	e = cc_claim(pool, oidp, index);
	spin_unlock_irqrestore(&ring_lock, flags);
	if (!e)
		return false;

	copy_highpage(e->page, page);

	spin_lock_irqsave(&ring_lock, flags);
	if (e->cancelled)
		cc_release(e);
	else
		cc_enqueue(e);
	spin_unlock_irqrestore(&ring_lock, flags);
	queue_work(ring_wq, &work);
	return true;
}

/**
 * cc_ring_get - get a page that is on its way
 * @pool: the page's pool; the caller is in an SRCU read section
 * @oidp: the object
 * @index: the page's index in it
 * @page: where to; locked
 *
 * Context: process, irqs on.
 * Return: CC_RING_HIT: @page is filled, and the caller has to flush older
 * copies from the backend; CC_RING_BUSY: the page is not to be had, from the
 * backend neither; CC_RING_NONE.
 */
enum cc_ring cc_ring_get(struct cc_pool *pool, const struct tmem_oid *oidp,
			 u32 index, struct page *page)
{
	enum cc_ring ret = CC_RING_NONE;
	struct cc_entry *e, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&ring_lock, flags);
	hlist_for_each_entry(e, page_bucket(pool, oidp, index), by_page) {
		if (e->index != index || !is_of(e, pool, oidp))
			continue;
		if (e->state == RING_QUEUED) {
			found = e;
		} else {
			e->cancelled = true;
			ret = CC_RING_BUSY;
		}
	}
	if (found) {
		/* Nobody finds it any more: its data is ours. */
		cc_dequeue(found);
		hlist_del_init(&found->by_page);
		hlist_del_init(&found->by_object);
	}
	spin_unlock_irqrestore(&ring_lock, flags);
	if (!found)
		return ret;

	copy_highpage(page, found->page);
	flush_dcache_page(page);

	spin_lock_irqsave(&ring_lock, flags);
	cc_release(found);
	spin_unlock_irqrestore(&ring_lock, flags);
	return CC_RING_HIT;
}

/**
 * cc_ring_cancel_page - a page has changed
 * @pool: its pool; the caller is in an SRCU read section
 * @oidp: the object
 * @index: the page's index in it
 *
 * The caller flushes it from the backend after that.
 *
 * Context: any but NMI.
 */
void cc_ring_cancel_page(struct cc_pool *pool, const struct tmem_oid *oidp,
			 u32 index)
{
	unsigned long flags;

	if (cc_broken(CC_BREAK_PENDING))
		return;
	spin_lock_irqsave(&ring_lock, flags);
	cancel_page(pool, oidp, index);
	spin_unlock_irqrestore(&ring_lock, flags);
}

static bool object_is_written(const struct cc_pool *pool,
			      const struct tmem_oid *oidp)
{
	unsigned long flags;
	bool found = false;
	struct cc_entry *e;

	spin_lock_irqsave(&ring_lock, flags);
	hlist_for_each_entry(e, object_bucket(pool, oidp), by_object)
		found |= e->state == RING_WRITING && is_of(e, pool, oidp);
	spin_unlock_irqrestore(&ring_lock, flags);
	return found;
}

/**
 * cc_ring_cancel_object - an object has changed
 * @pool: its pool; the caller is in an SRCU read section
 * @oidp: the object
 *
 * The caller flushes it from the backend after that.  In a shared pool nothing
 * of it gets there any more after this returns: other clients do not see what
 * has been cancelled here.
 *
 * Context: process, irqs on; sleeps if the pool is shared.
 */
void cc_ring_cancel_object(struct cc_pool *pool, const struct tmem_oid *oidp)
{
	struct hlist_node *tmp;
	unsigned long flags;
	struct cc_entry *e;

	if (cc_broken(CC_BREAK_PENDING))
		return;
	spin_lock_irqsave(&ring_lock, flags);
	hlist_for_each_entry_safe(e, tmp, object_bucket(pool, oidp), by_object)
		if (is_of(e, pool, oidp))
			cc_cancel(e);
	spin_unlock_irqrestore(&ring_lock, flags);
	if (pool->shared)
		wait_event(written, !object_is_written(pool, oidp));
}

/**
 * cc_ring_cancel_pool - a pool goes away
 * @pool: the pool; no put of it begins any more
 *
 * The worker and those who help may still be at pages of it; that ends with the
 * SRCU read sections under way.
 *
 * Context: process.
 */
void cc_ring_cancel_pool(struct cc_pool *pool)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&ring_lock, flags);
	for (i = 0; i < ring_pages; i++)
		if (entries[i].pool == pool)
			cc_cancel(&entries[i]);
	spin_unlock_irqrestore(&ring_lock, flags);
}

static struct cc_entry *take_oldest(void)
{
	struct cc_entry *e;

	spin_lock_irq(&ring_lock);
	e = list_first_entry_or_null(&queue, struct cc_entry, list);
	if (e) {
		cc_dequeue(e);
		e->state = RING_WRITING;
	}
	spin_unlock_irq(&ring_lock);
	return e;
}

static void write_out(struct cc_entry *e)
{
	struct tmem_bpool bpool = READ_ONCE(e->pool->bpool);

	if (tmem_backend_put_page(bpool, &e->oid, e->index, e->page))
		cc_count(put_refused);
	else
		cc_count(puts);
	spin_lock_irq(&ring_lock);
	if (e->cancelled) {
		spin_unlock_irq(&ring_lock);
		tmem_backend_flush_page(bpool, &e->oid, e->index);
		cc_count(put_cancelled);
		spin_lock_irq(&ring_lock);
	}
	cc_release(e);
	spin_unlock_irq(&ring_lock);
	/* Pairs with the barrier of those who begin to wait. */
	if (wq_has_sleeper(&written))
		wake_up_all(&written);
}

/**
 * cc_ring_help - do some of the worker's work, if it has much
 *
 * Context: process, irqs on, in an SRCU read section.
 */
void cc_ring_help(void)
{
	struct cc_entry *e;
	unsigned int i;

	for (i = 0; i < RING_HELP && READ_ONCE(nr_queued) > ring_pages / 2; i++) {
		e = take_oldest();
		if (e)
			write_out(e);
	}
}

static void ring_work(struct work_struct *work)
{
	struct cc_entry *e;
	int idx;

	do {
		/* From the taking on: see cc_ring_cancel_pool(). */
		idx = srcu_read_lock(&cc_srcu);
		e = take_oldest();
		if (e)
			write_out(e);
		srcu_read_unlock(&cc_srcu, idx);
		cond_resched();
	} while (e);
}

static void cc_free_all(void)
{
	unsigned int i;

	for (i = 0; entries && i < ring_pages; i++)
		if (entries[i].page)
			__free_page(entries[i].page);
	kvfree(entries);
	kvfree(page_table);
	kvfree(object_table);
}

/**
 * cc_ring_init - allocate the ring
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int cc_ring_init(void)
{
	unsigned int i;

	if (!ring_pages)
		ring_pages = clamp_t(unsigned long,
				     totalram_pages() >> RING_DEFAULT_SHIFT,
				     RING_MIN, RING_DEFAULT_MAX);
	table_bits = ilog2(roundup_pow_of_two(ring_pages));
	entries = kvcalloc(ring_pages, sizeof(*entries), GFP_KERNEL);
	page_table = kvcalloc(1U << table_bits, sizeof(*page_table), GFP_KERNEL);
	object_table = kvcalloc(1U << table_bits, sizeof(*object_table),
				GFP_KERNEL);
	if (!entries || !page_table || !object_table)
		goto err;
	for (i = 0; i < ring_pages; i++) {
		entries[i].page = alloc_page(GFP_KERNEL);
		if (!entries[i].page)
			goto err;
		list_add_tail(&entries[i].list, &free_entries);
	}
	/* It makes reclaim's pages free for good: before what waits for them. */
	ring_wq = alloc_workqueue("tmem_cleancache",
				  WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_UNBOUND, 1);
	if (ring_wq)
		return 0;
err:
	cc_free_all();
	return -ENOMEM;
}

/**
 * cc_ring_exit - free the ring; no put has ever been made
 *
 * Context: process; sleeps.
 */
void cc_ring_exit(void)
{
	destroy_workqueue(ring_wq);
	cc_free_all();
}
