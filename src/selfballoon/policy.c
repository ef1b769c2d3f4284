// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - how much memory a guest should have; see policy.h
 *
 * Why this design: the formula is that of the last in-tree version (linux:
 * drivers/xen/xen-selfballoon.c, 3.1-5.2).  Its goal is what processes were
 * promised.  That is a fair measure of need as long as there is swap for what
 * it misses (the kernel's own memory, mapped files in use); without swap a
 * guest that shrank to it went into OOM.  So there is one rule more:
 *
 *	What is in use, and cannot be dropped, stays in RAM, with room to grow of
 *	an eighth of RAM and at least 16 MB; but what half of the free swap can
 *	take need not.
 *
 * In use is what MemAvailable leaves out.  With ample swap the rule does not
 * bind and the formula alone decides; without, a guest keeps what it uses and
 * that eighth, and shrinks by page cache only.
 *
 * What is promised and what is in use change all the time, by a little.  A
 * balloon that followed would never stand still, and each of its steps splits and
 * joins pages of the hypervisor.  So a goal stays where it is until the guest wants
 * more than 1/256 of RAM more or less, which is far less than the room that it is
 * left to grow; and what is left of the way, when that is less, is one step.
 *
 * Arithmetic is in u64: the sums of eight unsigned long page counts of one
 * machine fit, and counts of more than it could have are cut down first.
 */
#include <linux/minmax.h>
#include "policy.h"

/*
 * Pages read again, 1/this of RAM, and it is left alone; at a quarter of that, as
 * of SB_STALL_SHARE, it goes slower, by this shift.
 */
#define REFAULT_SHARE	4096
#define SLOW_SHIFT	2
/* That is in so many us, or in an interval, if that is shorter. */
#define REFAULT_US	5000000
/*
 * It rests for 4, 16, 64 intervals, and what made it do so is forgotten after this
 * many times as many without a sign: so one who uses its pages once in a while is
 * not taken for idle in between, however often that has happened.
 */
#define MOST_LEVEL	3
#define FORGET_SHARE	4
/* A calm guest reads less than 1/this of RAM in an interval. */
#define GROWN_SHARE	1024
/* One that reads more than 1/this is at work, and is not to compress for it. */
#define AT_WORK_SHARE	64
#define MOST_CALM	31

/* A target from outside is left alone for so many intervals, or 2^this times that. */
#define OUTSIDE_REST	6
#define OUTSIDE_LEVEL	5

/* Changes of less than 1/this of RAM move no balloon. */
#define HELD_SHARE	256

/* 2^52 pages are all that 64 bits of address can name. */
#define MOST_PAGES	(1ULL << 52)

static u64 sb_sane(unsigned long pages)
{
	return min_t(u64, pages, MOST_PAGES);
}

static u64 sb_above(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* What a guest of that many useful pages must have of them; piecewise linear. */
static u64 useful_floor(u64 u)
{
	if (u < SB_MB2PAGES(16))
		return u;
	if (u < SB_MB2PAGES(64))
		return SB_MB2PAGES(16) + (u - SB_MB2PAGES(16)) / 2;
	if (u < SB_MB2PAGES(512))
		return SB_MB2PAGES(40) + (u - SB_MB2PAGES(40)) / 8;
	return SB_MB2PAGES(99) + (u - SB_MB2PAGES(99)) / 32;
}

/**
 * sb_floor - the least that a guest must have
 * @v: the guest
 * @p: parameters
 *
 * Context: any.
 * Return: pages of totalram.
 */
unsigned long sb_floor(const struct sb_view *v, const struct sb_params *p)
{
	u64 reserve = sb_sane(v->reserve);

	if (p->min_usable_mb)
		return reserve + SB_MB2PAGES(p->min_usable_mb);
	return reserve + useful_floor(sb_above(sb_sane(v->max_pages), reserve));
}

/* See the head of this file. */
static u64 unswappable(const struct sb_view *v)
{
	u64 in_use = sb_above(sb_sane(v->totalram), sb_sane(v->available));
	u64 room = max_t(u64, sb_sane(v->totalram) / 8, SB_MB2PAGES(16));

	return sb_above(in_use + room, sb_sane(v->free_swap) / 2);
}

/* What has changed by little counts as it was. */
static u64 sb_hold(u64 *held, u64 now, u64 little)
{
	if (now > *held + little || now + little < *held)
		*held = now;
	return *held;
}

/**
 * sb_target - the next target of the balloon
 * @v: the guest
 * @p: parameters
 * @held: what it remembers between intervals; all 0 at first, and when parameters
 *	have changed
 *
 * Context: any; one at a time for one @held.
 * Return: pages, as the balloon driver counts them; at most v->max_pages.
 */
unsigned long sb_target(const struct sb_view *v, const struct sb_params *p,
			struct sb_held *held)
{
	u64 current_pages = sb_sane(v->current_pages), max = sb_sane(v->max_pages);
	u64 cur = sb_sane(v->totalram), goal, target;
	unsigned int down = p->downhysteresis >> min(v->calm, 31U);
	u64 little = max / HELD_SHARE;

	goal = sb_sane(v->committed) + sb_sane(v->reserve) +
	       SB_MB2PAGES(p->reserved_mb);
	if (p->count_frontswap)
		goal += sb_sane(v->frontswap);
	goal = sb_hold(&held->goal, goal, little);
	if (cur > goal + little)
		target = cur - (cur - goal) / (down ?: 1);
	else if (cur > goal)
		target = goal;
	else
		target = cur + (goal - cur) / (p->uphysteresis ?: 1);
	target = max_t(u64, target, sb_floor(v, p));
	target = max_t(u64, target,
		       sb_hold(&held->least, unswappable(v), little));
	target = sb_above(target + current_pages, cur);
	return min_t(u64, target, max);
}

/**
 * sb_come_home - how many pages of swap are to come back from tmem
 * @s: what it remembers between intervals
 * @v: the guest; @v->frontswap pages of swap are in tmem now
 * @hysteresis: 1/this of them; 0 counts as 1
 * @inertia: intervals without growth to wait for before that
 *
 * Never more than there is free RAM for: of that the kernel's reserve, and as much
 * again as a room to grow of 1/16 of RAM, stay free.
 *
 * Context: any; one at a time for one @s.
 * Return: pages; 0: not now.
 */
unsigned long sb_come_home(struct sb_shrink *s, const struct sb_view *v,
			   unsigned int hysteresis, unsigned int inertia)
{
	unsigned long pages = v->frontswap;
	bool grows = pages > s->last;
	u64 room, share;

	s->last = pages;
	if (!pages || grows) {
		s->countdown = inertia;
		return 0;
	}
	/* It may have been lowered since. */
	s->countdown = min(s->countdown, inertia);
	if (s->countdown && --s->countdown)
		return 0;
	share = pages <= hysteresis ? pages : pages / (hysteresis ?: 1);
	room = sb_above(sb_sane(v->free), sb_sane(v->reserve) + sb_sane(v->totalram) / 16);
	return min(share, room);
}

/**
 * sb_outside_set - somebody else has set a target
 * @o: what is remembered of them
 * @undone: the guest had given more back by itself, and that was undone
 *
 * A daemon that undoes it again and again is to meet with it ever more rarely.
 *
 * Context: any; one at a time for one @o.
 */
void sb_outside_set(struct sb_outside *o, bool undone)
{
	if (undone && o->level < OUTSIDE_LEVEL)
		o->level++;
	o->rest = OUTSIDE_REST << o->level;
	o->calm = 0;
}

/**
 * sb_outside_rests - is the target to be left alone?
 * @o: what is remembered of those who set it
 *
 * Whoever says nothing for as long as the longest rest takes is half forgotten.
 *
 * Context: any; once in an interval, one at a time for one @o.
 * Return: true if so.
 */
bool sb_outside_rests(struct sb_outside *o)
{
	if (o->rest) {
		o->rest--;
		return true;
	}
	if (o->level && ++o->calm > OUTSIDE_REST << OUTSIDE_LEVEL) {
		o->level--;
		o->calm = 0;
	}
	return false;
}

static unsigned int sb_rest(unsigned int level)
{
	return 1U << 2 * level;
}

static bool sb_over(u64 n, u64 limit, bool *slow)
{
	if (n > limit >> SLOW_SHIFT)
		*slow = true;
	return n > limit;
}

static u64 sb_refaults_allowed(const struct sb_signs *f)
{
	u64 pages = max_t(u64, sb_sane(f->totalram) / REFAULT_SHARE, 1);

	return pages * max_t(u64, f->interval_us / REFAULT_US, 1);
}

/**
 * sb_pace - is it the time to take memory from the page cache?
 * @s: what it remembers between intervals
 * @f: what has happened since it was asked last
 *
 * A guest that misses what was taken is left alone, for four times as long each
 * time that it does so again after a rest, and then goes slow until that is
 * forgotten.  One that does not is calm, and more is taken each time.
 *
 * Context: any; one at a time for one @s.
 * Return: SB_GO or SB_SLOW, or why not.
 */
enum sb_pause sb_pace(struct sb_pace *s, const struct sb_signs *f)
{
	u64 pages = sb_refaults_allowed(f);
	enum sb_pause why = SB_GO;
	u64 disk = sb_above(f->refaults, f->hits);
	bool slow = false;

	if (sb_over(f->stall_us, f->interval_us / SB_STALL_SHARE, &slow))
		why = SB_PAUSE_STALL;
	else if (sb_over(disk, pages, &slow))
		why = SB_PAUSE_REFAULTS;
	else if (sb_over(f->hits, pages, &slow))
		why = SB_PAUSE_HITS;
	if (f->grown > sb_sane(f->totalram) / AT_WORK_SHARE)
		slow = true;
	if (why != SB_GO || slow || s->level ||
	    f->grown > sb_sane(f->totalram) / GROWN_SHARE)
		s->calm = 0;
	else if (f->taken && s->calm < MOST_CALM)
		s->calm++;
	if (why != SB_GO) {
		/* Signs while it rests begin the rest anew, and no longer one. */
		if (!s->rest && s->level < MOST_LEVEL)
			s->level++;
		s->rest = sb_rest(s->level);
		s->quiet = 0;
		return why;
	}
	if (s->rest) {
		s->rest--;
		return SB_PAUSE_REST;
	}
	if (slow)
		return SB_SLOW;
	if (s->level && ++s->quiet >= FORGET_SHARE * sb_rest(s->level)) {
		s->level--;
		s->quiet = 0;
	}
	return s->level ? SB_SLOW : SB_GO;
}

/**
 * sb_excess - how many pages to take from the page cache in this interval
 * @target: pages that the guest should occupy: sb_target()
 * @now: pages that it does
 * @file_pages: those of them that reclaim could free without swapping
 * @pace: sb_pace()
 *
 * Context: any.
 * Return: pages; 0: none.
 */
unsigned long sb_excess(unsigned long target, unsigned long now,
			unsigned long file_pages, enum sb_pause pace)
{
	u64 pages = min(sb_above(sb_sane(now), sb_sane(target)), sb_sane(file_pages));

	if (pace == SB_GO)
		return pages;
	return pace == SB_SLOW ? pages >> SLOW_SHIFT : 0;
}
