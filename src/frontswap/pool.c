// SPDX-License-Identifier: GPL-2.0
/*
 * pool.c - the pools of the disks
 *
 * Purpose: have persistent pools in whichever backend is active, and keep the
 * backend as long as a disk may hold pages there.
 *
 * Why this design: one pool, as it always was: the disks' numbers are part of
 * the handles.  Disks with a backing device have another, so that a backend can
 * refuse what has a better place there (TMEM_POOL_BACKED); one to which that makes
 * no difference says so, and all disks share the first.  Which of them it is
 * stays, since a disk gets its backing device before its size and keeps it until it
 * is reset.  An area keeps the name of its pool and a pin of its own, so nothing is
 * looked up when a page is stored.
 *
 * A backend that is pinned cannot go, but it can yield to another, when it has
 * nothing any more (a domain has moved to a Xen without tmem): then a worker
 * gives each disk the new pool, and the pin of the new backend for that of the
 * old.  Slots whose pages were in the old pool are lost, as they were before;
 * those of a domain that was suspended are at home (suspend.c).
 *
 * Locking: pool_lock, inside the registry's mutex and a disk's setup.  The worker
 * takes the latter, which is held while the former is waited for (rmmod), so it
 * is no part of the callback.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/err.h>
#include <linux/mutex.h>
#include <compat/workqueue.h>
#include <tmem/backend.h>
#include "frontswap.h"

static DEFINE_MUTEX(pool_lock);
/* Of disks without a backing device, and with one; pool_lock. */
static struct tmem_bpool pools[2] = { { .id = -1 }, { .id = -1 } };

static int fsw_renew_disk(struct fsw_disk *disk, void *unused)
{
	struct tmem_bpool bp, old;
	struct tmem_pin pin;

	mutex_lock(&disk->setup);
	if (!disk->area || fsw_pool_get(disk->backing.bdev, &bp, &pin))
		goto out;
	old = fsw_pool(disk->area);
	if (old.id == bp.id && old.gen == bp.gen) {
		tmem_backend_unpin(&pin);
		goto out;
	}
	fsw_set_pool(disk->area, bp);
	tmem_backend_unpin(&disk->pin);
	disk->pin = pin;
	pr_info("%s: pages go to another backend from now on\n",
		disk->gd->disk_name);
out:
	mutex_unlock(&disk->setup);
	return 0;
}

static void fsw_renew(struct work_struct *work)
{
	fsw_walk_disks(fsw_renew_disk, NULL);
}

static DECLARE_WORK(renew_work, fsw_renew);

static void pool_up(struct tmem_frontend *fe)
{
	int ret;

	mutex_lock(&pool_lock);
	ret = tmem_backend_new_pool(&pools[false], NULL, TMEM_POOL_PERSIST);
	/* Without it, its disks use the other. */
	if (!ret)
		tmem_backend_new_pool(&pools[true], NULL,
				      TMEM_POOL_PERSIST | TMEM_POOL_BACKED);
	mutex_unlock(&pool_lock);
	if (ret)
		pr_err("the backend gives no pool (%d): no disk can be set up\n",
		       ret);
	else
		queue_work(tmem_unbound_wq, &renew_work);
}

static void pool_down(struct tmem_frontend *fe)
{
	mutex_lock(&pool_lock);
	tmem_backend_destroy_pool(&pools[true]);
	tmem_backend_destroy_pool(&pools[false]);
	mutex_unlock(&pool_lock);
}

static struct tmem_frontend frontend = {
	.name = "frontswap",
	.up = pool_up,
	.down = pool_down,
};

/**
 * fsw_pool_init - follow the backends
 *
 * Context: process; may sleep.
 * Return: 0; -EEXIST if there is a frontend of this name.
 */
int fsw_pool_init(void)
{
	return tmem_register_frontend(&frontend);
}

/**
 * fsw_pool_exit - give the pools up
 *
 * Context: process; may sleep.
 */
void fsw_pool_exit(void)
{
	tmem_unregister_frontend(&frontend);
	cancel_work_sync(&renew_work);
}

/**
 * fsw_pool_get - name a disk's pool, and keep its backend
 * @backed: the disk has a backing device
 * @bp: where to put the name
 * @pin: what tmem_backend_unpin() wants in the end
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV if there is no backend, or it is about to go.
 */
int fsw_pool_get(bool backed, struct tmem_bpool *bp, struct tmem_pin *pin)
{
	int ret;

	mutex_lock(&pool_lock);
	*bp = pools[backed && pools[true].id >= 0];
	ret = tmem_backend_pin(*bp, pin);
	mutex_unlock(&pool_lock);
	return ret;
}
