// SPDX-License-Identifier: GPL-2.0
/*
 * pool.c - pools at the hypervisor, and new ones for those that are gone
 *
 * Purpose: a frontend's pool id stays good for as long as the frontend wants,
 * while the hypervisor's may end at any time: a domain that is restored or
 * migrated need not have its pools any more.
 *
 * Why this design: an id that the hypervisor has forgotten is the first that
 * it hands out again.  Of two pools of ours that are gone, one would then be
 * created under the id of the other, and pages of both would mix.  So:
 *
 *  1. Pools are created by this file only, one at a time.
 *  2. Before that it is seen whether all others are still there; one that is not
 *     lets go of its id.
 *  3. When the hypervisor hands out an id that another pool of ours has even
 *     so, that pool is gone, too.  It lets go of the id, and when nobody uses
 *     the id any more the new pool is destroyed, because pages of the other
 *     may have got into it.  Then the whole is tried again.
 *  4. Only then does the new pool get the id.
 *
 * A shared pool that is gone is not joined again, nor is any other: it may live
 * on among other guests, and nobody has flushed in it what this guest has
 * changed meanwhile.
 *
 * A machine may come to where there is no tmem at all.  When the hypervisor has
 * none of our pools and says, each time it is asked, that it gives none to anybody,
 * another backend takes over if there is one, until the module is loaded again.
 *
 * A persistent pool that is gone takes pages with it that were promised to
 * stay.  Gets of them fail, which is for the frontend to report; they are never
 * answered with anything else.
 *
 * Locking: txen_pools_lock; see xen.h.
 */
#define pr_fmt(fmt) "tmem_xen: " fmt

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <compat/test_export.h>
#include <compat/workqueue.h>
#include <tmem/backend.h>
#include "xen.h"

/* Tries of what a sane hypervisor does at the first. */
#define TRIES		3
#define EXISTS_TRIES	16
/* Pauses between attempts to create pools again; seconds. */
#define FIRST_PAUSE	1
#define LONGEST_PAUSE	64

struct txen_pool txen_pools[XEN_TMEM_MAX_POOLS];

static DEFINE_MUTEX(txen_pools_lock);
static unsigned int pause_secs;		/* txen_pools_lock */
static bool no_sharing;			/* txen_pools_lock */
static bool stopping;			/* txen_mend() is not to be queued any more */

static void txen_mend(struct work_struct *work);
static DECLARE_DELAYED_WORK(mend_work, txen_mend);

/* An attempt that is due now overtakes one that is due later. */
static void queue_mend(unsigned int secs)
{
	if (READ_ONCE(stopping))
		return;
	if (secs)
		queue_delayed_work(tmem_unbound_wq, &mend_work, secs * HZ);
	else
		mod_delayed_work(tmem_unbound_wq, &mend_work, 0);
}

/* An operation on a pool itself. */
static int pool_call(u32 cmd, int xid)
{
	struct xen_tmem_op op;

	memset(&op, 0, sizeof(op));
	op.cmd = cmd;
	op.pool_id = xid;
	return txen_hv->call(&op);
}

/*
 * An operation on a page of nobody's object: the one whose name is the invalid
 * oid, which the core and its users refuse.
 */
static int nobody_call(u32 cmd, int xid, u32 index, struct page *page)
{
	struct xen_tmem_op op;
	int rc = XEN_TMEM_EFAULT;

	memset(&op, 0, sizeof(op));
	op.cmd = cmd;
	op.pool_id = xid;
	memset(op.u.gen.oid, 0xff, sizeof(op.u.gen.oid));
	op.u.gen.index = index;
	/* Without preemption: see ops.c. */
	rcu_read_lock_sched();
	if (page)
		op.u.gen.frame = txen_hv->frame(page);
	if (page && txen_hv->touch && op.u.gen.frame != TXEN_NO_FRAME)
		txen_hv->touch(page);
	/* As for any put. */
	mb();
	if (op.u.gen.frame != TXEN_NO_FRAME)
		rc = txen_hv->call(&op);
	rcu_read_unlock_sched();
	return rc;
}

