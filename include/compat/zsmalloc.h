/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zsmalloc, whose API for reading and writing an object changed: from mapping
 * it (until 6.14) to copying it in and out (from 6.15 on).  These functions
 * have the shape of the later one; a kernel that has it needs a second branch
 * here and nothing elsewhere.
 */
#ifndef _TMEM_COMPAT_ZSMALLOC_H
#define _TMEM_COMPAT_ZSMALLOC_H

#include <linux/err.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/zsmalloc.h>

/* Returns 0 or an errno; until 5.19 zs_malloc() itself returned 0 for failure. */
static inline int tmem_zs_malloc(struct zs_pool *pool, size_t size, gfp_t gfp,
				 unsigned long *handle)
{
	unsigned long h = zs_malloc(pool, size, gfp);

	if (!h)
		return -ENOMEM;
	if (IS_ERR_VALUE(h))
		return (long)h;
	*handle = h;
	return 0;
}

/*
 * Between begin and end the caller can not sleep and can not begin another
 * read or write on this CPU.  @copy has room for @len bytes.
 */
static inline const void *tmem_zs_read_begin(struct zs_pool *pool,
					     unsigned long handle, size_t len,
					     void *copy)
{
	return zs_map_object(pool, handle, ZS_MM_RO);
}

static inline void tmem_zs_read_end(struct zs_pool *pool, unsigned long handle,
				    size_t len, const void *mem)
{
	zs_unmap_object(pool, handle);
}

static inline void tmem_zs_write(struct zs_pool *pool, unsigned long handle,
				 const void *src, size_t len)
{
	memcpy(zs_map_object(pool, handle, ZS_MM_WO), src, len);
	zs_unmap_object(pool, handle);
}

#endif /* _TMEM_COMPAT_ZSMALLOC_H */
