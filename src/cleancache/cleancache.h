/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cleancache.h - what the files of our own hooks share
 *
 * Purpose: give clean page-cache pages a second life.  A page that reclaim
 * drops is put to an ephemeral tmem pool of its file system; when it is read
 * again it comes from there instead of from the disk.
 *
 * Why this design: the kernel has had no hooks for this since 5.17, so they
 * are our own, on exported symbols and tracepoints only:
 *
 *   what                how                                        file
 *   page leaves cache   tracepoint mm_filemap_delete_from_page_cache  put.c
 *   its data is copied  a_ops->free_folio, right after that        put.c
 *   ... or with that    ftrace __mem_cgroup_uncharge_folios, or    together.c
 *     of others         free_unref_folios (compat/reclaim.h)
 *   page is read        a_ops->readahead                           get.c
 *                         (what that saves, and all of it takes: cost.c)
 *   mapping is seen     tracepoint mm_filemap_add_to_page_cache    aops.c
 *   blocks change under ftrace truncate_inode_pages_range,         inode.c
 *     the page cache      invalidate_inode_pages2_range,
 *                         filemap_invalidate_inode (since 6.10)
 *   ... or not for sure ftrace generic_remap_file_range_prep,      inode.c
 *                         unlock_two_nondirectories
 *   swapon of a file    ftrace inode_dio_wait                      inode.c
 *   file system goes    ftrace evict_inodes                        fs.c
 *   device changes      ftrace invalidate_bdev, bdev_thaw          fs.c
 *   caches are dropped  ftrace drop_caches_sysctl_handler          fs.c
 *   read, not to stay   ftrace folio_unmap_invalidate (since 6.14)  put.c
 *
 * COHERENCY.  The rule: what the store returns for (inode, index) is what a
 * read of the file system would return.  The proof, by everything that can
 * change the latter:
 *
 *  1. Write-back of a page in the cache.  While a page is in the cache,
 *     nobody asks the store for it: only readahead asks, for pages it has
 *     just added.  When it leaves the cache, under the i_pages lock, the
 *     stored copy is dropped or, in reclaim, replaced.  Where the backend
 *     says that it holds nothing of the file, and no put was under way when it
 *     was asked, there is none to drop until the next put.  Write-back that fails
 *     leaves the page clean and uptodate, and other than the disk.  It is
 *     noted in mapping->wb_err, by btrfs sometimes only after the page could
 *     be put; from then until the inode is evicted nothing of it is put or
 *     asked for, and then all is dropped.
 *  2. Truncate, hole punch, zero range, collapse, insert, reflink and the
 *     like all call truncate_inode_pages_range() on what they change, or
 *     filemap_invalidate_inode() (btrfs in 7.3, for reflinks), with
 *     i_rwsem held for writing until they are done.  The call drops the
 *     stored copies of the range.  Copies of pages that were in the cache
 *     then must not follow: puts are refused until i_rwsem has been seen
 *     free of writers (WAIT_WRITER).  That takes for granted that the call
 *     comes; btrfs in 7.3 leaves it out when a reflink fails half-way.  See 8.
 *  3. Direct writes call invalidate_inode_pages2_range() before they submit,
 *     with i_rwsem held (maybe shared) and then i_dio_count raised until
 *     they are complete.  As above, and puts are refused until i_rwsem has
 *     been seen free and after that i_dio_count zero (WAIT_DIO).  Then they
 *     call it once more, for what was read in meanwhile, but not if they have
 *     failed, half of it written or all: a page of the range that comes into the
 *     cache before that has been seen is in doubt, see 8.  Who added it either
 *     sees the announcement or is seen by the call: there is a full barrier
 *     between his page and his look, and between the announcement and the call's.
 *  4. The inode is evicted from memory: nothing changes on disk, copies may
 *     stay.  If it was unlinked they are dropped; and if it was one to be
 *     left out, which may not be known any more when it comes back: a file
 *     is written by DAX from one eviction to the next.
 *  5. The file becomes one of the kernel's own.  Swap: its copies are dropped
 *     in swapon, before swap is written; while it is one it is left out; and
 *     what is in the cache then may outlast swapoff, see 8.  Quota: while it
 *     is one (S_NOQUOTA) it is left out, and the end is a truncate: as 2.
 *  6. The file system is unmounted: its pool is destroyed, and no mount ever
 *     gets another's pool.
 *  7. ext4 exchanges blocks of two files (EXT4_IOC_MOVE_EXT, e4defrag) page by
 *     page, with that page of both in the cache and locked.  The original's is
 *     dirty then: as 1.  The donor's stays what it was, while its blocks go:
 *     see 8.  xfs does (xfs_fsr) as 2.
 *  8. Doubt.  What is on disk has changed, or may have, and pages of before
 *     stay in the cache: of the target of a reflink, from before it begins; of
 *     a donor, when the locks of both files are about to be given back; of a
 *     swap file, from swapon; of a direct write, see 3.  Stored copies of the
 *     range are dropped and puts wait as in 2, and after that no page in doubt
 *     is put until the file has been seen to have no page in the cache but the
 *     one just added.  If there is no memory to note a doubt, every state that
 *     is made from then on for a file which has pages already begins with one.
 *  9. The name of the file in the store is the same for as long as the file is
 *     there: its inode number, which no copy outlives (4); in btrfs, and
 *     for shared pools, its file handle.  Other handles contain what
 *     chattr -v and a remount change.
 *
 * 10. Somebody writes the device below the file system, or puts another below
 *     it.  The kernel does not know of that either, and its page cache is old until
 *     it is dropped; nor can we.  But whoever says so to the kernel says it to us:
 *     vm.drop_caches, BLKFLSBUF and a remount to read-only (invalidate_bdev()), the
 *     end of a freeze, in which dm changes tables, and parameter empty begin a new
 *     epoch of the file system.  From then on its pool counts as none, until a
 *     worker has made a new one; a put that began before comes to nothing, as does
 *     what came from the store and is locked yet (get.c), and pages that are in the
 *     page cache then are in doubt (8).  Of btrfs, which is on several devices, any
 *     of all devices counts.  Not seen: dmsetup with --nolockfs, a table further
 *     down, FITHAW, a realtime device of xfs.
 *
 * WHAT IS PUT.  Only a clean page that reclaim drops, and of these only what
 * the backend says is worth it (admit.c): the question comes first, before a
 * record is taken or a byte is copied, and costs a few hundred instructions.
 * And one that its reader drops with POSIX_FADV_DONTNEED, if it came from the
 * store: a backup would empty it otherwise.  Both go by __remove_mapping(), with
 * the folio frozen: what it holds is what a read would return until then.  All
 * who invalidate because the disk has changed keep references (they come by
 * truncation or by invalidate_inode_pages2_range()), but for drop_caches and
 * BLKFLSBUF, see 10, and md's bitmap files.  A reader with RWF_DONTCACHE (6.14)
 * is the same as one with POSIX_FADV_DONTNEED, but keeps a reference: what he
 * takes out by folio_unmap_invalidate() is locked, clean and unmapped, and comes
 * back if nobody else has one.  invalidate_inode_pages2_range() calls that, too,
 * after it has been announced (3), and with other flags of allocation.
 *
 * A put takes two steps, because the tracepoint fires with irqs off under the
 * i_pages lock, where nothing can be compressed or allocated in earnest.  In
 * the first step the put is recorded as pending on its inode; in the second,
 * in ->free_folio, with the frozen folio still intact and no lock held, the
 * page goes to the backend, or waits, as it is, for those that reclaim drops with
 * it, until all of them are about to be freed (together.c).  Between the two, and
 * until the backend is done: a get of that page misses; whatever would have dropped
 * a stored copy cancels the pending one, and the second step then flushes what it
 * put.
 * The end of the inode cancels it too; if the file comes back as another
 * inode before the put is over, nothing of it is put or asked for until then.
 *
 * LOCKS AND LIFETIME
 *   cc_srcu      every use of a pool: fs->pool is read and the backend called
 *                in one read section; a pool is destroyed after it has been
 *                taken from fs->pool and a grace period has passed.  Also
 *                covers all code of ours that a_ops tables lead to, but for
 *                a look whether a bucket of records is empty.
 *   fs_mutex     creation and destruction of pools; outermost.
 *   fs_lock      the hash of file systems; irqsave; reads under RCU.
 *   inode hash   striped locks to change it, only ever in process context
 *                with irqs on; reads under RCU.
 *   ci->lock     irqsave, taken under the i_pages lock; covers the state of
 *                one inode.  Inside it: the locks of the free put records, of
 *                the list of orphans and of those with direct writes under way
 *                (a worker looks whether they are over: who reads a file of xfs
 *                holds i_rwsem himself).  Itself inside a stripe's lock.
 *   A cc_inode belongs to its inode: it is unhashed in the final truncate of
 *   the inode, before the inode can be freed.  While it is hashed (and the
 *   stripe lock is held) ci->inode is valid.  References keep the cc_inode,
 *   not the inode.
 *
 * Contexts: tracepoint and ftrace callbacks run in process context, not
 * sleeping; the delete tracepoint with irqs off under the i_pages lock.
 */
