// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - which ephemeral page to keep
 *
 * Purpose: choose the page that is least likely to be asked for again.
 *
 * Why this design: gets are destructive.  A page that is hit leaves the store,
 * lives in the page cache and is put again when it is evicted from there, so
 * the store only sees pages whose re-use is slower than the page cache.  With
 * these, least-recently-used fails where it matters most: a loop over slightly
 * more than fits gets no hit at all, since every page is dropped just before
 * its turn.  What a loop needs is that most pages stay where they are and that
 * newcomers give way; what a changing working set needs is that newcomers get
 * in.  The judge between the two is the *reuse distance* as in LIRS: the
 * number of puts between a page's put and the time it is asked for again,
 * whether it was still there or not.  A page that was asked for sooner than
 * the oldest page of the store has been waiting is worth more than that one.
 * In a loop all distances are equal and nothing moves; after a change the old
 * pages wait longer than the new distances and fall out one by one.
 *
 * Two FIFO lists.  A page that comes goes to "small", whose tail is dropped
 * when the store is full, so that a scan passes through a small part of it;
 * of the oldest few, the one that takes most room.
 * While there is room (at first, or where hits have left), the tail of small
 * moves to "main" instead.  A page that has earned it (see above) goes to main
 * at once, and the tail of main gives way.  Pages that leave are remembered in
 * the ghost table, with the time of their put.  So are pages that were not
 * bought (admit.c), with the time when they could have been.
 *
 * Pages that nobody asks for stay as long as nothing replaces them, and what one
 * big scan has left could keep RAM from the page cache for ever, while a working
 * set that would fit there comes and goes through the store.  So each page that
 * is asked for gives a credit of what a page of RAM holds, and against that,
 * while the page cache is short of RAM (shrink.c), pages of main go that have
 * been there for DEAD turns of the whole store.  A scan alone gives no credit.
 *
 * A third list is for pages that are there on sufferance (container.c).  They
 * take nobody's place: whatever a page has to go for, one of them goes first.
 * A fourth one is for pages that would have to go next and have been copied to
 * elsewhere ahead of that (remote.c): after tenants, they are those that go.
 *
 * Invariants: main keeps (15/16) of the pages, small the rest: newcomers that
 * did not earn it do not take a place in main that is not free.  A page of
 * main that is not asked for in STALE times the store's capacity goes first.
 *
 * Locking: the caller's; see struct zc_policy.
 */
#include <linux/kernel.h>
#include <compat/test_export.h>
#include "policy.h"
#include "sums.h"

/* The small list's share of the pages: 1/16. */
#define SMALL_SHIFT	4
/* A page must be asked for in less than half the time that the oldest waited. */
#define MARGIN_SHIFT	1
/* Newcomers that are compared when one must go. */
#define SAMPLE		8
/* Newcomers among which one of a certain size is looked for. */
#define SIMILAR_SAMPLE	64
/* Tenants among which one of a certain container is looked for. */
#define TENANT_SAMPLE	64
/* Bytes that its size may differ by. */
#define SIMILAR		64
/* Puts, as a multiple of the capacity, after which a page of main is stale. */
#define STALE		16
/* The same, after which it is dead: RAM is of more use to the page cache. */
#define DEAD		4
/* Stored pages to a page of RAM; of these, credit for so many in all at most. */
#define CREDIT		2
/* Pages that come or go past, before what was counted of them is halved. */
#define TURNS_MIN	256
#define CREDIT_MAX	4096

static unsigned long zc_capacity(const struct zc_policy *p)
{
	return max(p->capacity, p->nr_small + p->nr_main);
}

static unsigned long small_target(const struct zc_policy *p)
{
	return (zc_capacity(p) >> SMALL_SHIFT) + 1;
}

/*
 * Puts that turn the whole store over: those of pages that go past it do not.  Both
 * were counted lately.
 */
static unsigned long zc_turn(const struct zc_policy *p, unsigned long capacity)
{
	return capacity + capacity * p->passed / (p->came + 1);
}

/* So much counts as lately. */
static void zc_forget_turns(struct zc_policy *p)
{
	if (p->came + p->passed < TURNS_MIN + 2 * p->capacity)
		return;
	p->came /= 2;
	p->passed /= 2;
}

static u32 age_of(const struct zc_policy *p, const struct zpage *zp)
{
	return p->clock - zp->stamp;
}

static struct zpage *zc_tail(const struct list_head *list)
{
	return list_empty(list) ? NULL :
				  list_last_entry(list, struct zpage, lru);
}

/* Is a page that was asked for after @distance puts worth more than the oldest? */
static bool beats_oldest(const struct zc_policy *p, u32 distance)
{
	struct zpage *zp = zc_tail(&p->main);
	u32 age;

	if (!zp)
		return true;
	age = age_of(p, zp);
	return distance < age - (age >> MARGIN_SHIFT);
}

