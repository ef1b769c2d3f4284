// SPDX-License-Identifier: GPL-2.0
/*
 * objnode.c - the radix tree of one object: page index -> pampd
 *
 * Purpose: map 32-bit page indexes of one object to pampds, with nothing but
 * obj->lock held and allocations that may fail at any time.
 *
 * Why this design: the historical one, a radix tree of 64-slot nodes that
 * grows with the largest index and in which a single page at index 0 needs no
 * node, costs 8.4 bytes a page for dense files.  What is changed is failure:
 * the original left a stump of empty nodes behind when an allocation failed
 * half way.  Here an insertion first reserves every node that it needs and
 * then links them, which cannot fail.
 *
 * Words used throughout: *level* counts from the leaves: a node of level 1
 * holds pampds, a node of level n > 1 holds nodes of level n - 1.  obj->height
 * is the level of the root node; 0 means that obj->root is the pampd of index
 * 0 itself, or that the object is empty.
 *
 * Invariants: no node is empty; if height > 0, the root has a slot in use
 * other than slot 0 (so the tree is as low as its indexes allow); height and
 * root are 0 and NULL when count is 0.
 *
 * Locking: every function needs obj->lock, or an object that is dead and
 * therefore the caller's own.
 */
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include "core.h"

/* Levels that 32-bit indexes can need. */
#define TMEM_MAX_HEIGHT	DIV_ROUND_UP(32, TMEM_OBJNODE_SHIFT)

static inline void assert_owned(const struct tmem_obj *obj)
{
	/* A dead object has one owner, who needs no lock. */
	if (!READ_ONCE(obj->dead))
		lockdep_assert_held(&obj->lock);
}

/* Height a tree needs so that @index has a slot. */
static unsigned int height_for(u32 index)
{
	unsigned int height = 0;

	while (index) {
		index >>= TMEM_OBJNODE_SHIFT;
		height++;
	}
	return height;
}

/* Slot of a level-@level node on the path to @index. */
static unsigned int slot_of(u32 index, unsigned int level)
{
	return (index >> ((level - 1) * TMEM_OBJNODE_SHIFT)) & TMEM_OBJNODE_MASK;
}

static struct tmem_objnode *node_alloc(struct tmem_obj *obj)
{
	struct tmem_host *host = obj->pool->host;
	struct tmem_objnode *node = host->hostops->objnode_alloc(host->priv);

	if (node)
		tmem_stat_inc(obj->pool, objnodes);
	return node;
}

static void node_free(struct tmem_obj *obj, struct tmem_objnode *node)
{
	struct tmem_host *host = obj->pool->host;

	tmem_stat_dec(obj->pool, objnodes);
	host->hostops->objnode_free(host->priv, node);
}

/**
 * tmem_tree_slot - where the pampd of an index is
 * @obj: the object
 * @index: page index
 *
 * Context: obj->lock held; the slot is valid until it is dropped or the tree
 * changes.
 * Return: the address of a slot that holds a pampd, or NULL.
 */
void **tmem_tree_slot(const struct tmem_obj *obj, u32 index)
{
	struct tmem_objnode *node;
	unsigned int level = obj->height;
	void **slot = (void **)&obj->root;

	assert_owned(obj);
	if (height_for(index) > level)
		return NULL;
	for (; level && *slot; level--) {
		node = *slot;
		slot = &node->slots[slot_of(index, level)];
	}
	return *slot ? slot : NULL;
}

/* Nodes that linking @index will take, for a tree grown to @height. */
static unsigned int nodes_missing(const struct tmem_obj *obj, u32 index,
				  unsigned int height)
{
	unsigned int level = obj->height;
	struct tmem_objnode *node;

	if (!obj->count)
		return height;
	/*
	 * A higher tree gets new roots above the old one.  @index is not below
	 * the old root, so it needs its own path from the topmost one down.
	 */
	if (height > level)
		return (height - level) + (height - 1);

	for (node = obj->root; level > 1; level--) {
		node = node->slots[slot_of(index, level)];
		if (!node)
			return level - 1;
	}
	return 0;
}

/* A chain of reserved nodes, linked through their first slots. */
static struct tmem_objnode *take_reserved(struct tmem_objnode **list)
{
	struct tmem_objnode *node = *list;

	*list = node->slots[0];
	node->slots[0] = NULL;
	return node;
}

static int reserve(struct tmem_obj *obj, unsigned int nr,
		   struct tmem_objnode **list)
{
	struct tmem_objnode *node;

