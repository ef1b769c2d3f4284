// SPDX-License-Identifier: GPL-2.0
/*
 * test_alloc.c - the Nth allocation fails, for every N
 *
 * A fixed scenario runs once for every allocation that it makes, with that
 * one failing; then again with all from that one on failing until the
 * operation is over.  After the operation that was hit, every counter and
 * every page is compared with the model, which knows the rules: a failed put
 * drops the old page, everything else is as it was.
 */
#include "sim.h"
#include "test.h"

#define PERSIST	TMEM_POOL_PERSIST
#define SHARED	TMEM_POOL_SHARED

#define POOL(c, fl)		{ SIM_NEW_POOL, (c), .flags = (fl) }
#define DESTROY(c, i)		{ SIM_DESTROY_POOL, (c), (i) }
#define PUT(c, i, o, n)		{ SIM_PUT, (c), (i), (o), (n) }
#define GET(c, i, o, n)		{ SIM_GET, (c), (i), (o), (n) }
#define PUT_RUN(c, i, o, n, nr, m) \
	{ SIM_PUT_RUN, (c), (i), (o), (n), (m), (nr) }
#define GET_RUN(c, i, o, n, nr, m) \
	{ SIM_GET_RUN, (c), (i), (o), (n), (m), (nr) }
#define FLUSH(c, i, o, n)	{ SIM_FLUSH_PAGE, (c), (i), (o), (n) }
#define RANGE(c, i, o, n, l)	{ SIM_FLUSH_RANGE, (c), (i), (o), (n), (l) }
#define OBJECT(c, i, o)		{ SIM_FLUSH_OBJECT, (c), (i), (o) }
#define EVICT(n)		{ SIM_EVICT, 0, 0, 0, 0, (n) }

/* Pool 0 persistent, 1 ephemeral, 2 shared by both clients. */
static const struct sim_op scenario[] = {
	POOL(0, PERSIST), POOL(0, 0), POOL(0, SHARED),
	POOL(1, SHARED), POOL(1, PERSIST),

	/* If a pool is missing, this makes up for it. */
	POOL(0, PERSIST),

	/* A tree of no node, that grows by one, and by several levels. */
	PUT(0, 0, 0, 0), PUT(0, 0, 0, 0), PUT(0, 0, 0, 1), PUT(0, 0, 0, 70),
	PUT(0, 0, 0, 0xffffffff), PUT(0, 0, 0, 0xfffffffe),
	PUT(0, 0, 0, 0x80000000), PUT(0, 0, 0, 0x80000000),

	/* A tree that is high from the beginning. */
	PUT(0, 0, 1, 0xffffffff), PUT(0, 0, 1, 0), PUT(0, 0, 1, 0),

	/* A root that leaves the object and grows, with paths below it. */
	PUT(0, 0, 6, 0), PUT(0, 0, 6, 64), PUT(0, 0, 6, 128),
	PUT(0, 0, 6, 192), PUT(0, 0, 6, 256), PUT(0, 0, 6, 320),
	PUT(0, 0, 6, 384), PUT(0, 0, 6, 448), RANGE(0, 0, 6, 200, 1000),

	/* Put, replace, take; the same bucket. */
	PUT(0, 1, 2, 5), PUT(0, 1, 2, 5), GET(0, 1, 2, 5), GET(0, 1, 2, 5),
	PUT(0, 1, 3, 5), PUT(0, 1, 4, 5000), PUT(0, 1, 5, 5000000),

	/* Shrink and grow again. */
	FLUSH(0, 0, 0, 0xffffffff), RANGE(0, 0, 0, 0x7fffffff, 0xffffffff),
	PUT(0, 0, 0, 0xffffffff), OBJECT(0, 0, 1), PUT(0, 0, 1, 77),

	/* Runs: a new object, one that is there, a second leaf, the end. */
	PUT_RUN(0, 0, 7, 50, 32, 0xffffffff), PUT_RUN(0, 0, 7, 60, 32, 0xf0f0f0f0),
	PUT_RUN(0, 1, 8, 0xfffffff0, 16, 0xffff), PUT_RUN(0, 1, 8, 3, 9, 0x1ff),
	PUT_RUN(0, 1, 8, 5, 9, 0x155), GET_RUN(0, 1, 8, 0, 32, 0xfffffff7),
	GET_RUN(0, 1, 8, 0xffffffe8, 24, 0xffffff), GET_RUN(0, 0, 7, 40, 20, 0xfffff),
	RANGE(0, 0, 7, 55, 70), PUT_RUN(0, 0, 7, 50, 32, 0x55555555),

	/* Both clients in one pool. */
	PUT(0, 2, 40, 9), PUT(1, 0, 40, 9), GET(0, 2, 40, 9),
	GET(1, 0, 40, 9), PUT(1, 0, 41, 1000), EVICT(3), EVICT(0),
	DESTROY(0, 2), PUT(1, 0, 40, 9), DESTROY(1, 0), POOL(0, SHARED),
	PUT(0, 2, 40, 9),
};

