// SPDX-License-Identifier: GPL-2.0
/*
 * test_xen_facts.c - the stand-in hypervisor answers as Xen 4.12.4 did
 *
 * Line by line what was observed there; each line is one test.  What the shim
 * is tested on is only as good as this.
 */
#include <errno.h>
#include <unistd.h>
#include "xen.h"
#include "test.h"

#define V1	(1u << 24)
#define E	V1
#define P	(V1 | SD_PERSIST)
#define S	(V1 | SD_SHARED)
#define OID	77

static u64 good, bad;

static void start(void)
{
	rig_start_hv(true, 1000);
	good = rig_frame(&rig.pages[0]);
	bad = rig_frame(&rig.pages[XEN_FOREIGN]);
}

static void stop(void)
{
	CHECK_EQ(atomic_long_read(&rig.hv.violations), 0);
	CHECK(sd_stop(&rig.hv));
}

#define PUT(pool, version) ({						\
	rig_page(0, 1, OID, 5, version);				\
	rig_op(0, SD_PUT_PAGE, pool, OID, 5, good);			\
})
/* The version that a get brings, or what it returned. */
#define GET(pool) ({							\
	int __rc;							\
									\
	rig_page(0, 9, 9, 9, 9);					\
	__rc = rig_op(0, SD_GET_PAGE, pool, OID, 5, good);		\
	if (__rc != 1)							\
		CHECK_EQ(rig_version(0, 9, 9, 9), 9);			\
	__rc == 1 ? (int)rig_version(0, 1, OID, 5) : __rc;		\
})

static void not_there(void)
{
	start();
	rig.hv.enabled = false;
	CHECK_EQ(rig_new_pool(0, E, 0), -19);
	CHECK_EQ(PUT(0, 1), -19);
	rig.hv.built_in = false;
	CHECK_EQ(rig_new_pool(0, E, 0), -38);
	CHECK_EQ(PUT(0, 1), -38);
	rig.hv.built_in = rig.hv.enabled = true;
	CHECK_EQ(sd_call(&rig.hv.domains[0], NULL), -14);
	stop();
}

static void no_such_pool(void)
{
	static const int ids[] = { 0, 1, -1, 16, INT_MIN, INT_MAX };
	unsigned int i, cmd;

	start();
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 0, 0, 0, 0), 1);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		for (cmd = SD_PUT_PAGE; cmd <= SD_FLUSH_OBJECT; cmd++)
			CHECK_EQ(rig_op(0, cmd, ids[i], OID, 5, cmd >
					SD_GET_PAGE ? 0 : good), -19);
		CHECK_EQ(rig_op(0, SD_DESTROY_POOL, ids[i], 0, 0, 0), 0);
	}
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	for (cmd = 3; cmd <= 12; cmd = cmd == 3 ? 8 : cmd + 1) {
		CHECK_EQ(rig_op(0, cmd, 1, OID, 5, 0), -19);
		CHECK_EQ(rig_op(0, cmd, 0, OID, 5, 0), -38);
	}
	CHECK_EQ(rig_op(0, 0, 0, OID, 5, 0), -95);
	CHECK_EQ(rig_op(0, 101, 0, OID, 5, 0), -95);
	CHECK_EQ(rig_op(0, 102, 0, OID, 5, 0), -95);
	CHECK_EQ(rig_op(0, 100, 0, OID, 5, 0), -38);
	stop();
}

static void bad_pools(void)
{
	static const u32 flags[] = {
		0, 2u << 24, 255u << 24, V1 | 0x10, V1 | 0xf0,
		V1 | SD_PERSIST | SD_SHARED, V1 | 0x100, V1 | 0x00800000,
	};
	unsigned int i;

	start();
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		CHECK_EQ(rig_new_pool(0, flags[i], 0), -1);
	for (i = 0; i < 16; i++)
		CHECK_EQ(rig_new_pool(0, i & 1 ? P : E, 0), i);
	CHECK_EQ(rig_new_pool(0, E, 0), -1);
	/* Ids are used again, the lowest first; the new pool is empty. */
	CHECK_EQ(PUT(3, 1), 1);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 7, 0, 0, 0), 1);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 3, 0, 0, 0), 1);
	CHECK_EQ(rig_new_pool(0, P, 0), 3);
	CHECK_EQ(GET(3), -1001);
	/* Another domain has 16 of its own. */
	CHECK_EQ(rig_new_pool(1, E, 0), 0);
	stop();
}

