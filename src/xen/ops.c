// SPDX-License-Identifier: GPL-2.0
/*
 * ops.c - put, get and flush over the hypervisor
 *
 * Purpose: the accessor contract's coherency, on a store that does not keep
 * it by itself: after a put that did not return 1 the older page is gone, and
 * what cannot be flushed is not got.
 *
 * Why this design: the way of a page that is stored or found is one operation
 * and two comparisons; all that can go wrong is out of line.  Only the exact
 * value that the ABI names is success.
 *
 * Locking: none; see xen.h for the RCU read section.  It is one without
 * preemption: a frame number is good until the domain is suspended, for which
 * the kernel stops all CPUs, and must have been used by then.
 */
#define pr_fmt(fmt) "tmem_xen: " fmt

#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <asm/barrier.h>
#include <compat/test_export.h>
#include "xen.h"

static_assert(!((TMEM_POOL_PERSIST ^ XEN_TMEM_POOL_PERSIST) |
		(TMEM_POOL_SHARED ^ XEN_TMEM_POOL_SHARED)),
	      "flags are passed on as they are");
static_assert(sizeof(((struct tmem_oid *)0)->oid) ==
	      sizeof(((struct xen_tmem_op *)0)->u.gen.oid),
	      "an object's name is passed on as it is");

/* Tries of an operation whose failure would cost data. */
#define TRIES	3

/* A range of more pages than this is flushed with its whole object. */
#define RANGE_PAGES	32

/* Set before the first call and after the last one. */
const struct txen_hv *txen_hv;

atomic_long_t txen_events[TXEN_EVENTS];
TMEM_EXPORT_FOR_TEST(txen_events);

static __always_inline struct txen_pool *pool_at(int id)
{
	if (unlikely((unsigned int)id >= XEN_TMEM_MAX_POOLS))
		return NULL;
	return &txen_pools[array_index_nospec(id, XEN_TMEM_MAX_POOLS)];
}

/* The hypervisor's id, or -1 when there is no pool to be used.  In RCU. */
static __always_inline int txen_usable(const struct txen_pool *pool)
{
	if (unlikely(READ_ONCE(pool->broken)))
		return -1;
	/* Pairs with txen_create() in pool.c. */
	return smp_load_acquire(&pool->xid);
}

/*
 * Enter the read section.  The pool, with the hypervisor's number of it in
 * @xid; NULL if there is none that can be used.  txen_leave() in either case.
 */
static __always_inline struct txen_pool *txen_enter(int id, int *xid)
	__acquires(RCU_SCHED)
{
	struct txen_pool *pool = pool_at(id);

	rcu_read_lock_sched();
	if (unlikely(!pool))
		return NULL;
	*xid = txen_usable(pool);
	return likely(*xid >= 0) ? pool : NULL;
}

static __always_inline void txen_leave(void)
	__releases(RCU_SCHED)
{
	rcu_read_unlock_sched();
}

static __always_inline int page_call(u32 cmd, int xid,
				     const struct tmem_oid *oidp, u32 index,
				     u64 frame)
{
	struct xen_tmem_op op = {
		.cmd = cmd,
		.pool_id = xid,
		.u.gen = {
			.oid = { oidp->oid[0], oidp->oid[1], oidp->oid[2] },
			.index = index,
			.frame = frame,
		},
	};

	return txen_hv->call(&op);
}

/* The page's frame, as the hypervisor wants it for a call that comes at once. */
static __always_inline u64 frame_of(struct page *page)
{
	u64 frame = txen_hv->frame(page);

	if (txen_hv->touch && likely(frame != TXEN_NO_FRAME))
		txen_hv->touch(page);
	return frame;
}

/*
 * Flush a page or an object for certain.  In the read section in which @xid
 * was read.
 */
static void txen_flush(struct txen_pool *pool, int xid, const struct tmem_oid *oidp,
		       u32 index, bool whole)
{
	u32 cmd = whole ? XEN_TMEM_FLUSH_OBJECT : XEN_TMEM_FLUSH_PAGE;
	int rc, tries;

	for (tries = 0; tries < TRIES; tries++) {
		rc = page_call(cmd, xid, oidp, index, 0);
		if (likely(rc == XEN_TMEM_OK || rc == XEN_TMEM_EFROZEN)) {
			if (unlikely(READ_ONCE(pool->doubts.nr)))
				txen_doubt_clear(&pool->doubts, oidp, index,
						 whole);
			return;
		}
		txen_count(TXEN_FLUSH_ERRORS);
	}
	/* If the pool is gone the page is; but only the worker can be sure. */
	if (txen_is_gone(rc))
		txen_pool_suspect(pool);
	txen_count(TXEN_DOUBTS);
	if (txen_is_persistent(pool) &&
	    txen_doubt_add(&pool->doubts, oidp, index, whole))
		return;
	txen_pool_broken(pool);
}

