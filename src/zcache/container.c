// SPDX-License-Identifier: GPL-2.0
/*
 * container.c - whose file pages are in the store, and how many are too many
 *
 * Purpose: a container (a memory cgroup with a limit) gives up pages at its own
 * limit while the rest of the machine has plenty.  What it reads must not push
 * others out of RAM by way of the store, which is charged to nobody.
 *
 * Why this design: such pages are there on sufferance.
 *  1. They come only while nobody would miss the memory (admit.c).
 *  2. They are the first to go, whoever needs room (policy.c), and go as soon
 *     as the kernel asks for memory at all (shrink.c), before it has to take
 *     anything else.
 *  3. One container has container_percent of the limit at most, 0 for nothing,
 *     whatever it was that made it give them up.  Who is there for long keeps
 *     his place, but for one page in TURN: a container whose working set
 *     changes is not left with the old one.
 *  4. Cgroups that are named in exclude_cgroups have nothing put, those below
 *     them neither.
 * Each page remembers its container in a byte, so there are places for 255; a
 * place is free again when no page is left.  A page of a container that finds
 * no place is not taken at the container's own limit, and else is nobody's.
 * Swap has no share: it has limits of its own (memory.swap.max).  But what is swapped
 * out for a container's limit pushes no file page out (room.c).
 *
 * Invariants: @pages and @bytes of a place are sums over the pages that have
 * its number; a place with pages keeps its @id.
 *
 * Locking: place_lock for all places.  Not irq-safe: pages are made and freed in
 * process context with irqs on only.  excluded: RCU.
 */
#define pr_fmt(fmt) "tmem_zcache: " fmt

#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <compat/memcg.h>
#include <compat/test_export.h>
#include "zcache.h"

/* Numbers of places are struct zpage's 8 bits; 0 is nobody's. */
#define PLACE_BITS	8
#define PLACES		(1U << PLACE_BITS)
/* Places that a container may have, in a row from where its id points. */
#define PROBES		16
/* One page in so many takes the place of old ones of its container. */
#define TURN		16
/* Old ones that go for it at most. */
#define TURN_BATCH	8
/* Cgroups that can be excluded. */
#define EXCLUDED_MAX	32

/**
 * struct zc_place - what the store has of a container
 * @id: of its cgroup; 0: never used
 * @pages: pages in the store
 * @bytes: what they take, data that others share not included
 * @refused: pages that were more than its share
 */
struct zc_place {
	u64 id;
	unsigned long pages;
	unsigned long bytes;
	unsigned long refused;
};

static struct zc_place places[PLACES];
static DEFINE_SPINLOCK(place_lock);

/**
 * struct zc_excluded - cgroups whose pages are not put
 * @rcu: to free it
 * @nr: how many
 * @ids: theirs
 */
struct zc_excluded {
	struct rcu_head rcu;
	unsigned int nr;
	u64 ids[EXCLUDED_MAX];
};

static struct zc_excluded __rcu *excluded;

/* The place of a container, which it may just have got; 0: there is none. */
static unsigned int place_of(u64 id)
{
	unsigned int first = hash_64(id, PLACE_BITS), n, i, unused = 0;

	lockdep_assert_held(&place_lock);
	for (i = 0; i < PROBES; i++) {
		n = (first + i) % PLACES;
		if (!n)
			continue;
		if (places[n].id == id)
			return n;
		if (!unused && !places[n].pages)
			unused = n;
	}
	if (unused)
		places[unused] = (struct zc_place){ .id = id };
	return unused;
}

/* What a container may have, in bytes; give or take a page for each CPU. */
static u64 zc_share(void)
{
	return zc_room_limit() / 100 * READ_ONCE(zc_params.container_percent);
}

/* Make room in a container's share by what it has had there for longest. */
static bool make_room(unsigned int place)
{
	unsigned int i;

	for (i = 0; i < TURN_BATCH && zc_evict_tenant(place, WHY_LIMIT); i++)
		if (READ_ONCE(places[place].bytes) < zc_share())
			return true;
	return false;
}

