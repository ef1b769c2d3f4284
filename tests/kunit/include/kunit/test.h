/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KUnit for kernels without CONFIG_KUNIT
 *
 * Purpose: build and run the suite's KUnit tests on the kernels people have;
 * no Debian kernel has KUnit switched on.
 *
 * Why this design: the same names, semantics and KTAP output as
 * linux: include/kunit/test.h of 6.12, as far as our tests use them, so that
 * the debug kernel with the real KUnit builds the same sources unchanged.
 * Header only: a test module carries its own runner, which runs the suites
 * from its init function and reports to the kernel log.
 *
 * Invariants: each test case runs in a kthread of its own, so a failing
 * KUNIT_ASSERT ends the case by ending the thread; the suite's exit and the
 * deferred actions (kunit_kzalloc's free among them) run after it, in another
 * thread, whatever happened.  One kunit_test_suites() per module.
 *
 * Locking: test->lock covers the list of deferred actions; status only ever
 * gets worse.
 */
#ifndef _TMEM_KUNIT_TEST_H
#define _TMEM_KUNIT_TEST_H

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <compat/kthread.h>

#define KUNIT_PARAM_DESC_SIZE	128
#define KUNIT_SHIM_TIMEOUT	(300 * HZ)

enum kunit_status { KUNIT_SUCCESS, KUNIT_FAILURE, KUNIT_SKIPPED };

struct kunit {
	void *priv;
	/* the rest is the runner's; tests may read name and param_* */
	const char *name;
	const void *param_value;
	int param_index;
	enum kunit_status status;
	char status_comment[256];
	spinlock_t lock;
	struct list_head actions;
	struct completion *thread_done;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(test_name)	{ .run_case = test_name, .name = #test_name }
#define KUNIT_CASE_SLOW(test_name)	KUNIT_CASE(test_name)
#define KUNIT_CASE_PARAM(test_name, gen_params)			\
	{ .run_case = test_name, .name = #test_name,		\
	  .generate_params = gen_params }

#define KUNIT_ARRAY_PARAM(name, array, get_desc)			\
static const void *name##_gen_params(const void *prev, char *desc)	\
{									\
	typeof((array)[0]) *__next = prev ?				\
		((typeof(__next))prev) + 1 : (array);			\
									\
	if (__next - (array) < ARRAY_SIZE((array))) {			\
		void (*__get_desc)(typeof(__next), char *) = get_desc;	\
									\
		if (__get_desc)						\
			__get_desc(__next, desc);			\
		return __next;						\
	}								\
	return NULL;							\
}

#define KUNIT_ARRAY_PARAM_DESC(name, array, desc_member)		\
static const void *name##_gen_params(const void *prev, char *desc)	\
{									\
	typeof((array)[0]) *__next = prev ?				\
		((typeof(__next))prev) + 1 : (array);			\
									\
	if (__next - (array) < ARRAY_SIZE((array))) {			\
		strscpy(desc, __next->desc_member,			\
			KUNIT_PARAM_DESC_SIZE);				\
		return __next;						\
	}								\
	return NULL;							\
}

/* --- messages ----------------------------------------------------------- */

#define kunit_log(lvl, test, fmt, ...)					\
	printk(lvl "    # %s: " fmt, (test)->name, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...)	kunit_log(KERN_INFO, test, fmt, ##__VA_ARGS__)
#define kunit_warn(test, fmt, ...)	kunit_log(KERN_WARNING, test, fmt, ##__VA_ARGS__)
#define kunit_err(test, fmt, ...)	kunit_log(KERN_ERR, test, fmt, ##__VA_ARGS__)

/* --- the end of a case ------------------------------------------------------ */

static __maybe_unused void __noreturn kunit_shim_abort(struct kunit *test)
{
	kthread_complete_and_exit(test->thread_done, 0);
}

#define kunit_mark_skipped(test, fmt, ...)				\
	do {								\
		WRITE_ONCE((test)->status, KUNIT_SKIPPED);		\
		scnprintf((test)->status_comment,			\
			  sizeof((test)->status_comment),		\
			  fmt, ##__VA_ARGS__);				\
	} while (0)

#define kunit_skip(test, fmt, ...)					\
	do {								\
		kunit_mark_skipped(test, fmt, ##__VA_ARGS__);		\
		kunit_shim_abort(test);					\
	} while (0)

/*
 * One report of a failed check: @what describes it over up to three lines;
 * @fmt, which may be NULL, is the message of a _MSG variant.
 */
static __maybe_unused __printf(6, 7)
void kunit_shim_fail(struct kunit *test, bool fatal, const char *file,
		     int line, const char *what, const char *fmt, ...)
{
	struct va_format vaf;
	va_list ap;

	WRITE_ONCE(test->status, KUNIT_FAILURE);
	printk(KERN_ERR "    # %s: %s FAILED at %s:%d\n", test->name,
	       fatal ? "ASSERTION" : "EXPECTATION", file, line);
	if (what)
		printk(KERN_ERR "    %s\n", what);
	if (fmt) {
		va_start(ap, fmt);
		vaf.fmt = fmt;
		vaf.va = &ap;
		printk(KERN_ERR "    %pV\n", &vaf);
		va_end(ap);
	}
	if (fatal)
		kunit_shim_abort(test);
}

/* The values of a failed comparison, printed before the report's own lines. */
static __maybe_unused
void kunit_shim_values(struct kunit *test, const char *left, const char *op,
		       const char *right, long long l, long long r)
{
	printk(KERN_ERR "    # %s: Expected %s %s %s, but\n", test->name,
	       left, op, right);
	printk(KERN_ERR "        %s == %lld (0x%llx)\n", left, l, l);
	printk(KERN_ERR "        %s == %lld (0x%llx)\n", right, r, r);
}

static __maybe_unused
void kunit_shim_strings(struct kunit *test, const char *left, const char *op,
			const char *right, const char *l, const char *r)
{
	printk(KERN_ERR "    # %s: Expected %s %s %s, but\n", test->name,
	       left, op, right);
	printk(KERN_ERR "        %s == \"%s\"\n", left, l ?: "(null)");
	printk(KERN_ERR "        %s == \"%s\"\n", right, r ?: "(null)");
}

static __maybe_unused
void kunit_shim_memory(struct kunit *test, const char *left, const char *op,
		       const char *right, const u8 *l, const u8 *r, size_t n)
{
	size_t at = 0;

	while (l && r && at < n && l[at] == r[at])
		at++;
	at = at == n ? 0 : at;
	n = min_t(size_t, n - at, 16);
	printk(KERN_ERR "    # %s: Expected %s %s %s, but at byte %zu\n",
	       test->name, left, op, right, at);
	if (l && r) {
		printk(KERN_ERR "        %s == %*ph\n", left, (int)n, l + at);
		printk(KERN_ERR "        %s == %*ph\n", right, (int)n, r + at);
	}
}

/* --- checks ------------------------------------------------------------------ */

#define KUNIT_SUCCEED(test)	do { (void)(test); } while (0)

#define KUNIT_FAIL(test, fmt, ...)					\
	kunit_shim_fail(test, false, __FILE__, __LINE__, NULL, fmt,	\
			##__VA_ARGS__)

#define KUNIT_SHIM_BOOL(test, fatal, cond, want, fmt, ...)		\
do {									\
	const bool __cond = !!(cond);					\
									\
	if (__cond != (want))						\
		kunit_shim_fail(test, fatal, __FILE__, __LINE__,	\
				"Expected " #cond " to be " #want,	\
				fmt, ##__VA_ARGS__);			\
} while (0)

#define KUNIT_SHIM_BINARY(test, fatal, left, op, right, fmt, ...)	\
do {									\
	const typeof(left) __left = (left);				\
	const typeof(right) __right = (right);				\
									\
	if (likely(__left op __right))					\
		break;							\
	kunit_shim_values(test, #left, #op, #right,			\
			  (long long)__left, (long long)__right);	\
	kunit_shim_fail(test, fatal, __FILE__, __LINE__, NULL,		\
			fmt, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_SHIM_PTR(test, fatal, left, op, right, fmt, ...)		\
do {									\
	const void *__left = (left);					\
	const void *__right = (right);					\
									\
	if (likely(__left op __right))					\
		break;							\
	kunit_shim_values(test, #left, #op, #right,			\
			  (long)__left, (long)__right);			\
	kunit_shim_fail(test, fatal, __FILE__, __LINE__, NULL,		\
			fmt, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_SHIM_STR(test, fatal, left, op, right, fmt, ...)		\
do {									\
	const char *__left = (left);					\
	const char *__right = (right);					\
									\
	if (likely(__left && __right && strcmp(__left, __right) op 0))	\
		break;							\
	kunit_shim_strings(test, #left, #op, #right, __left, __right);	\
	kunit_shim_fail(test, fatal, __FILE__, __LINE__, NULL,		\
			fmt, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_SHIM_MEM(test, fatal, left, op, right, size, fmt, ...)	\
do {									\
	const void *__left = (left);					\
	const void *__right = (right);					\
	const size_t __size = (size);					\
									\
	if (likely(__left && __right &&					\
		   memcmp(__left, __right, __size) op 0))		\
		break;							\
	kunit_shim_memory(test, #left, #op, #right, __left, __right,	\
			  __size);					\
	kunit_shim_fail(test, fatal, __FILE__, __LINE__, NULL,		\
			fmt, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_SHIM_NOT_ERR(test, fatal, ptr, fmt, ...)			\
do {									\
	const void *__ptr = (ptr);					\
									\
	if (!IS_ERR_OR_NULL(__ptr))					\
		break;							\
	printk(KERN_ERR "    # %s: " #ptr " is %ld\n", (test)->name,	\
	       (long)__ptr);						\
	kunit_shim_fail(test, fatal, __FILE__, __LINE__,		\
			"Expected " #ptr " is neither an error nor NULL", \
			fmt, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_EXPECT_TRUE(t, c)		KUNIT_SHIM_BOOL(t, false, c, true, NULL)
#define KUNIT_EXPECT_FALSE(t, c)	KUNIT_SHIM_BOOL(t, false, c, false, NULL)
#define KUNIT_EXPECT_EQ(t, l, r)	KUNIT_SHIM_BINARY(t, false, l, ==, r, NULL)
#define KUNIT_EXPECT_NE(t, l, r)	KUNIT_SHIM_BINARY(t, false, l, !=, r, NULL)
#define KUNIT_EXPECT_LT(t, l, r)	KUNIT_SHIM_BINARY(t, false, l, <, r, NULL)
#define KUNIT_EXPECT_LE(t, l, r)	KUNIT_SHIM_BINARY(t, false, l, <=, r, NULL)
#define KUNIT_EXPECT_GT(t, l, r)	KUNIT_SHIM_BINARY(t, false, l, >, r, NULL)
#define KUNIT_EXPECT_GE(t, l, r)	KUNIT_SHIM_BINARY(t, false, l, >=, r, NULL)
#define KUNIT_EXPECT_PTR_EQ(t, l, r)	KUNIT_SHIM_PTR(t, false, l, ==, r, NULL)
#define KUNIT_EXPECT_PTR_NE(t, l, r)	KUNIT_SHIM_PTR(t, false, l, !=, r, NULL)
#define KUNIT_EXPECT_NULL(t, p)		KUNIT_SHIM_PTR(t, false, p, ==, NULL, NULL)
#define KUNIT_EXPECT_NOT_NULL(t, p)	KUNIT_SHIM_PTR(t, false, p, !=, NULL, NULL)
#define KUNIT_EXPECT_STREQ(t, l, r)	KUNIT_SHIM_STR(t, false, l, ==, r, NULL)
#define KUNIT_EXPECT_STRNEQ(t, l, r)	KUNIT_SHIM_STR(t, false, l, !=, r, NULL)
#define KUNIT_EXPECT_MEMEQ(t, l, r, n)	KUNIT_SHIM_MEM(t, false, l, ==, r, n, NULL)
#define KUNIT_EXPECT_MEMNEQ(t, l, r, n)	KUNIT_SHIM_MEM(t, false, l, !=, r, n, NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(t, p)	KUNIT_SHIM_NOT_ERR(t, false, p, NULL)

#define KUNIT_EXPECT_TRUE_MSG(t, c, f, ...)	KUNIT_SHIM_BOOL(t, false, c, true, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, c, f, ...)	KUNIT_SHIM_BOOL(t, false, c, false, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, false, l, ==, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, false, l, !=, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, false, l, <, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, false, l, <=, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, false, l, >, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, false, l, >=, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_PTR(t, false, l, ==, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE_MSG(t, l, r, f, ...)	KUNIT_SHIM_PTR(t, false, l, !=, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NULL_MSG(t, p, f, ...)	KUNIT_SHIM_PTR(t, false, p, ==, NULL, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL_MSG(t, p, f, ...)	KUNIT_SHIM_PTR(t, false, p, !=, NULL, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_STREQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_STR(t, false, l, ==, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_STR(t, false, l, !=, r, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ_MSG(t, l, r, n, f, ...)	KUNIT_SHIM_MEM(t, false, l, ==, r, n, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMNEQ_MSG(t, l, r, n, f, ...)	KUNIT_SHIM_MEM(t, false, l, !=, r, n, f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(t, p, f, ...)	KUNIT_SHIM_NOT_ERR(t, false, p, f, ##__VA_ARGS__)

#define KUNIT_ASSERT_TRUE(t, c)		KUNIT_SHIM_BOOL(t, true, c, true, NULL)
#define KUNIT_ASSERT_FALSE(t, c)	KUNIT_SHIM_BOOL(t, true, c, false, NULL)
#define KUNIT_ASSERT_EQ(t, l, r)	KUNIT_SHIM_BINARY(t, true, l, ==, r, NULL)
#define KUNIT_ASSERT_NE(t, l, r)	KUNIT_SHIM_BINARY(t, true, l, !=, r, NULL)
#define KUNIT_ASSERT_LT(t, l, r)	KUNIT_SHIM_BINARY(t, true, l, <, r, NULL)
#define KUNIT_ASSERT_LE(t, l, r)	KUNIT_SHIM_BINARY(t, true, l, <=, r, NULL)
#define KUNIT_ASSERT_GT(t, l, r)	KUNIT_SHIM_BINARY(t, true, l, >, r, NULL)
#define KUNIT_ASSERT_GE(t, l, r)	KUNIT_SHIM_BINARY(t, true, l, >=, r, NULL)
#define KUNIT_ASSERT_PTR_EQ(t, l, r)	KUNIT_SHIM_PTR(t, true, l, ==, r, NULL)
#define KUNIT_ASSERT_PTR_NE(t, l, r)	KUNIT_SHIM_PTR(t, true, l, !=, r, NULL)
#define KUNIT_ASSERT_NULL(t, p)		KUNIT_SHIM_PTR(t, true, p, ==, NULL, NULL)
#define KUNIT_ASSERT_NOT_NULL(t, p)	KUNIT_SHIM_PTR(t, true, p, !=, NULL, NULL)
#define KUNIT_ASSERT_STREQ(t, l, r)	KUNIT_SHIM_STR(t, true, l, ==, r, NULL)
#define KUNIT_ASSERT_STRNEQ(t, l, r)	KUNIT_SHIM_STR(t, true, l, !=, r, NULL)
#define KUNIT_ASSERT_MEMEQ(t, l, r, n)	KUNIT_SHIM_MEM(t, true, l, ==, r, n, NULL)
#define KUNIT_ASSERT_MEMNEQ(t, l, r, n)	KUNIT_SHIM_MEM(t, true, l, !=, r, n, NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(t, p)	KUNIT_SHIM_NOT_ERR(t, true, p, NULL)

#define KUNIT_ASSERT_TRUE_MSG(t, c, f, ...)	KUNIT_SHIM_BOOL(t, true, c, true, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(t, c, f, ...)	KUNIT_SHIM_BOOL(t, true, c, false, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, true, l, ==, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NE_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, true, l, !=, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_LT_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, true, l, <, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_LE_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, true, l, <=, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_GT_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, true, l, >, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_GE_MSG(t, l, r, f, ...)	KUNIT_SHIM_BINARY(t, true, l, >=, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_PTR(t, true, l, ==, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_NE_MSG(t, l, r, f, ...)	KUNIT_SHIM_PTR(t, true, l, !=, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NULL_MSG(t, p, f, ...)	KUNIT_SHIM_PTR(t, true, p, ==, NULL, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL_MSG(t, p, f, ...)	KUNIT_SHIM_PTR(t, true, p, !=, NULL, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_STREQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_STR(t, true, l, ==, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_STRNEQ_MSG(t, l, r, f, ...)	KUNIT_SHIM_STR(t, true, l, !=, r, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMEQ_MSG(t, l, r, n, f, ...)	KUNIT_SHIM_MEM(t, true, l, ==, r, n, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMNEQ_MSG(t, l, r, n, f, ...)	KUNIT_SHIM_MEM(t, true, l, !=, r, n, f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(t, p, f, ...)	KUNIT_SHIM_NOT_ERR(t, true, p, f, ##__VA_ARGS__)

/* --- deferred actions, and memory freed by them ----------------------------- */

typedef void (kunit_action_t)(void *);

#define KUNIT_DEFINE_ACTION_WRAPPER(wrapper, orig, arg_type)		\
	static void wrapper(void *in)					\
	{								\
		arg_type arg = (arg_type)in;				\
		orig(arg);						\
	}

struct kunit_shim_action {
	struct list_head list;
	kunit_action_t *func;
	void *ctx;
};

static __maybe_unused
int kunit_add_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct kunit_shim_action *act = kmalloc(sizeof(*act), GFP_KERNEL);
	unsigned long flags;

	if (!act)
		return -ENOMEM;
	act->func = func;
	act->ctx = ctx;
	spin_lock_irqsave(&test->lock, flags);
	list_add(&act->list, &test->actions);
	spin_unlock_irqrestore(&test->lock, flags);
	return 0;
}

static __maybe_unused
int kunit_add_action_or_reset(struct kunit *test, kunit_action_t *func,
			      void *ctx)
{
	int ret = kunit_add_action(test, func, ctx);

	if (ret)
		func(ctx);
	return ret;
}

/* Take the newest matching action off the list; @func NULL: any. */
static __maybe_unused struct kunit_shim_action *
kunit_shim_take(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct kunit_shim_action *act, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&test->lock, flags);
	list_for_each_entry(act, &test->actions, list) {
		if (func && (act->func != func || act->ctx != ctx))
			continue;
		list_del(&act->list);
		found = act;
		break;
	}
	spin_unlock_irqrestore(&test->lock, flags);
	return found;
}

static __maybe_unused
void kunit_remove_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	kfree(kunit_shim_take(test, func, ctx));
}

static __maybe_unused
void kunit_release_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct kunit_shim_action *act = kunit_shim_take(test, func, ctx);

	if (!act)
		return;
	kfree(act);
	func(ctx);
}

static __maybe_unused void kunit_shim_kfree(void *p)
{
	kfree(p);
}

static __maybe_unused
void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *p = kmalloc_array(n, size, gfp);

	if (p && kunit_add_action_or_reset(test, kunit_shim_kfree, p))
		return NULL;
	return p;
}

static inline void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, 1, size, gfp);
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc(test, size, gfp | __GFP_ZERO);
}

static inline void *kunit_kcalloc(struct kunit *test, size_t n, size_t size,
				  gfp_t gfp)
{
	return kunit_kmalloc_array(test, n, size, gfp | __GFP_ZERO);
}

static inline void kunit_kfree(struct kunit *test, const void *p)
{
	if (p)
		kunit_release_action(test, kunit_shim_kfree, (void *)p);
}

/* --- the runner ----------------------------------------------------------------- */

struct kunit_shim_thread {
	struct completion done;
	struct kunit *test;
	struct kunit_suite *suite;
	struct kunit_case *test_case;
	void (*func)(struct kunit_shim_thread *t);
};

static __maybe_unused int kunit_shim_thread_fn(void *data)
{
	struct kunit_shim_thread *t = data;

	t->func(t);
	kthread_complete_and_exit(&t->done, 0);
}

static __maybe_unused void kunit_shim_case(struct kunit_shim_thread *t)
{
	int ret;

	if (t->suite->init) {
		ret = t->suite->init(t->test);
		if (ret) {
			kunit_err(t->test, "failed to initialize: %d\n", ret);
			WRITE_ONCE(t->test->status, KUNIT_FAILURE);
			return;
		}
	}
	t->test_case->run_case(t->test);
}

static __maybe_unused void kunit_shim_cleanup(struct kunit_shim_thread *t)
{
	if (t->suite->exit)
		t->suite->exit(t->test);
}

static __maybe_unused
void kunit_shim_in_thread(struct kunit *test, struct kunit_suite *suite,
			  struct kunit_case *test_case,
			  void (*func)(struct kunit_shim_thread *t))
{
	struct kunit_shim_thread t = {
		.test = test, .suite = suite, .test_case = test_case,
		.func = func,
	};
	struct task_struct *task;

	init_completion(&t.done);
	test->thread_done = &t.done;
	task = kthread_run(kunit_shim_thread_fn, &t, "kunit_case");
	if (IS_ERR(task)) {
		WRITE_ONCE(test->status, KUNIT_FAILURE);
		kunit_err(test, "no thread: %ld\n", PTR_ERR(task));
		return;
	}
	/* a thread that hangs in this module's code leaves nothing to go on with */
	if (!wait_for_completion_timeout(&t.done, KUNIT_SHIM_TIMEOUT))
		panic("kunit: %s timed out", test->name);
}

static __maybe_unused
void kunit_shim_run_once(struct kunit *test, struct kunit_suite *suite,
			 struct kunit_case *test_case)
{
	struct kunit_shim_action *act;

	test->name = test_case->name;
	test->status = KUNIT_SUCCESS;
	spin_lock_init(&test->lock);
	INIT_LIST_HEAD(&test->actions);

	kunit_shim_in_thread(test, suite, test_case, kunit_shim_case);
	kunit_shim_in_thread(test, suite, test_case, kunit_shim_cleanup);
	while ((act = kunit_shim_take(test, NULL, NULL))) {
		act->func(act->ctx);
		kfree(act);
	}
}

static __maybe_unused
void kunit_shim_result(const char *indent, enum kunit_status status,
		       unsigned int n, const char *name, const char *comment)
{
	printk(KERN_INFO "%s%s %u %s%s%s\n", indent,
	       status == KUNIT_FAILURE ? "not ok" : "ok", n, name,
	       status == KUNIT_SKIPPED ? " # SKIP " : "",
	       status == KUNIT_SKIPPED ? comment : "");
}

/* A parameterized case fails if any parameter does, is skipped if all are. */
static __maybe_unused
enum kunit_status kunit_shim_run_params(struct kunit *test,
					struct kunit_suite *suite,
					struct kunit_case *test_case)
{
	char desc[KUNIT_PARAM_DESC_SIZE];
	unsigned int seen[3] = {};
	const void *param;

	printk(KERN_INFO "        KTAP version 1\n");
	printk(KERN_INFO "        # Subtest: %s\n", test_case->name);
	desc[0] = '\0';
	for (param = test_case->generate_params(NULL, desc); param;
	     param = test_case->generate_params(param, desc)) {
		memset(test, 0, sizeof(*test));
		test->param_value = param;
		test->param_index = seen[0] + seen[1] + seen[2];
		if (!desc[0])
			snprintf(desc, sizeof(desc), "param-%d",
				 test->param_index);
		kunit_shim_run_once(test, suite, test_case);
		seen[test->status]++;
		kunit_shim_result("        ", test->status,
				  test->param_index + 1, desc,
				  test->status_comment);
		desc[0] = '\0';
	}
	printk(KERN_INFO "    # %s: pass:%u fail:%u skip:%u total:%u\n",
	       test_case->name, seen[KUNIT_SUCCESS], seen[KUNIT_FAILURE],
	       seen[KUNIT_SKIPPED], seen[0] + seen[1] + seen[2]);
	if (seen[KUNIT_FAILURE])
		return KUNIT_FAILURE;
	return seen[KUNIT_SUCCESS] ? KUNIT_SUCCESS : KUNIT_SKIPPED;
}

static __maybe_unused
enum kunit_status kunit_shim_run_cases(struct kunit_suite *suite)
{
	struct kunit_case *test_case;
	unsigned int n = 0, seen[3] = {};
	enum kunit_status status;
	struct kunit *test;

	test = kzalloc(sizeof(*test), GFP_KERNEL);
	if (!test)
		return KUNIT_FAILURE;
	for (test_case = suite->test_cases; test_case->run_case; test_case++) {
		if (test_case->generate_params) {
			status = kunit_shim_run_params(test, suite, test_case);
		} else {
			memset(test, 0, sizeof(*test));
			kunit_shim_run_once(test, suite, test_case);
			status = test->status;
		}
		seen[status]++;
		kunit_shim_result("    ", status, ++n, test_case->name,
				  test->status_comment);
	}
	kfree(test);
	printk(KERN_INFO "# %s: pass:%u fail:%u skip:%u total:%u\n",
	       suite->name, seen[KUNIT_SUCCESS], seen[KUNIT_FAILURE],
	       seen[KUNIT_SKIPPED], n);
	if (seen[KUNIT_FAILURE])
		return KUNIT_FAILURE;
	return seen[KUNIT_SUCCESS] ? KUNIT_SUCCESS : KUNIT_SKIPPED;
}

static __maybe_unused
void kunit_shim_run_suite(struct kunit_suite *suite, unsigned int number)
{
	enum kunit_status status = KUNIT_FAILURE;
	struct kunit_case *test_case;
	unsigned int planned = 0;
	int ret = 0;

	for (test_case = suite->test_cases; test_case->run_case; test_case++)
		planned++;
	printk(KERN_INFO "    KTAP version 1\n");
	printk(KERN_INFO "    # Subtest: %s\n", suite->name);
	printk(KERN_INFO "    # module: " KBUILD_MODNAME "\n");
	printk(KERN_INFO "    1..%u\n", planned);
	if (suite->suite_init)
		ret = suite->suite_init(suite);
	if (ret)
		printk(KERN_ERR "    # %s: failed to initialize (%d)\n",
		       suite->name, ret);
	else
		status = kunit_shim_run_cases(suite);
	if (!ret && suite->suite_exit)
		suite->suite_exit(suite);
	kunit_shim_result("", status, number, suite->name, "");
}

static __maybe_unused
void kunit_shim_run_suites(struct kunit_suite * const *suites, unsigned int n)
{
	unsigned int i;

	printk(KERN_INFO "KTAP version 1\n");
	printk(KERN_INFO "1..%u\n", n);
	for (i = 0; i < n; i++)
		kunit_shim_run_suite(suites[i], i + 1);
}

#define kunit_test_suites(suites_list...)				\
	static struct kunit_suite * const kunit_shim_suites[] = { suites_list }; \
	static int __init kunit_shim_init(void)				\
	{								\
		kunit_shim_run_suites(kunit_shim_suites,		\
				      ARRAY_SIZE(kunit_shim_suites));	\
		return 0;						\
	}								\
	module_init(kunit_shim_init);					\
	static void __exit kunit_shim_exit(void) { }			\
	module_exit(kunit_shim_exit)

#define kunit_test_suite(suite)	kunit_test_suites(&suite)

#endif /* _TMEM_KUNIT_TEST_H */
