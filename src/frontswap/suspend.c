// SPDX-License-Identifier: GPL-2.0
/*
 * suspend.c - before the machine is suspended: nothing of swap in the hypervisor
 *
 * Purpose: a domain that is saved, restored or migrated has none of its pools
 * afterwards (Xen's tools do not save them); nor has a machine that comes back
 * from hibernation.  So pages of swap that a hypervisor holds come home into RAM
 * before, or go to the disk below, or the suspend is refused and the log says why.
 *
 * They do not take all of RAM for that: the machine is to have some when it wakes,
 * where its devices are set up anew and there may be no store to which they could
 * go again.  What the hypervisor has lost cannot be lost by a suspend, and is no
 * reason to refuse it.
 *
 * Why this design: Xen's suspend (linux: drivers/xen/manage.c) calls no notifiers,
 * only the devices' callbacks; so there is a device without a purpose of its own.
 * ->prepare of all devices comes before any of them is suspended: disks still
 * work.  Tasks are frozen by then.  From there until ->complete nothing is offered
 * to the store.
 *
 * For a hibernation that is too late: before, the kernel takes the memory for its
 * image (hibernate_preallocate_memory()), for which swap and the shrinkers send
 * pages to the hypervisor, and none is left in which they could come back.  So
 * there it begins with the notifier, before tasks are frozen; ->prepare then finds
 * nothing, but for a disk that was set up in between.  Not so for a suspend to RAM,
 * which takes no memory: nothing is to be refused to tasks that run.
 *
 * A loop device stands still with the tasks: written to by then, it would be waited
 * for without end.  So a suspend does without it.
 *
 * Locking: as a hand-over, with disk->setup held over the whole of a disk.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/major.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/suspend.h>
#include "frontswap.h"

/* Times to look for pages that were in use. */
#define ROUNDS	4

/* Of RAM, 1/this stays free or cached, if there is a disk for the rest, or not. */
#define KEEP_SHARE	16
#define KEEP_SHARE_LAST	64
#define KEEP_LEAST	(SZ_8M >> PAGE_SHIFT)

/* What is cached may go for it, but nothing else may be written for it. */
#define SLEEP_GFP	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)

static struct platform_device *fsw_pdev;

static int fsw_wake_disk(struct fsw_disk *disk, void *unused)
{
	mutex_lock(&disk->setup);
	if (disk->area)
		fsw_area_sleep(disk->area, false);
	mutex_unlock(&disk->setup);
	return 0;
}

/*
 * To the disk below, all of it.  That does so in steps, each of which is over when
 * all that it could begin with is; so with none left to begin with it is 0.
 */
static long fsw_sleep_write(struct fsw_disk *disk)
{
	long ret = 0;

	while (fsw_pages(disk->area)) {
		ret = fsw_wb_run(disk->wb, LONG_MAX, 0);
		if (ret <= 0)
			break;
	}
	return ret;
}

/* How many pages may come home. */
static unsigned long fsw_sleep_room(bool below)
{
	long keep = max_t(long, KEEP_LEAST,
			  totalram_pages() / (below ? KEEP_SHARE :
						      KEEP_SHARE_LAST));

	return max(si_mem_available() - keep, 0L);
}

static int fsw_sleep_area(struct fsw_disk *disk, struct fsw_area *area,
			  bool frozen)
{
	/* The disk's major: a partition of one has another. */
	bool is_loop = disk->wb &&
		       disk->backing.bdev->bd_disk->major == LOOP_MAJOR;
	bool below = disk->wb && !(is_loop && frozen);
	unsigned long gone = 0;
	unsigned int round;
	long written = 0;

	lockdep_assert_held(&disk->setup);
	fsw_area_sleep(area, true);
	/* Before RAM is filled; who hands over says whether that was so. */
	if (below && fsw_pages(area))
		fsw_wb_prepare(disk->wb);
	for (round = 0; round < ROUNDS && fsw_pages(area); round++) {
		fsw_home_run(area, fsw_sleep_room(below), SLEEP_GFP);
		if (below)
			written = fsw_sleep_write(disk);
	}
	if (fsw_pages(area))
		gone = fsw_home_gone(area, SLEEP_GFP);
	if (gone)
		pr_err("%s: the hypervisor has lost %lu pages of swap\n",
		       disk->gd->disk_name, gone);
	if (!fsw_pages(area))
		return 0;
	pr_err("%s: suspend refused: the hypervisor holds %lu pages of swap, which a suspend would lose, and there is no RAM for them%s\n",
	       disk->gd->disk_name, fsw_pages(area),
	       !disk->wb ? " and no backing device" :
	       !below ? ", and the backing device is a file, to which a suspend cannot write" :
	       written == -EIO ? ", and the backing device fails" : "");
	return -ENOMEM;
}

