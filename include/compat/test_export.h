/* SPDX-License-Identifier: GPL-2.0 */
/*
 * test_export.h - what modules of the suite have for its tests only
 *
 * Symbols exported to tests, in a namespace of their own, parameters that break
 * rules or leave out what a test plays, and allocations that fail when a test wants
 * it.  They exist in builds for tests (CONFIG_TMEM_KUNIT_TEST, from which Kbuild
 * makes TMEM_TEST_BUILD), as functions do that only tests call: these stand between
 * #ifdef TMEM_TEST_BUILD and #endif.  In a production build nothing is left of all
 * that, which make check proves.
 *
 * "module: Convert symbol namespace to string literal" (6.13) turned the
 * namespace from a token into a string.
 */
#ifndef _TMEM_COMPAT_TEST_EXPORT_H
#define _TMEM_COMPAT_TEST_EXPORT_H

#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define TMEM_EXPORT_TEST_SYMBOL(sym) EXPORT_SYMBOL_NS_GPL(sym, "TMEM_TEST")
#define TMEM_IMPORT_TEST_NS	  MODULE_IMPORT_NS("TMEM_TEST")
#else
#define TMEM_EXPORT_TEST_SYMBOL(sym) EXPORT_SYMBOL_NS_GPL(sym, TMEM_TEST)
#define TMEM_IMPORT_TEST_NS	  MODULE_IMPORT_NS(TMEM_TEST)
#endif

#ifdef TMEM_TEST_BUILD

#define TMEM_EXPORT_FOR_TEST(sym) TMEM_EXPORT_TEST_SYMBOL(sym)

/*
 * Parameter test_break of a module, a mask of the rules that are broken, kept in
 * @var, which a header declares; and whether a rule is.
 */
#define TMEM_TEST_BREAK(var, desc)					\
	unsigned int var;						\
	TMEM_EXPORT_TEST_SYMBOL(var);					\
	module_param_named_unsafe(test_break, var, uint, 0644);		\
	MODULE_PARM_DESC(test_break, "FOR TESTS ONLY: " desc)
#define TMEM_BROKEN(var, rule) unlikely(READ_ONCE(var) & (rule))

/*
 * A variable that a header declares: the nth allocation from now that asks
 * TMEM_MAY_ALLOC() fails; 0: none.  It stays above 0 if there were fewer.
 */
#define TMEM_TEST_FAIL_NTH(var)						\
	int var;							\
	TMEM_EXPORT_TEST_SYMBOL(var)
#define TMEM_MAY_ALLOC(var) (!(var) || --(var))

/* A static variable that is a parameter of its name, set when loading. */
#define TMEM_TEST_SWITCH(name, desc)					\
	static bool name;						\
	module_param_unsafe(name, bool, 0444);				\
	MODULE_PARM_DESC(name, "FOR TESTS ONLY: " desc)

/* The same, a number. */
#define TMEM_TEST_VALUE(name, desc)					\
	static unsigned int name;					\
	module_param_unsafe(name, uint, 0444);				\
	MODULE_PARM_DESC(name, "FOR TESTS ONLY: " desc)

#else

#define TMEM_EXPORT_FOR_TEST(sym) static_assert(1)
#define TMEM_TEST_BREAK(var, desc) static_assert(1)
#define TMEM_BROKEN(var, rule) ((void)(rule), false)
#define TMEM_TEST_FAIL_NTH(var) static_assert(1)
#define TMEM_MAY_ALLOC(var) true
#define TMEM_TEST_SWITCH(name, desc) static const bool name
#define TMEM_TEST_VALUE(name, desc) static const unsigned int name

#endif

#endif /* _TMEM_COMPAT_TEST_EXPORT_H */
