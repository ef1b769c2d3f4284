// SPDX-License-Identifier: GPL-2.0
/*
 * inode.c - inodes whose pages may be in the store
 *
 * Purpose: names of inodes in the store, and what happens to stored pages
 * when the file changes under the page cache (COHERENCY 2 to 4).
 *
 * Why this design: state is kept beside the inode, in a hash by its address,
 * because an inode has no room for us.  It is created when a page of the file
 * is added to the page cache and dropped when the inode is evicted.  Losing it
 * is always safe: new state starts out with every suspicion (the store may
 * hold pages, somebody may be writing).
 *
 * Locking: see cleancache.h.
 */
#include <linux/hash.h>
#include <linux/memory.h>
#include <linux/slab.h>
#include <compat/exportfs.h>
#include <compat/rwsem.h>
#include <compat/test_export.h>
#include "cleancache.h"

#define NR_STRIPES	64
/* When it is looked whether direct writes are over: at once, and then in intervals. */
#define LOOK_FIRST	1
#define LOOK_INTERVAL	(HZ / 8)

static struct hlist_head *buckets;
static unsigned int bucket_bits;
static spinlock_t stripes[NR_STRIPES];
static struct kmem_cache *inode_cache;
/* Inodes in doubt, and those with direct writes; hashed, or soon freed. */
static atomic_t nr_doubts;
static LIST_HEAD(directs);	/* those with direct writes; directs_lock */
static DEFINE_SPINLOCK(directs_lock);
static bool all_doubtful;	/* a doubt could not be noted */

static unsigned int bucket_nr(const struct inode *inode)
{
	return hash_ptr(inode, bucket_bits);
}

static spinlock_t *stripe_of(unsigned int nr)
{
	return &stripes[nr % NR_STRIPES];
}

/*
 * The name of an inode, constant for as long as the file is there: COHERENCY 9.
 * Subvolumes of btrfs have the same inode numbers, which its handles tell apart;
 * and clients of a shared pool may not see all that happens to a file, so
 * what they name must never come back.  At most 192 bits, as in the historical
 * cleancache.
 */
static void make_oid(const struct cc_fs *fs, struct inode *inode,
		     struct tmem_oid *oidp)
{
	union {
		struct tmem_oid oid;
		u32 word[6];
		struct fid fid;
	} key = {};
	int len = ARRAY_SIZE(key.word);
	int type = -EOPNOTSUPP;

	static_assert(sizeof(key.word) == sizeof(key.oid),
		      "a file handle fills an oid");
	if (!fs->by_handle) {
		key.oid.oid[0] = inode->i_ino;
		*oidp = key.oid;
		return;
	}
	if (inode->i_sb->s_export_op)
		type = tmem_encode_inode_fh(inode, &key.fid, &len);
	if (type <= 0 || type >= FILEID_INVALID ||
	    len > ARRAY_SIZE(key.word)) {
		memset(&key, 0, sizeof(key));
		key.oid.oid[0] = inode->i_ino;
		key.word[2] = inode->i_generation;
	}
	*oidp = key.oid;
}

/**
 * cc_inode_find - the state of an inode
 * @inode: the inode
 *
 * Context: RCU read section; any but NMI.
 * Return: its state, or NULL.
 */
struct cc_inode *cc_inode_find(struct inode *inode)
{
	struct cc_inode *ci;

	hlist_for_each_entry_rcu(ci, &buckets[bucket_nr(inode)], hash)
		if (ci->inode == inode)
			return ci;
	return NULL;
}
TMEM_EXPORT_FOR_TEST(cc_inode_find);

/**
 * cc_inode_get - the state of an inode, with a reference
 * @inode: the inode
 *
 * Context: any but NMI.
 * Return: its state, to be given to cc_inode_unref(), or NULL.
 */
struct cc_inode *cc_inode_get(struct inode *inode)
{
	struct cc_inode *ci;

