// SPDX-License-Identifier: GPL-2.0
/*
 * test_selfballoon.c - the policy of src/selfballoon, compiled as it is
 *
 * Tables of hand-computed cases, and guests of 64 MB to 64 GB through load
 * steps.
 */
#include <limits.h>
#include <stdlib.h>
#include "../../src/selfballoon/policy.h"
#include "test.h"

#define MB(n)	((unsigned long)SB_MB2PAGES(n))
#define PLENTY	MB(1 << 22)

static const unsigned int sizes[] = {
	64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 16384, 65536
};

static const struct sb_params normal = {
	.downhysteresis = 8, .uphysteresis = 1,
};

/* Of a worker that has just begun. */
static unsigned long target_of(const struct sb_view *v,
			       const struct sb_params *p)
{
	return sb_target(v, p, &(struct sb_held){ });
}

/* --- the floor ------------------------------------------------------------------ */

/* Useful MB (the reserve is 10 more), and the least of them to be kept. */
static void floors(void)
{
	static const struct { unsigned int useful; unsigned long floor; } cases[] = {
		{ 0, 0 }, { 8, MB(8) }, { 15, MB(15) }, { 16, MB(16) },
		{ 32, MB(24) }, { 63, MB(39) + MB(1) / 2 }, { 64, MB(43) },
		{ 128, MB(51) }, { 256, MB(67) }, { 511, MB(98) + MB(1) * 7 / 8 },
		{ 512, MB(99) + MB(413) / 32 }, { 1024, MB(99) + MB(925) / 32 },
		{ 65536, MB(99) + MB(65437) / 32 },
	};
	struct sb_params p = normal;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sb_view v = {
			.reserve = MB(10), .max_pages = MB(10 + cases[i].useful),
		};

		if (!CHECK_EQ(sb_floor(&v, &normal), MB(10) + cases[i].floor))
			test_fail(__FILE__, __LINE__, "%u MB", cases[i].useful);
		p.min_usable_mb = 123;
		CHECK_EQ(sb_floor(&v, &p), MB(133));
	}
	/* Nothing but reserve. */
	CHECK_EQ(sb_floor(&(struct sb_view){ .reserve = MB(10), .max_pages = MB(5) },
			  &normal), MB(10));
}

/* --- one step -------------------------------------------------------------------- */

static void steps(void)
{
	struct sb_view v = {
		.totalram = MB(500), .current_pages = MB(512), .max_pages = MB(512),
		.reserve = MB(6), .available = MB(480), .free_swap = PLENTY,
	};
	struct sb_params p = normal;

	/* goal 106: 500 - 394 / 8, and 12 MB of kernel image. */
	v.committed = MB(100);
	CHECK_EQ(target_of(&v, &p), MB(500) - MB(394) / 8 + MB(12));
	p.downhysteresis = 1;
	CHECK_EQ(target_of(&v, &p), MB(106 + 12));	/* floor: 104 */
	p.reserved_mb = 50;
	CHECK_EQ(target_of(&v, &p), MB(156 + 12));
	v.frontswap = MB(30);
	CHECK_EQ(target_of(&v, &p), MB(156 + 12));
	p.count_frontswap = true;
	CHECK_EQ(target_of(&v, &p), MB(186 + 12));
	p.reserved_mb = 0;
	p.count_frontswap = false;
	v.committed = MB(10);
	CHECK_EQ(target_of(&v, &p), sb_floor(&v, &p) + MB(12));
	p.min_usable_mb = 200;
	CHECK_EQ(target_of(&v, &p), MB(206 + 12));
	p.min_usable_mb = 0;

	/* Up: at once, or by halves; never beyond an empty balloon. */
	v.totalram = MB(150);
	v.current_pages = MB(162);
	v.available = MB(130);
	v.committed = MB(244);
	CHECK_EQ(target_of(&v, &p), MB(250 + 12));
	p.uphysteresis = 2;
	CHECK_EQ(target_of(&v, &p), MB(200 + 12));
	v.committed = MB(4000);
	p.uphysteresis = 1;
	CHECK_EQ(target_of(&v, &p), MB(512));
	/* Just right. */
	v.committed = MB(144);
	CHECK_EQ(target_of(&v, &p), MB(162));
}