	*list = NULL;
	while (nr--) {
		node = node_alloc(obj);
		if (!node)
			goto nomem;
		node->slots[0] = *list;
		*list = node;
	}
	return 0;

nomem:
	while (*list)
		node_free(obj, take_reserved(list));
	return -ENOMEM;
}

/**
 * tmem_tree_insert - link a pampd at an index that has none
 * @obj: the object
 * @index: page index; tmem_tree_slot() must have returned NULL for it
 * @pampd: what to link; not NULL
 *
 * Context: obj->lock held.
 * Return: 0, or -ENOMEM with the tree unchanged.
 */
int tmem_tree_insert(struct tmem_obj *obj, u32 index, void *pampd)
{
	unsigned int height = max_t(unsigned int, obj->height,
				    height_for(index));
	struct tmem_objnode *reserved, *node;
	unsigned int level;
	void **slot;
	int ret;

	assert_owned(obj);
	ret = reserve(obj, nodes_missing(obj, index, height), &reserved);
	if (ret)
		return ret;

	/* From here on nothing fails. */
	if (!obj->count) {
		obj->height = height;
	} else {
		while (obj->height < height) {
			node = take_reserved(&reserved);
			node->slots[0] = obj->root;
			node->used = 1;
			obj->root = node;
			obj->height++;
		}
	}

	slot = &obj->root;
	node = NULL;
	for (level = obj->height; level; level--) {
		if (!*slot) {
			*slot = take_reserved(&reserved);
			if (node)
				node->used++;
		}
		node = *slot;
		slot = &node->slots[slot_of(index, level)];
	}
	*slot = pampd;
	if (node)
		node->used++;
	obj->count++;
	WARN_ON_ONCE(reserved);
	return 0;
}

/* Lower the tree while only index range of slot 0 is in use. */
static void lower(struct tmem_obj *obj)
{
	struct tmem_objnode *node;

	while (obj->height) {
		node = obj->root;
		if (node->used != 1 || !node->slots[0])
			break;
		obj->root = node->slots[0];
		obj->height--;
		node_free(obj, node);
	}
}

/**
 * tmem_tree_remove - unlink the pampd of an index
 * @obj: the object
 * @index: page index
 *
 * Frees every node that this empties and lowers the tree where it can.
 *
 * Context: obj->lock held.
 * Return: the pampd, now the caller's, or NULL if there was none.
 */
void *tmem_tree_remove(struct tmem_obj *obj, u32 index)
{
	struct tmem_objnode *path[TMEM_MAX_HEIGHT + 1];
	unsigned int level = obj->height;
	void **slot = &obj->root;
	void *pampd;

	assert_owned(obj);
	if (height_for(index) > level)
		return NULL;
	for (; level && *slot; level--) {
		path[level] = *slot;
		slot = &path[level]->slots[slot_of(index, level)];
	}
	pampd = *slot;
	if (!pampd)
		return NULL;

	*slot = NULL;
	obj->count--;
	for (level = 1; level <= obj->height; level++) {
		if (--path[level]->used)
			break;
		node_free(obj, path[level]);
		if (level == obj->height)
			obj->root = NULL;
		else
			path[level + 1]->slots[slot_of(index, level + 1)] = NULL;
	}
	if (obj->count)
		lower(obj);
	else
		obj->height = 0;
	return pampd;
}

/**
 * tmem_tree_next - the first pampd at or after an index
 * @obj: the object
 * @index: in: where to start; out: where the pampd is
 *
 * Context: obj->lock held.
 * Return: the pampd, or NULL if there is none at or after *@index.
 */
void *tmem_tree_next(const struct tmem_obj *obj, u32 *index)
{
	struct tmem_objnode *node;
	unsigned int level, shift, slot;
	u64 at = *index;
	void *entry;

	assert_owned(obj);
	while (obj->count && at <= U32_MAX && height_for(at) <= obj->height) {
		entry = obj->root;
		for (level = obj->height; level; level--) {
			node = entry;
			shift = (level - 1) * TMEM_OBJNODE_SHIFT;
			slot = slot_of(at, level);
			while (slot < TMEM_OBJNODE_SLOTS && !node->slots[slot]) {
				slot++;
				/* Step over the whole range of an empty slot. */
				at = ((at >> shift) + 1) << shift;
			}
			if (slot == TMEM_OBJNODE_SLOTS)
				break;
			entry = node->slots[slot];
		}
		if (!level) {
			*index = at;
			return entry;
		}
		/* @at has been carried into the next range of the level above. */
	}
	return NULL;
}
