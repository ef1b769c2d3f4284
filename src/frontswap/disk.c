// SPDX-License-Identifier: GPL-2.0
/*
 * disk.c - bios to slots and to the backing device
 *
 * Purpose: take the I/O of a disk apart into pages, and give each to the store
 * or, what the store has not or does not want, to the backing device.
 *
 * Why this design: most bios are done when they have been submitted: there is
 * no queue and no request.  A bio none of whose pages is the store's goes to the
 * backing device itself, under another end (struct fsw_io): swap's bios are
 * mostly of one page, and a clone of each would cost more than all else that is
 * done here.  If some pages of a bio are taken and others not, clones go there,
 * one for each run of pages.  What the end of such a bio needs (struct fsw_io) is
 * made with its first clone or as it is redirected, so that nothing is allocated
 * for a bio that the store can serve alone.
 *
 * Copies that the store gives up go at the end of the bio, when it is known that
 * swap gets the pages; since 7.x swap reads several with one bio, of which some
 * may be the backing device's.  Slots are marked as lost at the end of a write
 * that has failed (rule 3), and emptied at the end of a discard that has not
 * (rule 10).  An interrupt leaves all of that to a worker, and the bio ends after
 * it.
 *
 * Bios are in pages, as the disk has sectors of that size, but a user's buffer
 * may begin within one: such pages go through a bounce page.  Swap has none.
 *
 * A disk without a backing device says that its I/O is done when it was
 * submitted, as zram does.  Swap then goes past the swap cache: it frees a slot
 * as soon as it is read, and reads nothing ahead.  It has to store each page again
 * that goes out again, changed or not.  But what it keeps otherwise, of pages that
 * are in RAM as well, and what it reads in vain, takes room that others have to
 * leave for, and those are compressed, too: with real programs that was more
 * (docs/benchmarks.md).  @synchronous says who wants it otherwise.
 *
 * Locking: none of its own; see frontswap.h.
 *
 * Reserves: a bio takes one struct fsw_io, and keeps it until its clones are
 * done.  A clone comes from a set with a rescuer, which sends on what waits in
 * the submitter's list, and goes back as soon as its own I/O is over, whatever
 * becomes of the rest of its bio.  So clones wait for nothing but I/O, and a
 * struct fsw_io for nothing but clones, and any number of bios, of any number
 * of runs, get done with a reserve of one each.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/bio.h>
#include <linux/highmem.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/refcount.h>
#include <linux/suspend.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <compat/swap.h>
#include "frontswap.h"

#define PAGE_SECTOR_BITS	(PAGE_SHIFT - SECTOR_SHIFT)

/* Clones that can always be made, and bios that need one or are redirected. */
#define RESERVE 64

/* Times that a page which finds no memory waits for it. */
#define PATIENCE 16

/**
 * struct fsw_io - the end of a bio that is, or parts of which are, on its way
 * to the backing device
 * @bio: the bio
 * @start: of its account
 * @pending: clones under way, and one for the submission; not if redirected
 * @exclusive: as in struct fsw_split
 * @work: what cannot be done in an interrupt
 * @bdev: whose it is; this and the rest are for a bio that was redirected
 * @iter: its place and size
 * @end_io: its end
 * @private: and what that wants
 */
struct fsw_io {
	struct bio *bio;
	unsigned long start;
	refcount_t pending;
	u64 exclusive;
	struct work_struct work;
	struct block_device *bdev;
	struct bvec_iter iter;
	bio_end_io_t *end_io;
	void *private;
};

static struct bio_set clones;
static struct workqueue_struct *io_queue;
static struct kmem_cache *io_cache;
static mempool_t ios;

/* Disks without a backing device are synchronous. */
static bool synchronous = true;
module_param(synchronous, bool, 0444);
MODULE_PARM_DESC(synchronous, "1: of a page that was read swap keeps no copy in the store, on disks without a backing device (default 1)");

/*
 * The machine is going to be switched off with an image of RAM on a swap device.
 * swapon has ours open, and the kernel opens it once more to write an image
 * (swsusp_swap_check()): that is where it is refused.  s2disk has it open before it
 * says that it begins, and is not; how often swapon has it open is not the same in
 * all kernels, so openers cannot be counted then.
 */
static bool hibernating;

