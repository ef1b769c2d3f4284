// SPDX-License-Identifier: GPL-2.0
/*
 * attach.c - attachment by our own hooks
 *
 * Purpose: the order in which the parts of our own hooks start and stop.
 *
 * Why this design: see cleancache.h.  Pools come before the hooks that use
 * them.  On the way out nothing is hooked any more before the pools go, and
 * what hooked code may still be running is waited for before its data goes.
 *
 * Locking: none.
 */
#include <linux/debugfs.h>
#include "cleancache.h"

static struct tmem_frontend frontend = {
	.name = "cleancache",
	.up = cc_fs_backend_up,
	.down = cc_fs_backend_down,
};

/**
 * cc_attach - begin to put and get pages
 *
 * Context: process; sleeps.
 * Return: 0; or an errno with everything undone, see cc_hooks_init().
 */
int cc_attach(void)
{
	int ret;

	ret = cc_fs_init();
	if (ret)
		return ret;
	ret = cc_inode_init();
	if (ret)
		goto err_fs;
	ret = tmem_register_frontend(&frontend);
	if (ret)
		goto err_inode;
	ret = cc_hooks_init();
	if (ret)
		goto err_frontend;
	return 0;

err_frontend:
	tmem_unregister_frontend(&frontend);
err_inode:
	cc_inode_exit();
err_fs:
	cc_fs_exit();
	return ret;
}

static int disks_show(struct seq_file *m, void *unused)
{
	u32 put_ns, get_ns;

	cc_cost_prices(&put_ns, &get_ns);
	seq_printf(m, "page %u %u\n", put_ns, get_ns);
	cc_fs_show_disks(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(disks);

/**
 * cc_attach_debugfs - files that only this attachment has
 * @dir: where; removed with what is in it
 *
 * Context: process.
 */
void cc_attach_debugfs(struct dentry *dir)
{
	debugfs_create_file("disks", 0444, dir, NULL, &disks_fops);
}

/**
 * cc_detach - end it
 *
 * On return no code of the module is reached from the kernel, and no page of
 * it is in any store.
 *
 * Context: process; sleeps.
 */
void cc_detach(void)
{
	cc_hooks_detach();
	tmem_unregister_frontend(&frontend);
	cc_hooks_exit();
	cc_put_exit();
	cc_inode_exit();
	cc_fs_exit();
}
