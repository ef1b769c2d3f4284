// SPDX-License-Identifier: GPL-2.0
/*
 * ops.c - the operations on pages: put, get, flush, evict
 *
 * Purpose: the coherency rules of tmem.h, once, for every host.
 *
 * Why this design: data is moved outside every lock (it is compressed before
 * the object is locked, and copied out under a hold), so that locks are held
 * for a tree walk only and the host may use locks that are not irq-safe.  The
 * price is that a destructive get must look twice: it removes the page after
 * the copy, and only if it is still the page that it copied.
 *
 * Linearisation: a put and a flush take effect when the tree changes under
 * obj->lock.  A get of a persistent or shared page takes effect at its
 * look-up; a destructive get when it removes the page.
 *
 * Locking: see tmem.h.  Each operation is one RCU read section, so that an
 * object found stays allocated, and a pampd's free is seen by evictors.
 */
#include <linux/err.h>
#include <compat/module.h>
#include "core.h"
#include <tmem/trace.h>

/* Times a destructive get tries again when a racing put replaced the page. */
#define GET_RETRIES	3

static int check_handle(struct tmem_client *client, int pool_id,
			const struct tmem_oid *oidp, struct tmem_pool **poolp)
{
	if (!tmem_oid_valid(oidp))
		return -EINVAL;
	*poolp = tmem_pool_get(client, pool_id);
	return *poolp ? 0 : -ENODEV;
}

static void drop_pampd(struct tmem_pool *pool, void *pampd)
{
	tmem_stat_dec(pool, pages);
	pool->host->pamops->free(pool, pampd);
}

/*
 * Unlink the page of a handle, whatever it is (@only NULL) or if it is @only.
 * Returns the pampd, which is the caller's, or NULL.
 */
static void *unlink_page(struct tmem_obj *obj, unsigned long flags, u32 index,
			 void *only)
	__releases(&obj->tree->lock)
{
	void **slot = tmem_tree_slot(obj, index);
	void *pampd = NULL;
	bool empty;

	if (slot && (!only || *slot == only))
		pampd = tmem_tree_remove(obj, index);
	empty = !obj->tree->root;
	spin_unlock_irqrestore(&obj->tree->lock, flags);
	if (empty)
		tmem_obj_drop_empty(obj);
	return pampd;
}

static int flush_one(struct tmem_pool *pool, const struct tmem_oid *oidp,
		     u32 index)
{
	struct tmem_obj *obj;
	unsigned long flags;
	void *pampd;

	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (!obj)
		return -ENOENT;
	__acquire(&obj->tree->lock);
	pampd = unlink_page(obj, flags, index, NULL);
	if (!pampd)
		return -ENOENT;
	drop_pampd(pool, pampd);
	tmem_stat_inc(pool, flushes);
	return 0;
}

/* Link @pampd, replacing what is there.  On error @pampd is the caller's. */
static int link_page(struct tmem_pool *pool, const struct tmem_oid *oidp,
		     u32 index, void *pampd)
{
	const struct tmem_pamops *pamops = pool->host->pamops;
	struct tmem_obj *obj;
	unsigned long flags;
	void *old = NULL;
	void **slot;
	bool empty;
	int ret = 0;

	obj = tmem_obj_get_lock(pool, oidp, &flags);
	if (!obj)
		return -ENOMEM;
	__acquire(&obj->tree->lock);
	slot = tmem_tree_slot(obj, index);
	if (slot) {
		old = *slot;
		*slot = pampd;
	} else {
		ret = tmem_tree_insert(obj, index, pampd);
	}
	if (!ret) {
		tmem_stat_inc(pool, pages);
		if (pamops->create_finish)
			pamops->create_finish(obj, index, pampd);
	}
	empty = !obj->tree->root;
	spin_unlock_irqrestore(&obj->tree->lock, flags);

	if (empty)
		tmem_obj_drop_empty(obj);
	if (old) {
		drop_pampd(pool, old);
		tmem_stat_inc(pool, dup_puts);
	}
	return ret;
}

/**
 * tmem_put - store a copy of a page
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 * @index: which page of it
 * @page: the data; only read
 *
 * Replaces an older page of the same handle.  If the put fails, an older page
 * of the handle is gone as well, and is counted as flushed.
 *
 * Context: process, irqs on, no spinlock held.  Sleeps only if the host's
 * create does.
 * Return: 0; -EINVAL invalid oid; -ENODEV no such pool; -ENOMEM, or what the
 * host's create returned (-ENOSPC, -E2BIG).
 */
