// SPDX-License-Identifier: GPL-2.0
/*
 * cleancache_test.c - KUnit tests of cleancache by hooks of our own
 *
 * The module is driven as the kernel drives it: a small file system is mounted,
 * the kernel's readahead reads its files, the kernel's reclaim drops their
 * pages, files are truncated, written past the page cache and evicted, and the
 * real hooks fire.  Only what has to be stopped halfway, or what the kernel's
 * code never does with such a folio, is called by hand.  The real store is taken
 * out for that time; see cleancache_rig.h for what is in its place.
 *
 * Each case names all statistics that it expects to have changed.
 *
 * modules: tmem tmem_zcache tmem_cleancache
 */
#include "cleancache_rig.h"
#include "../../src/zcache/zcache.h"

/* ---- reading and dropping ---- */

static void hooked_when_read(struct kunit *test)
{
	struct inode *inode = open_file(test, 1, 200, 1);

	KUNIT_EXPECT_PTR_EQ(test, inode->i_mapping->a_ops, &sample_aops);
	read_file(inode, 0, 1);
	KUNIT_EXPECT_PTR_NE(test, inode->i_mapping->a_ops, &sample_aops);
	EXPECT_STATS(test, .attached = 1, .failed_gets = 1);
	/* once */
	read_file(inode, 1, 1);
	EXPECT_STATS(test, .failed_gets = 1);
	/* files share the copy of their operations */
	KUNIT_EXPECT_PTR_EQ(test, inode->i_mapping->a_ops,
			    file(test)->i_mapping->a_ops);
}

static void put_then_get(struct kunit *test)
{
	struct inode *inode = file(test);
	u32 i;

	read_file(inode, 0, 4);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	EXPECT_STATS(test, .failed_gets = 4);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 3), 4UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 4U);
	EXPECT_STATS(test, .puts = 4);

	set_disk(2);
	read_file(inode, 0, 4);
	KUNIT_EXPECT_EQ(test, nr_runs, 0U);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 1U);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .succ_gets = 4);

	/* put again, and got again by another order */
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 3), 4UL);
	for (i = 4; i--;) {
		read_file(inode, i, 1);
		KUNIT_EXPECT_EQ(test, cached(inode, i), 1U);
	}
	EXPECT_STATS(test, .puts = 4, .succ_gets = 4);
}

/* Files are not mixed up, nor are pages of one. */
static void files_apart(struct kunit *test)
{
	struct inode *a = file(test);
	struct inode *b = open_file(test, 1, 200, 1);
	u32 i;

	read_file(a, 0, 8);
	read_file(b, 0, 8);
	KUNIT_EXPECT_EQ(test, reclaim(b, 0, 7), 8UL);
	KUNIT_EXPECT_EQ(test, reclaim(a, 0, 7), 8UL);
	set_disk(2);
	truncate_inode_pages(a->i_mapping, 0);
	read_file(a, 0, 8);
	read_file(b, 0, 8);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_EQ(test, cached(a, i), 2U);
		KUNIT_EXPECT_EQ(test, cached(b, i), 1U);
	}
	EXPECT_STATS(test, .attached = 1, .failed_gets = 24, .puts = 16,
		     .succ_gets = 8, .invalidates = 1);
}

/* Those of @kept come from the store, of @nr pages that are read. */
static void keep_some(struct kunit *test, struct inode *inode, const u32 *kept,
		      unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		read_file(inode, kept[i], 1);
		KUNIT_EXPECT_EQ(test, reclaim(inode, kept[i], kept[i]), 1UL);
	}
	stats_forget(test);
	set_disk(2);
}

/* The file system reads what is not there, in runs as long as can be. */
static void hits_and_misses(struct kunit *test)
{
	static const u32 kept[] = { 0, 1, 4, 5, 7 };
	struct inode *inode = file(test);
	unsigned int i;

	keep_some(test, inode, kept, ARRAY_SIZE(kept));
	read_file(inode, 0, 10);
	KUNIT_ASSERT_EQ(test, nr_runs, 3U);
	KUNIT_EXPECT_EQ(test, runs[0].index, 2UL);
	KUNIT_EXPECT_EQ(test, runs[0].nr, 2U);
	KUNIT_EXPECT_EQ(test, runs[1].index, 6UL);
	KUNIT_EXPECT_EQ(test, runs[1].nr, 1U);
	KUNIT_EXPECT_EQ(test, runs[2].index, 8UL);
	KUNIT_EXPECT_EQ(test, runs[2].nr, 2U);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i),
				i == 2 || i == 3 || i == 6 || i > 7 ? 2U : 1U);
	EXPECT_STATS(test, .succ_gets = 5, .failed_gets = 5);
}

/*
 * Where a request takes long it reads that in one, and what is in between with it,
 * which is too little for two.
 */
static void hits_of_slow_disk(struct kunit *test)
{
	static const u32 kept[] = { 0, 1, 4, 5, 7, 10, 11 };
	struct inode *inode = file(test);
	unsigned int i;

	keep_some(test, inode, kept, ARRAY_SIZE(kept));
	read_slowly(inode, 0, 12);
	KUNIT_ASSERT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, runs[0].index, 2UL);
	KUNIT_EXPECT_EQ(test, runs[0].nr, 8U);
	for (i = 0; i < 12; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), i > 1 && i < 10 ? 2U : 1U);
	EXPECT_STATS(test, .succ_gets = 4, .failed_gets = 5, .get_unused = 3);
	/* they left the store for that */
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
}

/* Many side by side are worth two requests, and one less is not. */
static void hits_in_between(struct kunit *test)
{
	const u32 many = CC_RUN_WORTH, all = many + 8;
	struct inode *inode = file(test);
	u32 i, n;

	for (n = many - 1; n <= many; n++) {
		set_disk(1);
		read_file(inode, 3, n);
		KUNIT_EXPECT_EQ(test, reclaim(inode, 3, 2 + n), (unsigned long)n);
		stats_forget(test);
		set_disk(2);
		read_slowly(inode, 0, all);
		KUNIT_ASSERT_EQ(test, nr_runs, n == many ? 2U : 1U);
		KUNIT_EXPECT_EQ(test, runs[0].index, 0UL);
		KUNIT_EXPECT_EQ(test, runs[0].nr, n == many ? 3U : all);
		for (i = 0; i < all; i++)
			KUNIT_EXPECT_EQ(test, cached(inode, i),
					n == many && i > 2 && i < 3 + n ? 1U : 2U);
		EXPECT_STATS(test, .succ_gets = n == many ? many : 0,
			     .failed_gets = all - n,
			     .get_unused = n == many ? 0 : n);
		truncate_inode_pages(inode->i_mapping, 0);
		stats_forget(test);
	}
}

/* Who reads around a page that a mapping lacks waits for that, in the middle. */
static void hits_read_around(struct kunit *test)
{
	static const struct {
		const char *what;
		struct file_ra_state ra;
		pgoff_t cached;
		bool around;
	} cases[] = {
		{ .what = "around", .around = true,
		  .ra = { .size = 16, .async_size = 4, .ra_pages = 16 } },
		{ .what = "the second part of that", .cached = 3, .around = true,
		  .ra = { .size = 16, .async_size = 4, .ra_pages = 16 } },
		{ .what = "around, without a mark", .around = true,
		  .ra = { .size = 16, .ra_pages = 32 } },
		{ .what = "a reader's first",
		  .ra = { .size = 16, .async_size = 12, .ra_pages = 32 } },
		{ .what = "a reader's, of much at once",
		  .ra = { .size = 16, .async_size = 4, .ra_pages = 32 } },
		{ .what = "one that is resumed",
		  .ra = { .size = 16, .async_size = 1, .ra_pages = 16 } },
		{ .what = "not of that one",
		  .ra = { .start = 40, .size = 16, .async_size = 4, .ra_pages = 16 } },
	};
	struct inode *inode = file(test);
	int us = cc_request_us;
	unsigned int c;

	for (c = 0; c < ARRAY_SIZE(cases); c++) {
		struct file_ra_state ra = cases[c].ra;
		DEFINE_READAHEAD(rac, NULL, &ra, inode->i_mapping, 0);

		set_disk(1);
		store(test, inode, 8, 1);
		set_disk(2);
		if (cases[c].cached)
			read_file(inode, cases[c].cached, 1);
		nr_runs = 0;
		stats_forget(test);
		WRITE_ONCE(cc_request_us, 1000);
		tmem_page_cache_ra_unbounded(&rac, 16);
		WRITE_ONCE(cc_request_us, us);
		drain_lru();
		KUNIT_EXPECT_EQ_MSG(test, cached(inode, 8), 2U - cases[c].around,
				    "%s", cases[c].what);
		KUNIT_EXPECT_EQ(test, cached(inode, 7), 2U);
		KUNIT_EXPECT_EQ(test, cached(inode, 9), 2U);
		EXPECT_STATS(test, .succ_gets = cases[c].around,
			     .get_unused = !cases[c].around,
			     .failed_gets = 15 - !!cases[c].cached);
		truncate_inode_pages(inode->i_mapping, 0);
		stats_forget(test);
	}
}

/* What came while the store was emptied is old. */
static void emptied_meanwhile(struct kunit *test)
{
	struct inode *inode = file(test);
	int pool = fix(test)->pool;
	u32 i;

	store(test, inode, 0, 8);
	set_disk(2);
	get_empties = 5;
	read_file(inode, 0, 8);
	get_empties = -1;
	KUNIT_ASSERT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, runs[0].nr, 8U);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 2U);
	EXPECT_STATS(test, .failed_gets = 8);
	KUNIT_EXPECT_TRUE(test, until(pool_of_sb(inode->i_sb) >= 0 &&
				      pool_of_sb(inode->i_sb) != pool));
}

/* What the file system does not read is left unlocked and not uptodate. */
static void disk_gives_up(struct kunit *test)
{
	struct inode *inode = file(test);
	static const u32 kept[] = { 2, 4 };
	u32 i;

	keep_some(test, inode, kept, ARRAY_SIZE(kept));
	disk_fails = true;
	read_slowly(inode, 0, 5);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	for (i = 0; i < 5; i++) {
		KUNIT_ASSERT_NOT_NULL(test, folio_at(inode, i));
		KUNIT_EXPECT_FALSE(test, folio_test_locked(folio_at(inode, i)));
		KUNIT_EXPECT_EQ(test, cached(inode, i), i == 4 ? 1U : 0U);
	}
	EXPECT_STATS(test, .succ_gets = 1, .failed_gets = 3, .get_unused = 1);
	/* such a page is not put */
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 4), 5UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	EXPECT_STATS(test, .puts = 1, .invalidates = 4);
}

/* A page that the backend has spoilt half of is read from the disk. */
static void get_goes_wrong(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 2);
	get_fails = true;
	read_file(inode, 0, 2);
	get_fails = false;
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 1), 1U);
	EXPECT_STATS(test, .get_errors = 2);
}

static void refused(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 1);
	write_page(test, inode, 0);
	refuse_after = 0;
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 0), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .put_refused = 1);
	set_disk(2);
	read_file(inode, 0, 1);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 2U);
	EXPECT_STATS(test, .failed_gets = 1);
}

/* ---- large folios ---- */

