// SPDX-License-Identifier: GPL-2.0
/*
 * params.c - tunables of the store: /sys/module/tmem_zcache/parameters/
 *
 * Purpose: what may be set, when the module is loaded or later; see ABI.txt.
 *
 * Why this design: module parameters work at load time, on the kernel's
 * command line and in sysfs alike.  A setter refuses what makes no sense with
 * a message that names the parameter and what it takes, and changes nothing
 * then.  What a value needs is allocated before the value is set.
 *
 * Locking: the kernel calls setters one at a time, under the module's
 * parameter lock, which start and stop take too: setters run before the
 * module's init, when there is nothing yet to apply a value to.
 */
#define pr_fmt(fmt) "tmem_zcache: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <compat/test_export.h>
#include <tmem/param.h>
#include "remote.h"
#include "zcache.h"

/*
 * For sources at 45 % of their size, 60 % of RAM hold 1.3 times the RAM, and
 * leave the page cache and everybody else what room.c wants them to have.
 */
#define DEFAULT_PERCENT 65

/* Four containers that read all the time fill the store. */
#define DEFAULT_CONTAINER_PERCENT 25

/* For 2 % of RAM, as many pages as 2.5 times RAM have can be elsewhere. */
#define DEFAULT_REMOTE_PERCENT 2
/* Of one CPU's time; a cold page costs some 80 us of it, once: 600 a second. */
#define DEFAULT_RECOMPRESS 5

struct zc_params zc_params = {
	.compressor = COMP_LZ4,
	.dedup = DEDUP_OFF,
	.incompressible = INCOMPRESSIBLE_SWAP,
	.max_percent = DEFAULT_PERCENT,
	.container_percent = DEFAULT_CONTAINER_PERCENT,
	.remote_max_percent = DEFAULT_REMOTE_PERCENT,
	.recompress_percent = DEFAULT_RECOMPRESS,
};
TMEM_EXPORT_FOR_TEST(zc_params);

static bool started;

static int compressor_set(const char *val, const struct kernel_param *kp)
{
	int id = zc_comp_find(val), ret = 0;

	if (id < 0) {
		pr_err("parameter compressor=%s: takes lz4 or zstd\n", val);
		return id;
	}
	if (started)
		ret = zc_comp_enable(id);
	if (!ret)
		WRITE_ONCE(zc_params.compressor, id);
	return ret;
}

static int compressor_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", zc_comp_name(zc_params.compressor));
}

static const struct kernel_param_ops compressor_ops = {
	.set = compressor_set,
	.get = compressor_get,
};

/* Compressor of pages that are put from now on: lz4 or zstd. */
module_param_cb(compressor, &compressor_ops, NULL, 0644);
MODULE_PARM_DESC(compressor, "compressor of new pages: lz4 (default), zstd");

static const char *const dedup_names[] = {
	[DEDUP_OFF] = "off",
	[DEDUP_CLIENT] = "client",
	[DEDUP_ALL] = "all",
};

static int dedup_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(dedup_names, val), ret = 0;

	if (i < 0) {
		pr_err("parameter dedup=%s: takes off, client or all\n", val);
		return i;
	}
	if (started && i != DEDUP_OFF)
		ret = zc_dedup_enable();
	if (!ret)
		WRITE_ONCE(zc_params.dedup, i);
	return ret;
}

static int dedup_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", dedup_names[zc_params.dedup]);
}

static const struct kernel_param_ops dedup_ops = {
	.set = dedup_set,
	.get = dedup_get,
};

/* Store identical pages once: off, client (within one), all (across them). */
module_param_cb(dedup, &dedup_ops, NULL, 0644);
MODULE_PARM_DESC(dedup, "store identical pages once: off (default), client, all (leaks between clients what they store)");

static const char *const incompressible_names[] = {
	[INCOMPRESSIBLE_REFUSE] = "refuse",
	[INCOMPRESSIBLE_SWAP] = "swap",
	[INCOMPRESSIBLE_KEEP] = "keep",
};

static int incompressible_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(incompressible_names, val);

	if (i < 0) {
		pr_err("parameter incompressible=%s: takes refuse, swap or keep\n",
		       val);
		return i;
	}
	WRITE_ONCE(zc_params.incompressible, i);
	return 0;
}

static int incompressible_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n",
			  incompressible_names[zc_params.incompressible]);
}

static const struct kernel_param_ops incompressible_ops = {
	.set = incompressible_set,
	.get = incompressible_get,
};

/*
 * Pages that would take a page of memory in the store: refuse them, keep those
 * of swap, or keep them all.
 */
module_param_cb(incompressible, &incompressible_ops, NULL, 0644);
MODULE_PARM_DESC(incompressible, "pages that do not compress: refuse, swap (default: keep those of swap without a disk below), keep");

