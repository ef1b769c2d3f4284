/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a kernel thread.
 *
 * cead18552660 ("exit: Rename complete_and_exit to kthread_complete_and_exit",
 * 5.17).
 */
#ifndef _TMEM_COMPAT_KTHREAD_H
#define _TMEM_COMPAT_KTHREAD_H

#include <linux/kernel.h>
#include <linux/kthread.h>

#ifndef TMEM_HAVE_kthread_complete_and_exit
#define kthread_complete_and_exit complete_and_exit
#endif

#endif /* _TMEM_COMPAT_KTHREAD_H */
