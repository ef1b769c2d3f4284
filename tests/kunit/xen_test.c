// SPDX-License-Identifier: GPL-2.0
/*
 * xen_test.c - KUnit tests of the Xen shim on the stand-in hypervisor
 *
 * What tests/user/test_xen.c tests line by line is tested here as a whole, as
 * frontends see it: through the registry, with this kernel's pages, RCU,
 * preemption and workqueues, with PV and HVM frames.
 *
 * modules: tmem_xen:test_hypervisor=1 xen_standin
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "../xen/kernel.h"
#include "../../src/xen/xen.h"

#define OPERATIONS	100000
#define PAGES		4

static struct sd_hv *hv;
static struct page *pages[PAGES];

static int call(struct xen_tmem_op *op)
{
	return sd_call(&hv->domains[0], op);
}

static int call_nothing(struct xen_tmem_op *op)
{
	return 1;
}

static const struct txen_hv hv_pv = { .call = call, .frame = sd_frame_pv };
static void touch(struct page *page)
{
	sd_write(&hv->domains[0], sd_frame_hvm(page));
}

static const struct txen_hv hv_hvm = {
	.call = call, .frame = sd_frame_hvm, .touch = touch
};

static const struct txen_hv hv_nothing = {
	.call = call_nothing, .frame = sd_frame_hvm
};

/* --- pages that know what they are --------------------------------------------- */

static void fill(struct page *page, u64 pool, u32 oid, u32 index, u64 version)
{
	u64 *p = page_address(page);
	int i;

	p[0] = pool << 48 | (u64)oid << 32 | index;
	p[1] = version;
	for (i = 2; i < PAGE_SIZE / sizeof(u64); i++)
		p[i] = (p[0] + i) * 0x9e3779b97f4a7c15ULL ^ version;
}

/* The version, or 0 if any byte of it is not what it should be. */
static u64 version_of(struct page *page, u64 pool, u32 oid, u32 index)
{
	u64 *p = page_address(page);
	int i;

	if (p[0] != (pool << 48 | (u64)oid << 32 | index))
		return 0;
	for (i = 2; i < PAGE_SIZE / sizeof(u64); i++)
		if (p[i] != ((p[0] + i) * 0x9e3779b97f4a7c15ULL ^ p[1]))
			return 0;
	return p[1];
}

static struct tmem_oid oid_of(u32 oid)
{
	return (struct tmem_oid){ { oid, 1, 2 } };
}

static int put(struct tmem_bpool bp, struct page *page, u64 pool, u32 oid,
	       u32 index, u64 version)
{
	struct tmem_oid o = oid_of(oid);

	fill(page, pool, oid, index, version);
	return tmem_backend_put_page(bp, &o, index, page);
}

static s64 get(struct tmem_bpool bp, struct page *page, u64 pool, u32 oid,
	       u32 index)
{
	struct tmem_oid o = oid_of(oid);
	int ret;

	memset(page_address(page), 0xee, PAGE_SIZE);
	ret = tmem_backend_get_page(bp, &o, index, page);
	return ret ?: (s64)version_of(page, pool, oid, index);
}

/* --- the rig ---------------------------------------------------------------------- */

static int start_hv(bool pv)
{
	hv = kvzalloc(sizeof(*hv), GFP_KERNEL);
	if (!hv)
		return -ENOMEM;
	hv->built_in = true;
	hv->enabled = true;
	hv->memory = 2000;
	hv->page_size = PAGE_SIZE;
	hv->copy = pv ? sd_copy_pv : sd_copy_hvm;
	if (!pv) {
		hv->domains[0].written = kvcalloc(SD_FRAMES, sizeof(int),
						  GFP_KERNEL);
		if (!hv->domains[0].written)
			return -ENOMEM;
	}
	return sd_start(hv);
}

static void stop_hv(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hv->violations), 0);
	KUNIT_EXPECT_TRUE(test, sd_stop(hv));
	kvfree(hv->domains[0].written);
	kvfree(hv);
	hv = NULL;
}

static void start(struct kunit *test, bool pv)
{
	KUNIT_ASSERT_EQ(test, start_hv(pv), 0);
	KUNIT_ASSERT_EQ(test, txen_start(pv ? &hv_pv : &hv_hvm), 0);
}

