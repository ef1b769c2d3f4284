// SPDX-License-Identifier: GPL-2.0
/*
 * remote.c - pages that are elsewhere
 *
 * Purpose: have cold pages copied out before they must go, know them while they
 * are away, and fetch them back.  Who owns what, and in which contexts, is in
 * remote.h.
 *
 * Why this design: eviction must not wait, and frees memory because somebody
 * needs it now, so the sending has to be over by then.  A worker keeps the next
 * pages to go copied, a SHARE of the store; what goes faster than it copies is
 * dropped, as without it.  It takes the page that the policy would drop next, so
 * that there is one judgement of what is cold.
 *
 * There is no list of what is away: that would cost as much again as the
 * descriptor.  Since numbers grow with time, "the oldest" is a range of numbers:
 * the worker notes where the last GENERATIONS parts of what may be away begin,
 * and to push the oldest part out it raises the floor to where the next begins,
 * and walks through the core's handles to free what is below.
 *
 * Invariants: REMOTE_VALUES is the number of structs zc_away.  A struct zc_away
 * that the core has comes from zc_remote_evict() or zc_remote_again().
 *
 * Locking: see remote.h.
 */
#define pr_fmt(fmt) "tmem_zcache: " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <compat/highmem.h>
#include <compat/test_export.h>
#include <tmem/remote.h>
#include "breaker.h"
#include "kept.h"
#include "remote.h"
#include "shard.h"
#include "share.h"
#include "zcache.h"

static_assert(COMP_NR <= 4, "struct zc_away has two bits for the compressor");
static_assert(PAGE_SIZE <= U16_MAX, "and sixteen for the length");
static_assert(TMEM_RUN_PAGES <= TMEM_REMOTE_BATCH, "a run is one request");

/*
 * Pages that are kept copied: a part of all, so many at least and at most.  Reclaim
 * takes some hundreds in one go, before the worker gets to run.  Of a small store
 * it is another part of all, or some.
 */
#define COPIES_SHIFT	4
#define COPIES_MIN	1024
#define COPIES_MAX	16384
#define COPIES_SMALL_EIGHTHS 3
#define COPIES_SOME	64
/* Values that are enough for a trial. */
#define TRIAL_VALUES	(16 * ZC_BREAKER_TRIAL)
/* Parts of what may be away, of which the oldest goes at a time. */
#define GENERATIONS	8
#define GENERATION_MIN	16
/*
 * Of what may be elsewhere, 1/this may be kept; and so many for each page that the
 * store may take: 6 % of it, if all are.  It is for all of the page cache: with
 * fewer the longest kept goes just before its page comes.
 */
#define KEPT_SHARE	4
#define KEPT_PER_PAGE	4
/* What a page elsewhere takes here: its descriptor, and where that is linked. */
#define AWAY_COST	(sizeof(struct zc_away) + sizeof(void *))
/* The number chooses the server: so many are tried where one takes none. */
#define NUMBERS_MAX	64
/*
 * After these it may take more: busy, or short of memory; no room, or short of
 * memory so many times in a row; it took none.
 */
#define BUSY_DELAY	(HZ / 500 ?: 1)
#define NOSPC_DELAY	(HZ / 50 ?: 1)
#define NOMEM_MOST	8
#define DOWN_DELAY	(HZ / 2)
/* Pages that the sweep looks at in one go. */
#define SWEEP_BATCH	32

/* There is a carrier. */
bool zc_remote_on;

static atomic_long_t counts[REMOTE_NR];
/* Values with lower numbers were given up by the worker. */
static atomic64_t zc_floor;

static struct kmem_cache *away_cache;
static struct kmem_cache *copy_cache;
static struct workqueue_struct *zc_remote_wq;
static hsiphash_key_t zc_hash_key;

/* The worker's own. */
/* A value, and a page. */
static void *zc_remote_buf, *zc_remote_page;
static u64 generations[GENERATIONS];
static unsigned long generation_left;
static u64 last_number;
static unsigned int short_of_memory;
static struct zc_share zc_share = { .part = ZC_SHARE_ALL };

/* Descriptors of lost values may be about. */
static bool sweep_wanted;
/* All values are to be given up. */
static bool give_up_wanted;
/* What was learned of the servers is of others. */
static bool share_anew;
/* When it is worth while to try the carrier again; jiffies. */
static unsigned long next_try;
#ifdef TMEM_TEST_BUILD
/* The worker copies nothing. */
static bool zc_remote_is_still;
#else
static const bool zc_remote_is_still;
#endif

/* Whether it is worth while at all. */
static struct zc_breaker zc_breaker;
static DEFINE_SPINLOCK(zc_breaker_lock);

static void zc_remote_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(zc_remote_work, zc_remote_work_fn);

TMEM_TEST_FAIL_NTH(zc_remote_fail_nth);

