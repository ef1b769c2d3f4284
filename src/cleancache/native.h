/* SPDX-License-Identifier: GPL-2.0 */
/*
 * native.h - attachment by the kernel's own cleancache
 *
 * Purpose: what native.c (pools and the kernel's calls) and ring.c (pages on
 * their way to the backend) know of each other.
 *
 * The kernel calls put_page and invalidate_page with irqs off under the i_pages
 * lock, which is taken in interrupts.  A backend stores pages in process
 * context only, but forgets them in any context (tmem/backend.h).  So a put
 * copies the page, raw, into the ring, and a worker (or a reader, when the
 * worker has much to do) puts it to the backend from there; everything else
 * goes to both, the ring first.
 *
 * COHERENCY.  For one handle there are, at any time, at most
 *
 *   one copy in the ring that counts		(not cancelled)
 *   older ones that are being written		(RING_WRITING, cancelled)
 *   one in the backend, older or as old as these
 *
 * The rules, and why they are enough:
 *
 *  1. A put first cancels what the ring has of the handle.  (put-put-get: the
 *     new copy is the only one in the ring that counts.)
 *  2. A get looks into the ring first.  It takes a queued copy out and then
 *     flushes the backend, which may have an older one.  (get-get.)  If the
 *     copy is just being written it is cancelled and the get misses.
 *  3. An invalidation first cancels in the ring and then flushes the backend.
 *  4. A cancelled copy that is queued is free at once.  One that is being
 *     filled is freed by who fills it.  One that is being written stays
 *     findable until its writer has flushed it from the backend again, so
 *     that no get passes by and finds it there.
 *  5. If two write copies of one handle at the same time, the older one is a
 *     cancelled one, and its flush comes last: it may take the newer one with
 *     it, which is then missing, but it cannot stay.
 *  6. A put for which the ring has no room flushes the backend.
 *
 * The kernel itself sees to the rest: a page in the page cache is locked while
 * it is got, put or invalidated, and one that is being put is removed in the
 * same hold of the i_pages lock.  What its hooks leave open is a page read in
 * the middle of a direct write and evicted before its end, since the second
 * invalidation is left out when the page cache is empty by then.  So puts are
 * refused while i_rwsem is held or i_dio_count is raised.
 *
 * LOCKS AND LIFETIME
 *   cc_srcu	each use of a cc_pool, the writing of a copy among them.
 *		pool->bpool is read and used in one read section; a backend's
 *		pool is destroyed when it has been taken from there, a grace
 *		period has passed, its copies have been cancelled, and another
 *		one has passed.
 *   pools_mutex	the ids, pool->bpool, the state of the backend; outside the
 *		backend's own locks, inside the registry's.
 *   ring_lock	(ring.c) all that ring.c has; irqsave, taken under the i_pages
 *		lock; nothing is called under it.
 */
#ifndef _CLEANCACHE_NATIVE_H
#define _CLEANCACHE_NATIVE_H

#include <linux/types.h>
#include <tmem/backend.h>
#include "common.h"

/**
 * struct cc_pool - what the kernel has an id for: a mounted file system
 * @id: the kernel's name for it, never used again for another; constant
 * @shared: has a pool shared by uuid; constant
 * @uuid: of a shared pool; constant
 * @bpool: where its pages are; TMEM_NO_BPOOL while there is no backend;
 *	written under pools_mutex, read in an SRCU read section
 * @sb: the super block that uses it, for comparison only; NULL until it was
 *	seen; set once
 * @excluded: not to be cached; constant since @sb is set
 */
struct cc_pool {
	int id;
	bool shared;
	struct tmem_uuid uuid;
	struct tmem_bpool bpool;
	struct super_block *sb;
	bool excluded;
};

/**
 * enum cc_ring - what the ring knows of a page
 * @CC_RING_NONE: nothing: ask the backend
 * @CC_RING_HIT: it was there, and is not any more
 * @CC_RING_BUSY: it is not to be had
 */
enum cc_ring {
	CC_RING_NONE,
	CC_RING_HIT,
	CC_RING_BUSY,
};

int cc_ring_init(void);
void cc_ring_exit(void);
bool cc_ring_put(struct cc_pool *pool, const struct tmem_oid *oidp, u32 index,
		 struct page *page);
enum cc_ring cc_ring_get(struct cc_pool *pool, const struct tmem_oid *oidp,
			 u32 index, struct page *page);
void cc_ring_help(void);
void cc_ring_cancel_page(struct cc_pool *pool, const struct tmem_oid *oidp,
			 u32 index);
void cc_ring_cancel_object(struct cc_pool *pool, const struct tmem_oid *oidp);
void cc_ring_cancel_pool(struct cc_pool *pool);

#endif /* _CLEANCACHE_NATIVE_H */