	rcu_read_lock();
	ci = cc_inode_find(inode);
	if (ci && !refcount_inc_not_zero(&ci->ref))
		ci = NULL;
	rcu_read_unlock();
	return ci;
}

/**
 * cc_inode_ref - take another reference
 * @ci: the state, of which the caller has one
 *
 * Context: any.
 */
void cc_inode_ref(struct cc_inode *ci)
{
	refcount_inc(&ci->ref);
}

static void cc_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(inode_cache, container_of(rcu, struct cc_inode, rcu));
}

/**
 * cc_inode_unref - drop a reference
 * @ci: the state, which RCU readers may still look at
 *
 * Context: any.
 */
void cc_inode_unref(struct cc_inode *ci)
{
	if (refcount_dec_and_test(&ci->ref)) {
		cc_fs_put(ci->fs);
		call_rcu(&ci->rcu, cc_free_rcu);
	}
}

/*
 * The end of an inode's state; stripe lock held.  No put of it begins any more,
 * and those under way come to nothing.
 */
static void cc_kill(struct cc_inode *ci)
{
	unsigned long flags;

	hlist_del_rcu(&ci->hash);
	spin_lock_irqsave(&ci->lock, flags);
	ci->dead = true;
	cc_inode_settled(ci);
	cc_inode_over(ci);
	cc_put_orphan(ci);
	spin_unlock_irqrestore(&ci->lock, flags);
	cc_inode_unref(ci);
}

/**
 * cc_inode_set_doubt - pages of an inode may not be what is on disk
 * @ci: the inode
 * @first: page index
 * @last: page index, inclusive
 *
 * Context: ci->lock, or nobody else has it yet.
 */
void cc_inode_set_doubt(struct cc_inode *ci, pgoff_t first, pgoff_t last)
{
	if (ci->doubt) {
		cc_range_add(&ci->doubtful, first, last);
		return;
	}
	ci->doubt = true;
	ci->doubtful = (struct cc_range){ first, last };
	atomic_inc(&nr_doubts);
}

/**
 * cc_inode_settled - no page of an inode is in doubt any more
 * @ci: the inode
 *
 * Context: ci->lock held.
 */
void cc_inode_settled(struct cc_inode *ci)
{
	lockdep_assert_held(&ci->lock);
	if (ci->doubt)
		atomic_dec(&nr_doubts);
	ci->doubt = false;
}

/* Note that a direct write has been announced; ci->lock held.  Is it the only one? */
static bool set_direct(struct cc_inode *ci, pgoff_t first, pgoff_t last)
{
	if (!list_empty(&ci->direct)) {
		cc_range_add(&ci->written, first, last);
		return false;
	}
	ci->written = (struct cc_range){ first, last };
	atomic_inc(&nr_doubts);
	spin_lock(&directs_lock);
	list_add_tail(&ci->direct, &directs);
	spin_unlock(&directs_lock);
	return true;
}

/**
 * cc_inode_over - changes of an inode that were announced have come to their end
 * @ci: the inode
 *
 * Context: ci->lock held.
 */
void cc_inode_over(struct cc_inode *ci)
{
	lockdep_assert_held(&ci->lock);
	ci->wait = 0;
	if (list_empty(&ci->direct))
		return;
	spin_lock(&directs_lock);
	list_del_init(&ci->direct);
	spin_unlock(&directs_lock);
	atomic_dec(&nr_doubts);
}

/**
 * cc_inode_is_direct - are these pages of a direct write that may be under way?
 * @ci: the inode
 * @first: page index
 * @last: page index, inclusive
 *
 * Context: ci->lock held.
 * Return: true if so.
 */
bool cc_inode_is_direct(const struct cc_inode *ci, pgoff_t first, pgoff_t last)
{
	lockdep_assert_held(&ci->lock);
	return !list_empty(&ci->direct) &&
	       cc_range_overlaps(&ci->written, first, last);
}

