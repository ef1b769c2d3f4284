/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that are counted and that fail when a test says so. */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/kernel.h>
#include <linux/overflow.h>

#define __GFP_DIRECT_RECLAIM	1U
#define __GFP_ZERO		2U
#define __GFP_NOWARN		4U
#define __GFP_NORETRY		8U
#define __GFP_NOMEMALLOC	16U
#define __GFP_KSWAPD_RECLAIM	32U
#define __GFP_HIGH		64U
#define __GFP_RETRY_MAYFAIL	128U
#define GFP_KERNEL		__GFP_DIRECT_RECLAIM
#define GFP_NOIO		__GFP_DIRECT_RECLAIM
#define GFP_NOFS		__GFP_DIRECT_RECLAIM
#define GFP_ATOMIC		0U
#define GFP_NOWAIT		0U

void *shim_alloc(size_t size, gfp_t gfp);
void kfree(const void *p);

#define kmalloc(size, gfp)		shim_alloc(size, gfp)
#define kzalloc(size, gfp)		shim_alloc(size, (gfp) | __GFP_ZERO)
#define kcalloc(n, size, gfp)		kzalloc(array_size(n, size), gfp)
#define kmalloc_array(n, size, gfp)	kmalloc(array_size(n, size), gfp)
#define kvmalloc			kmalloc
#define kvzalloc			kzalloc
#define kvcalloc			kcalloc
#define __vmalloc			kmalloc
#define vmalloc(size)			kmalloc(size, GFP_KERNEL)
#define vzalloc(size)			kzalloc(size, GFP_KERNEL)
#define kvfree				kfree
#define vfree				kfree

#endif /* _LINUX_SLAB_H */