int tmem_put(struct tmem_client *client, int pool_id,
	     const struct tmem_oid *oidp, u32 index, struct page *page)
{
	const struct tmem_pamops *pamops = client->host->pamops;
	struct tmem_pool *pool;
	void *pampd;
	int ret;

	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;

	pampd = pamops->create(pool, oidp, index, page);
	ret = PTR_ERR_OR_ZERO(pampd);

	rcu_read_lock();
	if (!ret) {
		ret = link_page(pool, oidp, index, pampd);
		if (ret)
			pamops->free(pool, pampd);
	}
	/* put-put-get: the older data must not outlive a put that failed. */
	if (ret)
		flush_one(pool, oidp, index);
	rcu_read_unlock();

	if (ret)
		tmem_stat_inc(pool, failed_puts);
	else
		tmem_stat_inc(pool, puts);
	trace_tmem_put(pool->client_id, pool_id, oidp, index, ret);
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_put);

/*
 * Copy a page out and, in a private ephemeral pool, remove it.
 * Returns -EAGAIN when another put has replaced it meanwhile.
 */
static int get_once(struct tmem_pool *pool, const struct tmem_oid *oidp,
		    u32 index, struct page *page, u32 *bytes)
{
	const struct tmem_pamops *pamops = pool->host->pamops;
	bool destructive = !(pool->flags & (TMEM_POOL_PERSIST |
					    TMEM_POOL_SHARED));
	struct tmem_obj *obj;
	unsigned long flags;
	void *pampd = NULL;
	void **slot;
	int ret;

	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (!obj)
		return -ENOENT;
	__acquire(&obj->tree->lock);
	slot = tmem_tree_slot(obj, index);
	if (slot) {
		pampd = *slot;
		pamops->hold(pampd);
	}
	spin_unlock_irqrestore(&obj->tree->lock, flags);
	if (!pampd)
		return -ENOENT;

	ret = pamops->get_data(pool, pampd, page);
	if (!ret && bytes && pamops->bytes)
		*bytes = pamops->bytes(pampd);
	if (!ret && destructive) {
		spin_lock_irqsave(&obj->tree->lock, flags);
		if (obj->tree->dead) {
			spin_unlock_irqrestore(&obj->tree->lock, flags);
			ret = -EAGAIN;
		} else if (unlink_page(obj, flags, index, pampd)) {
			drop_pampd(pool, pampd);
		} else {
			ret = -EAGAIN;
		}
	}
	pamops->release(pool, pampd);
	return ret;
}

/**
 * tmem_get_bytes - copy a page back
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 * @index: which page of it
 * @page: where to; its contents are undefined after an error other than
 *	-EINVAL and -ENODEV
 * @bytes: becomes what the page takes of the host's memory, or took; 0: the
 *	host does not know, or an error; NULL: who cares
 *
 * A hit in a private ephemeral pool removes the page, in one step with the
 * copy.  If the data cannot be delivered the page stays.
 *
 * Context: process, irqs on, no spinlock held.  Does not sleep.
 * Return: 0; -ENOENT not there; -EINVAL invalid oid; -ENODEV no such pool; or
 * what the host's get_data returned (-EIO).
 */
int tmem_get_bytes(struct tmem_client *client, int pool_id,
		   const struct tmem_oid *oidp, u32 index, struct page *page,
		   u32 *bytes)
{
	unsigned int tries = GET_RETRIES;
	struct tmem_pool *pool;
	int ret;

	if (bytes)
		*bytes = 0;
	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;

	do {
		rcu_read_lock();
		ret = get_once(pool, oidp, index, page, bytes);
		rcu_read_unlock();
	} while (ret == -EAGAIN && --tries);
	if (ret == -EAGAIN)
		ret = -ENOENT;

	if (ret)
		tmem_stat_inc(pool, failed_gets);
	else
		tmem_stat_inc(pool, gets);
	trace_tmem_get(pool->client_id, pool_id, oidp, index, ret);
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_get_bytes);

/**
 * tmem_get - copy a page back
 * @client: whose pool
 * @pool_id: the pool
 * @oidp: the object
 * @index: which page of it
 * @page: where to
 *
 * Context, return: as tmem_get_bytes().
 */
int tmem_get(struct tmem_client *client, int pool_id,
	     const struct tmem_oid *oidp, u32 index, struct page *page)
{
	return tmem_get_bytes(client, pool_id, oidp, index, page, NULL);
}
TMEM_EXPORT_SYMBOL(tmem_get);