/* Look at each inode with direct writes: are they over? */
static void cc_look(struct work_struct *work)
{
	struct cc_inode *ci;
	LIST_HEAD(todo);
	bool again;

	spin_lock_irq(&directs_lock);
	list_splice_init(&directs, &todo);
	while (!list_empty(&todo)) {
		ci = list_first_entry(&todo, struct cc_inode, direct);
		list_move_tail(&ci->direct, &directs);
		/* The hash has one for as long as it is listed. */
		refcount_inc(&ci->ref);
		spin_unlock_irq(&directs_lock);
		cc_put_look(ci);
		cc_inode_unref(ci);
		cond_resched();
		spin_lock_irq(&directs_lock);
	}
	again = !list_empty(&directs);
	spin_unlock_irq(&directs_lock);
	if (again)
		schedule_delayed_work(to_delayed_work(work), LOOK_INTERVAL);
}

static DECLARE_DELAYED_WORK(look_work, cc_look);

/**
 * cc_inode_doubts - is any inode in doubt, or has direct writes under way?
 *
 * Context: any.
 * Return: true if so.
 */
bool cc_inode_doubts(void)
{
	return atomic_read(&nr_doubts);
}
TMEM_EXPORT_FOR_TEST(cc_inode_doubts);

/*
 * Is there a page that may not be what is on disk?  Those from before we saw the file
 * may be of an earlier epoch, or one that a doubt was about which could not be noted;
 * the folio that has just been added only if what that was about still goes on.
 */
static bool is_doubtful(struct inode *inode, const struct cc_fs *fs, unsigned long added)
{
	bool all = READ_ONCE(all_doubtful);

	if (inode->i_mapping->nrpages > added)
		return all || READ_ONCE(fs->epoch);
	return all && (atomic_read(&inode->i_dio_count) ||
		       tmem_rwsem_is_write_locked(&inode->i_rwsem));
}

/**
 * cc_inode_add - make the state of an inode
 * @inode: the inode, of a regular file, with a page just added and locked
 * @fs: its file system
 * @added: pages of that page's folio
 * @gfp: may not sleep
 *
 * Context: RCU read section, process, irqs on; does not sleep.
 * Return: 0; -ENOMEM; -ENOENT: unmounted; -EAGAIN: not now, see put.c.
 */
int cc_inode_add(struct inode *inode, struct cc_fs *fs, unsigned long added,
		 gfp_t gfp)
{
	unsigned int nr = bucket_nr(inode);
	struct cc_inode *ci, *old;
	int ret = 0;

	/* Found under RCU, it may have been unmounted since. */
	if (!cc_fs_get(fs))
		return -ENOENT;
	ci = kmem_cache_alloc(inode_cache, gfp | __GFP_NOWARN);
	if (!ci) {
		cc_fs_put(fs);
		return -ENOMEM;
	}
	ci->inode = inode;
	ci->fs = fs;
	make_oid(fs, inode, &ci->oid);
	spin_lock_init(&ci->lock);
	ci->wait = CC_WAIT_WRITER | CC_WAIT_DIO;
	ci->doubt = false;
	ci->dead = false;
	ci->stored = true;
	ci->seq = 0;
	ci->raw = (struct cc_raw){};
	ci->reads = (struct cc_reads){};
	INIT_LIST_HEAD(&ci->pending);
	INIT_LIST_HEAD(&ci->orphan);
	INIT_LIST_HEAD(&ci->direct);
	refcount_set(&ci->ref, 1);

	spin_lock(stripe_of(nr));
	old = cc_inode_find(inode);
	if (old && (old->fs != fs || tmem_oid_compare(&old->oid, &ci->oid))) {
		/* cannot happen unless an inode was freed behind our back */
		cc_kill(old);
		old = NULL;
	}
	if (!old && cc_put_orphaned(fs, &ci->oid)) {
		ret = -EAGAIN;
	} else if (!old) {
		if (is_doubtful(inode, fs, added))
			cc_inode_set_doubt(ci, 0, ULONG_MAX);
		hlist_add_head_rcu(&ci->hash, &buckets[nr]);
	}
	spin_unlock(stripe_of(nr));

	if (old || ret)
		cc_inode_unref(ci);
	return ret;
}

