// SPDX-License-Identifier: GPL-2.0
/*
 * share.c - which part of the pages that have to go is sent elsewhere?
 *
 * Purpose: files that are read again and again, and are more than there is room for
 * elsewhere, would all be sent and pushed out again just before they are read: the
 * oldest goes first, and that is the one that comes next.  All that work is for
 * nothing.  So when most of what was sent is lost before it is asked for, only a part
 * is, always of the same pages: they stay a whole round.
 *
 * Why this design: it is what thrash-resistant caches do with insertion (Qureshi et
 * al., "Adaptive Insertion Policies for High Performance Caching", ISCA 2007), but that
 * pages are chosen by their handles and not by lot, so that what is not sent is not sent
 * in the next round either, and costs nothing.  Nothing is kept of pages for it, and
 * nothing need be known of how large the files or the servers are: memcached pushes
 * out what it likes, and one hears of it only when one asks.
 *
 * The part is halved when fewer than a fifth of what is over with was read; and
 * after that, only when as many have been sent as there are, since until then what is
 * lost was pushed out by the many of before.  It grows by a third when in a while
 * nothing was lost, or as much was read; and where that turned out to be too much,
 * the next try takes longer.  One page at a time is watched: how many turns there are
 * until its next one is how long the round is, as far as one page can tell.  Where a
 * part of a short round is less than what is there, which is of others then, it grows
 * at once.
 *
 * Locking: the caller's.
 */
#include <linux/kernel.h>
#include <compat/test_export.h>
#include "share.h"

/**
 * zc_share_start - all pages are sent; nothing is known
 * @s: becomes that
 * @now: what has become of pages until now
 *
 * Context: any.
 */
void zc_share_start(struct zc_share *s, const struct zc_share_seen *now)
{
	*s = (struct zc_share) { .part = ZC_SHARE_ALL, .seen = *now };
}
TMEM_EXPORT_FOR_TEST(zc_share_start);

static void share_halve(struct zc_share *s, u64 settled)
{
	if (s->grown)
		s->patience = min(s->patience + 1, ZC_SHARE_PATIENCE);
	WRITE_ONCE(s->part, max(s->part / 2, ZC_SHARE_MIN));
	s->grown = false;
	s->settled = settled;
}

static u64 share_turns(const struct zc_share_seen *seen)
{
	return seen->sent + seen->declined + seen->read;
}

/* How many pages a round has, if this is the page that is watched; or 0. */
static u64 share_round(struct zc_share *s, u64 print, u64 turns, u64 values)
{
	u64 round = turns - s->watched_at;

	if (s->watched != print) {
		if (round < 2 * max_t(u64, values, ZC_SHARE_EVENTS))
			return 0;
		round = 0;
	}
	s->watched = print;
	s->watched_at = turns;
	return round;
}

/* May it grow again?  What a larger part does shows when more has been sent. */
static bool share_may_grow(const struct zc_share *s,
			   const struct zc_share_seen *now, u64 enough)
{
	u64 declined = now->declined - s->seen.declined;

	enough <<= s->patience;
	if (s->grown && now->sent - s->seen.sent < enough / 2)
		enough *= 4;
	return s->part < ZC_SHARE_ALL && declined >= enough;
}

/* Would a third more of such a round still be less than is there? */
static bool share_is_less(const struct zc_share *s, u64 round, u64 values)
{
	return round && s->part < ZC_SHARE_ALL &&
	       round * s->part / ZC_SHARE_ALL < values / 2;
}

static void share_grow(struct zc_share *s, bool lost)
{
	WRITE_ONCE(s->part, min(s->part / 3 * 4 + 1, ZC_SHARE_ALL));
	s->grown = true;
	if (!lost && s->patience)
		s->patience--;
}

/**
 * zc_share_judge - a page's turn has come: have the part fit what is seen
 * @s: the part
 * @print: the fingerprint of the page's handle
 * @now: what has become of pages until now
 * @values: how many are elsewhere
 *
 * Context: any.
 */
void zc_share_judge(struct zc_share *s, u64 print,
		    const struct zc_share_seen *now, u64 values)
{
	u64 enough = max_t(u64, values / 4, ZC_SHARE_EVENTS);
	u64 read = now->read - s->seen.read;
	u64 lost = now->lost - s->seen.lost;
	u64 round = share_round(s, print, share_turns(now), values);

	if (now->sent >= s->settled && lost >= enough) {
		if (read < lost / 4)
			share_halve(s, now->sent + values);
	} else if (read >= lost && (share_may_grow(s, now, enough) ||
				    share_is_less(s, round, values))) {
		share_grow(s, lost);
	} else {
		return;
	}
	s->seen = *now;
}
TMEM_EXPORT_FOR_TEST(zc_share_judge);