static int create_call(const struct tmem_uuid *uuid, u32 flags)
{
	struct xen_tmem_op op;

	memset(&op, 0, sizeof(op));
	op.cmd = XEN_TMEM_NEW_POOL;
	op.u.creat.flags = flags |
		XEN_TMEM_SPEC_VERSION << XEN_TMEM_POOL_VERSION_SHIFT;
	if (flags & TMEM_POOL_SHARED) {
		op.u.creat.uuid[0] = uuid->w[0];
		op.u.creat.uuid[1] = uuid->w[1];
	}
	return txen_hv->call(&op);
}

static void destroy_call(int xid)
{
	int rc, tries;

	for (tries = 0; tries < TRIES; tries++) {
		rc = pool_call(XEN_TMEM_DESTROY_POOL, xid);
		if (rc == 0 || rc == 1 || txen_is_gone(rc))
			return;
	}
	pr_warn("pool %d of the hypervisor cannot be destroyed (%d)\n", xid,
		rc);
}

/*
 * One answer is enough for yes, and it takes several for no: a pool that is
 * there must not be given up.  What is no answer is asked again.
 */
static bool txen_exists(int xid)
{
	int rc, tries, no = 0;

	for (tries = 0; tries < EXISTS_TRIES && no < TRIES; tries++) {
		rc = nobody_call(XEN_TMEM_FLUSH_PAGE, xid, 0, NULL);
		if (rc == XEN_TMEM_OK || rc == XEN_TMEM_EFROZEN)
			return true;
		no += txen_is_gone(rc);
	}
	return no < TRIES;
}

/* Take the id away from a pool, and wait until nobody uses it. */
static void txen_let_go(struct txen_pool *pool)
{
	lockdep_assert_held(&txen_pools_lock);
	WRITE_ONCE(pool->xid, -1);
	synchronize_rcu();
}

/* The same for one that is not in order. */
static void give_up(struct txen_pool *pool)
{
	if (pool->flags & TMEM_POOL_SHARED)
		no_sharing = true;
	txen_let_go(pool);
}

static struct txen_pool *txen_holder(int xid)
{
	int i;

	lockdep_assert_held(&txen_pools_lock);
	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		if (txen_pools[i].used && txen_pools[i].xid == xid)
			return &txen_pools[i];
	return NULL;
}

/* When no put can succeed in it any more: what was put before is lost. */
static void count_lost(const struct txen_pool *pool)
{
	txen_count(TXEN_POOLS_LOST);
	if (txen_is_persistent(pool))
		pr_err("the hypervisor has lost pool %td: pages of swap in it are lost\n",
		       pool - txen_pools);
	else if (pool->flags & TMEM_POOL_SHARED)
		pr_warn("the hypervisor has lost shared pool %td: no file system shares a pool any more until tmem_xen is loaded again\n",
			pool - txen_pools);
	else
		pr_info("the hypervisor has lost pool %td: it starts empty again\n",
			pool - txen_pools);
}

static void count_broken(const struct txen_pool *pool)
{
	txen_count(TXEN_POOLS_BROKEN);
	if (txen_is_persistent(pool))
		pr_err("pages of pool %td cannot be flushed: it is dropped, and pages of swap in it are lost\n",
		       pool - txen_pools);
	else
		pr_warn("pages of pool %td cannot be flushed: it is dropped\n",
			pool - txen_pools);
}

/*
 * Pools that nobody has: of a module that could not destroy them, of the
 * kernel before a kexec.  They count against the limit.
 */
static void destroy_strays(void)
{
	int xid;

	lockdep_assert_held(&txen_pools_lock);
	for (xid = 0; xid < XEN_TMEM_MAX_POOLS; xid++)
		if (!txen_holder(xid))
			destroy_call(xid);
}

/*
 * Is a shared pool one, or has the hypervisor made it private because the
 * toolstack has not allowed it?  Then other guests cannot flush our pages, which
 * would grow old.  A private pool gives a page once, a shared one again.
 *
 * Returns 0; -EPERM it is private; -ENOMEM it cannot be found out now.
 */
