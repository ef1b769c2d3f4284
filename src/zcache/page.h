/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page.h - struct zpage, the store's descriptor of one stored page
 *
 * The replacement policy needs no more than this file, so that its sources
 * compile in user space as well (tests/user/policy).
 */
#ifndef _ZCACHE_PAGE_H
#define _ZCACHE_PAGE_H

#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/stddef.h>
#include <linux/types.h>

struct dedup_node;
struct tmem_obj;
struct zc_away;
struct zc_chunk;
struct zpage;

/*
 * Shards of the replacement policy (shard.c), at most: a bit for each in a word,
 * and an object's alignment.
 */
#define ZC_SHARDS_MAX	(8U * (unsigned int)sizeof(long))

/**
 * enum zpage_kind - what @data of a struct zpage is
 * @ZPAGE_SAME: the word that the page is filled with
 * @ZPAGE_ZS: the zsmalloc handle of compressed data
 * @ZPAGE_RAW: the zsmalloc handle of the page as it was
 * @ZPAGE_SHARED: a dedup_node, which has the data
 * @ZPAGE_CHUNK: a zc_chunk, which has the data among that of other pages
 */
enum zpage_kind {
	ZPAGE_SAME,
	ZPAGE_ZS,
	ZPAGE_RAW,
	ZPAGE_SHARED,
	ZPAGE_CHUNK,
};

/**
 * enum zpage_list - where the policy has a page
 * @ZPAGE_OFF: nowhere: persistent, not linked yet, or chosen for removal.
 *	A page that leaves its list never comes back to one.
 * @ZPAGE_SMALL: newcomers, first in first out
 * @ZPAGE_MAIN: the rest, first in first out
 * @ZPAGE_TENANT: those who go before all others, first in first out: a
 *	container's, there on sufferance; or, if it is no tenant, one that has
 *	been copied to elsewhere (zpage_is_copied())
 */
enum zpage_list {
	ZPAGE_OFF,
	ZPAGE_SMALL,
	ZPAGE_MAIN,
	ZPAGE_TENANT,
};

/**
 * enum zpage_age - what recompressing (recomp.c) knows of a persistent page
 * @ZPAGE_FRESH: nothing, or it was read since
 * @ZPAGE_MET: it was there the last time
 * @ZPAGE_TRIED: it has been tried, without gain
 */
enum zpage_age {
	ZPAGE_FRESH,
	ZPAGE_MET,
	ZPAGE_TRIED,
};

/*
 * The length of a page takes as many bits, and what is left of 17 is for the number of
 * a page in a chunk: 4 with pages of 4 KiB, 2 with pages of 16.
 */
#define ZPAGE_LEN_BITS	(PAGE_SHIFT + 1)
#define ZPAGE_COMP_BITS	(16 - PAGE_SHIFT)

/**
 * struct zpage - one stored page; the core's pampd
 * @handle: data of ZPAGE_ZS and ZPAGE_RAW
 * @word: data of ZPAGE_SAME
 * @node: data of ZPAGE_SHARED, on which this page holds a reference
 * @chunk: data of ZPAGE_CHUNK, on which this page holds a reference
 * @ref: the core's reference and its holds; data goes with the last
 * @len: bytes of data; of ZPAGE_CHUNK, its share; constant
 * @kind: enum zpage_kind; constant
 * @comp: id of the compressor (enum comp_id); of ZPAGE_CHUNK, which page of
 *	@chunk it is; constant
 * @list: enum zpage_list; written under the policy lock, along with what is
 *	constant in the same word
 * @ephemeral: may be evicted; constant
 * @tenant: a container at its own limit gave it up; constant
 * @place: of an ephemeral page, number of its container's place (container.c),
 *	or 0; constant
 * @age: of a persistent page, enum zpage_age; no lock, a guess
 * @deferred: links a page whose data is to be freed later; the last
 *	reference is gone, so @lru is unused
 * @lru: in a list of the policy; policy lock.  Newest at the head.
 * @copy: instead, of a page that has been copied to elsewhere; policy lock
 * @home: the object that leads to it, which is aligned, and in the low bits
 *	the number of its shard of the policy (shard.c).  Set when the core
 *	links it, and constant then.  The object is valid as long as @list says
 *	that it is on a list (under the policy lock, in an RCU read section that
 *	began before the lock was taken).
 * @index: index of the page in the object; set as @home is
 * @stamp: the clock of its shard when the page was put; constant
 *
 * The policy does not know persistent pages: what is behind @deferred is there
 * for ephemeral ones only (ZPAGE_PERSISTENT_SIZE).
 */
struct zpage {
	union {
		unsigned long handle;
		unsigned long word;
		struct dedup_node *node;
		struct zc_chunk *chunk;
	};
	refcount_t ref;
	u32 len:ZPAGE_LEN_BITS;
	u32 kind:3;
	u32 comp:ZPAGE_COMP_BITS;
	u32 list:2;
	u32 ephemeral:1;
	u32 tenant:1;
	union {
		u8 place;
		u8 age;
	};
	union {
		struct llist_node deferred;
		struct list_head lru;
		struct zc_copy *copy;
	};
	unsigned long home;
	u32 index;
	u32 stamp;
};

/* The object that leads to a page; see @home for how long. */
static inline struct tmem_obj *zpage_obj(const struct zpage *zp)
{
	return (struct tmem_obj *)(zp->home & ~(ZC_SHARDS_MAX - 1UL));
}

/* The number of its shard, once it was linked. */
static inline unsigned int zpage_shard(const struct zpage *zp)
{
	return zp->home & (ZC_SHARDS_MAX - 1UL);
}

static inline void zpage_set_home(struct zpage *zp, struct tmem_obj *obj,
				  unsigned int shard)
{
	zp->home = (unsigned long)obj | shard;
}

/**
 * struct zc_copy - a page that is here, and elsewhere as well (remote.c)
 * @list: among the policy's copied pages, newest at the head; policy lock
 * @zp: the page
 * @away: what is to be left of it here when it is evicted; NULL: nothing.  Whoever
 *	takes the page off the list, under the policy lock, is its owner.
 */
struct zc_copy {
	struct list_head list;
	struct zpage *zp;
	struct zc_away *away;
};

/* On a list, and with a copy elsewhere?  Policy lock. */
static inline bool zpage_is_copied(const struct zpage *zp)
{
	return zp->list == ZPAGE_TENANT && !zp->tenant;
}

#define ZPAGE_PERSISTENT_SIZE	(offsetof(struct zpage, deferred) +	\
				 sizeof(struct llist_node))

static_assert(sizeof(struct zpage) <= 48,
	      "the store promises at most 48 bytes of descriptor per page");
static_assert(offsetof(struct zpage, home) >= ZPAGE_PERSISTENT_SIZE,
	      "a persistent page has no more than its first bytes");

#endif /* _ZCACHE_PAGE_H */
