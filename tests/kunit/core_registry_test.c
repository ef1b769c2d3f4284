// SPDX-License-Identifier: GPL-2.0
/*
 * core_registry_test.c - KUnit tests of the registry of backends and frontends
 *
 * Backends and frontends here write down how they are called.  No other may
 * be loaded beside them, and backend= must be auto, the default.
 *
 * modules: tmem
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <compat/module.h>
#include <tmem/backend.h>

static const struct tmem_oid oid = { { 1, 2, 3 } };
static const struct tmem_uuid uuid = { { 4, 5 } };

/* ---- a backend that notes its calls ---- */

enum call { NONE, NEW, DESTROY, PUT, GET, FLUSH, FLUSH_OBJECT, FLUSH_RANGE };

static struct {
	enum call call;
	int id;
	u32 index, last, flags;
	const struct tmem_uuid *uuid;
	int ret;
	struct completion *inside, *go_on;
} seen;

static int note(enum call call, int id, u32 index, u32 last)
{
	seen.call = call;
	seen.id = id;
	seen.index = index;
	seen.last = last;
	return seen.ret;
}

static int new_pool(const struct tmem_uuid *u, u32 flags)
{
	seen.uuid = u;
	seen.flags = flags;
	return note(NEW, -1, 0, 0);
}

static int destroy_pool(int id)
{
	return note(DESTROY, id, 0, 0);
}

static int put_page_op(int id, const struct tmem_oid *oidp, u32 index,
		       struct page *page)
{
	if (seen.inside) {
		complete(seen.inside);
		wait_for_completion(seen.go_on);
	}
	return note(PUT, id, index, 0);
}

static int get_page_op(int id, const struct tmem_oid *oidp, u32 index,
		       struct page *page)
{
	return note(GET, id, index, 0);
}

static int flush_page_op(int id, const struct tmem_oid *oidp, u32 index)
{
	return note(FLUSH, id, index, 0);
}

static int flush_object_op(int id, const struct tmem_oid *oidp)
{
	return note(FLUSH_OBJECT, id, 0, 0);
}

static int flush_range_op(int id, const struct tmem_oid *oidp, u32 first,
			  u32 last)
{
	return note(FLUSH_RANGE, id, first, last);
}

#define BACKEND(b_name, ...) {						\
	.owner = THIS_MODULE,						\
	.version = TMEM_BACKEND_VERSION,				\
	.name = b_name,							\
	.new_pool = new_pool,						\
	.destroy_pool = destroy_pool,					\
	.put_page = put_page_op,					\
	.get_page = get_page_op,					\
	.flush_page = flush_page_op,					\
	.flush_object = flush_object_op,				\
	.flush_range = flush_range_op,					\
	__VA_ARGS__							\
}

static const struct tmem_backend_ops first = BACKEND("kunit-first");
static const struct tmem_backend_ops second = BACKEND("kunit-second");

/* ---- a frontend that notes its calls ---- */

struct note_frontend {
	struct tmem_frontend fe;
	int ups, downs;
	struct tmem_bpool pool;	/* made in up */
	/* What the backend said when the pool was given up in down. */
	int destroyed;
};

static void fe_up(struct tmem_frontend *fe)
{
	struct note_frontend *n = container_of(fe, struct note_frontend, fe);

	n->ups++;
	tmem_backend_new_pool(&n->pool, NULL, 0);
}

static void fe_down(struct tmem_frontend *fe)
{
	struct note_frontend *n = container_of(fe, struct note_frontend, fe);

	n->downs++;
	n->destroyed = tmem_backend_destroy_pool(&n->pool);
}

static struct note_frontend *make_frontend(struct kunit *test, const char *name)
{
	struct note_frontend *n = kunit_kzalloc(test, sizeof(*n), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, n);
	n->fe.name = name;
	n->fe.up = fe_up;
	n->fe.down = fe_down;
	n->pool = TMEM_NO_BPOOL;
	n->destroyed = 1;
	return n;
}