/**
 * zc_remote_alloc - memory for what can be done without
 * @cache: whose
 *
 * Context: process; does not sleep.
 * Return: an object; NULL.
 */
void *zc_remote_alloc(struct kmem_cache *cache)
{
	return TMEM_MAY_ALLOC(zc_remote_fail_nth) ? kmem_cache_alloc(cache, zc_gfp(true)) : NULL;
}

static void zc_away_count(enum zc_remote_count which, long n)
{
	atomic_long_add(n, &counts[which]);
}

/**
 * zc_remote_read - a figure
 * @which: which
 *
 * Context: any.
 * Return: its value, a moment ago.
 */
long zc_remote_read(enum zc_remote_count which)
{
	return atomic_long_read(&counts[which]);
}
TMEM_EXPORT_FOR_TEST(zc_remote_read);

/* ---- the breaker ---- */

/**
 * zc_remote_pays - is it worth while, as far as is known?
 *
 * Context: any but NMI.
 * Return: false while the disk is faster.
 */
bool zc_remote_pays(void)
{
	return likely(!READ_ONCE(zc_breaker.open)) ||
	       READ_ONCE(zc_params.remote_always) ||
	       zc_breaker_lets(&zc_breaker, ktime_to_ms(ktime_get()));
}

/*
 * @nr pages have come, or none in time, which took @took ns; from their disk each
 * takes @source.
 */
static void zc_remote_weigh(u64 took, unsigned int nr, u32 source)
{
	enum zc_verdict verdict;
	bool give_up;

	if (!source || READ_ONCE(zc_params.remote_always))
		return;
	spin_lock(&zc_breaker_lock);
	verdict = zc_breaker_count(&zc_breaker, took, (u64)nr * source,
				   ktime_to_ms(ktime_get()));
	/* Just judged, and not for the first time. */
	give_up = zc_breaker.open && !zc_breaker.requests &&
		  zc_breaker.pause_ms >= ZC_BREAKER_PAUSE_LONG;
	spin_unlock(&zc_breaker_lock);
	if (give_up) {
		WRITE_ONCE(give_up_wanted, true);
		zc_remote_trim();
	}
	if (verdict == ZC_VERDICT_OPENS)
		pr_info_ratelimited("memory elsewhere is not used for now: the disk is faster (%u us a page)\n",
				    source / 1000);
	else if (verdict == ZC_VERDICT_CLOSES)
		pr_info_ratelimited("memory elsewhere is used again: it is faster than the disk (%u us a page)\n",
				    source / 1000);
}

#ifdef TMEM_TEST_BUILD
/**
 * zc_remote_rest - have the breaker open, with its pause over, or closed, for tests
 * @on: open it; once more: it has been open all the time
 *
 * Context: process.
 */
void zc_remote_rest(bool on)
{
	spin_lock(&zc_breaker_lock);
	zc_breaker = (struct zc_breaker) {
		.open = on,
		.pause_ms = zc_breaker.open ? zc_breaker.pause_ms :
					      ZC_BREAKER_PAUSE_MIN,
	};
	spin_unlock(&zc_breaker_lock);
}
TMEM_EXPORT_FOR_TEST(zc_remote_rest);
#endif

/* ---- descriptors ---- */

static struct zc_away *zc_away_of(void *pampd)
{
	return (struct zc_away *)((unsigned long)pampd & ~ZC_AWAY);
}

static bool zc_number_is_lost(u64 number)
{
	return number < (u64)atomic64_read(&zc_floor) ||
	       tmem_remote_lost(number);
}

static bool zc_is_lost(const struct zc_away *away)
{
	return zc_number_is_lost(away->number);
}

static void zc_away_free(struct zc_away *away)
{
	zc_away_count(REMOTE_VALUES, -1);
	zc_away_count(REMOTE_BYTES, -(long)away->len);
	zc_room_account(-(long)sizeof(*away));
	kmem_cache_free(away_cache, away);
}

/* What a value is checked by: a hash, with a key of this load of the module. */
static u32 zc_away_hash(const void *data, unsigned int len)
{
	return hsiphash(data, len, &zc_hash_key);
}

/**
 * zc_away_hold - take a reference
 * @pampd: a marked descriptor; the caller knows that there is one already
 *
 * Context: any.
 */
void zc_away_hold(void *pampd)
{
	refcount_inc(&zc_away_of(pampd)->ref);
}

/**
 * zc_away_put - drop a reference; with the last one the value is not wanted
 * @pampd: a marked descriptor
 *
 * Context: any but NMI.
 */
void zc_away_put(void *pampd)
{
	struct zc_away *away = zc_away_of(pampd);

	if (!refcount_dec_and_test(&away->ref))
		return;
	tmem_remote_drop(away->number, away->len);
	zc_away_free(away);
}

static void zc_copy_free(struct zc_copy *copy)
{
	zc_room_account(-(long)sizeof(*copy));
	kmem_cache_free(copy_cache, copy);
}