/*
 * The newcomer that should go: the biggest of the oldest few.  Of pages that
 * are equally likely to be asked for, small ones are worth more for their
 * room.  The others of the few move to main when there is room.
 */
static struct zpage *zc_newcomer(const struct zc_policy *p)
{
	struct zpage *zp, *biggest = NULL;
	unsigned int i = 0;

	list_for_each_entry_reverse(zp, &p->small, lru) {
		if (!biggest || zp->len > biggest->len)
			biggest = zp;
		if (++i == SAMPLE)
			break;
	}
	return biggest;
}

/* Move tails of small to main while main has room. */
static void zc_settle(struct zc_policy *p)
{
	unsigned long target = small_target(p);
	unsigned long quota = zc_capacity(p) - target;
	unsigned int batch = 2;
	struct zpage *zp;

	/* Two moves for one page that comes: main catches up, work is bounded. */
	while (batch-- && p->nr_small > target && p->nr_main < quota) {
		zp = zc_tail(&p->small);
		list_move(&zp->lru, &p->main);
		zp->list = ZPAGE_MAIN;
		p->nr_small--;
		p->nr_main++;
	}
}

/**
 * zc_policy_init - an empty policy, without a ghost table
 * @p: the policy
 *
 * Context: any.
 */
void zc_policy_init(struct zc_policy *p)
{
	INIT_LIST_HEAD(&p->small);
	INIT_LIST_HEAD(&p->main);
	INIT_LIST_HEAD(&p->tenants);
	INIT_LIST_HEAD(&p->copied);
	p->nr_small = 0;
	p->nr_main = 0;
	p->nr_tenants = 0;
	p->bytes = 0;
	p->nr_copied = 0;
	p->clock = 0;
	p->capacity = 0;
	p->credit = 0;
	p->came = 0;
	p->passed = 0;
	p->ghost = (struct ghost){};
	p->ghost_hits = 0;
	p->promotions = 0;
}
TMEM_EXPORT_FOR_TEST(zc_policy_init);

/**
 * zc_policy_insert - a page is now in the store
 * @p: the policy
 * @zp: the page, on no list
 * @print: its fingerprint
 *
 * Context: any; the owner's lock.
 */
void zc_policy_insert(struct zc_policy *p, struct zpage *zp, u64 print)
{
	struct ghost_entry *e = zc_ghost_find(&p->ghost, print);
	bool earned = false;

	if (e) {
		earned = ghost_earned(e);
		ghost_forget(e);
		p->ghost_hits++;
	}
	zp->stamp = ++p->clock;
	p->came++;
	zc_forget_turns(p);
	p->bytes += zp->len;
	if (zp->tenant) {
		list_add(&zp->lru, &p->tenants);
		zp->list = ZPAGE_TENANT;
		p->nr_tenants++;
	} else if (earned) {
		list_add(&zp->lru, &p->main);
		zp->list = ZPAGE_MAIN;
		p->nr_main++;
		p->promotions++;
	} else {
		list_add(&zp->lru, &p->small);
		zp->list = ZPAGE_SMALL;
		p->nr_small++;
	}
	zc_settle(p);
}
TMEM_EXPORT_FOR_TEST(zc_policy_insert);

/*
 * Take a page off its list.  Its @list stays: a page that comes onto another list
 * must not look as if it were on none in between, see zc_evict_unlinked().
 */
static void zc_take_off(struct zc_policy *p, struct zpage *zp)
{
	if (zpage_is_copied(zp)) {
		list_del(&zp->copy->list);
		p->nr_copied--;
		return;
	}
	list_del(&zp->lru);
	if (zp->list == ZPAGE_MAIN)
		p->nr_main--;
	else if (zp->list == ZPAGE_SMALL)
		p->nr_small--;
	else
		p->nr_tenants--;
}

/**
 * zc_policy_remove - a page leaves the store, unasked for
 * @p: the policy
 * @zp: the page, on a list.  If it is copied, its copy is the caller's now.
 *
 * Context: any; the owner's lock.
 */
void zc_policy_remove(struct zc_policy *p, struct zpage *zp)
{
	zc_take_off(p, zp);
	p->bytes -= zp->len;
	zp->list = ZPAGE_OFF;
}
TMEM_EXPORT_FOR_TEST(zc_policy_remove);

/**
 * zc_policy_replace - a page has another descriptor
 * @p: the policy
 * @old: the one that it had, on a list, not copied
 * @new: the one that takes its place there, on none
 *
 * Context: any; the owner's lock.
 */
