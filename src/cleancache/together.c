// SPDX-License-Identifier: GPL-2.0
/*
 * together.c - puts that wait until what was dropped with them is freed
 *
 * Purpose: have pages that reclaim drops one after the other come to the backend in
 * runs: one look-up for all of them, and neighbours can be compressed as one.
 *
 * Why this design: reclaim takes a few dozen folios from the end of a list, where those
 * lie side by side that were read together, drops one after the other, and gives their
 * memory back in the end, of all at once (compat/reclaim.h).  Until then each is frozen
 * and intact, and nobody's.  So when ->free_folio comes for one, its put may be *held*:
 * it stays pending, as it is from the time that its page left the page cache, so that
 * whoever changes the file cancels it and whoever reads it does not ask for it; and it
 * is made just before the memory goes, by an ftrace hook on the function that takes
 * what is given back.  Nothing is copied or allocated for that.
 *
 * A folio whose put is held bears the record in folio->private, which is NULL after
 * ->release_folio.  It is frozen until the hook sees it, so nobody else can free it.
 * Should one go past the hook all the same (ftrace has failed), it bears the record until
 * the allocator clears that, when it is freed, or handed out again: it is not put.  Nor
 * is one that has come to the page cache again instead, nor what is not as it was when it
 * was dropped (cc_is_intact()).  The record of such a folio is left over, and its page
 * neither put nor asked for, until a worker finds it, which looks once a second while
 * any are held.  If it finds many, none is held any more.
 *
 * No put is held if a folio that is freed while the module is loaded does not come to
 * the hook.  What is read page by page is not held: of pages that are compressed as
 * one, one cannot be had without the others.
 *
 * Locking: none.  rec->held is the right to a record that is held: whoever makes it
 * NULL has the record (the hook, cc_page_removed(), a worker).
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <compat/folio_batch.h>
#include <compat/reclaim.h>
#include <compat/test_export.h>
#include <compat/workqueue.h>
#include "put.h"

/* The most that are held: others must find records. */
#define HELD_MAX	(CC_RECORDS * 3 / 4)

/* So many that are left over at once are no accident. */
#define LOST_MANY	(HELD_MAX / 2)

/* Folios that are freed come to the hook. */
static bool hook_works __read_mostly;
/* One that is freed to see that, when the module is loaded. */
static const struct folio *test_folio;
/* All who free folios read it. */
static atomic_t nr_held ____cacheline_aligned_in_smp;

static void cc_held_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(held_work, cc_held_work);

/**
 * cc_held_begin - may a put wait for others?
 * @rec: its record, the caller's
 * @folio: the record's, frozen
 *
 * Context: ->free_folio.
 * Return: true: it is not the caller's any more; false.
 */
bool cc_held_begin(struct cc_put *rec, struct folio *folio)
{
	int nr;

	if (!rec->together || !READ_ONCE(hook_works) || folio->private)
		return false;
	nr = atomic_inc_return(&nr_held);
	if (nr > HELD_MAX) {
		atomic_dec(&nr_held);
		return false;
	}
	WRITE_ONCE(folio->private, rec);
	/* Pairs with the acquire in cc_held_work(). */
	smp_store_release(&rec->held, folio);
	if (nr == 1)
		queue_delayed_work(tmem_wq, &held_work, HZ);
	return true;
}

/* Take a record from who may have it; false if it is another's by now. */
static bool cc_held_claim(struct cc_put *rec, struct folio *folio)
{
	if (cmpxchg(&rec->held, folio, NULL) != folio)
		return false;
	atomic_dec(&nr_held);
	return true;
}

/* The record that a folio bore when it was held; for tests. */
static struct cc_put *cc_held_of(const struct folio *folio)
{
	unsigned int i;

	for (i = 0; i < CC_RECORDS; i++)
		if (READ_ONCE(cc_record_nr(i)->held) == folio)
			return cc_record_nr(i);
	return NULL;
}

