// SPDX-License-Identifier: GPL-2.0
/*
 * test_xen.c - the shim against each trap of a real Xen
 *
 * One test for each line of the table at the head of src/xen/xen.h, on the
 * stand-in hypervisor.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include <linux/err.h>
#include "xen.h"
#include "test.h"

#define E	0
#define P	TMEM_POOL_PERSIST
#define S	TMEM_POOL_SHARED

static const struct tmem_oid oid = { { 77, 88, 99 } };
static const struct tmem_uuid uuid = { { 0x1234, ~0x1234ULL } };

static int put(int pool, u32 index, u64 version)
{
	return rig_backend->put_page(pool, &oid, index,
				     rig_page(1, pool, 77, index, version));
}

/* The version that a get brings, or its errno. */
static int get(int pool, u32 index)
{
	int ret;

	rig_page(2, 99, 99, 99, 99);
	ret = rig_backend->get_page(pool, &oid, index, &rig.pages[2]);
	return ret ?: (int)rig_version(2, pool, 77, index);
}

static long event(enum txen_event event)
{
	return atomic_long_read(&txen_events[event]);
}

/* The next @n operations @cmds are not done and return @rc. */
static void mischief(u32 cmds, int n, int rc)
{
	rig.hv.mischief = (struct sd_mischief){
		.only = cmds, .left = n, .rc = rc,
	};
}

#define ONLY(cmd)	BIT(SD_##cmd)
#define FLUSHES		(ONLY(FLUSH_PAGE) | ONLY(FLUSH_OBJECT))

/* The toolstack looks in the midst of the next @looks calls. */
static int looks, calls;

static void look(void)
{
	calls++;
	if (looks-- > 0)
		sd_log_dirty(&rig.hv.domains[0], true);
}