static int fsw_pm_notify(struct notifier_block *nb, unsigned long event,
			 void *unused)
{
	if (event == PM_HIBERNATION_PREPARE)
		WRITE_ONCE(hibernating, true);
	else if (event == PM_POST_HIBERNATION)
		WRITE_ONCE(hibernating, false);
	return NOTIFY_DONE;
}

static struct notifier_block pm_notifier = {
	.notifier_call = fsw_pm_notify,
};

/**
 * fsw_bio_init - get ready for bios
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int fsw_bio_init(void)
{
	int ret;

	io_cache = kmem_cache_create("tmem_frontswap_io",
				     sizeof(struct fsw_io), 0, 0, NULL);
	if (!io_cache)
		return -ENOMEM;
	ret = mempool_init_slab_pool(&ios, RESERVE, io_cache);
	if (ret)
		goto err_cache;
	ret = bioset_init(&clones, RESERVE, 0, BIOSET_NEED_RESCUER);
	if (ret)
		goto err_pool;
	io_queue = alloc_workqueue("tmem_frontswap_io",
				   WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!io_queue) {
		ret = -ENOMEM;
		goto err_clones;
	}
	ret = register_pm_notifier(&pm_notifier);
	if (ret)
		goto err_queue;
	return 0;

err_queue:
	destroy_workqueue(io_queue);
err_clones:
	bioset_exit(&clones);
err_pool:
	mempool_exit(&ios);
err_cache:
	kmem_cache_destroy(io_cache);
	return ret;
}

/**
 * fsw_bio_exit - the end; no disk is left
 *
 * Context: process; may sleep.
 */
void fsw_bio_exit(void)
{
	unregister_pm_notifier(&pm_notifier);
	destroy_workqueue(io_queue);
	bioset_exit(&clones);
	mempool_exit(&ios);
	kmem_cache_destroy(io_cache);
}

static void set_status(struct bio *bio, blk_status_t status)
{
	/* Any of several will do. */
	if (status && !bio->bi_status)
		bio->bi_status = status;
}

static void fsw_finish(struct bio *bio, unsigned long start)
{
	bio_end_io_acct(bio, start);
	bio_endio(bio);
}

/*
 * The store gives up the pages of @bio that are in @exclusive.  Nothing is left
 * that could make the read fail.
 */
static void fsw_give_up_bio(struct bio *bio, u64 exclusive)
{
	struct fsw_disk *disk = bio->bi_bdev->bd_disk->private_data;
	sector_t first = bio->bi_iter.bi_sector;
	struct bvec_iter iter;
	struct bio_vec bv;
	unsigned int nr;

	if (!exclusive || (bio->bi_status && !fsw_broken(FSW_BREAK_FAILED)))
		return;
	bio_for_each_segment(bv, bio, iter) {
		nr = (iter.bi_sector - first) >> PAGE_SECTOR_BITS;
		if (nr >= BITS_PER_TYPE(exclusive))
			break;
		if (!(exclusive & BIT_ULL(nr)))
			continue;
		/* Rule 9: first the page is dirty, then the store's copy goes. */
		if (!fsw_broken(FSW_BREAK_EXCLUSIVE))
			folio_mark_dirty(page_folio(bv.bv_page));
		fsw_give_up(disk->area, iter.bi_sector >> PAGE_SECTOR_BITS);
	}
}

/* Call a function of area.c for all slots of a bio. */
static void for_slots(const struct bio *bio,
		      void (*fn)(struct fsw_area *area, unsigned long slot))
{
	struct fsw_disk *disk = bio->bi_bdev->bd_disk->private_data;
	unsigned long slot = bio->bi_iter.bi_sector >> PAGE_SECTOR_BITS;
	unsigned long end = slot + (bio_sectors(bio) >> PAGE_SECTOR_BITS);

	for (; slot < end; slot++) {
		fn(disk->area, slot);
		if (!(slot % 1024))
			cond_resched();
	}
}

/* A bio that the backing device had a part in is over. */
static void io_finish(struct fsw_io *io)
{
	struct bio *bio = io->bio;
	unsigned long start = io->start;

	mempool_free(io, &ios);
	fsw_finish(bio, start);
}

