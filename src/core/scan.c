// SPDX-License-Identifier: GPL-2.0
/*
 * scan.c - a host goes through its pages, and puts better ones in their place
 *
 * Purpose: what a host needs to work on what it has stored long after the put:
 * tmem_walk() finds pages in the order of their handles, so that neighbours in
 * a file come one after the other; tmem_replace() links another descriptor of
 * the same data where the old one was (the historical name).
 *
 * Why this design: a walk holds no lock between two calls.  What it keeps is a
 * place in the order of handles, so nothing that comes or goes meanwhile can
 * lead it astray: a page that is there all the time is met once, one that is
 * not may be missed.  A page that was met may be gone by the time that the host
 * is done with it.  So, as in a destructive get, whoever replaces looks twice:
 * the new descriptor is linked only if the handle still leads to the old one.
 * The caller has a hold on that, so that it cannot be freed and be another
 * page's by now.
 *
 * Linearisation: a replacement changes no data; it takes effect under
 * obj->lock, and nobody but the host can tell.
 *
 * Locking: bucket->lock, then obj->lock, both irqsave, as in object.c; an
 * object in its bucket's tree is not dead while bucket->lock is held.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <compat/module.h>
#include <tmem/trace.h>
#include "core.h"

/* The first object of a bucket at or after a place; bucket->lock held. */
static struct tmem_obj *tmem_obj_at(struct tmem_bucket *bucket,
				    const struct tmem_cursor *cur)
{
	struct rb_node *node = bucket->root.rb_node;
	struct tmem_obj *obj, *found = NULL;
	int cmp;

	lockdep_assert_held(&bucket->lock);
	if (!cur->inside)
		return rb_entry_safe(rb_first(&bucket->root), struct tmem_obj,
				     rb);
	while (node) {
		obj = rb_entry(node, struct tmem_obj, rb);
		cmp = tmem_oid_compare(&cur->oid, &obj->oid);
		if (cmp < 0 || (!cmp && cur->next <= U32_MAX)) {
			found = obj;
			node = cmp ? node->rb_left : NULL;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/* Take the next pages of the next object of a bucket; obj->lock held. */
static unsigned int tmem_take_pages(struct tmem_obj *obj, struct tmem_cursor *cur,
				    struct tmem_found *found, unsigned int max)
{
	const struct tmem_pamops *pamops = obj->pool->host->pamops;
	bool same = cur->inside && !tmem_oid_compare(&cur->oid, &obj->oid);
	u64 next = same ? cur->next : 0;
	unsigned int nr = 0;
	void *pampd;
	u32 index;

	while (nr < max && next <= U32_MAX) {
		index = next;
		pampd = tmem_tree_next(obj, &index);
		if (!pampd) {
			next = TMEM_CURSOR_END;
			break;
		}
		pamops->hold(pampd);
		found[nr].pampd = pampd;
		found[nr++].index = index;
		next = (u64)index + 1;
	}
	cur->oid = obj->oid;
	cur->inside = true;
	cur->next = next;
	return nr;
}

static unsigned int tmem_walk_pool(struct tmem_pool *pool, struct tmem_cursor *cur,
				   struct tmem_found *found, unsigned int max)
{
	struct tmem_bucket *bucket;
	struct tmem_obj *obj;
	unsigned long flags;
	unsigned int nr;

	while (cur->bucket < TMEM_HASH_BUCKETS) {
		bucket = &pool->buckets[cur->bucket];
		nr = 0;
		rcu_read_lock();
		spin_lock_irqsave(&bucket->lock, flags);
		obj = tmem_obj_at(bucket, cur);
		if (obj) {
			spin_lock(&obj->tree->lock);
			spin_unlock(&bucket->lock);
			nr = tmem_take_pages(obj, cur, found, max);
			spin_unlock_irqrestore(&obj->tree->lock, flags);
		} else {
			spin_unlock_irqrestore(&bucket->lock, flags);
			cur->bucket++;
			cur->inside = false;
		}
		rcu_read_unlock();
		if (nr)
			return nr;
	}
	return 0;
}

/**
 * tmem_walk - the next pages of a client, in the order of their handles
 * @client: whose pages
 * @cur: where to go on; all zeroes: at the beginning.  Afterwards it names the
 *	object that the pages are of, by pool_id and oid; a caller that wants to
 *	see some of them again sets next back to the first one's index.
 * @found: where to; the pages are of one object, in the order of their indexes
 * @max: room there, at least 1
 *
 * Each page that is found is held: the caller releases it, by its own means.
 *
 * Context: process; may sleep.
 * Return: how many pages; 0: that was the end, and the next call begins again.
 */
unsigned int tmem_walk(struct tmem_client *client, struct tmem_cursor *cur,
		       struct tmem_found *found, unsigned int max)
{
	struct tmem_pool *pool;
	unsigned int nr;

	for (; cur->pool_id < client->max_pools; cur->pool_id++) {
		pool = tmem_pool_get(client, cur->pool_id);
		if (pool) {
			nr = tmem_walk_pool(pool, cur, found, max);
			tmem_pool_put(pool);
			if (nr)
				return nr;
			cond_resched();
		}
		cur->bucket = 0;
		cur->inside = false;
	}
	*cur = (struct tmem_cursor){};
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_walk);

/**
 * tmem_replace - link another descriptor of a page's data in place of its own
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 * @index: which page of it
 * @old: the descriptor that is to go; the caller has a hold on it
 * @new: the other one, with one reference, which becomes the core's
 *
 * Nothing happens if the handle does not lead to @old any more, or if
 * pamops->replace does not agree; then @new stays the caller's.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT the page has been removed or replaced, or the host wants
 * it to stay; -EINVAL invalid oid; -ENODEV no such pool.
 */
int tmem_replace(struct tmem_client *client, int pool_id,
		 const struct tmem_oid *oidp, u32 index, void *old, void *new)
{
	const struct tmem_pamops *pamops = client->host->pamops;
	struct tmem_pool *pool;
	struct tmem_obj *obj;
	unsigned long flags;
	void *there;
	int ret;

	if (!tmem_oid_valid(oidp))
		return -EINVAL;
	pool = tmem_pool_get(client, pool_id);
	if (!pool)
		return -ENODEV;
	ret = -ENOENT;
	rcu_read_lock();
	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (obj) {
		__acquire(&obj->tree->lock);
		/*
		 * The second look: see the head of this file.  Where there is a
		 * pampd, another one is linked without memory.
		 */
		if (tmem_tree_find_run(obj, index, 1, &there) && there == old &&
		    (!pamops->replace ||
		     pamops->replace(obj, index, old, new))) {
			tmem_tree_link_run(obj, index, 1, &new, &there);
			ret = 0;
		}
		spin_unlock_irqrestore(&obj->tree->lock, flags);
	}
	if (!ret) {
		trace_tmem_replace(pool->client_id, oidp, index);
		pamops->free(pool, old);
	}
	rcu_read_unlock();
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_replace);
