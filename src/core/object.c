// SPDX-License-Identifier: GPL-2.0
/*
 * object.c - the objects of one pool: 256 buckets of rb-trees
 *
 * Purpose: find, create and drop objects by oid.
 *
 * Why this design: the historical buckets have one lock each that covers the
 * tree, its objects and all work on their pages, so that two readers of
 * different files wait for each other whenever the files share a bucket.
 * Here the bucket's lock covers the shape of the tree only.  Look-ups walk it
 * under RCU and a sequence count, and pages are under the object's own lock.
 * That lock is not in the object but in its struct tmem_tree, so that the lines
 * which a walk reads stay in the caches of all CPUs: without that, two CPUs
 * that worked on different objects of one bucket were slower than one.
 *
 * Invariants: an object in a tree is not dead.  An object leaves its tree
 * when its last page leaves it (tmem_obj_drop_empty) or with all its pages at
 * once (tmem_obj_flush), in constant time; in both cases it is marked dead
 * under bucket->lock and obj->lock first.  A dead object belongs to whoever
 * marked it, who empties it and gives it to RCU; until it is empty its pages may be
 * evicted as those of any other, so that a host that needs memory gets it.
 *
 * Locking: bucket->lock, then obj->lock; both irqsave.  Callers of anything
 * here that returns an object are in an RCU read section.
 */
#include <linux/hash.h>
#include <linux/slab.h>
#include "core.h"

static_assert(sizeof(struct tmem_obj) <= 64,
	      "what look-ups pass by is one cache line");
static_assert(sizeof(spinlock_t) > 4 || sizeof(struct tmem_tree) <= 64,
	      "and so is what they lock and begin with, unless it is debugged");

static struct tmem_bucket *bucket_of(struct tmem_pool *pool,
				     const struct tmem_oid *oidp)
{
	return &pool->buckets[hash_long(oidp->oid[0] ^ oidp->oid[1] ^
					oidp->oid[2], TMEM_HASH_BITS)];
}

/**
 * tmem_buckets_init - make a pool's buckets ready
 * @pool: the pool, not yet visible to anyone
 *
 * Context: any.
 */
void tmem_buckets_init(struct tmem_pool *pool)
{
	unsigned int i;

	for (i = 0; i < TMEM_HASH_BUCKETS; i++) {
		struct tmem_bucket *bucket = &pool->buckets[i];

		spin_lock_init(&bucket->lock);
		seqcount_spinlock_init(&bucket->seq, &bucket->lock);
		bucket->root = RB_ROOT;
	}
}

/* Walk a bucket under RCU.  A hit is a hit; a miss may be a lost race. */
static struct tmem_obj *tmem_bucket_walk(struct tmem_bucket *bucket,
					 const struct tmem_oid *oidp)
{
	struct rb_node *node = rcu_dereference_raw(bucket->root.rb_node);
	struct tmem_obj *obj;
	int cmp;

	while (node) {
		obj = rb_entry(node, struct tmem_obj, rb);
		cmp = tmem_oid_compare(oidp, &obj->oid);
		if (!cmp)
			return obj;
		node = cmp < 0 ? rcu_dereference_raw(node->rb_left) :
				 rcu_dereference_raw(node->rb_right);
	}
	return NULL;
}

/**
 * tmem_obj_find_lock - find an object and lock it
 * @pool: the pool
 * @oidp: the object's name
 * @flags: where to keep the irq state
 *
 * Context: RCU read section; any but NMI.
 * Return: the object, alive, with obj->lock held, or NULL.
 */
