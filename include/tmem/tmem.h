/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tmem.h - the transcendent-memory core, for those that host it
 *
 * Purpose: tmem is memory that the kernel cannot address, only copy pages to
 * and from by handle (pool, 192-bit object id, 32-bit page index).  The core
 * keeps the handles; a *host* keeps the data.  A host is one embedding of the
 * core (the store in this guest's RAM, a stand-in hypervisor in a test); it
 * has *clients* (this kernel, or one per domain), which have *pools*.
 *
 *	host -> client -> pool -> 256 buckets, each an rb-tree of objects
 *	     -> object -> radix tree of 64-slot objnodes -> pampd
 *
 * (An object of one page leads to it without a node, and a node of few pages
 * is a short one, so that small files cost little; see struct tmem_objnode.)
 *
 * A *pampd* is the host's opaque descriptor of one stored page ("page of
 * page-addressable memory").  The core never looks inside it.  It allocates
 * its own structures through the host's *hostops* and reaches page data
 * through its *pamops*.
 *
 * Why this design: names and semantics are those of the last in-tree form
 * (linux: drivers/staging/zcache/tmem.[ch], 3.4-3.10) and of Xen's
 * common/tmem.c (4.0-4.12).  What differs: data moves outside every lock,
 * look-ups do not exclude each other, all failures are errnos, and no failure
 * leaves anything half done.
 *
 * Coherency rules, which every operation keeps on every path:
 *  - put-put-get: a get never returns older data than the last put; if that
 *    put failed, gets fail.  (A failed put of a duplicate drops the old page.)
 *  - get-get: after a failed get, gets fail until the next put.
 *  - private ephemeral: a successful get also removes the page, atomically.
 *    shared ephemeral: it does not, and the page may be evicted at any time.
 *  - persistent: a page that was put is found until it is flushed.
 *
 * Runs: readers and reclaim work on pages that follow each other in a file, so
 * put and get come for a *run* of them as well (struct tmem_run): one reference
 * on the pool, one look-up of the object, one walk of its tree, and one call of
 * the host where the host has an operation for it.  A run is no transaction.
 * Each page of it keeps the rules above by itself, as if it had come alone; what
 * one of them meets (no memory, damaged data) is its own answer and changes
 * nothing for its neighbours.  The forms for one page are runs of one.
 *
 * Pages that are elsewhere: a host may have a descriptor here and the data at
 * the other end of a wire.  A get of such a page has to wait, which it may not
 * do in an RCU read section.  So a get has two halves.  In the first one the
 * host hands out what is here, and says -EREMOTE of the rest.  In the second
 * one, outside of RCU and of every lock, pamops->localify() fetches all that is
 * left of the run with one request, and the core looks the handles up again
 * before it unlinks a page: only what still leads to the same descriptor was
 * got.  The holds of the look-up keep the descriptors meanwhile.
 *
 * Contexts and locks:
 *
 *   function                              context               sleeps
 *   tmem_register_host, _unregister_      process               yes
 *   tmem_client_create, _destroy          process               yes
 *   tmem_new_pool, tmem_destroy_pool      process               yes
 *   tmem_put, tmem_put_pages              process, irqs on      if create does
 *   tmem_get, tmem_get_pages              process, irqs on      if localify does
 *   tmem_flush_page, _range, _object      any but NMI           no
 *   tmem_evict, tmem_remotify             any but NMI, in RCU   no
 *   tmem_walk                             process               yes
 *   tmem_replace, tmem_evict_found        any but NMI           no
 *
 *   tmem_put calls the host's create with no lock held and outside any RCU
 *   section.  tmem_get calls get_data with no lock held, but in the RCU
 *   section that keeps the object, so get_data may not sleep.  localify is
 *   called outside of it and may.
 *
 *   Order: mm locks (i_pages, irqs off) -> bucket->lock -> obj->lock (which
 *   is in struct tmem_tree) -> the host's own irq-safe locks.  bucket->lock and
 *   obj->lock are taken irqsave, because a flush comes with the i_pages lock
 *   held and that lock is taken in interrupts.  Nothing that sleeps or that is
 *   not irq-safe runs under them: objnode_alloc, create_finish, replace and
 *   hold do; create, get_data, localify, release and free do not.  What is done
 *   under them is bounded: a run's pages at most.
 *
 *   Lifetime: a pool by its percpu_ref; an object by RCU and obj->dead; a
 *   pampd by the host's own reference count (hold/release, and the core's
 *   reference that ends with free).
 */
