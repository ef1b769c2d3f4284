// SPDX-License-Identifier: GPL-2.0
/*
 * chunk.c - data of up to CHUNK_PAGES pages, compressed as one
 *
 * Purpose: the place where pages go that have become cold (recomp.c): zstd over
 * neighbours takes 0.6 of the bytes that LZ4 takes page by page.
 *
 * Why this design: a chunk is data, as that of ZPAGE_SHARED is: its pages are
 * ordinary struct zpages, which are linked, found, evicted and freed one by one
 * and each hold a reference.  So the core, the policy and the frontends do not
 * know of chunks, and no operation on one page has to care for its neighbours.
 * What a page that leaves early has of the data is dead until the last one has
 * left.  File pages leave in the order in which they came and were compressed,
 * and swap pages with what was swapped out beside them; and when half of a
 * chunk is dead, the rest of it is compressed once more.
 *
 * Data is kept in parts of half a page, the size that zsmalloc packs without a
 * loss on every kernel, and a rest.
 *
 * Who reads one page of a chunk reads the next one soon.  So what was
 * decompressed is kept, in one of a few *windows*; a chunk's number says in
 * which.  Data is constant, and a number is never used twice, so a window that
 * bears the number has the pages, whatever has become of the chunk.  A window
 * has its own decompressor: there is nothing per CPU, the next page may be read
 * on another CPU, and memory does not grow with CPUs that may come.
 *
 * Invariants: a chunk is constant from its creation to its last reference.
 * zstd adds a checksum, and all pages of a chunk pass it or none is delivered.
 *
 * Locking: build_lock for the compressor.  A window's lock, a spinlock that is
 * taken in process context only, with zsmalloc's inside, as a stripe of dedup.c
 * is; it is not taken with a stream or a stripe held, or the other way round.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <compat/test_export.h>
#include <compat/zstd.h>
#include "zcache.h"

/* zstd's level, as in comp.c: cold pages are worth more, but the budget is small. */
#define CHUNK_LEVEL	3

/* The handle of zsmalloc takes a word of each piece. */
#define PART_SIZE	(PAGE_SIZE / 2 - sizeof(unsigned long))

/* More than three quarters of the pages are no gain. */
#define CHUNK_PARTS	(CHUNK_PAGES * 3 / 2)
#define CHUNK_BYTES	(CHUNK_PARTS * PART_SIZE)

/* For buffers and tables: nobody is killed for them. */
#define CHUNK_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* Windows: one for each CPU, up to this many. */
#define MAX_WINDOWS	16

/**
 * struct zc_chunk - data of some pages
 * @nr: its number; no other chunk ever has it
 * @ref: references of pages, and of who makes it
 * @len: bytes of data
 * @pages: of how many pages
 * @parts: pieces in which it is kept
 * @tried: it is not worth while to make it anew for so many pages, or more
 * @handles: the pieces; all but the last one are of PART_SIZE
 *
 * All but @ref and @tried is constant.
 */
struct zc_chunk {
	u64 nr;
	refcount_t ref;
	u16 len;
	u8 pages:4;
	u8 parts:4;
	u8 tried;
	unsigned long handles[];
};

static_assert(CHUNK_BYTES <= U16_MAX, "chunk->len has 16 bits");
static_assert(CHUNK_PAGES <= 4, "zpage->comp has two bits");
static_assert(CHUNK_PARTS < 16, "chunk->parts has four");

/**
 * struct zc_window - a chunk, decompressed
 * @lock: covers the rest
 * @nr: number of the chunk whose pages are in @pages; 0: none
 * @pages: CHUNK_PAGES pages
 * @data: room for its compressed data, and for a page more, for zsmalloc
 * @work: the decompressor's memory
 * @dctx: what it made of that
 */
struct zc_window {
	spinlock_t lock;
	u64 nr;
	void *pages;
	void *data;
	void *work;
	void *dctx;
};

static struct kmem_cache *caches[CHUNK_PARTS];
static DEFINE_MUTEX(build_lock);
/* Written once, under build_lock, before there is a chunk; then constant. */
static struct zc_window *windows;
static unsigned int nr_windows;
static long windows_bytes;
/* The compressor, its memory and its output, if they are there; build_lock. */
static void *build_ctx, *build_work, *build_out;
static long build_bytes;
/* Numbers that were given out; build_lock. */
static u64 last_nr;

