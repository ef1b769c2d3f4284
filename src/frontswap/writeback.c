// SPDX-License-Identifier: GPL-2.0
/*
 * writeback.c - cold slots to the backing device
 *
 * Purpose: make room in the store for what is hot, and empty it on request,
 * while its pages are in use.
 *
 * Why this design: a batch of slots is read from the store into buffers, written
 * with as few bios as their places allow, waited for, and then dropped from the
 * store if nothing has happened to them; see HAND-OVER in frontswap.h.  All that
 * a batch needs is allocated beforehand: it must work when there is no memory,
 * which is when it is needed.  But its buffers not before the store is half full,
 * or has refused a page: most never are, and on a small machine a quarter of a
 * megabyte is a hundred more pages of swap.  Where there is no memory for them then,
 * pages that the store refuses go to the backing device as they come, and it is
 * tried again; what was had is kept.
 *
 * The worker begins when the backend says that it is nearly full of persistent
 * pages, or has refused one, and ends well below that.  A backend that does not
 * say (Xen) is relieved of a part of its pages for every time it refuses.
 *
 * Locking: wb->lock over a batch, its I/O included.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/bio.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <tmem/param.h>
#include "frontswap.h"

/* Pages of a batch. */
#define BATCH 64
/* Most that are handed over without letting others in. */
#define STEP (64 * BATCH)

/* The worker writes back 1/32 of the pages, but at least a batch, at a time. */
#define ROUND_SHIFT 5
/* For so many 64ths of a turn of the store what was found to be cold counts as that. */
#define COLD_EPOCHS 4
/* One in so many stores looks at the marks. */
#define LOOK_EVERY 64
/* The buffers of a batch are allocated when the store is so far on its way to the mark. */
#define READY_SHARE 2

/* After an error the worker lets the device alone for so long. */
#define ERROR_PAUSE (5 * HZ)

/**
 * struct wb_io - a bio of a batch
 * @wb: whose
 * @first: index of its first page
 * @nr: how many it has
 * @bio: the bio
 */
struct wb_io {
	struct fsw_wb *wb;
	unsigned int first;
	unsigned int nr;
	struct bio bio;
};

/**
 * struct fsw_wb - what it takes to hand slots over
 * @area: whose
 * @backing: where to
 * @lock: one batch at a time; covers the rest but @work, @refused, @stores
 * @hand: the slot to look at next
 * @cold: so many slots are as cold as @cold_epoch says, or colder, as a scan found
 * @cold_epoch: likewise
 * @cold_at: the area's epoch then; far from the present one also when that was set back
 * @count: for fsw_age_coldest()
 * @pages: buffers
 * @slots: whose data they have
 * @ok: they were written; each is written by the end of one bio
 * @vecs: for bios: each has those of its pages
 * @ios: the bios, each at the index of its first page; apart, as a bio ends in a
 *	flexible array and so may not be an array's element
 * @nr: how many buffers are in use
 * @is_ready: all buffers are there
 * @pending: bios under way, and one for the submission
 * @done: there are none
 * @work: the worker
 * @stop: it is to be freed
 * @refused: the store has refused a page since the worker last looked
 * @stores: counts up to LOOK_EVERY; no lock: a guess is enough
 * @error_until: the worker rests until then, in jiffies; 0: it does not
 */
struct fsw_wb {
	struct fsw_area *area;
	struct block_device *backing;
	struct mutex lock;
	unsigned long hand;
	unsigned long cold;
	int cold_epoch;
	u8 cold_at;
	unsigned long count[FSW_EPOCHS];
	struct page *pages[BATCH];
	unsigned long slots[BATCH];
	bool ok[BATCH];
	struct bio_vec vecs[BATCH];
	struct wb_io *ios;
	unsigned int nr;
	bool is_ready;
	atomic_t pending;
	struct completion done;
	struct work_struct work;
	bool stop;
	bool refused;
	unsigned int stores;
	unsigned long error_until;
};

static struct workqueue_struct *wb_queue;

/* The worker begins above the one and ends below the other; percent. */
static unsigned int high_percent = 98;
static unsigned int low_percent = 96;

static int percent_set(const char *val, const struct kernel_param *kp)
{
	return tmem_param_uint(kp->name, val, 1, 100, " (percent of the store's limit)",
			       kp->arg);
}

static const struct kernel_param_ops percent_ops = {
	.set = percent_set,
	.get = param_get_uint,
};

