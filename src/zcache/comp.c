// SPDX-License-Identifier: GPL-2.0
/*
 * comp.c - compressors
 *
 * Purpose: turn a page into fewer bytes and back.
 *
 * Why this design: the libraries are called directly.  The kernel's crypto
 * front ends to them change (crypto_comp is gone in 7.x) and add allocations.
 * What a call needs is allocated per CPU beforehand, so that compressing never
 * fails for lack of memory.  A compressor, once used, stays until the module
 * goes, since pages compressed with it may still be there.
 *
 * Invariants: decompression never writes more than PAGE_SIZE bytes, and says
 * 0 only when it has written exactly that many, whatever its input was: a page
 * is filled as a whole or not at all.
 *
 * Locking: enable_lock for making compressors; a stream belongs to who holds
 * its local lock, which disables preemption.
 */
#define pr_fmt(fmt) "tmem_zcache: " fmt

#include <linux/build_bug.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/lz4.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <compat/test_export.h>
#include <compat/zstd.h>
#include "zcache.h"

/* zstd's level; its own default, as in zram. */
#define ZSTD_LEVEL 3

/* Bytes of a stream's buffer for compressed data, of one page; of a chunk, for LZ4. */
#define OUT_SIZE LZ4_COMPRESSBOUND(PAGE_SIZE)
#define OUT_SIZE_CHUNK (CHUNK_MOST(CHUNK_FEW) + PAGE_SIZE)
static_assert(OUT_SIZE_CHUNK >= OUT_SIZE);

/**
 * struct zc_comp_ops - a compressor
 * @name: as in parameter compressor
 * @out_size: bytes of the stream's buffer for compressed data
 * @create: allocate the stream's memory; 0 or -ENOMEM, and then destroy is
 *	called for what was allocated.  Process context, may sleep.
 * @destroy: free it; every part of it may be missing
 * @compress: PAGE_SIZE bytes of @src to at most PAGE_SIZE bytes of s->out;
 *	their number, or -E2BIG.  Does not sleep.
 * @decompress: @len bytes of @src to at most PAGE_SIZE bytes of @dst; their
 *	number, or -EIO.  Does not sleep.
 */
struct zc_comp_ops {
	const char *name;
	size_t out_size;
	int (*create)(struct zc_comp_stream *s, int node);
	void (*destroy)(struct zc_comp_stream *s);
	int (*compress)(struct zc_comp_stream *s, const void *src);
	int (*decompress)(struct zc_comp_stream *s, const void *src,
			  unsigned int len, void *dst);
};

/**
 * struct zc_comp - a compressor in use
 * @ops: constant
 * @streams: one for every CPU that is or was online
 * @node: for CPU hotplug
 */
struct zc_comp {
	const struct zc_comp_ops *ops;
	struct zc_comp_stream __percpu *streams;
	struct hlist_node node;
};

static void zc_destroy_work(struct zc_comp_stream *s)
{
	vfree(s->cwork);
	vfree(s->dwork);
	vfree(s->pages);
	s->cwork = NULL;
	s->dwork = NULL;
	s->pages = NULL;
}

static int lz4_create(struct zc_comp_stream *s, int node)
{
	s->cwork = vmalloc_node(LZ4_MEM_COMPRESS, node);
	s->pages = vmalloc_node(CHUNK_FEW * PAGE_SIZE, node);
	return s->cwork && s->pages ? 0 : -ENOMEM;
}

/* With room for the worst case LZ4 need not look at how much there is left. */
static int lz4_compress(struct zc_comp_stream *s, const void *src)
{
	int ret = LZ4_compress_default(src, s->out, PAGE_SIZE, OUT_SIZE,
				       s->cwork);

	return ret > 0 && ret <= PAGE_SIZE ? ret : -E2BIG;
}

static int lz4_decompress(struct zc_comp_stream *s, const void *src,
			  unsigned int len, void *dst)
{
	int ret = LZ4_decompress_safe(src, dst, len, PAGE_SIZE);

	return ret >= 0 ? ret : -EIO;
}

static const struct zc_comp_ops lz4_ops = {
	.name = "lz4",
	.out_size = OUT_SIZE_CHUNK,
	.create = lz4_create,
	.destroy = zc_destroy_work,
	.compress = lz4_compress,
	.decompress = lz4_decompress,
};

