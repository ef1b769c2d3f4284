/* SPDX-License-Identifier: GPL-2.0 */
/* A page as sources of the store count it; a test's own is another thing. */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/gfp.h>
#include <asm/page.h>

#define PAGE_SIZE	(1UL << PAGE_SHIFT)

#endif /* _LINUX_MM_H */
