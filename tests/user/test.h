/* SPDX-License-Identifier: GPL-2.0 */
/*
 * test.h - how test programs report
 *
 * A program runs its tests in order and prints "ok NAME" or "not ok NAME" for
 * each; its exit status is 0 if all are ok.  `run` adds them up; a program
 * that dies has failed the test it was in.
 */
#ifndef _TEST_H
#define _TEST_H

#include <stdio.h>
#include <linux/kernel.h>

extern int test_failures;		/* checks that failed in this test */

void test_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Goes on after a failure; returns whether it held. */
#define CHECK(cond) ({							\
	bool __ok = !!(cond);						\
	if (!__ok)							\
		test_fail(__FILE__, __LINE__, "%s", #cond);		\
	__ok;								\
})
#define CHECK_EQ(a, b) ({						\
	long long __a = (a), __b = (b);					\
	if (__a != __b)							\
		test_fail(__FILE__, __LINE__, "%s is %lld, %s is %lld",	\
			  #a, __a, #b, __b);				\
	__a == __b;							\
})

/*
 * Run one test.  Besides its own checks it must leave no warning and no
 * allocation behind.
 */
void test_run(const char *name, void (*func)(void));
/* What stands in brackets behind the test's name. */
void test_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The exit status of the program. */
int test_end(void);

/* A random number generator that is the same everywhere. */
static inline u64 rnd(u64 *state)
{
	u64 z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline u32 rnd_below(u64 *state, u32 n)
{
	return (u32)((rnd(state) >> 32) * n >> 32);
}

#endif /* _TEST_H */
