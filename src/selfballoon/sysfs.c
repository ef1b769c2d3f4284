// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs.c - /sys/devices/system/xen_memory/xen_memory0/selfballoon/
 *
 * Purpose: the nine files of the in-tree version, each a number.
 *
 * Why this design: a table says where each value is and what it takes.  A store
 * that is refused changes nothing; one that is not takes effect with the next
 * interval, which it starts anew.
 *
 * Locking: sb_lock.
 */
#define pr_fmt(fmt) "xen_selfballoon: " fmt

#include <linux/capability.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/printk.h>
#include <linux/sysfs.h>
#include <tmem/param.h>
#include "selfballoon.h"

/* A day; and 16 TB: more would be a slip of the finger. */
#define MOST_SECONDS	86400
#define MOST_MB		(16U << 20)

/**
 * struct sb_tunable - one of the files
 * @attr: its name and mode
 * @value: in sb_tunables
 * @least: what it takes, from
 * @most: to
 */
struct sb_tunable {
	struct device_attribute attr;
	unsigned int *value;
	unsigned int least, most;
};

static ssize_t sb_attr_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct sb_tunable *t = container_of(attr, struct sb_tunable, attr);
	unsigned int value;

	mutex_lock(&sb_lock);
	if (t->value == &sb_tunables.params.reserved_mb)
		value = sb_reserved_mb();
	else
		value = *t->value;
	mutex_unlock(&sb_lock);
	return sysfs_emit(buf, "%u\n", value);
}

static ssize_t sb_attr_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct sb_tunable *t = container_of(attr, struct sb_tunable, attr);
	unsigned int value;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (tmem_param_uint(attr->attr.name, buf, t->least, t->most, "", &value))
		return -EINVAL;
	mutex_lock(&sb_lock);
	WRITE_ONCE(*t->value, value);
	sb_worker_kick();
	mutex_unlock(&sb_lock);
	return count;
}

#define FILE(f_name, f_value, f_least, f_most)				\
static struct sb_tunable file_##f_name = {				\
	.attr = __ATTR(f_name, 0644, sb_attr_show, sb_attr_store),	\
	.value = &sb_tunables.f_value,					\
	.least = (f_least),						\
	.most = (f_most),						\
}

FILE(selfballooning, selfballooning, 0, 1);
FILE(selfballoon_interval, interval, 1, MOST_SECONDS);
FILE(selfballoon_downhysteresis, params.downhysteresis, 1, UINT_MAX);
FILE(selfballoon_uphysteresis, params.uphysteresis, 1, UINT_MAX);
FILE(selfballoon_min_usable_mb, params.min_usable_mb, 0, MOST_MB);
FILE(selfballoon_reserved_mb, params.reserved_mb, 0, MOST_MB);
FILE(frontswap_selfshrinking, selfshrinking, 0, 1);
FILE(frontswap_hysteresis, hysteresis, 1, UINT_MAX);
FILE(frontswap_inertia, inertia, 1, UINT_MAX);

static struct attribute *attrs[] = {
	&file_selfballooning.attr.attr,
	&file_selfballoon_interval.attr.attr,
	&file_selfballoon_downhysteresis.attr.attr,
	&file_selfballoon_uphysteresis.attr.attr,
	&file_selfballoon_min_usable_mb.attr.attr,
	&file_selfballoon_reserved_mb.attr.attr,
	&file_frontswap_selfshrinking.attr.attr,
	&file_frontswap_hysteresis.attr.attr,
	&file_frontswap_inertia.attr.attr,
	NULL
};

static const struct attribute_group group = {
	.name = "selfballoon",
	.attrs = attrs,
};

static struct kobject *parent;

/**
 * sb_sysfs_init - create the files
 * @kobj: the balloon's device; the caller's reference passes to us on success
 *
 * Context: process; sleeps.
 * Return: 0; -EEXIST there is such a group; -ENOMEM.
 */
int sb_sysfs_init(struct kobject *kobj)
{
	int ret = sysfs_create_group(kobj, &group);

	if (!ret)
		parent = kobj;
	return ret;
}

/**
 * sb_sysfs_exit - remove them; nobody reads or writes them on return
 *
 * Context: process; sleeps.
 */
void sb_sysfs_exit(void)
{
	sysfs_remove_group(parent, &group);
	kobject_put(parent);
	parent = NULL;
}
