// SPDX-License-Identifier: GPL-2.0
/*
 * attach.c - attachment by a block device of our own
 *
 * Purpose: the order in which the parts of the swap device start and stop.
 *
 * Why this design: what disks need is there before the first one, and goes
 * after the last one.
 *
 * Locking: none.
 */
#include "frontswap.h"

/**
 * fsw_attach - begin to offer swap devices
 * @devices: how many to begin with
 *
 * Context: process; sleeps.
 * Return: 0; or an errno with everything undone.
 */
int fsw_attach(unsigned int devices)
{
	int ret;

	ret = fsw_bio_init();
	if (ret)
		return ret;
	ret = fsw_wb_init();
	if (ret)
		goto err_bio;
	ret = fsw_pool_init();
	if (ret)
		goto err_wb;
	ret = fsw_home_init();
	if (ret)
		goto err_pool;
	ret = fsw_suspend_init();
	if (ret)
		goto err_home;
	ret = fsw_sysctl_init();
	if (ret)
		goto err_suspend;
	ret = fsw_control_init(devices);
	if (ret)
		goto err_sysctl;
	return 0;

err_sysctl:
	fsw_sysctl_exit();
err_suspend:
	fsw_suspend_exit();
err_home:
	fsw_home_exit();
err_pool:
	fsw_pool_exit();
err_wb:
	fsw_wb_exit();
err_bio:
	fsw_bio_exit();
	return ret;
}

/**
 * fsw_detach - end it; no disk is open
 *
 * Context: process; sleeps.
 */
void fsw_detach(void)
{
	fsw_sysctl_exit();
	fsw_suspend_exit();
	fsw_control_exit();
	fsw_home_exit();
	fsw_pool_exit();
	fsw_wb_exit();
	fsw_bio_exit();
}