static int zstd_create(struct zc_comp_stream *s, int node)
{
	zstd_parameters params = zstd_get_params(ZSTD_LEVEL, PAGE_SIZE);
	size_t csize = zstd_cctx_workspace_bound(&params.cParams);
	size_t dsize = zstd_dctx_workspace_bound();

	s->cwork = vzalloc_node(csize, node);
	s->dwork = vzalloc_node(dsize, node);
	if (!s->cwork || !s->dwork)
		return -ENOMEM;
	s->ctx = zstd_init_cctx(s->cwork, csize);
	s->dctx = zstd_init_dctx(s->dwork, dsize);
	return s->ctx && s->dctx ? 0 : -ENOMEM;
}

static int zstd_compress(struct zc_comp_stream *s, const void *src)
{
	zstd_parameters params = zstd_get_params(ZSTD_LEVEL, PAGE_SIZE);
	size_t ret = zstd_compress_cctx(s->ctx, s->out, PAGE_SIZE, src,
					PAGE_SIZE, &params);

	return zstd_is_error(ret) ? -E2BIG : ret;
}

static int zstd_decompress(struct zc_comp_stream *s, const void *src,
			   unsigned int len, void *dst)
{
	size_t ret = zstd_decompress_dctx(s->dctx, dst, PAGE_SIZE, src, len);

	return zstd_is_error(ret) ? -EIO : ret;
}

static const struct zc_comp_ops zstd_ops = {
	.name = "zstd",
	.out_size = OUT_SIZE,
	.create = zstd_create,
	.destroy = zc_destroy_work,
	.compress = zstd_compress,
	.decompress = zstd_decompress,
};

static const struct zc_comp_ops *const comp_table[COMP_NR] = {
	[COMP_LZ4] = &lz4_ops,
	[COMP_ZSTD] = &zstd_ops,
};

static DEFINE_MUTEX(enable_lock);
/* Written once under enable_lock, before any page names the compressor. */
static struct zc_comp *comps[COMP_NR];
static int hotplug_state;

static void stream_destroy(struct zc_comp *comp, struct zc_comp_stream *s)
{
	comp->ops->destroy(s);
	kfree(s->out);
	kfree(s->copy);
	s->out = NULL;
	s->copy = NULL;
}

static int cpu_prepare(unsigned int cpu, struct hlist_node *node)
{
	struct zc_comp *comp = hlist_entry(node, struct zc_comp, node);
	struct zc_comp_stream *s = per_cpu_ptr(comp->streams, cpu);
	int nid = cpu_to_node(cpu);

	local_lock_init(&s->lock);
	s->out = kmalloc_node(comp->ops->out_size, GFP_KERNEL, nid);
	s->copy = kmalloc_node(PAGE_SIZE, GFP_KERNEL, nid);
	if (!s->out || !s->copy || comp->ops->create(s, nid)) {
		stream_destroy(comp, s);
		return -ENOMEM;
	}
	return 0;
}

static int cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct zc_comp *comp = hlist_entry(node, struct zc_comp, node);

	stream_destroy(comp, per_cpu_ptr(comp->streams, cpu));
	return 0;
}

/**
 * zc_comp_init - get ready to make compressors
 *
 * Context: process; may sleep.
 * Return: 0, or an errno of CPU hotplug.
 */
int zc_comp_init(void)
{
	int ret = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN,
					  "mm/tmem_zcache:prepare",
					  cpu_prepare, cpu_dead);

	if (ret < 0)
		return ret;
	hotplug_state = ret;
	return 0;
}

/**
 * zc_comp_exit - free all compressors; no page is left
 *
 * Context: process; may sleep.
 */
void zc_comp_exit(void)
{
	unsigned int id;

	for (id = 0; id < COMP_NR; id++) {
		struct zc_comp *comp = comps[id];

		comps[id] = NULL;
		if (!comp)
			continue;
		cpuhp_state_remove_instance(hotplug_state, &comp->node);
		free_percpu(comp->streams);
		kfree(comp);
	}
	cpuhp_remove_multi_state(hotplug_state);
}

/**
 * zc_comp_find - a compressor by name
 * @name: the name; a newline at its end does not matter
 *
 * Context: any.
 * Return: its id; -EINVAL if there is none of that name.
 */
int zc_comp_find(const char *name)
{
	unsigned int id;

	for (id = 0; id < COMP_NR; id++)
		if (sysfs_streq(name, comp_table[id]->name))
			return id;
	return -EINVAL;
}
TMEM_EXPORT_FOR_TEST(zc_comp_find);

/**
 * zc_comp_name - the name of a compressor
 * @id: which
 *
 * Context: any.
 * Return: the name.
 */
const char *zc_comp_name(unsigned int id)
{
	return comp_table[id]->name;
}

/**
 * zc_comp_enable - make a compressor usable
 * @id: which
 *
 * Context: process; may sleep.
 * Return: 0, also if it is usable already; -ENOMEM.
 */
