/* SPDX-License-Identifier: GPL-2.0 */
/* A page as sources of the store count it; a test's own is another thing. */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/align.h>
#include <linux/gfp.h>
#include <asm/page.h>

#define PAGE_SIZE	(1UL << PAGE_SHIFT)

/* More than any test's store. */
#define totalram_pages()	(1UL << 30)

/* In the kernel they are page-aligned, and here not counted. */
static inline void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	void *p = aligned_alloc(PAGE_SIZE, ALIGN(size, PAGE_SIZE));

	if (p && (gfp & __GFP_ZERO))
		memset(p, 0, size);
	return p;
}

static inline void free_pages_exact(void *p, size_t size)
{
	free(p);
}

#endif /* _LINUX_MM_H */
