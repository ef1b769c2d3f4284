// SPDX-License-Identifier: GPL-2.0
/*
 * home.c - pages of swap come back from the hypervisor into RAM
 *
 * Purpose: what the frontswap_shrink() of old did for selfballooning, and what
 * must happen before a domain is saved or migrated: pages of swap that the
 * hypervisor holds are in the guest's own RAM again, without a disk.
 *
 * Why this design: the kernel brings pages of swap back by try_to_unuse(), which
 * walks the page tables of all processes and is no module's to call; nor is
 * there another way for a module to fill the swap cache, to know which pages of
 * a process are in swap, or to take a part of a swap device off.  So the
 * frontend keeps such a page itself, as it is, in a page of its own: the slot is
 * *at home*.  A read of it costs a copy and asks no hypervisor, and swap
 * knows nothing of it.  It is a hand-over (frontswap.h) with another end.
 *
 * When memory gets short, the shrinker puts the pages into the store again, where
 * they were; if that refuses, they stay.  So pages come home only into memory that
 * nobody uses: the allocation fails rather than wake or be reclaim.
 *
 * Only pages that a hypervisor holds come home: those of the embedded store are
 * in RAM already, and smaller.
 *
 * Locking: as a hand-over.  The shrinker only tries the locks of control.c:
 * memory is allocated under them.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/sched/signal.h>
#include <compat/module.h>
#include <compat/shrinker.h>
#include <tmem/frontswap.h>
#include "frontswap.h"

/* What nobody uses: no reclaim by us, none by others, and no reserves. */
#define FREE_PAGES_ONLY (__GFP_NOWARN | __GFP_NOMEMALLOC)

/* 0: it is at home.  -EAGAIN: it is in use or has changed. */
static int fsw_home_slot(struct fsw_area *area, unsigned long slot, gfp_t gfp)
{
	struct page *page;
	int ret = -ENOMEM;

	page = fsw_broken(FSW_FAIL_HOME) ? NULL : alloc_page(gfp);
	if (!page)
		return ret;
	if (xa_reserve(&area->home, slot, gfp))
		goto err_page;
	ret = -EAGAIN;
	if (!fsw_wb_begin(area, slot))
		goto err_place;
	if (fsw_wb_read(area, slot, page)) {
		fsw_home_end(area, slot, NULL);
		goto err_place;
	}
	if (!fsw_home_end(area, slot, page))
		goto err_place;
	fsw_count(homecomings);
	return 0;

err_place:
	xa_release(&area->home, slot);
err_page:
	__free_page(page);
	return ret;
}

/**
 * fsw_home_run - bring pages of a disk home
 * @area: of the disk
 * @nr: how many, at most
 * @gfp: how to allocate pages for them
 *
 * Context: process; may sleep.  A fatal signal ends it early.
 * Return: how many have come; fewer than @nr if there are not as many, some are
 * in use, or there is no memory.
 */
unsigned long fsw_home_run(struct fsw_area *area, unsigned long nr, gfp_t gfp)
{
	unsigned long slot = 0, left = area->nr, done = 0;
	int ret;

	while (done < nr &&
	       fsw_age_next(area, &slot, &left, FSW_EPOCHS - 1)) {
		ret = fsw_home_slot(area, slot, gfp);
		if (ret == -ENOMEM || fatal_signal_pending(current))
			break;
		done += !ret;
		slot++;
		left--;
		cond_resched();
	}
	return done;
}

/**
 * fsw_home_gone - give up on pages that the hypervisor has lost
 * @area: of the disk
 * @gfp: how to allocate what it takes to ask
 *
 * What is there, or cannot be read for another reason, stays.
 *
 * Context: process; may sleep.
 * Return: how many there were.
 */
unsigned long fsw_home_gone(struct fsw_area *area, gfp_t gfp)
{
	unsigned long slot = 0, left = area->nr, gone = 0;
	struct page *page = alloc_page(gfp);
	int ret;

	if (!page)
		return 0;
	for (; fsw_age_next(area, &slot, &left, FSW_EPOCHS - 1);
	     slot++, left--) {
		if (!fsw_wb_begin(area, slot))
			continue;
		ret = fsw_wb_read(area, slot, page);
		if (ret == -ENOENT)
			gone += fsw_wb_gone(area, slot);
		else
			fsw_wb_end(area, slot, false);
		cond_resched();
	}
	__free_page(page);
	return gone;
}

static int fsw_home_disk(struct fsw_disk *disk, void *arg)
{
	unsigned long *nr = arg;

	/* Or the area could go meanwhile; nothing in here waits for memory. */
	if (mutex_lock_killable(&disk->setup))
		return -EINTR;
	if (disk->area && !READ_ONCE(disk->area->asleep))
		*nr -= fsw_home_run(disk->area, *nr, FREE_PAGES_ONLY);
	mutex_unlock(&disk->setup);
	return !*nr;
}

/**
 * tmem_frontswap_come_home - bring pages of swap back from the hypervisor
 * @nr: how many, at most; the caller has seen that there is free memory for them
 *
 * Context: process; may sleep.  A fatal signal ends it early.
 * Return: how many have come, fewer than @nr if there is not as much free memory;
 * 0 if no hypervisor holds them.
 */
unsigned long tmem_frontswap_come_home(unsigned long nr)
{
	unsigned long left = nr;

	if (nr && tmem_backend_is_hypervisor())
		fsw_walk_disks(fsw_home_disk, &left);
	return nr - left;
}
TMEM_EXPORT_SYMBOL(tmem_frontswap_come_home);

/* ---- and away again ---- */

static struct shrinker *fsw_shrinker;

static bool fsw_leave_slot(struct fsw_area *area, unsigned long slot)
{
	struct tmem_oid oid = fsw_oid(area->number, slot);
	struct page *page = fsw_leave_begin(area, slot);
	int ret;

	if (!page)
		return false;
	ret = tmem_backend_put_page(fsw_pool(area), &oid, fsw_index(slot),
				    page);
	fsw_leave_end(area, slot, !ret);
	if (!ret)
		fsw_count(departures);
	return !ret;
}

static int fsw_leave_disk(struct fsw_disk *disk, void *arg)
{
	struct shrink_control *sc = arg;
	struct fsw_area *area = disk->area;
	struct page *page;
	unsigned long slot;

	if (!area || READ_ONCE(area->asleep) || !READ_ONCE(area->taking))
		return 0;
	xa_for_each(&area->home, slot, page) {
		if (sc->nr_scanned == sc->nr_to_scan)
			return 1;
		if (!fsw_leave_slot(area, slot))
			return 1;
		sc->nr_scanned++;
	}
	return 0;
}

static unsigned long fsw_leave_count(struct shrinker *s,
				     struct shrink_control *sc)
{
	return max(atomic_long_read(&fsw_home_pages), 0L) ?: SHRINK_EMPTY;
}

static unsigned long fsw_leave_scan(struct shrinker *s,
				    struct shrink_control *sc)
{
	sc->nr_scanned = 0;
	fsw_try_walk_disks(fsw_leave_disk, sc);
	return sc->nr_scanned ?: SHRINK_STOP;
}

/**
 * fsw_home_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int fsw_home_init(void)
{
	fsw_shrinker = tmem_shrinker_new("tmem-frontswap", fsw_leave_count,
					 fsw_leave_scan, DEFAULT_SEEKS);
	return fsw_shrinker ? 0 : -ENOMEM;
}

/**
 * fsw_home_exit - the end; no disk is left
 *
 * Context: process; may sleep.
 */
void fsw_home_exit(void)
{
	tmem_shrinker_free(fsw_shrinker);
}