/**
 * cc_inode_stored - may the store hold pages of an inode?
 * @ci: the inode
 *
 * If it says no, that is so until the next put of it begins, which raises
 * ci->seq under ci->lock; those that were under way before have been seen there.
 *
 * Context: any but NMI; an SRCU or RCU read section that keeps the pool.
 * Return: false if it does not.
 */
bool cc_inode_stored(struct cc_inode *ci)
{
	unsigned long flags;
	bool busy;
	u32 seq;

	if (!READ_ONCE(ci->stored))
		return false;
	spin_lock_irqsave(&ci->lock, flags);
	seq = ci->seq;
	busy = !list_empty(&ci->pending);
	spin_unlock_irqrestore(&ci->lock, flags);
	if (busy || tmem_backend_holds(cc_fs_pool(ci->fs), &ci->oid))
		return true;
	spin_lock_irqsave(&ci->lock, flags);
	if (ci->seq == seq)
		WRITE_ONCE(ci->stored, false);
	spin_unlock_irqrestore(&ci->lock, flags);
	return READ_ONCE(ci->stored);
}

static void flush_pool(struct tmem_bpool pool, const struct tmem_oid *oidp,
		       pgoff_t first, pgoff_t last)
{
	if (pool.id < 0 || first > U32_MAX)
		return;
	cc_count(invalidates);
	if (first == last)
		tmem_backend_flush_page(pool, oidp, first);
	else if (!first && last >= U32_MAX)
		tmem_backend_flush_object(pool, oidp);
	else
		tmem_backend_flush_range(pool, oidp, first,
					 min_t(pgoff_t, last, U32_MAX));
}

static void flush_known(struct cc_inode *ci, pgoff_t first, pgoff_t last)
{
	bool all = !first && last >= U32_MAX;
	unsigned long flags;
	u32 seq;

	if (!READ_ONCE(ci->stored))
		return;
	/*
	 * Nothing is stored afterwards if no put was under way when the flush
	 * began and none has begun since.  One that was, and is over by then,
	 * may have stored its page after the flush had passed.
	 */
	spin_lock_irqsave(&ci->lock, flags);
	seq = ci->seq;
	all = all && list_empty(&ci->pending);
	spin_unlock_irqrestore(&ci->lock, flags);
	flush_pool(cc_fs_pool(ci->fs), &ci->oid, first, last);
	if (!all)
		return;
	spin_lock_irqsave(&ci->lock, flags);
	if (ci->seq == seq)
		ci->stored = false;
	spin_unlock_irqrestore(&ci->lock, flags);
}

/**
 * cc_inode_flush - drop stored pages of an inode
 * @inode: the inode, of a regular file
 * @first: first page index
 * @last: last page index, inclusive
 *
 * Context: any but NMI, also with irqs off under the i_pages lock.
 */
void cc_inode_flush(struct inode *inode, pgoff_t first, pgoff_t last)
{
	struct tmem_bpool pool = TMEM_NO_BPOOL;
	struct cc_inode *ci;
	struct tmem_oid oid;
	struct cc_fs *fs;
	int idx;

	/* As long as the file is big: not in one RCU read section. */
	idx = srcu_read_lock(&cc_srcu);
	ci = cc_inode_get(inode);
	if (ci) {
		flush_known(ci, first, last);
		cc_inode_unref(ci);
	} else {
		rcu_read_lock();
		fs = cc_fs_find(inode->i_sb);
		if (fs) {
			pool = cc_fs_pool(fs);
			make_oid(fs, inode, &oid);
		}
		rcu_read_unlock();
		if (pool.id >= 0)
			flush_pool(pool, &oid, first, last);
	}
	srcu_read_unlock(&cc_srcu, idx);
}
TMEM_EXPORT_FOR_TEST(cc_inode_flush);

