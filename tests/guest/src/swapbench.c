// SPDX-License-Identifier: GPL-2.0
/*
 * swapbench - a working set that is larger than RAM, of pages of real processes
 *
 *   swapbench PAGES KIB TOUCHES SEED [hold]
 *
 * PAGES is a file of pages.  KIB of memory are filled with them, over and over,
 * each made different by one word; then TOUCHES pages are touched, by chance and
 * near each other by turns, one in four of them written; and in the end every
 * word that must be there is checked.  Under --icount of scripts/vm guest time is
 * instructions, so that is what the times are:
 *
 *   swapbench fill=NS touch=NS verify=NS majflt=N bad=N
 *
 * With `hold` all pages are then pushed out to swap, and stay there.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define WORDS	(PAGE / 8)
/* Touches in the neighbourhood of one page. */
#define NEAR	8

static uint64_t *mem;
static size_t pages;
static uint64_t *unique;

static uint64_t *word_of(size_t page)
{
	return mem + page * WORDS + page * 8 % WORDS;
}

static void fill(const char *path)
{
	char buf[16 * PAGE];
	size_t i = 0, k;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die_errno("%s", path);
	while (i < pages) {
		n = read(fd, buf, sizeof(buf));
		if (n < (ssize_t)PAGE) {
			lseek(fd, 0, SEEK_SET);
			continue;
		}
		for (k = 0; k < (size_t)n / PAGE && i < pages; k++, i++) {
			memcpy(mem + i * WORDS, buf + k * PAGE, PAGE);
			unique[i] = i * 0x9e3779b97f4a7c15ull;
			*word_of(i) = unique[i];
		}
	}
	close(fd);
}

static unsigned long touch(size_t touches, uint64_t seed)
{
	uint64_t state = rnd_seed(seed, 0);
	unsigned long bad = 0;
	size_t page = 0;

	while (touches--) {
		if (touches % NEAR == 0)
			page = rnd_below(&state, pages);
		else
			page = (page + 1) % pages;
		bad += *word_of(page) != unique[page];
		if (rnd_below(&state, 4) == 0)
			*word_of(page) = ++unique[page];
	}
	return bad;
}

static unsigned long verify(void)
{
	unsigned long bad = 0;
	size_t i;

	for (i = 0; i < pages; i++)
		bad += *word_of(i) != unique[i];
	return bad;
}

int main(int argc, char **argv)
{
	double t0, t1, t2, t3;
	struct rusage ru;
	unsigned long bad;

	if (argc < 5)
		die("usage: swapbench PAGES KIB TOUCHES SEED [hold]");
	pages = strtoull(argv[2], NULL, 0) * 1024 / PAGE;
	mem = xalloc_pages(pages * PAGE);
	unique = xcalloc(pages, sizeof(*unique));
	mlock(unique, pages * sizeof(*unique));
	t0 = now();
	fill(argv[1]);
	t1 = now();
	bad = touch(strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
	t2 = now();
	bad += verify();
	t3 = now();
	getrusage(RUSAGE_SELF, &ru);
	printf("swapbench fill=%.0f touch=%.0f verify=%.0f majflt=%ld bad=%lu\n",
	       (t1 - t0) * 1e9, (t2 - t1) * 1e9, (t3 - t2) * 1e9, ru.ru_majflt,
	       bad);
	if (bad)
		return EXIT_BAD;
	if (argc > 5) {
		madvise(mem, pages * PAGE, MADV_PAGEOUT);
		madvise(mem, pages * PAGE, MADV_PAGEOUT);
		puts("held");
		fflush(stdout);
		pause();
	}
	return 0;
}
