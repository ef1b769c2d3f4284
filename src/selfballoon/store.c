// SPDX-License-Identifier: GPL-2.0
/*
 * store.c - file pages in tmem_zcache
 *
 * Why this design: as frontswap.c: a link would load that module.
 *
 * Locking: none.
 */
#include <linux/module.h>
#include "giveback.h"

/**
 * sb_store_look - the store as it is
 * @v: where to; all 0 if there is none
 *
 * Context: process; may sleep.
 * Return: true if there is one.
 */
bool sb_store_look(struct tmem_zcache_view *v)
{
	void (*look)(struct tmem_zcache_view *v);

	*v = (struct tmem_zcache_view){ };
	look = symbol_get(tmem_zcache_look);
	if (!look)
		return false;
	look(v);
	symbol_put(tmem_zcache_look);
	return true;
}

/**
 * sb_store_give - have fewer file pages in it
 * @pages: pages of memory that are to come free
 *
 * Context: process; sleeps.
 * Return: pages of memory that have come free.
 */
unsigned long sb_store_give(unsigned long pages)
{
	unsigned long (*give)(unsigned long pages), done;

	give = symbol_get(tmem_zcache_give);
	if (!give)
		return 0;
	done = give(pages);
	symbol_put(tmem_zcache_give);
	return done;
}
