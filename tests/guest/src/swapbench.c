// SPDX-License-Identifier: GPL-2.0
/*
 * swapbench - a working set that is larger than RAM, of pages of real processes
 *
 *   swapbench DISK FREE_KIB TOUCHES SEED [hold]
 *
 * DISK is a disk full of pages (scripts/bench/capture-pages).  They are read into
 * locked memory, and so much more is locked that FREE_KIB are available, whatever
 * else is loaded.  Then, measured: a working set is filled with the pages, each
 * once; TOUCHES of its pages are touched, by chance and near each other by turns,
 * one in four of them written; and every page is touched once more, in order.  To
 * write is to let a page change places with its neighbour: at any time the set has
 * the pages that the disk has, zero pages and duplicates and all.
 *
 * Each touch checks a word.  In the end, not measured, all of every page is
 * checked.  Under --icount of scripts/vm guest time is instructions, and time
 * that the CPU waits for a disk, so that is what the times are:
 *
 *   swapbench fill=NS touch=NS verify=NS idle=NS majflt=N available=KIB out=N pages=N bad=N
 *
 * (idle: of the three, what was spent waiting; available: before the work; out:
 * pages that went to swap while it was filled.)
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
#include <unistd.h>

#define WORDS	(PAGE / 8)
/* Touches in the neighbourhood of one page. */
#define NEAR	8
/* Bytes read from the disk at a time. */
#define CHUNK	(64 * PAGE)

static volatile uint64_t *mem;
static const uint64_t *src;
static uint32_t *which;		/* page of src that a page of mem is to be */
static size_t pages;

static const uint64_t *read_disk(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT);
	off_t size, at;
	char *buf;

	if (fd < 0)
		die_errno("%s", path);
	size = lseek(fd, 0, SEEK_END) / PAGE * PAGE;
	if (size <= 0)
		die("%s has no pages", path);
	buf = xlock_pages(size);
	for (at = 0; at < size; at += CHUNK)
		xpread(fd, buf + at, size - at < CHUNK ? size - at : CHUNK, at);
	close(fd);
	pages = size / PAGE;
	return (const uint64_t *)buf;
}

static volatile uint64_t *page_of(size_t page)
{
	return mem + page * WORDS;
}

static const uint64_t *what_of(size_t page)
{
	return src + (size_t)which[page] * WORDS;
}

/* A word that tells most pages from others, and another one for each page. */
static bool word_differs(size_t page)
{
	size_t at = page * 8 % WORDS;

	return page_of(page)[at] != what_of(page)[at];
}

static void set(size_t page)
{
	memcpy((void *)page_of(page), what_of(page), PAGE);
}

static void fill(void)
{
	size_t i;

	for (i = 0; i < pages; i++) {
		which[i] = i;
		set(i);
	}
}

static unsigned long touch(size_t touches, uint64_t seed)
{
	uint64_t state = rnd_seed(seed, 0);
	unsigned long bad = 0;
	size_t page = 0, next;
	uint32_t tmp;

	while (touches--) {
		if (touches % NEAR == 0)
			page = rnd_below(&state, pages);
		else
			page = (page + 1) % pages;
		bad += word_differs(page);
		if (rnd_below(&state, 4) == 0) {
			next = (page + 1) % pages;
			bad += word_differs(next);
			tmp = which[page];
			which[page] = which[next];
			which[next] = tmp;
			set(page);
			set(next);
		}
	}
	return bad;
}

static unsigned long verify(void)
{
	unsigned long bad = 0;
	size_t i;

	for (i = 0; i < pages; i++)
		bad += word_differs(i);
	return bad;
}

static unsigned long verify_all(void)
{
	unsigned long bad = 0;
	size_t i;

	for (i = 0; i < pages; i++)
		bad += memcmp((void *)page_of(i), what_of(i), PAGE) != 0;
	return bad;
}

int main(int argc, char **argv)
{
	double t0, t1, t2, t3;
	size_t kib, have, out;
	uint64_t idle;
	struct rusage ru;
	unsigned long bad;

	if (argc < 5)
		die("usage: swapbench DISK FREE_KIB TOUCHES SEED [hold]");
	src = read_disk(argv[1]);
	which = xlock_pages(pages * sizeof(*which));
	mem = xalloc_pages(pages * PAGE);
	kib = strtoull(argv[2], NULL, 0);
	leave_available(kib);
	have = meminfo("MemAvailable") / 1024;

	idle = idle_ns();
	t0 = now();
	fill();
	t1 = now();
	out = vmstat("pswpout");
	bad = touch(strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
	t2 = now();
	bad += verify();
	t3 = now();
	idle = idle_ns() - idle;
	getrusage(RUSAGE_SELF, &ru);
	bad += verify_all();
	printf("swapbench fill=%.0f touch=%.0f verify=%.0f idle=%lu majflt=%ld available=%zu out=%zu pages=%zu bad=%lu\n",
	       (t1 - t0) * 1e9, (t2 - t1) * 1e9, (t3 - t2) * 1e9, idle, ru.ru_majflt,
	       have, out, pages, bad);
	fflush(stdout);
	if (bad)
		return EXIT_BAD;
	if (argc > 5) {
		madvise((void *)mem, pages * PAGE, MADV_PAGEOUT);
		madvise((void *)mem, pages * PAGE, MADV_PAGEOUT);
		puts("held");
		fflush(stdout);
		pause();
	}
	return 0;
}
