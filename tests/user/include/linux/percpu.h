/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU data: every thread has a CPU of its own number (modulo SHIM_CPUS,
 * so that two threads may share one, as preemption would let them).  Copies
 * are SHIM_CPU_STRIDE bytes apart.
 */
#ifndef _LINUX_PERCPU_H
#define _LINUX_PERCPU_H

#include <linux/compiler.h>
#include <linux/types.h>

#define SHIM_CPUS		16
#define SHIM_CPU_STRIDE		1024

extern __thread int shim_cpu __attribute__((tls_model("initial-exec")));

/* A static variable of each CPU, which lies at the beginning of its CPU's copy. */
#define DECLARE_PER_CPU(type, name)	extern type name
#define DEFINE_PER_CPU(type, name)					\
	char __percpu_##name[SHIM_CPUS * SHIM_CPU_STRIDE]	\
		__attribute__((aligned(64), used));			\
	_Static_assert(sizeof(type) <= SHIM_CPU_STRIDE, #name);		\
	extern type name __attribute__((alias("__percpu_" #name)))

void *shim_alloc_percpu(size_t size);
void free_percpu(void *p);
#define alloc_percpu(type)		((type *)shim_alloc_percpu(sizeof(type)))
#define alloc_percpu_gfp(type, gfp)	alloc_percpu(type)
#define per_cpu_ptr(p, cpu)						\
	((typeof(p))((char *)(p) + (size_t)(cpu) * SHIM_CPU_STRIDE))
#define this_cpu_ptr(p)			per_cpu_ptr(p, shim_cpu)
#define raw_cpu_ptr(p)			this_cpu_ptr(p)
#define get_cpu_ptr(p)			this_cpu_ptr(p)
#define put_cpu_ptr(p)			((void)(p))
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < SHIM_CPUS; (cpu)++)
#define for_each_online_cpu		for_each_possible_cpu
/* What the sources are told, which may be more than a test has. */
extern unsigned int shim_possible_cpus;
#define num_possible_cpus()		shim_possible_cpus
#define nr_cpu_ids			SHIM_CPUS
#define raw_smp_processor_id()		shim_cpu
#define smp_processor_id()		shim_cpu

/* The address of this CPU's copy of a field, given the lvalue of CPU 0's. */
#define __shim_this_cpu(pcp)						\
	((typeof(pcp) *)((char *)&(pcp) + (size_t)shim_cpu * SHIM_CPU_STRIDE))

#ifdef SHIM_FAST
/* One instruction on a line that no other CPU writes, as in the kernel. */
#define this_cpu_add(pcp, v)		(*__shim_this_cpu(pcp) += (v))
#else
#define this_cpu_add(pcp, v)						\
	((void)__atomic_fetch_add(__shim_this_cpu(pcp), (v), __ATOMIC_RELAXED))
#endif
#define this_cpu_sub(pcp, v)		this_cpu_add(pcp, -(v))
#define this_cpu_inc(pcp)		this_cpu_add(pcp, 1)
#define this_cpu_dec(pcp)		this_cpu_add(pcp, -1)
#define this_cpu_read(pcp)		READ_ONCE(*__shim_this_cpu(pcp))
#define raw_cpu_add			this_cpu_add
#define __this_cpu_add			this_cpu_add

#endif /* _LINUX_PERCPU_H */
