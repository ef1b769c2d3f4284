/* SPDX-License-Identifier: GPL-2.0 */
/*
 * param.h - parameters that are a number in a range, and sizes
 *
 * Purpose: param_set_uint_minmax() of the kernel says nothing of what it takes,
 * and memparse() takes everything.
 *
 * Locking: none.
 */
#ifndef _FRONTSWAP_PARAM_H
#define _FRONTSWAP_PARAM_H

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>

/**
 * fsw_param_set - set a parameter that is an unsigned int
 * @val: as it was written
 * @kp: the parameter
 * @min: what it takes at least
 * @max: and at most
 * @unit: what is said behind the range
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL, and the log says what it takes.
 */
static inline int fsw_param_set(const char *val, const struct kernel_param *kp,
				unsigned int min, unsigned int max,
				const char *unit)
{
	if (!param_set_uint_minmax(val, kp, min, max))
		return 0;
	pr_err("parameter %s=%s: takes %u to %u%s\n", kp->name, val, min, max,
	       unit);
	return -EINVAL;
}

/**
 * fsw_size_parse - a size in bytes, as it is written to an attribute
 * @buf: as it was written
 * @size: becomes it
 *
 * memparse() wraps: for it 16E is 0, and so is 2^64.
 *
 * Context: any.
 * Return: 0; -EINVAL if it is no size; -ERANGE if it is 2^64 or more.
 */
static inline int fsw_size_parse(const char *buf, u64 *size)
{
	static const char units[] = "kmgtpe";
	unsigned int shift = 0;
	const char *unit;
	char word[32];
	size_t len;
	u64 value;
	int ret;

	/* With the newline, or without. */
	len = strcspn(buf, "\n");
	if (!len || len >= sizeof(word) || (buf[len] && buf[len + 1]))
		return -EINVAL;
	memcpy(word, buf, len);
	word[len] = '\0';
	ret = kstrtoull(word, 0, &value);
	unit = strchr(units, tolower(word[len - 1]));
	if (ret == -EINVAL && unit) {
		word[len - 1] = '\0';
		shift = 10 * (unit - units + 1);
		ret = kstrtoull(word, 0, &value);
	}
	if (ret)
		return ret;
	if (value > U64_MAX >> shift)
		return -ERANGE;
	*size = value << shift;
	return 0;
}

#endif /* _FRONTSWAP_PARAM_H */
