// SPDX-License-Identifier: GPL-2.0
/*
 * give.c - the host is to have memory back
 *
 * Purpose: what selfballooning asks of the store: what it costs, whether its
 * pages are wanted, and to have fewer.
 *
 * Why this design: the kernel's shrinker cannot be that.  It speaks for memory
 * that the guest is short of, and has nothing to give while the page cache has
 * (shrink.c).  Here the guest is short of nothing, but idle.  Data of what is
 * evicted lies in groups of pages together with what stays: groups come free by
 * compaction.
 *
 * Locking: none.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <compat/module.h>
#include <tmem/zcache.h>
#include "zcache.h"

/* Pages evicted between two looks at what has come free. */
#define GIVE_BATCH	256

static unsigned long used_pages(void)
{
	return zc_room_used() >> PAGE_SHIFT;
}

/**
 * tmem_zcache_look - the store, a moment ago
 * @v: where to
 *
 * Context: process.
 */
void tmem_zcache_look(struct tmem_zcache_view *v)
{
	v->used = used_pages();
	v->file_pages = zc_evict_pages();
	v->hits = zc_stat_read(eph_hits);
}
TMEM_EXPORT_SYMBOL(tmem_zcache_look);

/**
 * tmem_zcache_give - evict file pages, those worth least first
 * @pages: pages of memory that are to come free; swap stays
 *
 * Context: process; sleeps.
 * Return: pages of memory that have come free.
 */
unsigned long tmem_zcache_give(unsigned long pages)
{
	unsigned long before = used_pages(), now = before, batch = 0;

	while (now + pages > before && zc_evict_some(GIVE_BATCH, WHY_IDLE)) {
		if (!(++batch % 8))
			zc_zs_compact();
		now = used_pages();
		cond_resched();
	}
	zc_zs_compact();
	now = used_pages();
	return now < before ? before - now : 0;
}
TMEM_EXPORT_SYMBOL(tmem_zcache_give);