/* --- without swap ------------------------------------------------------------------ */

static void swapless(void)
{
	struct sb_view v = {
		.totalram = MB(400), .current_pages = MB(400), .max_pages = MB(400),
		.reserve = MB(6), .committed = MB(20),
		.available = MB(150), .free_swap = 0,
	};
	struct sb_params p = { .downhysteresis = 1, .uphysteresis = 1 };

	/* 250 in use that cannot be dropped, and an eighth of RAM. */
	CHECK_EQ(target_of(&v, &p), MB(300));
	/* Half of the free swap could take some of it. */
	v.free_swap = MB(100);
	CHECK_EQ(target_of(&v, &p), MB(250));
	v.free_swap = MB(1000);
	CHECK_EQ(target_of(&v, &p), sb_floor(&v, &p));
	/* All in use: it grows. */
	v.free_swap = 0;
	v.max_pages = MB(600);
	v.available = MB(10);
	CHECK_EQ(target_of(&v, &p), MB(440));
	/* A small guest keeps 16 MB. */
	v = (struct sb_view){
		.totalram = MB(64), .current_pages = MB(64), .max_pages = MB(64),
		.reserve = MB(3), .committed = 0, .available = MB(30),
	};
	CHECK_EQ(target_of(&v, &p), MB(50));
}

/* --- guests over time ---------------------------------------------------------------- */

/* Idle, a load of half of RAM, and idle again. */
static void guests(void)
{
	unsigned int i, down, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (down = 1; down <= 64; down *= 4) {
			struct sb_params p = normal;
			struct sb_view v = {
				.max_pages = MB(sizes[i]),
				.current_pages = MB(sizes[i]),
				.totalram = MB(sizes[i]) - MB(4),
				.reserve = MB(sizes[i]) / 128 + MB(2),
				.committed = MB(sizes[i]) / 20,
				.free_swap = PLENTY,
			};
			unsigned long least, last = v.current_pages, idle, load;

			p.downhysteresis = down;
			p.reserved_mb = sizes[i] / 10;
			least = sb_floor(&v, &p) + MB(4);
			for (n = 0; n < 40 * down; n++) {
				unsigned long t = target_of(&v, &p);

				CHECK(t <= last);	/* no oscillation */
				CHECK(t >= least);
				v.totalram -= v.current_pages - t;
				v.current_pages = last = t;
			}
			/* Shrunk to the goal, or as low as it may. */
			idle = v.committed + v.reserve + MB(p.reserved_mb) + MB(4);
			CHECK(v.current_pages <= (idle > least ? idle : least) +
			      down);
			CHECK(sizes[i] < 512 ||
			      v.current_pages <= v.max_pages * 7 / 10);

			/* Load: all of it back in one step. */
			v.committed = v.max_pages / 2;
			load = v.committed + v.reserve + MB(p.reserved_mb) + MB(4);
			CHECK(target_of(&v, &p) >= (load < v.max_pages ? load :
						    v.max_pages));
			CHECK(target_of(&v, &p) <= v.max_pages);
		}
	}
}

/* --- a goal that moves a little ------------------------------------------------------- */

/*
 * A guest of 1 GB that wants @base MB and up to @noise pages more or less, of what
 * was promised and of what is in use.  Returns how often the target changes in the
 * last 300 of 400 intervals.
 */
static unsigned int moves(unsigned int base, unsigned int noise,
			  unsigned long swap, struct sb_held *held)
{
	struct sb_view v = {
		.totalram = MB(1000), .current_pages = MB(1012),
		.max_pages = MB(1024), .reserve = MB(10), .free_swap = swap,
	};
	unsigned long t, need;
	u64 state = 99;
	unsigned int n, sum = 0;

	for (n = 0; n < 400; n++) {
		need = MB(base) + (noise ? rnd_below(&state, noise) : 0);
		v.committed = need;
		v.available = v.totalram > need ? v.totalram - need : 0;
		t = sb_target(&v, &normal, held);
		sum += n >= 100 && t != v.current_pages;
		v.totalram += t - v.current_pages;
		v.current_pages = t;
		/* never short of what it wants by more than it counts as little */
		if (n >= 100)
			CHECK(v.totalram + MB(4) >= need + v.reserve);
	}
	return sum;
}