/* Pages @index and on are read as one folio. */
static void read_folio_of(struct kunit *test, struct inode *inode, pgoff_t index,
			  unsigned int order)
{
	struct file_ra_state ra = {};
	DEFINE_READAHEAD(rac, NULL, &ra, inode->i_mapping, index);
	struct folio *folio;
	int ret;

	if (!IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		kunit_skip(test, "no large folios on this kernel");
	nr_runs = 0;
	folio = folio_alloc(GFP_KERNEL, order);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	ret = filemap_add_folio(inode->i_mapping, folio, index, GFP_KERNEL);
	if (ret)
		folio_put(folio);
	KUNIT_ASSERT_EQ(test, ret, 0);
	rac._nr_pages = 1U << order;
	inode->i_mapping->a_ops->readahead(&rac);
	KUNIT_EXPECT_EQ(test, readahead_count(&rac), 0U);
	drain_lru();
}

/* Pages 4 to 7. */
static void read_large(struct kunit *test, struct inode *inode)
{
	read_folio_of(test, inode, 4, 2);
}

/* One of more pages than are asked for at once. */
static void large_folio_of_runs(struct kunit *test)
{
	struct inode *inode = file(test);
	u32 i;

	read_folio_of(test, inode, 64, 6);
	reclaim(inode, 64, 127);
	KUNIT_ASSERT_EQ(test, nr_held(), 64U);
	stats_forget(test);
	set_disk(2);
	read_folio_of(test, inode, 64, 6);
	KUNIT_EXPECT_EQ(test, nr_runs, 0U);
	for (i = 64; i < 128; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 1U);
	EXPECT_STATS(test, .succ_gets = 64);

	/* a page is missing, of the second run */
	refuse_after = 40;
	reclaim(inode, 64, 127);
	stats_forget(test);
	read_folio_of(test, inode, 64, 6);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, runs[0].nr, 64U);
	for (i = 64; i < 128; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 2U);
	EXPECT_STATS(test, .failed_gets = 1);
}

static void large_folio(struct kunit *test)
{
	struct inode *inode = file(test);
	u32 i;

	read_large(test, inode);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	EXPECT_STATS(test, .failed_gets = 1);
	reclaim(inode, 4, 7);
	KUNIT_EXPECT_NULL(test, folio_at(inode, 4));
	KUNIT_EXPECT_EQ(test, nr_held(), 4U);
	EXPECT_STATS(test, .puts = 4);

	/* all of it there */
	set_disk(2);
	read_large(test, inode);
	KUNIT_EXPECT_EQ(test, nr_runs, 0U);
	for (i = 4; i < 8; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 1U);
	EXPECT_STATS(test, .succ_gets = 4);

	/* small ones of what was a large one, and none of them left over */
	reclaim(inode, 4, 7);
	read_file(inode, 3, 6);
	KUNIT_EXPECT_EQ(test, nr_runs, 2U);
	for (i = 3; i < 9; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i),
				i >= 4 && i < 8 ? 1U : 2U);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .puts = 4, .succ_gets = 4, .failed_gets = 2);
}

/* One page is missing: all of the folio is read. */
static void large_folio_in_part(struct kunit *test)
{
	struct inode *inode = file(test);
	u32 i;

	read_large(test, inode);
	refuse_after = 2;
	reclaim(inode, 4, 7);
	KUNIT_EXPECT_EQ(test, nr_held(), 2U);
	EXPECT_STATS(test, .failed_gets = 1, .puts = 2, .put_refused = 2);
	set_disk(2);
	read_large(test, inode);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, runs[0].nr, 4U);
	for (i = 4; i < 8; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 2U);
	EXPECT_STATS(test, .failed_gets = 1);
}

/* A page of it changes while it is being put: nothing of it stays. */
static void large_folio_cancelled(struct kunit *test)
{
	struct inode *inode = file(test);

	hold_put(test, inode, 4, 2);
	truncate_inode_pages_range(inode->i_mapping, 7 * PAGE_SIZE,
				   8 * PAGE_SIZE - 1);
	let_go(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	/* they went as one run, which was under way */
	EXPECT_STATS(test, .puts = 4, .put_cancelled = 1, .invalidates = 1);
}

/* ---- what is not put ---- */

/* Its reader drops it: it is put if the backend knows it, and only then. */
static void dropped_by_reader(struct kunit *test)
{
	struct inode *inode = file(test);

	read_file(inode, 0, 4);
	stats_forget(test);
	forget(inode, 0, 1);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 2);
	wants_dropped = true;
	forget(inode, 2, 2);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	EXPECT_STATS(test, .puts = 1);
	/* dirty pages stay, and what changes the file puts nothing */
	invalidate_inode_pages2_range(inode->i_mapping, 3, 3);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
}

#ifdef IOCB_DONTCACHE
static void read_uncached(struct kunit *test, struct inode *inode, u32 index)
{
	struct file *filp = kunit_kzalloc(test, sizeof(*filp), GFP_KERNEL);
	void *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct kvec vec = { .iov_base = buf, .iov_len = PAGE_SIZE };
	struct kiocb iocb = {
		.ki_filp = filp,
		.ki_pos = (loff_t)index << PAGE_SHIFT,
		.ki_flags = IOCB_DONTCACHE,
	};
	struct iov_iter iter;

	KUNIT_ASSERT_NOT_NULL(test, filp);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	filp->f_mapping = inode->i_mapping;
	filp->f_inode = inode;
	filp->f_flags = O_NOATIME;
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, filemap_read(&iocb, &iter, 0), (ssize_t)PAGE_SIZE);
}

/* The same by a reader with RWF_DONTCACHE, who keeps a reference. */
static void dropped_by_uncached(struct kunit *test)
{
	struct inode *inode = file(test);
	struct folio *folio;
	u32 i;

	i_size_write(inode, 6 * PAGE_SIZE);
	read_file(inode, 0, 6);
	for (i = 0; i < 6; i++)
		folio_set_dropbehind(folio_at(inode, i));
	read_uncached(test, inode, 0);
	KUNIT_EXPECT_NULL(test, folio_at(inode, 0));
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	wants_dropped = true;
	read_uncached(test, inode, 1);
	KUNIT_EXPECT_NULL(test, folio_at(inode, 1));
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	/* somebody else has it, too, and may write to it */
	folio = folio_at(inode, 2);
	folio_get(folio);
	read_uncached(test, inode, 2);
	KUNIT_EXPECT_NULL(test, folio_at(inode, 2));
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	/* taken out since the file has changed, also if a note was left over */
	invalidate_inode_pages2_range(inode->i_mapping, 3, 3);
	cc_page_leaving(folio_at(inode, 4));
	invalidate_inode_pages2_range(inode->i_mapping, 4, 4);
	cc_page_leaving(folio_at(inode, 5));
	truncate_inode_pages_range(inode->i_mapping, 5 * PAGE_SIZE,
				   6 * PAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	stats_forget(test);
	set_disk(2);
	read_file(inode, 1, 1);
	KUNIT_EXPECT_EQ(test, cached(inode, 1), 1U);
	EXPECT_STATS(test, .succ_gets = 1);
}
#else
static void dropped_by_uncached(struct kunit *test)
{
	kunit_skip(test, "this kernel has no RWF_DONTCACHE");
}
#endif

/* The backend does not want it: it is not put, and an older copy goes. */
static void not_wanted(struct kunit *test)
{
	struct inode *inode = file(test);
	unsigned int puts;

	read_file(inode, 0, 8);
	reclaim(inode, 0, 0);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	stats_forget(test);

	puts = calls.put;
	verdict = TMEM_OFFER_NO_ROOM;
	reclaim(inode, 1, 2);
	EXPECT_STATS(test, .put_no_room = 2, .invalidates = 2);
	verdict = TMEM_OFFER_NO_GAIN;
	reclaim(inode, 3, 3);
	EXPECT_STATS(test, .put_no_gain = 1, .invalidates = 1);
	verdict = TMEM_OFFER_CONTAINER;
	reclaim(inode, 4, 4);
	EXPECT_STATS(test, .put_container = 1, .invalidates = 1);
	verdict = TMEM_OFFER_NO_EVIDENCE;
	reclaim(inode, 5, 5);
	EXPECT_STATS(test, .put_no_evidence = 1, .invalidates = 1);
	KUNIT_EXPECT_EQ(test, calls.put, puts);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);

	/* a large folio is asked for once, and is all of its pages */
	reclaim(inode, 6, 7);
	read_large(test, inode);
	stats_forget(test);
	reclaim(inode, 4, 7);
	EXPECT_STATS(test, .put_no_evidence = 4, .invalidates = 1);
	KUNIT_EXPECT_EQ(test, calls.put, puts);
}

/* What is said of a page by how its file has been read. */
static void how_it_is_read(struct kunit *test)
{
	struct cc_reads reads = {};
	const loff_t big = 4 << 20, small = 1 << 20;
	int i;

	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, small), TMEM_HINT_WRITTEN);
	cc_reads_note(&reads, 0, 32);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, small), 0U);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);
	/* A short request now and then, as where a stream ends. */
	for (i = 0; i < 1000; i++)
		cc_reads_note(&reads, 1000 * i, i % 100 ? 32 : 1);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);
	/* Many where the one before has ended, or a little later: still a stream. */
	for (i = 0; i < 1000; i++)
		cc_reads_note(&reads, 40 * i, i % 2 ? 32 : 7);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);
	/* But not backwards. */
	for (i = 0; i < 32; i++)
		cc_reads_note(&reads, 2000 - 40 * i, i % 2 ? 32 : 7);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), 0U);
	for (i = 0; i < 2000; i++)
		cc_reads_note(&reads, 32 * i, 32);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);
	/* A database, also while somebody scans it. */
	for (i = 0; i < 32; i++)
		cc_reads_note(&reads, 1000 * i, 1);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), 0U);
	for (i = 0; i < 1000; i++)
		cc_reads_note(&reads, 32 * i, 32);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), 0U);
	/* And one that was. */
	for (i = 0; i < 2000; i++)
		cc_reads_note(&reads, 0, U32_MAX);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);

	/* But one block of 32 in 16. */
	KUNIT_EXPECT_TRUE(test, cc_reads_for_less(&reads, big, 40, 1));
	KUNIT_EXPECT_TRUE(test, cc_reads_for_less(&reads, big, 32, 15 * 32));
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, big, 31, 1));
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, big, 511, 2));
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, big, 512, 32));
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, small, 40, 1));

	for (i = 0; i < 1000; i++)
		cc_reads_note(&reads, 100 * i, 0);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), 0U);
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, big, 40, 1));
}

/* What a page costs on a disk. */
static void disk_costs(struct kunit *test)
{
	/* 100 requests of 32 pages, 0.5 ms each */
	u64 sectors = 100 * 32 << (PAGE_SHIFT - 9);

	KUNIT_EXPECT_EQ(test, cc_cost_of_page(0, 0), 0U);
	KUNIT_EXPECT_EQ(test, cc_cost_of_page(NSEC_PER_SEC, 8), 0U);
	KUNIT_EXPECT_EQ(test, cc_cost_of_page(100 * 512000ULL, sectors), 16000U);
	KUNIT_EXPECT_EQ(test, cc_cost_of_page(U64_MAX, sectors),
			(u32)NSEC_PER_SEC);
}

/* An average of samples, and what is left of a sample that is far off. */
static void averages(struct kunit *test)
{
	struct cc_average avg = { .value = 1000 };
	int i;

	/* one that was interrupted */
	cc_average_add(&avg, U32_MAX);
	KUNIT_EXPECT_EQ(test, avg.value, 1093U);
	KUNIT_EXPECT_EQ(test, avg.nr, 1U);
	/* it follows, up and down, but never to nothing */
	for (i = 0; i < 200; i++)
		cc_average_add(&avg, 3000);
	KUNIT_EXPECT_GT(test, avg.value, 2900U);
	for (i = 0; i < 2000; i++)
		cc_average_add(&avg, 1);
	KUNIT_EXPECT_GE(test, avg.value, 100U);
	KUNIT_EXPECT_LE(test, avg.value, 200U);
	for (i = 0; i < 300; i++)
		cc_average_add(&avg, 3000);
	KUNIT_EXPECT_GT(test, avg.value, 2500U);
	/* and fades by half in 45 steps, to where it is told to stop */
	avg.value = 64000;
	for (i = 0; i < 45; i++)
		cc_average_fade(&avg, 5000);
	KUNIT_EXPECT_EQ(test, avg.value / 1000, 31U);
	for (i = 0; i < 1000; i++)
		cc_average_fade(&avg, 5000);
	KUNIT_EXPECT_EQ(test, avg.value, 5000U);
	avg.value = 100;
	cc_average_fade(&avg, 5000);
	KUNIT_EXPECT_EQ(test, avg.value, 100U);
}