/* Write-back begins when so much of the store's limit is taken by swap. */
module_param_cb(writeback_high, &percent_ops, &high_percent, 0644);
MODULE_PARM_DESC(writeback_high, "write cold pages back above so many percent of the store's limit: 1 to 100 (default 98)");

/* And ends when it is down to this; writeback_high if that is lower. */
module_param_cb(writeback_low, &percent_ops, &low_percent, 0644);
MODULE_PARM_DESC(writeback_low, "until it is down to so many: 1 to 100 (default 96)");

/* The marks in 1/1000, as backends say it. */
static int high_mark(void)
{
	return READ_ONCE(high_percent) * 10;
}

/**
 * fsw_wb_full_mark - where write-back ends: from here on a store is full
 *
 * Context: any.
 * Return: how full it is then, in 1/1000.
 */
int fsw_wb_full_mark(void)
{
	return min_t(int, READ_ONCE(low_percent) * 10, high_mark());
}

static void wb_work(struct work_struct *work);

/**
 * fsw_wb_init - get ready
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int fsw_wb_init(void)
{
	wb_queue = alloc_workqueue("tmem_frontswap",
				   WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	return wb_queue ? 0 : -ENOMEM;
}

/**
 * fsw_wb_exit - the end; no disk is left
 *
 * Context: process; may sleep.
 */
void fsw_wb_exit(void)
{
	destroy_workqueue(wb_queue);
}

/**
 * fsw_wb_prepare - have the buffers of a batch, which no task is killed for
 * @wb: of the disk
 *
 * Context: process; may sleep, and does not wait for I/O but a batch's.
 * Return: 0; -EINTR for a fatal signal; -ENOMEM: not all of them are there yet.
 */
int fsw_wb_prepare(struct fsw_wb *wb)
{
	const gfp_t gfp = GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN;
	unsigned int i;
	int ret = 0;

	if (READ_ONCE(wb->is_ready))
		return 0;
	if (mutex_lock_killable(&wb->lock))
		return -EINTR;
	for (i = 0; i < BATCH && !ret; i++) {
		if (!wb->pages[i])
			wb->pages[i] = alloc_page(gfp);
		if (!wb->pages[i])
			ret = -ENOMEM;
	}
	/* Who uses them has the lock. */
	WRITE_ONCE(wb->is_ready, !ret);
	mutex_unlock(&wb->lock);
	return ret;
}

/**
 * fsw_wb_new - be able to hand slots over
 * @area: whose
 * @backing: where to; at least as large
 *
 * Context: process; may sleep.
 * Return: what the other functions want; NULL without memory.
 */
struct fsw_wb *fsw_wb_new(struct fsw_area *area, struct block_device *backing)
{
	struct fsw_wb *wb = kvzalloc(sizeof(*wb), GFP_KERNEL);

	if (!wb)
		return NULL;
	wb->ios = kvcalloc(BATCH, sizeof(*wb->ios), GFP_KERNEL);
	if (!wb->ios) {
		kvfree(wb);
		return NULL;
	}
	wb->area = area;
	wb->backing = backing;
	mutex_init(&wb->lock);
	init_completion(&wb->done);
	INIT_WORK(&wb->work, wb_work);
	return wb;
}

/**
 * fsw_wb_free - the end of it
 * @wb: what fsw_wb_new() returned; nobody uses it any more
 *
 * Context: process; may sleep.
 */
void fsw_wb_free(struct fsw_wb *wb)
{
	unsigned int i;

	WRITE_ONCE(wb->stop, true);
	cancel_work_sync(&wb->work);
	for (i = 0; i < BATCH; i++)
		if (wb->pages[i])
			__free_page(wb->pages[i]);
	kvfree(wb->ios);
	kvfree(wb);
}

static void wb_put(struct fsw_wb *wb)
{
	if (atomic_dec_and_test(&wb->pending))
		complete(&wb->done);
}

/* Context: any. */
static void wb_end_io(struct bio *bio)
{
	struct wb_io *io = container_of(bio, struct wb_io, bio);
	struct fsw_wb *wb = io->wb;
	unsigned int i;

	for (i = 0; i < io->nr; i++)
		wb->ok[io->first + i] = !bio->bi_status;
	bio_uninit(bio);
	wb_put(wb);
}

