// SPDX-License-Identifier: GPL-2.0
/*
 * evict.c - the ephemeral pages that are in the store, and how they leave it
 *
 * Purpose: the lock around the replacement policy, and eviction through the
 * core.
 *
 * Why this design: the policy's decisions are pure code over two lists and a
 * table (policy.c, ghost.c, admit.c); what is hard about them in a kernel is here.
 *
 * Invariants: a page is on a list only while the core has it linked, or is
 * about to say that it has not (zc_evict_unlinked()).  Whoever takes a page
 * off its list under policy_lock and wants to use it after that takes a
 * reference under the same lock.
 *
 * Why zp->obj may be used for eviction: the evictor enters its RCU read
 * section before it takes policy_lock and finds the page on a list, that is,
 * before it learns that the core has not yet called pamops->free for it.  That
 * is what the core asks for (pamops->create_finish in tmem.h).
 *
 * The ghost table begins small and is doubled in a worker when it has forgotten
 * much: a machine of many GiB that reads few files has a small one.
 *
 * A page that was copied to elsewhere (remote.c) leaves a descriptor behind when
 * it is evicted.  Its copy belongs to whoever takes it off its list.
 *
 * Locking: policy_lock for all of it: irqsave, innermost.  ghost_mutex, outside
 * it, for who changes the table's size.
 */
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <compat/test_export.h>
#include "admit.h"
#include "gain.h"
#include "policy.h"
#include "remote.h"
#include "sums.h"
#include "zcache.h"

/* Pages of a file that are sampled together: 32 KiB of small ones. */
#define SAMPLE_BLOCK_SHIFT 3

static DEFINE_SPINLOCK(policy_lock);
static struct zc_policy policy;
static struct zc_admission admit;
static struct zc_gain gain;
/* There has been a pool whose pages the ghost table can remember. */
static bool ghost_wanted;
/* It may not be larger, or there was no memory for that lately. */
static bool ghost_stays;
static DEFINE_MUTEX(ghost_mutex);

static void ghost_work_fn(struct work_struct *work);
static DECLARE_WORK(ghost_work, ghost_work_fn);

