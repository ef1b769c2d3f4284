/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frontswap.h - what tmem_frontswap.ko offers to other modules
 *
 * Purpose: let who steers a guest's memory (selfballooning) see how many pages
 * swap holds in tmem, and bring some back into RAM.
 *
 * Why this design: the two calls of the in-tree frontswap, under names that do
 * not collide with the kernel's own where it has them.  Its frontswap_shrink()
 * brought pages into RAM; of a module's two ways to have fewer, _shrink writes
 * them to the disk below, on request, and _come_home brings them into RAM.
 */
#ifndef _TMEM_FRONTSWAP_H
#define _TMEM_FRONTSWAP_H

unsigned long tmem_frontswap_curr_pages(void);
int tmem_frontswap_shrink(unsigned long target);
unsigned long tmem_frontswap_come_home(unsigned long nr);

#endif /* _TMEM_FRONTSWAP_H */
