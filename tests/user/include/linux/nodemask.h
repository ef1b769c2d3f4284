/* SPDX-License-Identifier: GPL-2.0 */
/* Named in headers only. */
#ifndef _LINUX_NODEMASK_H
#define _LINUX_NODEMASK_H

typedef struct {
	unsigned long bits[1];
} nodemask_t;

#endif /* _LINUX_NODEMASK_H */
