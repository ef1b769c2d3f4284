// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - tmem_memcached.ko, bytes of cold pages to memcached and back
 *
 * Purpose: carry values for a store, by <tmem/remote.h>.  The order of init is
 * the order of layers: servers, who tells that the machine is another one, and
 * last the carrier, after which values come.
 *
 * Unloading is safe at any time: unregistering the carrier waits for calls
 * under way, for a deadline at most, and after that nobody but the servers'
 * threads is in this module, which are stopped.
 */
#define pr_fmt(fmt) "tmem_memcached: " fmt

#include <compat/module.h>
#include "memcached.h"

static int __init mc_init(void)
{
	int ret = mc_params_start();

	if (ret)
		goto err;
	ret = mc_forget_init();
	if (ret)
		goto err_params;
	mc_debugfs_init();
	ret = tmem_register_remote(&mc_carrier);
	if (ret)
		goto err_debugfs;
	return 0;

err_debugfs:
	mc_debugfs_exit();
	mc_forget_exit();
err_params:
	mc_params_stop();
err:
	pr_err("not loaded: error %d\n", ret);
	return ret;
}

static void __exit mc_exit(void)
{
	tmem_unregister_remote(&mc_carrier);
	mc_debugfs_exit();
	mc_forget_exit();
	mc_params_stop();
}

module_init(mc_init);
module_exit(mc_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Transcendent memory: bytes of cold pages to memcached and back");
TMEM_IMPORT_NS;