/* Which pages are kept from which disk: put 10 us, get 4 us. */
static void what_a_page_is_worth(struct kunit *test)
{
	static const struct {
		u32 request_us, request_pages, pages;
		enum cc_worth worth, was;
	} cases[] = {
		{ 0, 0, 1, CC_WORTH_KEEPING },
		{ 0, 16, 1, CC_WORTH_KEEPING },
		/* memory elsewhere, that calls itself a disk */
		{ 5, 16, 1, CC_WORTH_NOTHING },
		{ 13, 16, 1, CC_WORTH_NOTHING },
		{ 14, 16, 1, CC_WORTH_LITTLE },
		{ 23, 16, 1, CC_WORTH_LITTLE },
		{ 24, 16, 1, CC_WORTH_KEEPING },
		/* NVMe: one by one, some, a stream */
		{ 80, 1, 1, CC_WORTH_KEEPING },
		{ 80, 8, 5, CC_WORTH_LITTLE },
		{ 120, 32, 32, CC_WORTH_NOTHING },
		/* a disk of 0.5 ms */
		{ 600, 4, 1, CC_WORTH_KEEPING },
		{ 700, 8, 8, CC_WORTH_KEEPING },
		{ 1400, 32, 32, CC_WORTH_KEEPING },
		{ 700, 32, 32, CC_WORTH_LITTLE },
		/* longer than its requests are: they tell */
		{ 600, 4, 1000, CC_WORTH_KEEPING },
		{ 40, 4, 1000, CC_WORTH_NOTHING },
		{ 100, 0, 1000, CC_WORTH_NOTHING },
		{ 5000, 0, 1000, CC_WORTH_KEEPING },
		/* a hard disk, whoever else reads from it, and one of which much is asked */
		{ 8000, 64, 64, CC_WORTH_MUCH },
		{ 8000, 1, 64, CC_WORTH_MUCH },
		{ 8000, 1, 1000, CC_WORTH_KEEPING },
		{ 7000, 64, 64, CC_WORTH_KEEPING },
		/* it stays one while it is half as slow */
		{ 7000, 64, 64, CC_WORTH_MUCH, CC_WORTH_MUCH },
		{ 3600, 64, 64, CC_WORTH_MUCH, CC_WORTH_MUCH },
		{ 3500, 64, 64, CC_WORTH_KEEPING, CC_WORTH_MUCH },
		/* and no SSD becomes one */
		{ 1999, 1, 1, CC_WORTH_KEEPING },
		{ 1999, 1, 1, CC_WORTH_KEEPING, CC_WORTH_MUCH },
		{ 2000, 1, 1, CC_WORTH_MUCH },
		{ 1000000, 1, 1, CC_WORTH_MUCH },
		{ 1000000, 4096, 4096, CC_WORTH_MUCH },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].worth,
				    cc_cost_worth(cases[i].request_us * 1000,
						  cases[i].request_pages,
						  cases[i].pages, 10000, 4000,
						  cases[i].was),
				    "case %u", i);
	KUNIT_EXPECT_EQ(test, cc_cost_worth(U32_MAX, 1, 1, U32_MAX, U32_MAX,
					    CC_WORTH_KEEPING),
			CC_WORTH_NOTHING);
}

/* What the price says counts more than how a file is read. */
static void worth_tells(struct kunit *test)
{
	struct cc_reads reads = {};
	const loff_t big = 4 << 20, small = 1 << 20;
	int i;

	reads.worth = CC_WORTH_NOTHING;
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, small), TMEM_HINT_WRITTEN);
	KUNIT_EXPECT_EQ(test, cc_reads_pages(&reads), 8U);
	cc_reads_note(&reads, 0, 32);
	KUNIT_EXPECT_EQ(test, cc_reads_pages(&reads), 32U);
	/* a disk that is not fast makes no stream worth keeping */
	reads.worth = CC_WORTH_KEEPING;
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, small), 0U);
	/* but a slow one does, and all of it */
	reads.worth = CC_WORTH_MUCH;
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_DEAR);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, small), TMEM_HINT_DEAR);
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, big, 40, 1));
	reads.worth = CC_WORTH_LITTLE;
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, small), TMEM_HINT_CHEAP);
	KUNIT_EXPECT_TRUE(test, cc_reads_for_less(&reads, small, 40, 1));
	KUNIT_EXPECT_FALSE(test, cc_reads_for_less(&reads, small, 31, 1));
	/* not even a sample */
	reads.worth = CC_WORTH_NOTHING;
	KUNIT_EXPECT_TRUE(test, cc_reads_for_less(&reads, small, 31, 1));
	for (i = 0; i < 32; i++)
		cc_reads_note(&reads, 1000 * i, 1);
	KUNIT_EXPECT_EQ(test, cc_reads_hints(&reads, big), TMEM_HINT_CHEAP);
	KUNIT_EXPECT_EQ(test, cc_reads_pages(&reads), 8U);
	for (i = 0; i < 100; i++)
		cc_reads_note(&reads, 32 * i, 32);
	KUNIT_EXPECT_EQ(test, cc_reads_pages(&reads), 8U);
}

/* Pages that are worth nothing leave as if we were not there. */
static void worth_nothing(struct kunit *test)
{
	struct inode *inode = file(test);
	struct cc_disk *disk, was;
	struct cc_inode *ci;

	read_file(inode, 0, 8);
	reclaim(inode, 0, 0);
	stats_forget(test);
	rcu_read_lock();
	ci = cc_inode_find(inode);
	disk = &ci->fs->disk;
	was = *disk;
	/* 1 ns, and it is to be judged anew */
	disk->request_ns = 1;
	disk->request_pages = 1;
	ci->reads.judged = 0;
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, reclaim(inode, 1, 4), 4UL);
	EXPECT_STATS(test, .put_cheap = 4, .invalidates = 4);
	KUNIT_EXPECT_EQ(test, ci->reads.worth, CC_WORTH_NOTHING);
	/* nor if its reader drops it, and the backend would have it */
	wants_dropped = true;
	forget(inode, 5, 5);
	wants_dropped = false;
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	EXPECT_STATS(test, .invalidates = 1);
	/* what is there is used as before, and the disk is asked for the rest */
	set_disk(2);
	read_file(inode, 0, 2);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 1), 2U);
	EXPECT_STATS(test, .succ_gets = 1, .failed_gets = 1);
	KUNIT_EXPECT_EQ(test, ci->reads.worth, CC_WORTH_NOTHING);
	/* it is slow now: no file need be read for that to be seen */
	disk->request_ns = NSEC_PER_SEC;
	ci->reads.judged = 0;
	KUNIT_EXPECT_EQ(test, reclaim(inode, 1, 1), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	*disk = was;
}

/* What leaves without being put flushes nothing where nothing is stored. */
static void nothing_is_held(struct kunit *test)
{
	struct inode *inode = file(test);

	read_file(inode, 0, 8);
	verdict = TMEM_OFFER_NO_EVIDENCE;
	says_what_it_holds = true;
	stats_forget(test);
	reclaim(inode, 0, 3);
	EXPECT_STATS(test, .put_no_evidence = 4);
	/* until there is */
	verdict = TMEM_OFFER_TAKE;
	reclaim(inode, 4, 4);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	verdict = TMEM_OFFER_NO_EVIDENCE;
	stats_forget(test);
	reclaim(inode, 5, 5);
	EXPECT_STATS(test, .put_no_evidence = 1, .invalidates = 1);
	/* it comes back, and with it goes what the store has */
	read_file(inode, 4, 1);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	stats_forget(test);
	reclaim(inode, 4, 4);
	EXPECT_STATS(test, .put_no_evidence = 1);
}

/* A file that does not compress is tried less and less, and found out again. */
static void incompressible_file(struct kunit *test)
{
	struct inode *inode = file(test);
	struct cc_raw raw = {};
	unsigned int i, tries = 0;

	put_too_big = true;
	read_file(inode, 0, 8);
	for (i = 0; i < 8; i++)
		reclaim(inode, i, i);
	/* three, one left out, one, two left out, one */
	EXPECT_STATS(test, .failed_gets = 8, .put_refused = 5,
		     .put_incompressible_file = 3, .invalidates = 3);

	for (i = 0; i < 100000; i++) {
		if (cc_raw_skip(&raw, 1))
			continue;
		cc_raw_learn(&raw, true);
		tries++;
	}
	KUNIT_EXPECT_LT(test, tries, 120U);
	while (cc_raw_skip(&raw, 1))
		;
	for (i = tries = 0; i < 100; i++) {
		if (cc_raw_skip(&raw, 1))
			continue;
		cc_raw_learn(&raw, false);
		tries++;
	}
	KUNIT_EXPECT_EQ(test, tries, 100U);
}

enum unfit {
	NOT_RECLAIM, REFERENCED, NOT_UPTODATE, DIRTY, WRITEBACK, HWPOISON,
	HWPOISON_PART, EXITING, SWAP_FILE, QUOTA_FILE, WRITE_FAILED, ENCRYPTED,
	VERITY, NO_BLOCKS,
};

static const struct unfit_param {
	enum unfit what;
	const char *name;
} unfit_params[] = {
	{ NOT_RECLAIM, "not dropped by reclaim" },
	{ REFERENCED, "still referenced" },
	{ NOT_UPTODATE, "not uptodate" },
	{ DIRTY, "dirty" },
	{ WRITEBACK, "being written back" },
	{ HWPOISON, "in bad memory" },
	{ HWPOISON_PART, "in bad memory, the second of a large folio" },
	{ EXITING, "of a file that leaves memory" },
	{ SWAP_FILE, "of a swap file" },
	{ QUOTA_FILE, "of a quota file" },
	{ WRITE_FAILED, "of a file whose write-back failed" },
	{ ENCRYPTED, "of an encrypted file" },
	{ VERITY, "of a file with fs-verity" },
	{ NO_BLOCKS, "of a file without blocks" },
};

KUNIT_ARRAY_PARAM_DESC(unfit, unfit_params, name);

static void make_unfit(enum unfit what, struct inode *inode,
		       struct folio *folio, bool on)
{
	/* the one member of a struct, since 6.18 */
	unsigned long *flags = (unsigned long *)&folio->flags;

	switch (what) {
	case NOT_UPTODATE:
		if (on)
			folio_clear_uptodate(folio);
		break;
	case DIRTY:
		assign_bit(PG_dirty, flags, on);
		break;
	case WRITEBACK:
		assign_bit(PG_writeback, flags, on);
		break;
	case HWPOISON:
		if (on)
			SetPageHWPoison(&folio->page);
		else
			ClearPageHWPoison(&folio->page);
		break;
	case HWPOISON_PART:
		if (on)
			folio_set_has_hwpoisoned(folio);
		else
			folio_clear_has_hwpoisoned(folio);
		break;
	case EXITING:
		assign_bit(AS_EXITING, &inode->i_mapping->flags, on);
		break;
	case SWAP_FILE:
		inode->i_flags = on ? S_SWAPFILE : 0;
		break;
	case QUOTA_FILE:
		inode->i_flags = on ? S_NOQUOTA : 0;
		break;
	case WRITE_FAILED:
		if (on)
			mapping_set_error(inode->i_mapping, -EIO);
		break;
	case ENCRYPTED:
		inode->i_flags = on ? S_ENCRYPTED : 0;
		break;
	case VERITY:
		inode->i_flags = on ? S_VERITY : 0;
		break;
	case NO_BLOCKS:
		inode->i_blocks = on ? 0 : 8;
		break;
	default:
		break;
	}
}

