/* SPDX-License-Identifier: GPL-2.0 */
/*
 * remote.h - pages that are elsewhere: in memory that is not this machine's
 *
 * A page of a file that would have to go is first *copied* out, by a worker and
 * ahead of need, to whoever carries bytes away (<tmem/remote.h>).  When it is
 * evicted then, its bytes are freed and the core's handle leads to a struct
 * zc_away: it is *remotified*.  A get fetches all that is away of its run with
 * one request: it is *localified*.  Without a carrier none of this happens.
 *
 * States of an ephemeral page, and who owns what:
 *
 *   here		struct zpage on the policy's small or main list
 *   here and copied	struct zpage on its copied list, with a struct zc_copy,
 *			which owns the struct zc_away.  Whoever takes the page off
 *			the list, under the policy lock, owns the copy: the
 *			evictor passes it to zc_remote_evict(), a get that takes
 *			the page to zc_remote_got(), all others to
 *			zc_remote_uncopy().
 *   away		struct zc_away: the core has one reference, each get that
 *			looks at it a hold; with the last one it is freed, and
 *			the value is dropped at the other end.
 *   kept		struct zc_away alone: a get has taken the page to the page
 *			cache, where it may change or end, and kept.c has the
 *			reference.  When the same bytes are put again the page
 *			is away at once, unless the store has much room or the
 *			policy wants it here (zc_remote_again()).  Where the
 *			worker is to send them again it takes that value instead,
 *			and so does the evictor for a page that was not copied.
 * A page that is copied keeps its struct zpage: it goes next, and is not
 * compressed again (recomp.c); and a copy of one that was, meanwhile, finds it
 * off its list and is kept, as is that of a page that has gone.
 *
 * A struct zc_away never comes back to be a zpage: a get of a private pool unlinks
 * it, a put replaces it, a flush frees it, all as with a zpage and by the core.
 * Forgetting the descriptor is forgetting the page, at once; that the other end
 * hears of it is a courtesy, which may be lost.
 *
 * What is got is what was put: its handle leads to this descriptor (the core
 * looks twice), whose number is used for one value only, whose seal the carrier
 * checks, and whose hash, with a key of this load of the module, is checked
 * here, so that a carrier that mixes up its answers causes misses, too.  The value
 * may have been sent for what was put there before, if that had the same bytes: a
 * hash says so (kept.c).
 *
 * What is lost, and how: a number below the floor, which the registry raises
 * when the carrier has lost all (it comes, goes, gets other servers, the machine
 * slept or was cloned) and the worker when there is more than the parameters, or
 * the carrier, allow, oldest first.  A get of such a page is a miss and asks
 * nobody; the descriptors are swept out by the worker.
 *
 * Where most of what is sent is lost before it is asked for, only a part of the runs is
 * sent (share.c): pages of the others take their turn and are dropped.
 *
 * Where the disk is as fast, nothing of this is done (breaker.c): no page is
 * copied, and what is away is read from the disk, until it is tried again.
 *
 * Contexts: a struct zc_away is held, put and freed in any context but NMI;
 * zc_remote_evict() in that of eviction, in RCU: it neither sleeps nor allocates,
 * and what it tells the carrier is queued.  zc_remote_again() runs in puts, mostly in
 * reclaim, and does not do that either; nor does zc_remote_got(), in the core's RCU
 * section, but for memory that there is.  Copying is done by the worker, in
 * process context with no lock held, and takes no memory that reclaim would have
 * to make.  zc_remote_localify() sleeps up to the carrier's deadline, with
 * nothing held but references; frontends call gets of ephemeral pools where
 * they may sleep (<tmem/backend.h>).  Nothing that runs in reclaim waits for a
 * socket.
 *
 * Locks: the policy lock covers which pages are copied.  The worker is the only
 * one to run of its kind.  The rest is atomic, or constant once it is shared.
 */
#ifndef _ZCACHE_REMOTE_H
#define _ZCACHE_REMOTE_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include "kept.h"
#include "page.h"

struct kmem_cache;
struct page;
struct seq_file;
struct tmem_oid;
struct tmem_pool;
struct tmem_run;

/* A million values in a second use these numbers up in two years. */
#define ZC_NUMBER_BITS	46

/**
 * struct zc_away - what is here of a page that is elsewhere; a pampd, marked
 * @seal: what the carrier checks it by
 * @number: which value it is
 * @comp: the compressor of its bytes (enum comp_id)
 * @len: how many bytes; PAGE_SIZE: the page as it was
 * @hash: of the bytes
 * @ref: of the core, for the handle that leads here, or of the copy before; of who
 *	keeps it; and holds
 *
 * All but @ref is constant.
 */
struct zc_away {
	u64 seal;
	u64 number:ZC_NUMBER_BITS;
	u64 comp:2;
	u64 len:16;
	u32 hash;
	refcount_t ref;
};

