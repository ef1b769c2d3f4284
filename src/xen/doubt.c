// SPDX-License-Identifier: GPL-2.0
/*
 * doubt.c - pages of a persistent pool that may be there, but must not be got
 *
 * Purpose: a page that was put, failed to be put again and could not be
 * flushed either is old data that the hypervisor would serve.  It is noted
 * here, and a get of it fails, until a put or a flush of it succeeds.
 *
 * Why this design: it takes a hypervisor gone wrong to get here, so a short
 * list will do, and a pool of which more is in doubt is given up.  An
 * ephemeral pool is given up at once: nobody misses its pages.
 *
 * A put that succeeds makes its page good again.  For a page of an object that
 * is in doubt as a whole the list cannot express that, so the page is flushed
 * and the put refused (see ops.c).
 *
 * Locking: doubts->lock, irq-safe, innermost.  @nr is read without it: who
 * adds a doubt has not returned from its flush yet, so a get that does not
 * see the doubt runs beside that flush and may take place before it.
 */
#include <linux/compiler.h>
#include <linux/string.h>
#include "xen.h"

/**
 * txen_doubts_init - an empty list
 * @d: the list
 *
 * Context: nobody uses @d.
 */
void txen_doubts_init(struct txen_doubts *d)
{
	spin_lock_init(&d->lock);
	d->nr = 0;
}

static bool txen_same(const struct txen_doubt *doubt, const struct tmem_oid *oidp,
		      u32 index, bool whole)
{
	return !tmem_oid_compare(&doubt->oid, oidp) &&
	       doubt->whole == whole && (whole || doubt->index == index);
}

/**
 * txen_doubt_add - note a page, or all pages of an object
 * @d: the list of its pool
 * @oidp: the object
 * @index: the page
 * @whole: all pages of the object
 *
 * Context: any but NMI.
 * Return: false if the list is full, and the pool has to go.
 */
bool txen_doubt_add(struct txen_doubts *d, const struct tmem_oid *oidp,
		    u32 index, bool whole)
{
	unsigned long flags;
	unsigned int i;
	bool ok = true;

	spin_lock_irqsave(&d->lock, flags);
	for (i = 0; i < d->nr; i++)
		if (txen_same(&d->list[i], oidp, index, whole))
			break;
	if (i == TXEN_MAX_DOUBTS) {
		ok = false;
	} else if (i == d->nr) {
		d->list[i] = (struct txen_doubt){ *oidp, index, whole };
		WRITE_ONCE(d->nr, i + 1);
	}
	spin_unlock_irqrestore(&d->lock, flags);
	return ok;
}

/**
 * txen_doubt_clear - a put or a flush has succeeded
 * @d: the list of its pool
 * @oidp: the object
 * @index: the page
 * @whole: all pages of the object, those noted one by one included
 *
 * Context: any but NMI.
 */
void txen_doubt_clear(struct txen_doubts *d, const struct tmem_oid *oidp,
		      u32 index, bool whole)
{
	unsigned int i, nr = 0;
	unsigned long flags;

	spin_lock_irqsave(&d->lock, flags);
	for (i = 0; i < d->nr; i++) {
		if (txen_same(&d->list[i], oidp, index, whole) ||
		    (whole && !tmem_oid_compare(&d->list[i].oid, oidp)))
			continue;
		d->list[nr++] = d->list[i];
	}
	WRITE_ONCE(d->nr, nr);
	spin_unlock_irqrestore(&d->lock, flags);
}

/**
 * txen_doubted - may a page not be got?
 * @d: the list of its pool
 * @oidp: the object
 * @index: the page
 *
 * Context: any but NMI.
 * Return: true if it is in doubt.
 */
bool txen_doubted(struct txen_doubts *d, const struct tmem_oid *oidp,
		  u32 index)
{
	unsigned long flags;
	bool found = false;
	unsigned int i;

	if (likely(!READ_ONCE(d->nr)))
		return false;
	spin_lock_irqsave(&d->lock, flags);
	for (i = 0; i < d->nr && !found; i++)
		found = txen_same(&d->list[i], oidp, index, d->list[i].whole);
	spin_unlock_irqrestore(&d->lock, flags);
	return found;
}
