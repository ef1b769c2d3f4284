// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - tmem_xen.ko, the backend on Xen's transcendent memory
 *
 * See xen.h for the design.
 */
#define pr_fmt(fmt) "tmem_xen: " fmt

#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include "xen.h"

TMEM_TEST_SWITCH(test_hypervisor, "do not look for Xen, but wait for a test that plays it");

static int __init xen_init(void)
{
	const struct txen_hv *hv;
	int ret;

	if (test_hypervisor) {
		pr_info("waits for a hypervisor of a test\n");
	} else {
		ret = txen_hypervisor(&hv);
		if (!ret)
			ret = txen_start(hv);
		if (ret)
			return ret;
	}
	txen_debugfs_init();
	return 0;
}

static void __exit xen_exit(void)
{
	txen_debugfs_exit();
	txen_stop();
}

module_init(xen_init);
module_exit(xen_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Transcendent memory of the Xen hypervisor (4.0 to 4.12)");
TMEM_IMPORT_NS;
