/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen.h - what the files of tmem_xen.ko share; private to src/xen
 *
 * The shim passes each accessor call on as one operation of the Xen ABI
 * (tmem/xen_abi.h) and keeps the accessor's contract (tmem/backend.h) whatever
 * the hypervisor answers:
 *
 *   what Xen does                           what the shim does
 *   a put that fails may leave the old      flushes the page after every put
 *     page in place                           that did not return 1
 *   a flush may fail (only a Xen gone        tries again; then the page is
 *     wrong does that)                        "in doubt" and is never got
 *                                             again until a put or a flush of
 *                                             it succeeds (doubt.c)
 *   pools vanish with save/restore and       creates them again, empty
 *     migration                               (pool.c): gets miss
 *   ids of pools are handed out again        lets go of an id, everywhere,
 *                                             before it believes in a new one
 *   a shared pool that the toolstack has     refuses it: it would be private,
 *     not allowed is created nevertheless     and its pages would grow old
 *   the same uuid joined twice kills both    refuses the second
 *   a pool survives its module               destroys all of them at unload
 *   frames are refused that were not         touches the page just before the
 *     written to since the toolstack          call; a put and a get of a
 *     looked (PVH, live migration); an        persistent page are tried again,
 *     ephemeral page is lost by that          an ephemeral get never
 *
 * Contexts and locks:
 *
 *   function                       context                   sleeps
 *   new_pool, destroy_pool         process                   yes
 *   put_page, get_page             process, irqs on          no
 *   flush_page, flush_object       any but NMI               no
 *   the worker that mends pools    process                   yes
 *
 *   txen_pools_lock (mutex) covers which slots are in use, and all writing of
 *   pool->xid.  put, get and flush take no lock: they read xid in an RCU read
 *   section (rcu-sched, see ops.c) that lasts until the hypervisor has answered.  So after xid has
 *   been changed and a grace period has passed, nobody uses the old one.
 *   pool->doubts.lock (irq-safe, innermost) is taken only while something is
 *   in doubt.
 */
#ifndef _TMEM_XEN_H
#define _TMEM_XEN_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <tmem/tmem.h>
#include <tmem/xen_abi.h>

struct page;

#define TXEN_NO_FRAME	(~0ULL)

/**
 * struct txen_hv - a hypervisor as the shim sees it
 * @call: do one operation and return what the hypervisor returned.  Any
 *	context but NMI; may not sleep.
 * @frame: the number by which the hypervisor knows a page until the domain is
 *	suspended, or TXEN_NO_FRAME when the page is not this domain's ordinary
 *	memory: the hypervisor might write to whatever it is.  Any context.
 * @touch: write to a page without changing it.  While the toolstack follows
 *	what a domain writes (any live migration), the hypervisor refuses frames
 *	that were not written to since it last looked, for a put and a get.  NULL:
 *	this one does not.  Any context.
 */
struct txen_hv {
	int (*call)(struct xen_tmem_op *op);
	u64 (*frame)(struct page *page);
	void (*touch)(struct page *page);
};

#define TXEN_MAX_DOUBTS	32

/**
 * struct txen_doubt - pages that could not be flushed
 * @oid: their object
 * @index: the page
 * @whole: all pages of the object, and @index means nothing
 */
struct txen_doubt {
	struct tmem_oid oid;
	u32 index;
	bool whole;
};

/**
 * struct txen_doubts - what a persistent pool may hold, but nobody may get
 * @lock: covers the rest; irq-safe, innermost
 * @nr: entries in use; read without the lock to see that there are none
 * @list: the entries
 */
struct txen_doubts {
	spinlock_t lock;
	unsigned int nr;
	struct txen_doubt list[TXEN_MAX_DOUBTS];
};

