// SPDX-License-Identifier: GPL-2.0
/*
 * native.c - attachment by the kernel's own cleancache
 *
 * Purpose: what the kernel's cleancache hooks call (struct cleancache_ops of
 * linux/cleancache.h; in Linux up to 5.16, if built with CONFIG_CLEANCACHE),
 * and the pools behind the ids that they are given.
 *
 * Why this design: the kernel's hooks know when to put, get and invalidate, for
 * the file systems that opted in (ext4, btrfs, ocfs2), so what is left to do is
 * to keep what they call from the contexts they call in: see native.h.  The
 * kernel learns an id once, when a file system is mounted, and keeps it for
 * good; backends come and go behind it.
 *
 * Invariants: an id is never used for two file systems, since a call for the
 * first may come after its unmounting.  A pool without a backend does nothing
 * and holds nothing.
 *
 * There is no way to take the operations back: once attached, the module
 * stays.
 *
 * Locking: see native.h.
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/cleancache.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>
#include "native.h"

static DEFINE_IDR(pools);		/* pools_mutex; reads under RCU */
static DEFINE_MUTEX(pools_mutex);
static bool backend_up;			/* pools_mutex */

/* Context: SRCU read section, in which the pool stays. */
static struct cc_pool *find_pool(int id)
{
	struct cc_pool *pool;

	rcu_read_lock();
	pool = idr_find(&pools, id);
	rcu_read_unlock();
	return pool;
}

static struct tmem_oid key_oid(const struct cleancache_filekey *key)
{
	struct tmem_oid oid;

	static_assert(sizeof(key->u.key) == sizeof(oid),
		      "a file's key fills an oid");
	memcpy(&oid, key->u.key, sizeof(oid));
	return oid;
}

static void open_pool(struct cc_pool *pool)
{
	struct tmem_bpool bpool;
	int ret;

	lockdep_assert_held(&pools_mutex);
	ret = tmem_backend_new_pool(&bpool, pool->shared ? &pool->uuid : NULL,
				    pool->shared ? TMEM_POOL_SHARED : 0);
	if (ret)
		pr_notice("no pool for a file system (%d): it is not cached\n",
			  ret);
	else
		WRITE_ONCE(pool->bpool, bpool);
}

/* Nothing of a pool is in the backend or gets there after this. */
static void close_pool(struct cc_pool *pool)
{
	struct tmem_bpool bpool = pool->bpool;

	lockdep_assert_held(&pools_mutex);
	WRITE_ONCE(pool->bpool, TMEM_NO_BPOOL);
	synchronize_srcu(&cc_srcu);	/* puts that saw it have queued */
	cc_ring_cancel_pool(pool);
	synchronize_srcu(&cc_srcu);	/* what was being written is */
	tmem_backend_destroy_pool(&bpool);
}

static void kill_pool(struct cc_pool *pool)
{
	lockdep_assert_held(&pools_mutex);
	idr_remove(&pools, pool->id);
	close_pool(pool);
	kfree(pool);
}

/*
 * ext4 asks for an id again when a file system that was mounted read-only is
 * remounted read-write, and forgets the old one.  Of the pools of one super
 * block all but the last are such.
 */
static void orphan_work(struct work_struct *work)
{
	struct cc_pool *old, *pool;
	int old_id, id;

	mutex_lock(&pools_mutex);
	idr_for_each_entry(&pools, old, old_id) {
		if (!old->sb)
			continue;
		id = old_id + 1;
		idr_for_each_entry_continue(&pools, pool, id) {
			if (pool->sb == old->sb) {
				kill_pool(old);
				break;
			}
		}
		cond_resched();
	}
	mutex_unlock(&pools_mutex);
}

static DECLARE_WORK(find_orphans, orphan_work);

/* The kernel does not say whose pool it asks for; its pages do. */
static void note_owner(struct cc_pool *pool, struct super_block *sb)
{
	/* Pairs with the cmpxchg: then @excluded is set, too. */
	if (likely(smp_load_acquire(&pool->sb)))
		return;
	pool->excluded = cc_type_excluded(sb->s_type->name);
	if (!cmpxchg(&pool->sb, NULL, sb))
		schedule_work(&find_orphans);
}

