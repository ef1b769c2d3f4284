// SPDX-License-Identifier: GPL-2.0
/*
 * cleancache_ring_test.c - KUnit tests of the ring of src/cleancache/ring.c
 *
 * The ring serves kernels with cleancache of their own, but depends on none:
 * it is compiled into this module, over a backend that can be held up in the
 * middle of a put, which is when things go wrong.
 *
 * modules: tmem
 */
#include "../../src/cleancache/ring.c"
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/string.h>
#include <compat/module.h>

#define RING	16
#define OBJECTS	4
#define PAGES	24
/* Only for holding the worker up. */
#define STOPPER	(OBJECTS - 1)

DEFINE_SRCU(cc_srcu);
DEFINE_PER_CPU(struct cc_stats, cc_stats);
unsigned int cc_test_break;

/* ---- a backend that remembers the version of each page, and can be held ---- */

static u32 held[OBJECTS][PAGES];	/* 0: nothing */
static DEFINE_SPINLOCK(held_lock);
static bool refuse;			/* every third put */
static unsigned int puts;
static struct completion *inside, *go_on;

static u32 *slot(const struct tmem_oid *oidp, u32 index)
{
	return &held[oidp->oid[0]][index];
}

static u32 page_version(struct page *page)
{
	u32 *p = page_address(page);

	/* half a copy is no copy */
	return p[0] == p[PAGE_SIZE / sizeof(u32) - 1] ? p[0] : ~0U;
}

static int be_new_pool(const struct tmem_uuid *uuid, u32 flags)
{
	return 0;
}

static int be_destroy_pool(int id)
{
	return 0;
}

static int be_put(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	u32 version = page_version(page);
	unsigned long flags;
	int ret = 0;

	if (READ_ONCE(inside)) {
		complete(inside);
		wait_for_completion(go_on);
	}
	spin_lock_irqsave(&held_lock, flags);
	if (refuse && !(++puts % 3)) {
		version = 0;
		ret = -ENOSPC;
	}
	*slot(oidp, index) = version;
	spin_unlock_irqrestore(&held_lock, flags);
	return ret;
}

static u32 take(const struct tmem_oid *oidp, u32 index)
{
	unsigned long flags;
	u32 version;

	spin_lock_irqsave(&held_lock, flags);
	version = *slot(oidp, index);
	*slot(oidp, index) = 0;
	spin_unlock_irqrestore(&held_lock, flags);
	return version;
}

static int be_get(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	u32 version = take(oidp, index);

	if (!version)
		return -ENOENT;
	memset32(page_address(page), version, PAGE_SIZE / sizeof(u32));
	return 0;
}

static int be_flush_page(int id, const struct tmem_oid *oidp, u32 index)
{
	return take(oidp, index) ? 0 : -ENOENT;
}

static int be_flush_object(int id, const struct tmem_oid *oidp)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		take(oidp, i);
	return 0;
}

static const struct tmem_backend_ops backend = {
	.owner = THIS_MODULE,
	.version = TMEM_BACKEND_VERSION,
	.name = "kunit-ring",
	.new_pool = be_new_pool,
	.destroy_pool = be_destroy_pool,
	.put_page = be_put,
	.get_page = be_get,
	.flush_page = be_flush_page,
	.flush_object = be_flush_object,
};

/* ---- the frontend: what native.c does with the ring ---- */

static struct cc_pool pool;

static struct tmem_oid oid_of(u32 object)
{
	return (struct tmem_oid){ { object, 0, 0 } };
}

static void flush(u32 object, u32 index)
{
	struct tmem_oid oid = oid_of(object);
	int idx = srcu_read_lock(&cc_srcu);

	cc_ring_cancel_page(&pool, &oid, index);
	tmem_backend_flush_page(pool.bpool, &oid, index);
	srcu_read_unlock(&cc_srcu, idx);
}

static void flush_object(u32 object)
{
	struct tmem_oid oid = oid_of(object);
	int idx = srcu_read_lock(&cc_srcu);

	cc_ring_cancel_object(&pool, &oid);
	tmem_backend_flush_object(pool.bpool, &oid);
	srcu_read_unlock(&cc_srcu, idx);
}

static bool put(struct page *page, u32 object, u32 index, u32 version)
{
	struct tmem_oid oid = oid_of(object);
	unsigned long flags;
	bool ok;
	int idx;

	memset32(page_address(page), version, PAGE_SIZE / sizeof(u32));
	idx = srcu_read_lock(&cc_srcu);
	/* as under the i_pages lock */
	local_irq_save(flags);
	ok = cc_ring_put(&pool, &oid, index, page);
	local_irq_restore(flags);
	srcu_read_unlock(&cc_srcu, idx);
	/* what is left in the page must not pass for what a get brings */
	memset32(page_address(page), ~0U, PAGE_SIZE / sizeof(u32));
	if (!ok)
		flush(object, index);
	return ok;
}

