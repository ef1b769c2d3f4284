// SPDX-License-Identifier: GPL-2.0
/*
 * remote_test.c - KUnit tests of where a store and a carrier meet
 *
 * The carrier here keeps values in an array and notes how it is
 * called.  No other may be loaded beside it.
 *
 * modules: tmem
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <compat/module.h>
#include <tmem/remote.h>

#define VALUES	TMEM_REMOTE_BATCH
#define BYTES	16

/* ---- a carrier that notes its calls ---- */

static struct {
	u64 number[VALUES];
	u8 data[VALUES][BYTES];
	unsigned int puts, gets, drops, asked;
	u64 dropped;
	int ret;		/* of puts */
	struct completion *inside, *go_on;
} kept;

static int note_put(u64 number, const void *data, u32 len, u64 *seal)
{
	unsigned int i = kept.puts++ % VALUES;

	if (kept.ret)
		return kept.ret;
	kept.number[i] = number;
	memcpy(kept.data[i], data, min_t(u32, len, BYTES));
	*seal = ~number;
	return 0;
}

static void note_get(struct tmem_remote_want *wants, unsigned int nr,
		     tmem_remote_take_t take, void *ctx)
{
	unsigned int i, j;

	kept.gets++;
	if (kept.inside) {
		complete(kept.inside);
		wait_for_completion(kept.go_on);
	}
	for (i = 0; i < nr; i++) {
		if (wants[i].ret != TMEM_REMOTE_PENDING)
			continue;
		kept.asked++;
		wants[i].ret = -ENOENT;
		for (j = 0; j < VALUES; j++)
			if (kept.number[j] == wants[i].name.number)
				wants[i].ret = wants[i].name.seal ==
					~kept.number[j] ?
					take(ctx, i, kept.data[j]) : -EBADMSG;
	}
}

static void note_drop(u64 number, u32 len)
{
	kept.drops++;
	kept.dropped = number;
}

#define CARRIER(c_name) {						\
	.version = TMEM_REMOTE_VERSION,					\
	.want_size = sizeof(struct tmem_remote_want),			\
	.name = c_name,							\
	.value_max = PAGE_SIZE,						\
	.put = note_put,						\
	.get = note_get,						\
	.drop = note_drop,						\
}

static const struct tmem_remote_ops carrier = CARRIER("kunit");
static const struct tmem_remote_ops second = CARRIER("kunit-second");

/* ---- a store that notes what it is told ---- */

static struct {
	unsigned int calls;
	u64 floor;
	bool there;
} told;

static void note_changed(u64 floor, bool there)
{
	told.calls++;
	told.floor = floor;
	told.there = there;
}

static const struct tmem_remote_user user = {
	.name = "kunit",
	.changed = note_changed,
};

static u8 taken[VALUES][BYTES];

static int note_take(void *ctx, unsigned int i, const void *data)
{
	memcpy(taken[i], data, BYTES);
	return *(int *)ctx;
}

static int remote_test_init(struct kunit *test)
{
	memset(&kept, 0, sizeof(kept));
	memset(&told, 0, sizeof(told));
	memset(taken, 0, sizeof(taken));
	if (tmem_remote_there()) {
		kunit_err(test, "a carrier is loaded: unload it first\n");
		return -EBUSY;
	}
	return 0;
}

static void remote_test_exit(struct kunit *test)
{
	/* After a failed assertion; else -ENOENT. */
	tmem_unregister_remote(&second);
	tmem_unregister_remote(&carrier);
	tmem_unregister_remote_user(&user);
}

static int put_one(u64 v, struct tmem_remote_name *name)
{
	u64 data[BYTES / 8] = { v, ~v };

	return tmem_remote_put(data, BYTES, name);
}

/* ---- misuse ---- */

#define WITHOUT(field) ({						\
	struct tmem_remote_ops __ops = carrier;				\
									\
	memset(&__ops.field, 0, sizeof(__ops.field));			\
	KUNIT_EXPECT_EQ_MSG(test, tmem_register_remote(&__ops),		\
			    -EINVAL, "a carrier without " #field);	\
})

