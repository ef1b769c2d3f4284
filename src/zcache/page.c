// SPDX-License-Identifier: GPL-2.0
/*
 * page.c - one stored page: data in, data out, and its end
 *
 * Purpose: make a struct zpage of a page, fill a page from it, free it when
 * its last reference goes.
 *
 * Why this design: compressing needs per-CPU buffers and the allocator's
 * locks, neither of which may be used with irqs off; the last reference can go
 * anywhere, also under the page cache's lock.  So the end of a page in such a
 * place is put on a list, for a worker or for the next put, whichever comes
 * first.
 *
 * Invariants: a page that is filled is filled to its last byte, so that no
 * client ever sees what somebody else left in the buffers.  A page that is
 * refused leaves nothing behind.
 *
 * Locking: none of its own; a zpage's data is constant between create and the
 * last zc_page_put().  A page that is to have other data gets another zpage
 * (recomp.c).
 */
#include <linux/err.h>
#include <linux/kasan.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <compat/highmem.h>
#include <compat/test_export.h>
#include "kept.h"
#include "zcache.h"

/* Pages of its size that are evicted, one by one, when data finds no room. */
#define NOMEM_TRIES 2

static struct kmem_cache *ephemeral_cache;
static struct kmem_cache *persistent_cache;
static LLIST_HEAD(deferred);

static size_t zpage_size(const struct zpage *zp)
{
	return zp->ephemeral ? sizeof(*zp) : ZPAGE_PERSISTENT_SIZE;
}

static void zc_drain_work(struct work_struct *work)
{
	zc_page_drain();
}

static DECLARE_WORK(deferred_work, zc_drain_work);