static void log_dirty(void)
{
	struct sd_domain *dom = &rig.hv.domains[0];
	int i;

	rig_start(false, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
	for (i = 0; i < 4; i++) {
		sd_log_dirty(dom, true);
		CHECK_EQ(put(i % 2, 5, i + 1), 0);
		sd_log_dirty(dom, true);
		CHECK_EQ(get(i % 2, 5), i + 1);
		CHECK_EQ(get(1 - i % 2, 99), -ENOENT);
	}
	rig_in_call = look;
	/* Between the touch and the call. */
	looks = 2;
	CHECK_EQ(put(1, 5, 10), 0);
	looks = 2;
	CHECK_EQ(get(1, 5), 10);
	looks = 1;
	CHECK_EQ(put(0, 5, 11), 0);
	looks = 1;
	calls = 0;
	/* Lost, and gone: one get and one flush. */
	CHECK_EQ(get(0, 5), -EIO);
	CHECK_EQ(calls, 2);
	CHECK_EQ(get(0, 5), -ENOENT);
	/* For ever: what is refused is gone. */
	looks = 1000;
	CHECK_EQ(put(1, 5, 12), -EIO);
	looks = 0;
	CHECK_EQ(get(1, 5), -ENOENT);
	rig_in_call = NULL;
	sd_log_dirty(dom, false);
	rig_stop();

	/* The control: who does not touch pages gets nowhere. */
	rig_start_hv(false, 1000);
	CHECK_EQ(txen_start(&rig_hv_untouched), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	sd_log_dirty(&rig.hv.domains[0], true);
	CHECK_EQ(put(0, 6, 1), -EIO);
	CHECK_EQ(get(0, 5), -EIO);
	rig_stop();
}

/* --- what works ------------------------------------------------------------ */

static void operations(void)
{
	int pv;

	for (pv = 0; pv < 2; pv++) {
		rig_start(pv, 1000);
		/* 0 is an id like any other. */
		CHECK_EQ(rig_backend->new_pool(NULL, E), 0);
		CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
		CHECK_EQ(get(0, 5), -ENOENT);		/* -1001 */
		CHECK_EQ(put(0, 5, 1), 0);
		CHECK_EQ(put(0, 6, 1), 0);
		CHECK_EQ(put(0, 5, 2), 0);
		CHECK_EQ(get(0, 5), 2);
		CHECK_EQ(get(0, 5), -ENOENT);		/* 0 */
		CHECK_EQ(put(1, 0, 1), 0);
		CHECK_EQ(put(1, U32_MAX, 2), 0);
		CHECK_EQ(get(1, 0), 1);
		CHECK_EQ(get(1, 0), 1);
		CHECK_EQ(get(1, U32_MAX), 2);
		CHECK_EQ(rig_backend->flush_page(1, &oid, 0), 0);
		CHECK_EQ(rig_backend->flush_page(1, &oid, 0), 0);
		CHECK_EQ(get(1, 0), -ENOENT);
		CHECK_EQ(rig_backend->flush_object(1, &oid), 0);
		CHECK_EQ(get(1, U32_MAX), -ENOENT);
		CHECK_EQ(rig_backend->destroy_pool(0), 0);
		CHECK_EQ(rig_backend->destroy_pool(0), -ENOENT);
		CHECK_EQ(put(0, 5, 1), -ENODEV);
		CHECK_EQ(get(0, 5), -ENODEV);
		CHECK_EQ(rig.bad_frames, 0);
		rig_stop();
	}
}

static void ranges(void)
{
	int pool;
	u32 i;

	rig_start(true, 1000);
	for (pool = 0; pool < 2; pool++) {
		CHECK_EQ(rig_backend->new_pool(NULL, pool ? P : E), pool);
		for (i = 0; i < 100; i++)
			CHECK_EQ(put(pool, i, 1), 0);
		CHECK_EQ(put(pool, U32_MAX, 1), 0);
		CHECK_EQ(rig_backend->flush_range(pool, &oid, 10, 19), 0);
		CHECK_EQ(sd_pool_pages(&rig.hv.domains[0], pool), 91);
		CHECK_EQ(get(pool, 9), 1);
		CHECK_EQ(get(pool, 10), -ENOENT);
		CHECK_EQ(get(pool, 19), -ENOENT);
		CHECK_EQ(get(pool, 20), 1);
		CHECK_EQ(rig_backend->flush_range(pool, &oid, U32_MAX - 1,
						  U32_MAX), 0);
		CHECK_EQ(get(pool, U32_MAX), -ENOENT);
		CHECK_EQ(rig_backend->flush_range(pool, &oid, 5, 4), -EINVAL);
		CHECK_EQ(rig_backend->flush_range(pool, &oid, 30, 99), 0);
		shim_settle();
		/* The rest of an ephemeral object may go, of no other. */
		CHECK_EQ(sd_pool_pages(&rig.hv.domains[0], pool), pool ? 20 : 0);
	}
	CHECK_EQ(rig_backend->flush_range(7, &oid, 0, 1), 0);
	CHECK_EQ(rig_backend->flush_range(-1, &oid, 0, 1), -ENODEV);
	rig_stop();
}

static void limits(void)
{
	static const int bad[] = { -1, 16, INT_MIN, INT_MAX };
	unsigned int i;

	rig_start(false, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P | S), -EINVAL);
	CHECK_EQ(rig_backend->new_pool(&uuid, P | S), -EINVAL);
	CHECK_EQ(rig_backend->new_pool(NULL, S), -EINVAL);
	CHECK_EQ(rig_backend->new_pool(NULL, 4), -EINVAL);
	CHECK_EQ(rig_backend->new_pool(NULL, 0x10), -EINVAL);
	CHECK_EQ(rig_backend->new_pool(NULL, 1u << 24), -EINVAL);
	for (i = 0; i < 16; i++)
		CHECK_EQ(rig_backend->new_pool(NULL, i & 1 ? P : E), i);
	CHECK_EQ(rig_backend->new_pool(NULL, E), -ENOSPC);
	CHECK_EQ(rig_backend->destroy_pool(4), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 4);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(put(bad[i], 0, 1), -ENODEV);
		CHECK_EQ(get(bad[i], 0), -ENODEV);
		CHECK_EQ(rig_backend->flush_page(bad[i], &oid, 0), -ENODEV);
		CHECK_EQ(rig_backend->flush_object(bad[i], &oid), -ENODEV);
		CHECK_EQ(rig_backend->destroy_pool(bad[i]), -ENOENT);
	}
	rig_stop();
}

