// SPDX-License-Identifier: GPL-2.0
/*
 * objnode.c - the radix tree of one object: page index -> pampd
 *
 * Purpose: map 32-bit page indexes of one object to pampds, with nothing but
 * obj->lock held and allocations that may fail at any time.
 *
 * Why this design: the historical one, a radix tree of 64-slot nodes that
 * grows with the largest index, costs 8.3 bytes a page for dense files.  Three
 * things are changed.
 *  - The original left a stump of empty nodes behind when an allocation failed
 *    half way.  Here an insertion first reserves every node that it needs and
 *    then links them, which cannot fail.
 *  - Most files are small, and few pages of a big one may be left; a node of
 *    half a kilobyte for them would cost more than the data.  So an object of
 *    one page has no node, whatever its index, and a node has room for as many
 *    slots as it needs, packed, and is replaced by one of twice the size when
 *    it is full; only the largest is indexed directly.
 *  - A root with few slots in use is in struct tmem_tree, in the cache line of
 *    the lock: for most files it costs no allocation, and a look-up does not
 *    wait for it.
 *
 * Words used throughout: *level* counts from the leaves: a node of level 1
 * holds pampds, a node of level n > 1 holds nodes of level n - 1.  The height
 * is the level of the root node; 0 means that the root is a pampd itself, that
 * of tree->index, or that the object is empty.  The *top* is the place for a
 * root beside the lock.
 *
 * Invariants, from which the shape follows but for the sizes of nodes: no node
 * is empty; a tree with height > 0 has two pages or more, and its root has a
 * slot in use other than slot 0 (so the tree is as low as its indexes allow);
 * the root is the top if, and only if, it has TMEM_TOP_SLOTS or less in use.
 *
 * Locking: every function needs obj->lock (it is in obj->tree), or an object
 * that is dead and therefore the caller's own.
 */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include "core.h"

/* Levels that 32-bit indexes can need. */
#define TMEM_MAX_HEIGHT	DIV_ROUND_UP(32, TMEM_OBJNODE_SHIFT)

static_assert(TMEM_OBJNODE_SHIFT <= 6, "objnode->map has 64 bits");
static_assert(TMEM_TOP_SLOTS >= 2, "a new root leads to two paths");
static_assert(TMEM_TOP_SLOTS < 6,
	      "a root that outgrows the top fits into the smallest node");

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

/* ---- one node ---- */

static unsigned int tmem_used(const struct tmem_objnode *node)
{
	return hweight64(node->map);
}

/* Where slot @s is, or belongs, in @node. */
static void **tmem_place(struct tmem_objnode *node, unsigned int s)
{
	if (node->cap == TMEM_OBJNODE_SLOTS)
		return &node->slots[s];
	return &node->slots[hweight64(node->map & (BIT_ULL(s) - 1))];
}

/* Slot @s if it is in use, or NULL. */
static void **slot_in(struct tmem_objnode *node, unsigned int s)
{
	return node->map & BIT_ULL(s) ? tmem_place(node, s) : NULL;
}

/* Use slot @s, which is not in use yet; there is room for it. */
static void tmem_add(struct tmem_objnode *node, unsigned int s, void *entry)
{
	void **at = tmem_place(node, s), **end;

	if (node->cap < TMEM_OBJNODE_SLOTS)
		for (end = &node->slots[tmem_used(node)]; end > at; end--)
			end[0] = end[-1];
	*at = entry;
	node->map |= BIT_ULL(s);
}

/* Use slot @s no more. */
static void tmem_del(struct tmem_objnode *node, unsigned int s)
{
	void **at = tmem_place(node, s), **end;

	node->map &= ~BIT_ULL(s);
	if (node->cap < TMEM_OBJNODE_SLOTS)
		for (end = &node->slots[tmem_used(node)]; at < end; at++)
			at[0] = at[1];
}

/* Copy the slots of one node to an empty one that is long enough. */
static void copy_slots(struct tmem_objnode *to, struct tmem_objnode *from)
{
	u64 left = from->map;
	unsigned int s;

	for (; left; left &= left - 1) {
		s = __ffs64(left);
		tmem_add(to, s, *tmem_place(from, s));
	}
}

