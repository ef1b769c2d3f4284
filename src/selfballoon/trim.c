// SPDX-License-Identifier: GPL-2.0
/*
 * trim.c - what acts on the policy without a balloon: less page cache
 *
 * Purpose: on hypervisors that are told of free pages (virtio-balloon with free
 * page reporting, Hyper-V) memory goes to the host by being free.  What keeps it
 * from that in an idle guest is the page cache, so that is taken down to the
 * policy's target.
 *
 * Why this design: it uses the kernel's own reclaim, as a write to
 * memory.reclaim would (kernel.c), and so the kernel's own idea of what is cold.
 * What it adds is when and how much, and what becomes of the pages:
 *
 *  - memory.reclaim itself does what it is told.  Somebody has to know how much.
 *  - Senpai probes with memory.high or memory.reclaim until tasks wait (PSI).  It
 *    has to hurt to learn.  Here there is a target that follows from what is in
 *    use, and signs of harm only end it early.
 *  - DAMON_RECLAIM finds cold pages by the accessed bits of page tables and a
 *    sampling thread.  Pages that are only read(2), most of a page cache, have
 *    no such bits, and it takes anonymous pages too, which need swap.
 *  - Dropping the caches takes hot and cold alike.
 *  - And with all of them a page that goes is read from the disk again.  Here
 *    reclaim offers it to cleancache, and the next read is a copy.
 *
 * It holds no memory.  A load that comes finds all of it free or in the page
 * cache, and gets it at once, without a target to be raised first; so it cannot
 * bring about an OOM.  It stops as soon as somebody takes memory, when tasks wait
 * for memory, when pages are read again that had gone, from the disk or from the
 * store (sb_pace()).  An act that was ended by such a sign takes nothing more, from
 * the store neither, and compacts nothing.  Anonymous memory stays where it is.
 *
 * It begins with a quarter of what is to go.  What tells an idle guest from one
 * that works on what it has cached is what comes of that: if nothing is read again,
 * and nothing else either, it takes half the next time and then all, and waits less
 * for the next time.  While much is being read it takes a quarter of a quarter, and
 * for a while after something was missed.
 *
 * The store takes part: when nobody has asked it for a page for a while it gives
 * up, a quarter at a time and then more, what it has beyond store_keep_percent of
 * RAM.
 *
 * Only blocks of a pageblock or more are reported.  Most come free as such, when
 * reclaim has been through all of the cache; compaction makes more of the rest
 * when enough has been given back since it ran last.  What it cannot join, since
 * inodes and the like lie between, is reported in smaller blocks while the guest
 * is calm (report.c).
 *
 * Locking: the worker is the only caller of all but start and stop, and not at
 * work during start; stop only sets a flag.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/vmstat.h>
#include <tmem/trace_selfballoon.h>
#include "giveback.h"

/*
 * Pages of one step.  In small ones it can stop soon; but they leave inodes and
 * dentries where they are: reclaim that finds its pages at once stays at its
 * lowest priority, at which shrink_slab() asks for 1/2048 of what a super block
 * has, and a super block does nothing for less than 1024.  So while such caches
 * are more than 1/this of RAM steps are as large as the interval allows, and
 * reclaim looks as hard at them as at the pages.  Fewer pages in an interval than
 * the last are not worth the trouble.
 */
#define STEP		128UL
#define STEP_SLAB	SB_MB2PAGES(64)
#define SLAB_SHARE	64
#define LEAST		SB_MB2PAGES(1)
/*
 * So many read again during one act end it, and tasks that wait for this many us
 * more than they may (SB_STALL_SHARE), at which it looks every so many ms.
 */
