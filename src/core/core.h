/* SPDX-License-Identifier: GPL-2.0 */
/*
 * core.h - what the files of the tmem core share; private to src/core
 *
 * Locking and lifetime: see include/tmem/tmem.h.  Additional rules:
 *  - tmem_hosts_lock (mutex) covers the list of hosts and, per host, the
 *    lists of clients and of shared pools.
 *  - client->pools[] is written under tmem_hosts_lock, read under RCU.
 *  - a pool lives while its percpu_ref does; pool_get() takes a reference.
 */
#ifndef _TMEM_CORE_H
#define _TMEM_CORE_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/percpu-refcount.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/workqueue.h>
#include <tmem/tmem.h>

/**
 * struct tmem_bucket - one hash bucket of a pool
 * @lock: covers @root; irq-safe; nests inside mm locks, outside obj->lock
 * @seq: lets lockless readers notice that @root changed under them
 * @root: objects of the bucket, ordered by oid
 */
struct tmem_bucket {
	spinlock_t lock;
	seqcount_spinlock_t seq;
	struct rb_root root;
};

/**
 * struct tmem_pool - a pool
 * @ref: taken by every operation; killed by destroy
 * @drained: completed when @ref has gone to zero
 * @host: constant
 * @client_id: id of the client that created it; constant
 * @id: number of the pool there; constant
 * @flags: TMEM_POOL_*; constant
 * @uuid: of a shared pool; constant
 * @joined: client slots that point here; tmem_hosts_lock
 * @shared_list: in host->shared_pools when shared; tmem_hosts_lock
 * @stats: per CPU, each field the sum over CPUs
 * @buckets: the objects
 */
struct tmem_pool {
	struct percpu_ref ref;
	struct completion drained;
	struct tmem_host *host;
	u32 client_id;
	int id;
	u32 flags;
	struct tmem_uuid uuid;
	unsigned int joined;
	struct list_head shared_list;
	struct tmem_pool_stats __percpu *stats;
	struct tmem_bucket buckets[TMEM_HASH_BUCKETS];
};

/**
 * struct tmem_client - one user of a host: this kernel, or one domain
 * @host: constant
 * @id: the host's number for it; constant
 * @list: in host->clients; tmem_hosts_lock
 * @max_pools: size of @pools; constant
 * @pools: by pool id; written under tmem_hosts_lock, read under RCU
 */
struct tmem_client {
	struct tmem_host *host;
	u32 id;
	struct list_head list;
	unsigned int max_pools;
	struct tmem_pool __rcu *pools[];
};

/**
 * struct tmem_host - one embedding of the core
 * @hostops: constant
 * @pamops: constant
 * @priv: the host's own; constant
 * @list: in tmem_hosts; tmem_hosts_lock
 * @clients: tmem_hosts_lock
 * @shared_pools: tmem_hosts_lock
 * @reap_lock: covers @reap_list; irq-safe, innermost
 * @reap_list: dead objects too big to be emptied where they were flushed
 * @reap_work: empties them
 */
struct tmem_host {
	const struct tmem_hostops *hostops;
	const struct tmem_pamops *pamops;
	void *priv;
	struct list_head list;
	struct list_head clients;
	struct list_head shared_pools;
	spinlock_t reap_lock;
	struct tmem_obj *reap_list;
	struct work_struct reap_work;
};

extern struct mutex tmem_hosts_lock;
extern struct list_head tmem_hosts;

#define tmem_stat_add(pool, name, n)	this_cpu_add((pool)->stats->name, n)
#define tmem_stat_inc(pool, name)	tmem_stat_add(pool, name, 1)
#define tmem_stat_dec(pool, name)	tmem_stat_add(pool, name, -1)

/* Empty an object inline up to this many pages; the worker takes the rest. */
#define TMEM_REAP_BATCH	64
/* A range of more pages of an ephemeral pool takes the rest of its object along. */
#define TMEM_RANGE_MAX	16384

/* objnode.c: the radix tree of one object; all under obj->lock */
u32 tmem_tree_find_run(struct tmem_obj *obj, u32 index, u32 map, void **pampds);
u32 tmem_tree_link_run(struct tmem_obj *obj, u32 index, u32 map, void **pampds,
		       void **olds);
u32 tmem_tree_remove_run(struct tmem_obj *obj, u32 index, u32 map,
			 void **pampds, bool only);
void *tmem_tree_remove(struct tmem_obj *obj, u32 index);
void *tmem_tree_next(struct tmem_obj *obj, u32 *index);

/*
 * object.c: the objects of one pool.  sparse cannot follow a lock that comes
 * with a pointer that may be NULL; callers tell it with __acquire().
 */
void tmem_buckets_init(struct tmem_pool *pool);
struct tmem_obj *tmem_obj_find_lock(struct tmem_pool *pool,
				    const struct tmem_oid *oidp,
				    unsigned long *flags);
struct tmem_obj *tmem_obj_get_lock(struct tmem_pool *pool,
				   const struct tmem_oid *oidp,
				   unsigned long *flags);
void tmem_obj_drop_empty(struct tmem_obj *obj);
bool tmem_obj_flush(struct tmem_pool *pool, const struct tmem_oid *oidp);
unsigned int tmem_obj_take_batch(struct tmem_obj *obj, u32 *first, u32 last,
				 void **pampds);
void tmem_obj_free_batch(struct tmem_pool *pool, void **pampds, unsigned int nr);
void tmem_obj_reap_work(struct work_struct *work);
void tmem_buckets_destroy(struct tmem_pool *pool);

/* pool.c */
struct tmem_pool *tmem_pool_get(struct tmem_client *client, int pool_id);
struct tmem_pool *tmem_pool_at(const struct tmem_client *client,
			       unsigned int id);

static inline void tmem_pool_put(struct tmem_pool *pool)
{
	percpu_ref_put(&pool->ref);
}

void tmem_pool_sum_stats(const struct tmem_pool *pool,
			 struct tmem_pool_stats *sum);

/* remote.c */
void tmem_remote_show(char *carrier, char *user, size_t size);

/* The parts of tmem.ko that main.c starts and stops */
void tmem_debugfs_init(void);
void tmem_debugfs_exit(void);
void tmem_sysfs_init(void);
void tmem_sysfs_exit(void);
void tmem_bootwords_init(void);

#endif /* _TMEM_CORE_H */