static size_t zc_chunk_size(unsigned int parts)
{
	return offsetof(struct zc_chunk, handles) +
	       parts * sizeof(unsigned long);
}

static zstd_parameters zc_chunk_params(unsigned int pages)
{
	zstd_parameters params = zstd_get_params(CHUNK_LEVEL,
						 pages * PAGE_SIZE);

	params.fParams.checksumFlag = 1;
	return params;
}

static void zc_chunk_caches_destroy(void)
{
	unsigned int i;

	for (i = 0; i < CHUNK_PARTS; i++) {
		kmem_cache_destroy(caches[i]);
		caches[i] = NULL;
	}
}

static int zc_chunk_caches_create(void)
{
	static const char * const names[] = {
		"zc_chunk_1", "zc_chunk_2", "zc_chunk_3",
		"zc_chunk_4", "zc_chunk_5", "zc_chunk_6",
	};
	unsigned int i;

	static_assert(ARRAY_SIZE(names) == CHUNK_PARTS,
		      "a cache for each size");
	for (i = 0; i < CHUNK_PARTS; i++) {
		caches[i] = kmem_cache_create(names[i], zc_chunk_size(i + 1), 0,
					      0, NULL);
		if (!caches[i]) {
			zc_chunk_caches_destroy();
			return -ENOMEM;
		}
	}
	return 0;
}

static void zc_windows_free(struct zc_window *w, unsigned int nr)
{
	unsigned int i;

	for (i = 0; w && i < nr; i++) {
		kvfree(w[i].pages);
		kvfree(w[i].data);
		kvfree(w[i].work);
	}
	kvfree(w);
}

static void zc_chunk_comp_free(void)
{
	kvfree(build_work);
	kvfree(build_out);
	build_work = NULL;
	build_out = NULL;
	build_ctx = NULL;
	zc_room_account(-build_bytes);
	build_bytes = 0;
}

/**
 * zc_chunk_exit - the end; no page is left
 *
 * Context: process; may sleep.
 */
void zc_chunk_exit(void)
{
	zc_windows_free(windows, nr_windows);
	windows = NULL;
	zc_chunk_comp_free();
	zc_chunk_caches_destroy();
	zc_room_account(-windows_bytes);
	windows_bytes = 0;
}

static struct zc_window *zc_windows_new(unsigned int nr)
{
	struct zc_window *w = kvcalloc(nr, sizeof(*w), CHUNK_GFP);
	size_t dsize = zstd_dctx_workspace_bound();
	unsigned int i;

	for (i = 0; w && i < nr; i++) {
		spin_lock_init(&w[i].lock);
		w[i].pages = kvmalloc(CHUNK_PAGES * PAGE_SIZE, CHUNK_GFP);
		w[i].data = kvmalloc(CHUNK_BYTES + PAGE_SIZE, CHUNK_GFP);
		w[i].work = kvzalloc(dsize, CHUNK_GFP);
		if (w[i].work)
			w[i].dctx = zstd_init_dctx(w[i].work, dsize);
		if (!w[i].pages || !w[i].data || !w[i].dctx) {
			zc_windows_free(w, nr);
			return NULL;
		}
	}
	return w;
}

static size_t zc_chunk_comp_size(void)
{
	zstd_parameters params;
	size_t size = 0;
	unsigned int i;

	for (i = 1; i <= CHUNK_PAGES; i++) {
		params = zc_chunk_params(i);
		size = max(size, zstd_cctx_workspace_bound(&params.cParams));
	}
	return size;
}

/* What making chunks takes. */
static int zc_chunk_comp_create(void)
{
	size_t size = zc_chunk_comp_size();

	build_work = kvzalloc(size, CHUNK_GFP);
	build_out = kvmalloc(CHUNK_BYTES, CHUNK_GFP);
	if (build_work)
		build_ctx = zstd_init_cctx(build_work, size);
	if (!build_out || !build_ctx) {
		zc_chunk_comp_free();
		return -ENOMEM;
	}
	build_bytes = size + CHUNK_BYTES;
	zc_room_account(build_bytes);
	return 0;
}

/* What reading them takes. */
static int zc_windows_create(void)
{
	unsigned int nr = roundup_pow_of_two(min_t(unsigned int, MAX_WINDOWS,
						   num_online_cpus()));
	struct zc_window *w;

	if (zc_chunk_caches_create())
		return -ENOMEM;
	w = zc_windows_new(nr);
	if (!w) {
		zc_chunk_caches_destroy();
		return -ENOMEM;
	}
	nr_windows = nr;
	windows = w;
	windows_bytes = nr * (sizeof(*w) + CHUNK_PAGES * PAGE_SIZE +
			      CHUNK_BYTES + PAGE_SIZE +
			      zstd_dctx_workspace_bound());
	zc_room_account(windows_bytes);
	return 0;
}

