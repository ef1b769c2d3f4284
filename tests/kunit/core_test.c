// SPDX-License-Identifier: GPL-2.0
/*
 * core_test.c - KUnit tests of the tmem core, through what it exports
 *
 * What tests/user shows of the same sources with shims, with tiny trees, and
 * under sanitizers, is shown here in a kernel: its RCU, percpu_ref, locks and
 * allocators.  A small host (core_host.h) stands in for a store.
 *
 * modules: tmem
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <compat/module.h>
#include "core_host.h"

/**
 * struct fixture - what every test starts from
 * @host: registered
 * @client: of @host, number 7, with up to 16 pools
 * @page: to put from and to get into
 * @pool: the pool that put() and get() use
 * @version: of the last put
 */
struct fixture {
	struct khost host;
	struct tmem_client *client;
	struct page *page;
	int pool;
	u64 version;
};

static const struct tmem_oid oid = { { 11, 22, 33 } };
static const struct tmem_oid invalid_oid = { { ~0ULL, ~0ULL, ~0ULL } };
static const struct tmem_uuid uuid = { { 1, 2 } };

static struct fixture *fix(struct kunit *test)
{
	return test->priv;
}

static int core_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->page);
	spin_lock_init(&f->host.lock);
	INIT_LIST_HEAD(&f->host.lru);
	f->host.core = tmem_register_host(&khost_hostops, &khost_pamops,
					  &f->host);
	if (IS_ERR(f->host.core))
		return PTR_ERR(f->host.core);
	f->client = tmem_client_create(f->host.core, 7, 16);
	if (IS_ERR(f->client))
		return PTR_ERR(f->client);
	test->priv = f;
	return 0;
}

/* Whatever a test did, nothing of it may be left. */
static void core_test_exit(struct kunit *test)
{
	struct fixture *f = fix(test);

	if (!f)
		return;
	tmem_client_destroy(f->client);
	KUNIT_EXPECT_EQ(test, tmem_unregister_host(f->host.core), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.objs), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.objnodes), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.node_bytes), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.pampds), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->host.wrong), 0);
	__free_page(f->page);
}

static void new_pool(struct kunit *test, u32 flags)
{
	struct fixture *f = fix(test);

	f->pool = tmem_new_pool(f->client, &uuid, flags);
	KUNIT_ASSERT_GE(test, f->pool, 0);
}

static int put_stamp(struct fixture *f, struct page *page,
		     const struct tmem_oid *o, u32 index, u64 version)
{
	struct stamp *s = page_address(page);

	s->oid = o->oid[0];
	s->index = index;
	s->version = version;
	s->check = stamp_check(s);
	return tmem_put(f->client, f->pool, o, index, page);
}

static int put(struct fixture *f, u32 index)
{
	return put_stamp(f, f->page, &oid, index, ++f->version);
}

/* The version that is found, or an errno; -EBADMSG for another page's data. */
static long long get_stamp(struct fixture *f, struct page *page,
			   const struct tmem_oid *o, u32 index)
{
	struct stamp *s = page_address(page);
	int ret;

	memset(s, 0xee, sizeof(*s));
	ret = tmem_get(f->client, f->pool, o, index, page);
	if (ret)
		return ret;
	if (s->oid != o->oid[0] || s->index != index ||
	    s->check != stamp_check(s))
		return -EBADMSG;
	return s->version;
}

static long long get(struct fixture *f, u32 index)
{
	return get_stamp(f, f->page, &oid, index);
}

static int flush(struct fixture *f, u32 index)
{
	return tmem_flush_page(f->client, f->pool, &oid, index);
}

static int flush_range(struct fixture *f, u32 first, u32 last)
{
	return tmem_flush_range(f->client, f->pool, &oid, first, last);
}

static struct tmem_pool_stats stats(struct kunit *test)
{
	struct tmem_pool_stats s = {};

	KUNIT_EXPECT_EQ(test, tmem_pool_get_stats(fix(test)->client,
						  fix(test)->pool, &s), 0);
	return s;
}

/* Big objects are emptied by a worker. */
static void wait_for_pages(struct kunit *test, long pages)
{
	int ms;

	for (ms = 0; ms < 20000 && stats(test).pages != pages; ms += 20)
		msleep(20);
	KUNIT_EXPECT_EQ(test, stats(test).pages, pages);
}

/* ---- operations ---- */

struct kind {
	const char *name;
	u32 flags;
};

static const struct kind kinds[] = {
	{ "ephemeral", 0 },
	{ "persistent", TMEM_POOL_PERSIST },
	{ "shared", TMEM_POOL_SHARED },
};

KUNIT_ARRAY_PARAM_DESC(kinds, kinds, name);

static u32 param_flags(struct kunit *test)
{
	return ((const struct kind *)test->param_value)->flags;
}

static void test_put_get(struct kunit *test)
{
	struct fixture *f = fix(test);
	u32 flags = param_flags(test);

	new_pool(test, flags);
	KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, get(f, 6), -ENOENT);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
	/* Only a private ephemeral page leaves with the get. */
	KUNIT_EXPECT_EQ(test, get(f, 5), flags ? f->version : -ENOENT);
	KUNIT_EXPECT_EQ(test, flush(f, 5), flags ? 0 : -ENOENT);
	KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, flush(f, 5), -ENOENT);
}

static void test_replace(struct kunit *test)
{
	struct fixture *f = fix(test);

	new_pool(test, param_flags(test));
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, stats(test).pages, 1);
	KUNIT_EXPECT_EQ(test, stats(test).puts, 3);
	KUNIT_EXPECT_EQ(test, stats(test).dup_puts, 2);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.pampds), 1);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
}