void zc_policy_replace(struct zc_policy *p, struct zpage *old, struct zpage *new)
{
	list_add(&new->lru, &old->lru);
	list_del(&old->lru);
	new->list = old->list;
	new->stamp = old->stamp;
	p->bytes += (long)new->len - (long)old->len;
	old->list = ZPAGE_OFF;
}

/**
 * zc_policy_hit - a page leaves the store because it was asked for
 * @p: the policy
 * @zp: the page, on a list
 * @print: its fingerprint
 *
 * Context: any; the owner's lock.
 */
void zc_policy_hit(struct zc_policy *p, struct zpage *zp, u64 print)
{
	u32 flags = GHOST_HIT;

	zc_policy_remove(p, zp);
	p->credit = min(p->credit + CREDIT, zc_sum_part(CREDIT_MAX, p->shards));
	if (beats_oldest(p, age_of(p, zp)))
		flags |= GHOST_EARNED;
	/* Now, or it would be the first to be forgotten before it is back. */
	zc_ghost_add(&p->ghost, print, p->clock, p->clock, flags);
}
TMEM_EXPORT_FOR_TEST(zc_policy_hit);

/**
 * zc_policy_touch - a page was asked for and stays (of a shared pool)
 * @p: the policy
 * @zp: the page, on a list
 *
 * Context: any; the owner's lock.
 */
void zc_policy_touch(struct zc_policy *p, struct zpage *zp)
{
	zc_take_off(p, zp);
	zp->stamp = p->clock;
	if (zp->tenant) {
		zp->list = ZPAGE_TENANT;
		list_add(&zp->lru, &p->tenants);
		p->nr_tenants++;
		return;
	}
	zp->list = ZPAGE_MAIN;
	list_add(&zp->lru, &p->main);
	p->nr_main++;
}
TMEM_EXPORT_FOR_TEST(zc_policy_touch);

/**
 * zc_policy_missed - a page was asked for and is not there
 * @p: the policy
 * @print: its fingerprint
 * @distance: becomes the number of pages that have left the page cache since it
 *	did; U32_MAX: not known
 *
 * Context: any; the owner's lock.
 * Return: true if it had been asked for before, and was not bought after that.
 */
bool zc_policy_missed(struct zc_policy *p, u64 print, u32 *distance)
{
	struct ghost_entry *e = zc_ghost_find(&p->ghost, print);
	bool again;

	*distance = e ? p->clock - e->stamp : U32_MAX;
	if (!e || ghost_earned(e))
		return false;
	again = ghost_left_out(e);
	if (beats_oldest(p, p->clock - e->stamp))
		WRITE_ONCE(e->stamp, e->stamp | GHOST_EARNED);
	return again;
}
TMEM_EXPORT_FOR_TEST(zc_policy_missed);

/**
 * zc_policy_knows - has a page left before, and has it earned a place?
 * @p: the policy
 * @print: its fingerprint
 * @earned: becomes true if it was asked for, and was there or came soon enough
 *
 * Context: any; the owner's lock.
 * Return: true if it was here before, or could have been.
 */
bool zc_policy_knows(struct zc_policy *p, u64 print, bool *earned)
{
	const struct ghost_entry *e = zc_ghost_find(&p->ghost, print);

	*earned = e && (e->stamp & GHOST_FLAGS);
	return e;
}

/**
 * zc_policy_refused - a page could have come and was not bought
 * @p: the policy
 * @print: its fingerprint
 * @earned: although it had been asked for, and this is to be remembered
 *
 * Context: any; the owner's lock.
 */
void zc_policy_refused(struct zc_policy *p, u64 print, bool earned)
{
	p->clock++;
	zc_ghost_add(&p->ghost, print, p->clock, p->clock,
		     earned ? GHOST_HIT : 0);
}

/**
 * zc_policy_passed - a page has gone past the store, to elsewhere
 * @p: the policy
 * @print: its fingerprint
 *
 * Context: any; the owner's lock.
 */
void zc_policy_passed(struct zc_policy *p, u64 print)
{
	zc_policy_refused(p, print, false);
	p->passed++;
	zc_forget_turns(p);
}

/**
 * zc_policy_cold - the page that should be copied to elsewhere next
 * @p: the policy
 *
 * Context: any; the owner's lock.
 * Return: the one that would have to go if there were no tenants and no copies,
 * still on its list, or NULL.
 */
struct zpage *zc_policy_cold(const struct zc_policy *p)
{
	struct zpage *old = zc_tail(&p->main), *new = zc_newcomer(p);

	if (!old || !new)
		return old ?: new;
	if (age_of(p, old) / STALE > zc_turn(p, p->capacity))
		return old;
	/*
	 * Newcomers give way down to half of their share.  Below that they
	 * were pushed aside by pages that earned a place in main.
	 */
	return p->nr_small > small_target(p) / 2 ? new : old;
}

