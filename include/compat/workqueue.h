/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The workqueue for what may take long, on any CPU.
 *
 * 128ea9f6ccfb ("workqueue: Add system_percpu_wq and system_dfl_wq", 6.17) gave
 * system_unbound_wq a new name; later kernels complain of the old one.
 */
#ifndef _TMEM_COMPAT_WORKQUEUE_H
#define _TMEM_COMPAT_WORKQUEUE_H

#include <linux/version.h>
#include <linux/workqueue.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define tmem_unbound_wq system_dfl_wq
#else
#define tmem_unbound_wq system_unbound_wq
#endif

#endif /* _TMEM_COMPAT_WORKQUEUE_H */