static bool one_used(const struct tmem_objnode *node)
{
	return !(node->map & (node->map - 1));
}

/* What the first slot in use holds. */
static void *first_entry(struct tmem_objnode *node)
{
	return *tmem_place(node, __ffs64(node->map));
}

/* ---- where nodes come from ---- */

static struct tmem_objnode *top_of(struct tmem_obj *obj)
{
	return (struct tmem_objnode *)obj->tree->top;
}

static struct tmem_objnode *top_init(struct tmem_obj *obj)
{
	struct tmem_objnode *top = top_of(obj);

	top->map = 0;
	top->cap = TMEM_TOP_SLOTS;
	return top;
}

static struct tmem_objnode *node_alloc(struct tmem_obj *obj, unsigned int size)
{
	struct tmem_host *host = obj->pool->host;
	struct tmem_objnode *node;

	node = host->hostops->objnode_alloc(host->priv, obj->pool, size);
	if (!node)
		return NULL;
	node->map = 0;
	node->cap = tmem_objnode_cap(size);
	node->size = size;
	tmem_stat_inc(obj->pool, objnodes);
	return node;
}

/* The top needs no freeing. */
static void node_free(struct tmem_obj *obj, struct tmem_objnode *node)
{
	struct tmem_host *host = obj->pool->host;

	if (node == top_of(obj))
		return;
	tmem_stat_dec(obj->pool, objnodes);
	host->hostops->objnode_free(host->priv, node, node->size);
}

/* A chain of reserved nodes, linked through their first slots. */
static struct tmem_objnode *take_reserved(struct tmem_objnode **list)
{
	struct tmem_objnode *node = *list;

	*list = node->slots[0];
	return node;
}

/* Reserve @nr of the smallest nodes; all or none. */
static int tmem_reserve(struct tmem_obj *obj, unsigned int nr,
			struct tmem_objnode **list)
{
	struct tmem_objnode *node;