/* put-put-get: after a put that failed the older page is gone. */
static void test_failed_put(struct kunit *test)
{
	static const int errnos[] = { ENOMEM, ENOSPC, E2BIG };
	struct fixture *f = fix(test);
	int i;

	new_pool(test, param_flags(test));
	for (i = 0; i < ARRAY_SIZE(errnos); i++) {
		KUNIT_EXPECT_EQ(test, put(f, 5), 0);
		KUNIT_EXPECT_EQ(test, put(f, 6), 0);
		f->host.create_errno = errnos[i];
		atomic_set(&f->host.fail_create, 1);
		KUNIT_EXPECT_EQ(test, put(f, 5), -errnos[i]);
		KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
		KUNIT_EXPECT_EQ(test, flush(f, 5), -ENOENT);
		KUNIT_EXPECT_EQ(test, get(f, 6), f->version - 1);
	}
	KUNIT_EXPECT_EQ(test, stats(test).failed_puts, 3);
}

static void test_failed_get(struct kunit *test)
{
	struct fixture *f = fix(test);

	new_pool(test, param_flags(test));
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	atomic_set(&f->host.fail_get, 1);
	KUNIT_EXPECT_EQ(test, get(f, 5), -EIO);
	/* It was not lost with the data that did not come. */
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
}

static void test_bad_handles(struct kunit *test)
{
	struct fixture *f = fix(test);
	struct tmem_client *c = f->client;
	struct tmem_pool_stats s;
	int id;

	new_pool(test, 0);
	KUNIT_EXPECT_EQ(test, tmem_put(c, 0, &invalid_oid, 0, f->page), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_get(c, 0, &invalid_oid, 0, f->page), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_flush_page(c, 0, &invalid_oid, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_flush_range(c, 0, &invalid_oid, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_flush_object(c, 0, &invalid_oid), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_flush_range(c, 0, &oid, 2, 1), -EINVAL);
	for (id = -1; id <= 16; id += id < 1 ? 2 : 15) {
		KUNIT_EXPECT_EQ(test, tmem_put(c, id, &oid, 0, f->page), -ENODEV);
		KUNIT_EXPECT_EQ(test, tmem_get(c, id, &oid, 0, f->page), -ENODEV);
		KUNIT_EXPECT_EQ(test, tmem_flush_page(c, id, &oid, 0), -ENODEV);
		KUNIT_EXPECT_EQ(test, tmem_flush_range(c, id, &oid, 0, 1), -ENODEV);
		KUNIT_EXPECT_EQ(test, tmem_flush_object(c, id, &oid), -ENODEV);
		KUNIT_EXPECT_EQ(test, tmem_pool_get_stats(c, id, &s), -ENODEV);
		KUNIT_EXPECT_EQ(test, tmem_destroy_pool(c, id), -ENOENT);
	}
}

static void test_oid_order(struct kunit *test)
{
	static const struct tmem_oid small = { { 1, 5, 5 } };
	static const struct tmem_oid large = { { 2, 0, 0 } };

	KUNIT_EXPECT_EQ(test, tmem_oid_compare(&small, &small), 0);
	KUNIT_EXPECT_EQ(test, tmem_oid_compare(&small, &large), -1);
	KUNIT_EXPECT_EQ(test, tmem_oid_compare(&large, &small), 1);
	KUNIT_EXPECT_FALSE(test, tmem_oid_valid(&invalid_oid));
	KUNIT_EXPECT_TRUE(test, tmem_oid_valid(&small));
}

/* Many objects, all in one bucket: the words' exclusive or is the same. */
static void test_one_bucket(struct kunit *test)
{
	struct fixture *f = fix(test);
	struct tmem_oid o;
	u32 i;

	new_pool(test, TMEM_POOL_PERSIST);
	for (i = 0; i < 500; i++) {
		o = (struct tmem_oid){ { i * 7919 % 500, i * 7919 % 500, 3 } };
		KUNIT_ASSERT_EQ(test, put_stamp(f, f->page, &o, i, i), 0);
	}
	KUNIT_EXPECT_EQ(test, stats(test).objs, 500);
	for (i = 0; i < 500; i++) {
		o = (struct tmem_oid){ { i * 7919 % 500, i * 7919 % 500, 3 } };
		KUNIT_ASSERT_EQ(test, get_stamp(f, f->page, &o, i), i);
		if (i % 2)
			KUNIT_ASSERT_EQ(test, tmem_flush_object(f->client,
								f->pool, &o), 0);
	}
	KUNIT_EXPECT_EQ(test, stats(test).objs, 250);
}

static void test_flush_range(struct kunit *test)
{
	static const u32 sizes[] = { 1, 64, 65, 200 };
	static const u32 bases[] = { 0, 4090, 0xffffff00 };
	struct fixture *f = fix(test);
	u32 base, nr, i;
	int s, b;

	new_pool(test, TMEM_POOL_PERSIST);
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (b = 0; b < ARRAY_SIZE(bases); b++) {
			nr = sizes[s];
			base = bases[b];
			for (i = 0; i < nr; i++)
				KUNIT_ASSERT_EQ(test, put(f, base + i), 0);
			KUNIT_EXPECT_TRUE(test, tmem_holds(f->client, f->pool, &oid));
			/* All but the first and the last. */
			if (nr > 2)
				KUNIT_EXPECT_EQ(test, flush_range(f, base + 1, base + nr - 2),
						0);
			KUNIT_EXPECT_GT(test, get(f, base), 0);
			KUNIT_EXPECT_GT(test, get(f, base + nr - 1), 0);
			KUNIT_EXPECT_EQ(test, stats(test).pages, min(nr, 2U));
			KUNIT_EXPECT_EQ(test, flush_range(f, base, U32_MAX), 0);
			KUNIT_EXPECT_FALSE(test, tmem_holds(f->client, f->pool, &oid));
			KUNIT_EXPECT_EQ(test, flush_range(f, 0, U32_MAX),
					-ENOENT);
			KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
		}
	}
}

/* A file of many batches, truncated under a lock with interrupts off. */
static void test_big_object(struct kunit *test)
{
	const u32 nr = 2000;
	struct fixture *f = fix(test);
	unsigned long flags;
	u32 i;

	new_pool(test, TMEM_POOL_PERSIST);
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, put(f, i), 0);
	local_irq_save(flags);
	i = tmem_flush_object(f->client, f->pool, &oid);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, i, 0);
	/* Nothing is found from now on, and the name is free at once. */
	for (i = 0; i < nr; i += 99)
		KUNIT_EXPECT_EQ(test, get(f, i), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_flush_object(f->client, f->pool, &oid),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, put(f, 77), 0);
	KUNIT_EXPECT_EQ(test, get(f, 77), f->version);
	wait_for_pages(test, 1);
	KUNIT_EXPECT_EQ(test, stats(test).flushes, nr);

	/* Left to the worker when the pool goes. */
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, put(f, i), 0);
	KUNIT_EXPECT_EQ(test, tmem_flush_object(f->client, f->pool, &oid), 0);
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(f->client, f->pool), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.pampds), 0);
}