/*
 * The state of an inode of which something is to be noted: made, if there is none.
 * A file system that is not wanted has none.  RCU read section.
 */
static struct cc_inode *cc_need(struct inode *inode, bool *wanted)
{
	struct cc_fs *fs = cc_fs_find_or_add(inode->i_sb);
	struct cc_inode *ci;

	*wanted = !fs || fs->wanted;
	if (!*wanted)
		return NULL;
	ci = cc_inode_find(inode);
	/* What cannot be noted of one is said of all. */
	if (!ci && fs && !cc_inode_add(inode, fs, 0, GFP_ATOMIC))
		ci = cc_inode_find(inode);
	return ci;
}

static void note_doubt(struct cc_inode *ci, pgoff_t first, pgoff_t last,
		       u8 wait)
{
	unsigned long flags;

	spin_lock_irqsave(&ci->lock, flags);
	ci->wait |= wait;
	cc_inode_set_doubt(ci, first, last);
	cc_put_cancel(ci, first, last);
	spin_unlock_irqrestore(&ci->lock, flags);
}

/* A doubt for which there is no state: of all files whose state is made from now on. */
static void doubt_all(struct inode *inode, pgoff_t first, pgoff_t last, u8 wait)
{
	struct cc_inode *ci;

	WRITE_ONCE(all_doubtful, true);
	/* Somebody may have made one meanwhile, before he could see that. */
	spin_lock(stripe_of(bucket_nr(inode)));
	ci = cc_inode_find(inode);
	if (ci)
		note_doubt(ci, first, last, wait);
	spin_unlock(stripe_of(bucket_nr(inode)));
}

/**
 * cc_inode_changed - blocks of a file are about to change on disk
 * @inode: the inode
 * @first: first page index of what changes
 * @last: last page index, inclusive, partial pages included
 * @wait: CC_WAIT_*: how the end of the change is seen
 *
 * The caller holds i_rwsem as COHERENCY 2 or 3 has it.
 *
 * Context: process; does not sleep.
 */
void cc_inode_changed(struct inode *inode, pgoff_t first, pgoff_t last, u8 wait)
{
	bool direct = wait & CC_WAIT_DIO && !cc_broken(CC_BREAK_DOUBT);
	bool wanted = false, look = false;
	struct cc_inode *ci;
	unsigned long flags;

	if (!S_ISREG(inode->i_mode))
		return;
	rcu_read_lock();
	ci = direct ? cc_need(inode, &wanted) : cc_inode_find(inode);
	if (ci) {
		spin_lock_irqsave(&ci->lock, flags);
		ci->wait |= wait;
		if (direct && !ci->dead)
			look = set_direct(ci, first, last);
		cc_put_cancel(ci, first, last);
		spin_unlock_irqrestore(&ci->lock, flags);
	} else if (wanted) {
		doubt_all(inode, first, last, wait);
	}
	rcu_read_unlock();
	if (look)
		schedule_delayed_work(&look_work, LOOK_FIRST);
	if (direct)
		/* Pairs with that of on_add(): who does not see this is seen by the caller. */
		smp_mb();
	cc_inode_flush(inode, first, last);
}

/**
 * cc_inode_doubt - pages in the page cache may not be what is on disk
 * @inode: the inode
 * @first: first page index of the range
 * @last: last page index, inclusive
 * @wait: CC_WAIT_*: how the end of the change is seen
 *
 * See COHERENCY 8.  The caller holds i_rwsem as COHERENCY 2 or 3 has it.
 *
 * Context: process; does not sleep.
 */
void cc_inode_doubt(struct inode *inode, pgoff_t first, pgoff_t last, u8 wait)
{
	struct cc_inode *ci;
	bool wanted;

	if (!S_ISREG(inode->i_mode) || cc_broken(CC_BREAK_DOUBT))
		return;
	rcu_read_lock();
	ci = cc_need(inode, &wanted);
	if (ci)
		note_doubt(ci, first, last, wait);
	else if (wanted)
		doubt_all(inode, first, last, wait);
	rcu_read_unlock();
	if (wanted)
		cc_inode_flush(inode, first, last);
}

