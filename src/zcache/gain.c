// SPDX-License-Identifier: GPL-2.0
/*
 * gain.c - does keeping file pages save more than it takes away?
 *
 * Purpose: tell, while it runs, whether the RAM of file pages in the store
 * would be of more use to the page cache.
 *
 * Why this design: a page that leaves the page cache and is asked for again has
 * seen a number of others leave meanwhile: its distance.  The page cache drops
 * pages in about the order of their last use.  So with R pages of RAM more, those
 * that the store takes, it would still have each page whose distance is less
 * than R, and none of the others.  That says for each page that is asked for
 * what the store has done:
 *
 *			distance < R			R or more
 *	from the store	wasted: for nothing		saved: a read
 *	from the disk	lost: a read that it caused	as without it
 *
 * Nothing has to be tried out for that, and no time to be measured: the ghost
 * table knows when each page has left, whether it was bought or not.  A loop
 * over more than RAM has distances of more than R, whatever R is, and one
 * over less than RAM less; so one is all gain and the other all loss.
 *
 * A read is worth four times what it takes to compress a page and bring it back
 * (admit.c), and where a disk takes long eight times.  There a page that came for
 * nothing costs little, and giving back what will be wanted in a moment much: as
 * many as it would give back do not count, until it harms.
 *
 * What was counted is remembered for about as many pages asked for as the store
 * holds, and judged every so often.  When it comes to less than nothing, the store
 * buys samples only and gives back a part of what it has.  Then R is less, and so
 * is what counts as lost: it shrinks to where it does not harm, and no further.
 *
 * That memory is what one phase of a program is weighed with.  A build looks at its
 * headers again and again for a while, at short distances: judged by that while
 * alone, the store gave away what the next pass over the tree was to read from it.
 *
 * Invariants: none that data depend on.
 *
 * Locking: the caller's; see struct zc_gain.
 */
#include <linux/kernel.h>
#include "gain.h"
#include "sums.h"

/*
 * Pages asked for of the whole store, of those that count, from one judgement to the
 * next; and while it harms.
 */
#define WINDOW		512
#define WINDOW_HARMS	128
/* What a read is worth, in pages compressed and brought back; if it takes long. */
#define READ_WORTH	4
#define READ_DEAR	8
/* It gives back one in so many pages after each window in which it harms. */
#define GIVE_SHIFT	2

static void zc_judge_gain(struct zc_gain *g, unsigned long held,
			  unsigned int shards, bool dear)
{
	const unsigned long worth = dear ? READ_DEAR : READ_WORTH;
	unsigned long wasted = g->wasted;

	if (++g->asked < zc_sum_part(g->harms ? WINDOW_HARMS : WINDOW, shards))
		return;
	g->asked = 0;
	if (dear && !g->harms)
		wasted -= min(wasted, held >> GIVE_SHIFT);
	g->harms = g->saved * (worth - 1) < g->lost * worth + wasted;
	g->give = g->harms ? held >> GIVE_SHIFT : 0;
	if (g->harms) {
		/* it will take less RAM: what was counted was for more */
		g->saved = 0;
		g->wasted = 0;
		g->lost = 0;
	} else if (g->saved + g->wasted + g->lost > max(held, 2UL * WINDOW)) {
		g->saved /= 2;
		g->wasted /= 2;
		g->lost /= 2;
	}
}

/**
 * zc_gain_asked - a page was asked for that has left the page cache before
 * @g: what is known
 * @hit: it was in the store
 * @distance: pages that have left since it did
 * @ram: pages of RAM that file pages in the store take
 * @held: file pages in the store
 * @dear: a disk takes long to read most pages
 * @shards: how many such parts of the store there are, all of this being of one; 0: one
 *
 * Context: any; the owner's lock.
 */
void zc_gain_asked(struct zc_gain *g, bool hit, u32 distance, unsigned long ram,
		   unsigned long held, unsigned int shards, bool dear)
{
	if (hit && distance >= ram) {
		g->saved++;
		g->all_saved++;
	} else if (hit) {
		g->wasted++;
		g->all_wasted++;
	} else if (distance < ram) {
		g->lost++;
		g->all_lost++;
	} else {
		return;
	}
	zc_judge_gain(g, held, shards, dear);
}
