// SPDX-License-Identifier: GPL-2.0
/*
 * evict.c - the ephemeral pages that are in the store, and how they leave it
 *
 * Purpose: the replacement policy under its locks, and eviction through the
 * core.
 *
 * Why this design: the policy's decisions are pure code over two lists and a
 * table (policy.c, ghost.c, admit.c); what is hard about them in a kernel is here.
 * There are several of them, the shards (shard.c): a page that comes goes to the
 * one that its handle says, and one that has to go comes from the one whose turn
 * it is.
 *
 * Invariants: a page is on a list only while the core has it linked, or is
 * about to say that it has not (zc_evict_unlinked()).  Its descriptor says in
 * which shard (zpage_shard()), from before it is on a list until its end: all
 * that becomes of its list and of its copy does so under that shard's lock.
 * Whoever takes a page off its list and wants to use it after that takes a
 * reference under the same lock.
 *
 * Why zpage_obj() may be used for eviction: the evictor enters its RCU read
 * section before it takes the lock and finds the page on a list, that is,
 * before it learns that the core has not yet called pamops->free for it.  That
 * is what the core asks for (pamops->create_finish in tmem.h).
 *
 * A page that was copied to elsewhere (remote.c) leaves a descriptor behind when
 * it is evicted.  Its copy belongs to whoever takes it off its list.
 *
 * Locking: the shards' locks, irqsave, innermost, and never two of them at once.
 * Who looks for a page to evict takes each of them once at most, and tries those
 * only that said lately that they had one.
 */
#include <linux/err.h>
#include <linux/rcupdate.h>
#include <compat/test_export.h>
#include "admit.h"
#include "gain.h"
#include "policy.h"
#include "remote.h"
#include "shard.h"
#include "zcache.h"

/* Pages of a file that are sampled together: 32 KiB of small ones. */
#define SAMPLE_BLOCK_SHIFT 3

/* Shards whose oldest pages are looked through for one of a certain kind. */
#define PICKY_TRIES	4

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

/* Of a run's pages all or none are sent elsewhere: a get asks for all of them. */
static u64 run_print_at(u64 object, u32 index)
{
	return print_at(object, index / TMEM_RUN_PAGES);
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

/* ---- what the core and the frontends tell ---- */

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
	};
	u64 object = object_print(pool, oidp);
	struct zc_shard *s;
	enum tmem_offer ret;
	unsigned long flags;
	enum zc_room room;
	u32 i;

	if (hints & TMEM_HINT_RAW)
		return TMEM_OFFER_RAW;
	room = zc_room_may_grow(&c.scarce);
	if (room != ROOM_YES)
		zc_remote_kick();
	/* What is elsewhere as well makes room for it. */
	if (zc_shards_with(HAS_COPIES))
		room = ROOM_YES;
	c.elsewhere = zc_remote_takes() &&
		      zc_remote_sends(run_print_at(object, index));
	c.full = room == ROOM_FULL;
	c.is_short = room == ROOM_SHORT;
	c.writing = zc_room_writing();
	c.swaps = zc_room_is_swapping();
	if (zc_broken(ZC_BREAK_ADMIT)) {
		c.hints &= ~(TMEM_HINT_WRITTEN | TMEM_HINT_CHEAP);
		c.writing = false;
		c.scarce = false;
	}
	c.plenty = !(hints & TMEM_HINT_CONTAINER) || zc_room_plenty();
	c.sample = print_at(object, index >> SAMPLE_BLOCK_SHIFT);
	s = zc_shard_lock(zc_shard_of(object, index), &flags);
	c.held = policy_pages(&s->policy);
	c.shards = s->policy.shards;
	c.harms = s->gain.harms;
	c.known = zc_policy_knows(&s->policy, print_at(object, index),
				  &c.earned);
	ret = zc_admit(&s->admit, &c);
	if (zc_admit_dear(&s->admit))
		zc_room_note_slow();
	/* Who drops pages himself says nothing of when they will be read. */
	if (hints & TMEM_HINT_DROPPED)
		nr = 0;
	for (i = 0; ret != TMEM_OFFER_TAKE && i < nr; i++) {
		s = zc_shard_move(s, zc_shard_of(object, index + i), &flags);
		zc_policy_refused(&s->policy, print_at(object, index + i),
				  ret == TMEM_OFFER_CHEAP && c.earned);
	}
	zc_shard_unlock(s, flags);
	if (ret != TMEM_OFFER_TAKE)
		zc_shard_check_ghost(s);
	return ret;
}