static int registry_test_init(struct kunit *test)
{
	memset(&seen, 0, sizeof(seen));
	if (tmem_backend_active()) {
		kunit_err(test, "a backend is loaded: unload it first\n");
		return -EBUSY;
	}
	return 0;
}

static void registry_test_exit(struct kunit *test)
{
	/* After a failed assertion; else -ENOENT. */
	tmem_unregister_backend(&second);
	tmem_unregister_backend(&first);
}

static void expect_name(struct kunit *test, const char *want)
{
	char name[32];

	tmem_backend_name(name, sizeof(name));
	KUNIT_EXPECT_STREQ(test, (const char *)name, want);
}

/* ---- misuse ---- */

#define WITHOUT(field) ({						\
	struct tmem_backend_ops __ops = first;				\
									\
	memset(&__ops.field, 0, sizeof(__ops.field));			\
	KUNIT_EXPECT_EQ_MSG(test, tmem_register_backend(&__ops),	\
			    -EINVAL, "a backend without " #field);	\
})

static void test_backend_misuse(struct kunit *test)
{
	struct tmem_backend_ops other = first;

	KUNIT_EXPECT_EQ(test, tmem_register_backend(NULL), -EINVAL);
	WITHOUT(version);
	WITHOUT(name);
	WITHOUT(new_pool);
	WITHOUT(destroy_pool);
	WITHOUT(put_page);
	WITHOUT(get_page);
	WITHOUT(flush_page);
	WITHOUT(flush_object);
	other.version++;
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&other), -EINVAL);
	other.version--;
	other.name = "";
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&other), -EINVAL);
	KUNIT_EXPECT_FALSE(test, tmem_backend_active());

	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), -ENOENT);
	KUNIT_ASSERT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), -EEXIST);
	/* Another table of the same name. */
	other.name = first.name;
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&other), -EEXIST);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&other), -ENOENT);
	expect_name(test, "kunit-first");
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), -ENOENT);
	expect_name(test, "none");
}

static void test_frontend_misuse(struct kunit *test)
{
	struct note_frontend *a = make_frontend(test, "kunit");
	struct note_frontend *b = make_frontend(test, "kunit");

	KUNIT_EXPECT_EQ(test, tmem_register_frontend(NULL), -EINVAL);
	b->fe.name = NULL;
	KUNIT_EXPECT_EQ(test, tmem_register_frontend(&b->fe), -EINVAL);
	b->fe.name = "kunit";
	b->fe.up = NULL;
	KUNIT_EXPECT_EQ(test, tmem_register_frontend(&b->fe), -EINVAL);
	b->fe.up = fe_up;
	b->fe.down = NULL;
	KUNIT_EXPECT_EQ(test, tmem_register_frontend(&b->fe), -EINVAL);
	b->fe.down = fe_down;

	KUNIT_ASSERT_EQ(test, tmem_register_frontend(&a->fe), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_frontend(&b->fe), -EEXIST);
	tmem_unregister_frontend(&a->fe);
	/* Nothing came, so nothing went. */
	KUNIT_EXPECT_EQ(test, a->ups + a->downs + b->ups + b->downs, 0);
}

/* ---- coming and going ---- */

static void test_frontend_first(struct kunit *test)
{
	struct note_frontend *fe = make_frontend(test, "kunit");

	KUNIT_ASSERT_EQ(test, tmem_register_frontend(&fe->fe), 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 1);
	KUNIT_EXPECT_EQ(test, fe->pool.id, 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, fe->downs, 1);
	/* The backend still took the call that gave the pool up. */
	KUNIT_EXPECT_EQ(test, fe->destroyed, 0);
	tmem_unregister_frontend(&fe->fe);
	KUNIT_EXPECT_EQ(test, fe->ups, 1);
	KUNIT_EXPECT_EQ(test, fe->downs, 1);
}