	*list = NULL;
	while (nr--) {
		node = node_alloc(obj, 0);
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

/* ---- look-up ---- */

/* Where the pampd of @index is, or NULL. */
static void **slot_at(struct tmem_obj *obj, u32 index)
{
	struct tmem_tree *tree = obj->tree;
	unsigned int level = tree->height;
	void **slot = &tree->root;

	if (!level)
		return *slot && tree->index == index ? slot : NULL;
	if (height_for(index) > level)
		return NULL;
	for (; level && slot; level--)
		slot = slot_in(*slot, slot_of(index, level));
	return slot;
}

/* The node of level 1 that has a slot for @index, or NULL; height is not 0. */
static struct tmem_objnode *leaf_of(struct tmem_obj *obj, u32 index)
{
	struct tmem_tree *tree = obj->tree;
	unsigned int level = tree->height;
	void **slot = &tree->root;

	if (height_for(index) > level)
		return NULL;
	for (; level > 1 && slot; level--)
		slot = slot_in(*slot, slot_of(index, level));
	return slot ? *slot : NULL;
}

/*
 * The pages of a run that share a leaf with page @i of it: their bits in a
 * bitmap of the run.  @shift becomes what a bit is shifted by, to the right if
 * that is negative, to be a bit of the leaf's map.
 */
static u32 leaf_mates(u32 index, unsigned int i, int *shift)
{
	unsigned int s = slot_of(index + i, 1);

	*shift = (int)s - (int)i;
	return tmem_run_mask(min_t(unsigned int, i + TMEM_OBJNODE_SLOTS - s,
				   TMEM_RUN_PAGES)) & ~tmem_run_mask(i);
}

/* Bits of a run's map as bits of a leaf's, and back. */
static u64 to_leaf(u32 map, int shift)
{
	return shift < 0 ? (u64)map >> -shift : (u64)map << shift;
}

static u32 from_leaf(u64 map, int shift)
{
	return shift < 0 ? map << -shift : map >> shift;
}

/**
 * tmem_tree_find_run - the pampds of a run
 * @obj: the object
 * @index: of the run's first page; all pages in @map have 32-bit indexes
 * @map: which of its pages
 * @pampds: of those that are there, pampds[i] becomes the pampd of page i
 *
 * Context: obj->lock held.
 * Return: those of @map that are there.
 */
u32 tmem_tree_find_run(struct tmem_obj *obj, u32 index, u32 map, void **pampds)
{
	struct tmem_tree *tree = obj->tree;
	u32 found = 0, here, mates, left;
	struct tmem_objnode *leaf;
	unsigned int i;
	void **slot;
	int shift;

	lockdep_assert_held(&obj->tree->lock);
	if (!tree->height) {
		i = tree->index - index;
		if (!tree->root || i >= TMEM_RUN_PAGES || !(map & 1U << i))
			return 0;
		pampds[i] = tree->root;
		return 1U << i;
	}
	if (map == 1) {
		slot = slot_at(obj, index);
		if (slot)
			pampds[0] = *slot;
		return slot ? 1 : 0;
	}
	for (; map; map &= ~mates) {
		i = __ffs(map);
		mates = leaf_mates(index, i, &shift);
		leaf = leaf_of(obj, index + i);
		if (!leaf)
			continue;
		here = map & mates & from_leaf(leaf->map, shift);
		tmem_run_for_each(i, here, left)
			pampds[i] = *tmem_place(leaf, i + shift);
		found |= here;
	}
	return found;
}

/**
 * tmem_tree_next - the first pampd at or after an index
 * @obj: the object
 * @index: in: where to start; out: where the pampd is
 *
 * Context: obj->lock held.
 * Return: the pampd, or NULL if there is none at or after *@index.
 */
void *tmem_tree_next(struct tmem_obj *obj, u32 *index)
{
	struct tmem_tree *tree = obj->tree;
	unsigned int level, shift, s;
	struct tmem_objnode *node;
	u64 at = *index, later;

	lockdep_assert_held(&obj->tree->lock);
	if (!tree->height) {
		if (!tree->root || tree->index < at)
			return NULL;
		*index = tree->index;
		return tree->root;
	}
	while (at <= U32_MAX && height_for(at) <= tree->height) {
		node = tree->root;
		for (level = tree->height;; level--) {
			shift = (level - 1) * TMEM_OBJNODE_SHIFT;
			s = slot_of(at, level);
			later = node->map >> s;
			if (!later) {
				/* On to the next slot of the level above. */
				shift += TMEM_OBJNODE_SHIFT;
				at = ((at >> shift) + 1) << shift;
				break;
			}
			if (!(later & 1)) {
				/* To the beginning of the next slot in use. */
				s = __ffs64(later);
				at = ((at >> shift) + s) << shift;
				s = slot_of(at, level);
			}
			if (level == 1) {
				*index = at;
				return *tmem_place(node, s);
			}
			node = *tmem_place(node, s);
		}
	}
	return NULL;
}

/* ---- insert ---- */

/* What an insertion will take. */
struct tmem_plan {
	unsigned int height;		/* of the tree afterwards */
	unsigned int nodes;		/* small ones that will be linked */
	struct tmem_objnode **full;	/* leads to a node that has to grow */
};

/* The second page: two paths that share some nodes, the topmost in the top. */
static void plan_second(const struct tmem_obj *obj, u32 index,
			struct tmem_plan *plan)
{
	struct tmem_tree *tree = obj->tree;
	unsigned int fork;

	plan->height = max_t(unsigned int, height_for(index),
			     height_for(tree->index));
	fork = plan->height;
	while (slot_of(index, fork) == slot_of(tree->index, fork))
		fork--;
	plan->nodes = plan->height - fork + 2 * (fork - 1);
}

/*
 * A higher tree: new roots above the old one, the topmost in the top, which
 * the old one may have to leave.  @index is not below the old root, so it
 * needs its own path from the topmost one down.
 */
static void plan_higher(struct tmem_obj *obj, u32 index, struct tmem_plan *plan)
{
	struct tmem_tree *tree = obj->tree;

	plan->height = height_for(index);
	plan->nodes = plan->height - tree->height - 1 + plan->height - 1;
	if (tree->root == top_of(obj))
		plan->nodes++;
}

static void plan_below(struct tmem_obj *obj, u32 index, struct tmem_plan *plan)
{
	struct tmem_tree *tree = obj->tree;
	unsigned int level = tree->height;
	void **slot = &tree->root, **next;
	struct tmem_objnode *node;

	plan->height = level;
	for (;;) {
		node = *slot;
		next = slot_in(node, slot_of(index, level));
		if (!next)
			break;
		slot = next;
		level--;
	}
	plan->nodes = level - 1;
	if (node->cap < TMEM_OBJNODE_SLOTS && tmem_used(node) == node->cap)
		plan->full = (struct tmem_objnode **)slot;
}

/* One size up; for the top, the smallest; with room for @more slots. */
static unsigned int size_after(const struct tmem_obj *obj,
			       const struct tmem_objnode *node,
			       unsigned int more)
{
	unsigned int size = node == (void *)obj->tree->top ? 0 : node->size + 1;

	more = min_t(unsigned int, tmem_used(node) + more, TMEM_OBJNODE_SLOTS);
	while (tmem_objnode_cap(size) < more)
		size++;
	return size;
}

/* Link a path, with what was reserved for it. */
static void link_path(struct tmem_obj *obj, u32 index, void *pampd,
		      struct tmem_objnode **reserved)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *node = tree->root, *below;
	unsigned int level;
	void **slot;

	for (level = tree->height; level > 1; level--) {
		slot = slot_in(node, slot_of(index, level));
		if (slot) {
			node = *slot;
			continue;
		}
		below = take_reserved(reserved);
		tmem_add(node, slot_of(index, level), below);
		node = below;
	}
	tmem_add(node, slot_of(index, 1), pampd);
}

/* Put new roots above the old one until the tree is as high as @height. */
static void tmem_raise(struct tmem_obj *obj, unsigned int height,
		       struct tmem_objnode **reserved)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *node;