/* The version that a get brings, 0 if it misses. */
static u32 get(struct page *page, u32 object, u32 index)
{
	struct tmem_oid oid = oid_of(object);
	int idx = srcu_read_lock(&cc_srcu);
	u32 ret = 0;

	cc_ring_help();
	switch (cc_ring_get(&pool, &oid, index, page)) {
	case CC_RING_HIT:
		tmem_backend_flush_page(pool.bpool, &oid, index);
		ret = page_version(page);
		break;
	case CC_RING_NONE:
		if (!tmem_backend_get_page(pool.bpool, &oid, index, page))
			ret = page_version(page);
		break;
	case CC_RING_BUSY:
		break;
	}
	srcu_read_unlock(&cc_srcu, idx);
	return ret;
}

/* ---- holding the worker up ---- */

struct hold {
	struct completion inside, go_on;
};

/* Until release_worker(), the worker is in the middle of putting that page. */
static void hold_worker(struct hold *h, struct page *page, u32 object,
			u32 index, u32 version)
{
	init_completion(&h->inside);
	init_completion(&h->go_on);
	go_on = &h->go_on;
	WRITE_ONCE(inside, &h->inside);
	put(page, object, index, version);
	wait_for_completion(&h->inside);
	WRITE_ONCE(inside, NULL);
}

static void settle(void)
{
	flush_workqueue(ring_wq);
}

static void release_worker(struct hold *h)
{
	complete(&h->go_on);
	settle();
}

static unsigned int nr_free(void)
{
	struct cc_entry *e;
	unsigned int n = 0;

	spin_lock_irq(&ring_lock);
	list_for_each_entry(e, &free_entries, list)
		n++;
	spin_unlock_irq(&ring_lock);
	return n;
}

static struct page *test_page(struct kunit *test)
{
	void *mem = (void *)__get_free_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	return virt_to_page(mem);
}

/* ---- one after another ---- */

static void written_by_worker(struct kunit *test)
{
	struct page *page = test_page(test);
	u32 i;

	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_TRUE(test, put(page, 0, i, 100 + i));
	settle();
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_EQ(test, held[0][i], 100 + i);
		KUNIT_EXPECT_EQ(test, get(page, 0, i), 100 + i);
		KUNIT_EXPECT_EQ(test, get(page, 0, i), 0U);
	}
	__free_page(page);
}

static void hit_on_the_way(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;

	hold_worker(&h, page, STOPPER, 0, 1);
	put(page, 0, 3, 42);
	put(page, 0, 4, 43);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 42U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	release_worker(&h);
	/* what was got is not written after all */
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	KUNIT_EXPECT_EQ(test, held[0][4], 43U);
	__free_page(page);
}

/* An older copy is in the backend when the newer one is got from the ring. */
static void hit_hides_older(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;

	put(page, 0, 3, 42);
	settle();
	hold_worker(&h, page, STOPPER, 0, 1);
	put(page, 0, 3, 43);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 43U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	__free_page(page);
}

static void put_put_get(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;

	hold_worker(&h, page, STOPPER, 0, 1);
	put(page, 0, 3, 42);
	put(page, 0, 3, 43);
	KUNIT_EXPECT_EQ(test, nr_free(), RING - 2U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 43U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	__free_page(page);
}

static void get_while_written(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;

	hold_worker(&h, page, 0, 3, 42);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	release_worker(&h);
	/* get-get: it missed, so it stays missing */
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	__free_page(page);
}

static void flush_while_written(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;

	hold_worker(&h, page, 0, 3, 42);
	flush(0, 3);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	__free_page(page);
}

static void put_while_written(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;

	hold_worker(&h, page, 0, 3, 42);
	put(page, 0, 3, 43);
	put(page, 0, 4, 44);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, held[0][3], 43U);
	KUNIT_EXPECT_EQ(test, held[0][4], 44U);

	hold_worker(&h, page, 0, 3, 45);
	put(page, 0, 3, 46);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 46U);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	__free_page(page);
}

static void readers_help(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;
	u32 i;

	hold_worker(&h, page, STOPPER, 0, 1);
	for (i = 0; i < RING / 2 + 1; i++)
		put(page, 0, i, 100 + i);
	/* a miss elsewhere; one page, and then the ring is half full only */
	KUNIT_EXPECT_EQ(test, get(page, 1, 0), 0U);
	KUNIT_EXPECT_EQ(test, held[0][0], 100U);
	KUNIT_EXPECT_EQ(test, held[0][1], 0U);
	KUNIT_EXPECT_EQ(test, get(page, 1, 0), 0U);
	KUNIT_EXPECT_EQ(test, held[0][1], 0U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 0), 100U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 1), 101U);
	release_worker(&h);
	for (i = 2; i < RING / 2 + 1; i++)
		KUNIT_EXPECT_EQ(test, held[0][i], 100 + i);
	__free_page(page);
}

