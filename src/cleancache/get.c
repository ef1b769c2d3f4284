// SPDX-License-Identifier: GPL-2.0
/*
 * get.c - pages that are read
 *
 * Purpose: serve readahead from the store, and leave to the file system what
 * is not there.
 *
 * Why this design: the folios of a readahead have been locked since they were
 * added to the page cache, by this task, so nobody has seen or changed them.
 * That is not so in ->read_folio, which may be called for a folio that was
 * added long ago and partly written; it is never served.
 *
 * The store is asked for a run of pages at a time, over the folios of the
 * request, and what it has is unlocked before the file system reads the rest.
 *
 * Locking: the folios are locked by the caller; one SRCU read section around
 * everything, the file system's own work included (unloading waits for it).
 */
#include <linux/sched.h>
#include <compat/test_export.h>
#include "cleancache.h"

/*
 * Ask the store for pages @index to @index + @nr - 1 of a file.  Returns those
 * that came, as a bitmap; @failed becomes those that it has and cannot deliver,
 * @pending those that may not be asked for yet.
 */
static u32 cc_get_run(struct cc_inode *ci, pgoff_t index, unsigned int nr,
		      struct page **pages, u32 *failed, u32 *pending)
{
	/* The epoch first: the pool must be of no earlier one. */
	u32 epoch = smp_load_acquire(&ci->fs->epoch);
	struct tmem_bpool pool = cc_fs_pool(ci->fs);
	struct tmem_run run;
	unsigned int i;
	u64 begin;
	u32 left;

	*failed = 0;
	*pending = 0;
	if (pool.id < 0)
		return 0;
	*pending = cc_put_pending(ci, index, nr);
	run.oidp = &ci->oid;
	run.index = index;
	run.nr = nr;
	run.want = tmem_run_mask(nr) & ~*pending;
	run.pages = pages;
	run.source_ns = READ_ONCE(ci->fs->disk.page_ns);
	if (!run.want)
		return 0;
	begin = cc_cost_begin();
	tmem_backend_get_pages(pool, &run);
	cc_cost_got(begin, hweight32(run.want), hweight32(run.done));
	tmem_run_for_each(i, run.want & ~run.done, left)
		if (run.err[i] != -ENOENT)
			*failed |= 1U << i;
	/* It was emptied meanwhile: what came is old. */
	smp_rmb();
	return READ_ONCE(ci->fs->epoch) == epoch ? run.done : 0;
}

static void cc_count_get(struct cc_inode *ci, unsigned int nr, bool hit,
			 bool failed, bool pending)
{
	if (hit) {
		cc_count_n(succ_gets, nr);
		cc_time_add(saved_ns, (u64)nr * READ_ONCE(ci->fs->disk.page_ns));
	} else if (pending) {
		cc_count_n(get_pending, nr);
	} else if (failed) {
		cc_count(get_errors);
	} else {
		cc_count(failed_gets);
	}
}

/* Who waits for it need not wait for what the file system reads. */
static void cc_served(struct folio *folio)
{
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	folio_put(folio);
}

/* Fill a folio of more pages than a run: all of it or nothing that counts. */
static bool cc_fill_large(struct cc_inode *ci, struct folio *folio)
{
	/* Of one epoch, all of it; what is asked for checks its part. */
	u32 epoch = smp_load_acquire(&ci->fs->epoch);
	long i, k, n, nr = folio_nr_pages(folio);
	struct page *pages[TMEM_RUN_PAGES];
	u32 got, failed, pending;

	if (folio->index + nr - 1 > U32_MAX)
		return false;
	for (i = 0; i < nr; i += n) {
		n = min_t(long, nr - i, TMEM_RUN_PAGES);
		for (k = 0; k < n; k++)
			pages[k] = folio_page(folio, i + k);
		got = cc_get_run(ci, folio->index + i, n, pages, &failed,
				 &pending);
		if (got != tmem_run_mask(n)) {
			cc_count_get(ci, nr, false, failed, pending);
			return false;
		}
		cond_resched();
	}
	/* cc_get_run() has ordered this behind the last page. */
	if (READ_ONCE(ci->fs->epoch) != epoch)
		return false;
	cc_count_get(ci, nr, true, false, false);
	return true;
}

/*
 * The folios from @index on, up to @end, of which a run can ask for all pages:
 * those pages, and their number.
 */
static unsigned int cc_collect(struct address_space *mapping, pgoff_t index,
			       pgoff_t end, struct page **pages)
{
	unsigned int nr = 0, i, n;
	struct folio *folio;

	while (index + nr < end) {
		folio = xa_load(&mapping->i_pages, index + nr);
		n = folio_nr_pages(folio);
		if (n > TMEM_RUN_PAGES - nr || index + nr + n - 1 > U32_MAX)
			break;
		for (i = 0; i < n; i++)
			pages[nr++] = folio_page(folio, i);
	}
	return nr;
}

