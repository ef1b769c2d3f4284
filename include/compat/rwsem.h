/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is an rw_semaphore held by a writer?
 *
 * f70405afc99b ("locking: Add rwsem_assert_held() and
 * rwsem_assert_held_write()", 6.10) moved RWSEM_WRITER_LOCKED from
 * kernel/locking/rwsem.c to the header.  The bit has been bit 0 of ->count
 * since 94a9717b3c40 (5.3).
 */
#ifndef _TMEM_COMPAT_RWSEM_H
#define _TMEM_COMPAT_RWSEM_H

#include <linux/rwsem.h>

#ifndef RWSEM_WRITER_LOCKED
#define RWSEM_WRITER_LOCKED	(1UL << 0)
#endif

static inline bool tmem_rwsem_is_write_locked(struct rw_semaphore *sem)
{
	return atomic_long_read(&sem->count) & RWSEM_WRITER_LOCKED;
}

#endif /* _TMEM_COMPAT_RWSEM_H */