/**
 * zc_policy_copied - a page has been copied to elsewhere
 * @p: the policy
 * @zp: the page, on a list, no tenant, not copied yet
 * @copy: of it; the list's until the page is removed
 *
 * Context: any; the owner's lock.
 */
void zc_policy_copied(struct zc_policy *p, struct zpage *zp, struct zc_copy *copy)
{
	zc_take_off(p, zp);
	zp->copy = copy;
	zp->list = ZPAGE_TENANT;
	list_add(&copy->list, &p->copied);
	p->nr_copied++;
}

/**
 * zc_policy_copy - the copied page that should go next
 * @p: the policy
 *
 * Context: any; the owner's lock.
 * Return: the page, still on its list, or NULL.
 */
struct zpage *zc_policy_copy(struct zc_policy *p)
{
	return list_empty(&p->copied) ? NULL :
	       list_last_entry(&p->copied, struct zc_copy, list)->zp;
}

/**
 * zc_policy_victim - the page that should go next
 * @p: the policy
 * @full: because the store is full, as opposed to somebody else's need
 *
 * Context: any; the owner's lock.
 * Return: the page, still on its list, or NULL if there is none.
 */
struct zpage *zc_policy_victim(struct zc_policy *p, bool full)
{
	if (p->nr_tenants)
		return zc_tail(&p->tenants);
	if (full)
		p->capacity = policy_pages(p) - p->nr_copied;
	return zc_policy_copy(p) ?: zc_policy_cold(p);
}
TMEM_EXPORT_FOR_TEST(zc_policy_victim);

/* Keep the one whose size is closest to @len.  Its share of a chunk is no room. */
static void zc_closer(struct zpage *zp, unsigned int len, unsigned int *best,
		      struct zpage **found)
{
	unsigned int diff = zp->len > len ? zp->len - len : len - zp->len;

	if (diff < *best && zp->kind != ZPAGE_CHUNK) {
		*best = diff;
		*found = zp;
	}
}

/**
 * zc_policy_similar - a page that should go so that one of its size can come
 * @p: the policy
 * @len: bytes of the one that comes
 *
 * Context: any; the owner's lock.
 * Return: a copied page or else an old newcomer of about this size, still on
 * its list, or NULL.
 */
struct zpage *zc_policy_similar(struct zc_policy *p, unsigned int len)
{
	unsigned int best = SIMILAR + 1, i = 0;
	struct zpage *zp, *found = NULL;
	struct zc_copy *copy;

	list_for_each_entry_reverse(copy, &p->copied, list) {
		zc_closer(copy->zp, len, &best, &found);
		if (++i == SIMILAR_SAMPLE)
			break;
	}
	if (found)
		return found;
	i = 0;
	list_for_each_entry_reverse(zp, &p->small, lru) {
		zc_closer(zp, len, &best, &found);
		if (++i == SIMILAR_SAMPLE)
			break;
	}
	return found;
}
TMEM_EXPORT_FOR_TEST(zc_policy_similar);

/**
 * zc_policy_dead - a page that is of less use than its RAM
 * @p: the policy
 *
 * Context: any; the owner's lock.
 * Return: the page, or a copied one in its stead, since that is not lost; still on
 * its list, and its credit is used; NULL: none.
 */
struct zpage *zc_policy_dead(struct zc_policy *p)
{
	struct zpage *old = zc_tail(&p->main);

	if (!old || !p->credit ||
	    age_of(p, old) / DEAD <= zc_turn(p, zc_capacity(p)))
		return NULL;
	p->credit--;
	return zc_policy_copy(p) ?: old;
}

/**
 * zc_policy_tenant - an old page of a container
 * @p: the policy
 * @place: number of its place; 0: of any container
 *
 * Context: any; the owner's lock.
 * Return: the page, still on its list, or NULL: none among the oldest few.
 */
struct zpage *zc_policy_tenant(struct zc_policy *p, unsigned int place)
{
	unsigned int i = 0;
	struct zpage *zp;

	list_for_each_entry_reverse(zp, &p->tenants, lru) {
		if (!place || zp->place == place)
			return zp;
		if (++i == TENANT_SAMPLE)
			break;
	}
	return NULL;
}
TMEM_EXPORT_FOR_TEST(zc_policy_tenant);

/**
 * zc_policy_evict - a page leaves the store to make room
 * @p: the policy
 * @zp: the page, on a list
 * @print: its fingerprint
 *
 * Context: any; the owner's lock.
 */
void zc_policy_evict(struct zc_policy *p, struct zpage *zp, u64 print)
{
	zc_policy_remove(p, zp);
	zc_ghost_add(&p->ghost, print, p->clock, zp->stamp, 0);
}
TMEM_EXPORT_FOR_TEST(zc_policy_evict);