/**
 * tmem_flush_page - forget one page
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 * @index: which page of it
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT not there; -EINVAL invalid oid; -ENODEV no such pool.
 */
int tmem_flush_page(struct tmem_client *client, int pool_id,
		    const struct tmem_oid *oidp, u32 index)
{
	struct tmem_pool *pool;
	int ret;

	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;
	rcu_read_lock();
	ret = flush_one(pool, oidp, index);
	rcu_read_unlock();
	trace_tmem_flush_page(pool->client_id, pool_id, oidp, index, ret);
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_flush_page);

/* Remove up to a batch of pages of @first..@last; their number. */
static unsigned int flush_batch(struct tmem_pool *pool,
				const struct tmem_oid *oidp, u32 *first,
				u32 last)
{
	void *pampds[TMEM_REAP_BATCH];
	struct tmem_obj *obj;
	unsigned int i, nr = 0;
	unsigned long flags;
	bool empty;

	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (!obj)
		return 0;
	__acquire(&obj->tree->lock);
	while (nr < TMEM_REAP_BATCH && tmem_tree_next(obj, first) &&
	       *first <= last)
		pampds[nr++] = tmem_tree_remove(obj, *first);
	empty = !obj->tree->root;
	spin_unlock_irqrestore(&obj->tree->lock, flags);

	if (empty)
		tmem_obj_drop_empty(obj);
	for (i = 0; i < nr; i++)
		drop_pampd(pool, pampds[i]);
	tmem_stat_add(pool, flushes, nr);
	return nr;
}

/**
 * tmem_flush_range - forget a range of pages of an object
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 * @first: first page index
 * @last: last page index, inclusive
 *
 * Work is bounded per lock hold, not in total: it is proportional to the
 * pages removed.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT none was there; -EINVAL invalid oid or @first > @last;
 * -ENODEV no such pool.
 */
int tmem_flush_range(struct tmem_client *client, int pool_id,
		     const struct tmem_oid *oidp, u32 first, u32 last)
{
	unsigned long total = 0;
	struct tmem_pool *pool;
	u32 next = first;
	unsigned int nr;
	int ret;

	if (first > last)
		return -EINVAL;
	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;
	do {
		rcu_read_lock();
		nr = flush_batch(pool, oidp, &next, last);
		rcu_read_unlock();
		total += nr;
	} while (nr == TMEM_REAP_BATCH);
	ret = total ? 0 : -ENOENT;
	trace_tmem_flush_range(pool->client_id, pool_id, oidp, first, last,
			       ret);
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_flush_range);

/**
 * tmem_flush_object - forget an object with all its pages
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 *
 * Takes constant time; the pages of a big object are freed by a worker, but
 * cannot be found any more when this returns.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT not there; -EINVAL invalid oid; -ENODEV no such pool.
 */
int tmem_flush_object(struct tmem_client *client, int pool_id,
		      const struct tmem_oid *oidp)
{
	struct tmem_pool *pool;
	int ret;

	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;
	rcu_read_lock();
	ret = tmem_obj_flush(pool, oidp) ? 0 : -ENOENT;
	rcu_read_unlock();
	trace_tmem_flush_object(pool->client_id, pool_id, oidp, ret);
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_flush_object);

/**
 * tmem_evict - take a page away to make room; for hosts
 * @obj: the object, as create_finish was told
 * @index: the page, likewise
 * @pampd: the page's descriptor, on which the caller has a hold
 *
 * Removes the page if the handle still leads to @pampd, and then calls
 * pamops->free as for any other removal.
 *
 * Context: an RCU read section that began before the caller learned that the
 * pampd was not yet freed (see pamops->create_finish); any but NMI.
 * Return: 0; -ENOENT if the page has been removed or replaced meanwhile;
 * -EPERM if its pool is persistent, whose pages are nobody's to drop.
 */
int tmem_evict(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct tmem_pool *pool = obj->pool;
	unsigned long flags;

	if (tmem_pool_is_persistent(pool))
		return -EPERM;
	spin_lock_irqsave(&obj->tree->lock, flags);
	if (obj->tree->dead) {
		spin_unlock_irqrestore(&obj->tree->lock, flags);
		return -ENOENT;
	}
	if (!unlink_page(obj, flags, index, pampd))
		return -ENOENT;
	tmem_stat_inc(pool, evicts);
	trace_tmem_evict(pool->client_id, &obj->oid, index);
	drop_pampd(pool, pampd);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_evict);
