/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Has anybody ever registered for free pages?
 *
 * Since 6.4 ("mm/page_reporting: replace rcu_access_pointer()...", "Allow driver
 * to specify reporting order") the first who registers fixes the order of all
 * that come, which must not be somebody who only asks; page_reporting_order, -1
 * before that, is exported since then.  Before, each registration set it anew.
 */
#ifndef _TMEM_COMPAT_PAGE_REPORTING_H
#define _TMEM_COMPAT_PAGE_REPORTING_H

#include <linux/page_reporting.h>

#ifdef TMEM_HAVE_page_reporting_order
extern unsigned int page_reporting_order;

static inline bool tmem_never_reported(void)
{
	return READ_ONCE(page_reporting_order) == -1U;
}
#else
static inline bool tmem_never_reported(void)
{
	return false;
}
#endif

#endif /* _TMEM_COMPAT_PAGE_REPORTING_H */
