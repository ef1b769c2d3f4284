// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - tmem_cleancache.ko, the page-cache frontend
 *
 * See cleancache.h for the design, and native.c for kernels with cleancache of
 * their own.
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/string.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "common.h"

DEFINE_SRCU(cc_srcu);

static bool cleancache = true;
module_param(cleancache, bool, 0444);
MODULE_PARM_DESC(cleancache, "0 leaves the module out, as the boot word nocleancache does (default 1)");

char *cc_exclude;
TMEM_EXPORT_FOR_TEST(cc_exclude);
module_param_named(exclude, cc_exclude, charp, 0444);
MODULE_PARM_DESC(exclude, "file system types to leave out, separated by commas");

TMEM_TEST_BREAK(cc_test_break,
		"breaks coherency rules and corrupts files; a mask of CC_BREAK_*");

/**
 * cc_in_list - is a name in a list?
 * @list: names separated by commas, or NULL
 * @name: the name
 *
 * Context: any.
 * Return: true if so.
 */
bool cc_in_list(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; list && *list; list = strchrnul(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, name, len) &&
		    (!list[len] || list[len] == ','))
			return true;
	}
	return false;
}

/**
 * cc_type_excluded - is a file system not to be cached?
 * @type: name of its type
 *
 * Context: any.
 * Return: true if parameter exclude names it.
 */
bool cc_type_excluded(const char *type)
{
	return cc_in_list(cc_exclude, type);
}

static int __init cc_init(void)
{
	char title[32];
	int ret;

	if (!cleancache || tmem_boot_word("nocleancache")) {
		pr_info("disabled by %s\n",
			cleancache ? "nocleancache on the kernel command line" :
				     "cleancache=0");
		return -ENODEV;
	}
	if (!tmem_backend_active()) {
		pr_err("no backend is active: load tmem_zcache or tmem_xen first\n");
		return -ENODEV;
	}
	ret = cc_attach();
	if (ret)
		return ret;
	cc_debugfs_init();
	tmem_backend_title(title, sizeof(title));
	pr_info("cleancache enabled, RAM provided by %s\n", title);
	return 0;
}

static void __exit cc_exit(void)
{
	cc_debugfs_exit();
	cc_detach();
}

module_init(cc_init);
module_exit(cc_exit);
TMEM_IMPORT_NS;
MODULE_SOFTDEP("pre: tmem_xen tmem_zcache");
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Transcendent memory frontend for clean page-cache pages");