/* --- loading --------------------------------------------------------------- */

static void no_tmem(void)
{
	rig_start_hv(true, 1000);
	rig.hv.enabled = false;
	CHECK_EQ(txen_start(&rig_hv), -ENODEV);
	rig.hv.built_in = false;
	CHECK_EQ(txen_start(&rig_hv), -ENODEV);
	rig.hv.built_in = rig.hv.enabled = true;
	CHECK(!rig_backend);
	txen_stop();
	CHECK_EQ(txen_start(&rig_hv), 0);
	CHECK_EQ(txen_start(&rig_hv), -EBUSY);
	rig_stop();
}

/* A module before us has left all 16 behind: they are nobody's. */
static void strays(void)
{
	int i;

	rig_start_hv(true, 1000);
	for (i = 0; i < 16; i++)
		CHECK_EQ(rig_new_pool(0, 1u << 24, 0), i);
	CHECK_EQ(txen_start(&rig_hv), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 1, 1), 0);
	/* Again, with one that is ours among them. */
	for (i = 1; i < 16; i++)
		CHECK_EQ(rig_new_pool(0, 1u << 24, 0), i);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 1);
	CHECK_EQ(get(0, 1), 1);
	rig_stop();
}

/* --- a put that fails -------------------------------------------------------- */

static void no_memory(void)
{
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	rig.hv.memory = 1;
	CHECK_EQ(put(0, 5, 2), -ENOMEM);
	/* The old data is still at the hypervisor unless it was flushed. */
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(put(0, 5, 3), 0);
	rig.hv.memory = 1000;
	rig.hv.domains[0].max_pages = 1;
	CHECK_EQ(put(0, 6, 1), -ENOMEM);
	CHECK_EQ(get(0, 5), 3);
	CHECK_EQ(event(TXEN_PUT_NOMEM), 2);
	rig_stop();
}

static void migration(void)
{
	struct sd_domain *dom = &rig.hv.domains[0];

	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(put(0, 6, 1), 0);
	sd_freeze(dom, SD_FROZEN);
	CHECK_EQ(put(0, 7, 1), -ENOSPC);
	CHECK_EQ(put(0, 6, 2), 0);
	CHECK_EQ(get(0, 6), 2);
	/* -1000 says that it is done. */
	CHECK_EQ(rig_backend->flush_page(0, &oid, 6), 0);
	CHECK_EQ(get(0, 6), -ENOENT);
	CHECK_EQ(rig_backend->flush_object(0, &oid), 0);
	sd_freeze(dom, 0);
	CHECK_EQ(event(TXEN_FLUSH_ERRORS), 0);
	CHECK_EQ(put(0, 6, 3), 0);
	sd_freeze(dom, SD_MIGRATING);
	CHECK_EQ(put(0, 6, 4), -ENOSPC);
	CHECK_EQ(get(0, 6), -ENOENT);
	sd_freeze(dom, 0);
	CHECK_EQ(event(TXEN_PUT_FROZEN), 2);
	CHECK_EQ(event(TXEN_DOUBTS), 0);
	rig_stop();
}

static void frames(void)
{
	unsigned int n;

	rig_start(false, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 1);
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(put(1, 5, 1), 0);
	for (n = XEN_FOREIGN; n < XEN_PAGES; n++) {
		CHECK_EQ(rig_backend->get_page(0, &oid, 5, &rig.pages[n]), -EINVAL);
		CHECK_EQ(rig_backend->get_page(1, &oid, 5, &rig.pages[n]), -EINVAL);
	}
	CHECK_EQ(get(0, 5), 1);
	CHECK_EQ(get(1, 5), 1);
	/* A put of such a page is a put that failed. */
	CHECK_EQ(rig_backend->put_page(0, &oid, 5, &rig.pages[XEN_FOREIGN]),
		 -EINVAL);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(event(TXEN_BAD_FRAMES), 9);
	CHECK_EQ(rig.bad_frames, 0);
	rig_stop();
}