#ifndef _TMEM_TMEM_H
#define _TMEM_TMEM_H

#include <linux/types.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/rcupdate.h>
#include <linux/module.h>

struct page;
struct tmem_host;
struct tmem_client;
struct tmem_pool;
struct tmem_obj;

/* Pool flags; values are those of the Xen ABI (xen/include/public/tmem.h). */
#define TMEM_POOL_PERSIST	BIT(0)	/* a page put stays until flushed */
#define TMEM_POOL_SHARED	BIT(1)	/* joined by uuid, several clients */
#define TMEM_POOL_PRECOMPRESSED	BIT(2)	/* historical; refused */
/*
 * No part of that ABI, and never passed on by it: who puts has a disk for what is
 * refused, so that a page which saves no memory may go there.  Persistent pools
 * only.
 */
#define TMEM_POOL_BACKED	BIT(3)
#define TMEM_POOL_PAGESIZE_SHIFT 4	/* log2(page size) - 12 */
#define TMEM_POOL_PAGESIZE_MASK	0xfU
#define TMEM_POOL_RESERVED	0x00ffff00U
#define TMEM_POOL_VERSION_SHIFT	24
#define TMEM_POOL_VERSION_MASK	0xffU
#define TMEM_SPEC_VERSION	1

#define TMEM_HASH_BITS		8
#define TMEM_HASH_BUCKETS	(1U << TMEM_HASH_BITS)

/* Fan-out of the radix tree; user-space tests override it to get deep trees. */
#ifndef TMEM_OBJNODE_SHIFT
#define TMEM_OBJNODE_SHIFT	6
#endif
#define TMEM_OBJNODE_SLOTS	(1U << TMEM_OBJNODE_SHIFT)
#define TMEM_OBJNODE_MASK	(TMEM_OBJNODE_SLOTS - 1)

/* Most clients and pools anyone asked for; a limit, not a size. */
#define TMEM_MAX_POOLS		4096

/**
 * struct tmem_oid - name of an object in a pool: 192 bits, usually a file
 * @oid: the words; all ones is the invalid oid, refused by every operation
 */
struct tmem_oid {
	u64 oid[3];
};

static inline bool tmem_oid_valid(const struct tmem_oid *oidp)
{
	return !(oidp->oid[0] == ~0ULL && oidp->oid[1] == ~0ULL &&
		 oidp->oid[2] == ~0ULL);
}

static inline int tmem_oid_compare(const struct tmem_oid *a,
				   const struct tmem_oid *b)
{
	int i;

	/* Files of one file system differ in the first word most of all. */
	for (i = 0; i < 3; i++)
		if (a->oid[i] != b->oid[i])
			return a->oid[i] < b->oid[i] ? -1 : 1;
	return 0;
}

/**
 * struct tmem_uuid - 128-bit shared secret that names a shared pool
 * @w: the two words, as the Xen ABI passes them
 */
struct tmem_uuid {
	u64 w[2];
};

/*
 * Sizes that an objnode can have: 64, 128 and 256 bytes, and with a place for
 * every slot.
 */
#define TMEM_OBJNODE_SIZES	4

/* The most slots in use of a root node that lives in the object itself. */
#define TMEM_TOP_SLOTS		(TMEM_OBJNODE_SLOTS < 3 ? TMEM_OBJNODE_SLOTS : 3)

