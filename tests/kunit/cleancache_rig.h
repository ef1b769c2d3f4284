/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cleancache_rig.h - what the tests of cleancache's own hooks stand on
 *
 * Purpose: a backend and a file system that do as they are told.
 *
 * The backend is a model: it remembers what it is told, counts, and refuses,
 * fails and stops on demand.  The file system is mounted, though never
 * registered, and its files are read by the kernel's code.  Every page has a
 * value of its own: file, index, and version of the disk.  Tests change that
 * version behind the page cache's back, so that a page of the store and one
 * that was read can be told apart.
 *
 * Locking: model_lock for what the model holds; everything else belongs to the
 * one test that runs.
 */
#ifndef _TEST_CLEANCACHE_RIG_H
#define _TEST_CLEANCACHE_RIG_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include <compat/folio_batch.h>
#include <compat/kthread.h>
#include <compat/module.h>
#include <compat/readahead.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "../../src/cleancache/cleancache.h"

/* What a page says: never 0, never ~0. */
#define FIRST_INO	100
#define VERSION_BITS	8
#define INDEX_BITS	12
#define NO_VALUE	0U		/* nothing there */
#define BAD_VALUE	~0U		/* a page that is not all the same */

static u32 value(u32 ino, u32 index, u32 version)
{
	return ino << (INDEX_BITS + VERSION_BITS) |
	       (index & (BIT(INDEX_BITS) - 1)) << VERSION_BITS | version;
}

static void fill_page(struct page *page, u32 val)
{
	memset32(page_address(page), val, PAGE_SIZE / sizeof(u32));
}

static u32 page_value(struct page *page)
{
	u32 *p = page_address(page);
	unsigned int i;

	for (i = 1; i < PAGE_SIZE / sizeof(u32); i++)
		if (p[i] != p[0])
			return BAD_VALUE;
	return p[0];
}

/* ---- the backend ---- */

#define SLOTS		512
#define MAX_POOLS	512

/**
 * struct slot - a page of the model
 * @pool: its pool, plus 1; 0: free
 * @oid: its object
 * @index: where in it
 * @val: what it holds
 */
struct slot {
	int pool;
	struct tmem_oid oid;
	u32 index;
	u32 val;
};

/**
 * struct pool - a pool of the model
 * @live: it exists
 * @flags: it was made with
 * @has_uuid: it was made with one
 * @uuid: that one
 */
struct pool {
	bool live;
	u32 flags;
	bool has_uuid;
	struct tmem_uuid uuid;
};

/**
 * struct calls - what the model was called for
 * @new_pool: times
 * @destroy_pool: times
 * @put: pages
 * @runs: of more than one page
 * @get: times
 * @flush: times, of all three kinds
 * @stray: times, for a pool that does not exist
 */
struct calls {
	unsigned int new_pool, destroy_pool, put, runs, get, flush, stray;
};

static struct slot slots[SLOTS];	/* model_lock, as all that follows */
static struct pool pools[MAX_POOLS];
static int nr_pools;			/* ids are not used again */
static struct calls calls;
static DEFINE_SPINLOCK(model_lock);

/* What goes wrong; set while nobody calls. */
static int refuse_after = -1;		/* puts; -1: none is refused */
static bool put_too_big;		/* pages do not compress, ... */
static unsigned int put_fits;		/* ... but for so many */
static bool get_fails;
static s64 get_empties = -1;		/* who asks for this page empties the store */
static bool no_pools;

/* What the model says to offers. */
static enum tmem_offer verdict;
static bool wants_dropped;

/* Does the model know that it holds nothing of an object? */
static bool says_what_it_holds;

/* The next put stops here, before the model has the page or after that. */
static struct completion put_inside, put_go_on;
static enum { PUT_RUNS, PUT_STOPS_BEFORE, PUT_STOPS_AFTER } put_stops;

/* Context: model_lock.  The next page of a range of an object, from @at on. */
static struct slot *find_slot(int pool, const struct tmem_oid *oidp, u32 first,
			      u32 last, struct slot *at)
{
	for (; at < slots + SLOTS; at++)
		if (at->pool == pool + 1 && at->index >= first &&
		    at->index <= last && !tmem_oid_compare(&at->oid, oidp))
			return at;
	return NULL;
}

