/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduling policy of a thread of our own.
 *
 * 5.10 has sched_setattr_nocheck(), but not for modules; 6.1 has it for them.
 */
#ifndef _TMEM_COMPAT_SCHED_H
#define _TMEM_COMPAT_SCHED_H

#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/version.h>
#include <uapi/linux/sched.h>
#include <uapi/linux/sched/types.h>

/* This thread runs when nobody else wants to; before 6.1, as little as nice goes. */
static inline void tmem_sched_idle(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_IDLE,
	};

	sched_setattr_nocheck(current, &attr);
#else
	sched_set_normal(current, MAX_NICE);
#endif
}

#endif /* _TMEM_COMPAT_SCHED_H */