static void io_work(struct work_struct *work)
{
	struct fsw_io *io = container_of(work, struct fsw_io, work);
	struct bio *bio = io->bio;

	if (bio_op(bio) == REQ_OP_DISCARD)
		for_slots(bio, fsw_invalidate);
	else if (bio_op(bio) == REQ_OP_WRITE)
		for_slots(bio, fsw_lost);
	else
		fsw_give_up_bio(bio, io->exclusive);
	io_finish(io);
}

/* Context: any. */
static void io_done(struct fsw_io *io)
{
	struct bio *bio = io->bio;
	bool work;

	switch (bio_op(bio)) {
	case REQ_OP_DISCARD:
		work = !bio->bi_status;
		break;
	case REQ_OP_WRITE:
		work = bio->bi_status;
		break;
	default:
		work = io->exclusive;
	}
	if (likely(!work)) {
		io_finish(io);
		return;
	}
	INIT_WORK(&io->work, io_work);
	queue_work(io_queue, &io->work);
}

static void io_put(struct fsw_io *io)
{
	if (refcount_dec_and_test(&io->pending))
		io_done(io);
}

/* Context: any. */
static void clone_end_io(struct bio *clone)
{
	struct fsw_io *io = clone->bi_private;

	if (clone->bi_status)
		fsw_count(backing_errors);
	set_status(io->bio, clone->bi_status);
	bio_put(clone);
	io_put(io);
}

/**
 * struct fsw_split - a bio on its way
 * @disk: whose
 * @bio: the bio
 * @start: of its account
 * @io: its end, if it has clones; NULL: none yet
 * @from: where a run for the backing device begins, in sectors from the start
 *	of the bio
 * @len: how long it is, in sectors
 * @exclusive: of its first pages those that the store gives up when swap has all
 */
struct fsw_split {
	struct fsw_disk *disk;
	struct bio *bio;
	unsigned long start;
	struct fsw_io *io;
	unsigned int from;
	unsigned int len;
	u64 exclusive;
};

/* Pages for the backing device. */
static void count_run(const struct fsw_split *sp)
{
	if (bio_op(sp->bio) == REQ_OP_WRITE)
		fsw_count_n(backing_writes, sp->len >> PAGE_SECTOR_BITS);
	else if (bio_op(sp->bio) == REQ_OP_READ)
		fsw_count_n(backing_reads, sp->len >> PAGE_SECTOR_BITS);
}

static struct fsw_io *io_new(const struct fsw_split *sp)
{
	struct fsw_io *io = mempool_alloc(&ios, GFP_NOIO);

	io->bio = sp->bio;
	io->start = sp->start;
	io->exclusive = 0;
	return io;
}

/* Context: any. */
static void redirect_end_io(struct bio *bio)
{
	struct fsw_io *io = bio->bi_private;

	if (bio->bi_status)
		fsw_count(backing_errors);
	bio->bi_bdev = io->bdev;
	bio->bi_iter = io->iter;
	bio->bi_end_io = io->end_io;
	bio->bi_private = io->private;
	io_done(io);
}

/* All of the bio is for the backing device: it goes there itself. */
static void fsw_redirect(struct fsw_split *sp)
{
	struct fsw_io *io = io_new(sp);
	struct bio *bio = sp->bio;

	io->bdev = bio->bi_bdev;
	io->iter = bio->bi_iter;
	io->end_io = bio->bi_end_io;
	io->private = bio->bi_private;
	bio->bi_end_io = redirect_end_io;
	bio->bi_private = io;
	count_run(sp);
	bio_set_dev(bio, sp->disk->backing.bdev);
	/* It counts there as well (io.stat of cgroups). */
	bio_clear_flag(bio, BIO_CGROUP_ACCT);
	submit_bio_noacct(bio);
}

/* Send the run that has come together. */
static void send_run(struct fsw_split *sp)
{
	struct bio *clone;

	if (!sp->len)
		return;
	if (!sp->io) {
		sp->io = io_new(sp);
		refcount_set(&sp->io->pending, 1);
	}
	clone = bio_alloc_clone(sp->disk->backing.bdev, sp->bio, GFP_NOIO,
				&clones);
	refcount_inc(&sp->io->pending);
	clone->bi_private = sp->io;
	clone->bi_end_io = clone_end_io;
	bio_trim(clone, sp->from, sp->len);
	count_run(sp);
	submit_bio_noacct(clone);
	sp->len = 0;
}

/* One more page is for the backing device. */
static void add_to_run(struct fsw_split *sp, unsigned int from)
{
	if (!sp->len)
		sp->from = from;
	sp->len += PAGE_SIZE >> SECTOR_SHIFT;
}