static int drop(int pool, const struct tmem_oid *oidp, u32 first, u32 last)
{
	struct slot *s = slots;
	unsigned long flags;
	int ret = -ENOENT;

	spin_lock_irqsave(&model_lock, flags);
	while ((s = find_slot(pool, oidp, first, last, s))) {
		s->pool = 0;
		ret = 0;
	}
	spin_unlock_irqrestore(&model_lock, flags);
	return ret;
}

static bool enter_model(int pool, unsigned int *call)
{
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&model_lock, flags);
	(*call)++;
	ok = pool >= 0 && pool < nr_pools && pools[pool].live;
	if (!ok)
		calls.stray++;
	spin_unlock_irqrestore(&model_lock, flags);
	return ok;
}

static int model_new_pool(const struct tmem_uuid *uuid, u32 flags)
{
	struct pool *p = &pools[nr_pools];

	might_sleep();
	if (no_pools || nr_pools == MAX_POOLS)
		return -ENOSPC;
	spin_lock_irq(&model_lock);
	calls.new_pool++;
	p->live = true;
	p->flags = flags;
	p->has_uuid = uuid;
	if (uuid)
		p->uuid = *uuid;
	spin_unlock_irq(&model_lock);
	return nr_pools++;
}

static int model_destroy_pool(int id)
{
	unsigned int i;

	might_sleep();
	if (!enter_model(id, &calls.destroy_pool))
		return -ENOENT;
	spin_lock_irq(&model_lock);
	pools[id].live = false;
	for (i = 0; i < SLOTS; i++)
		if (slots[i].pool == id + 1)
			slots[i].pool = 0;
	spin_unlock_irq(&model_lock);
	return 0;
}

static void put_stop(int where)
{
	if (READ_ONCE(put_stops) != where)
		return;
	WRITE_ONCE(put_stops, PUT_RUNS);
	complete(&put_inside);
	wait_for_completion(&put_go_on);
}

static enum tmem_offer model_offer(int id, const struct tmem_oid *oidp,
				   u32 index, u32 nr, unsigned int hints)
{
	if (verdict == TMEM_OFFER_TAKE && (hints & TMEM_HINT_RAW))
		return TMEM_OFFER_RAW;
	if ((hints & TMEM_HINT_DROPPED) && !wants_dropped)
		return TMEM_OFFER_NO_EVIDENCE;
	return verdict;
}

static bool model_holds(int id, const struct tmem_oid *oidp)
{
	unsigned long flags;
	bool ret;

	if (!says_what_it_holds)
		return true;
	spin_lock_irqsave(&model_lock, flags);
	ret = find_slot(id, oidp, 0, U32_MAX, slots);
	spin_unlock_irqrestore(&model_lock, flags);
	return ret;
}

static int model_put(int id, const struct tmem_oid *oidp, u32 index,
		     struct page *page)
{
	u32 val = page_value(page);
	struct slot *s;
	int ret = 0;

	might_sleep();
	if (!enter_model(id, &calls.put))
		return -ENODEV;
	put_stop(PUT_STOPS_BEFORE);
	drop(id, oidp, index, index);
	spin_lock_irq(&model_lock);
	for (s = slots; s < slots + SLOTS && s->pool; s++)
		;
	if (put_too_big && !put_fits) {
		ret = -E2BIG;
	} else if (!refuse_after || s == slots + SLOTS) {
		ret = -ENOSPC;
	} else {
		*s = (struct slot){ id + 1, *oidp, index, val };
		refuse_after -= refuse_after > 0;
		put_fits -= put_fits > 0;
	}
	spin_unlock_irq(&model_lock);
	put_stop(PUT_STOPS_AFTER);
	return ret;
}

static int model_put_pages(int id, struct tmem_run *run)
{
	unsigned int i;
	u32 left;

	calls.runs++;
	run->done = 0;
	tmem_run_for_each(i, run->want, left) {
		run->err[i] = model_put(id, run->oidp, run->index + i, run->pages[i]);
		if (!run->err[i])
			run->done |= 1U << i;
	}
	return 0;
}

static int model_get(int id, const struct tmem_oid *oidp, u32 index,
		     struct page *page)
{
	u32 val = NO_VALUE;
	struct slot *s;

