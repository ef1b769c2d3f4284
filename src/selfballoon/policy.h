/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy.h - how much memory a guest should have; pure functions
 *
 * Purpose: state in, target out.  Nothing here looks at the system, sleeps or
 * locks, so that tables of cases test it in user space.
 *
 * All amounts are pages of 4 KiB.
 */
#ifndef _SELFBALLOON_POLICY_H
#define _SELFBALLOON_POLICY_H

#include <linux/types.h>

#define SB_MB2PAGES(mb)	((u64)(mb) << 8)

/**
 * struct sb_view - what the policy knows of the guest
 * @totalram: memory that the kernel has now
 * @committed: anonymous and shared memory promised to processes
 * @reserve: memory that the page allocator keeps for itself
 * @available: what could be had without swapping (MemAvailable)
 * @free: pages that nobody uses
 * @free_swap: free swap space
 * @frontswap: pages of swap in tmem
 * @current_pages: the balloon driver's idea of @totalram; it counts memory
 *	that the kernel image takes as well
 * @max_pages: what @current_pages is with an empty balloon
 */
struct sb_view {
	unsigned long totalram, committed, reserve, available;
	unsigned long free, free_swap, frontswap;
	unsigned long current_pages, max_pages;
};

/**
 * struct sb_params - how to follow the goal
 * @downhysteresis: shrink by 1/this of the distance; 0 counts as 1
 * @uphysteresis: grow by 1/this of the distance; 0 counts as 1
 * @min_usable_mb: never below this and the reserve; 0: by the guest's size
 * @reserved_mb: to have beyond what is needed
 * @count_frontswap: leave room for pages of swap that are to come back
 */
struct sb_params {
	unsigned int downhysteresis, uphysteresis;
	unsigned int min_usable_mb, reserved_mb;
	bool count_frontswap;
};

unsigned long sb_floor(const struct sb_view *v, const struct sb_params *p);
unsigned long sb_target(const struct sb_view *v, const struct sb_params *p);

/**
 * struct sb_shrink - frontswap-selfshrinking from one interval to the next
 * @last: pages in frontswap the last time
 * @countdown: intervals until it begins
 */
struct sb_shrink {
	unsigned long last;
	unsigned int countdown;
};

unsigned long sb_come_home(struct sb_shrink *s, const struct sb_view *v,
			   unsigned int hysteresis, unsigned int inertia);

#endif /* _SELFBALLOON_POLICY_H */
