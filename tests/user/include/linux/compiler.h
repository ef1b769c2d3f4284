/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes, and the accesses that the memory model knows.
 *
 * READ_ONCE and WRITE_ONCE are relaxed atomics, which is what they mean and
 * what ThreadSanitizer understands.  A load of a *pointer* orders what is
 * reached through it (address dependency); C has no working name for that
 * but acquire.  It is not free of charge for a checker of races, but a
 * dependency is all that rcu_dereference() has as well.
 */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#define __percpu
#define __rcu
#define __user
#define __force
#define __iomem
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __acquire(x)		((void)0)
#define __release(x)		((void)0)
#define __init
#define __exit
#define __initdata
#define __exitdata
#define __read_mostly
#define __ro_after_init
#define __cold			__attribute__((cold))
#define __maybe_unused		__attribute__((unused))
#define __always_unused		__attribute__((unused))
#define __must_check		__attribute__((warn_unused_result))
#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __aligned(x)		__attribute__((aligned(x)))
#define __packed		__attribute__((packed))
#define __used			__attribute__((used))
#define __section(s)		__attribute__((section(s)))
#define __cacheline_aligned	__attribute__((aligned(64)))
#define ____cacheline_aligned	__attribute__((aligned(64)))
#define ____cacheline_aligned_in_smp __attribute__((aligned(64)))
#define fallthrough		__attribute__((fallthrough))
#define __counted_by(m)
#define asmlinkage

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" : : : "memory")
#define __same_type(a, b)	__builtin_types_compatible_p(typeof(a), typeof(b))
#define __must_be_array(a)	0
#define __is_constexpr(x) \
	(sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
#define statically_true(x)	(__builtin_constant_p(x) && (x))
#define is_signed_type(type)	(((type)(-1)) < (type)1)
#define __PASTE_(a, b)		a##b
#define __PASTE(a, b)		__PASTE_(a, b)
#define __UNIQUE_ID(prefix)	__PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
/* gcc looks at all the same sources; clang wants conditions to be simpler. */
#ifdef __clang__
#define compiletime_assert(cond, msg) ((void)0)
#else
#define compiletime_assert(cond, msg) _Static_assert(cond, msg)
#endif
#define __native_word(t)	(sizeof(t) <= 8)
#ifdef SHIM_TSAN
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
#define data_race(expr) ({						\
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);			\
	__auto_type __race = (expr);					\
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);			\
	__race;								\
})
#else
#define data_race(expr)		(expr)
#endif
#ifndef static_assert
#define static_assert(expr, ...) __static_assert(expr, ##__VA_ARGS__, #expr)
#define __static_assert(expr, msg, ...) _Static_assert(expr, msg)
#endif

#define SHIM_POINTER_CLASS	5	/* gcc's pointer_type_class */
#ifdef SHIM_TSAN
#define __shim_load_order(x)						\
	(__builtin_classify_type(x) == SHIM_POINTER_CLASS ?		\
	 __ATOMIC_ACQUIRE : __ATOMIC_RELAXED)
#else
#define __shim_load_order(x)	__ATOMIC_RELAXED
#endif

/*
 * rbtree.c stores child pointers with WRITE_ONCE inside a write section of a
 * seqcount, whose barrier orders them after the initialisation of the nodes.
 * ThreadSanitizer knows no barriers: for that one file the order is put on
 * the store.
 */
#ifdef SHIM_WRITE_ONCE_RELEASE
#define __shim_store_order	__ATOMIC_RELEASE
#else
#define __shim_store_order	__ATOMIC_RELAXED
#endif

#define READ_ONCE(x)		__atomic_load_n(&(x), __shim_load_order(x))
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __shim_store_order)

#endif /* _LINUX_COMPILER_H */
