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
 * All of put and get is written for runs; the forms for one page are runs of one.
 * A get goes in rounds.  A round looks up what is wanted, has the host copy
 * what is here, and takes it out of the tree; then it does the same with what
 * has to be fetched from elsewhere, outside of RCU, so that the object has to be
 * looked up once more (see tmem.h).  Pages that a put has overtaken meanwhile
 * are wanted again in the next round.
 *
 * Linearisation: a put and a flush take effect when the tree changes under
 * obj->lock.  A get of a persistent or shared page takes effect at its
 * look-up; a destructive get when it removes the page.  For each page of a run
 * by itself.
 *
 * Locking: see tmem.h.  Each operation is one RCU read section, so that an
 * object found stays allocated, and a pampd's free is seen by evictors; a get
 * that has to fetch data from elsewhere is two.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/prefetch.h>
#include <compat/module.h>
#include "core.h"
#include <tmem/trace.h>

/* Rounds of a destructive get whose pages racing puts replace. */
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

/* Unlock, and drop the object if it has been emptied. */
static void unlock_obj(struct tmem_obj *obj, unsigned long flags)
	__releases(&obj->tree->lock)
{
	bool empty = !obj->tree->root;

	spin_unlock_irqrestore(&obj->tree->lock, flags);
	if (empty)
		tmem_obj_drop_empty(obj);
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
	pampd = tmem_tree_remove(obj, index);
	unlock_obj(obj, flags);
	if (!pampd)
		return -ENOENT;
	drop_pampd(pool, pampd);
	tmem_stat_inc(pool, flushes);
	return 0;
}

/* ---- runs ---- */

/*
 * What follows is compiled twice: for runs, and, with @max 1, for the one page
 * that most calls of the page-wise forms are about, without loops and bitmaps.
 */
#define for_run(i, map, left, max)					\
	for ((left) = (map);						\
	     (left) && ((i) = (max) == 1 ? 0 : __ffs(left), 1);	\
	     (left) = (max) == 1 ? 0 : (left) & ((left) - 1))

static int check_run(struct tmem_client *client, int pool_id,
		     const struct tmem_run *run, struct tmem_pool **poolp)
{
	if (!run->nr || run->nr > TMEM_RUN_PAGES ||
	    run->want & ~tmem_run_mask(run->nr) ||
	    run->nr - 1 > U32_MAX - run->index)
		return -EINVAL;
	return check_handle(client, pool_id, run->oidp, poolp);
}

/* Not all of it is initialised: that would cost more than it does. */
static __always_inline void run_of_one(struct tmem_run *run,
				       const struct tmem_oid *oidp, u32 index,
				       struct page **page)
{
	run->oidp = oidp;
	run->index = index;
	run->nr = 1;
	run->want = 1;
	run->pages = page;
	run->source_ns = 0;
	run->err[0] = 0;
}

/* Drop what has been unlinked of a run. */
static __always_inline void drop_run(struct tmem_pool *pool, unsigned int max,
				     u32 map, void **pampds)
{
	unsigned int i;
	u32 left;

	if (!map)
		return;
	tmem_stat_add(pool, pages, -(long)hweight32(map));
	for_run(i, map, left, max)
		pool->host->pamops->free(pool, pampds[i]);
}

static __always_inline void set_err(struct tmem_run *run, unsigned int max,
				    u32 map, int err)
{
	unsigned int i;
	u32 left;

	for_run(i, map, left, max)
		run->err[i] = err;
}

/* Those of @map whose answer is @err. */
static u32 with_err(const struct tmem_run *run, u32 map, int err)
{
	unsigned int i;
	u32 ret = 0, left;

	tmem_run_for_each(i, map, left)
		if (run->err[i] == err)
			ret |= 1U << i;
	return ret;
}

/* ---- put ---- */

/* Have the host make pampds: of which pages? */
static __always_inline u32 create_run(struct tmem_pool *pool, unsigned int max,
				      struct tmem_run *run, void **pampds)
{
	const struct tmem_pamops *pamops = pool->host->pamops;
	u32 made = 0, left;
	unsigned int i;

