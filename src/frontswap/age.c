// SPDX-License-Identifier: GPL-2.0
/*
 * age.c - which slots are cold
 *
 * Purpose: find the slots that were written or read longest ago.
 *
 * Why this design: a list would cost 16 bytes a slot and a lock for every
 * store.  One byte is enough to tell the oldest 1/64 from the rest, which is
 * what a hand-over wants to know.  The clock is an epoch that ends after as
 * many writes and reads, of any place, as 1/64 of what is held; so 64 epochs
 * are a turn of the store (admit.c).  (1/64 is what the slots of one lock hold,
 * a count that is at hand.)  When the byte is used up, two turns are taken off
 * all: what is older than that is all of one age.  Who looks for cold slots
 * counts them by epoch first and then walks over them in the order of the disk,
 * so that what it writes is sequential.
 *
 * Invariants: none that data depend on: a wrong epoch costs a little time.
 *
 * Locking: none; the bytes are read and written as they are.
 */
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "area.h"

#define LAST_EPOCH	(FSW_EPOCHS - 1)
/* What is taken off all epochs when the last one is over. */
#define STEP_BACK	(2 * FSW_TURN)
#define MIN_TICKS	16
/* If so many make an epoch, CPUs tell of them by and by. */
#define MANY_TICKS	256
#define TICK_BATCH	16

static_assert(FSW_LOCKS == FSW_TURN, "the slots of a lock are 1/64 of all");

/* Writes and reads that have not been told of yet, of whatever area. */
static DEFINE_PER_CPU(unsigned int, fsw_ticks);

static void step_back(struct work_struct *work)
{
	struct fsw_area *area = container_of(work, struct fsw_area, age_work);
	struct fsw_slot *chunk, *s;
	unsigned long i;

	xa_for_each(&area->chunks, i, chunk) {
		for (s = chunk; s < chunk + FSW_CHUNK; s++)
			WRITE_ONCE(s->epoch,
				   max(READ_ONCE(s->epoch) - STEP_BACK, 0));
		cond_resched();
	}
	WRITE_ONCE(area->epoch, LAST_EPOCH - STEP_BACK);
}

/**
 * fsw_age_init - begin with epoch 0
 * @area: a new area
 *
 * Context: process.
 */
void fsw_age_init(struct fsw_area *area)
{
	area->epoch = 0;
	atomic_set(&area->ticks, 0);
	INIT_WORK(&area->age_work, step_back);
}

/**
 * fsw_age_exit - the end
 * @area: an area that nobody uses any more
 *
 * Context: process; may sleep.
 */
void fsw_age_exit(struct fsw_area *area)
{
	cancel_work_sync(&area->age_work);
}

/**
 * fsw_age_used - a slot is written or read, and time goes by
 * @area: the area
 * @slot: the slot
 * @s: its state
 *
 * Context: process.
 */
void fsw_age_used(struct fsw_area *area, unsigned long slot, struct fsw_slot *s)
{
	unsigned long all = MIN_TICKS + READ_ONCE(fsw_lock_of(area, slot)->pages);
	u8 epoch = READ_ONCE(area->epoch);
	unsigned int ticks = 1;

	WRITE_ONCE(s->epoch, epoch);
	if (all >= MANY_TICKS) {
		ticks = this_cpu_inc_return(fsw_ticks);
		if (likely(ticks < TICK_BATCH))
			return;
		this_cpu_sub(fsw_ticks, ticks);
	}
	ticks = atomic_add_return(ticks, &area->ticks);
	if (likely(ticks < all))
		return;
	if (epoch == LAST_EPOCH) {
		schedule_work(&area->age_work);
		return;
	}
	/* One of those who come here at once will do. */
	if (atomic_cmpxchg(&area->ticks, ticks, 0) == ticks)
		WRITE_ONCE(area->epoch, epoch + 1);
}

static bool fsw_candidate(const struct fsw_slot *s, int epoch)
{
	u16 state = READ_ONCE(s->state);

	return (state & (SLOT_STORED | SLOT_BUSY | SLOT_WB)) == SLOT_STORED &&
	       READ_ONCE(s->epoch) <= epoch;
}

/**
 * fsw_age_coldest - how old are the coldest slots?
 * @area: the area
 * @want: how many of them
 * @count: FSW_EPOCHS words to work with
 *
 * Context: process; may sleep.
 * Return: the earliest epoch for which @want slots in the store are of it or
 * earlier; the last one if there are not that many.
 */
int fsw_age_coldest(struct fsw_area *area, unsigned long want,
		    unsigned long *count)
{
	struct fsw_slot *chunk, *s;
	unsigned long sum = 0, i;
	int epoch;

	memset(count, 0, FSW_EPOCHS * sizeof(*count));
	xa_for_each(&area->chunks, i, chunk) {
		for (s = chunk; s < chunk + FSW_CHUNK; s++)
			if (fsw_candidate(s, LAST_EPOCH))
				count[READ_ONCE(s->epoch)]++;
		cond_resched();
	}
	for (epoch = 0; epoch < LAST_EPOCH; epoch++) {
		sum += count[epoch];
		if (sum >= want)
			break;
	}
	return epoch;
}

/**
 * fsw_age_next - the next cold slot
 * @area: the area
 * @slot: where to look from on; becomes the slot found
 * @left: how many slots to look at, before this gives up; becomes what is left
 * @epoch: what counts as cold: fsw_age_coldest()
 *
 * Context: process; may sleep.
 * Return: true if there is one.
 */
bool fsw_age_next(struct fsw_area *area, unsigned long *slot,
		  unsigned long *left, int epoch)
{
	unsigned long i = *slot, n, index;
	struct fsw_slot *chunk;

	while (*left) {
		if (i >= area->nr)
			i = 0;
		index = i / FSW_CHUNK;
		chunk = xa_find(&area->chunks, &index, ULONG_MAX, XA_PRESENT);
		n = chunk ? max(index * FSW_CHUNK, i) : area->nr;
		/* Over all that have no chunk. */
		n = min(n - i, *left);
		i += n;
		*left -= n;
		for (n = i % FSW_CHUNK; chunk && *left && n < FSW_CHUNK && i < area->nr;
		     n++, i++, --*left) {
			if (fsw_candidate(&chunk[n], epoch)) {
				*slot = i;
				return true;
			}
		}
		cond_resched();
	}
	*slot = i;
	return false;
}
