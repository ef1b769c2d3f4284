// SPDX-License-Identifier: GPL-2.0
/*
 * control.c - disks come and go: /sys/class/frontswap-control/,
 * /sys/block/frontswapN/
 *
 * Purpose: add, set up, reset and remove disks; see ABI.txt.
 *
 * Why this design: names and order are those of zram: hot_add, backing_dev,
 * disksize, mkswap, swapon; swapoff, reset or hot_remove.  A step that is
 * refused says why in the kernel log and leaves everything as it was.
 *
 * A disk is reset or removed only when nobody has it open, and cannot be opened
 * while it is (->claimed); both are decided under the gendisk's open_mutex,
 * under which the kernel calls ->open.
 *
 * Nobody waits for I/O who only looks, and whoever waits for the I/O of another can
 * be killed: write-back goes in steps, each under disk->setup, which all who
 * change a disk take killably; disk->lock is for the moment of the change.  A disk
 * that is walked over is kept by a reference, so disks_mutex is for the list alone.
 *
 * Locking: disks_mutex, disk->setup, disk->lock; see frontswap.h.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/major.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <compat/class.h>
#include <tmem/param.h>
#include "frontswap.h"

/* Most disks: as many as swap can use, and more. */
#define MAX_DISKS 64

static LIST_HEAD(disks);
static DEFINE_MUTEX(disks_mutex);