/*
 * Does swap fill @page of its cache by this read of @slot?  Somebody who reads
 * the disk may do that into a page that is in the swap cache, too, but such a page
 * has data and is not locked.  Folios are small here: swap reads large ones from
 * synchronous disks only, past its cache in 6.12.
 */
static bool is_swapin(struct bio *bio, struct page *page, unsigned long slot)
{
	struct folio *folio = page_folio(page);

	return bio_op(bio) == REQ_OP_READ && !bio_flagged(bio, BIO_CLONED) &&
	       !bio_flagged(bio, BIO_CHAIN) &&
	       !folio_test_large(folio) && folio_test_locked(folio) &&
	       !folio_test_uptodate(folio) && folio_test_swapcache(folio) &&
	       tmem_swapcache_offset(folio) == slot;
}

/* A page of the bio was read from the store. */
static void note_exclusive(struct fsw_split *sp, struct page *page,
			   unsigned long slot)
{
	unsigned int nr = slot - (sp->bio->bi_iter.bi_sector >> PAGE_SECTOR_BITS);

	if (sp->disk->wb && nr < BITS_PER_TYPE(sp->exclusive) &&
	    is_swapin(sp->bio, page, slot) &&
	    fsw_admit_exclusive(&sp->disk->admit, sp->disk->area, slot,
				fsw_wb_full_mark()))
		sp->exclusive |= BIT_ULL(nr);
}

static void split_end(struct fsw_split *sp)
{
	if (sp->len && sp->len == bio_sectors(sp->bio)) {
		fsw_redirect(sp);
		return;
	}
	send_run(sp);
	if (sp->io) {
		sp->io->exclusive = sp->exclusive;
		io_put(sp->io);
	} else {
		fsw_give_up_bio(sp->bio, sp->exclusive);
		fsw_finish(sp->bio, sp->start);
	}
}

/*
 * Without a backing device a page that is refused is an error, and one for which
 * reclaim finds the memory need not be: who writes a file is not there to free
 * memory, and waits, as on a zram disk.  Reclaim itself must not.
 */
static int store_patiently(struct fsw_disk *disk, unsigned long slot,
			   struct page *page)
{
	unsigned int tries = PATIENCE;
	struct page *spare;
	int ret;

	for (;;) {
		ret = fsw_store(disk->area, slot, page);
		if (likely(ret != -ENOMEM) || disk->backing.bdev ||
		    current->flags & PF_MEMALLOC || !tries--)
			return ret;
		/* Comes when there is some; goes to where the next try looks. */
		spare = alloc_page(GFP_NOIO | __GFP_NOWARN);
		if (spare)
			__free_page(spare);
	}
}

/*
 * What becomes of a page that the store was asked to take and answered @err to.
 * As fsw_do_page().
 */
static int fsw_stored(struct fsw_disk *disk, unsigned long slot, int err)
{
	if (disk->wb) {
		if (!err)
			fsw_wb_kick(disk->wb);
		else
			fsw_wb_refused(disk->wb, err);
	}
	if (!err)
		return 0;
	if (disk->backing.bdev)
		return -EREMOTE;
	fsw_lost(disk->area, slot);
	return err;
}

/*
 * A page was read, to what end.  What does not compress is on the disk whatever
 * is taken, and tells as little as what could not be read.
 */
static void note_loaded(struct fsw_disk *disk, unsigned long slot,
			unsigned int age, int err)
{
	if (!disk->wb)
		return;
	if (!err || (err == -ENOENT && !fsw_is_raw(disk->area, slot)))
		fsw_admit_loaded(&disk->admit, age, !err);
}

/*
 * Write or read one page.  0: done.  -EREMOTE: it is for the backing device.
 * Else it has failed.
 */
