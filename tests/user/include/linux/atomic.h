/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC_LONG_INIT(i)	{ (i) }

#define __SHIM_ATOMIC(type, pfx, val)					\
static inline val pfx##_read(const type *v)				\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);		\
}									\
static inline void pfx##_set(type *v, val i)				\
{									\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline void pfx##_add(val i, type *v)				\
{									\
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline void pfx##_or(val i, type *v)				\
{									\
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline void pfx##_andnot(val i, type *v)			\
{									\
	__atomic_fetch_and(&v->counter, ~i, __ATOMIC_RELAXED);		\
}									\
static inline void pfx##_inc(type *v) { pfx##_add(1, v); }		\
static inline void pfx##_dec(type *v) { pfx##_add(-1, v); }		\
static inline val pfx##_add_return(val i, type *v)			\
{									\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline val pfx##_inc_return(type *v)				\
{									\
	return pfx##_add_return(1, v);					\
}									\
static inline bool pfx##_dec_and_test(type *v)				\
{									\
	return !pfx##_add_return(-1, v);				\
}									\
static inline bool pfx##_inc_not_zero(type *v)				\
{									\
	val old = pfx##_read(v);					\
									\
	do {								\
		if (!old)						\
			return false;					\
	} while (!__atomic_compare_exchange_n(&v->counter, &old, old + 1, \
					      true, __ATOMIC_SEQ_CST,	\
					      __ATOMIC_RELAXED));	\
	return true;							\
}

__SHIM_ATOMIC(atomic_t, atomic, int)
__SHIM_ATOMIC(atomic_long_t, atomic_long, long)

#endif /* _LINUX_ATOMIC_H */
