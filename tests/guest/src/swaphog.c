// SPDX-License-Identifier: GPL-2.0
/*
 * swaphog - anonymous memory that is pushed out to swap, and every page checked
 *
 *   swaphog [--seed N] [--kib N] [--threads N] [--disk DEVICE]
 *
 * Does what it is told on its standard input, one command a line, and answers
 * each with one line:
 *
 *   fill		write every page anew
 *   out		push all pages out to swap
 *   out FIRST NR	some of them
 *   rest		push out what is still in RAM: it was under I/O before
 *   in			read a byte of every page
 *   verify		check every byte of every page
 *   churn N		N times, in all threads: check, rewrite, push out or drop a
 *			page at random, checking whatever is read
 *   work FIRST NR	check, rewrite and push out some of them, RUN at a time
 *   drop FIRST NR	give pages back; they are zeroes from then on
 *   quit
 *
 * A page is a function of seed, number and version: half text-like, the rest
 * incompressible, of one word, or zeroes.  Reads that end in SIGBUS are counted
 * as such and not as wrong.  Answers are `WORD ok ...` or `WORD BAD ...`.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS	(PAGE / 8)
#define MAX_THREADS 8
/* Pages pushed out at once by churn. */
#define RUN	16

static uint64_t seed = 1;
static size_t pages = 4096;
static unsigned int threads = 1;

static char *mem;
static int disk = -1;
static uint32_t *version;	/* 0: zeroes */
static atomic_ulong bad, bus, ops;

static __thread sigjmp_buf on_bus;
static __thread volatile int reading;

static void bus_handler(int sig)
{
	if (!reading)
		_exit(EXIT_BROKEN);
	siglongjmp(on_bus, sig);
}

static void make_page(uint64_t *buf, size_t page, uint32_t v)
{
	uint64_t state = rnd_seed(seed * 1000003 + page, v), word;
	unsigned int i;

	if (!v) {
		memset(buf, 0, PAGE);
		return;
	}
	switch (rnd_below(&state, 8)) {
	case 0:
		word = rnd(&state);
		for (i = 0; i < WORDS; i++)
			buf[i] = word;
		break;
	case 1:
		for (i = 0; i < WORDS; i++)
			buf[i] = rnd(&state);
		break;
	case 2:
		memset(buf, 0, PAGE);
		buf[WORDS - 1] = v;
		break;
	default:
		word = rnd(&state);
		for (i = 0; i < WORDS; i++)
			buf[i] = i % 4 ? word + i / 16 : rnd(&state);
		buf[0] = (uint64_t)page << 32 | v;
	}
}

static uint64_t *at(size_t page)
{
	return (uint64_t *)(mem + page * PAGE);
}

static void write_page(size_t page)
{
	uint64_t buf[WORDS];

	make_page(buf, page, ++version[page]);
	reading = 1;
	if (!sigsetjmp(on_bus, 1)) {
		memcpy(at(page), buf, PAGE);
	} else {
		/* Nothing was written: it is as unreadable as before. */
		version[page]--;
		bus++;
	}
	reading = 0;
}

static void check_page(size_t page)
{
	uint64_t buf[WORDS], *p = at(page);
	unsigned int i;

	make_page(buf, page, version[page]);
	reading = 1;
	if (sigsetjmp(on_bus, 1)) {
		reading = 0;
		bus++;
		return;
	}
	if (memcmp(p, buf, PAGE)) {
		for (i = 0; i < WORDS - 1 && p[i] == buf[i]; i++)
			;
		if (bad++ < 4)
			fprintf(stderr, "swaphog: page %zu version %u: word %u is %016llx, not %016llx\n",
				page, version[page], i, (unsigned long long)p[i],
				(unsigned long long)buf[i]);
	}
	reading = 0;
}

static void push_out(size_t first, size_t nr)
{
	if (disk >= 0) {
		/* What cannot be written is found when it is read. */
		if (msync(at(first), nr * PAGE, MS_SYNC) && errno != EIO &&
		    errno != ENOSPC)
			die_errno("msync");
		madvise(at(first), nr * PAGE, MADV_DONTNEED);
		posix_fadvise(disk, first * PAGE, nr * PAGE, POSIX_FADV_DONTNEED);
		return;
	}
	if (madvise(at(first), nr * PAGE, MADV_PAGEOUT))
		die_errno("MADV_PAGEOUT");
}

/* The first time a page that was read just now is only aged. */
static void push_out_read(size_t first, size_t nr)
{
	push_out(first, nr);
	push_out(first, nr);
}

/*
 * Pages that were under I/O when they were pushed out stay in the swap cache,
 * where nobody finds them but who reads them.
 */
static void push_out_rest(void)
{
	unsigned char *vec = xcalloc(pages, 1);
	unsigned int try;
	size_t i, n;

	for (try = 0; try < 10; try++) {
		if (mincore(mem, pages * PAGE, vec))
			die_errno("mincore");
		for (i = n = 0; i < pages; i++) {
			if (vec[i] & 1) {
				check_page(i);
				n++;
			}
		}
		if (!n)
			break;
		push_out_read(0, pages);
		usleep(20000);
	}
	free(vec);
}

static void drop(size_t first, size_t nr)
{
	if (madvise(at(first), nr * PAGE, MADV_DONTNEED))
		die_errno("MADV_DONTNEED");
	memset(version + first, 0, nr * sizeof(*version));
}

static void work(size_t first, size_t nr)
{
	size_t end = first + nr, i, n;

	for (; first < end; first += n) {
		n = end - first < RUN ? end - first : RUN;
		for (i = first; i < first + n; i++) {
			check_page(i);
			write_page(i);
		}
		push_out_read(first, n);
		ops += n;
	}
}

