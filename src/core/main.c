// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - tmem.ko, the transcendent-memory core
 *
 * The module does nothing by itself: hosts embed the core (host.c, pool.c,
 * object.c, objnode.c, ops.c), backends and frontends meet in the registry
 * (backend.c), a store and who carries its bytes away in another (remote.c).
 */
#define CREATE_TRACE_POINTS
#include <compat/module.h>
#include <tmem/trace.h>
#include "core.h"

struct workqueue_struct *tmem_wq;
TMEM_EXPORT_SYMBOL(tmem_wq);

static int __init tmem_init(void)
{
	tmem_wq = alloc_workqueue("tmem", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tmem_wq)
		return -ENOMEM;
	tmem_bootwords_init();
	tmem_debugfs_init();
	tmem_sysfs_init();
	return 0;
}

static void __exit tmem_exit(void)
{
	tmem_sysfs_exit();
	tmem_debugfs_exit();
	destroy_workqueue(tmem_wq);
}

module_init(tmem_init);
module_exit(tmem_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Transcendent memory core");
