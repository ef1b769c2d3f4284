/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of sysctls.
 *
 * "sysctl: treewide: constify the ctl_table argument of proc_handlers" (6.11)
 * made it const; "sysctl: Remove check for sentinel element in ctl_table
 * arrays" (6.11) forbids the empty entry that ended a table before 6.6.
 */
#ifndef _TMEM_COMPAT_SYSCTL_H
#define _TMEM_COMPAT_SYSCTL_H

#include <linux/sysctl.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define TMEM_CTL_TABLE		const struct ctl_table
#define TMEM_CTL_TABLE_END
#else
#define TMEM_CTL_TABLE		struct ctl_table
#define TMEM_CTL_TABLE_END	{ }
#endif

#endif /* _TMEM_COMPAT_SYSCTL_H */