/**
 * cc_held_take - the record that a folio bears
 * @folio: nobody else's, or locked
 *
 * Context: any.
 * Return: the record, the caller's; or NULL.
 */
struct cc_put *cc_held_take(struct folio *folio)
{
	struct cc_put *rec = cc_record_at(folio->private);

	if (cc_broken(CC_BREAK_HELD))
		rec = cc_held_of(folio);
	if (likely(!rec))
		return NULL;
	if (!cc_held_claim(rec, folio))
		rec = NULL;
	WRITE_ONCE(folio->private, NULL);
	return rec;
}

/**
 * struct cc_together - puts that are made at once, of pages that follow each other
 * @nr: how many
 * @recs: their records
 * @pages: their pages
 */
struct cc_together {
	unsigned int nr;
	struct cc_put *recs[TMEM_RUN_PAGES];
	struct page *pages[TMEM_RUN_PAGES];
};

/* Not inlined: it takes stack. */
static noinline void cc_put_several(struct cc_together *t, struct tmem_bpool pool)
{
	struct cc_inode *ci = t->recs[0]->ci;
	unsigned int i;
	struct tmem_run run = {
		.oidp = &ci->oid,
		.index = t->recs[0]->first,
		.nr = t->nr,
		.pages = t->pages,
	};

	for (i = 0; i < t->nr; i++)
		if (!cc_put_stale(t->recs[i]))
			run.want |= 1U << i;
	if (run.want)
		cc_put_run(ci, pool, &run);
}

static void cc_put_together(struct cc_together *t)
{
	struct tmem_bpool pool;
	unsigned int i;

	if (!t->nr)
		return;
	pool = cc_put_pool(t->recs[0]);
	if (t->nr > 1)
		cc_put_several(t, pool);
	else if (!cc_put_stale(t->recs[0]))
		cc_put_one(t->recs[0], page_folio(t->pages[0]), pool);
	for (i = 0; i < t->nr; i++)
		cc_put_end(t->recs[i]);
	t->nr = 0;
}

static bool cc_goes_on(const struct cc_together *t, const struct cc_put *rec)
{
	const struct cc_put *first = t->recs[0];

	return t->nr < TMEM_RUN_PAGES && rec->ci == first->ci &&
	       rec->first > first->first && rec->first - first->first == t->nr;
}

/* Is it as it was when it was dropped? */
static bool cc_is_intact(const struct cc_put *rec, struct folio *folio)
{
	return !folio->mapping && folio->index == rec->first && !folio_ref_count(folio) &&
	       !folio_test_hwpoison(folio);
}

/* Not inlined: it takes stack, and is seldom called. */
static noinline void cc_put_freed(struct tmem_freed *freed)
{
	struct list_head *pos = NULL;
	struct cc_together t;
	struct folio *folio;
	struct cc_put *rec;
	unsigned int nr;
	int idx;

	t.nr = 0;
	idx = srcu_read_lock(&cc_srcu);
	tmem_for_each_freed(folio, freed, nr, pos) {
		rec = cc_held_take(folio);
		if (!rec)
			continue;
		if (!cc_is_intact(rec, folio)) {
			cc_put_abandon(rec);
			continue;
		}
		if (t.nr && !cc_goes_on(&t, rec))
			cc_put_together(&t);
		t.recs[t.nr] = rec;
		t.pages[t.nr++] = folio_page(folio, 0);
	}
	cc_put_together(&t);
	srcu_read_unlock(&cc_srcu, idx);
}

/* Has a folio come that cc_held_test() has freed? */
static void cc_test_freed(struct tmem_freed *freed)
{
	struct list_head *pos = NULL;
	struct folio *folio;
	unsigned int nr;

	tmem_for_each_freed(folio, freed, nr, pos)
		if (folio == test_folio)
			WRITE_ONCE(hook_works, true);
}

