// SPDX-License-Identifier: GPL-2.0
/*
 * report.c - which free blocks the hypervisor is told of
 *
 * Purpose: does somebody tell it, and of how small ones.
 *
 * Why this design: the kernel reports blocks of a pageblock (2 MB) or more.  In
 * an idle guest whose cache has gone, a tenth of RAM and more is free in smaller
 * ones, between inodes and other pages that no compaction moves.  The kernel has
 * a parameter for that, /sys/module/page_reporting/parameters/page_reporting_order,
 * which may be changed at any time.  Small blocks cost more: a call and faults of
 * the host for each, and huge pages of the host are split.  That is nothing for a
 * guest that does nothing, and too much for one that works; so they are reported
 * while nobody misses what goes (struct sb_pace, calm), and no longer.
 *
 * The parameter is set as sysfs would set it (see kernel.c).  It is left alone
 *
 *  - where it is as low already, or nobody has registered: then it is not known
 *    what it is to be;
 *  - on Hyper-V, whose driver warns when it is given a block that is smaller than
 *    the order has become meanwhile;
 *  - when somebody else has set it since.
 *
 * Locking: sb_report_lock (mutex; inside that of this module's parameters, outside
 * that of the kernel's) covers where the parameter is and what it was.
 */
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/virtio.h>
#include <linux/virtio_balloon.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <compat/mmzone.h>
#include "giveback.h"

static DEFINE_MUTEX(sb_report_lock);
/* The parameter; set while the module is loaded.  NULL: to be left alone. */
static struct kobject *reporting;
static struct kernfs_node *order_node;
/* What it was, and is to be again, 0: it is that; and what it has been set to. */
static unsigned int usual_order, small_order;

/* Pages of the smallest blocks that are reported are 2^this; sb_lock. */
unsigned int sb_report_order = 5;

/**
 * sb_report_init - find the kernel's parameter, if there is one
 *
 * Context: process; may sleep.
 */
void sb_report_init(void)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kernfs_node *parameters;

	reporting = kset_find_obj(modules, "page_reporting");
	if (!reporting)
		return;
	parameters = kernfs_find_and_get(reporting->sd, "parameters");
	if (!parameters)
		return;
	order_node = kernfs_find_and_get(parameters, "page_reporting_order");
	kernfs_put(parameters);
}

static struct module_attribute *sb_order_attribute(void)
{
	struct attribute *attr = order_node->priv;

	return container_of(attr, struct module_attribute, attr);
}

/* Until somebody registers it is -1, or before 6.4 one more than there are. */
static bool sb_is_order(unsigned int order)
{
	return order < ARRAY_SIZE(((struct zone *)NULL)->free_area);
}

/* Returns UINT_MAX if that cannot be found out. */
static unsigned int sb_order_read(void)
{
	struct module_attribute *attr = sb_order_attribute();
	unsigned int order = UINT_MAX;
	struct module_kobject *mk;
	char *text;

	mk = container_of(reporting, struct module_kobject, kobj);
	text = (char *)get_zeroed_page(GFP_KERNEL);
	if (text && attr->show && attr->show(attr, mk, text) > 0 &&
	    kstrtouint(text, 0, &order))
		order = UINT_MAX;
	free_page((unsigned long)text);
	return order;
}

static bool sb_order_write(unsigned int order)
{
	struct module_attribute *attr = sb_order_attribute();
	struct module_kobject *mk;
	char text[16];
	int len;

	mk = container_of(reporting, struct module_kobject, kobj);
	len = snprintf(text, sizeof(text), "%u", order);
	return attr->store && attr->store(attr, mk, text, len) == len;
}

/* The next pass is asked for by whoever frees a block that is large enough. */
static void sb_report_soon(unsigned int order)
{
	struct page *page;

	page = alloc_pages(__GFP_NOWARN, order);
	if (page)
		__free_pages(page, order);
}

static bool sb_is_hyperv(void)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *kobj = kset_find_obj(modules, "hv_balloon");

	kobject_put(kobj);
	return kobj;
}

