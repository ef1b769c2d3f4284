// SPDX-License-Identifier: GPL-2.0
/*
 * admit.c - which pages a full store takes, and what copies it keeps
 *
 * Purpose: with a backing device and a full store, a page that is taken means
 * that a colder one is handed over.  Take as many as pay.  A copy of what is in RAM
 * takes room, too: keep it only if that pays.
 *
 * Why this design: taking every page keeps the pages that were used last.  If
 * swap uses no more than the store holds that is all there is to do.  Work that
 * goes round in more than that gets nothing from it: each page is compressed,
 * pushed out by the next ones, and decompressed to be written to the disk,
 * before anybody wants it.  Taking hardly any keeps what is there, a part of which
 * is wanted again, and the rest goes to the disk as it is, which is little work
 * (caches know this as bimodal insertion).  But what is hot from now on would
 * stay on the disk.
 *
 * Loads tell which of the two it is.  All slots have an age, those on the disk,
 * too, and a *turn* is the time in which swap uses as many as the store holds.
 * While few pages are taken, a page that comes from the disk within a turn would
 * be in the store if all were taken, and one that comes from the store after more
 * than a turn would not: when there are many more of the first, all are taken,
 * a few hundred loads after the work has changed.  That goes on as long as a third
 * of the loads find their page in the store.  (As adaptive caches do with a list of
 * ghosts: here the slot is the ghost.)
 *
 * Those few, and all when there is little room left, are pages that look as if
 * they compress well: of words spread over the page, many have a small number in
 * them, so that half of their bytes are all zeros or all ones.  That is a few hundred
 * instructions, where to compress is tens of thousands, and of pages of compilers
 * and shells the best 40 percent by this sample take 1070 bytes each, of 1560 that
 * all take (the best 40 percent by size: 970).  So the store holds more pages.
 *
 * Exclusive loads.  A page that swap has read is in RAM, and a copy of it in the
 * store takes room of one that is not.  If the page leaves RAM unchanged, the copy
 * saves compressing it again; but most are changed, and swap says so only when it
 * writes them.  So the copy goes as soon as swap has the page.
 *
 * EXCLUSIVE_AUTO keeps and watches one in a few.  When nearly all of those are read
 * again before they are overwritten, copies are kept as long as the store has
 * room.  What is freed tells nothing: its copy is gone at once.  That was the
 * default, and with a heap that does not fit cost more than it saved in all its
 * phases: the use of a copy is one page not compressed, and its room another that
 * has to go out and come in.
 * (frontswap_tmem_exclusive_gets() of Linux 3.7 to 5.16 did so for all or none.)
 *
 * Invariants: none that data depend on.
 *
 * Locking: none; a lost count does not matter.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/compiler.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <compat/highmem.h>
#include <tmem/param.h>
#include "area.h"

/* One in so many writes looks at how full the store is. */
#define LOOK_EVERY	64
/* One page in so many may be taken when it does not pay to take all. */
#define FEW		8
/* From so much of what full is, in 1/16, room is scarce. */
#define SCARCE		14
/* So many percent of the pages look as if they were small when compressed. */
#define SMALL_PERCENT	40
/* Words of a page that are looked at for that. */
#define SAMPLE		64
/* The line between small and others moves by this a percent, in 1/256 words. */
#define SMALL_STEP	2
/* Loads that tell whether it does. */
#define WINDOW		256
/* One copy in so many of pages that swap has read is watched. */
#define WATCH_EVERY	16
/* So many whose end is known tell whether to keep all. */
#define COPIES		64
/*
 * So many must be of use for each that is not.  A copy saves compressing once, but
 * all of them take room all the time, so that more pages go out and come in.
 */
#define COPY_PAYS	7
/* How many more must speak for all than for few: to take a page is dear. */
#define MARGIN		3
/* And how many more loads may be from the disk until that ends. */
#define STAY		2

/* Of the pages for a full store one in so many is taken; 0: as it pays. */
static unsigned int admit_one_in;

/* Does swap's page of a slot leave a copy in the store? */
enum exclusive { EXCLUSIVE_AUTO, EXCLUSIVE_ALWAYS, EXCLUSIVE_NEVER };

static const char *const exclusive_names[] = {
	[EXCLUSIVE_AUTO] = "auto",
	[EXCLUSIVE_ALWAYS] = "always",
	[EXCLUSIVE_NEVER] = "never",
	NULL,
};

static int exclusive = EXCLUSIVE_ALWAYS;

static int one_in_set(const char *val, const struct kernel_param *kp)
{
	return tmem_param_uint(kp->name, val, 0, 1000, "", kp->arg);
}

static const struct kernel_param_ops one_in_ops = {
	.set = one_in_set,
	.get = param_get_uint,
};

static int exclusive_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(exclusive_names, val);

	if (i < 0) {
		pr_err("parameter %s=%s: takes auto, always or never\n",
		       kp->name, val);
		return i;
	}
	WRITE_ONCE(exclusive, i);
	return 0;
}

static int exclusive_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", exclusive_names[READ_ONCE(exclusive)]);
}

static const struct kernel_param_ops exclusive_ops = {
	.set = exclusive_set,
	.get = exclusive_get,
};

