// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - tmem_zcache.ko, the embedded store
 *
 * Purpose: pages of cleancache and frontswap, compressed, in this kernel's own
 * RAM.  The order of init is the order of layers: data and its allocator, the
 * policy, the host in the core, the listeners, and last the backend, after
 * which pages come.
 *
 * Unloading is safe at any time: unregistering the backend makes frontends
 * drop their pools and waits for calls under way; after that nobody but the
 * shrinker, the OOM notifier, setters of parameters and workers can reach the
 * store, and they go, or are waited for, before what they use.
 */
#define pr_fmt(fmt) "tmem_zcache: " fmt

#include <linux/err.h>
#include <linux/mm.h>
#include <compat/module.h>
#include "remote.h"
#include "zcache.h"

static int __init zcache_init(void)
{
	int ret;

	ret = zc_room_init();
	if (ret)
		goto err;
	ret = zc_shards_init();
	if (ret)
		goto err_room;
	ret = zc_meminfo_init();
	if (ret)
		goto err_shards;
	ret = zc_zs_init();
	if (ret)
		goto err_meminfo;
	ret = zc_comp_init();
	if (ret)
		goto err_zs;
	ret = zc_dedup_init();
	if (ret)
		goto err_comp;
	ret = zc_stall_init();
	if (ret)
		goto err_dedup;
	ret = zc_page_init();
	if (ret)
		goto err_stall;
	ret = zc_remote_init();
	if (ret)
		goto err_page;
	ret = zc_host_init();
	if (ret)
		goto err_remote;
	zc_remote_start();
	ret = zc_params_start();
	if (ret)
		goto err_started;
	ret = zc_shrink_init();
	if (ret)
		goto err_params;
	zc_debugfs_init();
	ret = zc_backend_init();
	if (ret)
		goto err_debugfs;
	pr_info("%s, at most %llu MiB of %lu MiB\n",
		zc_comp_name(zc_params.compressor), zc_room_limit() >> 20,
		totalram_pages() >> (20 - PAGE_SHIFT));
	return 0;

err_debugfs:
	zc_debugfs_exit();
	zc_shrink_exit();
err_params:
	zc_params_stop();
	zc_recomp_exit();
err_started:
	zc_remote_stop();
	zc_host_exit();
err_remote:
	zc_remote_exit();
err_page:
	zc_page_exit();
err_stall:
	zc_stall_exit();
err_dedup:
	zc_chunk_exit();
	zc_dedup_exit();
err_comp:
	zc_comp_exit();
err_zs:
	zc_zs_exit();
err_meminfo:
	zc_meminfo_exit();
err_shards:
	zc_shards_exit();
err_room:
	zc_room_exit();
err:
	pr_err("not loaded: error %d\n", ret);
	return ret;
}

static void __exit zcache_exit(void)
{
	zc_backend_exit();
	zc_debugfs_exit();
	zc_shrink_exit();
	zc_params_stop();
	zc_recomp_exit();
	zc_remote_stop();
	zc_host_exit();
	zc_remote_exit();
	zc_page_exit();
	zc_stall_exit();
	zc_chunk_exit();
	zc_dedup_exit();
	zc_comp_exit();
	zc_shards_stop();
	zc_zs_exit();
	zc_meminfo_exit();
	zc_shards_exit();
	zc_room_exit();
}

module_init(zcache_init);
module_exit(zcache_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Transcendent memory: compressed store in the guest's own RAM");
TMEM_IMPORT_NS;
