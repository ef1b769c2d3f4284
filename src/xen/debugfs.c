// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/tmem/xen/stats
 *
 * Purpose: what went otherwise than asked, for operators and tests.
 *
 * Locking: none; each figure is right, all of them together are a snapshot.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/seq_file.h>
#include <tmem/backend.h>
#include "xen.h"

static const char *const event_names[TXEN_EVENTS] = {
	[TXEN_PUT_NOMEM] = "put_nomem",
	[TXEN_PUT_FROZEN] = "put_frozen",
	[TXEN_PUT_ERRORS] = "put_errors",
	[TXEN_GET_ERRORS] = "get_errors",
	[TXEN_FLUSH_ERRORS] = "flush_errors",
	[TXEN_BAD_FRAMES] = "bad_frames",
	[TXEN_DOUBTS] = "doubts",
	[TXEN_POOLS_BROKEN] = "pools_broken",
	[TXEN_POOLS_LOST] = "pools_lost",
	[TXEN_POOLS_AGAIN] = "pools_again",
};

static struct dentry *dir;

static int stats_show(struct seq_file *m, void *unused)
{
	int i;

	for (i = 0; i < TXEN_EVENTS; i++)
		seq_printf(m, "%s %ld\n", event_names[i],
			   atomic_long_read(&txen_events[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * txen_debugfs_init - create the files; without debugfs there are none
 *
 * Context: process; may sleep.
 */
void txen_debugfs_init(void)
{
	struct dentry *root = tmem_debugfs_root();

	if (IS_ERR_OR_NULL(root))
		return;
	dir = debugfs_create_dir("xen", root);
	debugfs_create_file("stats", 0400, dir, NULL, &stats_fops);
}

/**
 * txen_debugfs_exit - remove them
 *
 * Context: process; sleeps.
 */
void txen_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
	dir = NULL;
}
