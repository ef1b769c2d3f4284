/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Short-lived mappings of pages.
 *
 * f3ba3c710ac5 ("mm/highmem: Provide kmap_local*", 5.11) introduced
 * kmap_local_page(), and kunmap_local() as a macro.  Their older sisters
 * disable preemption, which none of our users minds.
 */
#ifndef _TMEM_COMPAT_HIGHMEM_H
#define _TMEM_COMPAT_HIGHMEM_H

#include <linux/highmem.h>

#ifndef kunmap_local
static inline void *kmap_local_page(struct page *page)
{
	return kmap_atomic(page);
}

#define kunmap_local(addr) kunmap_atomic(addr)
#endif

#endif /* _TMEM_COMPAT_HIGHMEM_H */
