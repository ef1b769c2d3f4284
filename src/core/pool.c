// SPDX-License-Identifier: GPL-2.0
/*
 * pool.c - pools: creation, sharing, references, statistics, destruction
 *
 * Purpose: what pool ids mean, and how a pool ends while it is in use.
 *
 * Why this design: an operation takes a percpu_ref, which costs no shared
 * cache line.  Destruction first takes the id away, then waits for the
 * operations that found the pool before, and only then drops the pages, so
 * that no put can slip in behind it; the original left that to its callers.
 *
 * Locking: client->pools[] and sharing under tmem_hosts_lock; see core.h.
 */
#define pr_fmt(fmt) "tmem: " fmt

#include <linux/err.h>
#include <linux/nospec.h>
#include <compat/module.h>
#include <compat/slab.h>
#include "core.h"
#include <tmem/trace.h>

/**
 * tmem_pool_get - look a pool up for one operation
 * @client: whose pool
 * @pool_id: which pool
 *
 * Context: any but NMI.
 * Return: the pool, with a reference for tmem_pool_put(), or NULL.
 */
struct tmem_pool *tmem_pool_get(struct tmem_client *client, int pool_id)
{
	struct tmem_pool *pool;

	if (pool_id < 0 || pool_id >= client->max_pools)
		return NULL;
	pool_id = array_index_nospec(pool_id, client->max_pools);
	rcu_read_lock();
	pool = rcu_dereference(client->pools[pool_id]);
	if (pool && !percpu_ref_tryget_live(&pool->ref))
		pool = NULL;
	rcu_read_unlock();
	return pool;
}

static void pool_drained(struct percpu_ref *ref)
{
	struct tmem_pool *pool = container_of(ref, struct tmem_pool, ref);

	complete(&pool->drained);
}

static int check_flags(const struct tmem_uuid *uuid, u32 flags)
{
	u32 version = (flags >> TMEM_POOL_VERSION_SHIFT) &
		      TMEM_POOL_VERSION_MASK;

	/* In-kernel callers leave the version out; an ABI passes its own. */
	if (version && version != TMEM_SPEC_VERSION)
		return -EINVAL;
	if (flags & (TMEM_POOL_RESERVED | TMEM_POOL_PRECOMPRESSED))
		return -EINVAL;
	if (flags & TMEM_POOL_BACKED && !(flags & TMEM_POOL_PERSIST))
		return -EINVAL;
	if ((flags >> TMEM_POOL_PAGESIZE_SHIFT) & TMEM_POOL_PAGESIZE_MASK)
		return -EINVAL;
	if (flags & TMEM_POOL_SHARED) {
		if (flags & TMEM_POOL_PERSIST)
			return -EINVAL;
		if (!uuid)
			return -EINVAL;
	}
	return 0;
}

static struct tmem_pool *pool_alloc(struct tmem_client *client,
				    const struct tmem_uuid *uuid, u32 flags)
{
	struct tmem_pool *pool;

	pool = kvzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return NULL;
	pool->stats = alloc_percpu(struct tmem_pool_stats);
	if (!pool->stats)
		goto err_pool;
	if (percpu_ref_init(&pool->ref, pool_drained, 0, GFP_KERNEL))
		goto err_stats;
	init_completion(&pool->drained);
	pool->host = client->host;
	pool->client_id = client->id;
	pool->flags = flags & (TMEM_POOL_PERSIST | TMEM_POOL_SHARED |
			       TMEM_POOL_BACKED);
	if (uuid)
		pool->uuid = *uuid;
	INIT_LIST_HEAD(&pool->shared_list);
	tmem_buckets_init(pool);
	return pool;

err_stats:
	free_percpu(pool->stats);
err_pool:
	kvfree(pool);
	return NULL;
}

/* Nobody can find the pool any more. */
static void pool_destroy(struct tmem_pool *pool)
{
	percpu_ref_kill(&pool->ref);
	wait_for_completion(&pool->drained);
	tmem_buckets_destroy(pool);
	/* Evictions may still be looking at it. */
	synchronize_rcu();
	percpu_ref_exit(&pool->ref);
	free_percpu(pool->stats);
	kvfree(pool);
}

static struct tmem_pool *find_shared(struct tmem_host *host,
				     const struct tmem_uuid *uuid)
{
	struct tmem_pool *pool;

	lockdep_assert_held(&tmem_hosts_lock);
	list_for_each_entry(pool, &host->shared_pools, shared_list)
		if (pool->uuid.w[0] == uuid->w[0] &&
		    pool->uuid.w[1] == uuid->w[1])
			return pool;
	return NULL;
}

/**
 * tmem_pool_at - the pool in a slot of a client
 * @client: the client
 * @id: the slot, below client->max_pools
 *
 * Context: tmem_hosts_lock held.
 * Return: the pool, without a reference, or NULL.
 */
struct tmem_pool *tmem_pool_at(const struct tmem_client *client,
			       unsigned int id)
{
	return rcu_dereference_protected(client->pools[id],
					 lockdep_is_held(&tmem_hosts_lock));
}

/**
 * tmem_new_pool - create a pool, or join a shared one
 * @client: whose pool
 * @uuid: 128-bit secret that names a shared pool; else ignored, may be NULL
 * @flags: TMEM_POOL_PERSIST (with TMEM_POOL_BACKED or not), or TMEM_POOL_SHARED,
 *	or 0; version 0 or TMEM_SPEC_VERSION; page size field 0 (4 KiB)
 *
 * Context: process; may sleep.
 * Return: the lowest free pool id, from 0; -EINVAL for flags; -ENOSPC when the
 * client has its most pools; -EEXIST when it has joined @uuid already;
 * -ENOMEM.
 */