/**
 * zc_remote_uncopy - a copied page has left its list, and not to be evicted
 * @copy: its copy, which is the caller's; or NULL
 *
 * Context: any but NMI.
 */
void zc_remote_uncopy(struct zc_copy *copy)
{
	if (likely(!copy))
		return;
	if (copy->away)
		zc_away_put(zc_pampd_of(copy->away));
	zc_copy_free(copy);
}

/* ---- back ---- */

/* Nothing pushes their descriptors out: half of what the store may have is for pages. */
static unsigned long zc_values_max(void)
{
	u64 bytes = ((u64)totalram_pages() << PAGE_SHIFT) / 100 *
		    READ_ONCE(zc_params.remote_max_percent);

	return div_u64(min(bytes, zc_room_limit() / 2), AWAY_COST);
}

static unsigned long zc_kept_max(void)
{
	u64 bytes = READ_ONCE(zc_params.remote_max_bytes);
	u64 max = min_t(u64, zc_values_max() / KEPT_SHARE,
			zc_room_limit() * KEPT_PER_PAGE >> PAGE_SHIFT);

	return bytes ? min(max, bytes / PAGE_SIZE / KEPT_SHARE) : max;
}

/**
 * zc_remote_fit - the store may take less
 *
 * Context: process; may sleep.
 */
void zc_remote_fit(void)
{
	zc_kept_trim(zc_kept_max());
}

/**
 * struct zc_fetch - one request
 * @pool: of the pages
 * @run: where pages go
 * @pampds: descriptors, by page of the run
 * @wants: what the carrier is asked for
 * @page: which page of the run each of these is
 */
struct zc_fetch {
	struct tmem_pool *pool;
	struct tmem_run *run;
	void **pampds;
	struct tmem_remote_want wants[TMEM_RUN_PAGES];
	u8 page[TMEM_RUN_PAGES];
};

static u64 zc_sum_of(struct page *page)
{
	void *src = kmap_local_page(page);
	u64 sum = zc_kept_sum(src);

	kunmap_local(src);
	return sum;
}

static int zc_remote_take(void *ctx, unsigned int i, const void *data)
{
	struct zc_fetch *f = ctx;
	struct zc_away *away = zc_away_of(f->pampds[f->page[i]]);
	struct page *page = f->run->pages[f->page[i]];

	if (zc_away_hash(data, away->len) != away->hash &&
	    !zc_broken(ZC_BREAK_REMOTE))
		return -EBADMSG;
	if (zc_page_fill(away->comp, data, away->len, page))
		return -EBADMSG;
	/* A page of a shared pool has not left it, and may be lost by now. */
	if (!tmem_pool_is_shared(f->pool) && !zc_is_lost(away))
		zc_kept_add(away, zc_evict_print(tmem_pool_id(f->pool),
						 f->run->oidp,
						 f->run->index + f->page[i]),
			    zc_sum_of(page), zc_kept_max());
	return 0;
}

/* What a value that has not come means for the get: -ENOENT is a miss. */
static int zc_remote_answer(int err)
{
	switch (err) {
	case -ENOENT:
	case -ESTALE:
	case -ENODEV:
		zc_away_count(REMOTE_GONE, 1);
		return -ENOENT;
	case -EBADMSG:
		zc_away_count(REMOTE_WRONG, 1);
		return -ENOENT;
	case -ETIMEDOUT:
		zc_away_count(REMOTE_LATE, 1);
		return err;
	case -EHOSTDOWN:
		zc_away_count(REMOTE_DOWN, 1);
		return err;
	default:
		zc_away_count(REMOTE_ERRORS, 1);
		return err;
	}
}

/* None of @map is asked for. */
static u32 zc_remote_rested(struct tmem_run *run, u32 map)
{
	unsigned int i;
	u32 left;

	tmem_run_for_each(i, map, left)
		run->err[i] = -EHOSTDOWN;
	zc_away_count(REMOTE_RESTED, hweight32(map));
	return 0;
}

/* Ask for those of @map that may be there; the others have their answer. */
static unsigned int zc_remote_prepare(struct zc_fetch *f, u32 map)
{
	unsigned int i, nr = 0;
	u32 left;

	tmem_run_for_each(i, map, left) {
		const struct zc_away *away = zc_away_of(f->pampds[i]);

		if (zc_is_lost(away)) {
			f->run->err[i] = zc_remote_answer(-ENOENT);
			continue;
		}
		f->wants[nr].name.number = away->number;
		f->wants[nr].name.seal = away->seal;
		f->wants[nr].len = away->len;
		f->page[nr++] = i;
	}
	return nr;
}

/**
 * zc_remote_localify - pamops->localify: fetch pages that are elsewhere
 * @pool: their pool
 * @run: where to
 * @map: which pages of the run
 * @pampds: their descriptors; the caller has a hold on each
 *
 * Context: process, irqs on, no lock held; sleeps up to the carrier's deadline.
 * Return: those that came; of the others, run->err[] says why not, and -ENOENT
 * that they never will.
 */
