/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_NOSPEC_H
#define _LINUX_NOSPEC_H

/* As on x86: a mask that is all ones if @i < @size.  It counts in the bench. */
static inline unsigned long array_index_mask_nospec(unsigned long i,
						    unsigned long size)
{
	return ~(long)(i | (size - 1UL - i)) >> (sizeof(long) * 8 - 1);
}

#define array_index_nospec(i, size)					\
	((typeof(i))((i) & array_index_mask_nospec(i, size)))

#endif /* _LINUX_NOSPEC_H */
