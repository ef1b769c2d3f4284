// SPDX-License-Identifier: GPL-2.0
/*
 * worker.c - look, ask the policy, and let the actuator act
 *
 * Why this design: what the guest should have is one question, and how it gets
 * there another.  The worker asks the first one at intervals and knows of the
 * second only a table (struct sb_actuator).
 *
 * Locking: sb_lock covers all state.  The actuator acts without it, since it may
 * take its time; it is the one work item that acts, so it never does twice at a
 * time, and sb_worker_stop() waits for it.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/workqueue.h>
#include "selfballoon.h"

/* An actuator that has more to do soon does it after 1/this of the interval. */
#define SOON_SHARE	4

DEFINE_MUTEX(sb_lock);

struct sb_tunables sb_tunables = {
	.selfballooning = 1,
	.interval = SB_INTERVAL,
	.params = {
		.downhysteresis = SB_DOWNHYSTERESIS,
		.uphysteresis = 1,
	},
	.hysteresis = 20,
	.inertia = 3,
};

static const struct sb_actuator *actuator;	/* sb_lock; NULL: not at work */
static struct sb_shrink shrink;			/* sb_lock */
static struct sb_held held;			/* sb_lock */

static struct workqueue_struct *sb_wq;		/* while an actuator is there */

static void sb_work_fn(struct work_struct *unused);
static DECLARE_DELAYED_WORK(sb_work, sb_work_fn);

/* 10 % of what the guest could have, or what the module says. */
static unsigned int automatic_reserved_mb(const struct sb_view *v)
{
	return v->max_pages / SB_RESERVED_SHARE / SB_MB2PAGES(1);
}

/**
 * sb_reserved_mb - selfballoon_reserved_mb as it counts
 *
 * Context: process; sb_lock held.
 * Return: what was set, or the automatic value.
 */
unsigned int sb_reserved_mb(void)
{
	struct sb_view v;

	lockdep_assert_held(&sb_lock);
	if (sb_tunables.params.reserved_mb || !actuator)
		return sb_tunables.params.reserved_mb;
	actuator->look(&v);
	return automatic_reserved_mb(&v);
}

static bool sb_is_on(void)
{
	lockdep_assert_held(&sb_lock);
	return actuator &&
	       (sb_tunables.selfballooning || sb_tunables.selfshrinking);
}

static unsigned long sb_target_of(const struct sb_view *v)
{
	struct sb_params params = sb_tunables.params;

	if (!params.reserved_mb)
		params.reserved_mb = automatic_reserved_mb(v);
	params.count_frontswap = sb_tunables.selfshrinking;
	return sb_target(v, &params, &held);
}

static void sb_queue(unsigned int share)
{
	if (sb_is_on())
		mod_delayed_work(sb_wq, &sb_work,
				 sb_tunables.interval * HZ / share);
}

static void sb_work_fn(struct work_struct *unused)
{
	unsigned long pages = 0, come = 0, target = 0;
	const struct sb_actuator *act = NULL;
	/* What an actuator does not know is 0. */
	struct sb_view v = { };
	unsigned int token = 0;
	bool soon = false;

	/* Waits for whoever sets up or resets a disk: not under the lock. */
	if (READ_ONCE(sb_tunables.selfshrinking))
		pages = sb_frontswap_pages();
	mutex_lock(&sb_lock);
	if (sb_is_on()) {
		/* One look for both halves. */
		token = actuator->look(&v);
		v.frontswap = pages;
		if (sb_tunables.selfballooning) {
			act = actuator;
			target = sb_target_of(&v);
		}
		if (sb_tunables.selfshrinking)
			come = sb_come_home(&shrink, &v, sb_tunables.hysteresis,
					    sb_tunables.inertia);
	}
	mutex_unlock(&sb_lock);
	if (act)
		soon = act->act(target, token);
	/* Reads pages from tmem and so allocates: not under the lock. */
	if (come) {
		sb_frontswap_come_home(come);
		pages = sb_frontswap_pages();
	}

	mutex_lock(&sb_lock);
	if (come)
		shrink.last = pages;
	sb_queue(soon ? SOON_SHARE : 1);
	mutex_unlock(&sb_lock);
}

/**
 * sb_worker_kick - a tunable has changed
 *
 * Context: process; sb_lock held.
 */
void sb_worker_kick(void)
{
	lockdep_assert_held(&sb_lock);
	held = (struct sb_held){ };
	sb_queue(1);
}

/**
 * sb_worker_defer - not now: an interval from now
 *
 * If it is switched off meanwhile it sees that.
 *
 * Context: any, between the actuator's start and the end of its stop.
 */
void sb_worker_defer(void)
{
	mod_delayed_work(sb_wq, &sb_work,
			 READ_ONCE(sb_tunables.interval) * HZ);
}

/**
 * sb_worker_start - begin, with whatever half is switched on
 * @a: what acts; stays the caller's until sb_worker_stop()
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM; an errno of its start.
 */
int sb_worker_start(const struct sb_actuator *a)
{
	int ret;

	/* An act may take long, and so does not belong to a CPU. */
	sb_wq = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND | WQ_FREEZABLE, 1);
	if (!sb_wq)
		return -ENOMEM;
	ret = a->start();
	if (ret) {
		destroy_workqueue(sb_wq);
		sb_wq = NULL;
		return ret;
	}
	mutex_lock(&sb_lock);
	shrink = (struct sb_shrink){ };
	held = (struct sb_held){ };
	actuator = a;
	sb_queue(1);
	mutex_unlock(&sb_lock);
	return 0;
}

/**
 * sb_worker_stop - end; nothing acts any more on return
 *
 * Context: process; sleeps.
 */
void sb_worker_stop(void)
{
	const struct sb_actuator *a;

	mutex_lock(&sb_lock);
	a = actuator;
	actuator = NULL;
	mutex_unlock(&sb_lock);
	if (!a)
		return;
	a->stop();
	/* It does not queue itself any more, and the actuator does not defer it. */
	cancel_delayed_work_sync(&sb_work);
	destroy_workqueue(sb_wq);
	sb_wq = NULL;
}
