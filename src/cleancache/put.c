// SPDX-License-Identifier: GPL-2.0
/*
 * put.c - pages that leave the page cache
 *
 * Purpose: store a clean page when reclaim drops it; drop its stored copy
 * when it leaves for any other reason.
 *
 * Why this design: see cleancache.h.  Records of pending puts come from a fixed set
 * (record.c).  Who drops many pages at once frees them together, and pages that are
 * alone in their folios wait for that, to be put in runs (together.c).
 *
 * Every record is taken again: a record is made if a_ops is ours under the
 * i_pages lock in which __remove_mapping() has read ->free_folio, and a_ops
 * becomes ours only under that lock (aops.c).  Whoever removes a folio that has
 * references reads ->free_folio later, when a_ops may not be ours any more: such a
 * record is left over, until the folio is removed again or the module goes.
 *
 * Invariants: a record is found by its folio from cc_page_removed() to
 * cc_free_folio(), and after that, while it is held, in the folio (together.c); and
 * by its inode until the backend is done with the page and, if the put was cancelled,
 * with the flush.  At most one put of a page is
 * pending.
 *
 * An inode may end with puts under way, and its file come back as another
 * inode, which does not find them.  Until they are over, what they put may be in
 * the store and be old.  So there is no state for the new inode as long as the
 * old one is an orphan: nothing is asked for, and nothing put.
 *
 * A folio that leaves with references is put in one case: it was read with
 * RWF_DONTCACHE, and its reader, who has the one that is left beside the page
 * cache's, takes it out again.  That he does so is noted by task and folio just
 * before; a note that is lost to another is a page that is not put, and one that
 * is left over, since the folio stayed, goes when the task begins to truncate or
 * invalidate anything.
 *
 * Locking: ci->lock for the list of an inode and @cancelled; inside it, none
 * inside another, those of record.c, and orphan_lock for orphans.  A note has its own.
 */
#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/sched.h>
#include <compat/memcg.h>
#include <compat/rwsem.h>
#include <compat/test_export.h>
#include "put.h"

/* Notes. */
#define NOTE_BITS	4

/* struct cc_inode, dead, with puts under way; orphan_lock */
static LIST_HEAD(orphans);
static DEFINE_SPINLOCK(orphan_lock);

/* Who is about to take which folio out, that he has read; @lock, irqs off. */
static struct cc_note {
	spinlock_t lock;
	const struct task_struct *task;
	const struct folio *folio;
} notes[1 << NOTE_BITS] = {
	[0 ... (1 << NOTE_BITS) - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(notes.lock),
	},
};

static atomic_t nr_referenced;	/* records of folios that have references */

static struct cc_note *cc_note_of_task(void)
{
	return &notes[hash_ptr(current, NOTE_BITS)];
}

/**
 * cc_page_leaving - a task is about to take a folio out that it has read
 * @folio: locked, in the page cache; its mapping is hooked
 *
 * Context: process, irqs on.
 */
void cc_page_leaving(const struct folio *folio)
{
	struct cc_note *note = cc_note_of_task();
	unsigned long flags;

	spin_lock_irqsave(&note->lock, flags);
	note->task = current;
	note->folio = folio;
	spin_unlock_irqrestore(&note->lock, flags);
}
TMEM_EXPORT_FOR_TEST(cc_page_leaving);

/**
 * cc_pages_changing - what this task takes out from here on has changed
 *
 * Context: process, irqs on.
 */
void cc_pages_changing(void)
{
	struct cc_note *note = cc_note_of_task();
	unsigned long flags;

	/* Only this task makes it true. */
	if (likely(data_race(note->task) != current))
		return;
	spin_lock_irqsave(&note->lock, flags);
	if (note->task == current)
		note->task = NULL;
	spin_unlock_irqrestore(&note->lock, flags);
}

/* Has cc_page_leaving() been called for it?  True once. */
static bool cc_page_left(const struct folio *folio)
{
	struct cc_note *note = cc_note_of_task();
	bool ret;

	/* As above. */
	if (data_race(note->task) != current)
		return false;
	spin_lock(&note->lock);
	ret = note->task == current && note->folio == folio;
	if (ret)
		note->task = NULL;
	spin_unlock(&note->lock);
	return ret;
}