	might_sleep();
	if (!enter_model(id, &calls.get))
		return -ENODEV;
	if (index == get_empties)
		cc_fs_empty(NULL);
	spin_lock_irq(&model_lock);
	s = find_slot(id, oidp, index, index, slots);
	if (s) {
		val = s->val;
		if (!(pools[id].flags & TMEM_POOL_SHARED))
			s->pool = 0;
	}
	spin_unlock_irq(&model_lock);
	if (!s)
		return -ENOENT;
	if (get_fails) {
		memset(page_address(page), 0x5a, PAGE_SIZE / 2);
		return -EIO;
	}
	fill_page(page, val);
	return 0;
}

static int model_flush_page(int id, const struct tmem_oid *oidp, u32 index)
{
	if (!enter_model(id, &calls.flush))
		return -ENODEV;
	return drop(id, oidp, index, index);
}

/* The second step of this put comes when the next flush has passed its page. */
static struct folio *put_behind_flush;
static void put_step_2(struct folio *folio);

static int model_flush_object(int id, const struct tmem_oid *oidp)
{
	struct folio *folio = put_behind_flush;
	int ret;

	if (!enter_model(id, &calls.flush))
		return -ENODEV;
	ret = drop(id, oidp, 0, U32_MAX);
	put_behind_flush = NULL;
	if (folio)
		put_step_2(folio);
	return ret;
}

static int model_flush_range(int id, const struct tmem_oid *oidp, u32 first,
			     u32 last)
{
	if (!enter_model(id, &calls.flush))
		return -ENODEV;
	return drop(id, oidp, first, last);
}

static struct tmem_backend_ops model = {
	.owner = THIS_MODULE,
	.version = TMEM_BACKEND_VERSION,
	.name = "zcache",	/* whatever backend= says */
	.shared = true,
	.new_pool = model_new_pool,
	.destroy_pool = model_destroy_pool,
	.offer = model_offer,
	.holds = model_holds,
	.put_page = model_put,
	.get_page = model_get,
	.put_pages = model_put_pages,
	.flush_page = model_flush_page,
	.flush_object = model_flush_object,
	.flush_range = model_flush_range,
};

static unsigned int nr_held(void)
{
	unsigned int i, n = 0;

	spin_lock_irq(&model_lock);
	for (i = 0; i < SLOTS; i++)
		n += !!slots[i].pool;
	spin_unlock_irq(&model_lock);
	return n;
}

static unsigned int nr_live_pools(void)
{
	int i, n = 0;

	spin_lock_irq(&model_lock);
	for (i = 0; i < nr_pools; i++)
		n += pools[i].live;
	spin_unlock_irq(&model_lock);
	return n;
}

/* ---- the file system ---- */

#define DISK_PAGES	64

/* How the next one is mounted. */
static struct {
	unsigned long magic;
	const struct export_operations *export_op;
	uuid_t uuid;
} mount_with;

static u32 disk[DISK_PAGES];		/* version of each page of any file */
static bool disk_fails;			/* ->readahead gives up at once */
static bool disk_expands;		/* ... has added a folio that was in use */
static struct { pgoff_t index; unsigned int nr; } runs[16];	/* model_lock */
static unsigned int nr_runs;		/* that it was asked for; model_lock */

static void set_disk(u32 version)
{
	memset32(disk, version, DISK_PAGES);
}

static void fill_folio(struct inode *inode, struct folio *folio)
{
	pgoff_t index = folio->index;
	unsigned int i;

	for (i = 0; i < folio_nr_pages(folio); i++, index++)
		fill_page(folio_page(folio, i),
			  value(inode->i_ino, index,
				READ_ONCE(disk[index % DISK_PAGES])));
	folio_mark_uptodate(folio);
}

static void sample_readahead(struct readahead_control *rac)
{
	struct folio *folio;

	spin_lock_irq(&model_lock);
	if (nr_runs < ARRAY_SIZE(runs)) {
		runs[nr_runs].index = readahead_index(rac);
		runs[nr_runs].nr = readahead_count(rac);
		nr_runs++;
	}
	spin_unlock_irq(&model_lock);
	/* As readahead_expand() does, but for telling PSI. */
	if (disk_expands)
		rac->_workingset = true;
	while (!disk_fails && (folio = readahead_folio(rac))) {
		fill_folio(rac->mapping->host, folio);
		folio_unlock(folio);
	}
}

