/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_MM_H
#define _SHIM_MM_H

#include <stdlib.h>

#define GFP_KERNEL   0
#define __GFP_NOWARN 0
#define kvcalloc(n, size, gfp) calloc(n, size)
#define kvfree(p)    free(p)

#define PAGE_SIZE 4096UL

#endif