/* Calls that a put of a refused frame makes: TRIES of ops.c, and the first. */
#define PUTS	4

/* Nothing but the right value is success. */
static void garbage(void)
{
	static const int rcs[] = {
		-22, -5, -14, -1000, -1002, INT_MIN, 2, 7, 1000, INT_MAX
	};
	unsigned int i;

	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 1);
	for (i = 0; i < ARRAY_SIZE(rcs); i++) {
		CHECK_EQ(put(0, 5, 1), 0);
		CHECK_EQ(put(1, 5, 1), 0);
		/* A frame that is refused is touched and tried again. */
		mischief(ONLY(PUT_PAGE), rcs[i] == -14 ? 2 * PUTS : 2, rcs[i]);
		CHECK(put(0, 5, 2) < 0);
		CHECK(put(1, 5, 2) < 0);
		CHECK_EQ(get(0, 5), -ENOENT);
		CHECK_EQ(get(1, 5), -ENOENT);

		CHECK_EQ(put(0, 5, 3), 0);
		CHECK_EQ(put(1, 5, 3), 0);
		/* Persistent data is asked for again; it must not go. */
		mischief(ONLY(GET_PAGE), 1, rcs[i]);
		CHECK_EQ(get(0, 5), 3);
		mischief(ONLY(GET_PAGE), 3, rcs[i]);
		CHECK_EQ(get(0, 5), -EIO);
		CHECK_EQ(get(0, 5), 3);
		/* get-get: ephemeral data must not come back. */
		mischief(ONLY(GET_PAGE), 1, rcs[i]);
		CHECK_EQ(get(1, 5), -EIO);
		CHECK_EQ(get(1, 5), -ENOENT);
	}
	CHECK_EQ(event(TXEN_POOLS_LOST), 0);
	CHECK_EQ(event(TXEN_POOLS_BROKEN), 0);
	rig_stop();
}

/* --- a flush that fails -------------------------------------------------------- */

static void doubt(void)
{
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(put(0, 6, 1), 0);
	/* Two tries fail, the third does it. */
	mischief(FLUSHES, 2, -22);
	CHECK_EQ(rig_backend->flush_page(0, &oid, 5), 0);
	CHECK_EQ(event(TXEN_DOUBTS), 0);
	CHECK_EQ(sd_pool_pages(&rig.hv.domains[0], 0), 1);
	/* All three fail: the page is there, but not to be had. */
	CHECK_EQ(put(0, 5, 2), 0);
	mischief(FLUSHES, 3, -22);
	CHECK_EQ(rig_backend->flush_page(0, &oid, 5), 0);
	CHECK_EQ(event(TXEN_DOUBTS), 1);
	CHECK_EQ(sd_pool_pages(&rig.hv.domains[0], 0), 2);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(get(0, 6), 1);
	/* Until it is put again. */
	CHECK_EQ(put(0, 5, 3), 0);
	CHECK_EQ(get(0, 5), 3);
	/* The same behind a put that fails. */
	rig.hv.memory = 2;
	mischief(FLUSHES, 3, -22);
	CHECK_EQ(put(0, 5, 4), -ENOMEM);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(rig_backend->flush_page(0, &oid, 5), 0);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(sd_pool_pages(&rig.hv.domains[0], 0), 1);
	rig.hv.memory = 1000;
	/* An object: a put of one of its pages cannot make the others good. */
	CHECK_EQ(put(0, 5, 5), 0);
	mischief(FLUSHES, 3, -22);
	CHECK_EQ(rig_backend->flush_object(0, &oid), 0);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(get(0, 6), -ENOENT);
	CHECK_EQ(put(0, 5, 6), -EIO);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(rig_backend->flush_object(0, &oid), 0);
	CHECK_EQ(put(0, 5, 7), 0);
	CHECK_EQ(get(0, 5), 7);
	CHECK_EQ(get(0, 6), -ENOENT);
	CHECK_EQ(event(TXEN_POOLS_BROKEN), 0);
	rig_stop();
}

