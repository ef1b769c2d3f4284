/* SPDX-License-Identifier: GPL-2.0 */
/*
 * share.h - which part of the pages that have to go is sent elsewhere?
 *
 * Numbers only, so that tests can have years pass.
 */
#ifndef _ZCACHE_SHARE_H
#define _ZCACHE_SHARE_H

#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/types.h>

/* A part of all pages, in 1/256; all; and the smallest. */
#define ZC_SHARE_BITS	8
#define ZC_SHARE_ALL	(1U << ZC_SHARE_BITS)
#define ZC_SHARE_MIN	(ZC_SHARE_ALL / 64)

/* So many events are a judgement's at least. */
#define ZC_SHARE_EVENTS	256
/* A larger part is tried after at most 2^this times as long as at first. */
#define ZC_SHARE_PATIENCE 3U

/**
 * struct zc_share_seen - what has become of pages, since the module was loaded
 * @sent: that were sent
 * @declined: that would have been, but for the share
 * @read: that were sent and came back
 * @lost: that were sent, and were given up before they were asked for again, here or
 *	at the other end
 */
struct zc_share_seen {
	u64 sent, declined, read, lost;
};

/**
 * struct zc_share - which part is sent
 * @part: that, in 1/ZC_SHARE_ALL
 * @patience: a larger part is tried after 2^this times as long
 * @grown: the last change made it larger
 * @settled: when so many are sent losses are of this part: those before were pushed
 *	out by pages of a larger one
 * @seen: at the last judgement
 * @watched: the fingerprint of a page: when its turn comes again, a round is over
 * @watched_at: turns until it came the last time
 */
struct zc_share {
	unsigned int part;
	unsigned int patience;
	bool grown;
	u64 settled;
	struct zc_share_seen seen;
	u64 watched, watched_at;
};

/**
 * zc_share_has - is a run of pages of the part that is sent?
 * @s: which part that is
 * @run: the run's fingerprint: so they are always the same
 *
 * Context: any.
 */
static inline bool zc_share_has(const struct zc_share *s, u64 run)
{
	return hash_64(run, ZC_SHARE_BITS) < READ_ONCE(s->part);
}

void zc_share_start(struct zc_share *s, const struct zc_share_seen *now);
void zc_share_judge(struct zc_share *s, u64 print,
		    const struct zc_share_seen *now, u64 values);

#endif /* _ZCACHE_SHARE_H */