static int fsw_do_page(struct fsw_disk *disk, unsigned long slot, struct page *page,
		       bool write)
{
	struct fsw_area *area = disk->area;
	struct fsw_slot *s;
	unsigned int age;
	int ret;

	if (!write) {
		age = fsw_age(area, slot);
		ret = fsw_load(area, slot, page);
		note_loaded(disk, slot, age, ret);
		if (ret != -ENOENT)
			return ret;
		if (disk->backing.bdev) {
			s = fsw_slot(area, slot);
			if (s)
				fsw_age_used(area, slot, s);
			return -EREMOTE;
		}
		clear_highpage(page);
		flush_dcache_page(page);
		return 0;
	}
	/* It has come as a page before, and that is what has become of it. */
	if (fsw_was_refused(area, slot)) {
		fsw_lost(area, slot);
		return -ENOSPC;
	}
	if (disk->wb &&
	    !fsw_admit(&disk->admit, fsw_pool(area), fsw_wb_full_mark(), page)) {
		fsw_store(area, slot, NULL);
		return -EREMOTE;
	}
	return fsw_stored(disk, slot, store_patiently(disk, slot, page));
}

/* Copy a page's worth of a bio's data from or to @page. */
static void copy_page_of_bio(struct bio *bio, struct bvec_iter iter,
			     struct page *page, bool to_bio)
{
	unsigned int done = 0;

	while (done < PAGE_SIZE) {
		struct bio_vec bv = bio_iter_iovec(bio, iter);
		unsigned int n = min_t(unsigned int, bv.bv_len,
				       PAGE_SIZE - done);

		bv.bv_len = n;
		if (to_bio)
			memcpy_page(bv.bv_page, bv.bv_offset, page, done, n);
		else
			memcpy_page(page, done, bv.bv_page, bv.bv_offset, n);
		bio_advance_iter_single(bio, &iter, n);
		done += n;
	}
}

static int do_bounced(struct fsw_disk *disk, unsigned long slot,
		      struct bio *bio, struct bvec_iter iter, bool write)
{
	struct page *page = alloc_page(GFP_NOIO);
	int ret;

	if (!page) {
		if (!write)
			return -ENOMEM;
		/* What is there is not what was written: it goes. */
		fsw_store(disk->area, slot, NULL);
		return fsw_stored(disk, slot, -ENOMEM);
	}
	if (write)
		copy_page_of_bio(bio, iter, page, false);
	ret = fsw_do_page(disk, slot, page, write);
	if (!ret && !write)
		copy_page_of_bio(bio, iter, page, true);
	__free_page(page);
	return ret;
}

/* The answer for a page, as fsw_do_page() gives it. */
static void page_done(struct fsw_split *sp, unsigned int from, int ret)
{
	if (ret == -EREMOTE) {
		add_to_run(sp, from);
		return;
	}
	if (ret)
		set_status(sp->bio, errno_to_blk_status(ret));
	send_run(sp);
}

/**
 * struct batch - whole pages of a bio that are in slots of one run
 * @slot: of the first one
 * @from: where that is in the bio, in sectors from its start
 * @nr: how many
 * @pages: the pages
 */
struct batch {
	unsigned long slot;
	unsigned int from;
	unsigned int nr;
	struct page *pages[FSW_RUN];
};

static unsigned int nth_from(const struct batch *b, unsigned int i)
{
	return b->from + (i << PAGE_SECTOR_BITS);
}

static void read_batch(struct fsw_split *sp, struct batch *b)
{
	struct fsw_disk *disk = sp->disk;
	u8 ages[FSW_RUN];
	unsigned int i;
	int ret;
	u32 got;

	for (i = 0; i < b->nr; i++)
		ages[i] = fsw_age(disk->area, b->slot + i);
	got = fsw_load_run(disk->area, b->slot, b->nr, b->pages);
	for (i = 0; i < b->nr; i++) {
		if (got & 1U << i) {
			ret = 0;
			note_loaded(disk, b->slot + i, ages[i], ret);
		} else {
			ret = fsw_do_page(disk, b->slot + i, b->pages[i], false);
		}
		if (!ret)
			note_exclusive(sp, b->pages[i], b->slot + i);
		page_done(sp, nth_from(b, i), ret);
	}
}

static void write_batch(struct fsw_split *sp, struct batch *b)
{
	struct fsw_disk *disk = sp->disk;
	int err[FSW_RUN];
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (disk->wb && !fsw_admit(&disk->admit, fsw_pool(disk->area),
					   fsw_wb_full_mark(), b->pages[i]))
			b->pages[i] = NULL;
	fsw_store_run(disk->area, b->slot, b->nr, b->pages, err);
	for (i = 0; i < b->nr; i++) {
		if (!b->pages[i]) {
			page_done(sp, nth_from(b, i), -EREMOTE);
			continue;
		}
		if (unlikely(err[i] == -ENOMEM) && !disk->backing.bdev)
			err[i] = store_patiently(disk, b->slot + i,
						 b->pages[i]);
		page_done(sp, nth_from(b, i),
			  fsw_stored(disk, b->slot + i, err[i]));
	}
}

