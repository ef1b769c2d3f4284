/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Containers: memory cgroups with a limit.
 *
 * Reclaim does not say for whom it works.  But a container's own reclaim begins
 * when its use, or that of one that it is in, reaches a limit, and takes it
 * down by a few pages at a time; so use tells.
 *
 * bcfe06bf2622 ("mm: memcontrol: Use helpers to read page's memcg data", 5.11)
 * made page->mem_cgroup page_memcg(), folios came in 5.16, and cgroups by their
 * id in 5.14 (6b658c4863c1).
 */
#ifndef _TMEM_COMPAT_MEMCG_H
#define _TMEM_COMPAT_MEMCG_H

#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_counter.h>
#include <linux/rcupdate.h>
#include <linux/swap.h>
#include <linux/version.h>

#ifdef CONFIG_MEMCG
/* Pages below its limit that reclaim may have got a container to. */
#define TMEM_MEMCG_SLACK	128
/* Pages of a huge page, 2 MB. */
#define TMEM_MEMCG_HUGE		(2UL << (20 - PAGE_SHIFT))

/* Context: RCU read section; the page is locked, or the caller's alone. */
static inline struct mem_cgroup *tmem_page_memcg(struct page *page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	return folio_memcg(page_folio(page));
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return page_memcg(compound_head(page));
#else
	return READ_ONCE(compound_head(page)->mem_cgroup);
#endif
}

/* In pages; PAGE_COUNTER_MAX: it has none, as the root. */
static inline unsigned long tmem_memcg_limit(const struct mem_cgroup *memcg)
{
	return min(READ_ONCE(memcg->memory.max), READ_ONCE(memcg->memory.high));
}

/*
 * The id of the container that a page is in, 0 if it is in none: the innermost
 * one that is at its limit (*@full), or else the innermost one.
 * Context: as above.
 */
static inline u64 tmem_page_container(struct page *page, bool *full)
{
	struct mem_cgroup *memcg = tmem_page_memcg(page);
	unsigned long limit;
	u64 id = 0;

	*full = false;
	/* The root has no limit. */
	for (; memcg && memcg->css.parent; memcg = parent_mem_cgroup(memcg)) {
		limit = tmem_memcg_limit(memcg);
		if (limit >= PAGE_COUNTER_MAX)
			continue;
		*full = page_counter_read(&memcg->memory) + TMEM_MEMCG_SLACK >
			limit;
		if (*full || !id)
			id = cgroup_id(memcg->css.cgroup);
		if (*full)
			break;
	}
	return id;
}

/*
 * Is a container that a page is in at its limit, or where one round of its reclaim
 * gets it: a huge page below, or a 16th of it if that is less, and with the generations
 * of the multi-gen LRU 1/4096 of it and more?
 * Context: as above, or the page is under writeback.
 */
static inline bool tmem_page_memcg_reclaims(struct page *page)
{
	struct mem_cgroup *memcg = tmem_page_memcg(page);
	unsigned long limit, slack;

	for (; memcg && memcg->css.parent; memcg = parent_mem_cgroup(memcg)) {
		limit = tmem_memcg_limit(memcg);
		slack = min(limit >> 4, TMEM_MEMCG_HUGE) + (limit >> 10);
		if (limit < PAGE_COUNTER_MAX &&
		    page_counter_read(&memcg->memory) + slack > limit)
			return true;
	}
	return false;
}

/* Is a page in one of @nr cgroups, or below?  Context: as above. */
static inline bool tmem_page_in_cgroups(struct page *page, const u64 *ids,
					unsigned int nr)
{
	struct mem_cgroup *memcg = tmem_page_memcg(page);
	unsigned int i;

	for (; memcg && memcg->css.parent; memcg = parent_mem_cgroup(memcg))
		for (i = 0; i < nr; i++)
			if (cgroup_id(memcg->css.cgroup) == ids[i])
				return true;
	return false;
}

/* The id of a cgroup (of version 2), or 0 if there is none of that path. */
static inline u64 tmem_cgroup_find(const char *path)
{
	struct cgroup *cgrp = cgroup_get_from_path(path);
	u64 id;

	if (IS_ERR_OR_NULL(cgrp))
		return 0;
	id = cgroup_id(cgrp);
	cgroup_put(cgrp);
	return id;
}

/* Its path, or "-" if it is gone, or of version 1. */
static inline void tmem_cgroup_path(u64 id, char *buf, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	struct cgroup *cgrp = cgroup_get_from_id(id);
	int ret;

	if (!IS_ERR_OR_NULL(cgrp)) {
		ret = cgroup_path(cgrp, buf, size);
		cgroup_put(cgrp);
		if (ret >= 0)
			return;
	}
#endif
	snprintf(buf, size, "-");
}
#else
static inline u64 tmem_page_container(struct page *page, bool *full)
{
	*full = false;
	return 0;
}

static inline bool tmem_page_memcg_reclaims(struct page *page)
{
	return false;
}

static inline bool tmem_page_in_cgroups(struct page *page, const u64 *ids,
					unsigned int nr)
{
	return false;
}

static inline u64 tmem_cgroup_find(const char *path)
{
	return 0;
}

static inline void tmem_cgroup_path(u64 id, char *buf, size_t size)
{
	snprintf(buf, size, "-");
}
#endif

/* Context: RCU read section; the page is locked. */
static inline bool tmem_page_memcg_full(struct page *page)
{
	bool full;

	tmem_page_container(page, &full);
	return full;
}

/*
 * Is a page being swapped out, and for its container's limit?  What is in the swap
 * cache is nothing else than a page of a process or of shmem, whatever else may be
 * written to a swap device; and kswapd works for nobody's limit.  Who reclaims for the
 * whole machine himself is not told from one who does for a container that is full.
 * Context: RCU read section; the page is locked or under writeback.
 */
static inline bool tmem_page_swap_memcg_full(struct page *page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	bool swap = folio_test_swapcache(page_folio(page));
#else
	bool swap = PageSwapCache(compound_head(page));
#endif

	return swap && !current_is_kswapd() && tmem_page_memcg_reclaims(page);
}

#endif /* _TMEM_COMPAT_MEMCG_H */
