// SPDX-License-Identifier: GPL-2.0
/*
 * breaker.c - is it worth while to ask for pages that are elsewhere?
 *
 * Purpose: where a disk is as fast as the way to memory elsewhere, that memory
 * costs time instead of saving it.  Then the store leaves it alone, and looks
 * again from time to time.
 *
 * Why this design: what a page takes from its disk is known to the frontend,
 * which says so with each get (run->source_ns).  So time is compared with time,
 * for the same pages, over a number of requests; one late answer decides nothing.
 * What is late has taken its time, and the disk's comes on top: so it weighs as
 * time for which nothing came.  Other requests that bring nothing are not counted:
 * their pages are gone, and so are their names; or nobody was asked.  A server
 * that is late again and again is for the carrier to leave alone.
 *
 * When the requests took longer than the disk would have, none is made for a
 * pause.  After it the next few are a trial, and either all is as before, or the
 * pause is twice as long.  So a fast disk costs a trial a minute.
 *
 * Locking: the caller's.
 */
#include <linux/kernel.h>
#include <compat/test_export.h>
#include "breaker.h"

/**
 * zc_breaker_lets - may it be asked?
 * @b: what is known
 * @now_ms: the time
 *
 * Context: any.  Without a lock it is right but for a moment.
 * Return: true if so.
 */
bool zc_breaker_lets(const struct zc_breaker *b, u64 now_ms)
{
	return !READ_ONCE(b->open) || now_ms >= READ_ONCE(b->until_ms);
}
TMEM_EXPORT_FOR_TEST(zc_breaker_lets);

/**
 * zc_breaker_count - a request has brought pages, or was late
 * @b: what is known
 * @took_ns: how long it took
 * @source_ns: how long those that came would have taken from their disk; 0: none
 *	came
 * @now_ms: the time
 *
 * Context: any, under the caller's lock.
 * Return: what that changes.
 */
enum zc_verdict zc_breaker_count(struct zc_breaker *b, u64 took_ns,
				 u64 source_ns, u64 now_ms)
{
	bool was_open = b->open, open;

	/* Of before the pause. */
	if (!zc_breaker_lets(b, now_ms))
		return ZC_VERDICT_NONE;
	b->took_ns += took_ns;
	b->source_ns += source_ns;
	if (++b->requests < (was_open ? ZC_BREAKER_TRIAL : ZC_BREAKER_REQUESTS))
		return ZC_VERDICT_NONE;
	open = b->took_ns > b->source_ns;
	b->took_ns = 0;
	b->source_ns = 0;
	b->requests = 0;
	if (open) {
		b->pause_ms = was_open ? min(2 * b->pause_ms,
					     ZC_BREAKER_PAUSE_MAX) :
					 ZC_BREAKER_PAUSE_MIN;
		WRITE_ONCE(b->until_ms, now_ms + b->pause_ms);
	}
	WRITE_ONCE(b->open, open);
	if (open == was_open)
		return ZC_VERDICT_NONE;
	return open ? ZC_VERDICT_OPENS : ZC_VERDICT_CLOSES;
}
TMEM_EXPORT_FOR_TEST(zc_breaker_count);
