// SPDX-License-Identifier: GPL-2.0
/*
 * cost.c - the time that keeping pages takes, and what reading them would have
 *
 * Purpose: say by our own measure what the store spends and saves, in seconds,
 * and of each file whether a page of it is worth what it takes to keep it.
 *
 * Why this design: what is spent is CPU time of puts and gets, of which one in
 * EVERY is timed.  What is saved is the time that pages which came from the
 * store would have taken on their disk.  The block layer counts how many
 * requests of a device there were, how long they took and how many sectors they
 * were for; that is looked at once a second.  Nobody waits for pages that are
 * read ahead in time, and requests overlap: that makes the saving look larger than
 * it is, as a disk behind a cache or a hypervisor makes it smaller.
 *
 * THE PRICE OF A PAGE.  A request takes about the same time for one page as for
 * several, so a page costs the time of one, divided by the pages that its file is
 * read in at once.  That a page is there saves a request only if its neighbours
 * are, so a file that is not read in runs alone counts as read in runs of
 * CC_RUN_LONG, or of what requests of its disk are for if that is less: measured on
 * a database, six to twelve hits saved one.  To keep a page costs a put, and,
 * when it comes back, a get; and most pages do not come back.  So
 *
 *	a page that takes		is
 *	less than a put and a get	not kept: there is nothing to gain, ever
 *	less than two puts and a get	kept if nearly all of its kind come back
 *					(TMEM_HINT_CHEAP; the backend counts)
 *	more				kept as the backend has it
 *	eight puts and gets or more	kept if one in eight of its kind comes back
 *					(TMEM_HINT_DEAR), and requests take 2 ms
 *
 * A stream is worth keeping as a whole or not at all.  What is missing of it here
 * and there has to be read all the same, with what is in between (get.c) or in more
 * requests than all of it: the latter way, with a part of it kept, two passes over a
 * file twice as large as the store took 1.5 times as long on a disk of 5 ms, with a
 * third of the sectors saved.  So long runs are of the second kind (admit.c) unless
 * they are of the last: such a disk is so slow that all of them are kept, without
 * asking which will be read again, and that is not changed by a little.  Long runs
 * are of the second kind also while the device has read too little to say, or where
 * the block layer does not count (btrfs, which names no device; network file systems).
 *
 * What puts and gets take is learnt from them, beginning with what is usual.  While
 * pages are turned away as worth nothing and none is put, there is nothing to learn
 * from, and the price falls slowly, by half in 45 s, to a quarter of what is usual:
 * it may have been taken while the machine, or its host, had other things to do.
 *
 * A file is judged anew when it is read, and when something has been learnt of a
 * disk since it was judged (cc_cost_gen).
 *
 * Locking: none.  One task a second looks at a disk (struct cc_disk.next); what is
 * lost elsewhere in a race is a sample.
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/blkdev.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/part_stat.h>
#include <linux/sched/clock.h>
#include <compat/test_export.h>
#include "cleancache.h"

/* One in so many calls is timed; no power of two, as runs have. */
#define EVERY		17
/* Longer than this a page, and something else ran in between; ns. */
#define TOO_LONG	NSEC_PER_MSEC
/*
 * Sectors, requests and time that must have been read for a new estimate: for
 * devices without requests (dm, md) the block layer counts in jiffies.
 */
#define SECTORS_MIN	1024
#define REQUESTS_MIN	8
#define TICKS_MIN	8
/* An average is of about so many samples. */
#define AVERAGE		32
/* One that is so many times as long as usual counts as that. */
#define USUAL_TIMES	4
/*
 * A page that takes so many times as long to read as to keep is worth much, and it
 * stays so while it takes so many times as long; of a disk whose requests take so
 * long, ns: no SSD is such a disk, however much it has to do.
 */
#define MUCH_TIMES	8
#define STAYS_TIMES	4
#define MUCH_LEAST	(2 * NSEC_PER_MSEC)
/* Nothing is done to a page in less, ns; and from here an average can rise. */
#define LEAST		128
/* What is usual, ns. */
#define PUT_USUAL	(20 * NSEC_PER_USEC)
#define GET_USUAL	(5 * NSEC_PER_USEC)
/* In a second in which pages were turned away so much of the price goes ... */
#define FADES		64
/* ... down to so much of what is usual. */
#define FADED		4