/**
 * struct tmem_objnode - a node of an object's radix tree
 * @map: which of its 64 slots are in use; never none
 * @cap: length of @slots
 * @size: what it was allocated as, below TMEM_OBJNODE_SIZES
 * @slots: of the level below, objnodes; on the lowest level, pampds.  With a
 *	place for every slot: by slot number, unused ones undefined.  In a
 *	shorter node: those in use without gaps, in the order of their numbers.
 *
 * Covered by obj->lock.  Allocated by hostops->objnode_alloc, initialised by
 * the core.
 */
struct tmem_objnode {
	u64 map;
	u8 cap;
	u8 size;
	void *slots[];
};

/**
 * tmem_objnode_cap - slots that may be in use in a node of a size
 * @size: below TMEM_OBJNODE_SIZES
 *
 * Context: any.
 * Return: their number.
 */
static inline unsigned int tmem_objnode_cap(unsigned int size)
{
	unsigned int cap = (8U << size) - 2;

	return size < TMEM_OBJNODE_SIZES - 1 && cap < TMEM_OBJNODE_SLOTS ?
	       cap : TMEM_OBJNODE_SLOTS;
}

/**
 * tmem_objnode_bytes - what a host allocates for a node
 * @size: below TMEM_OBJNODE_SIZES
 *
 * Context: any.
 * Return: bytes.
 */
static inline size_t tmem_objnode_bytes(unsigned int size)
{
	return offsetof(struct tmem_objnode, slots) +
	       tmem_objnode_cap(size) * sizeof(void *);
}

/**
 * struct tmem_tree - the pages of one object
 * @lock: "obj->lock": covers all of this; irq-safe; nests inside bucket->lock
 * @height: levels of objnodes below @root; 0: @root is the pampd of @index
 * @dead: the object is unlinked from its bucket, or about to be; never becomes
 *	false again.  Whoever finds it set under @lock looks the object up
 *	again.
 * @reaped: it is dead and has pages, which are being freed a batch at a time; who
 *	evicts one of them finds it here.  False again when there is none left.
 * @root: NULL if there is no page; a pampd (@height 0) or a struct
 *	tmem_objnode, which is @top if that is long enough
 * @reap_next: links the object, when dead, in the list of those to be emptied
 * @host: after that, while RCU has it
 * @index: of the only page, if there is only one (@height 0)
 * @top: room for a root node of TMEM_TOP_SLOTS
 * @rcu: frees the object, which is empty
 */
struct tmem_tree {
	spinlock_t lock;
	u8 height;
	bool dead;
	bool reaped;
	void *root;
	union {
		struct tmem_obj *reap_next;
		struct tmem_host *host;
	};
	union {
		u32 index;
		u64 top[DIV_ROUND_UP(offsetof(struct tmem_objnode, slots) +
				     TMEM_TOP_SLOTS * sizeof(void *),
				     sizeof(u64))];
		struct rcu_head rcu;
	};
};

/**
 * struct tmem_obj - one object: the pages of one file, or a slice of swap
 * @rb: in its bucket's tree; bucket->lock to write, RCU + bucket seqcount to
 *	read
 * @oid: its name; constant
 * @pool: constant; valid while the object is (objects hold no reference: a
 *	pool is freed after its last object's grace period)
 * @tree: its pages; constant
 *
 * A cache line that look-ups of other objects read on their way, and nobody
 * writes.  What work on its own pages writes, the lock first of all, is in the
 * tree, and not even near by: CPUs fetch neighbouring lines on their own
 * account, and so two of them that work on different objects of one bucket
 * would keep taking the trees away from each other.
 *
 * Allocated by hostops->obj_alloc, initialised by the core.
 */
struct tmem_obj {
	struct rb_node rb;
	struct tmem_oid oid;
	struct tmem_pool *pool;
	struct tmem_tree *tree;
};

/* The most pages of a run: what a read-ahead asks for by default. */
#define TMEM_RUN_PAGES	32

