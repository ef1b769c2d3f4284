// SPDX-License-Identifier: GPL-2.0
/*
 * dedup.c - data that several pages share
 *
 * Purpose: store identical pages once.
 *
 * Why this design: what is compared is the compressed data, since equal pages
 * compress to equal bytes: no page is decompressed for it, and the hash is
 * over fewer bytes.  Off by default: that a put was cheap, or a page is
 * shared, can tell one client what another one stores.  Data is shared within
 * a scope only, which is a client or, on request, everybody.
 *
 * Invariants: a node is in the table from its first page to its last, and its
 * data lives as long.  Pages of one node have the same scope, compressor and
 * bytes.
 *
 * Locking: a node and its chain under the lock of the chain's stripe, which
 * is taken in process context only, with zsmalloc's locks inside.
 */
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/xxhash.h>
#include "zcache.h"

#define STRIPES		64
#define MIN_TABLE_BITS	8
/* 1 GiB; nothing allocates more than 2 at once. */
#define MAX_TABLE_BITS	27

/**
 * struct dedup_node - data that pages share
 * @link: in its chain
 * @hash: of scope, kind, compressor and data
 * @scope: who may share it
 * @handle: the data
 * @users: pages; stripe lock
 * @len: bytes of data
 * @comp: compressor
 * @raw: it is not compressed at all
 *
 * All but @link and @users are constant.
 */
struct dedup_node {
	struct hlist_node link;
	u64 hash;
	u64 scope;
	unsigned long handle;
	u32 users;
	u16 len;
	u8 comp;
	bool raw;
};

static DEFINE_MUTEX(enable_lock);
/* Written once under enable_lock; dedup is off before. */
static struct hlist_head *table;
static unsigned int table_bits;
static u64 seed;
static spinlock_t stripes[STRIPES];
static struct kmem_cache *node_cache;

/**
 * zc_dedup_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_dedup_init(void)
{
	unsigned int i;

	for (i = 0; i < STRIPES; i++)
		spin_lock_init(&stripes[i]);
	get_random_bytes(&seed, sizeof(seed));
	node_cache = KMEM_CACHE(dedup_node, 0);
	return node_cache ? 0 : -ENOMEM;
}

/**
 * zc_dedup_exit - the end; no page is left
 *
 * Context: process; may sleep.
 */
void zc_dedup_exit(void)
{
	kvfree(table);
	table = NULL;
	kmem_cache_destroy(node_cache);
}

/**
 * zc_dedup_enable - make the table, which stays until the module goes
 *
 * One chain for every 16 pages of RAM: at most a few nodes in each.
 *
 * Context: process; may sleep.
 * Return: 0, also if there is one already; -ENOMEM.
 */
int zc_dedup_enable(void)
{
	struct hlist_head *new;
	int ret = 0;

	mutex_lock(&enable_lock);
	if (!table) {
		table_bits = clamp_t(unsigned int, ilog2(totalram_pages() / 16 + 1),
				     MIN_TABLE_BITS, MAX_TABLE_BITS);
		new = kvcalloc(1UL << table_bits, sizeof(*new), GFP_KERNEL);
		if (new) {
			/* Pairs with the acquire in chain_of(). */
			smp_store_release(&table, new);
			zc_room_account(sizeof(*new) << table_bits);
		} else {
			ret = -ENOMEM;
		}
	}
	mutex_unlock(&enable_lock);
	return ret;
}

static struct hlist_head *chain_of(u64 hash, spinlock_t **lock)
{
	/* Pairs with the release in zc_dedup_enable(). */
	struct hlist_head *t = smp_load_acquire(&table);
	u64 i;

	if (!t)
		return NULL;
	i = hash >> (64 - table_bits);
	*lock = &stripes[i % STRIPES];
	return &t[i];
}

static bool same_data(const struct dedup_node *node, struct zc_comp_stream *s,
		      const void *data)
{
	const void *mem = zc_zs_read_begin(node->handle, node->len, s->copy);
	bool same = !memcmp(mem, data, node->len);

	zc_zs_read_end(node->handle, node->len, mem);
	return same;
}

