// SPDX-License-Identifier: GPL-2.0
/*
 * area.c - slots: where the newest data of a page of swap are
 *
 * Purpose: the rules of frontswap.h, once, for everybody who stores, loads,
 * frees or hands over a slot.
 *
 * Why this design: what a backend does takes long (it compresses), so it is
 * never done under a lock; only a flush is, which is short and must be one
 * with the change of the state that it goes with.  The state says what is under
 * way, and who comes second waits for it or leaves it a note.
 *
 * Locking: the slot's lock for its state.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "area.h"

/*
 * Times that a load looks again when the backend had no page where the state
 * promised one: each time, somebody must have changed the slot in between.
 */
#define LOAD_RETRIES	16

atomic_long_t fsw_home_pages;

static spinlock_t *lock_of(struct fsw_area *area, unsigned long slot)
{
	return &fsw_lock_of(area, slot)->lock;
}

static struct tmem_oid oid_of(const struct fsw_area *area, unsigned long slot)
{
	return fsw_oid(area->number, slot);
}

/**
 * fsw_area_create - make the slots of a disk
 * @number: of the disk; no other area has it
 * @nr: slots, 1 to FSW_MAX_SLOTS
 * @pool: where to keep pages; a persistent pool of an active backend
 *
 * Context: process; may sleep.
 * Return: the area; NULL without memory or if @nr is out of range.
 */
struct fsw_area *fsw_area_create(unsigned int number, unsigned long nr,
				 struct tmem_bpool pool)
{
	struct fsw_area *area;
	unsigned int i;

	if (!nr || nr > FSW_MAX_SLOTS)
		return NULL;
	area = kzalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return NULL;
	xa_init(&area->chunks);
	xa_init(&area->home);
	area->number = number;
	area->nr = nr;
	fsw_set_pool(area, pool);
	area->taking = true;
	for (i = 0; i < FSW_LOCKS; i++)
		spin_lock_init(&area->locks[i].lock);
	init_waitqueue_head(&area->wait);
	fsw_age_init(area);
	return area;
}

/**
 * fsw_area_destroy - drop all pages and the slots
 * @area: the area, which nobody uses any more
 *
 * Context: process; may sleep.
 */
void fsw_area_destroy(struct fsw_area *area)
{
	struct fsw_slot *chunk;
	struct page *page;
	unsigned long i;

	fsw_age_exit(area);
	xa_for_each(&area->home, i, page) {
		__free_page(page);
		atomic_long_dec(&fsw_home_pages);
		cond_resched();
	}
	xa_destroy(&area->home);
	for (i = 0; i < SWIZ_OBJECTS; i++) {
		struct tmem_oid oid = fsw_object(area->number, i);

		tmem_backend_flush_object(fsw_pool(area), &oid);
	}
	xa_for_each(&area->chunks, i, chunk) {
		free_page((unsigned long)chunk);
		cond_resched();
	}
	xa_destroy(&area->chunks);
	kfree(area);
}

/*
 * A slot that is to be written; NULL: no memory for its chunk.  A disk below is a
 * better way out than to wait for memory that may only come when this write is
 * over.
 */
static struct fsw_slot *fsw_slot_make(struct fsw_area *area,
				      unsigned long slot)
{
	const gfp_t gfp = GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN;
	struct fsw_slot *s = fsw_slot(area, slot), *chunk, *old;

	if (likely(s))
		return s;
	if (fsw_broken(FSW_FAIL_CHUNKS))
		return NULL;
	chunk = (struct fsw_slot *)get_zeroed_page(gfp);
	if (!chunk)
		return NULL;
	old = xa_cmpxchg(&area->chunks, slot / FSW_CHUNK, NULL, chunk, gfp);
	if (old) {
		/* Somebody else was faster, or there is no memory. */
		free_page((unsigned long)chunk);
		if (xa_is_err(old))
			return NULL;
		chunk = old;
	}
	return &chunk[slot % FSW_CHUNK];
}

/* The last one to leave a slot lets in who waits for it. */
static void fsw_wake(struct fsw_area *area)
{
	/* With the barrier between the state and who waits for it. */
	if (wq_has_sleeper(&area->wait))
		wake_up_all(&area->wait);
}

/* A slot has become SLOT_STORED, or ceased to be.  Its lock is held. */
static void fsw_count_stored(struct fsw_area *area, unsigned long slot, int n)
{
	struct fsw_lock *lock = fsw_lock_of(area, slot);

	lockdep_assert_held(&lock->lock);
	/* fsw_pages() reads it. */
	WRITE_ONCE(lock->pages, lock->pages + n);
}

