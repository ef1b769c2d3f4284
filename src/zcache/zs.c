// SPDX-License-Identifier: GPL-2.0
/*
 * zs.c - where the data of pages lies: the only file that knows zsmalloc
 *
 * Purpose: keep a few thousand bytes, movable and packed, behind a handle.
 *
 * Why this design: zsmalloc packs best of what the kernel has, and is the only
 * one of its kind that every kernel has and exports.
 *
 * Invariants: bytes read are bytes written; a handle is read with the length
 * that it was stored with.
 *
 * Locking: zsmalloc's locks are not irq-safe, and mapping an object forbids
 * interrupt context: process context with irqs on, only.
 */
#include <linux/errno.h>
#include <compat/test_export.h>
#include <compat/zsmalloc.h>
#include "zcache.h"

static struct zs_pool *pool;

/**
 * zc_zs_init - create the pool
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_zs_init(void)
{
	pool = zs_create_pool("tmem_zcache");
	return pool ? 0 : -ENOMEM;
}

/**
 * zc_zs_exit - destroy the pool, which is empty
 *
 * Context: process; may sleep.
 */
void zc_zs_exit(void)
{
	zs_destroy_pool(pool);
}

/**
 * zc_zs_store - keep a copy of some bytes
 * @src: the bytes
 * @len: how many, 1 to PAGE_SIZE
 * @gfp: may not sleep
 * @handle: where to put the handle
 *
 * Context: process, irqs on; spinlocks may be held.
 * Return: 0; -ENOMEM.
 */
int zc_zs_store(const void *src, size_t len, gfp_t gfp, unsigned long *handle)
{
	int ret = tmem_zs_malloc(pool, len, gfp | __GFP_HIGHMEM | __GFP_MOVABLE,
				 handle);

	if (!ret)
		tmem_zs_write(pool, *handle, src, len);
	return ret;
}

#ifdef TMEM_TEST_BUILD
/**
 * zc_zs_overwrite - change bytes that are stored; for tests
 * @handle: where
 * @src: the bytes
 * @len: how many, at most as many as were stored
 *
 * Context: process, irqs on.
 */
void zc_zs_overwrite(unsigned long handle, const void *src, size_t len)
{
	tmem_zs_write(pool, handle, src, len);
}
TMEM_EXPORT_FOR_TEST(zc_zs_overwrite);
#endif

/**
 * zc_zs_read_begin - look at stored bytes
 * @handle: which
 * @len: how many were stored
 * @copy: room for as many, that may be used or not
 *
 * Context: process, irqs on.  The caller can neither sleep nor use zsmalloc
 * until zc_zs_read_end().
 * Return: the bytes.
 */
const void *zc_zs_read_begin(unsigned long handle, size_t len, void *copy)
{
	return tmem_zs_read_begin(pool, handle, len, copy);
}

/**
 * zc_zs_read_end - end of the look
 * @handle: as before
 * @len: as before
 * @mem: what zc_zs_read_begin() returned
 *
 * Context: as zc_zs_read_begin() left it.
 */
void zc_zs_read_end(unsigned long handle, size_t len, const void *mem)
{
	tmem_zs_read_end(pool, handle, len, mem);
}

/**
 * zc_zs_free - forget some bytes
 * @handle: which
 *
 * Context: process, irqs on; spinlocks may be held.
 */
void zc_zs_free(unsigned long handle)
{
	zs_free(pool, handle);
}

/**
 * zc_zs_pages - what it costs
 *
 * Context: any.
 * Return: pages of memory in the pool.
 */
unsigned long zc_zs_pages(void)
{
	return zs_get_total_pages(pool);
}
TMEM_EXPORT_FOR_TEST(zc_zs_pages);

/**
 * zc_zs_page_sized - when storing saves nothing
 *
 * Context: any.
 * Return: the length from which on some bytes take a whole page.
 */
size_t zc_zs_page_sized(void)
{
	return zs_huge_class_size(pool);
}

/**
 * zc_zs_compact - give free room back as whole pages
 *
 * Context: process; may sleep.
 * Return: pages freed.
 */
unsigned long zc_zs_compact(void)
{
	return zs_compact(pool);
}