#define REFAULTS	256
#define STALL_US	10000
#define STALL_LOOK_MS	200
/* Of the page cache 1/this of RAM stays. */
#define KEEP_SHARE	64
/* Taken in one interval at most, 1/this of RAM, and in that many ms (a freezer waits). */
#define MOST_SHARE	8
#define MOST_MS		5000
/* The store gives 1/this of RAM at once: between two such it may be over. */
#define GIVE_SHARE	64
/* Anonymous memory that comes meanwhile, 1/this of RAM, ends an act. */
#define GROWTH_SHARE	64
/*
 * Compact when 1/this of RAM has been given back, and is free in small blocks; a
 * quarter of that will do when there is no more to be given.
 */
#define COMPACT_SHARE	32
/*
 * Seconds without a hit before the store gives memory; 1/this of what is too much,
 * and twice as much each time that the guest stays calm.
 */
#define STORE_QUIET_S	20
#define STORE_SHARE	4

struct sb_counts sb_counts;
unsigned int sb_store_keep_percent = 16;

static bool stopping;

/**
 * struct sb_trim_state - from one interval to the next
 * @pace: the policy's
 * @looked: when the last look at the signs was
 * @file: pages of the page cache at the end of the last act
 * @taken: pages that it took
 * @stall_us: sb_stall_us() at the last look
 * @refaults: read again until then, since boot
 * @hits: of the store until then
 * @outstanding: pages given and not read again
 * @uncompacted: pages given since compaction
 * @quiet: since when the store had no hits
 */
struct sb_trim_state {
	struct sb_pace pace;
	ktime_t looked, quiet;
	u64 stall_us;
	unsigned long refaults, hits, outstanding, uncompacted, file, taken;
};

static struct sb_trim_state state;

/**
 * struct sb_act - one act
 * @begin: when it began
 * @asked: when it was looked last whether tasks wait
 * @refaults: pages read again until it began, since boot
 * @anon: anonymous pages then
 * @ended: a sign has ended it
 */
struct sb_act {
	ktime_t begin, asked;
	unsigned long refaults, anon;
	bool ended;
};

static unsigned long sb_refaults(void)
{
	return global_node_page_state(WORKINGSET_REFAULT_FILE);
}

static unsigned long sb_free(void)
{
	return global_zone_page_state(NR_FREE_PAGES);
}

static unsigned long sb_file_pages(void)
{
	return global_node_page_state(NR_ACTIVE_FILE) +
	       global_node_page_state(NR_INACTIVE_FILE);
}

/* Inodes, dentries and the like. */
static unsigned long sb_slab_pages(void)
{
	return global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B);
}

static unsigned long sb_occupied(void)
{
	unsigned long all = totalram_pages(), free = sb_free();

	return all - min(all, free);
}

/* Not all of it, however much slab there is that does not go. */
static unsigned long sb_spare_pages(void)
{
	unsigned long file = sb_file_pages();

	return file - min(file, totalram_pages() / KEEP_SHARE);
}

static unsigned long sb_step_size(void)
{
	return sb_slab_pages() > totalram_pages() / SLAB_SHARE ? STEP_SLAB :
								STEP;
}

static unsigned long sb_anon_pages(void)
{
	return global_node_page_state(NR_ACTIVE_ANON) +
	       global_node_page_state(NR_INACTIVE_ANON);
}

/*
 * The guest as the policy wants to know it, if free memory is the host's: what it
 * has is what it occupies, and could have is all of RAM.  What is committed and
 * not touched needs no room, since it is not held back.  Inodes and dentries are
 * cache like pages of files.  Returns how calm it is.
 */
static unsigned int sb_trim_look(struct sb_view *v)
{
	unsigned long cache = sb_file_pages() + sb_slab_pages();

	v->totalram = sb_occupied();
	v->committed = v->totalram - min(v->totalram, cache);
	v->available = min(v->totalram, cache);
	v->free = 0;
	v->free_swap = 0;
	v->current_pages = v->totalram;
	v->max_pages = totalram_pages();
	v->reserve = v->max_pages / 128 + SB_MB2PAGES(2);
	/* sb_reserved_mb() may ask during an act, and does not look at it. */
	v->calm = data_race(state.pace.calm);
	return v->calm;
}

