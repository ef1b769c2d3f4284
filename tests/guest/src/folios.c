// SPDX-License-Identifier: GPL-2.0
/*
 * folios - what it takes to push pages out and to have them back, by the folio
 *
 *   folios file PATH DATA
 *   folios anon DATA
 *
 * DATA is a disk full of pages.  file: PATH has the same data; it is read, pushed out
 * of the page cache by reclaim, and read again.  anon: anonymous memory is filled
 * with the data, pushed out to swap, and touched in order.  Done twice; the second
 * time is printed.  Under --icount of scripts/vm times are instructions:
 *
 *   folios out=NS in=NS hit=NS pages=N folios=N bad=N
 *
 * (hit: file: reading it once more, from the page cache; anon: touching it once more;
 * folios: what the pages were in before they were pushed out; bad: pages with wrong
 * data, of both times.)
 */
#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the largest folio takes. */
#define CHUNK		(512 * PAGE)
#define ROUNDS		2

/* bits of /proc/self/pagemap and /proc/kpageflags */
#define PM_PRESENT	(1ull << 63)
#define PM_PFN		((1ull << 55) - 1)
#define KPF_TAIL	(1ull << 16)

static uint8_t *data;
static size_t bytes;
static double out, in, hit;
static size_t folios;
static unsigned long bad;

static void read_data(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT);
	off_t size;

	if (fd < 0)
		die_errno("%s", path);
	size = lseek(fd, 0, SEEK_END);
	bytes = size > 0 ? size / CHUNK * CHUNK : 0;
	if (!bytes)
		die("%s has too few pages", path);
	data = xalloc_pages(bytes);
	xpread(fd, data, bytes, 0);
	close(fd);
}

static uint64_t word_at(int fd, uint64_t n)
{
	uint64_t w;

	xpread(fd, &w, sizeof(w), n * sizeof(w));
	return w;
}

/* How many folios is mapped memory in?  All of it must be present. */
static size_t count_folios(const void *mem)
{
	int map = open("/proc/self/pagemap", O_RDONLY);
	int flags = open("/proc/kpageflags", O_RDONLY);
	size_t i, n = 0;
	uint64_t pm;

	if (map < 0 || flags < 0)
		die_errno("pagemap, kpageflags");
	for (i = 0; i < bytes / PAGE; i++) {
		pm = word_at(map, (uintptr_t)mem / PAGE + i);
		if (!(pm & PM_PRESENT))
			die("page %zu is not there", i);
		n += !(word_at(flags, pm & PM_PFN) & KPF_TAIL);
	}
	close(map);
	close(flags);
	return n;
}

static double pageout(void *mem)
{
	double t = now();

	if (madvise(mem, bytes, MADV_PAGEOUT))
		die_errno("MADV_PAGEOUT");
	return now() - t;
}

static double read_file(int fd, uint8_t *buf)
{
	double t = now();
	size_t at;

	/* Larger reads would be read-ahead themselves. */
	for (at = 0; at < bytes; at += PAGE)
		xpread(fd, buf + at, PAGE, at);
	return now() - t;
}

static void compare(const uint8_t *mem)
{
	size_t at;

	for (at = 0; at < bytes; at += PAGE)
		bad += memcmp(mem + at, data + at, PAGE) != 0;
}

static void file_round(int fd, uint8_t *buf)
{
	unsigned int left;
	uint8_t *mem = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);

	if (mem == MAP_FAILED)
		die_errno("mmap");
	if (madvise(mem, bytes, MADV_POPULATE_READ))
		die_errno("MADV_POPULATE_READ");
	folios = count_folios(mem);
	out = pageout(mem);
	munmap(mem, bytes);
	left = resident_pages(fd, 0, bytes);
	if (left)
		die("%u pages did not leave", left);
	memset(buf, 0x5a, bytes);
	in = read_file(fd, buf);
	compare(buf);
	hit = read_file(fd, buf);
	compare(buf);
}

static double touch(const volatile uint8_t *mem)
{
	double t = now();
	size_t at;

	for (at = 0; at < bytes; at += PAGE)
		(void)mem[at];
	return now() - t;
}

static void anon_round(void)
{
	uint8_t *area = mmap(NULL, bytes + CHUNK, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *mem = (uint8_t *)(((uintptr_t)area + CHUNK - 1) / CHUNK * CHUNK);

	if (area == MAP_FAILED)
		die_errno("mmap");
	memcpy(mem, data, bytes);
	folios = count_folios(mem);
	out = pageout(mem);
	in = touch(mem);
	hit = touch(mem);
	compare(mem);
	munmap(area, bytes + CHUNK);
}

int main(int argc, char **argv)
{
	bool file = argc == 4 && !strcmp(argv[1], "file");
	uint8_t *buf = NULL;
	int i, fd = -1;

	if (!file && (argc != 3 || strcmp(argv[1], "anon")))
		die("usage: folios file PATH DATA | folios anon DATA");
	read_data(argv[argc - 1]);
	if (file) {
		fd = open(argv[2], O_RDONLY);
		if (fd < 0)
			die_errno("%s", argv[2]);
		buf = xalloc_pages(bytes);
		read_file(fd, buf);
	}
	for (i = 0; i < ROUNDS; i++) {
		if (file)
			file_round(fd, buf);
		else
			anon_round();
	}
	printf("folios out=%.0f in=%.0f hit=%.0f pages=%zu folios=%zu bad=%lu\n",
	       out * 1e9, in * 1e9, hit * 1e9, bytes / PAGE, folios, bad);
	return bad ? EXIT_BAD : 0;
}