static void do_batch(struct fsw_split *sp, struct batch *b, bool write)
{
	unsigned int i;

	for (i = 0; write && i < b->nr; i++)
		if (fsw_is_refused(sp->disk->area, b->slot + i))
			break;
	/* One page, or a page that has come before: one by one. */
	if (b->nr == 1 || (write && i < b->nr)) {
		for (i = 0; i < b->nr; i++) {
			int ret = fsw_do_page(sp->disk, b->slot + i, b->pages[i],
					  write);

			if (!write && !ret)
				note_exclusive(sp, b->pages[i], b->slot + i);
			page_done(sp, nth_from(b, i), ret);
		}
	} else if (write) {
		write_batch(sp, b);
	} else {
		read_batch(sp, b);
	}
	b->nr = 0;
}

/* A bio of several pages.  Not inlined: it takes stack. */
static noinline void do_pages(struct fsw_split *sp, bool write)
{
	struct bvec_iter iter = sp->bio->bi_iter;
	unsigned long slot = iter.bi_sector >> PAGE_SECTOR_BITS;
	sector_t first = iter.bi_sector;
	struct batch b;

	for (b.nr = 0; iter.bi_size; slot++) {
		unsigned int from = iter.bi_sector - first;
		struct bio_vec bv = bio_iter_iovec(sp->bio, iter);

		if (b.nr && (slot % FSW_RUN == 0 || bv.bv_len != PAGE_SIZE)) {
			do_batch(sp, &b, write);
			/* One that is not swap's may be of half a gigabyte. */
			cond_resched();
		}
		if (likely(bv.bv_len == PAGE_SIZE)) {
			if (!b.nr) {
				b.slot = slot;
				b.from = from;
			}
			b.pages[b.nr++] = bv.bv_page;
			bio_advance_iter_single(sp->bio, &iter, PAGE_SIZE);
		} else {
			page_done(sp, from, do_bounced(sp->disk, slot, sp->bio,
						       iter, write));
			bio_advance_iter(sp->bio, &iter, PAGE_SIZE);
		}
	}
	if (b.nr)
		do_batch(sp, &b, write);
}

static void fsw_do_bio(struct fsw_disk *disk, struct bio *bio)
{
	struct fsw_split sp = { .disk = disk, .bio = bio };
	bool write = op_is_write(bio_op(bio));
	struct bio_vec bv = bio_iovec(bio);
	unsigned long slot;
	int ret;

	sp.start = bio_start_io_acct(bio);
	if (bio->bi_iter.bi_size != PAGE_SIZE || bv.bv_len != PAGE_SIZE) {
		do_pages(&sp, write);
	} else {
		slot = bio->bi_iter.bi_sector >> PAGE_SECTOR_BITS;
		ret = fsw_do_page(disk, slot, bv.bv_page, write);
		if (!write && !ret)
			note_exclusive(&sp, bv.bv_page, slot);
		page_done(&sp, 0, ret);
	}
	split_end(&sp);
}

/*
 * The backing device forgets the pages, if it can, and then the store does.  If
 * it fails at that, they are what they were: rule 10.
 */
static void fsw_do_discard(struct fsw_disk *disk, struct bio *bio)
{
	struct fsw_split sp = { .disk = disk, .bio = bio };

	sp.start = bio_start_io_acct(bio);
	if (disk->backing.bdev && bdev_max_discard_sectors(disk->backing.bdev))
		sp.len = bio_sectors(bio);
	else
		for_slots(bio, fsw_invalidate);
	split_end(&sp);
}

/* Of whole pages?  The block layer's own callers see to it; others may not. */
static bool in_pages(const struct bio *bio)
{
	return !((bio->bi_iter.bi_sector << SECTOR_SHIFT | bio->bi_iter.bi_size) &
		 ~PAGE_MASK);
}