	if (tree->root == top_of(obj)) {
		node = take_reserved(reserved);
		copy_slots(node, top_of(obj));
		tree->root = node;
	}
	while (tree->height < height) {
		if (tree->height + 1 < height)
			node = take_reserved(reserved);
		else
			node = top_init(obj);
		tmem_add(node, 0, tree->root);
		tree->root = node;
		tree->height++;
	}
}

/*
 * Link a pampd at an index that has none; @more of its neighbours will follow.
 * Returns 0, or -ENOMEM with the tree unchanged.
 */
static int tmem_insert(struct tmem_obj *obj, u32 index, void *pampd,
		       unsigned int more)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *reserved, *larger = NULL;
	struct tmem_plan plan = { };
	void *first;
	int ret;

	if (!tree->root) {
		tree->root = pampd;
		tree->index = index;
		return 0;
	}

	if (!tree->height)
		plan_second(obj, index, &plan);
	else if (height_for(index) > tree->height)
		plan_higher(obj, index, &plan);
	else
		plan_below(obj, index, &plan);
	ret = tmem_reserve(obj, plan.nodes, &reserved);
	if (ret)
		return ret;
	if (plan.full) {
		larger = node_alloc(obj, size_after(obj, *plan.full, 1 + more));
		if (!larger) {
			while (reserved)
				node_free(obj, take_reserved(&reserved));
			return -ENOMEM;
		}
	}

	/* From here on nothing fails. */
	if (larger) {
		copy_slots(larger, *plan.full);
		node_free(obj, *plan.full);
		*plan.full = larger;
	}
	if (!tree->height) {
		u32 old = tree->index;

		first = tree->root;
		tree->root = top_init(obj);
		tree->height = plan.height;
		link_path(obj, old, first, &reserved);
	} else if (tree->height < plan.height) {
		tmem_raise(obj, plan.height, &reserved);
	}
	link_path(obj, index, pampd, &reserved);
	WARN_ON_ONCE(reserved);
	return 0;
}