/* A limit has changed. */
static void apply_limit(void)
{
	/* If that fails the old table serves on, at its size. */
	zc_shards_resize();
	zc_remote_fit();
	zc_room_trim();
}

/* A container may have nothing any more. */
static void apply_container(void)
{
	while (!zc_params.container_percent && zc_evict_tenant(0, WHY_TRIM))
		cond_resched();
}

/**
 * struct zc_param - a parameter that is a number
 * @percent: where it is, if it is in percent
 * @bytes: or in bytes
 * @least: what it takes, from; percent
 * @most: to
 * @of: of what; for the log
 * @prepare: what has to be there for it, else it stays as it was; 0 or an errno
 * @changed: what follows from it
 *
 * The last two are left to zc_params_start() while the module is being loaded.
 */
struct zc_param {
	unsigned int *percent;
	u64 *bytes;
	unsigned int least, most;
	const char *of;
	int (*prepare)(unsigned int n);
	void (*changed)(void);
};

static int percent_set(const char *val, const struct kernel_param *kp)
{
	const struct zc_param *p = kp->arg;
	unsigned int n;
	int ret;

	ret = tmem_param_uint(kp->name, val, p->least, p->most, p->of, &n);
	if (!ret && started && p->prepare)
		ret = p->prepare(n);
	if (ret)
		return ret;
	WRITE_ONCE(*p->percent, n);
	if (started && p->changed)
		p->changed();
	return 0;
}

static int percent_get(char *buf, const struct kernel_param *kp)
{
	const struct zc_param *p = kp->arg;

	return sysfs_emit(buf, "%u\n", *p->percent);
}

static const struct kernel_param_ops percent_ops = {
	.set = percent_set,
	.get = percent_get,
};

static int bytes_set(const char *val, const struct kernel_param *kp)
{
	const struct zc_param *p = kp->arg;
	u64 n;

	if (tmem_param_bytes(kp->name, val, &n))
		return -EINVAL;
	WRITE_ONCE(*p->bytes, n);
	if (started)
		p->changed();
	return 0;
}

static int bytes_get(char *buf, const struct kernel_param *kp)
{
	const struct zc_param *p = kp->arg;

	return sysfs_emit(buf, "%llu\n", *p->bytes);
}

static const struct kernel_param_ops bytes_ops = {
	.set = bytes_set,
	.get = bytes_get,
};

/* The most that the store may take, metadata included; percent of RAM. */
static struct zc_param max_percent = {
	.percent = &zc_params.max_percent,
	.least = 1,
	.most = 100,
	.of = " (percent of RAM)",
	.changed = apply_limit,
};
module_param_cb(max_percent, &percent_ops, &max_percent, 0644);
MODULE_PARM_DESC(max_percent, "most memory that the store takes, in percent of RAM: 1 to 100 (default 65)");

/* The same in bytes; the smaller one counts; 0: only max_percent does. */
static struct zc_param max_bytes = {
	.bytes = &zc_params.max_bytes,
	.changed = apply_limit,
};
module_param_cb(max_bytes, &bytes_ops, &max_bytes, 0644);
MODULE_PARM_DESC(max_bytes, "most memory that the store takes, in bytes; 0 (default): max_percent alone counts");

/*
 * What a container (a cgroup with a limit of memory) that is at its own limit
 * may have in the store; percent of the store's limit, 0: nothing.
 */
static struct zc_param container_percent = {
	.percent = &zc_params.container_percent,
	.most = 100,
	.of = " (percent of the store's limit)",
	.changed = apply_container,
};
module_param_cb(container_percent, &percent_ops, &container_percent, 0644);
MODULE_PARM_DESC(container_percent, "file pages that a cgroup at its own limit may have in the store, in percent of the store's limit: 0 to 100 (default 25)");

static int exclude_cgroups_set(const char *val, const struct kernel_param *kp)
{
	return zc_container_exclude(val);
}

static int exclude_cgroups_get(char *buf, const struct kernel_param *kp)
{
	return zc_container_excluded(buf, PAGE_SIZE);
}

/* Also if the module is not loaded in the end. */
static void exclude_cgroups_free(void *arg)
{
	zc_container_include_all();
}

static const struct kernel_param_ops exclude_cgroups_ops = {
	.set = exclude_cgroups_set,
	.get = exclude_cgroups_get,
	.free = exclude_cgroups_free,
};

/* Cgroups whose file pages are not put, and those below them: their paths. */
module_param_cb(exclude_cgroups, &exclude_cgroups_ops, NULL, 0644);
MODULE_PARM_DESC(exclude_cgroups, "cgroups (of version 2) whose file pages are not put: paths below /sys/fs/cgroup, separated by commas");

