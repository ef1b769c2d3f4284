// SPDX-License-Identifier: GPL-2.0
/*
 * stats.c - what the store counts
 *
 * Locking: none; a sum taken while the store works is a little off.
 */
#include <linux/cpumask.h>
#include <compat/test_export.h>
#include "stats.h"

DEFINE_PER_CPU(struct zc_stats, zc_stats);

/**
 * zc_stat_sum - add a counter up over all CPUs
 * @offset: of the counter in struct zc_stats; see zc_stat_read()
 *
 * Context: any.
 * Return: the sum.
 */
long zc_stat_sum(size_t offset)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*(long *)((char *)per_cpu_ptr(&zc_stats, cpu) +
					   offset));
	return sum;
}
TMEM_EXPORT_FOR_TEST(zc_stat_sum);