/**
 * zc_container_enter - may a container have another page in the store?
 * @id: its cgroup's id; 0: it is not in one
 * @full: it is at its own limit
 * @place: becomes the number of its place, 0: nobody's
 *
 * Context: process, irqs on.
 * Return: 0, and the page is counted, until zc_container_leave(); -ENOSPC.
 */
int zc_container_enter(u64 id, bool full, unsigned int *place)
{
	bool much = false, turn = false;
	unsigned int n;

	*place = 0;
	if (!id)
		return 0;
	spin_lock(&place_lock);
	n = place_of(id);
	if (n && full) {
		much = places[n].bytes >= zc_share();
		if (much)
			turn = !(++places[n].refused % TURN);
	}
	if (n && (!much || turn))
		places[n].pages++;
	spin_unlock(&place_lock);
	if (!n)
		return full ? -ENOSPC : 0;
	if (much && !turn)
		return -ENOSPC;
	if (turn && !make_room(n)) {
		zc_container_leave(n, 0);
		return -ENOSPC;
	}
	*place = n;
	return 0;
}
TMEM_EXPORT_FOR_TEST(zc_container_enter);

/**
 * zc_container_enter_again - a page that has entered gets another descriptor
 * @place: number of its container's place; 0: nobody's
 *
 * Context: process, irqs on; the page is there.  The new descriptor is counted
 * beside the old one, until zc_container_leave().
 */
void zc_container_enter_again(unsigned int place)
{
	if (!place)
		return;
	spin_lock(&place_lock);
	places[place].pages++;
	spin_unlock(&place_lock);
}

/**
 * zc_container_charge - a page that has entered has got its data
 * @place: number of its container's place; 0: nobody's
 * @bytes: what it takes
 *
 * Context: process, irqs on.
 */
void zc_container_charge(unsigned int place, size_t bytes)
{
	if (!place)
		return;
	spin_lock(&place_lock);
	WRITE_ONCE(places[place].bytes, places[place].bytes + bytes);
	spin_unlock(&place_lock);
}
TMEM_EXPORT_FOR_TEST(zc_container_charge);

/**
 * zc_container_leave - a page is gone
 * @place: number of its container's place; 0: nobody's
 * @bytes: what it was charged
 *
 * Context: process, irqs on.
 */
void zc_container_leave(unsigned int place, size_t bytes)
{
	if (!place)
		return;
	spin_lock(&place_lock);
	places[place].pages--;
	WRITE_ONCE(places[place].bytes, places[place].bytes - bytes);
	spin_unlock(&place_lock);
}
TMEM_EXPORT_FOR_TEST(zc_container_leave);

/* Whose is it?  True: whoever it is, his pages are not put. */
static bool zc_whose(struct page *page, u64 *id, bool *tenant)
{
	const struct zc_excluded *ex;
	bool out;

	rcu_read_lock();
	*id = tmem_page_container(page, tenant);
	ex = rcu_dereference(excluded);
	out = ex && tmem_page_in_cgroups(page, ex->ids, ex->nr);
	rcu_read_unlock();
	return out;
}

/**
 * zc_container_passes - may a file page go elsewhere, as far as containers go?
 * @page: the page, locked or the caller's alone
 *
 * Context: process, irqs on.
 * Return: false if not: it is a tenant's, or may not be put at all.
 */
bool zc_container_passes(struct page *page)
{
	bool tenant;
	u64 id;

	return !zc_whose(page, &id, &tenant) && !tenant;
}

/**
 * zc_container_swaps - is it a container's limit that a page is swapped out for?
 * @page: the page, being written
 *
 * Context: any.
 * Return: true if so.
 */
bool zc_container_swaps(struct page *page)
{
	bool ret;

	rcu_read_lock();
	ret = !zc_broken(ZC_BREAK_TENANT) && tmem_page_swap_memcg_full(page);
	rcu_read_unlock();
	return ret;
}

/**
 * zc_container_admit - may a file page come, as far as containers go?
 * @page: the page, locked or the caller's alone
 * @place: becomes the number of its container's place, 0: nobody's
 * @tenant: becomes true if it is there on sufferance
 *
 * Context: process, irqs on.
 * Return: 0, and the page is counted, until zc_container_leave(); -ENOSPC.
 */