static struct fsw_disk *disk_of(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

/* ---- set up and down ---- */

/* Back to no size and no backing device.  Nobody has the disk open. */
static void fsw_reset(struct fsw_disk *disk)
{
	struct fsw_area *area = disk->area;
	struct fsw_wb *wb = disk->wb;
	char *path = disk->backing_path;

	lockdep_assert_held(&disk->setup);
	if (area)
		set_capacity_and_notify(disk->gd, 0);
	down_write(&disk->lock);
	disk->area = NULL;
	disk->wb = NULL;
	disk->backing_path = NULL;
	up_write(&disk->lock);
	if (wb)
		fsw_wb_free(wb);
	if (area) {
		fsw_area_destroy(area);
		tmem_backend_unpin(&disk->pin);
	}
	tmem_bdev_close(&disk->backing, disk);
	kfree(path);
}

/* The size in slots, or an errno. */
static long slots_for(const struct fsw_disk *disk, u64 size)
{
	struct block_device *backing = disk->backing.bdev;
	u64 most = backing ? min_t(u64, bdev_nr_bytes(backing) >> PAGE_SHIFT,
				   FSW_MAX_SLOTS) : FSW_MAX_SLOTS;
	u64 nr = (size >> PAGE_SHIFT) + !!(size & ~PAGE_MASK);

	if (!size && backing)
		nr = most;
	if (!nr) {
		pr_err("%s: disksize=0: takes a size in bytes, with K, M, G or T if you like; 0 only with a backing device, for its size\n",
		       disk->gd->disk_name);
		return -EINVAL;
	}
	if (nr > FSW_MAX_SLOTS) {
		pr_err("%s: disksize=%llu: takes up to %llu bytes\n",
		       disk->gd->disk_name, size, FSW_MAX_SLOTS << PAGE_SHIFT);
		return -EINVAL;
	}
	if (nr > most) {
		pr_err("%s: disksize=%llu: %s has only %llu bytes\n",
		       disk->gd->disk_name, size, disk->backing_path,
		       most << PAGE_SHIFT);
		return -ENOSPC;
	}
	return nr;
}

static int fsw_set_up(struct fsw_disk *disk, u64 size)
{
	struct fsw_area *area;
	struct fsw_wb *wb = NULL;
	struct tmem_bpool pool;
	long nr;
	int ret;

	lockdep_assert_held(&disk->setup);
	if (disk->removed)
		return -ENODEV;
	if (disk->area) {
		pr_err("%s: has a size already: reset it first\n",
		       disk->gd->disk_name);
		return -EBUSY;
	}
	nr = slots_for(disk, size);
	if (nr < 0)
		return nr;
	ret = fsw_pool_get(disk->backing.bdev, &pool, &disk->pin);
	if (ret) {
		pr_err("%s: no backend is active: load tmem_zcache or tmem_xen first\n",
		       disk->gd->disk_name);
		return ret;
	}
	ret = -ENOMEM;
	area = fsw_area_create(disk->id, nr, pool);
	if (!area)
		goto err_pin;
	if (disk->backing.bdev) {
		wb = fsw_wb_new(area, disk->backing.bdev);
		if (!wb)
			goto err_area;
	}
	ret = fsw_gendisk_set_sync(disk);
	if (ret)
		goto err_wb;
	down_write(&disk->lock);
	disk->area = area;
	disk->wb = wb;
	up_write(&disk->lock);
	set_capacity_and_notify(disk->gd,
				(sector_t)nr << (PAGE_SHIFT - SECTOR_SHIFT));
	return 0;

err_wb:
	if (wb)
		fsw_wb_free(wb);
err_area:
	fsw_area_destroy(area);
err_pin:
	tmem_backend_unpin(&disk->pin);
	return ret;
}

/* What is wrong with a backing device that could be opened; 0: nothing. */
static int check_backing(struct block_device *bdev, const char **why)
{
	*why = "is a frontswap device itself";
	if (fsw_is_ours(bdev))
		return -EINVAL;
	*why = "is read-only";
	if (bdev_read_only(bdev))
		return -EROFS;
	*why = "is smaller than a page";
	if (bdev_nr_bytes(bdev) < PAGE_SIZE)
		return -EINVAL;
	*why = "has blocks larger than a page";
	if (bdev_logical_block_size(bdev) > PAGE_SIZE)
		return -EINVAL;
	*why = "is zoned";
	if (bdev_is_zoned(bdev))
		return -EINVAL;
	return 0;
}

static const char *why_not_open(int err)
{
	switch (err) {
	case -ENOENT:
		return "is not there";
	case -EBUSY:
		return "is in use";
	case -EACCES:
	case -EPERM:
	case -EROFS:
		return "is read-only";
	case -ENOTBLK:
		return "is no block device (a file becomes one by losetup)";
	default:
		return "cannot be opened";
	}
}

static int set_backing(struct fsw_disk *disk, const char *path)
{
	struct tmem_bdev backing = { };
	const char *why = NULL;
	char *copy = NULL, *old = disk->backing_path;
	int ret;

	lockdep_assert_held(&disk->setup);
	if (disk->removed)
		return -ENODEV;
	if (disk->area) {
		pr_err("%s: has a size already: set backing_dev before disksize\n",
		       disk->gd->disk_name);
		return -EBUSY;
	}
	if (*path && strcmp(path, "none")) {
		copy = kstrdup(path, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		ret = tmem_bdev_open(&backing, path, disk);
		if (ret)
			why = why_not_open(ret);
		else
			ret = check_backing(backing.bdev, &why);
		if (ret) {
			pr_err("%s: backing_dev=%s %s (%d)\n",
			       disk->gd->disk_name, path, why, ret);
			tmem_bdev_close(&backing, disk);
			kfree(copy);
			return ret;
		}
		/* It does not say whether it goes past the page cache. */
		if (MAJOR(backing.bdev->bd_dev) == LOOP_MAJOR)
			pr_notice("%s: backing_dev=%s is a file: swap needs page cache to write to it, unless it is made by losetup --direct-io=on\n",
				  disk->gd->disk_name, path);
	}
	tmem_bdev_close(&disk->backing, disk);
	disk->backing = backing;
	down_write(&disk->lock);
	disk->backing_path = copy;
	up_write(&disk->lock);
	kfree(old);
	return 0;
}

/* Keep a disk from being opened; -EBUSY if it is open, or claimed already. */
static int fsw_claim(struct fsw_disk *disk)
{
	int ret = 0;

	mutex_lock(&disk->gd->open_mutex);
	if (disk_openers(disk->gd) || disk->claimed)
		ret = -EBUSY;
	else
		disk->claimed = true;
	mutex_unlock(&disk->gd->open_mutex);
	return ret;
}

static void fsw_unclaim(struct fsw_disk *disk)
{
	mutex_lock(&disk->gd->open_mutex);
	disk->claimed = false;
	mutex_unlock(&disk->gd->open_mutex);
}

/* ---- /sys/block/frontswapN/ ---- */

static ssize_t disksize_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct fsw_disk *disk = disk_of(dev);

	return sysfs_emit(buf, "%llu\n",
			  (u64)get_capacity(disk->gd) << SECTOR_SHIFT);
}

static ssize_t disksize_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t len)
{
	struct fsw_disk *disk = disk_of(dev);
	u64 size;
	int ret;

	if (tmem_size_parse(buf, &size)) {
		pr_err("%s: disksize=%.*s: takes a size in bytes, with K, M, G, T, P or E if you like, up to %llu\n",
		       disk->gd->disk_name, (int)strcspn(buf, "\n"), buf,
		       FSW_MAX_SLOTS << PAGE_SHIFT);
		return -EINVAL;
	}
	if (mutex_lock_killable(&disk->setup))
		return -EINTR;
	ret = fsw_set_up(disk, size);
	mutex_unlock(&disk->setup);
	return ret ?: len;
}
static DEVICE_ATTR_RW(disksize);

