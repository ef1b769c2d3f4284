// SPDX-License-Identifier: GPL-2.0
/*
 * selfballoon_standin.ko - a guest with a balloon, for xen_selfballoon
 *
 * Purpose: the worker and the files of xen_selfballoon, loaded with
 * test_balloon=1, run where there is no Xen.  What the guest is like is set
 * through /sys/module/selfballoon_standin/parameters/; the device is
 * /sys/devices/xen_memory0.  The balloon does at once what it is told.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include "../../src/selfballoon/selfballoon.h"

static unsigned long max_pages = 131072;	/* 512 MB */
module_param(max_pages, ulong, 0444);
static unsigned long committed;
module_param(committed, ulong, 0644);
static unsigned long available = 65536;
module_param(available, ulong, 0644);
static unsigned long unused = 32768;
module_param(unused, ulong, 0644);
static unsigned long free_swap = 1 << 20;
module_param(free_swap, ulong, 0644);
/* What the balloon was told, and how often the guest was looked at. */
static unsigned long target;
module_param(target, ulong, 0644);
static unsigned long looks;
module_param(looks, ulong, 0644);

/* Who looks waits while the one is set, as for a lock; the other says it does. */
static bool hold;
module_param(hold, bool, 0644);
static bool held;
module_param(held, bool, 0444);

static struct device *dev;

static void look(struct sb_view *v)
{
	WRITE_ONCE(looks, looks + 1);
	/* The first one only; of the worker sb_lock is held meanwhile. */
	if (READ_ONCE(hold) && !xchg(&held, true)) {
		while (READ_ONCE(hold))
			msleep(20);
		WRITE_ONCE(held, false);
	}
	v->totalram = READ_ONCE(target);
	v->committed = READ_ONCE(committed);
	v->reserve = 2048;
	v->available = READ_ONCE(available);
	v->free = READ_ONCE(unused);
	v->free_swap = READ_ONCE(free_swap);
	v->current_pages = READ_ONCE(target);
	v->max_pages = max_pages;
}

static unsigned long get_target(void)
{
	return READ_ONCE(target);
}

static void set_target(unsigned long pages)
{
	WRITE_ONCE(target, pages);
}

static const struct sb_machine machine = {
	.look = look,
	.target = get_target,
	.set_target = set_target,
};

static int __init standin_init(void)
{
	int ret;

	target = max_pages;
	dev = root_device_register("xen_memory0");
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	get_device(dev);
	ret = sb_start(&machine, &dev->kobj);
	if (ret) {
		put_device(dev);
		root_device_unregister(dev);
	}
	return ret;
}

static void __exit standin_exit(void)
{
	sb_stop();
	pr_info("selfballoon_standin: target is %lu of %lu pages\n", target,
		max_pages);
	root_device_unregister(dev);
}

module_init(standin_init);
module_exit(standin_exit);
TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Stand-in for a guest with a balloon, for tests");
