/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a page of the swap cache belongs to.
 *
 * The entry is in the page's private word; cfeed8ffe55b ("mm/swap: stop using
 * page->private on tail pages for THP_SWAP", 6.7) gave it a name of its own in the
 * folio, in the same place.
 */
#ifndef _TMEM_COMPAT_SWAP_H
#define _TMEM_COMPAT_SWAP_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/swap.h>
#include <linux/swapops.h>

/* The place in its swap device of a small folio that is in the swap cache. */
static inline pgoff_t tmem_swapcache_offset(struct folio *folio)
{
	swp_entry_t entry = { .val = page_private(&folio->page) };

	return swp_offset(entry);
}

#endif /* _TMEM_COMPAT_SWAP_H */