/* Nor does an older copy of it stay. */
static void not_put(struct kunit *test)
{
	const struct unfit_param *param = test->param_value;
	enum unfit what = param->what;
	struct inode *inode = file(test);
	unsigned int flags = 0;
	struct folio *folio;

	if ((what == HWPOISON || what == HWPOISON_PART) &&
	    !IS_ENABLED(CONFIG_MEMORY_FAILURE))
		kunit_skip(test, "no hwpoison on this kernel");
	if (what == HWPOISON_PART && !IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		kunit_skip(test, "no large folios on this kernel");
	store(test, inode, 4, 1);
	calls.put = 0;
	folio = new_folio(test, inode, 4, what == HWPOISON_PART);
	make_unfit(what, inode, folio, true);
	if (what != REFERENCED)
		folio_ref_freeze(folio, 1);
	if (what != NOT_RECLAIM)
		flags = memalloc_noreclaim_save();
	__folio_set_locked(folio);
	removed(inode, folio);
	cc_free_folio(folio);
	__folio_clear_locked(folio);
	if (what != NOT_RECLAIM)
		memalloc_noreclaim_restore(flags);
	if (what != REFERENCED)
		folio_ref_unfreeze(folio, 1);
	make_unfit(what, inode, folio, false);
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_EQ(test, calls.put, 0U);
	EXPECT_STATS(test, .invalidates = 1);
}

/* A page whose index the store cannot name is not taken for another. */
static void index_too_large(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 1);
	calls.put = 0;
	put_step_2(put_step_1(test, inode, 1UL << 32));
	KUNIT_EXPECT_EQ(test, calls.put, 0U);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	EXPECT_STATS(test);
	calls.get = 0;
	read_file(inode, 1UL << 32, 1);
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 1UL << 32), 1U);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 1UL << 32, 1UL << 32), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	/* the last one that it can */
	put_step_2(put_step_1(test, inode, U32_MAX));
	KUNIT_EXPECT_EQ(test, nr_held(), 2U);
	EXPECT_STATS(test, .puts = 1);
	truncate_inode_pages_range(inode->i_mapping, 1LL << (32 + PAGE_SHIFT), -1);
	KUNIT_EXPECT_EQ(test, nr_held(), 2U);
	EXPECT_STATS(test);
}

static void never_hooked(struct kunit *test)
{
	static const unsigned int flags[] = {
		S_ENCRYPTED, S_VERITY, S_SWAPFILE, S_NOQUOTA,
	};
	struct inode *inode;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		inode = open_file(test, i + 1, 200 + i, 1);
		inode->i_flags = flags[i];
		read_file(inode, 0, 2);
		KUNIT_EXPECT_PTR_EQ(test, inode->i_mapping->a_ops,
				    &sample_aops);
		KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 1), 2UL);
		inode->i_flags = 0;
	}
	/* a folder of the file system's, kept in pages */
	inode = open_file(test, i + 1, 200 + i, 1);
	inode->i_mode = S_IFDIR | 0700;
	read_file(inode, 0, 2);
	KUNIT_EXPECT_PTR_EQ(test, inode->i_mapping->a_ops, &sample_aops);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 1), 2UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	/* what was dropped might have had copies; a swap file may have anything */
	EXPECT_STATS(test, .invalidates = 7);
}

/* What has become one of these is not asked for. */
static void never_served(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 1);
	calls.get = 0;
	inode->i_flags = S_ENCRYPTED;
	read_file(inode, 0, 1);
	inode->i_flags = 0;
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	EXPECT_STATS(test);
}

/* A file that is not hooked any more, or not yet: as if we were not there. */
static void readahead_unhooked(struct kunit *test)
{
	struct inode *inode = file(test);
	struct file_ra_state ra = {};
	DEFINE_READAHEAD(rac, NULL, &ra, inode->i_mapping, 0);
	struct folio *folio;

	store(test, inode, 0, 1);
	folio = folio_alloc(GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_EQ(test, filemap_add_folio(inode->i_mapping, folio, 0,
						GFP_KERNEL), 0);
	set_disk(2);
	nr_runs = 0;
	rac._nr_pages = 1;
	inode->i_mapping->a_ops = &sample_aops;
	cc_readahead(&rac);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 2U);
	drain_lru();
	/* nor is it put, and the older copy goes */
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 0), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 1);
}

/* A memstall that the file system begins is ended by who called. */
static void readahead_expands(struct kunit *test)
{
	struct inode *inode = file(test);
	struct file_ra_state ra = {};
	DEFINE_READAHEAD(rac, NULL, &ra, inode->i_mapping, 0);
	struct folio *folio;
	pgoff_t i;

	store(test, inode, 0, 1);
	/* page 0 is there, page 1 is not */
	for (i = 0; i < 2; i++) {
		folio = folio_alloc(GFP_KERNEL, 0);
		KUNIT_ASSERT_NOT_NULL(test, folio);
		KUNIT_ASSERT_EQ(test, filemap_add_folio(inode->i_mapping, folio,
							i, GFP_KERNEL), 0);
	}
	nr_runs = 0;
	rac._nr_pages = 2;
	disk_expands = true;
	cc_readahead(&rac);
	disk_expands = false;
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_TRUE(test, rac._workingset);
	drain_lru();
}

/* ---- a put and what comes between ---- */

/* Asked for while its put is under way: not there, and not there later. */
static void get_while_put(struct kunit *test)
{
	struct inode *inode = file(test);

	read_file(inode, 0, 1);
	stats_forget(test);
	hold_put(test, inode, 1, 0);
	set_disk(2);
	calls.get = 0;
	read_file(inode, 1, 1);
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	KUNIT_EXPECT_EQ(test, cached(inode, 1), 2U);
	EXPECT_STATS(test, .get_pending = 1);
	/* others of the file are not affected */
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 0), 1UL);
	read_file(inode, 0, 1);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 1U);
	EXPECT_STATS(test, .puts = 1, .succ_gets = 1);
	let_go(test);
	/* a copy that nobody asks for as long as the page is in the cache */
	EXPECT_STATS(test, .puts = 1);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	KUNIT_EXPECT_EQ(test, forget(inode, 1, 1), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 1);
}

/* The same between the two steps. */
static void get_between_steps(struct kunit *test)
{
	struct inode *inode = file(test);
	struct folio *folio = put_step_1(test, inode, 1);

	calls.get = 0;
	read_file(inode, 1, 1);
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	EXPECT_STATS(test, .get_pending = 1);
	put_step_2(folio);
	EXPECT_STATS(test, .puts = 1);
}

static void truncate_file(struct kunit *test)
{
	inode_lock(file(test));
	truncate_inode_pages(file(test)->i_mapping, 0);
	inode_unlock(file(test));
}

static void punch_file(struct kunit *test)
{
	inode_lock(file(test));
	/* bytes at the end of page 3 */
	truncate_inode_pages_range(file(test)->i_mapping, 4 * PAGE_SIZE - 10,
				   4 * PAGE_SIZE - 1);
	inode_unlock(file(test));
}

/* Announce a direct write of a page, and begin it. */
static void begin_direct_write(struct inode *inode, pgoff_t index)
{
	inode_lock_shared(inode);
	invalidate_inode_pages2_range(inode->i_mapping, index, index);
	inode_dio_begin(inode);
	inode_unlock_shared(inode);
}

static void write_directly(struct kunit *test)
{
	begin_direct_write(file(test), 3);
	inode_dio_end(file(test));
}

static void write_and_forget(struct kunit *test)
{
	write_page(test, file(test), 3);
	KUNIT_EXPECT_EQ(test, forget(file(test), 3, 3), 1UL);
}

static void write_and_reclaim(struct kunit *test)
{
	write_page(test, file(test), 3);
	KUNIT_EXPECT_EQ(test, reclaim(file(test), 3, 3), 1UL);
}

static void delete_file(struct kunit *test)
{
	clear_nlink(file(test));
	close_file(test, 0);
}

static void evict_file(struct kunit *test)
{
	close_file(test, 0);
}

static void swap_to_file(struct kunit *test)
{
	file(test)->i_flags |= S_SWAPFILE;
	inode_dio_wait(file(test));
}

/**
 * struct change - what makes a pending put of page 3 come to nothing
 * @fn: does it
 * @name: of it
 * @flushes: counted for it
 */
struct change {
	void (*fn)(struct kunit *test);
	const char *name;
	unsigned long flushes;
};

static const struct change changes[] = {
	{ truncate_file, "truncated", 1 },
	{ punch_file, "punched in part", 1 },
	{ write_directly, "written directly", 1 },
	{ write_and_forget, "written and forgotten", 1 },
	{ write_and_reclaim, "written and reclaimed", 1 },
	{ delete_file, "deleted", 1 },
	{ evict_file, "evicted", 0 },
	{ swap_to_file, "made a swap file", 1 },
};

KUNIT_ARRAY_PARAM_DESC(changes, changes, name);

static void change_between_steps(struct kunit *test)
{
	const struct change *change = test->param_value;
	struct folio *folio = put_step_1(test, file(test), 3);
	struct folio *other = put_step_1(test, file(test), 60);

	calls.put = 0;
	change->fn(test);
	put_step_2(folio);
	KUNIT_EXPECT_EQ(test, calls.put, 0U);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .put_cancelled = 1, .invalidates = change->flushes);
	put_step_2(other);
	/* what touches one page only leaves the others alone */
	if (change->fn == punch_file || change->fn == write_directly ||
	    change->fn == write_and_forget ||
	    change->fn == write_and_reclaim)
		EXPECT_STATS(test, .puts = 1);
	else
		EXPECT_STATS(test, .put_cancelled = 1);
}

