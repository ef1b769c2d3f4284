// SPDX-License-Identifier: GPL-2.0
/* test.c - how test programs report; see test.h */
#include <stdarg.h>
#include <shim.h>
#include "test.h"

int test_failures;

static int failed_tests;
static char note[200];

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	/* The first ones say enough. */
	if (__atomic_fetch_add(&test_failures, 1, __ATOMIC_RELAXED) >= 10)
		return;
	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void test_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note, sizeof(note), fmt, ap);
	va_end(ap);
}

void test_run(const char *name, void (*func)(void))
{
	long before = shim_live_allocs();

	test_failures = 0;
	note[0] = 0;
	shim_reset_warnings();
	shim_fail_nth(0, false);

	func();

	shim_fail_nth(0, false);
	shim_settle();
	CHECK_EQ(shim_warnings(), 0);
	CHECK_EQ(shim_live_allocs(), before);
	printf("%s %s%s%s%s\n", test_failures ? "not ok" : "ok", name,
	       note[0] ? " (" : "", note, note[0] ? ")" : "");
	fflush(stdout);
	failed_tests += !!test_failures;
}

int test_end(void)
{
	shim_shutdown();
	return !!failed_tests;
}
