// SPDX-License-Identifier: GPL-2.0
/*
 * admit.c - which file pages to buy
 *
 * Purpose: say whether a page that leaves the page cache is worth compressing,
 * before anything is done for it.
 *
 * THE BUDGET.  A megabyte of RAM can hold pages of files as they are, heaps,
 * swap in the store, or file pages in the store, and is worth most where the
 * next page of it saves most.  The kernel's reclaim decides between the first
 * two, and it knows them well.  Swap comes before file pages in the store: not
 * to have it costs a write and a read, and not to have a file page costs a read
 * at most.  So a file page gets into the store only
 *  1. if it compresses.  A file whose pages did not is left alone for a while
 *     (the frontend counts, TMEM_HINT_RAW).
 *  2. if it may stay.  When memory is short every page that comes pushes one
 *     out, so none comes; what is there stays for as long as nobody else needs
 *     the room.  A container at its own limit gets memory only where nobody
 *     would miss it, or its reclaim would push others out of theirs.
 *  3. if what was bought lately has paid (which also says how much of it goes when
 *     the machine swaps, room.c).  A page bought costs about as much
 *     CPU as a quarter of a read from a disk, or an eighth where that takes long
 *     (TMEM_HINT_DEAR); when less than one in four, or eight, was asked for, one
 *     in sixteen is bought until they are again.
 *  4. if it will be read again.  That it has left the page cache before, that
 *     it was asked for sooner than the oldest page has waited, or that the
 *     kernel saw it used again, says so.  Free room is filled once without any
 *     of that, until the page cache and what is free are half as large as the
 *     store, or the machine swaps (room.c), or, if some of it has been asked for
 *     by then, until the store is full; after that one page in sixteen is bought
 *     to learn from.  Room elsewhere (remote.h) is free room for as long as there
 *     is some.  What was written and never read wants to have been asked for
 *     (names of files come back, and the kernel sees pages used that are written
 *     bit by bit); and where much of what leaves the page cache is like that, or
 *     much of what is in it is dirty, free room is not filled, and one page in 64
 *     is enough to learn from: who copies or unpacks does not read again.
 *     What a disk takes long to read wants none of that once free room has been
 *     filled, as long as others have half as much: a store that keeps all that
 *     leaves the page cache has each page for longer than the page cache alone
 *     would, and one that keeps a part takes RAM from the rest.  For those 3 and 6
 *     are enough; while the machine swaps, only until it is seen that they do not
 *     pay.
 *  5. if a disk does not read it for less.  What a request takes on its disk,
 *     shared by the pages that its file is read in at once, is set against what it
 *     takes to compress a page and bring it back (the frontend does,
 *     TMEM_HINT_CHEAP; what is worth nothing it does not offer).  Where the one
 *     hardly pays for the other a page is bought only if those of that kind
 *     have come back again and again: three of four that had been read twice.
 *  6. if what is there saves more reads than it causes.  The RAM that it takes is
 *     not there for pages as they are, and reads of those that would have fitted
 *     are its doing (gain.c, which gives RAM back for that).  Then samples
 *     are bought and no more.
 * A page that is dropped by who has read it (POSIX_FADV_DONTNEED: backups), for
 * nobody's need, comes back if it was here: he has taken it out, and whom it was
 * kept for has not had it yet.
 * Refused pages are remembered by the ghost table as if they had been stored
 * and evicted: the next time they come they are known.
 *
 * Samples are blocks of neighbours chosen by fingerprint: what is read again is
 * read in one, and a loop finds the same ones in each pass.
 *
 * Locking: the caller's; see struct zc_admission.
 */
#include <linux/kernel.h>
#include "admit.h"
#include "sums.h"

/* One page in so many is bought to learn. */
#define SAMPLE_SHIFT	4
/* And one in so many while the machine writes. */
#define SAMPLE_WRITING	6
/* One in so many of what was bought must be asked for. */
#define PAYS_SHIFT	2
/* And one in so many of what a disk takes long to read. */
#define PAYS_DEAR_SHIFT	3
/* Pages bought of the whole store before they are judged, at least; while poor. */
#define WINDOW		1024
#define WINDOW_POOR	128
/* A store that gives up one in so many pages while it fills counts as filled. */
#define GIVE_UP_SHIFT	2
#define GIVE_UP_MIN	64
/* Pages bought and asked for before it is said whether they pay. */
#define PAYS_MIN	64
/* One in so many of what fills it was asked for: it may fill up. */
#define FILLS_SHIFT	6
#define FILLS_MIN	16UL
/* One in so many that were written: the machine writes more than it reads. */
#define WRITTEN_SHIFT	2
#define WRITTEN_MIN	64
/* Pages offered before it is said of most of them that a disk takes long to read them. */
#define DEAR_MIN	64
/* One in so many of what goes for swap counts as given up: up to four go for one. */
#define PUSHED_SHIFT	2
/* Pages that are remembered of what was written, and of what is cheap, at most. */
#define OFFERS_WINDOW	4096
#define RUNS_WINDOW	(1U << 17)

