// SPDX-License-Identifier: GPL-2.0
/*
 * sysctl.c - vm.frontswap
 *
 * Purpose: for people: how many pages swap holds in tmem, and fewer of them.
 *
 * Why this design: the sysctl that the first form of frontswap, preswap, had,
 * with its meaning: read, pages held; write N, bring them down to N.
 *
 * Locking: none.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <compat/sysctl.h>
#include <tmem/frontswap.h>
#include "common.h"

static int frontswap_handler(TMEM_CTL_TABLE *ctl, int write, void *buffer,
			     size_t *lenp, loff_t *ppos)
{
	/* What a write of nothing, or not from the start, leaves as it is: no fewer. */
	unsigned long value = write ? ULONG_MAX : tmem_frontswap_curr_pages();
	struct ctl_table table = {
		.procname = ctl->procname,
		.data = &value,
		.maxlen = sizeof(value),
		.mode = ctl->mode,
	};
	int ret = proc_doulongvec_minmax(&table, write, buffer, lenp, ppos);

	if (ret || !write)
		return ret;
	ret = tmem_frontswap_shrink(value);
	/* The freezer's signal, too: the write is made again after it. */
	if (ret == -EINTR)
		ret = -ERESTARTSYS;
	if (ret == -EOPNOTSUPP)
		pr_err("vm.frontswap=%lu: a swap device has no backing device to write its pages to; swapoff empties it\n",
		       value);
	return ret;
}

static struct ctl_table frontswap_table[] = {
	{
		.procname = "frontswap",
		.mode = 0644,
		.proc_handler = frontswap_handler,
	},
	TMEM_CTL_TABLE_END
};

static struct ctl_table_header *header;

/**
 * fsw_sysctl_init - make it
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM, or if there is a sysctl of this name.
 */
int fsw_sysctl_init(void)
{
	header = register_sysctl("vm", frontswap_table);
	return header ? 0 : -ENOMEM;
}

/**
 * fsw_sysctl_exit - remove it; nobody is in it when this returns
 *
 * Context: process; may sleep.
 */
void fsw_sysctl_exit(void)
{
	unregister_sysctl_table(header);
}