static const struct address_space_operations sample_aops = {
	.readahead = sample_readahead,
};

static const struct super_operations sample_sops = {};

static int sample_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct inode *root;

	sb->s_magic = mount_with.magic;
	sb->s_op = &sample_sops;
	sb->s_export_op = mount_with.export_op;
	memcpy(&sb->s_uuid, &mount_with.uuid, sizeof(sb->s_uuid));
	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->i_ino = 1;
	root->i_mode = S_IFDIR | 0700;
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int sample_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, sample_fill_super);
}

static const struct fs_context_operations sample_context = {
	.get_tree = sample_get_tree,
};

static int sample_init_fs_context(struct fs_context *fc)
{
	fc->ops = &sample_context;
	return 0;
}

/* Never registered, only mounted from here; the name is what makes it wanted. */
static struct file_system_type sample_type = {
	.owner = THIS_MODULE,
	.name = "ext4",
	.init_fs_context = sample_init_fs_context,
	.kill_sb = kill_anon_super,
};

/* ---- what every test starts from ---- */

/**
 * struct fixture - a mounted file system and a file, whose mapping is hooked
 * @mnts: what is mounted; the first is the one
 * @files: open files; the first is the one
 * @pool: the first file system's, of the model
 * @was: statistics when they were last looked at
 * @thread: does the second step of a put
 */
struct fixture {
	struct vfsmount *mnts[3];
	struct inode *files[8];
	int pool;
	struct cc_stats was;
	struct {
		bool started;
		struct folio *folio;
		struct completion done;
	} thread;
};

static struct fixture *fix(struct kunit *test)
{
	return test->priv;
}

static struct inode *file(struct kunit *test)
{
	return fix(test)->files[0];
}

static struct cc_stats stats_now(void)
{
	unsigned int i, n = sizeof(struct cc_stats) / sizeof(unsigned long);
	struct cc_stats now;

	for (i = 0; i < n; i++)
		((unsigned long *)&now)[i] = cc_stat_sum(i * sizeof(unsigned long));
	return now;
}

static void stats_forget(struct kunit *test)
{
	fix(test)->was = stats_now();
}

static void check_stats(struct kunit *test, int line, struct cc_stats want)
{
	static const char * const names[] = {
		"succ_gets", "failed_gets", "puts", "invalidates",
		"put_refused", "put_busy", "put_norecord", "put_cancelled",
		"put_incompressible_file", "put_no_room", "put_container",
		"put_no_gain", "put_no_evidence", "put_cheap", "put_unfit",
		"get_pending",
		"get_errors", "get_unused", "ring_hits", "attached",
	};
	struct cc_stats now = stats_now();
	unsigned long *n = (unsigned long *)&now;
	unsigned long *o = (unsigned long *)&fix(test)->was;
	unsigned long *w = (unsigned long *)&want;
	unsigned int i;

	static_assert(ARRAY_SIZE(names) == sizeof(now) / sizeof(*n),
		      "a name for each statistic");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_EQ_MSG(test, n[i] - o[i], w[i], "%s, line %d",
				    names[i], line);
	stats_forget(test);
}

/* All that has changed since it was last looked at. */
#define EXPECT_STATS(test, ...) \
	check_stats(test, __LINE__, (struct cc_stats){ __VA_ARGS__ })

#define until(cond)						\
({								\
	unsigned int __left = 10000;				\
								\
	while (!(cond) && --__left)				\
		usleep_range(500, 1000);			\
	__left > 0;						\
})

/* New folios wait in a list of this CPU's, with a reference. */
static void drain_lru(void)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 0);
	struct folio_batch batch;

	if (!folio)
		return;
	folio_batch_init(&batch);
	folio_batch_add(&batch, folio);
	folio_batch_release(&batch);
}

static int pool_of_sb(struct super_block *sb)
{
	struct cc_fs *fs;
	int id = -1;

	rcu_read_lock();
	fs = cc_fs_find(sb);
	if (fs)
		id = cc_fs_pool(fs).id;
	rcu_read_unlock();
	return id;
}

/* The @nr-th file of a test; as if it had been looked up on the disk. */
static struct inode *open_file_on(struct kunit *test, unsigned int nr,
				  struct super_block *sb, u32 ino, u32 gen)
{
	struct inode *inode = new_inode(sb);

