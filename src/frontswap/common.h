/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.h - what all of tmem_frontswap.ko shares, however it is attached
 *
 * Purpose: main.c and debugfs.c know neither of the two ways to attach to swap,
 * of which Kbuild builds one into the module:
 *
 *   kernel				attachment		     files
 *   that exports its frontswap		frontswap_register_ops()     native.c
 *   all others				a block device (frontswap.h) the rest
 *
 * Locking: none here.
 */
#ifndef _FRONTSWAP_COMMON_H
#define _FRONTSWAP_COMMON_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/percpu.h>
#include <compat/test_export.h>
#include <tmem/tmem.h>

/*
 * Handles: a run of slots is in one object, so that swap of several pages needs
 * one look-up, and neighbouring runs are in different ones, so that heavy swap
 * does not meet in one object's lock.
 */
#define FSW_RUN_BITS	5
#define FSW_RUN		BIT(FSW_RUN_BITS)
#define SWIZ_BITS	4
#define SWIZ_OBJECTS	BIT(SWIZ_BITS)

static_assert(FSW_RUN <= TMEM_RUN_PAGES, "slots of one object go by one call");

/* The nth object of an area, below SWIZ_OBJECTS. */
static inline struct tmem_oid fsw_object(unsigned int area, unsigned int nth)
{
	return (struct tmem_oid){ { ((u64)area << SWIZ_BITS) | nth } };
}

static inline struct tmem_oid fsw_oid(unsigned int area, unsigned long slot)
{
	return fsw_object(area, (slot >> FSW_RUN_BITS) & (SWIZ_OBJECTS - 1));
}

static inline u32 fsw_index(unsigned long slot)
{
	return slot >> (FSW_RUN_BITS + SWIZ_BITS) << FSW_RUN_BITS |
	       (slot & (FSW_RUN - 1));
}

/**
 * struct fsw_stats - what frontswap has done, per CPU
 * @loads: pages that came from the store
 * @exclusive_loads: of them, pages of which the store has no copy any more
 * @copies_used: copies of pages that swap had read, of those that are watched, that
 *	were read once more
 * @copies_stale: and those that were overwritten without
 * @succ_stores: pages put and taken
 * @failed_stores: pages put and refused
 * @invalidates: pages dropped from the store since swap freed them
 * @bypassed: pages not offered to the store, because that is switched off
 * @passed: pages not offered to the store, because it is full: see admit.c
 * @load_errors: pages that the store should have had and did not deliver
 * @lost_writes: pages whose write has failed; they cannot be read any more
 * @backing_reads: pages read from the backing device
 * @backing_writes: pages written to it because they were refused or passed
 * @backing_errors: I/Os of either kind that failed
 * @writebacks: pages handed over to the backing device
 * @wb_changed: pages written back in vain, as they had changed meanwhile
 * @wb_errors: pages whose write-back failed; they stay in the store
 * @homecomings: pages that came back from a hypervisor into RAM
 * @departures: of them, pages that went there again
 * @home_loads: of @loads, pages that were in RAM so
 */
struct fsw_stats {
	unsigned long loads, exclusive_loads, copies_used, copies_stale;
	unsigned long succ_stores, failed_stores;
	unsigned long invalidates, bypassed, passed;
	unsigned long load_errors, lost_writes;
	unsigned long backing_reads, backing_writes, backing_errors;
	unsigned long writebacks, wb_changed, wb_errors;
	unsigned long homecomings, departures, home_loads;
};

DECLARE_PER_CPU(struct fsw_stats, fsw_stats);
#define fsw_count(field)	this_cpu_inc(fsw_stats.field)
#define fsw_count_n(field, n)	this_cpu_add(fsw_stats.field, n)

/*
 * Switches for tests, in builds for tests only: each takes one rule of
 * frontswap.h out, so that the test of that rule can be seen to fail.
 */
#define FSW_BREAK_STALE		BIT(0)	/* 2: the older duplicate stays */
#define FSW_BREAK_HANDOVER	BIT(1)	/* 7: dropped though it has changed */
#define FSW_BREAK_ORDER		BIT(2)	/* 8: refused writes do not wait */
#define FSW_BREAK_FREE		BIT(3)	/* freed slots stay in the store */
#define FSW_BREAK_LOST		BIT(4)	/* 3: lost slots read as zeroes */
#define FSW_BREAK_EXCLUSIVE	BIT(5)	/* 9: swap's copy is not dirty */
#define FSW_BREAK_FAILED	BIT(6)	/* 9: given up though the read failed */
#define FSW_FAIL_CHUNKS		BIT(7)	/* no rule: there is no memory for slots */
#define FSW_FAIL_HALF		BIT(9)	/* no rule: nor for every second page */
#define FSW_BREAK_VOLATILE	BIT(8)	/* takes the image of a hibernation */
#define FSW_FAIL_HOME		BIT(10)	/* no memory for pages to come home */
extern unsigned int fsw_test_break;

static inline bool fsw_broken(unsigned int rule)
{
	return TMEM_BROKEN(fsw_test_break, rule);
}

/* attach.c or native.c */
int fsw_attach(unsigned int devices);
void fsw_detach(void);

/* sysctl.c */
int fsw_sysctl_init(void);
void fsw_sysctl_exit(void);

/* debugfs.c */
void fsw_debugfs_init(void);
void fsw_debugfs_exit(void);

#endif /* _FRONTSWAP_COMMON_H */
