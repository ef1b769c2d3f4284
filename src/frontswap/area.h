/* SPDX-License-Identifier: GPL-2.0 */
/*
 * area.h - the slots of a disk
 *
 * Purpose: what area.c (the rules), age.c (the coldest) and admit.c (which to take)
 * offer; they know of slots, pages and the store, and of no disk.  The rules are in frontswap.h.
 */
#ifndef _FRONTSWAP_AREA_H
#define _FRONTSWAP_AREA_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <tmem/backend.h>
#include "common.h"

#define SLOT_STORED	BIT(0)	/* the newest data are in the store */
#define SLOT_BUSY	BIT(1)	/* a write is under way */
#define SLOT_WB		BIT(2)	/* a hand-over is under way */
#define SLOT_WB_VALID	BIT(3)	/* and nothing has changed since it began */
#define SLOT_LOST	BIT(4)	/* there are no data: a write has failed */
#define SLOT_REFUSED	BIT(5)	/* refused by ->rw_page, comes again as a bio */
#define SLOT_GIVEN_UP	BIT(6)	/* swap's own page has the newest data, dirty */
#define SLOT_WATCHED	BIT(7)	/* a copy of swap's page: is it of use? */
#define SLOT_HOME	BIT(8)	/* a page in area->home has the newest data */
#define SLOT_RAW	BIT(9)	/* the newest data did not compress */

/* What is said of data that others take the place of. */
#define SLOT_OF_DATA	(SLOT_LOST | SLOT_REFUSED | SLOT_GIVEN_UP | SLOT_RAW)

#define FSW_LOCKS	64

/* So many slots handles can name: 256 TiB in pages of 4 KiB. */
#define FSW_MAX_SLOTS	(((u64)U32_MAX + 1) << SWIZ_BITS)

/* The oldest that a slot can look; see age.c. */
#define FSW_EPOCHS	256

/**
 * struct fsw_slot - a page of a disk
 * @state: SLOT_*; written under the slot's lock
 * @epoch: when it was last written or read, in the time of age.c; no lock
 */
struct fsw_slot {
	u16 state;
	u8 epoch;
};

/*
 * Slots come in chunks of a page.  A chunk is made by the first write to one of
 * its slots, and stays until the end: so a disk takes memory as it has been used,
 * 1/1024 of that, and its size costs nothing.  To write a slot of a chunk that is
 * not there takes memory in the midst of reclaim, as the store does for the page
 * itself; when there is none, the page is refused, and that needs no slot: one
 * without a chunk has never been in the store, so it is not SLOT_STORED, and the
 * backing device has the newest data, if there are any (rule 1).
 *
 * Vmalloc for all slots at once would warn (2 GiB, a disk of 4 TiB) or call the
 * OOM killer for what is never used.
 */
#define FSW_CHUNK	(PAGE_SIZE / sizeof(struct fsw_slot))

/**
 * struct fsw_lock - of one in FSW_LOCKS slots
 * @lock: for their states
 * @pages: how many of them are SLOT_STORED; @lock
 */
struct fsw_lock {
	spinlock_t lock;
	unsigned long pages;
} ____cacheline_aligned_in_smp;

static_assert(FSW_CHUNK % FSW_RUN == 0, "the slots of a run are in one chunk");

/**
 * struct fsw_area - the slots of a disk
 * @number: of the disk; its part of the handles
 * @nr: slots
 * @chunks: of slots, by slot / FSW_CHUNK; none goes before the area does
 * @where: the pool where pages go, in one word; see fsw_pool()
 * @taking: off: pages are not offered to the store
 * @asleep: neither are they while the machine is suspended; see suspend.c
 * @home: pages that have come back from the store, by slot; see home.c
 * @wait: for a slot to be no longer SLOT_BUSY or SLOT_WB
 * @epoch: the time now; see age.c
 * @age_work: makes room in the range of epochs
 * @locks: of the slots; slot i has that of i % FSW_LOCKS, each in a cache line
 *	of its own: neighbours are often at work on different CPUs.  What is
 *	above is mostly read, what is below is written now and then
 * @ticks: writes and reads since @epoch began, more or less
 * @copies_used: of the copies that were SLOT_WATCHED, those that were read; these
 *	two are emptied by admit.c, and a lost count does not matter
 * @copies_stale: and those that were overwritten without
 */
struct fsw_area {
	unsigned int number;
	unsigned long nr;
	struct xarray chunks;
	atomic64_t where;
	bool taking;
	bool asleep;
	u8 epoch;
	struct xarray home;
	wait_queue_head_t wait;
	struct work_struct age_work;
	struct fsw_lock locks[FSW_LOCKS];
	atomic_t ticks;
	unsigned int copies_used;
	unsigned int copies_stale;
};

struct fsw_area *fsw_area_create(unsigned int number, unsigned long nr,
				 struct tmem_bpool pool);
void fsw_area_destroy(struct fsw_area *area);
int fsw_store(struct fsw_area *area, unsigned long slot, struct page *page);
int fsw_load(struct fsw_area *area, unsigned long slot, struct page *page);
void fsw_store_run(struct fsw_area *area, unsigned long slot, unsigned int nr,
		   struct page **pages, int *err);
u32 fsw_load_run(struct fsw_area *area, unsigned long slot, unsigned int nr,
		 struct page **pages);
