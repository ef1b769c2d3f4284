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
 * Locking: the folios are locked by the caller; one SRCU read section around
 * everything, the file system's own work included (unloading waits for it).
 */
#include <linux/sched.h>
#include <compat/test_export.h>
#include "cleancache.h"

/* Pages of a large folio that are got without a look at who wants the CPU. */
#define GET_BATCH	32

/* Fill a folio from the store: all of it or nothing that counts. */
static bool cc_fill(struct cc_inode *ci, struct folio *folio)
{
	/* The epoch first: the pool must be of no earlier one. */
	u32 epoch = smp_load_acquire(&ci->fs->epoch);
	struct tmem_bpool pool = cc_fs_pool(ci->fs);
	long i, nr = folio_nr_pages(folio);
	u64 begin;
	int ret;

	if (pool.id < 0 || folio->index + nr - 1 > U32_MAX)
		return false;
	if (cc_put_pending(ci, folio->index, folio->index + nr - 1)) {
		cc_count_n(get_pending, nr);
		return false;
	}
	for (i = 0; i < nr; i++) {
		begin = cc_cost_begin();
		ret = tmem_backend_get_page(pool, &ci->oid, folio->index + i,
					    folio_page(folio, i));
		cc_cost_end(begin);
		if (ret) {
			if (ret == -ENOENT)
				cc_count(failed_gets);
			else
				cc_count(get_errors);
			return false;
		}
		if (i % GET_BATCH == GET_BATCH - 1)
			cond_resched();
	}
	/* It was emptied meanwhile: what came is old. */
	smp_rmb();
	if (READ_ONCE(ci->fs->epoch) != epoch)
		return false;
	cc_count_n(succ_gets, nr);
	cc_time_add(saved_ns, nr * READ_ONCE(ci->fs->disk.page_ns));
	return true;
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
	pgoff_t index = readahead_index(rac), run = index;
	pgoff_t end = index + readahead_count(rac);
	struct folio *folio;
	pgoff_t next;

	for (; index < end; index = next) {
		folio = xa_load(&rac->mapping->i_pages, index);
		next = index + folio_nr_pages(folio);
		if (!cc_fill(ci, folio))
			continue;
		read_run(orig, rac, run, index);
		run = next;
		folio_mark_uptodate(folio);
		folio_unlock(folio);
		folio_put(folio);
	}
	read_run(orig, rac, run, end);
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
	return !cc_reads_in_runs(&ci->reads, i_size_read(ci->inode),
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
		cc_reads_note(&ci->reads, readahead_count(rac));
		cc_cost_look(ci->fs, inode->i_sb);
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