/**
 * zc_evict_print - the fingerprint of a handle
 * @pool: the pool's id
 * @oidp: the object
 * @index: the page's index
 *
 * Context: any.
 * Return: 64 bits of it.
 */
u64 zc_evict_print(int pool, const struct tmem_oid *oidp, u32 index)
{
	return print_at(object_print(pool, oidp), index);
}

/**
 * zc_evict_wants - is a page of which there is a value elsewhere to come here?
 * @pool: the pool's id
 * @oidp: the object
 * @index: the page's index
 *
 * It is if half of the room is free (that of pages that have been asked for, and
 * are about to come back, is not), or if it was asked for so soon that the oldest
 * page here is worth less.  So what has no value elsewhere stays here.
 *
 * Context: any but NMI.
 * Return: true if so.
 */
bool zc_evict_wants(int pool, const struct tmem_oid *oidp, u32 index)
{
	u64 object = object_print(pool, oidp);
	unsigned long flags;
	struct zc_shard *s;
	bool earned;

	if (zc_room_used() < zc_room_limit() / 2 && zc_room() == ROOM_YES)
		return true;
	s = zc_shard_lock(zc_shard_of(object, index), &flags);
	zc_policy_knows(&s->policy, print_at(object, index), &earned);
	zc_shard_unlock(s, flags);
	return earned;
}

/**
 * zc_evict_passed - a page has gone elsewhere at once
 * @pool: the pool's id
 * @oidp: the object
 * @index: the page's index
 *
 * Context: any but NMI.
 */
void zc_evict_passed(int pool, const struct tmem_oid *oidp, u32 index)
{
	u64 object = object_print(pool, oidp);
	unsigned long flags;
	struct zc_shard *s;

	s = zc_shard_lock(zc_shard_of(object, index), &flags);
	zc_policy_passed(&s->policy, print_at(object, index));
	zc_shard_unlock(s, flags);
	zc_shard_check_ghost(s);
}

/**
 * zc_evict_linked_run - the core has linked ephemeral pages
 * @obj: the object that leads to them
 * @index: the index there of the first page of the run
 * @map: which pages of the run; some
 * @zps: page i is zps[i]
 *
 * Context: obj->lock, irqs off.
 */
void zc_evict_linked_run(struct tmem_obj *obj, u32 index, u32 map,
			 struct zpage **zps)
{
	u64 object = object_print_of(obj);
	unsigned long flags;
	struct zc_shard *s;
	unsigned int i;
	u32 left;

	s = zc_shard_lock(zc_shard_of(object, index + __ffs(map)), &flags);
	tmem_run_for_each(i, map, left) {
		s = zc_shard_move(s, zc_shard_of(object, index + i), &flags);
		/* Before an evictor can find it. */
		zpage_set_home(zps[i], obj, zc_shard_number(s));
		zps[i]->index = index + i;
		zc_policy_insert(&s->policy, zps[i],
				 print_at(object, index + i));
	}
	zc_shard_unlock(s, flags);
}

