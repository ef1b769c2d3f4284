// SPDX-License-Identifier: GPL-2.0
/*
 * cost.c - the time that keeping pages takes, and what reading them would have
 *
 * Purpose: say by our own measure, in seconds, what the store spends and saves.
 *
 * Why this design: what is spent is CPU time of puts and gets, of which one in
 * EVERY is timed.  What is saved is the time that pages which came from the
 * store would have taken on their disk: the block layer counts how long
 * requests of a device took and how many sectors they were for, so a page of
 * it costs their quotient, looked at once a second.  Nobody waits for pages
 * that are read ahead in time, and requests overlap: that makes the saving look
 * larger than it is, as a disk behind a cache or a hypervisor makes it smaller.
 *
 * Locking: none; what is lost in a race is one sample.
 */
#include <linux/blkdev.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/part_stat.h>
#include <linux/sched/clock.h>
#include <compat/test_export.h>
#include "cleancache.h"

/* One in so many calls, for a page or a run, is timed. */
#define EVERY		16
/* Longer than this a page, and something else ran in between; ns. */
#define TOO_LONG	NSEC_PER_MSEC
/* Sectors that must have been read for a new estimate. */
#define SECTORS_MIN	1024

static DEFINE_PER_CPU(unsigned int, cc_cost_turn);

/**
 * cc_cost_begin - pages are about to be put or asked for
 *
 * Context: any.
 * Return: what cc_cost_end() wants; 0 if this one is not timed.
 */
u64 cc_cost_begin(void)
{
	if (this_cpu_inc_return(cc_cost_turn) % EVERY)
		return 0;
	return local_clock();
}

/**
 * cc_cost_end - that is over
 * @begin: what cc_cost_begin() said
 * @nr: number of pages
 *
 * Context: any.
 */
void cc_cost_end(u64 begin, unsigned int nr)
{
	u64 took;

	if (!begin)
		return;
	took = local_clock() - begin;
	/* Another CPU's clock may be behind. */
	if (took <= (u64)nr * TOO_LONG)
		cc_time_add(spent_ns, took * EVERY);
}

/**
 * cc_cost_of_page - what a page takes to be read, from what a device has done
 * @nsecs: that its requests took
 * @sectors: that they were for
 *
 * Context: any.
 * Return: nanoseconds, at most a second; 0: too little was read to say.
 */
u32 cc_cost_of_page(u64 nsecs, u64 sectors)
{
	if (sectors < SECTORS_MIN)
		return 0;
	return min_t(u64, div64_u64(nsecs, sectors) << (PAGE_SHIFT - 9),
		     NSEC_PER_SEC);
}
TMEM_EXPORT_FOR_TEST(cc_cost_of_page);

/**
 * cc_cost_look - see what the disk of a file system has been doing
 * @fs: the file system
 * @sb: the same, mounted
 *
 * Context: process.
 */
void cc_cost_look(struct cc_fs *fs, const struct super_block *sb)
{
	struct cc_disk *disk = &fs->disk;
	struct block_device *bdev = sb->s_bdev;
	u64 nsecs, sectors;
	u32 page_ns;

	if (!bdev || time_before(jiffies, READ_ONCE(disk->next)))
		return;
	WRITE_ONCE(disk->next, jiffies + HZ);
	nsecs = part_stat_read(bdev, nsecs[STAT_READ]);
	sectors = part_stat_read(bdev, sectors[STAT_READ]);
	page_ns = cc_cost_of_page(nsecs - disk->nsecs, sectors - disk->sectors);
	if (!page_ns)
		return;
	WRITE_ONCE(disk->page_ns, page_ns);
	disk->nsecs = nsecs;
	disk->sectors = sectors;
}