static void fsw_submit_bio(struct bio *bio)
{
	struct fsw_disk *disk = bio->bi_bdev->bd_disk->private_data;

	if (unlikely(!disk->area || !in_pages(bio))) {
		bio_io_error(bio);
		return;
	}
	switch (bio_op(bio)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		fsw_do_bio(disk, bio);
		break;
	case REQ_OP_DISCARD:
		fsw_do_discard(disk, bio);
		break;
	default:
		bio->bi_status = BLK_STS_NOTSUPP;
		bio_endio(bio);
	}
}

static void fsw_slot_free_notify(struct block_device *bdev, unsigned long slot)
{
	struct fsw_disk *disk = bdev->bd_disk->private_data;

	fsw_invalidate(disk->area, slot);
}

/* Context: the disk's open_mutex is held. */
static int open_disk(TMEM_OPENED opened, TMEM_OPEN_MODE mode)
{
	struct gendisk *gd = tmem_opened_disk(opened);
	struct fsw_disk *disk = gd->private_data;

	if (READ_ONCE(hibernating) && (mode & TMEM_OPEN_WRITE) &&
	    !fsw_broken(FSW_BREAK_VOLATILE)) {
		pr_err("%s: does not outlive a power-off, no place for the image of a hibernation: make resume= another swap device\n",
		       gd->disk_name);
		return -EOPNOTSUPP;
	}
	return disk->claimed ? -EBUSY : 0;
}

#ifdef TMEM_HAVE_RW_PAGE
/*
 * Swap of a single page without a bio, for disks that are synchronous.
 * What fails here is tried again by a bio.
 */
static int fsw_rw_page(struct block_device *bdev, sector_t sector,
		       struct page *page, enum req_op op)
{
	struct fsw_disk *disk = bdev->bd_disk->private_data;
	unsigned long slot = sector >> PAGE_SECTOR_BITS;
	unsigned long start;
	int ret;

	if (unlikely(PageTransHuge(page) || !disk->area ||
		     slot >= disk->area->nr))
		return -EOPNOTSUPP;
	start = tmem_page_start_io_acct(bdev, op);
	if (op_is_write(op)) {
		ret = fsw_store(disk->area, slot, page);
		if (ret)
			fsw_note_refused(disk->area, slot);
	} else {
		ret = fsw_do_page(disk, slot, page, false);
	}
	tmem_page_end_io_acct(bdev, op, start);
	if (!ret)
		page_endio(page, op_is_write(op), 0);
	return ret;
}
#endif

static const struct block_device_operations sync_ops = {
	.owner = THIS_MODULE,
	.open = open_disk,
	.submit_bio = fsw_submit_bio,
	.swap_slot_free_notify = fsw_slot_free_notify,
#ifdef TMEM_HAVE_RW_PAGE
	.rw_page = fsw_rw_page,
#endif
};

static const struct block_device_operations async_ops = {
	.owner = THIS_MODULE,
	.open = open_disk,
	.submit_bio = fsw_submit_bio,
	.swap_slot_free_notify = fsw_slot_free_notify,
};

/**
 * fsw_gendisk_new - make the disk, of size 0
 * @disk: whose it is
 *
 * Context: process; may sleep.
 * Return: the disk, not yet added; NULL without memory.
 */
struct gendisk *fsw_gendisk_new(struct fsw_disk *disk)
{
	struct gendisk *gd = tmem_alloc_page_disk();

	if (!gd)
		return NULL;
	gd->flags |= GENHD_FL_NO_PART;
	gd->fops = &async_ops;
	gd->private_data = disk;
	snprintf(gd->disk_name, sizeof(gd->disk_name), "frontswap%d", disk->id);
	return gd;
}

/**
 * fsw_gendisk_set_sync - say whether all I/O is done when it was submitted
 * @disk: the disk, which nobody has open
 *
 * It is without a backing device; but see above.
 *
 * Context: process; may sleep.
 * Return: 0, or an errno of the block layer.
 */
int fsw_gendisk_set_sync(struct fsw_disk *disk)
{
	return tmem_disk_set_sync(disk->gd,
				  synchronous && !disk->backing.bdev,
				  &sync_ops, &async_ops);
}

/**
 * fsw_is_ours - is a block device a disk of this module?
 * @bdev: the device
 *
 * Context: process; the device is open.
 * Return: true if so.
 */
bool fsw_is_ours(const struct block_device *bdev)
{
	return bdev->bd_disk->fops == &sync_ops ||
	       bdev->bd_disk->fops == &async_ops;
}