static void broken(void)
{
	u32 i;

	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
	/* An ephemeral pool goes at the first page that cannot be flushed. */
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(put(1, 5, 1), 0);
	mischief(FLUSHES, 3, -22);
	CHECK_EQ(rig_backend->flush_page(0, &oid, 5), 0);
	CHECK(get(0, 5) < 0);
	shim_settle();
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(put(0, 5, 2), 0);
	CHECK_EQ(get(0, 5), 2);
	CHECK_EQ(event(TXEN_POOLS_BROKEN), 1);
	CHECK_EQ(event(TXEN_POOLS_AGAIN), 1);
	/* A persistent one when there are too many. */
	for (i = 0; i <= TXEN_MAX_DOUBTS; i++)
		CHECK_EQ(put(1, i, 2), 0);
	CHECK_EQ(put(1, 99, 1), 0);
	for (i = 0; i <= TXEN_MAX_DOUBTS; i++) {
		CHECK_EQ(get(1, 99), 1);
		mischief(FLUSHES, 3, -22);
		CHECK_EQ(rig_backend->flush_page(1, &oid, i), 0);
	}
	CHECK(get(1, 99) < 0);
	shim_settle();
	CHECK_EQ(event(TXEN_POOLS_BROKEN), 2);
	CHECK_EQ(get(1, 99), -ENOENT);
	CHECK_EQ(get(1, 5), -ENOENT);
	CHECK_EQ(put(1, 5, 3), 0);
	CHECK_EQ(get(1, 5), 3);
	/* Nothing of the old ones is left at the hypervisor. */
	CHECK_EQ(rig.hv.pages, 1);
	rig_stop();
}

/* --- pools that are gone ------------------------------------------------------- */

static void restored(void)
{
	int i;

	rig_start(true, 1000);
	sd_allow(&rig.hv.domains[0], &uuid);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 1);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), 2);
	for (i = 0; i < 3; i++)
		CHECK_EQ(put(i, 5, 1), 0);
	sd_lose_pools(&rig.hv.domains[0], 0);
	/* The first to notice is the last one of them. */
	CHECK(get(2, 5) < 0);
	shim_settle();
	for (i = 0; i < 2; i++) {
		CHECK_EQ(get(i, 5), -ENOENT);
		CHECK_EQ(put(i, 5, 10 + i), 0);
	}
	for (i = 0; i < 2; i++)
		CHECK_EQ(get(i, 5), 10 + i);
	CHECK_EQ(event(TXEN_POOLS_LOST), 3);
	CHECK_EQ(event(TXEN_POOLS_AGAIN), 2);
	CHECK(!shim_fire_timers());
	/* The shared one may live on elsewhere, with old pages of ours. */
	CHECK_EQ(put(2, 5, 12), -ENODEV);
	CHECK_EQ(get(2, 5), -ENODEV);
	CHECK_EQ(rig_backend->destroy_pool(2), 0);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -EPERM);
	rig_stop();
}

/*
 * To another host and back: the shared pool is still there, thanks to another
 * guest, with a page of ours that has been changed meanwhile.
 */
static void shared_and_back(void)
{
	rig_start(true, 1000);
	sd_allow(&rig.hv.domains[0], &uuid);
	sd_allow(&rig.hv.domains[1], &uuid);
	CHECK_EQ(rig_new_pool(1, 1u << 24 | SD_SHARED, uuid.w[0]), 0);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	sd_lose_pools(&rig.hv.domains[0], 0);
	CHECK(put(0, 5, 2) < 0);
	shim_settle();
	CHECK(get(0, 5) < 0);
	CHECK_EQ(rig_backend->destroy_pool(0), 0);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -EPERM);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 0);
	rig_stop();
}

/*
 * Pool 0 is gone, and pool 1; 1 notices first and gets the id that 0 still
 * believes to have.  Pages of the two must not mix.
 */
