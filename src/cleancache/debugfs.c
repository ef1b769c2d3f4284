// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/cleancache/
 *
 * Purpose: the historical counters succ_gets, failed_gets, puts and
 * invalidates, and our own; see struct cc_stats.
 *
 * Why this design: a kernel with cleancache of its own has the directory and
 * the historical counters already; what is there is left as it is.
 *
 * Locking: none; each file is the sum over CPUs at the time of reading.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "common.h"

DEFINE_PER_CPU(struct cc_stats, cc_stats);
DEFINE_PER_CPU(struct cc_times, cc_times);

static const struct {
	const char *name;
	size_t offset;
} counters[] = {
#define COUNTER(field) { #field, offsetof(struct cc_stats, field) }
	COUNTER(succ_gets),
	COUNTER(failed_gets),
	COUNTER(puts),
	COUNTER(invalidates),
	COUNTER(put_refused),
	COUNTER(put_busy),
	COUNTER(put_norecord),
	COUNTER(put_incompressible_file),
	COUNTER(put_no_room),
	COUNTER(put_container),
	COUNTER(put_no_gain),
	COUNTER(put_no_evidence),
	COUNTER(put_cheap),
	COUNTER(put_unfit),
	COUNTER(put_cancelled),
	COUNTER(get_pending),
	COUNTER(get_errors),
	COUNTER(get_unused),
	COUNTER(ring_hits),
	COUNTER(attached),
};

/* What tools may rely on, in /sys/kernel/tmem/cleancache/. */
static long cc_figure(size_t offset)
{
	return cc_stat_sum(offset);
}

static long cc_milliseconds(size_t offset)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*(unsigned long *)
				 ((void *)per_cpu_ptr(&cc_times, cpu) +
				  offset));
	return sum / NSEC_PER_MSEC;
}

static const struct tmem_figure stable[] = {
#define TIME(name, field) \
	{ #name, cc_milliseconds, offsetof(struct cc_times, field) }
	TIME(spent_ms, spent_ns),
	TIME(saved_ms, saved_ns),
#define STABLE(field) { #field, cc_figure, offsetof(struct cc_stats, field) }
	STABLE(succ_gets),
	STABLE(failed_gets),
	STABLE(puts),
	STABLE(invalidates),
	STABLE(put_refused),
};

static struct tmem_sysfs_dir *sysfs_dir;
static struct dentry *root;
static struct dentry *files[ARRAY_SIZE(counters)];
static bool root_is_ours;

/**
 * cc_stat_sum - one statistic, summed over CPUs
 * @offset: of its counter in struct cc_stats
 *
 * Context: any.
 * Return: the sum.
 */
unsigned long cc_stat_sum(size_t offset)
{
	const unsigned long *counter;
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		counter = (void *)per_cpu_ptr(&cc_stats, cpu) + offset;
		sum += READ_ONCE(*counter);
	}
	return sum;
}
TMEM_EXPORT_FOR_TEST(cc_stat_sum);

static int counter_get(void *data, u64 *val)
{
	*val = cc_stat_sum((size_t)data);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(counter_fops, counter_get, NULL, "%llu\n");

static bool cc_exists(const char *name, struct dentry *parent)
{
	struct dentry *found = debugfs_lookup(name, parent);

	if (IS_ERR_OR_NULL(found))
		return false;
	dput(found);
	return true;
}

/**
 * cc_debugfs_init - create the directory
 *
 * Context: process.
 */
void cc_debugfs_init(void)
{
	unsigned int i;

	root = debugfs_lookup("cleancache", NULL);
	root_is_ours = IS_ERR_OR_NULL(root);
	if (root_is_ours)
		root = debugfs_create_dir("cleancache", NULL);
	/* elsewhere the historical ones are the kernel's */
	if (root_is_ours) {
		sysfs_dir = tmem_sysfs_add("cleancache", stable,
					   ARRAY_SIZE(stable));
		cc_attach_debugfs(root);
	}
	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		if (!root_is_ours && cc_exists(counters[i].name, root))
			continue;
		files[i] = debugfs_create_file_unsafe(counters[i].name, 0444,
						      root,
						      (void *)counters[i].offset,
						      &counter_fops);
	}
}

/**
 * cc_debugfs_exit - remove it
 *
 * Context: process.
 */
void cc_debugfs_exit(void)
{
	unsigned int i;

	tmem_sysfs_remove(sysfs_dir);
	sysfs_dir = NULL;
	if (root_is_ours) {
		debugfs_remove_recursive(root);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_remove(files[i]);
	dput(root);
}