static void test_evict(struct kunit *test)
{
	struct fixture *f = fix(test);

	new_pool(test, 0);
	KUNIT_EXPECT_EQ(test, khost_evict(&f->host), -EAGAIN);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, put(f, 6), 0);
	KUNIT_EXPECT_EQ(test, khost_evict(&f->host), 0);
	KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, get(f, 6), f->version);
	KUNIT_EXPECT_EQ(test, stats(test).evicts, 1);
	KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
}

static void test_evict_persistent(struct kunit *test)
{
	struct fixture *f = fix(test);

	new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, khost_evict(&f->host), -EPERM);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
	KUNIT_EXPECT_EQ(test, stats(test).evicts, 0);
}

/* ---- another operation in the middle of a get ---- */

static void hook_put(struct khost *host)
{
	struct fixture *f = host->hook_data;
	struct page *page = alloc_page(GFP_ATOMIC);

	host->in_get_data = NULL;
	if (!page)
		return;
	/* The fixture's page is being filled. */
	khost_expect(host, !put_stamp(f, page, &oid, 5, ++f->version));
	__free_page(page);
}

static void hook_flush(struct khost *host)
{
	host->in_get_data = NULL;
	khost_expect(host, !flush(host->hook_data, 5));
}

static void hook_flush_object(struct khost *host)
{
	struct fixture *f = host->hook_data;

	host->in_get_data = NULL;
	khost_expect(host, !tmem_flush_object(f->client, f->pool, &oid));
}

static void hook_evict(struct khost *host)
{
	host->in_get_data = NULL;
	khost_expect(host, !khost_evict(host));
}

/*
 * A destructive get takes effect when it removes the page, so it must not
 * return what was replaced or removed while it copied.
 */
static void test_get_loses_race(struct kunit *test)
{
	static void (* const hooks[])(struct khost *) = {
		hook_flush, hook_flush_object, hook_evict
	};
	struct fixture *f = fix(test);
	int i;

	new_pool(test, 0);
	f->host.hook_data = f;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		KUNIT_EXPECT_EQ(test, put(f, 5), 0);
		f->host.in_get_data = hooks[i];
		KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
		KUNIT_EXPECT_NULL(test, f->host.in_get_data);
	}
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	f->host.in_get_data = hook_put;
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
	KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
}

/* Room for a run, or NULL; its pages are set in @ptrs. */
static struct page *alloc_run(struct page **ptrs)
{
	struct page *pages = alloc_pages(GFP_KERNEL,
					 ilog2(TMEM_RUN_PAGES));
	unsigned int i;

	for (i = 0; pages && i < TMEM_RUN_PAGES; i++)
		ptrs[i] = pages + i;
	return pages;
}

static void stamp_run(struct fixture *f, struct tmem_run *run)
{
	unsigned int i;

	for (i = 0; i < run->nr; i++) {
		struct stamp *s = page_address(run->pages[i]);

		s->oid = oid.oid[0];
		s->index = run->index + i;
		s->version = ++f->version;
		s->check = stamp_check(s);
	}
}

static void check_run(struct kunit *test, const struct tmem_run *run, u64 first)
{
	unsigned int i;
	u32 left;

	tmem_run_for_each(i, run->done, left) {
		struct stamp *s = page_address(run->pages[i]);

		KUNIT_EXPECT_EQ(test, s->index, (u64)run->index + i);
		KUNIT_EXPECT_EQ(test, s->version, first + i);
		KUNIT_EXPECT_EQ(test, s->check, stamp_check(s));
		s->check = 0;
	}
}

