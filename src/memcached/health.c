// SPDX-License-Identifier: GPL-2.0
/*
 * health.c - the circuit breaker of one server
 *
 * Purpose: a server that is gone, or late, costs its readers a deadline each
 * time.  So after a few it is left alone for a while, and then tried again.
 *
 * Why this design: one rule for all that can be wrong.  A server is in use from
 * the answer to a first question (mn) on, until its connection is lost, it says
 * nonsense, or MC_LATE_MAX answers in a row are late.  Readers that wait at the
 * same time are late together, for one lost packet, which counts once.  Then the
 * connection is closed and with it all that may still come, and after a pause that
 * doubles each time it is made anew, which begins with a question again: that is
 * the trial.
 *
 * Time is passed in, so that tests need not wait.
 */
#include "health.h"

/**
 * mc_health_init - nothing is known of it
 * @h: of the server
 * @now: ms
 *
 * Context: any.
 */
void mc_health_init(struct mc_health *h, u64 now)
{
	h->up = false;
	h->late = 0;
	h->late_at = now;
	h->pause = MC_PAUSE_MIN;
	h->at = now;
}

/**
 * mc_health_try - is it time to try it again?
 * @h: of the server
 * @now: ms
 *
 * Context: any.
 * Return: true if so.
 */
bool mc_health_try(const struct mc_health *h, u64 now)
{
	return !h->up && now >= h->at;
}

/**
 * mc_health_up - it has answered a first question
 * @h: of the server
 * @now: ms
 *
 * Context: any.
 */
void mc_health_up(struct mc_health *h, u64 now)
{
	h->up = true;
	h->late = 0;
	h->at = now;
}

/**
 * mc_health_down - it is not to be used: gone, late, or it talks nonsense
 * @h: of the server
 * @now: ms
 *
 * Context: any.
 */
void mc_health_down(struct mc_health *h, u64 now)
{
	if (h->up && now - h->at >= MC_PAUSE_FORGET)
		h->pause = MC_PAUSE_MIN;
	h->up = false;
	h->late = 0;
	h->at = now + h->pause;
	h->pause = h->pause < MC_PAUSE_MAX / 2 ? h->pause * 2 : MC_PAUSE_MAX;
}

/**
 * mc_health_late - answers did not come in time
 * @h: of the server
 * @now: ms
 * @deadline: how long they were waited for; ms
 *
 * Context: any.
 * Return: true if the server should go down for that.
 */
bool mc_health_late(struct mc_health *h, u64 now, unsigned int deadline)
{
	if (h->late && now - h->late_at < deadline)
		return false;
	h->late++;
	h->late_at = now;
	return h->late >= MC_LATE_MAX;
}

/**
 * mc_health_good - an answer came in time
 * @h: of the server
 *
 * Context: any.
 */
void mc_health_good(struct mc_health *h)
{
	h->late = 0;
}
