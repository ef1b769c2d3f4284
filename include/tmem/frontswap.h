/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frontswap.h - what tmem_frontswap.ko offers to other modules
 *
 * Purpose: let who steers a guest's memory (selfballooning) see how many pages
 * swap holds in tmem, and ask for fewer.
 *
 * Why this design: the two calls of the in-tree frontswap, under names that do
 * not collide with the kernel's own where it has them.
 */
#ifndef _TMEM_FRONTSWAP_H
#define _TMEM_FRONTSWAP_H

unsigned long tmem_frontswap_curr_pages(void);
int tmem_frontswap_shrink(unsigned long target);

#endif /* _TMEM_FRONTSWAP_H */