/* A helper writes a newer copy before the worker is done with the older one. */
static void older_written_last(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;
	u32 i;

	hold_worker(&h, page, 0, 3, 42);
	put(page, 0, 3, 43);
	for (i = 0; i < RING / 2; i++)
		put(page, 1, i, 100 + i);
	get(page, 2, 0);
	KUNIT_EXPECT_EQ(test, held[0][3], 43U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	__free_page(page);
}

static void refused_put(struct kunit *test)
{
	struct page *page = test_page(test);

	put(page, 0, 3, 42);
	settle();
	refuse = true;
	puts = 2;
	put(page, 0, 3, 43);
	settle();
	KUNIT_EXPECT_EQ(test, get(page, 0, 3), 0U);
	__free_page(page);
}

static void full(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;
	u32 i;

	put(page, 0, RING, 1);
	settle();
	hold_worker(&h, page, STOPPER, 0, 1);
	for (i = 0; i < RING - 1; i++)
		KUNIT_EXPECT_TRUE(test, put(page, 0, i, 100 + i));
	KUNIT_EXPECT_FALSE(test, put(page, 0, RING, 2));
	/* neither the new nor the older one */
	KUNIT_EXPECT_EQ(test, get(page, 0, RING), 0U);
	/* one that is there already makes its own room */
	KUNIT_EXPECT_TRUE(test, put(page, 0, 5, 200));
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, nr_free(), (unsigned int)RING);
	for (i = 0; i < RING - 1; i++)
		KUNIT_EXPECT_EQ(test, held[0][i], i == 5 ? 200 : 100 + i);
	__free_page(page);
}

static void object_cancelled(struct kunit *test)
{
	struct page *page = test_page(test);
	struct hold h;
	u32 i;

	hold_worker(&h, page, 0, 9, 42);
	for (i = 0; i < 4; i++) {
		put(page, 0, i, 100 + i);
		put(page, 1, i, 200 + i);
	}
	flush_object(0);
	KUNIT_EXPECT_EQ(test, nr_free(), RING - 5U);
	release_worker(&h);
	KUNIT_EXPECT_EQ(test, held[0][9], 0U);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, held[0][i], 0U);
		KUNIT_EXPECT_EQ(test, held[1][i], 200 + i);
	}
	__free_page(page);
}

/* A flush comes while the page is being copied. */
static void cancelled_while_filled(struct kunit *test)
{
	struct tmem_oid oid = oid_of(0);
	struct cc_entry *e;

	spin_lock_irq(&ring_lock);
	e = cc_claim(&pool, &oid, 3);
	spin_unlock_irq(&ring_lock);
	KUNIT_ASSERT_NOT_NULL(test, e);
	KUNIT_EXPECT_FALSE(test, e->cancelled);
	flush_object(0);
	KUNIT_EXPECT_TRUE(test, e->cancelled);
	KUNIT_EXPECT_EQ(test, nr_free(), RING - 1U);
	spin_lock_irq(&ring_lock);
	cc_release(e);
	spin_unlock_irq(&ring_lock);
}

/* As native.c closes a pool: a grace period, cancel, and another one. */
static void pool_cancelled(struct kunit *test)
{
	struct page *page = test_page(test);
	struct tmem_bpool bpool = pool.bpool;
	struct hold h;
	u32 i;

	hold_worker(&h, page, 0, 9, 42);
	for (i = 0; i < 4; i++)
		put(page, 0, i, 100 + i);
	WRITE_ONCE(pool.bpool, TMEM_NO_BPOOL);
	cc_ring_cancel_pool(&pool);
	complete(&h.go_on);
	synchronize_srcu(&cc_srcu);
	/* not settle(): this alone has to be enough */
	KUNIT_EXPECT_EQ(test, nr_free(), (unsigned int)RING);
	KUNIT_EXPECT_EQ(test, held[0][9], 0U);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, held[0][i], 0U);
	pool.bpool = bpool;
	__free_page(page);
}

static void let_go_late(struct work_struct *work)
{
	msleep(200);
	complete(go_on);
}

/* Other clients of a shared pool must not see what was flushed here. */
static void shared_waits(struct kunit *test)
{
	struct page *page = test_page(test);
	struct work_struct late;
	struct hold h;

	pool.shared = true;
	hold_worker(&h, page, 0, 3, 42);
	INIT_WORK_ONSTACK(&late, let_go_late);
	schedule_work(&late);
	flush_object(0);
	KUNIT_EXPECT_EQ(test, held[0][3], 0U);
	KUNIT_EXPECT_EQ(test, nr_free(), (unsigned int)RING);
	flush_work(&late);
	destroy_work_on_stack(&late);
	settle();
	__free_page(page);
}

