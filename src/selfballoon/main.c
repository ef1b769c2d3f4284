// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - xen_selfballoon.ko
 *
 * See selfballoon.h for the design.
 */
#define pr_fmt(fmt) "xen_selfballoon: " fmt

#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "selfballoon.h"

static bool selfballooning = true;
module_param(selfballooning, bool, 0444);
MODULE_PARM_DESC(selfballooning, "0: do not steer the balloon, as the boot word noselfballooning (default 1)");

static bool selfshrinking = true;
module_param(selfshrinking, bool, 0444);
MODULE_PARM_DESC(selfshrinking, "0: do not shrink frontswap, as the boot word noselfshrink (default 1)");
/* As the old help text spelled it. */
module_param_named(selfshrink, selfshrinking, bool, 0444);
MODULE_PARM_DESC(selfshrink, "the same");

TMEM_TEST_SWITCH(test_balloon, "do not look for Xen, but wait for a test that plays the guest");

static bool started;

/**
 * sb_start - begin on a guest
 * @machine: the guest; stays the caller's until sb_stop()
 * @kobj: device for the files; the caller's reference passes to us on success
 *
 * Context: process; sleeps.
 * Return: 0; -EBUSY there is one; an errno.
 */
int sb_start(const struct sb_machine *machine, struct kobject *kobj)
{
	int ret;

	if (started)
		return -EBUSY;
	mutex_lock(&sb_lock);
	sb_tunables.selfballooning = selfballooning &&
				     !tmem_boot_word("noselfballooning");
	sb_tunables.selfshrinking = selfshrinking &&
				    !tmem_boot_word("noselfshrink");
	mutex_unlock(&sb_lock);
	sb_target_begin(machine);
	ret = sb_worker_start(&sb_balloon);
	if (ret)
		return ret;
	ret = sb_sysfs_init(kobj);
	if (ret) {
		sb_worker_stop();
		return ret;
	}
	if (sb_tunables.selfballooning)
		pr_info("Initializing Xen selfballooning driver\n");
	if (sb_tunables.selfshrinking)
		pr_info("Initializing frontswap selfshrinking driver\n");
	started = true;
	return 0;
}
TMEM_EXPORT_FOR_TEST(sb_start);

/**
 * sb_stop - the end of sb_start(), which may have failed
 *
 * Context: process; sleeps.
 */
void sb_stop(void)
{
	if (!started)
		return;
	sb_sysfs_exit();
	sb_worker_stop();
	started = false;
}
TMEM_EXPORT_FOR_TEST(sb_stop);

static int __init selfballoon_init(void)
{
	const struct sb_machine *machine;
	struct kobject *kobj;
	int ret;

	if (test_balloon) {
		pr_info("waits for a guest of a test\n");
		return 0;
	}
	ret = sb_machine_find(&machine, &kobj);
	if (ret)
		return ret;
	ret = sb_start(machine, kobj);
	if (ret) {
		pr_err("not loaded: error %d\n", ret);
		kobject_put(kobj);
	}
	return ret;
}

static void __exit selfballoon_exit(void)
{
	sb_stop();
}

module_init(selfballoon_init);
module_exit(selfballoon_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Selfballooning and frontswap-selfshrinking for guests of Xen");
TMEM_IMPORT_NS;
