// SPDX-License-Identifier: GPL-2.0
/*
 * admit.c - is a page that leaves the page cache offered to any avail?
 *
 * Purpose: ask the backend before a page is copied or compressed, and learn of
 * each file whether its pages compress.
 *
 * Why this design: the backend knows what room there is and what has paid, and
 * decides; what it cannot know is said in hints.  That a file does not compress
 * is learnt page by page: after RAW_TRIES refused in a row the next try comes
 * after twice as many pages each time, so that a large file costs a few dozen
 * tries, and one that turns from packed to plain is found out.
 *
 * Locking: none; what is known of a file is a hint, and a lost update costs a
 * page more or less.
 */
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "common.h"

/* Pages refused in a row before any is left out; at most so many are. */
#define RAW_TRIES	3
#define RAW_MAX_SHIFT	10

/**
 * cc_raw_skip - is a page to be left out since others did not compress?
 * @raw: what is known of its file
 * @nr: number of pages
 *
 * Context: any.
 * Return: true if so.
 */
bool cc_raw_skip(struct cc_raw *raw, u32 nr)
{
	u32 skip = READ_ONCE(raw->skip);

	if (!skip)
		return false;
	WRITE_ONCE(raw->skip, skip - min(skip, nr));
	return true;
}
TMEM_EXPORT_FOR_TEST(cc_raw_skip);

/**
 * cc_raw_learn - a page was put
 * @raw: what is known of its file
 * @refused: as incompressible
 *
 * Context: any.
 */
void cc_raw_learn(struct cc_raw *raw, bool refused)
{
	u32 run = READ_ONCE(raw->run);

	if (!refused) {
		if (run)
			WRITE_ONCE(raw->run, run / 2);
		return;
	}
	run = min_t(u32, run + 1, RAW_TRIES + RAW_MAX_SHIFT);
	WRITE_ONCE(raw->run, run);
	if (run >= RAW_TRIES)
		WRITE_ONCE(raw->skip, 1U << (run - RAW_TRIES));
}
TMEM_EXPORT_FOR_TEST(cc_raw_learn);

/**
 * cc_admit - does the backend want pages?
 * @pool: theirs; the caller is in an SRCU or RCU read section that keeps it
 * @oidp: their object
 * @index: index of the first one
 * @nr: number of pages
 * @hints: TMEM_HINT_*
 *
 * Context: any but NMI, also with irqs off under the i_pages lock.
 * Return: true if they are worth a put; else it is counted why not.
 */
bool cc_admit(struct tmem_bpool pool, const struct tmem_oid *oidp, u32 index,
	      u32 nr, unsigned int hints)
{
	switch (tmem_backend_offer(pool, oidp, index, nr, hints)) {
	case TMEM_OFFER_TAKE:
		return true;
	case TMEM_OFFER_RAW:
		cc_count_n(put_incompressible_file, nr);
		break;
	case TMEM_OFFER_NO_ROOM:
		cc_count_n(put_no_room, nr);
		break;
	case TMEM_OFFER_CONTAINER:
		cc_count_n(put_container, nr);
		break;
	case TMEM_OFFER_NO_GAIN:
		cc_count_n(put_no_gain, nr);
		break;
	case TMEM_OFFER_NO_EVIDENCE:
		cc_count_n(put_no_evidence, nr);
		break;
	}
	return false;
}
