// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - a libFuzzer target: bytes are operations, checked by the model
 *
 * Four bytes an operation (code and context; client, pool, flags; object;
 * index), more where an index needs them.  Both clients begin with a pool of
 * each kind, so that the first bytes already do something.
 */
#include "sim.h"
#include "test.h"

struct reader {
	const u8 *at, *end;
};

static u8 byte(struct reader *r)
{
	return r->at < r->end ? *r->at++ : 0;
}

static u32 word(struct reader *r)
{
	u32 w = byte(r);

	w = w << 8 | byte(r);
	w = w << 8 | byte(r);
	return w << 8 | byte(r);
}

/* Dense ones cost a byte, edges too, any other five. */
static u32 get_index(struct reader *r)
{
	u8 b = byte(r);

	if (b < 0x80)
		return b;
	if (b < 0xa0)
		return 1U << (b - 0x80);
	if (b < 0xc0)
		return (1U << (b - 0xa0)) - 1;
	if (b < 0xe0)
		return ~0U - (b - 0xc0);
	return word(r);
}

static void decode(struct reader *r, struct sim_op *op)
{
	u8 a = byte(r), b = byte(r);

	*op = (struct sim_op){
		.code = (a & 0x1f) % SIM_CODES,
		.irqs_off = a >> 7,
		.client = b & 1,
		.id = (b >> 1) % (SIM_IDS + 2) - 1,
		.flags = b >> 4,
		.oid = byte(r),
		.index = get_index(r),
	};
	if (op->code == SIM_PUT_RUN || op->code == SIM_GET_RUN) {
		op->nr = byte(r) % (TMEM_RUN_PAGES + 2);
		op->last = get_index(r);
	}
	if (op->code == SIM_FLUSH_RANGE || op->code == SIM_EVICT ||
	    op->code == SIM_NEW_POOL || op->code == SIM_FAIL_ALLOC)
		op->last = op->index + get_index(r);
	if (op->code == SIM_NEW_POOL)
		op->flags |= (a & 0x60) ? 0 : word(r);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u32 kinds[] = { 0, TMEM_POOL_PERSIST, TMEM_POOL_SHARED };
	struct reader r = { data, data + size };
	static struct sim sim;
	struct sim_op op;
	int c, i;

	shim_fail_nth(0, false);
	host_runs = size & 1;
	if (sim_start(&sim))
		abort();
	for (c = 0; c < SIM_CLIENTS; c++) {
		for (i = 0; i < ARRAY_SIZE(kinds); i++) {
			op = (struct sim_op){ .code = SIM_NEW_POOL, .client = c,
					      .flags = kinds[i] };
			sim_op(&sim, &op);
		}
	}
	while (r.at < r.end && !test_failures) {
		decode(&r, &op);
		sim_op(&sim, &op);
	}
	sim_stop(&sim);
	/* libFuzzer takes an abort for a finding and keeps the input. */
	if (test_failures || shim_warnings() || shim_live_allocs())
		abort();
	return 0;
}
