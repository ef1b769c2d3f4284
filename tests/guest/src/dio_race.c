// SPDX-License-Identifier: GPL-2.0
/*
 * dio_race - a read that follows a direct write must not see what it replaced
 *
 * A direct write goes to the disk beside the page cache.  A buffered read that
 * races with it may bring old data into the page cache; the kernel throws that
 * page out when the write completes.  But if the page is reclaimed in between,
 * there is nothing to throw out, and a store that kept a copy would return it
 * after the write: stale.  So: writers write versions of sectors with O_DIRECT
 * and say when a version has completed; readers note what had completed before
 * they read, and must find that version or a later one; evictors reclaim pages
 * as fast as they can.
 *
 * While a write of a sector is in flight a reader may find the old one, the
 * new one, or, since a disk need not write a sector at once, a mix.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "sector.h"

#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_THREADS	16
#define MAX_RUN		16u		/* pages of one write or read */

struct thread {
	pthread_t pthread;
	unsigned int id;
	uint64_t rnd;
	char *buf;
	struct aio *aio;
};

static struct {
	const char *path;
	unsigned int pages, writers, readers, evictors, hogs;
	unsigned long writes;
	unsigned int max_seconds;
	bool aio;
	uint64_t seed;
} opt = {
	.pages = 64, .writers = 1, .readers = 2, .evictors = 2, .hogs = 0,
	.writes = 2000, .max_seconds = 0, .aio = true, .seed = 1,
};

/* Per sector: the last version whose write was started, and completed. */
static atomic_uint *begun, *done;
static atomic_bool stopping;
static atomic_ulong n_writes, n_reads, n_stale, n_future, n_torn, n_evict;
static int fd, dfd;
static double deadline;

/* --- readers ------------------------------------------------------------- */

static void report(uint32_t s, const char *what, struct tag t, uint32_t least,
		   uint32_t most)
{
	static atomic_uint said;

	if (atomic_fetch_add(&said, 1) < 10)
		printf("dio_race: %s: sector %u (page %u): found file %u sector %u version %u, completed before the read: %u, started after it: %u\n",
		       what, s, s / PAGE_SECTORS, t.file, t.sector, t.version,
		       least, most);
}

static void judge(uint32_t s, const char *data, uint32_t least, uint32_t most)
{
	struct tag t;

	if (!sector_whose(data, &t) || t.sector != s || t.file != 7) {
		if (least != most)
			return;		/* in flight */
		n_torn++;
		report(s, "torn", t, least, most);
	} else if (t.version < least) {
		n_stale++;
		report(s, "stale", t, least, most);
	} else if (t.version > most) {
		n_future++;
		report(s, "from the future", t, least, most);
	}
}

static void read_run(struct thread *t, uint32_t page, uint32_t n)
{
	uint32_t least[MAX_RUN * PAGE_SECTORS], most, i;
	uint32_t s = page * PAGE_SECTORS, count = n * PAGE_SECTORS;

	for (i = 0; i < count; i++)
		least[i] = atomic_load(&done[s + i]);
	if (rnd_below(&t->rnd, 4)) {
		xpread(fd, t->buf, n * PAGE, (off_t)page * PAGE);
	} else {
		char *p = mmap(NULL, n * PAGE, PROT_READ, MAP_SHARED, fd,
			       (off_t)page * PAGE);

		if (p == MAP_FAILED)
			die_errno("mmap");
		memcpy(t->buf, p, n * PAGE);
		munmap(p, n * PAGE);
	}
	for (i = 0; i < count; i++) {
		most = atomic_load(&begun[s + i]);
		judge(s + i, t->buf + i * SECTOR, least[i], most);
	}
	n_reads++;
}

static uint32_t pick(struct thread *t, uint32_t first, uint32_t pages,
		     uint32_t *n)
{
	uint32_t page = rnd_below(&t->rnd, pages);

	*n = 1 + rnd_below(&t->rnd, rnd_below(&t->rnd, 4) ? 2 : MAX_RUN);
	if (*n > pages - page)
		*n = pages - page;
	return first + page;
}

static void *reader(void *arg)
{
	struct thread *t = arg;
	uint32_t page, n;

	while (!stopping) {
		page = pick(t, 0, opt.pages, &n);
		read_run(t, page, n);
	}
	return NULL;
}

/* --- writers: each has pages of its own ----------------------------------- */

static void write_run(struct thread *t, uint32_t page, uint32_t n)
{
	uint32_t s = page * PAGE_SECTORS, count = n * PAGE_SECTORS, i;

	for (i = 0; i < count; i++) {
		uint32_t v = atomic_fetch_add(&begun[s + i], 1) + 1;

		sector_fill(t->buf + i * SECTOR, (struct tag){ 7, s + i, v });
	}
	/* an asynchronous one does not hold the inode's lock in flight */
	if (opt.aio && rnd_below(&t->rnd, 2)) {
		aio_submit(t->aio, dfd, t->buf, n * PAGE, (off_t)page * PAGE);
		aio_wait(t->aio);
	} else {
		xpwrite(dfd, t->buf, n * PAGE, (off_t)page * PAGE);
	}
	for (i = 0; i < count; i++)
		atomic_store(&done[s + i], atomic_load(&begun[s + i]));
}