struct tmem_obj *tmem_obj_find_lock(struct tmem_pool *pool,
				    const struct tmem_oid *oidp,
				    unsigned long *flags)
{
	struct tmem_bucket *bucket = bucket_of(pool, oidp);
	struct tmem_obj *obj;
	unsigned int seq;

	for (;;) {
		seq = read_seqcount_begin(&bucket->seq);
		obj = tmem_bucket_walk(bucket, oidp);
		if (obj) {
			spin_lock_irqsave(&obj->tree->lock, *flags);
			if (!obj->tree->dead) {
				__release(&obj->tree->lock); /* the caller's */
				return obj;
			}
			/*
			 * It has left the tree, or is leaving it under the
			 * bucket's lock: the walk does not find it for long.
			 */
			spin_unlock_irqrestore(&obj->tree->lock, *flags);
			cpu_relax();
		} else if (!read_seqcount_retry(&bucket->seq, seq)) {
			return NULL;
		}
	}
}

static void obj_init(struct tmem_obj *obj, struct tmem_pool *pool,
		     const struct tmem_oid *oidp)
{
	struct tmem_tree *tree = obj->tree;

	obj->oid = *oidp;
	obj->pool = pool;
	spin_lock_init(&tree->lock);
	tree->height = 0;
	tree->dead = false;
	tree->reaped = false;
	tree->root = NULL;
	tmem_stat_inc(pool, objs);
}

/* Link @new unless its name is taken; bucket->lock held. */
static struct tmem_obj *link_or_find(struct tmem_bucket *bucket,
				     struct tmem_obj *new)
{
	struct rb_node **link = &bucket->root.rb_node, *parent = NULL;
	struct tmem_obj *obj;
	int cmp;

	lockdep_assert_held(&bucket->lock);
	while (*link) {
		parent = *link;
		obj = rb_entry(parent, struct tmem_obj, rb);
		cmp = tmem_oid_compare(&new->oid, &obj->oid);
		if (!cmp)
			return obj;
		link = cmp < 0 ? &parent->rb_left : &parent->rb_right;
	}
	write_seqcount_begin(&bucket->seq);
	rb_link_node_rcu(&new->rb, parent, link);
	rb_insert_color(&new->rb, &bucket->root);
	write_seqcount_end(&bucket->seq);
	return new;
}

static void obj_free_now(struct tmem_obj *obj)
{
	struct tmem_host *host = obj->pool->host;

	tmem_stat_dec(obj->pool, objs);
	host->hostops->obj_free(host->priv, obj);
}

/*
 * Two grace periods, for the sake of evictors (pamops->create_finish).  An
 * evictor finds a pampd before the core has called free for it, and then
 * follows it to the object.  The read section in which the core unlinks the
 * pampd and calls free begins before the object is given to RCU, so the first
 * grace period does not end before free has been called; so the evictor's
 * section, which began before that, is seen by the second one.
 *
 * The pool may be gone by then, so all that is needed of it is done before.
 * The host outlives its callbacks: tmem_unregister_host() waits for them.
 */
static void obj_free_second(struct rcu_head *rcu)
{
	struct tmem_tree *tree = container_of(rcu, struct tmem_tree, rcu);
	struct tmem_host *host = tree->host;
	struct tmem_obj *obj = tree->root;

	host->hostops->obj_free(host->priv, obj);
}

static void obj_free_first(struct rcu_head *rcu)
{
	call_rcu(rcu, obj_free_second);
}

/* @obj is dead, empty and the caller's. */
static void obj_free_rcu(struct tmem_obj *obj)
{
	struct tmem_tree *tree = obj->tree;

	tmem_stat_dec(obj->pool, objs);
	/* Nobody reads the root of a dead object. */
	tree->root = obj;
	tree->host = obj->pool->host;
	call_rcu(&tree->rcu, obj_free_first);
}

/**
 * tmem_obj_get_lock - find or create an object and lock it
 * @pool: the pool
 * @oidp: the object's name
 * @flags: where to keep the irq state
 *
 * A created object is empty: the caller fills it, or gives it to
 * tmem_obj_drop_empty() after unlocking it.
 *
 * Context: RCU read section; any but NMI.
 * Return: the object, alive, with obj->lock held, or NULL for lack of memory.
 */
