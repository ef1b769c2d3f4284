// SPDX-License-Identifier: GPL-2.0
/*
 * shrink.c - the kernel wants memory back
 *
 * Purpose: give the RAM of ephemeral pages to those who need it more.
 *
 * Why this design: shrinkers are called by the same reclaim that feeds the
 * store with what it takes from the page cache, and in the same proportion; a
 * shrinker that always obeyed would lose the whole store to a reader of one
 * big file.  So it has nothing to give while the page cache itself has
 * (zc_room_yield()), and obeys fully when that is used up.  Before anything is
 * killed for memory, all of it goes.
 *
 * Locking: none.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <compat/shrinker.h>
#include "zcache.h"

/* Pages evicted between two looks at the clock. */
#define OOM_BATCH 256
/* Pages that count as memory freed; less may be noise. */
#define OOM_WORTH 32

static struct shrinker *shrinker;

static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long pages = zc_room_yield() ? zc_evict_pages() : 0;

	return pages ?: SHRINK_EMPTY;
}

static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long before = zc_zs_pages(), after, done;

	done = zc_evict_some(sc->nr_to_scan, WHY_SHRINKER);
	after = zc_zs_pages();
	if (after < before)
		tmem_account_reclaimed(before - after);
	sc->nr_scanned = done;
	return done ?: SHRINK_STOP;
}

/*
 * The kernel chooses whom to kill if nobody reports memory as freed.  It has
 * looked at free memory before it called; what became free since then, here
 * or through the last one killed, is worth another look before the next one.
 */
static int oom_notify(struct notifier_block *nb, unsigned long unused,
		      void *arg)
{
	unsigned long before = global_zone_page_state(NR_FREE_PAGES);
	unsigned long left = zc_evict_pages(), after, *freed = arg;
	unsigned long nr;

	/* What is put while this runs is not waited for. */
	while (left) {
		nr = zc_evict_some(min_t(unsigned long, left, OOM_BATCH),
				   WHY_OOM);
		if (!nr)
			break;
		left -= nr;
		cond_resched();
	}
	/* Persistent pages may be what is left of many groups of pages. */
	if (zc_zs_pages())
		zc_zs_compact();
	after = global_zone_page_state(NR_FREE_PAGES);
	if (after > before + OOM_WORTH)
		*freed += after - before;
	return NOTIFY_OK;
}

static struct notifier_block oom_nb = {
	.notifier_call = oom_notify,
};

/**
 * zc_shrink_init - listen to the kernel's needs
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_shrink_init(void)
{
	int ret;

	shrinker = tmem_shrinker_new("tmem-zcache", shrink_count, shrink_scan,
				     DEFAULT_SEEKS);
	if (!shrinker)
		return -ENOMEM;
	ret = register_oom_notifier(&oom_nb);
	if (ret)
		tmem_shrinker_free(shrinker);
	return ret;
}

/**
 * zc_shrink_exit - do not listen any more
 *
 * Context: process; sleeps.
 */
void zc_shrink_exit(void)
{
	unregister_oom_notifier(&oom_nb);
	tmem_shrinker_free(shrinker);
}