static bool cc_overlaps(const struct cc_put *rec, pgoff_t first, pgoff_t last)
{
	return first <= (pgoff_t)rec->first + rec->nr - 1 && rec->first <= last;
}

/**
 * cc_put_cancel - pending puts of a range must leave nothing in the store
 * @ci: the inode
 * @first: first page index
 * @last: last page index, inclusive
 *
 * Context: ci->lock held.
 */
void cc_put_cancel(struct cc_inode *ci, pgoff_t first, pgoff_t last)
{
	struct cc_put *rec;

	lockdep_assert_held(&ci->lock);
	if (cc_broken(CC_BREAK_PENDING))
		return;
	list_for_each_entry(rec, &ci->pending, node)
		if (cc_overlaps(rec, first, last))
			rec->cancelled = true;
}

/**
 * cc_put_orphan - an inode has ended; what it has put must come to nothing
 * @ci: the inode, dead
 *
 * Context: ci->lock held.
 */
void cc_put_orphan(struct cc_inode *ci)
{
	cc_put_cancel(ci, 0, ULONG_MAX);
	if (list_empty(&ci->pending) || cc_broken(CC_BREAK_ORPHAN))
		return;
	spin_lock(&orphan_lock);
	list_add(&ci->orphan, &orphans);
	spin_unlock(&orphan_lock);
}

/**
 * cc_put_orphaned - are puts of a file under way that another inode began?
 * @fs: its file system
 * @oidp: its name
 *
 * Context: any but NMI; the other inode has ended.
 * Return: true if so.
 */
bool cc_put_orphaned(const struct cc_fs *fs, const struct tmem_oid *oidp)
{
	struct cc_inode *ci;
	unsigned long flags;
	bool found = false;

	if (list_empty(&orphans))
		return false;
	spin_lock_irqsave(&orphan_lock, flags);
	list_for_each_entry(ci, &orphans, orphan)
		found |= ci->fs == fs && !tmem_oid_compare(&ci->oid, oidp);
	spin_unlock_irqrestore(&orphan_lock, flags);
	return found;
}

/**
 * cc_put_pending - puts of which of these pages are under way?
 * @ci: the inode
 * @first: first page index
 * @nr: number of pages, up to TMEM_RUN_PAGES
 *
 * Context: the pages are locked and in the page cache, so no put of them can
 * begin; one that began earlier did so under the i_pages lock that has been
 * taken since to add them, and so is seen here.
 * Return: a bitmap of them.
 */
u32 cc_put_pending(struct cc_inode *ci, u32 first, unsigned int nr)
{
	u32 last = first + nr - 1, from, to, found = 0;
	unsigned long flags;
	struct cc_put *rec;

	if (list_empty_careful(&ci->pending) || cc_broken(CC_BREAK_PENDING))
		return 0;
	spin_lock_irqsave(&ci->lock, flags);
	list_for_each_entry(rec, &ci->pending, node) {
		if (!cc_overlaps(rec, first, last))
			continue;
		from = max(rec->first, first);
		to = min(rec->first + rec->nr - 1, last);
		found |= tmem_run_mask(to - first + 1) &
			 ~tmem_run_mask(from - first);
	}
	spin_unlock_irqrestore(&ci->lock, flags);
	return found;
}

/*
 * Has every change of the file that was announced come to its end?  See
 * COHERENCY 2 and 3: a writer holds i_rwsem from before it announced itself,
 * and a direct writer raises i_dio_count before it drops it.
 */
static bool cc_quiescent(struct cc_inode *ci)
{
	struct inode *inode = ci->inode;

	lockdep_assert_held(&ci->lock);
	if (!ci->wait || cc_broken(CC_BREAK_QUIESCE))
		return true;
	if (ci->wait & CC_WAIT_DIO) {
		if (inode_is_locked(inode))
			return false;
		/* i_rwsem before i_dio_count: the other way round could miss. */
		smp_rmb();
		if (atomic_read(&inode->i_dio_count))
			return false;
	} else if (tmem_rwsem_is_write_locked(&inode->i_rwsem)) {
		return false;
	}
	/* What the writer did comes before what we do with its pages. */
	smp_rmb();
	cc_inode_over(ci);
	return true;
}

static bool in_doubt(const struct cc_inode *ci, pgoff_t first, pgoff_t last)
{
	lockdep_assert_held(&ci->lock);
	return ci->doubt && cc_range_overlaps(&ci->doubtful, first, last);
}