atomic_t cc_cost_gen = ATOMIC_INIT(1);

static void cc_learnt(void)
{
	/* What was learnt comes first; pairs with cc_cost_judge(). */
	smp_mb__before_atomic();
	atomic_inc(&cc_cost_gen);
}

/* What a request takes, us; NOT_ASKED: unknown, whatever is measured. */
#define NOT_ASKED	(-1)
int cc_request_us;
TMEM_EXPORT_FOR_TEST(cc_request_us);

static int request_us_set(const char *val, const struct kernel_param *kp)
{
	int us;

	if (kstrtoint(val, 0, &us) || us < NOT_ASKED || us > USEC_PER_SEC) {
		pr_err("parameter request_us=%s: takes 1 to %lu, 0 (as measured) or -1 (not asked)\n",
		       val, USEC_PER_SEC);
		return -EINVAL;
	}
	WRITE_ONCE(cc_request_us, us);
	cc_learnt();
	return 0;
}

static const struct kernel_param_ops request_us_ops = {
	.set = request_us_set,
	.get = param_get_int,
};

module_param_cb(request_us, &request_us_ops, &cc_request_us, 0644);
MODULE_PARM_DESC(request_us, "what a read request of a disk takes, in microseconds: 1 to 1000000, 0: as measured, -1: not asked (default 0)");

static DEFINE_PER_CPU(unsigned int, cc_cost_turn);

static struct cc_average cc_put_ns = { .value = PUT_USUAL };
static struct cc_average cc_get_ns = { .value = GET_USUAL };
static unsigned long cc_next_fade;	/* jiffies */
static bool cc_turned_away;		/* pages, since then */

/**
 * cc_average_add - learn from one more sample
 * @avg: the average, which has a value from the beginning
 * @now: the sample; not 0
 *
 * Context: any.
 */
void cc_average_add(struct cc_average *avg, u32 now)
{
	u32 old = READ_ONCE(avg->value);
	u64 sum;

	sum = (u64)old * (AVERAGE - 1) + min_t(u64, now, (u64)old * USUAL_TIMES);
	WRITE_ONCE(avg->value, max_t(u64, sum / AVERAGE, LEAST));
	WRITE_ONCE(avg->nr, READ_ONCE(avg->nr) + 1);
}
TMEM_EXPORT_FOR_TEST(cc_average_add);

/**
 * cc_average_fade - nothing was learnt
 * @avg: the average
 * @least: it is not to become less than this
 *
 * Context: any.
 */
void cc_average_fade(struct cc_average *avg, u32 least)
{
	u32 old = READ_ONCE(avg->value);

	if (old > least)
		WRITE_ONCE(avg->value, max(old - DIV_ROUND_UP(old, FADES), least));
}
TMEM_EXPORT_FOR_TEST(cc_average_fade);

/**
 * cc_cost_prices - what a page takes here
 * @put_ns: becomes what it takes to put one
 * @get_ns: and to get one
 *
 * Context: any.
 */
void cc_cost_prices(u32 *put_ns, u32 *get_ns)
{
	*put_ns = READ_ONCE(cc_put_ns.value);
	/* One that takes longer has waited for memory elsewhere (breaker.c). */
	*get_ns = min(READ_ONCE(cc_get_ns.value), *put_ns);
}

/**
 * cc_cost_begin - pages are about to be put or asked for
 *
 * Context: any.
 * Return: what cc_cost_put() or cc_cost_got() wants; 0 if this one is not timed.
 */
u64 cc_cost_begin(void)
{
	if (this_cpu_inc_return(cc_cost_turn) % EVERY)
		return 0;
	return local_clock();
}

/* How long a page took; 0: this one was not timed, or it says nothing. */
static u32 cc_cost_end(u64 begin, unsigned int nr)
{
	u64 took;

	if (!begin)
		return 0;
	took = local_clock() - begin;
	/* Another CPU's clock may be behind. */
	if (took > (u64)nr * TOO_LONG)
		return 0;
	cc_time_add(spent_ns, took * EVERY);
	return took / nr;
}

/**
 * cc_cost_put - pages have been put
 * @begin: what cc_cost_begin() said
 * @nr: number of pages
 * @taken: all were, or were compressed in vain
 *
 * Context: any.
 */