/**
 * struct tmem_run - pages of one object that are put or got together
 * @oidp: the object
 * @index: of the first page; that of the last one must fit into 32 bits, too
 * @nr: how many, 1 to TMEM_RUN_PAGES
 * @want: which of them: bit i is page @index + i; others are not touched.  Bits
 *	from @nr on are none.
 * @pages: page i is @pages[i]; those not in @want may be anything
 * @source_ns: in a get: what a page takes, in nanoseconds, from where it comes
 *	from if not from here; 0: not known
 * @done: becomes those of @want that were put or got
 * @err: of each page in @want, 0 or the errno that the form for one page would
 *	return; others are not written
 *
 * The caller's; all but @done and @err stay as they are.
 */
struct tmem_run {
	const struct tmem_oid *oidp;
	u32 index;
	unsigned int nr;
	u32 want;
	u32 done;
	struct page **pages;
	u32 source_ns;
	s16 err[TMEM_RUN_PAGES];
};

/**
 * tmem_run_mask - the first bits of a bitmap of a run
 * @nr: how many, at most TMEM_RUN_PAGES
 *
 * Context: any.
 * Return: the bitmap.
 */
static inline u32 tmem_run_mask(unsigned int nr)
{
	return nr < TMEM_RUN_PAGES ? (1U << nr) - 1 : U32_MAX;
}

/* For each page number @i in bitmap @map of a run; @left is scratch. */
#define tmem_run_for_each(i, map, left)					\
	for ((left) = (map); (left) && ((i) = __ffs(left), 1);		\
	     (left) &= (left) - 1)

#define TMEM_HOSTOPS_VERSION	3
#define TMEM_PAMOPS_VERSION	5

/**
 * struct tmem_hostops - where the core's own structures come from
 * @version: TMEM_HOSTOPS_VERSION
 * @name: for debugfs and messages; unique among hosts
 * @obj_alloc: memory for one struct tmem_obj of @pool, in which tree points to
 *	memory for one struct tmem_tree, or NULL.  Called in any context but
 *	NMI, may not sleep.  Contents need not be initialised but for that
 *	pointer.  For speed, both are aligned to cache lines and not in one
 *	page (see struct tmem_obj).
 * @obj_free: gives both back.  Called from an RCU callback, or with irqs off
 *	for an object that nobody has seen; may not sleep.  The pool may be
 *	gone.
 * @objnode_alloc: tmem_objnode_bytes(@size) for a struct tmem_objnode of
 *	@pool, or NULL.  Called under obj->lock with irqs off; may not sleep.
 *	Contents need not be initialised.
 * @objnode_free: gives it back, with the @size it was asked for.  Context as
 *	for @objnode_alloc, or without obj->lock for a dead object.
 *
 * All callbacks are required.  @priv is what tmem_register_host() was given;
 * @pool tells what the memory is worth (tmem_pool_is_persistent()).
 */
struct tmem_hostops {
	u32 version;
	const char *name;
	struct tmem_obj *(*obj_alloc)(void *priv, const struct tmem_pool *pool);
	void (*obj_free)(void *priv, struct tmem_obj *obj);
	struct tmem_objnode *(*objnode_alloc)(void *priv,
					      const struct tmem_pool *pool,
					      unsigned int size);
	void (*objnode_free)(void *priv, struct tmem_objnode *node,
			     unsigned int size);
};