static int fsw_sleep_disk(struct fsw_disk *disk, void *frozen)
{
	int ret = 0;

	/* Tasks may run, and reset it. */
	if (mutex_lock_killable(&disk->setup))
		return -EINTR;
	if (disk->area)
		ret = fsw_sleep_area(disk, disk->area, *(bool *)frozen);
	mutex_unlock(&disk->setup);
	return ret;
}

/* @frozen: are tasks? */
static int fsw_sleep(bool frozen)
{
	int ret;

	if (!tmem_backend_is_hypervisor())
		return 0;
	ret = fsw_walk_disks(fsw_sleep_disk, &frozen);
	/* Nobody will say that it is over. */
	if (ret)
		fsw_walk_disks(fsw_wake_disk, NULL);
	return ret;
}

/*
 * The pool may be gone.  Whoever serves it is to see that now, and create another,
 * rather than when swap writes: nothing is in it, so any flush will do.
 */
static int fsw_awake_disk(struct fsw_disk *disk, void *unused)
{
	struct fsw_area *area;
	struct tmem_oid oid;

	mutex_lock(&disk->setup);
	area = disk->area;
	if (area && READ_ONCE(area->asleep)) {
		oid = fsw_oid(area->number, 0);
		tmem_backend_flush_page(fsw_pool(area), &oid, fsw_index(0));
		fsw_area_sleep(area, false);
	}
	mutex_unlock(&disk->setup);
	return 0;
}

static int fsw_prepare(struct device *dev)
{
	return fsw_sleep(true);
}

static void fsw_complete(struct device *dev)
{
	fsw_walk_disks(fsw_awake_disk, NULL);
}

/*
 * What ->complete ends while the image is written may go to the store again: in
 * the image it is in RAM.
 */
static int fsw_sleep_notify(struct notifier_block *nb, unsigned long event,
			    void *unused)
{
	if (event == PM_HIBERNATION_PREPARE)
		return notifier_from_errno(fsw_sleep(false));
	/* If it did not get as far as the devices. */
	if (event == PM_POST_HIBERNATION)
		fsw_walk_disks(fsw_awake_disk, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block fsw_sleep_nb = {
	.notifier_call = fsw_sleep_notify,
};

static const struct dev_pm_ops fsw_pm = {
	.prepare = fsw_prepare,
	.complete = fsw_complete,
};

static struct platform_driver fsw_driver = {
	.driver = {
		.name = "tmem_frontswap",
		.pm = &fsw_pm,
		.suppress_bind_attrs = true,
	},
};

/**
 * fsw_suspend_init - be asked before the machine is suspended
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM, or another errno.
 */
int fsw_suspend_init(void)
{
	int ret = platform_driver_register(&fsw_driver);

	if (ret)
		return ret;
	fsw_pdev = platform_device_register_simple("tmem_frontswap", -1, NULL,
						   0);
	if (IS_ERR(fsw_pdev)) {
		ret = PTR_ERR(fsw_pdev);
		goto err_driver;
	}
	ret = register_pm_notifier(&fsw_sleep_nb);
	if (ret)
		goto err_device;
	return 0;

err_device:
	platform_device_unregister(fsw_pdev);
err_driver:
	platform_driver_unregister(&fsw_driver);
	return ret;
}

/**
 * fsw_suspend_exit - not any more
 *
 * Context: process; may sleep.
 */
void fsw_suspend_exit(void)
{
	unregister_pm_notifier(&fsw_sleep_nb);
	platform_device_unregister(fsw_pdev);
	platform_driver_unregister(&fsw_driver);
}