static int new_pool(const uuid_t *uuid, size_t pagesize)
{
	struct cc_pool *pool;
	int id;

	if (pagesize != PAGE_SIZE)
		return -EINVAL;
	/* Everybody without a uuid would share one pool. */
	if (uuid && uuid_is_null(uuid))
		return -EINVAL;
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return -ENOMEM;
	pool->bpool = TMEM_NO_BPOOL;
	if (uuid) {
		static_assert(sizeof(pool->uuid) == sizeof(*uuid),
			      "a shared pool is named by a 128-bit uuid");
		memcpy(&pool->uuid, uuid, sizeof(pool->uuid));
		pool->shared = true;
	}

	mutex_lock(&pools_mutex);
	id = idr_alloc_cyclic(&pools, NULL, 0, 0, GFP_KERNEL);
	if (id >= 0) {
		pool->id = id;
		if (backend_up)
			open_pool(pool);
		idr_replace(&pools, pool, id);
	}
	mutex_unlock(&pools_mutex);
	if (id < 0)
		kfree(pool);
	return id;
}

static int native_init_fs(size_t pagesize)
{
	return new_pool(NULL, pagesize);
}

static int native_init_shared_fs(uuid_t *uuid, size_t pagesize)
{
	return new_pool(uuid, pagesize);
}

static void native_invalidate_fs(int id)
{
	struct cc_pool *pool;

	mutex_lock(&pools_mutex);
	pool = idr_find(&pools, id);
	if (pool)
		kill_pool(pool);
	mutex_unlock(&pools_mutex);
}

/* Is nobody writing past the page cache, or changing the file's blocks? */
static bool cc_quiescent(struct inode *inode)
{
	if (cc_broken(CC_BREAK_QUIESCE))
		return true;
	if (inode_is_locked(inode))
		return false;
	/* A direct writer raises i_dio_count before it drops i_rwsem. */
	smp_rmb();
	return !atomic_read(&inode->i_dio_count);
}

/*
 * Is the page as it is on the disk, and will anybody ask for it?  The kernel
 * also puts what it truncates and what a direct write invalidates: these still
 * have references, while reclaim (and drop_caches) has frozen them at zero.
 * File systems whose blocks are smaller than a page put but never get.
 */
static bool cc_fit(struct page *page, struct inode *inode)
{
	if (page_ref_count(page) || PageCompound(page) || !PageUptodate(page) ||
	    PageDirty(page) || PageWriteback(page) || PageHWPoison(page))
		return false;
	return S_ISREG(inode->i_mode) && i_blocksize(inode) == PAGE_SIZE &&
	       !mapping_exiting(inode->i_mapping) && !cc_inode_excluded(inode);
}

/* Into the ring with it, if it is to be kept and there is room. */
static bool cc_stage(struct cc_pool *pool, const struct tmem_oid *oidp, u32 index,
		     struct page *page)
{
	struct inode *inode = page->mapping->host;

	if (!cc_fit(page, inode)) {
		cc_count(put_unfit);
		return false;
	}
	if (!cc_quiescent(inode)) {
		cc_count(put_busy);
		return false;
	}
	if (cc_admit(READ_ONCE(pool->bpool), oidp, index, 1,
		     PageWorkingset(page) ? TMEM_HINT_USED : 0) !=
	    TMEM_OFFER_TAKE)
		return false;
	if (!cc_ring_put(pool, oidp, index, page)) {
		cc_count(put_norecord);
		return false;
	}
	return true;
}

static void flush_page(struct cc_pool *pool, const struct tmem_oid *oidp,
		       u32 index)
{
	if (cc_broken(CC_BREAK_DELETE))
		return;
	cc_ring_cancel_page(pool, oidp, index);
	tmem_backend_flush_page(READ_ONCE(pool->bpool), oidp, index);
}

/* Context: the i_pages lock is held, irqs are off; the page is locked. */
static void native_put_page(int id, struct cleancache_filekey key,
			    pgoff_t index, struct page *page)
{
	struct tmem_oid oid = key_oid(&key);
	struct cc_pool *pool;
	int idx;

	if (index > U32_MAX)
		return;
	idx = srcu_read_lock(&cc_srcu);
	pool = find_pool(id);
	if (pool) {
		note_owner(pool, page->mapping->host->i_sb);
		if (!pool->excluded && READ_ONCE(pool->bpool).id >= 0 &&
		    !cc_stage(pool, &oid, index, page))
			flush_page(pool, &oid, index);
	}
	srcu_read_unlock(&cc_srcu, idx);
}

static int cc_get(struct cc_pool *pool, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	struct tmem_bpool bpool = READ_ONCE(pool->bpool);
	int ret;

	if (bpool.id < 0 || pool->excluded || cc_inode_excluded(page->mapping->host))
		return -ENOENT;
	cc_ring_help();
	switch (cc_ring_get(pool, oidp, index, page)) {
	case CC_RING_HIT:
		tmem_backend_flush_page(bpool, oidp, index);
		cc_count(ring_hits);
		return 0;
	case CC_RING_BUSY:
		cc_count(get_pending);
		return -ENOENT;
	default:
		ret = tmem_backend_get_page(bpool, oidp, index, page);
		if (ret && ret != -ENOENT)
			cc_count(get_errors);
		return ret;
	}
}