static ssize_t backing_dev_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct fsw_disk *disk = disk_of(dev);
	ssize_t ret;

	down_read(&disk->lock);
	ret = sysfs_emit(buf, "%s\n", disk->backing_path ?: "none");
	up_read(&disk->lock);
	return ret;
}

static ssize_t backing_dev_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t len)
{
	struct fsw_disk *disk = disk_of(dev);
	char *path = kstrndup(buf, len, GFP_KERNEL);
	int ret = -EINTR;

	if (!path)
		return -ENOMEM;
	if (!mutex_lock_killable(&disk->setup)) {
		ret = set_backing(disk, strim(path));
		mutex_unlock(&disk->setup);
	}
	kfree(path);
	return ret ?: len;
}
static DEVICE_ATTR_RW(backing_dev);

static ssize_t initstate_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%d\n", !!get_capacity(disk_of(dev)->gd));
}
static DEVICE_ATTR_RO(initstate);

static ssize_t reset_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	struct fsw_disk *disk = disk_of(dev);
	bool yes;
	int ret;

	ret = kstrtobool(buf, &yes);
	if (ret || !yes) {
		pr_err("%s: reset takes 1\n", disk->gd->disk_name);
		return -EINVAL;
	}
	ret = fsw_claim(disk);
	if (ret) {
		pr_err("%s: in use, not reset\n", disk->gd->disk_name);
		return ret;
	}
	sync_blockdev(disk->gd->part0);
	ret = -EINTR;
	if (!mutex_lock_killable(&disk->setup)) {
		fsw_reset(disk);
		mutex_unlock(&disk->setup);
		ret = 0;
	}
	fsw_unclaim(disk);
	return ret ?: len;
}
static DEVICE_ATTR_WO(reset);

static ssize_t store_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct fsw_disk *disk = disk_of(dev);
	ssize_t ret;

	down_read(&disk->lock);
	ret = sysfs_emit(buf, "%d\n", disk->area && disk->area->taking);
	up_read(&disk->lock);
	return ret;
}

static ssize_t store_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t len)
{
	struct fsw_disk *disk = disk_of(dev);
	ssize_t ret = len;
	bool on;

	if (kstrtobool(buf, &on)) {
		pr_err("%s: store takes 0 or 1\n", disk->gd->disk_name);
		return -EINVAL;
	}
	down_read(&disk->lock);
	if (disk->area)
		WRITE_ONCE(disk->area->taking, on);
	else
		ret = -EINVAL;
	up_read(&disk->lock);
	return ret;
}
static DEVICE_ATTR_RW(store);

static ssize_t pages_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%ld\n", fsw_disk_pages(disk_of(dev)));
}
static DEVICE_ATTR_RO(pages);

static ssize_t writeback_store(struct device *dev,
			       struct device_attribute *attr,
			       const char *buf, size_t len)
{
	struct fsw_disk *disk = disk_of(dev);
	unsigned long nr;
	long ret;

	if (sysfs_streq(buf, "all")) {
		nr = LONG_MAX;
	} else if (kstrtoul(buf, 0, &nr) || !nr || nr > LONG_MAX) {
		pr_err("%s: writeback takes a number of pages, or all\n",
		       disk->gd->disk_name);
		return -EINVAL;
	}
	/* What comes meanwhile is not asked for. */
	nr = min_t(unsigned long, nr, fsw_disk_pages(disk));
	do {
		ret = fsw_disk_write_back(disk, nr, 0);
		if (ret == -EOPNOTSUPP)
			pr_err("%s: has no backing device to write back to\n",
			       disk->gd->disk_name);
		if (ret <= 0)
			break;
		nr -= ret;
		/* The freezer's, too: the write is made again after it. */
		if (nr && signal_pending(current))
			ret = -ERESTARTSYS;
	} while (nr && ret > 0);
	return ret < 0 ? ret : len;
}
static DEVICE_ATTR_WO(writeback);

static struct attribute *disk_attrs[] = {
	&dev_attr_disksize.attr,
	&dev_attr_backing_dev.attr,
	&dev_attr_initstate.attr,
	&dev_attr_reset.attr,
	&dev_attr_store.attr,
	&dev_attr_pages.attr,
	&dev_attr_writeback.attr,
	NULL,
};
ATTRIBUTE_GROUPS(disk);