/* Drop what the store has of a slot.  The slot's lock is held. */
static void fsw_drop(struct fsw_area *area, unsigned long slot, struct fsw_slot *s)
{
	struct tmem_oid oid = oid_of(area, slot);

	lockdep_assert_held(lock_of(area, slot));
	s->state &= ~(SLOT_STORED | SLOT_WATCHED);
	fsw_count_stored(area, slot, -1);
	tmem_backend_flush_page(fsw_pool(area), &oid, fsw_index(slot));
}

/* Drop the page at home.  The slot's lock is held, and the slot is SLOT_HOME. */
static void home_drop(struct fsw_area *area, unsigned long slot,
		      struct fsw_slot *s)
{
	struct page *page;

	lockdep_assert_held(lock_of(area, slot));
	page = xa_erase(&area->home, slot);
	s->state &= ~SLOT_HOME;
	atomic_long_dec(&fsw_home_pages);
	/* Somebody may be reading it. */
	put_page(page);
}

/* -ENOENT: it is not there any more. */
static int home_read(struct fsw_area *area, unsigned long slot,
		     struct fsw_slot *s, struct page *to)
{
	spinlock_t *lock = lock_of(area, slot);
	struct page *page = NULL;

	spin_lock(lock);
	if (s->state & SLOT_HOME) {
		page = xa_load(&area->home, slot);
		get_page(page);
	}
	spin_unlock(lock);
	if (!page)
		return -ENOENT;
	copy_highpage(to, page);
	put_page(page);
	return 0;
}

static bool fsw_idle(const struct fsw_slot *s, u16 what)
{
	return !(READ_ONCE(s->state) & what);
}

/* Begin to write: exclude other writers, and cancel a hand-over. */
static void fsw_begin(struct fsw_area *area, unsigned long slot, struct fsw_slot *s)
{
	spinlock_t *lock = lock_of(area, slot);

	for (;;) {
		spin_lock(lock);
		if (likely(!(s->state & SLOT_BUSY)))
			break;
		spin_unlock(lock);
		wait_event(area->wait, fsw_idle(s, SLOT_BUSY));
	}
	if (!fsw_broken(FSW_BREAK_HANDOVER))
		s->state &= ~SLOT_WB_VALID;
	if (s->state & SLOT_WATCHED) {
		WRITE_ONCE(area->copies_stale, area->copies_stale + 1);
		fsw_count(copies_stale);
	}
	s->state &= ~(SLOT_OF_DATA | SLOT_WATCHED);
	s->state |= SLOT_BUSY;
	spin_unlock(lock);
}

/*
 * End of a write that the store has taken, or refused with @err.  A backend that
 * refuses has dropped what it had; it is told once more, as everything depends on it.
 */
static void fsw_end(struct fsw_area *area, unsigned long slot, struct fsw_slot *s,
		    int err)
{
	spinlock_t *lock = lock_of(area, slot);

	spin_lock(lock);
	if (err == -E2BIG)
		s->state |= SLOT_RAW;
	if (!err) {
		if (!(s->state & SLOT_STORED))
			fsw_count_stored(area, slot, 1);
		s->state |= SLOT_STORED;
	} else if ((s->state & SLOT_STORED) && !fsw_broken(FSW_BREAK_STALE)) {
		fsw_drop(area, slot, s);
	}
	/* Whichever it is, that is older. */
	if (s->state & SLOT_HOME)
		home_drop(area, slot, s);
	s->state &= ~SLOT_BUSY;
	spin_unlock(lock);
	fsw_wake(area);
}

/* For tests: every second page. */
static bool fsw_fails(void)
{
	static atomic_t pages;

	return fsw_broken(FSW_FAIL_HALF) && (atomic_inc_return(&pages) & 1);
}

/*
 * Which of these pages is the store asked to take?  Of the others, @err is set.
 * Their slots are SLOT_BUSY.
 */
static u32 fsw_offered(struct fsw_area *area, unsigned int nr,
		       struct page **pages, int *err)
{
	bool taking = READ_ONCE(area->taking) && !READ_ONCE(area->asleep);
	unsigned int i;
	u32 map = 0;

