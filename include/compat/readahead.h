/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read pages of a file into the page cache, and keep hole punching out.
 *
 * b244c89a70b3 ("readahead: push invalidate_lock out of
 * page_cache_ra_unbounded", 7.0) left invalidate_lock to the caller.  There is
 * nothing to probe for: only what the function does has changed.
 */
#ifndef _TMEM_COMPAT_READAHEAD_H
#define _TMEM_COMPAT_READAHEAD_H

#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/version.h>

static inline void tmem_page_cache_ra_unbounded(struct readahead_control *rac,
						unsigned long nr)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	filemap_invalidate_lock_shared(rac->mapping);
	page_cache_ra_unbounded(rac, nr, 0);
	filemap_invalidate_unlock_shared(rac->mapping);
#else
	page_cache_ra_unbounded(rac, nr, 0);
#endif
}

#endif /* _TMEM_COMPAT_READAHEAD_H */
