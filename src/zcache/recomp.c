// SPDX-License-Identifier: GPL-2.0
/*
 * recomp.c - pages that have become cold are compressed again, better
 *
 * Purpose: a page is put in a hurry, by reclaim, with a fast compressor.  If it
 * is still there half a minute later there is time to do it well: with zstd,
 * and together with its neighbours (chunk.c).
 *
 * Why this design: one thread goes round all pages in the order of their handles, as
 * the core's tree has them (tmem_walk()), so it meets neighbours one after the other
 * and needs no list.  Up to CHUNK_PAGES of them become a chunk where they came in a
 * run, as they will be read; else CHUNK_FEW, for who reads one of them alone has all
 * of them unpacked.  What came alone amid runs, since its neighbour was filled with
 * one word or did not compress, is taken along.  A page is cold that was there all the
 * last time round, which is at least PASS_SECONDS ago, and was not asked for. File
 * pages leave when they are asked for, so this hangs on when they came, which the
 * policy has noted (@stamp): each is looked at in one round, the one after the first
 * whole one that it saw.  Swap pages stay, and so are marked when they are met, and
 * lose the mark when they are read.  So what is compressed here was not wanted for
 * that long, and what is wanted is still in the fast form.
 *
 * It works for recompress_percent of the time of one CPU, in turns of a few
 * milliseconds, as SCHED_IDLE; a turn is measured by the clock, so that
 * somebody else's load counts as its own work and makes it pause the longer.
 * It does not work at all while more tasks want to run than there are CPUs, or
 * on battery; and goes round less often while little new comes.
 *
 * Invariants: a page is replaced by a page with the same contents, and only if
 * its handle still leads to the descriptor that was read (tmem_replace()) and
 * the policy has not chosen that for eviction (zc_evict_replaced()).  Who has
 * found the old one reads on in the old one; its data goes with its last
 * reference.  Every failure leaves the page as it was: memory for the new data
 * is taken before the old is given back, by the rules of an ephemeral put: none
 * while memory is short.
 *
 * Why no race is lost: between two looks at a page it may be got, flushed,
 * evicted or put again, and its pool may be destroyed.  Each of these unlinks
 * the old descriptor under obj->lock, where tmem_replace() then does not find
 * it; a descriptor that is held is not freed, so it cannot have come back as
 * another page's.  A destructive get that has copied from the old one and finds
 * the new one linked looks again (ops.c), and so does nobody else need to.
 *
 * A page that is elsewhere as well (remote.h) keeps its descriptor, and one that
 * is elsewhere only has nothing here to compress.  What was left out for want of
 * memory is due again in the next round.  A chunk of which half is dead is made
 * anew of what is left, so dead data is at most about as much as live data, but in
 * what has come lately (chunks made at put whose pages leave one by one).
 *
 * Locking: step_lock for the cursor and the buffer; a mutex, outside of all
 * others (zcache.h).
 */
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/power_supply.h>
#include <linux/sched.h>
#include <linux/sched/loadavg.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <compat/sched.h>
#include <compat/test_export.h>
#include <compat/workqueue.h>
#include "remote.h"
#include "zcache.h"

/* Pages that are met at once. */
#define BATCH		16
/* What new data must save: 1/16 of the old. */
#define GAIN_SHIFT	4

/*
 * Time from one time round to the next, which doubles so many times while less
 * than one page in NEW_SHARE is new; work before a pause.
 */
#define PASS_SECONDS	30
#define PASS_DOUBLES	4
#define NEW_SHARE	64
#define TURN_NS		(5 * NSEC_PER_MSEC)
/*
 * For how long a look whether work is welcome holds; the rest where it is not, or
 * without memory for it.
 */
#define LOOK_SECONDS	5
#define AWAY_SECONDS	10
/*
 * Pages replaced after which zsmalloc moves together what is left at the end of
 * a time round; and before, if they are more than this share of all, since the
 * holes that they leave are RAM that the store takes meanwhile.
 */
#define COMPACT_PAGES	1024
#define COMPACT_SHARE	16

TMEM_TEST_SWITCH(recompress_hurry, "pages are cold at once, however few and whoever else works");

/**
 * struct zc_group - pages that are to become a chunk
 * @zp: their descriptors, held
 * @index: their indexes
 * @nr: how many
 * @most: and how many it may have
 * @alone: of them, that did not come in a run
 */
