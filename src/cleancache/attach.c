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
#include "cleancache.h"

static struct tmem_frontend frontend = {
	.owner = THIS_MODULE,
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
