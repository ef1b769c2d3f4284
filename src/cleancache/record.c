// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - records of pending puts
 *
 * Purpose: a record for a folio that is about to leave, found again by the folio.
 *
 * Why this design: a record is needed for the time between the tracepoint and
 * ->free_folio, in the same task, or until reclaim gives back what it has dropped
 * together, which is never much.  Records come from a fixed set: nothing is allocated
 * under the i_pages lock, and without a record the page is just not put.  Free ones lie
 * on shelves: a CPU takes them from its own, and from others when that is empty; those
 * in use are hashed by their folios, until they are taken.  So CPUs that drop pages at
 * the same time meet in no lock but their inode's.
 *
 * Locking: those of a shelf and of a bucket, irqs off; none inside another.
 */
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include "put.h"

/* Shelves; records on a shelf at first; buckets. */
#define NR_SHELVES	16
#define SHELF_RECORDS	(CC_RECORDS / NR_SHELVES)
#define BUCKET_BITS	5

static struct cc_put records[CC_RECORDS];

/**
 * struct cc_shelf - free records
 * @lock: for what follows; irqs off
 * @used: how many of the shelf's part of @records have been in use, ever
 * @free: those that were put back
 */
struct cc_shelf {
	spinlock_t lock;
	unsigned int used;
	struct hlist_head free;
} ____cacheline_aligned_in_smp;

static struct cc_shelf shelves[NR_SHELVES] = {
	[0 ... NR_SHELVES - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(shelves.lock),
	},
};

/**
 * struct cc_bucket - records in use, of the folios with a hash
 * @lock: for the list; irqs off
 * @records: the list
 */
struct cc_bucket {
	spinlock_t lock;
	struct hlist_head records;
} ____cacheline_aligned_in_smp;

static struct cc_bucket buckets[1 << BUCKET_BITS] = {
	[0 ... (1 << BUCKET_BITS) - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(buckets.lock),
	},
};

static struct cc_bucket *cc_bucket_of(const struct folio *folio)
{
	return &buckets[hash_ptr(folio, BUCKET_BITS)];
}

static struct cc_put *cc_record_from(struct cc_shelf *shelf)
{
	struct cc_put *rec = NULL;

	spin_lock(&shelf->lock);
	if (!hlist_empty(&shelf->free)) {
		rec = hlist_entry(shelf->free.first, struct cc_put, hash);
		hlist_del(&rec->hash);
	} else if (shelf->used < SHELF_RECORDS) {
		rec = &records[(shelf - shelves) * SHELF_RECORDS + shelf->used++];
	}
	spin_unlock(&shelf->lock);
	return rec;
}

/**
 * cc_record_alloc - get a record
 * @folio: by which it is found
 *
 * Context: irqs off.
 * Return: the record; NULL: all are in use.
 */
struct cc_put *cc_record_alloc(struct folio *folio)
{
	struct cc_bucket *bucket = cc_bucket_of(folio);
	unsigned int own = smp_processor_id(), i;
	struct cc_put *rec = NULL;

	for (i = 0; !rec && i < NR_SHELVES; i++)
		rec = cc_record_from(&shelves[(own + i) % NR_SHELVES]);
	if (!rec)
		return NULL;
	rec->folio = folio;
	spin_lock(&bucket->lock);
	hlist_add_head(&rec->hash, &bucket->records);
	spin_unlock(&bucket->lock);
	return rec;
}

/**
 * cc_record_take - the record of a folio, which is found no more
 * @folio: the folio
 *
 * Context: any but NMI.
 * Return: the record, the caller's; or NULL.
 */
struct cc_put *cc_record_take(struct folio *folio)
{
	struct cc_bucket *bucket = cc_bucket_of(folio);
	struct cc_put *rec;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	hlist_for_each_entry(rec, &bucket->records, hash) {
		if (rec->folio == folio) {
			hlist_del(&rec->hash);
			spin_unlock_irqrestore(&bucket->lock, flags);
			return rec;
		}
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
	return NULL;
}

/**
 * cc_record_maybe - may a folio have a record?
 * @folio: the folio
 *
 * Context: any; sees what this task has made, or what was made before the folio came
 * to it.
 * Return: false: it has none.
 */
bool cc_record_maybe(const struct folio *folio)
{
	return !hlist_empty(&cc_bucket_of(folio)->records);
}

/**
 * cc_record_free - give a record back
 * @rec: the record, the caller's
 *
 * Context: any but NMI.
 */
void cc_record_free(struct cc_put *rec)
{
	struct cc_shelf *shelf;
	unsigned long flags;

	/* Any will do. */
	shelf = &shelves[raw_smp_processor_id() % NR_SHELVES];
	spin_lock_irqsave(&shelf->lock, flags);
	hlist_add_head(&rec->hash, &shelf->free);
	spin_unlock_irqrestore(&shelf->lock, flags);
}

/**
 * cc_record_nr - a record, in use or not
 * @nr: which of CC_RECORDS
 *
 * Context: any.
 * Return: the record.
 */
struct cc_put *cc_record_nr(unsigned int nr)
{
	return &records[nr];
}

/**
 * cc_record_at - is something a record?
 * @mem: its address
 *
 * Context: any.
 * Return: the record, in use or not; NULL: it is something else.
 */
struct cc_put *cc_record_at(void *mem)
{
	return mem >= (void *)records && mem < (void *)(records + CC_RECORDS) ? mem : NULL;
}

/**
 * cc_record_left - a record that is still found by its folio
 *
 * Context: process; no task makes or takes any.
 * Return: the record, the caller's; NULL: there is none any more.
 */
struct cc_put *cc_record_left(void)
{
	struct cc_put *rec;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(buckets); i++) {
		if (hlist_empty(&buckets[i].records))
			continue;
		rec = hlist_entry(buckets[i].records.first, struct cc_put, hash);
		hlist_del(&rec->hash);
		return rec;
	}
	return NULL;
}
