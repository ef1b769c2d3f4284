// SPDX-License-Identifier: GPL-2.0
/*
 * backend.c - accessor functions of the embedded store
 *
 * Purpose: offer the store's client to the frontends.
 *
 * Why this design: the accessor table has the shape of the core's operations;
 * all that is added is that the policy is asked first and hears of misses.
 *
 * Locking: none.
 */
#include <linux/err.h>
#include <linux/hardirq.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "zcache.h"

static int zc_new_pool(const struct tmem_uuid *uuid, u32 flags)
{
	if (!(flags & TMEM_POOL_PERSIST))
		zc_params_ephemeral();
	return tmem_new_pool(zc_client, uuid, flags);
}

static int zc_destroy_pool(int id)
{
	return tmem_destroy_pool(zc_client, id);
}

static enum tmem_offer zc_offer(int id, const struct tmem_oid *oidp, u32 index,
				u32 nr, unsigned int hints)
{
	return zc_evict_offer(id, oidp, index, nr, hints);
}

static bool zc_holds(int id, const struct tmem_oid *oidp)
{
	return tmem_holds(zc_client, id, oidp);
}

static int zc_put_page(int id, const struct tmem_oid *oidp, u32 index,
		       struct page *page)
{
	/* Mapping stored data in an interrupt would be fatal. */
	if (WARN_ON_ONCE(in_interrupt() || irqs_disabled())) {
		tmem_flush_page(zc_client, id, oidp, index);
		return -EINVAL;
	}
	return tmem_put(zc_client, id, oidp, index, page);
}

static int zc_put_pages(int id, struct tmem_run *run)
{
	if (WARN_ON_ONCE(in_interrupt() || irqs_disabled())) {
		tmem_flush_range(zc_client, id, run->oidp, run->index,
				 run->index + run->nr - 1);
		return -EINVAL;
	}
	return tmem_put_pages(zc_client, id, run);
}

static int zc_get_page(int id, const struct tmem_oid *oidp, u32 index,
		       struct page *page)
{
	int ret;

	if (WARN_ON_ONCE(in_interrupt() || irqs_disabled()))
		return -EINVAL;
	ret = tmem_get(zc_client, id, oidp, index, page);
	if (ret == -ENOENT)
		zc_evict_missed(id, oidp, index, 1);
	return ret;
}

/* Those of a run that are not there. */
static u32 zc_missed(const struct tmem_run *run)
{
	u32 map = run->want & ~run->done, left;
	unsigned int i;

	tmem_run_for_each(i, map, left)
		if (run->err[i] != -ENOENT)
			map &= ~(1U << i);
	return map;
}

static int zc_get_pages(int id, struct tmem_run *run)
{
	u32 missed;
	int ret;

	if (WARN_ON_ONCE(in_interrupt() || irqs_disabled()))
		return -EINVAL;
	ret = tmem_get_pages(zc_client, id, run);
	missed = ret ? 0 : zc_missed(run);
	if (missed)
		zc_evict_missed(id, run->oidp, run->index, missed);
	return ret;
}

static int zc_flush_page(int id, const struct tmem_oid *oidp, u32 index)
{
	return tmem_flush_page(zc_client, id, oidp, index);
}

static int zc_flush_object(int id, const struct tmem_oid *oidp)
{
	return tmem_flush_object(zc_client, id, oidp);
}

static int zc_flush_range(int id, const struct tmem_oid *oidp, u32 first,
			  u32 last)
{
	return tmem_flush_range(zc_client, id, oidp, first, last);
}

static unsigned int zc_fullness(void)
{
	return zc_room_fullness();
}

static void zc_compact(void)
{
	zc_zs_compact();
}

const struct tmem_backend_ops zc_backend = {
	.owner = THIS_MODULE,
	.version = TMEM_BACKEND_VERSION,
	.name = "zcache",
	.new_pool = zc_new_pool,
	.destroy_pool = zc_destroy_pool,
	.offer = zc_offer,
	.holds = zc_holds,
	.put_page = zc_put_page,
	.get_page = zc_get_page,
	.put_pages = zc_put_pages,
	.get_pages = zc_get_pages,
	.flush_page = zc_flush_page,
	.flush_object = zc_flush_object,
	.flush_range = zc_flush_range,
	.fullness = zc_fullness,
	.compact = zc_compact,
};
TMEM_EXPORT_FOR_TEST(zc_backend);

/**
 * zc_backend_init - offer the store
 *
 * Context: process; may sleep.
 * Return: 0; -EEXIST if there is a backend of this name; -ENOMEM.
 */
int zc_backend_init(void)
{
	return tmem_register_backend(&zc_backend);
}

/**
 * zc_backend_exit - take it back
 *
 * Frontends have dropped their pools when this returns, and nobody calls.
 *
 * Context: process; sleeps.
 */
void zc_backend_exit(void)
{
	tmem_unregister_backend(&zc_backend);
}
