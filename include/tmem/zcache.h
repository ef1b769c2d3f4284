/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zcache.h - what tmem_zcache.ko offers to other modules
 *
 * Purpose: let who steers a guest's memory (selfballooning) see what file pages
 * in the store cost and whether they are asked for, and have fewer of them.
 *
 * Why this design: as frontswap.h.  Who calls asks for the symbols at the moment
 * of use, so that neither module has to be there for the other.
 */
#ifndef _TMEM_ZCACHE_H
#define _TMEM_ZCACHE_H

/**
 * struct tmem_zcache_view - the store, a moment ago
 * @used: pages of memory that it takes, metadata included
 * @file_pages: file pages that are in it
 * @hits: file pages that were asked for and there, since it was loaded
 */
struct tmem_zcache_view {
	unsigned long used, file_pages, hits;
};

void tmem_zcache_look(struct tmem_zcache_view *v);
unsigned long tmem_zcache_give(unsigned long pages);

#endif /* _TMEM_ZCACHE_H */
