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
 * Invariants: an ephemeral page is known to the policy from create_finish to
 * free.
 *
 * Locking: none.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "zcache.h"

/* The client's id; there is one. */
#define THIS_KERNEL	0

static struct kmem_cache *obj_cache;
static struct kmem_cache *objnode_cache;
static struct tmem_host *host;
struct tmem_client *zc_client;

/*
 * The core does not say for which pool it allocates, and a persistent page
 * must not be lost for want of the node that leads to it.  There is one node
 * for up to 64 pages, so this takes little from the reserves.
 */
static struct tmem_obj *host_obj_alloc(void *priv)
{
	struct tmem_obj *obj = kmem_cache_alloc(obj_cache, zc_gfp(false));

	if (obj) {
		zc_stat_inc(objs);
		zc_room_account(sizeof(*obj));
	}
	return obj;
}

static void host_obj_free(void *priv, struct tmem_obj *obj)
{
	kmem_cache_free(obj_cache, obj);
	zc_stat_dec(objs);
	zc_room_account(-(long)sizeof(*obj));
}

static struct tmem_objnode *host_objnode_alloc(void *priv)
{
	struct tmem_objnode *node = kmem_cache_zalloc(objnode_cache,
						      zc_gfp(false));

	if (node) {
		zc_stat_inc(objnodes);
		zc_room_account(sizeof(*node));
	}
	return node;
}

static void host_objnode_free(void *priv, struct tmem_objnode *node)
{
	kmem_cache_free(objnode_cache, node);
	zc_stat_dec(objnodes);
	zc_room_account(-(long)sizeof(*node));
}

static const struct tmem_hostops hostops = {
	.owner = THIS_MODULE,
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
	return zc_page_create(page, !tmem_pool_is_persistent(pool),
			      tmem_pool_client_id(pool));
}

static void pam_create_finish(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct zpage *zp = pampd;

	if (zp->ephemeral)
		zc_evict_linked(zp, obj, index);
}

static void pam_hold(void *pampd)
{
	zc_page_hold(pampd);
}

static int pam_get_data(struct tmem_pool *pool, void *pampd, struct page *page)
{
	struct zpage *zp = pampd;
	int ret = zc_page_load(zp, page);

	if (!ret && zp->ephemeral)
		zc_evict_got(zp, !tmem_pool_is_shared(pool));
	return ret;
}

static void pam_release(struct tmem_pool *pool, void *pampd)
{
	zc_page_put(pampd);
}

static void pam_free(struct tmem_pool *pool, void *pampd)
{
	zc_evict_unlinked(pampd);
	zc_page_put(pampd);
}

static const struct tmem_pamops pamops = {
	.owner = THIS_MODULE,
	.version = TMEM_PAMOPS_VERSION,
	.create = pam_create,
	.create_finish = pam_create_finish,
	.hold = pam_hold,
	.get_data = pam_get_data,
	.release = pam_release,
	.free = pam_free,
};

/**
 * zc_host_init - embed the core
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM; -EEXIST if there is a host of this name.
 */
int zc_host_init(void)
{
	int ret = -ENOMEM;

	obj_cache = KMEM_CACHE(tmem_obj, 0);
	if (!obj_cache)
		return ret;
	objnode_cache = KMEM_CACHE(tmem_objnode, 0);
	if (!objnode_cache)
		goto err_obj;
	host = tmem_register_host(&hostops, &pamops, NULL);
	if (IS_ERR(host)) {
		ret = PTR_ERR(host);
		goto err_objnode;
	}
	zc_client = tmem_client_create(host, THIS_KERNEL, TMEM_MAX_POOLS);
	if (IS_ERR(zc_client)) {
		ret = PTR_ERR(zc_client);
		goto err_host;
	}
	return 0;

err_host:
	tmem_unregister_host(host);
err_objnode:
	kmem_cache_destroy(objnode_cache);
err_obj:
	kmem_cache_destroy(obj_cache);
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
	kmem_cache_destroy(objnode_cache);
	kmem_cache_destroy(obj_cache);
}
