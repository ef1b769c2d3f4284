// SPDX-License-Identifier: GPL-2.0
/*
 * forget.c - the machine slept, or is another one now
 *
 * Purpose: what is away is of a moment that is gone when the machine resumes
 * from its image, or was cloned: two machines would go on with one secret and
 * the same numbers.
 *
 * Why this design: the kernel says so to whoever asks.  Until it does, or where
 * it cannot (vmgenid is not in every hypervisor), two clones that use a number
 * each get a miss for it at worst, and what they send stays secret, but for
 * whether two values are the same, since seal and nonce are of the bytes (seal.c).
 *
 * A clone draws another secret only if the kernel's random numbers had been ready
 * before it was made: mc_params_start() waits for that.
 *
 * Of a clone the kernel says so in an interrupt where the device is one of the
 * devicetree (64-bit Arm): then a worker renews, as that takes mutexes.  What is
 * sent until then is as it would be without vmgenid.
 *
 * Locking: none of its own.
 */
#include <linux/irqflags.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/random.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>
#include "memcached.h"

static int mc_forget_pm(struct notifier_block *nb, unsigned long event,
			void *data)
{
	switch (event) {
	case PM_POST_HIBERNATION:
	case PM_POST_SUSPEND:
	case PM_POST_RESTORE:
		mc_params_renew("the machine slept");
	}
	return NOTIFY_DONE;
}

static struct notifier_block mc_forget_pm_nb = {
	.notifier_call = mc_forget_pm,
};

#ifdef TMEM_HAVE_register_random_vmfork_notifier
static void mc_forget_work(struct work_struct *work)
{
	mc_params_renew("the machine was cloned");
}

static DECLARE_WORK(mc_fork_work, mc_forget_work);

static int mc_forget_fork(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	if (in_hardirq() || irqs_disabled())
		schedule_work(&mc_fork_work);
	else
		mc_forget_work(&mc_fork_work);
	return NOTIFY_DONE;
}

static struct notifier_block mc_forget_fork_nb = {
	.notifier_call = mc_forget_fork,
};
#endif

/**
 * mc_forget_init - hear of it
 *
 * Context: process; may sleep.
 * Return: 0, or an errno of the kernel's lists.
 */
int mc_forget_init(void)
{
	int ret = register_pm_notifier(&mc_forget_pm_nb);

#ifdef TMEM_HAVE_register_random_vmfork_notifier
	if (ret)
		return ret;
	ret = register_random_vmfork_notifier(&mc_forget_fork_nb);
	if (ret)
		unregister_pm_notifier(&mc_forget_pm_nb);
#endif
	return ret;
}

/**
 * mc_forget_exit - do not any more
 *
 * Context: process; may sleep.
 */
void mc_forget_exit(void)
{
#ifdef TMEM_HAVE_register_random_vmfork_notifier
	unregister_random_vmfork_notifier(&mc_forget_fork_nb);
	cancel_work_sync(&mc_fork_work);
#endif
	unregister_pm_notifier(&mc_forget_pm_nb);
}