/* The toolstack may have looked between the touch and the call. */
static noinline int put_again(int xid, const struct tmem_oid *oidp, u32 index,
			      struct page *page)
{
	int rc, tries = TRIES;

	do {
		u64 frame = frame_of(page);

		/* As for the first one. */
		mb();
		rc = page_call(XEN_TMEM_PUT_PAGE, xid, oidp, index, frame);
	} while (rc == XEN_TMEM_EFAULT && --tries);
	return rc;
}

static noinline int put_failed(struct txen_pool *pool, int xid,
			       const struct tmem_oid *oidp, u32 index, int rc)
{
	int ret;

	switch (rc) {
	case XEN_TMEM_ENOMEM:
		txen_count(TXEN_PUT_NOMEM);
		ret = -ENOMEM;
		break;
	case XEN_TMEM_EFROZEN:
	case XEN_TMEM_ENOSPC:
		txen_count(TXEN_PUT_FROZEN);
		ret = -ENOSPC;
		break;
	case XEN_TMEM_ENODEV:
	case XEN_TMEM_ENOSYS:
		txen_count(TXEN_PUT_ERRORS);
		ret = -ENODEV;
		break;
	default:
		txen_count(TXEN_PUT_ERRORS);
		pr_warn_ratelimited("a put returned %d\n", rc);
		ret = -EIO;
	}
	if (txen_is_gone(rc))
		txen_pool_suspect(pool);
	txen_flush(pool, xid, oidp, index, false);
	return ret;
}

/**
 * txen_put_page - put_page of struct tmem_backend_ops
 * @id: the pool
 * @oidp: the object
 * @index: the page of it
 * @page: the data
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; else the page is not stored, and an older one cannot be got any
 * more: -ENOMEM, -ENOSPC (a migration is under way), -ENODEV (no such pool,
 * or the hypervisor has lost it), -EINVAL (not a page that may be passed),
 * -EIO.
 */
int txen_put_page(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	struct txen_pool *pool;
	int xid, rc, ret = 0;
	u64 frame;

	pool = txen_enter(id, &xid);
	if (unlikely(!pool)) {
		ret = -ENODEV;
		goto out;
	}
	frame = frame_of(page);
	if (unlikely(frame == TXEN_NO_FRAME)) {
		txen_count(TXEN_BAD_FRAMES);
		txen_flush(pool, xid, oidp, index, false);
		ret = -EINVAL;
		goto out;
	}
	/* The hypervisor reads the page by another address. */
	mb();
	rc = page_call(XEN_TMEM_PUT_PAGE, xid, oidp, index, frame);
	if (unlikely(rc == XEN_TMEM_EFAULT) && txen_hv->touch)
		rc = put_again(xid, oidp, index, page);
	if (unlikely(rc != XEN_TMEM_OK)) {
		ret = put_failed(pool, xid, oidp, index, rc);
	} else if (unlikely(READ_ONCE(pool->doubts.nr))) {
		txen_doubt_clear(&pool->doubts, oidp, index, false);
		/* All of its object is in doubt: see doubt.c. */
		if (txen_doubted(&pool->doubts, oidp, index)) {
			txen_flush(pool, xid, oidp, index, false);
			ret = -EIO;
		}
	}
out:
	txen_leave();
	return ret;
}

/* Anything but a hit. */
static noinline int get_failed(struct txen_pool *pool, int xid,
			       const struct tmem_oid *oidp, u32 index,
			       struct page *page, int rc)
{
	int tries;

