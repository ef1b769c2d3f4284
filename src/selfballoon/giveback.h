/* SPDX-License-Identifier: GPL-2.0 */
/*
 * giveback.h - what the files of tmem_selfballoon.ko share
 *
 *	giveback.c	load and unload, parameters, figures
 *	trim.c		the actuator: takes the page cache down to the target
 *	kernel.c	what the kernel can do, and how a module gets at it
 *	report.c	which free blocks the hypervisor is told of
 *	store.c		the store in tmem_zcache, if that module is loaded
 *	shared.c	policy.c, worker.c and frontswap.c
 */
#ifndef _SELFBALLOON_GIVEBACK_H
#define _SELFBALLOON_GIVEBACK_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <tmem/zcache.h>
#include "selfballoon.h"

struct device;

/* kernel.c */
int sb_kernel_init(void);
void sb_kernel_exit(void);
bool sb_any_device(bool (*maybe)(const struct device *dev),
		   bool (*is)(const struct device *dev));
bool sb_xen_balloon(void);
int sb_reclaim(unsigned long pages);
bool sb_stall_us(u64 *us);
bool sb_compact(void);

/* report.c */
void sb_report_init(void);
void sb_report_exit(void);
bool sb_reported(void);
void sb_report_small(bool small);
unsigned int sb_reported_order(void);
unsigned long sb_free_blocks(unsigned int least);
extern unsigned int sb_report_order;

/* store.c */
bool sb_store_look(struct tmem_zcache_view *v);
unsigned long sb_store_give(unsigned long pages);

/**
 * struct sb_counts - what /sys/kernel/tmem/selfballoon/ shows
 * @given: pages taken from the page cache
 * @steps: in how many steps
 * @refaults_caused: pages of them that were read again, at most
 * @store_given: pages of memory that the store gave back
 * @compactions: times that memory was compacted
 * @pauses: by enum sb_pause; intervals
 * @growth: times that it stopped since the guest was taking memory
 * @vain: steps that reclaim could do little for
 */
struct sb_counts {
	atomic_long_t given, steps, refaults_caused, store_given, compactions;
	atomic_long_t pauses[SB_PAUSE_REST + 1];
	atomic_long_t growth, vain;
};

extern struct sb_counts sb_counts;

/* trim.c */
extern const struct sb_actuator sb_trim;
extern unsigned int sb_store_keep_percent;

#endif /* _SELFBALLOON_GIVEBACK_H */