/* ---- adding and removing ---- */

static int free_id(void)
{
	struct fsw_disk *disk;
	int id = 0;

	/* The list is in order. */
	list_for_each_entry(disk, &disks, list) {
		if (disk->id != id)
			break;
		id++;
	}
	return id < MAX_DISKS ? id : -ENOSPC;
}

static void fsw_insert(struct fsw_disk *new)
{
	struct fsw_disk *disk;

	list_for_each_entry(disk, &disks, list)
		if (disk->id > new->id)
			break;
	list_add_tail(&new->list, &disk->list);
}

/* Returns its id or an errno. */
static int fsw_add(void)
{
	struct fsw_disk *disk;
	int id, ret = -ENOMEM;

	lockdep_assert_held(&disks_mutex);
	id = free_id();
	if (id < 0)
		return id;
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return ret;
	disk->id = id;
	refcount_set(&disk->users, 1);
	mutex_init(&disk->setup);
	init_rwsem(&disk->lock);
	disk->gd = fsw_gendisk_new(disk);
	if (!disk->gd)
		goto err;
	ret = device_add_disk(NULL, disk->gd, disk_groups);
	if (ret)
		goto err_disk;
	fsw_insert(disk);
	return id;

err_disk:
	put_disk(disk->gd);
err:
	kfree(disk);
	return ret;
}

/* The next disk after one of this number, with a reference; NULL: none. */
static struct fsw_disk *disk_after(int id)
{
	struct fsw_disk *disk, *found = NULL;

	mutex_lock(&disks_mutex);
	list_for_each_entry(disk, &disks, list) {
		if (disk->id > id) {
			refcount_inc(&disk->users);
			found = disk;
			break;
		}
	}
	mutex_unlock(&disks_mutex);
	return found;
}

static void put(struct fsw_disk *disk)
{
	if (!refcount_dec_and_test(&disk->users))
		return;
	put_disk(disk->gd);
	kfree(disk);
}

/* Remove a disk that is claimed. */
static void fsw_remove(struct fsw_disk *disk)
{
	lockdep_assert_held(&disk->setup);
	disk->removed = true;
	mutex_unlock(&disk->setup);
	sync_blockdev(disk->gd->part0);
	/* Waits for who reads or writes its attributes. */
	del_gendisk(disk->gd);
	mutex_lock(&disk->setup);
	fsw_reset(disk);
	mutex_unlock(&disk->setup);
	mutex_lock(&disks_mutex);
	list_del(&disk->list);
	mutex_unlock(&disks_mutex);
	put(disk);
}

/**
 * fsw_walk_disks - call a function for every disk
 * @fn: the function; anything but 0 ends it
 * @arg: passed to @fn
 *
 * Disks may come and go meanwhile; one that has gone has no pages.
 *
 * Context: process; may sleep.  @fn is called without a lock.
 * Return: what the last call returned.
 */
int fsw_walk_disks(fsw_disk_fn fn, void *arg)
{
	struct fsw_disk *disk;
	int ret = 0, id = -1;

	while (!ret && (disk = disk_after(id))) {
		id = disk->id;
		ret = fn(disk, arg);
		put(disk);
	}
	return ret;
}

/**
 * fsw_disk_pages - how many pages of a disk are in the store?
 * @disk: the disk
 *
 * Context: process; may sleep, but for no I/O.
 * Return: pages; 0 of a disk that is not set up.
 */
long fsw_disk_pages(struct fsw_disk *disk)
{
	long pages;

	down_read(&disk->lock);
	pages = disk->area ? fsw_pages(disk->area) : 0;
	up_read(&disk->lock);
	return pages;
}

/**
 * fsw_disk_write_back - hand over the coldest slots of a disk: a step of it
 * @disk: the disk
 * @nr: how many, at most
 * @keep: but so many are to stay
 *
 * Context: process; sleeps for I/O, holding disk->setup.
 * Return: how many were handed over, 0 if none can be; -EOPNOTSUPP without a
 * backing device; -ENODEV if the disk goes; -EINTR for a fatal signal; -ENOMEM
 * without memory for buffers; -EIO if the backing device fails.
 */
long fsw_disk_write_back(struct fsw_disk *disk, unsigned long nr,
			 unsigned long keep)
{
	long ret = -EOPNOTSUPP;

	if (mutex_lock_killable(&disk->setup))
		return -EINTR;
	if (disk->removed)
		ret = -ENODEV;
	else if (disk->wb)
		ret = fsw_wb_run(disk->wb, nr, keep);
	mutex_unlock(&disk->setup);
	return ret;
}

