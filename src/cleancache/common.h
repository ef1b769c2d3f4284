/* SPDX-License-Identifier: GPL-2.0 */
/*
 * common.h - what all of tmem_cleancache.ko shares, however it is attached
 *
 * Purpose: main.c and debugfs.c know neither of the two ways to attach to the
 * page cache, of which Kbuild builds one into the module:
 *
 *   kernel                       attachment                 files
 *   with CONFIG_CLEANCACHE       cleancache_register_ops()  native.c, ring.c
 *   without                      hooks of our own           attach.c and the
 *                                (cleancache.h)             files it starts
 *
 * Locking: none here.
 */
#ifndef _CLEANCACHE_COMMON_H
#define _CLEANCACHE_COMMON_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/srcu.h>
#include <tmem/backend.h>
#include <compat/test_export.h>

/**
 * struct cc_stats - what cleancache has done, per CPU
 * @succ_gets: pages that came from the store
 * @failed_gets: pages asked for and not there
 * @puts: pages put and taken
 * @invalidates: pages, ranges and objects flushed
 * @put_refused: pages that the backend refused
 * @put_busy: pages not put because the file was being changed, or had been and
 *	the page may be one of before
 * @put_norecord: pages not put for want of a put record, or of a free page of
 *	the ring
 * @put_unfit: pages that the kernel offered and that are not to be kept
 * @put_incompressible_file: pages not put since others of their file did not
 *	compress
 * @put_no_room: pages not put because memory was short
 * @put_container: pages not put because a container was at its limit and there
 *	was no free memory for them
 * @put_no_gain: pages not put because what was put lately did not pay
 * @put_no_evidence: pages not put because nothing said that they would be read
 *	again
 * @put_cheap: pages not put because a disk reads them, with their neighbours,
 *	for less than it takes to keep them, whether they could have been or not
 * @put_cancelled: pages put and at once flushed, because of a race
 * @get_pending: pages not asked for because their put was under way
 * @get_errors: pages that the backend could not deliver
 * @get_unused: pages that came from the store and were read from their disk all the
 *	same, in one request with their neighbours, or as they had become old
 * @ring_hits: pages that came from the ring, before they had got to the store
 * @attached: mappings hooked
 *
 * A kernel with cleancache of its own counts the first four itself; there,
 * what it counts as a put is a page offered.
 */
struct cc_stats {
	unsigned long succ_gets, failed_gets, puts, invalidates;
	unsigned long put_refused, put_busy, put_norecord, put_cancelled;
	unsigned long put_incompressible_file, put_no_room, put_container;
	unsigned long put_no_gain, put_no_evidence, put_cheap;
	unsigned long put_unfit, get_pending, get_errors, get_unused;
	unsigned long ring_hits, attached;
};

DECLARE_PER_CPU(struct cc_stats, cc_stats);
#define cc_count(field)		this_cpu_inc(cc_stats.field)
#define cc_count_n(field, n)	this_cpu_add(cc_stats.field, n)

/**
 * struct cc_times - what it has cost and gained, per CPU; see cost.c
 * @spent_ns: in puts and gets
 * @saved_ns: that pages which came from the store would have taken to be read
 *
 * Not counted where the kernel has a cleancache of its own.
 */
struct cc_times {
	unsigned long spent_ns, saved_ns;
};

DECLARE_PER_CPU(struct cc_times, cc_times);
#define cc_time_add(field, n)	this_cpu_add(cc_times.field, n)

extern struct srcu_struct cc_srcu;

/*
 * Switches for tests, in builds for tests only: each takes one rule out, so
 * that the test of that rule can be seen to fail.
 */
#define CC_BREAK_DIO		BIT(0)	/* direct writes go unnoticed */
#define CC_BREAK_TRUNCATE	BIT(1)	/* truncates go unnoticed */
#define CC_BREAK_QUIESCE	BIT(2)	/* puts do not wait for writers */
#define CC_BREAK_DELETE		BIT(3)	/* old copies stay on removal */
#define CC_BREAK_PENDING	BIT(4)	/* pending puts are not cancelled */
#define CC_BREAK_EVICT		BIT(5)	/* pages of deleted files stay */
#define CC_BREAK_ORPHAN		BIT(6)	/* puts are forgotten with their inode */
#define CC_BREAK_ERROR		BIT(7)	/* failed write-back goes unnoticed */
#define CC_BREAK_KERNEL		BIT(8)	/* the kernel's own files are stored */
#define CC_BREAK_DOUBT		BIT(9)	/* pages in doubt are put */
#define CC_BREAK_NAME		BIT(10)	/* names are file handles everywhere */
#define CC_BREAK_EMPTY		BIT(12)	/* nothing empties the store */
#define CC_BREAK_EXCLUDED	BIT(13)	/* files to be left out are stored */
#define CC_BREAK_HELD		BIT(14)	/* what was freed meanwhile is put */
#define CC_BREAK_UNHOOK		BIT(11)	/* not a rule: ftrace fails, when unloading */
extern unsigned int cc_test_break;