	for (i = 0; i < nr; i++) {
		err[i] = -ENODEV;
		if (!pages[i]) {
			fsw_count(passed);
		} else if (fsw_fails()) {
			fsw_count(failed_stores);
			err[i] = -ENOMEM;
		} else if (likely(taking)) {
			map |= 1U << i;
		} else {
			fsw_count(bypassed);
		}
	}
	return map;
}

static void fsw_put_run(struct fsw_area *area, unsigned long slot, u32 map,
			unsigned int nr, struct page **pages, int *err)
{
	struct tmem_oid oid = oid_of(area, slot);
	struct tmem_run run;
	unsigned int i;
	u32 left;

	if (nr == 1) {
		err[0] = tmem_backend_put_page(fsw_pool(area), &oid,
					       fsw_index(slot), pages[0]);
	} else {
		run.oidp = &oid;
		run.index = fsw_index(slot);
		run.nr = nr;
		run.want = map;
		run.pages = pages;
		tmem_backend_put_pages(fsw_pool(area), &run);
		tmem_run_for_each(i, map, left)
			err[i] = run.err[i];
	}
	tmem_run_for_each(i, map, left) {
		if (err[i])
			fsw_count(failed_stores);
		else
			fsw_count(succ_stores);
	}
}

/**
 * fsw_store_run - write slots of a run
 * @area: the area
 * @slot: the first one
 * @nr: how many, up to the next multiple of FSW_RUN
 * @pages: the data; NULL: they are not offered to the store
 * @err: err[i] becomes what has become of page i: 0; -ENODEV the store is
 *	switched off, gone or not asked; or what the backend refused it with
 *	(-ENOSPC, -ENOMEM, -E2BIG); -ENOMEM also if there is none for the slots
 *
 * What is refused is the caller's to write to the backing device, and it may
 * begin to when this returns: nothing older is left in the store (rule 2) or on
 * its way to the disk (rule 8).
 *
 * Who writes several slots is SLOT_BUSY on the first ones while it waits for
 * the next; all wait in the order of the slots, so not in a circle.  Nothing
 * else that waits for a slot is SLOT_BUSY on another.
 *
 * Context: process, no lock held.  Sleeps only for a slot that is being written
 * or handed over.
 */
void fsw_store_run(struct fsw_area *area, unsigned long slot, unsigned int nr,
		   struct page **pages, int *err)
{
	struct fsw_slot *s = fsw_slot_make(area, slot);
	unsigned int i;
	u32 map;

	if (unlikely(!s)) {
		/* Nothing older is in the store: it never had any of it. */
		fsw_count_n(failed_stores, nr);
		for (i = 0; i < nr; i++)
			err[i] = -ENOMEM;
		return;
	}
	for (i = 0; i < nr; i++)
		fsw_begin(area, slot + i, s + i);
	map = fsw_offered(area, nr, pages, err);
	if (map)
		fsw_put_run(area, slot, map, nr, pages, err);
	for (i = 0; i < nr; i++) {
		fsw_age_used(area, slot + i, s + i);
		fsw_end(area, slot + i, s + i, err[i]);
	}
	for (i = 0; i < nr; i++)
		if (unlikely(err[i]) && !fsw_broken(FSW_BREAK_ORDER))
			wait_event(area->wait, fsw_idle(s + i, SLOT_WB));
}

/**
 * fsw_store - write a slot
 * @area: the area
 * @slot: which
 * @page: the data; NULL: they are not offered to the store
 *
 * Context: as fsw_store_run().
 * Return: 0, or an errno, as there.
 */
int fsw_store(struct fsw_area *area, unsigned long slot, struct page *page)
{
	int err;

	fsw_store_run(area, slot, 1, &page, &err);
	return err;
}

/* Swap had dropped its page: the copy has saved storing it once more. */
static void copy_used(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	spin_lock(lock);
	if (s->state & SLOT_WATCHED) {
		WRITE_ONCE(area->copies_used, area->copies_used + 1);
		fsw_count(copies_used);
	}
	s->state &= ~SLOT_WATCHED;
	spin_unlock(lock);
}

/**
 * fsw_load - read a slot
 * @area: the area
 * @slot: which
 * @page: where to; its contents are undefined on error
 *
 * Context: process, no lock held; does not sleep, but may reschedule.
 * Return: 0; -ENOENT the store has it not: look on the backing device; -EIO
 * there are no data, or the backend does not deliver them.
 */