	KUNIT_ASSERT_NOT_NULL(test, inode);
	inode->i_ino = ino;
	inode->i_generation = gen;
	inode->i_mode = S_IFREG | 0600;
	inode->i_blocks = 8;
	inode->i_mapping->a_ops = &sample_aops;
	mapping_set_large_folios(inode->i_mapping);
	fix(test)->files[nr] = inode;
	return inode;
}

static struct inode *open_file(struct kunit *test, unsigned int nr, u32 ino,
			       u32 gen)
{
	return open_file_on(test, nr, fix(test)->mnts[0]->mnt_sb, ino, gen);
}

static void close_file(struct kunit *test, unsigned int nr)
{
	iput(fix(test)->files[nr]);
	fix(test)->files[nr] = NULL;
}

/* What the kernel's readahead does when pages @index.. are to be read. */
static void read_file(struct inode *inode, pgoff_t index, unsigned long nr)
{
	struct file_ra_state ra = {};
	DEFINE_READAHEAD(rac, NULL, &ra, inode->i_mapping, index);

	nr_runs = 0;
	tmem_page_cache_ra_unbounded(&rac, nr);
	drain_lru();
}

/* The same from a disk whose requests take long. */
static void read_slowly(struct inode *inode, pgoff_t index, unsigned long nr)
{
	int us = cc_request_us;

	WRITE_ONCE(cc_request_us, 1000);
	read_file(inode, index, nr);
	WRITE_ONCE(cc_request_us, us);
}

static struct folio *folio_at(struct inode *inode, pgoff_t index)
{
	struct folio *folio = xa_load(&inode->i_mapping->i_pages, index);

	return xa_is_value(folio) ? NULL : folio;
}

static u32 page_version(struct inode *inode, pgoff_t index, struct page *page)
{
	u32 val = page_value(page);
	u32 version = val & (BIT(VERSION_BITS) - 1);

	return val == value(inode->i_ino, index, version) ? version : BAD_VALUE;
}

/* The version of a page in the page cache: NO_VALUE: not there, or not read. */
static u32 cached(struct inode *inode, pgoff_t index)
{
	struct folio *folio = folio_at(inode, index);

	if (!folio || folio_test_locked(folio) || !folio_test_uptodate(folio))
		return NO_VALUE;
	return page_version(inode, index,
			    folio_page(folio, index - folio->index));
}

/* Reclaim drops what it can of pages @first to @last. */
static unsigned long reclaim(struct inode *inode, pgoff_t first, pgoff_t last)
{
	unsigned int flags = memalloc_noreclaim_save();
	unsigned long n;

	n = invalidate_mapping_pages(inode->i_mapping, first, last);
	memalloc_noreclaim_restore(flags);
	return n;
}

/* Anybody else does. */
static unsigned long forget(struct inode *inode, pgoff_t first, pgoff_t last)
{
	return invalidate_mapping_pages(inode->i_mapping, first, last);
}

static struct folio *new_folio(struct kunit *test, struct inode *inode,
			       pgoff_t index, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, order);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	folio->index = index;
	fill_folio(inode, folio);
	return folio;
}

/* A page comes into the page cache without being read: it is written whole. */
static void write_page(struct kunit *test, struct inode *inode, pgoff_t index)
{
	struct folio *folio = new_folio(test, inode, index, 0);
	int ret = filemap_add_folio(inode->i_mapping, folio, index, GFP_KERNEL);

	if (!ret)
		folio_unlock(folio);
	folio_put(folio);
	drain_lru();
	KUNIT_ASSERT_EQ(test, ret, 0);
}

/* A put, step 1: what __remove_mapping() does before it drops the lock. */
static void removed(struct inode *inode, struct folio *folio)
{
	xa_lock_irq(&inode->i_mapping->i_pages);
	cc_page_removed(inode->i_mapping, folio);
	xa_unlock_irq(&inode->i_mapping->i_pages);
}

static struct folio *put_step_1_of(struct kunit *test, struct inode *inode,
				   pgoff_t index, unsigned int order)
{
	struct folio *folio = new_folio(test, inode, index, order);
	unsigned int flags = memalloc_noreclaim_save();

	__folio_set_locked(folio);
	folio_ref_freeze(folio, 1);
	removed(inode, folio);
	memalloc_noreclaim_restore(flags);
	return folio;
}

