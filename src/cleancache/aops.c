// SPDX-License-Identifier: GPL-2.0
/*
 * aops.c - copies of address_space_operations with two entries replaced
 *
 * Purpose: put cc_readahead() and cc_free_folio() into the mappings of the
 * files that are cached.
 *
 * Why this design: a mapping has one pointer to operations that its file
 * system shares among all its files.  One copy is made for each distinct
 * original, the first time that a page is added to a mapping with it.
 *
 * Invariants: a mapping gets a copy only after its cc_inode exists, and only
 * under its i_pages lock (see put.c).  A copy is never freed: a task may keep
 * its address while it sleeps (generic_perform_write() does, from
 * ->write_begin to ->write_end).  Before the module goes, the two entries are
 * put back, so that what is left behind, some 200 bytes for every original, is
 * an exact copy of it.
 *
 * Locking: table_lock to add copies; they are found under RCU.
 */
#include <linux/kmemleak.h>
#include <linux/slab.h>
#include "cleancache.h"

/**
 * struct cc_aops - a copy
 * @ops: what mappings point to
 * @orig: what it is a copy of; gone when its file system's module is, so only
 *	to be followed through a mapping that is hooked
 * @readahead: what was replaced
 * @list: in tables
 */
struct cc_aops {
	struct address_space_operations ops;
	const struct address_space_operations *orig;
	void (*readahead)(struct readahead_control *rac);
	struct list_head list;
};

static LIST_HEAD(tables);
static DEFINE_SPINLOCK(table_lock);
static bool attaching = true;

/**
 * cc_aops_original - the file system's own operations of a hooked mapping
 * @mapping: the mapping
 *
 * Context: any.
 * Return: the operations, or NULL if the mapping is not hooked.
 */
const struct address_space_operations *
cc_aops_original(const struct address_space *mapping)
{
	const struct address_space_operations *ops = READ_ONCE(mapping->a_ops);

	/* Pairs with the release in cc_aops_detach_all(): then ->readahead is not ours. */
	if (smp_load_acquire(&ops->free_folio) != cc_free_folio)
		return NULL;
	return container_of(ops, struct cc_aops, ops)->orig;
}

static void make_copy(struct address_space_operations *copy,
		      const struct address_space_operations *orig)
{
	*copy = *orig;
	copy->readahead = cc_readahead;
	copy->free_folio = cc_free_folio;
}

/*
 * A file system module that was reloaded may have other operations at an old
 * address, so contents are compared as well.
 */
static struct cc_aops *find_copy(const struct address_space_operations *orig)
{
	struct address_space_operations copy;
	struct cc_aops *table;

	make_copy(&copy, orig);
	list_for_each_entry_rcu(table, &tables, list,
				lockdep_is_held(&table_lock))
		if (table->orig == orig &&
		    table->readahead == orig->readahead &&
		    !memcmp(&table->ops, &copy, sizeof(copy)))
			return table;
	return NULL;
}

static struct cc_aops *get_copy(const struct address_space_operations *orig)
{
	struct cc_aops *table, *other;
	unsigned long flags;

	table = find_copy(orig);
	if (table)
		return table;
	table = kzalloc(sizeof(*table),
			GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC);
	if (!table)
		return NULL;
	make_copy(&table->ops, orig);
	table->orig = orig;
	table->readahead = orig->readahead;

	spin_lock_irqsave(&table_lock, flags);
	other = find_copy(orig);
	if (!other)
		list_add_rcu(&table->list, &tables);
	spin_unlock_irqrestore(&table_lock, flags);
	if (!other) {
		kmemleak_not_leak(table);
		return table;
	}
	kfree(table);
	return other;
}

/* May pages of this file be kept outside the page cache? */
static bool cc_eligible(struct address_space *mapping, struct inode *inode)
{
	const struct address_space_operations *ops = mapping->a_ops;

	if (!S_ISREG(inode->i_mode) || inode->i_mapping != mapping)
		return false;
	return ops->readahead && !ops->free_folio && !mapping_exiting(mapping) &&
	       !cc_inode_excluded(inode);
}

/**
 * cc_aops_attach - hook a mapping, if it is to be
 * @mapping: the mapping, with a page just added and locked
 * @added: pages of its folio
 *
 * Context: RCU read section, process, irqs on; does not sleep.
 */
void cc_aops_attach(struct address_space *mapping, unsigned long added)
{
	const struct address_space_operations *orig = READ_ONCE(mapping->a_ops);
	struct inode *inode = mapping->host;
	struct cc_aops *table;
	unsigned long flags;
	struct cc_fs *fs;

	if (!READ_ONCE(attaching) || !inode)
		return;
	/* of which swapon was before our time: this page may outlast swapoff */
	if (IS_SWAPFILE(inode))
		cc_inode_doubt(inode, 0, ULONG_MAX, CC_WAIT_WRITER);
	if (!cc_eligible(mapping, inode))
		return;
	fs = cc_fs_find_or_add(inode->i_sb);
	if (!fs || !fs->wanted || cc_fs_pool(fs).id < 0)
		return;
	table = get_copy(orig);
	if (!table || cc_inode_add(inode, fs, added,
				   GFP_NOWAIT | __GFP_NOMEMALLOC))
		return;

	xa_lock_irqsave(&mapping->i_pages, flags);
	if (mapping->a_ops == orig &&
	    try_cmpxchg(&mapping->a_ops, &orig,
			(const struct address_space_operations *)&table->ops))
		cc_count(attached);
	xa_unlock_irqrestore(&mapping->i_pages, flags);
}

static void cc_detach_inode(struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;
	const struct address_space_operations *ours = READ_ONCE(mapping->a_ops);
	const struct address_space_operations *orig = cc_aops_original(mapping);

	if (orig)
		cmpxchg(&mapping->a_ops, ours, orig);
}

/**
 * cc_aops_detach_all - unhook every mapping
 *
 * No mapping is hooked afterwards, but tasks may still be in our functions, or
 * about to enter them.
 *
 * Context: process; sleeps; cc_aops_attach() is not called any more.
 */
void cc_aops_detach_all(void)
{
	struct cc_aops *table;

	WRITE_ONCE(attaching, false);
	cc_inode_for_each(cc_detach_inode);
	list_for_each_entry(table, &tables, list) {
		WRITE_ONCE(table->ops.readahead, table->readahead);
		/* Who sees this sees ->readahead put back: cc_aops_original() */
		smp_store_release(&table->ops.free_folio, NULL);
	}
}
