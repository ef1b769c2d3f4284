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
 * Locking: none of its own.
 */
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/suspend.h>
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
static int mc_forget_fork(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	mc_params_renew("the machine was cloned");
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
#endif
	unregister_pm_notifier(&mc_forget_pm_nb);
}
