// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/tmem/frontswap/
 *
 * Purpose: the historical counters loads, succ_stores, failed_stores and
 * invalidates, and our own; see struct fsw_stats.
 *
 * Why this design: kernels up to 6.6 have a /sys/kernel/debug/frontswap/ of
 * their own, which counts zswap's pages; so ours is below tmem/, and the
 * historical place is a link to it where it is free.
 *
 * Locking: none; each file is the sum over CPUs at the time of reading.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/seq_file.h>
#include <tmem/backend.h>
#include <tmem/frontswap.h>
#include "common.h"

DEFINE_PER_CPU(struct fsw_stats, fsw_stats);

static const struct fsw_counter {
	const char *name;
	size_t offset;
} counters[] = {
#define COUNTER(field) { #field, offsetof(struct fsw_stats, field) }
	COUNTER(loads),
	COUNTER(exclusive_loads),
	COUNTER(copies_used),
	COUNTER(copies_stale),
	COUNTER(succ_stores),
	COUNTER(failed_stores),
	COUNTER(invalidates),
	COUNTER(bypassed),
	COUNTER(passed),
	COUNTER(load_errors),
	COUNTER(lost_writes),
	COUNTER(backing_reads),
	COUNTER(backing_writes),
	COUNTER(backing_errors),
	COUNTER(writebacks),
	COUNTER(wb_changed),
	COUNTER(wb_errors),
	COUNTER(homecomings),
	COUNTER(departures),
	COUNTER(home_loads),
};

static struct tmem_sysfs_dir *sysfs_dir;
static struct dentry *dir;
static struct dentry *link;

static unsigned long fsw_sum(const struct fsw_counter *c)
{
	unsigned long n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(*(unsigned long *)
			       ((char *)per_cpu_ptr(&fsw_stats, cpu) + c->offset));
	return n;
}

static int counter_get(void *data, u64 *val)
{
	*val = fsw_sum(data);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(counter_fops, counter_get, NULL, "%llu\n");

/* What tools may rely on, in /sys/kernel/tmem/frontswap/. */
static long fsw_figure(size_t offset)
{
	return fsw_sum(&(struct fsw_counter){ .offset = offset });
}

static long fsw_curr_pages(size_t unused)
{
	return tmem_frontswap_curr_pages();
}

static const struct tmem_figure stable[] = {
#define STABLE(field) { #field, fsw_figure, offsetof(struct fsw_stats, field) }
	STABLE(loads),
	STABLE(succ_stores),
	STABLE(failed_stores),
	STABLE(invalidates),
	STABLE(writebacks),
	STABLE(lost_writes),
	{ "curr_pages", fsw_curr_pages, 0 },
};

static int curr_pages_get(void *data, u64 *val)
{
	*val = tmem_frontswap_curr_pages();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(curr_pages_fops, curr_pages_get, NULL, "%llu\n");

static int stats_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		seq_printf(m, "%s %lu\n", counters[i].name, fsw_sum(&counters[i]));
	seq_printf(m, "curr_pages %lu\n", tmem_frontswap_curr_pages());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* Where people look for it, unless the kernel's own is there. */
static void make_link(void)
{
	struct dentry *found = debugfs_lookup("frontswap", NULL);

	if (!IS_ERR_OR_NULL(found)) {
		dput(found);
		return;
	}
	link = debugfs_create_symlink("frontswap", NULL, "tmem/frontswap");
}

/**
 * fsw_debugfs_init - create the directory; without debugfs, do nothing
 *
 * Context: process; may sleep.
 */
void fsw_debugfs_init(void)
{
	struct dentry *root = tmem_debugfs_root();
	unsigned int i;

	sysfs_dir = tmem_sysfs_add("frontswap", stable, ARRAY_SIZE(stable));
	if (IS_ERR_OR_NULL(root))
		return;
	dir = debugfs_create_dir("frontswap", root);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		debugfs_create_file(counters[i].name, 0444, dir,
				    (void *)&counters[i], &counter_fops);
	debugfs_create_file("curr_pages", 0444, dir, NULL, &curr_pages_fops);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	make_link();
}

/**
 * fsw_debugfs_exit - remove it; nobody reads it when this returns
 *
 * Context: process; may sleep.
 */
void fsw_debugfs_exit(void)
{
	tmem_sysfs_remove(sysfs_dir);
	sysfs_dir = NULL;
	debugfs_remove(link);
	debugfs_remove_recursive(dir);
	link = NULL;
	dir = NULL;
}
