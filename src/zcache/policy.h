/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy.h - which page to keep: see policy.c
 */
#ifndef _ZCACHE_POLICY_H
#define _ZCACHE_POLICY_H

#include <linux/mm.h>
#include "ghost.h"
#include "page.h"

/**
 * struct zc_policy - the ephemeral pages of the store in order of their worth
 * @small: newcomers, newest at the head
 * @main: the others, newest at the head
 * @nr_small: pages on @small
 * @nr_main: pages on @main
 * @clock: counts puts, and pages that were not bought; wraps
 * @bytes: of data of all of them
 * @capacity: pages that the store held when it was last full; 0: never yet
 * @credit: pages that may go for the page cache to grow, if they are dead
 * @came: pages that came, lately
 * @passed: pages that went past it, to elsewhere, in that time
 * @ghost: what it remembers of pages that left
 * @nr_tenants: pages on @tenants
 * @nr_copied: pages on @copied
 * @tenants: those that come and go before all others, newest at the head
 * @copied: those that have been copied to elsewhere and go next, as struct
 *	zc_copy, newest at the head
 * @ghost_hits: pages that came back and were known
 * @promotions: pages that went straight to @main for it
 * @shards: how many of it there are, each with a part of the pages; 0: one
 *
 * In the order of how often they are written: with the owner's lock before it,
 * what every put and get needs is in two cache lines.
 *
 * All under the lock of the owner, which is irq-safe: see evict.c.
 */
struct zc_policy {
	struct list_head small;
	struct list_head main;
	unsigned long nr_small;
	unsigned long nr_main;
	u32 clock;
	u64 bytes;
	unsigned long capacity;
	unsigned long credit;
	unsigned long came;
	unsigned long passed;
	struct ghost ghost;
	unsigned long nr_tenants;
	unsigned long nr_copied;
	struct list_head tenants;
	struct list_head copied;
	unsigned long ghost_hits;
	unsigned long promotions;
	unsigned int shards;
};

void zc_policy_init(struct zc_policy *p);
void zc_policy_insert(struct zc_policy *p, struct zpage *zp, u64 print);
void zc_policy_remove(struct zc_policy *p, struct zpage *zp);
void zc_policy_replace(struct zc_policy *p, struct zpage *old, struct zpage *new);
void zc_policy_hit(struct zc_policy *p, struct zpage *zp, u64 print);
void zc_policy_touch(struct zc_policy *p, struct zpage *zp);
bool zc_policy_missed(struct zc_policy *p, u64 print, u32 *distance);
bool zc_policy_knows(struct zc_policy *p, u64 print, bool *earned);
void zc_policy_refused(struct zc_policy *p, u64 print, bool earned);
void zc_policy_passed(struct zc_policy *p, u64 print);
struct zpage *zc_policy_cold(const struct zc_policy *p);
void zc_policy_copied(struct zc_policy *p, struct zpage *zp, struct zc_copy *copy);
struct zpage *zc_policy_copy(struct zc_policy *p);
struct zpage *zc_policy_victim(struct zc_policy *p, bool full);
struct zpage *zc_policy_similar(struct zc_policy *p, unsigned int len);
struct zpage *zc_policy_dead(struct zc_policy *p);
struct zpage *zc_policy_tenant(struct zc_policy *p, unsigned int place);
void zc_policy_evict(struct zc_policy *p, struct zpage *zp, u64 print);

static inline unsigned long policy_pages(const struct zc_policy *p)
{
	return p->nr_small + p->nr_main + p->nr_tenants + p->nr_copied;
}

/* Pages of RAM that they take, descriptors included and what is lost not. */
static inline unsigned long policy_ram(const struct zc_policy *p)
{
	return (p->bytes + policy_pages(p) * sizeof(struct zpage)) / PAGE_SIZE;
}

#endif /* _ZCACHE_POLICY_H */