int zc_comp_enable(unsigned int id)
{
	struct zc_comp *comp;
	int ret = 0;

	mutex_lock(&enable_lock);
	if (comps[id])
		goto out;
	ret = -ENOMEM;
	comp = kzalloc(sizeof(*comp), GFP_KERNEL);
	if (!comp)
		goto out;
	comp->ops = comp_table[id];
	comp->streams = alloc_percpu(struct zc_comp_stream);
	if (!comp->streams)
		goto err_comp;
	ret = cpuhp_state_add_instance(hotplug_state, &comp->node);
	if (ret)
		goto err_streams;
	/* Pairs with the acquire in zc_comp_begin(). */
	smp_store_release(&comps[id], comp);
	goto out;

err_streams:
	free_percpu(comp->streams);
err_comp:
	kfree(comp);
out:
	mutex_unlock(&enable_lock);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_comp_enable);

/**
 * zc_comp_begin - get this CPU's stream of a compressor
 * @id: which; enabled
 *
 * Context: process, irqs on.  The caller cannot sleep until zc_comp_end().
 * Return: the stream.
 */
struct zc_comp_stream *zc_comp_begin(unsigned int id)
{
	/* Pairs with the release in zc_comp_enable(). */
	struct zc_comp *comp = smp_load_acquire(&comps[id]);

	local_lock(&comp->streams->lock);
	return this_cpu_ptr(comp->streams);
}
TMEM_EXPORT_FOR_TEST(zc_comp_begin);

/**
 * zc_comp_end - give the stream back
 * @id: of which compressor
 *
 * Context: as zc_comp_begin() left it.
 */
void zc_comp_end(unsigned int id)
{
	local_unlock(&comps[id]->streams->lock);
}
TMEM_EXPORT_FOR_TEST(zc_comp_end);

/**
 * zc_comp_compress - compress a page into the stream's buffer
 * @id: with which compressor
 * @s: its stream
 * @src: PAGE_SIZE bytes
 *
 * The same bytes always give the same result: deduplication relies on it.
 *
 * Context: between zc_comp_begin() and zc_comp_end().
 * Return: how many bytes there are in @s->out, at most PAGE_SIZE; -E2BIG if
 * they would be more.
 */
int zc_comp_compress(unsigned int id, struct zc_comp_stream *s, const void *src)
{
	return comp_table[id]->compress(s, src);
}
TMEM_EXPORT_FOR_TEST(zc_comp_compress);

/**
 * zc_comp_decompress - fill a page
 * @id: with which compressor
 * @s: its stream
 * @src: compressed data
 * @len: bytes of it
 * @dst: PAGE_SIZE bytes; undefined on error
 *
 * Context: between zc_comp_begin() and zc_comp_end().
 * Return: 0; -EIO if @src is not one page compressed by @id.
 */
int zc_comp_decompress(unsigned int id, struct zc_comp_stream *s, const void *src,
		       unsigned int len, void *dst)
{
	int ret = comp_table[id]->decompress(s, src, len, dst);

	return ret == PAGE_SIZE ? 0 : -EIO;
}
TMEM_EXPORT_FOR_TEST(zc_comp_decompress);

/**
 * zc_comp_compress_chunk - compress some pages as one, with LZ4
 * @s: its stream
 * @src: the pages, one after the other
 * @pages: how many, 1 to CHUNK_FEW
 *
 * Context: between zc_comp_begin() and zc_comp_end(), of COMP_LZ4.
 * Return: how many bytes there are in @s->out, at most CHUNK_MOST(@pages); -E2BIG if
 * they would be more.
 */
int zc_comp_compress_chunk(struct zc_comp_stream *s, const void *src,
			   unsigned int pages)
{
	int ret = LZ4_compress_default(src, s->out, pages * PAGE_SIZE,
				       CHUNK_MOST(pages), s->cwork);

	return ret > 0 ? ret : -E2BIG;
}

/**
 * zc_comp_decompress_chunk - fill some pages
 * @src: what zc_comp_compress_chunk() made
 * @len: bytes of it
 * @dst: the pages, one after the other; undefined on error
 * @pages: how many
 *
 * Context: any.
 * Return: 0; -EIO if @src is not so many pages compressed by LZ4.
 */
int zc_comp_decompress_chunk(const void *src, unsigned int len, void *dst,
			     unsigned int pages)
{
	int ret = LZ4_decompress_safe(src, dst, len, pages * PAGE_SIZE);

	return ret == pages * PAGE_SIZE ? 0 : -EIO;
}