u32 zc_remote_localify(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		       void **pampds)
{
	u64 start, took;
	bool late = false;
	unsigned int i, nr;
	struct zc_fetch f;
	u32 got = 0;

	if (!zc_remote_pays())
		return zc_remote_rested(run, map);
	/* The rest need not be initialised. */
	f.pool = pool;
	f.run = run;
	f.pampds = pampds;
	nr = zc_remote_prepare(&f, map);
	if (!nr)
		return 0;
	zc_away_count(REMOTE_REQUESTS, 1);
	start = ktime_get_ns();
	tmem_remote_get(f.wants, nr, zc_remote_take, &f);
	took = ktime_get_ns() - start;
	for (i = 0; i < nr; i++) {
		late |= f.wants[i].ret == -ETIMEDOUT;
		if (f.wants[i].ret == -ENOENT)
			zc_away_count(REMOTE_UNREAD, 1);
		if (f.wants[i].ret)
			run->err[f.page[i]] = zc_remote_answer(f.wants[i].ret);
		else
			got |= 1U << f.page[i];
	}
	if (got || late)
		zc_remote_weigh(took, hweight32(got), run->source_ns);
	if (got) {
		zc_away_count(REMOTE_HITS, hweight32(got));
		zc_evict_got_away(tmem_pool_id(pool), run->oidp, run->index,
				  got);
	}
	return got;
}

/* ---- away ---- */

/* Would there be more than may be, when @values more come? */
static bool zc_is_over(unsigned long values)
{
	u64 bytes = READ_ONCE(zc_params.remote_max_bytes);

	return zc_remote_read(REMOTE_VALUES) + values > zc_values_max() ||
	       (bytes && zc_remote_read(REMOTE_BYTES) +
			 values * PAGE_SIZE > bytes);
}

/* Is it used to find out whether the disk is still faster, and for that only? */
static bool zc_is_on_trial(void)
{
	return READ_ONCE(zc_breaker.open) &&
	       !READ_ONCE(zc_params.remote_always);
}

static unsigned long zc_copies_wanted(void)
{
	unsigned long pages = zc_evict_pages(), nr = pages >> COPIES_SHIFT;
	u64 bytes = READ_ONCE(zc_params.remote_max_bytes);

	if (zc_is_on_trial())
		return zc_remote_read(REMOTE_VALUES) - (long)zc_kept_values() <
		       TRIAL_VALUES ? COPIES_SOME : 0;
	nr = clamp_t(unsigned long, nr, COPIES_MIN, COPIES_MAX);
	nr = min(nr, max_t(unsigned long, pages / 8 * COPIES_SMALL_EIGHTHS,
			   COPIES_SOME));
	/* So that of few values there may be some are of pages that are away. */
	nr = min(nr, zc_values_max() / 2);
	if (bytes)
		nr = min_t(u64, nr, bytes / PAGE_SIZE / 2);
	return nr;
}

/* A page's turn has come: have the part that is sent fit what has become of what was. */
static void zc_remote_judge(u64 print)
{
	const struct zc_share_seen now = {
		.sent = zc_remote_read(REMOTE_COPIED),
		.declined = zc_remote_read(REMOTE_DECLINED),
		.read = zc_remote_read(REMOTE_HITS),
		.lost = zc_remote_read(REMOTE_UNREAD),
	};

	if (xchg(&share_anew, false))
		zc_share_start(&zc_share, &now);
	zc_share_judge(&zc_share, print, &now, zc_remote_read(REMOTE_VALUES));
}

/**
 * zc_remote_sends - are pages of a run sent, when they have to go?
 * @run: the run's fingerprint
 *
 * While it is on trial all are: it is soon over.
 *
 * Context: any.
 * Return: false if there is not room enough for all, and these are not of the part
 * that is.
 */
bool zc_remote_sends(u64 run)
{
	return zc_share_has(&zc_share, run) || zc_is_on_trial();
}

/* Go through what the core has, and is kept, and free descriptors of what is lost. */
static void zc_remote_sweep(void)
{
	struct tmem_found found[SWEEP_BATCH];
	struct tmem_cursor cur = {};
	unsigned int i, nr;

	zc_kept_sweep(zc_is_lost);
	while ((nr = tmem_walk(zc_client, &cur, found, SWEEP_BATCH))) {
		for (i = 0; i < nr; i++) {
			if (!zc_is_away(found[i].pampd)) {
				zc_page_put(found[i].pampd);
				continue;
			}
			if (zc_is_lost(zc_away_of(found[i].pampd)) &&
			    !tmem_evict_found(zc_client, cur.pool_id, &cur.oid,
					      &found[i]))
				zc_away_count(REMOTE_SWEPT, 1);
			zc_away_put(found[i].pampd);
		}
		cond_resched();
	}
}