int zc_container_admit(struct page *page, unsigned int *place, bool *tenant)
{
	bool out;
	u64 id;

	out = zc_whose(page, &id, tenant);
	*place = 0;
	if (zc_broken(ZC_BREAK_TENANT))
		*tenant = false;
	if (out)
		return -ENOSPC;
	/* It takes the place of other tenants only. */
	if (*tenant && zc_room() == ROOM_FULL && !zc_evict_any_tenant())
		return -ENOSPC;
	return zc_container_enter(id, *tenant, place);
}

/* Resolve a list of paths, which is taken apart. */
static int zc_resolve(char *list, struct zc_excluded *ex)
{
	char *path;
	u64 id;

	while ((path = strsep(&list, "\n ,"))) {
		if (!*path)
			continue;
		if (ex->nr == EXCLUDED_MAX) {
			pr_err("parameter exclude_cgroups: takes %d cgroups at most\n",
			       EXCLUDED_MAX);
			return -E2BIG;
		}
		id = tmem_cgroup_find(path);
		if (!id) {
			pr_err("parameter exclude_cgroups: there is no cgroup '%s'; takes paths below /sys/fs/cgroup, separated by commas\n",
			       path);
			return -ENOENT;
		}
		ex->ids[ex->nr++] = id;
	}
	return 0;
}

/**
 * zc_container_exclude - the cgroups whose pages are not put from now on
 * @list: their paths, separated by commas or blanks; "": none
 *
 * Context: process; may sleep; not concurrently.
 * Return: 0; -ENOENT, -E2BIG with a message, or -ENOMEM, and nothing changes.
 */
int zc_container_exclude(const char *list)
{
	struct zc_excluded *ex = kzalloc(sizeof(*ex), GFP_KERNEL), *old;
	char *copy = kstrdup(list, GFP_KERNEL);
	int ret = -ENOMEM;

	if (ex && copy)
		ret = zc_resolve(copy, ex);
	kfree(copy);
	if (ret) {
		kfree(ex);
		return ret;
	}
	old = rcu_replace_pointer(excluded, ex, true);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * zc_container_excluded - the cgroups whose pages are not put
 * @buf: where to
 * @size: bytes there
 *
 * Context: process; may sleep; not while they are set.
 * Return: bytes written: their paths, separated by commas, and a newline.
 */
int zc_container_excluded(char *buf, size_t size)
{
	const struct zc_excluded *ex = rcu_dereference_protected(excluded, true);
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	unsigned int i;
	int n = 0;

	if (!path)
		return -ENOMEM;
	for (i = 0; ex && i < ex->nr; i++) {
		tmem_cgroup_path(ex->ids[i], path, PATH_MAX);
		n += scnprintf(buf + n, size - n, "%s%s", i ? "," : "", path);
	}
	kfree(path);
	return n + scnprintf(buf + n, size - n, "\n");
}

/**
 * zc_container_show - a line for each container: see ABI.txt
 * @m: where to
 *
 * Context: process; may sleep.
 * Return: 0; -ENOMEM.
 */
int zc_container_show(struct seq_file *m)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	struct zc_place p;
	unsigned int i;

	if (!path)
		return -ENOMEM;
	seq_puts(m, "cgroup pages bytes refused path\n");
	for (i = 1; i < PLACES; i++) {
		spin_lock(&place_lock);
		p = places[i];
		spin_unlock(&place_lock);
		if (!p.id)
			continue;
		tmem_cgroup_path(p.id, path, PATH_MAX);
		seq_printf(m, "%llu %lu %lu %lu %s\n", p.id, p.pages, p.bytes,
			   p.refused, path);
	}
	kfree(path);
	return 0;
}

/**
 * zc_container_include_all - no cgroup is excluded any more
 *
 * Context: process; may sleep; as zc_container_exclude().
 */
void zc_container_include_all(void)
{
	struct zc_excluded *ex = rcu_dereference_protected(excluded, true);

	RCU_INIT_POINTER(excluded, NULL);
	if (ex)
		kfree_rcu(ex, rcu);
}
