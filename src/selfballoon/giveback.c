// SPDX-License-Identifier: GPL-2.0
/*
 * giveback.c - tmem_selfballoon.ko
 *
 * Purpose: load and unload; parameters, as far as they fit under the names of
 * xen_selfballoon's files; figures.
 *
 * Why this design: without a balloon there is no device to have the files, so
 * they are parameters of the module, which can also be set when it is loaded.
 * A value that is refused changes nothing; one that is not takes effect with the
 * next interval, which it starts anew.
 *
 * Locking: sb_lock covers parameters.
 */
#define pr_fmt(fmt) "tmem_selfballoon: " fmt

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sysfs.h>
#include <compat/module.h>
#include <tmem/backend.h>
#include <tmem/param.h>
#define CREATE_TRACE_POINTS
#include <tmem/trace_selfballoon.h>
#include "giveback.h"

/* A day; and 16 TB: more would be a slip of the finger. */
#define MOST_SECONDS	86400
#define MOST_MB		(16U << 20)
/* No kernel reports only blocks that are larger. */
#define MOST_ORDER	10

/**
 * struct sb_param - a parameter
 * @value: where it is
 * @least: what it takes, from
 * @most: to
 */
struct sb_param {
	unsigned int *value;
	unsigned int least, most;
};

static int sb_param_set(const char *val, const struct kernel_param *kp)
{
	const struct sb_param *p = kp->arg;
	unsigned int value;

	if (tmem_param_uint(kp->name, val, p->least, p->most, "", &value))
		return -EINVAL;
	mutex_lock(&sb_lock);
	WRITE_ONCE(*p->value, value);
	sb_worker_kick();
	mutex_unlock(&sb_lock);
	/* It may be off now, or another order; if not, that comes back. */
	sb_report_small(false);
	return 0;
}

static int sb_param_get(char *buf, const struct kernel_param *kp)
{
	const struct sb_param *p = kp->arg;
	unsigned int value;

	mutex_lock(&sb_lock);
	if (p->value == &sb_tunables.params.reserved_mb)
		value = sb_reserved_mb();
	else
		value = *p->value;
	mutex_unlock(&sb_lock);
	return sysfs_emit(buf, "%u\n", value);
}

static const struct kernel_param_ops sb_param_ops = {
	.set = sb_param_set,
	.get = sb_param_get,
};

#define PARAM(p_name, p_value, p_least, p_most)			\
static struct sb_param param_##p_name = {				\
	.value = &(p_value),						\
	.least = (p_least),						\
	.most = (p_most),						\
};									\
module_param_cb(p_name, &sb_param_ops, &param_##p_name, 0644)

PARAM(selfballooning, sb_tunables.selfballooning, 0, 1);
MODULE_PARM_DESC(selfballooning, "0: leave the page cache alone, as the boot word noselfballooning (default 1)");
PARAM(selfballoon_interval, sb_tunables.interval, 1, MOST_SECONDS);
MODULE_PARM_DESC(selfballoon_interval, "seconds between two looks (default 5)");
PARAM(selfballoon_downhysteresis, sb_tunables.params.downhysteresis, 1, UINT_MAX);
MODULE_PARM_DESC(selfballoon_downhysteresis, "go 1/this of the way to the goal in each interval, and twice as far each time that nobody misses what went (default 4)");
PARAM(selfballoon_min_usable_mb, sb_tunables.params.min_usable_mb, 0, MOST_MB);
MODULE_PARM_DESC(selfballoon_min_usable_mb, "leave at least this, in MB; 0 (default): by the size of the guest");
PARAM(selfballoon_reserved_mb, sb_tunables.params.reserved_mb, 0, MOST_MB);
MODULE_PARM_DESC(selfballoon_reserved_mb, "leave this beyond what is in use, in MB; 0 (default): 1/32 of RAM");
PARAM(store_keep_percent, sb_store_keep_percent, 0, 100);
MODULE_PARM_DESC(store_keep_percent, "what the store may keep while nobody asks it for pages, in percent of RAM (default 16)");
PARAM(report_order, sb_report_order, 0, MOST_ORDER);
MODULE_PARM_DESC(report_order, "have free blocks of 2^this pages and more reported while the guest is calm; 10: only those that the kernel reports by itself (default 5)");

static bool unreported;
module_param(unreported, bool, 0444);
MODULE_PARM_DESC(unreported, "1: load although nobody tells the hypervisor of free pages (default 0)");

static long sb_count_read(size_t offset)
{
	return atomic_long_read((atomic_long_t *)((char *)&sb_counts + offset));
}

static long sb_blocks_read(size_t unused)
{
	return sb_free_blocks(sb_reported_order());
}

#define COUNT(name, field) \
	{ name, sb_count_read, offsetof(struct sb_counts, field) }
#define PAUSE(name, why) \
	{ name, sb_count_read, \
	  offsetof(struct sb_counts, pauses) + (why) * sizeof(atomic_long_t) }

static const struct tmem_figure sb_figures[] = {
	COUNT("given_pages", given),
	COUNT("steps", steps),
	COUNT("refaults_caused", refaults_caused),
	COUNT("store_given_pages", store_given),
	COUNT("compactions", compactions),
	PAUSE("went", SB_GO),
	PAUSE("went_slow", SB_SLOW),
	PAUSE("paused_stall", SB_PAUSE_STALL),
	PAUSE("paused_refaults", SB_PAUSE_REFAULTS),
	PAUSE("paused_hits", SB_PAUSE_HITS),
	PAUSE("paused_rest", SB_PAUSE_REST),
	COUNT("stopped_growth", growth),
	COUNT("stopped_vain", vain),
	{ "free_block_pages", sb_blocks_read, 0 },
};

static struct tmem_sysfs_dir *sb_dir;

/* What has to be there; says what is not. */
static int sb_check(void)
{
	if (sb_xen_balloon()) {
		pr_err("not loaded: this guest has a balloon of Xen's: xen_selfballoon is for that\n");
		return -EBUSY;
	}
	if (unreported || sb_reported())
		return 0;
	pr_err("not loaded: nobody tells the hypervisor of free pages.  Give the guest a virtio balloon with free-page-reporting=on and load virtio_balloon (on Hyper-V hv_balloon) first; or set unreported=1\n");
	return -ENODEV;
}

static int __init giveback_init(void)
{
	int ret;

	sb_report_init();
	ret = sb_check();
	if (ret)
		goto no_report;
	ret = sb_kernel_init();
	if (ret)
		goto no_report;
	if (tmem_boot_word("noselfballooning")) {
		mutex_lock(&sb_lock);
		sb_tunables.selfballooning = 0;
		mutex_unlock(&sb_lock);
	}
	ret = sb_worker_start(&sb_trim);
	if (ret) {
		pr_err("not loaded: error %d\n", ret);
		goto no_kernel;
	}
	sb_dir = tmem_sysfs_add("selfballoon", sb_figures,
				ARRAY_SIZE(sb_figures));
	pr_info("the page cache of an idle guest goes back to the host%s\n",
		sb_tunables.selfballooning ? "" : ", once selfballooning is 1");
	return 0;

no_kernel:
	sb_kernel_exit();
no_report:
	sb_report_exit();
	return ret;
}

static void __exit giveback_exit(void)
{
	tmem_sysfs_remove(sb_dir);
	sb_worker_stop();
	sb_report_exit();
	sb_kernel_exit();
}

module_init(giveback_init);
module_exit(giveback_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(TMEM_VERSION);
MODULE_DESCRIPTION("Selfballooning where the hypervisor is told of free pages");
TMEM_IMPORT_NS;