/**
 * cc_put_look - have the changes of an inode that were announced come to their end?
 * @ci: the inode, with a reference; if they have, that is noted
 *
 * Context: process, irqs on.
 */
void cc_put_look(struct cc_inode *ci)
{
	spin_lock_irq(&ci->lock);
	if (!ci->dead)
		cc_quiescent(ci);
	spin_unlock_irq(&ci->lock);
}

/**
 * cc_page_added - a folio has been added to the page cache
 * @mapping: to which
 * @folio: locked
 *
 * If a direct write of it may be under way, it is in doubt.  Else, if it is the only
 * one of the file, and no change is under way, then nothing is left that a doubt was
 * about: whatever of that is being removed has been judged by put_begin() before it
 * ceased to be counted in nrpages.
 *
 * Context: the tracepoint mm_filemap_add_to_page_cache: process, irqs on; after a
 * full barrier.
 */
void cc_page_added(struct address_space *mapping, struct folio *folio)
{
	unsigned long nr = folio_nr_pages(folio);
	pgoff_t first = folio->index, last = first + nr - 1;
	struct inode *inode = mapping->host;
	struct cc_inode *ci;
	unsigned long flags;

	rcu_read_lock();
	ci = cc_inode_find(inode);
	if (ci && (READ_ONCE(ci->doubt) || !list_empty(&ci->direct)) &&
	    !cc_inode_excluded(inode)) {
		spin_lock_irqsave(&ci->lock, flags);
		if (cc_inode_is_direct(ci, first, last) && !cc_quiescent(ci))
			cc_inode_set_doubt(ci, first, last);
		else if (ci->doubt && !ci->dead &&
			 READ_ONCE(mapping->nrpages) == nr && cc_quiescent(ci) &&
			 READ_ONCE(mapping->nrpages) == nr)
			cc_inode_settled(ci);
		spin_unlock_irqrestore(&ci->lock, flags);
	}
	rcu_read_unlock();
}

/* Does reclaim drop a page, and not who has read it? */
static bool cc_by_reclaim(void)
{
	return current->flags & PF_MEMALLOC;
}

/*
 * May a put wait for others?  Reclaim has taken its folios off the LRU lists, and
 * leaves them frozen until they are freed; who drops one that is on a list gives it a
 * reference again.  While a file is tried that does not compress, each page teaches.
 */
static bool may_wait(const struct cc_inode *ci, struct folio *folio)
{
	return !folio_test_large(folio) && !folio_ref_count(folio) && cc_by_reclaim() &&
	       !folio_test_lru(folio) && !READ_ONCE(ci->raw.run) &&
	       cc_reads_together(&ci->reads, i_size_read(ci->inode));
}

/*
 * Record a put.  The i_pages lock is held and irqs are off.  If this fails,
 * any stored copy has to go; a pending one has been cancelled.  The pool was one
 * of @epoch.
 */
static bool put_begin(struct cc_inode *ci, struct folio *folio, u32 epoch)
{
	u32 first = folio->index, nr = folio_nr_pages(folio);
	struct cc_put *rec;
	bool ok = false;

	spin_lock(&ci->lock);
	if (ci->dead)
		goto out;
	if (!cc_quiescent(ci) || in_doubt(ci, first, first + nr - 1)) {
		cc_count(put_busy);
		goto out;
	}
	list_for_each_entry(rec, &ci->pending, node)
		if (cc_overlaps(rec, first, first + nr - 1))
			goto out;
	rec = cc_record_alloc(folio);
	if (!rec) {
		cc_count(put_norecord);
		goto out;
	}
	rec->ci = ci;
	cc_inode_ref(ci);
	rec->first = first;
	rec->nr = nr;
	rec->epoch = epoch;
	rec->cancelled = false;
	rec->referenced = folio_ref_count(folio);
	rec->together = may_wait(ci, folio);
	if (rec->referenced)
		atomic_inc(&nr_referenced);
	list_add(&rec->node, &ci->pending);
	ci->seq++;
	WRITE_ONCE(ci->stored, true);
	ok = true;
out:
	if (!ok)
		cc_put_cancel(ci, first, first + nr - 1);
	spin_unlock(&ci->lock);
	return ok;
}