static_assert(sizeof(struct zc_away) <= 24,
	      "what stays of a page is promised to be no more");

/* A pampd with this bit set is a struct zc_away. */
#define ZC_AWAY		1UL

static inline bool zc_is_away(const void *pampd)
{
	return (unsigned long)pampd & ZC_AWAY;
}

static inline void *zc_pampd_of(struct zc_away *away)
{
	return (void *)((unsigned long)away | ZC_AWAY);
}

int zc_remote_init(void);
void zc_remote_exit(void);
void zc_remote_start(void);
void zc_remote_stop(void);

void zc_away_hold(void *pampd);
void zc_away_put(void *pampd);
int zc_remote_evict(struct tmem_obj *obj, u32 index, u64 print, struct zpage *zp,
		    struct zc_copy *copy);
void *zc_remote_again(struct tmem_pool *pool, const struct tmem_oid *oidp,
		      u32 index, struct page *page);
void zc_remote_linked(void *pampd);
void zc_remote_uncopy(struct zc_copy *copy);
void zc_remote_got(struct zc_copy *copy, u64 print, struct page *page);
u32 zc_remote_localify(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		       void **pampds);
void zc_remote_trim(void);
void zc_remote_show(struct seq_file *m);

extern bool zc_remote_on;
void zc_remote_wake(void);
bool zc_remote_may_take(void);
bool zc_remote_pays(void);
bool zc_remote_sends(u64 run);
void *zc_remote_alloc(struct kmem_cache *cache);
void zc_remote_fit(void);

/**
 * enum zc_remote_count - what is counted of pages elsewhere
 * @REMOTE_VALUES: values there now, those of pages that are here as well, and
 *	those that are kept, included
 * @REMOTE_BYTES: their bytes
 * @REMOTE_COPIED: values sent
 * @REMOTE_COPIED_BYTES: their bytes
 * @REMOTE_REUSED: values that were there still, and had not to be sent
 * @REMOTE_PASSED: of these, of pages that did not come to be here in between
 * @REMOTE_NOT_SENT: times that the carrier took none
 * @REMOTE_REQUESTS: requests, each for what was away of a run
 * @REMOTE_HITS: pages that came
 * @REMOTE_GONE: that are not there any more
 * @REMOTE_LATE: that did not come in time
 * @REMOTE_WRONG: that came and were not what was sent
 * @REMOTE_DOWN: for which nobody was asked, as the server is not in use
 * @REMOTE_ERRORS: that did not come for other reasons
 * @REMOTE_RESTED: for which nobody was asked, as the disk is faster
 * @REMOTE_PUSHED: times that the oldest were given up for newer ones
 * @REMOTE_SWEPT: descriptors of lost values that were freed
 * @REMOTE_UNREAD: values that were pushed out, or gone when they were asked for
 * @REMOTE_DECLINED: pages that were not sent, since too many like them are lost unread
 * @REMOTE_NR: how many there are of these
 */
enum zc_remote_count {
	REMOTE_VALUES,
	REMOTE_BYTES,
	REMOTE_COPIED,
	REMOTE_COPIED_BYTES,
	REMOTE_REUSED,
	REMOTE_PASSED,
	REMOTE_NOT_SENT,
	REMOTE_REQUESTS,
	REMOTE_HITS,
	REMOTE_GONE,
	REMOTE_LATE,
	REMOTE_WRONG,
	REMOTE_DOWN,
	REMOTE_ERRORS,
	REMOTE_RESTED,
	REMOTE_PUSHED,
	REMOTE_SWEPT,
	REMOTE_UNREAD,
	REMOTE_DECLINED,
	REMOTE_NR,
};

long zc_remote_read(enum zc_remote_count which);

/**
 * zc_remote_takes - is there room elsewhere, as far as is known?
 *
 * Context: any but NMI.
 * Return: true if so.
 */
static inline bool zc_remote_takes(void)
{
	return unlikely(READ_ONCE(zc_remote_on)) && zc_remote_may_take();
}

/**
 * zc_remote_keeps - may bytes that were not copied be elsewhere?
 *
 * Context: any.
 * Return: false if not.
 */
static inline bool zc_remote_keeps(void)
{
	return unlikely(READ_ONCE(zc_remote_on)) && zc_kept_values() &&
	       zc_remote_pays();
}

/**
 * zc_remote_kick - pages have to go: copies will be wanted
 *
 * Context: any but NMI.
 */
static inline void zc_remote_kick(void)
{
	if (unlikely(READ_ONCE(zc_remote_on)))
		zc_remote_wake();
}

/* For tests. */
void zc_remote_settle(void);
void zc_remote_still(bool on);
void zc_remote_rest(bool on);
extern int zc_remote_fail_nth;

#endif /* _ZCACHE_REMOTE_H */
