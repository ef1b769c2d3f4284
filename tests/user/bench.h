/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bench.h - what the benches of the core and of the store have in common
 *
 * Memory as a kernel has it, a clock, threads on CPUs of their own.
 */
#ifndef _TEST_BENCH_H
#define _TEST_BENCH_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <tmem/tmem.h>

/*
 * The kernel's memory is mapped by huge pages: ask for the same, or a TLB
 * that no kernel suffers from would be measured on both sides.
 */
static inline void *arena(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	madvise(p, size, MADV_HUGEPAGE);
	return p;
}

/* What the core takes from its host, and the host's own of a page. */
enum { OBJ, TREE, PAGE, NODE, SLABS = NODE + TMEM_OBJNODE_SIZES };

/* Slabs of a thread, as kmem_cache has them of a CPU: last in, first out. */
struct slab {
	size_t size;
	void *free;
	char *at, *end;
	long nr;
};

static __thread struct slab slabs[SLABS];

/* Given by who includes this: bytes of a page's descriptor. */
static size_t descriptor_size(void);

/* As the store's caches have them (src/zcache/host.c). */
static inline size_t slab_size(unsigned int which)
{
	switch (which) {
	case OBJ:
		return ALIGN(sizeof(struct tmem_obj), 64);
	case TREE:
		return ALIGN(sizeof(struct tmem_tree), 64);
	case PAGE:
		return descriptor_size();
	default:
		return tmem_objnode_bytes(which - NODE);
	}
}

static inline void *slab_alloc(unsigned int which)
{
	struct slab *s = &slabs[which];
	void *p = s->free;

	if (unlikely(!s->size))
		s->size = slab_size(which);
	s->nr++;
	if (p) {
		s->free = *(void **)p;
		return p;
	}
	if (s->at + s->size > s->end) {
		s->at = arena(8 << 20);
		s->end = s->at + (8 << 20);
	}
	p = s->at;
	s->at += s->size;
	return p;
}

static inline void slab_free(unsigned int which, void *p)
{
	struct slab *s = &slabs[which];

	s->nr--;
	*(void **)p = s->free;
	s->free = p;
}

static struct tmem_obj *obj_alloc(void *priv, const struct tmem_pool *pool)
{
	struct tmem_obj *obj = slab_alloc(OBJ);

	obj->tree = slab_alloc(TREE);
	return obj;
}

static void obj_free(void *priv, struct tmem_obj *obj)
{
	/* RCU's thread: not into the list of another one. */
}

static struct tmem_objnode *objnode_alloc(void *priv,
					  const struct tmem_pool *pool,
					  unsigned int size)
{
	return slab_alloc(NODE + size);
}

static void objnode_free(void *priv, struct tmem_objnode *node,
			 unsigned int size)
{
	slab_free(NODE + size, node);
}

/* The kernel's copy_page() on x86. */
static inline void copy_page(void *to, const void *from)
{
#if defined(__x86_64__)
	unsigned long n = PAGE_SIZE / 8;

	__asm__ __volatile__("rep movsq" : "+D" (to), "+S" (from), "+c" (n)
			     : : "memory");
#else
	memcpy(to, from, PAGE_SIZE);
#endif
}

static inline double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* How long one of shim_ticks() is; ns. */
static inline double ns_of_tick(void)
{
	double begin = now_ns(), ns;
	u64 first = shim_ticks();

	do {
		ns = now_ns() - begin;
	} while (ns < 50e6);
	return ns / (shim_ticks() - first);
}

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The @nth CPU that we may use: two threads on one would be as fast as one. */
static inline void own_cpu(int nth)
{
	cpu_set_t set, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) <= nth)
		return;
	for (cpu = 0; nth || !CPU_ISSET(cpu, &set); cpu++)
		nth -= !!CPU_ISSET(cpu, &set);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

#endif /* _TEST_BENCH_H */