static void test_backend_first(struct kunit *test)
{
	struct note_frontend *fe = make_frontend(test, "kunit");

	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_TRUE(test, tmem_backend_active());
	KUNIT_ASSERT_EQ(test, tmem_register_frontend(&fe->fe), 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 1);
	tmem_unregister_frontend(&fe->fe);
	KUNIT_EXPECT_EQ(test, fe->downs, 1);
	KUNIT_EXPECT_EQ(test, fe->destroyed, 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 1);
	KUNIT_EXPECT_EQ(test, fe->downs, 1);
}

/* The second one waits for its turn; pools of the first are nobody's then. */
static void test_take_over(struct kunit *test)
{
	struct note_frontend *fe = make_frontend(test, "kunit");
	struct tmem_bpool old;
	struct tmem_pin pin;

	KUNIT_ASSERT_EQ(test, tmem_register_frontend(&fe->fe), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&second), 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 1);
	expect_name(test, "kunit-first");
	old = fe->pool;

	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	expect_name(test, "kunit-second");
	KUNIT_EXPECT_EQ(test, fe->downs, 1);
	KUNIT_EXPECT_EQ(test, fe->ups, 2);

	/* The same number, but another activation. */
	KUNIT_EXPECT_EQ(test, fe->pool.id, old.id);
	seen.call = NONE;
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(old, &oid, 1, NULL),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_get_page(old, &oid, 1, NULL),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(old, &oid, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(old, &oid), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_range(old, &oid, 1, 2),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_pin(old, &pin), -ENODEV);
	KUNIT_EXPECT_NULL(test, pin.owner);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&old), -ENODEV);
	KUNIT_EXPECT_EQ(test, seen.call, NONE);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(fe->pool, &oid, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, seen.call, PUT);

	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&second), 0);
	KUNIT_EXPECT_EQ(test, fe->downs, 2);
	tmem_unregister_frontend(&fe->fe);
}

/* One that has nothing any more stays, but serves never again. */
static void test_yield(struct kunit *test)
{
	struct note_frontend *fe = make_frontend(test, "kunit");
	struct tmem_bpool old;

	KUNIT_ASSERT_EQ(test, tmem_register_frontend(&fe->fe), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_yield(&first), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	/* Nobody is there to take over: nothing changes. */
	KUNIT_EXPECT_EQ(test, tmem_backend_yield(&first), -ENODEV);
	KUNIT_EXPECT_EQ(test, fe->downs, 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(fe->pool, &oid, 1, NULL), 0);

	KUNIT_EXPECT_EQ(test, tmem_register_backend(&second), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_yield(&second), -ENOENT);
	old = fe->pool;
	KUNIT_EXPECT_EQ(test, tmem_backend_yield(&first), 0);
	expect_name(test, "kunit-second");
	KUNIT_EXPECT_EQ(test, fe->downs, 1);
	KUNIT_EXPECT_EQ(test, fe->destroyed, 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(old, &oid, 1, NULL),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(fe->pool, &oid, 1, NULL), 0);

	KUNIT_EXPECT_EQ(test, tmem_backend_yield(&first), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_yield(&second), -ENODEV);
	expect_name(test, "kunit-second");
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&second), 0);
	/* Not the one that has yielded, until it comes anew. */
	KUNIT_EXPECT_FALSE(test, tmem_backend_active());
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	expect_name(test, "kunit-first");
	KUNIT_EXPECT_EQ(test, fe->ups, 3);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	tmem_unregister_frontend(&fe->fe);
}

