// SPDX-License-Identifier: GPL-2.0
/*
 * hooks.c - attachment to the kernel
 *
 * Purpose: have the other files called when something happens to the page
 * cache; nothing else.
 *
 * Why this design: functions are hooked by ftrace, not by kprobes.  The hooks
 * that tell of changes on disk are what coherency rests on, and a kprobe can
 * be switched off for all (debugfs kprobes/enabled) and skips calls that it
 * meets while another one runs.  An ftrace_ops with FTRACE_OPS_FL_PERMANENT
 * cannot be switched off (kernel.ftrace_enabled=0 is refused, as for live
 * patches).  If ftrace fails, it leaves its calls in the kernel for ever
 * (ftrace_kill()), and then this module stays.  That each hook fires is tested
 * before anything is stored: a compiler may have inlined a call within a file
 * of the kernel's.  Between files only full LTO does that, which is refused
 * (Kbuild).
 *
 * What the kernel exports is hooked by its address.  To look for a name ftrace
 * makes up the names of all functions that it knows: 50000 or more, in 180
 * million instructions each time.
 *
 * Locking: none; callbacks are called with what the hooked code holds.
 */
#define pr_fmt(fmt) "tmem_cleancache: " fmt

#include <linux/magic.h>
#include <linux/sched.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <linux/tracepoint.h>
#include <compat/blkdev.h>
#include <compat/ftrace.h>
#include <compat/reclaim.h>
#include "cleancache.h"

/**
 * struct cc_hook - a hooked function
 * @name: of the function; NULL: tmem_freed_function()
 * @addr: its address; 0: it is not exported
 * @ops: ftrace's
 * @optional: without it, less is stored, or takes more room
 * @on: registered
 */
struct cc_hook {
	const char *name;
	unsigned long addr;
	struct ftrace_ops ops;
	bool optional;
	bool on;
};

/* Stand in for a file's in the test of the hooks. */
static struct address_space test_mapping;
static struct inode test_inode;
static struct file test_file;
static atomic_t test_hits;

static bool is_test(const struct address_space *mapping)
{
	if (likely(mapping != &test_mapping))
		return false;
	atomic_inc(&test_hits);
	return true;
}

/* truncate_inode_pages_range(mapping, lstart, lend) */
static void notrace on_truncate(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *op,
				struct ftrace_regs *fregs)
{
	struct address_space *mapping =
		(void *)ftrace_regs_get_argument(fregs, 0);
	loff_t lstart = ftrace_regs_get_argument(fregs, 1);
	loff_t lend = ftrace_regs_get_argument(fregs, 2);

	if (is_test(mapping) || !mapping->host)
		return;
	cc_pages_changing();
	if (mapping_exiting(mapping))
		cc_inode_evicted(mapping->host);
	else if (!cc_broken(CC_BREAK_TRUNCATE))
		cc_inode_changed(mapping->host, lstart >> PAGE_SHIFT,
				 lend == -1 ? ULONG_MAX : lend >> PAGE_SHIFT,
				 CC_WAIT_WRITER);
}

/* invalidate_inode_pages2_range(mapping, start, end) */
static void notrace on_invalidate(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *op,
				  struct ftrace_regs *fregs)
{
	struct address_space *mapping =
		(void *)ftrace_regs_get_argument(fregs, 0);

	if (is_test(mapping) || !mapping->host)
		return;
	cc_pages_changing();
	if (!cc_broken(CC_BREAK_DIO))
		cc_inode_changed(mapping->host,
				 ftrace_regs_get_argument(fregs, 1),
				 ftrace_regs_get_argument(fregs, 2),
				 CC_WAIT_WRITER | CC_WAIT_DIO);
}

#ifdef TMEM_HAVE_filemap_invalidate_inode
/*
 * filemap_invalidate_inode(inode, flush, start, end), which does not get as far
 * as invalidate_inode_pages2_range() when no page of the file is in the cache.
 */
static void notrace on_invalidate_inode(unsigned long ip,
					unsigned long parent_ip,
					struct ftrace_ops *op,
					struct ftrace_regs *fregs)
{
	struct inode *inode = (void *)ftrace_regs_get_argument(fregs, 0);
	loff_t start = ftrace_regs_get_argument(fregs, 2);
	loff_t end = ftrace_regs_get_argument(fregs, 3);

	if (inode == &test_inode)
		atomic_inc(&test_hits);
	else if (!cc_broken(CC_BREAK_DIO))
		cc_inode_changed(inode, start >> PAGE_SHIFT,
				 end == LLONG_MAX ? ULONG_MAX : end >> PAGE_SHIFT,
				 CC_WAIT_WRITER | CC_WAIT_DIO);
}
#endif