/* Over a border of leaves, with holes, a page that fails, and a race. */
static void test_runs(struct kunit *test)
{
	const bool takes = !param_flags(test);
	struct page *ptrs[TMEM_RUN_PAGES], *pages = alloc_run(ptrs);
	struct tmem_run run = {
		.oidp = &oid, .index = 50, .nr = 32, .want = 0xfffffff7,
		.pages = ptrs,
	};
	struct fixture *f = fix(test);
	u64 first;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	new_pool(test, param_flags(test));
	KUNIT_EXPECT_EQ(test, put(f, 60), 0);
	first = f->version + 1;
	stamp_run(f, &run);
	KUNIT_EXPECT_EQ(test, tmem_put_pages(f->client, f->pool, &run), 0);
	KUNIT_EXPECT_EQ(test, run.done, 0xfffffff7);
	KUNIT_EXPECT_EQ(test, stats(test).pages, 31);
	KUNIT_EXPECT_EQ(test, stats(test).dup_puts, 1);

	/* The fifth page that is there cannot be read, and stays. */
	run.want = ~0U;
	atomic_set(&f->host.fail_get, 5);
	KUNIT_EXPECT_EQ(test, tmem_get_pages(f->client, f->pool, &run), 0);
	KUNIT_EXPECT_EQ(test, run.done, 0xffffffd7);
	KUNIT_EXPECT_EQ(test, run.err[3], -ENOENT);
	KUNIT_EXPECT_EQ(test, run.err[5], -EIO);
	check_run(test, &run, first);
	KUNIT_EXPECT_EQ(test, tmem_get_pages(f->client, f->pool, &run), 0);
	KUNIT_EXPECT_EQ(test, run.done, takes ? 1U << 5 : 0xfffffff7);
	check_run(test, &run, first);

	/* One cannot be stored: what was there of it is gone. */
	stamp_run(f, &run);
	f->host.create_errno = ENOSPC;
	atomic_set(&f->host.fail_create, 32);
	KUNIT_EXPECT_EQ(test, tmem_put_pages(f->client, f->pool, &run), 0);
	KUNIT_EXPECT_EQ(test, run.done, (u32)INT_MAX);
	KUNIT_EXPECT_EQ(test, run.err[31], -ENOSPC);
	KUNIT_EXPECT_EQ(test, get(f, 81), -ENOENT);

	/* Flushed while it is read. */
	f->host.hook_data = f;
	f->host.in_get_data = hook_flush_object;
	KUNIT_EXPECT_EQ(test, tmem_get_pages(f->client, f->pool, &run), 0);
	KUNIT_EXPECT_EQ(test, run.done, takes ? 0 : (u32)INT_MAX);
	KUNIT_EXPECT_EQ(test, tmem_get_pages(f->client, f->pool, &run), 0);
	KUNIT_EXPECT_EQ(test, run.done, 0U);

	run.nr = TMEM_RUN_PAGES + 1;
	KUNIT_EXPECT_EQ(test, tmem_get_pages(f->client, f->pool, &run), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_put_pages(f->client, f->pool, &run), -EINVAL);
	__free_pages(pages, ilog2(TMEM_RUN_PAGES));
}

static struct kunit_case ops_cases[] = {
	KUNIT_CASE_PARAM(test_runs, kinds_gen_params),
	KUNIT_CASE_PARAM(test_put_get, kinds_gen_params),
	KUNIT_CASE_PARAM(test_replace, kinds_gen_params),
	KUNIT_CASE_PARAM(test_failed_put, kinds_gen_params),
	KUNIT_CASE_PARAM(test_failed_get, kinds_gen_params),
	KUNIT_CASE(test_bad_handles),
	KUNIT_CASE(test_oid_order),
	KUNIT_CASE(test_one_bucket),
	KUNIT_CASE(test_flush_range),
	KUNIT_CASE(test_big_object),
	KUNIT_CASE(test_evict),
	KUNIT_CASE(test_evict_persistent),
	KUNIT_CASE(test_get_loses_race),
	{}
};

static struct kunit_suite ops_suite = {
	.name = "tmem_core_ops",
	.init = core_test_init,
	.exit = core_test_exit,
	.test_cases = ops_cases,
};

/* ---- the tree of an object ---- */

/* Levels that an index needs. */
static long levels(u32 index)
{
	long n = 0;

	for (; index; index >>= TMEM_OBJNODE_SHIFT)
		n++;
	return n;
}

static const u32 far_indexes[] = {
	1, TMEM_OBJNODE_SLOTS - 1, TMEM_OBJNODE_SLOTS,
	TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS - 1,
	TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS,
	0x7fffffff, 0x80000000, U32_MAX
};

/* One page needs no node; another one a path; and it is as it was after it. */
static void test_tree_heights(struct kunit *test)
{
	struct fixture *f = fix(test);
	u64 first;
	u32 i, n;

	new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_ASSERT_EQ(test, put(f, 0), 0);
	first = f->version;
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, 0);
	for (n = 0; n < ARRAY_SIZE(far_indexes); n++) {
		i = far_indexes[n];
		KUNIT_ASSERT_EQ(test, put(f, i), 0);
		/* They share the root, which is in the object, and no more. */
		KUNIT_EXPECT_EQ(test, stats(test).objnodes, 2 * levels(i) - 2);
		KUNIT_EXPECT_EQ(test, get(f, i), f->version);
		KUNIT_EXPECT_EQ(test, flush(f, i), 0);
		KUNIT_EXPECT_EQ(test, stats(test).objnodes, 0);
		KUNIT_EXPECT_EQ(test, get(f, 0), first);
	}
	KUNIT_EXPECT_EQ(test, flush(f, 0), 0);
	KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
	for (n = 0; n < ARRAY_SIZE(far_indexes); n++) {
		i = far_indexes[n];
		KUNIT_ASSERT_EQ(test, put(f, i), 0);
		KUNIT_EXPECT_EQ(test, stats(test).objnodes, 0);
		KUNIT_EXPECT_EQ(test, get(f, i), f->version);
		KUNIT_EXPECT_EQ(test, get(f, i - 1), -ENOENT);
		KUNIT_EXPECT_EQ(test, get(f, 0), -ENOENT);
		KUNIT_EXPECT_EQ(test, flush(f, i), 0);
		KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
	}
}

static u32 next_dense(u32 i)
{
	return i + (i < 2 * TMEM_OBJNODE_SLOTS ? 1 : TMEM_OBJNODE_SLOTS);
}

