// SPDX-License-Identifier: GPL-2.0
/* guest.c - see guest.h */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How exactly memory is evened out, and in how many steps. */
#define SLACK_KIB	256
#define MAX_CHUNKS	64

static void vsay(const char *fmt, va_list ap, const char *why)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	fflush(stdout);
	fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, text,
		why ? ": " : "", why ? why : "");
}

unsigned int page_bytes;

__attribute__((constructor)) static void ask_page_size(void)
{
	page_bytes = sysconf(_SC_PAGESIZE);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap, NULL);
	va_end(ap);
	exit(EXIT_BROKEN);
}

void die_errno(const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap, why);
	va_end(ap);
	exit(EXIT_BROKEN);
}

uint64_t rnd(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dull;
}

uint32_t rnd_below(uint64_t *state, uint32_t n)
{
	return (rnd(state) >> 32) * (uint64_t)n >> 32;
}

uint64_t rnd_seed(uint64_t seed, unsigned int n)
{
	uint64_t s = (seed + n + 1) * 0x9e3779b97f4a7c15ull | 1;

	rnd(&s);
	return s;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void *xalloc_pages(size_t bytes)
{
	void *p = mmap(NULL, (bytes + PAGE - 1) & ~(size_t)(PAGE - 1),
		       PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED || madvise(p, bytes, MADV_DONTFORK))
		die_errno("mmap %zu bytes", bytes);
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		die("no memory for %zu x %zu bytes", n, size);
	return p;
}

void xpread(int fd, void *buf, size_t len, off_t off)
{
	while (len) {
		ssize_t n = pread(fd, buf, len, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die_errno("pread %zu at %lld", len, (long long)off);
		if (!n)
			die("pread %zu at %lld: end of file", len,
			    (long long)off);
		buf = (char *)buf + n;
		len -= n;
		off += n;
	}
}

void xpwrite(int fd, const void *buf, size_t len, off_t off)
{
	while (len) {
		ssize_t n = pwrite(fd, buf, len, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die_errno("pwrite %zu at %lld", len, (long long)off);
		buf = (const char *)buf + n;
		len -= n;
		off += n;
	}
}

struct aio {
	aio_context_t ctx;
	struct iocb cb;
};

struct aio *aio_open(void)
{
	struct aio *aio = xcalloc(1, sizeof(*aio));

	if (syscall(SYS_io_setup, 1, &aio->ctx))
		die_errno("io_setup");
	return aio;
}

void aio_submit(struct aio *aio, int fd, const void *buf, size_t len,
		off_t off)
{
	struct iocb *cb = &aio->cb;

	*cb = (struct iocb){
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = fd,
		.aio_buf = (uintptr_t)buf,
		.aio_nbytes = len,
		.aio_offset = off,
	};
	if (syscall(SYS_io_submit, aio->ctx, 1, &cb) != 1)
		die_errno("io_submit");
}

void aio_wait(struct aio *aio)
{
	struct io_event ev;
	int n;

	do {
		n = syscall(SYS_io_getevents, aio->ctx, 1, 1, &ev, NULL);
	} while (n < 0 && errno == EINTR);
	if (n != 1 || ev.res != (long long)aio->cb.aio_nbytes)
		die("asynchronous write: %lld", n == 1 ? ev.res : -1LL);
}

/* Memory that one page of page tables maps. */
#define PMD	(2UL << 20)

/*
 * MADV_PAGEOUT takes what the caller has mapped, so map what is resident, and
 * only that: MADV_POPULATE_READ, which fails where a touch would raise SIGBUS.
 * Kernels before 5.14 do not have it; there POSIX_FADV_DONTNEED has to do.
 *
 * A large folio is taken if one page of page tables maps all of it, else split,
 * which cannot be done to a block: so the mapping is aligned as the file is.
 */
bool evict_range(int fd, off_t off, size_t len)
{
	size_t skew = off & (PAGE - 1), n, i, run;
	unsigned char *vec;
	bool ok = false, old = false;
	char *room, *p;

	len += skew;
	off -= skew;
	room = mmap(NULL, len + PMD, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED)
		return false;
	p = room + ((off - (uintptr_t)room) & (PMD - 1));
	if (mmap(p, len, PROT_READ, MAP_SHARED | MAP_FIXED, fd, off) ==
	    MAP_FAILED) {
		munmap(room, len + PMD);
		return false;
	}
	n = (len + PAGE - 1) / PAGE;
	vec = xcalloc(n, 1);
	madvise(p, len, MADV_RANDOM);
	if (mincore(p, len, vec))
		goto out;
	ok = true;
	for (i = 0; i < n; i += run) {
		for (run = 1; i + run < n && vec[i + run] == vec[i]; run++)
			;
		if (!(vec[i] & 1) ||
		    !madvise(p + i * PAGE, run * PAGE, MADV_POPULATE_READ))
			continue;
		if (errno == EINVAL)
			old = true;
		else
			ok = false;
	}
	if (old)
		ok &= !posix_fadvise(fd, off, len, POSIX_FADV_DONTNEED);
	else
		ok &= !madvise(p, len, MADV_PAGEOUT);
out:
	free(vec);
	munmap(room, len + PMD);
	return ok;
}

unsigned int resident_pages(int fd, off_t off, size_t len)
{
	size_t skew = off & (PAGE - 1), n = (len + skew + PAGE - 1) / PAGE, i;
	unsigned char *vec = xcalloc(n, 1);
	unsigned int count = 0;
	void *p;

	p = mmap(NULL, len + skew, PROT_READ, MAP_SHARED, fd, off - skew);
	if (p == MAP_FAILED || mincore(p, len + skew, vec))
		die_errno("mincore");
	munmap(p, len + skew);
	for (i = 0; i < n; i++)
		count += vec[i] & 1;
	free(vec);
	return count;
}

/*
 * Pages just added to the LRU lists sit in per-CPU batches, with a reference
 * that forbids reclaim.  Moving memory between nodes, even none to nowhere,
 * drains the batches of all CPUs.  So does compaction, for kernels without NUMA
 * (the debug kernel).
 */
static void drain_batches(void)
{
	static char *page;

	if (!page)
		page = xalloc_pages(PAGE);
	if (syscall(SYS_mbind, page, PAGE, 0, NULL, 0, 1 << 1 /* MPOL_MF_MOVE */))
		put_text("/proc/sys/vm/compact_memory", "1");
}

bool evict_all(int fd, off_t off, size_t len)
{
	time_t end = time(NULL) + 30;
	int try;

	fsync(fd);
	for (try = 0; try < 50 || time(NULL) < end; try++) {
		drain_batches();
		if (!evict_range(fd, off, len))
			return false;
		if (!resident_pages(fd, off, len))
			return true;
		usleep(2000 << (try > 5 ? 5 : try));
	}
	return false;
}

/*
 * Who asks for memory may find none, be kept waiting, and begin the hunt for a
 * victim when the hog has given its memory back and is gone: the next best is the
 * test itself, with 44 MB free.  So something that can be spared is there all the
 * while, and after it is killed until the next hog: more than one.
 */
static void set_out_bait(void)
{
	static pid_t bait[4];
	unsigned int i;

	for (i = 0; i < sizeof(bait) / sizeof(bait[0]); i++) {
		if (bait[i] > 0 && !waitpid(bait[i], NULL, WNOHANG))
			continue;
		bait[i] = fork();
		if (bait[i])
			continue;
		/* it must hold no file, nor, by exec, a mapping of the caller's */
		for (i = 3; i < 1024; i++)
			close(i);
		put_text("/proc/self/oom_score_adj", "1000");
		execlp("sleep", "sleep", "600", (char *)NULL);
		_exit(127);
	}
}

void hog(size_t bytes)
{
	pid_t pid;
	int status;

	set_out_bait();
	pid = fork();
	if (pid < 0)
		return;
	if (!pid) {
		char *p;
		size_t i;

		put_text("/proc/self/oom_score_adj", "1000");
		p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		for (i = 0; i < bytes; i += PAGE)
			p[i] = 1;
		/*
		 * Not left to _exit(): the OOM killer does not see a process on
		 * its way out, and takes another while its memory comes back.
		 */
		munmap(p, bytes);
		_exit(0);
	}
	waitpid(pid, &status, 0);
}

size_t meminfo(const char *field)
{
	FILE *f = fopen("/proc/meminfo", "re");
	size_t len = strlen(field), kib = 0;
	char line[128];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ':') {
			kib = strtoull(line + len + 1, NULL, 10);
			break;
		}
	fclose(f);
	return kib * 1024;
}

uint64_t vmstat(const char *name)
{
	FILE *f = fopen("/proc/vmstat", "re");
	size_t len = strlen(name);
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && line[len] == ' ') {
			fclose(f);
			return strtoull(line + len, NULL, 10);
		}
	die("no %s in /proc/vmstat", name);
}

uint64_t idle_ns(void)
{
	uint64_t user, nice, sys, idle, iowait;
	FILE *f = fopen("/proc/stat", "re");

	if (!f || fscanf(f, "cpu %lu %lu %lu %lu %lu", &user, &nice, &sys,
			 &idle, &iowait) != 5)
		die("/proc/stat");
	fclose(f);
	return (idle + iowait) * (1000000000 / sysconf(_SC_CLK_TCK));
}

void *xlock_pages(size_t bytes)
{
	void *p = xalloc_pages(bytes);

	if (mlock(p, bytes))
		die_errno("mlock %zu", bytes);
	return p;
}

void leave_available(size_t kib)
{
	char *mem[MAX_CHUNKS];
	size_t len[MAX_CHUNKS], have, back;
	unsigned int n = 0, calm = 0, tries;

	for (tries = 0; calm < 5 && tries < 200; tries++) {
		have = meminfo("MemAvailable") / 1024;
		calm++;
		if (have > kib + SLACK_KIB && n < MAX_CHUNKS) {
			len[n] = (have - kib) * 1024 / PAGE * PAGE;
			mem[n] = xalloc_pages(len[n]);
			/* a part of a huge page would not come back */
			madvise(mem[n], len[n], MADV_NOHUGEPAGE);
			if (mlock(mem[n], len[n]))
				die_errno("mlock %zu", len[n]);
			n++;
			calm = 0;
		} else if (have + SLACK_KIB < kib) {
			/* what has been locked last took page tables, too */
			if (n) {
				back = (kib - have) * 1024 / PAGE * PAGE;
				if (back > len[n - 1])
					back = len[n - 1];
				len[n - 1] -= back;
				munmap(mem[n - 1] + len[n - 1], back);
				n -= !len[n - 1];
			}
			calm = 0;
		}
		usleep(200000);
	}
	if (calm < 5)
		die("%zu KiB are available, not %zu", have, kib);
}

bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text);
}

long long get_number(const char *path, long long dflt)
{
	FILE *f = fopen(path, "re");
	long long v;

	if (!f)
		return dflt;
	if (fscanf(f, "%lld", &v) != 1)
		v = dflt;
	fclose(f);
	return v;
}
