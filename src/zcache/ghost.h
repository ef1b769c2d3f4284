/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ghost.h - memory of pages that the store does not hold any more
 */
#ifndef _ZCACHE_GHOST_H
#define _ZCACHE_GHOST_H

#include <linux/compiler.h>
#include <linux/types.h>

#define GHOST_WAYS		4

#define GHOST_EARNED	1U	/* it has earned a place in the main list */
#define GHOST_HIT	2U	/* it was asked for, and there, or then left out */
#define GHOST_FLAGS	3U

/**
 * struct ghost_entry - what is left of a page
 * @tag: second half of its fingerprint, never 0; 0: the entry is free
 * @stamp: policy clock when the page was last put, without its lowest bits,
 *	which are GHOST_*
 */
struct ghost_entry {
	u32 tag;
	u32 stamp;
};

/**
 * struct ghost - a set-associative table of entries
 * @sets: number of sets of GHOST_WAYS entries; 0: remembers nothing
 * @pushed: pages that were forgotten for others since the table has this size
 * @entries: the table
 */
struct ghost {
	u32 sets;
	u32 pushed;
	struct ghost_entry *entries;
};

int zc_ghost_init(struct ghost *ghost, unsigned long pages);
int zc_ghost_double(struct ghost *ghost, const struct ghost *old);
void zc_ghost_exit(struct ghost *ghost);
size_t zc_ghost_bytes(const struct ghost *ghost);
struct ghost_entry *zc_ghost_find(struct ghost *ghost, u64 print);
void zc_ghost_add(struct ghost *ghost, u64 print, u32 now, u32 stamp,
		  u32 flags);

/* Has it forgotten a quarter of what it can remember? */
static inline bool ghost_is_small(const struct ghost *ghost)
{
	return ghost->pushed > ghost->sets;
}

static inline bool ghost_earned(const struct ghost_entry *e)
{
	return e->stamp & GHOST_EARNED;
}

static inline bool ghost_left_out(const struct ghost_entry *e)
{
	return e->stamp & GHOST_HIT;
}

static inline void ghost_forget(struct ghost_entry *e)
{
	/* zc_ghost_double() may look. */
	WRITE_ONCE(e->tag, 0);
}

#endif /* _ZCACHE_GHOST_H */