static int check_shared(int xid)
{
	/* Other guests may do the same in the same pool. */
	u32 index = get_random_u32();
	int ret = -ENOMEM, tries;
	struct page *page;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	for (tries = 0; tries < TRIES && ret == -ENOMEM; tries++) {
		if (nobody_call(XEN_TMEM_PUT_PAGE, xid, index, page) !=
		    XEN_TMEM_OK ||
		    nobody_call(XEN_TMEM_GET_PAGE, xid, index, page) !=
		    XEN_TMEM_OK)
			continue;	/* no memory, or evicted at once */
		if (nobody_call(XEN_TMEM_GET_PAGE, xid, index, page) ==
		    XEN_TMEM_OK)
			ret = 0;
		else if (tries == TRIES - 1)
			ret = -EPERM;
	}
	nobody_call(XEN_TMEM_FLUSH_PAGE, xid, index, NULL);
	__free_page(page);
	return ret;
}

static int errno_of_new_pool(int rc)
{
	switch (rc) {
	case XEN_TMEM_EPERM:
		return -ENOSPC;
	case XEN_TMEM_ENOMEM:
		return -ENOMEM;
	case XEN_TMEM_ENODEV:
	case XEN_TMEM_ENOSYS:
		return -ENODEV;
	default:
		pr_warn_ratelimited("a new pool returned %d\n", rc);
		return -EIO;
	}
}

/* A pool that has none at the hypervisor, and is to have one. */
static bool needs_one(const struct txen_pool *pool)
{
	return pool->used && pool->xid < 0 &&
	       !(pool->flags & TMEM_POOL_SHARED);
}

/*
 * Give up what @pool has at the hypervisor, if it is gone or not to be used any
 * more.  @look: see whether it is gone, though nobody has said so.
 *
 * Returns whether it was gone.
 */
static bool txen_retire(struct txen_pool *pool, bool look)
{
	int xid = pool->xid;

	lockdep_assert_held(&txen_pools_lock);
	if (!pool->used || xid < 0)
		return false;
	look |= READ_ONCE(pool->suspect);
	/* Who finds it gone from here on says so again. */
	WRITE_ONCE(pool->suspect, false);
	if (look && !txen_exists(xid)) {
		give_up(pool);
		count_lost(pool);
		return true;
	}
	if (READ_ONCE(pool->broken)) {
		give_up(pool);
		count_broken(pool);
		destroy_call(xid);
	}
	return false;
}

/* One that is gone is seldom alone, and the ids of all are free for others. */
static void retire_all(void)
{
	bool lost = false;
	int i;

	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		lost |= txen_retire(&txen_pools[i], false);
	for (i = 0; lost && i < XEN_TMEM_MAX_POOLS; i++)
		txen_retire(&txen_pools[i], true);
}

/* Give @pool, which has none, a pool of the hypervisor. */
static int txen_create(struct txen_pool *pool)
{
	struct txen_pool *other;
	int xid, ret, tries;

	/* Rule 2 at the head of this file, while it does no harm yet. */
	for (other = txen_pools; other < txen_pools + XEN_TMEM_MAX_POOLS; other++)
		if (txen_retire(other, true))
			queue_mend(0);
	for (tries = 0; tries < XEN_TMEM_MAX_POOLS; tries++) {
		xid = create_call(&pool->uuid, pool->flags);
		if (xid == XEN_TMEM_EPERM && !tries) {
			destroy_strays();
			continue;
		}
		if (xid < 0) {
			ret = errno_of_new_pool(xid);
			/* It may be there all the same, under any free id. */
			if (ret == -EIO)
				destroy_strays();
			return ret;
		}
		other = txen_holder(xid);
		if (!other)
			break;
		/* Gone since we looked. */
		give_up(other);
		count_lost(other);
		destroy_call(xid);
		queue_mend(0);
	}
	if (tries == XEN_TMEM_MAX_POOLS)
		return -EIO;
	if (pool->flags & TMEM_POOL_SHARED) {
		ret = check_shared(xid);
		if (ret) {
			destroy_call(xid);
			return ret;
		}
	}
	txen_doubts_init(&pool->doubts);
	WRITE_ONCE(pool->suspect, false);
	WRITE_ONCE(pool->broken, false);
	/* An operation that reads the id must see the rest. */
	smp_store_release(&pool->xid, xid);
	return 0;
}