static void held_goals(void)
{
	static const struct {
		unsigned int base, noise, least, most;
	} cases[] = {
		{ 200, 0, 0, 0 },
		{ 200, 100, 0, 0 },
		/* 4 MB are little: what comes first may be at either end */
		{ 200, MB(4), 0, 0 },
		{ 600, MB(4), 0, 0 },
		/* and 16 are not */
		{ 200, MB(16), 30, 300 },
	};
	struct sb_view v = {
		.totalram = MB(200), .current_pages = MB(200),
		.max_pages = MB(1024), .reserve = MB(10), .free_swap = PLENTY,
		.available = MB(100),
	};
	struct sb_held held;
	unsigned long t;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (n = 0; n < 2; n++) {
			unsigned int sum;

			held = (struct sb_held){ };
			sum = moves(cases[i].base, cases[i].noise,
				    n ? PLENTY : 0, &held);
			if (!CHECK(sum >= cases[i].least && sum <= cases[i].most))
				test_fail(__FILE__, __LINE__, "case %u: %u", i, sum);
		}
	}

	/* One that grows a little at a time is followed, no more than 4 MB behind. */
	held = (struct sb_held){ };
	for (n = 0; n < 400; n++) {
		v.committed = MB(190) + n * MB(1);
		t = sb_target(&v, &normal, &held);
		CHECK(t + MB(4) >= v.committed + v.reserve);
		CHECK(t <= v.committed + v.reserve);
		v.totalram = t;
		v.current_pages = t;
	}
	/* And one that shrinks. */
	for (n = 0; n < 400; n++) {
		v.committed -= MB(1) / 2;
		t = sb_target(&v, &normal, &held);
		CHECK(t + MB(4) >= v.committed + v.reserve);
		v.totalram = t;
		v.current_pages = t;
	}
	CHECK(t <= v.committed + v.reserve + MB(8));
	/* The last of the way is one step. */
	held = (struct sb_held){ };
	v.totalram = MB(300);
	v.current_pages = MB(300);
	v.committed = MB(286);
	CHECK_EQ(sb_target(&v, &normal, &held), MB(296));
	v.committed = MB(285);
	held = (struct sb_held){ };
	CHECK_EQ(sb_target(&v, &normal, &held), MB(300) - MB(5) / 8);
}

/* --- a guest that is calm ----------------------------------------------------------- */

