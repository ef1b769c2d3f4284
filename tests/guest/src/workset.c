// SPDX-License-Identifier: GPL-2.0
/*
 * workset - anonymous memory and a file that are used all the time, and counts
 *
 *   workset FILE FILE_KIB ANON_KIB ROUNDS
 *
 * ANON_KIB of memory that no compressor can squeeze are filled, and FILE, which is
 * made if it is not there, is read once.  Then, ROUNDS times, each page of the
 * memory is written to and all of the file is read.  Printed is what the rounds
 * took:
 *
 *   workset us=N pages=N refaults=N reads_kib=N swapped=N oom_kills=N
 *
 * (us: of the clock, under --icount of scripts/vm instructions and waiting for the
 * disk; pages: of memory and file that were used; refaults: file pages that were
 * read again after they had been reclaimed; reads_kib: read from disks; swapped:
 * pages written to swap, also before the rounds, as is oom_kills.)
 */
#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK	16

static size_t file_pages, anon_pages;

static int open_file(const char *path)
{
	uint64_t state = rnd_seed(5, 0), *buf = xalloc_pages(PAGE);
	size_t page, i;
	struct stat st;
	int fd;

	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0 || fstat(fd, &st))
		die_errno("%s", path);
	/* half of each page can be compressed away */
	for (page = st.st_size / PAGE; page < file_pages; page++) {
		for (i = 0; i < PAGE / 16; i++)
			buf[i] = rnd(&state);
		xpwrite(fd, buf, PAGE, (off_t)page * PAGE);
	}
	if (fsync(fd))
		die_errno("fsync");
	return fd;
}

static void read_file(int fd, char *buf)
{
	size_t page, n;

	for (page = 0; page < file_pages; page += n) {
		n = file_pages - page < CHUNK ? file_pages - page : CHUNK;
		xpread(fd, buf, n * PAGE, (off_t)page * PAGE);
	}
}

int main(int argc, char **argv)
{
	uint64_t state = rnd_seed(6, getpid()), refaults, reads, swapped, kills;
	char *buf = xalloc_pages(CHUNK * PAGE);
	unsigned int rounds, r;
	uint64_t *anon;
	size_t i, k;
	double t;
	int fd;

	if (argc != 5)
		die("usage: workset FILE FILE_KIB ANON_KIB ROUNDS");
	file_pages = strtoull(argv[2], NULL, 0) / (PAGE >> 10);
	anon_pages = strtoull(argv[3], NULL, 0) / (PAGE >> 10);
	rounds = strtoul(argv[4], NULL, 0);
	fd = open_file(argv[1]);

	swapped = vmstat("pswpout");
	kills = vmstat("oom_kill");
	anon = xalloc_pages(anon_pages * PAGE);
	for (i = 0; i < anon_pages; i++)
		for (k = 0; k < PAGE / 8; k++)
			anon[i * (PAGE / 8) + k] = rnd(&state);
	read_file(fd, buf);

	refaults = vmstat("workingset_refault_file");
	reads = vmstat("pgpgin");
	t = now();
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < anon_pages; i++)
			anon[i * (PAGE / 8)]++;
		read_file(fd, buf);
	}
	t = now() - t;
	printf("workset us=%.0f pages=%zu refaults=%llu reads_kib=%llu swapped=%llu oom_kills=%llu\n",
	       t * 1e6, (file_pages + anon_pages) * rounds,
	       (unsigned long long)(vmstat("workingset_refault_file") - refaults),
	       (unsigned long long)(vmstat("pgpgin") - reads),
	       (unsigned long long)(vmstat("pswpout") - swapped),
	       (unsigned long long)(vmstat("oom_kill") - kills));
	return 0;
}