/*
 * inode_dio_wait(inode).  Of its callers only swapon has a swap file: it has
 * just marked it, and swap is about to be written past the page cache.
 */
static void notrace on_dio_wait(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *op,
				struct ftrace_regs *fregs)
{
	struct inode *inode = (void *)ftrace_regs_get_argument(fregs, 0);

	if (inode == &test_inode)
		atomic_inc(&test_hits);
	else if (IS_SWAPFILE(inode))
		cc_inode_doubt(inode, 0, ULONG_MAX,
			       CC_WAIT_WRITER | CC_WAIT_DIO);
}

/*
 * unlock_two_nondirectories(inode1, inode2).  On ext4 it is the end of
 * EXT4_IOC_MOVE_EXT, with the donor second, or of a swap with the boot loader's
 * inode, of which no page is left.
 */
static void notrace on_unlock_two(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *op,
				  struct ftrace_regs *fregs)
{
	struct inode *inode = (void *)ftrace_regs_get_argument(fregs, 1);

	if (inode == &test_inode)
		atomic_inc(&test_hits);
	else if (inode && inode->i_sb->s_magic == EXT4_SUPER_MAGIC)
		cc_inode_doubt(inode, 0, ULONG_MAX, CC_WAIT_WRITER);
}

/*
 * generic_remap_file_range_prep(file_in, pos_in, file_out, pos_out, len,
 * remap_flags), which every file system calls before it makes a reflink.
 * A length of 0 means up to the end of the source.  Nothing changes if the
 * contents are found to be the same before.
 */
static void notrace on_remap(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	struct inode *inode =
		file_inode((void *)ftrace_regs_get_argument(fregs, 2));
	loff_t pos = ftrace_regs_get_argument(fregs, 3);
	loff_t len = *(loff_t *)ftrace_regs_get_argument(fregs, 4);
	unsigned int flags = ftrace_regs_get_argument(fregs, 5);

	if (inode == &test_inode)
		atomic_inc(&test_hits);
	else if (!(flags & REMAP_FILE_DEDUP) && pos >= 0)
		cc_inode_doubt(inode, pos >> PAGE_SHIFT,
			       len <= 0 ? ULONG_MAX :
			       (u64)(pos + len - 1) >> PAGE_SHIFT,
			       CC_WAIT_WRITER);
}

#ifdef RWF_DONTCACHE
/*
 * folio_unmap_invalidate(mapping, folio, gfp).  Without gfp it is the end of a read
 * or write with RWF_DONTCACHE, which takes out what it has brought in; nothing has
 * changed on disk.
 */
static void notrace on_unmap_invalidate(unsigned long ip,
					unsigned long parent_ip,
					struct ftrace_ops *op,
					struct ftrace_regs *fregs)
{
	struct address_space *mapping =
		(void *)ftrace_regs_get_argument(fregs, 0);
	const struct folio *folio = (void *)ftrace_regs_get_argument(fregs, 1);
	gfp_t gfp = (__force gfp_t)ftrace_regs_get_argument(fregs, 2);

	if (!gfp && cc_aops_original(mapping))
		cc_page_leaving(folio);
}
#endif

/* evict_inodes(sb), by generic_shutdown_super() */
static void notrace on_evict_inodes(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *op,
				    struct ftrace_regs *fregs)
{
	cc_fs_unmounted((void *)ftrace_regs_get_argument(fregs, 0));
}

/* drop_caches_sysctl_handler(table, write, text, ...): bit 0 is the page cache */
static void notrace on_drop_caches(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *op,
				   struct ftrace_regs *fregs)
{
	const char *text = (void *)ftrace_regs_get_argument(fregs, 2);
	unsigned long value;

	if (!ftrace_regs_get_argument(fregs, 1) || !text)
		return;
	/* What cannot be read may be anything. */
	if (kstrtoul(skip_spaces(text), 0, &value) || value & 1)
		cc_fs_empty(NULL);
}

/* invalidate_bdev(bdev), by BLKFLSBUF and for a remount; bdev_thaw(bdev) */
static void notrace on_device(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	const struct block_device *bdev =
		(void *)ftrace_regs_get_argument(fregs, 0);

	if (bdev)
		cc_fs_empty(bdev);
}

/* What is called first for folios that are about to be freed, see compat/reclaim.h */
static void notrace on_freed(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	cc_folios_freed((void *)ftrace_regs_get_argument(fregs, 0));
}