int fsw_load(struct fsw_area *area, unsigned long slot, struct page *page)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	struct tmem_oid oid = oid_of(area, slot);
	int ret, tries = LOAD_RETRIES;
	u16 state;

	if (!s)
		return -ENOENT;
	do {
		state = READ_ONCE(s->state);
		if (unlikely(state & (SLOT_LOST | SLOT_GIVEN_UP)) &&
		    !fsw_broken(FSW_BREAK_LOST))
			return -EIO;
		if (!(state & (SLOT_STORED | SLOT_HOME)))
			return -ENOENT;
		if (unlikely(state & SLOT_HOME)) {
			ret = home_read(area, slot, s, page);
			if (!ret)
				fsw_count(home_loads);
		} else {
			ret = tmem_backend_get_page(fsw_pool(area), &oid,
						    fsw_index(slot), page);
		}
		if (likely(!ret)) {
			if (unlikely(state & SLOT_WATCHED))
				copy_used(area, slot);
			fsw_age_used(area, slot, s);
			fsw_count(loads);
			return 0;
		}
		/* Overwritten, freed or handed over since the state was read? */
		cond_resched();
	} while (ret == -ENOENT && --tries);
	fsw_count(load_errors);
	return -EIO;
}

/**
 * fsw_load_run - read slots of a run, as far as they are in the store
 * @area: the area
 * @slot: the first one
 * @nr: how many, up to the next multiple of FSW_RUN
 * @pages: where to; the contents of those that are not read are undefined
 *
 * Everything else (slots without data, pages at home, a slot that changes
 * meanwhile, a backend that does not deliver) is left to fsw_load().
 *
 * Context: as fsw_load().
 * Return: a bitmap of those that were read.
 */
u32 fsw_load_run(struct fsw_area *area, unsigned long slot, unsigned int nr,
		 struct page **pages)
{
	const u16 bad = SLOT_LOST | SLOT_GIVEN_UP | SLOT_HOME;
	struct fsw_slot *s = fsw_slot(area, slot);
	struct tmem_oid oid = oid_of(area, slot);
	u32 watched = 0, left;
	struct tmem_run run;
	unsigned int i;
	u16 state;

	if (!s)
		return 0;
	run.oidp = &oid;
	run.index = fsw_index(slot);
	run.nr = nr;
	run.want = 0;
	run.pages = pages;
	for (i = 0; i < nr; i++) {
		state = READ_ONCE(s[i].state);
		if ((state & (SLOT_STORED | bad)) != SLOT_STORED)
			continue;
		run.want |= 1U << i;
		if (state & SLOT_WATCHED)
			watched |= 1U << i;
	}
	if (!run.want)
		return 0;
	tmem_backend_get_pages(fsw_pool(area), &run);
	tmem_run_for_each(i, run.done, left) {
		if (unlikely(watched & 1U << i))
			copy_used(area, slot + i);
		fsw_age_used(area, slot + i, s + i);
	}
	fsw_count_n(loads, hweight32(run.done));
	return run.done;
}

/**
 * fsw_invalidate - forget what a slot has
 * @area: the area
 * @slot: which
 *
 * A write that is under way is not touched: it may as well have come later.
 *
 * Context: process, spinlocks may be held.
 */
void fsw_invalidate(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	if (!s || !READ_ONCE(s->state) || fsw_broken(FSW_BREAK_FREE))
		return;
	spin_lock(lock);
	if (!(s->state & SLOT_BUSY)) {
		if (s->state & SLOT_STORED) {
			fsw_drop(area, slot, s);
			fsw_count(invalidates);
		}
		if (s->state & SLOT_HOME)
			home_drop(area, slot, s);
		s->state &= ~SLOT_OF_DATA;
	}
	/* Of a hand-over, or of a page that is leaving its home. */
	if (!fsw_broken(FSW_BREAK_HANDOVER))
		s->state &= ~SLOT_WB_VALID;
	spin_unlock(lock);
}

/**
 * fsw_give_up - a page that was loaded is swap's alone from now on: rule 9
 * @area: the area
 * @slot: which; swap has its page locked in the swap cache, and dirty
 *
 * Nothing happens to a slot that has changed meanwhile.
 *
 * Context: process, no lock held.
 */
void fsw_give_up(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	if (!s)
		return;
	spin_lock(lock);
	if ((s->state & (SLOT_STORED | SLOT_BUSY)) == SLOT_STORED) {
		/* First, so that who looks without the lock finds either. */
		s->state |= SLOT_GIVEN_UP;
		barrier();
		fsw_drop(area, slot, s);
		/* A hand-over has nothing to hand over any more. */
		s->state &= ~SLOT_WB_VALID;
		fsw_count(exclusive_loads);
	}
	spin_unlock(lock);
}

