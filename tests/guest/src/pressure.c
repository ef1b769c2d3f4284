// SPDX-License-Identifier: GPL-2.0
/*
 * pressure - anonymous memory and files that together want more than there is
 *
 *   pressure FOLDER ANON_KIB FILE_KIB SECONDS
 *
 * A child holds ANON_KIB of memory that no compressor can squeeze and touches
 * it all the time; two more read FILE_KIB of files in a loop, and one takes
 * and drops an eighth of ANON_KIB in bursts.  What the kernel kills is
 * counted: the caller compares with the same run without the modules.
 *
 *   pressure anon=KIB file=KIB reads=KIB oom_kills=N
 */
#define _GNU_SOURCE
#include "guest.h"
#include "sector.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_PAGES	((1u << 20) / PAGE)
#define READERS		2

static const char *folder;
static size_t anon_bytes, burst_bytes;
static unsigned int files;
static struct shared {
	atomic_ulong read_kib, bad;
} *shared;

static void open_path(char *path, size_t size, unsigned int i)
{
	snprintf(path, size, "%s/p%u", folder, i);
}

static void make_files(void)
{
	char *buf = xalloc_pages(FILE_PAGES * PAGE), path[256];
	unsigned int i, s;
	struct stat st;
	int fd;

	for (i = 0; i < files; i++) {
		open_path(path, sizeof(path), i);
		if (!stat(path, &st) && st.st_size == FILE_PAGES * PAGE)
			continue;
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (fd < 0)
			die_errno("create %s", path);
		for (s = 0; s < FILE_PAGES * PAGE_SECTORS; s++)
			sector_fill(buf + s * SECTOR, (struct tag){ i, s, 1 });
		xpwrite(fd, buf, FILE_PAGES * PAGE, 0);
		fsync(fd);
		close(fd);
	}
	munmap(buf, FILE_PAGES * PAGE);
}

/* incompressible, and different each time */
static void touch(char *p, size_t bytes, uint64_t *state, bool all)
{
	size_t i, k;

	for (i = 0; i < bytes; i += PAGE)
		for (k = 0; k < (all ? PAGE / 8 : 1); k++)
			((uint64_t *)(p + i))[k] = rnd(state);
}

static void hold(void)
{
	uint64_t state = rnd_seed(2, getpid());
	char *p = xalloc_pages(anon_bytes);

	touch(p, anon_bytes, &state, true);
	for (;;) {
		touch(p, anon_bytes, &state, false);
		usleep(50000);
	}
}

static void burst(void)
{
	uint64_t state = rnd_seed(3, getpid());

	for (;;) {
		char *p = xalloc_pages(burst_bytes);

		touch(p, burst_bytes, &state, true);
		munmap(p, burst_bytes);
		usleep(100000);
	}
}

static void read_loop(unsigned int start)
{
	char *buf = xalloc_pages(16 * PAGE), path[256];
	unsigned int i, page, s;
	int fd;

	for (i = start;; i = (i + 1) % files) {
		open_path(path, sizeof(path), i);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			die_errno("open %s", path);
		for (page = 0; page < FILE_PAGES; page += 16) {
			xpread(fd, buf, 16 * PAGE, (off_t)page * PAGE);
			for (s = 0; s < 16 * PAGE_SECTORS; s += PAGE_SECTORS) {
				struct tag t = { i, page * PAGE_SECTORS + s, 1 };

				shared->bad += !sector_is(buf + s * SECTOR, t);
			}
			shared->read_kib += 64;
		}
		close(fd);
	}
}

static pid_t start(void (*fn)(void), unsigned int reader)
{
	pid_t pid = fork();

	if (pid < 0)
		die_errno("fork");
	if (!pid) {
		if (fn)
			fn();
		else
			read_loop(reader);
		_exit(0);
	}
	return pid;
}

int main(int argc, char **argv)
{
	long long before = vmstat("oom_kill"), kills;
	pid_t pid[READERS + 2];
	unsigned int i;

	if (argc != 5)
		die("usage: pressure FOLDER ANON_KIB FILE_KIB SECONDS");
	folder = argv[1];
	anon_bytes = strtoull(argv[2], NULL, 0) << 10;
	burst_bytes = anon_bytes / 8;
	files = strtoull(argv[3], NULL, 0) / (FILE_PAGES * PAGE >> 10);
	if (!files || !anon_bytes)
		die("nothing to do");
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	make_files();
	for (i = 0; i < READERS; i++)
		pid[i] = start(NULL, i * files / READERS);
	pid[READERS] = start(hold, 0);
	pid[READERS + 1] = start(burst, 0);
	sleep(atoi(argv[4]));
	for (i = 0; i < READERS + 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	kills = vmstat("oom_kill") - before;
	printf("pressure anon=%zu file=%u reads=%lu bad=%lu oom_kills=%lld\n",
	       anon_bytes >> 10, files * (FILE_PAGES * PAGE >> 10),
	       shared->read_kib, shared->bad, kills);
	return kills || shared->bad ? EXIT_BAD : 0;
}
