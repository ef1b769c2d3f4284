/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The allocators.
 *
 * 8587ca6f3415 ("mm: move kvmalloc-related functions to slab.h", 5.16) moved
 * kvzalloc() and kvfree() from linux/mm.h.
 */
#ifndef _TMEM_COMPAT_SLAB_H
#define _TMEM_COMPAT_SLAB_H

#include <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)
#include <linux/mm.h>
#endif

#endif /* _TMEM_COMPAT_SLAB_H */
