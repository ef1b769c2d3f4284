/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Symbols that modules of the suite export to its tests only, in a namespace
 * of their own.
 *
 * "module: Convert symbol namespace to string literal" (6.13) turned the
 * namespace from a token into a string.
 */
#ifndef _TMEM_COMPAT_TEST_EXPORT_H
#define _TMEM_COMPAT_TEST_EXPORT_H

#include <linux/export.h>
#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define TMEM_EXPORT_FOR_TEST(sym) EXPORT_SYMBOL_NS_GPL(sym, "TMEM_TEST")
#define TMEM_IMPORT_TEST_NS	  MODULE_IMPORT_NS("TMEM_TEST")
#else
#define TMEM_EXPORT_FOR_TEST(sym) EXPORT_SYMBOL_NS_GPL(sym, TMEM_TEST)
#define TMEM_IMPORT_TEST_NS	  MODULE_IMPORT_NS(TMEM_TEST)
#endif

#endif /* _TMEM_COMPAT_TEST_EXPORT_H */