module_param_cb(admit_one_in, &one_in_ops, &admit_one_in, 0644);
MODULE_PARM_DESC(admit_one_in, "of pages for a full store with a backing device, one in so many is taken: 1 (all) to 1000; 0: all or few, as loads show that it pays (default 0)");

module_param_cb(exclusive, &exclusive_ops, NULL, 0644);
MODULE_PARM_DESC(exclusive, "of pages that swap has read the store keeps a copy: auto (where copies prove to be of use), always (never one), never (always one) (default always)");

/* How many words of a sample hold a small number. */
static unsigned int small_words(struct page *page)
{
	s64 *data = kmap_local_page(page);
	unsigned int i, n = 0;

	for (i = 0; i < SAMPLE; i++) {
		/* one of each part, and not always in the same place */
		s64 high = data[i * (PAGE_SIZE / sizeof(*data) / SAMPLE) +
				i % 8] >> 32;

		n += !high || high == -1;
	}
	kunmap_local(data);
	return n;
}

/*
 * A line that moves by itself to where @percent of what it is asked about is
 * above it.
 */
static bool above(int *line, int value, int percent, int step)
{
	int at = READ_ONCE(*line);
	bool ret = value > at;

	WRITE_ONCE(*line, at + (ret ? 100 - percent : -percent) * step);
	return ret;
}

static bool looks_small(struct fsw_admit *a, struct page *page)
{
	return above(&a->small, small_words(page) * 256, SMALL_PERCENT,
		     SMALL_STEP);
}

/**
 * fsw_admit - is a page taken?
 * @a: of the disk
 * @pool: where it would go
 * @mark: how full that is when it is full, in 1/1000
 * @page: the data
 *
 * Context: process; does not sleep.
 * Return: true if the store has room, or it is this page's turn.
 */
bool fsw_admit(struct fsw_admit *a, struct tmem_bpool pool, int mark,
	       struct page *page)
{
	unsigned int one_in = READ_ONCE(admit_one_in);
	unsigned int n = READ_ONCE(a->writes) + 1;

	WRITE_ONCE(a->writes, n);
	if (n % LOOK_EVERY == 0) {
		int full = tmem_backend_fullness(pool);

		WRITE_ONCE(a->full, full >= mark);
		WRITE_ONCE(a->scarce, full >= mark * SCARCE / 16);
	}
	if (one_in)
		return !READ_ONCE(a->full) || n % one_in == 0;
	if (!READ_ONCE(a->scarce) || READ_ONCE(a->all))
		return true;
	return (!READ_ONCE(a->full) || n % FEW == 0) && looks_small(a, page);
}

/**
 * fsw_admit_loaded - a page was read; what does that tell?
 * @a: of the disk
 * @age: fsw_age(), before the page was read
 * @stored: it came from the store
 *
 * Context: process; does not sleep.
 */
void fsw_admit_loaded(struct fsw_admit *a, unsigned int age, bool stored)
{
	unsigned int ours = READ_ONCE(a->ours), others = READ_ONCE(a->others);
	bool all = READ_ONCE(a->all), young = age < FSW_TURN;

	/* While few are taken: so it would be either way. */
	if (!READ_ONCE(a->scarce) || (!all && stored == young))
		return;
	if (stored)
		WRITE_ONCE(a->ours, ++ours);
	else
		WRITE_ONCE(a->others, ++others);
	if (ours + others < WINDOW)
		return;
	if (others > (all ? STAY : MARGIN) * ours)
		WRITE_ONCE(a->all, !all);
	WRITE_ONCE(a->ours, 0);
	WRITE_ONCE(a->others, 0);
}

/* What has become of the copies that were watched? */
static void learn_of_copies(struct fsw_admit *a, struct fsw_area *area)
{
	unsigned int used = READ_ONCE(area->copies_used);
	unsigned int stale = READ_ONCE(area->copies_stale);

	if (used + stale < COPIES)
		return;
	WRITE_ONCE(area->copies_used, 0);
	WRITE_ONCE(area->copies_stale, 0);
	WRITE_ONCE(a->keep, used >= COPY_PAYS * stale);
}

/**
 * fsw_admit_exclusive - does the store give up a page that swap has loaded?
 * @a: of the disk
 * @area: its slots
 * @slot: which of them
 * @mark: how full a store is when it is full, in 1/1000
 *
 * Context: process, no lock held.
 * Return: true if so.
 */
bool fsw_admit_exclusive(struct fsw_admit *a, struct fsw_area *area,
			 unsigned long slot, int mark)
{
	int how = READ_ONCE(exclusive);
	unsigned int n;

	if (how != EXCLUSIVE_AUTO)
		return how == EXCLUSIVE_ALWAYS;
	n = READ_ONCE(a->reads) + 1;
	WRITE_ONCE(a->reads, n);
	if (n % WATCH_EVERY)
		return !READ_ONCE(a->keep);
	learn_of_copies(a, area);
	if (READ_ONCE(a->keep) && tmem_backend_fullness(fsw_pool(area)) >= mark)
		WRITE_ONCE(a->keep, false);
	fsw_watch(area, slot);
	return false;
}