/* Give up the oldest part of what is away; false: there is none. */
static bool zc_push_oldest(void)
{
	u64 floor = atomic64_read(&zc_floor);
	long swept = zc_remote_read(REMOTE_SWEPT);
	unsigned int i = 0;

	if (floor > last_number)
		return false;
	while (i < GENERATIONS && generations[i] <= floor)
		i++;
	atomic64_set(&zc_floor, i < GENERATIONS ? generations[i] :
						  last_number + 1);
	zc_away_count(REMOTE_PUSHED, 1);
	zc_remote_sweep();
	zc_away_count(REMOTE_UNREAD, zc_remote_read(REMOTE_SWEPT) - swept);
	return true;
}

/*
 * Likewise, for newer ones.  Most must be away: where the rest are copies of
 * pages that are here, these would be given up, and made again, for ever.
 */
static bool zc_push_for_newer(void)
{
	unsigned long kept = zc_kept_values();

	/* Of pages that are in the page cache first, a part of them at a time. */
	if (kept) {
		zc_kept_trim(kept - kept / GENERATIONS - 1);
		return true;
	}
	return zc_remote_read(REMOTE_VALUES) > 2 * (long)zc_evict_copies() &&
	       zc_push_oldest();
}

static void zc_note_number(u64 number)
{
	unsigned int i;

	last_number = number;
	if (generation_left--)
		return;
	generation_left = zc_remote_read(REMOTE_VALUES) / GENERATIONS +
			  GENERATION_MIN;
	for (i = 0; i < GENERATIONS - 1; i++)
		WRITE_ONCE(generations[i], generations[i + 1]);
	WRITE_ONCE(generations[i], number);
}

/*
 * One server that is down or slow must not keep values from the others: another
 * number is another server's.  It is refused before anything is done for it.
 */
static int zc_remote_put(unsigned int len, struct tmem_remote_name *name)
{
	unsigned int tries = NUMBERS_MAX;
	bool busy = false;
	int ret;

	do {
		ret = tmem_remote_put(zc_remote_buf, len, name);
		busy |= ret == -EBUSY;
	} while ((ret == -EHOSTDOWN || ret == -EBUSY) && --tries);
	/* If any was busy it is up, and takes more in a moment. */
	return busy && ret == -EHOSTDOWN ? -EBUSY : ret;
}

/*
 * Is a value so old that it would be the next to go, and something is to go soon?
 * Sent once more it would be new.
 */
static bool zc_is_old(const struct zc_away *away)
{
	return away->number < READ_ONCE(generations[GENERATIONS / 2]) &&
	       zc_is_over(zc_remote_read(REMOTE_VALUES) / GENERATIONS);
}

/* A value of a page of these bytes that is there still; NULL: none. */
static struct zc_away *zc_remote_reuse(u64 print, u64 sum)
{
	struct zc_away *away = zc_kept_take(print, sum);

	if (!away || !zc_is_lost(away))
		return away;
	zc_away_put(zc_pampd_of(away));
	return NULL;
}

/* The same, of one that will be there for a while, if there is a choice. */
static struct zc_away *zc_remote_reuse_young(u64 print, u64 sum, bool choice)
{
	struct zc_away *away = zc_remote_reuse(print, sum);

	if (away && choice && zc_is_old(away)) {
		zc_away_put(zc_pampd_of(away));
		return NULL;
	}
	if (away)
		zc_away_count(REMOTE_REUSED, 1);
	return away;
}

/**
 * zc_remote_again - have a page that is put go elsewhere at once
 * @pool: its pool
 * @oidp: its object
 * @index: its index there
 * @page: the page; only read
 *
 * That is where it came from, and its value is there still: what has none
 * stays here in its stead.
 *
 * If the core has no memory to link it the value is lost with it.
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: a pampd, marked, with a reference that is the caller's; NULL: it is to be
 * stored.
 */
void *zc_remote_again(struct tmem_pool *pool, const struct tmem_oid *oidp,
		      u32 index, struct page *page)
{
	int id = tmem_pool_id(pool);
	u64 print = zc_evict_print(id, oidp, index);
	struct zc_away *away;

	if (!zc_kept_has(print) || zc_evict_wants(id, oidp, index) ||
	    !zc_container_passes(page))
		return NULL;
	away = zc_remote_reuse_young(print, zc_sum_of(page),
				     zc_room() == ROOM_YES);
	if (!away)
		return NULL;
	zc_away_count(REMOTE_PASSED, 1);
	zc_evict_passed(id, oidp, index);
	return zc_pampd_of(away);
}

/*
 * A descriptor was linked: if its value was lost before that, the sweep may have
 * been there already.
 */
static void zc_remote_check_lost(u64 number)
{
	if (!zc_number_is_lost(number))
		return;
	WRITE_ONCE(sweep_wanted, true);
	zc_remote_trim();
}