/* Write pages @first.., @nr of them, whose slots follow each other. */
static void fsw_write_run(struct fsw_wb *wb, unsigned int first, unsigned int nr)
{
	struct wb_io *io = &wb->ios[first];
	struct bio *bio = &io->bio;
	unsigned int i;

	io->wb = wb;
	io->first = first;
	io->nr = nr;
	bio_init(bio, wb->backing, &wb->vecs[first], nr, REQ_OP_WRITE | REQ_SWAP);
	/* For all who swap, whoever asked: not to be held up by his cgroup's limits. */
	tmem_bio_of_root(bio);
	bio->bi_iter.bi_sector = (sector_t)wb->slots[first] <<
				 (PAGE_SHIFT - SECTOR_SHIFT);
	bio->bi_end_io = wb_end_io;
	/* It was made for as many. */
	for (i = 0; i < nr; i++)
		__bio_add_page(bio, wb->pages[first + i], PAGE_SIZE, 0);
	atomic_inc(&wb->pending);
	submit_bio(bio);
}

/* Get a slot into the next buffer. */
static void fsw_take_in(struct fsw_wb *wb, unsigned long slot)
{
	if (!fsw_wb_begin(wb->area, slot))
		return;
	if (fsw_wb_read(wb->area, slot, wb->pages[wb->nr])) {
		/* Freed at once, or the backend is gone: it stays as it is. */
		fsw_wb_end(wb->area, slot, false);
		return;
	}
	wb->ok[wb->nr] = false;
	wb->slots[wb->nr++] = slot;
}

static void write_batch(struct fsw_wb *wb)
{
	unsigned int i, first = 0;
	struct blk_plug plug;

	reinit_completion(&wb->done);
	atomic_set(&wb->pending, 1);
	blk_start_plug(&plug);
	for (i = 1; i <= wb->nr; i++) {
		if (i < wb->nr && wb->slots[i] == wb->slots[i - 1] + 1)
			continue;
		fsw_write_run(wb, first, i - first);
		first = i;
	}
	blk_finish_plug(&plug);
	wb_put(wb);
	wait_for_completion_io(&wb->done);
}

/* End a batch.  Returns how many slots were handed over, or an errno. */
static long fsw_end_batch(struct fsw_wb *wb)
{
	unsigned int i, failed = 0;
	long moved = 0;

	for (i = 0; i < wb->nr; i++) {
		if (fsw_wb_end(wb->area, wb->slots[i], wb->ok[i]))
			moved++;
		else if (!wb->ok[i])
			failed++;
		else
			fsw_count(wb_changed);
	}
	wb->nr = 0;
	fsw_count_n(writebacks, moved);
	fsw_count_n(wb_errors, failed);
	return failed ? -EIO : moved;
}

/*
 * What is cold when @nr of @pages pages are to go?  To know it all slots are looked
 * at, so that is done once for some steps: as many as a round of the worker takes,
 * but not for longer than some of the store's time, of which the clock is set back,
 * too.  Returns true if it has looked.
 */
static bool fsw_look_for_cold(struct fsw_wb *wb, unsigned long nr, unsigned long pages)
{
	unsigned long round = pages >> ROUND_SHIFT;
	u8 now = READ_ONCE(wb->area->epoch);

	lockdep_assert_held(&wb->lock);
	if (wb->cold >= nr && (u8)(now - wb->cold_at) <= COLD_EPOCHS)
		return false;
	wb->cold = round > STEP ? round : nr;
	wb->cold_epoch = fsw_age_coldest(wb->area, wb->cold, wb->count);
	wb->cold_at = now;
	return true;
}

/* Hand over up to @nr of the slots that are as cold as @epoch says. */
static long fsw_run(struct fsw_wb *wb, unsigned long nr, int epoch)
{
	unsigned long left = wb->area->nr;
	long moved, sum = 0;

	lockdep_assert_held(&wb->lock);
	while (sum < nr && left) {
		while (wb->nr < min_t(unsigned long, BATCH, nr - sum) &&
		       fsw_age_next(wb->area, &wb->hand, &left, epoch)) {
			fsw_take_in(wb, wb->hand++);
			left--;
		}
		if (!wb->nr)
			continue;
		write_batch(wb);
		moved = fsw_end_batch(wb);
		if (moved < 0)
			return moved;
		sum += moved;
		/* The freezer waits for who is here, too. */
		if (signal_pending(current) || READ_ONCE(wb->stop))
			break;
		cond_resched();
	}
	return sum;
}

