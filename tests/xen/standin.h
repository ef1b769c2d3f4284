/* SPDX-License-Identifier: GPL-2.0 */
/*
 * standin.h - a stand-in for the tmem half of Xen
 *
 * Purpose: a hypervisor that the shim can be tested on where there is none,
 * in user space and as a module in a guest.  It answers exactly as Xen 4.12.4
 * was seen to, checks every field, and misbehaves when it is told to.
 *
 * Why this design: pages are kept by the project's own core, with a client for
 * each domain.  What Xen does otherwise than the core is done here, around it:
 * for that, an index of its own says which pages there are.  Operations are read
 * by Xen's own header (offsets.c), not by the one that the shim is built on.
 *
 * Locking: new_pool, destroy_pool and what changes a domain's state run one at a
 * time in process context (state_lock).  lock (irq-safe, innermost, as the
 * core's contract for hosts demands) covers the index, the list of pages that
 * may be evicted, and the counters of pages.
 */
#ifndef _TEST_STANDIN_H
#define _TEST_STANDIN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <tmem/tmem.h>
#include "xen_offsets.h"

#define SD_DOMAINS	3
#define SD_MAX_POOLS	16	/* of a domain; in no header, but seen */
#define SD_CORE_POOLS	64	/* of the core: those that are left over, too */
#define SD_HASH		1024
#define SD_UUIDS	4
#define SD_FRAMES	65536	/* frames are told apart modulo this */
#define SD_XL_SLACK	256	/* what xl gives a domain beyond its maxmem: 1 MB */

struct sd_page;
struct sd_hv;

/* A state of a domain: bits. */
#define SD_FROZEN	BIT(0)
#define SD_MIGRATING	BIT(1)

struct sd_pool {
	bool used;
	int core;			/* the core's id; -1: dead */
	unsigned int group;		/* the same for all who share a pool */
	u32 flags;			/* as they came to be, not as asked for */
};

struct sd_domain {
	struct sd_hv *hv;
	struct tmem_client *client;
	struct sd_pool pools[SD_MAX_POOLS];
	unsigned int state;
	long tot_pages;			/* persistent pages; hv->lock */
	long max_pages;			/* how many it may have */
	/*
	 * Log-dirty, as for a live migration: 0: off; else frames whose entry in
	 * @written is another one were not written to since the toolstack looked.
	 */
	unsigned int looked;
	unsigned int *written;		/* SD_FRAMES entries; NULL: a PV domain */
	unsigned int nr_auth;
	struct tmem_uuid auth[SD_UUIDS];	/* shared pools allowed */
	unsigned int auth_group[SD_UUIDS];
};

/* How to go wrong; all 0: not at all. */
struct sd_mischief {
	unsigned int refuse_ppm;	/* not done, and a senseless answer */
	unsigned int garble_ppm;	/* done, and a senseless answer */
	unsigned int deny_ppm;		/* puts refused with -12, as by a full Xen */
	u32 only;			/* commands (BIT(cmd)) it befalls; 0: all */
	/* The next @left operations of @only are not done and return @rc. */
	int left, rc;
};

struct sd_hv {
	struct tmem_host *core;
	bool built_in, enabled;
	long memory;			/* pages that all domains may have */
	struct sd_domain domains[SD_DOMAINS];
	struct sd_mischief mischief;
	atomic_t seed;
	struct mutex state_lock;
	spinlock_t lock;
	struct list_head lru;		/* ephemeral pages, oldest first */
	struct sd_page *hash[SD_HASH];
	long pages;			/* stored now; lock */
	unsigned int last_group;	/* state_lock */
	unsigned int last_look;		/* lock */
	atomic_long_t violations;	/* fields not as they must be */
	atomic_long_t calls, gone_wrong, evicted;

	/*
	 * The caller's: copy a page from a frame of a domain, or to it (@write).
	 * False: not a frame of the domain.  Any context, may not sleep.
	 */
	bool (*copy)(struct sd_domain *dom, u64 frame, void *data, bool write);
	size_t page_size;
};

int sd_start(struct sd_hv *hv);
/* False if anything is left over. */
bool sd_stop(struct sd_hv *hv);

/* One operation of a domain, SD_OP_SIZE bytes.  What Xen returns. */
int sd_call(struct sd_domain *dom, const void *op);

void sd_freeze(struct sd_domain *dom, unsigned int state);
/* The toolstack begins to follow what the domain writes, looks, and ends it. */
void sd_log_dirty(struct sd_domain *dom, bool on);
/* The domain writes to a page.  Any context. */
void sd_write(struct sd_domain *dom, u64 frame);
/* xl mem-max. */
void sd_mem_max(struct sd_domain *dom, long pages);
/* The domain has been restored: pools in @kept (BIT(id)) are there, no others. */
void sd_lose_pools(struct sd_domain *dom, u32 kept);
/* The same; those that are persistent are there. */
void sd_lose_ephemeral(struct sd_domain *dom);
void sd_allow(struct sd_domain *dom, const struct tmem_uuid *uuid);
/* Pages that a pool of a domain holds; -1: no such pool. */
long sd_pool_pages(struct sd_domain *dom, int id);

#endif /* _TEST_STANDIN_H */
