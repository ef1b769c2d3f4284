/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zcache.h - what the files of the embedded store share; private to src/zcache
 *
 *	main.c		the order of life
 *	backend.c	accessor functions -> core
 *	host.c		core -> hostops and pamops
 *	page.c		one stored page: data in, data out, the end of it
 *	comp.c		compressors	zs.c	the allocator of data
 *	dedup.c		data that several pages share
 *	chunk.c		data of several pages, compressed as one
 *	recomp.c	cold pages are compressed again
 *	room.c		may the store grow?
 *	container.c	whose file pages are here?
 *	evict.c		admit.c, policy.c and ghost.c under their locks; making room
 *	shard.c		these locks, and what each is for
 *	remote.c	pages that are elsewhere	breaker.c  if the disk is slower
 *	kept.c		values there of pages that are in the page cache
 *	shrink.c	the kernel wants memory back
 *	give.c		the host is to have memory back
 *	stall.c		the kernel waits for memory
 *	meminfo.c	what the kernel counts as memory to be had
 *	params.c	tunables	debugfs.c, stats.c	figures
 *
 * The one budget.  A page of RAM goes to whom it saves most.  First comes the
 * working set, programs and page cache: reclaim decides what is in it, and the
 * store takes only what is free beyond the watermarks and gives pages up when
 * others have less than an eighth of its size, or less than that where a disk takes
 * long to read what they lose (room.c, shrink.c).  Next comes swap: a page of it
 * that is not here costs a write and a read.  It may take max_percent of RAM, or
 * three quarters of what is not the kernel's own if that is less (room.c); what is
 * cold beyond that goes to the disk below, if there is one (frontswap).  Last come
 * pages of files, which cost a read at most, and if they are read in long runs, or
 * from a fast disk, next to nothing.  They get what is left, as far as they have
 * shown to be read again (admit.c), are kept by how soon they come back (policy.c),
 * and are the first to go.  All of it, tables included, stays below one limit:
 * max_percent and max_bytes (params.c).  Not counted is what compressors have for
 * each CPU, 52 KiB (160 with pages of 16), or 300 with zstd (comp.c).
 *
 * Locks, outermost first:
 *   the core's obj->lock (irqs off)
 *     -> a shard's lock, "the policy lock" (shard.c; irqsave; one at a time;
 *        innermost of the irq-safe ones)
 *   zc_meminfo_lock: alone, tried only, in process context with irqs on
 *   recomp.c's step_lock (mutex) -> chunk.c's build_lock (mutex)
 *     -> all that follows
 *   a compressor's per-CPU stream (local lock)
 *     -> a bucket of dedup.c -> zsmalloc's own
 *   a window of chunk.c -> zsmalloc's own
 *   place_lock (container.c), kept_lock (kept.c): innermost
 *   Streams, buckets, windows and zsmalloc are not irq-safe: they are used in
 *   process context with irqs on only.  What must be freed elsewhere is
 *   deferred (page.c).
 */
#ifndef _ZCACHE_ZCACHE_H
#define _ZCACHE_ZCACHE_H

#include <linux/local_lock.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/types.h>
#include <compat/gfp.h>
#include <compat/test_export.h>
#include <tmem/offer.h>
#include <tmem/tmem.h>
#include "page.h"
#include "stats.h"

struct dentry;

/*
 * The put path never waits.  Ephemeral pages are a luxury: room.c keeps them out of
 * the emergency reserves, to which reclaim would be entitled.  Persistent pages are
 * reclaim's way forward and must not be starved of them.
 *
 * What is short is for room.c to say, by the watermarks as they are set: while
 * they are boosted, which the store brings about itself as it takes pages of
 * one kind and slabs of another, hardly anything that does not wait gets a page.
 */
static inline gfp_t zc_gfp(bool ephemeral)
{
	return __GFP_KSWAPD_RECLAIM | __GFP_NORETRY | __GFP_NOWARN |
	       TMEM_GFP_UNBOOSTED | (ephemeral ? __GFP_NOMEMALLOC : 0);
}

/* comp.c */

/**
 * enum comp_id - compressors, as struct zpage remembers them
 * @COMP_LZ4: LZ4, fast
 * @COMP_ZSTD: zstd, smaller
 * @COMP_NR: how many there are
 */
