// SPDX-License-Identifier: GPL-2.0
/*
 * host.c - the store as a host of the core
 *
 * Purpose: hostops (memory for the core's structures), pamops (pages), and the
 * one client: this kernel.
 *
 * Why this design: thin.  What a page is, is in page.c; when it goes, in
 * evict.c.
 *
 * Invariants: an ephemeral page that is here is known to the policy from
 * create_finish to free.  A pampd is a struct zpage, or marked as a struct
 * zc_away (remote.h), of which the policy knows nothing.
 *
 * Locking: none.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "remote.h"
#include "zcache.h"

/* The client's id; there is one. */
#define THIS_KERNEL	0

static struct kmem_cache *obj_cache;
static struct kmem_cache *tree_cache;
static struct kmem_cache *objnode_caches[TMEM_OBJNODE_SIZES];
static struct tmem_host *host;
struct tmem_client *zc_client;

/* A persistent page must not be lost for want of the node that leads to it. */
static gfp_t gfp_for(const struct tmem_pool *pool)
{
	return zc_gfp(!tmem_pool_is_persistent(pool));
}

static struct tmem_obj *host_obj_alloc(void *priv, const struct tmem_pool *pool)
{
	struct tmem_obj *obj = kmem_cache_alloc(obj_cache, gfp_for(pool));

	if (!obj)
		return NULL;
	obj->tree = kmem_cache_alloc(tree_cache, gfp_for(pool));
	if (!obj->tree) {
		kmem_cache_free(obj_cache, obj);
		return NULL;
	}
	zc_stat_inc(objs);
	zc_room_account(sizeof(*obj) + sizeof(*obj->tree));
	return obj;
}

static void host_obj_free(void *priv, struct tmem_obj *obj)
{
	zc_room_account(-(long)(sizeof(*obj) + sizeof(*obj->tree)));
	zc_stat_dec(objs);
	kmem_cache_free(tree_cache, obj->tree);
	kmem_cache_free(obj_cache, obj);
}

static struct tmem_objnode *host_objnode_alloc(void *priv,
					       const struct tmem_pool *pool,
					       unsigned int size)
{
	struct tmem_objnode *node = kmem_cache_alloc(objnode_caches[size],
						     gfp_for(pool));

	if (node) {
		zc_stat_inc(objnodes);
		zc_room_account(tmem_objnode_bytes(size));
	}
	return node;
}

static void host_objnode_free(void *priv, struct tmem_objnode *node,
			      unsigned int size)
{
	kmem_cache_free(objnode_caches[size], node);
	zc_stat_dec(objnodes);
	zc_room_account(-(long)tmem_objnode_bytes(size));
}

static const struct tmem_hostops hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "zcache",
	.obj_alloc = host_obj_alloc,
	.obj_free = host_obj_free,
	.objnode_alloc = host_objnode_alloc,
	.objnode_free = host_objnode_free,
};

static void *pam_create(struct tmem_pool *pool, const struct tmem_oid *oidp,
			u32 index, struct page *page)
{
	void *pampd = NULL;

	if (zc_remote_keeps() && !tmem_pool_is_persistent(pool))
		pampd = zc_remote_again(pool, oidp, index, page);
	return pampd ?: zc_page_create(page, tmem_pool_flags(pool),
				       tmem_pool_client_id(pool));
}

static u32 pam_create_run(struct tmem_pool *pool, struct tmem_run *run, u32 map,
			  void **pampds)
{
	unsigned int i;
	u32 made = 0, left;

	/* What goes elsewhere as well is a page. */
	if (!tmem_pool_is_persistent(pool) && !zc_remote_keeps())
		made = zc_page_create_chunks(run, map, (struct zpage **)pampds);
	tmem_run_for_each(i, map & ~made, left) {
		pampds[i] = pam_create(pool, run->oidp, run->index + i,
				       run->pages[i]);
		if (IS_ERR(pampds[i]))
			run->err[i] = PTR_ERR(pampds[i]);
		else
			made |= 1U << i;
	}
	return made;
}

static void pam_create_finish(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct zpage *zp = pampd;

	if (unlikely(zc_is_away(pampd)))
		zc_remote_linked(pampd);
	else if (zp->ephemeral)
		zc_evict_linked_run(obj, index, 1, &zp);
}

/* Only recomp.c asks for it, for pages that are here. */
static bool pam_replace(struct tmem_obj *obj, u32 index, void *old, void *new)
{
	struct zpage *zp = old;

	return !zp->ephemeral || zc_evict_replaced(zp, new, obj, index);
}

static void pam_hold(void *pampd)
{
	if (unlikely(zc_is_away(pampd)))
		zc_away_hold(pampd);
	else
		zc_page_hold(pampd);
}

