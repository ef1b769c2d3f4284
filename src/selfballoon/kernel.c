// SPDX-License-Identifier: GPL-2.0
/*
 * kernel.c - what the kernel can do, and how a module gets at it
 *
 * Purpose: proactive reclaim, pressure, compaction, and which devices there are.
 * (Reporting: report.c.)
 *
 * Why this design: the kernel exports none of these as functions, but they are
 * files whose functions are in structures that it does export:
 *
 *	memory.reclaim	of the root cgroup, 5.19: the kernel's own reclaim with
 *			its own idea of what is cold (LRU lists or generations),
 *			bounded by the caller, without OOM and, on kernels that
 *			take swappiness= (6.9), without swap
 *	memory.pressure	of the root cgroup: PSI of the whole guest
 *	nodeN/compact	makes large free blocks
 *
 * They are called as kernfs would call them.  Their text is an ABI, where an
 * internal function could change with any release, and they exist or not, which
 * is found out at run time.  No symbol is looked up behind the kernel's back, and
 * the functions are ones that are called through pointers anyway, so they may
 * be where the CPU or the compiler checks that.
 *
 * Nothing needs to be mounted.  A system that has mounted the memory controller
 * of cgroup v1 has no memory.reclaim; then the module does not load.
 *
 * Locking: none; callers are the one worker, and load and unload.
 */
#define pr_fmt(fmt) "tmem_selfballoon: " fmt

#include <linux/cgroup.h>
#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/swap.h>
#include "giveback.h"

/* Nodes of the root cgroup; set while the module is loaded. */
static struct kernfs_node *reclaim_node, *pressure_node;
static bool takes_swappiness;

/* An open file as the functions want it: all they look at is the node. */
static struct kernfs_open_file reclaim_file, pressure_file;

/* The memory controller is where its files are: nobody has mounted it as v1. */
static bool sb_controller_there(void)
{
	return rcu_access_pointer(cgrp_dfl_root.cgrp.subsys[memory_cgrp_id]);
}

static ssize_t sb_reclaim_write(char *text)
{
	const struct cftype *cft = reclaim_node->priv;

	return cft->write(&reclaim_file, text, strlen(text), 0);
}

/**
 * sb_kernel_init - find what is needed
 *
 * Context: process; may sleep.
 * Return: 0; -EOPNOTSUPP this kernel has no memory.reclaim, or not now.
 */
int sb_kernel_init(void)
{
	const struct cftype *cft;
	char text[] = "0 swappiness=0";

	if (!mem_cgroup_disabled() && sb_controller_there())
		reclaim_node = kernfs_find_and_get(cgrp_dfl_root.cgrp.kn,
						   "memory.reclaim");
	cft = reclaim_node ? reclaim_node->priv : NULL;
	if (!cft || !cft->write) {
		pr_err("not loaded: the kernel has no memory.reclaim (it came with 5.19), or the memory controller is switched off or mounted as cgroup v1\n");
		kernfs_put(reclaim_node);
		reclaim_node = NULL;
		return -EOPNOTSUPP;
	}
	reclaim_file.kn = reclaim_node;
	/* Nothing to reclaim, but it is parsed. */
	takes_swappiness = sb_reclaim_write(text) >= 0;

	pressure_node = kernfs_find_and_get(cgrp_dfl_root.cgrp.kn,
					    "memory.pressure");
	cft = pressure_node ? pressure_node->priv : NULL;
	if (cft && !cft->seq_show) {
		kernfs_put(pressure_node);
		pressure_node = NULL;
	}
	pressure_file.kn = pressure_node;
	return 0;
}

/**
 * sb_kernel_exit - the end of sb_kernel_init()
 *
 * Context: process.
 */
void sb_kernel_exit(void)
{
	kernfs_put(pressure_node);
	kernfs_put(reclaim_node);
	pressure_node = NULL;
	reclaim_node = NULL;
}

/**
 * sb_reclaim - have the kernel free file pages, cold ones first
 * @pages: how many, about
 *
 * Anonymous pages stay.  A kernel that cannot be told so does not write them to
 * swap at least.  Slab caches take part, in the proportion that the kernel sees fit.
 *
 * Context: process; sleeps.
 * Return: 0; -EAGAIN it found fewer; -EOPNOTSUPP not now.
 */