/* Are all pools gone, and has the hypervisor none for anybody? */
static bool nothing_left(void)
{
	int i, rc;

	lockdep_assert_held(&txen_pools_lock);
	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		if (txen_pools[i].used && txen_pools[i].xid >= 0)
			return false;
	for (i = 0; i < TRIES; i++) {
		rc = create_call(NULL, 0);
		if (rc >= 0)
			destroy_call(rc);
		if (!txen_is_gone(rc))
			return false;
	}
	return true;
}

/**
 * txen_pools_mend - create again what is gone, and try again later what fails
 *
 * The worker's job; also for tests.
 *
 * Context: process; sleeps.
 * Return: false if the hypervisor has nothing any more, for anybody.
 */
bool txen_pools_mend(void)
{
	bool failed = false, nothing;
	int i;

	mutex_lock(&txen_pools_lock);
	retire_all();
	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++) {
		struct txen_pool *pool = &txen_pools[i];

		if (!needs_one(pool))
			continue;
		if (txen_create(pool))
			failed = true;
		else
			txen_count(TXEN_POOLS_AGAIN);
	}
	/* A pool may have been found lost by the creation of one after it. */
	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		failed |= needs_one(&txen_pools[i]);
	if (failed) {
		if (!pause_secs)
			pause_secs = FIRST_PAUSE;
		else if (pause_secs < LONGEST_PAUSE)
			pause_secs *= 2;
		queue_mend(pause_secs);
	} else {
		pause_secs = 0;
	}
	nothing = failed && nothing_left();
	mutex_unlock(&txen_pools_lock);
	return !nothing;
}
TMEM_EXPORT_FOR_TEST(txen_pools_mend);

static void txen_mend(struct work_struct *work)
{
	/* Without the lock: frontends will drop their pools. */
	if (!txen_pools_mend())
		txen_yield();
}

/**
 * txen_pool_suspect - the hypervisor says that a pool does not exist
 * @pool: the pool
 *
 * Context: any but NMI.
 */
void txen_pool_suspect(struct txen_pool *pool)
{
	if (READ_ONCE(pool->suspect))
		return;
	WRITE_ONCE(pool->suspect, true);
	queue_mend(0);
}

/**
 * txen_pool_broken - a pool cannot be trusted any more: drop it
 * @pool: the pool; no operation that starts after this uses it
 *
 * Context: any but NMI.
 */
void txen_pool_broken(struct txen_pool *pool)
{
	if (READ_ONCE(pool->broken))
		return;
	WRITE_ONCE(pool->broken, true);
	queue_mend(0);
}

static bool txen_joined(const struct tmem_uuid *uuid)
{
	int i;

	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		if (txen_pools[i].used &&
		    (txen_pools[i].flags & TMEM_POOL_SHARED) &&
		    txen_pools[i].uuid.w[0] == uuid->w[0] &&
		    txen_pools[i].uuid.w[1] == uuid->w[1])
			return true;
	return false;
}

static struct txen_pool *free_slot(void)
{
	int i;

	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		if (!txen_pools[i].used)
			return &txen_pools[i];
	return NULL;
}

/**
 * txen_new_pool - new_pool of struct tmem_backend_ops
 * @uuid: of a shared pool, else NULL
 * @flags: TMEM_POOL_PERSIST, or TMEM_POOL_SHARED, or 0
 *
 * Context: process; sleeps.
 * Return: its id; -EINVAL flags that the hypervisor does not know; -EEXIST a
 * shared pool that we have joined; -ENOSPC there are 16; -EPERM the toolstack
 * has not allowed the shared pool, or one was lost before; -ENOMEM; -ENODEV no tmem there any more;
 * -EIO.
 */