/**
 * struct tmem_pamops - how the core reaches page data
 * @version: TMEM_PAMOPS_VERSION
 * @create: store a copy of @page and return a new pampd that the core then
 *	owns (one reference), or ERR_PTR: -ENOMEM, -ENOSPC (over a limit),
 *	-E2BIG (refused as incompressible).  The pampd may not be evicted
 *	before @create_finish.  Called with no core lock, irqs on.
 * @create_finish: the pampd is now linked at @index of @obj and may be
 *	evicted from here on.  @obj is what tmem_evict() wants back; it is
 *	valid in any RCU read section that began before the host learned, by
 *	its own lock, that @free had not yet been called.  Under obj->lock,
 *	irqs off.  Optional.
 * @replace: the host asked for pampd @new to take the place of @old, which is
 *	linked at @index of @obj: true if it may.  Then @new counts as linked,
 *	as after @create_finish, and @old is about to be freed.  Under
 *	obj->lock, irqs off.  Optional: without it, it may.
 * @hold: take a reference on a linked pampd.  Under obj->lock, irqs off;
 *	cannot fail.
 * @get_data: copy the page out into @page.  The caller has a hold.  Returns
 *	0 or an errno; on an errno the page in @page is garbage and the pampd
 *	is unchanged.  -EREMOTE: see @localify.  No core lock, irqs on, but in an
 *	RCU read section: may not sleep.
 * @release: drop a hold.  No core lock, any context but NMI.
 * @free: the core's reference ends: the pampd is not linked any more (or
 *	never was).  Data goes when the last hold does.  Called in an RCU read
 *	section with no core lock, any context but NMI - also with irqs off
 *	under an mm lock, where the host must defer what is not irq-safe.
 *
 * All of these but @create_finish and @replace are required.  Those that follow
 * are all optional; without them the ones above are called for each page in turn.
 * In each, page i of the run is meant where bit i of @map is set, which is never
 * empty, and pampds[i] is its descriptor.
 *
 * @create_run: create, for the pages of @map.  Returns those for which it has
 *	set pampds[i]; of the others it has set run->err[i].
 * @create_finish_run: create_finish, for all that are linked of a run, under one
 *	hold of obj->lock.
 * @get_run: get_data, for the pages of @map.  Returns those that it has copied;
 *	of the others it has set run->err[i].
 * @localify: the data of these pages are elsewhere, said get_run or get_data by
 *	-EREMOTE; fetch them and copy them out into run->pages[i].  Returns those
 *	that it has copied; of the others it has set run->err[i].  There -ENOENT
 *	means that the data are lost: the core then unlinks the pampd, if it is
 *	still the one that the handle leads to, and the get is a miss.  With any
 *	other errno the pampd stays.  Never called for persistent pages.
 *	No core lock, no RCU read section, irqs on: may sleep.  The caller has a
 *	hold on each pampd, so none goes away; but any may be unlinked, evicted
 *	or replaced while this waits, and what was fetched of it then counts for
 *	nothing.  The object is not kept: what this needs of a page's name is in
 *	@run or in the pampd.  Required if get_data or get_run ever says -EREMOTE.
 */
struct tmem_pamops {
	u32 version;
	void *(*create)(struct tmem_pool *pool, const struct tmem_oid *oidp,
			u32 index, struct page *page);
	void (*create_finish)(struct tmem_obj *obj, u32 index, void *pampd);
	bool (*replace)(struct tmem_obj *obj, u32 index, void *old, void *new);
	void (*hold)(void *pampd);
	int (*get_data)(struct tmem_pool *pool, void *pampd, struct page *page);
	void (*release)(struct tmem_pool *pool, void *pampd);
	void (*free)(struct tmem_pool *pool, void *pampd);
	u32 (*create_run)(struct tmem_pool *pool, struct tmem_run *run, u32 map,
			  void **pampds);
	void (*create_finish_run)(struct tmem_obj *obj,
				  const struct tmem_run *run, u32 map,
				  void **pampds);
	u32 (*get_run)(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		       void **pampds);
	u32 (*localify)(struct tmem_pool *pool, struct tmem_run *run, u32 map,
			void **pampds);
};

/*
 * For work that frees memory, and may be much of it: on any CPU, and with a thread of
 * its own when there is no memory for others.
 */
extern struct workqueue_struct *tmem_wq;

struct tmem_host *tmem_register_host(const struct tmem_hostops *hostops,
				     const struct tmem_pamops *pamops,
				     void *priv);
int tmem_unregister_host(struct tmem_host *host);
void *tmem_host_priv(const struct tmem_host *host);

struct tmem_client *tmem_client_create(struct tmem_host *host, u32 id,
				       unsigned int max_pools);
void tmem_client_destroy(struct tmem_client *client);

int tmem_new_pool(struct tmem_client *client, const struct tmem_uuid *uuid,
		  u32 flags);
int tmem_destroy_pool(struct tmem_client *client, int pool_id);