/* What happened since the last act; the store as it is now. */
static void sb_read_signs(struct sb_signs *f, struct tmem_zcache_view *store)
{
	unsigned long refaults = sb_refaults();
	ktime_t now = ktime_get();
	u64 stall_us;

	sb_store_look(store);
	*f = (struct sb_signs){
		.totalram = totalram_pages(),
		.interval_us = ktime_us_delta(now, state.looked),
		.taken = state.taken,
	};
	if (sb_stall_us(&stall_us)) {
		f->stall_us = stall_us - state.stall_us;
		state.stall_us = stall_us;
	}
	/* per-CPU parts and another store may make them seem to go back */
	if (refaults > state.refaults)
		f->refaults = refaults - state.refaults;
	if (store->hits > state.hits)
		f->hits = store->hits - state.hits;
	if (sb_file_pages() > state.file)
		f->grown = sb_file_pages() - state.file;
	state.looked = now;
	state.refaults = refaults;
	state.hits = store->hits;
}

/* One step; returns how many pages went, 0: there is no more to be had. */
static unsigned long sb_step(unsigned long pages)
{
	unsigned long file = sb_file_pages(), now, done;
	int ret;

	ret = sb_reclaim(pages);
	now = sb_file_pages();
	done = file - min(file, now);
	/*
	 * Somebody may have read meanwhile, figures are behind, and slab pages
	 * count for reclaim.
	 */
	if (!ret)
		done = max(done, pages);
	else
		atomic_long_inc(&sb_counts.vain);
	atomic_long_inc(&sb_counts.steps);
	trace_sb_step(pages, done, ret);
	return ret ? 0 : done;
}

/* Have tasks waited for memory since the act began? */
static bool sb_tasks_wait(struct sb_act *act)
{
	ktime_t now = ktime_get();
	u64 stall_us;

	if (ktime_ms_delta(now, act->asked) < STALL_LOOK_MS)
		return false;
	act->asked = now;
	return sb_stall_us(&stall_us) &&
	       stall_us - state.stall_us > STALL_US +
			div_u64(ktime_us_delta(now, act->begin),
				SB_STALL_SHARE);
}

/* Is it over for this interval? */
static bool sb_enough(struct sb_act *act)
{
	if (act->ended)
		return true;
	if (sb_anon_pages() > act->anon + totalram_pages() / GROWTH_SHARE) {
		atomic_long_inc(&sb_counts.growth);
		act->ended = true;
	} else {
		/* per-CPU parts may make them seem to go back */
		act->ended = READ_ONCE(stopping) ||
			     !READ_ONCE(sb_tunables.selfballooning) ||
			     (long)(sb_refaults() - act->refaults) > REFAULTS ||
			     sb_tasks_wait(act);
	}
	return act->ended || ktime_ms_delta(ktime_get(), act->begin) > MOST_MS;
}

/* Returns how many pages went. */
static unsigned long sb_trim_cache(struct sb_act *act, unsigned long pages)
{
	unsigned long file = sb_file_pages(), most, done;

	pages = min(pages, totalram_pages() / MOST_SHARE);
	if (pages < LEAST)
		return 0;
	most = pages;
	while (pages && !sb_enough(act)) {
		done = sb_step(min(pages, sb_step_size()));
		if (!done)
			break;
		pages -= min(pages, done);
		cond_resched();
	}
	/* Others may have deleted files meanwhile. */
	done = min(file - min(file, sb_file_pages()), most);
	state.outstanding += done;
	state.uncompacted += done;
	atomic_long_add(done, &sb_counts.given);
	return done;
}