static void stop(struct kunit *test)
{
	hv->mischief = (struct sd_mischief){ };
	txen_stop();
	stop_hv(test);
}

static struct tmem_bpool new_pool(struct kunit *test, u32 flags)
{
	struct tmem_bpool bp;

	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, flags), 0);
	return bp;
}

static int xen_test_init(struct kunit *test)
{
	int i;

	if (tmem_backend_active())
		return -EBUSY;
	for (i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i])
			return -ENOMEM;
	}
	return 0;
}

static void xen_test_exit(struct kunit *test)
{
	int i;

	/* After an assertion that failed. */
	if (hv)
		stop(test);
	for (i = 0; i < PAGES; i++) {
		if (pages[i])
			__free_page(pages[i]);
		pages[i] = NULL;
	}
}

/* --- the cases ---------------------------------------------------------------------- */

static void test_no_tmem(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, start_hv(true), 0);
	hv->enabled = false;
	KUNIT_EXPECT_EQ(test, txen_start(&hv_pv), -ENODEV);
	hv->built_in = false;
	KUNIT_EXPECT_EQ(test, txen_start(&hv_pv), -ENODEV);
	KUNIT_EXPECT_FALSE(test, tmem_backend_active());
	hv->built_in = true;
	hv->enabled = true;
	KUNIT_EXPECT_EQ(test, txen_start(&hv_pv), 0);
	KUNIT_EXPECT_EQ(test, txen_start(&hv_pv), -EBUSY);
	KUNIT_EXPECT_TRUE(test, tmem_backend_active());
	stop(test);
	KUNIT_EXPECT_FALSE(test, tmem_backend_active());
}

static void test_operations(struct kunit *test, bool pv)
{
	struct tmem_oid oid = oid_of(7);
	struct tmem_bpool e, p;

	start(test, pv);
	e = new_pool(test, 0);
	p = new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, e.id, 0);
	KUNIT_EXPECT_EQ(test, get(e, pages[0], 1, 7, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(e, pages[1], 1, 7, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, put(e, pages[1], 1, 7, 5, 2), 0);
	KUNIT_EXPECT_EQ(test, get(e, pages[0], 1, 7, 5), 2);
	KUNIT_EXPECT_EQ(test, get(e, pages[0], 1, 7, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(p, pages[1], 2, 7, U32_MAX, 3), 0);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 2, 7, U32_MAX), 3);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 2, 7, U32_MAX), 3);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(p, &oid, U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 2, 7, U32_MAX), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(p, pages[1], 2, 7, 1, 4), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(p, &oid), 0);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 2, 7, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&e), 0);
	stop(test);
}

static void test_pv(struct kunit *test)
{
	test_operations(test, true);
}

static void test_hvm(struct kunit *test)
{
	test_operations(test, false);
}

/* A live migration looks again and again what is written. */
static void test_log_dirty(struct kunit *test)
{
	struct tmem_bpool e, p;
	int i, refused = 0;

	start(test, false);
	e = new_pool(test, 0);
	p = new_pool(test, TMEM_POOL_PERSIST);
	for (i = 0; i < 512; i++) {
		sd_log_dirty(&hv->domains[0], true);
		refused += put(p, pages[1], 2, 7, i, i + 1) != 0;
		refused += put(e, pages[1], 1, 7, i, i + 1) != 0;
	}
	for (i = 0; i < 512; i++) {
		sd_log_dirty(&hv->domains[0], true);
		refused += get(p, pages[0], 2, 7, i) != i + 1;
		refused += get(e, pages[0], 1, 7, i) != i + 1;
	}
	KUNIT_EXPECT_EQ(test, refused, 0);
	sd_log_dirty(&hv->domains[0], false);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 2, 7, 1), 2);
	stop(test);
}

static void test_failed_put(struct kunit *test)
{
	struct tmem_bpool p;

	start(test, true);
	p = new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, put(p, pages[1], 1, 7, 5, 1), 0);
	hv->memory = 1;
	/* Xen keeps the old page; we must not find it. */
	KUNIT_EXPECT_EQ(test, put(p, pages[1], 1, 7, 5, 2), -ENOMEM);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 1, 7, 5), -ENOENT);
	hv->memory = 1000;
	sd_freeze(&hv->domains[0], SD_FROZEN);
	KUNIT_EXPECT_EQ(test, put(p, pages[1], 1, 7, 5, 3), -ENOSPC);
	sd_freeze(&hv->domains[0], 0);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 1, 7, 5), -ENOENT);
	stop(test);
}