/* It has been flushed before it gets there, so it is flushed once more. */
static void change_while_put(struct kunit *test)
{
	const struct change *change = test->param_value;

	hold_put(test, file(test), 3, 0);
	change->fn(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	let_go(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .puts = 1, .put_cancelled = 1,
		     .invalidates = change->flushes);
}

#define MOST_RECORDS	1024

/* Without a record a page is not put, and an older copy goes. */
static void records_run_out(struct kunit *test)
{
	struct inode *inode = file(test);
	struct folio **folios;
	unsigned int i, n, round, most = 0;

	folios = kunit_kcalloc(test, MOST_RECORDS, sizeof(*folios), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, folios);
	store(test, inode, 0, 1);
	for (round = 0; round < 2; round++) {
		for (n = 0; n < MOST_RECORDS; n++) {
			folios[n] = put_step_1(test, inode, n + 1);
			if (stats_now().put_norecord != fix(test)->was.put_norecord)
				break;
		}
		KUNIT_EXPECT_GT(test, n, 15U);
		KUNIT_EXPECT_LT(test, n, MOST_RECORDS + 0U);
		/* the second time there are as many */
		if (round)
			KUNIT_EXPECT_EQ(test, n, most);
		most = n;
		EXPECT_STATS(test, .put_norecord = 1, .invalidates = 1);
		put_step_2(put_step_1(test, inode, 0));
		KUNIT_EXPECT_EQ(test, nr_held(), round ? most : 0U);
		EXPECT_STATS(test, .put_norecord = 1, .invalidates = 1);
		for (i = 0; i <= n && i < MOST_RECORDS; i++)
			put_step_2(folios[i]);
		KUNIT_EXPECT_EQ(test, nr_held(), n);
		EXPECT_STATS(test, .puts = n);
	}
}

/* ---- puts that wait for others ---- */

/* More than are held. */
#define MANY		250

/* A file is read many pages at once. */
static void read_together(struct kunit *test, struct inode *inode)
{
	unsigned int i;

	i_size_write(inode, 1024 << PAGE_SHIFT);
	for (i = 0; i < 2; i++) {
		read_file(inode, 32, 32);
		KUNIT_EXPECT_EQ(test, reclaim(inode, 32, 63), 32UL);
	}
	truncate_inode_pages(inode->i_mapping, 32 << PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	memset(&calls, 0, sizeof(calls));
	stats_forget(test);
}

static struct inode *together_file(struct kunit *test)
{
	read_together(test, file(test));
	return file(test);
}

/* Pages @first and on are dropped, and their puts held. */
static void hold_some(struct kunit *test, struct inode *inode, struct folio **folios,
		      pgoff_t first, unsigned int nr)
{
	unsigned int i, held = nr_held();

	for (i = 0; i < nr; i++) {
		folios[i] = put_step_1(test, inode, first + i);
		put_step_2_of(folios[i]);
	}
	KUNIT_EXPECT_EQ(test, nr_held(), held);
}

/* What is dropped in one go comes in one run, and is what it was. */
static void together_put(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio *folios[9];
	u32 i;

	hold_some(test, inode, folios, 3, 9);
	put_step_3(folios, 9);
	KUNIT_EXPECT_EQ(test, calls.runs, 1U);
	KUNIT_EXPECT_EQ(test, calls.put, 9U);
	KUNIT_EXPECT_EQ(test, nr_held(), 9U);
	set_disk(2);
	read_file(inode, 3, 9);
	for (i = 3; i < 12; i++)
		KUNIT_EXPECT_EQ(test, cached(inode, i), 1U);
	EXPECT_STATS(test, .puts = 9, .succ_gets = 9);
}

/* Pages of two files, and such as are not side by side, are runs of their own. */
static void together_apart(struct kunit *test)
{
	static const struct {
		unsigned int file, index;
	} order[] = {
		{ 0, 0 }, { 0, 1 }, { 0, 3 }, { 1, 4 }, { 1, 5 }, { 1, 6 }, { 0, 7 }, { 0, 6 },
	};
	struct inode *inodes[] = { together_file(test), open_file(test, 1, 200, 1) };
	struct folio *folios[ARRAY_SIZE(order)];
	unsigned int i;

	read_together(test, inodes[1]);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		hold_some(test, inodes[order[i].file], &folios[i], order[i].index, 1);
	put_step_3(folios, ARRAY_SIZE(order));
	KUNIT_EXPECT_EQ(test, calls.runs, 2U);
	KUNIT_EXPECT_EQ(test, nr_held(), (unsigned int)ARRAY_SIZE(order));
	EXPECT_STATS(test, .puts = ARRAY_SIZE(order));
	set_disk(2);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		read_file(inodes[order[i].file], order[i].index, 1);
		KUNIT_EXPECT_EQ(test, cached(inodes[order[i].file], order[i].index), 1U);
	}
	EXPECT_STATS(test, .succ_gets = ARRAY_SIZE(order));
}

/* It is put at once, and not when it is freed. */
static void put_now(struct kunit *test, struct inode *inode, pgoff_t index)
{
	unsigned int held = nr_held();
	struct folio *folio = put_step_1(test, inode, index);

	put_step_2_of(folio);
	KUNIT_EXPECT_EQ(test, nr_held(), held + 1);
	put_step_3(&folio, 1);
	KUNIT_EXPECT_EQ(test, nr_held(), held + 1);
	EXPECT_STATS(test, .puts = 1);
}

/* Not all wait for others. */
static void together_or_alone(struct kunit *test)
{
	struct inode *inode = together_file(test);
	u32 i;

	/* on a list of the LRU: whoever drops it gives it back its references */
	read_file(inode, 0, 8);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 7), 8UL);
	KUNIT_EXPECT_EQ(test, calls.runs, 0U);
	KUNIT_EXPECT_EQ(test, nr_held(), 8U);
	EXPECT_STATS(test, .failed_gets = 8, .puts = 8);

	/* of a file of one page; and while one does not seem to compress */
	i_size_write(inode, PAGE_SIZE);
	put_now(test, inode, 20);
	i_size_write(inode, 1024 << PAGE_SHIFT);
	put_too_big = true;
	put_step_2(put_step_1(test, inode, 21));
	put_too_big = false;
	EXPECT_STATS(test, .put_refused = 1);
	put_now(test, inode, 21);

	/* of one that is read page by page */
	for (i = 100; i < 140; i++)
		read_file(inode, i, 1);
	stats_forget(test);
	put_now(test, inode, 22);
	KUNIT_EXPECT_EQ(test, calls.runs, 0U);
}

/* What a run teaches of a file is what a page does. */
static void together_too_big(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio *folios[8];
	struct cc_raw *raw;

	rcu_read_lock();
	raw = &cc_inode_find(inode)->raw;
	rcu_read_unlock();
	put_too_big = true;
	hold_some(test, inode, folios, 0, 8);
	put_step_3(folios, 8);
	put_too_big = false;
	KUNIT_EXPECT_EQ(test, raw->run, 1U);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .put_refused = 8);
	put_now(test, inode, 20);
	KUNIT_EXPECT_EQ(test, raw->run, 0U);
	/* half of it, and more */
	put_too_big = true;
	put_fits = 4;
	hold_some(test, inode, folios, 30, 8);
	put_step_3(folios, 8);
	KUNIT_EXPECT_EQ(test, raw->run, 0U);
	EXPECT_STATS(test, .puts = 4, .put_refused = 4);
	put_fits = 3;
	hold_some(test, inode, folios, 40, 8);
	put_step_3(folios, 8);
	put_too_big = false;
	KUNIT_EXPECT_EQ(test, raw->run, 1U);
	EXPECT_STATS(test, .puts = 3, .put_refused = 5);
}

/* While they are held they are neither asked for nor kept from changes. */
static void together_changed(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio *folios[8];
	u32 i;

	hold_some(test, inode, folios, 0, 8);
	set_disk(2);
	read_file(inode, 6, 1);
	KUNIT_EXPECT_EQ(test, cached(inode, 6), 2U);
	EXPECT_STATS(test, .get_pending = 1);
	/* as of a hole that is punched */
	truncate_inode_pages_range(inode->i_mapping, 2 << PAGE_SHIFT,
				   (4 << PAGE_SHIFT) - 1);
	put_step_3(folios, 8);
	KUNIT_EXPECT_EQ(test, nr_held(), 6U);
	EXPECT_STATS(test, .puts = 6, .put_cancelled = 2, .invalidates = 1);
	/* it is in the page cache, and goes */
	KUNIT_EXPECT_EQ(test, reclaim(inode, 6, 6), 1UL);
	set_disk(3);
	for (i = 0; i < 8; i++) {
		read_file(inode, i, 1);
		KUNIT_EXPECT_EQ(test, cached(inode, i),
				i == 2 || i == 3 ? 3U : i == 6 ? 2U : 1U);
	}
}

/* Freed past the hook: nothing is put, and after a look all is as if it had not been. */
static void together_lost(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio *folios[4];
	u32 i;

	hold_some(test, inode, folios, 0, 4);
	cc_held_pause();
	for (i = 0; i < 3; i++)
		folios[i]->private = NULL;	/* as the allocator does */
	put_step_3(folios, 4);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	EXPECT_STATS(test, .puts = 1);
	/* in somebody's way, until that is found out */
	put_step_2(put_step_1(test, inode, 1));
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	EXPECT_STATS(test, .invalidates = 1);
	cc_held_sweep();
	EXPECT_STATS(test, .put_cancelled = 3);
	read_file(inode, 0, 4);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 3), 4UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 4U);
	EXPECT_STATS(test, .failed_gets = 3, .succ_gets = 1, .puts = 4);
}

/* It bears the record, and is not as it was. */
static void together_other(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio *folios[3];

	hold_some(test, inode, folios, 0, 3);
	folios[0]->index = 7;
	folios[1]->mapping = inode->i_mapping;
	folio_ref_unfreeze(folios[2], 1);
	free_hook(folios, 3);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .put_cancelled = 3);
	folios[1]->mapping = NULL;
	folio_ref_freeze(folios[2], 1);
	put_step_3(folios, 3);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
}

/* In the page cache again, whatever for: what it holds may be another page's. */
static void together_back(struct kunit *test)
{
	struct inode *inode = together_file(test);
	unsigned int flags = memalloc_noreclaim_save();
	struct folio *folio = put_step_1(test, inode, 0);

	put_step_2_of(folio);
	folio->index = 5;
	fill_folio(inode, folio);
	removed(inode, folio);
	memalloc_noreclaim_restore(flags);
	EXPECT_STATS(test, .put_cancelled = 1);
	put_step_2(folio);
	EXPECT_STATS(test, .puts = 1);
	set_disk(2);
	read_file(inode, 0, 1);
	read_file(inode, 5, 1);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 2U);
	KUNIT_EXPECT_EQ(test, cached(inode, 5), 1U);
}

/* Some records are left for others, and puts do not wait then. */
static void together_many(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio **folios;
	unsigned int i;

	folios = kunit_kcalloc(test, MANY, sizeof(*folios), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, folios);
	for (i = 0; i < MANY; i++) {
		folios[i] = put_step_1(test, inode, i);
		put_step_2_of(folios[i]);
	}
	KUNIT_EXPECT_GT(test, nr_held(), 32U);
	KUNIT_EXPECT_LT(test, nr_held(), 128U);
	for (i = 0; i < MANY; i += 10)
		put_step_3(folios + i, 10);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U + MANY);
	EXPECT_STATS(test, .puts = MANY);
}

/* The end of their inode, and of their file system. */
static void together_ended(struct kunit *test)
{
	struct inode *inode = together_file(test);
	struct folio *folios[8];

	hold_some(test, inode, folios, 0, 4);
	close_file(test, 0);
	put_step_3(folios, 4);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	open_file(test, 0, FIRST_INO, 1);
	inode = together_file(test);
	hold_some(test, inode, folios, 0, 4);
	close_file(test, 0);
	unmount_one(test, 0);
	put_step_3(folios, 4);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_EQ(test, calls.stray, 0U);
}

/* ---- waiting for writers ---- */

static bool can_be_put(struct kunit *test, pgoff_t index)
{
	struct cc_stats was = stats_now(), now;
	unsigned int held;

	read_file(file(test), index, 1);
	held = nr_held();
	KUNIT_EXPECT_EQ(test, reclaim(file(test), index, index), 1UL);
	now = stats_now();
	KUNIT_EXPECT_EQ(test, now.put_busy + now.puts, was.put_busy + was.puts + 1);
	KUNIT_EXPECT_EQ(test, nr_held() - held, now.puts - was.puts);
	return now.puts != was.puts;
}

static void wait_for_writer(struct kunit *test)
{
	struct inode *inode = file(test);

	KUNIT_EXPECT_TRUE(test, can_be_put(test, 0));
	/* to hold the lock means nothing, until something is truncated */
	inode_lock(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 1));
	truncate_inode_pages_range(inode->i_mapping, 8 * PAGE_SIZE, -1);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 2));
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 3));
	inode_unlock(inode);
	/* others who read hold it shared; they change nothing */
	inode_lock_shared(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 2));
	inode_unlock_shared(inode);
	inode_lock(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 3));
	inode_unlock(inode);
	KUNIT_EXPECT_EQ(test, nr_held(), 4U);
}

static void wait_for_direct_write(struct kunit *test)
{
	struct inode *inode = file(test);

	KUNIT_EXPECT_TRUE(test, can_be_put(test, 0));
	inode_dio_begin(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 1));
	inode_dio_end(inode);

	/* as ext4 overwrites: announced and begun with the lock shared */
	inode_lock_shared(inode);
	invalidate_inode_pages2_range(inode->i_mapping, 9, 9);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 2));
	inode_dio_begin(inode);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 2));
	inode_unlock_shared(inode);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 2));
	inode_dio_end(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 2));
	KUNIT_EXPECT_EQ(test, nr_held(), 3U);
}

/* What comes in while a direct write of it may be under way may be of before. */
static void read_beside_direct_write(struct kunit *test)
{
	struct inode *inode = file(test);
	unsigned int i;

	store(test, inode, 0, 1);
	inode_lock_shared(inode);
	invalidate_inode_pages2_range(inode->i_mapping, 3, 5);
	read_file(inode, 3, 1);
	inode_dio_begin(inode);
	inode_unlock_shared(inode);
	read_file(inode, 5, 1);
	read_file(inode, 9, 1);
	inode_dio_end(inode);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 3));
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 9));
	/* 3 to 5 until there is only one page, as others are in doubt */
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 4));
	KUNIT_EXPECT_EQ(test, reclaim(inode, 5, 5), 1UL);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 3));

	/* Who reads a file of xfs holds the lock; then a worker sees that it is over. */
	write_directly(test);
	for (i = 0; i < 200 && cc_inode_doubts(); i++)
		msleep(20);
	KUNIT_EXPECT_FALSE(test, cc_inode_doubts());
	inode_lock_shared(inode);
	read_file(inode, 3, 1);
	inode_unlock_shared(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 3));
}