/* Of a page that is taken off its list, for zc_remote_uncopy(). */
static struct zc_copy *zc_copy_of(const struct zc_shard *s,
				  const struct zpage *zp)
{
	lockdep_assert_held(&s->lock);
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
	struct zc_shard *s;

	/*
	 * A page comes onto a list once, before it can be unlinked, and leaves
	 * the lists once, not in passing from one to the other: if it is seen
	 * off now it is off for good.
	 */
	if (data_race(zp->list == ZPAGE_OFF))
		return;
	s = zc_shard_lock(zc_shard_with(zp), &flags);
	if (zp->list != ZPAGE_OFF) {
		copy = zc_copy_of(s, zp);
		zc_policy_remove(&s->policy, zp);
	}
	zc_shard_unlock(s, flags);
	zc_remote_uncopy(copy);
}

/* A page was asked for.  Context: the shard's lock. */
static void zc_note_asked(struct zc_shard *s, bool hit, u32 distance)
{
	if (zc_broken(ZC_BREAK_ADMIT | ZC_BREAK_GAIN))
		return;
	zc_gain_asked(&s->gain, hit, distance, policy_ram(&s->policy),
		      policy_pages(&s->policy), s->policy.shards,
		      zc_admit_dear(&s->admit));
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
	struct zc_shard *s;
	bool stays;

	s = zc_shard_lock(zc_shard_with(old), &flags);
	stays = old->list == ZPAGE_OFF || zpage_is_copied(old);
	if (!stays) {
		/* In the old one's place, whatever shard is right today. */
		zpage_set_home(new, obj, zc_shard_number(s));
		new->index = index;
		zc_policy_replace(&s->policy, old, new);
	}
	zc_shard_unlock(s, flags);
	return !stays;
}

/**
 * zc_evict_clock - a shard's clock, which goes on with each page that comes
 * @shard: its number, below ZC_SHARDS_MAX
 *
 * Context: any.
 * Return: the stamp of its last page, a moment ago.
 */
u32 zc_evict_clock(unsigned int shard)
{
	if (shard >= zc_nr_shards)
		return 0;
	/* It changes under the lock; a guess is what is asked for. */
	return data_race(zc_shards[shard].policy.clock);
}

/**
 * zc_evict_got_run - ephemeral pages of one object were copied out
 * @map: which pages of a run; some
 * @zps: page i is zps[i]; the caller has a hold on each
 * @pages: and was copied to pages[i]
 * @leaves: the core is about to unlink them for that
 *
 * Context: the core's RCU read section in which it found the pages.
 */
void zc_evict_got_run(u32 map, struct zpage **zps, struct page **pages,
		      bool leaves)
{
	/* All were linked when they were found, so this was set. */
	struct zpage *zp = zps[__ffs(map)];
	u64 object = object_print_of(zpage_obj(zp));
	struct zc_copy *copies[TMEM_RUN_PAGES];
	unsigned long flags;
	struct zc_shard *s;
	u32 left, copied = 0;
	unsigned int i;

	zc_stat_add(eph_hits, hweight32(map));
	s = zc_shard_lock(zc_shard_with(zp), &flags);
	tmem_run_for_each(i, map, left) {
		zp = zps[i];
		s = zc_shard_move(s, zc_shard_with(zp), &flags);
		zc_admit_hit(&s->admit);
		if (zp->list == ZPAGE_OFF)
			continue;
		zc_note_asked(s, true, s->policy.clock - zp->stamp);
		copies[i] = zc_copy_of(s, zp);
		if (copies[i])
			copied |= 1U << i;
		if (leaves)
			zc_policy_hit(&s->policy, zp,
				      print_at(object, zp->index));
		else
			zc_policy_touch(&s->policy, zp);
	}
	zc_shard_unlock(s, flags);
	tmem_run_for_each(i, copied, left) {
		if (leaves)
			zc_remote_got(copies[i],
				      print_at(object, zps[i]->index),
				      pages[i]);
		else
			zc_remote_uncopy(copies[i]);
	}
}

