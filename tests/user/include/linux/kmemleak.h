/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KMEMLEAK_H
#define _LINUX_KMEMLEAK_H

#define kmemleak_alloc(p, size, count, gfp)	do { } while (0)
#define kmemleak_free(p)			do { } while (0)

#endif /* _LINUX_KMEMLEAK_H */