struct tmem_obj *tmem_obj_get_lock(struct tmem_pool *pool,
				   const struct tmem_oid *oidp,
				   unsigned long *flags)
{
	struct tmem_bucket *bucket = bucket_of(pool, oidp);
	struct tmem_host *host = pool->host;
	struct tmem_obj *obj, *new;

	obj = tmem_obj_find_lock(pool, oidp, flags);
	if (obj)
		return obj;

	new = host->hostops->obj_alloc(host->priv, pool);
	if (!new)
		return NULL;
	obj_init(new, pool, oidp);

	spin_lock_irqsave(&bucket->lock, *flags);
	obj = link_or_find(bucket, new);
	/* Objects in the tree are not dead while the bucket's lock is held. */
	spin_lock(&obj->tree->lock);
	spin_unlock(&bucket->lock);
	__release(&obj->tree->lock); /* the caller's */
	if (obj != new)
		obj_free_now(new);
	return obj;
}

/* Take a live object out of its bucket, with what it has; both locks held. */
static void unlink_locked(struct tmem_bucket *bucket, struct tmem_obj *obj)
{
	struct tmem_tree *tree = obj->tree;

	lockdep_assert_held(&bucket->lock);
	lockdep_assert_held(&tree->lock);
	tree->dead = true;
	tree->reaped = tree->root;
	write_seqcount_begin(&bucket->seq);
	rb_erase(&obj->rb, &bucket->root);
	write_seqcount_end(&bucket->seq);
}

/**
 * tmem_obj_drop_empty - drop an object if it is still there and still empty
 * @obj: the object; the caller saw it empty under obj->lock, since dropped
 *
 * Context: the RCU read section in which the object was found; any but NMI;
 * no lock held.
 */
void tmem_obj_drop_empty(struct tmem_obj *obj)
{
	struct tmem_bucket *bucket = bucket_of(obj->pool, &obj->oid);
	struct tmem_tree *tree = obj->tree;
	unsigned long flags;
	bool mine = false;

	spin_lock_irqsave(&bucket->lock, flags);
	spin_lock(&tree->lock);
	if (!tree->dead && !tree->root) {
		unlink_locked(bucket, obj);
		mine = true;
	}
	spin_unlock(&tree->lock);
	spin_unlock_irqrestore(&bucket->lock, flags);
	if (mine)
		obj_free_rcu(obj);
}

/**
 * tmem_obj_take_batch - remove some pages of an object
 * @obj: the object, locked
 * @first: index to begin at; then of the last page that was looked at
 * @last: index to end at, inclusive
 * @pampds: what was removed, for tmem_obj_free_batch(); TMEM_REAP_BATCH at most
 *
 * Context: obj->lock.
 * Return: their number; fewer than TMEM_REAP_BATCH: no more are in the range.
 */
unsigned int tmem_obj_take_batch(struct tmem_obj *obj, u32 *first, u32 last,
				 void **pampds)
{
	unsigned int nr = 0;

	while (nr < TMEM_REAP_BATCH && tmem_tree_next(obj, first) &&
	       *first <= last)
		pampds[nr++] = tmem_tree_remove(obj, *first);
	return nr;
}

/**
 * tmem_obj_free_batch - free what was removed, as flushed
 * @pool: its pool
 * @pampds: from tmem_obj_take_batch()
 * @nr: how many
 *
 * Context: an RCU read section; no lock held.
 */
void tmem_obj_free_batch(struct tmem_pool *pool, void **pampds, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pool->host->pamops->free(pool, pampds[i]);
	tmem_stat_add(pool, pages, -(long)nr);
	tmem_stat_add(pool, flushes, nr);
}

/* Free a batch of pages of a dead object, which is the caller's; true when it is empty. */
static bool reap_some(struct tmem_obj *obj)
{
	struct tmem_tree *tree = obj->tree;
	void *pampds[TMEM_REAP_BATCH];
	unsigned long flags;
	unsigned int nr;
	bool empty;
	u32 index = 0;

	rcu_read_lock();
	spin_lock_irqsave(&tree->lock, flags);
	nr = tmem_obj_take_batch(obj, &index, U32_MAX, pampds);
	empty = !tree->root;
	if (empty)
		tree->reaped = false;
	spin_unlock_irqrestore(&tree->lock, flags);
	tmem_obj_free_batch(obj->pool, pampds, nr);
	rcu_read_unlock();
	return empty;
}