static void pages(void)
{
	start();
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	CHECK_EQ(rig_new_pool(0, P, 0), 1);
	CHECK_EQ(PUT(0, 1), 1);
	CHECK_EQ(PUT(0, 2), 1);
	CHECK_EQ(GET(0), 2);
	CHECK_EQ(GET(0), -1001);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 0, OID, 6, good), 1);
	CHECK_EQ(GET(0), 0);
	CHECK_EQ(PUT(1, 1), 1);
	CHECK_EQ(PUT(1, 2), 1);
	CHECK_EQ(GET(1), 2);
	CHECK_EQ(GET(1), 2);
	CHECK_EQ(rig_op(0, SD_FLUSH_PAGE, 1, OID, 5, 0), 1);
	CHECK_EQ(rig_op(0, SD_FLUSH_PAGE, 1, OID, 5, 0), 1);
	CHECK_EQ(GET(1), -1001);
	CHECK_EQ(PUT(1, 3), 1);
	CHECK_EQ(rig_op(0, SD_FLUSH_OBJECT, 1, OID, 0, 0), 1);
	CHECK_EQ(rig_op(0, SD_FLUSH_OBJECT, 1, OID, 0, 0), 1);
	CHECK_EQ(GET(1), -1001);
	/* Ordinary handles. */
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, 0, 0, good), 1);
	CHECK_EQ(rig_op(0, SD_GET_PAGE, 1, 0, 0, good), 1);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, ~0ULL, U32_MAX, good), 1);
	CHECK_EQ(rig_op(0, SD_GET_PAGE, 1, ~0ULL, U32_MAX, good), 1);
	stop();
}

static void bad_frames(void)
{
	start();
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	CHECK_EQ(rig_new_pool(0, P, 0), 1);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID, 5, bad), -14);
	CHECK_EQ(GET(1), -1001);
	CHECK_EQ(PUT(1, 1), 1);
	CHECK_EQ(rig_op(0, SD_GET_PAGE, 1, OID, 5, bad), -14);
	CHECK_EQ(GET(1), 1);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID, 5, bad), -14);
	CHECK_EQ(GET(1), -1001);
	CHECK_EQ(PUT(0, 1), 1);
	CHECK_EQ(rig_op(0, SD_GET_PAGE, 0, OID, 5, bad), -14);
	CHECK_EQ(GET(0), -1001);
	stop();
}

static void no_memory(void)
{
	u32 i;

	start();
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	CHECK_EQ(rig_new_pool(0, P, 0), 1);
	/* No allowance left: nothing new, ephemeral pages are another matter. */
	CHECK_EQ(PUT(1, 1), 1);
	rig.hv.domains[0].max_pages = 1;
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID, 6, good), -12);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 0, OID, 6, good), 1);
	CHECK_EQ(rig_op(0, SD_FLUSH_PAGE, 0, OID, 6, 0), 1);
	/* A duplicate takes the place of the old page. */
	CHECK_EQ(PUT(1, 2), 1);
	CHECK_EQ(GET(1), 2);
	CHECK_EQ(PUT(1, 1), 1);
	/* xl gives 1 MB more than it is told. */
	sd_mem_max(&rig.hv.domains[0], 1);
	for (i = 0; i < SD_XL_SLACK; i++)
		CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID + 1, i, good), 1);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID + 1, i, good), -12);
	CHECK_EQ(rig_op(0, SD_FLUSH_OBJECT, 1, OID + 1, 0, 0), 1);
	/* The core frees so many by and by, in a worker. */
	for (i = 0; READ_ONCE(rig.hv.pages) > 1 && i < 10000; i++)
		usleep(1000);
	rig.hv.domains[0].max_pages = LONG_MAX;

	/* No memory: the old data stays. */
	rig.hv.memory = 1;
	CHECK_EQ(PUT(1, 2), -12);
	CHECK_EQ(GET(1), 1);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 0, OID, 5, good), -12);

	/* Ephemeral pages make room: the oldest goes, silently. */
	rig.hv.memory = 11;
	for (i = 0; i < 20; i++)
		CHECK_EQ(rig_op(0, SD_PUT_PAGE, 0, OID, i, good), 1);
	for (i = 0; i < 20; i++)
		CHECK_EQ(rig_op(0, SD_GET_PAGE, 0, OID, i, good), i >= 10);
	for (i = 0; i < 10; i++)
		CHECK_EQ(rig_op(0, SD_PUT_PAGE, 0, OID, i, good), 1);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID, 100, good), 1);
	CHECK_EQ(rig_op(0, SD_GET_PAGE, 0, OID, 0, good), 0);
	stop();
}

static void migration(void)
{
	start();
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	CHECK_EQ(rig_new_pool(0, P, 0), 1);
	CHECK_EQ(PUT(1, 1), 1);
	CHECK_EQ(PUT(0, 1), 1);
	sd_freeze(&rig.hv.domains[0], SD_FROZEN);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 1, OID, 6, good), -1000);
	CHECK_EQ(rig_op(0, SD_PUT_PAGE, 0, OID, 6, good), -1000);
	CHECK_EQ(PUT(1, 2), 1);
	CHECK_EQ(GET(1), 2);
	CHECK_EQ(GET(0), 1);
	CHECK_EQ(rig_op(0, SD_FLUSH_PAGE, 1, OID, 5, 0), -1000);
	CHECK_EQ(GET(1), -1001);
	sd_freeze(&rig.hv.domains[0], 0);
	CHECK_EQ(PUT(1, 3), 1);
	sd_freeze(&rig.hv.domains[0], SD_MIGRATING);
	CHECK_EQ(PUT(1, 4), -28);
	sd_freeze(&rig.hv.domains[0], 0);
	CHECK_EQ(GET(1), -1001);
	/* Pools come and go even then; pages of those that go are kept. */
	sd_freeze(&rig.hv.domains[0], SD_FROZEN);
	CHECK_EQ(rig_new_pool(0, P, 0), 2);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 2, 0, 0, 0), 1);
	sd_freeze(&rig.hv.domains[0], 0);
	CHECK_EQ(PUT(1, 5), 1);
	sd_freeze(&rig.hv.domains[0], SD_MIGRATING);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 1, 0, 0, 0), 1);
	CHECK_EQ(GET(1), -19);
	CHECK_EQ(rig.hv.pages, 1);
	stop();
}

