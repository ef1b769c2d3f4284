/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Symbol namespaces.
 *
 * cdd30ebb1b9f ("module: Convert symbol namespace to string literal", 6.13)
 * turned the namespace argument from a token into a string.
 */
#ifndef _TMEM_COMPAT_MODULE_H
#define _TMEM_COMPAT_MODULE_H

#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define TMEM_EXPORT_SYMBOL(sym)	EXPORT_SYMBOL_NS_GPL(sym, "TMEM")
#define TMEM_IMPORT_NS		MODULE_IMPORT_NS("TMEM")
#else
#define TMEM_EXPORT_SYMBOL(sym)	EXPORT_SYMBOL_NS_GPL(sym, TMEM)
#define TMEM_IMPORT_NS		MODULE_IMPORT_NS(TMEM)
#endif

#endif /* _TMEM_COMPAT_MODULE_H */