/* Link a pampd in a leaf: false if the leaf would have to grow for it. */
static bool link_in_leaf(struct tmem_objnode *leaf, unsigned int s,
			 void *pampd, void **old)
{
	void **slot = slot_in(leaf, s);

	*old = NULL;
	if (slot) {
		*old = *slot;
		*slot = pampd;
		return true;
	}
	if (leaf->cap < TMEM_OBJNODE_SLOTS && tmem_used(leaf) == leaf->cap)
		return false;
	tmem_add(leaf, s, pampd);
	return true;
}

/* Link a pampd, whatever is there: 0 or -ENOMEM. */
static int link_anywhere(struct tmem_obj *obj, u32 index, void *pampd,
			 unsigned int more, void **old)
{
	void **slot = slot_at(obj, index);

	*old = NULL;
	if (!slot)
		return tmem_insert(obj, index, pampd, more);
	*old = *slot;
	*slot = pampd;
	return 0;
}

/**
 * tmem_tree_link_run - link the pampds of a run
 * @obj: the object
 * @index: of the run's first page; all pages in @map have 32-bit indexes
 * @map: which of its pages
 * @pampds: their pampds; none is NULL
 * @olds: olds[i] becomes the pampd that was there, now the caller's, or NULL, for
 *	each page that is linked
 *
 * Context: obj->lock held.
 * Return: those of @map that are linked.  For each of the others there was no
 * memory, and the tree is what it was.
 */
u32 tmem_tree_link_run(struct tmem_obj *obj, u32 index, u32 map, void **pampds,
		       void **olds)
{
	struct tmem_objnode *leaf = NULL;
	u32 linked = 0, mates = 0, left;
	int shift = 0;
	unsigned int i;

	lockdep_assert_held(&obj->tree->lock);
	if (map == 1)
		return !link_anywhere(obj, index, pampds[0], 0, &olds[0]);
	tmem_run_for_each(i, map, left) {
		if (!(mates & 1U << i)) {
			mates = leaf_mates(index, i, &shift);
			leaf = obj->tree->height ? leaf_of(obj, index + i) :
						   NULL;
		}
		if (leaf && link_in_leaf(leaf, i + shift, pampds[i],
					 &olds[i])) {
			linked |= 1U << i;
			continue;
		}
		/* left without the lowest bit, i: neighbours to come */
		if (!link_anywhere(obj, index + i, pampds[i],
				   hweight32(left & (left - 1) & mates),
				   &olds[i]))
			linked |= 1U << i;
		/* It may have got another leaf: look again. */
		mates = 0;
	}
	return linked;
}

/* ---- remove ---- */

/* If one page is left, let the object lead to it without nodes. */
static void tmem_unfork(struct tmem_obj *obj)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *node = tree->root, *below;
	unsigned int level;
	u32 index = 0;
	void *entry;

	for (level = tree->height; level; level--) {
		if (!one_used(node))
			return;
		node = first_entry(node);
	}
	entry = tree->root;
	for (level = tree->height; level; level--) {
		below = entry;
		index |= (u32)__ffs64(below->map) <<
			 ((level - 1) * TMEM_OBJNODE_SHIFT);
		entry = first_entry(below);
		node_free(obj, below);
	}
	tree->root = entry;
	tree->index = index;
	tree->height = 0;
}

/* Lower the tree while only the index range of slot 0 is in use. */
static void tmem_lower(struct tmem_obj *obj)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *node;

	for (;;) {
		node = tree->root;
		if (node->map != 1)
			break;
		tree->root = first_entry(node);
		tree->height--;
		node_free(obj, node);
	}
	if (node == top_of(obj) || tmem_used(node) > TMEM_TOP_SLOTS)
		return;
	tree->root = top_init(obj);
	copy_slots(tree->root, node);
	node_free(obj, node);
}

/*
 * Remove those of @map from the slots of a leaf; they are in use.  @path leads to
 * it, from its level to the root.  Nodes that get empty are freed; if there is
 * nothing left at all, the tree is empty.
 */
