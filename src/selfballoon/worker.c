// SPDX-License-Identifier: GPL-2.0
/*
 * worker.c - look, ask the policy, set the balloon's target; and help in an OOM
 *
 * Why this design: the goal follows what processes were promised, so growth is
 * seen before the memory is touched, but not always before the next interval.
 * An OOM that comes first finds memory in the balloon: the guest takes that
 * back, as much as the hypervisor gives, before anything is killed.
 *
 * OUTSIDE.  The toolstack, a daemon that balances guests (qmemman) or an
 * administrator may set a target at any time.  One that differs from what the
 * worker set last is theirs, and is
 *
 *  - the most that the guest takes from then on, in an OOM too;
 *  - left alone for SB_REST intervals, so that a daemon that sets targets often
 *    and the worker do not push the guest to and fro;
 *  - what comes back when the module goes.
 *
 * The same goes for the one that is there at the start.  Not seen are one that
 * is set in the few instructions between the worker's look at it and its own
 * write (the balloon driver has no compare-and-set), and one that happens to be
 * what the worker has set.
 *
 * Locking: sb_lock covers the worker's state, sb_target_lock (spinlock, inside
 * it) who set which target.  The OOM notifier takes only the second: whoever
 * holds sb_lock may wait, here or in tmem_frontswap, for somebody who allocates
 * memory and so waits for the OOM to be over.  A lock under which nobody may
 * sleep cannot be held by one who allocates; and lockdep is told that it is
 * taken in reclaim (fs_reclaim), so that it reports who allocates under it.  (Not
 * in the notifier: an OOM may be of an allocation that is none of reclaim's.)
 */
#define pr_fmt(fmt) "xen_selfballoon: " fmt

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "selfballoon.h"

/* What an OOM takes from the balloon at a time, and how long that may take. */
#define OOM_STEP	SB_MB2PAGES(64)
#define OOM_WAIT_MS	1000
#define OOM_POLL_MS	20

/* Intervals for which a target from outside is left alone. */
#define SB_REST		6

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

/* Written with no notifier registered and under sb_lock; NULL: not at work. */
static const struct sb_machine *machine;
static struct sb_shrink shrink;			/* sb_lock */

static DEFINE_SPINLOCK(sb_target_lock);
/* All sb_target_lock: see OUTSIDE, and how often the OOM notifier has acted. */
static unsigned long outside_target, our_target;
static unsigned int outside_rest, oom_count;
static bool outside_said;

static void work(struct work_struct *unused);
static DECLARE_DELAYED_WORK(sb_work, work);

/* Returns true if it has said nothing of it so far. */
static bool sb_note_outside(void)
{
	unsigned long now = machine->target();

	lockdep_assert_held(&sb_target_lock);
	if (now == our_target)
		return false;
	outside_target = now;
	our_target = now;
	outside_rest = SB_REST;
	return !xchg(&outside_said, true);
}

static void sb_set_target(unsigned long pages)
{
	lockdep_assert_held(&sb_target_lock);
	pages = min(pages, outside_target);
	our_target = pages;
	if (machine->target() != pages)
		machine->set_target(pages);
}

/* The worker's wish, unless an OOM came since @ooms. */
static void sb_wish(unsigned long pages, unsigned int ooms)
{
	unsigned long outside;
	bool say;

	spin_lock(&sb_target_lock);
	say = sb_note_outside();
	outside = outside_target;
	if (outside_rest)
		outside_rest--;
	else if (ooms == oom_count)
		sb_set_target(pages);
	spin_unlock(&sb_target_lock);
	if (say)
		pr_info("a target was set from outside (%lu pages): it is the most that this guest takes, also when it is set again\n",
			outside);
}