/**
 * zc_remote_linked - the core has linked what zc_remote_again() has returned
 * @pampd: that
 *
 * Context: the object's lock, irqs off.
 */
void zc_remote_linked(void *pampd)
{
	zc_remote_check_lost(zc_away_of(pampd)->number);
}

/* The value of a page that was not copied, if it is there still; NULL: it is not. */
static struct zc_away *zc_remote_find(const struct zpage *zp, u64 print)
{
	u64 sum;

	if (!zc_kept_has(print) || zc_page_sum(zp, &sum))
		return NULL;
	return zc_remote_reuse(print, sum);
}

/**
 * zc_remote_evict - evict a page whose bytes may be elsewhere
 * @obj: the object that leads to it
 * @index: its index there
 * @print: the fingerprint of its handle
 * @zp: the page, off its list; the caller has a hold
 * @copy: its copy, which was the caller's; NULL: it has none
 *
 * Context: as tmem_evict().
 * Return: 0; 1 if it is elsewhere now; -ENOENT if the page has gone meanwhile.
 */
int zc_remote_evict(struct tmem_obj *obj, u32 index, u64 print, struct zpage *zp,
		    struct zc_copy *copy)
{
	struct zc_away *away = copy ? copy->away : zc_remote_find(zp, print);
	u64 number;
	int ret;

	if (!away || zc_is_lost(away)) {
		ret = tmem_evict(obj, index, zp);
	} else {
		number = away->number;
		ret = tmem_remotify(obj, index, zp, zc_pampd_of(away));
		if (!ret) {
			/* The core's now. */
			away = NULL;
			ret = 1;
			zc_remote_check_lost(number);
			if (!copy)
				zc_away_count(REMOTE_REUSED, 1);
		} else {
			/* Nobody finds it any more; but it may wait to be freed. */
			ret = tmem_evict(obj, index, zp);
		}
	}
	if (away)
		zc_away_put(zc_pampd_of(away));
	if (copy)
		zc_copy_free(copy);
	return ret;
}

/**
 * zc_remote_got - a copied page has left its list, since it was got
 * @copy: its copy, which is the caller's
 * @print: the fingerprint of its handle
 * @page: what was got
 *
 * When the page is put again it need not be sent: its value is kept.
 *
 * Context: process, irqs on; in RCU, so it does not sleep.
 */
void zc_remote_got(struct zc_copy *copy, u64 print, struct page *page)
{
	struct zc_away *away = copy->away;

	if (away && !zc_is_lost(away) && zc_remote_pays())
		zc_kept_add(away, print, zc_sum_of(page), zc_kept_max());
	zc_remote_uncopy(copy);
}

/* Send @len bytes of zc_remote_buf: what is to be left of them here. */
static struct zc_away *zc_remote_send(unsigned int comp, unsigned int len)
{
	struct tmem_remote_name name;
	struct zc_away *away;
	int ret;

	away = zc_remote_alloc(away_cache);
	if (!away)
		return ERR_PTR(-ENOMEM);
	ret = zc_remote_put(len, &name);
	if (!ret && name.number >> ZC_NUMBER_BITS) {
		tmem_remote_drop(name.number, len);
		ret = -EOVERFLOW;
	}
	if (ret) {
		kmem_cache_free(away_cache, away);
		return ERR_PTR(ret);
	}
	away->seal = name.seal;
	away->number = name.number;
	away->comp = comp;
	away->len = len;
	away->hash = zc_away_hash(zc_remote_buf, len);
	refcount_set(&away->ref, 1);
	zc_room_account(sizeof(*away));
	zc_away_count(REMOTE_VALUES, 1);
	zc_away_count(REMOTE_BYTES, len);
	zc_away_count(REMOTE_COPIED, 1);
	zc_away_count(REMOTE_COPIED_BYTES, len);
	zc_note_number(name.number);
	return away;
}

static int zc_remote_copy(struct zpage *zp, u64 print, u64 run)
{
	struct zc_copy *copy = zc_remote_alloc(copy_cache);
	unsigned int comp, len;
	int ret;

	if (!copy)
		return -ENOMEM;
	copy->zp = zp;
	copy->away = NULL;
	zc_room_account(sizeof(*copy));
	if (zc_kept_has(print) && !zc_page_read(zp, zc_remote_page))
		copy->away = zc_remote_reuse_young(print,
						   zc_kept_sum(zc_remote_page),
						   true);
	/* What is not sent takes its turn, and is then dropped; so a page of one word. */
	if (!copy->away && !zc_remote_sends(run)) {
		zc_away_count(REMOTE_DECLINED, 1);
	} else if (!copy->away) {
		len = zc_page_bytes(zp, &comp, zc_remote_buf);
		if (len)
			copy->away = zc_remote_send(comp, len);
	}
	if (IS_ERR(copy->away)) {
		ret = PTR_ERR(copy->away);
		zc_copy_free(copy);
		return ret;
	}
	if (zc_evict_copied(zp, copy))
		return 0;
	/* It went meanwhile: the value is for when it goes the next time. */
	if (copy->away && !zc_page_read(zp, zc_remote_page))
		zc_kept_add(copy->away, print, zc_kept_sum(zc_remote_page),
			    zc_kept_max());
	zc_remote_uncopy(copy);
	return 0;
}