/* An idle one may go without a sound. */
static void test_idle_goes(struct kunit *test)
{
	struct note_frontend *fe = make_frontend(test, "kunit");

	KUNIT_ASSERT_EQ(test, tmem_register_frontend(&fe->fe), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&second), 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&second), 0);
	KUNIT_EXPECT_EQ(test, fe->ups, 1);
	KUNIT_EXPECT_EQ(test, fe->downs, 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(fe->pool, &oid, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	tmem_unregister_frontend(&fe->fe);
}

/* ---- calls ---- */

static void test_calls(struct kunit *test)
{
	struct tmem_bpool bp;

	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	seen.ret = 12;
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, &uuid,
						    TMEM_POOL_SHARED), 0);
	KUNIT_EXPECT_EQ(test, bp.id, 12);
	KUNIT_EXPECT_EQ(test, seen.flags, (u32)TMEM_POOL_SHARED);
	KUNIT_EXPECT_PTR_EQ(test, seen.uuid, &uuid);

	/* What the backend says is what the frontend hears. */
	seen.ret = -E2BIG;
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(bp, &oid, 7, NULL), -E2BIG);
	KUNIT_EXPECT_EQ(test, seen.call, PUT);
	KUNIT_EXPECT_EQ(test, seen.id, 12);
	KUNIT_EXPECT_EQ(test, seen.index, 7);
	seen.ret = -ENOENT;
	KUNIT_EXPECT_EQ(test, tmem_backend_get_page(bp, &oid, 8, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, seen.call, GET);
	KUNIT_EXPECT_EQ(test, seen.index, 8);
	seen.ret = 0;
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &oid, 9), 0);
	KUNIT_EXPECT_EQ(test, seen.call, FLUSH);
	KUNIT_EXPECT_EQ(test, seen.index, 9);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(bp, &oid), 0);
	KUNIT_EXPECT_EQ(test, seen.call, FLUSH_OBJECT);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_range(bp, &oid, 3, U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, seen.call, FLUSH_RANGE);
	KUNIT_EXPECT_EQ(test, seen.index, 3);
	KUNIT_EXPECT_EQ(test, seen.last, U32_MAX);
	/* It cannot say. */
	KUNIT_EXPECT_TRUE(test, tmem_backend_holds(bp, &oid));
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	KUNIT_EXPECT_EQ(test, seen.call, DESTROY);
	/* Once is enough: it is no pool any more. */
	KUNIT_EXPECT_LT(test, bp.id, 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
}

static int pages_op(int id, struct tmem_run *run)
{
	note(NONE, id, run->index, run->nr);
	run->done = 5;
	run->err[0] = 0;
	run->err[1] = -EIO;
	run->err[2] = 0;
	return seen.ret;
}

static void test_runs(struct kunit *test)
{
	struct page *none[TMEM_RUN_PAGES] = {};
	struct tmem_run run = {
		.oidp = &oid, .index = 7, .nr = 3, .want = 7, .pages = none,
	};
	struct tmem_backend_ops with = second;
	struct tmem_bpool bp = TMEM_NO_BPOOL;

	/* Nobody is there. */
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &run), 0U);
	KUNIT_EXPECT_EQ(test, run.err[2], -ENODEV);

	/* One who takes single pages. */
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
	run.want = 6;
	run.err[0] = 99;
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &run), 6U);
	KUNIT_EXPECT_EQ(test, run.done, 6U);
	KUNIT_EXPECT_EQ(test, run.err[0], 99);
	KUNIT_EXPECT_EQ(test, run.err[1] | run.err[2], 0);
	KUNIT_EXPECT_EQ(test, seen.call, PUT);
	KUNIT_EXPECT_EQ(test, seen.index, 9U);
	seen.ret = -ENOENT;
	KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run), 0U);
	KUNIT_EXPECT_EQ(test, run.err[0], 99);
	KUNIT_EXPECT_EQ(test, run.err[1], -ENOENT);
	KUNIT_EXPECT_EQ(test, seen.call, GET);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);

	/* One who takes runs. */
	with.put_pages = pages_op;
	with.get_pages = pages_op;
	seen.ret = 0;
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&with), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
	run.want = 7;
	KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run), 5U);
	KUNIT_EXPECT_EQ(test, run.err[1], -EIO);
	KUNIT_EXPECT_EQ(test, seen.last, 3U);
	/* An errno is the answer for every page. */
	seen.ret = -EINVAL;
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &run), 0U);
	KUNIT_EXPECT_EQ(test, run.done, 0U);
	KUNIT_EXPECT_EQ(test, run.err[0], -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&with), 0);
}