static void sb_report_more(unsigned int wanted)
{
	unsigned int now = sb_order_read();

	if (sb_is_hyperv())
		return;
	if (now <= wanted || now > pageblock_order || !sb_order_write(wanted))
		return;
	WRITE_ONCE(small_order, wanted);
	WRITE_ONCE(usual_order, now);
	sb_report_soon(wanted);
}

static void sb_report_usual(void)
{
	unsigned int now = sb_order_read();

	if (now == small_order || now == UINT_MAX)
		sb_order_write(usual_order);
	WRITE_ONCE(usual_order, 0);
}

/**
 * sb_report_small - report small free blocks as well, or only large ones
 * @small: small ones, if the work is switched on
 *
 * Context: process; may sleep.
 */
void sb_report_small(bool small)
{
	mutex_lock(&sb_report_lock);
	/* Who switches it off comes here thereafter. */
	small = small && READ_ONCE(sb_tunables.selfballooning);
	if (order_node && small && !usual_order)
		sb_report_more(READ_ONCE(sb_report_order));
	else if (order_node && !small && usual_order)
		sb_report_usual();
	mutex_unlock(&sb_report_lock);
}

/**
 * sb_report_exit - the end of sb_report_init(); the parameter is what it was
 *
 * Context: process; may sleep; the worker is not at work.
 */
void sb_report_exit(void)
{
	sb_report_small(false);
	mutex_lock(&sb_report_lock);
	kernfs_put(order_node);
	kobject_put(reporting);
	order_node = NULL;
	reporting = NULL;
	mutex_unlock(&sb_report_lock);
}

/**
 * sb_reported_order - pages of the smallest blocks that are reported are 2^this
 *
 * Context: any.
 * Return: as far as this module knows.
 */
unsigned int sb_reported_order(void)
{
	return READ_ONCE(usual_order) ? READ_ONCE(small_order) :
					pageblock_order;
}

/**
 * sb_free_blocks - free memory in large blocks
 * @least: of 2^this pages and more
 *
 * Context: process.
 * Return: pages.
 */
unsigned long sb_free_blocks(unsigned int least)
{
	unsigned long pages = 0, nr;
	unsigned int order;
	struct zone *zone;

	tmem_for_each_populated_zone(zone) {
		for (order = least; order < ARRAY_SIZE(zone->free_area);
		     order++) {
			/* A figure of a moment ago will do. */
			nr = data_race(zone->free_area[order].nr_free);
			pages += nr << order;
		}
	}
	return pages;
}

static bool sb_on_bus(const struct device *dev, const char *name)
{
	return dev->bus && !strcmp(dev->bus->name, name);
}

static bool sb_driven_by(const struct device *dev, const char *name)
{
	return dev->driver && !strcmp(dev->driver->name, name);
}

static bool sb_maybe_reporter(const struct device *dev)
{
	if (sb_on_bus(dev, "virtio"))
		return container_of(dev, struct virtio_device,
				    dev)->id.device == VIRTIO_ID_BALLOON;
	return sb_on_bus(dev, "vmbus");
}

/* One whose driver is there has been probed, and so has registered. */
static bool sb_is_reporter(const struct device *dev)
{
	if (sb_on_bus(dev, "virtio"))
		return sb_driven_by(dev, "virtio_balloon") &&
		       __virtio_test_bit(container_of(dev, struct virtio_device, dev),
					 VIRTIO_BALLOON_F_REPORTING);
	return sb_driven_by(dev, "hv_balloon");
}

/**
 * sb_reported - does somebody tell the hypervisor of free pages?
 *
 * There is one place for it in the kernel, virtio-balloon's or Hyper-V's, and
 * asking for it would say whether it is taken.  But a driver that asks in that
 * moment would be told that it is, and its probe would fail.  So this looks at
 * their devices; and at the order, which is no order until somebody has registered
 * (Hyper-V's driver does not if the hypervisor cannot).
 *
 * Context: process; sleeps; between sb_report_init() and sb_report_exit().
 * Return: true if so.
 */
bool sb_reported(void)
{
	return order_node && sb_is_order(sb_order_read()) &&
	       sb_any_device(sb_maybe_reporter, sb_is_reporter);
}
