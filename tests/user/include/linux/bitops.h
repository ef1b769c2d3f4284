/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_BITOPS_H
#define _LINUX_BITOPS_H

#include <linux/bits.h>

#define hweight64(w)	((unsigned int)__builtin_popcountll(w))
#define hweight32(w)	((unsigned int)__builtin_popcount(w))
#define __ffs(w)	((unsigned long)__builtin_ctzl(w))
#define fls64(w)	((w) ? 64 - __builtin_clzll(w) : 0)
#define __ffs64(w)	((unsigned long)__builtin_ctzll(w))

#endif /* _LINUX_BITOPS_H */