	if (max > 1 && pamops->create_run && run->want)
		return pamops->create_run(pool, run, run->want, pampds);
	for_run(i, run->want, left, max) {
		pampds[i] = pamops->create(pool, run->oidp, run->index + i,
					   run->pages[i]);
		if (IS_ERR(pampds[i]))
			run->err[i] = PTR_ERR(pampds[i]);
		else
			made |= 1U << i;
	}
	return made;
}

static __always_inline void create_finish_run(struct tmem_obj *obj,
					      unsigned int max,
					      const struct tmem_run *run,
					      u32 map, void **pampds)
{
	const struct tmem_pamops *pamops = obj->pool->host->pamops;
	unsigned int i;
	u32 left;

	if (max > 1 && pamops->create_finish_run) {
		if (map)
			pamops->create_finish_run(obj, run, map, pampds);
	} else if (pamops->create_finish) {
		for_run(i, map, left, max)
			pamops->create_finish(obj, run->index + i, pampds[i]);
	}
}

static __always_inline u32 not_null(unsigned int max, u32 map, void **p)
{
	unsigned int i;
	u32 left;

	for_run(i, map, left, max)
		if (!p[i])
			map &= ~(1U << i);
	return map;
}

/*
 * Link the pampds of @made, replacing what is there, and drop what is there of
 * the other pages that should have been put: put-put-get.  In an RCU read
 * section.  Returns those that are linked; of the others, run->err[] is set and
 * the pampds of @made are the caller's.
 */
static __always_inline u32 tmem_link_run(struct tmem_pool *pool, unsigned int max,
					 struct tmem_run *run, u32 made,
					 void **pampds, void **olds)
{
	u32 linked = 0, replaced, dropped;
	struct tmem_obj *obj = NULL;
	unsigned long flags;

	if (made)
		obj = tmem_obj_get_lock(pool, run->oidp, &flags);
	if (!obj) {
		set_err(run, max, made, -ENOMEM);
		/* Somebody may have made it meanwhile. */
		made = 0;
		obj = tmem_obj_find_lock(pool, run->oidp, &flags);
		if (!obj)
			return 0;
	}
	__acquire(&obj->tree->lock);
	if (made) {
		linked = tmem_tree_link_run(obj, run->index, made, pampds,
					    olds);
		tmem_stat_add(pool, pages, hweight32(linked));
		create_finish_run(obj, max, run, linked, pampds);
		set_err(run, max, made & ~linked, -ENOMEM);
	}
	dropped = run->want & ~linked;
	if (unlikely(dropped))
		dropped = tmem_tree_remove_run(obj, run->index, dropped, olds,
					       false);
	unlock_obj(obj, flags);

	replaced = not_null(max, linked, olds);
	drop_run(pool, max, replaced | dropped, olds);
	tmem_stat_add(pool, dup_puts, hweight32(replaced));
	if (unlikely(dropped))
		tmem_stat_add(pool, flushes, hweight32(dropped));
	return linked;
}

/* @pampds and @olds: room for @max. */
static __always_inline int put_run(struct tmem_client *client, int pool_id,
				   unsigned int max, struct tmem_run *run,
				   void **pampds, void **olds)
{
	const struct tmem_pamops *pamops = client->host->pamops;
	struct tmem_pool *pool;
	unsigned int i;
	u32 made, left;
	int ret;

	run->done = 0;
	ret = check_run(client, pool_id, run, &pool);
	if (ret)
		return ret;

	made = create_run(pool, max, run, pampds);
	rcu_read_lock();
	run->done = tmem_link_run(pool, max, run, made, pampds, olds);
	for_run(i, made & ~run->done, left, max)
		pamops->free(pool, pampds[i]);
	rcu_read_unlock();
	set_err(run, max, run->done, 0);

	tmem_stat_add(pool, puts, hweight32(run->done));
	if (unlikely(run->done != run->want))
		tmem_stat_add(pool, failed_puts,
			      hweight32(run->want & ~run->done));
	if (max > 1)
		trace_tmem_put_pages(pool->client_id, pool_id, run);
	else
		trace_tmem_put(pool->client_id, pool_id, run->oidp, run->index,
			       run->err[0]);
	tmem_pool_put(pool);
	return 0;
}