static void log_dirty(void)
{
	struct sd_domain *dom = &rig.hv.domains[0];

	rig_start_hv(false, 1000);
	good = rig_frame(&rig.pages[0]);
	CHECK_EQ(rig_new_pool(0, E, 0), 0);
	CHECK_EQ(rig_new_pool(0, P, 0), 1);
	sd_log_dirty(dom, true);
	CHECK_EQ(PUT(1, 1), -14);
	sd_write(dom, good);
	CHECK_EQ(PUT(1, 1), 1);
	CHECK_EQ(PUT(0, 1), 1);
	sd_log_dirty(dom, true);
	CHECK_EQ(GET(1), -14);
	CHECK_EQ(GET(0), -14);
	sd_write(dom, good);
	CHECK_EQ(GET(1), 1);
	CHECK_EQ(GET(0), -1001);
	/* A duplicate that is refused takes the old page with it. */
	sd_log_dirty(dom, true);
	CHECK_EQ(PUT(1, 2), -14);
	sd_log_dirty(dom, false);
	CHECK_EQ(GET(1), -1001);
	CHECK_EQ(PUT(1, 3), 1);
	CHECK_EQ(GET(1), 3);
	stop();
}

static void shared_pools(void)
{
	const struct tmem_uuid uuid = { { 4711, ~4711ULL } };

	start();
	/* Not allowed: private. */
	CHECK_EQ(rig_new_pool(0, S, 4711), 0);
	CHECK_EQ(rig_new_pool(1, S, 4711), 0);
	CHECK_EQ(PUT(0, 1), 1);
	CHECK_EQ(rig_op(1, SD_GET_PAGE, 0, OID, 5, good), -1001);
	CHECK_EQ(GET(0), 1);
	CHECK_EQ(GET(0), -1001);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 0, 0, 0, 0), 1);
	CHECK_EQ(rig_op(1, SD_DESTROY_POOL, 0, 0, 0, 0), 1);

	sd_allow(&rig.hv.domains[0], &uuid);
	sd_allow(&rig.hv.domains[1], &uuid);
	CHECK_EQ(rig_new_pool(0, S, 4711), 0);
	CHECK_EQ(rig_new_pool(1, S, 4711), 0);
	CHECK_EQ(PUT(0, 1), 1);
	CHECK_EQ(GET(0), 1);
	CHECK_EQ(GET(0), 1);
	CHECK_EQ(rig_op(1, SD_GET_PAGE, 0, OID, 5, good), 1);
	CHECK_EQ(rig_op(1, SD_FLUSH_PAGE, 0, OID, 5, 0), 1);
	CHECK_EQ(GET(0), -1001);
	/* Joined twice, left once. */
	CHECK_EQ(rig_new_pool(0, S, 4711), 1);
	CHECK_EQ(PUT(0, 2), 1);
	CHECK_EQ(GET(1), 2);
	CHECK_EQ(rig_op(0, SD_DESTROY_POOL, 1, 0, 0, 0), 1);
	CHECK_EQ(GET(0), -19);
	CHECK_EQ(GET(1), -19);
	stop();
}

static void fields_are_looked_at(void)
{
	static const unsigned int zero[] = {
		SD_TMEM_OFFSET, SD_PFN_OFFSET, SD_LEN
	};
	u32 cmd = SD_PUT_PAGE, one = 1;
	unsigned int i;

	start();
	for (i = 0; i < ARRAY_SIZE(zero); i++) {
		u8 op[SD_OP_SIZE] = { };

		memcpy(op, &cmd, 4);
		memcpy(op + zero[i], &one, 4);
		sd_call(&rig.hv.domains[0], op);
		CHECK_EQ(atomic_long_read(&rig.hv.violations), i + 1);
	}
	rig_op(0, SD_FLUSH_PAGE, 0, OID, 5, good);
	CHECK_EQ(atomic_long_read(&rig.hv.violations), 4);
	rig_new_pool(0, E, 1);
	CHECK_EQ(atomic_long_read(&rig.hv.violations), 5);
	atomic_long_set(&rig.hv.violations, 0);
	stop();
}

int main(void)
{
	test_run("no tmem in this Xen", not_there);
	test_run("pools that do not exist", no_such_pool);
	test_run("pools that cannot be", bad_pools);
	test_run("put, get and flush", pages);
	test_run("bad frames", bad_frames);
	test_run("no memory", no_memory);
	test_run("frozen and migrating", migration);
	test_run("log-dirty", log_dirty);
	test_run("shared pools", shared_pools);
	test_run("fields", fields_are_looked_at);
	return test_end();
}