/* A large folio's own flag tells of its first page only. */
static bool cc_poisoned(struct folio *folio)
{
	return folio_test_hwpoison(folio) ||
	       (folio_test_large(folio) && folio_test_has_hwpoisoned(folio));
}

/*
 * Nobody else has it: reclaim drops it, or who has read it (fadvise), and then it
 * is frozen; or who has read it has a reference (RWF_DONTCACHE), and the page cache
 * still has its own.  That one is locked and unmapped: nobody comes to it any more.
 * Those who change the file leave it its references, too.
 */
static bool cc_nobody_elses(struct folio *folio)
{
	int refs = folio_ref_count(folio);

	return !refs || (refs == folio_nr_pages(folio) + 1 &&
			 !folio_mapped(folio) && cc_page_left(folio));
}

/* A clean page that nobody else has is worth keeping. */
static bool worth_putting(struct address_space *mapping, struct folio *folio)
{
	if (!cc_nobody_elses(folio))
		return false;
	if (!folio_test_uptodate(folio) || folio_test_dirty(folio) ||
	    folio_test_writeback(folio) || cc_poisoned(folio))
		return false;
	if (folio->index + folio_nr_pages(folio) - 1 > U32_MAX)
		return false;
	return !mapping_exiting(mapping) && !cc_inode_excluded(mapping->host);
}

/*
 * Is it of a file whose pages are not wanted, and does reclaim drop it?  A long file
 * that is read once leaves the page cache through here: little is looked at.
 */
static bool cc_unwanted(struct cc_inode *ci, const struct inode *inode,
			struct folio *folio)
{
	u32 nr;

	if (!cc_cost_nothing(ci) && !READ_ONCE(ci->reads.unwanted))
		return false;
	if (folio_ref_count(folio) || !cc_by_reclaim())
		return false;
	nr = folio_nr_pages(folio);
	if (!cc_reads_for_less(&ci->reads, i_size_read(inode), folio->index, nr))
		return false;
	cc_cost_turned_away();
	cc_count_n(put_cheap, nr);
	return true;
}

/* Does the backend want it?  An RCU read section keeps its pool and memcg. */
static bool cc_wanted(struct cc_inode *ci, const struct inode *inode,
		      struct folio *folio)
{
	u32 nr = folio_nr_pages(folio);
	bool dropped = !cc_by_reclaim();
	enum tmem_offer answer;
	unsigned int hints;
	bool unwanted;

	if (READ_ONCE(ci->reads.worth) == CC_WORTH_NOTHING)
		return false;
	/* Who drops it reads it otherwise than whom it is kept for. */
	if (dropped)
		hints = TMEM_HINT_DROPPED;
	else
		hints = cc_reads_hints(&ci->reads, i_size_read(inode));
	if (cc_raw_skip(&ci->raw, nr))
		hints |= TMEM_HINT_RAW;
	if (folio_test_workingset(folio))
		hints |= TMEM_HINT_USED;
	if (tmem_page_memcg_full(&folio->page))
		hints |= TMEM_HINT_CONTAINER;
	/* Mostly it is not, and that is not worth counting. */
	if (dropped)
		return tmem_backend_offer(cc_fs_pool(ci->fs), &ci->oid,
					  folio->index, nr, hints) ==
		       TMEM_OFFER_TAKE;
	answer = cc_admit(cc_fs_pool(ci->fs), &ci->oid, folio->index, nr,
			  hints);
	unwanted = answer == TMEM_OFFER_CHEAP || answer == TMEM_OFFER_RAW;
	/* That there is no room says nothing of the file. */
	if ((hints & TMEM_HINT_CHEAP) && answer != TMEM_OFFER_NO_ROOM &&
	    answer != TMEM_OFFER_CONTAINER)
		WRITE_ONCE(ci->reads.unwanted, unwanted);
	return answer == TMEM_OFFER_TAKE;
}

/**
 * cc_put_end - a put is over; if it was cancelled meanwhile, it is undone first
 * @rec: its record, the caller's; free on return
 *
 * Context: any but NMI, in an SRCU or RCU read section.
 */
