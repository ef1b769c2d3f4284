/* SPDX-License-Identifier: GPL-2.0 */
/*
 * param.h - parameters that are a number in a range
 *
 * Purpose: param_set_uint_minmax() of the kernel says nothing of what it takes.
 *
 * Locking: none.
 */
#ifndef _FRONTSWAP_PARAM_H
#define _FRONTSWAP_PARAM_H

#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

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

#endif /* _FRONTSWAP_PARAM_H */
