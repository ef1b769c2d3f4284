/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shrinkers.
 *
 * "mm: shrinkers: provide shrinkers with names" (6.0) gave
 * register_shrinker() a name; "mm: shrinker: add infrastructure
 * for dynamically allocating shrinker" (6.7) replaced it.
 */
#ifndef _TMEM_COMPAT_SHRINKER_H
#define _TMEM_COMPAT_SHRINKER_H

#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/version.h>

typedef unsigned long (*tmem_shrinker_fn)(struct shrinker *s,
					  struct shrink_control *sc);

#ifdef TMEM_HAVE_shrinker_alloc

static inline struct shrinker *tmem_shrinker_new(const char *name,
						 tmem_shrinker_fn count,
						 tmem_shrinker_fn scan,
						 int seeks)
{
	struct shrinker *s = shrinker_alloc(0, "%s", name);

	if (!s)
		return NULL;
	s->count_objects = count;
	s->scan_objects = scan;
	s->seeks = seeks;
	shrinker_register(s);
	return s;
}

static inline void tmem_shrinker_free(struct shrinker *s)
{
	shrinker_free(s);
}

#else

static inline struct shrinker *tmem_shrinker_new(const char *name,
						 tmem_shrinker_fn count,
						 tmem_shrinker_fn scan,
						 int seeks)
{
	struct shrinker *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int ret;

	if (!s)
		return NULL;
	s->count_objects = count;
	s->scan_objects = scan;
	s->seeks = seeks;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
	ret = register_shrinker(s, "%s", name);
#else
	ret = register_shrinker(s);
#endif
	if (ret) {
		kfree(s);
		return NULL;
	}
	return s;
}

static inline void tmem_shrinker_free(struct shrinker *s)
{
	unregister_shrinker(s);
	kfree(s);
}

#endif

/*
 * Tell reclaim of pages that it did not free itself, so that it does not give
 * up.  "mm: vmscan: refactor updating current->reclaim_state" (6.4) made this a
 * function.
 */
static inline void tmem_account_reclaimed(unsigned long pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	mm_account_reclaimed_pages(pages);
#else
	if (current->reclaim_state)
		current->reclaim_state->reclaimed_slab += pages;
#endif
}

#endif /* _TMEM_COMPAT_SHRINKER_H */