static int pam_get_data(struct tmem_pool *pool, void *pampd, struct page *page)
{
	struct zpage *zp = pampd;
	int ret;

	if (unlikely(zc_is_away(pampd)))
		return -EREMOTE;
	ret = zc_page_load(zp, page);
	if (!ret && zp->ephemeral)
		zc_evict_got_run(1, &zp, &page, !tmem_pool_is_shared(pool));
	return ret;
}

static void pam_create_finish_run(struct tmem_obj *obj,
				  const struct tmem_run *run, u32 map,
				  void **pampds)
{
	unsigned int i;
	u32 left;

	if (tmem_pool_is_persistent(obj->pool))
		return;
	tmem_run_for_each(i, map, left) {
		if (likely(!zc_is_away(pampds[i])))
			continue;
		zc_remote_linked(pampds[i]);
		map &= ~(1U << i);
	}
	if (map)
		zc_evict_linked_run(obj, run->index, map,
				    (struct zpage **)pampds);
}

static u32 pam_get_run(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		       void **pampds)
{
	struct zpage **zps = (struct zpage **)pampds;
	u32 got, left, here = map;
	unsigned int i;

	tmem_run_for_each(i, map, left) {
		if (likely(!zc_is_away(pampds[i])))
			continue;
		run->err[i] = -EREMOTE;
		here &= ~(1U << i);
	}
	got = zc_page_load_run(run, here, zps);
	if (got && !tmem_pool_is_persistent(pool))
		zc_evict_got_run(got, zps, run->pages,
				 !tmem_pool_is_shared(pool));
	return got;
}

static void pam_release(struct tmem_pool *pool, void *pampd)
{
	if (unlikely(zc_is_away(pampd)))
		zc_away_put(pampd);
	else
		zc_page_put(pampd);
}

static void pam_free(struct tmem_pool *pool, void *pampd)
{
	if (unlikely(zc_is_away(pampd))) {
		zc_away_put(pampd);
		return;
	}
	zc_evict_unlinked(pampd);
	zc_page_put(pampd);
}

static const struct tmem_pamops pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = pam_create,
	.create_finish = pam_create_finish,
	.replace = pam_replace,
	.hold = pam_hold,
	.get_data = pam_get_data,
	.release = pam_release,
	.free = pam_free,
	.create_run = pam_create_run,
	.create_finish_run = pam_create_finish_run,
	.get_run = pam_get_run,
	.localify = zc_remote_localify,
};

static void caches_destroy(void)
{
	int i;

	for (i = 0; i < TMEM_OBJNODE_SIZES; i++)
		kmem_cache_destroy(objnode_caches[i]);
	kmem_cache_destroy(tree_cache);
	kmem_cache_destroy(obj_cache);
}

static int caches_create(void)
{
	static const char * const names[] = {
		"tmem_objnode_6", "tmem_objnode_14", "tmem_objnode_30",
		"tmem_objnode_64",
	};
	int i;

	static_assert(ARRAY_SIZE(names) == TMEM_OBJNODE_SIZES,
		      "a cache for each size");
	/*
	 * In caches of their own, for a reason: see struct tmem_obj.  The low
	 * bits of an object's address are used: see zpage->home.
	 */
	obj_cache = kmem_cache_create("tmem_obj", sizeof(struct tmem_obj),
				      ZC_SHARDS_MAX, SLAB_HWCACHE_ALIGN, NULL);
	tree_cache = KMEM_CACHE(tmem_tree, SLAB_HWCACHE_ALIGN);
	if (!obj_cache || !tree_cache)
		goto err;
	for (i = 0; i < TMEM_OBJNODE_SIZES; i++) {
		objnode_caches[i] = kmem_cache_create(names[i],
						      tmem_objnode_bytes(i), 0,
						      0, NULL);
		if (!objnode_caches[i])
			goto err;
	}
	return 0;

err:
	caches_destroy();
	return -ENOMEM;
}

/**
 * zc_host_init - embed the core
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM; -EEXIST if there is a host of this name.
 */
int zc_host_init(void)
{
	int ret = caches_create();

	if (ret)
		return ret;
	host = tmem_register_host(&hostops, &pamops, NULL);
	if (IS_ERR(host)) {
		ret = PTR_ERR(host);
		goto err_caches;
	}
	zc_client = tmem_client_create(host, THIS_KERNEL, TMEM_MAX_POOLS);
	if (IS_ERR(zc_client)) {
		ret = PTR_ERR(zc_client);
		goto err_host;
	}
	return 0;

err_host:
	tmem_unregister_host(host);
err_caches:
	caches_destroy();
	return ret;
}

/**
 * zc_host_exit - leave the core; nobody uses the client any more
 *
 * On return no page is left but deferred ones.
 *
 * Context: process; sleeps.
 */
void zc_host_exit(void)
{
	tmem_client_destroy(zc_client);
	tmem_unregister_host(host);
	caches_destroy();
}