struct zc_group {
	struct zpage *zp[CHUNK_PAGES];
	u32 index[CHUNK_PAGES];
	unsigned int nr;
	unsigned int most;
	unsigned int alone;
};

static DEFINE_MUTEX(step_lock);
/* step_lock: */
static struct tmem_cursor cursor;
static void *plain;			/* CHUNK_PAGES pages, or NULL */
static unsigned long replaced;		/* pages, since zsmalloc compacted */

/**
 * struct zc_due - which file pages of a shard of the policy are due in this round
 * @since: those that came after that, by the shard's clock
 * @until: and up to that
 * @began: when the round began
 */
static struct zc_due {
	u32 since, until, began;
} dues[ZC_SHARDS_MAX];

static bool missed;			/* some were left out */
static unsigned long met, news;		/* this time round: pages; those to work on */
static unsigned int doubles;		/* of the time to the next */
/* The thread's alone; jiffies: */
static unsigned long pass_began, looked;
static bool welcome;

/* Who sets the parameter, one at a time, starts it. */
static struct task_struct *thread;
static DECLARE_WAIT_QUEUE_HEAD(thread_wait);
static bool thread_kicked;
static bool thread_enabled;		/* the thread's alone: it has what work takes */
/* Percent of a CPU's time that it may take. */
static unsigned int budget;

/*
 * Is it here, and its data could be smaller: not in a chunk of live pages that zstd
 * made, and no other page's?
 */
static bool zc_recomp_can(const void *pampd)
{
	const struct zpage *zp = pampd;

	if (zc_is_away(pampd))
		return false;
	/* It may just be copied: a guess, zc_evict_replaced() knows. */
	if (zp->ephemeral && data_race(zpage_is_copied(zp)))
		return false;
	return zc_page_data(zp);
}

static void zc_recomp_release(void *pampd)
{
	if (zc_is_away(pampd))
		zc_away_put(pampd);
	else
		zc_page_put(pampd);
}

/* Was it there all the last time round, unread, and not tried before? */
static bool zc_recomp_cold(struct zpage *zp)
{
	const struct zc_due *due;
	bool cold;
	u32 stamp;
	u8 age;

	lockdep_assert_held(&step_lock);
	if (zp->ephemeral) {
		due = &dues[zpage_shard(zp)];
		/* In a shared pool it may just be written: a guess will do. */
		stamp = data_race(zp->stamp);
		/* What is in a chunk of cold pages has been cold before. */
		cold = (zp->kind == ZPAGE_CHUNK && zc_chunk_was_met(zp->chunk)) ||
		       stamp - due->since - 1 < due->until - due->since;
		/* What came after that will be. */
		news += cold || (s32)(stamp - due->until) > 0;
		return cold;
	}
	age = READ_ONCE(zp->age);
	if (age == ZPAGE_FRESH)
		WRITE_ONCE(zp->age, ZPAGE_MET);
	news += age != ZPAGE_TRIED;
	return age == ZPAGE_MET;
}

/* A page cannot be made smaller, or read.  File pages are not due again. */
static void zc_recomp_tried(struct zpage *zp)
{
	if (zp->kind == ZPAGE_CHUNK)
		zc_chunk_tried(zp->chunk);
	else if (!zp->ephemeral)
		WRITE_ONCE(zp->age, ZPAGE_TRIED);
}

static void zc_recomp_all_tried(struct zc_group *g)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++)
		zc_recomp_tried(g->zp[i]);
}

/* Read the pages of a group; those that cannot be read leave it. */
static size_t zc_recomp_read(struct zc_group *g)
{
	size_t bytes = 0;
	unsigned int i, nr = 0;

	for (i = 0; i < g->nr; i++) {
		if (zc_page_read(g->zp[i], plain + nr * PAGE_SIZE)) {
			zc_recomp_tried(g->zp[i]);
			continue;
		}
		bytes += zc_page_data(g->zp[i]);
		g->zp[nr] = g->zp[i];
		g->index[nr++] = g->index[i];
	}
	g->nr = nr;
	return bytes;
}

/* Has zstd had this page, and alone, before? */
static bool zc_recomp_is_done(const struct zc_group *g)
{
	const struct zpage *zp = g->zp[0];

	return g->nr == 1 && zp->comp == COMP_ZSTD &&
	       (zp->kind == ZPAGE_ZS || zp->kind == ZPAGE_SHARED);
}