static void test_no_pool(struct kunit *test)
{
	struct tmem_bpool bp = { .id = 5 };
	struct tmem_pin pin;

	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), -ENODEV);
	KUNIT_EXPECT_LT(test, bp.id, 0);
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	seen.ret = -ENOMEM;
	bp.id = 5;
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), -ENOMEM);
	KUNIT_EXPECT_LT(test, bp.id, 0);
	seen.ret = 0;
	seen.call = NONE;
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(bp, &oid, 1, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_get_page(bp, &oid, 1, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &oid, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(bp, &oid), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_pin(bp, &pin), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_fullness(bp), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_compact(bp), -ENODEV);
	KUNIT_EXPECT_EQ(test, seen.call, NONE);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
}

/* A backend without flush_range: one page is one page, more is the object. */
static void test_no_flush_range(struct kunit *test)
{
	struct tmem_backend_ops *ops = kunit_kzalloc(test, sizeof(*ops),
						     GFP_KERNEL);
	struct tmem_bpool bp;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	*ops = first;
	ops->flush_range = NULL;
	KUNIT_ASSERT_EQ(test, tmem_register_backend(ops), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_range(bp, &oid, 4, 4), 0);
	KUNIT_EXPECT_EQ(test, seen.call, FLUSH);
	KUNIT_EXPECT_EQ(test, seen.index, 4);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_range(bp, &oid, 4, 5), 0);
	KUNIT_EXPECT_EQ(test, seen.call, FLUSH_OBJECT);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(ops), 0);
}

static void test_pin(struct kunit *test)
{
	struct tmem_bpool bp;

	KUNIT_EXPECT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
#ifdef CONFIG_MODULE_UNLOAD
	{
		int refs = module_refcount(THIS_MODULE);
		struct tmem_pin pin, other, none = TMEM_NO_PIN;

		KUNIT_EXPECT_EQ(test, tmem_backend_pin(bp, &pin), 0);
		KUNIT_EXPECT_EQ(test, tmem_backend_pin(bp, &other), 0);
		KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 2);
		tmem_backend_unpin(&other);
		KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
		/* A second time, and for nothing: no effect. */
		tmem_backend_unpin(&other);
		tmem_backend_unpin(&none);
		KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
		/* The pool has gone, the backend has: the reference has not. */
		KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
		KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
		KUNIT_EXPECT_EQ(test, tmem_register_backend(&second), 0);
		KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
		tmem_backend_unpin(&pin);
		KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);
		KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&second), 0);
		return;
	}
#endif
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
}

static unsigned int fullness_op(void)
{
	return 421;
}

static unsigned int compactions;

static void compact_op(void)
{
	compactions++;
}

static void test_fullness_and_compact(struct kunit *test)
{
	struct tmem_backend_ops *ops = kunit_kzalloc(test, sizeof(*ops),
						     GFP_KERNEL);
	struct tmem_bpool bp;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	*ops = first;
	KUNIT_ASSERT_EQ(test, tmem_register_backend(ops), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_fullness(bp), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, tmem_backend_compact(bp), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(ops), 0);

	ops->fullness = fullness_op;
	ops->compact = compact_op;
	compactions = 0;
	KUNIT_ASSERT_EQ(test, tmem_register_backend(ops), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_fullness(bp), -ENODEV);
	KUNIT_EXPECT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_fullness(bp), 421);
	KUNIT_EXPECT_EQ(test, tmem_backend_compact(bp), 0);
	KUNIT_EXPECT_EQ(test, compactions, 1);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(ops), 0);
}

/* ---- a call under way ---- */

struct caller {
	struct tmem_bpool bp;
	struct completion done;
	int ret;
};

static int call_put(void *data)
{
	struct caller *c = data;

	c->ret = tmem_backend_put_page(c->bp, &oid, 1, NULL);
	/* No code of this module runs after that. */
	kthread_complete_and_exit(&c->done, 0);
}

