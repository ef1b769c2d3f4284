/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats.h - what the store counts
 */
#ifndef _ZCACHE_STATS_H
#define _ZCACHE_STATS_H

#include <linux/percpu.h>

/**
 * struct zc_stats - counters, one set per CPU; a value is the sum over CPUs
 * @eph_pages: ephemeral pages in the store now
 * @pers_pages: persistent pages in the store now
 * @same_filled: pages held as one word now
 * @raw_pages: pages held as they were, for want of compression, now
 * @duplicates: pages now whose data is shared with one stored before
 * @stored_bytes: bytes of data now, shared data once, allocator's loss not
 *	included
 * @chunks: pieces of data of several pages now
 * @chunk_pages: pages now whose data is in one
 * @recompressed: pages that went into one
 * @chunk_reads: times that one was decompressed
 * @zpages: descriptors now, those waiting to be freed included
 * @objs: the core's objects now
 * @objnodes: the core's objnodes now
 * @dedup_nodes: shared data, pieces now
 * @evicted_small: pages evicted from the list of newcomers
 * @evicted_main: pages evicted from the main list
 * @evicted_tenants: pages of containers at their own limit evicted
 * @evicted_copied: pages evicted that had been copied to elsewhere
 * @evicted_limit: of these, because the store was at its limit
 * @evicted_reserve: of these, because free memory was short at a put
 * @evicted_swap: of these, because a page was swapped out to the store
 * @evicted_nomem: of these, because an allocation failed
 * @evicted_shrinker: of these, for the shrinker
 * @evicted_oom: of these, to avert an OOM kill
 * @evicted_trim: of these, because the limit was lowered
 * @evicted_idle: of these, because nobody asks for pages and the host is to have
 *	the memory (tmem_zcache_give())
 * @eph_hits: ephemeral pages that were asked for and there
 * @reject_nomem: puts refused because an allocation failed
 * @reject_limit: puts refused at the limit, with nothing left to evict
 * @reject_reserve: puts refused because free memory was short
 * @reject_container: puts refused since the container had its share, was
 *	excluded, or the store was full of other pages than containers'
 * @reject_incompressible: puts refused by parameter incompressible
 * @deferred: pages whose data was freed later, as locks did not allow it
 * @stalls: times that the kernel had tasks wait for memory that it had
 * @moved_together: pages of memory that came back as the store had what they held
 *	moved together
 * @corrupt: gets that failed since the data did not decompress to a page
 */
struct zc_stats {
	long eph_pages;
	long pers_pages;
	long same_filled;
	long raw_pages;
	long duplicates;
	long stored_bytes;
	long chunks;
	long chunk_pages;
	long recompressed;
	long chunk_reads;
	long zpages;
	long objs;
	long objnodes;
	long dedup_nodes;
	long evicted_small;
	long evicted_main;
	long evicted_tenants;
	long evicted_copied;
	long evicted_limit;
	long evicted_reserve;
	long evicted_swap;
	long evicted_nomem;
	long evicted_shrinker;
	long evicted_oom;
	long evicted_trim;
	long evicted_idle;
	long eph_hits;
	long reject_nomem;
	long reject_limit;
	long reject_reserve;
	long reject_container;
	long reject_incompressible;
	long deferred;
	long stalls;
	long moved_together;
	long corrupt;
};

DECLARE_PER_CPU(struct zc_stats, zc_stats);

#define zc_stat_add(field, n)	this_cpu_add(zc_stats.field, n)
#define zc_stat_inc(field)	this_cpu_inc(zc_stats.field)
#define zc_stat_dec(field)	this_cpu_dec(zc_stats.field)

long zc_stat_sum(size_t offset);
#define zc_stat_read(field)	zc_stat_sum(offsetof(struct zc_stats, field))

#endif /* _ZCACHE_STATS_H */