/* Make a chunk of a group and link it.  0; -ENOMEM: later; -E2BIG: it would save little. */
static int zc_recomp_group(struct zc_group *g)
{
	gfp_t gfp = zc_gfp(true);
	struct zc_chunk *c;
	struct zpage *new;
	unsigned int i;
	size_t bytes;

	/* Not by zc_room(): also a store that may not grow gets smaller by this. */
	if (zc_room_short())
		return -ENOMEM;
	bytes = zc_recomp_read(g);
	if (!g->nr)
		return 0;
	if (zc_recomp_is_done(g)) {
		zc_recomp_all_tried(g);
		return 0;
	}
	c = zc_chunk_create(plain, g->nr, bytes - (bytes >> GAIN_SHIFT), gfp);
	if (IS_ERR(c))
		return PTR_ERR(c);
	for (i = 0; i < g->nr; i++) {
		new = zc_page_in_chunk(g->zp[i], c, i, gfp);
		if (!new)
			break;
		if (tmem_replace(zc_client, cursor.pool_id, &cursor.oid,
				 g->index[i], g->zp[i], new)) {
			zc_page_put(new);
			continue;
		}
		replaced++;
		zc_stat_inc(recompressed);
	}
	zc_chunk_put(c);
	return i < g->nr ? -ENOMEM : 0;
}

/* A part of a group for which all of it is not worth while. */
static int zc_recomp_part(const struct zc_group *g, unsigned int first, unsigned int nr)
{
	struct zc_group part = { .nr = nr };
	int ret;

	memcpy(part.zp, g->zp + first, nr * sizeof(*part.zp));
	memcpy(part.index, g->index + first, nr * sizeof(*part.index));
	ret = zc_recomp_group(&part);
	if (ret != -E2BIG)
		return ret;
	zc_recomp_all_tried(&part);
	return 0;
}

static int zc_recomp_flush(struct zc_group *g)
{
	int ret = g->nr ? zc_recomp_group(g) : 0;

	if (ret == -E2BIG && g->nr > CHUNK_FEW) {
		ret = zc_recomp_part(g, 0, g->nr / 2) ?:
		      zc_recomp_part(g, g->nr / 2, g->nr - g->nr / 2);
	} else if (ret == -E2BIG) {
		zc_recomp_all_tried(g);
		ret = 0;
	}
	g->nr = 0;
	return ret;
}

/* Did it come in a run? */
static bool zc_recomp_in_run(const struct zpage *zp)
{
	return zp->kind == ZPAGE_CHUNK && zc_chunk_in_run(zp->chunk);
}

/*
 * Is a page one of the next group?  Neighbours are within twice as many pages as their
 * group may have.  One that is larger than a few does not cross a border where
 * read-ahead may end, or both that reads unpack it; and at most half of it came alone.
 */
static bool zc_recomp_is_next(const struct zc_group *g, u32 index, bool alone)
{
	u32 first = g->index[0];

	return index - first >= 2 * g->most ||
	       (g->nr >= CHUNK_FEW && index / CHUNK_PAGES != first / CHUNK_PAGES) ||
	       (g->nr >= CHUNK_FEW && alone && 2 * (g->alone + 1) > g->nr + 1);
}

/* Add a page. */
static int zc_recomp_add(struct zc_group *g, struct zpage *zp, u32 index)
{
	bool alone = !zc_recomp_in_run(zp);
	int ret = 0;

	if (g->nr && zc_recomp_is_next(g, index, alone))
		ret = zc_recomp_flush(g);
	if (!g->nr) {
		g->most = alone ? CHUNK_FEW : CHUNK_PAGES;
		g->alone = 0;
	}
	g->alone += alone;
	g->zp[g->nr] = zp;
	g->index[g->nr++] = index;
	if (!ret && g->nr == g->most)
		ret = zc_recomp_flush(g);
	return ret;
}

