/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy.h - how much memory a guest should have; pure functions
 *
 * Purpose: state in, target out.  Nothing here looks at the system, sleeps or
 * locks, so that tables of cases test it in user space.
 *
 * All amounts are pages, of whatever size.
 */
#ifndef _SELFBALLOON_POLICY_H
#define _SELFBALLOON_POLICY_H

#include <linux/types.h>
#include <asm/page.h>

#define SB_MB2PAGES(mb)	((u64)(mb) << (20 - PAGE_SHIFT))

/* Tasks may wait for memory 1/this of the time; more, and the guest is left alone. */
#define SB_STALL_SHARE	1000

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
 * @calm: how often in a row something was taken and not missed; 0 if unknown
 */
struct sb_view {
	unsigned long totalram, committed, reserve, available;
	unsigned long free, free_swap, frontswap;
	unsigned long current_pages, max_pages;
	unsigned int calm;
};

/**
 * struct sb_params - how to follow the goal
 * @downhysteresis: shrink by 1/this of the distance, twice as much each time that
 *	the guest stayed calm; 0 counts as 1
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

/**
 * struct sb_held - what small changes do not move, from one look to the next
 * @goal: what the guest would have, as it last changed for more than a little
 * @least: what it must have, likewise
 */
struct sb_held {
	u64 goal, least;
};

unsigned long sb_target(const struct sb_view *v, const struct sb_params *p,
			struct sb_held *held);

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

/**
 * struct sb_outside - whether somebody else sets the balloon's target
 * @rest: intervals for which that target is left alone
 * @level: the next rest takes 2^this times as long
 * @calm: intervals since the rest in which nobody has set another
 */
struct sb_outside {
	unsigned int rest, level, calm;
};

void sb_outside_set(struct sb_outside *o, bool undone);
bool sb_outside_rests(struct sb_outside *o);

/**
 * enum sb_pause - is it the time to take memory from the page cache?
 * @SB_GO: yes
 * @SB_SLOW: yes, but less of it
 * @SB_PAUSE_STALL: no, tasks wait for memory
 * @SB_PAUSE_REFAULTS: no, file pages are read again that had gone
 * @SB_PAUSE_HITS: no, the store is asked for its pages
 * @SB_PAUSE_REST: no, not yet, after one of these
 */
enum sb_pause {
	SB_GO,
	SB_SLOW,
	SB_PAUSE_STALL,
	SB_PAUSE_REFAULTS,
	SB_PAUSE_HITS,
	SB_PAUSE_REST,
};

/**
 * struct sb_signs - what has happened in the last interval
 * @totalram: pages of RAM
 * @stall_us: microseconds for which some task waited for memory
 * @interval_us: out of so many
 * @refaults: file pages that were read again after they had gone
 * @hits: of these, about, came from the store
 * @grown: pages by which the page cache has grown
 * @taken: pages that had been taken just before
 */
struct sb_signs {
	unsigned long totalram;
	u64 stall_us, interval_us;
	unsigned long refaults, hits, grown, taken;
};

/**
 * struct sb_pace - what it remembers between intervals
 * @rest: intervals to rest
 * @level: the rest takes 4^this intervals
 * @quiet: intervals without a sign, after that rest
 * @calm: how often in a row pages were taken, nobody missed any, and nothing else
 *	was read either
 */
struct sb_pace {
	unsigned int rest, level, quiet, calm;
};

enum sb_pause sb_pace(struct sb_pace *s, const struct sb_signs *f);
unsigned long sb_excess(unsigned long target, unsigned long now,
			unsigned long file_pages, enum sb_pause pace);

#endif /* _SELFBALLOON_POLICY_H */