void cc_cost_put(u64 begin, unsigned int nr, bool taken)
{
	u32 page_ns = cc_cost_end(begin, nr);

	/* To be refused for want of room is cheap. */
	if (page_ns && taken)
		cc_average_add(&cc_put_ns, page_ns);
}

/**
 * cc_cost_got - pages have been asked for
 * @begin: what cc_cost_begin() said
 * @nr: number of pages
 * @hits: of which came
 *
 * Context: any.
 */
void cc_cost_got(u64 begin, unsigned int nr, unsigned int hits)
{
	u32 page_ns = cc_cost_end(begin, nr);

	/* To look for one that is not there is cheap. */
	if (page_ns && hits == nr)
		cc_average_add(&cc_get_ns, page_ns);
}

/**
 * cc_cost_of_page - what a page takes to be read, from what a device has done
 * @nsecs: that its requests took
 * @sectors: that they were for
 *
 * Context: any.
 * Return: nanoseconds, at most a second; 0: too little was read to say.
 */
u32 cc_cost_of_page(u64 nsecs, u64 sectors)
{
	if (sectors < SECTORS_MIN)
		return 0;
	return min_t(u64, div64_u64(nsecs, sectors) << (PAGE_SHIFT - 9),
		     NSEC_PER_SEC);
}
TMEM_EXPORT_FOR_TEST(cc_cost_of_page);

/**
 * cc_cost_worth - is a page worth what it takes to keep it?
 * @request_ns: that a request of its disk takes; 0: unknown
 * @request_pages: that one is for, on average; 0: unknown
 * @pages: that its file is read in at once, at least 1
 * @put_ns: that it takes to put a page
 * @get_ns: and to get it
 * @was: what the last answer was
 *
 * Context: any.
 * Return: see enum cc_worth.
 */
enum cc_worth cc_cost_worth(u32 request_ns, u32 request_pages, u32 pages,
			    u32 put_ns, u32 get_ns, enum cc_worth was)
{
	u64 page_ns, price = (u64)put_ns + get_ns;
	u32 times = was == CC_WORTH_MUCH ? STAYS_TIMES : MUCH_TIMES;

	if (!request_ns)
		return CC_WORTH_KEEPING;
	/* Its own pages: others' requests for less say little of a stream. */
	if (request_ns >= MUCH_LEAST && request_ns / pages >= price * times)
		return CC_WORTH_MUCH;
	/* What a request of more pages than usual takes is not known. */
	pages = min_t(u32, pages, request_pages ?: CC_RUN_LONG);
	page_ns = request_ns / pages;
	if (page_ns < price)
		return CC_WORTH_NOTHING;
	return page_ns < price + put_ns ? CC_WORTH_LITTLE : CC_WORTH_KEEPING;
}
TMEM_EXPORT_FOR_TEST(cc_cost_worth);

/**
 * cc_cost_request - what a request of a disk takes
 * @disk: the disk
 *
 * Context: any.
 * Return: nanoseconds, at most a second; 0: unknown.
 */
u32 cc_cost_request(const struct cc_disk *disk)
{
	int us = READ_ONCE(cc_request_us);

	if (us < 0)
		return 0;
	return us ? us * NSEC_PER_USEC : READ_ONCE(disk->request_ns);
}

/* See THE PRICE OF A PAGE. */
static void cc_fade(void)
{
	static u32 seen, seen_gets;
	u32 nr = READ_ONCE(cc_put_ns.nr), gets = READ_ONCE(cc_get_ns.nr);

	if (time_before(jiffies, READ_ONCE(cc_next_fade)))
		return;
	WRITE_ONCE(cc_next_fade, jiffies + HZ);
	if (READ_ONCE(cc_turned_away) && nr == READ_ONCE(seen)) {
		cc_average_fade(&cc_put_ns, PUT_USUAL / FADED);
		if (gets == READ_ONCE(seen_gets))
			cc_average_fade(&cc_get_ns, GET_USUAL / FADED);
	}
	WRITE_ONCE(cc_turned_away, false);
	WRITE_ONCE(seen, nr);
	WRITE_ONCE(seen_gets, gets);
	cc_learnt();
}