int txen_new_pool(const struct tmem_uuid *uuid, u32 flags)
{
	struct txen_pool *pool;
	int ret;

	if (flags & ~(TMEM_POOL_PERSIST | TMEM_POOL_SHARED) ||
	    flags == (TMEM_POOL_PERSIST | TMEM_POOL_SHARED) ||
	    (flags & TMEM_POOL_SHARED && !uuid))
		return -EINVAL;

	mutex_lock(&txen_pools_lock);
	if (flags & TMEM_POOL_SHARED && no_sharing) {
		ret = -EPERM;
		goto out;
	}
	if (flags & TMEM_POOL_SHARED && txen_joined(uuid)) {
		ret = -EEXIST;
		goto out;
	}
	pool = free_slot();
	if (!pool) {
		ret = -ENOSPC;
		goto out;
	}
	pool->flags = flags;
	if (flags & TMEM_POOL_SHARED)
		pool->uuid = *uuid;
	ret = txen_create(pool);
	if (ret == -EPERM)
		pr_warn("shared pool %016llx-%016llx is not allowed by the toolstack (xl tmem-shared-auth)\n",
			uuid->w[0], uuid->w[1]);
	if (!ret) {
		pool->used = true;
		ret = pool - txen_pools;
	}
out:
	mutex_unlock(&txen_pools_lock);
	return ret;
}

static void txen_destroy(struct txen_pool *pool)
{
	int xid = pool->xid;

	lockdep_assert_held(&txen_pools_lock);
	if (xid >= 0) {
		if (READ_ONCE(pool->broken) || READ_ONCE(pool->suspect))
			give_up(pool);
		else
			txen_let_go(pool);
		destroy_call(xid);
	}
	pool->used = false;
}

/**
 * txen_destroy_pool - destroy_pool of struct tmem_backend_ops
 * @id: the pool
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT no such pool.
 */
int txen_destroy_pool(int id)
{
	int ret = -ENOENT;

	if (id < 0 || id >= XEN_TMEM_MAX_POOLS)
		return -ENOENT;
	mutex_lock(&txen_pools_lock);
	if (txen_pools[id].used) {
		txen_destroy(&txen_pools[id]);
		ret = 0;
	}
	mutex_unlock(&txen_pools_lock);
	return ret;
}

/**
 * txen_pools_start - see whether the hypervisor has tmem, and begin
 *
 * Context: process; sleeps.  txen_hv is set, nobody else calls.
 * Return: 0; what the hypervisor answered to a new pool, which is negative.
 */
int txen_pools_start(void)
{
	int i, xid;

	mutex_lock(&txen_pools_lock);
	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++) {
		txen_pools[i].used = false;
		txen_pools[i].xid = -1;
		txen_doubts_init(&txen_pools[i].doubts);
	}
	pause_secs = 0;
	no_sharing = false;
	WRITE_ONCE(stopping, false);
	xid = create_call(NULL, 0);
	if (xid == XEN_TMEM_EPERM) {
		destroy_strays();
		xid = create_call(NULL, 0);
	}
	if (xid >= 0)
		destroy_call(xid);
	mutex_unlock(&txen_pools_lock);
	return xid < 0 ? xid : 0;
}

/**
 * txen_pools_stop - destroy what is left
 *
 * Context: process; sleeps.  No operation is under way.
 */
void txen_pools_stop(void)
{
	int i;

	WRITE_ONCE(stopping, true);
	cancel_delayed_work_sync(&mend_work);
	mutex_lock(&txen_pools_lock);
	for (i = 0; i < XEN_TMEM_MAX_POOLS; i++)
		if (txen_pools[i].used)
			txen_destroy(&txen_pools[i]);
	/* Whatever went wrong before: nothing of ours shall stay. */
	destroy_strays();
	mutex_unlock(&txen_pools_lock);
}