/* Two full nodes and one page in each of the others that a root can have. */
static void test_tree_dense(struct kunit *test)
{
	const u32 nr = TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS;
	struct fixture *f = fix(test);
	u32 i;

	new_pool(test, TMEM_POOL_PERSIST);
	for (i = 0; i < nr; i = next_dense(i)) {
		f->version = i;
		KUNIT_ASSERT_EQ(test, put(f, i), 0);
	}
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, TMEM_OBJNODE_SLOTS + 1);
	for (i = 0; i < nr; i = next_dense(i))
		KUNIT_ASSERT_EQ(test, get(f, i), i + 1);
	/* One more, and the tree grows by a root (in the object) and a path. */
	KUNIT_EXPECT_EQ(test, put(f, nr), 0);
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, TMEM_OBJNODE_SLOTS + 3);
	KUNIT_EXPECT_EQ(test, flush(f, nr), 0);
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, TMEM_OBJNODE_SLOTS + 1);
	for (i = 1; i < nr; i = next_dense(i))
		KUNIT_ASSERT_EQ(test, flush(f, i), 0);
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, 0);
	KUNIT_EXPECT_EQ(test, get(f, 0), 1);
}

/* Random indexes out of all 2^32, put and flushed in two random orders. */
static void test_tree_sparse(struct kunit *test)
{
	const int nr = 200;
	u32 *indexes = kunit_kcalloc(test, nr, sizeof(*indexes), GFP_KERNEL);
	struct fixture *f = fix(test);
	struct rnd_state rnd;
	int i, j;

	KUNIT_ASSERT_NOT_NULL(test, indexes);
	new_pool(test, TMEM_POOL_PERSIST);
	prandom_seed_state(&rnd, 4711);
	for (i = 0; i < nr; i++) {
		/* Distinct: the low bits count. */
		indexes[i] = (prandom_u32_state(&rnd) & ~255U) + i;
		KUNIT_ASSERT_EQ(test, put(f, indexes[i]), 0);
	}
	KUNIT_EXPECT_EQ(test, stats(test).pages, nr);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, get(f, indexes[i]), i + 1);
	for (i = nr; i > 1; i--) {
		j = prandom_u32_state(&rnd) % i;
		swap(indexes[i - 1], indexes[j]);
	}
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, flush(f, indexes[i]), 0);
		KUNIT_EXPECT_EQ(test, get(f, indexes[i]), -ENOENT);
		if (i + 1 < nr)
			KUNIT_EXPECT_GT(test, get(f, indexes[i + 1]), 0);
	}
	KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, 0);
}

/* A file of few pages costs what its pages need. */
static void test_tree_short_nodes(struct kunit *test)
{
	struct fixture *f = fix(test);
	unsigned int size = 0;
	size_t bytes = 0;
	u32 i, n;

	new_pool(test, TMEM_POOL_PERSIST);
	for (n = 0; n < TMEM_OBJNODE_SLOTS; n++) {
		/* In an order that has to move those that are in. */
		KUNIT_ASSERT_EQ(test, put(f, n * 37 % TMEM_OBJNODE_SLOTS), 0);
		if (n >= TMEM_TOP_SLOTS) {
			while (tmem_objnode_cap(size) <= n)
				size++;
			bytes = tmem_objnode_bytes(size);
		}
		KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.node_bytes),
				bytes);
		for (i = 0; i < TMEM_OBJNODE_SLOTS; i++)
			KUNIT_ASSERT_EQ(test,
					get(f, i * 37 % TMEM_OBJNODE_SLOTS),
					i <= n ? (int)i + 1 : -ENOENT);
	}
	for (n = 0; n < TMEM_OBJNODE_SLOTS; n++) {
		KUNIT_ASSERT_EQ(test, flush(f, n * 37 % TMEM_OBJNODE_SLOTS), 0);
		for (i = 0; i < TMEM_OBJNODE_SLOTS; i++)
			KUNIT_ASSERT_EQ(test,
					get(f, i * 37 % TMEM_OBJNODE_SLOTS),
					i > n ? (int)i + 1 : -ENOENT);
	}
	KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
}

static struct kunit_case tree_cases[] = {
	KUNIT_CASE(test_tree_heights),
	KUNIT_CASE(test_tree_dense),
	KUNIT_CASE(test_tree_short_nodes),
	KUNIT_CASE(test_tree_sparse),
	{}
};

static struct kunit_suite tree_suite = {
	.name = "tmem_core_tree",
	.init = core_test_init,
	.exit = core_test_exit,
	.test_cases = tree_cases,
};

/* ---- pools and clients ---- */

static void test_pool_flags(struct kunit *test)
{
	struct tmem_client *c = fix(test)->client;
	int bit;

	for (bit = 2; bit < 32; bit++) {
		if (bit == TMEM_POOL_VERSION_SHIFT)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, tmem_new_pool(c, &uuid, BIT(bit)),
				    -EINVAL, "flag bit %d", bit);
	}
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, &uuid, TMEM_POOL_SHARED |
					    TMEM_POOL_PERSIST), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, TMEM_POOL_SHARED),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, TMEM_POOL_PERSIST |
			TMEM_SPEC_VERSION << TMEM_POOL_VERSION_SHIFT), 0);
}

static void test_pool_ids(struct kunit *test)
{
	struct tmem_client *c = fix(test)->client;
	int i;

	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, 0), i);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(c, 9), 0);
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(c, 9), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(c, 4), 0);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, 0), 4);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, 0), 9);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, 0), -ENOSPC);
}