/*
 * Serve what the store has of these folios.  Returns their pages: those of a
 * folio are all there, or none.
 */
static u32 cc_fill_run(struct cc_inode *ci, pgoff_t index, unsigned int nr,
		       struct page **pages)
{
	u32 got, failed, pending, bits, hits = 0;
	struct folio *folio;
	unsigned int i, n;

	got = cc_get_run(ci, index, nr, pages, &failed, &pending);
	for (i = 0; i < nr; i += n) {
		folio = page_folio(pages[i]);
		n = folio_nr_pages(folio);
		bits = tmem_run_mask(i + n) & ~tmem_run_mask(i);
		cc_count_get(ci, n, (got & bits) == bits, failed & bits,
			     pending & bits);
		if ((got & bits) != bits)
			continue;
		hits |= bits;
		cc_served(folio);
	}
	return hits;
}

/*
 * Let the file system read folios @index to @end - 1 of the request.  It may have
 * folios added around them (readahead_expand()), which it reads then too; if one
 * of these was in use lately, it begins a memstall that the caller of ->readahead
 * ends.
 */
static void read_run(const struct address_space_operations *orig,
		     struct readahead_control *rac, pgoff_t index, pgoff_t end)
{
	struct readahead_control run = *rac;
	struct folio *folio;

	if (index == end)
		return;
	run._index = index;
	run._nr_pages = end - index;
	run._batch_count = 0;
	orig->readahead(&run);
	/* What it gave up on is read one by one when somebody needs it. */
	while ((folio = readahead_folio(&run)))
		folio_unlock(folio);
	rac->_workingset = run._workingset;
	rac->_pflags = run._pflags;
}

static void cc_do_readahead(const struct address_space_operations *orig,
			    struct readahead_control *rac, struct cc_inode *ci)
{
	pgoff_t index = readahead_index(rac), unread = index;
	pgoff_t end = index + readahead_count(rac);
	struct page *pages[TMEM_RUN_PAGES];
	struct folio *folio;
	unsigned int i, nr;
	u32 hits, left;

	for (; index < end; index += nr) {
		nr = cc_collect(rac->mapping, index, end, pages);
		if (nr) {
			hits = cc_fill_run(ci, index, nr, pages);
			tmem_run_for_each(i, hits, left) {
				read_run(orig, rac, unread, index + i);
				unread = index + i + 1;
			}
			continue;
		}
		folio = xa_load(&rac->mapping->i_pages, index);
		nr = folio_nr_pages(folio);
		if (cc_fill_large(ci, folio)) {
			cc_served(folio);
			read_run(orig, rac, unread, index);
			unread = index + nr;
		}
	}
	read_run(orig, rac, unread, end);
	rac->_index = end;
	rac->_nr_pages = 0;
	rac->_batch_count = 0;
}

/*
 * Is the backend asked?  If not for the pages, then since it wants to hear what
 * is read that it refused.
 */
static bool to_be_asked(struct cc_inode *ci, struct readahead_control *rac)
{
	return !cc_reads_for_less(&ci->reads, i_size_read(ci->inode),
				  readahead_index(rac), readahead_count(rac)) ||
	       cc_inode_stored(ci);
}

/**
 * cc_readahead - ->readahead of hooked mappings
 * @rac: the request: folios that are locked and in the page cache
 *
 * Context: process; sleeps as the file system's own does.
 */
void cc_readahead(struct readahead_control *rac)
{
	const struct address_space_operations *orig;
	struct inode *inode = rac->mapping->host;
	struct tmem_bpool pool = TMEM_NO_BPOOL;
	struct cc_inode *ci;
	int idx;

	idx = srcu_read_lock(&cc_srcu);
	orig = cc_aops_original(rac->mapping);
	if (!orig) {
		/* Unhooked, or given other operations, a moment ago. */
		rac->mapping->a_ops->readahead(rac);
		goto out;
	}
	ci = cc_inode_get(inode);
	if (ci && !cc_inode_excluded(inode)) {
		cc_reads_note(&ci->reads, readahead_index(rac),
			      readahead_count(rac));
		cc_cost_look(ci->fs, inode->i_sb);
		cc_cost_judge(ci);
		if (to_be_asked(ci, rac))
			pool = cc_fs_pool(ci->fs);
	}
	if (pool.id >= 0)
		cc_do_readahead(orig, rac, ci);
	else
		orig->readahead(rac);
	if (ci)
		cc_inode_unref(ci);
out:
	srcu_read_unlock(&cc_srcu, idx);
}
TMEM_EXPORT_FOR_TEST(cc_readahead);