static void calms(void)
{
	static const struct {
		unsigned int down, calm, divisor;
	} cases[] = {
		{ 4, 0, 4 }, { 4, 1, 2 }, { 4, 2, 1 }, { 4, 3, 1 }, { 4, 31, 1 },
		{ 4, UINT_MAX, 1 }, { 8, 1, 4 }, { 1, 0, 1 }, { 1, 5, 1 },
		{ 6, 1, 3 }, { 0, 1, 1 },
	};
	struct sb_view v = {
		.totalram = MB(900), .current_pages = MB(900),
		.max_pages = MB(1024), .reserve = MB(10), .available = MB(800),
		.committed = MB(290), .free_swap = PLENTY,
	};
	struct sb_params p = { .uphysteresis = 1 };
	struct sb_signs quiet = { .totalram = MB(1024), .interval_us = 5000000 };
	struct sb_signs f = quiet;
	struct sb_pace s = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		v.calm = cases[i].calm;
		p.downhysteresis = cases[i].down;
		CHECK_EQ(target_of(&v, &p), MB(900) - MB(600) / cases[i].divisor);
	}

	/* It says nothing that nobody misses what was not taken. */
	for (i = 0; i < 40; i++)
		CHECK_EQ(sb_pace(&s, &quiet), SB_GO);
	CHECK_EQ(s.calm, 0);
	quiet.taken = f.taken = 1;
	for (i = 0; i < 40; i++)
		CHECK_EQ(sb_pace(&s, &quiet), SB_GO);
	CHECK_EQ(s.calm, 31);
	/* 1 MB that was read is nothing; more is a guest at work. */
	f.grown = MB(1);
	CHECK_EQ(sb_pace(&s, &f), SB_GO);
	CHECK_EQ(s.calm, 31);
	f.grown++;
	CHECK_EQ(sb_pace(&s, &f), SB_GO);
	CHECK_EQ(s.calm, 0);
	CHECK_EQ(sb_pace(&s, &quiet), SB_GO);
	CHECK_EQ(s.calm, 1);
	/* 16 MB, and it does not compress at the expense of that work. */
	f.grown = MB(16);
	CHECK_EQ(sb_pace(&s, &f), SB_GO);
	f.grown++;
	CHECK_EQ(sb_pace(&s, &f), SB_SLOW);
	CHECK_EQ(s.calm, 0);
	/* So is any sign of harm, a slight one, too. */
	f = quiet;
	f.refaults = 17;
	CHECK_EQ(sb_pace(&s, &f), SB_SLOW);
	CHECK_EQ(s.calm, 0);
	CHECK_EQ(sb_pace(&s, &quiet), SB_GO);
	f.hits = 1000;
	CHECK_EQ(sb_pace(&s, &f), SB_PAUSE_HITS);
	CHECK_EQ(s.calm, 0);
	/* And for as long as that is remembered: 4 intervals, and 4 times as many. */
	for (i = 0; i < 4; i++)
		CHECK_EQ(sb_pace(&s, &quiet), SB_PAUSE_REST);
	for (i = 1; i < 16; i++)
		CHECK_EQ(sb_pace(&s, &quiet), SB_SLOW);
	CHECK_EQ(s.calm, 0);
	CHECK_EQ(sb_pace(&s, &quiet), SB_GO);
	CHECK_EQ(s.calm, 0);
	CHECK_EQ(sb_pace(&s, &quiet), SB_GO);
	CHECK_EQ(s.calm, 1);
	/* In a longer interval as many more may be read again. */
	s = (struct sb_pace){ };
	f = quiet;
	f.interval_us = 60000000;
	f.refaults = 12 * 64;
	CHECK_EQ(sb_pace(&s, &f), SB_SLOW);
	f.refaults++;
	CHECK_EQ(sb_pace(&s, &f), SB_PAUSE_REFAULTS);
	f.interval_us = 1000000;
	s = (struct sb_pace){ };
	f.refaults = 64;
	CHECK_EQ(sb_pace(&s, &f), SB_SLOW);
	f.refaults++;
	CHECK_EQ(sb_pace(&s, &f), SB_PAUSE_REFAULTS);
}

/* --- what cannot be ----------------------------------------------------------------- */

static void nonsense(void)
{
	static const unsigned long values[] = {
		0, 1, 2, 16384, 1UL << 40, ULONG_MAX / 2, ULONG_MAX - 1, ULONG_MAX
	};
	static const unsigned int small[] = { 0, 1, 2, 20, INT_MAX, UINT_MAX };
	u64 state = 4711;
	unsigned int n;

	for (n = 0; n < 300000; n++) {
#define ANY(a)	(a)[rnd_below(&state, ARRAY_SIZE(a))]
		struct sb_view v = {
			ANY(values), ANY(values), ANY(values), ANY(values),
			ANY(values), ANY(values), ANY(values), ANY(values)
		};
		struct sb_params p = {
			ANY(small), ANY(small), ANY(small), ANY(small),
			rnd(&state) & 1
		};
		unsigned long t = target_of(&v, &p);

		/* UBSan and the division itself are the test; and this. */
		CHECK(t <= v.max_pages);
		sb_floor(&v, &p);
	}
	/* A hysteresis of 0 is one of 1. */
	CHECK_EQ(target_of(&(struct sb_view){ .totalram = MB(100),
			   .current_pages = MB(100), .max_pages = MB(1000),
			   .committed = MB(200), .free_swap = PLENTY,
			   .available = MB(50) },
			   &(struct sb_params){ }), MB(200));
}

/* --- selfshrinking -------------------------------------------------------------------- */

static unsigned long come(struct sb_shrink *s, unsigned long pages,
			  unsigned int hysteresis, unsigned int inertia)
{
	struct sb_view v = {
		.frontswap = pages, .free = ULONG_MAX, .totalram = MB(512),
		.reserve = MB(6),
	};

	return sb_come_home(s, &v, hysteresis, inertia);
}

