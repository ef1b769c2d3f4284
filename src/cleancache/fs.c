// SPDX-License-Identifier: GPL-2.0
/*
 * fs.c - mounted file systems and their pools
 *
 * Purpose: which file systems are cached, and the life of their pools.
 *
 * Why this design: a file system is met in a tracepoint, where nothing can
 * sleep, and a pool is created and destroyed by calls that do.  So what is
 * met is entered in a hash and a worker makes the pool.  Until it is there
 * the file system is simply not cached.
 *
 * Invariants: an entry is added only for a super block that is mounted
 * (s_root and SB_ACTIVE), and taken out in evict_inodes(), when it is neither
 * any more.  So a new super block at the same address never finds the entry,
 * and never the pool, of an old one.
 *
 * Locking: fs_lock for the hash and @dead, fs_mutex around work on pools.
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/hashtable.h>
#include <linux/magic.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include <compat/test_export.h>
#include "cleancache.h"

#define FS_HASH_BITS	6

static DEFINE_HASHTABLE(fs_hash, FS_HASH_BITS);
static DEFINE_SPINLOCK(fs_lock);
static DEFINE_MUTEX(fs_mutex);
static bool backend_up;			/* fs_mutex */
static struct workqueue_struct *fs_wq;	/* ordered: old pools go first */

/* File systems that the hooks were proven on. */
static const char * const known_types[] = {
	"ext2", "ext3", "ext4", "xfs", "btrfs",
};

char *cc_fs_shared;
TMEM_EXPORT_FOR_TEST(cc_fs_shared);
module_param_named(shared, cc_fs_shared, charp, 0444);
MODULE_PARM_DESC(shared, "file system types whose pool is shared by uuid among clients (cluster file systems), separated by commas");

static bool type_wanted(const char *name)
{
	if (cc_type_excluded(name))
		return false;
	return match_string(known_types, ARRAY_SIZE(known_types), name) >= 0 ||
	       cc_in_list(cc_fs_shared, name);
}

/**
 * cc_fs_get - take a reference
 * @fs: the file system's entry; found under RCU, or held
 *
 * Context: any.
 * Return: false if the last reference has gone, and the entry is about to go.
 */
bool cc_fs_get(struct cc_fs *fs)
{
	return refcount_inc_not_zero(&fs->ref);
}

/**
 * cc_fs_put - drop a reference
 * @fs: the entry, which RCU readers may still look at
 *
 * Context: any.
 */
void cc_fs_put(struct cc_fs *fs)
{
	if (refcount_dec_and_test(&fs->ref))
		kfree_rcu(fs, rcu);
}

/* Bring fs->pool in line with what it should be; fs_mutex held. */
static void update_pool(struct cc_fs *fs)
{
	/* One that is raised from here on queues the work again. */
	u32 epoch = READ_ONCE(fs->epoch);
	struct tmem_bpool pool = fs->pool;
	int ret;

	lockdep_assert_held(&fs_mutex);
	if (pool.id >= 0 && epoch != fs->pool_epoch) {
		WRITE_ONCE(fs->pool, TMEM_NO_BPOOL);
		synchronize_srcu(&cc_srcu);
		tmem_backend_destroy_pool(&pool);
		pool = TMEM_NO_BPOOL;
	}
	/* What is in the page cache is of an earlier epoch: rule 8. */
	if (epoch != fs->pool_epoch)
		cc_inode_doubt_all(fs);
	/*
	 * Whoever sees that sees @pool, which is none now or of this epoch, and the
	 * doubts.
	 */
	smp_store_release(&fs->pool_epoch, epoch);
	if (backend_up && !READ_ONCE(fs->dead)) {
		if (pool.id >= 0)
			return;
		if (fs->shared && !tmem_backend_is_shared()) {
			pr_notice_once("parameter shared: the embedded store is shared with nobody: those file systems are not cached\n");
			return;
		}
		ret = tmem_backend_new_pool(&pool,
					    fs->shared ? &fs->uuid : NULL,
					    fs->shared ? TMEM_POOL_SHARED : 0);
		if (ret)
			pr_notice("no pool for a file system (%d): it is not cached\n",
				  ret);
		else
			WRITE_ONCE(fs->pool, pool);
	} else if (pool.id >= 0) {
		WRITE_ONCE(fs->pool, TMEM_NO_BPOOL);
		synchronize_srcu(&cc_srcu);
		tmem_backend_destroy_pool(&pool);
	}
}

