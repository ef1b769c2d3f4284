// SPDX-License-Identifier: GPL-2.0
/*
 * workset - anonymous memory and a file that are used all the time, and counts
 *
 *   workset FILE FILE_KIB ANON_KIB ROUNDS [PAUSE_MS [COLD COLD_KIB]]
 *
 * ANON_KIB of memory that no compressor can squeeze are filled, and FILE, which is
 * made if it is not there, is read once.  Then, ROUNDS times, each page of the
 * memory is written to and all of the file is read.  After each round it reads the
 * next COLD_KIB of another file, COLD, from its beginning again after its end, and
 * is idle for PAUSE_MS.  Printed is what the rounds took:
 *
 *   workset us=N cpu_us=N all_us=N pages=N refaults=N reads_kib=N swapped=N oom_kills=N
 *
 * (us: CPU time of its own, without what is between rounds; cpu_us: of all tasks of
 * the machine, between rounds, too; all_us: of the clock, from the first round to the
 * end of the last; pages: of memory and file that were used; refaults: file pages that
 * were read again after they had been reclaimed; reads_kib: read from disks; swapped:
 * pages written to swap, also before the rounds, as is oom_kills.  Under --icount of
 * scripts/vm CPU time is instructions; the clock waits for the disk, for which a busy
 * host takes longer.)
 */
#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
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

static void read_pages(int fd, char *buf, size_t first, size_t end)
{
	size_t page, n;

	for (page = first; page < end; page += n) {
		n = end - page < CHUNK ? end - page : CHUNK;
		xpread(fd, buf, n * PAGE, (off_t)page * PAGE);
	}
}

/* The next so many pages of a file that nobody reads again soon. */
static void read_cold(int fd, char *buf, size_t pages)
{
	static size_t at;
	struct stat st;

	if (fstat(fd, &st))
		die_errno("cold file");
	if (at + pages > (size_t)st.st_size / PAGE)
		at = 0;
	read_pages(fd, buf, at, at + pages);
	at += pages;
}

/* Seconds that this one has run, and that all tasks have. */
static double ran(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double tasks_ran(void)
{
	unsigned long long ns;
	uint64_t sum = 0;
	glob_t tasks;
	size_t i;
	FILE *f;

	if (glob("/proc/[0-9]*/task/*/schedstat", 0, NULL, &tasks))
		die("no schedstat");
	for (i = 0; i < tasks.gl_pathc; i++) {
		f = fopen(tasks.gl_pathv[i], "r");
		/* it may have ended */
		if (!f)
			continue;
		if (fscanf(f, "%llu", &ns) == 1)
			sum += ns;
		fclose(f);
	}
	globfree(&tasks);
	return sum / 1e9;
}

int main(int argc, char **argv)
{
	uint64_t state = rnd_seed(6, getpid()), refaults, reads, swapped, kills;
	char *buf = xalloc_pages(CHUNK * PAGE);
	unsigned int rounds, r, pause_ms = 0;
	double own = 0, tasks, all, t;
	size_t i, k, cold_pages = 0;
	uint64_t *anon;
	int fd, cold = -1;

	if (argc < 5 || argc > 8 || argc == 7)
		die("usage: workset FILE FILE_KIB ANON_KIB ROUNDS [PAUSE_MS [COLD COLD_KIB]]");
	file_pages = strtoull(argv[2], NULL, 0) / (PAGE >> 10);
	anon_pages = strtoull(argv[3], NULL, 0) / (PAGE >> 10);
	rounds = strtoul(argv[4], NULL, 0);
	if (argc > 5)
		pause_ms = strtoul(argv[5], NULL, 0);
	if (argc > 7) {
		cold = open(argv[6], O_RDONLY);
		if (cold < 0)
			die_errno("%s", argv[6]);
		cold_pages = strtoull(argv[7], NULL, 0) / (PAGE >> 10);
	}
	fd = open_file(argv[1]);

	swapped = vmstat("pswpout");
	kills = vmstat("oom_kill");
	anon = xalloc_pages(anon_pages * PAGE);
	for (i = 0; i < anon_pages; i++)
		for (k = 0; k < PAGE / 8; k++)
			anon[i * (PAGE / 8) + k] = rnd(&state);
	read_pages(fd, buf, 0, file_pages);

	refaults = vmstat("workingset_refault_file");
	reads = vmstat("pgpgin");
	tasks = tasks_ran();
	all = now();
	for (r = 0; r < rounds; r++) {
		t = ran();
		for (i = 0; i < anon_pages; i++)
			anon[i * (PAGE / 8)]++;
		read_pages(fd, buf, 0, file_pages);
		own += ran() - t;
		if (cold_pages)
			read_cold(cold, buf, cold_pages);
		if (pause_ms)
			usleep(pause_ms * 1000);
	}
	tasks = tasks_ran() - tasks;
	all = now() - all;
	printf("workset us=%.0f cpu_us=%.0f all_us=%.0f pages=%zu refaults=%llu reads_kib=%llu swapped=%llu oom_kills=%llu\n",
	       own * 1e6, tasks * 1e6, all * 1e6,
	       (file_pages + anon_pages) * rounds,
	       (unsigned long long)(vmstat("workingset_refault_file") - refaults),
	       (unsigned long long)(vmstat("pgpgin") - reads),
	       (unsigned long long)(vmstat("pswpout") - swapped),
	       (unsigned long long)(vmstat("oom_kill") - kills));
	return 0;
}