/* What the fingerprints of an object's pages have in common. */
static u64 object_print(int pool, const struct tmem_oid *oidp)
{
	u64 h = pool;
	int i;

	for (i = 0; i < 3; i++) {
		h = (h ^ oidp->oid[i]) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return h;
}

/* 64 bits of a handle.  Two pages with the same ones just share their luck. */
static u64 print_at(u64 object, u32 index)
{
	u64 h = (object ^ index) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
	return h ^ (h >> 32);
}

static u64 print_of(int pool, const struct tmem_oid *oidp, u32 index)
{
	return print_at(object_print(pool, oidp), index);
}

/* There is one client (host.c), so a pool's id says which pool it is. */
static u64 object_print_of(const struct tmem_obj *obj)
{
	return object_print(tmem_pool_id(obj->pool), &obj->oid);
}

static u64 print_in(const struct tmem_obj *obj, u32 index)
{
	return print_at(object_print_of(obj), index);
}

/**
 * zc_evict_init - an empty store
 *
 * Context: process.
 */
void zc_evict_init(void)
{
	zc_policy_init(&policy);
}

/**
 * zc_evict_exit - the end; no page is left
 *
 * Context: process; may sleep.
 */
void zc_evict_exit(void)
{
	cancel_work_sync(&ghost_work);
	zc_ghost_exit(&policy.ghost);
}

static u64 ghost_entries(void)
{
	return (u64)policy.ghost.sets * GHOST_WAYS;
}

static u64 ghost_most(void)
{
	return zc_sum_ghosts(zc_room_limit() >> PAGE_SHIFT);
}

/* Put another table in the place of the old one, which is freed. */
static void ghost_replace(const struct ghost *new)
{
	struct ghost old;

	lockdep_assert_held(&ghost_mutex);
	spin_lock_irq(&policy_lock);
	old = policy.ghost;
	policy.ghost = *new;
	spin_unlock_irq(&policy_lock);
	zc_room_account(zc_ghost_bytes(new));
	zc_room_account(-(long)zc_ghost_bytes(&old));
	zc_ghost_exit(&old);
}

static void ghost_work_fn(struct work_struct *work)
{
	struct ghost new;

	mutex_lock(&ghost_mutex);
	if (!zc_sum_ghosts_fit(2 * ghost_entries(), ghost_most())) {
		WRITE_ONCE(ghost_stays, true);
	} else if (zc_room() == ROOM_SHORT ||
		   zc_ghost_double(&new, &policy.ghost)) {
		/* Not now. */
		spin_lock_irq(&policy_lock);
		policy.ghost.pushed = 0;
		spin_unlock_irq(&policy_lock);
	} else {
		ghost_replace(&new);
	}
	mutex_unlock(&ghost_mutex);
}

/* After pages have been added to the table. */
static void ghost_check(void)
{
	/* A guess, which the next one corrects. */
	if (data_race(ghost_is_small(&policy.ghost)) && !READ_ONCE(ghost_stays))
		schedule_work(&ghost_work);
}

/**
 * zc_evict_resize_ghost - fit the ghost table to the limit
 *
 * If it is too large now, what it knew is lost.  Without ephemeral pages there
 * is no table.
 *
 * Context: process; may sleep; not concurrently.
 * Return: 0; -ENOMEM, and the table stays as it was.
 */
int zc_evict_resize_ghost(void)
{
	u64 most = ghost_most();
	struct ghost new;
	int ret = 0;

	if (!ghost_wanted)
		return 0;
	mutex_lock(&ghost_mutex);
	WRITE_ONCE(ghost_stays, false);
	if (!policy.ghost.sets || !zc_sum_ghosts_fit(ghost_entries(), most)) {
		ret = zc_ghost_init(&new, zc_sum_ghosts_start(most));
		if (!ret)
			ghost_replace(&new);
	}
	mutex_unlock(&ghost_mutex);
	return ret;
}

/**
 * zc_evict_want_ghost - there will be ephemeral pages
 *
 * Context: as zc_evict_resize_ghost().
 */
void zc_evict_want_ghost(void)
{
	if (ghost_wanted)
		return;
	ghost_wanted = true;
	/* Without memory for it nothing is remembered, until it is resized. */
	zc_evict_resize_ghost();
}

/**
 * zc_evict_offer - should pages that could be put be put?
 * @pool: the pool's id
 * @oidp: the object
 * @index: the first page's index
 * @nr: number of pages: they come and go together
 * @hints: TMEM_HINT_*
 *
 * Context: any but NMI.
 * Return: TMEM_OFFER_TAKE, or why not.
 */
enum tmem_offer zc_evict_offer(int pool, const struct tmem_oid *oidp, u32 index,
			       u32 nr, unsigned int hints)
{
	struct zc_admit_case c = {
		.hints = hints,
		.nr = nr,
		.held = zc_evict_pages(),
	};
	enum tmem_offer ret;
	unsigned long flags;
	enum zc_room room;
	u32 i;

	if (hints & TMEM_HINT_RAW)
		return TMEM_OFFER_RAW;
	room = zc_room();
	if (room != ROOM_YES)
		zc_remote_kick();
	/* What is elsewhere as well makes room for it. */
	if (zc_evict_copies())
		room = ROOM_YES;
	c.elsewhere = zc_remote_takes();
	c.full = room == ROOM_FULL;
	c.is_short = room == ROOM_SHORT;
	c.writing = zc_room_writing();
	if (zc_broken(ZC_BREAK_ADMIT)) {
		c.hints &= ~(TMEM_HINT_WRITTEN | TMEM_HINT_RUN);
		c.writing = false;
	}
	c.plenty = !(hints & TMEM_HINT_CONTAINER) || zc_room_plenty();
	c.sample = print_of(pool, oidp, index >> SAMPLE_BLOCK_SHIFT);
	spin_lock_irqsave(&policy_lock, flags);
	c.harms = gain.harms;
	c.known = zc_policy_knows(&policy, print_of(pool, oidp, index),
				  &c.earned);
	ret = zc_admit(&admit, &c);
	/* Who drops pages himself says nothing of when they will be read. */
	if (hints & TMEM_HINT_DROPPED)
		nr = 0;
	for (i = 0; ret != TMEM_OFFER_TAKE && i < nr; i++)
		zc_policy_refused(&policy, print_of(pool, oidp, index + i),
				  ret == TMEM_OFFER_CHEAP && c.earned);
	spin_unlock_irqrestore(&policy_lock, flags);
	if (ret != TMEM_OFFER_TAKE)
		ghost_check();
	return ret;
}

/**
 * zc_evict_linked_run - the core has linked ephemeral pages
 * @obj: the object that leads to them
 * @index: the index there of the first page of the run
 * @map: which pages of the run
 * @zps: page i is zps[i]
 *
 * Context: obj->lock, irqs off.
 */
void zc_evict_linked_run(struct tmem_obj *obj, u32 index, u32 map,
			 struct zpage **zps)
{
	u64 object = object_print_of(obj);
	unsigned long flags;
	unsigned int i;
	u32 left;

	tmem_run_for_each(i, map, left) {
		zps[i]->obj = obj;
		zps[i]->index = index + i;
	}
	spin_lock_irqsave(&policy_lock, flags);
	tmem_run_for_each(i, map, left)
		zc_policy_insert(&policy, zps[i], print_at(object, index + i));
	spin_unlock_irqrestore(&policy_lock, flags);
}

/* Of a page that is taken off its list, for zc_remote_uncopy(). */
static struct zc_copy *zc_copy_of(const struct zpage *zp)
{
	lockdep_assert_held(&policy_lock);
	return zpage_is_copied(zp) ? zp->copy : NULL;
}

/**
 * zc_evict_unlinked - the core has unlinked a page, whatever for
 * @zp: the page
 *
 * Context: any but NMI.
 */
void zc_evict_unlinked(struct zpage *zp)
{
	struct zc_copy *copy = NULL;
	unsigned long flags;

	/*
	 * A page comes onto a list once, before it can be unlinked, and leaves
	 * the lists once, not in passing from one to the other: if it is seen
	 * off now it is off for good.
	 */
	if (data_race(zp->list == ZPAGE_OFF))
		return;
	spin_lock_irqsave(&policy_lock, flags);
	if (zp->list != ZPAGE_OFF) {
		copy = zc_copy_of(zp);
		zc_policy_remove(&policy, zp);
	}
	spin_unlock_irqrestore(&policy_lock, flags);
	zc_remote_uncopy(copy);
}

/* A page was asked for.  Context: policy_lock. */
static void zc_note_asked(bool hit, u32 distance)
{
	if (zc_broken(ZC_BREAK_ADMIT | ZC_BREAK_GAIN))
		return;
	zc_gain_asked(&gain, hit, distance, policy_ram(&policy),
		      policy_pages(&policy));
}

/**
 * zc_evict_replaced - the core is about to link another descriptor of a page
 * @old: the page's descriptor
 * @new: the other one
 * @obj: the object that leads to it
 * @index: its index there
 *
 * A page that is on its way out, since it was got or chosen for eviction, keeps
 * its descriptor: whoever takes it out has that.  So does one that is elsewhere
 * as well: its copy knows it by that, and it goes next.
 *
 * Context: obj->lock, irqs off.
 * Return: false if the page keeps the old one.
 */
bool zc_evict_replaced(struct zpage *old, struct zpage *new,
		       struct tmem_obj *obj, u32 index)
{
	unsigned long flags;
	bool stays;

	/* Before an evictor can find it. */
	new->obj = obj;
	new->index = index;
	spin_lock_irqsave(&policy_lock, flags);
	stays = old->list == ZPAGE_OFF || zpage_is_copied(old);
	if (!stays)
		zc_policy_replace(&policy, old, new);
	spin_unlock_irqrestore(&policy_lock, flags);
	return !stays;
}

/**
 * zc_evict_clock - the policy's clock, which goes on with each page that comes
 *
 * Context: any.
 * Return: the stamp of the last page, a moment ago.
 */
u32 zc_evict_clock(void)
{
	/* It changes under the lock; a guess is what is asked for. */
	return data_race(policy.clock);
}

/**
 * zc_evict_got_run - ephemeral pages of one object were copied out
 * @map: which pages of a run; some
 * @zps: page i is zps[i]; the caller has a hold on each
 * @leaves: the core is about to unlink them for that
 *
 * Context: the core's RCU read section in which it found the pages.
 */
void zc_evict_got_run(u32 map, struct zpage **zps, bool leaves)
{
	/* All were linked when they were found, so this was set. */
	u64 object = object_print_of(zps[__ffs(map)]->obj);
	struct zc_copy *copy, *next;
	unsigned long flags;
	LIST_HEAD(copies);
	unsigned int i;
	u32 left;

	spin_lock_irqsave(&policy_lock, flags);
	tmem_run_for_each(i, map, left) {
		struct zpage *zp = zps[i];

		zc_admit_hit(&admit);
		zc_stat_inc(eph_hits);
		if (zp->list == ZPAGE_OFF)
			continue;
		zc_note_asked(true, policy.clock - zp->stamp);
		copy = zc_copy_of(zp);
		if (leaves)
			zc_policy_hit(&policy, zp, print_at(object, zp->index));
		else
			zc_policy_touch(&policy, zp);
		if (copy)
			list_add(&copy->list, &copies);
	}
	spin_unlock_irqrestore(&policy_lock, flags);
	list_for_each_entry_safe(copy, next, &copies, list)
		zc_remote_uncopy(copy);
}

/* Pages were asked for that the store has not, or only elsewhere. */
static void zc_note_gone(int pool, const struct tmem_oid *oidp, u32 index,
			 u32 map, bool hit)
{
	u64 object = object_print(pool, oidp);
	unsigned long flags;
	u32 left, distance;
	unsigned int i;

	spin_lock_irqsave(&policy_lock, flags);
	tmem_run_for_each(i, map, left) {
		if (hit)
			zc_admit_hit(&admit);
		if (zc_policy_missed(&policy, print_at(object, index + i),
				     &distance))
			zc_admit_again(&admit);
		zc_note_asked(hit, distance);
	}
	spin_unlock_irqrestore(&policy_lock, flags);
}

/**
 * zc_evict_got_away - pages of one object were fetched from elsewhere
 * @pool: the pool's id
 * @oidp: the object
 * @index: the index in it of the first page of a run
 * @map: which pages of the run
 *
 * The policy knows of them what the ghost table does.
 *
 * Context: any but NMI.
 */
void zc_evict_got_away(int pool, const struct tmem_oid *oidp, u32 index,
		       u32 map)
{
	zc_stat_add(eph_hits, hweight32(map));
	zc_note_gone(pool, oidp, index, map, true);
}

/**
 * zc_evict_missed - pages were asked for that are not there
 * @pool: the pool's id
 * @oidp: the object
 * @index: the index in it of the first page of a run
 * @map: which pages of the run
 *
 * Context: any but NMI.
 */
void zc_evict_missed(int pool, const struct tmem_oid *oidp, u32 index, u32 map)
{
	zc_note_gone(pool, oidp, index, map, false);
}

static void zc_count(enum zc_why why, u8 list, bool copied)
{
	if (copied)
		zc_stat_inc(evicted_copied);
	else if (list == ZPAGE_SMALL)
		zc_stat_inc(evicted_small);
	else if (list == ZPAGE_MAIN)
		zc_stat_inc(evicted_main);
	else
		zc_stat_inc(evicted_tenants);
	switch (why) {
	case WHY_LIMIT:
		zc_stat_inc(evicted_limit);
		break;
	case WHY_RESERVE:
		zc_stat_inc(evicted_reserve);
		break;
	case WHY_NOMEM:
		zc_stat_inc(evicted_nomem);
		break;
	case WHY_SHRINKER:
		zc_stat_inc(evicted_shrinker);
		break;
	case WHY_OOM:
		zc_stat_inc(evicted_oom);
		break;
	case WHY_TRIM:
		zc_stat_inc(evicted_trim);
		break;
	case WHY_IDLE:
		zc_stat_inc(evicted_idle);
		break;
	}
}

static struct zpage *choose_victim(struct zc_policy *p, unsigned int why)
{
	return zc_policy_victim(p, why == WHY_LIMIT || why == WHY_RESERVE);
}

static struct zpage *choose_dead(struct zc_policy *p, unsigned int unused)
{
	struct zpage *zp = gain.give ? zc_policy_victim(p, false) : NULL;

	if (!zp)
		return zc_policy_dead(p);
	gain.give--;
	return zp;
}

static struct zpage *choose_copy(struct zc_policy *p, unsigned int unused)
{
	return zc_policy_copy(p);
}

/* Evict the page that the policy chooses. */
static bool zc_evict(enum zc_why why,
		     struct zpage *(*choose)(struct zc_policy *p, unsigned int arg),
		     unsigned int arg)
{
	struct zc_copy *copy;
	struct tmem_obj *obj;
	struct zpage *zp;
	unsigned long flags;
	bool copied;
	u32 index;
	u8 list;

	rcu_read_lock();
	spin_lock_irqsave(&policy_lock, flags);
	zp = choose(&policy, arg);
	if (!zp) {
		spin_unlock_irqrestore(&policy_lock, flags);
		rcu_read_unlock();
		return false;
	}
	obj = zp->obj;
	index = zp->index;
	list = zp->list;
	copy = zc_copy_of(zp);
	copied = copy;
	/* On a list: the core's own reference is still there. */
	zc_page_hold(zp);
	zc_policy_evict(&policy, zp, print_in(obj, index));
	/*
	 * That tenants go says nothing of what free room is worth; and what has
	 * been copied is not given up.
	 */
	if (list != ZPAGE_TENANT && !copied)
		zc_admit_evicted(&admit);
	spin_unlock_irqrestore(&policy_lock, flags);

	/* If that finds it gone, it has been evicted by somebody's flush. */
	if (copied ? !zc_remote_evict(obj, index, zp, copy) :
		     !tmem_evict(obj, index, zp))
		zc_count(why, list, copied);
	rcu_read_unlock();
	zc_page_put(zp);
	ghost_check();
	zc_remote_kick();
	return true;
}

/**
 * zc_evict_one - evict the page that is worth least
 * @why: for the counters
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if there was one.
 */
bool zc_evict_one(enum zc_why why)
{
	return zc_evict(why, choose_victim, why);
}

/**
 * zc_evict_tenant - evict an old page of a container
 * @place: number of the container's place; 0: of any
 * @why: for the counters
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if there was one among the oldest.
 */
bool zc_evict_tenant(unsigned int place, enum zc_why why)
{
	return zc_evict(why, zc_policy_tenant, place);
}

/**
 * zc_evict_tenants - how many pages are there on sufferance
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_tenants(void)
{
	/* As zc_evict_pages(). */
	return data_race(policy.nr_tenants);
}
TMEM_EXPORT_FOR_TEST(zc_evict_tenants);