/**
 * zc_chunk_enable - get what it takes to make and read chunks
 *
 * What reading takes stays until the module goes.
 *
 * Context: process; may sleep.
 * Return: 0, also if it is there already; -ENOMEM.
 */
int zc_chunk_enable(void)
{
	int ret = 0;

	mutex_lock(&build_lock);
	if (!windows)
		ret = zc_windows_create();
	if (!ret && !build_ctx)
		ret = zc_chunk_comp_create();
	mutex_unlock(&build_lock);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_enable);

/**
 * zc_chunk_idle - no chunk is going to be made for a while
 *
 * Gives back what making them takes, until zc_chunk_enable().
 *
 * Context: process; may sleep.
 */
void zc_chunk_idle(void)
{
	mutex_lock(&build_lock);
	zc_chunk_comp_free();
	mutex_unlock(&build_lock);
}

/* Of a chunk and its pages. */
TMEM_TEST_FAIL_NTH(zc_chunk_fail_nth);

static size_t zc_chunk_part(const struct zc_chunk *c, unsigned int i)
{
	return i + 1 < c->parts ? PART_SIZE : c->len - i * PART_SIZE;
}

static void zc_chunk_free(struct zc_chunk *c)
{
	kmem_cache_free(caches[c->parts - 1], c);
}

/* A copy of @len bytes; all of it, or -ENOMEM and nothing. */
static struct zc_chunk *zc_chunk_store(const void *data, size_t len, gfp_t gfp)
{
	unsigned int parts = DIV_ROUND_UP(len, PART_SIZE), i;
	struct zc_chunk *c;

	c = TMEM_MAY_ALLOC(zc_chunk_fail_nth) ? kmem_cache_alloc(caches[parts - 1], gfp) :
				   NULL;
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->len = len;
	c->parts = parts;
	for (i = 0; i < parts; i++)
		if (!TMEM_MAY_ALLOC(zc_chunk_fail_nth) ||
		    zc_zs_store(data + i * PART_SIZE, zc_chunk_part(c, i), gfp,
				&c->handles[i]))
			goto nomem;
	return c;

nomem:
	while (i--)
		zc_zs_free(c->handles[i]);
	zc_chunk_free(c);
	return ERR_PTR(-ENOMEM);
}

/**
 * zc_chunk_create - compress pages as one
 * @src: the pages, one after the other
 * @pages: how many, 1 to CHUNK_PAGES
 * @most: bytes that it may take, those of its own structures included
 * @gfp: for memory; need not be allowed to wait
 *
 * Context: process; sleeps.
 * Return: the chunk, with one reference, which is the caller's; ERR_PTR:
 * -E2BIG it would take more than @most; -ENOMEM, also if chunks are not enabled.
 */
struct zc_chunk *zc_chunk_create(const void *src, unsigned int pages,
				 size_t most, gfp_t gfp)
{
	zstd_parameters params = zc_chunk_params(pages);
	struct zc_chunk *c;
	size_t len;

	mutex_lock(&build_lock);
	if (!build_ctx) {
		c = ERR_PTR(-ENOMEM);
		goto out;
	}
	len = zstd_compress_cctx(build_ctx, build_out, CHUNK_BYTES, src,
				 pages * PAGE_SIZE, &params);
	if (zstd_is_error(len) ||
	    len + zc_chunk_size(DIV_ROUND_UP(len, PART_SIZE)) > most) {
		c = ERR_PTR(-E2BIG);
		goto out;
	}
	c = zc_chunk_store(build_out, len, gfp);
	if (IS_ERR(c))
		goto out;
	c->nr = ++last_nr;
	c->pages = pages;
	c->tried = CHUNK_PAGES;
	refcount_set(&c->ref, 1);
	zc_stat_inc(chunks);
	zc_stat_add(stored_bytes, c->len);
	zc_room_account(zc_chunk_size(c->parts));
out:
	mutex_unlock(&build_lock);
	return c;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_create);

/**
 * zc_chunk_hold - take a reference
 * @c: the chunk; the caller knows that there is one already
 *
 * Context: any.
 */