/* Find groups among pages of one object, in order. */
static int zc_recomp_batch(struct tmem_found *found, unsigned int nr)
{
	struct zc_group g = { .nr = 0 };
	unsigned int i, first = 0;
	struct zpage *zp;
	int ret = 0;

	for (i = 0; i < nr && !ret; i++) {
		zp = found[i].pampd;
		if (!zc_recomp_can(zp) || !zc_recomp_cold(zp))
			continue;
		ret = zc_recomp_add(&g, zp, found[i].index);
		if (g.nr == 1)
			first = i;
	}
	/*
	 * The last few may have neighbours that are met next.  Only they are
	 * met twice for that: others would count as cold too soon.
	 */
	if (!ret && g.nr && nr == BATCH && nr - first == g.nr &&
	    cursor.next <= U32_MAX)
		cursor.next = g.index[0];
	else if (!ret)
		ret = zc_recomp_flush(&g);
	return ret;
}

/* All pages have been met. */
static void zc_recomp_round_ends(void)
{
	struct zc_due *due;

	lockdep_assert_held(&step_lock);
	for (due = dues; due < dues + ZC_SHARDS_MAX; due++) {
		if (!missed)
			due->since = due->until;
		due->until = due->began;
		due->began = zc_evict_clock(due - dues);
	}
	/* What was left out for want of memory was found, too. */
	if (news && news >= met / NEW_SHARE)
		doubles = 0;
	else
		doubles = min(doubles + 1, PASS_DOUBLES);
	missed = false;
	met = 0;
	news = 0;
}

/**
 * zc_recomp_step - look at the next few pages
 *
 * Context: process; sleeps.
 * Return: how many pages it met; 0: that was the last; -ENOMEM: one could have
 * been replaced, but there is no memory for it just now, or zc_recomp_enable()
 * was not called.
 */
int zc_recomp_step(void)
{
	struct tmem_found found[BATCH];
	unsigned int nr, i;
	int ret;

	mutex_lock(&step_lock);
	if (!plain) {
		mutex_unlock(&step_lock);
		return -ENOMEM;
	}
	nr = tmem_walk(zc_client, &cursor, found, BATCH);
	met += nr;
	ret = zc_recomp_batch(found, nr);
	if (ret)
		missed = true;
	if (!nr)
		zc_recomp_round_ends();
	mutex_unlock(&step_lock);
	for (i = 0; i < nr; i++)
		zc_recomp_release(found[i].pampd);
	cond_resched();
	return ret ?: nr;
}
TMEM_EXPORT_FOR_TEST(zc_recomp_step);

/**
 * zc_recomp_enable - get what it takes to make chunks
 *
 * Context: process; may sleep.
 * Return: 0, also if it is there already; -ENOMEM.
 */
int zc_recomp_enable(void)
{
	int ret = 0;

	mutex_lock(&step_lock);
	if (!plain)
		plain = kvmalloc(CHUNK_PAGES * PAGE_SIZE,
				 GFP_KERNEL | __GFP_RETRY_MAYFAIL |
				 __GFP_NOWARN);
	if (!plain)
		ret = -ENOMEM;
	mutex_unlock(&step_lock);
	return ret ?: zc_chunk_enable();
}
TMEM_EXPORT_FOR_TEST(zc_recomp_enable);

/* Nothing is to do for a while: give back what the thread has taken to work. */
static void zc_recomp_idle(void)
{
	if (!thread_enabled)
		return;
	thread_enabled = false;
	mutex_lock(&step_lock);
	kvfree(plain);
	plain = NULL;
	mutex_unlock(&step_lock);
	zc_chunk_idle();
}

/* Does nobody else need the CPU, or the battery? */
static bool zc_recomp_welcome(void)
{
	if (recompress_hurry)
		return true;
	/* To ask a battery may take long. */
	if (looked && time_before(jiffies, looked + LOOK_SECONDS * HZ))
		return welcome;
	looked = jiffies ?: 1;
	/* 0: on battery; or an errno, where nothing is known. */
	welcome = avenrun[0] >> FSHIFT < num_online_cpus() &&
		  power_supply_is_system_supplied();
	return welcome;
}

/**
 * zc_recomp_pass - time from the beginning of a time round to the next one's
 *
 * Context: process; sleeps.
 * Return: seconds.
 */
unsigned int zc_recomp_pass(void)
{
	unsigned int ret;

	mutex_lock(&step_lock);
	ret = PASS_SECONDS << doubles;
	mutex_unlock(&step_lock);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_recomp_pass);

/*
 * What may take a lock that others wait for is not for the thread itself: a
 * SCHED_IDLE task that is preempted there would keep it for as long as there is
 * load.  Memory may have to be reclaimed; and while one compacts, zsmalloc has
 * nobody else do it, not the shrinker, and not before an OOM.  The thread waits,
 * so that it counts as its own work, and none is under way when the module goes.
 */