/**
 * zc_page_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_page_init(void)
{
	/* Their slabs are counted as the data is: see meminfo.c. */
	ephemeral_cache = KMEM_CACHE(zpage, SLAB_RECLAIM_ACCOUNT);
	if (!ephemeral_cache)
		return -ENOMEM;
	persistent_cache = kmem_cache_create("zpage_persistent",
					     ZPAGE_PERSISTENT_SIZE, 0, 0, NULL);
	if (!persistent_cache) {
		kmem_cache_destroy(ephemeral_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * zc_page_exit - the end; no page is left but deferred ones
 *
 * Context: process; may sleep.
 */
void zc_page_exit(void)
{
	cancel_work_sync(&deferred_work);
	zc_page_drain();
	kmem_cache_destroy(persistent_cache);
	kmem_cache_destroy(ephemeral_cache);
}

/* Which word is the page filled with, if with one? */
static bool same_filled(const void *src, unsigned long *word)
{
	const unsigned long *w = src;
	unsigned int last = PAGE_SIZE / sizeof(*w) - 1, i;

	/* Most pages differ in their last word already. */
	if (w[0] != w[last])
		return false;
	for (i = 1; i < last; i++)
		if (w[i] != w[0])
			return false;
	*word = w[0];
	return true;
}

/*
 * Is a page of a pool kept though it takes as much here as in RAM?  One of swap
 * that has a disk below has nothing to win here: there it costs no memory.
 */
static bool keep_raw(u32 flags)
{
	switch (READ_ONCE(zc_params.incompressible)) {
	case INCOMPRESSIBLE_KEEP:
		return true;
	case INCOMPRESSIBLE_SWAP:
		return (flags & (TMEM_POOL_PERSIST | TMEM_POOL_BACKED)) ==
		       TMEM_POOL_PERSIST;
	default:
		return false;
	}
}

/* Who may share the data of a client's page; false: nobody. */
static bool dedup_scope(u32 client, u64 *scope)
{
	switch (READ_ONCE(zc_params.dedup)) {
	case DEDUP_CLIENT:
		*scope = (u64)client + 1;
		return true;
	case DEDUP_ALL:
		*scope = 0;
		return true;
	default:
		return false;
	}
}

/* Find room for @data; on error @zp has none. */
static int zc_store(struct zpage *zp, struct zc_comp_stream *s, const void *data,
		    u32 client, gfp_t gfp)
{
	unsigned int tries = NOMEM_TRIES;
	u64 scope;
	int ret;

	for (;;) {
		if (dedup_scope(client, &scope))
			ret = zc_dedup_store(zp, s, data, scope, gfp);
		else
			ret = zc_zs_store(data, zp->len, gfp, &zp->handle);
		if (ret != -ENOMEM || !tries--)
			return ret;
		/* Those that came last may all be of chunks: the oldest is one, or a half. */
		if (!zc_evict_similar(zp->len) &&
		    !(zc_stat_read(chunk_pages) > 0 &&
		      zc_evict_some(CHUNK_FEW, WHY_NOMEM)))
			return ret;
	}
}

/*
 * A page's data, compressed alone, until zc_comp_end(): *@len bytes; PAGE_SIZE: they
 * are the page itself.
 */
static const void *page_compress(unsigned int comp, struct zc_comp_stream *s,
				 const void *src, unsigned int *len)
{
	int ret = zc_comp_compress(comp, s, src);

	if (ret < 0 || ret >= zc_zs_page_sized()) {
		*len = PAGE_SIZE;
		return src;
	}
	*len = ret;
	return s->out;
}

/* Give @zp its data; on error it has none. */
static int zc_fill(struct zpage *zp, const void *src, u32 flags, u32 client,
		   gfp_t gfp)
{
	struct zc_comp_stream *s = zc_comp_begin(zp->comp);
	const void *data;
	unsigned int len;
	int ret = -E2BIG;

	data = page_compress(zp->comp, s, src, &len);
	if (data == src && !keep_raw(flags))
		goto out;
	zp->kind = data == src ? ZPAGE_RAW : ZPAGE_ZS;
	zp->len = len;
	ret = zc_store(zp, s, data, client, gfp);
	if (!ret && zp->kind != ZPAGE_SHARED)
		zc_stat_add(stored_bytes, (long)zp->len);
	if (!ret && data == src)
		zc_stat_inc(raw_pages);
out:
	zc_comp_end(zp->comp);
	return ret;
}

static struct zpage *zpage_alloc(bool ephemeral, gfp_t gfp)
{
	struct zpage *zp;

	if (!ephemeral)
		return kmem_cache_alloc(persistent_cache, gfp);
	zp = kmem_cache_alloc(ephemeral_cache, gfp);
	if (zp) {
		zp->home = 0;
		zp->index = 0;
		zp->stamp = 0;
	}
	return zp;
}

/*
 * What comes back if it is evicted: data that others share may not, and that of
 * a chunk when the last of its pages goes.
 */
static size_t own_data(const struct zpage *zp)
{
	return zp->kind == ZPAGE_ZS || zp->kind == ZPAGE_RAW ||
	       zp->kind == ZPAGE_CHUNK ? zp->len : 0;
}

/* What its container is charged: the same from first to last. */
static size_t container_bytes(const struct zpage *zp)
{
	return zpage_size(zp) + own_data(zp);
}

/* Its end, when it has no data (any more). */
static void zpage_release(struct zpage *zp)
{
	kmem_cache_free(zp->ephemeral ? ephemeral_cache : persistent_cache, zp);
}

/* A descriptor with a reference, and no data yet; NULL for lack of memory. */
static struct zpage *zpage_new(bool ephemeral, unsigned int place, bool tenant,
			       gfp_t gfp)
{
	struct zpage *zp = zpage_alloc(ephemeral, gfp);

	if (!zp)
		return NULL;
	refcount_set(&zp->ref, 1);
	zp->len = 0;
	zp->comp = READ_ONCE(zc_params.compressor);
	zp->list = ZPAGE_OFF;
	zp->ephemeral = ephemeral;
	zp->tenant = tenant;
	zp->place = place;
	return zp;
}

static struct zpage *zpage_of(const void *src, u32 flags, u32 client,
			      unsigned int place, bool tenant)
{
	bool ephemeral = !(flags & TMEM_POOL_PERSIST);
	gfp_t gfp = zc_gfp(ephemeral);
	struct zpage *zp = zpage_new(ephemeral, place, tenant, gfp);
	int ret;

	if (!zp)
		return ERR_PTR(-ENOMEM);
	if (same_filled(src, &zp->word)) {
		zp->kind = ZPAGE_SAME;
		zc_stat_inc(same_filled);
		return zp;
	}
	ret = zc_fill(zp, src, flags, client, gfp);
	if (!ret)
		return zp;
	zpage_release(zp);
	return ERR_PTR(ret);
}

/* A page is in the store. */
static void zpage_account(const struct zpage *zp)
{
	zc_stat_inc(zpages);
	zc_room_account(zpage_size(zp));
	if (zp->ephemeral) {
		zc_stat_inc(eph_pages);
		zc_meminfo_account(own_data(zp));
		zc_container_charge(zp->place, container_bytes(zp));
	} else {
		zc_stat_inc(pers_pages);
	}
}

/**
 * struct zc_admitted - a page may be stored
 * @place: of an ephemeral page, its container's place
 * @tenant: its container gave it up at its own limit
 */
struct zc_admitted {
	unsigned int place;
	bool tenant;
};

/* May an ephemeral page be stored?  0, and zc_page_give_up() if it is not; -ENOSPC. */
static int zc_page_admit(struct page *page, struct zc_admitted *a)
{
	int ret;

	a->place = 0;
	a->tenant = false;
	ret = zc_container_admit(page, &a->place, &a->tenant);
	if (ret) {
		zc_stat_inc(reject_container);
		return ret;
	}
	ret = zc_room_make(true);
	if (ret)
		zc_container_leave(a->place, 0);
	return ret;
}

static void zc_page_give_up(const struct zc_admitted *a)
{
	zc_container_leave(a->place, 0);
}

/* Store a copy of a page; ERR_PTR as zc_page_create(). */
static struct zpage *zc_page_store(struct page *page, u32 flags, u32 client,
				   const struct zc_admitted *a)
{
	void *src = kmap_local_page(page);
	struct zpage *zp = zpage_of(src, flags, client, a->place, a->tenant);

	kunmap_local(src);
	if (zp == ERR_PTR(-ENOMEM))
		zc_stat_inc(reject_nomem);
	else if (IS_ERR(zp))
		zc_stat_inc(reject_incompressible);
	else
		zpage_account(zp);
	return zp;
}

/**
 * zc_page_create - store a copy of a page
 * @page: the page; only read
 * @flags: of its pool, TMEM_POOL_*.  If that is ephemeral, the page may be evicted
 *	once zc_evict_linked_run() was called
 * @client: whose it is
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: the page's descriptor, with one reference, which is the caller's; or
 * ERR_PTR: -ENOSPC at the limit, for lack of free memory or because the page's
 * container has its share; -ENOMEM; -E2BIG refused as incompressible.
 */
struct zpage *zc_page_create(struct page *page, u32 flags, u32 client)
{
	struct zc_admitted a = { .place = 0 };
	unsigned long before;
	struct zpage *zp;
	int ret;

	zc_page_drain();
	if (!(flags & TMEM_POOL_PERSIST)) {
		ret = zc_page_admit(page, &a);
		if (ret)
			return ERR_PTR(ret);
		zp = zc_page_store(page, flags, client, &a);
		if (IS_ERR(zp))
			zc_page_give_up(&a);
		return zp;
	}

	zc_stall_watch();
	zc_room_make(false);
	before = zc_zs_pages();
	zp = zc_page_store(page, flags, client, &a);
	if (IS_ERR(zp))
		return zp;
	if (zc_room_outgrown(before)) {
		zc_stat_inc(reject_limit);
		zc_page_put(zp);
		return ERR_PTR(-ENOSPC);
	}
	if (zp->kind != ZPAGE_SAME)
		zc_room_note_swapout(page);
	return zp;
}
TMEM_EXPORT_FOR_TEST(zc_page_create);

/* Give @zp its data, in a chunk of which the caller has a reference. */
static void zpage_fill_from_chunk(struct zpage *zp, struct zc_chunk *c,
				  unsigned int slot)
{
	zc_chunk_hold(c);
	zp->chunk = c;
	zp->len = zc_chunk_share(c, slot);
	zp->kind = ZPAGE_CHUNK;
	zp->comp = slot;
	zc_stat_inc(chunk_pages);
	zpage_account(zp);
}

/**
 * zc_page_in_chunk - another descriptor of a page, whose data is in a chunk
 * @old: the one that it has
 * @c: the chunk; the caller has a reference
 * @slot: which of its pages
 * @gfp: for memory
 *
 * Context: process, irqs on.
 * Return: the descriptor, with one reference, which is the caller's; NULL for
 * lack of memory.
 */
struct zpage *zc_page_in_chunk(const struct zpage *old, struct zc_chunk *c,
			       unsigned int slot, gfp_t gfp)
{
	struct zpage *zp = NULL;

	if (TMEM_MAY_ALLOC(zc_chunk_fail_nth))
		zp = zpage_new(old->ephemeral, 0, old->tenant, gfp);
	if (!zp)
		return NULL;
	if (zp->ephemeral) {
		zp->place = old->place;
		zc_container_enter_again(zp->place);
	}
	zpage_fill_from_chunk(zp, c, slot);
	return zp;
}
TMEM_EXPORT_FOR_TEST(zc_page_in_chunk);

/**
 * zc_pages_as_one - are pages one piece of memory?
 * @pages: the pages
 * @nr: how many
 *
 * Context: any.
 * Return: where it begins; or NULL.
 */
void *zc_pages_as_one(struct page *const *pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (PageHighMem(pages[i]) ||
		    page_to_pfn(pages[i]) != page_to_pfn(pages[0]) + i)
			return NULL;
	/* They may be of several allocations. */
	return kasan_reset_tag(page_address(pages[0]));
}

/* Could they be a chunk: none is filled with one word? */
static bool zc_pages_differ(struct page *const *pages, unsigned int nr)
{
	unsigned long word;
	bool same = false;
	unsigned int i;
	void *src;

	for (i = 0; i < nr && !same; i++) {
		src = kmap_local_page(pages[i]);
		same = same_filled(src, &word);
		kunmap_local(src);
	}
	return !same;
}

/* Descriptors of the @nr pages of a new chunk: which pages have got one? */
static u32 zc_chunk_describe(struct zc_chunk *c, unsigned int nr,
			     const struct zc_admitted *a, struct zpage **zps, gfp_t gfp)
{
	unsigned int i;
	u32 made = 0;

	for (i = 0; i < nr; i++) {
		zps[i] = NULL;
		if (TMEM_MAY_ALLOC(zc_chunk_fail_nth))
			zps[i] = zpage_new(true, a[i].place, a[i].tenant, gfp);
		if (!zps[i])
			continue;
		zpage_fill_from_chunk(zps[i], c, i);
		made |= 1U << i;
	}
	return made;
}

/* Store @nr ephemeral pages as one: which?  The rest is to be tried alone. */
static u32 zc_page_create_chunk(struct page *const *pages, unsigned int nr,
				struct zpage **zps)
{
	struct zc_admitted a[CHUNK_FEW];
	gfp_t gfp = zc_gfp(true);
	unsigned int i, admitted;
	struct zc_chunk *c;
	u32 made = 0;

	if (!zc_pages_differ(pages, nr))
		return 0;
	for (admitted = 0; admitted < nr; admitted++)
		if (zc_page_admit(pages[admitted], &a[admitted]))
			goto out;
	c = zc_chunk_create_fast(pages, nr, gfp);
	if (!IS_ERR(c)) {
		made = zc_chunk_describe(c, nr, a, zps, gfp);
		zc_chunk_put(c);
	}
out:
	for (i = 0; i < admitted; i++)
		if (!(made & 1U << i))
			zc_page_give_up(&a[i]);
	return made;
}

/* Of @nr pages side by side, how many are the next chunk?  None is left alone. */
static unsigned int zc_chunk_next(unsigned int nr)
{
	return nr == CHUNK_FEW + 1 ? CHUNK_FEW - 1 : min_t(unsigned int, nr, CHUNK_FEW);
}

/**
 * zc_page_create_chunks - store copies of ephemeral pages that leave together
 * @run: the pages
 * @map: which of them
 * @zps: page i becomes zps[i], as from zc_page_create()
 *
 * Those that lie side by side in the file are compressed as one: as they leave
 * together, they are likely to have been read so.
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: which are stored; the others are to be tried alone.
 */
u32 zc_page_create_chunks(const struct tmem_run *run, u32 map, struct zpage **zps)
{
	u32 made = 0, left = map;
	unsigned int i, nr;

	/* What others may share is a page. */
	if (READ_ONCE(zc_params.compressor) != COMP_LZ4 ||
	    READ_ONCE(zc_params.dedup) != DEDUP_OFF)
		return 0;
	zc_page_drain();
	while (left) {
		i = __ffs(left);
		nr = zc_chunk_next(~(left >> i) ? __ffs(~(left >> i)) : TMEM_RUN_PAGES);
		if (nr > 1 && zc_chunk_ready())
			made |= zc_page_create_chunk(run->pages + i, nr, zps + i) << i;
		left &= ~(tmem_run_mask(nr) << i);
	}
	return made;
}

/* With the stream of the page's compressor. */
static int unpack_data(const struct zpage *zp, unsigned long handle,
		       struct zc_comp_stream *s, void *dst)
{
	const void *mem = zc_zs_read_begin(handle, zp->len, s->copy);
	int ret = zc_comp_decompress(zp->comp, s, mem, zp->len, dst);

	zc_zs_read_end(handle, zp->len, mem);
	return ret;
}

static int load_data(const struct zpage *zp, unsigned long handle, void *dst)
{
	struct zc_comp_stream *s = zc_comp_begin(zp->comp);
	int ret = unpack_data(zp, handle, s, dst);

	zc_comp_end(zp->comp);
	return ret;
}

/* Copy data as they are. */
static void zc_copy_out(unsigned long handle, size_t len, void *dst)
{
	const void *mem = zc_zs_read_begin(handle, len, dst);

	if (mem != dst)
		memcpy(dst, mem, len);
	zc_zs_read_end(handle, len, mem);
}

/* Where the data of a page of its own, or that shares it, are; are they the page? */
static unsigned long data_handle(const struct zpage *zp, bool *raw)
{
	if (zp->kind == ZPAGE_SHARED)
		return zc_dedup_handle(zp, raw);
	*raw = zp->kind == ZPAGE_RAW;
	return zp->handle;
}

/**
 * zc_page_read - copy a page out, to somewhere in the kernel
 * @zp: the page; the caller has a reference
 * @dst: PAGE_SIZE bytes; all of it is written, or garbage on error
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -EIO if the data is damaged.
 */
int zc_page_read(const struct zpage *zp, void *dst)
{
	unsigned long handle;
	bool raw;

	if (zp->kind == ZPAGE_CHUNK)
		return zc_chunk_load(zp->chunk, zp->comp, dst);
	if (zp->kind == ZPAGE_SAME) {
		memset_l(dst, zp->word, PAGE_SIZE / sizeof(long));
		return 0;
	}
	handle = data_handle(zp, &raw);
	if (!raw)
		return load_data(zp, handle, dst);
	zc_copy_out(handle, PAGE_SIZE, dst);
	return 0;
}

/**
 * zc_page_sum - what stands for a page's bytes, as zc_kept_sum() of them
 * @zp: the page; the caller has a reference
 * @sum: becomes that
 *
 * Context: process, irqs on.  Does not sleep, and needs no memory.
 * Return: 0; -EIO if the data is damaged; -EOPNOTSUPP: it is in a chunk, which takes
 * too long to unpack, or filled with one word.
 */
int zc_page_sum(const struct zpage *zp, u64 *sum)
{
	struct zc_comp_stream *s;
	unsigned long handle;
	int ret = 0;
	bool raw;

	if (zp->kind == ZPAGE_CHUNK || zp->kind == ZPAGE_SAME)
		return -EOPNOTSUPP;
	handle = data_handle(zp, &raw);
	s = zc_comp_begin(zp->comp);
	if (raw)
		zc_copy_out(handle, PAGE_SIZE, s->out);
	else
		ret = unpack_data(zp, handle, s, s->out);
	if (!ret)
		*sum = zc_kept_sum(s->out);
	zc_comp_end(zp->comp);
	return ret;
}

/* Persistent pages stay, and this one is not cold. */
static void zpage_note_read(struct zpage *zp)
{
	if (!zp->ephemeral && READ_ONCE(zp->age) != ZPAGE_FRESH)
		WRITE_ONCE(zp->age, ZPAGE_FRESH);
}

/**
 * zc_page_load - copy a page out, for somebody who asked for it
 * @zp: the page; the caller has a reference
 * @page: where to; all of it is written, or garbage on error
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -EIO if the data is damaged.
 */
int zc_page_load(struct zpage *zp, struct page *page)
{
	void *dst = kmap_local_page(page);
	int ret = zc_page_read(zp, dst);

	flush_dcache_page(page);
	kunmap_local(dst);
	zpage_note_read(zp);
	if (ret)
		zc_stat_inc(corrupt);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_page_load);

/* Are pages of a run from @i on those of a chunk, and all of them?  How many, or 0. */
static unsigned int zc_run_is_chunk(const struct tmem_run *run, u32 map,
				    struct zpage *const *zps, unsigned int i)
{
	const struct zpage *zp = zps[i];
	unsigned int nr, slot;

	if (zp->kind != ZPAGE_CHUNK || zp->comp)
		return 0;
	nr = zc_chunk_pages(zp->chunk);
	if (nr == 1 || (map >> i & tmem_run_mask(nr)) != tmem_run_mask(nr))
		return 0;
	for (slot = 1; slot < nr; slot++) {
		zp = zps[i + slot];
		if (zp->kind != ZPAGE_CHUNK || zp->chunk != zps[i]->chunk ||
		    zp->comp != slot)
			return 0;
	}
	return nr;
}

/* Copy the @nr pages of a chunk out at once; false: to be done one by one. */
static bool zc_page_load_chunk(struct tmem_run *run, struct zpage *const *zps,
			       unsigned int i, unsigned int nr)
{
	unsigned int slot;

	if (zc_chunk_load_all(zps[i]->chunk, run->pages + i))
		return false;
	for (slot = 0; slot < nr; slot++) {
		flush_dcache_page(run->pages[i + slot]);
		zpage_note_read(zps[i + slot]);
	}
	return true;
}

/**
 * zc_page_load_run - copy pages out, for somebody who asked for them
 * @run: where to; run->err[] is set for those that are not copied
 * @map: which of them
 * @zps: page i is zps[i]
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: which were copied.
 */
u32 zc_page_load_run(struct tmem_run *run, u32 map, struct zpage **zps)
{
	unsigned int i, nr;
	u32 got = 0, left;
	int err;

	tmem_run_for_each(i, map, left) {
		if (got & 1U << i)
			continue;
		nr = zc_run_is_chunk(run, map, zps, i);
		if (nr && zc_page_load_chunk(run, zps, i, nr)) {
			got |= tmem_run_mask(nr) << i;
			continue;
		}
		err = zc_page_load(zps[i], run->pages[i]);
		if (err)
			run->err[i] = err;
		else
			got |= 1U << i;
	}
	return got;
}

/* As zc_page_bytes(), of a page in a chunk, which is of no use elsewhere. */
static unsigned int zc_chunk_bytes(const struct zpage *zp, unsigned int *comp,
				   void *buf)
{
	struct zc_comp_stream *s;
	const void *data;
	unsigned int len;

	if (zc_chunk_load(zp->chunk, zp->comp, buf)) {
		zc_stat_inc(corrupt);
		return 0;
	}
	*comp = READ_ONCE(zc_params.compressor);
	s = zc_comp_begin(*comp);
	data = page_compress(*comp, s, buf, &len);
	if (data != buf)
		memcpy(buf, data, len);
	zc_comp_end(*comp);
	return len;
}

/**
 * zc_page_bytes - copy a page's data, compressed alone
 * @zp: the page; the caller has a reference
 * @comp: becomes the compressor that they are of (enum comp_id)
 * @buf: where to; PAGE_SIZE bytes
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: bytes; PAGE_SIZE: they are the page itself; 0: there are none, since
 * the page is filled with one word, or damaged.
 */
unsigned int zc_page_bytes(const struct zpage *zp, unsigned int *comp, void *buf)
{
	unsigned long handle;
	bool raw;

	*comp = zp->comp;
	if (zp->kind == ZPAGE_SAME)
		return 0;
	if (zp->kind == ZPAGE_CHUNK)
		return zc_chunk_bytes(zp, comp, buf);
	handle = data_handle(zp, &raw);
	zc_copy_out(handle, zp->len, buf);
	return zp->len;
}

/**
 * zc_page_fill - fill a page from data that zc_page_bytes() copied
 * @comp: the compressor that they are of
 * @data: the data
 * @len: how many bytes
 * @page: where to; all of it is written, or garbage on error
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -EIO if they are damaged.
 */
int zc_page_fill(unsigned int comp, const void *data, unsigned int len,
		 struct page *page)
{
	void *dst = kmap_local_page(page);
	struct zc_comp_stream *s;
	int ret = 0;

	if (len == PAGE_SIZE) {
		memcpy(dst, data, PAGE_SIZE);
	} else {
		s = zc_comp_begin(comp);
		ret = zc_comp_decompress(comp, s, data, len, dst);
		zc_comp_end(comp);
	}
	flush_dcache_page(page);
	kunmap_local(dst);
	return ret;
}

/**
 * zc_page_data - what would come back if its data were elsewhere
 * @zp: the page; the caller has a reference
 *
 * Context: any.
 * Return: bytes; 0 if it has none, or shares it with others who stay.
 */
u32 zc_page_data(const struct zpage *zp)
{
	switch (zp->kind) {
	case ZPAGE_SHARED:
		return zc_dedup_bytes(zp);
	case ZPAGE_CHUNK:
		return zc_chunk_rest(zp->chunk);
	default:
		return own_data(zp);
	}
}

static void zpage_free(struct zpage *zp)
{
	bool raw;

	switch (zp->kind) {
	case ZPAGE_SAME:
		zc_stat_dec(same_filled);
		break;
	case ZPAGE_SHARED:
		zc_dedup_handle(zp, &raw);
		if (raw)
			zc_stat_dec(raw_pages);
		zc_dedup_drop(zp);
		break;
	case ZPAGE_CHUNK:
		zc_stat_dec(chunk_pages);
		zc_chunk_put(zp->chunk);
		break;
	case ZPAGE_RAW:
		zc_stat_dec(raw_pages);
		fallthrough;
	case ZPAGE_ZS:
		zc_stat_add(stored_bytes, -(long)zp->len);
		zc_zs_free(zp->handle);
		break;
	}
	if (zp->ephemeral) {
		zc_stat_dec(eph_pages);
		zc_meminfo_account(-(long)own_data(zp));
		zc_container_leave(zp->place, container_bytes(zp));
	} else {
		zc_stat_dec(pers_pages);
	}
	zc_stat_dec(zpages);
	zc_room_account(-(long)zpage_size(zp));
	zpage_release(zp);
}

/**
 * zc_page_drain - free what could not be freed where it ended
 *
 * Context: process, irqs on.
 */
void zc_page_drain(void)
{
	struct zpage *zp, *next;

	if (likely(llist_empty(&deferred)))
		return;
	llist_for_each_entry_safe(zp, next, llist_del_all(&deferred), deferred)
		zpage_free(zp);
}
TMEM_EXPORT_FOR_TEST(zc_page_drain);

/**
 * zc_page_hold - take a reference
 * @zp: the page; the caller knows that there is one already
 *
 * Context: any.
 */
void zc_page_hold(struct zpage *zp)
{
	refcount_inc(&zp->ref);
}
TMEM_EXPORT_FOR_TEST(zc_page_hold);

/**
 * zc_page_put - drop a reference; the last one frees the data
 * @zp: the page, on no list of the policy if this is the last one
 *
 * Context: any but NMI.
 */
void zc_page_put(struct zpage *zp)
{
	if (!refcount_dec_and_test(&zp->ref))
		return;
	if (likely(in_task() && !irqs_disabled())) {
		zpage_free(zp);
		return;
	}
	zc_stat_inc(deferred);
	if (llist_add(&zp->deferred, &deferred))
		queue_work(tmem_wq, &deferred_work);
}
TMEM_EXPORT_FOR_TEST(zc_page_put);
