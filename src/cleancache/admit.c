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
 * How a file is read says what it costs to read it again.  A request takes its
 * time however many pages it is for, so that a page alone costs many times what
 * one costs that comes with 31 others.  A database is read in runs at times, by
 * whoever scans it, and page by page at others: its pages are worth as much as
 * any.  A short request where the one before has ended is none of those: where
 * pages of a stream are still in the page cache its reader begins with a few, or
 * is left a few.  A file none of whose pages has been read was written, and what
 * is written is seldom read.  A page of a long file that is read in long runs is
 * worth little but on a slow disk, and on a fast one so are others, or nothing (cost.c).
 *
 * While pages that are worth little are not wanted, one block of them in so many
 * is offered, and asked for, so that the backend hears whether they come back.
 * Nothing is done for the rest, and for those that are worth nothing.
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

/* Bytes that make a long file. */
#define FILE_LONG	(2 << 20)
/* Pages that may be missing between two requests of one stream. */
#define RUN_GAP		32
/* Steps of a page in which a run is counted, and requests it is an average of. */
#define RUN_SHIFT	4
#define RUN_REQUESTS	8
/*
 * So many long requests make up for a short one; so many short ones that are not
 * made up for make a file that is not only read in runs.
 */
#define SHORT_WEIGHT	64U
#define SHORT_MANY	8
/* Pages that make it worth while to keep them together. */
#define CC_TOGETHER	4
/* Of a file that is not wanted: pages of a block, and one block in so many. */
#define BLOCK_SHIFT	5
#define BLOCKS_SHIFT	4

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
 * cc_reads_note - pages are read, or would be if they are not in the store
 * @reads: what is known of their file
 * @first: index of the first one
 * @nr: how many at once
 *
 * Context: any.
 */
void cc_reads_note(struct cc_reads *reads, u32 first, u32 nr)
{
	u32 run = READ_ONCE(reads->run), now = min(nr, 1U << 16) << RUN_SHIFT;
	unsigned int scattered = READ_ONCE(reads->scattered);
	bool goes_on = first - READ_ONCE(reads->next) <= RUN_GAP;

	WRITE_ONCE(reads->next, first + nr);
	if (nr < CC_RUN_LONG && !goes_on)
		WRITE_ONCE(reads->scattered,
			   min_t(u32, scattered + SHORT_WEIGHT, U16_MAX));
	else if (scattered)
		WRITE_ONCE(reads->scattered, scattered - 1);
	if (run)
		now = (run * (RUN_REQUESTS - 1) + now) / RUN_REQUESTS;
	WRITE_ONCE(reads->run, max(now, 1U));
}
TMEM_EXPORT_FOR_TEST(cc_reads_note);

/* Is a file read page by page, too? */
static bool cc_scattered(const struct cc_reads *reads)
{
	return READ_ONCE(reads->scattered) >= SHORT_MANY * SHORT_WEIGHT;
}

/**
 * cc_reads_pages - how many pages of a file are read at once?
 * @reads: what is known of it
 *
 * Context: any.
 * Return: their number, on average, at least 1; CC_RUN_LONG for a file that is read
 * page by page, too, or was not read yet.
 */
u32 cc_reads_pages(const struct cc_reads *reads)
{
	u32 run = READ_ONCE(reads->run);

	return !run || cc_scattered(reads) ? CC_RUN_LONG :
					     max(run >> RUN_SHIFT, 1U);
}
TMEM_EXPORT_FOR_TEST(cc_reads_pages);

/**
 * cc_reads_for_less - does a disk read pages for less than it takes to keep them,
 * and are they no sample?
 * @reads: what is known of their file
 * @size: of the file; bytes
 * @first: index of the first page
 * @nr: number of pages
 *
 * Context: any.
 * Return: true if so.
 */
bool cc_reads_for_less(const struct cc_reads *reads, loff_t size, pgoff_t first,
		       u32 nr)
{
	const pgoff_t mask = (1UL << BLOCKS_SHIFT) - 1;
	pgoff_t block = first >> BLOCK_SHIFT;
	pgoff_t last = (first + nr - 1) >> BLOCK_SHIFT;

	if (READ_ONCE(reads->worth) == CC_WORTH_NOTHING)
		return true;
	/* None of these blocks is a multiple of so many. */
	return (block & mask) &&
	       block >> BLOCKS_SHIFT == last >> BLOCKS_SHIFT &&
	       cc_reads_hints(reads, size) == TMEM_HINT_CHEAP;
}
TMEM_EXPORT_FOR_TEST(cc_reads_for_less);

/**
 * cc_reads_hints - what that says of a page of the file
 * @reads: what is known of it
 * @size: of the file; bytes
 *
 * Context: any.
 * Return: TMEM_HINT_WRITTEN, TMEM_HINT_CHEAP, TMEM_HINT_DEAR or 0.
 */
unsigned int cc_reads_hints(const struct cc_reads *reads, loff_t size)
{
	u32 run = READ_ONCE(reads->run);

	if (!run)
		return TMEM_HINT_WRITTEN;
	switch (READ_ONCE(reads->worth)) {
	case CC_WORTH_MUCH:
		return TMEM_HINT_DEAR;
	case CC_WORTH_KEEPING:
		break;
	default:
		return TMEM_HINT_CHEAP;
	}
	return size >= FILE_LONG && run >= CC_RUN_LONG << RUN_SHIFT &&
	       !cc_scattered(reads) ? TMEM_HINT_CHEAP : 0;
}
TMEM_EXPORT_FOR_TEST(cc_reads_hints);

/**
 * cc_reads_together - are pages of a file read with their neighbours?
 * @reads: what is known of it
 * @size: of the file; bytes
 *
 * Context: any.
 * Return: true if so: CC_TOGETHER pages at once or all of the file, on average, and not
 * page by page, too.  A file of one page has none.
 */
bool cc_reads_together(const struct cc_reads *reads, loff_t size)
{
	u32 few = min_t(u64, CC_TOGETHER, DIV_ROUND_UP_ULL(size, PAGE_SIZE));

	return few > 1 && READ_ONCE(reads->run) >= few << RUN_SHIFT &&
	       !(size >= FILE_LONG && cc_scattered(reads));
}
TMEM_EXPORT_FOR_TEST(cc_reads_together);

/**
 * cc_admit - does the backend want pages?
 * @pool: theirs; the caller is in an SRCU or RCU read section that keeps it
 * @oidp: their object
 * @index: index of the first one
 * @nr: number of pages
 * @hints: TMEM_HINT_*
 *
 * Context: any but NMI, also with irqs off under the i_pages lock.
 * Return: TMEM_OFFER_TAKE if they are worth a put; else why not, and that is
 * counted.
 */
enum tmem_offer cc_admit(struct tmem_bpool pool, const struct tmem_oid *oidp,
			 u32 index, u32 nr, unsigned int hints)
{
	enum tmem_offer ret = tmem_backend_offer(pool, oidp, index, nr, hints);

	switch (ret) {
	case TMEM_OFFER_TAKE:
		break;
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
	case TMEM_OFFER_CHEAP:
		cc_count_n(put_cheap, nr);
		break;
	}
	return ret;
}