struct remover {
	struct completion done;
};

static int call_unregister(void *data)
{
	struct remover *r = data;

	tmem_unregister_backend(&first);
	kthread_complete_and_exit(&r->done, 0);
}

/* Unregistering waits for a put that sleeps in the backend. */
static void test_drain(struct kunit *test)
{
	struct remover *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct caller *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct completion inside, go_on;
	struct task_struct *task;

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_NOT_NULL(test, r);
	init_completion(&inside);
	init_completion(&go_on);
	init_completion(&c->done);
	init_completion(&r->done);
	KUNIT_ASSERT_EQ(test, tmem_register_backend(&first), 0);
	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&c->bp, NULL, 0), 0);
	seen.inside = &inside;
	seen.go_on = &go_on;
	task = kthread_run(call_put, c, "tmem_put");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&inside);

	task = kthread_run(call_unregister, r, "tmem_unregister");
	if (IS_ERR(task)) {
		complete(&go_on);
		wait_for_completion(&c->done);
		KUNIT_FAIL(test, "no thread");
		return;
	}
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&r->done, HZ / 5), 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&c->done));
	complete(&go_on);
	wait_for_completion(&c->done);
	wait_for_completion(&r->done);
	KUNIT_EXPECT_EQ(test, c->ret, 0);
	seen.inside = NULL;
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(c->bp, &oid, 1, NULL),
			-ENODEV);
	KUNIT_EXPECT_FALSE(test, tmem_backend_active());
}

/* xen before any other, but never under a frontend. */
static void test_xen_preferred(struct kunit *test)
{
	static const struct tmem_backend_ops xen = BACKEND("xen", .hypervisor = true);
	struct note_frontend *n = make_frontend(test, "kunit");

	KUNIT_ASSERT_EQ(test, tmem_register_backend(&first), 0);
	expect_name(test, "kunit-first");
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&xen), 0);
	expect_name(test, "xen");
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&second), 0);
	expect_name(test, "xen");
	KUNIT_EXPECT_EQ(test, tmem_register_frontend(&n->fe), 0);
	KUNIT_EXPECT_EQ(test, n->ups, 1);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&xen), 0);
	expect_name(test, "kunit-first");
	KUNIT_EXPECT_EQ(test, n->ups, 2);
	KUNIT_EXPECT_EQ(test, n->downs, 1);
	/* There is a frontend: the one that serves goes on. */
	KUNIT_EXPECT_EQ(test, tmem_register_backend(&xen), 0);
	expect_name(test, "kunit-first");
	KUNIT_EXPECT_EQ(test, n->downs, 1);
	/* Second in the list, but not the second choice. */
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&first), 0);
	expect_name(test, "xen");
	KUNIT_EXPECT_EQ(test, n->ups, 3);
	tmem_unregister_frontend(&n->fe);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&xen), 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_backend(&second), 0);
}

static struct kunit_case registry_cases[] = {
	KUNIT_CASE(test_backend_misuse),
	KUNIT_CASE(test_frontend_misuse),
	KUNIT_CASE(test_frontend_first),
	KUNIT_CASE(test_backend_first),
	KUNIT_CASE(test_take_over),
	KUNIT_CASE(test_yield),
	KUNIT_CASE(test_idle_goes),
	KUNIT_CASE(test_xen_preferred),
	KUNIT_CASE(test_calls),
	KUNIT_CASE(test_runs),
	KUNIT_CASE(test_no_pool),
	KUNIT_CASE(test_no_flush_range),
	KUNIT_CASE(test_pin),
	KUNIT_CASE(test_fullness_and_compact),
	KUNIT_CASE(test_drain),
	{}
};

static struct kunit_suite registry_suite = {
	.name = "tmem_registry",
	.init = registry_test_init,
	.exit = registry_test_exit,
	.test_cases = registry_cases,
};

kunit_test_suites(&registry_suite);

TMEM_IMPORT_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of tmem's registry of backends");
