/* SPDX-License-Identifier: GPL-2.0 */
/* Named in headers only. */
#ifndef _LINUX_LOCAL_LOCK_H
#define _LINUX_LOCAL_LOCK_H

typedef struct {
	int unused;
} local_lock_t;

#endif /* _LINUX_LOCAL_LOCK_H */