/* Once: that more than streams are left to a disk. */
static void cc_say_fast(struct cc_disk *disk, const struct super_block *sb)
{
	u32 pages = min_t(u32, disk->request_pages, CC_RUN_LONG), put_ns, get_ns;
	u32 request_ns = cc_cost_request(disk);

	cc_cost_prices(&put_ns, &get_ns);
	if (disk->said ||
	    cc_cost_worth(request_ns, pages, pages, put_ns, get_ns,
			  CC_WORTH_KEEPING) != CC_WORTH_NOTHING)
		return;
	disk->said = true;
	pr_info("%s: to read a page takes %lu ns, to put and get one %u: as long as that is so few are kept\n",
		sb->s_id, (unsigned long)request_ns / pages, put_ns + get_ns);
}

/**
 * cc_cost_look - see what the disk of a file system has been doing
 * @fs: the file system
 * @sb: the same, mounted
 *
 * Context: process.
 */
void cc_cost_look(struct cc_fs *fs, const struct super_block *sb)
{
	struct cc_disk *disk = &fs->disk;
	struct block_device *bdev = sb->s_bdev;
	unsigned long next = READ_ONCE(disk->next);
	u64 nsecs, sectors, ios;
	s64 took, got, nr;
	u32 page_ns, request_ns, known;

	if (next && time_before(jiffies, next))
		return;
	/* Never 0: that is before the first look. */
	if (cmpxchg(&disk->next, next, (jiffies + HZ) | 1) != next)
		return;
	cc_fade();
	if (!bdev)
		return;
	nsecs = part_stat_read(bdev, nsecs[STAT_READ]);
	sectors = part_stat_read(bdev, sectors[STAT_READ]);
	ios = part_stat_read(bdev, ios[STAT_READ]);
	took = nsecs - READ_ONCE(disk->nsecs);
	got = sectors - READ_ONCE(disk->sectors);
	nr = ios - READ_ONCE(disk->ios);
	if (next) {
		if (took < TICKS_MIN * TICK_NSEC || got < SECTORS_MIN ||
		    nr < REQUESTS_MIN)
			return;
		page_ns = cc_cost_of_page(took, got);
		request_ns = min_t(u64, div64_u64(took, nr), NSEC_PER_SEC);
		/* Half of what was known: one second may have been odd, or very. */
		known = READ_ONCE(disk->request_ns);
		if (known)
			request_ns = (min_t(u64, request_ns,
					    (u64)known * USUAL_TIMES) + known) / 2;
		WRITE_ONCE(disk->page_ns, page_ns);
		WRITE_ONCE(disk->request_ns, request_ns);
		WRITE_ONCE(disk->request_pages,
			   max_t(u64, div64_u64(got, nr) >> (PAGE_SHIFT - 9), 1));
	}
	WRITE_ONCE(disk->nsecs, nsecs);
	WRITE_ONCE(disk->sectors, sectors);
	WRITE_ONCE(disk->ios, ios);
	cc_learnt();
	if (disk->request_pages)
		cc_say_fast(disk, sb);
}

/**
 * cc_cost_judge - is a page of a file worth keeping?
 * @ci: the inode
 *
 * Context: any.
 */
void cc_cost_judge(struct cc_inode *ci)
{
	const struct cc_disk *disk = &ci->fs->disk;
	u32 gen = atomic_read(&cc_cost_gen), put_ns, get_ns;

	/* What is learnt from here on will be seen as such. */
	smp_rmb();
	cc_cost_prices(&put_ns, &get_ns);
	WRITE_ONCE(ci->reads.worth,
		   cc_cost_worth(cc_cost_request(disk),
				 READ_ONCE(disk->request_pages),
				 cc_reads_pages(&ci->reads), put_ns, get_ns,
				 READ_ONCE(ci->reads.worth)));
	WRITE_ONCE(ci->reads.judged, gen);
}

/**
 * cc_cost_nothing - are pages of a file worth nothing that leave the page cache?
 * @ci: the inode
 *
 * Context: any.
 * Return: true if so.
 */
bool cc_cost_nothing(struct cc_inode *ci)
{
	if (READ_ONCE(ci->reads.judged) != (u32)atomic_read(&cc_cost_gen))
		cc_cost_judge(ci);
	return READ_ONCE(ci->reads.worth) == CC_WORTH_NOTHING;
}

/**
 * cc_cost_turned_away - pages were not kept since a disk reads them for less
 *
 * Context: any.
 */
void cc_cost_turned_away(void)
{
	if (!READ_ONCE(cc_turned_away))
		WRITE_ONCE(cc_turned_away, true);
}