int tmem_put(struct tmem_client *client, int pool_id,
	     const struct tmem_oid *oidp, u32 index, struct page *page);
int tmem_get(struct tmem_client *client, int pool_id,
	     const struct tmem_oid *oidp, u32 index, struct page *page);
int tmem_put_pages(struct tmem_client *client, int pool_id,
		   struct tmem_run *run);
int tmem_get_pages(struct tmem_client *client, int pool_id,
		   struct tmem_run *run);
bool tmem_holds(struct tmem_client *client, int pool_id,
		const struct tmem_oid *oidp);
int tmem_flush_page(struct tmem_client *client, int pool_id,
		    const struct tmem_oid *oidp, u32 index);
int tmem_flush_range(struct tmem_client *client, int pool_id,
		     const struct tmem_oid *oidp, u32 first, u32 last);
int tmem_flush_object(struct tmem_client *client, int pool_id,
		      const struct tmem_oid *oidp);
int tmem_evict(struct tmem_obj *obj, u32 index, void *pampd);
int tmem_remotify(struct tmem_obj *obj, u32 index, void *pampd, void *away);

/* All pages of an object have been seen: larger than any index. */
#define TMEM_CURSOR_END	(1ULL << 32)

/**
 * struct tmem_cursor - a place in the order of a client's handles
 * @pool_id: pools by their ids,
 * @bucket: then buckets,
 * @inside: (an object has been met in this bucket)
 * @oid: then objects by their oids,
 * @next: then pages by their indexes: the next that may be met
 */
struct tmem_cursor {
	int pool_id;
	unsigned int bucket;
	bool inside;
	struct tmem_oid oid;
	u64 next;
};

/**
 * struct tmem_found - a page that tmem_walk() has met
 * @pampd: its descriptor, held
 * @index: its index
 */
struct tmem_found {
	void *pampd;
	u32 index;
};

unsigned int tmem_walk(struct tmem_client *client, struct tmem_cursor *cur,
		       struct tmem_found *found, unsigned int max);
int tmem_replace(struct tmem_client *client, int pool_id,
		 const struct tmem_oid *oidp, u32 index, void *old, void *new);
int tmem_evict_found(struct tmem_client *client, int pool_id,
		     const struct tmem_oid *oidp,
		     const struct tmem_found *found);

/* What a host may know of a pool; constant for the pool's life. */
int tmem_pool_id(const struct tmem_pool *pool);
u32 tmem_pool_flags(const struct tmem_pool *pool);
u32 tmem_pool_client_id(const struct tmem_pool *pool);
void *tmem_pool_host_priv(const struct tmem_pool *pool);

static inline bool tmem_pool_is_persistent(const struct tmem_pool *pool)
{
	return tmem_pool_flags(pool) & TMEM_POOL_PERSIST;
}

static inline bool tmem_pool_is_shared(const struct tmem_pool *pool)
{
	return tmem_pool_flags(pool) & TMEM_POOL_SHARED;
}

/**
 * struct tmem_pool_stats - what a pool has done; a snapshot, each field exact
 * when the pool is idle
 * @pages: pampds linked now
 * @objs: objects now
 * @objnodes: objnodes now, without those that live in an object
 * @puts: successful puts, replacements among them
 * @dup_puts: puts that replaced a page
 * @failed_puts: puts refused; an older page that went with one of them counts
 *	as flushed
 * @gets: successful gets
 * @failed_gets: gets that found nothing
 * @flushes: pages removed by flush_page, flush_range, flush_object, destroy,
 *	and by puts of the same handle that failed
 * @evicts: pages removed by tmem_evict and tmem_evict_found, and those that
 *	localify found lost
 */
struct tmem_pool_stats {
	long pages, objs, objnodes;
	long puts, dup_puts, failed_puts, gets, failed_gets, flushes, evicts;
};

int tmem_pool_get_stats(struct tmem_client *client, int pool_id,
			struct tmem_pool_stats *stats);

#endif /* _TMEM_TMEM_H */