/*
 * RAM that the descriptors of pages elsewhere may take, which bounds how many
 * there are; percent of RAM, 0: none go.
 */
static struct zc_param remote_max_percent = {
	.percent = &zc_params.remote_max_percent,
	.most = 25,
	.of = " (percent of RAM)",
	.changed = zc_remote_trim,
};
module_param_cb(remote_max_percent, &percent_ops, &remote_max_percent, 0644);
MODULE_PARM_DESC(remote_max_percent, "RAM for the descriptors of file pages that are elsewhere, in percent of RAM: 0 (none go) to 25 (default 2)");

/* Data of pages that may be elsewhere, in bytes; 0: no limit. */
static struct zc_param remote_max_bytes = {
	.bytes = &zc_params.remote_max_bytes,
	.changed = zc_remote_trim,
};
module_param_cb(remote_max_bytes, &bytes_ops, &remote_max_bytes, 0644);
MODULE_PARM_DESC(remote_max_bytes, "data of file pages that may be elsewhere, in bytes; 0 (default): remote_max_percent alone counts");

/* What compressing cold pages again may take; percent of one CPU's time. */
static struct zc_param recompress_percent = {
	.percent = &zc_params.recompress_percent,
	.most = 100,
	.of = " (percent of the time of one CPU)",
	.prepare = zc_recomp_set,
};
module_param_cb(recompress_percent, &percent_ops, &recompress_percent, 0644);
MODULE_PARM_DESC(recompress_percent, "time that compressing cold pages again may take, in percent of one CPU: 0 (never) to 100, default 5");

static const struct kernel_param_ops remote_always_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = param_set_bool,
	.get = param_get_bool,
};

/* Where it is not time that is to be saved, but the disk that is to be spared. */
module_param_cb(remote_always, &remote_always_ops, &zc_params.remote_always, 0644);
MODULE_PARM_DESC(remote_always, "fetch file pages that are elsewhere from there even if their disk is faster (default: no)");

#ifdef TMEM_TEST_BUILD
/**
 * zc_params_set - set a parameter, for tests
 * @name: which
 * @val: the value
 *
 * Context: process; may sleep.
 * Return: what writing to its file would; -ENOENT if there is none.
 */
int zc_params_set(const char *name, const char *val)
{
	static const struct {
		const char *name;
		const struct kernel_param_ops *ops;
		struct zc_param *arg;
	} table[] = {
		{ "compressor", &compressor_ops },
		{ "dedup", &dedup_ops },
		{ "incompressible", &incompressible_ops },
		{ "exclude_cgroups", &exclude_cgroups_ops },
		{ "max_percent", &percent_ops, &max_percent },
		{ "max_bytes", &bytes_ops, &max_bytes },
		{ "container_percent", &percent_ops, &container_percent },
		{ "remote_max_percent", &percent_ops, &remote_max_percent },
		{ "remote_max_bytes", &bytes_ops, &remote_max_bytes },
		{ "recompress_percent", &percent_ops, &recompress_percent },
	};
	int i, ret = -ENOENT;

	kernel_param_lock(THIS_MODULE);
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct kernel_param kp = {
			.name = name,
			.ops = table[i].ops,
			.arg = table[i].arg,
		};

		if (!strcmp(table[i].name, name))
			ret = kp.ops->set(val, &kp);
	}
	kernel_param_unlock(THIS_MODULE);
	return ret;
}
TMEM_EXPORT_FOR_TEST(zc_params_set);
#endif

/**
 * zc_params_start - give the values that were set so far what they need
 *
 * From here on setters do that themselves.
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_params_start(void)
{
	int ret;

	kernel_param_lock(THIS_MODULE);
	ret = zc_comp_enable(zc_params.compressor);
	if (!ret && zc_params.dedup != DEDUP_OFF)
		ret = zc_dedup_enable();
	if (!ret)
		ret = zc_shards_resize();
	if (!ret)
		ret = zc_recomp_set(zc_params.recompress_percent);
	started = !ret;
	kernel_param_unlock(THIS_MODULE);
	return ret;
}

/**
 * zc_params_ephemeral - there is going to be a pool of ephemeral pages
 *
 * Context: process; may sleep.
 */
void zc_params_ephemeral(void)
{
	kernel_param_lock(THIS_MODULE);
	zc_shards_want_ghost();
	kernel_param_unlock(THIS_MODULE);
}

/**
 * zc_params_stop - setters only note their value from here on
 *
 * Context: process; may sleep.
 */
void zc_params_stop(void)
{
	kernel_param_lock(THIS_MODULE);
	started = false;
	kernel_param_unlock(THIS_MODULE);
}
