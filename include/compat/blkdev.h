/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block devices that are driven by bios: making one, and opening another below
 * it.
 *
 * 3222d8c2a7f8 ("block: remove ->rw_page", 6.3) removed the call for which
 * swapon took a device for a synchronous one; a queue flag came instead, and
 * with "block: move the synchronous flag to queue_limits" (6.11) a feature.
 * d32e2bf83791 ("block: pass a gendisk to ->open", 6.5) changed ->open, in the
 * release that brought blk_mode_t and BLK_OPEN_READ.
 * "block: pass a queue_limits argument to blk_alloc_disk" (6.9), and the
 * setters of single limits went with 6.11.
 * 841dd789b867 ("block: add a freeze-safe ... holder ops", 6.5),
 * e719b4d15674 ("block: Provide bdev_open_* functions", 6.7) and
 * f3a608827d1f ("bdev: open block device as files", 6.9) each changed how a
 * device is opened by its path.
 * "bdev: rename freeze and thaw helpers" (6.8) made thaw_bdev() bdev_thaw().
 */
#ifndef _TMEM_COMPAT_BLKDEV_H
#define _TMEM_COMPAT_BLKDEV_H

#include <linux/blkdev.h>
#include <linux/blk-cgroup.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/pagemap.h>
#include <linux/version.h>

/* What ends the freeze of a device. */
#ifdef TMEM_HAVE_bdev_thaw
#define tmem_bdev_thaw bdev_thaw
#else
#define tmem_bdev_thaw thaw_bdev
#endif

/* The bio is of no cgroup, whoever sends it. */
static inline void tmem_bio_of_root(struct bio *bio)
{
#ifdef CONFIG_BLK_CGROUP
	bio_associate_blkg_from_css(bio, blkcg_root_css);
#endif
}

/* ---- a device that is open ---- */

/**
 * struct tmem_bdev - a block device opened exclusively, to read and to write
 * @bdev: the device; NULL: none
 * @ref: what keeps it open
 */
struct tmem_bdev {
	struct block_device *bdev;
	void *ref;
};

/* @holder identifies the owner in both.  Returns 0 or an errno. */
static inline int tmem_bdev_open(struct tmem_bdev *b, const char *path,
				 void *holder)
{
#if defined(TMEM_HAVE_bdev_file_open_by_path)
	struct file *file = bdev_file_open_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE,
						   holder, NULL);

	if (IS_ERR(file))
		return PTR_ERR(file);
	*b = (struct tmem_bdev){ .bdev = file_bdev(file), .ref = file };
#elif defined(TMEM_HAVE_bdev_open_by_path)
	struct bdev_handle *h = bdev_open_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE,
						  holder, NULL);

	if (IS_ERR(h))
		return PTR_ERR(h);
	*b = (struct tmem_bdev){ .bdev = h->bdev, .ref = h };
#else
	struct block_device *bdev;

#ifdef BLK_OPEN_READ
	bdev = blkdev_get_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE, holder,
				  NULL);
#else
	bdev = blkdev_get_by_path(path, FMODE_READ | FMODE_WRITE | FMODE_EXCL,
				  holder);
#endif
	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	*b = (struct tmem_bdev){ .bdev = bdev, .ref = bdev };
#endif
	return 0;
}

static inline void tmem_bdev_close(struct tmem_bdev *b, void *holder)
{
	if (!b->bdev)
		return;
#if defined(TMEM_HAVE_bdev_file_open_by_path)
	bdev_fput(b->ref);
#elif defined(TMEM_HAVE_bdev_open_by_path)
	bdev_release(b->ref);
#elif defined(BLK_OPEN_READ)
	blkdev_put(b->ref, holder);
#else
	blkdev_put(b->ref, FMODE_READ | FMODE_WRITE | FMODE_EXCL);
#endif
	*b = (struct tmem_bdev){ };
}

/* ---- a device of our own ---- */