static void tmem_cut(struct tmem_obj *obj, struct tmem_objnode **path, u32 index,
		     u64 map)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *leaf = path[1];
	unsigned int level;

	/* From the last one: slots behind it that go need not be moved. */
	if (leaf->cap == TMEM_OBJNODE_SLOTS || leaf->map == map)
		leaf->map &= ~map;
	else
		for (; map; map &= ~BIT_ULL(fls64(map) - 1))
			tmem_del(leaf, fls64(map) - 1);

	for (level = 1; !path[level]->map; level++) {
		node_free(obj, path[level]);
		if (level == tree->height) {
			tree->root = NULL;
			tree->height = 0;
			return;
		}
		tmem_del(path[level + 1], slot_of(index, level + 1));
	}
}

/* Bring the tree into the shape that what is left in it asks for. */
static void tmem_reshape(struct tmem_obj *obj)
{
	if (obj->tree->height)
		tmem_unfork(obj);
	if (obj->tree->height)
		tmem_lower(obj);
}

/* The nodes on the way to @index, by level: whether there are all of them. */
static bool find_path(struct tmem_obj *obj, u32 index,
		      struct tmem_objnode **path)
{
	struct tmem_tree *tree = obj->tree;
	unsigned int level = tree->height;
	void **slot;

	if (!level || height_for(index) > level)
		return false;
	path[level] = tree->root;
	for (; level > 1; level--) {
		slot = slot_in(path[level], slot_of(index, level));
		if (!slot)
			return false;
		path[level - 1] = *slot;
	}
	return true;
}

/**
 * tmem_tree_remove_run - unlink the pampds of a run
 * @obj: the object
 * @index: of the run's first page; all pages in @map have 32-bit indexes
 * @map: which of its pages
 * @pampds: pampds[i] becomes the pampd of page i, if that is removed; with @only,
 *	it is the one that page i must have to be removed
 * @only: as said
 *
 * Frees every node that this empties and lowers the tree where it can.
 *
 * Context: obj->lock held.
 * Return: those of @map that are removed: their pampds are the caller's.
 */
u32 tmem_tree_remove_run(struct tmem_obj *obj, u32 index, u32 map,
			 void **pampds, bool only)
{
	struct tmem_tree *tree = obj->tree;
	struct tmem_objnode *path[TMEM_MAX_HEIGHT + 1];
	u32 removed = 0, here, mates, left;
	unsigned int i;
	void *pampd;
	int shift;

	lockdep_assert_held(&obj->tree->lock);
	if (!tree->height) {
		i = tree->index - index;
		if (!tree->root || i >= TMEM_RUN_PAGES || !(map & 1U << i) ||
		    (only && pampds[i] != tree->root))
			return 0;
		pampds[i] = tree->root;
		tree->root = NULL;
		return 1U << i;
	}
	for (; map && tree->root; map &= ~mates) {
		i = __ffs(map);
		mates = leaf_mates(index, i, &shift);
		if (!find_path(obj, index + i, path))
			continue;
		here = map & mates & from_leaf(path[1]->map, shift);
		tmem_run_for_each(i, here, left) {
			pampd = *tmem_place(path[1], i + shift);
			if (only && pampds[i] != pampd)
				here &= ~(1U << i);
			else
				pampds[i] = pampd;
		}
		if (!here)
			continue;
		tmem_cut(obj, path, index + __ffs(here), to_leaf(here, shift));
		removed |= here;
	}
	if (removed)
		tmem_reshape(obj);
	return removed;
}

/**
 * tmem_tree_remove - unlink the pampd of an index
 * @obj: the object
 * @index: page index
 *
 * Context: as tmem_tree_remove_run().
 * Return: the pampd, now the caller's, or NULL if there was none.
 */
void *tmem_tree_remove(struct tmem_obj *obj, u32 index)
{
	void *pampd = NULL;

	tmem_tree_remove_run(obj, index, 1, &pampd, false);
	return pampd;
}