static void test_misuse(struct kunit *test)
{
	struct tmem_remote_user nameless = user;
	struct tmem_remote_ops other = carrier;

	KUNIT_EXPECT_EQ(test, tmem_register_remote(NULL), -EINVAL);
	WITHOUT(version);
	WITHOUT(want_size);
	WITHOUT(name);
	WITHOUT(value_max);
	WITHOUT(put);
	WITHOUT(get);
	WITHOUT(drop);
	other.version++;
	KUNIT_EXPECT_EQ(test, tmem_register_remote(&other), -EINVAL);
	KUNIT_EXPECT_FALSE(test, tmem_remote_there());
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote(NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote(&carrier), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier, tmem_remote_next()), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(NULL, tmem_remote_next()), -ENOENT);

	KUNIT_ASSERT_EQ(test, tmem_register_remote(&carrier), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_remote(&carrier), -EEXIST);
	KUNIT_EXPECT_EQ(test, tmem_register_remote(&second), -EEXIST);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote(&second), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&second, tmem_remote_next()), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote(&carrier), 0);

	KUNIT_EXPECT_EQ(test, tmem_register_remote_user(NULL), -EINVAL);
	nameless.name = "";
	KUNIT_EXPECT_EQ(test, tmem_register_remote_user(&nameless), -EINVAL);
	nameless = user;
	nameless.changed = NULL;
	KUNIT_EXPECT_EQ(test, tmem_register_remote_user(&nameless), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote_user(&user), -ENOENT);
	KUNIT_ASSERT_EQ(test, tmem_register_remote_user(&user), 0);
	KUNIT_EXPECT_EQ(test, tmem_register_remote_user(&user), -EEXIST);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote_user(&user), 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote_user(NULL), -ENOENT);
}

/* ---- without a carrier ---- */

static void test_nobody(struct kunit *test)
{
	struct tmem_remote_name name = { 7, 7 };
	struct tmem_remote_want want = { .len = BYTES, .ret = 5 };
	int ret = 0;

	KUNIT_EXPECT_EQ(test, put_one(1, &name), -ENODEV);
	KUNIT_EXPECT_EQ(test, name.number, 0ULL);
	KUNIT_EXPECT_EQ(test, tmem_remote_get(&want, 1, note_take, &ret), 0U);
	KUNIT_EXPECT_EQ(test, want.ret, -ENODEV);
	KUNIT_EXPECT_TRUE(test, tmem_remote_lost(0));
	tmem_remote_drop(~0ULL, BYTES);
}

/* ---- out and back ---- */

static void test_out_and_back(struct kunit *test)
{
	struct tmem_remote_want wants[4] = {};
	unsigned int i;
	int ret = 0;

	KUNIT_ASSERT_EQ(test, tmem_register_remote(&carrier), 0);
	for (i = 0; i < 4; i++) {
		wants[i].len = BYTES;
		KUNIT_ASSERT_EQ(test, put_one(i, &wants[i].name), 0);
		KUNIT_EXPECT_NE(test, wants[i].name.number, 0ULL);
		if (i)
			KUNIT_EXPECT_GT(test, wants[i].name.number,
					wants[i - 1].name.number);
	}
	wants[1].name.seal++;			/* not what was put */
	wants[2].len = PAGE_SIZE + 1;		/* never was */
	wants[3].name.number += 1000;		/* gone */
	KUNIT_EXPECT_EQ(test, tmem_remote_get(wants, 4, note_take, &ret), 1U);
	KUNIT_EXPECT_EQ(test, wants[0].ret, 0);
	KUNIT_EXPECT_EQ(test, wants[1].ret, -EBADMSG);
	KUNIT_EXPECT_EQ(test, wants[2].ret, -EINVAL);
	KUNIT_EXPECT_EQ(test, wants[3].ret, -ENOENT);
	KUNIT_EXPECT_EQ(test, kept.gets, 1U);
	KUNIT_EXPECT_EQ(test, kept.asked, 3U);

	/* what the taker says is the result */
	ret = -EIO;
	KUNIT_EXPECT_EQ(test, tmem_remote_get(wants, 1, note_take, &ret), 0U);
	KUNIT_EXPECT_EQ(test, wants[0].ret, -EIO);

	tmem_remote_drop(wants[0].name.number, BYTES);
	KUNIT_EXPECT_EQ(test, kept.drops, 1U);
	KUNIT_EXPECT_EQ(test, kept.dropped, wants[0].name.number);

	kept.ret = -EBUSY;
	KUNIT_EXPECT_EQ(test, put_one(9, &wants[0].name), -EBUSY);
	KUNIT_EXPECT_EQ(test, wants[0].name.number, 0ULL);
	KUNIT_EXPECT_EQ(test, tmem_remote_put(&i, 0, &wants[0].name), -EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_remote_put(&i, PAGE_SIZE + 1,
					      &wants[0].name), -EINVAL);
}

/* ---- what is lost is lost by its number ---- */

