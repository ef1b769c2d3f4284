/* SPDX-License-Identifier: GPL-2.0 */
/*
 * param.h - numbers and sizes that people write
 *
 * Purpose: one grammar for parameters and attributes of all modules, and the same
 * words for what is refused.  param_set_uint_minmax() of the kernel says nothing of
 * what it takes, and memparse() takes everything.
 *
 * Messages have the prefix (pr_fmt) of who includes this.
 *
 * Locking: none.
 */
#ifndef _TMEM_PARAM_H
#define _TMEM_PARAM_H

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/printk.h>
#include <linux/string.h>

/**
 * tmem_param_uint - a number in a range
 * @name: the parameter, for the log
 * @val: as it was written
 * @least: what it takes at least
 * @most: and at most
 * @of: what is said behind the range: "", or " (percent of RAM)"
 * @n: becomes it
 *
 * Context: any.
 * Return: 0; -EINVAL, and the log says what it takes.
 */
static inline int tmem_param_uint(const char *name, const char *val, unsigned int least,
				  unsigned int most, const char *of, unsigned int *n)
{
	unsigned int value;

	if (!kstrtouint(val, 0, &value) && value >= least && value <= most) {
		WRITE_ONCE(*n, value);
		return 0;
	}
	pr_err("parameter %s=%.*s: takes %u to %u%s\n", name, (int)strcspn(val, "\n"), val,
	       least, most, of);
	return -EINVAL;
}

/**
 * tmem_size_parse - a size in bytes, with K, M, G, T, P or E behind it or not
 * @buf: as it was written, with a newline or without
 * @size: becomes it
 *
 * memparse() wraps: for it 16E is 0, and so is 2^64; and it takes what is no number
 * for 0.
 *
 * Context: any.
 * Return: 0; -EINVAL if it is no size; -ERANGE if it is 2^64 or more.
 */
static inline int tmem_size_parse(const char *buf, u64 *size)
{
	static const char units[] = "kmgtpe";
	unsigned int shift = 0;
	const char *unit;
	char word[32];
	size_t len;
	u64 value;
	int ret;

	len = strcspn(buf, "\n");
	if (!len || len >= sizeof(word) || (buf[len] && buf[len + 1]) || !isdigit(buf[0]))
		return -EINVAL;
	memcpy(word, buf, len);
	word[len] = '\0';
	/* In hexadecimal, E is a digit. */
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

/**
 * tmem_param_bytes - a limit in bytes
 * @name: the parameter, for the log
 * @val: as it was written
 * @bytes: becomes it; 0: no limit
 *
 * Context: any.
 * Return: 0; -EINVAL, and the log says what it takes.
 */
static inline int tmem_param_bytes(const char *name, const char *val, u64 *bytes)
{
	u64 size;

	if (!tmem_size_parse(val, &size) && size <= S64_MAX) {
		*bytes = size;
		return 0;
	}
	pr_err("parameter %s=%.*s: takes a number of bytes below 8E, with K, M, G, T, P or E if you like, or 0 for no limit\n",
	       name, (int)strcspn(val, "\n"), val);
	return -EINVAL;
}

#endif /* _TMEM_PARAM_H */