/* Copy the next page, or make room: -ENOENT if there is none, or another errno. */
static int zc_remote_copy_next(void)
{
	struct zpage *zp;
	u64 print, run;
	int ret;

	while (zc_is_over(1))
		if (!zc_push_for_newer())
			return -ENOSPC;
	zp = zc_evict_cold(&print, &run);
	if (!zp)
		return -ENOENT;
	zc_remote_judge(print);
	ret = zc_remote_copy(zp, print, run);
	zc_page_put(zp);
	/* The carrier's own limit: the oldest go for that as well. */
	if (ret == -ENOSPC && zc_push_for_newer())
		ret = 0;
	return ret;
}

static void zc_remote_work_fn(struct work_struct *work)
{
	int ret = 0;

	if (xchg(&give_up_wanted, false)) {
		atomic64_set(&zc_floor, last_number + 1);
		WRITE_ONCE(sweep_wanted, true);
	}
	if (xchg(&sweep_wanted, false))
		zc_remote_sweep();
	zc_remote_fit();
	while (zc_is_over(0) && (zc_push_for_newer() || zc_push_oldest()))
		;
	/* With its keys: see zc_remote_changed(). */
	if (!smp_load_acquire(&zc_remote_on) || !zc_remote_pays())
		return;
	if (!zc_remote_buf)
		zc_remote_buf = kmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	if (!zc_remote_page)
		zc_remote_page = kmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	if (!zc_remote_buf || !zc_remote_page)
		return;
	while (!ret && READ_ONCE(zc_remote_on) && zc_remote_pays() &&
	       !READ_ONCE(zc_remote_is_still) &&
	       zc_evict_copies() < zc_copies_wanted()) {
		ret = zc_remote_copy_next();
		cond_resched();
	}
	if (ret != -ENOMEM)
		short_of_memory = 0;
	if (!ret || ret == -ENOENT)
		return;
	zc_away_count(REMOTE_NOT_SENT, 1);
	if (ret == -EBUSY || (ret == -ENOMEM && ++short_of_memory < NOMEM_MOST))
		queue_delayed_work(zc_remote_wq, &zc_remote_work, BUSY_DELAY);
	else if (ret == -ENOMEM || ret == -ENOSPC)
		WRITE_ONCE(next_try, jiffies + NOSPC_DELAY);
	else
		WRITE_ONCE(next_try, jiffies + DOWN_DELAY);
}

/* When the carrier took none lately, it is left alone. */
static bool zc_remote_tries(void)
{
	unsigned long try = READ_ONCE(next_try);

	return (!try || !time_before(jiffies, try)) && zc_remote_pays();
}

/**
 * zc_remote_may_take - would a page be taken elsewhere, as far as is known?
 *
 * Context: any but NMI.
 * Return: true if so.
 */
bool zc_remote_may_take(void)
{
	return zc_remote_tries() && !zc_is_on_trial() && !zc_is_over(1);
}
TMEM_EXPORT_FOR_TEST(zc_remote_may_take);

/**
 * zc_remote_wake - have the worker look whether copies are wanted
 *
 * Context: any but NMI.
 */
void zc_remote_wake(void)
{
	static unsigned long looked;
	unsigned long now = jiffies, wanted;

	if (delayed_work_pending(&zc_remote_work) || !zc_remote_tries())
		return;
	/* To count them takes a look at all shards: not for each page. */
	if (zc_shards_with(HAS_COPIES) && READ_ONCE(looked) == now)
		return;
	WRITE_ONCE(looked, now);
	/* Most of them will do for now. */
	wanted = zc_copies_wanted();
	if (zc_evict_copies() >= wanted - wanted / 8)
		return;
	queue_delayed_work(zc_remote_wq, &zc_remote_work, 0);
}

/**
 * zc_remote_trim - limits have changed
 *
 * Context: process; may sleep.
 */
void zc_remote_trim(void)
{
	WRITE_ONCE(next_try, 0);
	mod_delayed_work(zc_remote_wq, &zc_remote_work, 0);
}

#ifdef TMEM_TEST_BUILD
/**
 * zc_remote_settle - wait until the worker has nothing to do, for tests
 *
 * Context: process; sleeps.
 */
void zc_remote_settle(void)
{
	zc_remote_trim();
	flush_delayed_work(&zc_remote_work);
}
TMEM_EXPORT_FOR_TEST(zc_remote_settle);