static void *writer(void *arg)
{
	struct thread *t = arg;
	uint32_t share = opt.pages / opt.writers, page, n;

	t->aio = opt.aio ? aio_open() : NULL;
	while (!stopping) {
		if (atomic_fetch_add(&n_writes, 1) >= opt.writes ||
		    now() > deadline) {
			n_writes--;
			break;
		}
		page = pick(t, t->id * share, share, &n);
		write_run(t, page, n);
		/* the next read of all: the writer's own */
		if (!rnd_below(&t->rnd, 4))
			read_run(t, page, n);
	}
	return NULL;
}

/* --- evictors ------------------------------------------------------------ */

static void *evictor(void *arg)
{
	struct thread *t = arg;
	uint32_t page, n;

	while (!stopping) {
		page = pick(t, 0, opt.pages, &n);
		if (!rnd_below(&t->rnd, 8))
			evict_range(fd, 0, opt.pages * PAGE);
		else if (!rnd_below(&t->rnd, 32))
			posix_fadvise(fd, (off_t)page * PAGE, n * PAGE,
				      POSIX_FADV_DONTNEED);
		else
			evict_range(fd, (off_t)page * PAGE, n * PAGE);
		n_evict++;
	}
	return NULL;
}

static void *presser(void *arg)
{
	(void)arg;
	while (!stopping) {
		size_t avail = meminfo("MemAvailable");

		if (avail > (8 << 20))
			hog(avail - (4 << 20));
		usleep(200000);
	}
	return NULL;
}

/* ------------------------------------------------------------------------- */

static void setup(void)
{
	char *buf = xalloc_pages(PAGE);
	uint32_t page, i;

	fd = open(opt.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	dfd = open(opt.path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || dfd < 0)
		die_errno("open %s", opt.path);
	begun = xcalloc(opt.pages * PAGE_SECTORS, sizeof(*begun));
	done = xcalloc(opt.pages * PAGE_SECTORS, sizeof(*done));
	for (page = 0; page < opt.pages; page++) {
		for (i = 0; i < PAGE_SECTORS; i++) {
			uint32_t s = page * PAGE_SECTORS + i;

			begun[s] = done[s] = 1;
			sector_fill(buf + i * SECTOR, (struct tag){ 7, s, 1 });
		}
		xpwrite(fd, buf, PAGE, (off_t)page * PAGE);
	}
	if (fsync(fd))
		die_errno("fsync");
}

static struct thread threads[MAX_THREADS];
static unsigned int started;

static void start(void *(*fn)(void *), unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct thread *t = &threads[started];

		if (started == MAX_THREADS)
			die("more than %d threads", MAX_THREADS);
		t->id = i;
		t->rnd = rnd_seed(opt.seed, started);
		t->buf = xalloc_pages(MAX_RUN * PAGE);
		if (pthread_create(&t->pthread, NULL, fn, t))
			die("cannot start a thread");
		started++;
	}
}

static void usage(void)
{
	fprintf(stderr,
"usage: dio_race [options] FILE\n"
"  --pages N --writes N --seconds N (an upper limit; 0: none) --seed N\n"
"  --writers N --readers N --evictors N --hogs N --no-aio\n");
	exit(EXIT_BROKEN);
}

static void parse(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "pages", 1, NULL, 'p' }, { "writes", 1, NULL, 'n' },
		{ "seconds", 1, NULL, 't' }, { "seed", 1, NULL, 's' },
		{ "writers", 1, NULL, 'w' }, { "readers", 1, NULL, 'r' },
		{ "evictors", 1, NULL, 'e' }, { "hogs", 1, NULL, 'h' },
		{ "no-aio", 0, NULL, 'a' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longopts, NULL)) >= 0)
		switch (c) {
		case 'p': opt.pages = atoi(optarg); break;
		case 'n': opt.writes = strtoul(optarg, NULL, 0); break;
		case 't': opt.max_seconds = atoi(optarg); break;
		case 's': opt.seed = strtoull(optarg, NULL, 0); break;
		case 'w': opt.writers = atoi(optarg); break;
		case 'r': opt.readers = atoi(optarg); break;
		case 'e': opt.evictors = atoi(optarg); break;
		case 'h': opt.hogs = atoi(optarg); break;
		case 'a': opt.aio = false; break;
		default:  usage();
		}
	if (optind != argc - 1 || !opt.writers || opt.pages < opt.writers)
		usage();
	opt.path = argv[optind];
}

int main(int argc, char **argv)
{
	unsigned int i;
	bool bad;

	parse(argc, argv);
	setup();
	deadline = now() + (opt.max_seconds ?: 1e9);
	start(writer, opt.writers);
	start(reader, opt.readers);
	start(evictor, opt.evictors);
	start(presser, opt.hogs);
	for (i = 0; i < opt.writers; i++)
		pthread_join(threads[i].pthread, NULL);
	stopping = true;
	for (; i < started; i++)
		pthread_join(threads[i].pthread, NULL);
	printf("dio_race detail: torn=%lu future=%lu evictions=%lu seed=%llu\n",
	       n_torn, n_future, n_evict, (unsigned long long)opt.seed);
	printf("dio_race writes=%lu stale=%lu reads=%lu\n", n_writes, n_stale,
	       n_reads);
	bad = n_stale || n_torn || n_future;
	return bad ? EXIT_BAD : 0;
}
