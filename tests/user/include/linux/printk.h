/* SPDX-License-Identifier: GPL-2.0 */
/* Messages go to stderr when SHIM_VERBOSE is in the environment. */
#ifndef _LINUX_PRINTK_H
#define _LINUX_PRINTK_H

void shim_printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define pr_err(fmt, ...)	shim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	shim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	shim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	shim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)	shim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once		pr_warn
#define pr_err_ratelimited	pr_err
#define pr_warn_ratelimited	pr_warn

#endif /* _LINUX_PRINTK_H */