static bool is_sample(u64 sample, bool writes)
{
	unsigned int shift = writes ? SAMPLE_WRITING : SAMPLE_SHIFT;

	return !(sample >> 8 & ((1U << shift) - 1));
}

/*
 * Does what is there pay?  If one page in so many was asked for, of what filled free
 * room as well; and then until it is less than half of that.  What filled it and had to
 * go for swap could not be asked for.
 */
static void note_pays(struct zc_admission *a)
{
	unsigned long dear = a->bought_dear, rest = a->bought - dear;
	unsigned long filling = a->filling - min(a->pushed, a->filling);

	if (a->filling + a->bought + a->hits < PAYS_MIN)
		return;
	if (a->is_dear)
		dear += filling;
	else
		rest += filling;
	a->pays = a->hits >= (rest >> (PAYS_SHIFT + a->pays)) +
			     (dear >> (PAYS_DEAR_SHIFT + a->pays));
}

/* Does it, or is that not known yet? */
static bool may_pay(const struct zc_admission *a)
{
	return a->pays || a->filling + a->bought + a->hits < PAYS_MIN;
}

/* At the end of a window, has it paid? */
static void zc_judge(struct zc_admission *a, unsigned long held,
		     unsigned int shards)
{
	unsigned long window = max(held, zc_sum_part(WINDOW, shards));

	if (a->poor)
		window = max(window >> SAMPLE_SHIFT,
			     zc_sum_part(WINDOW_POOR, shards));
	if (a->bought < window)
		return;
	/* Twice as much to be taken up again: old pages are asked for, too. */
	a->poor = a->hits <
		  ((a->bought - a->bought_dear) >> (PAYS_SHIFT - a->poor)) +
		  (a->bought_dear >> (PAYS_DEAR_SHIFT - a->poor));
	a->pays = !a->poor;
	a->filling = 0;
	a->pushed = 0;
	a->bought = 0;
	a->bought_dear = 0;
	a->hits = 0;
}

/* Is much of what leaves the page cache, or is in it, written and not read? */
static bool zc_writes(const struct zc_admission *a, const struct zc_admit_case *c)
{
	return c->writing || (a->offered >= WRITTEN_MIN &&
			      a->written >= a->offered >> WRITTEN_SHIFT);
}

static void note_offer(struct zc_admission *a, const struct zc_admit_case *c)
{
	/* Who drops pages himself, or is at a limit of his own, says nothing of the rest. */
	if (c->hints & (TMEM_HINT_DROPPED | TMEM_HINT_CONTAINER))
		return;
	a->offered += c->nr;
	if (c->hints & TMEM_HINT_WRITTEN)
		a->written += c->nr;
	if (c->hints & TMEM_HINT_DEAR)
		a->dear += c->nr;
	if (a->offered >= DEAR_MIN)
		a->is_dear = a->dear > a->offered / (a->is_dear ? 3 : 2);
	if (a->offered >= OFFERS_WINDOW) {
		a->offered /= 2;
		a->written /= 2;
		a->dear /= 2;
	}
}

/* Do pages that a disk reads for little and that were read twice come back again? */
static bool run_pays(struct zc_admission *a, const struct zc_admit_case *c)
{
	if (!c->earned)
		return false;
	if (a->runs >= zc_sum_part(WINDOW, c->shards) &&
	    a->runs_again >= a->runs / 4 * 3)
		return true;
	a->runs += c->nr;
	if (a->runs >= RUNS_WINDOW) {
		a->runs /= 2;
		a->runs_again /= 2;
	}
	return false;
}

/*
 * Is there room that was never filled, here or elsewhere?  Or that is free again, a
 * balloon or a heap having taken it for a time, when what is bought pays?
 */
