// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - tmem_frontswap.ko, the swap frontend
 *
 * See frontswap.h for the design, and native.c for kernels that export a
 * frontswap of their own.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <compat/module.h>
#include <tmem/backend.h>
#include "common.h"

static bool frontswap = true;
module_param(frontswap, bool, 0444);
MODULE_PARM_DESC(frontswap, "0 leaves the module out, as the boot word nofrontswap does (default 1)");

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "swap devices to begin with (default 1)");

TMEM_TEST_BREAK(fsw_test_break,
		"breaks rules and loses data; a mask of FSW_BREAK_*");

static int __init fsw_init(void)
{
	char title[32];
	int ret;

	if (!frontswap || tmem_boot_word("nofrontswap")) {
		pr_info("disabled by %s\n",
			frontswap ? "nofrontswap on the kernel command line" :
				    "frontswap=0");
		return -ENODEV;
	}
	if (!tmem_backend_active()) {
		pr_err("no backend is active: load tmem_zcache or tmem_xen first\n");
		return -ENODEV;
	}
	ret = fsw_attach(devices);
	if (ret)
		return ret;
	fsw_debugfs_init();
	tmem_backend_title(title, sizeof(title));
	pr_info("frontswap enabled, RAM provided by %s\n", title);
	return 0;
}

static void __exit fsw_exit(void)
{
	fsw_debugfs_exit();
	fsw_detach();
}

module_init(fsw_init);
module_exit(fsw_exit);
TMEM_IMPORT_NS;
MODULE_SOFTDEP("pre: tmem_xen tmem_zcache");
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Transcendent memory frontend for swap");