static void test_pool_destroy(struct kunit *test)
{
	struct fixture *f = fix(test);
	u32 i;

	new_pool(test, TMEM_POOL_PERSIST);
	for (i = 0; i < 500; i++)
		KUNIT_ASSERT_EQ(test, put(f, i * 17), 0);
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(f->client, f->pool), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.pampds), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.objnodes), 0);
	KUNIT_EXPECT_EQ(test, put(f, 0), -ENODEV);
	/* The number again, and none of the old pages. */
	new_pool(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, get(f, 17), -ENOENT);
}

static void test_clients(struct kunit *test)
{
	struct fixture *f = fix(test);
	struct tmem_host *h = f->host.core;
	struct tmem_client *c;

	KUNIT_EXPECT_EQ(test, PTR_ERR(tmem_client_create(h, 1, 0)), -EINVAL);
	c = tmem_client_create(h, 1, TMEM_MAX_POOLS + 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(c), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(tmem_client_create(h, 7, 1)), -EEXIST);
	c = tmem_client_create(h, 8, TMEM_MAX_POOLS);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	/* They do not see each other's pools, even of one number. */
	new_pool(test, 0);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, tmem_flush_page(c, 0, &oid, 5), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, tmem_flush_page(c, 0, &oid, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
	tmem_client_destroy(c);
}

static void test_shared(struct kunit *test)
{
	static const struct tmem_uuid other = { { 1, 3 } };
	struct fixture *f = fix(test);
	struct stamp *s = page_address(f->page);
	struct tmem_client *c;

	new_pool(test, TMEM_POOL_SHARED);
	c = tmem_client_create(f->host.core, 8, 2);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(f->client, &uuid,
					    TMEM_POOL_SHARED), -EEXIST);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, &other, TMEM_POOL_SHARED), 0);
	KUNIT_EXPECT_EQ(test, tmem_new_pool(c, &uuid, TMEM_POOL_SHARED), 1);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, tmem_get(c, 0, &oid, 5, f->page), -ENOENT);
	s->version = 0;
	KUNIT_EXPECT_EQ(test, tmem_get(c, 1, &oid, 5, f->page), 0);
	KUNIT_EXPECT_EQ(test, s->version, f->version);
	/* Pages stay while one is in it; the last one out drops them. */
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(f->client, f->pool), 0);
	KUNIT_EXPECT_EQ(test, tmem_get(c, 1, &oid, 5, f->page), 0);
	new_pool(test, TMEM_POOL_SHARED);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
	tmem_client_destroy(c);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
	KUNIT_EXPECT_EQ(test, tmem_destroy_pool(f->client, f->pool), 0);
	new_pool(test, TMEM_POOL_SHARED);
	KUNIT_EXPECT_EQ(test, get(f, 5), -ENOENT);
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(test_pool_flags),
	KUNIT_CASE(test_pool_ids),
	KUNIT_CASE(test_pool_destroy),
	KUNIT_CASE(test_clients),
	KUNIT_CASE(test_shared),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "tmem_core_pools",
	.init = core_test_init,
	.exit = core_test_exit,
	.test_cases = pool_cases,
};

/* ---- registration of hosts ---- */

static int try_tables(const struct tmem_hostops *h, const struct tmem_pamops *p)
{
	struct tmem_host *host = tmem_register_host(h, p, NULL);

	return IS_ERR(host) ? PTR_ERR(host) : tmem_unregister_host(host);
}

#define HOST_WITHOUT(field) do {					\
	struct tmem_hostops __h = khost_hostops;			\
									\
	memset(&__h.field, 0, sizeof(__h.field));			\
	KUNIT_EXPECT_EQ_MSG(test, try_tables(&__h, &khost_pamops),	\
			    -EINVAL, "hostops without " #field);	\
} while (0)

#define PAM_WITHOUT(field) do {						\
	struct tmem_pamops __p = khost_pamops;				\
									\
	memset(&__p.field, 0, sizeof(__p.field));			\
	KUNIT_EXPECT_EQ_MSG(test, try_tables(&khost_hostops, &__p),	\
			    -EINVAL, "pamops without " #field);		\
} while (0)

