// SPDX-License-Identifier: GPL-2.0
/*
 * target.c - what acts on the policy with a balloon: its target; and an OOM
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
 *  - left alone for six intervals, so that a daemon that sets targets often
 *    and the worker do not push the guest to and fro; and for twice as long each
 *    time that what the worker took thereafter is undone, up to 32 times (one
 *    that sets the same target again and again is only seen so);
 *  - what comes back when the module goes.
 *
 * The same goes for the one that is there at the start.  Not seen are one that
 * is set in the few instructions between the worker's look at it and its own
 * write (the balloon driver has no compare-and-set), and one that happens to be
 * what the worker has set.
 *
 * Locking: sb_target_lock (spinlock, inside sb_lock) covers who set which target.
 * The OOM notifier takes only that: whoever holds sb_lock may wait, here or in
 * tmem_frontswap, for somebody who allocates memory and so waits for the OOM to
 * be over.  A lock under which nobody may sleep cannot be held by one who
 * allocates; and lockdep is told that it is taken in reclaim (fs_reclaim), so
 * that it reports who allocates under it.  (Not in the notifier: an OOM may be
 * of an allocation that is none of reclaim's.)
 */
#define pr_fmt(fmt) "xen_selfballoon: " fmt

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include "selfballoon.h"

/* What an OOM takes from the balloon at a time, and how long that may take. */
#define OOM_STEP	SB_MB2PAGES(64)
#define OOM_WAIT_MS	1000
#define OOM_POLL_MS	20

/* Written with no notifier registered and the worker not at work. */
static const struct sb_machine *machine;

static DEFINE_SPINLOCK(sb_target_lock);
/* All sb_target_lock: see OUTSIDE, and how often the OOM notifier has acted. */
static unsigned long outside_target, our_target;
static struct sb_outside others;
static unsigned int oom_count;
static bool outside_said, started;

/* Returns how many OOMs there have been. */
static unsigned int sb_target_look(struct sb_view *v)
{
	unsigned int ooms;

	spin_lock(&sb_target_lock);
	ooms = oom_count;
	spin_unlock(&sb_target_lock);
	machine->look(v);
	return ooms;
}

/* Returns true if it has said nothing of it so far. */
static bool sb_note_outside(void)
{
	unsigned long now = machine->target();
	bool undone;

	lockdep_assert_held(&sb_target_lock);
	if (now == our_target)
		return false;
	/* The first one does not know that the worker is there. */
	undone = outside_said && our_target < outside_target &&
		 now > our_target;
	sb_outside_set(&others, undone);
	outside_target = now;
	our_target = now;
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

/* The worker's wish, unless an OOM came since it looked and saw @ooms. */
static bool sb_wish(unsigned long pages, unsigned int ooms)
{
	unsigned long outside;
	bool say;

	spin_lock(&sb_target_lock);
	/* Somebody stops it, or has switched it off. */
	if (!started || !READ_ONCE(sb_tunables.selfballooning)) {
		spin_unlock(&sb_target_lock);
		return false;
	}
	say = sb_note_outside();
	outside = outside_target;
	if (!sb_outside_rests(&others) && ooms == oom_count)
		sb_set_target(pages);
	spin_unlock(&sb_target_lock);
	if (say)
		pr_info("a target was set from outside (%lu pages): it is the most that this guest takes, also when it is set again\n",
			outside);
	return false;
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
	/* The worker may have asked for more, which is on its way. */
	want = max(want, machine->target());
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
	sb_worker_defer();
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
 * sb_target_begin - a balloon for the actuator that is to be started next
 * @m: the guest; stays the caller's until the worker has stopped
 *
 * Context: process; the worker is not at work.
 */
void sb_target_begin(const struct sb_machine *m)
{
	machine = m;
}

static int sb_target_start(void)
{
	/*
	 * For lockdep: the notifier takes this lock when memory is asked for under
	 * whatever lock, so nobody may ask for any under this one.
	 */
	fs_reclaim_acquire(GFP_KERNEL);
	spin_lock(&sb_target_lock);
	spin_unlock(&sb_target_lock);
	fs_reclaim_release(GFP_KERNEL);

	spin_lock(&sb_target_lock);
	our_target = machine->target();
	outside_target = our_target;
	others = (struct sb_outside){ };
	outside_said = false;
	started = true;
	spin_unlock(&sb_target_lock);
	return register_oom_notifier(&oom_notifier);
}

/* The target that was set from outside comes back. */
static void sb_target_stop(void)
{
	unregister_oom_notifier(&oom_notifier);
	spin_lock(&sb_target_lock);
	sb_note_outside();
	sb_set_target(outside_target);
	started = false;
	spin_unlock(&sb_target_lock);
}

const struct sb_actuator sb_balloon = {
	.start = sb_target_start,
	.stop = sb_target_stop,
	.look = sb_target_look,
	.act = sb_wish,
};
