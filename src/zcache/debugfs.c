// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/tmem/zcache/: a file for every figure; and
 * /sys/kernel/tmem/zcache/: those that tools may rely on
 *
 * Purpose: show what the store holds and does; names and units in ABI.txt.
 *
 * Why this design: one table; "stats" shows all of it at once, as name and
 * value.
 *
 * Locking: none of its own.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/stddef.h>
#include <tmem/backend.h>
#include "remote.h"
#include "zcache.h"

static struct dentry *dir;
static struct tmem_sysfs_dir *sysfs_dir;

static long eviction_figure(size_t offset)
{
	struct zc_evict_figures f;

	zc_evict_get_figures(&f);
	return *(unsigned long *)((char *)&f + offset);
}

static long zs_bytes(size_t unused)
{
	return zc_zs_pages() << PAGE_SHIFT;
}

static long metadata_bytes(size_t unused)
{
	return zc_room_metadata();
}

static long used_bytes(size_t unused)
{
	return zc_room_used();
}

static long reclaimable_bytes(size_t unused)
{
	return zc_meminfo_told() << PAGE_SHIFT;
}

static long limit_bytes(size_t unused)
{
	return zc_room_limit();
}

static long slow_disks(size_t unused)
{
	return zc_room_is_slow();
}

/* All pages in the store count, however they are held. */
static long ratio_percent(size_t unused)
{
	long pages = zc_stat_read(eph_pages) + zc_stat_read(pers_pages);

	return pages > 0 ? zc_stat_read(stored_bytes) * 100 /
			   (pages << PAGE_SHIFT) : 0;
}

#define COUNTER(name) \
	{ #name, zc_stat_sum, offsetof(struct zc_stats, name) }
#define POLICY(name, field) \
	{ name, eviction_figure, offsetof(struct zc_evict_figures, field) }

static const struct tmem_figure figures[] = {
	COUNTER(eph_pages),
	COUNTER(pers_pages),
	COUNTER(same_filled),
	COUNTER(raw_pages),
	COUNTER(duplicates),
	COUNTER(stored_bytes),
	{ "zs_bytes", zs_bytes, 0 },
	{ "metadata_bytes", metadata_bytes, 0 },
	{ "used_bytes", used_bytes, 0 },
	{ "limit_bytes", limit_bytes, 0 },
	{ "reclaimable_bytes", reclaimable_bytes, 0 },
	{ "ratio_percent", ratio_percent, 0 },
	COUNTER(chunks),
	COUNTER(chunk_pages),
	COUNTER(recompressed),
	COUNTER(chunk_reads),
	COUNTER(zpages),
	COUNTER(objs),
	COUNTER(objnodes),
	COUNTER(dedup_nodes),
	POLICY("shards", shards),
	POLICY("small_pages", small),
	POLICY("main_pages", main),
	POLICY("tenant_pages", tenants),
	POLICY("copied_pages", copied),
	POLICY("ghost_hits", ghost_hits),
	POLICY("promotions", promotions),
	POLICY("filled", filled),
	{ "slow_disks", slow_disks, 0 },
	POLICY("poor", poor),
	POLICY("pays", pays),
	POLICY("window_bought", bought),
	POLICY("window_hits", window_hits),
	POLICY("harms", harms),
	POLICY("saved", saved),
	POLICY("wasted", wasted),
	POLICY("lost", lost),
	COUNTER(evicted_small),
	COUNTER(evicted_main),
	COUNTER(evicted_tenants),
	COUNTER(evicted_copied),
	COUNTER(evicted_limit),
	COUNTER(evicted_reserve),
	COUNTER(evicted_swap),
	COUNTER(evicted_nomem),
	COUNTER(evicted_shrinker),
	COUNTER(evicted_oom),
	COUNTER(evicted_trim),
	COUNTER(evicted_idle),
	COUNTER(reject_nomem),
	COUNTER(reject_limit),
	COUNTER(reject_reserve),
	COUNTER(reject_container),
	COUNTER(reject_incompressible),
	COUNTER(eph_hits),
	COUNTER(deferred),
	COUNTER(stalls),
	COUNTER(moved_together),
	COUNTER(corrupt),
};

static const struct tmem_figure stable[] = {
	COUNTER(eph_pages),
	COUNTER(pers_pages),
	COUNTER(stored_bytes),
	{ "used_bytes", used_bytes, 0 },
	{ "limit_bytes", limit_bytes, 0 },
	COUNTER(evicted_limit),
	COUNTER(evicted_reserve),
	COUNTER(evicted_swap),
	COUNTER(evicted_nomem),
	COUNTER(evicted_shrinker),
	COUNTER(evicted_oom),
	COUNTER(evicted_trim),
	COUNTER(evicted_idle),
	COUNTER(reject_nomem),
	COUNTER(reject_limit),
	COUNTER(reject_reserve),
	COUNTER(reject_incompressible),
	COUNTER(stalls),
	COUNTER(corrupt),
};

static int figure_show(struct seq_file *m, void *unused)
{
	const struct tmem_figure *f = m->private;

	seq_printf(m, "%ld\n", f->read(f->offset));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(figure);

static int stats_show(struct seq_file *m, void *unused)
{
	const struct tmem_figure *f;

	for (f = figures; f < figures + ARRAY_SIZE(figures); f++)
		seq_printf(m, "%s %ld\n", f->name, f->read(f->offset));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int containers_show(struct seq_file *m, void *unused)
{
	return zc_container_show(m);
}
DEFINE_SHOW_ATTRIBUTE(containers);

static int remote_show(struct seq_file *m, void *unused)
{
	zc_remote_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(remote);

/**
 * zc_debugfs_init - create both directories, those that can be
 *
 * Context: process; may sleep.
 */
void zc_debugfs_init(void)
{
	struct dentry *root = tmem_debugfs_root();
	const struct tmem_figure *f;

	sysfs_dir = tmem_sysfs_add("zcache", stable, ARRAY_SIZE(stable));
	if (IS_ERR_OR_NULL(root))
		return;
	dir = debugfs_create_dir("zcache", root);
	for (f = figures; f < figures + ARRAY_SIZE(figures); f++)
		debugfs_create_file(f->name, 0444, dir, (void *)f,
				    &figure_fops);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	debugfs_create_file("containers", 0444, dir, NULL, &containers_fops);
	debugfs_create_file("remote", 0444, dir, NULL, &remote_fops);
}

/**
 * zc_debugfs_exit - remove them; nobody reads them when this returns
 *
 * Context: process; may sleep.
 */
void zc_debugfs_exit(void)
{
	tmem_sysfs_remove(sysfs_dir);
	debugfs_remove_recursive(dir);
	sysfs_dir = NULL;
	dir = NULL;
}