/**
 * fsw_watch - a page that was loaded has a copy; what will become of it?
 * @area: the area, which will count it
 * @slot: which
 *
 * Context: process, no lock held.
 */
void fsw_watch(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	if (!s)
		return;
	spin_lock(lock);
	if ((s->state & (SLOT_STORED | SLOT_BUSY)) == SLOT_STORED)
		s->state |= SLOT_WATCHED;
	spin_unlock(lock);
}

/**
 * fsw_lost - a write has failed: rule 3
 * @area: the area
 * @slot: which
 *
 * Nothing happens to a slot whose data are in the store, or that is written anew.
 * Nor to one that has no chunk: the store never had anything newer than what is
 * below.
 *
 * Context: process, no lock held.
 */
void fsw_lost(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	if (!s)
		return;
	spin_lock(lock);
	if (!(s->state & (SLOT_BUSY | SLOT_STORED | SLOT_HOME))) {
		s->state |= SLOT_LOST;
		fsw_count(lost_writes);
	}
	spin_unlock(lock);
}

/**
 * fsw_note_refused - the same write will come once more, as a bio
 * @area: the area
 * @slot: which
 *
 * Context: process, no lock held.
 */
void fsw_note_refused(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	/* Without a chunk it is offered to the store again. */
	if (!s)
		return;
	spin_lock(lock);
	if (!(s->state & (SLOT_BUSY | SLOT_STORED | SLOT_HOME)))
		s->state |= SLOT_REFUSED;
	spin_unlock(lock);
}

/**
 * fsw_was_refused - is this the write that was refused just now?
 * @area: the area
 * @slot: which
 *
 * Context: process, no lock held.
 * Return: true if so, and then not again.
 */
bool fsw_was_refused(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);
	bool was;

	if (!s || likely(!(READ_ONCE(s->state) & SLOT_REFUSED)))
		return false;
	spin_lock(lock);
	was = s->state & SLOT_REFUSED;
	s->state &= ~SLOT_REFUSED;
	spin_unlock(lock);
	return was;
}

/**
 * fsw_wb_begin - begin to hand a slot over
 * @area: the area
 * @slot: which
 *
 * Context: process, no lock held.
 * Return: true, and then fsw_wb_end() must follow; false if it is not in the
 * store or somebody is at it.
 */
bool fsw_wb_begin(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);
	bool ok;

	if (!s)
		return false;
	spin_lock(lock);
	ok = (s->state & (SLOT_STORED | SLOT_BUSY | SLOT_WB)) == SLOT_STORED;
	if (ok)
		s->state |= SLOT_WB | SLOT_WB_VALID;
	spin_unlock(lock);
	return ok;
}

/**
 * fsw_wb_read - get the data of a slot that is handed over
 * @area: the area
 * @slot: which, between fsw_wb_begin() and fsw_wb_end()
 * @page: where to
 *
 * Context: process, no lock held.
 * Return: 0; another errno if it is gone or the backend does not deliver it.
 */
int fsw_wb_read(struct fsw_area *area, unsigned long slot, struct page *page)
{
	struct tmem_oid oid = oid_of(area, slot);

	return tmem_backend_get_page(fsw_pool(area), &oid, fsw_index(slot),
				     page);
}

/* End it: if it is @over and nothing has changed, the slot becomes @becomes. */
static bool wb_finish(struct fsw_area *area, unsigned long slot, bool over,
		      u16 becomes)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);

	spin_lock(lock);
	/* Valid, so no write is under way and it is stored: rules 5 and 6. */
	over = over && (s->state & SLOT_WB_VALID);
	if (over && (s->state & SLOT_STORED)) {
		fsw_drop(area, slot, s);
		s->state |= becomes;
	}
	s->state &= ~(SLOT_WB | SLOT_WB_VALID);
	spin_unlock(lock);
	fsw_wake(area);
	return over;
}

/**
 * fsw_wb_end - end it
 * @area: the area
 * @slot: which
 * @written: its data are on the backing device now
 *
 * Context: process, no lock held.
 * Return: true if the slot has been handed over; false if it has changed
 * meanwhile or was not @written, and stays what it is.
 */
bool fsw_wb_end(struct fsw_area *area, unsigned long slot, bool written)
{
	return wb_finish(area, slot, written, 0);
}