void cc_put_end(struct cc_put *rec)
{
	struct cc_inode *ci = rec->ci;
	unsigned long flags;

	spin_lock_irqsave(&ci->lock, flags);
	if (rec->cancelled) {
		spin_unlock_irqrestore(&ci->lock, flags);
		tmem_backend_flush_range(cc_fs_pool(ci->fs), &ci->oid,
					 rec->first, rec->first + rec->nr - 1);
		cc_count(put_cancelled);
		spin_lock_irqsave(&ci->lock, flags);
	}
	list_del(&rec->node);
	if (rec->referenced)
		atomic_dec(&nr_referenced);
	if (ci->dead && list_empty(&ci->pending)) {
		spin_lock(&orphan_lock);
		list_del_init(&ci->orphan);
		spin_unlock(&orphan_lock);
	}
	spin_unlock_irqrestore(&ci->lock, flags);
	cc_record_free(rec);
	cc_inode_unref(ci);
}

/**
 * cc_put_abandon - a put comes to nothing
 * @rec: its record, the caller's; free on return
 *
 * Context: any but NMI, in an SRCU or RCU read section.
 */
void cc_put_abandon(struct cc_put *rec)
{
	unsigned long flags;

	spin_lock_irqsave(&rec->ci->lock, flags);
	rec->cancelled = true;
	spin_unlock_irqrestore(&rec->ci->lock, flags);
	cc_put_end(rec);
}

/**
 * cc_put_exit - the end; drop what is left over
 *
 * Context: process; all hooks are off, and no task is in or near them.
 */
void cc_put_exit(void)
{
	struct cc_put *rec;

	while ((rec = cc_record_left()))
		cc_put_abandon(rec);
	cc_held_exit();
}

/**
 * cc_page_removed - a folio is being removed from the page cache
 * @mapping: from where
 * @folio: locked, its mapping and index still set
 *
 * Context: the tracepoint mm_filemap_delete_from_page_cache: i_pages lock
 * held, irqs off.
 */
void cc_page_removed(struct address_space *mapping, struct folio *folio)
{
	struct inode *inode = mapping->host;
	struct cc_inode *ci;
	struct cc_put *rec;
	bool put = false;
	u32 epoch = 0;

	/* It is in the page cache again, whatever for: not by that removal. */
	rec = cc_held_take(folio);
	if (!rec && unlikely(atomic_read(&nr_referenced)))
		rec = cc_record_take(folio);
	if (unlikely(rec)) {
		rcu_read_lock();
		cc_put_abandon(rec);
		rcu_read_unlock();
	}
	if (!inode || !S_ISREG(inode->i_mode))
		return;
	rcu_read_lock();
	ci = cc_inode_find(inode);
	if (ci)
		/* Before the pool is looked at: it must be of no earlier one. */
		epoch = smp_load_acquire(&ci->fs->epoch);
	if (ci && !cc_unwanted(ci, inode, folio) &&
	    cc_aops_original(mapping) && cc_fs_pool(ci->fs).id >= 0 &&
	    !(ci->fs->check_blocks && !inode->i_blocks) &&
	    worth_putting(mapping, folio) && cc_wanted(ci, inode, folio)) {
		put = put_begin(ci, folio, epoch);
	} else if (ci && !list_empty_careful(&ci->pending)) {
		spin_lock(&ci->lock);
		cc_put_cancel(ci, folio->index,
			      folio->index + folio_nr_pages(folio) - 1);
		spin_unlock(&ci->lock);
	}
	/* What was deleted has been flushed whole by cc_inode_evicted(). */
	if (!put && !(mapping_exiting(mapping) && !inode->i_nlink) &&
	    !(ci && !cc_inode_stored(ci)) && !cc_broken(CC_BREAK_DELETE))
		cc_inode_flush(inode, folio->index,
			       folio->index + folio_nr_pages(folio) - 1);
	rcu_read_unlock();
}
TMEM_EXPORT_FOR_TEST(cc_page_removed);

/**
 * cc_put_one - put a folio of one page
 * @rec: its record, the caller's
 * @folio: intact
 * @pool: of its file system
 *
 * Context: process, irqs on, in an SRCU read section.
 */
void cc_put_one(struct cc_put *rec, struct folio *folio, struct tmem_bpool pool)
{
	u64 begin = cc_cost_begin();
	int ret = tmem_backend_put_page(pool, &rec->ci->oid, rec->first,
					folio_page(folio, 0));
	bool tried = !ret || ret == -E2BIG;

	cc_cost_put(begin, 1, tried);
	if (ret)
		cc_count(put_refused);
	else
		cc_count(puts);
	if (tried)
		cc_raw_learn(&rec->ci->raw, ret);
}

