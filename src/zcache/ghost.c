// SPDX-License-Identifier: GPL-2.0
/*
 * ghost.c - memory of pages that the store does not hold any more
 *
 * Purpose: when a page comes back, tell how long ago it was last put, or that
 * it has earned a better place.
 *
 * Why this design: eight bytes a page in a table without links, and without
 * allocation where pages come and go.  A wrong answer (two pages of one
 * fingerprint, an entry pushed out early) costs a page its place, no more.
 *
 * A table that forgets is made twice as large, in the owner's own time.  Which
 * half of a set an entry belongs to is not known any more, so it goes to both:
 * where it does not belong nobody asks for it, until it is the oldest.
 *
 * Invariants: an entry with tag 0 is free.  In a full set the entry with the
 * oldest stamp gives way.
 *
 * Locking: the caller's.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <compat/test_export.h>
#include "ghost.h"

static u32 tag_of(u64 print)
{
	return (u32)print ?: 1;
}

static struct ghost_entry *set_of(const struct ghost *ghost, u64 print)
{
	u32 set = ((print >> 32) * ghost->sets) >> 32;

	return &ghost->entries[(size_t)set * GHOST_WAYS];
}

/**
 * zc_ghost_init - make a table
 * @ghost: the table
 * @pages: how many pages it shall remember
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM, and the table remembers nothing.
 */
int zc_ghost_init(struct ghost *ghost, unsigned long pages)
{
	unsigned long sets = DIV_ROUND_UP(pages, GHOST_WAYS);

	ghost->sets = 0;
	ghost->pushed = 0;
	ghost->entries = NULL;
	if (!sets)
		return 0;
	sets = min_t(unsigned long, sets, U32_MAX);
	/* Not hard: it can be done without.  kvcalloc() would look for one large piece. */
	ghost->entries = __vmalloc(array_size(sets, GHOST_WAYS *
					      sizeof(*ghost->entries)),
				   GFP_KERNEL | __GFP_ZERO |
				   __GFP_NORETRY | __GFP_NOWARN);
	if (!ghost->entries)
		return -ENOMEM;
	ghost->sets = sets;
	return 0;
}
TMEM_EXPORT_FOR_TEST(zc_ghost_init);

/**
 * zc_ghost_double - make a table that is twice as large and knows as much
 * @ghost: the table
 * @old: the other one, which may be in use meanwhile: what it learns is lost
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM, and @ghost remembers nothing.
 */
int zc_ghost_double(struct ghost *ghost, const struct ghost *old)
{
	struct ghost_entry e, *to;
	size_t i;
	int ret;

	ret = zc_ghost_init(ghost, 2UL * old->sets * GHOST_WAYS);
	if (ret)
		return ret;
	for (i = 0; i < (size_t)old->sets * GHOST_WAYS; i++) {
		e.tag = READ_ONCE(old->entries[i].tag);
		e.stamp = READ_ONCE(old->entries[i].stamp);
		to = &ghost->entries[i / GHOST_WAYS * 2 * GHOST_WAYS +
				     i % GHOST_WAYS];
		to[0] = e;
		to[GHOST_WAYS] = e;
		if (!(i % 4096))
			cond_resched();
	}
	return 0;
}
TMEM_EXPORT_FOR_TEST(zc_ghost_double);

/**
 * zc_ghost_exit - free a table
 * @ghost: the table; remembers nothing afterwards
 *
 * Context: process; may sleep.
 */
void zc_ghost_exit(struct ghost *ghost)
{
	vfree(ghost->entries);
	ghost->entries = NULL;
	ghost->sets = 0;
}
TMEM_EXPORT_FOR_TEST(zc_ghost_exit);

/**
 * zc_ghost_bytes - what a table costs
 * @ghost: the table
 *
 * Context: any.
 * Return: bytes.
 */
size_t zc_ghost_bytes(const struct ghost *ghost)
{
	return (size_t)ghost->sets * GHOST_WAYS * sizeof(struct ghost_entry);
}
TMEM_EXPORT_FOR_TEST(zc_ghost_bytes);

/**
 * zc_ghost_find - what is known of a page
 * @ghost: the table
 * @print: the page's fingerprint
 *
 * Context: any.
 * Return: its entry, which the caller may change; NULL if it is unknown.
 */
struct ghost_entry *zc_ghost_find(struct ghost *ghost, u64 print)
{
	struct ghost_entry *e;
	unsigned int i;

	if (!ghost->sets)
		return NULL;
	e = set_of(ghost, print);
	for (i = 0; i < GHOST_WAYS; i++, e++)
		if (READ_ONCE(e->tag) == tag_of(print))
			return e;
	return NULL;
}
TMEM_EXPORT_FOR_TEST(zc_ghost_find);

/**
 * zc_ghost_add - remember a page
 * @ghost: the table
 * @print: the page's fingerprint
 * @now: the policy's clock
 * @stamp: the clock when the page was put
 * @flags: GHOST_*
 *
 * Context: any.
 */
void zc_ghost_add(struct ghost *ghost, u64 print, u32 now, u32 stamp,
		  u32 flags)
{
	struct ghost_entry *e, *oldest;
	unsigned int i;

	if (!ghost->sets)
		return;
	e = set_of(ghost, print);
	oldest = e;
	for (i = 0; i < GHOST_WAYS; i++, e++) {
		if (!e->tag || e->tag == tag_of(print)) {
			oldest = e;
			break;
		}
		if (now - e->stamp > now - oldest->stamp)
			oldest = e;
	}
	if (i == GHOST_WAYS)
		ghost->pushed++;
	WRITE_ONCE(oldest->tag, tag_of(print));
	WRITE_ONCE(oldest->stamp, (stamp & ~GHOST_FLAGS) | flags);
}
TMEM_EXPORT_FOR_TEST(zc_ghost_add);
