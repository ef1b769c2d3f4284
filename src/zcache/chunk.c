// SPDX-License-Identifier: GPL-2.0
/*
 * chunk.c - data of up to CHUNK_PAGES pages, compressed as one
 *
 * Purpose: the place where pages go that have become cold (recomp.c): zstd over
 * neighbours takes 0.6 of the bytes that LZ4 takes page by page; and where those go
 * that leave the page cache together: LZ4 over four neighbours takes 0.87 (text) to 0.93
 * (programs) of what it takes page by page, for a tenth less work on the way in and a
 * tenth more on the way back.
 *
 * Why this design: a chunk is data, as that of ZPAGE_SHARED is: its pages are
 * ordinary struct zpages, which are linked, found, evicted and freed one by one
 * and each hold a reference.  So the core, the policy and the frontends do not
 * know of chunks, and no operation on one page has to care for its neighbours.
 * What a page that leaves early has of the data is dead until the last one has
 * left.  File pages leave in the order in which they came and were compressed,
 * and swap pages with what was swapped out beside them; and when half of a
 * chunk is dead, the rest of it is compressed once more, while recomp.c works.
 *
 * Data is kept in parts of nearly half a page, of a size that zsmalloc packs without
 * a loss on every kernel, and a rest of one of a few sizes.
 *
 * Who reads all of a chunk into pages that are one piece of memory has it decompressed
 * there, and else by way of the CPU's stream (LZ4) or a window.  Who reads one page of
 * it reads the next one soon.  So what was
 * decompressed is kept, in one of a few *windows*; a chunk's number says in
 * which.  Data is constant, and a number is never used twice, so a window that
 * bears the number has the pages, whatever has become of the chunk.  A window
 * has its own decompressor: there is nothing per CPU, the next page may be read
 * on another CPU, and memory does not grow with CPUs that may come.
 *
 * Invariants: a chunk is constant from its creation to its last reference.
 * zstd adds a checksum, and all pages of a chunk pass it or none is delivered.  With
 * LZ4 damage is found where it no longer makes as many pages, as with a page alone.
 *
 * Locking: build_lock for zstd's compressor; LZ4's is the CPU's stream (comp.c).  A
 * window's lock, a spinlock that is taken in process context only, with zsmalloc's
 * inside, as a stripe of dedup.c is; it is not taken with a stream or a stripe held,
 * or the other way round.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <compat/highmem.h>
#include <compat/test_export.h>
#include <compat/workqueue.h>
#include <compat/zstd.h>
#include "zcache.h"

/* zstd's level, as in comp.c: cold pages are worth more, but the budget is small. */
#define CHUNK_LEVEL	3

/* For buffers and tables: nobody is killed for them. */
#define CHUNK_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* Windows: one for each CPU, up to this many. */
#define MAX_WINDOWS	16
/* If there was no memory for them, and if there are too few pages yet. */
#define WINDOWS_AGAIN	(10 * HZ)
#define FEW_AGAIN	(HZ / 10)

/**
 * struct zc_chunk - data of some pages
 * @nr: its number; no other chunk ever has it
 * @ref: references of pages, and of who makes it
 * @len: bytes of data
 * @pages: of how many pages
 * @comp: enum comp_id
 * @tried: it is not worth while to make it anew for so many pages, or more
 * @handles: the pieces; all but the last one are of CHUNK_PART
 *
 * All but @ref and @tried is constant.
 */
struct zc_chunk {
	u64 nr;
	refcount_t ref;
	u16 len;
	u8 pages:4;
	u8 comp:4;
	u8 tried;
	unsigned long handles[];
};

static_assert(CHUNK_BYTES <= U16_MAX, "chunk->len has 16 bits");
static_assert(CHUNK_PAGES <= 1 << ZPAGE_COMP_BITS, "zpage->comp is too small");
static_assert(CHUNK_PAGES < 16, "chunk->pages has four bits");
static_assert(CHUNK_FEW <= CHUNK_PAGES);

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
/* When it is tried again to get them, if a put wants them; jiffies. */
static unsigned long windows_next;
static unsigned int nr_windows;
static long windows_bytes;
/* The compressor, its memory and its output, if they are there; build_lock. */
static void *build_ctx, *build_work, *build_out;
static long build_bytes;
/* Numbers that were given out. */
static atomic64_t last_nr;

/* Pieces in which so many bytes are kept. */
static unsigned int zc_chunk_parts(size_t len)
{
	return DIV_ROUND_UP(len, CHUNK_PART);
}