/* Context: process; the page is locked.  0 and -1 are what the API knows. */
static int native_get_page(int id, struct cleancache_filekey key,
			   pgoff_t index, struct page *page)
{
	struct tmem_oid oid = key_oid(&key);
	struct cc_pool *pool;
	int ret = -ENOENT;
	int idx;

	if (index > U32_MAX)
		return -1;
	idx = srcu_read_lock(&cc_srcu);
	pool = find_pool(id);
	if (pool) {
		note_owner(pool, page->mapping->host->i_sb);
		ret = cc_get(pool, &oid, index, page);
	}
	srcu_read_unlock(&cc_srcu, idx);
	return ret ? -1 : 0;
}

/* Context: as native_put_page(), or process; the page is locked. */
static void native_invalidate_page(int id, struct cleancache_filekey key,
				   pgoff_t index)
{
	struct tmem_oid oid = key_oid(&key);
	struct cc_pool *pool;
	int idx;

	if (index > U32_MAX)
		return;
	idx = srcu_read_lock(&cc_srcu);
	pool = find_pool(id);
	if (pool)
		flush_page(pool, &oid, index);
	srcu_read_unlock(&cc_srcu, idx);
}

/* Context: process; truncation, direct writes, the end of an inode. */
static void native_invalidate_inode(int id, struct cleancache_filekey key)
{
	struct tmem_oid oid = key_oid(&key);
	struct cc_pool *pool;
	int idx;

	if (cc_broken(CC_BREAK_TRUNCATE))
		return;
	idx = srcu_read_lock(&cc_srcu);
	pool = find_pool(id);
	if (pool) {
		cc_ring_cancel_object(pool, &oid);
		tmem_backend_flush_object(READ_ONCE(pool->bpool), &oid);
	}
	srcu_read_unlock(&cc_srcu, idx);
}

static const struct cleancache_ops native_ops = {
	.init_fs = native_init_fs,
	.init_shared_fs = native_init_shared_fs,
	.get_page = native_get_page,
	.put_page = native_put_page,
	.invalidate_page = native_invalidate_page,
	.invalidate_inode = native_invalidate_inode,
	.invalidate_fs = native_invalidate_fs,
};

static void native_up(struct tmem_frontend *fe)
{
	struct cc_pool *pool;
	int id;

	mutex_lock(&pools_mutex);
	backend_up = true;
	idr_for_each_entry(&pools, pool, id)
		open_pool(pool);
	mutex_unlock(&pools_mutex);
}

static void native_down(struct tmem_frontend *fe)
{
	struct cc_pool *pool;
	int id;

	mutex_lock(&pools_mutex);
	backend_up = false;
	idr_for_each_entry(&pools, pool, id)
		close_pool(pool);
	mutex_unlock(&pools_mutex);
}

static struct tmem_frontend frontend = {
	.name = "cleancache",
	.up = native_up,
	.down = native_down,
};

/**
 * cc_attach - give the kernel our operations, for good
 *
 * File systems that are mounted already get their pools before this returns.
 *
 * Context: process; sleeps.
 * Return: 0, and the module cannot be unloaded any more; -EBUSY if the kernel
 * has somebody else's operations; -ENOMEM; -EEXIST.
 */
int cc_attach(void)
{
	int ret;

	ret = cc_ring_init();
	if (ret)
		return ret;
	ret = tmem_register_frontend(&frontend);
	if (ret)
		goto err_ring;
	__module_get(THIS_MODULE);
	ret = cleancache_register_ops(&native_ops);
	if (ret) {
		pr_err("the kernel's cleancache has a backend already (%d)\n",
		       ret);
		goto err_frontend;
	}
	pr_info("attached to the kernel's own cleancache, which does not let go: this module cannot be unloaded\n");
	return 0;

err_frontend:
	module_put(THIS_MODULE);
	tmem_unregister_frontend(&frontend);
err_ring:
	cc_ring_exit();
	return ret;
}

/**
 * cc_attach_debugfs - there is nothing more to show
 * @dir: unused
 *
 * Context: any.
 */
void cc_attach_debugfs(struct dentry *dir)
{
}

/**
 * cc_detach - never called: the module holds a reference on itself
 *
 * Context: any.
 */
void cc_detach(void)
{
}