static struct folio *put_step_1(struct kunit *test, struct inode *inode,
				pgoff_t index)
{
	return put_step_1_of(test, inode, index, 0);
}

/* Step 2: the page is put, or held. */
static void put_step_2_of(struct folio *folio)
{
	unsigned int flags = memalloc_noreclaim_save();

	cc_free_folio(folio);
	memalloc_noreclaim_restore(flags);
}

/* Step 3: they are about to be freed. */
static void free_hook(struct folio **folios, unsigned int nr)
{
	struct tmem_freed freed;
	unsigned int i;

	tmem_freed_init(&freed);
	for (i = 0; i < nr; i++)
		tmem_freed_add(&freed, folios[i]);
	cc_folios_freed(&freed);
	for (i = 0; i < nr; i++)
		INIT_LIST_HEAD(&folios[i]->lru);
}

/* And the end of the folios. */
static void put_step_3(struct folio **folios, unsigned int nr)
{
	unsigned int i;

	free_hook(folios, nr);
	for (i = 0; i < nr; i++) {
		folio_ref_unfreeze(folios[i], 1);
		__folio_clear_locked(folios[i]);
		folio_put(folios[i]);
	}
}

/* Both. */
static void put_step_2(struct folio *folio)
{
	put_step_2_of(folio);
	put_step_3(&folio, 1);
}

/* Read pages and have them put, so that the store has them and nobody else. */
static void store(struct kunit *test, struct inode *inode, pgoff_t first,
		  unsigned long nr)
{
	read_file(inode, first, nr);
	KUNIT_ASSERT_EQ(test, reclaim(inode, first, first + nr - 1), nr);
	KUNIT_ASSERT_EQ(test, nr_held(), (unsigned int)nr);
	stats_forget(test);
}

static int put_thread(void *data)
{
	struct fixture *f = data;

	put_step_2(f->thread.folio);
	kthread_complete_and_exit(&f->thread.done, 0);
}

/*
 * Until let_go(), the backend is in the middle of this put.  By hand, since
 * the file may go away meanwhile, which only reclaim's own code can stand.
 */
static void hold_put_at(struct kunit *test, struct inode *inode, pgoff_t index,
			unsigned int order, int where)
{
	struct fixture *f = fix(test);
	struct task_struct *t;

	reinit_completion(&put_inside);
	reinit_completion(&put_go_on);
	init_completion(&f->thread.done);
	WRITE_ONCE(put_stops, where);
	f->thread.folio = put_step_1_of(test, inode, index, order);
	t = kthread_run(put_thread, f, "cc-test-put");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	f->thread.started = true;
	KUNIT_ASSERT_GT(test,
			wait_for_completion_timeout(&put_inside, 20 * HZ), 0UL);
}

static void hold_put(struct kunit *test, struct inode *inode, pgoff_t index,
		     unsigned int order)
{
	hold_put_at(test, inode, index, order, PUT_STOPS_BEFORE);
}

static void let_go(struct kunit *test)
{
	struct fixture *f = fix(test);

	WRITE_ONCE(put_stops, PUT_RUNS);
	if (!f->thread.started)
		return;
	f->thread.started = false;
	complete(&put_go_on);
	wait_for_completion(&f->thread.done);
}

static struct super_block *mount_one(struct kunit *test, unsigned int nr)
{
	struct vfsmount *mnt = kern_mount(&sample_type);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mnt);
	fix(test)->mnts[nr] = mnt;
	return mnt->mnt_sb;
}

static void unmount_one(struct kunit *test, unsigned int nr)
{
	kern_unmount(fix(test)->mnts[nr]);
	fix(test)->mnts[nr] = NULL;
}

/* A file system is met when a page of it is read, and its pool comes later. */
static void meet(struct kunit *test, struct super_block *sb)
{
	struct inode *inode = open_file_on(test, 0, sb, 2, 0);

	read_file(inode, 0, 1);
	close_file(test, 0);
	KUNIT_ASSERT_TRUE(test, until(pool_of_sb(sb) >= 0));
}

#endif /* _TEST_CLEANCACHE_RIG_H */
