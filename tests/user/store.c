// SPDX-License-Identifier: GPL-2.0
/*
 * store.c - the store without its data, in user space: see store.h
 *
 * pamops are those of src/zcache/host.c, with nothing that is elsewhere.
 */
#include <linux/err.h>
#include <linux/percpu.h>
#include "store.h"
#include "../../src/zcache/remote.h"

unsigned int store_len = 1000;
u64 store_limit = 1ULL << 30;
enum zc_room store_room = ROOM_YES;
bool store_scarce;
void (*store_copy)(const struct zpage *zp);

DEFINE_PER_CPU(struct zc_stats, zc_stats);
struct zc_params zc_params;
bool zc_remote_on;

/* --- what evict.c asks of the rest of the store ------------------------------ */

u64 zc_room_limit(void)
{
	return READ_ONCE(store_limit);
}

void zc_room_account(long bytes)
{
}

u64 zc_room_used(void)
{
	return 0;
}

enum zc_room zc_room(void)
{
	return READ_ONCE(store_room);
}

enum zc_room zc_room_may_grow(bool *scarce)
{
	*scarce = READ_ONCE(store_scarce);
	return READ_ONCE(store_room);
}

void zc_room_note_slow(void)
{
}

bool zc_room_short(void)
{
	return false;
}

bool zc_room_plenty(void)
{
	return true;
}

bool zc_room_writing(void)
{
	return false;
}

bool zc_room_is_swapping(void)
{
	return false;
}

bool zc_remote_may_take(void)
{
	return false;
}

bool zc_remote_sends(u64 run)
{
	return true;
}

void zc_remote_wake(void)
{
}

int zc_remote_evict(struct tmem_obj *obj, u32 index, u64 print, struct zpage *zp,
		    struct zc_copy *copy)
{
	return tmem_evict(obj, index, zp);
}

void zc_remote_uncopy(struct zc_copy *copy)
{
}

void zc_remote_got(struct zc_copy *copy, u64 print, struct page *page)
{
}

unsigned long zc_kept_values(void)
{
	return 0;
}

bool zc_remote_pays(void)
{
	return true;
}

void zc_page_hold(struct zpage *zp)
{
	refcount_inc(&zp->ref);
}

void zc_page_put(struct zpage *zp)
{
	if (refcount_dec_and_test(&zp->ref))
		store_zpage_free(zp);
}

/* --- pamops ------------------------------------------------------------------- */

static void *store_create(struct tmem_pool *pool, const struct tmem_oid *oidp,
			  u32 index, struct page *page)
{
	bool ephemeral = !tmem_pool_is_persistent(pool);
	struct zpage *zp = store_zpage_alloc();

	if (!zp)
		return ERR_PTR(-ENOMEM);
	refcount_set(&zp->ref, 1);
	zp->word = 0;
	zp->len = store_len;
	zp->kind = ZPAGE_SAME;
	zp->comp = 0;
	zp->list = ZPAGE_OFF;
	zp->ephemeral = ephemeral;
	zp->tenant = 0;
	zp->place = 0;
	if (ephemeral) {
		zp->home = 0;
		zp->index = 0;
		zp->stamp = 0;
	}
	if (store_copy)
		store_copy(zp);
	return zp;
}

static void store_create_finish(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct zpage *zp = pampd;

	if (zp->ephemeral)
		zc_evict_linked_run(obj, index, 1, &zp);
}

static bool store_replace(struct tmem_obj *obj, u32 index, void *old, void *new)
{
	struct zpage *zp = old;

	return !zp->ephemeral || zc_evict_replaced(zp, new, obj, index);
}

static void store_hold(void *pampd)
{
	zc_page_hold(pampd);
}

static int store_get_data(struct tmem_pool *pool, void *pampd, struct page *page)
{
	struct zpage *zp = pampd;

	if (store_copy)
		store_copy(zp);
	if (zp->ephemeral)
		zc_evict_got_run(1, &zp, &page, !tmem_pool_is_shared(pool));
	return 0;
}

static void store_create_finish_run(struct tmem_obj *obj,
				    const struct tmem_run *run, u32 map,
				    void **pampds)
{
	if (!tmem_pool_is_persistent(obj->pool))
		zc_evict_linked_run(obj, run->index, map,
				    (struct zpage **)pampds);
}

static u32 store_get_run(struct tmem_pool *pool, struct tmem_run *run, u32 map,
			 void **pampds)
{
	unsigned int i;
	u32 left;

	if (store_copy)
		tmem_run_for_each(i, map, left)
			store_copy(pampds[i]);
	if (!tmem_pool_is_persistent(pool))
		zc_evict_got_run(map, (struct zpage **)pampds, run->pages,
				 !tmem_pool_is_shared(pool));
	return map;
}

static void store_release(struct tmem_pool *pool, void *pampd)
{
	zc_page_put(pampd);
}

static void store_free(struct tmem_pool *pool, void *pampd)
{
	struct zpage *zp = pampd;

	if (zp->ephemeral)
		zc_evict_unlinked(zp);
	zc_page_put(zp);
}

const struct tmem_pamops store_pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = store_create,
	.create_finish = store_create_finish,
	.replace = store_replace,
	.hold = store_hold,
	.get_data = store_get_data,
	.create_finish_run = store_create_finish_run,
	.get_run = store_get_run,
	.release = store_release,
	.free = store_free,
};
