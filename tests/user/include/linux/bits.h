/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_BITS_H
#define _LINUX_BITS_H

#if __SIZEOF_LONG__ == 8
#define BITS_PER_LONG	64
#else
#define BITS_PER_LONG	32
#endif
#define BITS_PER_BYTE	8

#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))
#define GENMASK(h, l)	((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))

#endif /* _LINUX_BITS_H */