static unsigned int sb_ooms(void)
{
	unsigned int ooms;

	spin_lock(&sb_target_lock);
	ooms = oom_count;
	spin_unlock(&sb_target_lock);
	return ooms;
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

/* @ooms: sb_ooms() from before the view was taken. */
static void selfballoon(const struct sb_view *v, unsigned int ooms)
{
	struct sb_params params = sb_tunables.params;

	if (!params.reserved_mb)
		params.reserved_mb = automatic_reserved_mb(v);
	params.count_frontswap = sb_tunables.selfshrinking;
	sb_wish(sb_target(v, &params), ooms);
}

/*
 * One look for both halves; sb_lock held.  Returns how many pages are to come
 * back from tmem.
 */
static unsigned long look_and_act(unsigned long frontswap)
{
	unsigned int ooms = sb_ooms();
	struct sb_view v;

	lockdep_assert_held(&sb_lock);
	machine->look(&v);
	v.frontswap = frontswap;
	if (sb_tunables.selfballooning)
		selfballoon(&v, ooms);
	if (!sb_tunables.selfshrinking)
		return 0;
	return sb_come_home(&shrink, &v, sb_tunables.hysteresis,
			    sb_tunables.inertia);
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
	/* Waits for whoever sets up or resets a disk: not under the lock. */
	unsigned long pages = sb_frontswap_pages(), come = 0;

	mutex_lock(&sb_lock);
	if (machine && (sb_tunables.selfballooning || sb_tunables.selfshrinking))
		come = look_and_act(pages);
	mutex_unlock(&sb_lock);
	/* Reads pages from tmem and so allocates: not under the lock. */
	if (come) {
		sb_frontswap_come_home(come);
		pages = sb_frontswap_pages();
	}

	mutex_lock(&sb_lock);
	if (come)
		shrink.last = pages;
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

/* Ask the balloon for memory.  Returns false if there is none to be had. */
static bool sb_oom_ask(const struct sb_view *v)
{
	unsigned long want = min_t(u64, v->current_pages + OOM_STEP,
				   v->max_pages);
	bool ask;

	spin_lock(&sb_target_lock);
	sb_note_outside();
	oom_count++;
	ask = v->current_pages < min(want, outside_target);
	if (ask)
		sb_set_target(want);
	spin_unlock(&sb_target_lock);
	return ask;
}

static void sb_oom(unsigned long *freed)
{
	struct sb_view before, now;
	unsigned int ms = 0;

	machine->look(&before);
	if (!sb_oom_ask(&before))
		return;
	do {
		msleep(OOM_POLL_MS);
		ms += OOM_POLL_MS;
		machine->look(&now);
	} while (now.totalram <= before.totalram && ms < OOM_WAIT_MS);
	if (now.totalram > before.totalram) {
		*freed += now.totalram - before.totalram;
		pr_info_ratelimited("out of memory: %lu pages are back from the balloon so far\n",
				    now.totalram - before.totalram);
	}
	/* An interval from now; if it is switched off meanwhile it sees that. */
	mod_delayed_work(system_freezable_wq, &sb_work,
			 READ_ONCE(sb_tunables.interval) * HZ);
}

/* Takes no lock under which anybody allocates: see the head of this file. */
static int sb_oom_notify(struct notifier_block *nb, unsigned long unused,
			 void *freed)
{
	if (READ_ONCE(sb_tunables.selfballooning))
		sb_oom(freed);
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = {
	.notifier_call = sb_oom_notify,
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
	int ret;

	/*
	 * For lockdep: the notifier takes this lock when memory is asked for under
	 * whatever lock, so nobody may ask for any under this one.
	 */
	fs_reclaim_acquire(GFP_KERNEL);
	spin_lock(&sb_target_lock);
	spin_unlock(&sb_target_lock);
	fs_reclaim_release(GFP_KERNEL);

	mutex_lock(&sb_lock);
	machine = m;
	spin_lock(&sb_target_lock);
	our_target = machine->target();
	outside_target = our_target;
	outside_rest = 0;
	outside_said = false;
	spin_unlock(&sb_target_lock);
	shrink = (struct sb_shrink){ };
	mutex_unlock(&sb_lock);
	ret = register_oom_notifier(&oom_notifier);
	mutex_lock(&sb_lock);
	if (ret)
		machine = NULL;
	queue();
	mutex_unlock(&sb_lock);
	return ret;
}

/**
 * sb_worker_stop - end, and give the target back that was set from outside
 *
 * Context: process; sleeps.
 */
void sb_worker_stop(void)
{
	unregister_oom_notifier(&oom_notifier);
	mutex_lock(&sb_lock);
	if (machine) {
		spin_lock(&sb_target_lock);
		sb_note_outside();
		sb_set_target(outside_target);
		spin_unlock(&sb_target_lock);
	}
	machine = NULL;
	mutex_unlock(&sb_lock);
	/* It does not queue itself any more. */
	cancel_delayed_work_sync(&sb_work);
}