enum comp_id {
	COMP_LZ4,
	COMP_ZSTD,
	COMP_NR,
};

static_assert(COMP_NR <= 1 << ZPAGE_COMP_BITS, "zpage->comp is too small");

/*
 * Pages whose data is one chunk (chunk.c), at most; and if LZ4 makes it, or of pages
 * that may be read one by one.  With pages of 16 KiB four are much already.
 */
#if PAGE_SHIFT > 12
#define CHUNK_PAGES	4
#else
#define CHUNK_PAGES	8
#endif
#define CHUNK_FEW	4
/*
 * The pieces of its data take so much with the word that zsmalloc puts before each; the
 * sizes that it has are a 256th of a page apart, from 32 bytes on, so of half a page
 * only with pages of 4 KiB.  The rest takes a multiple of the grain: zsmalloc keeps
 * half a handful of pages for each size that there is.
 */
#define CHUNK_STEP	(PAGE_SIZE / 256)
#define CHUNK_PART	((PAGE_SIZE / 2 - 32) / CHUNK_STEP * CHUNK_STEP + 32 - \
			 sizeof(unsigned long))
#define CHUNK_GRAIN	(PAGE_SIZE / 64)
/* More than three quarters of the pages are no gain. */
#define CHUNK_PARTS	(CHUNK_PAGES * 3 / 2)
#define CHUNK_BYTES	(CHUNK_PARTS * CHUNK_PART)
#define CHUNK_MOST(pages) (CHUNK_BYTES * (pages) / CHUNK_PAGES)
/* A store of fewer pages is not worth what it takes to read them. */
#define FEW_PAGES	4096

/**
 * struct zc_comp_stream - what compressing on one CPU takes
 * @lock: the CPU's owner of the rest
 * @out: for compressed data, or a page: PAGE_SIZE bytes, and what compressors need
 *	beyond; of LZ4, CHUNK_MOST(CHUNK_FEW) and a page
 * @copy: PAGE_SIZE bytes for data read from the store
 * @pages: of LZ4, CHUNK_FEW pages for what is compressed as one, one after the other;
 *	else NULL
 * @cwork: the compressor's memory
 * @dwork: the decompressor's memory, or NULL
 * @ctx: what the compressor made of @cwork
 * @dctx: what the decompressor made of @dwork
 */
struct zc_comp_stream {
	local_lock_t lock;
	void *out;
	void *copy;
	void *pages;
	void *cwork;
	void *dwork;
	void *ctx;
	void *dctx;
};

int zc_comp_init(void);
void zc_comp_exit(void);
int zc_comp_find(const char *name);
const char *zc_comp_name(unsigned int id);
int zc_comp_enable(unsigned int id);
struct zc_comp_stream *zc_comp_begin(unsigned int id);
void zc_comp_end(unsigned int id);
int zc_comp_compress(unsigned int id, struct zc_comp_stream *s, const void *src);
int zc_comp_decompress(unsigned int id, struct zc_comp_stream *s, const void *src,
		       unsigned int len, void *dst);
int zc_comp_compress_chunk(struct zc_comp_stream *s, const void *src,
			   unsigned int pages);
int zc_comp_decompress_chunk(const void *src, unsigned int len, void *dst,
			     unsigned int pages);

/* zs.c */
int zc_zs_init(void);
void zc_zs_exit(void);
int zc_zs_store(const void *src, size_t len, gfp_t gfp, unsigned long *handle);
void zc_zs_overwrite(unsigned long handle, const void *src, size_t len);
const void *zc_zs_read_begin(unsigned long handle, size_t len, void *copy);
void zc_zs_read_end(unsigned long handle, size_t len, const void *mem);
void zc_zs_free(unsigned long handle);
unsigned long zc_zs_pages(void);
size_t zc_zs_page_sized(void);
unsigned long zc_zs_compact(void);
bool zc_zs_has_holes(void);

/* dedup.c */
int zc_dedup_init(void);
void zc_dedup_exit(void);
int zc_dedup_enable(void);
int zc_dedup_store(struct zpage *zp, struct zc_comp_stream *s, const void *data,
		   u64 scope, gfp_t gfp);