/* Part of a file in /proc; the kernel's allocations may be made to fail. */
static void read_proc(const char *path, void *buf, size_t len, off_t off)
{
	ssize_t n;
	int fd;

	do {
		fd = open(path, O_RDONLY);
	} while (fd < 0 && errno == ENOMEM);
	if (fd < 0)
		die_errno(path);
	do {
		n = pread(fd, buf, len, off);
	} while (n < 0 && errno == ENOMEM);
	if (n != (ssize_t)len)
		die_errno(path);
	close(fd);
}

/* Pages that are in swap, or not in the page cache. */
static size_t swapped(void)
{
	uint64_t map[512];
	size_t i, k, n = 0;

	if (disk >= 0)
		return pages - resident_pages(disk, 0, pages * PAGE);
	for (i = 0; i < pages; i += 512) {
		size_t nr = pages - i < 512 ? pages - i : 512;

		read_proc("/proc/self/pagemap", map, nr * 8,
			  ((size_t)mem / PAGE + i) * 8);
		for (k = 0; k < nr; k++)
			n += map[k] >> 62 & 1;
	}
	return n;
}

struct thread {
	pthread_t id;
	unsigned int nr;
	unsigned long todo;
	uint64_t state;
};

/* Thread n has pages n * RUN .. of every threads * RUN. */
static void *churn_thread(void *arg)
{
	struct thread *t = arg;
	size_t runs = pages / RUN / threads, first;
	unsigned int i, n;

	while (t->todo--) {
		first = ((size_t)rnd_below(&t->state, runs) * threads + t->nr) * RUN;
		n = 1 + rnd_below(&t->state, RUN);
		switch (rnd_below(&t->state, 16)) {
		case 0 ... 5:
			for (i = 0; i < n; i++)
				check_page(first + i);
			break;
		case 6 ... 10:
			for (i = 0; i < n; i++)
				write_page(first + i);
			break;
		case 11:
			if (disk < 0) {
				drop(first, n);
				break;
			}
			/* fall through */
		default:
			push_out(first, n);
		}
		ops += n;
	}
	return NULL;
}

static void churn(unsigned long n)
{
	static unsigned int call;
	struct thread t[MAX_THREADS];
	unsigned int i;
	int err;

	call++;
	for (i = 0; i < threads; i++) {
		t[i] = (struct thread){
			.nr = i, .todo = n / threads / (RUN / 2) + 1,
			.state = rnd_seed(seed * 31 + call, i),
		};
		/* allocations may be made to fail here, too */
		do {
			err = pthread_create(&t[i].id, NULL, churn_thread, &t[i]);
		} while (err == EAGAIN || err == ENOMEM);
		if (err)
			die("no thread: %d", err);
	}
	for (i = 0; i < threads; i++)
		pthread_join(t[i].id, NULL);
}

static void answer(const char *word)
{
	printf("%s %s bad=%lu bus=%lu swapped=%zu ops=%lu seed=%llu\n", word,
	       bad ? "BAD" : "ok", bad, bus, swapped(), ops,
	       (unsigned long long)seed);
	fflush(stdout);
	bad = bus = ops = 0;
}

static void do_command(const char *word, size_t a, size_t b)
{
	size_t i;

	if (!strcmp(word, "fill")) {
		for (i = 0; i < pages; i++)
			write_page(i);
	} else if (!strcmp(word, "out")) {
		push_out_read(a, b ? b : pages - a);
	} else if (!strcmp(word, "rest")) {
		push_out_rest();
	} else if (!strcmp(word, "in")) {
		for (i = 0; i < pages; i++)
			ops += *(volatile char *)at(i) & 1;
	} else if (!strcmp(word, "verify")) {
		for (i = 0; i < pages; i++)
			check_page(i);
	} else if (!strcmp(word, "churn")) {
		churn(a);
	} else if (!strcmp(word, "work")) {
		work(a, b ? b : pages - a);
	} else if (!strcmp(word, "drop")) {
		drop(a, b ? b : pages - a);
	} else {
		die("what is '%s'?", word);
	}
	answer(word);
}

int main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "seed", 1, NULL, 's' }, { "kib", 1, NULL, 'k' },
		{ "threads", 1, NULL, 't' }, { "disk", 1, NULL, 'd' }, { }
	};
	char line[128], word[32];
	struct sigaction sa = { .sa_handler = bus_handler };
	int c;

	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'k': pages = strtoull(optarg, NULL, 0) * 1024 / PAGE; break;
		case 't': threads = atoi(optarg); break;
		case 'd':
			disk = open(optarg, O_RDWR);
			if (disk < 0)
				die_errno("%s", optarg);
			break;
		default: return EXIT_BROKEN;
		}
	}
	if (!threads || threads > MAX_THREADS || pages < threads * RUN)
		die("bad --threads or --kib");
	sigaction(SIGBUS, &sa, NULL);
	mem = disk < 0 ? xalloc_pages(pages * PAGE) :
	      mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
	if (mem == MAP_FAILED)
		die_errno("mmap of the disk");
	/* No reading around, in folios of which only a part is pushed out. */
	if (disk >= 0 && madvise(mem, pages * PAGE, MADV_RANDOM))
		die_errno("MADV_RANDOM");
	version = xcalloc(pages, sizeof(*version));
	mlock(version, pages * sizeof(*version));
	while (fgets(line, sizeof(line), stdin)) {
		size_t a = 0, b = 0;

		if (sscanf(line, "%31s %zu %zu", word, &a, &b) < 1)
			continue;
		if (!strcmp(word, "quit"))
			break;
		if (strcmp(word, "churn") && (a > pages || b > pages - a))
			die("pages %zu to %zu of %zu", a, a + b, pages);
		do_command(word, a, b);
	}
	return 0;
}