static void shrinking(void)
{
	struct sb_shrink s = { };
	struct sb_view v = {
		.frontswap = 10000, .totalram = MB(512), .reserve = MB(6),
	};

	CHECK_EQ(come(&s, 0, 20, 3), 0);
	/* Grows: wait. */
	CHECK_EQ(come(&s, 1000, 20, 3), 0);
	CHECK_EQ(come(&s, 1100, 20, 3), 0);
	CHECK_EQ(come(&s, 1100, 20, 3), 0);
	CHECK_EQ(come(&s, 1100, 20, 3), 0);
	CHECK_EQ(come(&s, 1100, 20, 3), 55);
	/* And on, until it grows. */
	CHECK_EQ(come(&s, 1045, 20, 3), 52);
	CHECK_EQ(come(&s, 1046, 20, 3), 0);
	CHECK_EQ(come(&s, 1000, 20, 3), 0);
	CHECK_EQ(come(&s, 900, 20, 3), 0);
	CHECK_EQ(come(&s, 20, 20, 3), 20);
	CHECK_EQ(come(&s, 20, 0, 0), 20);
	CHECK_EQ(come(&s, 15, UINT_MAX, 0), 15);
	CHECK_EQ(come(&s, 0, 20, UINT_MAX), 0);

	/* Inertia that is lowered counts at once. */
	s = (struct sb_shrink){ };
	CHECK_EQ(come(&s, 1000, 20, UINT_MAX), 0);
	CHECK_EQ(come(&s, 1000, 20, UINT_MAX), 0);
	CHECK_EQ(come(&s, 1000, 20, 2), 0);
	CHECK_EQ(come(&s, 1000, 20, 2), 50);

	/* Only into what is free, beyond the reserve and 1/16 of RAM. */
	s = (struct sb_shrink){ .last = 10000 };
	CHECK_EQ(sb_come_home(&s, &v, 1, 0), 0);
	v.free = MB(38);
	CHECK_EQ(sb_come_home(&s, &v, 1, 0), 0);
	v.free = MB(38) + 100;
	CHECK_EQ(sb_come_home(&s, &v, 1, 0), 100);
	v.free = MB(500);
	CHECK_EQ(sb_come_home(&s, &v, 1, 0), 10000);
}

/* --- beside a daemon ------------------------------------------------------------------ */

/*
 * target.c beside one that sets the target every @every intervals (0: never
 * again), by turns to the one and the other.  Returns how often the guest gave
 * something back and that was undone.
 */
static unsigned int swings(unsigned int every, unsigned int intervals)
{
	unsigned long outside = 1000, ours = 1000;
	struct sb_outside o = { };
	unsigned int n, sum = 0;

	sb_outside_set(&o, false);
	for (n = 1; n <= intervals; n++) {
		/* another target, or the same: that is not seen unless it undoes */
		if (every && n % every == 0 && ours != outside) {
			sum++;
			sb_outside_set(&o, true);
			ours = outside;
		}
		if (!sb_outside_rests(&o))
			ours = outside - 100;
	}
	return sum;
}

static void daemons(void)
{
	struct sb_outside o = { };
	unsigned int n;

	/* Left alone for six intervals, and then never again by itself. */
	sb_outside_set(&o, false);
	for (n = 0; n < 6; n++)
		CHECK(sb_outside_rests(&o));
	for (n = 0; n < 100; n++)
		CHECK(!sb_outside_rests(&o));
	CHECK_EQ(swings(0, 1000), 0);
	/* The same target all the time: after 6, 12, 24, 48, 96 and each 192. */
	CHECK(swings(1, 60) <= 3);
	CHECK(swings(1, 400) <= 6);
	CHECK(swings(1, 400) >= 4);
	CHECK(swings(1, 4000) <= 6 + 4000 / 192);
	CHECK(swings(5, 400) <= 6);
	CHECK(swings(100, 4000) <= 6 + 4000 / 192);
	/* New targets before the rest is over: it never gets so far. */
	o = (struct sb_outside){ };
	for (n = 0; n < 1000; n++) {
		if (n % 5 == 0)
			sb_outside_set(&o, false);
		CHECK(sb_outside_rests(&o));
	}
	CHECK_EQ(o.level, 0);
	/* Forgotten in time: five times as long as the rest itself. */
	for (n = 0; n < 10; n++)
		sb_outside_set(&o, true);
	CHECK_EQ(o.rest, 192);
	CHECK_EQ(o.level, 5);
	for (n = 0; n < 192 + 5 * (192 + 1); n++)
		sb_outside_rests(&o);
	CHECK_EQ(o.level, 0);
	sb_outside_set(&o, false);
	CHECK_EQ(o.rest, 6);
}