/* The same of a file that nothing is known of yet. */
static void unknown_is_suspect(struct kunit *test)
{
	close_file(test, 0);
	open_file(test, 0, 200, 1);
	inode_lock_shared(file(test));
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 0));
	inode_unlock_shared(file(test));
	inode_dio_begin(file(test));
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 0));
	inode_dio_end(file(test));
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 0));
}

/* ---- files come and go ---- */

static void evicted_and_back(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 3);
	/* one is in the page cache when the inode goes, with an older copy */
	write_page(test, inode, 2);
	close_file(test, 0);
	KUNIT_EXPECT_EQ(test, nr_held(), 2U);
	EXPECT_STATS(test, .invalidates = 1);

	inode = open_file(test, 0, FIRST_INO, 1);
	set_disk(2);
	read_file(inode, 0, 3);
	KUNIT_EXPECT_EQ(test, cached(inode, 0), 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 1), 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 2), 2U);
	EXPECT_STATS(test, .attached = 1, .succ_gets = 2, .failed_gets = 1);
}

/* While a put is under way that the old inode began: not hooked, later it is. */
static void back_while_put(struct kunit *test)
{
	struct inode *inode, *other;

	hold_put(test, file(test), 3, 0);
	close_file(test, 0);
	EXPECT_STATS(test);
	inode = open_file(test, 0, FIRST_INO, 1);
	other = open_file(test, 1, 200, 1);
	calls.get = 0;
	read_file(inode, 3, 1);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 3, 3), 1UL);
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	EXPECT_STATS(test, .invalidates = 1);
	/* others are not affected */
	read_file(other, 0, 1);
	EXPECT_STATS(test, .attached = 1, .failed_gets = 1);
	let_go(test);
	EXPECT_STATS(test, .puts = 1, .put_cancelled = 1);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	store(test, inode, 3, 1);
}

static void deleted(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 3);
	write_page(test, inode, 2);
	delete_file(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 1);
	inode = open_file(test, 0, FIRST_INO, 1);
	read_file(inode, 0, 3);
	EXPECT_STATS(test, .attached = 1, .failed_gets = 3);
}

/* Deleted before a page of it was read again: nothing is known of it here. */
static void deleted_unread(struct kunit *test)
{
	store(test, file(test), 0, 3);
	close_file(test, 0);
	open_file(test, 0, FIRST_INO, 1);
	delete_file(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 1);
}

/* Nor when it is truncated, or written directly. */
static void changed_unread(struct kunit *test)
{
	store(test, file(test), 2, 2);
	close_file(test, 0);
	open_file(test, 0, FIRST_INO, 1);
	write_directly(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	truncate_file(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 2);
}

static void swapon(struct kunit *test)
{
	store(test, file(test), 0, 3);
	/* not one of a swap file: who waits for direct writes changes nothing */
	inode_dio_wait(file(test));
	KUNIT_EXPECT_EQ(test, nr_held(), 3U);
	EXPECT_STATS(test);
	swap_to_file(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 1);
	/* nor is it asked for */
	calls.get = 0;
	read_file(file(test), 0, 1);
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	file(test)->i_flags = 0;
	EXPECT_STATS(test);
}

/* Nothing that was to be left out leaves copies when its inode goes. */
static void left_out_then_evicted(struct kunit *test)
{
	store(test, file(test), 0, 3);
	/* S_DAX is nothing where there is no DAX */
	file(test)->i_flags = S_DAX ?: S_ENCRYPTED;
	close_file(test, 0);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .invalidates = 1);

	store(test, open_file(test, 0, 200, 1), 0, 3);
	mapping_set_error(file(test)->i_mapping, -EIO);
	calls.get = 0;
	read_file(file(test), 0, 1);
	KUNIT_EXPECT_EQ(test, calls.get, 0U);
	close_file(test, 0);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	/* it is as any other when it comes back */
	stats_forget(test);
	store(test, open_file(test, 0, 200, 1), 0, 3);
}

/* ---- doubt ---- */

static void exchange_blocks(struct kunit *test)
{
	inode_lock(file(test));
	unlock_two_nondirectories(NULL, file(test));
}

static void remap(struct kunit *test, loff_t pos, loff_t len, unsigned int flags)
{
	struct file *target = kunit_kzalloc(test, sizeof(*target), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, target);
	target->f_inode = file(test);
	/* refused, when the hook has seen it */
	file(test)->i_flags |= S_IMMUTABLE;
	generic_remap_file_range_prep(target, 0, target, pos, &len, flags);
	file(test)->i_flags &= ~S_IMMUTABLE;
}

static void swap_on_and_off(struct kunit *test)
{
	swap_to_file(test);
	file(test)->i_flags &= ~S_SWAPFILE;
}

static void reflink_onto(struct kunit *test)
{
	inode_lock(file(test));
	remap(test, 0, 0, 0);
	inode_unlock(file(test));
}

static const struct doubt {
	void (*fn)(struct kunit *test);
	const char *name;
} doubts[] = {
	{ exchange_blocks, "its blocks were exchanged" },
	{ swap_on_and_off, "it was a swap file" },
	{ reflink_onto, "a reflink was made, or not" },
};

KUNIT_ARRAY_PARAM_DESC(doubts, doubts, name);

/* What was in the cache is not put, until all of it has left. */
static void in_doubt(struct kunit *test)
{
	const struct doubt *doubt = test->param_value;
	struct inode *inode = file(test);

	store(test, inode, 0, 3);
	read_file(inode, 8, 2);
	doubt->fn(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 0));
	KUNIT_EXPECT_EQ(test, reclaim(inode, 8, 8), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 0));
	KUNIT_EXPECT_EQ(test, reclaim(inode, 9, 9), 1UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 0));
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
}

/* The same of a file that nothing is known of yet. */
static void unknown_in_doubt(struct kunit *test)
{
	const struct doubt *doubt = test->param_value;

	store(test, file(test), 0, 3);
	close_file(test, 0);
	open_file(test, 0, FIRST_INO, 1);
	doubt->fn(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 0));
}

/* Only the range that may be another's; and not while it is becoming that. */
static void doubt_in_part(struct kunit *test)
{
	struct inode *inode = file(test);

	store(test, inode, 0, 12);
	remap(test, 4 * PAGE_SIZE, 4 * PAGE_SIZE, REMAP_FILE_DEDUP);
	KUNIT_EXPECT_EQ(test, nr_held(), 12U);
	read_file(inode, 6, 1);
	remap(test, 4 * PAGE_SIZE, 4 * PAGE_SIZE, 0);
	KUNIT_EXPECT_EQ(test, nr_held(), 8U);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 4));
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 7));
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 3));
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 8));
	KUNIT_EXPECT_EQ(test, reclaim(inode, 6, 6), 1UL);
	inode_lock(inode);
	remap(test, 4 * PAGE_SIZE, 4 * PAGE_SIZE, 0);
	KUNIT_EXPECT_FALSE(test, can_be_put(test, 4));
	inode_unlock(inode);
	KUNIT_EXPECT_TRUE(test, can_be_put(test, 4));
}

/* ---- names ---- */

static bool holds(const struct tmem_oid *oidp, u32 index)
{
	bool found = false;
	int i;

	spin_lock_irq(&model_lock);
	for (i = 0; i < nr_pools; i++)
		found |= !!find_slot(i, oidp, index, index, slots);
	spin_unlock_irq(&model_lock);
	return found;
}

/* The generation is not of it: chattr -v changes it. */
static void name_by_number(struct kunit *test)
{
	struct tmem_oid oid = { { 0x123456789abcULL, 0, 0 } };
	struct inode *inode = open_file(test, 1, 7, 0xfedcba98);

	inode->i_ino = oid.oid[0];
	store(test, inode, 5, 1);
	KUNIT_EXPECT_TRUE(test, holds(&oid, 5));
	close_file(test, 1);
	inode = open_file(test, 1, 7, 0xfedcba99);
	inode->i_ino = oid.oid[0];
	truncate_inode_pages(inode->i_mapping, 0);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	store(test, inode, 5, 1);
	/* the number is used again for another file */
	clear_nlink(inode);
	close_file(test, 1);
	inode = open_file(test, 1, 7, 0xfedcba98);
	inode->i_ino = oid.oid[0];
	set_disk(2);
	stats_forget(test);
	read_file(inode, 5, 1);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .attached = 1, .failed_gets = 1);
}

static int handle_words;

static int encode_fh(struct inode *inode, u32 *fh, int *max_len,
		     struct inode *parent)
{
	int i, len = handle_words;

	if (*max_len < len) {
		*max_len = len;
		return FILEID_INVALID;
	}
	for (i = 0; i < len; i++)
		fh[i] = i ? inode->i_generation + i : inode->i_ino;
	*max_len = len;
	return 0x71;
}

static struct dentry *fh_to_dentry(struct super_block *sb, struct fid *fid,
				   int len, int type)
{
	return NULL;
}

static const struct export_operations sample_export_ops = {
	.encode_fh = encode_fh,
	.fh_to_dentry = fh_to_dentry,
};

static const struct handle {
	const char *name;
	int words;
	struct tmem_oid oid;
} handles[] = {
	{ "short", 3, { { 0x2200000033, 0x23, 0 } } },
	{ "as long as can be", 6,
	  { { 0x2200000033, 0x2400000023, 0x2600000025 } } },
	{ "too long", 7, { { 0x33, 0x21, 0 } } },
};

KUNIT_ARRAY_PARAM_DESC(handles, handles, name);

static void name_by_handle(struct kunit *test)
{
	const struct handle *handle = test->param_value;
	struct super_block *sb;
	struct inode *inode;

	handle_words = handle->words;
	mount_with.export_op = &sample_export_ops;
	mount_with.magic = BTRFS_SUPER_MAGIC;
	sb = mount_one(test, 1);
	close_file(test, 0);
	meet(test, sb);
	inode = open_file_on(test, 0, sb, 0x33, 0x21);
	store(test, inode, 5, 1);
	KUNIT_EXPECT_TRUE(test, holds(&handle->oid, 5));
	close_file(test, 0);
	inode = open_file_on(test, 0, sb, 0x33, 0x21);
	read_file(inode, 5, 1);
	EXPECT_STATS(test, .attached = 1, .succ_gets = 1);
}

/* ---- file systems come and go ---- */

/* A flush of all that a put overtakes does not forget that there is a page. */
static void put_behind(struct kunit *test)
{
	struct inode *inode = file(test);

	put_behind_flush = put_step_1(test, inode, 3);
	cc_inode_flush(inode, 0, ULONG_MAX);
	KUNIT_EXPECT_NULL(test, put_behind_flush);
	KUNIT_EXPECT_EQ(test, nr_held(), 1U);
	truncate_file(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
}

static void unmounted(struct kunit *test)
{
	struct super_block *sb = fix(test)->mnts[0]->mnt_sb;
	struct inode *inode;

	store(test, file(test), 0, 3);
	close_file(test, 0);
	unmount_one(test, 0);
	/* not used after this, only compared */
	KUNIT_EXPECT_EQ(test, pool_of_sb(sb), -1);
	KUNIT_EXPECT_TRUE(test, until(!nr_live_pools()));
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);

	sb = mount_one(test, 0);
	meet(test, sb);
	KUNIT_EXPECT_NE(test, pool_of_sb(sb), fix(test)->pool);
	stats_forget(test);
	inode = open_file(test, 0, FIRST_INO, 1);
	read_file(inode, 0, 3);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	EXPECT_STATS(test, .attached = 1, .failed_gets = 3);
}

/* The pool stays until a put that is under way is over. */
static void unmounted_while_put(struct kunit *test)
{
	hold_put(test, file(test), 3, 0);
	close_file(test, 0);
	unmount_one(test, 0);
	msleep(50);
	KUNIT_EXPECT_EQ(test, nr_live_pools(), 1U);
	let_go(test);
	KUNIT_EXPECT_TRUE(test, until(!nr_live_pools()));
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
}