static void test_register_bad(struct kunit *test)
{
	struct tmem_hostops h = khost_hostops;
	struct tmem_pamops p = khost_pamops;

	KUNIT_EXPECT_EQ(test, try_tables(NULL, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, try_tables(&h, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, try_tables(NULL, &p), -EINVAL);
	HOST_WITHOUT(version);
	HOST_WITHOUT(name);
	HOST_WITHOUT(obj_alloc);
	HOST_WITHOUT(obj_free);
	HOST_WITHOUT(objnode_alloc);
	HOST_WITHOUT(objnode_free);
	PAM_WITHOUT(version);
	PAM_WITHOUT(create);
	PAM_WITHOUT(hold);
	PAM_WITHOUT(get_data);
	PAM_WITHOUT(release);
	PAM_WITHOUT(free);
	h.version++;
	KUNIT_EXPECT_EQ(test, try_tables(&h, &p), -EINVAL);
	h.version--;
	p.version++;
	KUNIT_EXPECT_EQ(test, try_tables(&h, &p), -EINVAL);
	h.name = "";
	KUNIT_EXPECT_EQ(test, try_tables(&h, &khost_pamops), -EINVAL);
}

static void test_register_twice(struct kunit *test)
{
	struct tmem_hostops h = khost_hostops;
	struct tmem_pamops p = khost_pamops;

	KUNIT_EXPECT_EQ(test, try_tables(&khost_hostops, &khost_pamops),
			-EEXIST);
	h.name = "kunit2";
	p.create_finish = NULL;		/* optional */
	KUNIT_EXPECT_EQ(test, try_tables(&h, &p), 0);
	KUNIT_EXPECT_EQ(test, try_tables(&h, &p), 0);
}

static void test_unregister_busy(struct kunit *test)
{
	struct fixture *f = fix(test);

	KUNIT_EXPECT_EQ(test, tmem_unregister_host(f->host.core), -EBUSY);
	/* And it is as good as before. */
	KUNIT_EXPECT_PTR_EQ(test, tmem_host_priv(f->host.core),
			    (void *)&f->host);
	new_pool(test, 0);
	KUNIT_EXPECT_EQ(test, put(f, 5), 0);
	KUNIT_EXPECT_EQ(test, get(f, 5), f->version);
}

static struct kunit_case register_cases[] = {
	KUNIT_CASE(test_register_bad),
	KUNIT_CASE(test_register_twice),
	KUNIT_CASE(test_unregister_busy),
	{}
};

static struct kunit_suite register_suite = {
	.name = "tmem_core_register",
	.init = core_test_init,
	.exit = core_test_exit,
	.test_cases = register_cases,
};

/* ---- allocations that fail ---- */

/* Indexes that let a tree grow by none, one, and many nodes. */
static const u32 growing[] = { 0, 1, 100, 0x7fffffff, U32_MAX, 2, 70 };

/* Put them all with the nth allocation failing; how many puts were refused. */
static int put_all_failing(struct kunit *test, int nth)
{
	struct fixture *f = fix(test);
	int i, ret, refused = 0;

	atomic_set(&f->host.fail_alloc, nth);
	for (i = 0; i < ARRAY_SIZE(growing); i++) {
		struct tmem_pool_stats before = stats(test), after;

		ret = put(f, growing[i]);
		if (!ret) {
			KUNIT_EXPECT_EQ(test, get(f, growing[i]), f->version);
			continue;
		}
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		refused++;
		/* All or nothing: no stump of nodes, no empty object. */
		after = stats(test);
		KUNIT_EXPECT_EQ(test, get(f, growing[i]), -ENOENT);
		KUNIT_EXPECT_EQ(test, after.pages, before.pages);
		KUNIT_EXPECT_EQ(test, after.objs, before.objs);
		KUNIT_EXPECT_EQ(test, after.objnodes, before.objnodes);
	}
	atomic_set(&f->host.fail_alloc, 0);
	return refused;
}

static void test_nth_alloc_fails(struct kunit *test)
{
	struct fixture *f = fix(test);
	int nth = 1;

	new_pool(test, TMEM_POOL_PERSIST);
	while (put_all_failing(test, nth)) {
		tmem_flush_object(f->client, f->pool, &oid);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.pampds), 0);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.objnodes), 0);
		nth++;
	}
	/* A create each, one object, and a good many nodes. */
	KUNIT_EXPECT_GT(test, nth, ARRAY_SIZE(growing) + 10);
}

static struct kunit_case alloc_cases[] = {
	KUNIT_CASE(test_nth_alloc_fails),
	{}
};

static struct kunit_suite alloc_suite = {
	.name = "tmem_core_alloc",
	.init = core_test_init,
	.exit = core_test_exit,
	.test_cases = alloc_cases,
};

/* ---- threads ---- */

#define NR_THREADS	4
#define NR_OWN		64
#define NR_COMMON	4
#define RUN_MS		1500

/*
 * Object 0 belongs to all: what is found there must be whole and of its
 * handle.  Objects from 1 belong to one thread each, who knows what it put:
 * another version is an error, and so is none in a persistent pool.
 */
struct hammer {
	struct fixture *f;
	struct task_struct *task;
	int number;
	bool persistent;
	u64 own[NR_OWN];
	long errors, hits, operations;
};

static u32 own_index(int i)
{
	/* Neighbours, and some far away. */
	return i % 8 ? i : U32_MAX - i * 1000003;
}

static void hammer_own(struct hammer *h, struct page *page,
		       struct rnd_state *rnd)
{
	struct tmem_oid o = { { h->number + 1, 0, 0 } };
	int i = prandom_u32_state(rnd) % NR_OWN;
	long long found;

	switch (prandom_u32_state(rnd) % 8) {
	case 0:
		if (h->own[i] && h->persistent)
			h->errors += !!tmem_flush_page(h->f->client,
						       h->f->pool, &o,
						       own_index(i));
		else
			tmem_flush_page(h->f->client, h->f->pool, &o,
					own_index(i));
		h->own[i] = 0;
		break;
	case 1 ... 3:
		h->own[i] = prandom_u32_state(rnd) + 1ULL;
		/* No limit, so only memory can be short. */
		if (put_stamp(h->f, page, &o, own_index(i), h->own[i]))
			h->own[i] = 0;
		break;
	default:
		found = get_stamp(h->f, page, &o, own_index(i));
		if (found >= 0) {
			h->hits++;
			h->errors += found != h->own[i];
			if (!h->persistent)
				h->own[i] = 0;
		} else {
			h->errors += found != -ENOENT ||
				     (h->persistent && h->own[i]);
			h->own[i] = 0;
		}
	}
}

static void hammer_common(struct hammer *h, struct page *page,
			  struct rnd_state *rnd)
{
	struct tmem_oid o = { { 0, 0, 0 } };
	u32 index = prandom_u32_state(rnd) % NR_COMMON * 50;
	long long found;

	switch (prandom_u32_state(rnd) % 16) {
	case 0:
		tmem_flush_object(h->f->client, h->f->pool, &o);
		break;
	case 1:
		tmem_flush_range(h->f->client, h->f->pool, &o, 0, index);
		break;
	case 2 ... 3:
		tmem_flush_page(h->f->client, h->f->pool, &o, index);
		break;
	case 4 ... 9:
		put_stamp(h->f, page, &o, index, prandom_u32_state(rnd));
		break;
	default:
		found = get_stamp(h->f, page, &o, index);
		h->hits += found >= 0;
		h->errors += found < 0 && found != -ENOENT;
	}
}