int tmem_new_pool(struct tmem_client *client, const struct tmem_uuid *uuid,
		  u32 flags)
{
	struct tmem_pool *new, *pool;
	unsigned int id;
	int ret;

	ret = check_flags(uuid, flags);
	if (ret)
		return ret;
	new = pool_alloc(client, uuid, flags);
	if (!new)
		return -ENOMEM;

	mutex_lock(&tmem_hosts_lock);
	pool = NULL;
	if (flags & TMEM_POOL_SHARED)
		pool = find_shared(client->host, uuid);
	ret = -ENOSPC;
	for (id = client->max_pools; id--; ) {
		if (!tmem_pool_at(client, id)) {
			ret = id;
		} else if (pool && tmem_pool_at(client, id) == pool) {
			ret = -EEXIST;
			break;
		}
	}
	if (ret >= 0) {
		if (!pool) {
			pool = new;
			new = NULL;
			pool->id = ret;
			if (flags & TMEM_POOL_SHARED)
				list_add(&pool->shared_list,
					 &client->host->shared_pools);
		}
		pool->joined++;
		rcu_assign_pointer(client->pools[ret], pool);
	}
	mutex_unlock(&tmem_hosts_lock);

	if (new)
		pool_destroy(new);
	trace_tmem_new_pool(client->id, flags, ret);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_new_pool);

/**
 * tmem_destroy_pool - leave a pool; the last one out drops its pages
 * @client: whose pool
 * @pool_id: which pool
 *
 * The last one out waits for operations on the pool that are under way.  One
 * that leaves a shared pool to others does not: an operation of its own that
 * began before may still be at work, and end well, when this has returned.
 * Work per lock hold is bounded, however many pages there are.
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT no such pool.
 */
int tmem_destroy_pool(struct tmem_client *client, int pool_id)
{
	struct tmem_pool *pool;
	bool last = false;

	if (pool_id < 0 || pool_id >= client->max_pools)
		return -ENOENT;
	mutex_lock(&tmem_hosts_lock);
	pool = tmem_pool_at(client, pool_id);
	if (pool) {
		RCU_INIT_POINTER(client->pools[pool_id], NULL);
		last = !--pool->joined;
		if (last)
			list_del_init(&pool->shared_list);
	}
	mutex_unlock(&tmem_hosts_lock);
	if (!pool)
		return -ENOENT;
	if (last)
		pool_destroy(pool);
	trace_tmem_destroy_pool(client->id, pool_id);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_destroy_pool);

/**
 * tmem_pool_id - which pool of its client it is
 * @pool: the pool
 *
 * Context: any.
 * Return: the number that the client that created it has, or had, for it.
 */
int tmem_pool_id(const struct tmem_pool *pool)
{
	return pool->id;
}
TMEM_EXPORT_SYMBOL(tmem_pool_id);

/**
 * tmem_pool_flags - what kind of pool it is
 * @pool: the pool
 *
 * Context: any.
 * Return: TMEM_POOL_PERSIST, TMEM_POOL_SHARED or 0.
 */
u32 tmem_pool_flags(const struct tmem_pool *pool)
{
	return pool->flags;
}
TMEM_EXPORT_SYMBOL(tmem_pool_flags);

/**
 * tmem_pool_client_id - whose pool it is
 * @pool: the pool
 *
 * Context: any.
 * Return: the id of the client that created it.
 */
u32 tmem_pool_client_id(const struct tmem_pool *pool)
{
	return pool->client_id;
}
TMEM_EXPORT_SYMBOL(tmem_pool_client_id);

/**
 * tmem_pool_host_priv - the pointer of the host that the pool belongs to
 * @pool: the pool
 *
 * Context: any.
 * Return: what tmem_register_host() was given.
 */
void *tmem_pool_host_priv(const struct tmem_pool *pool)
{
	return pool->host->priv;
}
TMEM_EXPORT_SYMBOL(tmem_pool_host_priv);

/**
 * tmem_pool_sum_stats - add a pool's counters up
 * @pool: the pool
 * @sum: where to
 *
 * Context: any.
 */
void tmem_pool_sum_stats(const struct tmem_pool *pool,
			 struct tmem_pool_stats *sum)
{
	const struct tmem_pool_stats *s;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		s = per_cpu_ptr(pool->stats, cpu);
		sum->pages += READ_ONCE(s->pages);
		sum->objs += READ_ONCE(s->objs);
		sum->objnodes += READ_ONCE(s->objnodes);
		sum->puts += READ_ONCE(s->puts);
		sum->dup_puts += READ_ONCE(s->dup_puts);
		sum->failed_puts += READ_ONCE(s->failed_puts);
		sum->gets += READ_ONCE(s->gets);
		sum->failed_gets += READ_ONCE(s->failed_gets);
		sum->flushes += READ_ONCE(s->flushes);
		sum->evicts += READ_ONCE(s->evicts);
	}
}

/**
 * tmem_pool_get_stats - a snapshot of a pool's counters
 * @client: whose pool
 * @pool_id: which pool
 * @stats: where to
 *
 * Context: any but NMI.
 * Return: 0; -ENODEV no such pool.
 */
int tmem_pool_get_stats(struct tmem_client *client, int pool_id,
			struct tmem_pool_stats *stats)
{
	struct tmem_pool *pool = tmem_pool_get(client, pool_id);

	if (!pool)
		return -ENODEV;
	tmem_pool_sum_stats(pool, stats);
	tmem_pool_put(pool);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_pool_get_stats);