/**
 * cc_inode_evicted - an inode leaves memory
 * @inode: the inode, in its final truncate
 *
 * Stored pages stay, for when it comes back, unless the file is deleted or is
 * one to be left out: COHERENCY 4.
 *
 * Context: process; does not sleep.
 */
void cc_inode_evicted(struct inode *inode)
{
	unsigned int nr = bucket_nr(inode);
	struct cc_inode *ci;

	if (!S_ISREG(inode->i_mode))
		return;
	rcu_read_lock();
	spin_lock(stripe_of(nr));
	ci = cc_inode_find(inode);
	if (ci)
		cc_kill(ci);
	spin_unlock(stripe_of(nr));
	rcu_read_unlock();
	if ((!inode->i_nlink || cc_inode_excluded(inode)) &&
	    !cc_broken(CC_BREAK_EVICT))
		cc_inode_flush(inode, 0, ULONG_MAX);
}

/**
 * cc_inode_doubt_all - the same for all files of a file system
 * @fs: the file system
 *
 * Context: process; may sleep.
 */
void cc_inode_doubt_all(const struct cc_fs *fs)
{
	struct cc_inode *ci;
	unsigned int nr;

	for (nr = 0; nr < 1U << bucket_bits; nr++) {
		spin_lock(stripe_of(nr));
		hlist_for_each_entry(ci, &buckets[nr], hash)
			if (ci->fs == fs && READ_ONCE(ci->inode->i_data.nrpages))
				note_doubt(ci, 0, ULONG_MAX, 0);
		spin_unlock(stripe_of(nr));
		cond_resched();
	}
}

/**
 * cc_inode_for_each - call a function for every inode with state
 * @fn: must not sleep; the inode is not freed while it runs
 *
 * Context: process.
 */
void cc_inode_for_each(void (*fn)(struct inode *inode))
{
	struct cc_inode *ci;
	unsigned int nr;

	for (nr = 0; nr < 1U << bucket_bits; nr++) {
		spin_lock(stripe_of(nr));
		hlist_for_each_entry(ci, &buckets[nr], hash)
			fn(ci->inode);
		spin_unlock(stripe_of(nr));
		cond_resched();
	}
}

/**
 * cc_inode_init - get ready
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int cc_inode_init(void)
{
	unsigned int i;

	/* About one bucket for every 16 pages of RAM: 32 KiB for 256 MiB. */
	bucket_bits = clamp(ilog2(totalram_pages() | 1) - 4, 8, 16);
	buckets = kvcalloc(1U << bucket_bits, sizeof(*buckets), GFP_KERNEL);
	if (!buckets)
		return -ENOMEM;
	inode_cache = kmem_cache_create("tmem_cc_inode",
					sizeof(struct cc_inode), 0, 0, NULL);
	if (!inode_cache) {
		kvfree(buckets);
		return -ENOMEM;
	}
	for (i = 0; i < NR_STRIPES; i++)
		spin_lock_init(&stripes[i]);
	return 0;
}

/**
 * cc_inode_exit - forget all inodes
 *
 * Context: process; sleeps; all hooks are off and nothing is pending.
 */
void cc_inode_exit(void)
{
	struct hlist_node *tmp;
	struct cc_inode *ci;
	unsigned int nr;

	cancel_delayed_work_sync(&look_work);
	for (nr = 0; nr < 1U << bucket_bits; nr++)
		hlist_for_each_entry_safe(ci, tmp, &buckets[nr], hash) {
			hlist_del_rcu(&ci->hash);
			cc_inode_unref(ci);
		}
	rcu_barrier();
	kmem_cache_destroy(inode_cache);
	kvfree(buckets);
}
