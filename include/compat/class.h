/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of a device class.
 *
 * "driver core: class: mark the struct class in struct class_attribute's
 * callbacks as const" (6.4).
 */
#ifndef _TMEM_COMPAT_CLASS_H
#define _TMEM_COMPAT_CLASS_H

#include <linux/device/class.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define TMEM_CLASS_CONST const
#else
#define TMEM_CLASS_CONST
#endif

#endif /* _TMEM_COMPAT_CLASS_H */
