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
 * request, and what is used is unlocked before the file system reads the rest.
 *
 * What is missing is asked of the file system in one piece, from the first such page
 * to the last, if requests of the disk are known to take long.  Such a disk takes about
 * as long for a page as for a run, so pages of the store in between, which would make
 * two requests of one, save nothing unless they are many: they are used at either end
 * of what is asked for, or if CC_RUN_WORTH of them lie side by side.  Others are read
 * with their neighbours; that they came first was work for nothing, though little
 * beside a request; the backend has counted them as asked for, and they are offered
 * again when they leave the page cache.  (A database on 7.3, which reads 3 MB ahead: a
 * scan with the store took 6200 requests, and without it 2600.)  Not so where a page of
 * a mapping is missing and what is around it is read as well: whom it is read for waits
 * for a page in the middle, and all that came is used.
 *
 * Locking: the folios are locked by the caller; one SRCU read section around
 * everything, the file system's own work included (unloading waits for it).
 */
#include <linux/sched.h>
#include <compat/test_export.h>
#include "cleancache.h"

/* A request that takes so long is worth more than what a run's pages take here; ns. */
#define REQUEST_LONG	(NSEC_PER_MSEC / 4)

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

/**
 * struct cc_request - a readahead, on its way through the store
 * @orig: the file system's operations
 * @rac: the request
 * @ci: the inode's state
 * @end: index behind its last one
 * @all: all that comes is used: somebody waits for a page in the middle, or a request
 *	more takes no time
 * @done: index behind the last page that is unlocked, or that the file system has read
 * @came: index of the first of those that came from the store last, side by side, and
 *	are locked yet
 * @came_end: index behind them
 * @epoch: of the file system, before the first of them was asked for
 */
struct cc_request {
	const struct address_space_operations *orig;
	struct readahead_control *rac;
	struct cc_inode *ci;
	pgoff_t end, done, came, came_end;
	bool all;
	u32 epoch;
};

/*
 * Let the file system read folios @index to @end - 1 of the request.  It may have
 * folios added around them (readahead_expand()), which it reads then too; if one
 * of these was in use lately, it begins a memstall that the caller of ->readahead
 * ends.
 */
static void read_run(struct cc_request *rq, pgoff_t index, pgoff_t end)
{
	struct readahead_control run = *rq->rac;
	struct folio *folio;

	if (index == end)
		return;
	run._index = index;
	run._nr_pages = end - index;
	run._batch_count = 0;
	rq->orig->readahead(&run);
	/* What it gave up on is read one by one when somebody needs it. */
	while ((folio = readahead_folio(&run)))
		folio_unlock(folio);
	rq->rac->_workingset = run._workingset;
	rq->rac->_pflags = run._pflags;
}

/* Are they worth that what is missing is read in two requests, if it is? */
static bool cc_worth_using(const struct cc_request *rq)
{
	return rq->came == rq->done || rq->came_end == rq->end || rq->all ||
	       rq->came_end - rq->came >= CC_RUN_WORTH;
}

/*
 * Unlock what came, so that who waits for it need not wait for what the file system
 * reads, and have it read what is missing before that; or leave it all to it.
 */
static void cc_use(struct cc_request *rq)
{
	unsigned long nr = rq->came_end - rq->came;
	struct folio *folio;
	pgoff_t index;

	if (!nr)
		return;
	/* cc_get_run() has ordered this behind the last page. */
	if (cc_worth_using(rq) && READ_ONCE(rq->ci->fs->epoch) == rq->epoch &&
	    !cc_write_failed(rq->rac->mapping->host)) {
		cc_count_n(succ_gets, nr);
		cc_time_add(saved_ns, (u64)nr * READ_ONCE(rq->ci->fs->disk.page_ns));
		for (index = rq->came; index < rq->came_end;) {
			folio = xa_load(&rq->rac->mapping->i_pages, index);
			index += folio_nr_pages(folio);
			folio_mark_uptodate(folio);
			folio_unlock(folio);
			folio_put(folio);
		}
		read_run(rq, rq->done, rq->came);
		rq->done = rq->came_end;
	} else {
		cc_count_n(get_unused, nr);
	}
	rq->came = rq->came_end;
}