static struct cc_fs *find_or_add(struct super_block *sb)
{
	struct cc_fs *fs;

	rcu_read_lock();
	fs = cc_fs_find_or_add(sb);
	rcu_read_unlock();
	return fs;
}

/* A super block at the address of an old one has nothing of it. */
static void same_address(struct kunit *test)
{
	struct super_block *sb = kunit_kzalloc(test, sizeof(*sb), GFP_KERNEL);
	int first;

	KUNIT_ASSERT_NOT_NULL(test, sb);
	sb->s_type = &sample_type;
	KUNIT_EXPECT_NULL(test, find_or_add(sb));
	sb->s_root = fix(test)->mnts[0]->mnt_root;
	KUNIT_EXPECT_NULL(test, find_or_add(sb));
	sb->s_flags = SB_ACTIVE;
	KUNIT_EXPECT_NOT_NULL(test, find_or_add(sb));
	KUNIT_ASSERT_TRUE(test, until(pool_of_sb(sb) >= 0));
	first = pool_of_sb(sb);

	/* unmounted, with a page of it met late */
	sb->s_root = NULL;
	sb->s_flags = 0;
	cc_fs_unmounted(sb);
	KUNIT_EXPECT_NULL(test, find_or_add(sb));
	KUNIT_EXPECT_EQ(test, pool_of_sb(sb), -1);

	sb->s_root = fix(test)->mnts[0]->mnt_root;
	sb->s_flags = SB_ACTIVE;
	KUNIT_EXPECT_NOT_NULL(test, find_or_add(sb));
	KUNIT_EXPECT_TRUE(test, until(pool_of_sb(sb) >= 0));
	KUNIT_EXPECT_NE(test, pool_of_sb(sb), first);
	KUNIT_EXPECT_FALSE(test, pools[first].live);
	cc_fs_unmounted(sb);
	KUNIT_EXPECT_TRUE(test, until(nr_live_pools() == 1));
	EXPECT_STATS(test);
}

static void backend_goes_and_comes(struct kunit *test)
{
	struct super_block *sb = fix(test)->mnts[0]->mnt_sb;
	struct inode *inode = file(test);

	store(test, inode, 0, 3);
	KUNIT_ASSERT_EQ(test, tmem_unregister_backend(&model), 0);
	KUNIT_EXPECT_EQ(test, nr_live_pools(), 0U);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);

	memset(&calls, 0, sizeof(calls));
	read_file(inode, 0, 3);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, cached(inode, 2), 1U);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 2), 3UL);
	truncate_file(test);
	KUNIT_EXPECT_EQ(test, calls.put + calls.get + calls.flush, 0U);
	EXPECT_STATS(test);

	KUNIT_ASSERT_EQ(test, tmem_register_backend(&model), 0);
	KUNIT_EXPECT_TRUE(test, until(pool_of_sb(sb) >= 0));
	read_file(inode, 0, 3);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 2), 3UL);
	KUNIT_EXPECT_EQ(test, nr_held(), 3U);
	set_disk(2);
	read_file(inode, 0, 3);
	KUNIT_EXPECT_EQ(test, cached(inode, 2), 1U);
	stats_forget(test);
}

/* No pool, and then nothing is hooked or kept. */
static void no_pool_to_be_had(struct kunit *test)
{
	struct super_block *sb = mount_one(test, 1);
	struct inode *inode;

	no_pools = true;
	close_file(test, 0);
	inode = open_file_on(test, 0, sb, 200, 1);
	read_file(inode, 0, 1);
	msleep(50);
	read_file(inode, 1, 1);
	KUNIT_EXPECT_PTR_EQ(test, inode->i_mapping->a_ops, &sample_aops);
	KUNIT_EXPECT_EQ(test, reclaim(inode, 0, 1), 2UL);
	KUNIT_EXPECT_EQ(test, pool_of_sb(sb), -1);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test);
}

/* A file system that is mounted now gets no pool, and its files no hooks. */
static void expect_left_out(struct kunit *test)
{
	struct super_block *sb;
	struct inode *inode;

	sb = mount_one(test, 1);
	calls.new_pool = 0;
	inode = open_file_on(test, 1, sb, 200, 1);
	read_file(inode, 0, 1);
	msleep(50);
	read_file(inode, 1, 1);
	KUNIT_EXPECT_PTR_EQ(test, inode->i_mapping->a_ops, &sample_aops);
	KUNIT_EXPECT_EQ(test, calls.new_pool, 0U);
	EXPECT_STATS(test);
}

/* Of a type that is left out no pool is ever asked for. */
static void type_excluded(struct kunit *test)
{
	cc_exclude = "xfs,ext4";
	expect_left_out(test);
}

static void shared_by_uuid(struct kunit *test)
{
	struct super_block *sb;
	struct inode *inode;
	int id;

	KUNIT_EXPECT_FALSE(test, pools[fix(test)->pool].has_uuid);
	KUNIT_EXPECT_EQ(test, pools[fix(test)->pool].flags, 0U);
	cc_fs_shared = "ocfs2,ext4";
	close_file(test, 0);
	memset(&mount_with.uuid, 0xa5, sizeof(mount_with.uuid));
	sb = mount_one(test, 1);
	meet(test, sb);
	id = pool_of_sb(sb);
	KUNIT_ASSERT_GE(test, id, 0);
	KUNIT_EXPECT_EQ(test, pools[id].flags, TMEM_POOL_SHARED + 0U);
	KUNIT_EXPECT_TRUE(test, pools[id].has_uuid);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)&pools[id].uuid, (u8 *)&sb->s_uuid,
			   sizeof(uuid_t));
	inode = open_file_on(test, 0, sb, 200, 1);
	store(test, inode, 0, 2);
	set_disk(2);
	read_file(inode, 0, 2);
	KUNIT_EXPECT_EQ(test, cached(inode, 1), 1U);
	/* others may want it, too; what is changed here is gone for them */
	KUNIT_EXPECT_EQ(test, nr_held(), 2U);
	truncate_file(test);
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	EXPECT_STATS(test, .succ_gets = 2, .invalidates = 1);
}

/* Everybody without a uuid would share one pool. */
static void shared_without_uuid(struct kunit *test)
{
	cc_fs_shared = "ext4";
	expect_left_out(test);
}

/* What others change would never go from a store that is this machine's alone. */
static void shared_with_nobody(struct kunit *test)
{
	cc_fs_shared = "ext4";
	memset(&mount_with.uuid, 0xa5, sizeof(mount_with.uuid));
	model.shared = false;
	expect_left_out(test);
	model.shared = true;
}

/* ---- the rules, and what happens without them ---- */

/* Each ends with page 0 read of a disk of version 2; version 1 is stale. */

static void rule_direct(struct kunit *test)
{
	store(test, file(test), 0, 1);
	inode_lock(file(test));
	invalidate_inode_pages2_range(file(test)->i_mapping, 0, 0);
	inode_dio_begin(file(test));
	inode_unlock(file(test));
	set_disk(2);
	inode_dio_end(file(test));
}

static void rule_truncate(struct kunit *test)
{
	store(test, file(test), 0, 1);
	inode_lock(file(test));
	truncate_inode_pages_range(file(test)->i_mapping, 0, PAGE_SIZE - 1);
	set_disk(2);
	inode_unlock(file(test));
}

/* A page is read, and dropped, before the blocks have changed. */
static void rule_quiesce(struct kunit *test)
{
	inode_lock(file(test));
	truncate_inode_pages_range(file(test)->i_mapping, 0, PAGE_SIZE - 1);
	read_file(file(test), 0, 1);
	reclaim(file(test), 0, 0);
	set_disk(2);
	inode_unlock(file(test));
}

static void rule_removal(struct kunit *test)
{
	store(test, file(test), 0, 1);
	set_disk(2);
	write_page(test, file(test), 0);
	forget(file(test), 0, 0);
}

static void rule_pending(struct kunit *test)
{
	struct folio *folio = put_step_1(test, file(test), 0);

	truncate_file(test);
	set_disk(2);
	put_step_2(folio);
}

/* A folio whose put is held is freed past the hook, and comes to it as another. */
static void rule_held(struct kunit *test)
{
	struct folio *folio;

	read_together(test, file(test));
	folio = put_step_1(test, file(test), 0);
	put_step_2_of(folio);
	cc_held_pause();
	folio->private = NULL;
	set_disk(2);
	put_step_3(&folio, 1);
}

static void rule_evict(struct kunit *test)
{
	store(test, file(test), 0, 1);
	delete_file(test);
	set_disk(2);
	open_file(test, 0, FIRST_INO, 1);
}

/* The file comes back, and changes, before an earlier put of it is over. */
static void rule_orphan(struct kunit *test)
{
	hold_put_at(test, file(test), 0, 0, PUT_STOPS_AFTER);
	close_file(test, 0);
	set_disk(2);
	open_file(test, 0, FIRST_INO, 1);
}

/* The page in the cache is what was to be written, and is not on the disk. */
static void rule_error(struct kunit *test)
{
	read_file(file(test), 0, 1);
	mapping_set_error(file(test)->i_mapping, -EIO);
	reclaim(file(test), 0, 0);
	set_disk(2);
}

static void rule_kernel(struct kunit *test)
{
	file(test)->i_flags |= S_NOQUOTA;
	read_file(file(test), 0, 1);
	reclaim(file(test), 0, 0);
	set_disk(2);
	file(test)->i_flags = 0;
}

static void rule_excluded(struct kunit *test)
{
	file(test)->i_flags |= S_ENCRYPTED;
	read_file(file(test), 0, 1);
	reclaim(file(test), 0, 0);
	set_disk(2);
	file(test)->i_flags = 0;
}

static void rule_doubt(struct kunit *test)
{
	read_file(file(test), 0, 1);
	set_disk(2);
	exchange_blocks(test);
	reclaim(file(test), 0, 0);
}

/* Read in again before it is written, which then fails half-way. */
static void rule_failed_write(struct kunit *test)
{
	struct inode *inode = file(test);

	begin_direct_write(inode, 0);
	read_file(inode, 0, 1);
	set_disk(2);
	inode_dio_end(inode);
	reclaim(inode, 0, 0);
}

static const struct rule {
	void (*fn)(struct kunit *test);
	unsigned int bit;
	const char *name;
} rules[] = {
	{ rule_direct, CC_BREAK_DIO, "direct writes" },
	{ rule_truncate, CC_BREAK_TRUNCATE, "truncation" },
	{ rule_quiesce, CC_BREAK_QUIESCE, "quiescence" },
	{ rule_removal, CC_BREAK_DELETE, "removal" },
	{ rule_pending, CC_BREAK_PENDING, "pending puts" },
	{ rule_held, CC_BREAK_HELD, "puts that are held" },
	{ rule_evict, CC_BREAK_EVICT, "eviction" },
	{ rule_orphan, CC_BREAK_ORPHAN, "puts of an inode that has ended" },
	{ rule_error, CC_BREAK_ERROR, "failed write-back" },
	{ rule_kernel, CC_BREAK_KERNEL, "files of the kernel's own" },
	{ rule_excluded, CC_BREAK_EXCLUDED, "files that are left out" },
	{ rule_doubt, CC_BREAK_DOUBT, "pages in doubt" },
	{ rule_failed_write, CC_BREAK_DOUBT, "direct writes that fail" },
};

KUNIT_ARRAY_PARAM_DESC(rules, rules, name);

static void rule_holds(struct kunit *test)
{
	const struct rule *rule = test->param_value;

	rule->fn(test);
	read_file(file(test), 0, 1);
	KUNIT_EXPECT_EQ(test, nr_runs, 1U);
	KUNIT_EXPECT_EQ(test, cached(file(test), 0), 2U);
}

static void rule_broken(struct kunit *test)
{
	const struct rule *rule = test->param_value;

	cc_test_break = rule->bit;
	rule->fn(test);
	read_file(file(test), 0, 1);
	KUNIT_EXPECT_EQ(test, nr_runs, 0U);
	KUNIT_EXPECT_EQ(test, cached(file(test), 0), 1U);
}