#ifndef _CLEANCACHE_H
#define _CLEANCACHE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>
#include <compat/reclaim.h>
#include <tmem/backend.h>
#include "common.h"

/**
 * struct cc_average - of what was measured lately; see cost.c
 * @value: the average
 * @nr: samples, ever
 */
struct cc_average {
	u32 value;
	u32 nr;
};

/**
 * struct cc_disk - what reading from a disk takes; see cost.c
 * @next: when to look again, by whom changes it; jiffies; 0: nobody has yet
 * @nsecs: that its reads had taken then
 * @sectors: that it had read
 * @ios: requests that these were
 * @page_ns: what a page took lately; 0: unknown
 * @request_ns: what a request took lately; 0: unknown
 * @request_pages: how many pages one was for, rounded down, at least 1
 * @said: the log says that its pages are not worth keeping
 */
struct cc_disk {
	unsigned long next;
	u64 nsecs;
	u64 sectors;
	u64 ios;
	u32 page_ns;
	u32 request_ns;
	u32 request_pages;
	bool said;
};

/**
 * struct cc_fs - a mounted file system
 * @hash: in the hash by @sb; fs_lock, RCU
 * @sb: the key; valid only while hashed
 * @wanted: may be cached at all (type, options); constant
 * @shared: has a pool shared by uuid; constant
 * @check_blocks: inodes without blocks keep their data elsewhere (ext4 inline
 *	data) and are left out; constant
 * @by_handle: names are file handles, not inode numbers; constant
 * @uuid: of a shared pool; constant
 * @dead: unmounted; fs_lock
 * @pool: TMEM_NO_BPOOL while there is none; written under fs_mutex, read in
 *	an SRCU read section
 * @epoch: raised when all that is stored has to go; fs_lock, read without
 * @pool_epoch: the epoch that @pool is of: an older one counts as none; as @pool
 * @disk: what it is read from; no lock
 * @ref: one for the hash, one for each cc_inode, one for @work while queued
 * @work: brings @pool in line with @dead, @epoch and the state of the backend
 * @rcu: frees it
 */
