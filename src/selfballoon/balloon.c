// SPDX-License-Identifier: GPL-2.0
/*
 * balloon.c - a Xen guest and its balloon
 *
 * Purpose: the figures that the policy wants, and the balloon driver's target.
 *
 * Why this design: the kernel exports all that is needed but one figure, what
 * the page allocator keeps for itself (totalreserve_pages).  It is estimated,
 * rather too high: the sum of the zones' high watermarks is near 1/128 of RAM
 * and 2 MB.
 *
 * The device that the balloon driver has registered, xen_memory0, is not
 * exported either, but is a device like any other, in the set in which all
 * are whose bus is a system bus.
 *
 * Locking: none; figures are a snapshot.
 */
#define pr_fmt(fmt) "xen_selfballoon: " fmt

#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/vmstat.h>
#include <xen/xen.h>
#include <xen/balloon.h>
#include "selfballoon.h"

static void xen_look(struct sb_view *v)
{
	v->totalram = totalram_pages();
	v->committed = vm_memory_committed();
	v->available = max(si_mem_available(), 0L);
	v->free = global_zone_page_state(NR_FREE_PAGES);
	v->free_swap = max(get_nr_swap_pages(), 0L);
	v->current_pages = balloon_stats.current_pages;
	v->max_pages = balloon_stats.current_pages +
		       balloon_stats.balloon_low + balloon_stats.balloon_high;
	v->reserve = v->max_pages / 128 + SB_MB2PAGES(2);
}

static unsigned long xen_target(void)
{
	return READ_ONCE(balloon_stats.target_pages);
}

static bool is_balloon(const struct device *dev)
{
	return dev->bus && !strcmp(dev->bus->name, "xen_memory");
}

static const struct sb_machine xen_guest = {
	.look = xen_look,
	.target = xen_target,
	.set_target = balloon_set_new_target,
};

/**
 * sb_machine_find - the guest that this kernel is
 * @machine: where to put it
 * @kobj: where to put the balloon's device, with a reference
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV this is no guest of Xen, or it has no balloon.
 */
int sb_machine_find(const struct sb_machine **machine, struct kobject **kobj)
{
	struct device *cpu = get_cpu_device(0);
	struct kobject *found;

	if (!xen_domain()) {
		pr_err("not loaded: this machine does not run on Xen\n");
		return -ENODEV;
	}
	if (xen_initial_domain()) {
		pr_info("Xen selfballooning driver disabled for domain0\n");
		return -ENODEV;
	}
	found = cpu && cpu->kobj.kset ?
		kset_find_obj(cpu->kobj.kset, "xen_memory0") : NULL;
	if (found && !is_balloon(kobj_to_dev(found))) {
		kobject_put(found);
		found = NULL;
	}
	if (!found) {
		pr_err("not loaded: the kernel's balloon driver has no device xen_memory0\n");
		return -ENODEV;
	}
	*machine = &xen_guest;
	*kobj = found;
	return 0;
}