/**
 * struct txen_pool - a slot of the table of pools; its number is the id that
 *	frontends know
 * @xid: the hypervisor's id, -1 for none; written under txen_pools_lock,
 *	followed by a grace period when it was not -1; read in RCU
 * @broken: not to be used any more, for its contents cannot be trusted; set by
 *	anyone, cleared under txen_pools_lock with a new @xid
 * @suspect: the hypervisor has said that @xid does not exist; set by anyone,
 *	cleared by the worker
 * @used: the slot belongs to a frontend; txen_pools_lock
 * @flags: TMEM_POOL_*; constant while @used
 * @uuid: of a shared pool; constant while @used
 * @doubts: of a persistent pool
 */
struct txen_pool {
	int xid;
	bool broken;
	bool suspect;
	bool used;
	u32 flags;
	struct tmem_uuid uuid;
	struct txen_doubts doubts;
} ____cacheline_aligned;

static inline bool txen_is_persistent(const struct txen_pool *pool)
{
	return READ_ONCE(pool->flags) & TMEM_POOL_PERSIST;
}

/* There is no such pool, or no tmem at all: nobody has its pages any more. */
static inline bool txen_is_gone(int rc)
{
	return rc == XEN_TMEM_ENODEV || rc == XEN_TMEM_ENOSYS;
}

extern struct txen_pool txen_pools[XEN_TMEM_MAX_POOLS];

/* Rare events only: a put that is stored and a get that hits count nowhere. */
enum txen_event {
	TXEN_PUT_NOMEM,		/* refused: no memory for this domain */
	TXEN_PUT_FROZEN,	/* refused: the domain is being migrated */
	TXEN_PUT_ERRORS,	/* refused otherwise */
	TXEN_GET_ERRORS,	/* neither hit nor miss */
	TXEN_FLUSH_ERRORS,	/* tries of a flush that failed */
	TXEN_BAD_FRAMES,	/* pages that the hypervisor must not be given */
	TXEN_DOUBTS,		/* pages and objects that were in doubt */
	TXEN_POOLS_BROKEN,	/* pools dropped, for they could not be trusted */
	TXEN_POOLS_LOST,	/* pools that the hypervisor had no more */
	TXEN_POOLS_AGAIN,	/* pools created again */
	TXEN_EVENTS
};

extern atomic_long_t txen_events[TXEN_EVENTS];

static inline void txen_count(enum txen_event event)
{
	atomic_long_inc(&txen_events[event]);
}

/* hypercall.c: the real hypervisor */
int txen_hypervisor(const struct txen_hv **hv);

/* ops.c: put, get, flush */
extern const struct txen_hv *txen_hv;
int txen_put_page(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page);
int txen_get_page(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page);
int txen_flush_page(int id, const struct tmem_oid *oidp, u32 index);
int txen_flush_object(int id, const struct tmem_oid *oidp);
int txen_flush_range(int id, const struct tmem_oid *oidp, u32 first, u32 last);

/* pool.c: pools, and what becomes of them */
int txen_pools_start(void);
void txen_pools_stop(void);
int txen_new_pool(const struct tmem_uuid *uuid, u32 flags);
int txen_destroy_pool(int id);
void txen_pool_suspect(struct txen_pool *pool);
void txen_pool_broken(struct txen_pool *pool);
bool txen_pools_mend(void);

/* doubt.c */
void txen_doubts_init(struct txen_doubts *d);
bool txen_doubt_add(struct txen_doubts *d, const struct tmem_oid *oidp,
		    u32 index, bool whole);
void txen_doubt_clear(struct txen_doubts *d, const struct tmem_oid *oidp,
		      u32 index, bool whole);
bool txen_doubted(struct txen_doubts *d, const struct tmem_oid *oidp,
		  u32 index);

/* backend.c: the accessor table; also what starts and stops the shim */
int txen_start(const struct txen_hv *hv);
void txen_stop(void);
void txen_yield(void);

/* debugfs.c */
void txen_debugfs_init(void);
void txen_debugfs_exit(void);

#endif /* _TMEM_XEN_H */