static void ids_again(void)
{
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, E), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(put(1, 5, 1), 0);
	sd_lose_pools(&rig.hv.domains[0], 0);
	/* A third pool is created before anybody notices. */
	CHECK_EQ(rig_backend->new_pool(NULL, P), 2);
	CHECK_EQ(put(2, 5, 3), 0);
	CHECK(get(0, 5) < 0);
	CHECK(get(1, 5) < 0);
	shim_settle();
	CHECK_EQ(put(0, 5, 10), 0);
	CHECK_EQ(put(1, 5, 11), 0);
	CHECK_EQ(get(2, 5), 3);
	CHECK_EQ(get(1, 5), 11);
	CHECK_EQ(get(0, 5), 10);
	CHECK_EQ(event(TXEN_POOLS_LOST), 2);
	rig_stop();
}

/*
 * A put is held up that knows the id of its pool, which is lost.  No other pool
 * may get the id before the put has ended.
 */
static bool inside, go_on;

static void hold_up(void)
{
	rig_in_call = NULL;
	__atomic_store_n(&inside, true, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go_on, __ATOMIC_SEQ_CST))
		usleep(100);
}

static void *held_up_put(void *unused)
{
	rig_in_call = hold_up;
	CHECK_EQ(put(0, 5, 1), -ENODEV);
	shim_thread_exit();
	return NULL;
}

static void under_way(void)
{
	pthread_t thread;

	inside = go_on = false;
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
	sd_lose_pools(&rig.hv.domains[0], 0);
	CHECK_EQ(pthread_create(&thread, NULL, held_up_put, NULL), 0);
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(100);
	rig_page(2, 99, 99, 99, 99);
	CHECK_EQ(get(1, 6), -ENODEV);
	usleep(200000);
	/* The worker waits for the put. */
	CHECK_EQ(event(TXEN_POOLS_AGAIN), 0);
	__atomic_store_n(&go_on, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	shim_settle();
	CHECK_EQ(event(TXEN_POOLS_AGAIN), 2);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(get(1, 5), -ENOENT);
	rig_stop();
}

/* Some pools were restored, one was not; a host without tmem, and with again. */
static void another_host(void)
{
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(put(1, 5, 1), 0);
	sd_lose_pools(&rig.hv.domains[0], BIT(1));
	CHECK_EQ(get(0, 5), -ENODEV);
	shim_settle();
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(get(1, 5), 1);

	sd_lose_pools(&rig.hv.domains[0], 0);
	rig.hv.built_in = false;
	CHECK_EQ(put(0, 5, 2), -ENODEV);
	CHECK_EQ(put(1, 5, 2), -ENODEV);
	shim_settle();
	CHECK_EQ(put(0, 5, 2), -ENODEV);
	CHECK_EQ(get(0, 5), -ENODEV);
	CHECK_EQ(rig_backend->flush_page(0, &oid, 5), 0);
	rig.hv.built_in = true;
	/* It tries again by and by. */
	CHECK(shim_fire_timers());
	shim_settle();
	CHECK(!shim_fire_timers());
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(get(1, 5), -ENOENT);
	CHECK_EQ(put(1, 5, 3), 0);
	CHECK_EQ(get(1, 5), 3);
	rig_stop();
}

/* The hypervisor lies for a while: a pool that is there must not be given up. */
static void false_alarm(void)
{
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	mischief(ONLY(GET_PAGE) | ONLY(FLUSH_PAGE), 5, -19);
	CHECK_EQ(get(0, 5), -ENODEV);
	shim_settle();
	CHECK_EQ(rig.hv.mischief.left, 0);
	CHECK_EQ(get(0, 5), 1);
	mischief(ONLY(PUT_PAGE) | ONLY(FLUSH_PAGE), 2, -38);
	CHECK_EQ(put(0, 6, 1), -ENODEV);
	shim_settle();
	CHECK_EQ(get(0, 5), 1);
	CHECK_EQ(event(TXEN_POOLS_LOST), 0);
	rig_stop();
}

/* Unloading while pools are gone and the worker would try again. */
static void stopped_meanwhile(void)
{
	rig_start(true, 1000);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	sd_lose_pools(&rig.hv.domains[0], 0);
	rig.hv.enabled = false;
	CHECK_EQ(get(0, 5), -ENODEV);
	shim_settle();
	rig_stop();
	CHECK(!shim_fire_timers());
}

/* --- shared pools --------------------------------------------------------------- */

static void shared(void)
{
	rig_start(true, 1000);
	/* Silently private: refused, and nothing is left of it. */
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -EPERM);
	CHECK(!rig.hv.domains[0].pools[0].used);
	sd_allow(&rig.hv.domains[0], &uuid);
	sd_allow(&rig.hv.domains[1], &uuid);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), 0);
	/* Twice would kill both. */
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -EEXIST);
	CHECK_EQ(rig_new_pool(1, 1u << 24 | SD_SHARED, uuid.w[0]), 0);
	CHECK_EQ(put(0, 5, 1), 0);
	CHECK_EQ(get(0, 5), 1);
	CHECK_EQ(get(0, 5), 1);
	/* No page of the trial is left in it. */
	CHECK_EQ(sd_pool_pages(&rig.hv.domains[0], 0), 1);
	CHECK_EQ(rig_backend->destroy_pool(0), 0);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), 0);
	CHECK_EQ(get(0, 5), 1);
	rig_stop();
}