/* The same of the coldest of @pages slots. */
static long fsw_run_coldest(struct fsw_wb *wb, unsigned long nr, unsigned long pages)
{
	bool looked;
	long moved;

	do {
		looked = fsw_look_for_cold(wb, nr, pages);
		moved = fsw_run(wb, nr, wb->cold_epoch);
		/* Once round the disk there were not so many: they were used since. */
		wb->cold = moved == nr ? wb->cold - nr : 0;
	} while (!moved && !looked && !READ_ONCE(wb->stop));
	return moved;
}

/**
 * fsw_wb_run - hand over the coldest slots: a step of it
 * @wb: of the disk
 * @nr: how many, at most
 * @keep: but so many are to stay, whoever else hands over at the same time
 *
 * Context: process; sleeps for I/O.  A signal ends it early.
 * Return: how many were handed over, fewer than wanted if that is more than a
 * step, and 0 if there are none that are not being written; -EINTR for a fatal
 * signal; -ENOMEM without memory for buffers, the first time; -EIO if the backing
 * device fails.
 */
long fsw_wb_run(struct fsw_wb *wb, unsigned long nr, unsigned long keep)
{
	unsigned long pages;
	long ret = fsw_wb_prepare(wb);

	if (ret)
		return ret;
	if (mutex_lock_killable(&wb->lock))
		return -EINTR;
	pages = fsw_pages(wb->area);
	nr = min3(nr, pages > keep ? pages - keep : 0, (unsigned long)STEP);
	if (nr)
		ret = fsw_run_coldest(wb, nr, pages);
	mutex_unlock(&wb->lock);
	if (ret > 0)
		tmem_backend_compact(fsw_pool(wb->area));
	return ret;
}

static void wb_work(struct work_struct *work)
{
	struct fsw_wb *wb = container_of(work, struct fsw_wb, work);
	bool refused = xchg(&wb->refused, false);
	struct tmem_bpool pool = fsw_pool(wb->area);
	int full = tmem_backend_fullness(pool);
	unsigned long nr;
	long ret;

	if (full == -ENODEV || fsw_wb_prepare(wb) ||
	    (!refused && full < high_mark()))
		return;
	/* What pages that have left hold in pieces may be enough. */
	tmem_backend_compact(pool);
	full = tmem_backend_fullness(pool);
	if (full >= 0 && full < fsw_wb_full_mark())
		return;
	if (wb->error_until && time_before(jiffies, wb->error_until))
		return;
	wb->error_until = 0;
	do {
		nr = max_t(unsigned long, BATCH,
			   fsw_pages(wb->area) >> ROUND_SHIFT);
		ret = fsw_wb_run(wb, nr, 0);
		full = tmem_backend_fullness(pool);
	} while (ret > 0 && full >= fsw_wb_full_mark() && !READ_ONCE(wb->stop));
	if (ret < 0) {
		pr_warn_ratelimited("write-back to %pg failed (%ld): pages stay in the store\n",
				    wb->backing, ret);
		/* 0 would be no pause. */
		wb->error_until = (jiffies + ERROR_PAUSE) | 1;
	}
}

/**
 * fsw_wb_kick - a page was stored; is it time to make room, or to get ready?
 * @wb: of the disk
 *
 * Context: process; does not sleep.
 */
void fsw_wb_kick(struct fsw_wb *wb)
{
	unsigned int n = READ_ONCE(wb->stores) + 1;
	int mark = high_mark();

	WRITE_ONCE(wb->stores, n);
	if (n % LOOK_EVERY)
		return;
	if (!READ_ONCE(wb->is_ready))
		mark /= READY_SHARE;
	if (tmem_backend_fullness(fsw_pool(wb->area)) >= mark)
		queue_work(wb_queue, &wb->work);
}

/**
 * fsw_wb_refused - a page was refused: make room
 * @wb: of the disk
 * @err: what for
 *
 * Context: process; does not sleep.
 */
void fsw_wb_refused(struct fsw_wb *wb, int err)
{
	/* No room makes a page that does not compress any smaller. */
	if (err == -E2BIG || READ_ONCE(wb->refused) ||
	    !READ_ONCE(wb->area->taking))
		return;
	WRITE_ONCE(wb->refused, true);
	queue_work(wb_queue, &wb->work);
}