/* Empty a dead object here if it is small, else leave the rest to the worker. */
static void tmem_reap(struct tmem_obj *obj)
{
	struct tmem_host *host = obj->pool->host;
	unsigned long flags;

	if (reap_some(obj)) {
		obj_free_rcu(obj);
		return;
	}
	spin_lock_irqsave(&host->reap_lock, flags);
	obj->tree->reap_next = host->reap_list;
	host->reap_list = obj;
	spin_unlock_irqrestore(&host->reap_lock, flags);
	queue_work(tmem_wq, &host->reap_work);
}

/**
 * tmem_obj_reap_work - empty the dead objects of a host
 * @work: host->reap_work
 *
 * Context: process; may sleep between batches.
 */
void tmem_obj_reap_work(struct work_struct *work)
{
	struct tmem_host *host = container_of(work, struct tmem_host,
					      reap_work);
	struct tmem_obj *obj, *next;

	spin_lock_irq(&host->reap_lock);
	obj = host->reap_list;
	host->reap_list = NULL;
	spin_unlock_irq(&host->reap_lock);

	for (; obj; obj = next) {
		next = obj->tree->reap_next;
		while (!reap_some(obj))
			cond_resched();
		obj_free_rcu(obj);
	}
}

/**
 * tmem_obj_flush - drop an object with all its pages
 * @pool: the pool
 * @oidp: the object's name
 *
 * The pages cannot be found any more when this returns.  Those of a big
 * object are freed later, by a worker.
 *
 * Context: RCU read section; any but NMI.
 * Return: whether there was a page.
 */
bool tmem_obj_flush(struct tmem_pool *pool, const struct tmem_oid *oidp)
{
	struct tmem_bucket *bucket = bucket_of(pool, oidp);
	unsigned long flags;
	struct tmem_obj *obj;
	bool had_pages;

	spin_lock_irqsave(&bucket->lock, flags);
	obj = tmem_bucket_walk(bucket, oidp);
	if (!obj) {
		spin_unlock_irqrestore(&bucket->lock, flags);
		return false;
	}
	spin_lock(&obj->tree->lock);
	had_pages = obj->tree->root;
	unlink_locked(bucket, obj);
	spin_unlock(&obj->tree->lock);
	spin_unlock_irqrestore(&bucket->lock, flags);

	tmem_reap(obj);
	return had_pages;
}

/**
 * tmem_buckets_destroy - drop all objects of a pool with their pages
 * @pool: the pool, which no operation uses any more (but evictions may)
 *
 * Context: process; sleeps.  On return nothing refers to the pool but RCU
 * readers that began before.
 */
void tmem_buckets_destroy(struct tmem_pool *pool)
{
	struct tmem_obj *obj;
	struct rb_node *node;
	unsigned int i;

	for (i = 0; i < TMEM_HASH_BUCKETS; i++) {
		struct tmem_bucket *bucket = &pool->buckets[i];

		for (;;) {
			spin_lock_irq(&bucket->lock);
			node = rb_first(&bucket->root);
			if (!node) {
				spin_unlock_irq(&bucket->lock);
				break;
			}
			obj = rb_entry(node, struct tmem_obj, rb);
			spin_lock(&obj->tree->lock);
			unlink_locked(bucket, obj);
			spin_unlock(&obj->tree->lock);
			spin_unlock_irq(&bucket->lock);

			while (!reap_some(obj))
				cond_resched();
			obj_free_rcu(obj);
			cond_resched();
		}
	}
	/* What earlier flushes left to the worker belongs to this pool too. */
	flush_work(&pool->host->reap_work);
}