/* ---- all at once ---- */

#define ROUNDS		2000
#define HOT_PAGES	16

/* The version of each page that every read from now on must at least bring. */
static u32 settled[HOT_PAGES];

/**
 * struct actor - a thread that reads, drops or changes the one file
 * @inode: the file
 * @seed: of its random numbers
 * @old: pages seen that were older than they may be
 * @bad: pages seen that were no pages of the file
 * @done: it has ended
 */
struct actor {
	struct inode *inode;
	u32 seed;
	unsigned int old, bad;
	struct completion done;
};

static u32 random_of(struct actor *a)
{
	a->seed = a->seed * 1664525 + 1013904223;
	return a->seed >> 8;
}

static void look_at(struct actor *a, u32 index)
{
	u32 least = READ_ONCE(settled[index]), version;
	struct page *page = find_get_page(a->inode->i_mapping, index);

	if (!page)
		return;
	lock_page(page);
	if (page->mapping == a->inode->i_mapping && PageUptodate(page)) {
		version = page_version(a->inode, index, page);
		a->bad += version == BAD_VALUE;
		a->old += version < least;
	}
	unlock_page(page);
	put_page(page);
}

static int reader_thread(void *data)
{
	struct actor *a = data;
	u32 first, last, i, n;

	for (n = 0; n < ROUNDS; n++) {
		first = random_of(a) % HOT_PAGES;
		last = min(first + random_of(a) % 4, HOT_PAGES - 1U);
		read_file(a->inode, first, last - first + 1);
		for (i = first; i <= last; i++)
			look_at(a, i);
		if (random_of(a) % 8)
			reclaim(a->inode, 0, HOT_PAGES);
		else
			forget(a->inode, first, last);
		cond_resched();
	}
	kthread_complete_and_exit(&a->done, 0);
}

/* As kiocb_invalidate_pages() and what follows it. */
static void write_past(struct actor *a, u32 i, bool shared)
{
	struct inode *inode = a->inode;

	if (shared)
		inode_lock_shared(inode);
	else
		inode_lock(inode);
	if (!invalidate_inode_pages2_range(inode->i_mapping, i, i)) {
		inode_dio_begin(inode);
		if (shared)
			inode_unlock_shared(inode);
		WRITE_ONCE(disk[i], disk[i] + 1);
		/* As I/O is: over for all before its end is seen here. */
		smp_mb();
		if (inode->i_mapping->nrpages)
			invalidate_inode_pages2_range(inode->i_mapping, i, i);
		inode_dio_end(inode);
		WRITE_ONCE(settled[i], disk[i]);
	} else if (shared) {
		inode_unlock_shared(inode);
	}
	if (!shared)
		inode_unlock(inode);
}

static void punch(struct actor *a, u32 i)
{
	struct address_space *mapping = a->inode->i_mapping;

	inode_lock(a->inode);
	filemap_invalidate_lock(mapping);
	truncate_inode_pages_range(mapping, i * PAGE_SIZE,
				   (i + 1) * PAGE_SIZE - 1);
	WRITE_ONCE(disk[i], disk[i] + 1);
	filemap_invalidate_unlock(mapping);
	inode_unlock(a->inode);
	WRITE_ONCE(settled[i], disk[i]);
}

static int writer_thread(void *data)
{
	struct actor *a = data;
	u32 i, n;

	static_assert(ROUNDS / HOT_PAGES + 1 < BIT(VERSION_BITS),
		      "each write makes a version");
	for (n = 0; n < ROUNDS; n++) {
		i = n % HOT_PAGES;
		if (random_of(a) % 2)
			write_past(a, i, random_of(a) % 2);
		else
			punch(a, i);
		usleep_range(50, 200);
	}
	kthread_complete_and_exit(&a->done, 0);
}

static void never_older(struct kunit *test)
{
	int (* const fns[])(void *data) = {
		reader_thread, reader_thread, writer_thread,
	};
	struct cc_stats was = stats_now(), now;
	struct actor *actors;
	struct task_struct *t;
	unsigned int i;

	actors = kunit_kcalloc(test, ARRAY_SIZE(fns), sizeof(*actors),
			       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, actors);
	memset(settled, 0, sizeof(settled));
	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		actors[i].inode = file(test);
		actors[i].seed = i;
		init_completion(&actors[i].done);
		t = kthread_run(fns[i], &actors[i], "cc-test-actor");
		if (IS_ERR(t)) {
			KUNIT_FAIL(test, "no thread");
			complete(&actors[i].done);
		}
	}
	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		wait_for_completion(&actors[i].done);
		KUNIT_EXPECT_EQ(test, actors[i].old, 0U);
		KUNIT_EXPECT_EQ(test, actors[i].bad, 0U);
	}
	/* nor is there anything old in the store */
	read_file(file(test), 0, HOT_PAGES);
	for (i = 0; i < HOT_PAGES; i++)
		KUNIT_EXPECT_EQ(test, cached(file(test), i), disk[i]);
	now = stats_now();
	KUNIT_EXPECT_GT(test, now.succ_gets - was.succ_gets, 100UL);
	KUNIT_EXPECT_GT(test, now.put_busy - was.put_busy, 0UL);
	kunit_info(test, "%lu puts, %lu hits, %lu busy, %lu cancelled\n",
		   now.puts - was.puts, now.succ_gets - was.succ_gets,
		   now.put_busy - was.put_busy,
		   now.put_cancelled - was.put_cancelled);
}

/* ---- */

static int cc_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct super_block *sb;
	struct inode *inode;

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	/* see drain_lru() */
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current,
						   cpumask_of(raw_smp_processor_id())), 0);
	memset(&calls, 0, sizeof(calls));
	memset(&mount_with, 0, sizeof(mount_with));
	mount_with.magic = EXT4_SUPER_MAGIC;
	refuse_after = -1;
	put_too_big = false;
	verdict = TMEM_OFFER_TAKE;
	wants_dropped = false;
	says_what_it_holds = false;
	get_fails = false;
	no_pools = false;
	disk_fails = false;
	set_disk(1);

	sb = mount_one(test, 0);
	meet(test, sb);
	f->pool = pool_of_sb(sb);
	inode = open_file(test, 0, FIRST_INO, 1);
	read_file(inode, 60, 1);
	forget(inode, 60, 60);
	KUNIT_ASSERT_PTR_NE(test, inode->i_mapping->a_ops, &sample_aops);
	stats_forget(test);
	return 0;
}

static void cc_test_exit(struct kunit *test)
{
	struct fixture *f = fix(test);
	unsigned int i;

	if (!f)
		return;
	let_go(test);
	cc_test_break = 0;
	cc_exclude = NULL;
	cc_fs_shared = NULL;
	for (i = 0; i < ARRAY_SIZE(f->files); i++)
		iput(f->files[i]);
	for (i = 0; i < ARRAY_SIZE(f->mnts); i++)
		if (f->mnts[i])
			kern_unmount(f->mnts[i]);
	KUNIT_EXPECT_TRUE(test, until(!nr_live_pools()));
	KUNIT_EXPECT_EQ(test, nr_held(), 0U);
	KUNIT_EXPECT_EQ(test, calls.stray, 0U);
}

static int cc_suite_init(struct kunit_suite *suite)
{
	int ret;

	init_completion(&put_inside);
	init_completion(&put_go_on);
	ret = tmem_unregister_backend(&zc_backend);
	if (ret)
		return ret;
	ret = tmem_register_backend(&model);
	if (ret)
		tmem_register_backend(&zc_backend);
	return ret;
}

static void cc_suite_exit(struct kunit_suite *suite)
{
	tmem_unregister_backend(&model);
	tmem_register_backend(&zc_backend);
}

static struct kunit_case cc_cases[] = {
	KUNIT_CASE(hooked_when_read),
	KUNIT_CASE(put_then_get),
	KUNIT_CASE(files_apart),
	KUNIT_CASE(hits_and_misses),
	KUNIT_CASE(hits_of_slow_disk),
	KUNIT_CASE(hits_in_between),
	KUNIT_CASE(hits_read_around),
	KUNIT_CASE(emptied_meanwhile),
	KUNIT_CASE(disk_gives_up),
	KUNIT_CASE(get_goes_wrong),
	KUNIT_CASE(refused),
	KUNIT_CASE(large_folio),
	KUNIT_CASE(large_folio_in_part),
	KUNIT_CASE(large_folio_of_runs),
	KUNIT_CASE(large_folio_cancelled),
	KUNIT_CASE(dropped_by_reader),
	KUNIT_CASE(dropped_by_uncached),
	KUNIT_CASE(not_wanted),
	KUNIT_CASE(how_it_is_read),
	KUNIT_CASE(nothing_is_held),
	KUNIT_CASE(disk_costs),
	KUNIT_CASE(averages),
	KUNIT_CASE(what_a_page_is_worth),
	KUNIT_CASE(worth_tells),
	KUNIT_CASE(worth_nothing),
	KUNIT_CASE(incompressible_file),
	KUNIT_CASE_PARAM(not_put, unfit_gen_params),
	KUNIT_CASE(index_too_large),
	KUNIT_CASE(never_hooked),
	KUNIT_CASE(never_served),
	KUNIT_CASE(readahead_unhooked),
	KUNIT_CASE(readahead_expands),
	KUNIT_CASE(get_while_put),
	KUNIT_CASE(get_between_steps),
	KUNIT_CASE_PARAM(change_between_steps, changes_gen_params),
	KUNIT_CASE_PARAM(change_while_put, changes_gen_params),
	KUNIT_CASE(records_run_out),
	KUNIT_CASE(together_put),
	KUNIT_CASE(together_apart),
	KUNIT_CASE(together_or_alone),
	KUNIT_CASE(together_too_big),
	KUNIT_CASE(together_changed),
	KUNIT_CASE(together_lost),
	KUNIT_CASE(together_other),
	KUNIT_CASE(together_back),
	KUNIT_CASE(together_many),
	KUNIT_CASE(together_ended),
	KUNIT_CASE(put_behind),
	KUNIT_CASE(wait_for_writer),
	KUNIT_CASE(wait_for_direct_write),
	KUNIT_CASE(read_beside_direct_write),
	KUNIT_CASE(unknown_is_suspect),
	KUNIT_CASE(evicted_and_back),
	KUNIT_CASE(back_while_put),
	KUNIT_CASE(deleted),
	KUNIT_CASE(deleted_unread),
	KUNIT_CASE(changed_unread),
	KUNIT_CASE(swapon),
	KUNIT_CASE(left_out_then_evicted),
	KUNIT_CASE_PARAM(in_doubt, doubts_gen_params),
	KUNIT_CASE_PARAM(unknown_in_doubt, doubts_gen_params),
	KUNIT_CASE(doubt_in_part),
	KUNIT_CASE(name_by_number),
	KUNIT_CASE_PARAM(name_by_handle, handles_gen_params),
	KUNIT_CASE(unmounted),
	KUNIT_CASE(unmounted_while_put),
	KUNIT_CASE(same_address),
	KUNIT_CASE(backend_goes_and_comes),
	KUNIT_CASE(no_pool_to_be_had),
	KUNIT_CASE(type_excluded),
	KUNIT_CASE(shared_by_uuid),
	KUNIT_CASE(shared_without_uuid),
	KUNIT_CASE(shared_with_nobody),
	KUNIT_CASE_PARAM(rule_holds, rules_gen_params),
	KUNIT_CASE_PARAM(rule_broken, rules_gen_params),
	KUNIT_CASE_SLOW(never_older),
	{}
};

static struct kunit_suite cc_suite = {
	.name = "tmem_cleancache",
	.suite_init = cc_suite_init,
	.suite_exit = cc_suite_exit,
	.init = cc_test_init,
	.exit = cc_test_exit,
	.test_cases = cc_cases,
};

kunit_test_suites(&cc_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of cleancache by hooks of our own");
TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
