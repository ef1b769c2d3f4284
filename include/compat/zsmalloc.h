/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zsmalloc, whose API for reading and writing an object changed: from mapping
 * it (until 6.14) to copying it in and out (from 6.15 on).  These functions
 * have the shape of the later one.
 *
 * Two arguments came later still: the node to zs_malloc(), and the length to
 * zs_obj_read_begin() and _end().  Nothing in the header tells but the types of
 * the functions, so those are asked.
 */
#ifndef _TMEM_COMPAT_ZSMALLOC_H
#define _TMEM_COMPAT_ZSMALLOC_H

#include <linux/err.h>
#include <linux/numa.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/zsmalloc.h>

/* Call @fn through @with if it is of the type that follows, else @without. */
#define TMEM_ZS_CHOOSE(fn, with, without, ...)				\
	__builtin_choose_expr(						\
		__builtin_types_compatible_p(typeof(fn), __VA_ARGS__),	\
		with, without)

static inline unsigned long
tmem_zs_malloc_plain(unsigned long (*fn)(struct zs_pool *, size_t, gfp_t),
		     struct zs_pool *pool, size_t size, gfp_t gfp)
{
	return fn(pool, size, gfp);
}

static inline unsigned long
tmem_zs_malloc_nid(unsigned long (*fn)(struct zs_pool *, size_t, gfp_t, int),
		   struct zs_pool *pool, size_t size, gfp_t gfp)
{
	return fn(pool, size, gfp, NUMA_NO_NODE);
}

/* Returns 0 or an errno; until 5.19 zs_malloc() itself returned 0 for failure. */
static inline int tmem_zs_malloc(struct zs_pool *pool, size_t size, gfp_t gfp,
				 unsigned long *handle)
{
	unsigned long h;

	h = TMEM_ZS_CHOOSE(zs_malloc, tmem_zs_malloc_nid, tmem_zs_malloc_plain,
			   unsigned long(struct zs_pool *, size_t, gfp_t, int))
		(zs_malloc, pool, size, gfp);
	if (!h)
		return -ENOMEM;
	if (IS_ERR_VALUE(h))
		return (long)h;
	*handle = h;
	return 0;
}

#ifdef TMEM_HAVE_zs_obj_write

static inline void *
tmem_zs_begin_plain(void *(*fn)(struct zs_pool *, unsigned long, void *),
		    struct zs_pool *pool, unsigned long handle, size_t len,
		    void *copy)
{
	return fn(pool, handle, copy);
}

static inline void *
tmem_zs_begin_len(void *(*fn)(struct zs_pool *, unsigned long, size_t, void *),
		  struct zs_pool *pool, unsigned long handle, size_t len,
		  void *copy)
{
	return fn(pool, handle, len, copy);
}

static inline void
tmem_zs_end_plain(void (*fn)(struct zs_pool *, unsigned long, void *),
		  struct zs_pool *pool, unsigned long handle, size_t len,
		  void *mem)
{
	fn(pool, handle, mem);
}

static inline void
tmem_zs_end_len(void (*fn)(struct zs_pool *, unsigned long, size_t, void *),
		struct zs_pool *pool, unsigned long handle, size_t len,
		void *mem)
{
	fn(pool, handle, len, mem);
}

/*
 * Between begin and end the caller can not sleep and can not begin another
 * read or write on this CPU.  @copy has room for a page: without a length,
 * zsmalloc copies as much as objects of this size may have.
 */
static inline const void *tmem_zs_read_begin(struct zs_pool *pool,
					     unsigned long handle, size_t len,
					     void *copy)
{
	return TMEM_ZS_CHOOSE(zs_obj_read_begin, tmem_zs_begin_len,
			      tmem_zs_begin_plain,
			      void *(struct zs_pool *, unsigned long, size_t,
				     void *))
		(zs_obj_read_begin, pool, handle, len, copy);
}

static inline void tmem_zs_read_end(struct zs_pool *pool, unsigned long handle,
				    size_t len, const void *mem)
{
	TMEM_ZS_CHOOSE(zs_obj_read_end, tmem_zs_end_len, tmem_zs_end_plain,
		       void(struct zs_pool *, unsigned long, size_t, void *))
		(zs_obj_read_end, pool, handle, len, (void *)mem);
}

static inline void tmem_zs_write(struct zs_pool *pool, unsigned long handle,
				 const void *src, size_t len)
{
	zs_obj_write(pool, handle, (void *)src, len);
}

#else

/*
 * Between begin and end the caller can not sleep and can not begin another
 * read or write on this CPU.  @copy has room for a page.
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

#endif

#endif /* _TMEM_COMPAT_ZSMALLOC_H */