/* Returns how many pages of memory came free. */
static unsigned long sb_trim_store(struct sb_act *act,
				   const struct tmem_zcache_view *store)
{
	unsigned long slice = max_t(unsigned long, totalram_pages() / GIVE_SHARE,
				    LEAST);
	unsigned long share = STORE_SHARE >> min(state.pace.calm, 31U);
	unsigned long keep = (u64)totalram_pages() *
			     READ_ONCE(sb_store_keep_percent) / 100;
	unsigned long pages, given, done = 0;

	if (store->used <= keep || !store->file_pages)
		return 0;
	pages = DIV_ROUND_UP(store->used - keep, share ?: 1);
	pages = min(pages, totalram_pages() / MOST_SHARE);
	while (done < pages && !sb_enough(act)) {
		given = sb_store_give(min(pages - done, slice));
		if (!given)
			break;
		done += given;
	}
	state.uncompacted += done;
	atomic_long_add(done, &sb_counts.store_given);
	trace_sb_store(pages, done);
	return done;
}

static void sb_make_blocks(bool settled)
{
	unsigned long least = totalram_pages() / COMPACT_SHARE;
	unsigned long free = sb_free(), blocks = sb_free_blocks(pageblock_order);

	if (settled)
		least /= 4;
	if (state.uncompacted < least || free < blocks + least)
		return;
	if (sb_compact())
		atomic_long_inc(&sb_counts.compactions);
	state.uncompacted = 0;
	trace_sb_compact(free, blocks, sb_free_blocks(pageblock_order));
}

/* Returns how many pages went. */
static unsigned long sb_trim_all(unsigned long target, enum sb_pause pace,
				 const struct tmem_zcache_view *store)
{
	struct sb_act act = {
		.begin = ktime_get(),
		.asked = ktime_get(),
		.refaults = sb_refaults(),
		.anon = sb_anon_pages(),
	};
	unsigned long done;

	done = sb_trim_cache(&act, sb_excess(target, sb_occupied(),
					     sb_spare_pages(), pace));
	if (ktime_ms_delta(ktime_get(), state.quiet) >=
	    STORE_QUIET_S * MSEC_PER_SEC)
		done += sb_trim_store(&act, store);
	if (!act.ended)
		sb_make_blocks(done < LEAST);
	return done;
}

/* @calm: that the target is for. */
static bool sb_trim_act(unsigned long target, unsigned int calm)
{
	struct tmem_zcache_view store;
	struct sb_signs signs;
	unsigned long again, done = 0;
	enum sb_pause pace;

	sb_read_signs(&signs, &store);
	again = min(signs.refaults, state.outstanding);
	state.outstanding -= again;
	atomic_long_add(again, &sb_counts.refaults_caused);
	if (signs.hits)
		state.quiet = ktime_get();
	pace = sb_pace(&state.pace, &signs);
	/* It is not any more, and is not to lose all at once. */
	if (pace == SB_GO && state.pace.calm < calm)
		pace = SB_SLOW;
	atomic_long_inc(&sb_counts.pauses[pace]);
	trace_sb_pace(pace, state.pace.rest, signs.stall_us, signs.refaults,
		      signs.hits);
	if (pace == SB_GO || pace == SB_SLOW)
		done = sb_trim_all(target, pace, &store);
	sb_report_small(pace == SB_GO && state.pace.calm);
	state.file = sb_file_pages();
	state.taken = done;
	return pace == SB_GO && state.pace.calm && done >= LEAST;
}

static int sb_trim_start(void)
{
	struct tmem_zcache_view store;

	sb_store_look(&store);
	state = (struct sb_trim_state){
		.looked = ktime_get(),
		.quiet = ktime_get(),
		.refaults = sb_refaults(),
		.hits = store.hits,
		.file = sb_file_pages(),
	};
	sb_stall_us(&state.stall_us);
	WRITE_ONCE(stopping, false);
	return 0;
}

static void sb_trim_stop(void)
{
	WRITE_ONCE(stopping, true);
}

const struct sb_actuator sb_trim = {
	.start = sb_trim_start,
	.stop = sb_trim_stop,
	.look = sb_trim_look,
	.act = sb_trim_act,
};