/**
 * fsw_try_walk_disks - call a function for every disk, where that needs no waiting
 * @fn: the function; anything but 0 ends it
 * @arg: passed to @fn
 *
 * For a shrinker: whoever holds these locks may allocate memory.
 *
 * Context: process, also in reclaim.  @fn is called with disk->lock held to read.
 */
void fsw_try_walk_disks(fsw_disk_fn fn, void *arg)
{
	struct fsw_disk *disk;
	int ret = 0;

	if (!mutex_trylock(&disks_mutex))
		return;
	list_for_each_entry(disk, &disks, list) {
		if (!down_read_trylock(&disk->lock))
			continue;
		ret = fn(disk, arg);
		up_read(&disk->lock);
		if (ret)
			break;
	}
	mutex_unlock(&disks_mutex);
}

/* ---- /sys/class/frontswap-control/ ---- */

static ssize_t hot_add_show(TMEM_CLASS_CONST struct class *class,
			    TMEM_CLASS_CONST struct class_attribute *attr,
			    char *buf)
{
	int ret;

	mutex_lock(&disks_mutex);
	ret = fsw_add();
	mutex_unlock(&disks_mutex);
	return ret < 0 ? ret : sysfs_emit(buf, "%d\n", ret);
}

/* To read it adds a disk, so nobody but root may. */
static struct class_attribute class_attr_hot_add =
	__ATTR(hot_add, 0400, hot_add_show, NULL);

static ssize_t hot_remove_store(TMEM_CLASS_CONST struct class *class,
				TMEM_CLASS_CONST struct class_attribute *attr,
				const char *buf, size_t len)
{
	struct fsw_disk *disk;
	int id, ret = -ENODEV;

	if (kstrtoint(buf, 10, &id) || id < 0) {
		pr_err("hot_remove takes the number of a disk\n");
		return -EINVAL;
	}
	disk = disk_after(id - 1);
	if (disk && disk->id == id) {
		ret = fsw_claim(disk);
		if (!ret && mutex_lock_killable(&disk->setup)) {
			fsw_unclaim(disk);
			ret = -EINTR;
		}
		if (!ret)
			fsw_remove(disk);
	}
	if (disk)
		put(disk);
	if (ret && ret != -EINTR)
		pr_err("frontswap%d: %s, not removed\n", id,
		       ret == -EBUSY ? "in use" : "is not there");
	return ret ?: len;
}
static CLASS_ATTR_WO(hot_remove);

static struct attribute *control_class_attrs[] = {
	&class_attr_hot_add.attr,
	&class_attr_hot_remove.attr,
	NULL,
};
ATTRIBUTE_GROUPS(control_class);

static struct class control_class = {
	.name = "frontswap-control",
	.class_groups = control_class_groups,
};

static void fsw_remove_all(void)
{
	struct fsw_disk *disk;

	while ((disk = disk_after(-1))) {
		/*
		 * Who has one open has a reference on this module, too; who is
		 * about to reset it has not, and fsw_remove() waits for him.
		 */
		if (fsw_claim(disk))
			WARN_ON_ONCE(disk_openers(disk->gd));
		mutex_lock(&disk->setup);
		fsw_remove(disk);
		put(disk);
	}
}

/**
 * fsw_control_init - add disks, and let people add more
 * @devices: how many
 *
 * Context: process; may sleep.
 * Return: 0, also when there is no memory for all; -EINVAL for too many; -ENOMEM, or
 * another errno, if there is none.
 */
int fsw_control_init(unsigned int devices)
{
	unsigned int i;
	int ret;

	if (devices > MAX_DISKS) {
		pr_err("parameter devices=%u: takes 0 to %d\n", devices,
		       MAX_DISKS);
		return -EINVAL;
	}
	ret = class_register(&control_class);
	if (ret)
		return ret;
	for (i = 0; i < devices; i++) {
		mutex_lock(&disks_mutex);
		ret = fsw_add();
		mutex_unlock(&disks_mutex);
		if (ret >= 0)
			continue;
		if (!i) {
			fsw_control_exit();
			return ret;
		}
		/* Who has opened one of these holds the module: that has to stay. */
		pr_warn("%u of %u disks: error %d\n", i, devices, ret);
		break;
	}
	return 0;
}

/**
 * fsw_control_exit - remove all disks
 *
 * Context: process; may sleep.
 */
void fsw_control_exit(void)
{
	class_unregister(&control_class);
	fsw_remove_all();
}
