/* SPDX-License-Identifier: GPL-2.0 */
/*
 * breaker.h - is it worth while to ask for pages that are elsewhere?
 *
 * Numbers only, so that tests can have years pass.
 */
#ifndef _ZCACHE_BREAKER_H
#define _ZCACHE_BREAKER_H

#include <linux/types.h>

/* A judgement is made of so many requests; while it is tried again, of these. */
#define ZC_BREAKER_REQUESTS	256
#define ZC_BREAKER_TRIAL	16

/* Pauses, in ms. */
#define ZC_BREAKER_PAUSE_MIN	1000
#define ZC_BREAKER_PAUSE_MAX	64000
/* After one of these what is there is given up: a descriptor takes room, too. */
#define ZC_BREAKER_PAUSE_LONG	(2 * ZC_BREAKER_PAUSE_MIN)

/**
 * enum zc_verdict - what a request has changed
 * @ZC_VERDICT_NONE: nothing
 * @ZC_VERDICT_OPENS: from now on it is not asked, where it was until now
 * @ZC_VERDICT_CLOSES: the other way round
 */
enum zc_verdict {
	ZC_VERDICT_NONE,
	ZC_VERDICT_OPENS,
	ZC_VERDICT_CLOSES,
};

/**
 * struct zc_breaker - what is known of requests
 * @took_ns: time that those since the last judgement took
 * @source_ns: time that what they brought would have taken from its disks
 * @requests: how many these are
 * @open: the last judgement: it is not worth while
 * @pause_ms: length of the last pause
 * @until_ms: when that is over
 */
struct zc_breaker {
	u64 took_ns;
	u64 source_ns;
	unsigned int requests;
	bool open;
	unsigned int pause_ms;
	u64 until_ms;
};

bool zc_breaker_lets(const struct zc_breaker *b, u64 now_ms);
enum zc_verdict zc_breaker_count(struct zc_breaker *b, u64 took_ns,
				 u64 source_ns, u64 now_ms);

#endif /* _ZCACHE_BREAKER_H */
