/* SPDX-License-Identifier: GPL-2.0 */
/* A warning fails the test that meets it; "once" is once a line in the log. */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <errno.h>
#include <stdlib.h>
#include <shim.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>

#define WARN_ON(cond) ({						\
	bool __warn = !!(cond);						\
	if (unlikely(__warn))						\
		shim_warn(__FILE__, __LINE__, #cond);			\
	unlikely(__warn);						\
})
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define WARN(cond, fmt, ...)	WARN_ON(cond)
#define WARN_ONCE(cond, fmt, ...) WARN_ON(cond)
#define BUG()			abort()
#define BUG_ON(cond)		do { if (cond) abort(); } while (0)

#endif /* _LINUX_BUG_H */