/**
 * tmem_put_pages - store copies of the pages of a run
 * @client: whose pool
 * @pool_id: which pool
 * @run: which pages, and their data, which are only read
 *
 * For each page as tmem_put(): an older page of its handle is replaced, or is
 * gone if the put fails.
 *
 * Context: as tmem_put().
 * Return: 0, and @run says what has become of each page; else nothing has
 * happened: -EINVAL invalid oid or run; -ENODEV no such pool.
 */
int tmem_put_pages(struct tmem_client *client, int pool_id,
		   struct tmem_run *run)
{
	void *pampds[TMEM_RUN_PAGES], *olds[TMEM_RUN_PAGES];

	return put_run(client, pool_id, TMEM_RUN_PAGES, run, pampds, olds);
}
TMEM_EXPORT_SYMBOL(tmem_put_pages);

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
	struct tmem_run run;
	void *pampd, *old;

	run_of_one(&run, oidp, index, &page);
	return put_run(client, pool_id, 1, &run, &pampd, &old) ?: run.err[0];
}
TMEM_EXPORT_SYMBOL(tmem_put);

/* ---- get ---- */

/* Look up and hold the pampds of @map; those that are there. */
static __always_inline u32 hold_run(struct tmem_pool *pool, unsigned int max,
				    const struct tmem_run *run, u32 map,
				    void **pampds, struct tmem_obj **objp)
{
	const struct tmem_pamops *pamops = pool->host->pamops;
	struct tmem_obj *obj;
	unsigned long flags;
	unsigned int i;
	u32 found, left;

	obj = tmem_obj_find_lock(pool, run->oidp, &flags);
	if (!obj)
		return 0;
	__acquire(&obj->tree->lock);
	*objp = obj;
	found = tmem_tree_find_run(obj, run->index, map, pampds);
	/*
	 * The caches have none of them, most likely; so all at once.  A pampd
	 * that is no address does not mind.
	 */
	if (max > 1)
		for_run(i, found, left, max)
			prefetchw(pampds[i]);
	for_run(i, found, left, max)
		pamops->hold(pampds[i]);
	spin_unlock_irqrestore(&obj->tree->lock, flags);
	return found;
}

static __always_inline void release_run(struct tmem_pool *pool,
					unsigned int max, u32 map,
					void **pampds)
{
	unsigned int i;
	u32 left;

	for_run(i, map, left, max)
		pool->host->pamops->release(pool, pampds[i]);
}

/* Have the host copy the pages of @map: those that it has copied. */
static __always_inline u32 load_run(struct tmem_pool *pool, unsigned int max,
				    struct tmem_run *run, u32 map,
				    void **pampds)
{
	const struct tmem_pamops *pamops = pool->host->pamops;
	u32 got = 0, left;
	unsigned int i;
	int err;

	if (max > 1 && pamops->get_run)
		return pamops->get_run(pool, run, map, pampds);
	for_run(i, map, left, max) {
		err = pamops->get_data(pool, pampds[i], run->pages[i]);
		if (err)
			run->err[i] = err;
		else
			got |= 1U << i;
	}
	return got;
}

/*
 * Remove those of @map whose handles still lead to the same pampds, and drop
 * them; the caller has holds, and @obj is locked.  Returns them.
 */
static u32 take_run(struct tmem_obj *obj, unsigned long flags,
		    const struct tmem_run *run, u32 map, void **pampds)
	__releases(&obj->tree->lock)
{
	map = tmem_tree_remove_run(obj, run->index, map, pampds, true);
	unlock_obj(obj, flags);
	drop_run(obj->pool, TMEM_RUN_PAGES, map, pampds);
	return map;
}

/* As take_run(), in the RCU read section in which @obj was found. */
static __always_inline u32 take_found(struct tmem_obj *obj, unsigned int max,
				      const struct tmem_run *run, u32 map,
				      void **pampds)
{
	struct tmem_tree *tree = obj->tree;
	unsigned long flags;
	bool empty = false;

	spin_lock_irqsave(&obj->tree->lock, flags);
	if (likely(!tree->dead)) {
		map = tmem_tree_remove_run(obj, run->index, map, pampds, true);
		empty = !tree->root;
	} else {
		map = 0;
	}
	spin_unlock_irqrestore(&obj->tree->lock, flags);
	if (empty)
		tmem_obj_drop_empty(obj);
	drop_run(obj->pool, max, map, pampds);
	return map;
}

