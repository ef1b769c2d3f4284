/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is a page of a container (memory cgroup) that is at its own limit?
 *
 * Reclaim does not say for whom it works.  But a container's own reclaim begins
 * when its use, or that of one that it is in, reaches a limit, and takes it
 * down by a few pages at a time; so use tells.
 *
 * bcfe06bf2622 ("mm: memcontrol: Use helpers to read page's memcg data", 5.11)
 * made page->mem_cgroup page_memcg(), and folios came in 5.16.
 */
#ifndef _TMEM_COMPAT_MEMCG_H
#define _TMEM_COMPAT_MEMCG_H

#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_counter.h>
#include <linux/rcupdate.h>

#ifdef CONFIG_MEMCG
/* Pages below its limit that reclaim may have got a container to. */
#define TMEM_MEMCG_SLACK	128

/* Context: RCU read section; the folio is locked. */
static inline bool tmem_folio_memcg_full(struct folio *folio)
{
	struct mem_cgroup *memcg = folio_memcg(folio);
	unsigned long limit;

	/* The root has no limit. */
	for (; memcg && memcg->css.parent; memcg = parent_mem_cgroup(memcg)) {
		limit = min(READ_ONCE(memcg->memory.max),
			    READ_ONCE(memcg->memory.high));
		if (limit < PAGE_COUNTER_MAX &&
		    page_counter_read(&memcg->memory) + TMEM_MEMCG_SLACK > limit)
			return true;
	}
	return false;
}
#else
static inline bool tmem_folio_memcg_full(struct folio *folio)
{
	return false;
}
#endif

#endif /* _TMEM_COMPAT_MEMCG_H */