void zc_chunk_hold(struct zc_chunk *c)
{
	refcount_inc(&c->ref);
}

/**
 * zc_chunk_put - drop a reference; the last one frees the data
 * @c: the chunk
 *
 * Context: process, irqs on.
 */
void zc_chunk_put(struct zc_chunk *c)
{
	unsigned int i;

	if (!refcount_dec_and_test(&c->ref))
		return;
	zc_stat_dec(chunks);
	zc_stat_add(stored_bytes, -(long)c->len);
	zc_room_account(-(long)zc_chunk_size(c->parts));
	for (i = 0; i < c->parts; i++)
		zc_zs_free(c->handles[i]);
	zc_chunk_free(c);
}
TMEM_EXPORT_FOR_TEST(zc_chunk_put);

/**
 * zc_chunk_share - what of its data is counted as a page's own
 * @c: the chunk
 * @slot: which of its pages
 *
 * Context: any.
 * Return: bytes; their sum over all pages is what the data takes.
 */
u32 zc_chunk_share(const struct zc_chunk *c, unsigned int slot)
{
	return c->len / c->pages + (slot ? 0 : c->len % c->pages);
}

/**
 * zc_chunk_rest - what a page keeps of a chunk that most others have left
 * @c: the chunk
 *
 * Context: any; the page has a reference.
 * Return: bytes; 0 if more than half of its pages are still there, or as many as
 * when it was tried.  A guess, as they go.
 */
u32 zc_chunk_rest(const struct zc_chunk *c)
{
	unsigned int left = refcount_read(&c->ref);

	if (2 * left > c->pages || left >= READ_ONCE(c->tried))
		return 0;
	return c->len / left;
}

/**
 * zc_chunk_tried - it is not worth while to make it anew
 * @c: the chunk
 *
 * Context: any; a page of it has a reference.
 */
void zc_chunk_tried(struct zc_chunk *c)
{
	WRITE_ONCE(c->tried, refcount_read(&c->ref));
}

/* Decompress a chunk into a window. */
static int zc_window_fill(struct zc_window *w, const struct zc_chunk *c)
{
	size_t want = c->pages * PAGE_SIZE, len, ret;
	unsigned int i;
	const void *mem;
	void *to;

	for (i = 0; i < c->parts; i++) {
		to = w->data + i * PART_SIZE;
		len = zc_chunk_part(c, i);
		mem = zc_zs_read_begin(c->handles[i], len, to);
		if (mem != to)
			memcpy(to, mem, len);
		zc_zs_read_end(c->handles[i], len, mem);
	}
	ret = zstd_decompress_dctx(w->dctx, w->pages, want, w->data, c->len);
	return ret == want ? 0 : -EIO;
}

/**
 * zc_chunk_load - copy a page out
 * @c: the chunk; the caller has a reference
 * @slot: which of its pages
 * @dst: PAGE_SIZE bytes; untouched on error
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -EIO if the data is damaged.
 */
int zc_chunk_load(const struct zc_chunk *c, unsigned int slot, void *dst)
{
	struct zc_window *w = &windows[c->nr & (nr_windows - 1)];
	int ret = 0;

	if (zc_broken(ZC_BREAK_CHUNK))
		slot = (slot + 1) % c->pages;
	spin_lock(&w->lock);
	if (w->nr != c->nr) {
		w->nr = 0;
		ret = zc_window_fill(w, c);
		zc_stat_inc(chunk_reads);
		if (!ret)
			w->nr = c->nr;
	}
	if (!ret)
		memcpy(dst, w->pages + slot * PAGE_SIZE, PAGE_SIZE);
	spin_unlock(&w->lock);
	return ret;
}

#ifdef TMEM_TEST_BUILD
/**
 * zc_chunk_overwrite - damage stored data; for tests
 * @c: the chunk
 * @src: bytes for the beginning of its last piece
 * @len: how many
 *
 * Context: process, irqs on.
 */
void zc_chunk_overwrite(struct zc_chunk *c, const void *src, size_t len)
{
	struct zc_window *w = &windows[c->nr & (nr_windows - 1)];
	unsigned int last = c->parts - 1;

	zc_zs_overwrite(c->handles[last], src, min(len, zc_chunk_part(c, last)));
	spin_lock(&w->lock);
	w->nr = 0;
	spin_unlock(&w->lock);
}
TMEM_EXPORT_FOR_TEST(zc_chunk_overwrite);
#endif