/* --- without a balloon: trim.c's view of a guest, and its pace ----------------------- */

/* As trim.c looks: what is free is the host's. */
static struct sb_view trimmed(unsigned int ram, unsigned int file,
			      unsigned int others)
{
	return (struct sb_view){
		.totalram = MB(file + others), .committed = MB(others),
		.available = MB(file), .reserve = MB(ram) / 128 + MB(2),
		.current_pages = MB(file + others), .max_pages = MB(ram),
	};
}

static void trims(void)
{
	static const struct {
		unsigned int ram, file, others, left;	/* MB; left of the cache */
	} cases[] = {
		/* in use, the reserve, 10 % of RAM */
		{ 1024, 700, 100, 112 },
		{ 1024, 700, 300, 112 },
		{ 4096, 3000, 500, 443 },
		/* the floor of a small guest: 3 + 51.2 of 128 */
		{ 128, 60, 20, 34 },
		/* nothing in use: the floor */
		{ 1024, 900, 4, 136 },
	};
	struct sb_params p = { .downhysteresis = 4 };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned long t, now, file = MB(cases[i].file);

		p.reserved_mb = cases[i].ram / 10;
		for (n = 0; n < 60; n++) {
			struct sb_view v = trimmed(cases[i].ram, 0,
						   cases[i].others);

			v.totalram += file;
			v.available = file;
			v.current_pages += file;
			now = v.current_pages;
			t = target_of(&v, &p);
			CHECK(t <= v.max_pages);
			file -= sb_excess(t, now, file, SB_GO);
		}
		if (!CHECK(file >= MB(cases[i].left) - MB(3) &&
			   file <= MB(cases[i].left) + MB(3)))
			test_fail(__FILE__, __LINE__, "%u MB: %lu left",
				  cases[i].ram, file >> 8);
	}
	/* A load: at once nothing is taken. */
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct sb_view v = trimmed(sizes[i], 4, sizes[i] - 4);

		p.reserved_mb = sizes[i] / 10;
		CHECK_EQ(sb_excess(target_of(&v, &p), v.current_pages, MB(4),
				   SB_GO), 0);
	}
	/* Never more than there is of the cache, or than there is to take. */
	CHECK_EQ(sb_excess(100, 1000, 50, SB_GO), 50);
	CHECK_EQ(sb_excess(100, 1000, 5000, SB_GO), 900);
	CHECK_EQ(sb_excess(100, 1000, 5000, SB_SLOW), 225);
	CHECK_EQ(sb_excess(100, 1000, 5000, SB_PAUSE_REST), 0);
	CHECK_EQ(sb_excess(1000, 100, 5000, SB_GO), 0);
	CHECK_EQ(sb_excess(0, ULONG_MAX, ULONG_MAX, SB_GO), 1UL << 52);
}