/**
 * zc_evict_dead - evict a page that is of less use than its RAM
 * @why: for the counters
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if there was one.
 */
bool zc_evict_dead(enum zc_why why)
{
	return zc_evict(why, choose_dead, 0);
}

/**
 * zc_evict_deads - how many of them may go, if there are so many
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_deads(void)
{
	/* As zc_evict_pages(). */
	return data_race(min(policy.credit, policy.nr_main) +
			 min(gain.give, policy_pages(&policy)));
}

/**
 * zc_evict_copy - evict a page that has been copied to elsewhere
 * @why: for the counters
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if there was one.
 */
bool zc_evict_copy(enum zc_why why)
{
	return zc_evict_copies() && zc_evict(why, choose_copy, 0);
}

/**
 * zc_evict_copies - how many pages have been copied to elsewhere
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_copies(void)
{
	/* As zc_evict_pages(). */
	return data_race(policy.nr_copied);
}
TMEM_EXPORT_FOR_TEST(zc_evict_copies);

/**
 * zc_evict_cold - the page that is to be copied to elsewhere next
 *
 * Context: process, irqs on.
 * Return: the page, with a hold that is the caller's; NULL if there is none.
 */
struct zpage *zc_evict_cold(void)
{
	struct zpage *zp;

	spin_lock_irq(&policy_lock);
	zp = zc_policy_cold(&policy);
	/* On a list: the core's own reference is still there. */
	if (zp)
		zc_page_hold(zp);
	spin_unlock_irq(&policy_lock);
	return zp;
}