/**
 * zc_remote_still - have the worker copy nothing from here on, or again, for tests
 * @on: nothing; it has none in its hands any more
 *
 * Context: process; sleeps.
 */
void zc_remote_still(bool on)
{
	WRITE_ONCE(zc_remote_is_still, on);
	zc_remote_settle();
}
TMEM_EXPORT_FOR_TEST(zc_remote_still);
#endif

/* The registry: a carrier has come, gone, or lost what it had. */
static void zc_remote_changed(u64 floor, bool there)
{
	/* A carrier comes when there are random numbers; a store may be earlier. */
	if (there) {
		get_random_once(&zc_hash_key, sizeof(zc_hash_key));
		zc_kept_start();
	}
	WRITE_ONCE(share_anew, true);
	/* Keys first: the worker may be running. */
	smp_store_release(&zc_remote_on, there);
	WRITE_ONCE(sweep_wanted, true);
	zc_remote_trim();
}

static const struct tmem_remote_user zc_remote_user = {
	.name = "zcache",
	.changed = zc_remote_changed,
};

/**
 * zc_remote_show - /sys/kernel/debug/tmem/zcache/remote
 * @m: where to
 *
 * Context: process.
 */
void zc_remote_show(struct seq_file *m)
{
	static const char * const names[] = {
		[REMOTE_VALUES] = "values",
		[REMOTE_BYTES] = "bytes",
		[REMOTE_COPIED] = "copied",
		[REMOTE_COPIED_BYTES] = "copied_bytes",
		[REMOTE_REUSED] = "reused",
		[REMOTE_PASSED] = "passed",
		[REMOTE_NOT_SENT] = "not_sent",
		[REMOTE_REQUESTS] = "requests",
		[REMOTE_HITS] = "hits",
		[REMOTE_GONE] = "gone",
		[REMOTE_LATE] = "late",
		[REMOTE_WRONG] = "wrong",
		[REMOTE_DOWN] = "down",
		[REMOTE_ERRORS] = "errors",
		[REMOTE_RESTED] = "rested",
		[REMOTE_PUSHED] = "pushed",
		[REMOTE_SWEPT] = "swept",
		[REMOTE_UNREAD] = "unread",
		[REMOTE_DECLINED] = "declined",
	};
	unsigned int i;

	static_assert(ARRAY_SIZE(names) == REMOTE_NR, "a name for each");
	seq_printf(m, "carrier %d\nresting %d\nvalues_max %lu\ncopies %lu\nkept %lu\nshare_percent %u\n",
		   READ_ONCE(zc_remote_on), !zc_remote_pays(), zc_values_max(),
		   zc_evict_copies(), zc_kept_values(),
		   100 * READ_ONCE(zc_share.part) / ZC_SHARE_ALL);
	for (i = 0; i < REMOTE_NR; i++)
		seq_printf(m, "%s %ld\n", names[i], zc_remote_read(i));
}

/**
 * zc_remote_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_remote_init(void)
{
	int ret = zc_kept_init();

	if (ret)
		return ret;
	away_cache = KMEM_CACHE(zc_away, 0);
	if (!away_cache)
		goto err_kept;
	copy_cache = KMEM_CACHE(zc_copy, 0);
	if (!copy_cache)
		goto err_away;
	/* Not while the machine goes to sleep: servers are out of reach. */
	zc_remote_wq = alloc_workqueue("tmem_zcache_remote",
				       WQ_UNBOUND | WQ_FREEZABLE, 1);
	if (!zc_remote_wq)
		goto err_copy;
	return 0;

err_copy:
	kmem_cache_destroy(copy_cache);
err_away:
	kmem_cache_destroy(away_cache);
err_kept:
	zc_kept_exit();
	return -ENOMEM;
}

/**
 * zc_remote_exit - the end; nothing is copied or away
 *
 * Context: process; may sleep.
 */
void zc_remote_exit(void)
{
	destroy_workqueue(zc_remote_wq);
	zc_kept_exit();
	kfree(zc_remote_page);
	kfree(zc_remote_buf);
	kmem_cache_destroy(copy_cache);
	kmem_cache_destroy(away_cache);
}

/**
 * zc_remote_start - use a carrier, whenever there is one
 *
 * If there is a store already that does, nothing of this one goes elsewhere.
 *
 * Context: process; may sleep.
 */
void zc_remote_start(void)
{
	if (tmem_register_remote_user(&zc_remote_user))
		pr_warn("another store uses the carrier: no page goes elsewhere\n");
}

/**
 * zc_remote_stop - do not any more
 *
 * What is away is still got until it is freed.
 *
 * Context: process; sleeps.  Nobody evicts or sets parameters any more.
 */
void zc_remote_stop(void)
{
	tmem_unregister_remote_user(&zc_remote_user);
	WRITE_ONCE(zc_remote_on, false);
	cancel_delayed_work_sync(&zc_remote_work);
}
