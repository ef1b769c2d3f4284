// SPDX-License-Identifier: GPL-2.0
/*
 * kunit_control.ko - what KUnit must report as failed, skipped and passed
 *
 * Purpose: a KUnit, or a shim of it, that calls everything ok would make every
 * suite pass.  tests/qemu/kunit-control.sh compares the verdicts of this module
 * with the list it expects, on the shim and on the real KUnit.
 */
#include <kunit/test.h>

static int ended;

static void note_end(void *unused)
{
	ended++;
}

static void passes(struct kunit *test)
{
	char *p = kunit_kzalloc(test, 100, GFP_KERNEL);
	u32 five = 5;
	int also_five = 5;

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	KUNIT_EXPECT_EQ(test, five, also_five);
	KUNIT_EXPECT_EQ_MSG(test, p[3], 0, "byte %d", 3);
	KUNIT_EXPECT_NE(test, five, 6);
	KUNIT_EXPECT_STREQ(test, "a", "a");
	KUNIT_EXPECT_MEMEQ(test, "abc", "abc", 3);
	KUNIT_EXPECT_PTR_NE(test, p, NULL);
	KUNIT_EXPECT_TRUE(test, five);
	KUNIT_EXPECT_PTR_EQ(test, test->priv, &ended);
	kunit_kfree(test, p);
}

static void fails_eq(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 2);
}

static void fails_streq(struct kunit *test)
{
	KUNIT_EXPECT_STREQ_MSG(test, "a", "b", "x %d", 1);
}

static void fails_memeq(struct kunit *test)
{
	KUNIT_EXPECT_MEMEQ(test, "abcd", "abce", 4);
}

static void fails_true(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, ended < 0);
}

static void fails_null(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, test);
}

static void fails_ptr(struct kunit *test)
{
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ERR_PTR(-ENOMEM));
}

static void fails_by_itself(struct kunit *test)
{
	KUNIT_FAIL(test, "because");
}

/* A failed assertion ends the case, and what was deferred happens. */
static void assert_ends(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, note_end, NULL), 0);
	kunit_kzalloc(test, 100, GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, 1, 2);
	ended = -100;
}

static void assert_ended(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ended, 1);
}

static void skips(struct kunit *test)
{
	kunit_skip(test, "on purpose");
	KUNIT_FAIL(test, "skipped, and went on");
}

static const int numbers[] = { 1, 2 };

static void number_desc(const int *n, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "n%d", *n);
}

KUNIT_ARRAY_PARAM(numbers, numbers, number_desc);

static void param_is_one(struct kunit *test)
{
	const int *n = test->param_value;

	KUNIT_EXPECT_EQ(test, *n, 1);
}

static int control_init(struct kunit *test)
{
	test->priv = &ended;
	return 0;
}

static struct kunit_case control_cases[] = {
	KUNIT_CASE(passes),
	KUNIT_CASE(fails_eq),
	KUNIT_CASE(fails_streq),
	KUNIT_CASE(fails_memeq),
	KUNIT_CASE(fails_true),
	KUNIT_CASE(fails_null),
	KUNIT_CASE(fails_ptr),
	KUNIT_CASE(fails_by_itself),
	KUNIT_CASE(assert_ends),
	KUNIT_CASE(assert_ended),
	KUNIT_CASE(skips),
	KUNIT_CASE_PARAM(param_is_one, numbers_gen_params),
	{}
};

static struct kunit_suite control_suite = {
	.name = "control",
	.init = control_init,
	.test_cases = control_cases,
};

static int no_suite_init(struct kunit_suite *suite)
{
	return -EIO;
}

static struct kunit_case never_cases[] = {
	KUNIT_CASE(passes),
	{}
};

static struct kunit_suite never_suite = {
	.name = "never",
	.suite_init = no_suite_init,
	.test_cases = never_cases,
};

kunit_test_suites(&control_suite, &never_suite);

MODULE_DESCRIPTION("Verdicts that KUnit must give");
MODULE_LICENSE("GPL");
