/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sums.h - arithmetic of the store, right for machines of any size
 *
 * Pure, so that it compiles in user space as well and can be asked about
 * machines that no test has (tests/user/policy).
 */
#ifndef _ZCACHE_SUMS_H
#define _ZCACHE_SUMS_H

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>
#include "page.h"

/*
 * Entries of the ghost table for every page of RAM that the store may take: so
 * that twice as many pages are remembered as are held, which for 0.45 bytes a
 * byte is 4.4.  It takes 1/128 of the limit, and 1 GiB at most.
 */
#define GHOSTS_PER_PAGE		4
/* No table is larger: 1 GiB, for a store of 128 GiB. */
#define GHOSTS_MAX		(1ULL << 27)
/* None begins with more, but doubles as it forgets: 256 KiB. */
#define GHOSTS_START		(1ULL << 15)

/*
 * Pages of RAM that the store may take for each shard of the policy (shard.c),
 * at least: 32 MiB of 4 KiB each, some 18000 pages of files.  What a shard sees
 * is a sample of what goes on, and a small sample is a bad one
 * (tests/user/policy).
 */
#define SHARD_PAGES		8192
/* More than so many for each CPU make the samples smaller, and meetings no rarer. */
#define SHARDS_PER_CPU		8

/*
 * What others must have left, as a part of the store: that it may grow with pages of
 * which nothing is known; that it may grow; that it need not give way.
 */
#define FILL_SHARE		2
#define GROW_SHARE		5
#define YIELD_SHARE		8
/* The same two where what others lose takes a disk long to read. */
#define GROW_SHARE_DEAR		10
#define YIELD_SHARE_DEAR	16

/**
 * enum zc_left - what others have left, set against what the store takes
 * @LEFT_NOTHING: too little: it is the store's turn to give memory back
 * @LEFT_LITTLE: enough, as long as it does not grow
 * @LEFT_SCARCE: enough to grow with what is known to be worth it
 * @LEFT_ENOUGH: enough
 */
enum zc_left {
	LEFT_NOTHING,
	LEFT_LITTLE,
	LEFT_SCARCE,
	LEFT_ENOUGH,
};

/**
 * zc_sum_left - how much have others left?
 * @spare: pages that they could have at once
 * @used: pages that the store takes
 * @dear: disks take long to read what leaves the page cache
 *
 * Context: any.
 * Return: that.
 */
static inline enum zc_left zc_sum_left(u64 spare, u64 used, bool dear)
{
	if (spare < used / (dear ? YIELD_SHARE_DEAR : YIELD_SHARE))
		return LEFT_NOTHING;
	if (spare < used / (dear ? GROW_SHARE_DEAR : GROW_SHARE))
		return LEFT_LITTLE;
	return spare < used / FILL_SHARE ? LEFT_SCARCE : LEFT_ENOUGH;
}

/**
 * zc_sum_shards - in how many parts the policy is to be
 * @cpus: CPUs that there may be
 * @limit: pages that the store may take
 *
 * Context: any.
 * Return: a power of two, at most ZC_SHARDS_MAX.
 */
static inline unsigned int zc_sum_shards(unsigned int cpus, u64 limit)
{
	unsigned int n = 1;

	while (cpus > 1 && n < ZC_SHARDS_MAX && n < cpus * SHARDS_PER_CPU &&
	       limit / SHARD_PAGES >= 2 * n)
		n *= 2;
	return n;
}

/**
 * zc_sum_part - what is so much for the whole store, for one of its shards
 * @whole: for the whole
 * @shards: how many there are; 0 is taken for one
 *
 * Context: any.
 * Return: a part of @whole, and at least 1/8: fewer pages are no sample.
 */
static inline unsigned long zc_sum_part(unsigned long whole, unsigned int shards)
{
	return shards > 1 ? whole / min(shards, 8U) : whole;
}

/**
 * zc_sum_fullness - the part of a limit that persistent pages take
 * @used: bytes that all pages take
 * @limit: bytes
 * @eph: ephemeral pages
 * @all: all pages
 *
 * Ephemeral pages count as an average page each, in steps of 1/2^16.  Beyond
 * 256 TiB the bytes are first cut down; the store has less than 2^48 pages.
 *
 * Context: any.
 * Return: 1/1000 of the limit, at most 1000.
 */
static inline unsigned int zc_sum_fullness(u64 used, u64 limit, u64 eph,
					   u64 all)
{
	u64 share, taken;

	if (!limit)
		return 1000;
	while (limit >> 48) {
		limit >>= 1;
		used >>= 1;
	}
	if (used > limit * 2)
		used = limit * 2;
	if (all && eph) {
		share = eph >= all ? 1U << 16 : div64_u64(eph << 16, all);
		used -= (used >> 16) * share + (((used & 0xffff) * share) >> 16);
	}
	taken = div64_u64(used * 1000, limit);
	return min_t(u64, taken, 1000);
}

/**
 * zc_sum_ghosts - how many pages the ghost table is to remember
 * @limit: pages that the store may take
 *
 * Context: any.
 * Return: entries.
 */
static inline u64 zc_sum_ghosts(u64 limit)
{
	return limit < GHOSTS_MAX / GHOSTS_PER_PAGE ? limit * GHOSTS_PER_PAGE :
						       GHOSTS_MAX;
}

/**
 * zc_sum_ghosts_start - what the ghost table is to begin with
 * @most: entries that it may have in the end
 *
 * Context: any.
 * Return: entries; doubled often enough they are @most and little more.
 */
static inline u64 zc_sum_ghosts_start(u64 most)
{
	while (most > GHOSTS_START)
		most = (most + 1) >> 1;
	return most;
}

/**
 * zc_sum_ghosts_fit - is a ghost table of that size within what it may be?
 * @entries: its entries
 * @most: entries that it may have
 *
 * Context: any.
 * Return: true if so, what doubling has rounded up included.
 */
static inline bool zc_sum_ghosts_fit(u64 entries, u64 most)
{
	return entries <= most + (most >> 3) + GHOSTS_PER_PAGE;
}

#endif /* _ZCACHE_SUMS_H */
