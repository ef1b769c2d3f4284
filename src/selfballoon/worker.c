// SPDX-License-Identifier: GPL-2.0
/*
 * worker.c - look, ask the policy, set the balloon's target; and help in an OOM
 *
 * Why this design: the goal follows what processes were promised, so growth is
 * seen before the memory is touched, but not always before the next interval.
 * An OOM that comes first finds memory in the balloon: the guest takes that
 * back, as much as the hypervisor gives, before anything is killed.
 *
 * The target that the toolstack set last comes back when the module goes.  One
 * that it sets while the worker is at work is noticed, because it is not the
 * worker's.
 *
 * Locking: sb_lock.  The OOM notifier takes it too: it may sleep, and nobody
 * allocates memory under sb_lock.
 */
#define pr_fmt(fmt) "xen_selfballoon: " fmt

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/workqueue.h>
#include "selfballoon.h"

/* What an OOM takes from the balloon at a time, and how long that may take. */
#define OOM_STEP	SB_MB2PAGES(64)
#define OOM_WAIT_MS	1000
#define OOM_POLL_MS	20

DEFINE_MUTEX(sb_lock);

struct sb_tunables sb_tunables = {
	.interval = 5,
	.params = {
		.downhysteresis = 8,
		.uphysteresis = 1,
	},
	.hysteresis = 20,
	.inertia = 3,
};

static const struct sb_machine *machine;	/* sb_lock; NULL: not at work */
static unsigned long restore_target, our_target;	/* sb_lock */
static struct sb_shrink shrink;			/* sb_lock */

static void work(struct work_struct *unused);
static DECLARE_DELAYED_WORK(sb_work, work);

static void note_foreign_target(void)
{
	unsigned long now = machine->target();

	lockdep_assert_held(&sb_lock);
	if (now != our_target)
		restore_target = now;
}

static void set_target(unsigned long pages)
{
	lockdep_assert_held(&sb_lock);
	note_foreign_target();
	our_target = pages;
	if (machine->target() != pages)
		machine->set_target(pages);
}

/* 10 % of what the guest could have. */
static unsigned int automatic_reserved_mb(const struct sb_view *v)
{
	return v->max_pages / 10 / SB_MB2PAGES(1);
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
	if (sb_tunables.params.reserved_mb || !machine)
		return sb_tunables.params.reserved_mb;
	machine->look(&v);
	return automatic_reserved_mb(&v);
}

static void selfballoon(void)
{
	struct sb_params params = sb_tunables.params;
	struct sb_view v;

	machine->look(&v);
	v.frontswap = sb_frontswap_pages();
	if (!params.reserved_mb)
		params.reserved_mb = automatic_reserved_mb(&v);
	params.count_frontswap = sb_tunables.selfshrinking;
	set_target(sb_target(&v, &params));
}

/* Returns whether to shrink, and to what. */
static bool selfshrink(unsigned long *target)
{
	return sb_shrink_target(&shrink, sb_frontswap_pages(),
				sb_tunables.hysteresis, sb_tunables.inertia,
				target);
}

static void queue(void)
{
	lockdep_assert_held(&sb_lock);
	if (machine && (sb_tunables.selfballooning || sb_tunables.selfshrinking))
		mod_delayed_work(system_freezable_wq, &sb_work,
				 sb_tunables.interval * HZ);
}

static void work(struct work_struct *unused)
{
	unsigned long target;
	bool do_shrink = false;

	mutex_lock(&sb_lock);
	if (machine && sb_tunables.selfballooning)
		selfballoon();
	if (machine && sb_tunables.selfshrinking)
		do_shrink = selfshrink(&target);
	mutex_unlock(&sb_lock);
	/* Reads pages from tmem and so allocates: not under the lock. */
	if (do_shrink)
		sb_frontswap_shrink(target);

	mutex_lock(&sb_lock);
	if (do_shrink)
		shrink.last = sb_frontswap_pages();
	queue();
	mutex_unlock(&sb_lock);
}

/**
 * sb_worker_kick - a tunable has changed
 *
 * Context: process; sb_lock held.
 */
void sb_worker_kick(void)
{
	queue();
}

static int take_back(struct notifier_block *nb, unsigned long unused,
		     void *freed)
{
	unsigned long *pages = freed;
	struct sb_view before, now;
	unsigned int ms = 0;

	mutex_lock(&sb_lock);
	if (!machine || !sb_tunables.selfballooning)
		goto out;
	machine->look(&before);
	if (before.current_pages >= before.max_pages)
		goto out;
	set_target(min_t(u64, before.current_pages + OOM_STEP,
			 before.max_pages));
	do {
		msleep(OOM_POLL_MS);
		ms += OOM_POLL_MS;
		machine->look(&now);
	} while (now.totalram <= before.totalram && ms < OOM_WAIT_MS);
	if (now.totalram > before.totalram) {
		*pages += now.totalram - before.totalram;
		pr_info_ratelimited("out of memory: %lu pages are back from the balloon so far\n",
				    now.totalram - before.totalram);
	}
	queue();
out:
	mutex_unlock(&sb_lock);
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = {
	.notifier_call = take_back,
};

/**
 * sb_worker_start - begin, with whatever half is switched on
 * @m: the guest; stays the caller's until sb_worker_stop()
 *
 * Context: process; may sleep.
 * Return: 0; an errno of register_oom_notifier().
 */
int sb_worker_start(const struct sb_machine *m)
{
	int ret = register_oom_notifier(&oom_notifier);

	if (ret)
		return ret;
	mutex_lock(&sb_lock);
	machine = m;
	restore_target = machine->target();
	our_target = restore_target;
	shrink = (struct sb_shrink){ };
	queue();
	mutex_unlock(&sb_lock);
	return 0;
}

/**
 * sb_worker_stop - end, and give the target back that was there before
 *
 * Context: process; sleeps.
 */
void sb_worker_stop(void)
{
	unregister_oom_notifier(&oom_notifier);
	mutex_lock(&sb_lock);
	if (machine) {
		note_foreign_target();
		machine->set_target(restore_target);
	}
	machine = NULL;
	mutex_unlock(&sb_lock);
	/* It does not queue itself any more. */
	cancel_delayed_work_sync(&sb_work);
}