void zc_dedup_drop(struct zpage *zp);
u32 zc_dedup_bytes(const struct zpage *zp);
unsigned long zc_dedup_handle(const struct zpage *zp, bool *raw);

/* chunk.c */

void zc_chunk_exit(void);
int zc_chunk_enable(void);
bool zc_chunk_ready(void);
void zc_chunk_idle(void);
struct zc_chunk *zc_chunk_create(const void *src, unsigned int pages,
				 size_t most, gfp_t gfp);
struct zc_chunk *zc_chunk_create_fast(struct page *const *pages, unsigned int nr,
				      gfp_t gfp);
void zc_chunk_hold(struct zc_chunk *c);
void zc_chunk_put(struct zc_chunk *c);
u32 zc_chunk_share(const struct zc_chunk *c, unsigned int slot);
u32 zc_chunk_rest(const struct zc_chunk *c);
void zc_chunk_tried(struct zc_chunk *c);
bool zc_chunk_was_met(const struct zc_chunk *c);
bool zc_chunk_in_run(const struct zc_chunk *c);
unsigned int zc_chunk_pages(const struct zc_chunk *c);
int zc_chunk_load_all(const struct zc_chunk *c, struct page *const *pages);
int zc_chunk_load(const struct zc_chunk *c, unsigned int slot, void *dst);
extern int zc_chunk_fail_nth;
void zc_chunk_overwrite(struct zc_chunk *c, const void *src, size_t len);

/* recomp.c */
int zc_recomp_set(unsigned int percent);
void zc_recomp_exit(void);
int zc_recomp_enable(void);
int zc_recomp_step(void);
unsigned int zc_recomp_pass(void);

/* page.c */
int zc_page_init(void);
void zc_page_exit(void);
struct zpage *zc_page_create(struct page *page, u32 flags, u32 client);
void *zc_pages_as_one(struct page *const *pages, unsigned int nr);
u32 zc_page_create_chunks(const struct tmem_run *run, u32 map,
			  struct zpage **zps);
struct zpage *zc_page_in_chunk(const struct zpage *old, struct zc_chunk *c,
			       unsigned int slot, gfp_t gfp);
int zc_page_read(const struct zpage *zp, void *dst);
int zc_page_sum(const struct zpage *zp, u64 *sum);
int zc_page_load(struct zpage *zp, struct page *page);
u32 zc_page_load_run(struct tmem_run *run, u32 map, struct zpage **zps);
unsigned int zc_page_bytes(const struct zpage *zp, unsigned int *comp,
			   void *buf);
int zc_page_fill(unsigned int comp, const void *data, unsigned int len,
		 struct page *page);
u32 zc_page_data(const struct zpage *zp);
void zc_page_hold(struct zpage *zp);
void zc_page_put(struct zpage *zp);
void zc_page_drain(void);

/* host.c */
int zc_host_init(void);
void zc_host_exit(void);
extern struct tmem_client *zc_client;

/* room.c */

/**
 * enum zc_room - may the store grow?
 * @ROOM_YES: yes
 * @ROOM_FULL: no, it is at its limit
 * @ROOM_SHORT: no, memory is short
 */
enum zc_room {
	ROOM_YES,
	ROOM_FULL,
	ROOM_SHORT,
};

int zc_room_init(void);
void zc_room_exit(void);
void zc_room_account(long bytes);
u64 zc_room_limit(void);
u64 zc_room_metadata(void);
u64 zc_room_used(void);
enum zc_room zc_room(void);
enum zc_room zc_room_may_grow(bool *scarce);
void zc_room_note_slow(void);
void zc_room_note_swapout(struct page *page);
bool zc_room_is_swapping(void);
bool zc_room_is_slow(void);
bool zc_room_short(void);
bool zc_room_plenty(void);
bool zc_room_writing(void);
bool zc_room_should_yield(void);
int zc_room_make(bool ephemeral);
bool zc_room_outgrown(unsigned long before);
unsigned int zc_room_fullness(void);
void zc_room_trim(void);

