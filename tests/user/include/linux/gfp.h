/* SPDX-License-Identifier: GPL-2.0 */
/* Whole pages: the test has them, struct page is its own. */
#ifndef _LINUX_GFP_H
#define _LINUX_GFP_H

#include <linux/slab.h>

struct page;

struct page *alloc_page(gfp_t gfp);
void __free_page(struct page *page);

#endif /* _LINUX_GFP_H */