static struct dedup_node *zc_find(struct hlist_head *chain, u64 hash, u64 scope,
				  const struct zpage *zp, struct zc_comp_stream *s,
				  const void *data)
{
	bool raw = zp->kind == ZPAGE_RAW;
	struct dedup_node *node;

	hlist_for_each_entry(node, chain, link)
		if (node->hash == hash && node->scope == scope &&
		    node->len == zp->len && node->comp == zp->comp &&
		    node->raw == raw && node->users < U32_MAX &&
		    same_data(node, s, data))
			return node;
	return NULL;
}

static struct dedup_node *node_new(u64 hash, u64 scope, const struct zpage *zp,
				   const void *data, gfp_t gfp)
{
	struct dedup_node *node = kmem_cache_alloc(node_cache, gfp);

	if (!node)
		return NULL;
	if (zc_zs_store(data, zp->len, gfp, &node->handle)) {
		kmem_cache_free(node_cache, node);
		return NULL;
	}
	node->hash = hash;
	node->scope = scope;
	node->users = 0;
	node->len = zp->len;
	node->comp = zp->comp;
	node->raw = zp->kind == ZPAGE_RAW;
	zc_stat_inc(dedup_nodes);
	zc_stat_add(stored_bytes, node->len);
	zc_room_account(sizeof(*node));
	return node;
}

/**
 * zc_dedup_store - give a page its data, shared if it is there already
 * @zp: the page, with its length, compressor and kind (ZS or RAW); becomes
 *	ZPAGE_SHARED on success and is unchanged on failure
 * @s: this CPU's stream, whose copy buffer is free
 * @data: the bytes
 * @scope: who may share it
 * @gfp: may not sleep
 *
 * Context: process, irqs on; between zc_comp_begin() and zc_comp_end().
 * Return: 0; -ENOMEM.
 */
int zc_dedup_store(struct zpage *zp, struct zc_comp_stream *s, const void *data,
		   u64 scope, gfp_t gfp)
{
	u64 hash = xxh64(data, zp->len, seed ^ scope);
	struct dedup_node *node;
	struct hlist_head *chain;
	spinlock_t *lock;

	chain = chain_of(hash, &lock);
	if (!chain)
		return -ENOMEM;
	spin_lock(lock);
	node = zc_find(chain, hash, scope, zp, s, data);
	if (!node) {
		node = node_new(hash, scope, zp, data, gfp);
		if (!node) {
			spin_unlock(lock);
			return -ENOMEM;
		}
		hlist_add_head(&node->link, chain);
	}
	if (node->users++)
		zc_stat_inc(duplicates);
	spin_unlock(lock);
	zp->node = node;
	zp->kind = ZPAGE_SHARED;
	return 0;
}

/**
 * zc_dedup_drop - a page leaves its data; the last one frees it
 * @zp: the page, of kind ZPAGE_SHARED, its last reference gone
 *
 * Context: process, irqs on.
 */
void zc_dedup_drop(struct zpage *zp)
{
	struct dedup_node *node = zp->node;
	spinlock_t *lock;
	bool last;

	chain_of(node->hash, &lock);
	spin_lock(lock);
	last = !--node->users;
	if (last)
		hlist_del(&node->link);
	spin_unlock(lock);
	if (!last) {
		zc_stat_dec(duplicates);
		return;
	}
	zc_zs_free(node->handle);
	zc_stat_dec(dedup_nodes);
	zc_stat_add(stored_bytes, -(long)node->len);
	zc_room_account(-(long)sizeof(*node));
	kmem_cache_free(node_cache, node);
}

/**
 * zc_dedup_bytes - what of its data is a page's alone
 * @zp: the page, of kind ZPAGE_SHARED; the caller has a reference
 *
 * Context: any.
 * Return: bytes that would come back with it; a guess, as others come and go.
 */
u32 zc_dedup_bytes(const struct zpage *zp)
{
	const struct dedup_node *node = zp->node;

	return READ_ONCE(node->users) > 1 ? 0 : node->len + sizeof(*node);
}

/**
 * zc_dedup_handle - where a page's data lies
 * @zp: the page, of kind ZPAGE_SHARED; the caller has a reference
 * @raw: where to say whether it is not compressed
 *
 * Context: any.
 * Return: the handle.
 */
unsigned long zc_dedup_handle(const struct zpage *zp, bool *raw)
{
	*raw = zp->node->raw;
	return zp->node->handle;
}