/* Pages were asked for that the store has not, or only elsewhere. */
static void zc_note_gone(int pool, const struct tmem_oid *oidp, u32 index,
			 u32 map, bool hit)
{
	u64 object = object_print(pool, oidp);
	unsigned long flags;
	struct zc_shard *s;
	u32 left, distance;
	unsigned int i;

	s = zc_shard_lock(zc_shard_of(object, index + __ffs(map)), &flags);
	tmem_run_for_each(i, map, left) {
		s = zc_shard_move(s, zc_shard_of(object, index + i), &flags);
		if (hit)
			zc_admit_hit(&s->admit);
		if (zc_policy_missed(&s->policy, print_at(object, index + i),
				     &distance))
			zc_admit_again(&s->admit);
		zc_note_asked(s, hit, distance);
	}
	zc_shard_unlock(s, flags);
}

/**
 * zc_evict_got_away - pages of one object were fetched from elsewhere
 * @pool: the pool's id
 * @oidp: the object
 * @index: the index in it of the first page of a run
 * @map: which pages of the run; some
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
 * @map: which pages of the run; some
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
	case WHY_SWAP:
		zc_stat_inc(evicted_swap);
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

/* ---- eviction ---- */

static unsigned long zc_shard_tenants(const struct zc_shard *s)
{
	/* As zc_shard_pages(). */
	return data_race(s->policy.nr_tenants);
}

static unsigned long zc_shard_copies(const struct zc_shard *s)
{
	/* As zc_shard_pages(). */
	return data_race(s->policy.nr_copied);
}

/* The limit fell: it gets no pages any more, and so its clock stands. */
static bool zc_shard_is_retired(const struct zc_shard *s)
{
	return zc_shard_number(s) >= READ_ONCE(zc_active_shards);
}

static unsigned long zc_shard_deads(const struct zc_shard *s)
{
	/* As zc_shard_pages(). */
	unsigned long credit = data_race(s->policy.credit);
	/* Likewise. */
	unsigned long nr_main = data_race(s->policy.nr_main);
	/* Likewise. */
	unsigned long give = data_race(s->gain.give);

	if (zc_shard_is_retired(s))
		return zc_shard_pages(s);
	return min(credit, nr_main) + min(give, zc_shard_pages(s));
}

static unsigned long
zc_shards_sum(unsigned long (*of)(const struct zc_shard *s))
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < zc_nr_shards; i++)
		sum += of(&zc_shards[i]);
	return sum;
}

static struct zpage *choose_victim(struct zc_shard *s, unsigned int why)
{
	return zc_policy_victim(&s->policy,
				why == WHY_LIMIT || why == WHY_RESERVE);
}

static struct zpage *choose_dead(struct zc_shard *s, unsigned int unused)
{
	struct zpage *zp = NULL;

	if (zc_shard_is_retired(s))
		return zc_policy_victim(&s->policy, false);
	if (s->gain.give)
		zp = zc_policy_victim(&s->policy, false);
	if (!zp)
		return zc_policy_dead(&s->policy);
	s->gain.give--;
	return zp;
}

static struct zpage *choose_copy(struct zc_shard *s, unsigned int unused)
{
	return zc_policy_copy(&s->policy);
}

static struct zpage *choose_tenant(struct zc_shard *s, unsigned int place)
{
	return zc_policy_tenant(&s->policy, place);
}

static struct zpage *choose_similar(struct zc_shard *s, unsigned int len)
{
	return zc_policy_similar(&s->policy, len);
}

typedef struct zpage *(*choose_fn)(struct zc_shard *s, unsigned int arg);

/* The shard's lock. */
static void note_evicted(struct zc_shard *s, enum zc_why why)
{
	if (why == WHY_SWAP)
		zc_admit_pushed(&s->admit);
	else
		zc_admit_evicted(&s->admit);
}