static void test_lost(struct kunit *test)
{
	struct tmem_remote_want want = { .len = BYTES };
	struct tmem_remote_name old;
	unsigned int asked;
	int ret = 0;
	u64 floor;

	KUNIT_ASSERT_EQ(test, tmem_register_remote_user(&user), 0);
	KUNIT_EXPECT_EQ(test, told.calls, 1U);
	KUNIT_EXPECT_FALSE(test, told.there);
	KUNIT_ASSERT_EQ(test, tmem_register_remote(&carrier), 0);
	KUNIT_EXPECT_EQ(test, told.calls, 2U);
	KUNIT_EXPECT_TRUE(test, told.there);
	KUNIT_ASSERT_EQ(test, put_one(1, &want.name), 0);
	old = want.name;
	KUNIT_EXPECT_FALSE(test, tmem_remote_lost(old.number));
	KUNIT_EXPECT_EQ(test, tmem_remote_get(&want, 1, note_take, &ret), 1U);

	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier, tmem_remote_next()), 0);
	KUNIT_EXPECT_EQ(test, told.calls, 3U);
	KUNIT_EXPECT_TRUE(test, told.there);
	KUNIT_EXPECT_GT(test, told.floor, old.number);
	KUNIT_EXPECT_TRUE(test, tmem_remote_lost(old.number));
	asked = kept.asked;
	KUNIT_EXPECT_EQ(test, tmem_remote_get(&want, 1, note_take, &ret), 0U);
	KUNIT_EXPECT_EQ(test, want.ret, -ESTALE);
	tmem_remote_drop(old.number, BYTES);
	KUNIT_EXPECT_EQ(test, kept.drops, 0U);

	/* what is put while a carrier makes up its mind is not lost with it */
	floor = tmem_remote_next();
	KUNIT_ASSERT_EQ(test, put_one(1, &want.name), 0);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier, floor), 0);
	KUNIT_EXPECT_EQ(test, told.floor, floor);
	KUNIT_EXPECT_FALSE(test, tmem_remote_lost(want.name.number));
	KUNIT_EXPECT_TRUE(test, tmem_remote_lost(floor - 1));
	/* nothing is found again, and nothing is lost that is not there yet */
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier, 1), 0);
	KUNIT_EXPECT_EQ(test, told.floor, floor);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier,
						 tmem_remote_next() + 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, told.calls, 5U);

	/* another carrier does not know what the first one had */
	KUNIT_ASSERT_EQ(test, put_one(2, &want.name), 0);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote(&carrier), 0);
	KUNIT_EXPECT_FALSE(test, told.there);
	KUNIT_ASSERT_EQ(test, tmem_register_remote(&second), 0);
	KUNIT_EXPECT_EQ(test, told.calls, 7U);
	KUNIT_EXPECT_EQ(test, tmem_remote_get(&want, 1, note_take, &ret), 0U);
	KUNIT_EXPECT_EQ(test, want.ret, -ESTALE);
	KUNIT_EXPECT_EQ(test, kept.asked, asked);
	old = want.name;
	KUNIT_ASSERT_EQ(test, put_one(3, &want.name), 0);
	KUNIT_EXPECT_GT(test, want.name.number, old.number);

	KUNIT_EXPECT_EQ(test, tmem_unregister_remote_user(&user), 0);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&second, tmem_remote_next()), 0);
	KUNIT_EXPECT_EQ(test, told.calls, 7U);
}

/* ---- a carrier does not go under a get ---- */

static int getter(void *arg)
{
	struct tmem_remote_want *want = arg;
	int ret = 0;

	return tmem_remote_get(want, 1, note_take, &ret) == 1 ? 0 : -EIO;
}

static int remover(void *arg)
{
	int ret = tmem_unregister_remote(&carrier);

	complete(arg);
	return ret;
}

static void test_drain(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(inside);
	DECLARE_COMPLETION_ONSTACK(go_on);
	DECLARE_COMPLETION_ONSTACK(removed);
	struct tmem_remote_want want = { .len = BYTES };
	struct task_struct *get, *rm;

	KUNIT_ASSERT_EQ(test, tmem_register_remote(&carrier), 0);
	KUNIT_ASSERT_EQ(test, put_one(1, &want.name), 0);
	kept.inside = &inside;
	kept.go_on = &go_on;
	get = kthread_create(getter, &want, "tmem_getter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(get));
	get_task_struct(get);
	wake_up_process(get);
	wait_for_completion(&inside);
	rm = kthread_create(remover, &removed, "tmem_remover");
	if (IS_ERR(rm)) {
		KUNIT_FAIL(test, "no thread");
	} else {
		get_task_struct(rm);
		wake_up_process(rm);
		/* it hides the carrier first, and then waits */
		while (tmem_remote_there())
			cond_resched();
		KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&removed));
	}
	complete(&go_on);
	KUNIT_EXPECT_EQ(test, kthread_stop(get), 0);
	put_task_struct(get);
	if (!IS_ERR(rm)) {
		wait_for_completion(&removed);
		KUNIT_EXPECT_EQ(test, kthread_stop(rm), 0);
		put_task_struct(rm);
	}
}

static struct kunit_case remote_cases[] = {
	KUNIT_CASE(test_misuse),
	KUNIT_CASE(test_nobody),
	KUNIT_CASE(test_out_and_back),
	KUNIT_CASE(test_lost),
	KUNIT_CASE(test_drain),
	{}
};

static struct kunit_suite remote_suite = {
	.name = "tmem_remote",
	.init = remote_test_init,
	.exit = remote_test_exit,
	.test_cases = remote_cases,
};

kunit_test_suites(&remote_suite);

TMEM_IMPORT_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of where a store and a carrier meet");