/* With irqs off, as mm calls; and a hypervisor that does not do it. */
static void test_flush_in_irq(struct kunit *test)
{
	struct tmem_oid oid = oid_of(7);
	struct tmem_bpool e, p;
	unsigned long flags;

	start(test, true);
	e = new_pool(test, 0);
	p = new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, put(e, pages[1], 1, 7, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, put(p, pages[1], 2, 7, 5, 1), 0);
	hv->mischief = (struct sd_mischief){
		.only = BIT(SD_FLUSH_PAGE), .left = 6, .rc = -22
	};
	local_irq_save(flags);
	tmem_backend_flush_page(e, &oid, 5);
	tmem_backend_flush_page(p, &oid, 5);
	local_irq_restore(flags);
	KUNIT_EXPECT_LT(test, get(e, pages[0], 1, 7, 5), 0);
	KUNIT_EXPECT_EQ(test, get(p, pages[0], 2, 7, 5), -ENOENT);
	txen_pools_mend();
	KUNIT_EXPECT_EQ(test, get(e, pages[0], 1, 7, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(e, pages[1], 1, 7, 5, 2), 0);
	KUNIT_EXPECT_EQ(test, get(e, pages[0], 1, 7, 5), 2);
	stop(test);
}

static void test_restored(struct kunit *test)
{
	struct tmem_bpool a, b;
	int i;

	start(test, true);
	a = new_pool(test, 0);
	b = new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, put(a, pages[1], 1, 7, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, put(b, pages[1], 2, 7, 5, 1), 0);
	sd_lose_pools(&hv->domains[0], 0);
	KUNIT_EXPECT_LT(test, get(b, pages[0], 2, 7, 5), 0);
	/* The worker does it, soon. */
	for (i = 0; i < 500 && get(b, pages[0], 2, 7, 5) == -ENODEV; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, get(b, pages[0], 2, 7, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(a, pages[1], 1, 7, 5, 11), 0);
	KUNIT_EXPECT_EQ(test, put(b, pages[1], 2, 7, 5, 12), 0);
	KUNIT_EXPECT_EQ(test, get(a, pages[0], 1, 7, 5), 11);
	KUNIT_EXPECT_EQ(test, get(b, pages[0], 2, 7, 5), 12);
	stop(test);
}

/*
 * Moved to a Xen without tmem.  Nobody else is there to take over, so when it is
 * moved back, it goes on.
 */
static void test_moved_away(struct kunit *test)
{
	struct tmem_bpool a, b;

	start(test, true);
	a = new_pool(test, 0);
	b = new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, put(b, pages[1], 2, 7, 5, 1), 0);
	KUNIT_EXPECT_TRUE(test, txen_pools_mend());
	/* Pools are there: it is only busy. */
	hv->mischief = (struct sd_mischief){
		.only = BIT(SD_NEW_POOL), .left = 1000000, .rc = -SD_ENOSYS
	};
	KUNIT_EXPECT_TRUE(test, txen_pools_mend());
	hv->mischief = (struct sd_mischief){ };
	hv->built_in = false;
	sd_lose_pools(&hv->domains[0], 0);
	KUNIT_EXPECT_EQ(test, put(a, pages[1], 1, 7, 5, 11), -ENODEV);
	KUNIT_EXPECT_LT(test, get(b, pages[0], 2, 7, 5), 0);
	KUNIT_EXPECT_FALSE(test, txen_pools_mend());
	hv->built_in = true;
	KUNIT_EXPECT_TRUE(test, txen_pools_mend());
	KUNIT_EXPECT_EQ(test, put(a, pages[1], 1, 7, 5, 12), 0);
	KUNIT_EXPECT_EQ(test, get(a, pages[0], 1, 7, 5), 12);
	KUNIT_EXPECT_EQ(test, get(b, pages[0], 2, 7, 5), -ENOENT);
	stop(test);
}

/* --- threads, each with objects of its own, while everything goes wrong ------------- */

#define THREADS	3
#define INDEXES	64

struct worker {
	struct task_struct *task;
	struct completion done;
	struct tmem_bpool bp;
	unsigned int number;
	unsigned long wrong, hits;
	bool stop;
	struct page *page;
	u64 version[INDEXES];
};

static int work(void *data)
{
	struct tmem_oid oid;
	struct worker *w = data;
	u64 last = 0;
	u32 r = w->number + 1;

	oid = oid_of(w->number);
	while (!READ_ONCE(w->stop)) {
		u32 i;
		s64 found;

		r = r * 1664525 + 1013904223;
		i = (r >> 16) % INDEXES;
		switch (r >> 28) {
		case 0:
			tmem_backend_flush_page(w->bp, &oid, i);
			w->version[i] = 0;
			break;
		case 1 ... 7:
			w->version[i] = ++last;
			if (put(w->bp, w->page, 5, w->number, i, last))
				w->version[i] = 0;
			break;
		default:
			found = get(w->bp, w->page, 5, w->number, i);
			if (found >= 0) {
				w->hits++;
				w->wrong += !found || found != w->version[i];
			}
		}
		cond_resched();
	}
	kthread_complete_and_exit(&w->done, 0);
}

static void test_threads(struct kunit *test)
{
	struct worker *w = kunit_kzalloc(test, THREADS * sizeof(*w), GFP_KERNEL);
	unsigned long wrong = 0, hits = 0;
	int i, n = 0, round;

	KUNIT_ASSERT_NOT_NULL(test, w);
	start(test, true);
	for (i = 0; i < THREADS; i++, n++) {
		init_completion(&w[i].done);
		w[i].number = i;
		w[i].page = pages[i];
		/* Two of them share a pool. */
		w[i].bp = i == 1 ? w[0].bp : new_pool(test, TMEM_POOL_PERSIST);
		w[i].task = kthread_run(work, &w[i], "xen_test");
		if (IS_ERR(w[i].task))
			break;
	}
	for (round = 0; round < 40; round++) {
		msleep(50);
		if (round % 4 == 1)
			sd_lose_pools(&hv->domains[0], round & 4 ? 0 : 1);
		sd_freeze(&hv->domains[0], round % 8 == 2 ? SD_FROZEN : 0);
		hv->mischief.refuse_ppm = round & 2 ? 50000 : 0;
		hv->mischief.garble_ppm = round & 4 ? 50000 : 0;
		/* And pools that come and go take the ids. */
		if (round % 4 == 2) {
			struct tmem_bpool bp;

			if (!tmem_backend_new_pool(&bp, NULL, 0))
				tmem_backend_destroy_pool(&bp);
		}
	}
	hv->mischief = (struct sd_mischief){ };
	for (i = 0; i < n; i++) {
		WRITE_ONCE(w[i].stop, true);
		wait_for_completion(&w[i].done);
		wrong += w[i].wrong;
		hits += w[i].hits;
	}
	KUNIT_EXPECT_EQ(test, n, THREADS);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GT(test, hits, 1000);
	kunit_info(test, "%lu hits, %lu wrong, %ld pools lost, %ld again\n", hits,
		   wrong, atomic_long_read(&txen_events[TXEN_POOLS_LOST]),
		   atomic_long_read(&txen_events[TXEN_POOLS_AGAIN]));
	stop(test);
}

/* --- random operations ---------------------------------------------------------------- */

static void test_random(struct kunit *test)
{
	u64 (*model)[INDEXES] = kunit_kzalloc(test, 4 * sizeof(*model), GFP_KERNEL);
	unsigned long n, wrong = 0, hits = 0, refused = 0;
	struct tmem_bpool bp[2];
	struct rnd_state rnd;
	u64 last = 0;

	KUNIT_ASSERT_NOT_NULL(test, model);
	prandom_seed_state(&rnd, 4711);
	start(test, false);
	bp[0] = new_pool(test, 0);
	bp[1] = new_pool(test, TMEM_POOL_PERSIST);
	for (n = 0; n < OPERATIONS; n++) {
		u32 r = prandom_u32_state(&rnd), i = r % INDEXES;
		u32 p = r >> 8 & 1, o = r >> 9 & 1;
		u64 *model_of = &model[2 * p + o][i];
		struct tmem_oid oid = oid_of(o);
		s64 found;

		if (n % 1000 == 0) {
			u32 w = prandom_u32_state(&rnd);

			/* Not when the worker, on a busy machine, gets to it. */
			hv->mischief = (struct sd_mischief){ };
			txen_pools_mend();
			hv->mischief.refuse_ppm = w & 1 ? 30000 : 0;
			hv->mischief.garble_ppm = w & 2 ? 30000 : 0;
			hv->mischief.deny_ppm = w & 4 ? 200000 : 0;
			sd_freeze(&hv->domains[0], (w >> 3 & 7) < 3 ? w >> 3 & 7 : 0);
			hv->memory = w & 64 ? 50 : 2000;
			if ((w >> 7 & 7) == 0)
				sd_lose_pools(&hv->domains[0], w >> 10 & 3);
			cond_resched();
		}
		switch (r >> 29) {
		case 0:
			tmem_backend_flush_page(bp[p], &oid, i);
			*model_of = 0;
			break;
		case 1 ... 3:
			*model_of = ++last;
			if (put(bp[p], pages[0], p, o, i, last)) {
				*model_of = 0;
				refused++;
			}
			break;
		default:
			found = get(bp[p], pages[1], p, o, i);
			if (found >= 0) {
				hits++;
				wrong += !found || found != *model_of;
			}
			if (!p)
				*model_of = 0;
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GT(test, hits, OPERATIONS / 50);
	KUNIT_EXPECT_GT(test, refused, OPERATIONS / 200);
	kunit_info(test, "%d operations, %lu wrong, %lu hits, %lu puts refused\n",
		   OPERATIONS, wrong, hits, refused);
	stop(test);
}

/* --- what the shim costs ------------------------------------------------------------------ */

#define CALLS	20000

/* Time of a put through the shim when the hypervisor does nothing; a figure. */
static void test_cost(struct kunit *test)
{
	struct tmem_oid oid = oid_of(1);
	u64 t0, shim, bare, copy;
	struct xen_tmem_op op = { };
	struct tmem_bpool bp;
	int i, sum = 0;

	KUNIT_ASSERT_EQ(test, start_hv(false), 0);
	KUNIT_ASSERT_EQ(test, txen_start(&hv_nothing), 0);
	bp = new_pool(test, 0);

	t0 = ktime_get_ns();
	for (i = 0; i < CALLS; i++)
		sum += tmem_backend_get_page(bp, &oid, i, pages[0]);
	shim = ktime_get_ns() - t0;
	t0 = ktime_get_ns();
	for (i = 0; i < CALLS; i++)
		sum += hv_nothing.call(&op) - 1;
	bare = ktime_get_ns() - t0;
	t0 = ktime_get_ns();
	for (i = 0; i < CALLS; i++)
		memcpy(page_address(pages[i & 1]), page_address(pages[2 + (i & 1)]),
		       PAGE_SIZE);
	copy = ktime_get_ns() - t0;
	KUNIT_EXPECT_EQ(test, sum, 0);
	kunit_info(test, "shim %llu ns, empty call %llu ns, memcpy %llu ns\n",
		   shim / CALLS, bare / CALLS, copy / CALLS);
	stop(test);
}

static struct kunit_case xen_cases[] = {
	KUNIT_CASE(test_no_tmem),
	KUNIT_CASE(test_pv),
	KUNIT_CASE(test_hvm),
	KUNIT_CASE(test_log_dirty),
	KUNIT_CASE(test_failed_put),
	KUNIT_CASE(test_flush_in_irq),
	KUNIT_CASE(test_restored),
	KUNIT_CASE(test_moved_away),
	KUNIT_CASE(test_threads),
	KUNIT_CASE_SLOW(test_random),
	KUNIT_CASE(test_cost),
	{}
};

static struct kunit_suite xen_suite = {
	.name = "tmem_xen",
	.init = xen_test_init,
	.exit = xen_test_exit,
	.test_cases = xen_cases,
};

kunit_test_suites(&xen_suite);

TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of tmem on Xen");