/* container.c */
struct seq_file;
bool zc_container_passes(struct page *page);
bool zc_container_swaps(struct page *page);
int zc_container_admit(struct page *page, unsigned int *place, bool *tenant);
int zc_container_enter(u64 id, bool full, unsigned int *place);
void zc_container_enter_again(unsigned int place);
void zc_container_charge(unsigned int place, size_t bytes);
void zc_container_leave(unsigned int place, size_t bytes);
int zc_container_exclude(const char *list);
int zc_container_excluded(char *buf, size_t size);
int zc_container_show(struct seq_file *m);
void zc_container_include_all(void);

/* shard.c */
int zc_shards_init(void);
void zc_shards_stop(void);
void zc_shards_exit(void);
int zc_shards_resize(void);
void zc_shards_want_ghost(void);

/* evict.c */

/**
 * enum zc_why - why a page is evicted; each has its counter in struct zc_stats
 * @WHY_LIMIT: the store is at its limit
 * @WHY_RESERVE: free memory is short
 * @WHY_SWAP: a page was swapped out to the store
 * @WHY_NOMEM: an allocation failed
 * @WHY_SHRINKER: the shrinker
 * @WHY_OOM: the kernel is about to kill
 * @WHY_TRIM: the limit was lowered
 * @WHY_IDLE: the host is to have the memory
 */
enum zc_why {
	WHY_LIMIT,
	WHY_RESERVE,
	WHY_SWAP,
	WHY_NOMEM,
	WHY_SHRINKER,
	WHY_OOM,
	WHY_TRIM,
	WHY_IDLE,
};

enum tmem_offer zc_evict_offer(int pool, const struct tmem_oid *oidp, u32 index,
			       u32 nr, unsigned int hints);
u64 zc_evict_print(int pool, const struct tmem_oid *oidp, u32 index);
bool zc_evict_wants(int pool, const struct tmem_oid *oidp, u32 index);
void zc_evict_passed(int pool, const struct tmem_oid *oidp, u32 index);
void zc_evict_linked_run(struct tmem_obj *obj, u32 index, u32 map,
			 struct zpage **zps);
void zc_evict_unlinked(struct zpage *zp);
bool zc_evict_replaced(struct zpage *old, struct zpage *new,
		       struct tmem_obj *obj, u32 index);
u32 zc_evict_clock(unsigned int shard);
void zc_evict_got_run(u32 map, struct zpage **zps, struct page **pages,
		      bool leaves);
void zc_evict_got_away(int pool, const struct tmem_oid *oidp, u32 index,
		       u32 map);
void zc_evict_missed(int pool, const struct tmem_oid *oidp, u32 index, u32 map);
bool zc_evict_one(enum zc_why why);
bool zc_evict_similar(unsigned int len);
bool zc_evict_tenant(unsigned int place, enum zc_why why);
unsigned long zc_evict_tenants(void);
bool zc_evict_dead(enum zc_why why);
unsigned long zc_evict_deads(void);
bool zc_evict_copy(enum zc_why why);
unsigned long zc_evict_copies(void);
struct zpage *zc_evict_cold(u64 *print, u64 *run);
bool zc_evict_copied(struct zpage *zp, struct zc_copy *copy);
unsigned long zc_evict_some(unsigned long nr, enum zc_why why);
unsigned long zc_evict_pages(void);
bool zc_evict_any(void);
bool zc_evict_any_tenant(void);

/**
 * struct zc_evict_figures - the policy's own figures, a snapshot
 * @shards: parts that it has now
 * @small: pages on the list of newcomers
 * @main: pages on the main list
 * @tenants: pages of containers, there on sufferance
 * @copied: pages that are elsewhere as well, and go next
 * @ghost_hits: pages that came back and were known
 * @promotions: of these, straight to the main list
 * @ghost_bytes: size of the ghost tables
 * @filled: 1: in most shards free room is no reason to buy a page any more
 * @poor: 1: in most shards, what was bought lately did not pay
 * @pays: 1: in most shards, what was bought is asked for
 * @bought: pages bought in this window
 * @window_hits: of what is stored, pages asked for in this window
 * @harms: 1: most shards take away more than they save (gain.c)
 * @saved: reads that it saved
 * @wasted: pages that came from it, and else from the page cache
 * @lost: reads that it caused
 */