void fsw_invalidate(struct fsw_area *area, unsigned long slot);
void fsw_give_up(struct fsw_area *area, unsigned long slot);
void fsw_watch(struct fsw_area *area, unsigned long slot);
void fsw_lost(struct fsw_area *area, unsigned long slot);
void fsw_note_refused(struct fsw_area *area, unsigned long slot);
bool fsw_was_refused(struct fsw_area *area, unsigned long slot);
bool fsw_wb_begin(struct fsw_area *area, unsigned long slot);
int fsw_wb_read(struct fsw_area *area, unsigned long slot, struct page *page);
bool fsw_wb_end(struct fsw_area *area, unsigned long slot, bool written);
bool fsw_wb_gone(struct fsw_area *area, unsigned long slot);

/*
 * The pool where pages go.  Another backend may take over while pages come and go
 * (pool.c): an operation has the one or the other.  With the old one it reaches
 * nobody; with the new one it does not find what is in the old, which nobody
 * has any more.
 */
static inline struct tmem_bpool fsw_pool(const struct fsw_area *area)
{
	u64 where = atomic64_read(&area->where);

	return (struct tmem_bpool){ .id = (int)lower_32_bits(where),
				    .gen = upper_32_bits(where) };
}

static inline void fsw_set_pool(struct fsw_area *area, struct tmem_bpool pool)
{
	atomic64_set(&area->where, (u64)pool.gen << 32 | (u32)pool.id);
}

/* A slot; NULL: it has no chunk. */
static inline struct fsw_slot *fsw_slot(struct fsw_area *area,
					unsigned long slot)
{
	struct fsw_slot *chunk = xa_load(&area->chunks, slot / FSW_CHUNK);

	return chunk ? &chunk[slot % FSW_CHUNK] : NULL;
}

static inline bool fsw_slot_is(struct fsw_area *area, unsigned long slot,
			       u16 what)
{
	struct fsw_slot *s = fsw_slot(area, slot);

	return s && READ_ONCE(s->state) & what;
}

/* Will fsw_was_refused() say yes? */
static inline bool fsw_is_refused(struct fsw_area *area, unsigned long slot)
{
	return fsw_slot_is(area, slot, SLOT_REFUSED);
}

/* Would the store have refused the newest data in any case? */
static inline bool fsw_is_raw(struct fsw_area *area, unsigned long slot)
{
	return fsw_slot_is(area, slot, SLOT_RAW);
}

/* Pages in RAM of our own, of all areas. */
extern atomic_long_t fsw_home_pages;
bool fsw_home_end(struct fsw_area *area, unsigned long slot,
		  struct page *page);
struct page *fsw_leave_begin(struct fsw_area *area, unsigned long slot);
void fsw_leave_end(struct fsw_area *area, unsigned long slot, bool stored);
void fsw_area_sleep(struct fsw_area *area, bool asleep);

static inline struct fsw_lock *fsw_lock_of(struct fsw_area *area,
					   unsigned long slot)
{
	return &area->locks[slot % FSW_LOCKS];
}

/*
 * Slots that are SLOT_STORED; exact while nobody changes any.  It reads a cache
 * line for each lock.
 */
static inline unsigned long fsw_pages(const struct fsw_area *area)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < FSW_LOCKS; i++)
		pages += READ_ONCE(area->locks[i].pages);
	return pages;
}

/* ---- age.c ---- */

void fsw_age_init(struct fsw_area *area);
void fsw_age_exit(struct fsw_area *area);
void fsw_age_used(struct fsw_area *area, unsigned long slot,
		  struct fsw_slot *s);
int fsw_age_coldest(struct fsw_area *area, unsigned long want,
		    unsigned long *count);
bool fsw_age_next(struct fsw_area *area, unsigned long *slot,
		  unsigned long *left, int epoch);

/* Epochs in which as many pages are written and read as the store holds. */
#define FSW_TURN	64

/* How long ago a slot was written or read; in epochs. */
static inline unsigned int fsw_age(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	int age = READ_ONCE(area->epoch) - (s ? READ_ONCE(s->epoch) : 0);

	return max(age, 0);
}

/* ---- admit.c ---- */

/**
 * struct fsw_admit - whether pages are taken, and whether they stay; no lock
 * @full: the store was full when it was looked at
 * @scarce: or nearly so
 * @all: all pages are taken though it is full
 * @small: of how many words of a page a sample tells that it will compress well,
 *	in 1/256
 * @writes: pages written to the disk
 * @reads: pages that swap has read from the store
 * @keep: it keeps copies of them
 * @ours: of the loads that tell, those from the store
 * @others: and those from the backing device
 */
struct fsw_admit {
	bool full;
	bool scarce;
	bool all;
	int small;
	unsigned int writes;
	unsigned int reads;
	bool keep;
	unsigned int ours;
	unsigned int others;
};

bool fsw_admit(struct fsw_admit *a, struct tmem_bpool pool, int mark,
	       struct page *page);
void fsw_admit_loaded(struct fsw_admit *a, unsigned int age, bool stored);
bool fsw_admit_exclusive(struct fsw_admit *a, struct fsw_area *area,
			 unsigned long slot, int mark);

#endif /* _FRONTSWAP_AREA_H */