/**
 * cc_folios_freed - folios are about to be freed together
 * @freed: those, intact (compat/reclaim.h)
 *
 * Context: process, irqs on, no lock held, if reclaim frees them, though preemption may
 * be off (of ftrace: if somebody traces the function as well, and always on arm64 before
 * 6.2); others, whose folios have no records, free theirs anywhere.  Does not sleep.
 */
void cc_folios_freed(struct tmem_freed *freed)
{
	if (likely(!atomic_read(&nr_held)))
		return;
	if (!in_task() || irqs_disabled())
		return;
	if (unlikely(READ_ONCE(test_folio)))
		cc_test_freed(freed);
	else
		cc_put_freed(freed);
}
TMEM_EXPORT_FOR_TEST(cc_folios_freed);

/**
 * cc_held_test - do folios that are freed come to the hook?
 *
 * Context: process; sleeps.  Nothing is held yet.
 * Return: true if so, and puts may be held then, or if there is no memory to see it.
 */
bool cc_held_test(void)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 0);
	struct folio_batch batch;

	/* Who lacks a page now will not hold any. */
	if (!folio)
		return true;
	folio_batch_init(&batch);
	folio_batch_add(&batch, folio);
	WRITE_ONCE(test_folio, folio);
	atomic_inc(&nr_held);
	folio_batch_release(&batch);
	atomic_dec(&nr_held);
	WRITE_ONCE(test_folio, NULL);
	return READ_ONCE(hook_works);
}

/* Does a folio bear a record?  The page may be anything by now. */
static bool cc_bears(struct folio *folio, const struct cc_put *rec)
{
	/* Or it is gone. */
	return pfn_to_online_page(folio_pfn(folio)) && READ_ONCE(folio->private) == rec;
}

/* Those that are left over come to nothing. */
static void cc_held_work(struct work_struct *work)
{
	unsigned int i, lost = 0;
	struct folio *folio;
	struct cc_put *rec;
	int idx;

	idx = srcu_read_lock(&cc_srcu);
	for (i = 0; i < CC_RECORDS; i++) {
		rec = cc_record_nr(i);
		/* Pairs with the release in cc_held_begin(): it bore it then. */
		folio = smp_load_acquire(&rec->held);
		if (!folio || cc_bears(folio, rec) || !cc_held_claim(rec, folio))
			continue;
		cc_put_abandon(rec);
		lost++;
	}
	srcu_read_unlock(&cc_srcu, idx);
	if (lost > LOST_MANY) {
		pr_warn("pages that are freed do not come to %s: they are put one by one from now on\n",
			tmem_freed_function());
		WRITE_ONCE(hook_works, false);
	}
	if (atomic_read(&nr_held))
		queue_delayed_work(tmem_wq, &held_work, HZ);
}

/**
 * cc_held_exit - the end; what is still held comes to nothing
 *
 * Context: process; all hooks are off, and no task is in or near them.
 */
void cc_held_exit(void)
{
	struct folio *folio;
	struct cc_put *rec;
	unsigned int i;

	cancel_delayed_work_sync(&held_work);
	for (i = 0; i < CC_RECORDS; i++) {
		rec = cc_record_nr(i);
		folio = rec->held;
		if (folio && cc_held_claim(rec, folio))
			cc_put_abandon(rec);
	}
}

#ifdef TMEM_TEST_BUILD
/**
 * cc_held_pause - nobody looks for records that are left over; for tests
 *
 * Until the next put is held as the only one, or cc_held_sweep().
 *
 * Context: process; sleeps.
 */
void cc_held_pause(void)
{
	cancel_delayed_work_sync(&held_work);
}
TMEM_EXPORT_FOR_TEST(cc_held_pause);

/**
 * cc_held_sweep - look for records that are left over; for tests
 *
 * Context: process; sleeps.
 */
void cc_held_sweep(void)
{
	mod_delayed_work(tmem_wq, &held_work, 0);
	flush_delayed_work(&held_work);
}
TMEM_EXPORT_FOR_TEST(cc_held_sweep);
#endif