static inline bool cc_broken(unsigned int rule)
{
	return TMEM_BROKEN(cc_test_break, rule);
}

/*
 * Has a write-back of the file failed since its inode came into memory?  Then
 * pages of it can be clean and uptodate and not be what is on disk.  Every file
 * system that caches pages notes it here before it ends the write-back; and
 * nothing but a new life of the inode clears it.
 */
static inline bool cc_write_failed(const struct inode *inode)
{
	return READ_ONCE(inode->i_data.wb_err) && !cc_broken(CC_BREAK_ERROR);
}

/* Files that the kernel itself writes, past the page cache: swap, quota. */
static inline bool cc_inode_of_kernel(const struct inode *inode)
{
	unsigned int own = S_SWAPFILE | S_NOQUOTA;

#ifdef S_KERNEL_FILE
	own |= S_KERNEL_FILE;
#endif
	return inode->i_flags & own && !cc_broken(CC_BREAK_KERNEL);
}

/*
 * Files whose pages must not be kept outside the page cache.  fscrypt: plain
 * text would outlive the key.  fs-verity: a page is to be checked each time
 * that it comes into the cache.  DAX: it has no pages, and writes go unseen.
 * And those above.
 */
static inline bool cc_inode_excluded(const struct inode *inode)
{
	if (IS_DAX(inode) || IS_ENCRYPTED(inode) || IS_VERITY(inode))
		return !cc_broken(CC_BREAK_EXCLUDED);
	return cc_inode_of_kernel(inode) || cc_write_failed(inode);
}

/* main.c; parameter exclude, which only tests change once loaded */
extern char *cc_exclude;
bool cc_in_list(const char *list, const char *name);
bool cc_type_excluded(const char *type);

/**
 * struct cc_raw - do the pages of a file compress?
 * @run: refused in a row as incompressible, or nearly
 * @skip: pages to be left out before the next one is tried
 *
 * Read and written without a lock; see admit.c.
 */
struct cc_raw {
	u32 run;
	u32 skip;
};

/**
 * enum cc_worth - is a page worth what it takes to keep it?  See cost.c.
 * @CC_WORTH_KEEPING: as far as its disk goes, or is known, yes
 * @CC_WORTH_MUCH: yes, even if few of its kind come back
 * @CC_WORTH_LITTLE: if it nearly always comes back
 * @CC_WORTH_NOTHING: no, its disk is faster than that
 */
enum cc_worth {
	CC_WORTH_KEEPING,
	CC_WORTH_MUCH,
	CC_WORTH_LITTLE,
	CC_WORTH_NOTHING,
};

/**
 * struct cc_reads - how is a file read?
 * @run: pages that are read at once, in 1/16, on average lately; 0: none was
 * @next: index of the page after those that were read last
 * @scattered: short requests elsewhere, in 1/64, less one for each other
 *	request
 * @unwanted: the backend refused such a page, and not for want of room
 * @worth: enum cc_worth
 * @judged: cc_cost_gen as @worth was found; 0: never
 *
 * Read and written without a lock; see admit.c.
 */
struct cc_reads {
	u32 run;
	u32 next;
	u16 scattered;
	bool unwanted;
	u8 worth;
	u32 judged;
};

/* admit.c */
/* Pages at once that make a long run. */
#define CC_RUN_LONG	8

/*
 * Pages side by side that are worth a request more: of 128 KiB, about what a disk reads
 * in the time that it takes to begin (75 KB on one of 0.5 ms and 150 MB/s, 100 on an SSD
 * of 0.1 ms and 1 GB/s, 200 on an SD card of 10 ms and 20 MB/s, 750 on a hard disk).
 */
#define CC_RUN_WORTH	max_t(unsigned int, SZ_128K >> PAGE_SHIFT, 1)
void cc_reads_note(struct cc_reads *reads, u32 first, u32 nr);
u32 cc_reads_pages(const struct cc_reads *reads);
bool cc_reads_together(const struct cc_reads *reads, loff_t size);
unsigned int cc_reads_hints(const struct cc_reads *reads, loff_t size);
bool cc_raw_skip(struct cc_raw *raw, u32 nr);
void cc_raw_learn(struct cc_raw *raw, bool refused);
bool cc_reads_for_less(const struct cc_reads *reads, loff_t size, pgoff_t first,
		       u32 nr);
enum tmem_offer cc_admit(struct tmem_bpool pool, const struct tmem_oid *oidp,
			 u32 index, u32 nr, unsigned int hints);

/* attach.c or native.c */
int cc_attach(void);
void cc_detach(void);
void cc_attach_debugfs(struct dentry *dir);

/* debugfs.c */
unsigned long cc_stat_sum(size_t offset);
void cc_debugfs_init(void);
void cc_debugfs_exit(void);

#endif /* _CLEANCACHE_COMMON_H */
