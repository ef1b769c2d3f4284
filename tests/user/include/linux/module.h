/* SPDX-License-Identifier: GPL-2.0 */
/* A module is its reference count; a test may have one that is going. */
#ifndef _LINUX_MODULE_H
#define _LINUX_MODULE_H

#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/types.h>

struct module {
	long refs;
	bool going;
};

extern struct module shim_module;
#define THIS_MODULE		(&shim_module)

static inline bool try_module_get(struct module *mod)
{
	if (!mod)
		return true;
	if (mod->going)
		return false;
	__atomic_fetch_add(&mod->refs, 1, __ATOMIC_RELAXED);
	return true;
}

static inline void __module_get(struct module *mod)
{
	if (mod)
		__atomic_fetch_add(&mod->refs, 1, __ATOMIC_RELAXED);
}

static inline void module_put(struct module *mod)
{
	if (mod)
		__atomic_fetch_sub(&mod->refs, 1, __ATOMIC_RELAXED);
}

#define MODULE_LICENSE(x)
#define MODULE_AUTHOR(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_IMPORT_NS(x)
#define MODULE_PARM_DESC(p, x)
#define module_param(n, t, p)
#define module_init(f)
#define module_exit(f)

#endif /* _LINUX_MODULE_H */