static void zc_recomp_prepare_work(struct work_struct *unused)
{
	thread_enabled = !zc_recomp_enable();
}

static void zc_recomp_compact_work(struct work_struct *unused)
{
	zc_zs_compact();
}

static DECLARE_WORK(prepare_work, zc_recomp_prepare_work);
static DECLARE_WORK(compact_work, zc_recomp_compact_work);

static void zc_recomp_by_worker(struct work_struct *work)
{
	queue_work(tmem_unbound_wq, work);
	flush_work(work);
}

static void zc_recomp_compact(bool round_ends)
{
	unsigned long most = COMPACT_PAGES;
	bool enough;

	if (!round_ends)
		most = max_t(unsigned long, most,
			     zc_stat_read(zpages) / COMPACT_SHARE);
	mutex_lock(&step_lock);
	enough = replaced >= most;
	if (enough)
		replaced = 0;
	mutex_unlock(&step_lock);
	if (!enough)
		return;
	zc_recomp_by_worker(&compact_work);
}

/* Work a little; the jiffies until the next time. */
static long zc_recomp_turn(void)
{
	unsigned int percent = READ_ONCE(budget), pass;
	u64 start = ktime_get_ns(), busy;
	unsigned long next;
	int ret;

	if (!percent || (zc_stat_read(zpages) < FEW_PAGES && !recompress_hurry)) {
		zc_recomp_idle();
		return percent ? PASS_SECONDS * HZ : MAX_SCHEDULE_TIMEOUT;
	}
	if (!zc_recomp_welcome())
		return AWAY_SECONDS * HZ;
	if (!thread_enabled)
		zc_recomp_by_worker(&prepare_work);
	if (!thread_enabled)
		return PASS_SECONDS * HZ;
	do {
		ret = zc_recomp_step();
		zc_recomp_compact(!ret);
		busy = ktime_get_ns() - start;
	} while (ret > 0 && busy < TURN_NS);
	if (ret < 0)
		return AWAY_SECONDS * HZ;
	busy = nsecs_to_jiffies(div_u64(busy * (100 - percent), percent)) + 1;
	/* A turn that was kept from the CPU for minutes is no reason for hours. */
	busy = min_t(u64, busy, (PASS_SECONDS << PASS_DOUBLES) * HZ);
	if (ret)
		return busy;
	pass = zc_recomp_pass();
	if (pass > PASS_SECONDS)
		zc_recomp_idle();
	next = pass_began;
	if (!recompress_hurry)
		next += (unsigned long)pass * HZ;
	if (time_before(jiffies, next))
		busy = max_t(u64, busy, next - jiffies);
	pass_began = jiffies + busy;
	return busy;
}

static int zc_recomp_thread(void *unused)
{
	long pause;

	pass_began = jiffies;
	tmem_sched_idle();
	set_freezable();
	while (!kthread_should_stop()) {
		/* before the budget is read: see zc_recomp_set() */
		smp_store_mb(thread_kicked, false);
		pause = zc_recomp_turn();
		wait_event_freezable_timeout(thread_wait,
					     kthread_should_stop() ||
					     READ_ONCE(thread_kicked), pause);
	}
	return 0;
}

/**
 * zc_recomp_set - its parameter changes
 * @percent: to what: the thread is started when it is first wanted
 *
 * Context: process; may sleep; not concurrently.  The core has the client.
 * Return: 0; an errno if there is no thread, and nothing changes.
 */
int zc_recomp_set(unsigned int percent)
{
	struct task_struct *t;

	if (!thread && percent) {
		t = kthread_run(zc_recomp_thread, NULL, "tmem_recompress");
		if (IS_ERR(t))
			return PTR_ERR(t);
		thread = t;
	}
	WRITE_ONCE(budget, percent);
	/* Who sees this, or takes it back, sees the budget. */
	smp_store_release(&thread_kicked, true);
	wake_up(&thread_wait);
	return 0;
}

/**
 * zc_recomp_exit - stop; it holds no page when this returns
 *
 * Context: process; sleeps; nobody calls zc_recomp_set() any more.
 */
void zc_recomp_exit(void)
{
	if (thread)
		kthread_stop(thread);
	thread = NULL;
	kvfree(plain);
	plain = NULL;
}