static void fs_work(struct work_struct *work)
{
	struct cc_fs *fs = container_of(work, struct cc_fs, work);

	mutex_lock(&fs_mutex);
	update_pool(fs);
	mutex_unlock(&fs_mutex);
	cc_fs_put(fs);
}

static void schedule_update(struct cc_fs *fs)
{
	if (cc_fs_get(fs) && !queue_work(fs_wq, &fs->work))
		cc_fs_put(fs);
}

/**
 * cc_fs_find - the entry of a mounted file system
 * @sb: its super block
 *
 * Context: RCU read section; any but NMI.
 * Return: the entry, or NULL.
 */
struct cc_fs *cc_fs_find(struct super_block *sb)
{
	struct cc_fs *fs;

	hash_for_each_possible_rcu(fs_hash, fs, hash, (unsigned long)sb)
		if (fs->sb == sb)
			return fs;
	return NULL;
}
TMEM_EXPORT_FOR_TEST(cc_fs_find);

static void fs_fill(struct cc_fs *fs, struct super_block *sb)
{
	const char *type = sb->s_type->name;

	fs->sb = sb;
	fs->wanted = type_wanted(type);
	fs->check_blocks = sb->s_magic == EXT4_SUPER_MAGIC;
	fs->by_handle = sb->s_magic == BTRFS_SUPER_MAGIC ||
			cc_broken(CC_BREAK_NAME);
	fs->pool = TMEM_NO_BPOOL;
	if (cc_in_list(cc_fs_shared, type)) {
		static_assert(sizeof(fs->uuid) == sizeof(sb->s_uuid),
			      "a shared pool is named by the 128-bit fs uuid");
		memcpy(&fs->uuid, &sb->s_uuid, sizeof(fs->uuid));
		fs->shared = true;
		fs->by_handle = true;
		/* Everybody without a uuid would share one pool. */
		if (uuid_is_null(&sb->s_uuid))
			fs->wanted = false;
	}
	refcount_set(&fs->ref, 1);
	INIT_WORK(&fs->work, fs_work);
}

/**
 * cc_fs_find_or_add - the entry of a mounted file system, made if need be
 * @sb: its super block
 *
 * Entries are also made for file systems that are not wanted, so that the
 * question is asked once.
 *
 * Context: RCU read section, process, irqs on; does not sleep.
 * Return: the entry, or NULL: not (or no longer) mounted, or no memory.
 */
struct cc_fs *cc_fs_find_or_add(struct super_block *sb)
{
	struct cc_fs *fs = cc_fs_find(sb), *other;
	unsigned long flags;

	if (fs)
		return fs;
	fs = kzalloc(sizeof(*fs), GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC);
	if (!fs)
		return NULL;
	fs_fill(fs, sb);

	spin_lock_irqsave(&fs_lock, flags);
	other = cc_fs_find(sb);
	if (!other && READ_ONCE(sb->s_root) && (sb->s_flags & SB_ACTIVE)) {
		hash_add_rcu(fs_hash, &fs->hash, (unsigned long)sb);
		if (fs->wanted)
			schedule_update(fs);
		other = fs;
		fs = NULL;
	}
	spin_unlock_irqrestore(&fs_lock, flags);
	kfree(fs);
	return other;
}
TMEM_EXPORT_FOR_TEST(cc_fs_find_or_add);

/**
 * cc_fs_unmounted - a file system goes away
 * @sb: its super block, in evict_inodes(): no s_root and not SB_ACTIVE
 *
 * Its pool is destroyed later, by the worker.
 *
 * Context: process; does not sleep.
 */
void cc_fs_unmounted(struct super_block *sb)
{
	unsigned long flags;
	struct cc_fs *fs;

	rcu_read_lock();
	spin_lock_irqsave(&fs_lock, flags);
	fs = cc_fs_find(sb);
	if (fs) {
		hash_del_rcu(&fs->hash);
		WRITE_ONCE(fs->dead, true);
		schedule_update(fs);
	}
	spin_unlock_irqrestore(&fs_lock, flags);
	rcu_read_unlock();
	if (fs)
		cc_fs_put(fs);
}
TMEM_EXPORT_FOR_TEST(cc_fs_unmounted);