static bool has_free_room(const struct zc_admission *a,
			  const struct zc_admit_case *c)
{
	bool dear = c->hints & TMEM_HINT_DEAR;
	bool swaps = c->swaps && !(dear && may_pay(a));
	bool fills = !c->scarce && !swaps;

	if (a->filled)
		fills = fills && a->pays && !a->poor;
	else if (a->hits > max(a->filling >> FILLS_SHIFT, FILLS_MIN) && !(dear && swaps))
		fills = true;
	return (c->elsewhere || fills) && !c->full && !c->harms;
}

static enum tmem_offer zc_decide(struct zc_admission *a, const struct zc_admit_case *c)
{
	bool writes, dear;

	if (c->hints & TMEM_HINT_RAW)
		return TMEM_OFFER_RAW;
	if ((c->hints & TMEM_HINT_DROPPED) && !c->earned)
		return TMEM_OFFER_NO_EVIDENCE;
	if (c->is_short)
		return TMEM_OFFER_NO_ROOM;
	if ((c->hints & TMEM_HINT_CONTAINER) && !c->plenty)
		return TMEM_OFFER_CONTAINER;
	/* Where pages can go elsewhere, it is for now: they are on their way. */
	if ((c->full || c->harms) && !c->elsewhere)
		a->filled = true;
	if ((c->hints & TMEM_HINT_CHEAP) && !run_pays(a, c))
		return TMEM_OFFER_CHEAP;
	if ((c->hints & TMEM_HINT_WRITTEN) && !c->earned)
		return TMEM_OFFER_NO_EVIDENCE;
	/* Who writes may not read again, but if he does it takes long. */
	dear = c->hints & TMEM_HINT_DEAR;
	writes = !dear && zc_writes(a, c);
	if (is_sample(c->sample, writes) || (has_free_room(a, c) && !writes))
		return TMEM_OFFER_TAKE;
	if (a->poor || c->harms)
		return TMEM_OFFER_NO_GAIN;
	if (c->earned || (c->known && !c->full) || (c->hints & TMEM_HINT_USED))
		return TMEM_OFFER_TAKE;
	/* Of a container at its limit few may enter: they could not pay. */
	if (dear && a->filled && (c->full || !c->scarce) && (!c->swaps || may_pay(a)) &&
	    !(c->hints & TMEM_HINT_CONTAINER))
		return TMEM_OFFER_TAKE;
	return TMEM_OFFER_NO_EVIDENCE;
}

/**
 * zc_admit - is a page to be bought?
 * @a: what is known
 * @c: the page
 *
 * Context: any; the owner's lock.
 * Return: TMEM_OFFER_TAKE, or why not.
 */
enum tmem_offer zc_admit(struct zc_admission *a, const struct zc_admit_case *c)
{
	enum tmem_offer ret;

	note_offer(a, c);
	ret = zc_decide(a, c);
	if (ret != TMEM_OFFER_TAKE)
		return ret;
	if (a->filled) {
		a->bought += c->nr;
		if (c->hints & TMEM_HINT_DEAR)
			a->bought_dear += c->nr;
		zc_judge(a, c->held, c->shards);
	} else {
		a->filling += c->nr;
	}
	note_pays(a);
	return ret;
}

/**
 * zc_admit_dear - do disks take long to read what is offered?
 * @a: what is known
 *
 * Context: any; the owner's lock.
 * Return: true if so, for most of what has left the page cache lately.
 */
bool zc_admit_dear(const struct zc_admission *a)
{
	return a->is_dear;
}

/**
 * zc_admit_hit - a page was asked for and there
 * @a: what is known
 *
 * Context: any; the owner's lock.
 */
void zc_admit_hit(struct zc_admission *a)
{
	a->hits++;
	note_pays(a);
}

/**
 * zc_admit_again - a page was asked for again that was not bought when it had
 * been asked for before
 * @a: what is known
 *
 * Context: any; the owner's lock.
 */
void zc_admit_again(struct zc_admission *a)
{
	a->runs_again++;
}

/**
 * zc_admit_evicted - a page had to go
 * @a: what is known
 *
 * Context: any; the owner's lock.
 */
void zc_admit_evicted(struct zc_admission *a)
{
	if (!a->filled &&
	    ++a->given_up > GIVE_UP_MIN + (a->filling >> GIVE_UP_SHIFT))
		a->filled = true;
}

/**
 * zc_admit_pushed - a page had to go for one that was swapped out
 * @a: what is known
 *
 * Context: any; the owner's lock.
 */
void zc_admit_pushed(struct zc_admission *a)
{
	if (!(++a->pushed & ((1UL << PUSHED_SHIFT) - 1)))
		zc_admit_evicted(a);
}
