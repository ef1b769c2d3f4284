/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations that do not wait and are not to fail because a zone's watermarks
 * are boosted.
 *
 * Since 5.0, a block of pages that is used for another kind of memory raises all
 * watermarks of its zone, up to two and a half times, until kswapd has freed as
 * much: "mm: reclaim small amounts of memory when an external fragmentation
 * event occurs".  Who may reclaim waits for that; who may not just fails, though
 * nothing is short.  The allocator lets single pages pass that are asked for
 * with __GFP_ATOMIC (5.9, f80b08fc4453), which does nothing else together with
 * __GFP_NOMEMALLOC; and since 6.3, where that flag is gone, with __GFP_HIGH,
 * which lets them have half of what is below the min watermark as well.
 */
#ifndef _TMEM_COMPAT_GFP_H
#define _TMEM_COMPAT_GFP_H

#include <linux/gfp.h>

#ifdef __GFP_ATOMIC
#define TMEM_GFP_UNBOOSTED	__GFP_ATOMIC
#else
#define TMEM_GFP_UNBOOSTED	__GFP_HIGH
#endif

/* What it lets them have of the pages below a min watermark of @min. */
static inline unsigned long tmem_gfp_below(unsigned long min)
{
	return TMEM_GFP_UNBOOSTED == __GFP_HIGH ? min / 2 : 0;
}

#endif /* _TMEM_COMPAT_GFP_H */
