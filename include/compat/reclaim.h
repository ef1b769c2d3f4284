/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What reclaim drops is given back together: uncharged from its memory cgroups, and
 * then freed.
 *
 * bc2ff4cbc329 ("mm: free folios in a batch in shrink_folio_list()") made the list a
 * struct folio_batch, of up to 31 folios; 4882c80975e2 ("memcg: add
 * mem_cgroup_uncharge_folios()") and 90491d87dd46 ("mm: add free_unref_folios()") named
 * the functions that take it, so that a name says what its argument is.
 */
#ifndef _TMEM_COMPAT_RECLAIM_H
#define _TMEM_COMPAT_RECLAIM_H

#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <compat/folio_batch.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define TMEM_UNCHARGE_TOGETHER	"__mem_cgroup_uncharge_folios"
#define TMEM_FREE_TOGETHER	"free_unref_folios"

/* What such a function is given. */
struct tmem_freed {
	struct folio_batch batch;
};

static inline void tmem_freed_init(struct tmem_freed *freed)
{
	folio_batch_init(&freed->batch);
}

/* Not more than it holds; the folio is on no list. */
static inline void tmem_freed_add(struct tmem_freed *freed, struct folio *folio)
{
	folio_batch_add(&freed->batch, folio);
}

/* Folio @nr of it, or NULL; *@pos is this function's own. */
static inline struct folio *tmem_freed_next(struct tmem_freed *freed, unsigned int nr,
					    struct list_head **pos)
{
	return nr < freed->batch.nr ? freed->batch.folios[nr] : NULL;
}
#else
#define TMEM_UNCHARGE_TOGETHER	"__mem_cgroup_uncharge_list"
#define TMEM_FREE_TOGETHER	"free_unref_page_list"

/* As above, all of it; who frees adds at the head, so the last one is the first. */
struct tmem_freed {
	struct list_head list;
};

static inline void tmem_freed_init(struct tmem_freed *freed)
{
	INIT_LIST_HEAD(&freed->list);
}

static inline void tmem_freed_add(struct tmem_freed *freed, struct folio *folio)
{
	list_add(&folio->lru, &freed->list);
}

static inline struct folio *tmem_freed_next(struct tmem_freed *freed, unsigned int nr,
					    struct list_head **pos)
{
	*pos = nr ? (*pos)->prev : freed->list.prev;
	return *pos != &freed->list ? list_entry(*pos, struct folio, lru) : NULL;
}
#endif

/* Which of the two comes first?  Constant after boot. */
static inline const char *tmem_freed_function(void)
{
	return mem_cgroup_disabled() ? TMEM_FREE_TOGETHER : TMEM_UNCHARGE_TOGETHER;
}

#define tmem_for_each_freed(folio, freed, nr, pos)			\
	for ((nr) = 0; ((folio) = tmem_freed_next(freed, nr, &(pos))); (nr)++)

#endif /* _TMEM_COMPAT_RECLAIM_H */