/**
 * cc_put_run - put the pages of a run
 * @ci: their file's inode
 * @pool: of its file system
 * @run: the pages
 *
 * They are tried at once, so they teach as much of their file as one page does.
 *
 * Context: process, irqs on, in an SRCU read section.
 */
void cc_put_run(struct cc_inode *ci, struct tmem_bpool pool, struct tmem_run *run)
{
	unsigned int i, done, nr = hweight32(run->want), too_big = 0;
	u64 begin = cc_cost_begin();
	u32 left;

	tmem_backend_put_pages(pool, run);
	done = hweight32(run->done);
	tmem_run_for_each(i, run->want & ~run->done, left)
		too_big += run->err[i] == -E2BIG;
	cc_cost_put(begin, nr, done + too_big == nr);
	cc_count_n(puts, done);
	cc_count_n(put_refused, nr - done);
	if (done || too_big)
		cc_raw_learn(&ci->raw, too_big > done);
}

/* The pages of a large folio, in runs.  Not inlined: it takes stack. */
static noinline void cc_put_large(struct cc_put *rec, struct folio *folio,
				  struct tmem_bpool pool)
{
	struct page *pages[TMEM_RUN_PAGES];
	unsigned int i, at;
	struct tmem_run run;

	run.oidp = &rec->ci->oid;
	run.pages = pages;
	for (at = 0; at < rec->nr && !READ_ONCE(rec->cancelled); at += run.nr) {
		run.index = rec->first + at;
		run.nr = min_t(u32, rec->nr - at, TMEM_RUN_PAGES);
		run.want = tmem_run_mask(run.nr);
		for (i = 0; i < run.nr; i++)
			pages[i] = folio_page(folio, at + i);
		cc_put_run(rec->ci, pool, &run);
		if (!rec->referenced)
			cond_resched();
	}
}

/**
 * cc_put_pool - the pool that a put is for
 * @rec: its record, the caller's
 *
 * Context: in an SRCU read section.
 * Return: the pool, maybe of a later epoch than the page: see cc_put_stale().
 */
struct tmem_bpool cc_put_pool(const struct cc_put *rec)
{
	struct tmem_bpool pool = cc_fs_pool(rec->ci->fs);

	/* Before the epoch that cc_put_stale() reads. */
	smp_rmb();
	return pool;
}

/**
 * cc_put_stale - is what a put would store of no use any more?
 * @rec: its record, the caller's
 *
 * Context: after cc_put_pool().
 * Return: true if so.
 */
bool cc_put_stale(const struct cc_put *rec)
{
	return READ_ONCE(rec->ci->fs->epoch) != rec->epoch || READ_ONCE(rec->cancelled);
}

/**
 * cc_free_folio - ->free_folio of hooked mappings
 * @folio: removed from its mapping; if by reclaim, frozen and ours alone, and if it
 *	has a record nobody else's
 *
 * Context: process, no lock held; often in reclaim.  May sleep if the folio has
 * a record, as reclaim does between folios (cond_resched()): 512 pages are
 * milliseconds of compression.  Not if it has references: a write with
 * RWF_DONTCACHE ends with its bio, wherever that is.
 */
void cc_free_folio(struct folio *folio)
{
	struct tmem_bpool pool;
	struct cc_put *rec;
	int idx;

	/* Other removals than by reclaim keep references; few have a record. */
	if (folio_ref_count(folio) && !atomic_read(&nr_referenced))
		return;
	/* One made for this removal is this task's own, and seen without the lock. */
	if (!cc_record_maybe(folio))
		return;
	idx = srcu_read_lock(&cc_srcu);
	rec = cc_record_take(folio);
	if (rec && !cc_held_begin(rec, folio)) {
		pool = cc_put_pool(rec);
		if (!cc_put_stale(rec) && rec->nr > 1)
			cc_put_large(rec, folio, pool);
		else if (!cc_put_stale(rec))
			cc_put_one(rec, folio, pool);
		cc_put_end(rec);
	}
	srcu_read_unlock(&cc_srcu, idx);
}
TMEM_EXPORT_FOR_TEST(cc_free_folio);