/* What ->open is given, and the disk that it is given it for. */
#ifdef BLK_OPEN_READ
#define TMEM_OPENED	struct gendisk *
#define TMEM_OPEN_MODE	blk_mode_t
#define TMEM_OPEN_WRITE	BLK_OPEN_WRITE

static inline struct gendisk *tmem_opened_disk(TMEM_OPENED opened)
{
	return opened;
}
#else
#define TMEM_OPENED	struct block_device *
#define TMEM_OPEN_MODE	fmode_t
#define TMEM_OPEN_WRITE	FMODE_WRITE

static inline struct gendisk *tmem_opened_disk(TMEM_OPENED opened)
{
	return opened->bd_disk;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define TMEM_HAVE_RW_PAGE
#endif

/*
 * A disk for whole pages that discards any number of them, whose pages must not
 * change while they are written, without seek times.  NULL: no memory.
 */
static inline struct gendisk *tmem_alloc_page_disk(void)
{
#ifdef BLK_FEAT_STABLE_WRITES
	struct queue_limits lim = {
		.logical_block_size = PAGE_SIZE,
		.physical_block_size = PAGE_SIZE,
		.io_min = PAGE_SIZE,
		.io_opt = PAGE_SIZE,
		.max_hw_discard_sectors = UINT_MAX,
		.discard_granularity = PAGE_SIZE,
		.features = BLK_FEAT_STABLE_WRITES,
	};
	struct gendisk *disk = blk_alloc_disk(&lim, NUMA_NO_NODE);

	return IS_ERR(disk) ? NULL : disk;
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	struct gendisk *disk = blk_alloc_disk(NUMA_NO_NODE);
	struct request_queue *q;

	if (!disk)
		return NULL;
	q = disk->queue;
	blk_queue_logical_block_size(q, PAGE_SIZE);
	blk_queue_physical_block_size(q, PAGE_SIZE);
	blk_queue_io_min(q, PAGE_SIZE);
	blk_queue_io_opt(q, PAGE_SIZE);
	q->limits.discard_granularity = PAGE_SIZE;
	blk_queue_max_discard_sectors(q, UINT_MAX);
	blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, q);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_flag_clear(QUEUE_FLAG_ADD_RANDOM, q);
	return disk;
#else
#error "tmem: kernels 6.9 and 6.10 are not supported"
#endif
}

/*
 * Is all I/O of the disk done when it has been submitted?  Then swap neither
 * reads ahead nor keeps a copy.  @sync and @async are its tables of operations,
 * of which only @sync may have ->rw_page.  Nobody has the disk open.
 */
static inline int tmem_disk_set_sync(struct gendisk *disk, bool is_sync,
				     const struct block_device_operations *sync,
				     const struct block_device_operations *async)
{
#ifdef BLK_FEAT_SYNCHRONOUS
	struct queue_limits lim = queue_limits_start_update(disk->queue);

	if (is_sync)
		lim.features |= BLK_FEAT_SYNCHRONOUS;
	else
		lim.features &= ~BLK_FEAT_SYNCHRONOUS;
	disk->fops = is_sync ? sync : async;
	return queue_limits_commit_update(disk->queue, &lim);
#else
#ifndef TMEM_HAVE_RW_PAGE
	if (is_sync)
		blk_queue_flag_set(QUEUE_FLAG_SYNCHRONOUS, disk->queue);
	else
		blk_queue_flag_clear(QUEUE_FLAG_SYNCHRONOUS, disk->queue);
#endif
	disk->fops = is_sync ? sync : async;
	return 0;
#endif
}

#ifdef TMEM_HAVE_RW_PAGE
/* The accounts of one page of I/O that is no bio. */
static inline unsigned long tmem_page_start_io_acct(struct block_device *bdev,
						    enum req_op op)
{
	return bdev_start_io_acct(bdev, PAGE_SIZE >> SECTOR_SHIFT, op, jiffies);
}

static inline void tmem_page_end_io_acct(struct block_device *bdev,
					 enum req_op op, unsigned long start)
{
	bdev_end_io_acct(bdev, op, start);
}
#endif

#endif /* _TMEM_COMPAT_BLKDEV_H */