struct cc_fs {
	struct hlist_node hash;
	struct super_block *sb;
	bool wanted;
	bool shared;
	bool check_blocks;
	bool by_handle;
	struct tmem_uuid uuid;
	bool dead;
	struct tmem_bpool pool;
	u32 epoch;
	u32 pool_epoch;
	struct cc_disk disk;
	refcount_t ref;
	struct work_struct work;
	struct rcu_head rcu;
};

/* What puts of an inode wait for; see COHERENCY 2 and 3. */
#define CC_WAIT_WRITER	BIT(0)
#define CC_WAIT_DIO	BIT(1)

/**
 * struct cc_range - pages of a file
 * @first: page index
 * @last: page index, inclusive
 */
struct cc_range {
	pgoff_t first, last;
};

static inline void cc_range_add(struct cc_range *range, pgoff_t first, pgoff_t last)
{
	range->first = min(range->first, first);
	range->last = max(range->last, last);
}

static inline bool cc_range_overlaps(const struct cc_range *range, pgoff_t first,
				     pgoff_t last)
{
	return first <= range->last && range->first <= last;
}

/**
 * struct cc_inode - an inode whose pages may be in the store
 * @hash: in the hash by @inode
 * @inode: the key; valid while hashed
 * @fs: with a reference
 * @oid: its name in the store; constant
 * @lock: covers the following; irqsave
 * @wait: CC_WAIT_*: no put before this has been seen to be over
 * @doubt: pages of @doubtful that are in the page cache may not be what is on
 *	disk; see COHERENCY 8
 * @doubtful: valid with @doubt
 * @direct: in the list of those with direct writes that were announced and not seen
 *	to be over; its lock and @lock, to change it
 * @written: by these; valid while in that list
 * @dead: unhashed: no put begins any more
 * @stored: the store may hold pages of it
 * @seq: puts begun, to clear @stored safely
 * @raw: do its pages compress? no lock
 * @reads: how is it read? no lock
 * @pending: struct cc_put under way
 * @orphan: among the dead ones that still have some; see put.c
 * @ref: one for the hash, one for each pending put and reader
 * @rcu: frees it
 */
struct cc_inode {
	struct hlist_node hash;
	struct inode *inode;
	struct cc_fs *fs;
	struct tmem_oid oid;
	spinlock_t lock;
	u8 wait;
	bool doubt;
	struct cc_range doubtful;
	struct list_head direct;
	struct cc_range written;
	bool dead;
	bool stored;
	u32 seq;
	struct cc_raw raw;
	struct cc_reads reads;
	struct list_head pending;
	struct list_head orphan;
	refcount_t ref;
	struct rcu_head rcu;
};