/**
 * zc_evict_copied - a page has been copied to elsewhere
 * @zp: the page; the caller has a hold
 * @copy: of it
 *
 * Context: process, irqs on.
 * Return: false if the page has left the store meanwhile, and so @copy is still
 * the caller's.
 */
bool zc_evict_copied(struct zpage *zp, struct zc_copy *copy)
{
	bool here;

	spin_lock_irq(&policy_lock);
	here = zp->list == ZPAGE_SMALL || zp->list == ZPAGE_MAIN;
	if (here)
		zc_policy_copied(&policy, zp, copy);
	spin_unlock_irq(&policy_lock);
	return here;
}

/**
 * zc_evict_similar - evict a page in whose place another one fits
 * @len: bytes of the other one
 *
 * For want of memory: the allocator of data can put bytes where as many were,
 * when it gets no page for them.
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if there was one.
 */
bool zc_evict_similar(unsigned int len)
{
	return zc_evict(WHY_NOMEM, zc_policy_similar, len);
}

/**
 * zc_evict_some - evict some pages
 * @nr: how many
 * @why: for the counters
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: how many there were.
 */
unsigned long zc_evict_some(unsigned long nr, enum zc_why why)
{
	unsigned long done = 0;

	while (done < nr && zc_evict_one(why))
		done++;
	return done;
}
TMEM_EXPORT_FOR_TEST(zc_evict_some);

/**
 * zc_evict_pages - how many pages could be evicted
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_pages(void)
{
	/* Both counts change under the lock; a guess is what is asked for. */
	return data_race(policy_pages(&policy));
}
TMEM_EXPORT_FOR_TEST(zc_evict_pages);

/**
 * zc_evict_get_figures - the policy's own figures
 * @f: where to
 *
 * Context: process, irqs on.
 */
void zc_evict_get_figures(struct zc_evict_figures *f)
{
	spin_lock_irq(&policy_lock);
	f->small = policy.nr_small;
	f->main = policy.nr_main;
	f->tenants = policy.nr_tenants;
	f->copied = policy.nr_copied;
	f->ghost_hits = policy.ghost_hits;
	f->promotions = policy.promotions;
	f->ghost_bytes = zc_ghost_bytes(&policy.ghost);
	f->filled = admit.filled;
	f->poor = admit.poor;
	f->bought = admit.bought;
	f->window_hits = admit.hits;
	f->harms = gain.harms;
	f->saved = gain.all_saved;
	f->wasted = gain.all_wasted;
	f->lost = gain.all_lost;
	spin_unlock_irq(&policy_lock);
}
TMEM_EXPORT_FOR_TEST(zc_evict_get_figures);