static int hammer_thread(void *data)
{
	struct hammer *h = data;
	struct page *page = alloc_page(GFP_KERNEL);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, h->number + 99);
	while (page && !kthread_should_stop()) {
		if (prandom_u32_state(&rnd) % 2)
			hammer_own(h, page, &rnd);
		else
			hammer_common(h, page, &rnd);
		if (++h->operations % 64 == 0)
			cond_resched();
	}
	if (page)
		__free_page(page);
	else
		while (!kthread_should_stop())
			msleep(20);
	return 0;
}

static int evict_thread(void *data)
{
	struct hammer *h = data;

	while (!kthread_should_stop()) {
		khost_evict(&h->f->host);
		if (++h->operations % 16 == 0)
			usleep_range(50, 100);
	}
	return 0;
}

static void start_hammer(struct kunit *test, struct hammer *h,
			 int (*fn)(void *))
{
	h->task = kthread_run(fn, h, "tmem_hammer/%d", h->number);
	KUNIT_EXPECT_FALSE(test, IS_ERR(h->task));
}

static void stop_hammer(struct kunit *test, struct hammer *h)
{
	if (!IS_ERR(h->task))
		kthread_stop(h->task);
	KUNIT_EXPECT_EQ(test, h->errors, 0);
	KUNIT_EXPECT_GT(test, h->operations, 0);
}

static void run_hammers(struct kunit *test, u32 flags)
{
	struct hammer *h = kunit_kcalloc(test, NR_THREADS + 1, sizeof(*h),
					 GFP_KERNEL);
	struct fixture *f = fix(test);
	bool evict = !(flags & TMEM_POOL_PERSIST);
	struct tmem_pool_stats s;
	int i, nr = NR_THREADS + evict;
	struct tmem_oid o = {};
	long hits = 0;

	KUNIT_ASSERT_NOT_NULL(test, h);
	new_pool(test, flags);
	for (i = 0; i < nr; i++) {
		h[i].f = f;
		h[i].number = i;
		h[i].persistent = flags & TMEM_POOL_PERSIST;
		start_hammer(test, &h[i], i < NR_THREADS ? hammer_thread :
							   evict_thread);
	}
	msleep(RUN_MS);
	for (i = 0; i < nr; i++) {
		stop_hammer(test, &h[i]);
		hits += h[i].hits;
	}
	KUNIT_EXPECT_GT(test, hits, 100);

	/* What came in and has not gone is there. */
	s = stats(test);
	KUNIT_EXPECT_EQ(test, s.pages, s.puts - s.dup_puts - s.flushes -
			s.evicts - (flags ? 0 : s.gets));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.pampds), s.pages);
	for (i = 0; i <= NR_THREADS; i++) {
		o.oid[0] = i;
		tmem_flush_object(f->client, f->pool, &o);
	}
	wait_for_pages(test, 0);
	KUNIT_EXPECT_EQ(test, stats(test).objs, 0);
	KUNIT_EXPECT_EQ(test, stats(test).objnodes, 0);
}

static void test_threads_ephemeral(struct kunit *test)
{
	run_hammers(test, 0);
}

static void test_threads_persistent(struct kunit *test)
{
	run_hammers(test, TMEM_POOL_PERSIST);
}

/* Puts go on while their pool is destroyed and made again. */
static int put_thread(void *data)
{
	struct hammer *h = data;
	struct page *page = alloc_page(GFP_KERNEL);
	struct tmem_oid o = { { h->number, 1, 1 } };
	int ret;

	while (page && !kthread_should_stop()) {
		ret = put_stamp(h->f, page, &o, h->operations % 200, 1);
		h->errors += ret && ret != -ENODEV && ret != -ENOMEM;
		h->hits += !ret;
		if (++h->operations % 64 == 0)
			cond_resched();
	}
	if (page)
		__free_page(page);
	else
		while (!kthread_should_stop())
			msleep(20);
	return 0;
}

static void test_threads_destroy(struct kunit *test)
{
	struct hammer *h = kunit_kcalloc(test, NR_THREADS, sizeof(*h),
					 GFP_KERNEL);
	struct fixture *f = fix(test);
	int i, round;

	KUNIT_ASSERT_NOT_NULL(test, h);
	new_pool(test, TMEM_POOL_PERSIST);
	for (i = 0; i < NR_THREADS; i++) {
		h[i].f = f;
		h[i].number = i;
		start_hammer(test, &h[i], put_thread);
	}
	for (round = 0; round < 10; round++) {
		msleep(20);
		KUNIT_EXPECT_EQ(test, tmem_destroy_pool(f->client, f->pool), 0);
		/* No put slips in behind it. */
		KUNIT_EXPECT_EQ(test, atomic_long_read(&f->host.objnodes), 0);
		KUNIT_EXPECT_EQ(test, tmem_new_pool(f->client, NULL,
						    TMEM_POOL_PERSIST),
				f->pool);
	}
	for (i = 0; i < NR_THREADS; i++)
		stop_hammer(test, &h[i]);
}

static struct kunit_case thread_cases[] = {
	KUNIT_CASE_SLOW(test_threads_ephemeral),
	KUNIT_CASE_SLOW(test_threads_persistent),
	KUNIT_CASE_SLOW(test_threads_destroy),
	{}
};

static struct kunit_suite thread_suite = {
	.name = "tmem_core_threads",
	.init = core_test_init,
	.exit = core_test_exit,
	.test_cases = thread_cases,
};

kunit_test_suites(&ops_suite, &tree_suite, &pool_suite, &register_suite,
		  &alloc_suite, &thread_suite);

TMEM_IMPORT_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the tmem core");