struct zc_evict_figures {
	unsigned long shards;
	unsigned long small, main, tenants, copied, ghost_hits, promotions;
	size_t ghost_bytes;
	unsigned long filled, poor, pays, bought, window_hits;
	unsigned long harms, saved, wasted, lost;
};

void zc_evict_get_figures(struct zc_evict_figures *f);

/* shrink.c */
unsigned long zc_shrink_scan(unsigned long nr);
unsigned long zc_shrink_oom(const nodemask_t *nodes);
int zc_shrink_init(void);
void zc_shrink_exit(void);

/*
 * A switch for tests: it takes a rule out, so that the test of that rule can be
 * seen to fail.
 */
#define ZC_BREAK_STALL	BIT(0)	/* the kernel may wait for itself */
#define ZC_BREAK_TENANT	BIT(1)	/* pages of containers are like all others */
#define ZC_BREAK_ADMIT	BIT(2)	/* how a file is used counts for nothing */
#define ZC_BREAK_REMOTE	BIT(3)	/* whatever comes from elsewhere is right */
#define ZC_BREAK_GAIN	BIT(4)	/* what the store takes away is not asked */
#define ZC_BREAK_CHUNK	BIT(5)	/* a page of a chunk is as good as another */
#define ZC_BREAK_KEPT	BIT(6)	/* any value that is kept is the same one */
extern unsigned int zc_test_break;

static inline bool zc_broken(unsigned int rule)
{
	return TMEM_BROKEN(zc_test_break, rule);
}

/* meminfo.c */
int zc_meminfo_init(void);
void zc_meminfo_exit(void);
void zc_meminfo_account(long bytes);
unsigned long zc_meminfo_told(void);
unsigned long zc_meminfo_node_pages(const nodemask_t *nodes);

/* stall.c */
int zc_stall_init(void);
void zc_stall_exit(void);
void zc_stall_watch(void);

/* backend.c */
extern const struct tmem_backend_ops zc_backend;
int zc_backend_init(void);
void zc_backend_exit(void);

/* params.c */

/**
 * enum zc_dedup - values of parameter dedup
 * @DEDUP_OFF: no page shares data
 * @DEDUP_CLIENT: pages of one client do
 * @DEDUP_ALL: pages of all clients do
 */
enum zc_dedup {
	DEDUP_OFF,
	DEDUP_CLIENT,
	DEDUP_ALL,
};

/**
 * enum zc_incompressible - values of parameter incompressible
 * @INCOMPRESSIBLE_REFUSE: refuse them
 * @INCOMPRESSIBLE_SWAP: keep persistent ones that have no disk to go to
 * @INCOMPRESSIBLE_KEEP: keep them
 */
enum zc_incompressible {
	INCOMPRESSIBLE_REFUSE,
	INCOMPRESSIBLE_SWAP,
	INCOMPRESSIBLE_KEEP,
};

/**
 * struct zc_params - tunables; each read without a lock, since any value that
 * it ever had is good enough for one page
 * @compressor: enum comp_id of new pages
 * @dedup: enum zc_dedup for new pages
 * @incompressible: enum zc_incompressible
 * @max_percent: limit in percent of RAM
 * @max_bytes: limit in bytes; 0: none
 * @container_percent: what a container at its own limit may have of it
 * @remote_max_percent: RAM for descriptors of what is elsewhere; 0: nothing is
 * @remote_max_bytes: limit of what is elsewhere, in bytes; 0: none
 * @recompress_percent: time for compressing cold pages again, of one CPU's
 * @remote_always: ask for what is elsewhere even if the disk is faster
 */
struct zc_params {
	int compressor;
	int dedup;
	int incompressible;
	unsigned int max_percent;
	u64 max_bytes;
	unsigned int container_percent;
	unsigned int remote_max_percent;
	u64 remote_max_bytes;
	unsigned int recompress_percent;
	bool remote_always;
};

extern struct zc_params zc_params;

int zc_params_set(const char *name, const char *val);
int zc_params_start(void);
void zc_params_stop(void);
void zc_params_ephemeral(void);

/* debugfs.c */
void zc_debugfs_init(void);
void zc_debugfs_exit(void);

#endif /* _ZCACHE_ZCACHE_H */
