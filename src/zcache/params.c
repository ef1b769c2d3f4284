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

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <compat/test_export.h>
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
	if (!started)
		return;
	/* If that fails the old table serves on, at its size. */
	zc_shards_resize();
	zc_remote_fit();
	zc_room_trim();
}

/* A number of percent of something; else says what it takes. */
static int parse_percent(const char *name, const char *val, unsigned int least,
			 unsigned int most, const char *of, unsigned int *n)
{
	if (!kstrtouint(val, 0, n) && *n >= least && *n <= most)
		return 0;
	pr_err("parameter %s=%s: takes %u to %u (percent of %s)\n", name, val,
	       least, most, of);
	return -EINVAL;
}

static int max_percent_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (parse_percent("max_percent", val, 1, 100, "RAM", &n))
		return -EINVAL;
	WRITE_ONCE(zc_params.max_percent, n);
	apply_limit();
	return 0;
}

static int max_percent_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", zc_params.max_percent);
}

static const struct kernel_param_ops max_percent_ops = {
	.set = max_percent_set,
	.get = max_percent_get,
};

/* The most that the store may take, metadata included; percent of RAM. */
module_param_cb(max_percent, &max_percent_ops, NULL, 0644);
MODULE_PARM_DESC(max_percent, "most memory that the store takes, in percent of RAM: 1 to 100 (default 65)");

/* memparse() wraps, and takes what is no number for 0. */
static int parse_bytes(const char *val, u64 *bytes)
{
	static const char units[] = "KMGTPE";
	const char *unit;
	unsigned int shift = 0;
	char buf[32], *num;
	size_t len;
	u64 n;

	if (strscpy(buf, val, sizeof(buf)) < 0)
		return -EINVAL;
	num = strim(buf);
	len = strlen(num);
	if (!len || !isdigit(num[0]))
		return -EINVAL;
	/* In hexadecimal, E is a digit. */
	unit = strchr(units, toupper(num[len - 1]));
	if (unit && !(num[1] == 'x' && isxdigit(num[len - 1]))) {
		shift = 10 * (unit - units + 1);
		num[len - 1] = '\0';
	}
	if (kstrtou64(num, 0, &n) || n > (u64)S64_MAX >> shift)
		return -EINVAL;
	*bytes = n << shift;
	return 0;
}

/* A limit in bytes; else says what it takes. */
static int parse_limit(const char *name, const char *val, u64 *bytes)
{
	if (!parse_bytes(val, bytes))
		return 0;
	pr_err("parameter %s=%s: takes a number of bytes below 8E, with K, M, G, T, P or E if you like, or 0 for no limit\n",
	       name, val);
	return -EINVAL;
}

static int max_bytes_set(const char *val, const struct kernel_param *kp)
{
	u64 n;

	if (parse_limit("max_bytes", val, &n))
		return -EINVAL;
	WRITE_ONCE(zc_params.max_bytes, n);
	apply_limit();
	return 0;
}

static int max_bytes_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%llu\n", zc_params.max_bytes);
}

static const struct kernel_param_ops max_bytes_ops = {
	.set = max_bytes_set,
	.get = max_bytes_get,
};

/* The same in bytes; the smaller one counts; 0: only max_percent does. */
module_param_cb(max_bytes, &max_bytes_ops, NULL, 0644);
MODULE_PARM_DESC(max_bytes, "most memory that the store takes, in bytes; 0 (default): max_percent alone counts");

static int container_percent_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (parse_percent("container_percent", val, 0, 100,
			  "the store's limit", &n))
		return -EINVAL;
	WRITE_ONCE(zc_params.container_percent, n);
	while (!n && started && zc_evict_tenant(0, WHY_TRIM))
		cond_resched();
	return 0;
}

static int container_percent_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", zc_params.container_percent);
}

static const struct kernel_param_ops container_percent_ops = {
	.set = container_percent_set,
	.get = container_percent_get,
};

/*
 * What a container (a cgroup with a limit of memory) that is at its own limit
 * may have in the store; percent of the store's limit, 0: nothing.
 */
module_param_cb(container_percent, &container_percent_ops, NULL, 0644);
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

static int remote_max_percent_set(const char *val,
				  const struct kernel_param *kp)
{
	unsigned int n;

	if (parse_percent("remote_max_percent", val, 0, 25, "RAM", &n))
		return -EINVAL;
	WRITE_ONCE(zc_params.remote_max_percent, n);
	if (started)
		zc_remote_trim();
	return 0;
}

static int remote_max_percent_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", zc_params.remote_max_percent);
}

static const struct kernel_param_ops remote_max_percent_ops = {
	.set = remote_max_percent_set,
	.get = remote_max_percent_get,
};

/*
 * RAM that the descriptors of pages elsewhere may take, which bounds how many
 * there are; percent of RAM, 0: none go.
 */
module_param_cb(remote_max_percent, &remote_max_percent_ops, NULL, 0644);
MODULE_PARM_DESC(remote_max_percent, "RAM for the descriptors of file pages that are elsewhere, in percent of RAM: 0 (none go) to 25 (default 2)");

static int remote_max_bytes_set(const char *val, const struct kernel_param *kp)
{
	u64 n;

	if (parse_limit("remote_max_bytes", val, &n))
		return -EINVAL;
	WRITE_ONCE(zc_params.remote_max_bytes, n);
	if (started)
		zc_remote_trim();
	return 0;
}

static int remote_max_bytes_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%llu\n", zc_params.remote_max_bytes);
}

static const struct kernel_param_ops remote_max_bytes_ops = {
	.set = remote_max_bytes_set,
	.get = remote_max_bytes_get,
};

/* Data of pages that may be elsewhere, in bytes; 0: no limit. */
module_param_cb(remote_max_bytes, &remote_max_bytes_ops, NULL, 0644);
MODULE_PARM_DESC(remote_max_bytes, "data of file pages that may be elsewhere, in bytes; 0 (default): remote_max_percent alone counts");

static int recompress_percent_set(const char *val,
				  const struct kernel_param *kp)
{
	unsigned int n;
	int ret = 0;

	if (parse_percent("recompress_percent", val, 0, 100,
			  "the time of one CPU", &n))
		return -EINVAL;
	if (started)
		ret = zc_recomp_set(n);
	if (!ret)
		WRITE_ONCE(zc_params.recompress_percent, n);
	return ret;
}

static int recompress_percent_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", zc_params.recompress_percent);
}

static const struct kernel_param_ops recompress_percent_ops = {
	.set = recompress_percent_set,
	.get = recompress_percent_get,
};

/* What compressing cold pages again may take; percent of one CPU's time. */
module_param_cb(recompress_percent, &recompress_percent_ops, NULL, 0644);
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
	} table[] = {
		{ "compressor", &compressor_ops },
		{ "dedup", &dedup_ops },
		{ "incompressible", &incompressible_ops },
		{ "max_percent", &max_percent_ops },
		{ "max_bytes", &max_bytes_ops },
		{ "container_percent", &container_percent_ops },
		{ "exclude_cgroups", &exclude_cgroups_ops },
		{ "remote_max_percent", &remote_max_percent_ops },
		{ "remote_max_bytes", &remote_max_bytes_ops },
		{ "recompress_percent", &recompress_percent_ops },
	};
	int i, ret = -ENOENT;

	kernel_param_lock(THIS_MODULE);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].name, name))
			ret = table[i].ops->set(val, NULL);
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