static void paces(void)
{
	static const struct {
		u64 stall_us;
		unsigned long refaults, hits;
		enum sb_pause pace;
	} cases[] = {
		{ 0, 0, 0, SB_GO },
		{ 1250, 16, 16, SB_GO },
		{ 1251, 0, 0, SB_SLOW },
		{ 5000, 0, 0, SB_SLOW },
		{ 5001, 0, 0, SB_PAUSE_STALL },
		{ 0, 17, 0, SB_SLOW },
		{ 0, 64, 0, SB_SLOW },
		{ 0, 65, 0, SB_PAUSE_REFAULTS },
		{ 0, 65, 65, SB_PAUSE_HITS },
		{ 0, 64, 17, SB_SLOW },
		/* hits of shared pages are no refaults */
		{ 0, 0, 65, SB_PAUSE_HITS },
		{ ~0ULL, ~0UL, ~0UL, SB_PAUSE_STALL },
	};
	struct sb_signs quiet = { .totalram = MB(1024), .interval_us = 5000000 };
	struct sb_signs f = quiet;
	struct sb_pace s;
	unsigned int i, n, rest;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		s = (struct sb_pace){ };
		f.stall_us = cases[i].stall_us;
		f.refaults = cases[i].refaults;
		f.hits = cases[i].hits;
		if (!CHECK_EQ(sb_pace(&s, &f), cases[i].pace))
			test_fail(__FILE__, __LINE__, "case %u", i);
	}

	/* It rests four times as long each time, up to 64 intervals. */
	s = (struct sb_pace){ };
	f = quiet;
	f.refaults = 1000;
	for (n = 4, i = 0; i < 10; i++, n = n < 64 ? 4 * n : 64) {
		CHECK_EQ(sb_pace(&s, &f), SB_PAUSE_REFAULTS);
		for (rest = 0; sb_pace(&s, &quiet) == SB_PAUSE_REST; rest++)
			CHECK(rest < 100);
		CHECK_EQ(rest, n);
	}
	/* Signs while it rests begin the rest anew, and it is no longer. */
	s = (struct sb_pace){ };
	for (i = 0; i < 10; i++)
		CHECK_EQ(sb_pace(&s, &f), SB_PAUSE_REFAULTS);
	CHECK_EQ(s.rest, 4);
	/* And is forgotten in time; slight signs do not count for that. */
	s = (struct sb_pace){ .level = 3 };
	f.refaults = 17;
	for (i = 0; i < 256 + 64 + 16; i++) {
		CHECK_EQ(s.level, i < 256 ? 3 : i < 256 + 64 ? 2 : 1);
		CHECK_EQ(sb_pace(&s, &f), SB_SLOW);
		CHECK_EQ(sb_pace(&s, &quiet),
			 i == 256 + 64 + 16 - 1 ? SB_GO : SB_SLOW);
	}
	CHECK_EQ(s.level, 0);
	/* No RAM, no time. */
	s = (struct sb_pace){ };
	f = (struct sb_signs){ };
	CHECK_EQ(sb_pace(&s, &f), SB_GO);
}

/*
 * A guest that uses its files once in so many intervals and seems to do nothing in
 * between: how much of them does it have to read again, in 1/10000 of what it uses?
 * As trim.c takes, with nothing to spare but these files: a quarter of them, or a
 * quarter of that, or, of a calm guest, more and after a quarter of an interval.
 */
static unsigned int missed(unsigned int period)
{
	const unsigned long files = MB(300);
	struct sb_signs f = { .totalram = MB(1024), .interval_us = 5000000 };
	u64 used = 0, lost = 0;
	unsigned long gone = 0;
	struct sb_pace s = { };
	unsigned int t, next = 4;
	enum sb_pause pace;

	/* in quarters of an interval; two hours of intervals of 5 s */
	for (t = 1; t <= 4 * 1440; t++) {
		if (t % (4 * period) == 0) {
			used += files;
			lost += gone;
			f.refaults += gone;
			gone = 0;
		}
		if (t < next)
			continue;
		pace = sb_pace(&s, &f);
		f.taken = sb_excess(0, (files - gone) / (4 >> (s.calm < 2 ? s.calm : 2)),
				    ULONG_MAX, pace);
		gone += f.taken;
		f.refaults = 0;
		next = t + (pace == SB_GO && s.calm && f.taken ? 1 : 4);
	}
	return lost * 10000 / used;
}

static void bursts(void)
{
	static const struct {
		unsigned int period, at_most;
	} cases[] = {
		{ 1, 100 }, { 2, 100 }, { 3, 100 }, { 5, 300 }, { 12, 1000 },
		{ 20, 2000 },
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		n = missed(cases[i].period);
		if (!CHECK(n <= cases[i].at_most))
			test_fail(__FILE__, __LINE__, "once in %u intervals: %u of 10000",
				  cases[i].period, n);
	}
}

int main(void)
{
	test_run("trims", trims);
	test_run("paces", paces);
	test_run("bursts", bursts);
	test_run("floors", floors);
	test_run("steps", steps);
	test_run("without swap", swapless);
	test_run("guests over time", guests);
	test_run("held goals", held_goals);
	test_run("calm guests", calms);
	test_run("nonsense", nonsense);
	test_run("selfshrinking", shrinking);
	test_run("beside a daemon", daemons);
	return test_end();
}