int sb_reclaim(unsigned long pages)
{
	unsigned int flags = 0;
	char text[48];
	ssize_t ret;
	bool noio;

	if (!sb_controller_there())
		return -EOPNOTSUPP;
	snprintf(text, sizeof(text), "%llu%s", (u64)pages << PAGE_SHIFT,
		 takes_swappiness ? " swappiness=0" : "");
	/* That also leaves out inodes and dentries, so only if there is swap. */
	noio = !takes_swappiness && get_nr_swap_pages() > 0;
	if (noio)
		flags = memalloc_noio_save();
	ret = sb_reclaim_write(text);
	if (noio)
		memalloc_noio_restore(flags);
	return min_t(ssize_t, ret, 0);
}

/**
 * sb_stall_us - for how long some task has waited for memory, since boot
 * @us: where to; microseconds
 *
 * Reclaim by sb_reclaim() does not count: the kernel notes that where a task needs
 * memory.
 *
 * Context: process; may sleep.
 * Return: false if the kernel does not say (no PSI).
 */
bool sb_stall_us(u64 *us)
{
	char text[256] = "";
	struct seq_file m = {
		.buf = text,
		.size = sizeof(text) - 1,
		.private = &pressure_file,
	};
	const struct cftype *cft;
	const char *total;

	if (!pressure_node)
		return false;
	cft = pressure_node->priv;
	if (cft->seq_show(&m, NULL))
		return false;
	text[min(m.count, sizeof(text) - 1)] = 0;
	total = strstr(text, "total=");
	return total && sscanf(total, "total=%llu", us) == 1;
}

/* All devices are in one set, and a CPU always is. */
static struct kset *sb_devices(void)
{
	struct device *cpu = get_cpu_device(0);

	return cpu ? cpu->kobj.kset : NULL;
}

static struct kobject *sb_find_device(const char *name)
{
	struct kset *devices = sb_devices();

	return devices ? kset_find_obj(devices, name) : NULL;
}

/* The caller puts it. */
static struct device *sb_nth_device(unsigned int nth,
				    bool (*maybe)(const struct device *dev))
{
	struct kset *devices = sb_devices();
	struct kobject *kobj, *found = NULL;

	if (!devices)
		return NULL;
	spin_lock(&devices->list_lock);
	list_for_each_entry(kobj, &devices->list, entry) {
		if (!maybe(kobj_to_dev(kobj)) || nth-- > 0)
			continue;
		found = kobject_get_unless_zero(kobj);
		break;
	}
	spin_unlock(&devices->list_lock);
	return found ? kobj_to_dev(found) : NULL;
}

/**
 * sb_any_device - is there a device like this?
 * @maybe: whether to look at one; a spinlock is held
 * @is: whether it is one; it is locked, so nobody binds or unbinds its driver
 *
 * A probe that is under way is waited for.
 *
 * Context: process; sleeps.
 * Return: true if so.
 */
bool sb_any_device(bool (*maybe)(const struct device *dev),
		   bool (*is)(const struct device *dev))
{
	struct device *dev;
	unsigned int nth;
	bool found = false;

	for (nth = 0; !found && (dev = sb_nth_device(nth, maybe)); nth++) {
		device_lock(dev);
		found = is(dev);
		device_unlock(dev);
		put_device(dev);
	}
	return found;
}

/**
 * sb_xen_balloon - is there a balloon for xen_selfballoon?
 *
 * Context: process; may sleep.
 * Return: true if so.
 */
bool sb_xen_balloon(void)
{
	struct kobject *kobj = sb_find_device("xen_memory0");

	kobject_put(kobj);
	return kobj;
}

static bool sb_compact_node(int nid)
{
	const struct device_attribute *attr;
	struct kernfs_node *kn = NULL;
	struct kobject *kobj;
	char name[16];
	bool done = false;

	snprintf(name, sizeof(name), "node%d", nid);
	kobj = sb_find_device(name);
	if (kobj)
		kn = kernfs_find_and_get(kobj->sd, "compact");
	if (kn) {
		attr = container_of((struct attribute *)kn->priv,
				    const struct device_attribute, attr);
		if (attr->store)
			done = attr->store(kobj_to_dev(kobj),
					   (struct device_attribute *)attr,
					   "1", 1) == 1;
	}
	kernfs_put(kn);
	kobject_put(kobj);
	return done;
}

/**
 * sb_compact - make large blocks of what is free
 *
 * Context: process; sleeps, for a second or more in a large guest.
 * Return: false if the kernel cannot (no NUMA, no compaction).
 */
bool sb_compact(void)
{
	bool done = false;
	int nid;

	for_each_online_node(nid)
		done |= sb_compact_node(nid);
	return done;
}