static bool is_destructive(const struct tmem_pool *pool)
{
	return !(pool->flags & (TMEM_POOL_PERSIST | TMEM_POOL_SHARED));
}

/*
 * The second half of a get: what is elsewhere.  Returns those of @map that were
 * overtaken.
 */
static noinline u32 get_away(struct tmem_pool *pool, struct tmem_run *run,
			     u32 map, void **pampds)
{
	u32 got, lost, take, taken = 0;
	struct tmem_obj *obj;
	unsigned long flags;

	got = pool->host->pamops->localify(pool, run, map, pampds);
	trace_tmem_localify(pool->client_id, run, map, got);
	lost = with_err(run, map & ~got, -ENOENT);
	take = lost | (is_destructive(pool) ? got : 0);
	if (take) {
		rcu_read_lock();
		obj = tmem_obj_find_lock(pool, run->oidp, &flags);
		if (obj) {
			__acquire(&obj->tree->lock);
			taken = take_run(obj, flags, run, take, pampds);
		}
		rcu_read_unlock();
	}
	if (lost & taken)
		tmem_stat_add(pool, evicts, hweight32(lost & taken));
	if (is_destructive(pool)) {
		run->done |= got & taken;
		return got & ~taken;
	}
	run->done |= got;
	return 0;
}

/*
 * Get those of @want: copy them out and, in a private ephemeral pool, remove
 * them.  Returns those that a put has overtaken meanwhile.
 */
static __always_inline u32 get_round(struct tmem_pool *pool, unsigned int max,
				     struct tmem_run *run, u32 want,
				     void **pampds)
{
	u32 found, got, away = 0, again = 0;
	struct tmem_obj *obj = NULL;

	rcu_read_lock();
	found = hold_run(pool, max, run, want, pampds, &obj);
	set_err(run, max, want & ~found, -ENOENT);
	got = found ? load_run(pool, max, run, found, pampds) : 0;
	if (got && is_destructive(pool)) {
		again = got;
		got = take_found(obj, max, run, got, pampds);
		again &= ~got;
	}
	rcu_read_unlock();

	run->done |= got;
	found &= ~(got | again);
	release_run(pool, max, got | again, pampds);
	if (likely(!found))
		return again;
	if (pool->host->pamops->localify)
		away = with_err(run, found, -EREMOTE);
	if (away)
		again |= get_away(pool, run, away, pampds);
	release_run(pool, max, found, pampds);
	return again;
}

/* @pampds: room for @max. */
static __always_inline int get_run(struct tmem_client *client, int pool_id,
				   unsigned int max, struct tmem_run *run,
				   void **pampds)
{
	unsigned int tries = GET_RETRIES;
	u32 want = run->want;
	struct tmem_pool *pool;
	int ret;

	run->done = 0;
	ret = check_run(client, pool_id, run, &pool);
	if (ret)
		return ret;

	do {
		want = get_round(pool, max, run, want, pampds);
	} while (unlikely(want) && --tries);
	set_err(run, max, run->done, 0);
	set_err(run, max, want, -ENOENT);

	tmem_stat_add(pool, gets, hweight32(run->done));
	if (run->done != run->want)
		tmem_stat_add(pool, failed_gets,
			      hweight32(run->want & ~run->done));
	if (max > 1)
		trace_tmem_get_pages(pool->client_id, pool_id, run);
	else
		trace_tmem_get(pool->client_id, pool_id, run->oidp, run->index,
			       run->err[0]);
	tmem_pool_put(pool);
	return 0;
}

/**
 * tmem_get_pages - copy the pages of a run back
 * @client: whose pool
 * @pool_id: which pool
 * @run: which pages, and where to; the contents of those that are not in
 *	run->done afterwards are undefined
 *
 * For each page as tmem_get(): a hit in a private ephemeral pool removes the
 * page, in one step with the copy; what cannot be delivered stays.
 *
 * Context: as tmem_get().
 * Return: 0, and @run says what has become of each page; else nothing has
 * happened: -EINVAL invalid oid or run; -ENODEV no such pool.
 */