/* What a piece takes of which so many bytes are needed. */
static size_t zc_chunk_piece(size_t len)
{
	size_t word = sizeof(unsigned long);

	return min_t(size_t, round_up(len + word, CHUNK_GRAIN) - word, CHUNK_PART);
}

/* What so many bytes take in all. */
static size_t zc_chunk_stored(size_t len)
{
	unsigned int whole = zc_chunk_parts(len) - 1;

	return whole * CHUNK_PART + zc_chunk_piece(len - whole * CHUNK_PART);
}

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
	/* Longer matches are fewer: a tenth less to read, for 1 byte in 100. */
	tmem_zstd_set_min_match(&params, pages > CHUNK_FEW ? 6 : 5);
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
		"zc_chunk_7", "zc_chunk_8", "zc_chunk_9",
		"zc_chunk_10", "zc_chunk_11", "zc_chunk_12",
	};
	unsigned int i;

	static_assert(ARRAY_SIZE(names) >= CHUNK_PARTS,
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

static void zc_windows_work(struct work_struct *work);
static DECLARE_WORK(windows_work, zc_windows_work);

/**
 * zc_chunk_exit - the end; no page is left
 *
 * Context: process; may sleep.
 */
void zc_chunk_exit(void)
{
	cancel_work_sync(&windows_work);
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
	/* Pairs with the acquire in zc_chunk_ready(). */
	smp_store_release(&windows, w);
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

static void zc_windows_work(struct work_struct *work)
{
	mutex_lock(&build_lock);
	if (!windows)
		zc_windows_create();
	mutex_unlock(&build_lock);
}

/**
 * zc_chunk_ready - may zc_chunk_create_fast() be called?
 *
 * If not, a worker gets what it takes to read chunks.
 *
 * Context: any.
 * Return: true if so.
 */
bool zc_chunk_ready(void)
{
	bool enough;

	/* Pairs with the release in zc_windows_create(). */
	if (likely(smp_load_acquire(&windows)))
		return true;
	if (time_after_eq(jiffies, READ_ONCE(windows_next))) {
		enough = zc_stat_read(zpages) >= FEW_PAGES;
		WRITE_ONCE(windows_next, jiffies + (enough ? WINDOWS_AGAIN : FEW_AGAIN));
		/* It may wait for memory: not among those who free some. */
		if (enough)
			queue_work(tmem_unbound_wq, &windows_work);
	}
	return false;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_ready);

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
	return zc_chunk_piece(c->len - i * CHUNK_PART);
}

static void zc_chunk_free(struct zc_chunk *c)
{
	kmem_cache_free(caches[zc_chunk_parts(c->len) - 1], c);
}

/* A copy of @len bytes; all of it, or -ENOMEM and nothing. */
static struct zc_chunk *zc_chunk_store(const void *data, size_t len,
				       unsigned int pages, unsigned int comp,
				       gfp_t gfp)
{
	unsigned int parts = zc_chunk_parts(len), i;
	struct zc_chunk *c;

	c = TMEM_MAY_ALLOC(zc_chunk_fail_nth) ? kmem_cache_alloc(caches[parts - 1], gfp) :
				   NULL;
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->len = len;
	for (i = 0; i < parts; i++)
		if (!TMEM_MAY_ALLOC(zc_chunk_fail_nth) ||
		    zc_zs_store(data + i * CHUNK_PART, zc_chunk_part(c, i), gfp,
				&c->handles[i]))
			goto nomem;
	c->nr = atomic64_inc_return(&last_nr);
	c->pages = pages;
	c->comp = comp;
	/* What was done in a hurry may be done better, whole. */
	c->tried = comp == COMP_ZSTD ? CHUNK_PAGES : CHUNK_PAGES + 1;
	refcount_set(&c->ref, 1);
	zc_stat_inc(chunks);
	zc_stat_add(stored_bytes, c->len);
	zc_room_account(zc_chunk_size(parts));
	return c;

nomem:
	while (i--)
		zc_zs_free(c->handles[i]);
	zc_chunk_free(c);
	return ERR_PTR(-ENOMEM);
}

/**
 * zc_chunk_create - compress pages as one, well
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
	    zc_chunk_stored(len) + zc_chunk_size(zc_chunk_parts(len)) > most)
		c = ERR_PTR(-E2BIG);
	else
		c = zc_chunk_store(build_out, len, pages, COMP_ZSTD, gfp);
out:
	mutex_unlock(&build_lock);
	return c;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_create);

/* Pages, one after the other; copied to the stream's if they are not. */
static const void *zc_chunk_source(struct zc_comp_stream *s, struct page *const *pages,
				   unsigned int nr)
{
	const void *src = zc_pages_as_one(pages, nr);
	unsigned int i;
	void *from;

	for (i = 0; !src && i < nr; i++) {
		from = kmap_local_page(pages[i]);
		memcpy(s->pages + i * PAGE_SIZE, from, PAGE_SIZE);
		kunmap_local(from);
	}
	return src ?: s->pages;
}

/**
 * zc_chunk_create_fast - compress pages as one, with LZ4
 * @pages: the pages; only read
 * @nr: how many, 1 to CHUNK_FEW
 * @gfp: for memory; not allowed to wait
 *
 * Context: process, irqs on; LZ4 is enabled, and zc_chunk_ready().  Does not sleep.
 * Return: the chunk, with one reference, which is the caller's; ERR_PTR:
 * -E2BIG it would take more than CHUNK_MOST(@nr); -ENOMEM.
 */
struct zc_chunk *zc_chunk_create_fast(struct page *const *pages, unsigned int nr,
				      gfp_t gfp)
{
	struct zc_comp_stream *s = zc_comp_begin(COMP_LZ4);
	struct zc_chunk *c = ERR_PTR(-E2BIG);
	int len = zc_comp_compress_chunk(s, zc_chunk_source(s, pages, nr), nr);

	if (len > 0)
		c = zc_chunk_store(s->out, len, nr, COMP_LZ4, gfp);
	zc_comp_end(COMP_LZ4);
	return c;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_create_fast);

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
	unsigned int parts = zc_chunk_parts(c->len), i;

	if (!refcount_dec_and_test(&c->ref))
		return;
	zc_stat_dec(chunks);
	zc_stat_add(stored_bytes, -(long)c->len);
	zc_room_account(-(long)zc_chunk_size(parts));
	for (i = 0; i < parts; i++)
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
 * Return: bytes; their sum over all pages is the length of the data.
 */
u32 zc_chunk_share(const struct zc_chunk *c, unsigned int slot)
{
	return c->len / c->pages + (slot ? 0 : c->len % c->pages);
}

/* Were its pages cold when it was made? */
static bool zc_chunk_is_cold(const struct zc_chunk *c)
{
	return c->comp == COMP_ZSTD;
}

/**
 * zc_chunk_in_run - did its pages come in a run?
 * @c: the chunk
 *
 * Context: any; the caller has a reference.
 * Return: true if so.
 */
bool zc_chunk_in_run(const struct zc_chunk *c)
{
	return !zc_chunk_is_cold(c) || c->pages > CHUNK_FEW;
}

/**
 * zc_chunk_rest - what a page keeps of a chunk that could be made anew
 * @c: the chunk
 *
 * Context: any; the page has a reference.
 * Return: bytes; 0 if zstd made it and more than half of its pages are still there,
 * or if there are as many as when it was tried.  A guess, as they go.
 */
u32 zc_chunk_rest(const struct zc_chunk *c)
{
	unsigned int left = refcount_read(&c->ref);

	if ((zc_chunk_is_cold(c) && 2 * left > c->pages) ||
	    left >= READ_ONCE(c->tried))
		return 0;
	return c->len / left;
}

/**
 * zc_chunk_was_met - is it for recomp.c to look at, whenever its pages came?
 * @c: the chunk
 *
 * Context: any; the caller has a reference.
 * Return: true if its pages were cold when it was made, or if it was tried in vain
 * and half of them have left.  A guess, as they go.
 */
bool zc_chunk_was_met(const struct zc_chunk *c)
{
	return zc_chunk_is_cold(c) ||
	       (READ_ONCE(c->tried) <= CHUNK_PAGES &&
		2 * refcount_read(&c->ref) <= c->pages);
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

/* Put the pieces of a chunk together.  @data: room for CHUNK_BYTES and a page more. */
static void zc_chunk_gather(const struct zc_chunk *c, void *data)
{
	unsigned int parts = zc_chunk_parts(c->len), i;
	const void *mem;
	size_t len;
	void *to;

	for (i = 0; i < parts; i++) {
		to = data + i * CHUNK_PART;
		len = zc_chunk_part(c, i);
		mem = zc_zs_read_begin(c->handles[i], len, to);
		if (mem != to)
			memcpy(to, mem, len);
		zc_zs_read_end(c->handles[i], len, mem);
	}
}

/* Decompress a chunk, by means of a window. */
static int zc_chunk_unpack(struct zc_window *w, const struct zc_chunk *c, void *dst)
{
	size_t want = c->pages * PAGE_SIZE, ret;

	lockdep_assert_held(&w->lock);
	zc_chunk_gather(c, w->data);
	if (c->comp == COMP_LZ4)
		return zc_comp_decompress_chunk(w->data, c->len, dst, c->pages);
	ret = zstd_decompress_dctx(w->dctx, dst, want, w->data, c->len);
	return ret == want ? 0 : -EIO;
}

static struct zc_window *zc_window_of(const struct zc_chunk *c)
{
	return &windows[c->nr & (nr_windows - 1)];
}

/**
 * zc_chunk_pages - of how many pages is it?
 * @c: the chunk
 *
 * Context: any; the caller has a reference.
 * Return: 1 to CHUNK_PAGES.
 */
unsigned int zc_chunk_pages(const struct zc_chunk *c)
{
	return c->pages;
}

/* Have a chunk's pages in a window. */
static int zc_window_fill(struct zc_window *w, const struct zc_chunk *c)
{
	int ret;

	lockdep_assert_held(&w->lock);
	if (w->nr == c->nr)
		return 0;
	w->nr = 0;
	zc_stat_inc(chunk_reads);
	ret = zc_chunk_unpack(w, c, w->pages);
	if (!ret)
		w->nr = c->nr;
	return ret;
}

static void zc_copy_pages(struct page *const *pages, const void *src, unsigned int nr)
{
	unsigned int i;
	void *dst;

	for (i = 0; i < nr; i++) {
		dst = kmap_local_page(pages[i]);
		memcpy(dst, src + i * PAGE_SIZE, PAGE_SIZE);
		kunmap_local(dst);
	}
}

/* zstd's; @dst: the pages, if they are one piece of memory. */
static int zc_cold_load(const struct zc_chunk *c, struct page *const *pages, void *dst)
{
	struct zc_window *w = zc_window_of(c);
	int ret;

	spin_lock(&w->lock);
	if (dst) {
		zc_stat_inc(chunk_reads);
		ret = zc_chunk_unpack(w, c, dst);
	} else {
		ret = zc_window_fill(w, c);
		if (!ret)
			zc_copy_pages(pages, w->pages, c->pages);
	}
	spin_unlock(&w->lock);
	return ret;
}

/* LZ4's. */
static int zc_fast_load(const struct zc_chunk *c, struct page *const *pages, void *dst)
{
	struct zc_comp_stream *s = zc_comp_begin(COMP_LZ4);
	int ret;

	zc_stat_inc(chunk_reads);
	zc_chunk_gather(c, s->out);
	ret = zc_comp_decompress_chunk(s->out, c->len, dst ?: s->pages, c->pages);
	if (!ret && !dst)
		zc_copy_pages(pages, s->pages, c->pages);
	zc_comp_end(COMP_LZ4);
	return ret;
}

/**
 * zc_chunk_load_all - copy all of its pages out
 * @c: the chunk; the caller has a reference
 * @pages: where to, zc_chunk_pages() of them; garbage on error
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: 0; -EIO if the data is damaged.
 */
int zc_chunk_load_all(const struct zc_chunk *c, struct page *const *pages)
{
	void *dst = zc_pages_as_one(pages, c->pages);
	int ret;

	if (c->comp == COMP_LZ4)
		ret = zc_fast_load(c, pages, dst);
	else
		ret = zc_cold_load(c, pages, dst);
	if (zc_broken(ZC_BREAK_CHUNK) && c->pages > 1)
		memcpy(page_address(pages[0]), page_address(pages[1]), PAGE_SIZE);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_load_all);

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
	struct zc_window *w = zc_window_of(c);
	int ret;

	if (zc_broken(ZC_BREAK_CHUNK))
		slot = (slot + 1) % c->pages;
	spin_lock(&w->lock);
	ret = zc_window_fill(w, c);
	if (!ret)
		memcpy(dst, w->pages + slot * PAGE_SIZE, PAGE_SIZE);
	spin_unlock(&w->lock);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_chunk_load);

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
	struct zc_window *w = zc_window_of(c);
	unsigned int last = zc_chunk_parts(c->len) - 1;

	zc_zs_overwrite(c->handles[last], src, min(len, zc_chunk_part(c, last)));
	spin_lock(&w->lock);
	w->nr = 0;
	spin_unlock(&w->lock);
}
TMEM_EXPORT_FOR_TEST(zc_chunk_overwrite);
#endif
