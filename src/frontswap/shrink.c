// SPDX-License-Identifier: GPL-2.0
/*
 * shrink.c - fewer pages, please
 *
 * Purpose: say how many pages swap holds in the store, and bring them down, for
 * vm.frontswap and for selfballooning.
 *
 * Why this design: the coldest pages of one disk after the other are handed over
 * to its backing device.  A disk without one can give nothing.
 *
 * Locking: none; that of control.c is held for a step of it at a time.
 */
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <compat/module.h>
#include <tmem/frontswap.h>
#include "frontswap.h"

/* Times to try, as pages that are being written cannot go. */
#define ROUNDS 4

static int count_pages(struct fsw_disk *disk, void *arg)
{
	unsigned long *sum = arg;

	*sum += fsw_disk_pages(disk);
	return 0;
}

/**
 * tmem_frontswap_curr_pages - how many pages does swap hold in tmem?
 *
 * Context: process; may sleep.
 * Return: pages, over all swap devices.
 */
unsigned long tmem_frontswap_curr_pages(void)
{
	unsigned long sum = 0;

	fsw_walk_disks(count_pages, &sum);
	return sum;
}
TMEM_EXPORT_SYMBOL(tmem_frontswap_curr_pages);

/**
 * struct fsw_shrink - what is to be done
 * @surplus: pages to go, that no disk has been asked for yet
 * @moved: pages that have gone
 * @stuck: pages of disks without a backing device
 */
struct fsw_shrink {
	unsigned long surplus;
	unsigned long moved;
	unsigned long stuck;
};

static int shrink_disk(struct fsw_disk *disk, void *arg)
{
	unsigned long pages = fsw_disk_pages(disk), share, keep;
	struct fsw_shrink *s = arg;
	long ret;

	share = min(pages, s->surplus);
	if (!share)
		return 0;
	keep = pages - share;
	s->surplus -= share;
	do {
		ret = fsw_disk_write_back(disk, share, keep);
		if (ret == -EOPNOTSUPP) {
			s->surplus += share;
			s->stuck += pages;
			return 0;
		}
		if (ret < 0)
			return ret == -ENODEV ? 0 : ret;
		s->moved += ret;
		share -= ret;
		if (share && signal_pending(current))
			return -EINTR;
	} while (ret && share);
	return 0;
}

/**
 * tmem_frontswap_shrink - bring the pages that swap holds in tmem down
 * @target: to so many
 *
 * Pages are written to the backing devices of their swap devices, coldest
 * first.  What is put meanwhile may bring the number up again.
 *
 * Context: process; sleeps for I/O.  A signal ends it early.
 * Return: 0 if no more than @target are held, or as many have gone as were too
 * many at first; -EOPNOTSUPP if there are more than @target in swap devices that
 * have no backing device; -EIO if one fails; -ENOMEM; -EINTR; -EAGAIN if too
 * many could not go, since they were just being written.
 */
int tmem_frontswap_shrink(unsigned long target)
{
	unsigned long held, moved = 0, surplus = 0;
	unsigned int rounds = ROUNDS;
	struct fsw_shrink s;
	int ret;

	while ((held = tmem_frontswap_curr_pages()) > target) {
		surplus = surplus ?: held - target;
		if (moved >= surplus)
			break;
		if (!rounds--)
			return -EAGAIN;
		s = (struct fsw_shrink){ .surplus = held - target };
		ret = fsw_walk_disks(shrink_disk, &s);
		if (ret)
			return ret;
		if (s.stuck > target)
			return -EOPNOTSUPP;
		if (signal_pending(current))
			return -EINTR;
		moved += s.moved;
	}
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_frontswap_shrink);