int tmem_get_pages(struct tmem_client *client, int pool_id,
		   struct tmem_run *run)
{
	void *pampds[TMEM_RUN_PAGES];

	return get_run(client, pool_id, TMEM_RUN_PAGES, run, pampds);
}
TMEM_EXPORT_SYMBOL(tmem_get_pages);

/**
 * tmem_get - copy a page back
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 * @index: which page of it
 * @page: where to; its contents are undefined after an error other than
 *	-EINVAL and -ENODEV
 *
 * A hit in a private ephemeral pool removes the page, in one step with the
 * copy.  If the data cannot be delivered the page stays.
 *
 * Context: process, irqs on, no spinlock held.  Sleeps only if the host's
 * localify does.
 * Return: 0; -ENOENT not there; -EINVAL invalid oid; -ENODEV no such pool; or
 * what the host's get_data or localify returned (-EIO).
 */
int tmem_get(struct tmem_client *client, int pool_id,
	     const struct tmem_oid *oidp, u32 index, struct page *page)
{
	struct tmem_run run;
	void *pampd;

	run_of_one(&run, oidp, index, &page);
	return get_run(client, pool_id, 1, &run, &pampd) ?: run.err[0];
}
TMEM_EXPORT_SYMBOL(tmem_get);

/**
 * tmem_holds - is any page of an object stored?
 * @client: whose pool
 * @pool_id: which pool
 * @oidp: which object
 *
 * Context: any but NMI.
 * Return: false if none is that was put before the call.
 */
bool tmem_holds(struct tmem_client *client, int pool_id,
		const struct tmem_oid *oidp)
{
	struct tmem_pool *pool;
	struct tmem_obj *obj;
	unsigned long flags;

	if (check_handle(client, pool_id, oidp, &pool))
		return false;
	rcu_read_lock();
	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (obj) {
		__acquire(&obj->tree->lock);
		unlock_obj(obj, flags);
	}
	rcu_read_unlock();
	tmem_pool_put(pool);
	return obj;
}
TMEM_EXPORT_SYMBOL(tmem_holds);

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
	unsigned long flags;
	unsigned int nr;

	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (!obj)
		return 0;
	__acquire(&obj->tree->lock);
	nr = tmem_obj_take_batch(obj, first, last, pampds);
	unlock_obj(obj, flags);
	tmem_obj_free_batch(pool, pampds, nr);
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
 * Callers may be unable to reschedule (a truncation, under locks), and a file may
 * have many gigabytes here.  So of an ephemeral pool, where any page may go at any
 * time, TMEM_RANGE_MAX pages at most are removed one by one: if there are more,
 * what is left of the object goes with them, in constant time (tmem_obj_flush).
 * Work on a persistent pool is bounded per lock hold only.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT none was there; -EINVAL invalid oid or @first > @last;
 * -ENODEV no such pool.
 */
