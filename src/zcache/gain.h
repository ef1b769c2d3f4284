/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gain.h - does keeping file pages save more than it takes away? see gain.c
 */
#ifndef _ZCACHE_GAIN_H
#define _ZCACHE_GAIN_H

#include <linux/types.h>

/**
 * struct zc_gain - what file pages in the store were good for
 * @saved: pages that came from the store and else from the disk, lately
 * @wasted: that came from the store, and would still be in the page cache if
 *	the store's RAM were there
 * @lost: that were read from the disk, and would be there
 * @asked: that were counted since it was judged last
 * @harms: by that it takes away more than it saves
 * @give: pages that are to go for that
 * @all_saved: as @saved, ever
 * @all_wasted: as @wasted, ever
 * @all_lost: as @lost, ever
 *
 * All under the lock of the owner: see evict.c.
 */
struct zc_gain {
	unsigned long saved;
	unsigned long wasted;
	unsigned long lost;
	unsigned int asked;
	bool harms;
	unsigned long give;
	unsigned long all_saved;
	unsigned long all_wasted;
	unsigned long all_lost;
};

void zc_gain_asked(struct zc_gain *g, bool hit, u32 distance, unsigned long ram,
		   unsigned long held, unsigned int shards, bool dear);

#endif /* _ZCACHE_GAIN_H */
