// SPDX-License-Identifier: GPL-2.0
/*
 * test_model.c - random operations against the model
 *
 *	test_model [SEED [OPERATIONS]]
 *
 * The seed is printed; 0 or none takes one from the clock.
 */
#include <time.h>
#include <unistd.h>
#include "sim.h"
#include "test.h"

static u64 seed, state;
static unsigned long nr_ops = 200000;

/* Indexes that stress the tree: dense, at powers of the fan-out, anywhere. */
#define NR_INDEXES 96
static u32 indexes[NR_INDEXES];

static void pick_indexes(void)
{
	int i = 0, shift;

	indexes[i++] = 0;
	indexes[i++] = U32_MAX;
	indexes[i++] = U32_MAX - 1;
	indexes[i++] = 1U << 31;
	for (shift = 1; shift < 32 && i < NR_INDEXES / 2; shift += 2) {
		indexes[i++] = (1U << shift) - 1;
		indexes[i++] = 1U << shift;
	}
	for (; i < NR_INDEXES; i++)
		indexes[i] = rnd(&state) >> (32 + rnd_below(&state, 32));
}

static u32 some_index(void)
{
	switch (rnd_below(&state, 8)) {
	case 0:
		return rnd(&state);
	case 1:
	case 2:
		return rnd_below(&state, 200);
	case 3:
		return 1000000 + rnd_below(&state, 200);
	default:
		return indexes[rnd_below(&state, NR_INDEXES)];
	}
}

static const struct {
	enum sim_code code;
	unsigned int weight;
} mix[] = {
	{ SIM_PUT, 400 },
	{ SIM_GET, 250 },
	{ SIM_PUT_RUN, 40 },
	{ SIM_GET_RUN, 40 },
	{ SIM_FLUSH_PAGE, 120 },
	{ SIM_FLUSH_RANGE, 10 },
	{ SIM_FLUSH_OBJECT, 6 },
	{ SIM_EVICT, 40 },
	{ SIM_NEW_POOL, 2 },
	{ SIM_DESTROY_POOL, 1 },
	{ SIM_FAIL_CREATE, 10 },
	{ SIM_FAIL_GET, 10 },
	{ SIM_FAIL_ALLOC, 20 },
};

static enum sim_code some_code(void)
{
	unsigned int i, sum = 0, dice;

	for (i = 0; i < ARRAY_SIZE(mix); i++)
		sum += mix[i].weight;
	dice = rnd_below(&state, sum);
	for (i = 0; dice >= mix[i].weight; i++)
		dice -= mix[i].weight;
	return mix[i].code;
}

/* Flags mostly as they should be. */
static u32 some_flags(void)
{
	static const u32 good[] = { 0, TMEM_POOL_PERSIST, TMEM_POOL_SHARED };
	u32 flags = good[rnd_below(&state, ARRAY_SIZE(good))];

	if (!rnd_below(&state, 2))
		flags |= TMEM_SPEC_VERSION << TMEM_POOL_VERSION_SHIFT;
	if (!rnd_below(&state, 8))
		flags ^= 1U << rnd_below(&state, 32);
	return flags;
}

static void one_op(struct sim *sim, unsigned int nr_oids)
{
	struct sim_op op = {
		.code = some_code(),
		.client = rnd_below(&state, SIM_CLIENTS),
		/* Now and then a pool that cannot be. */
		.id = (int)rnd_below(&state, SIM_IDS + 1) -
		      !rnd_below(&state, 20),
		.oid = rnd_below(&state, nr_oids),
		.index = some_index(),
		.last = rnd(&state),
		.flags = some_flags(),
		.irqs_off = rnd_below(&state, 2),
	};

	if (!rnd_below(&state, 500))
		op.oid = SIM_OIDS - 1;
	/* Runs: of any length, mostly with holes, now and then no run at all. */
	if (op.code == SIM_PUT_RUN || op.code == SIM_GET_RUN) {
		op.nr = 1 + rnd_below(&state, TMEM_RUN_PAGES);
		if (!rnd_below(&state, 3))
			op.last = ~0U;
		if (!rnd_below(&state, 50))
			op.nr = rnd_below(&state, 3) * 33;
		else if (rnd_below(&state, 50))
			op.last &= tmem_run_mask(op.nr);
	}
	/* Ranges: mostly short ones; some end before they begin. */
	if (op.code == SIM_FLUSH_RANGE && rnd_below(&state, 4))
		op.last = op.index + rnd_below(&state, 300) - 2;
	sim_op(sim, &op);
}

static void test_model(void)
{
	struct sim *sim = malloc(sizeof(*sim));
	unsigned int nr_oids;
	unsigned long i;

	state = seed;
	host_runs = rnd_below(&state, 2);
	pick_indexes();
	/* Few objects get big, many make deep rb-trees. */
	nr_oids = 4 + rnd_below(&state, 59);
	if (!CHECK_EQ(sim_start(sim), 0))
		return;
	for (i = 0; i < nr_ops && !test_failures; i++) {
		one_op(sim, nr_oids);
		if (i % (nr_ops / 20) == 0)
			sim_check(sim);
	}
	test_note("seed %llu, host of %s, %lu operations, %lu pages at the end, %lu failures injected",
		  seed, host_runs ? "runs" : "pages", i, sim->nr_entries, sim->tolerated);
	if (!test_failures)
		sim_stop(sim);
	free(sim);
}

int main(int argc, char **argv)
{
	char name[64];

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	if (!seed)
		seed = (u64)time(NULL) * 1000003 + getpid();
	if (argc > 2)
		nr_ops = max(strtoul(argv[2], NULL, 0), 20UL);
	snprintf(name, sizeof(name), "model, %d slots a node", TMEM_OBJNODE_SLOTS);
	test_run(name, test_model);
	return test_end();
}
