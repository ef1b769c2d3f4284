/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kept.h - values elsewhere of pages that are in the page cache
 *
 * See kept.c; of the states in remote.h this is the last one.
 */
#ifndef _ZCACHE_KEPT_H
#define _ZCACHE_KEPT_H

#include <linux/types.h>

struct zc_away;

int zc_kept_init(void);
void zc_kept_exit(void);
void zc_kept_start(void);
u64 zc_kept_sum(const void *data);
void zc_kept_add(struct zc_away *away, u64 print, u64 sum, unsigned long max);
bool zc_kept_has(u64 print);
struct zc_away *zc_kept_take(u64 print, u64 sum);
void zc_kept_sweep(bool (*is_lost)(const struct zc_away *away));
void zc_kept_trim(unsigned long max);
unsigned long zc_kept_values(void);

#endif /* _ZCACHE_KEPT_H */