static bool was_hit(unsigned long failures)
{
	return shim_failures() != failures;
}

/* Returns whether the scenario got as far as the @nth allocation. */
static bool run_once(unsigned long nth, bool sticky)
{
	struct sim *sim = malloc(sizeof(*sim));
	unsigned long failures = shim_failures();
	bool checked = false, hit;
	unsigned int i;

	shim_fail_nth(nth, sticky);
	if (sim_start(sim)) {
		CHECK(was_hit(failures));
		shim_fail_nth(0, false);
		free(sim);
		return true;
	}
	sim->keep_failing = true;
	for (i = 0; i < ARRAY_SIZE(scenario) && !test_failures; i++) {
		sim_op(sim, &scenario[i]);
		if (was_hit(failures) && !checked) {
			shim_fail_nth(0, false);
			sim_check(sim);
			checked = true;
		}
	}
	hit = was_hit(failures);
	shim_fail_nth(0, false);
	if (test_failures)
		fprintf(stderr, "  ... allocation %lu failed\n", nth);
	else
		sim_stop(sim);
	free(sim);
	return hit;
}

static void every_nth(bool sticky)
{
	unsigned long n = 1;

	while (run_once(n, sticky) && !test_failures)
		n++;
	/* One a pool, several a put: a scenario without them tests nothing. */
	CHECK(n > 60);
	test_note("%lu allocations", n - 1);
}

static void test_one(void)
{
	every_nth(false);
}

static void test_sticky(void)
{
	every_nth(true);
}

/* Under steady failures, on random trees, nothing is lost or leaked. */
static void test_steady(void)
{
	struct sim *sim = malloc(sizeof(*sim));
	struct sim_op op = { .flags = TMEM_POOL_PERSIST };
	u64 state = 42;
	int i;

	if (!CHECK_EQ(sim_start(sim), 0))
		return;
	sim->keep_failing = true;
	op.code = SIM_NEW_POOL;
	sim_op(sim, &op);
	shim_fail_ppm(200000);
	for (i = 0; i < 20000 && !test_failures; i++) {
		op.code = rnd_below(&state, 3) ? SIM_PUT : SIM_FLUSH_PAGE;
		op.oid = rnd_below(&state, 8);
		op.index = rnd_below(&state, 2) ? rnd(&state) & 0xf000000f :
						  rnd_below(&state, 100);
		sim_op(sim, &op);
		if (i % 2000 == 0)
			sim_check(sim);
	}
	shim_fail_ppm(0);
	test_note("%lu of %d operations met a failure", sim->tolerated, i);
	CHECK(sim->tolerated > 1000);
	if (!test_failures)
		sim_stop(sim);
	free(sim);
}

int main(void)
{
	char name[80];
	int i;

	for (i = 0; i < 2; i++) {
		host_runs = i;
		snprintf(name, sizeof(name),
			 "every Nth allocation fails, %d slots, host of %s",
			 TMEM_OBJNODE_SLOTS, i ? "runs" : "pages");
		test_run(name, test_one);
		snprintf(name, sizeof(name),
			 "all from the Nth on fail, %d slots, host of %s",
			 TMEM_OBJNODE_SLOTS, i ? "runs" : "pages");
		test_run(name, test_sticky);
	}
	snprintf(name, sizeof(name), "one in five fails, %d slots",
		 TMEM_OBJNODE_SLOTS);
	test_run(name, test_steady);
	return test_end();
}