#define HOOK_FLAGS (FTRACE_OPS_FL_PERMANENT | TMEM_FTRACE_OPS_FL_ARGS)

static struct cc_hook hooks[] = {
	{ "truncate_inode_pages_range",
	  (unsigned long)truncate_inode_pages_range,
	  { .func = on_truncate, .flags = HOOK_FLAGS } },
	{ "invalidate_inode_pages2_range",
	  (unsigned long)invalidate_inode_pages2_range,
	  { .func = on_invalidate, .flags = HOOK_FLAGS } },
#ifdef TMEM_HAVE_filemap_invalidate_inode
	{ "filemap_invalidate_inode",
	  (unsigned long)filemap_invalidate_inode,
	  { .func = on_invalidate_inode, .flags = HOOK_FLAGS } },
#endif
	{ "inode_dio_wait",
	  (unsigned long)inode_dio_wait,
	  { .func = on_dio_wait, .flags = HOOK_FLAGS } },
	{ "unlock_two_nondirectories",
	  (unsigned long)unlock_two_nondirectories,
	  { .func = on_unlock_two, .flags = HOOK_FLAGS } },
	{ "generic_remap_file_range_prep",
	  (unsigned long)generic_remap_file_range_prep,
	  { .func = on_remap, .flags = HOOK_FLAGS } },
	{ "evict_inodes",
	  (unsigned long)evict_inodes,
	  { .func = on_evict_inodes, .flags = HOOK_FLAGS } },
	{ "invalidate_bdev",
	  (unsigned long)invalidate_bdev,
	  { .func = on_device, .flags = HOOK_FLAGS } },
	{ __stringify(tmem_bdev_thaw), (unsigned long)tmem_bdev_thaw,
	  { .func = on_device, .flags = HOOK_FLAGS } },
	{ NULL, 0, { .func = on_freed, .flags = HOOK_FLAGS }, .optional = true },
	{ "drop_caches_sysctl_handler", 0,
	  { .func = on_drop_caches, .flags = HOOK_FLAGS } },
#ifdef RWF_DONTCACHE
	{ "folio_unmap_invalidate", 0,
	  { .func = on_unmap_invalidate, .flags = HOOK_FLAGS },
	  .optional = true },
#endif
};

static void on_delete(void *unused, struct folio *folio)
{
	cc_page_removed(folio->mapping, folio);
}

static void on_add(void *unused, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;

	/* It is in the page cache before it is looked: see cc_inode_changed(). */
	smp_mb();
	if (unlikely(cc_inode_doubts()))
		cc_page_added(mapping, folio);
	if (cc_aops_original(mapping))
		return;
	rcu_read_lock();
	cc_aops_attach(mapping, folio_nr_pages(folio));
	rcu_read_unlock();
}

/**
 * struct cc_probe - a tracepoint and what is called from it
 * @name: of the tracepoint
 * @fn: the callback
 * @tp: the tracepoint
 * @on: registered
 */
struct cc_probe {
	const char *name;
	void *fn;
	struct tracepoint *tp;
	bool on;
};

static struct cc_probe probes[] = {
	/* In this order: what comes in must be seen to leave. */
	{ "mm_filemap_delete_from_page_cache", on_delete },
	{ "mm_filemap_add_to_page_cache", on_add },
};