/* With no memory it cannot be told whether it is shared. */
static void shared_no_memory(void)
{
	rig_start(true, 0);
	sd_allow(&rig.hv.domains[0], &uuid);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -ENOMEM);
	rig.hv.memory = 10;
	shim_fail_nth(1, true);
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -ENOMEM);
	shim_fail_nth(0, false);
	rig.frames_fail = true;
	CHECK_EQ(rig_backend->new_pool(&uuid, S), -ENOMEM);
	rig.frames_fail = false;
	CHECK_EQ(rig_backend->new_pool(&uuid, S), 0);
	rig_stop();
}

/* --- new pools that go wrong ------------------------------------------------------ */

static void bad_new_pools(void)
{
	static const struct { int rc, ret; } cases[] = {
		{ -12, -ENOMEM }, { -19, -ENODEV }, { -38, -ENODEV },
		{ -22, -EIO }, { INT_MIN, -EIO },
	};
	unsigned int i;

	rig_start(true, 1000);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mischief(ONLY(NEW_POOL), 1, cases[i].rc);
		CHECK_EQ(rig_backend->new_pool(NULL, P), cases[i].ret);
	}
	/* Not for 16 of ours, but twice in a row. */
	mischief(ONLY(NEW_POOL), 2, -1);
	CHECK_EQ(rig_backend->new_pool(NULL, P), -ENOSPC);
	/* An id that there is not: found out at the first use. */
	mischief(ONLY(NEW_POOL), 1, 7);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 0);
	CHECK_EQ(put(0, 5, 1), -ENODEV);
	shim_settle();
	CHECK_EQ(put(0, 5, 2), 0);
	CHECK_EQ(get(0, 5), 2);
	/* One that another pool of ours has: then neither can be trusted. */
	mischief(ONLY(NEW_POOL), 1, 0);
	CHECK_EQ(rig_backend->new_pool(NULL, P), 1);
	shim_settle();
	CHECK_EQ(put(1, 5, 3), 0);
	CHECK_EQ(get(0, 5), -ENOENT);
	CHECK_EQ(get(1, 5), 3);
	rig_stop();
}

int main(void)
{
	test_run("operations", operations);
	test_run("ranges", ranges);
	test_run("limits", limits);
	test_run("no tmem", no_tmem);
	test_run("strays", strays);
	test_run("no memory", no_memory);
	test_run("migration", migration);
	test_run("log-dirty", log_dirty);
	test_run("frames", frames);
	test_run("garbage", garbage);
	test_run("doubt", doubt);
	test_run("broken", broken);
	test_run("restored", restored);
	test_run("shared, and back", shared_and_back);
	test_run("ids again", ids_again);
	test_run("an operation under way", under_way);
	test_run("another host", another_host);
	test_run("false alarm", false_alarm);
	test_run("stopped meanwhile", stopped_meanwhile);
	test_run("shared", shared);
	test_run("shared, no memory", shared_no_memory);
	test_run("bad new pools", bad_new_pools);
	return test_end();
}