/**
 * cc_fs_empty - nothing that is stored may be asked for any more
 * @bdev: of the file system on this device, and of those that are on several;
 *	NULL: of any
 *
 * What is in shared pools is others', too, and stays.  The memory is free when
 * the worker has been there.
 *
 * Context: process; does not sleep.
 */
void cc_fs_empty(const struct block_device *bdev)
{
	const struct block_device *dev;
	unsigned long flags;
	struct cc_fs *fs;
	int bkt;

	if (cc_broken(CC_BREAK_EMPTY))
		return;
	spin_lock_irqsave(&fs_lock, flags);
	hash_for_each(fs_hash, bkt, fs, hash) {
		dev = fs->sb->s_bdev;
		/* One that does not say where it is (btrfs) may be there. */
		if (!fs->wanted || fs->shared || (bdev && dev && dev != bdev))
			continue;
		WRITE_ONCE(fs->epoch, fs->epoch + 1);
		schedule_update(fs);
	}
	spin_unlock_irqrestore(&fs_lock, flags);
}
TMEM_EXPORT_FOR_TEST(cc_fs_empty);

static int empty_set(const char *val, const struct kernel_param *kp)
{
	bool yes;

	if (kstrtobool(val, &yes) || !yes) {
		pr_err("parameter empty=%s: takes 1\n", val);
		return -EINVAL;
	}
	/* Nothing is stored yet, or any more. */
	if (!fs_wq)
		return 0;
	cc_fs_empty(NULL);
	flush_workqueue(fs_wq);
	return 0;
}

static const struct kernel_param_ops empty_ops = {
	.set = empty_set,
};

module_param_cb(empty, &empty_ops, NULL, 0200);
MODULE_PARM_DESC(empty, "writing 1 drops all stored pages of files, but for those of shared pools");

/**
 * cc_fs_show_disks - what reading takes of the disks of all file systems
 * @m: where to
 *
 * Context: process.
 */
void cc_fs_show_disks(struct seq_file *m)
{
	struct cc_fs *fs;
	int bkt;

	rcu_read_lock();
	hash_for_each_rcu(fs_hash, bkt, fs, hash)
		if (fs->wanted)
			seq_printf(m, "%s %u %u\n", fs->sb->s_id,
				   cc_cost_request(&fs->disk),
				   READ_ONCE(fs->disk.request_pages));
	rcu_read_unlock();
}

/* Let every file system see the new state of the backend. */
static void set_backend_up(bool up)
{
	unsigned long flags;
	struct cc_fs *fs;
	int bkt;

	mutex_lock(&fs_mutex);
	backend_up = up;
	mutex_unlock(&fs_mutex);
	spin_lock_irqsave(&fs_lock, flags);
	hash_for_each(fs_hash, bkt, fs, hash)
		if (fs->wanted)
			schedule_update(fs);
	spin_unlock_irqrestore(&fs_lock, flags);
}

/**
 * cc_fs_backend_up - a backend is there: make pools
 * @fe: the frontend
 *
 * Context: process; sleeps.
 */
void cc_fs_backend_up(struct tmem_frontend *fe)
{
	set_backend_up(true);
}

/**
 * cc_fs_backend_down - the backend is about to go: drop the pools
 * @fe: the frontend
 *
 * Context: process; sleeps until no pool is left.
 */
void cc_fs_backend_down(struct tmem_frontend *fe)
{
	set_backend_up(false);
	flush_workqueue(fs_wq);
}

/**
 * cc_fs_init - get ready
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int cc_fs_init(void)
{
	fs_wq = alloc_ordered_workqueue("tmem_cleancache", 0);
	return fs_wq ? 0 : -ENOMEM;
}

/**
 * cc_fs_exit - forget all file systems
 *
 * Context: process; sleeps; the hooks and the backend are off.
 */
void cc_fs_exit(void)
{
	struct workqueue_struct *wq;
	struct hlist_node *tmp;
	struct cc_fs *fs;
	int bkt;

	/* The file of parameter empty is there for some time yet. */
	kernel_param_lock(THIS_MODULE);
	wq = fs_wq;
	fs_wq = NULL;
	kernel_param_unlock(THIS_MODULE);
	destroy_workqueue(wq);
	hash_for_each_safe(fs_hash, bkt, tmp, fs, hash) {
		hash_del_rcu(&fs->hash);
		cc_fs_put(fs);
	}
}
