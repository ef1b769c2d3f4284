// SPDX-License-Identifier: GPL-2.0
/*
 * frontswap.c - pages of swap in tmem
 *
 * Purpose: their number, and some of them back in RAM, from a module that need
 * not be loaded.
 *
 * Why this design: a link to it would load it.  symbol_get() asks at the moment
 * of use, and holds the module only until the answer is there.
 *
 * Locking: none.
 */
#include <linux/module.h>
#include <tmem/frontswap.h>
#include "selfballoon.h"

/**
 * sb_frontswap_pages - pages of swap in tmem
 *
 * Context: process; may sleep.
 * Return: their number; 0 when tmem_frontswap is not loaded.
 */
unsigned long sb_frontswap_pages(void)
{
	unsigned long (*curr_pages)(void);
	unsigned long pages;

	curr_pages = symbol_get(tmem_frontswap_curr_pages);
	if (!curr_pages)
		return 0;
	pages = curr_pages();
	symbol_put(tmem_frontswap_curr_pages);
	return pages;
}

/**
 * sb_frontswap_come_home - bring pages of swap back from the hypervisor
 * @nr: how many, at most; there is free memory for them
 *
 * Context: process; sleeps.
 */
void sb_frontswap_come_home(unsigned long nr)
{
	unsigned long (*come_home)(unsigned long nr);

	come_home = symbol_get(tmem_frontswap_come_home);
	if (!come_home)
		return;
	come_home(nr);
	symbol_put(tmem_frontswap_come_home);
}