/* fs.c; parameter shared, which only tests change once loaded */
extern char *cc_fs_shared;
int cc_fs_init(void);
void cc_fs_exit(void);
struct cc_fs *cc_fs_find(struct super_block *sb);
struct cc_fs *cc_fs_find_or_add(struct super_block *sb);
bool cc_fs_get(struct cc_fs *fs);
void cc_fs_put(struct cc_fs *fs);
void cc_fs_unmounted(struct super_block *sb);
void cc_fs_backend_up(struct tmem_frontend *fe);
void cc_fs_backend_down(struct tmem_frontend *fe);
void cc_fs_empty(const struct block_device *bdev);
void cc_fs_show_disks(struct seq_file *m);
static inline struct tmem_bpool cc_fs_pool(const struct cc_fs *fs)
{
	/* Pairs with the release in update_pool(): then @pool is that epoch's. */
	if (smp_load_acquire(&fs->pool_epoch) != READ_ONCE(fs->epoch))
		return TMEM_NO_BPOOL;
	return READ_ONCE(fs->pool);
}

/* inode.c */
int cc_inode_init(void);
void cc_inode_exit(void);
struct cc_inode *cc_inode_find(struct inode *inode);
struct cc_inode *cc_inode_get(struct inode *inode);
int cc_inode_add(struct inode *inode, struct cc_fs *fs, unsigned long added,
		 gfp_t gfp);
void cc_inode_ref(struct cc_inode *ci);
void cc_inode_unref(struct cc_inode *ci);
bool cc_inode_stored(struct cc_inode *ci);
void cc_inode_flush(struct inode *inode, pgoff_t first, pgoff_t last);
void cc_inode_changed(struct inode *inode, pgoff_t first, pgoff_t last,
		      u8 wait);
void cc_inode_doubt(struct inode *inode, pgoff_t first, pgoff_t last, u8 wait);
bool cc_inode_doubts(void);
void cc_inode_settled(struct cc_inode *ci);
void cc_inode_over(struct cc_inode *ci);
bool cc_inode_is_direct(const struct cc_inode *ci, pgoff_t first, pgoff_t last);
void cc_inode_set_doubt(struct cc_inode *ci, pgoff_t first, pgoff_t last);
void cc_inode_evicted(struct inode *inode);
void cc_inode_doubt_all(const struct cc_fs *fs);
void cc_inode_for_each(void (*fn)(struct inode *inode));

/* put.c */
void cc_page_removed(struct address_space *mapping, struct folio *folio);
void cc_put_look(struct cc_inode *ci);
void cc_page_added(struct address_space *mapping, struct folio *folio);
void cc_free_folio(struct folio *folio);
void cc_page_leaving(const struct folio *folio);
void cc_pages_changing(void);
u32 cc_put_pending(struct cc_inode *ci, u32 first, unsigned int nr);
void cc_put_cancel(struct cc_inode *ci, pgoff_t first, pgoff_t last);
void cc_put_orphan(struct cc_inode *ci);
bool cc_put_orphaned(const struct cc_fs *fs, const struct tmem_oid *oidp);
void cc_put_exit(void);

/* together.c */
bool cc_held_test(void);
void cc_folios_freed(struct tmem_freed *freed);
#ifdef TMEM_TEST_BUILD
void cc_held_pause(void);
void cc_held_sweep(void);
#endif

/* cost.c */
u64 cc_cost_begin(void);
/* Counts what has been learnt of disks and prices. */
extern atomic_t cc_cost_gen;
void cc_cost_put(u64 begin, unsigned int nr, bool taken);
void cc_cost_got(u64 begin, unsigned int nr, unsigned int hits);
void cc_cost_prices(u32 *put_ns, u32 *get_ns);
void cc_average_add(struct cc_average *avg, u32 now);
void cc_average_fade(struct cc_average *avg, u32 least);
u32 cc_cost_of_page(u64 nsecs, u64 sectors);
enum cc_worth cc_cost_worth(u32 request_ns, u32 request_pages, u32 pages,
			    u32 put_ns, u32 get_ns, enum cc_worth was);
u32 cc_cost_request(const struct cc_disk *disk);
extern int cc_request_us;
void cc_cost_look(struct cc_fs *fs, const struct super_block *sb);
void cc_cost_judge(struct cc_inode *ci);
bool cc_cost_nothing(struct cc_inode *ci);
void cc_cost_turned_away(void);

/* get.c */
void cc_readahead(struct readahead_control *rac);

/* aops.c */
const struct address_space_operations *
cc_aops_original(const struct address_space *mapping);
void cc_aops_attach(struct address_space *mapping, unsigned long added);
void cc_aops_detach_all(void);

/* hooks.c */
int cc_hooks_init(void);
void cc_hooks_detach(void);
void cc_hooks_exit(void);

#endif /* _CLEANCACHE_H */
