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
 * (zc_room_should_yield()), and obeys fully when that is used up.  Pages of containers
 * are there on sufferance (container.c), dead ones keep RAM from the page cache
 * for nothing (policy.c), and both go at once: a shrinker of their own gives half
 * of them each time that the kernel asks.  Before anything is
 * killed for memory, it gives pages step by step, down to the last: each step
 * is bounded, and reports what it has freed itself, where it is needed.
 *
 * Locking: none.
 */
#include <linux/cpuset.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <compat/mempolicy.h>
#include <compat/shrinker.h>
#include <compat/test_export.h>
#include "zcache.h"

/*
 * Pages evicted for one OOM at most; pages of memory freed that are enough; that
 * are worth another look before somebody is killed; pages evicted between two
 * looks at the clock.
 */
#define OOM_MOST	((32UL << 20) >> PAGE_SHIFT)
#define OOM_ENOUGH	((2UL << 20) >> PAGE_SHIFT)
#define OOM_WORTH	((128UL << 10) >> PAGE_SHIFT)
#define OOM_BATCH	256

static struct shrinker *shrinker, *useless_shrinker;

static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long pages = zc_room_should_yield() ? zc_evict_pages() : 0;

	return pages ?: SHRINK_EMPTY;
}

/* Tell reclaim what has become free since there were @before pages. */
static void account_freed(unsigned long before)
{
	unsigned long now = zc_zs_pages();

	if (now < before)
		tmem_account_reclaimed(before - now);
}

/**
 * zc_shrink_scan - a share of the pages is to go, if it is the store's turn
 * @nr: how many
 *
 * Reclaim counts once and scans in many steps, and remembers what it has put
 * off: whose turn it is may have changed since.
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: pages evicted.
 */
unsigned long zc_shrink_scan(unsigned long nr)
{
	unsigned long before = zc_zs_pages(), done;

	if (!zc_room_should_yield())
		return 0;
	done = zc_evict_some(nr, WHY_SHRINKER);
	account_freed(before);
	return done;
}
TMEM_EXPORT_FOR_TEST(zc_shrink_scan);

static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	sc->nr_scanned = zc_shrink_scan(sc->nr_to_scan);
	return sc->nr_scanned ?: SHRINK_STOP;
}

static unsigned long useless_count(struct shrinker *s,
				   struct shrink_control *sc)
{
	return zc_evict_tenants() + zc_evict_deads() ?: SHRINK_EMPTY;
}

/* Pages of containers go, and then dead ones, @nr of both; how many have gone. */
static unsigned long zc_shrink_useless(unsigned long nr)
{
	unsigned long before = zc_zs_pages(), done = 0;

	while (done < nr && (zc_evict_tenant(0, WHY_SHRINKER) ||
			     zc_evict_dead(WHY_SHRINKER)))
		done++;
	account_freed(before);
	return done;
}

static unsigned long useless_scan(struct shrinker *s, struct shrink_control *sc)
{
	sc->nr_scanned = zc_shrink_useless(sc->nr_to_scan);
	return sc->nr_scanned ?: SHRINK_STOP;
}

/*
 * Pages of the store where they count.  The sum over nodes is of all zsmalloc
 * pools, and a little behind; the store's own is exact.
 */
static unsigned long pages_on(const nodemask_t *nodes)
{
	return nodes ? min(zc_zs_pages(), zc_meminfo_node_pages(nodes)) :
		       zc_zs_pages();
}

/**
 * zc_shrink_oom - give memory back before somebody is killed
 * @nodes: where it is short; NULL: everywhere
 *
 * Enough to go on with, not all: who needs more comes again.  What is put
 * meanwhile does not count as freed, and what others free does not either.
 *
 * Context: process; may sleep.
 * Return: pages of memory that have become free, or 0 if too few to matter.
 */
unsigned long zc_shrink_oom(const nodemask_t *nodes)
{
	unsigned long before = pages_on(nodes), now = before;
	unsigned long left = min_t(unsigned long, zc_evict_pages(), OOM_MOST);
	unsigned long nr;

	/* The pages of other nodes are of no use to whom may not have them. */
	if (!before)
		return 0;
	while (left && now + OOM_ENOUGH > before) {
		nr = zc_evict_some(min_t(unsigned long, left, OOM_BATCH),
				   WHY_OOM);
		if (!nr)
			break;
		left -= nr;
		now = pages_on(nodes);
		cond_resched();
	}
	/* What is left may lie in many groups of pages, each nearly empty. */
	if (now + OOM_WORTH > before) {
		zc_zs_compact();
		now = pages_on(nodes);
	}
	return now + OOM_WORTH <= before ? before - now : 0;
}
TMEM_EXPORT_FOR_TEST(zc_shrink_oom);

/*
 * The nodes that this task is bound to, by its cpuset or its memory policy;
 * false: none.  The kernel looks for that after it has asked us.  A policy of
 * the mapping alone is not seen: then the store helps in vain, a step for each
 * time that it is asked.
 */
static bool zc_bound(nodemask_t *nodes)
{
	*nodes = cpuset_current_mems_allowed;
	tmem_policy_bind(nodes);
	return !nodes_subset(node_states[N_MEMORY], *nodes);
}

/*
 * The kernel chooses whom to kill if nobody reports memory as freed.  It asks
 * for the whole machine's OOMs, not for those of a memcg, but also for those
 * of a task that may not use all nodes.
 */
static int oom_notify(struct notifier_block *nb, unsigned long unused,
		      void *arg)
{
	unsigned long *freed = arg;
	nodemask_t nodes;

	*freed += zc_shrink_oom(zc_bound(&nodes) ? &nodes : NULL);
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
	/* No seeks: half of them each time. */
	useless_shrinker = tmem_shrinker_new("tmem-zcache-useless",
					     useless_count, useless_scan, 0);
	if (!useless_shrinker) {
		ret = -ENOMEM;
		goto err;
	}
	ret = register_oom_notifier(&oom_nb);
	if (ret)
		goto err_useless;
	return 0;

err_useless:
	tmem_shrinker_free(useless_shrinker);
err:
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
	tmem_shrinker_free(useless_shrinker);
	tmem_shrinker_free(shrinker);
}