	for (tries = 1; ; tries++) {
		if (rc == XEN_TMEM_OK)
			return 0;
		if (rc == XEN_TMEM_MISS || rc == XEN_TMEM_EEMPTY)
			return -ENOENT;
		txen_count(TXEN_GET_ERRORS);
		/*
		 * What became of the page is not known: it shall be gone.  Not
		 * tried again: of a frame that it refused Xen may have taken the
		 * page out of its object, but not off its lists.
		 */
		if (!txen_is_persistent(pool)) {
			if (txen_is_gone(rc))
				txen_pool_suspect(pool);
			txen_flush(pool, xid, oidp, index, false);
			return txen_is_gone(rc) ? -ENOENT : -EIO;
		}
		if (tries == TRIES)
			break;
		rc = page_call(XEN_TMEM_GET_PAGE, xid, oidp, index,
			       frame_of(page));
	}
	if (txen_is_gone(rc)) {
		txen_pool_suspect(pool);
		return -ENODEV;
	}
	pr_warn_ratelimited("a get returned %d\n", rc);
	return -EIO;
}

/**
 * txen_get_page - get_page of struct tmem_backend_ops
 * @id: the pool
 * @oidp: the object
 * @index: the page of it
 * @page: where to; the caller's own
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -ENOENT not there; -ENODEV no such pool, or the hypervisor has
 * lost it; -EINVAL not a page that may be passed; -EIO @page is garbage.
 */
int txen_get_page(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	struct txen_pool *pool;
	int xid, rc, ret = 0;
	u64 frame;

	pool = txen_enter(id, &xid);
	if (unlikely(!pool)) {
		ret = -ENODEV;
		goto out;
	}
	if (unlikely(READ_ONCE(pool->doubts.nr)) &&
	    txen_doubted(&pool->doubts, oidp, index)) {
		ret = -ENOENT;
		goto out;
	}
	frame = frame_of(page);
	if (unlikely(frame == TXEN_NO_FRAME)) {
		txen_count(TXEN_BAD_FRAMES);
		ret = -EINVAL;
		goto out;
	}
	rc = page_call(XEN_TMEM_GET_PAGE, xid, oidp, index, frame);
	if (unlikely(rc != XEN_TMEM_OK))
		ret = get_failed(pool, xid, oidp, index, page, rc);
out:
	txen_leave();
	return ret;
}

static int txen_flush_in(int id, const struct tmem_oid *oidp, u32 index, bool whole)
{
	struct txen_pool *pool;
	int xid;

	pool = txen_enter(id, &xid);
	if (likely(pool))
		txen_flush(pool, xid, oidp, index, whole);
	txen_leave();
	/* A pool that is not usable holds nothing that anybody can get. */
	return likely(pool_at(id)) ? 0 : -ENODEV;
}

/**
 * txen_flush_page - flush_page of struct tmem_backend_ops
 * @id: the pool
 * @oidp: the object
 * @index: the page of it
 *
 * Context: any but NMI.
 * Return: 0, whether there was such a page or not; -ENODEV no such id.
 */
int txen_flush_page(int id, const struct tmem_oid *oidp, u32 index)
{
	return txen_flush_in(id, oidp, index, false);
}

/**
 * txen_flush_object - flush_object of struct tmem_backend_ops
 * @id: the pool
 * @oidp: the object
 *
 * One call, in which Xen takes about 0.2 times as long as it takes to copy
 * the object's pages and does nothing else.
 *
 * Context: any but NMI.
 * Return: 0, whether there was such an object or not; -ENODEV no such id.
 */
int txen_flush_object(int id, const struct tmem_oid *oidp)
{
	return txen_flush_in(id, oidp, 0, true);
}

/**
 * txen_flush_range - flush_range of struct tmem_backend_ops
 * @id: the pool
 * @oidp: the object
 * @first: first page
 * @last: last page, inclusive
 *
 * Page by page when there are few, or when the others must stay.
 *
 * Context: any but NMI.
 * Return: 0, whether there were such pages or not; -ENODEV no such id; -EINVAL
 * @first > @last.
 */
int txen_flush_range(int id, const struct tmem_oid *oidp, u32 first, u32 last)
{
	struct txen_pool *pool = pool_at(id);
	u32 index = first;
	int ret;

	if (!pool)
		return -ENODEV;
	if (first > last)
		return -EINVAL;
	if (last - first >= RANGE_PAGES && !txen_is_persistent(pool))
		return txen_flush_object(id, oidp);
	do {
		ret = txen_flush_page(id, oidp, index);
	} while (!ret && index++ != last);
	return ret;
}