static void match_tracepoint(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

static int choose_function(struct cc_hook *hook)
{
	if (!hook->name)
		hook->name = tmem_freed_function();
	if (hook->addr && !ftrace_set_filter_ip(&hook->ops, hook->addr, 0, 1))
		return 0;
	return ftrace_set_filter(&hook->ops, (unsigned char *)hook->name,
				 strlen(hook->name), 1);
}

static int hook_function(struct cc_hook *hook)
{
	int ret;

	ret = choose_function(hook);
	if (ret && hook->optional) {
		ftrace_free_filter(&hook->ops);
		return 0;
	}
	if (ret) {
		pr_err("cannot hook %s (%d): this kernel does not have it, or not traceable\n",
		       hook->name, ret);
		return ret;
	}
	ret = register_ftrace_function(&hook->ops);
	if (ret) {
		pr_err("cannot hook %s (%d)%s\n", hook->name, ret,
		       ret == -EBUSY ? ": is kernel.ftrace_enabled off?" : "");
		return ret;
	}
	hook->on = true;
	return 0;
}

/* Do calls from elsewhere in the kernel reach our hooks? */
static int test_hooks(void)
{
	struct file *file = &test_file;
	loff_t len = 0;
	int calls = 8;

	address_space_init_once(&test_mapping);
	test_mapping.flags = 0;
	test_mapping.host = NULL;

	truncate_inode_pages_range(&test_mapping, 0, -1);
	truncate_inode_pages(&test_mapping, 0);
	truncate_inode_pages_final(&test_mapping);
	invalidate_inode_pages2_range(&test_mapping, 0, -1);
	invalidate_inode_pages2(&test_mapping);
	inode_dio_wait(&test_inode);
	init_rwsem(&test_inode.i_rwsem);
	inode_lock(&test_inode);
	unlock_two_nondirectories(NULL, &test_inode);
	/* refused for that, when it has been called */
	test_inode.i_flags = S_IMMUTABLE;
	test_file.f_inode = &test_inode;
	generic_remap_file_range_prep(file, 0, file, 0, &len, 0);
#ifdef TMEM_HAVE_filemap_invalidate_inode
	test_inode.i_mapping = &test_mapping;
	filemap_invalidate_inode(&test_inode, false, 0, LLONG_MAX);
	calls++;
#endif
	if (atomic_read(&test_hits) == calls) {
		if (!cc_held_test())
			pr_info("%s cannot be hooked: pages are put one by one\n",
				tmem_freed_function());
		return 0;
	}
	pr_err("%d of %d test calls reached the hooks: page-cache changes could be missed\n",
	       atomic_read(&test_hits), calls);
	return -EOPNOTSUPP;
}

/**
 * cc_hooks_init - attach to the kernel, and test that it works
 *
 * Context: process; sleeps.
 * Return: 0, or an errno with everything undone and a message that names what
 * is missing.
 */
int cc_hooks_init(void)
{
	unsigned int i;
	int ret;

	for_each_kernel_tracepoint(match_tracepoint, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tp) {
			pr_err("this kernel has no tracepoint %s\n",
			       probes[i].name);
			return -EOPNOTSUPP;
		}
	}
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = hook_function(&hooks[i]);
		if (ret)
			goto err;
	}
	ret = test_hooks();
	if (ret)
		goto err;
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		ret = tracepoint_probe_register(probes[i].tp, probes[i].fn,
						NULL);
		if (ret) {
			pr_err("cannot attach to tracepoint %s (%d)\n",
			       probes[i].name, ret);
			goto err;
		}
		probes[i].on = true;
	}
	return 0;

err:
	cc_hooks_detach();
	cc_hooks_exit();
	return ret;
}

/**
 * cc_hooks_detach - no mapping is hooked and nothing is put any more
 *
 * Context: process; sleeps.
 */
void cc_hooks_detach(void)
{
	int i;

	for (i = ARRAY_SIZE(probes) - 1; i >= 0; i--) {
		if (!probes[i].on)
			continue;
		tracepoint_probe_unregister(probes[i].tp, probes[i].fn, NULL);
		tracepoint_synchronize_unregister();
		probes[i].on = false;
		/* Nothing is hooked any more; now unhook what is. */
		if (probes[i].fn == on_add)
			cc_aops_detach_all();
	}
}

static int unhook_function(struct cc_hook *hook)
{
	if (cc_broken(CC_BREAK_UNHOOK))
		return -ENODEV;
	return unregister_ftrace_function(&hook->ops);
}

/*
 * The kernel goes on calling us.  To return is to have the module freed, and
 * nothing is left to refuse that with: so whoever removes it waits for ever.
 * The hooks find everything that they use; nothing is stored any more.
 */
static void __noreturn cc_stay(void)
{
	pr_crit("ftrace has failed and hooks cannot be taken out: the module stays until the machine is restarted, and so does who removes it\n");
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}

/**
 * cc_hooks_exit - take the last hooks out
 *
 * On return no code of ours is reached from the kernel.  It does not return if
 * ftrace has failed.
 *
 * Context: process; sleeps.
 */
void cc_hooks_exit(void)
{
	int i;

	for (i = ARRAY_SIZE(hooks) - 1; i >= 0; i--) {
		if (hooks[i].on && unhook_function(&hooks[i]))
			cc_stay();
		hooks[i].on = false;
		/* Set even if registering failed; it is not freed with it. */
		ftrace_free_filter(&hooks[i].ops);
	}
	/*
	 * cc_srcu covers our a_ops functions but for their first and last few
	 * instructions.  A task in there has not slept.
	 */
	synchronize_srcu(&cc_srcu);
	synchronize_rcu_tasks();
	synchronize_srcu(&cc_srcu);
}