int tmem_flush_range(struct tmem_client *client, int pool_id,
		     const struct tmem_oid *oidp, u32 first, u32 last)
{
	unsigned long total = 0, limit;
	struct tmem_pool *pool;
	u32 next = first;
	unsigned int nr;
	int ret;

	if (first > last)
		return -EINVAL;
	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;
	limit = tmem_pool_is_persistent(pool) ? ULONG_MAX : TMEM_RANGE_MAX;
	do {
		rcu_read_lock();
		nr = flush_batch(pool, oidp, &next, last);
		rcu_read_unlock();
		total += nr;
	} while (nr == TMEM_REAP_BATCH && total < limit);
	if (nr == TMEM_REAP_BATCH && next != last) {
		rcu_read_lock();
		tmem_obj_flush(pool, oidp);
		rcu_read_unlock();
	}
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

/*
 * Take a page out of a locked object, if it is @pampd, and unlock it.  The caller
 * has a hold on that, and is in an RCU read section.
 */
static int obj_evict_unlock(struct tmem_obj *obj, u32 index, void *pampd,
			    unsigned long flags)
	__releases(&obj->tree->lock)
{
	struct tmem_pool *pool = obj->pool;
	u32 removed;

	removed = tmem_tree_remove_run(obj, index, 1, &pampd, true);
	unlock_obj(obj, flags);
	if (!removed)
		return -ENOENT;
	tmem_stat_inc(pool, evicts);
	trace_tmem_evict(pool->client_id, &obj->oid, index);
	drop_pampd(pool, pampd);
	return 0;
}

/* The same of a dead object that is still being emptied, where it counts as flushed. */
static void obj_reap_unlock(struct tmem_obj *obj, u32 index, void *pampd,
			    unsigned long flags)
	__releases(&obj->tree->lock)
{
	u32 removed = 0;

	if (obj->tree->reaped)
		removed = tmem_tree_remove_run(obj, index, 1, &pampd, true);
	spin_unlock_irqrestore(&obj->tree->lock, flags);
	if (removed)
		tmem_obj_free_batch(obj->pool, &pampd, 1);
}

/**
 * tmem_evict - take a page away to make room; for hosts
 * @obj: the object, as create_finish was told
 * @index: the page, likewise
 * @pampd: the page's descriptor, on which the caller has a hold
 *
 * Removes the page if the handle still leads to @pampd, and then calls
 * pamops->free as for any other removal.  If its object was flushed, and the page
 * waits to be freed, that is done now: who evicts needs memory.
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
		obj_reap_unlock(obj, index, pampd, flags);
		return -ENOENT;
	}
	return obj_evict_unlock(obj, index, pampd, flags);
}
TMEM_EXPORT_SYMBOL(tmem_evict);

/**
 * tmem_evict_found - the same, of a page that tmem_walk() has met
 * @client: whose pool
 * @pool_id: which pool, as the cursor has it
 * @oidp: which object, likewise
 * @found: the page, still held
 *
 * Context: any but NMI.
 * Return: as tmem_evict(); -ENOENT also if the pool or the object is another one
 * by now; -EINVAL invalid oid; -ENODEV no such pool.
 */
int tmem_evict_found(struct tmem_client *client, int pool_id,
		     const struct tmem_oid *oidp,
		     const struct tmem_found *found)
{
	struct tmem_pool *pool;
	struct tmem_obj *obj;
	unsigned long flags;
	int ret;

	ret = check_handle(client, pool_id, oidp, &pool);
	if (ret)
		return ret;
	ret = -EPERM;
	if (tmem_pool_is_persistent(pool))
		goto out;
	ret = -ENOENT;
	rcu_read_lock();
	obj = tmem_obj_find_lock(pool, oidp, &flags);
	if (obj) {
		__acquire(&obj->tree->lock);
		ret = obj_evict_unlock(obj, found->index, found->pampd, flags);
	}
	rcu_read_unlock();
out:
	tmem_pool_put(pool);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_evict_found);

/**
 * tmem_remotify - a page's data are elsewhere from now on; for hosts
 * @obj: the object, as create_finish was told
 * @index: the page, likewise
 * @pampd: the page's descriptor, on which the caller has a hold
 * @away: one that says where they are, with one reference, which becomes the
 *	core's; create_finish is not called for it
 *
 * Links @away if the handle still leads to @pampd, and then calls pamops->free
 * for that as for any other removal.  Else nothing has happened, and @away stays
 * the caller's.
 *
 * Context: as tmem_evict().
 * Return: 0; -ENOENT if the page has been removed or replaced meanwhile;
 * -EPERM if its pool is persistent: only what may be lost goes elsewhere.
 */
int tmem_remotify(struct tmem_obj *obj, u32 index, void *pampd, void *away)
{
	struct tmem_pool *pool = obj->pool;
	void *there = NULL;
	unsigned long flags;
	bool is_there;

	if (tmem_pool_is_persistent(pool))
		return -EPERM;
	spin_lock_irqsave(&obj->tree->lock, flags);
	is_there = !obj->tree->dead &&
		   tmem_tree_find_run(obj, index, 1, &there) && there == pampd;
	/* In the place of another one it is linked without memory. */
	if (is_there)
		tmem_tree_link_run(obj, index, 1, &away, &there);
	spin_unlock_irqrestore(&obj->tree->lock, flags);
	if (!is_there)
		return -ENOENT;
	trace_tmem_remotify(pool->client_id, &obj->oid, index);
	pool->host->pamops->free(pool, pampd);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_remotify);