/* A folio's pages came from the store; others that are locked yet end where it begins. */
static void cc_came(struct cc_request *rq, pgoff_t index, long nr, u32 epoch)
{
	if (rq->came == rq->came_end) {
		rq->came = index;
		rq->epoch = epoch;
	}
	rq->came_end = index + nr;
	if (cc_worth_using(rq))
		cc_use(rq);
}

static void cc_missing(struct cc_request *rq, bool failed, bool pending, unsigned int nr)
{
	if (pending)
		cc_count_n(get_pending, nr);
	else if (failed)
		cc_count(get_errors);
	else
		cc_count(failed_gets);
	cc_use(rq);
}

/* Fill a folio of more pages than a run: all of it or nothing that counts. */
static void cc_fill_large(struct cc_request *rq, struct folio *folio)
{
	/* Of one epoch, all of it; what is asked for checks its part. */
	u32 epoch = smp_load_acquire(&rq->ci->fs->epoch);
	long i, k, n, nr = folio_nr_pages(folio);
	struct page *pages[TMEM_RUN_PAGES];
	u32 got, failed = 0, pending = 0;

	if (folio->index + nr - 1 > U32_MAX) {
		cc_use(rq);
		return;
	}
	for (i = 0; i < nr; i += n) {
		n = min_t(long, nr - i, TMEM_RUN_PAGES);
		for (k = 0; k < n; k++)
			pages[k] = folio_page(folio, i + k);
		got = cc_get_run(rq->ci, folio->index + i, n, pages, &failed,
				 &pending);
		if (got != tmem_run_mask(n))
			goto missing;
		cond_resched();
	}
	cc_came(rq, folio->index, nr, epoch);
	return;

missing:
	cc_missing(rq, failed, pending, nr);
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

/* Fill what the store has of these folios: all pages of a folio, or none that counts. */
static void cc_fill_run(struct cc_request *rq, pgoff_t index, unsigned int nr,
			struct page **pages)
{
	/* Before the first page of it is asked for. */
	u32 epoch = smp_load_acquire(&rq->ci->fs->epoch);
	u32 got, failed, pending, bits;
	unsigned int i, n;

	got = cc_get_run(rq->ci, index, nr, pages, &failed, &pending);
	for (i = 0; i < nr; i += n) {
		n = folio_nr_pages(page_folio(pages[i]));
		bits = tmem_run_mask(i + n) & ~tmem_run_mask(i);
		if ((got & bits) == bits)
			cc_came(rq, index + i, n, epoch);
		else
			cc_missing(rq, failed & bits, pending & bits, n);
	}
}

/*
 * Is it a part of what is read around a page that a mapping lacks?  That is as much as
 * is read ahead at most, with the mark where the last quarter begins, or with none (of
 * programs, later); who reads has others.  What is in the page cache already cuts it
 * into parts.
 */
static bool cc_reads_around(struct readahead_control *rac)
{
	const struct file_ra_state *ra = rac->ra;
	pgoff_t index = readahead_index(rac);
	unsigned int nr = readahead_count(rac);

	if (!ra || nr > ra->size || index >= ra->start + ra->size ||
	    index + nr <= ra->start)
		return false;
	return !ra->async_size || (ra->size == ra->ra_pages &&
				   ra->async_size == ra->ra_pages / 4);
}

static void cc_do_readahead(const struct address_space_operations *orig,
			    struct readahead_control *rac, struct cc_inode *ci)
{
	pgoff_t index = readahead_index(rac);
	struct cc_request rq = {
		.orig = orig,
		.rac = rac,
		.ci = ci,
		.end = index + readahead_count(rac),
		.done = index,
		.all = cc_reads_around(rac) ||
		       cc_cost_request(&ci->fs->disk) < REQUEST_LONG,
	};
	struct page *pages[TMEM_RUN_PAGES];
	struct folio *folio;
	unsigned int nr;

	for (; index < rq.end; index += nr) {
		nr = cc_collect(rac->mapping, index, rq.end, pages);
		if (nr) {
			cc_fill_run(&rq, index, nr, pages);
			continue;
		}
		folio = xa_load(&rac->mapping->i_pages, index);
		nr = folio_nr_pages(folio);
		cc_fill_large(&rq, folio);
	}
	cc_use(&rq);
	read_run(&rq, rq.done, rq.end);
	rac->_index = rq.end;
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