/* ---- all at once ---- */

#define ROUNDS	20000

/**
 * struct client - one that owns the pages of an object, as page locks would
 * @test: the test
 * @object: the object
 * @last: of each page the version that a get may bring; 0: none
 * @wrong: gets that brought something else
 * @hits: gets that brought something
 * @done: it has ended
 */
struct client {
	struct kunit *test;
	u32 object;
	u32 last[PAGES];
	unsigned int wrong, hits;
	struct completion done;
};

static int client_thread(void *arg)
{
	struct client *c = arg;
	u32 seed = c->object * 7919 + 1, version = 0, i, n, got;
	struct page *page = alloc_page(GFP_KERNEL);

	for (n = 0; page && n < ROUNDS; n++) {
		seed = seed * 1664525 + 1013904223;
		i = (seed >> 8) % PAGES;
		switch ((seed >> 24) % 8) {
		case 0 ... 3:
			c->last[i] = put(page, c->object, i, ++version) ?
				     version : 0;
			break;
		case 4 ... 5:
			got = get(page, c->object, i);
			if (got && got != c->last[i])
				c->wrong++;
			c->hits += !!got;
			c->last[i] = 0;
			break;
		case 6:
			flush(c->object, i);
			c->last[i] = 0;
			break;
		default:
			if ((seed >> 16) % 16)
				break;
			flush_object(c->object);
			memset(c->last, 0, sizeof(c->last));
		}
		if (!(n % 64))
			cond_resched();
	}
	if (page)
		__free_page(page);
	complete(&c->done);
	return 0;
}

static void never_older(struct kunit *test)
{
	struct client *c = kunit_kzalloc(test, STOPPER * sizeof(*c), GFP_KERNEL);
	unsigned int i, k, hits = 0;
	struct task_struct *t;

	KUNIT_ASSERT_NOT_NULL(test, c);
	refuse = true;
	for (i = 0; i < STOPPER; i++) {
		c[i].object = i;
		init_completion(&c[i].done);
		t = kthread_run(client_thread, &c[i], "ring-client");
		if (IS_ERR(t)) {
			KUNIT_FAIL(test, "no thread");
			complete(&c[i].done);
		}
	}
	for (i = 0; i < STOPPER; i++)
		wait_for_completion(&c[i].done);
	settle();
	for (i = 0; i < STOPPER; i++) {
		KUNIT_EXPECT_EQ(test, c[i].wrong, 0U);
		hits += c[i].hits;
		for (k = 0; k < PAGES; k++)
			if (held[i][k])
				KUNIT_EXPECT_EQ(test, held[i][k], c[i].last[k]);
	}
	KUNIT_EXPECT_EQ(test, nr_free(), (unsigned int)RING);
	KUNIT_EXPECT_GT(test, hits, 100U);
}

static int ring_test_init(struct kunit *test)
{
	int ret;

	memset(held, 0, sizeof(held));
	refuse = false;
	inside = NULL;
	ret = tmem_register_backend(&backend);
	if (ret)
		return ret;
	memset(&pool, 0, sizeof(pool));
	ret = tmem_backend_new_pool(&pool.bpool, NULL, 0);
	if (ret)
		goto err;
	ring_pages = RING;
	INIT_LIST_HEAD(&free_entries);
	ret = cc_ring_init();
	if (!ret)
		return 0;
err:
	tmem_unregister_backend(&backend);
	return ret;
}

static void ring_test_exit(struct kunit *test)
{
	cc_ring_exit();
	tmem_unregister_backend(&backend);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(written_by_worker),
	KUNIT_CASE(hit_on_the_way),
	KUNIT_CASE(hit_hides_older),
	KUNIT_CASE(put_put_get),
	KUNIT_CASE(get_while_written),
	KUNIT_CASE(flush_while_written),
	KUNIT_CASE(put_while_written),
	KUNIT_CASE(readers_help),
	KUNIT_CASE(older_written_last),
	KUNIT_CASE(refused_put),
	KUNIT_CASE(full),
	KUNIT_CASE(object_cancelled),
	KUNIT_CASE(cancelled_while_filled),
	KUNIT_CASE(pool_cancelled),
	KUNIT_CASE(shared_waits),
	KUNIT_CASE(never_older),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "cleancache_ring",
	.init = ring_test_init,
	.exit = ring_test_exit,
	.test_cases = ring_cases,
};

kunit_test_suites(&ring_suite);

TMEM_IMPORT_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the cleancache ring");