/* Evict the page of a shard that the policy chooses. */
static bool zc_evict(struct zc_shard *s, enum zc_why why, choose_fn choose,
		     unsigned int arg)
{
	struct zc_copy *copy;
	struct tmem_obj *obj;
	struct zpage *zp;
	unsigned long flags;
	bool ask;
	u64 print;
	u32 index;
	u8 list;
	int ret;

	rcu_read_lock();
	zc_shard_lock(s, &flags);
	zp = choose(s, arg);
	if (!zp) {
		zc_shard_unlock(s, flags);
		rcu_read_unlock();
		return false;
	}
	obj = zpage_obj(zp);
	index = zp->index;
	list = zp->list;
	copy = zc_copy_of(s, zp);
	/*
	 * Tenants are not for elsewhere; and whoever evicts in the midst of a put
	 * has the buffers that it would take.
	 */
	ask = copy || (list != ZPAGE_TENANT && why != WHY_NOMEM &&
		       zc_remote_keeps());
	/* On a list: the core's own reference is still there. */
	zc_page_hold(zp);
	print = print_in(obj, index);
	zc_policy_evict(&s->policy, zp, print);
	/*
	 * That tenants go says nothing of what free room is worth; and what is
	 * elsewhere is not given up.
	 */
	if (list != ZPAGE_TENANT && !ask)
		note_evicted(s, why);
	zc_shard_unlock(s, flags);

	ret = ask ? zc_remote_evict(obj, index, print, zp, copy) :
		    tmem_evict(obj, index, zp);
	/* If that finds it gone, it has been evicted by somebody's flush. */
	if (ret >= 0)
		zc_count(why, list, copy || ret);
	rcu_read_unlock();
	if (ask && !copy && !ret) {
		zc_shard_lock(s, &flags);
		note_evicted(s, why);
		zc_shard_unlock(s, flags);
	}
	zc_page_put(zp);
	zc_shard_check_ghost(s);
	zc_remote_kick();
	return true;
}

/*
 * Evict a page from one of the shards that have pages of a kind, beginning with
 * the one whose turn it is; false: none of @tries had one.
 */
static bool zc_evict_kind(enum shard_has kind, unsigned int tries,
			  enum zc_why why, choose_fn choose, unsigned int arg)
{
	unsigned long with = zc_shards_with(kind);
	unsigned int first;

	if (!with)
		return false;
	for (first = zc_shard_turn(); tries && with; tries--)
		if (zc_evict(zc_shard_next(&with, first), why, choose, arg))
			return true;
	/* The next one looks elsewhere. */
	zc_shard_turn_ends();
	return false;
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
	enum shard_has kind = HAS_PAGES;

	if (zc_shards_with(HAS_TENANTS))
		kind = HAS_TENANTS;
	else if (zc_shards_with(HAS_COPIES))
		kind = HAS_COPIES;
	return zc_evict_kind(kind, zc_nr_shards, why, choose_victim, why) ||
	       (kind != HAS_PAGES &&
		zc_evict_kind(HAS_PAGES, zc_nr_shards, why, choose_victim, why));
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
	return zc_evict_kind(HAS_TENANTS, place ? PICKY_TRIES : zc_nr_shards,
			     why, choose_tenant, place);
}

/**
 * zc_evict_tenants - how many pages are there on sufferance
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_tenants(void)
{
	return zc_shards_sum(zc_shard_tenants);
}

/**
 * zc_evict_dead - evict a page that is of less use than its RAM
 * @why: for the counters
 *
 * In most shards there is none, and whoever reclaims asks: a few are enough.
 *
 * Context: process, irqs on.  Does not sleep.
 * Return: true if there was one where it looked.
 */
bool zc_evict_dead(enum zc_why why)
{
	return zc_evict_kind(HAS_PAGES, PICKY_TRIES, why, choose_dead, 0);
}

/**
 * zc_evict_deads - how many of them may go, if there are so many
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_deads(void)
{
	return zc_shards_sum(zc_shard_deads);
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
	return zc_evict_kind(HAS_COPIES, zc_nr_shards, why, choose_copy, 0);
}

/**
 * zc_evict_copies - how many pages have been copied to elsewhere
 *
 * Context: any.
 * Return: their number, a moment ago.
 */
unsigned long zc_evict_copies(void)
{
	return zc_shards_sum(zc_shard_copies);
}
TMEM_EXPORT_FOR_TEST(zc_evict_copies);