/**
 * fsw_wb_gone - end it: the store has not what it has taken
 * @area: the area
 * @slot: which, after fsw_wb_begin(); fsw_wb_read() has returned -ENOENT
 *
 * Context: process, no lock held.
 * Return: true if the slot has no data now; false if it has changed meanwhile.
 */
bool fsw_wb_gone(struct fsw_area *area, unsigned long slot)
{
	return wb_finish(area, slot, true, SLOT_LOST);
}

/**
 * fsw_home_end - end a hand-over to a page of our own
 * @area: the area, in whose @home there is a place reserved for the slot
 * @slot: which, after fsw_wb_begin()
 * @page: its data; NULL: it could not be read
 *
 * Context: process, no lock held.
 * Return: true if @page is the area's now and the store has no copy; false if the
 * slot has changed meanwhile, and the page and the place stay the caller's.
 */
bool fsw_home_end(struct fsw_area *area, unsigned long slot, struct page *page)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);
	bool moved;

	spin_lock(lock);
	moved = page && (s->state & SLOT_WB_VALID) &&
		(s->state & SLOT_STORED) &&
		!xa_err(xa_store(&area->home, slot, page, GFP_NOWAIT));
	if (moved) {
		/* In this order: who looks without the lock finds either. */
		s->state |= SLOT_HOME;
		barrier();
		fsw_drop(area, slot, s);
		atomic_long_inc(&fsw_home_pages);
	}
	s->state &= ~(SLOT_WB | SLOT_WB_VALID);
	spin_unlock(lock);
	fsw_wake(area);
	return moved;
}

/**
 * fsw_leave_begin - begin to put a page that is at home into the store again
 * @area: the area
 * @slot: which
 *
 * It counts as a write: others wait.  A free of the slot is noted.
 *
 * Context: process, no lock held.
 * Return: the page, and then fsw_leave_end() must follow; NULL if it is not at
 * home or somebody is at it.
 */
struct page *fsw_leave_begin(struct fsw_area *area, unsigned long slot)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);
	struct page *page = NULL;

	spin_lock(lock);
	/* Under the lock: fsw_area_sleep() counts on it. */
	if (!READ_ONCE(area->asleep) &&
	    (s->state & (SLOT_HOME | SLOT_BUSY | SLOT_WB)) == SLOT_HOME) {
		s->state |= SLOT_BUSY | SLOT_WB_VALID;
		page = xa_load(&area->home, slot);
	}
	spin_unlock(lock);
	return page;
}

/**
 * fsw_leave_end - end it
 * @area: the area
 * @slot: which
 * @stored: the store has the page now; else it stays at home
 *
 * Context: process, no lock held.
 */
void fsw_leave_end(struct fsw_area *area, unsigned long slot, bool stored)
{
	struct fsw_slot *s = fsw_slot(area, slot);
	spinlock_t *lock = lock_of(area, slot);
	bool freed;

	spin_lock(lock);
	freed = !(s->state & SLOT_WB_VALID);
	if (stored) {
		/* In this order, as above. */
		s->state |= SLOT_STORED;
		barrier();
		fsw_count_stored(area, slot, 1);
		if (freed)
			fsw_drop(area, slot, s);
	}
	if (stored || freed)
		home_drop(area, slot, s);
	s->state &= ~(SLOT_BUSY | SLOT_WB_VALID);
	spin_unlock(lock);
	fsw_wake(area);
}

/**
 * fsw_area_sleep - offer nothing to the store for a while
 * @area: the area
 * @asleep: begin; or the end of it
 *
 * Context: process; sleeps.
 * No put is under way when it has begun.
 */
void fsw_area_sleep(struct fsw_area *area, bool asleep)
{
	struct fsw_slot *chunk, *s;
	unsigned long i;

	WRITE_ONCE(area->asleep, asleep);
	if (!asleep)
		return;
	/*
	 * Who has not seen that has marked his slot before he looked, under its
	 * lock: with the lock taken once more it can be seen here.
	 */
	for (i = 0; i < FSW_LOCKS; i++) {
		spin_lock(&area->locks[i].lock);
		spin_unlock(&area->locks[i].lock);
	}
	/* A slot that is marked has its chunk; a later one sees @asleep. */
	xa_for_each(&area->chunks, i, chunk) {
		for (s = chunk; s < chunk + FSW_CHUNK; s++)
			wait_event(area->wait, fsw_idle(s, SLOT_BUSY));
		cond_resched();
	}
}
