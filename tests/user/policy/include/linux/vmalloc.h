/* SPDX-License-Identifier: GPL-2.0 */
#include <stdlib.h>

#define GFP_KERNEL		0
#define __GFP_ZERO		0
#define __GFP_NOWARN		0
#define __GFP_NORETRY		0
/* Zeroed: it is asked for nothing else. */
#define __vmalloc(size, gfp)	((void)(gfp), calloc(1, size))
#define vfree(p)		free(p)