/**
 * zc_evict_cold - the page that is to be copied to elsewhere next
 * @print: becomes the fingerprint of its handle
 * @run: becomes that of its run, for zc_remote_sends()
 *
 * Context: process, irqs on.
 * Return: the page, with a hold that is the caller's; NULL if there is none.
 */
struct zpage *zc_evict_cold(u64 *print, u64 *run)
{
	unsigned long with = zc_shards_with(HAS_PAGES);
	unsigned int first = zc_shard_turn();
	struct zpage *zp = NULL;
	struct zc_shard *s;
	u64 object;

	while (!zp && with) {
		s = zc_shard_next(&with, first);
		spin_lock_irq(&s->lock);
		zp = zc_policy_cold(&s->policy);
		/* On a list: the core's own reference is still there. */
		if (zp) {
			zc_page_hold(zp);
			object = object_print_of(zpage_obj(zp));
			*print = print_at(object, zp->index);
			*run = run_print_at(object, zp->index);
		}
		spin_unlock_irq(&s->lock);
	}
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
	unsigned long flags;
	struct zc_shard *s;
	bool here;

	s = zc_shard_lock(zc_shard_with(zp), &flags);
	here = zp->list == ZPAGE_SMALL || zp->list == ZPAGE_MAIN;
	if (here)
		zc_policy_copied(&s->policy, zp, copy);
	zc_shard_unlock(s, flags);
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
	return zc_evict_kind(HAS_PAGES, PICKY_TRIES, WHY_NOMEM,
			     choose_similar, len);
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
	return zc_shards_sum(zc_shard_pages);
}
TMEM_EXPORT_FOR_TEST(zc_evict_pages);

/**
 * zc_evict_any - is there a page that could be evicted?
 *
 * Unlike zc_evict_pages(), for where it is asked often: it looks at one word.
 *
 * Context: any.
 * Return: true if there was one a moment ago.
 */
bool zc_evict_any(void)
{
	return zc_shards_with(HAS_PAGES);
}

/**
 * zc_evict_any_tenant - is there a page on sufferance?
 *
 * Context: any.
 * Return: true if there was one a moment ago.
 */
bool zc_evict_any_tenant(void)
{
	return zc_shards_with(HAS_TENANTS);
}

/**
 * zc_evict_get_figures - the policy's own figures
 * @f: where to
 *
 * Context: process, irqs on.
 */
void zc_evict_get_figures(struct zc_evict_figures *f)
{
	unsigned int i, filled = 0, poor = 0, pays = 0, harms = 0;
	struct zc_shard *s;

	*f = (struct zc_evict_figures){ .shards = READ_ONCE(zc_active_shards) };
	for (i = 0; i < zc_nr_shards; i++) {
		s = &zc_shards[i];
		spin_lock_irq(&s->lock);
		f->small += s->policy.nr_small;
		f->main += s->policy.nr_main;
		f->tenants += s->policy.nr_tenants;
		f->copied += s->policy.nr_copied;
		f->ghost_hits += s->policy.ghost_hits;
		f->promotions += s->policy.promotions;
		f->ghost_bytes += zc_ghost_bytes(&s->policy.ghost);
		if (i < f->shards) {
			filled += s->admit.filled;
			poor += s->admit.poor;
			pays += shard_pays(s);
			harms += s->gain.harms;
		}
		f->bought += s->admit.bought;
		f->window_hits += s->admit.hits;
		f->saved += s->gain.all_saved;
		f->wasted += s->gain.all_wasted;
		f->lost += s->gain.all_lost;
		spin_unlock_irq(&s->lock);
	}
	f->filled = 2 * filled > f->shards;
	f->poor = 2 * poor > f->shards;
	f->pays = 2 * pays > f->shards;
	f->harms = 2 * harms > f->shards;
}
TMEM_EXPORT_FOR_TEST(zc_evict_get_figures);
