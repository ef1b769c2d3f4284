// SPDX-License-Identifier: GPL-2.0
/*
 * rules - one safety rule of the page-cache frontend at a time
 *
 * Each scenario brings a file's pages into the store, breaks what one rule
 * protects, and looks: `stale` counts sectors that hold what they must not,
 * `left` counts pages that the store still holds and nobody may ever get.
 * With the rule switched off by test_break= the scenario must find something,
 * with it on nothing.  Without the modules every scenario runs as well: that
 * is the proof that it is fair.
 *
 *   rules [--stored FILE] [--seconds N] [--away 1] SCENARIO PATH
 *
 * --stored names the statistics file that holds the number of stored pages;
 * without it `left` is not looked at.  --seconds: how long races go on, 6.
 * --away: whatever is stored is sent elsewhere before the scenario goes on, and
 * is counted there, whatever --stored says.  The last line is
 *
 *   rules SCENARIO stale=N left=N [puts=N gets=N] [away=N]
 */
#define _GNU_SOURCE
#include "guest.h"
#include "sector.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* of <linux/fs.h>; not with <sys/mount.h> in older C libraries */
#ifndef FIBMAP
#define FIBMAP	_IO(0x00, 1)
#define FIGETBSZ _IO(0x00, 2)
#endif

/* of fs/ext4/ext4.h */
struct move_extent {
	uint32_t reserved, donor_fd;
	uint64_t orig_start, donor_start, len, moved_len;	/* blocks */
};

#define EXT4_IOC_MOVE_EXT	_IOWR('f', 15, struct move_extent)
#define EXT4_IOC_SWAP_BOOT	_IO('f', 17)

/* of fs/xfs/libxfs/xfs_fs.h, where the padding has more to say */
struct xfs_bstime {
	long sec;
	int nsec;
};

struct xfs_bstat {
	uint64_t ino;
	uint16_t mode, nlink;
	uint32_t uid, gid, rdev;
	int32_t blksize;
	int64_t size;
	struct xfs_bstime atime, mtime, ctime;
	int64_t blocks;
	uint32_t padding[10];
};

struct xfs_bulkreq {
	uint64_t *ino;
	int32_t count;
	void *buffer;
	int32_t *got;
};

struct xfs_swapext {
	int64_t version, target, tmp, offset, length;
	char padding[16];
	struct xfs_bstat stat;
};

#define XFS_IOC_FSBULKSTAT_SINGLE _IOWR('X', 102, struct xfs_bulkreq)
#define XFS_IOC_SWAPEXT		_IOWR('X', 109, struct xfs_swapext)

#define CLEANCACHE	"/sys/kernel/debug/cleancache/"
#define ZCACHE		"/sys/kernel/debug/tmem/zcache/"
#define ZCACHE_PARAM	"/sys/module/tmem_zcache/parameters/"

static const char *stored_path;
static unsigned long stale, left;
static uint32_t file_id = 100;
static double seconds = 6;		/* of the scenarios that race */
static bool away;			/* what is stored goes elsewhere */
static unsigned long n_away;		/* pages that have */

/* --- a file whose sectors have versions ----------------------------------- */

struct file {
	const char *path;
	int fd, dfd;
	uint32_t id, pages;
	uint32_t *version;		/* per sector; 0: zeros */
};

/* A figure of the store's pages that are elsewhere. */
static long long remote(const char *name)
{
	FILE *f = fopen(ZCACHE "remote", "re");
	long long value;
	char word[64];

	while (f && fscanf(f, "%63s %lld", word, &value) == 2) {
		if (strcmp(word, name))
			continue;
		fclose(f);
		return value;
	}
	die("no %s in " ZCACHE "remote", name);
}

/* Here, or elsewhere, and those that are both only once; not values without a page. */
static long long stored(void)
{
	if (away)
		return get_number(ZCACHE "eph_pages", 0) -
		       get_number(ZCACHE "copied_pages", 0) + remote("values") -
		       remote("kept");
	return stored_path ? get_number(stored_path, 0) : 0;
}

/* The same when nothing is on its way to the store any more. */
static long long stored_at_rest(void)
{
	long long now = stored(), was;

	if (!stored_path && !away)
		return 0;
	do {
		was = now;
		usleep(100000);
		now = stored();
	} while (now != was);
	return now;
}

static void compose(struct file *f, uint32_t s, uint32_t n, char *buf)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		sector_fill(buf + i * SECTOR,
			    (struct tag){ f->id, s + i, f->version[s + i] });
}

static void set_version(struct file *f, uint32_t s, uint32_t n, uint32_t v)
{
	while (n--)
		f->version[s++] = v;
}

static void write_pages(struct file *f, int fd, uint32_t page, uint32_t n,
			uint32_t v)
{
	char *buf = xalloc_pages(n * PAGE);

	set_version(f, page * PAGE_SECTORS, n * PAGE_SECTORS, v);
	compose(f, page * PAGE_SECTORS, n * PAGE_SECTORS, buf);
	xpwrite(fd, buf, n * PAGE, (off_t)page * PAGE);
	munmap(buf, n * PAGE);
}

/* Sectors that are not what they should be are stale. */
static void check(struct file *f, uint32_t page, uint32_t n, const char *when)
{
	uint32_t s = page * PAGE_SECTORS, i;
	char *buf = xalloc_pages(n * PAGE);
	unsigned long bad = 0;

	xpread(f->fd, buf, n * PAGE, (off_t)page * PAGE);
	for (i = 0; i < n * PAGE_SECTORS; i++) {
		struct tag want = { f->id, s + i, f->version[s + i] };
		struct tag t;

		if (!want.version)
			want = TAG_HOLE;
		if (sector_is(buf + i * SECTOR, want))
			continue;
		if (!bad++) {
			sector_whose(buf + i * SECTOR, &t);
			printf("    %s: sector %u: found file %u sector %u version %u, not version %u\n",
			       when, s + i, t.file, t.sector, t.version,
			       want.version);
		}
	}
	if (bad)
		printf("    %s: %lu of %u sectors\n", when, bad,
		       n * PAGE_SECTORS);
	stale += bad;
	munmap(buf, n * PAGE);
}

static void file_make(struct file *f, const char *path, uint32_t pages)
{
	unlink(path);
	f->path = path;
	f->pages = pages;
	f->id = file_id++;
	f->version = xcalloc(pages * PAGE_SECTORS, sizeof(*f->version));
	f->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	f->dfd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (f->fd < 0 || f->dfd < 0)
		die_errno("open %s", path);
	write_pages(f, f->fd, 0, pages, 1);
	if (fsync(f->fd))
		die_errno("fsync");
}

static void file_close(struct file *f)
{
	close(f->fd);
	close(f->dfd);
	free(f->version);
}

static void store_limit(long long bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", bytes);
	if (!put_text(ZCACHE_PARAM "max_bytes", text))
		die_errno("max_bytes");
}

/*
 * Have all that is in the store go elsewhere.  A page that has to go before it
 * was copied is dropped, and 64 are copied at least: so the limit falls slowly.
 */
static void send_away(void)
{
	long long was = get_number(ZCACHE_PARAM "max_bytes", 0), used, here;
	int round, try;

	for (round = 0; round < 500; round++) {
		here = get_number(ZCACHE "eph_pages", 0);
		if (!here)
			break;
		/* has the worker look */
		put_text(ZCACHE_PARAM "remote_max_bytes", "0");
		for (try = 0; try < 50; try++) {
			if (get_number(ZCACHE "copied_pages", 0) >=
			    (here < 64 ? here : 64))
				break;
			usleep(10000);
		}
		used = get_number(ZCACHE "used_bytes", 0) - 16384;
		store_limit(here <= 64 || used < 4096 ? 4096 : used);
	}
	store_limit(was);
	n_away += remote("values");
}

/*
 * Bring the pages in from the disk, clean, and reclaim them.  Once more: a
 * store may take a page only at its second eviction.
 */
static void store(struct file *f, uint32_t page, uint32_t n)
{
	off_t off = (off_t)page * PAGE;
	int round;

	fsync(f->fd);
	posix_fadvise(f->fd, off, n * PAGE, POSIX_FADV_DONTNEED);
	for (round = 0; round < 2; round++) {
		check(f, page, n, "while storing");
		if (!evict_all(f->fd, off, n * PAGE))
			die("%u pages of %s stay in the page cache",
			    resident_pages(f->fd, off, n * PAGE), f->path);
	}
	if (away)
		send_away();
}

/* The store may not hold more pages than that: the others are of no use. */
static void expect_gone(long long allowed, const char *when)
{
	long long now_stored = stored();
	int try;

	/* dropping may be left to a worker, and the host be busy */
	for (try = 0; try < 200 && now_stored > allowed; try++) {
		usleep(50000);
		now_stored = stored();
	}
	if ((!stored_path && !away) || now_stored <= allowed)
		return;
	printf("    %s: the store holds %lld pages, not %lld\n", when,
	       now_stored, allowed);
	left += now_stored - allowed;
}

/* --- scenarios ----------------------------------------------------------- */

/* What is evicted comes back; this one shows that the others test anything. */
static void hit(const char *path)
{
	struct file f;

	file_make(&f, path, 256);
	store(&f, 0, 256);
	check(&f, 0, 256, "after eviction");
	store(&f, 0, 256);
	check(&f, 0, 256, "after another");
	file_close(&f);
}

/* Hits, misses and pages in the page cache within one readahead. */
static void mixed(const char *path)
{
	struct file f;
	uint32_t p;

	file_make(&f, path, 512);
	store(&f, 0, 512);
	for (p = 3; p < 500; p += 7)		/* misses */
		write_pages(&f, f.dfd, p, 1 + p % 3, 2);
	for (p = 5; p < 500; p += 31)		/* already there */
		check(&f, p, 1, "alone");
	check(&f, 0, 512, "in sequence");
	store(&f, 0, 512);
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_RANDOM);
	for (p = 511; p < 512; p -= 5)
		check(&f, p, 1, "backwards");
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_NORMAL);
	posix_fadvise(f.fd, 0, 512 * PAGE, POSIX_FADV_WILLNEED);
	check(&f, 0, 512, "after willneed");
	file_close(&f);
}

/* Page faults, for reading and for writing. */
static void mapped(const char *path)
{
	struct file f;
	uint32_t i, s;
	char *p;

	file_make(&f, path, 256);
	for (i = 0; i < 3; i++) {
		store(&f, 0, 256);
		p = mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 f.fd, 0);
		if (p == MAP_FAILED)
			die_errno("mmap");
		if (i == 1)
			madvise(p, 256 * PAGE, MADV_RANDOM);
		for (s = 0; s < 256 * PAGE_SECTORS; s++) {
			struct tag t = { f.id, s, f.version[s] };

			stale += !sector_is(p + s * SECTOR, t);
			if (s % 37)
				continue;
			t.version = f.version[s] = i + 2;
			sector_fill(p + s * SECTOR, t);
		}
		munmap(p, 256 * PAGE);
		check(&f, 0, 256, "after writes to the mapping");
	}
	store(&f, 0, 256);
	check(&f, 0, 256, "after eviction");
	file_close(&f);
}

/*
 * Bytes of the file that can only be evicted at once: folios of blocks larger than
 * a page are not split.
 */
static off_t evicted_at_once(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		die_errno("fstat");
	return st.st_blksize > PAGE ? st.st_blksize : PAGE;
}

/*
 * What a mapping wrote behind the end of the file is gone when it is written
 * back, and the file that grows later has zeros there.
 */
static void tail(const char *path)
{
	unsigned int i, round;
	char buf[PAGE], *p;
	int fd;

	for (round = 0; round < 4; round++) {
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || ftruncate(fd, 100))
			die_errno("%s", path);
		/* What is behind the end cannot be mapped, nor a part evicted. */
		if (evicted_at_once(fd) > PAGE) {
			printf("rules tail: blocks larger than a page\n");
			exit(EXIT_SKIP);
		}
		p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			die_errno("mmap");
		memset(p, 'x', round % 2 ? 600 : PAGE);
		if (msync(p, PAGE, MS_SYNC))
			die_errno("msync");
		munmap(p, PAGE);
		evict_all(fd, 0, 100);
		if (round / 2) {
			xpread(fd, buf, 100, 0);
			evict_all(fd, 0, 100);
		}
		if (ftruncate(fd, PAGE))
			die_errno("ftruncate");
		xpread(fd, buf, PAGE, 0);
		for (i = 0; i < PAGE; i++)
			stale += buf[i] != (i < 100 ? 'x' : 0);
		close(fd);
	}
}

/* ext4 can exchange a file's data with the boot loader's inode. */
static void exchanged(const char *path)
{
	char other[256];
	struct file f, g;
	struct stat st;

	snprintf(other, sizeof(other), "%s.other", path);
	file_make(&f, path, 32);
	file_make(&g, other, 64);
	store(&f, 0, 32);
	store(&g, 0, 64);
	if (ioctl(f.fd, EXT4_IOC_SWAP_BOOT)) {
		printf("rules exchanged: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	if (ioctl(g.fd, EXT4_IOC_SWAP_BOOT) || fstat(g.fd, &st))
		die_errno("swap boot");
	stale += st.st_size != 32 * PAGE;
	g.id = f.id;
	check(&g, 0, 32, "in the second file, what the first had");
	store(&g, 0, 32);
	check(&g, 0, 32, "after eviction");
	file_close(&f);
	file_close(&g);
}

/*
 * What e4defrag does: @f moves to the blocks of @g, and @g gets those that @f had,
 * as unwritten ones.
 */
static bool move_extents(struct file *f, struct file *g)
{
	struct stat st;

	if (fstat(f->fd, &st))
		die_errno("fstat");

	struct move_extent m = {
		.donor_fd = g->fd,
		.len = st.st_size / st.st_blksize,
	};

	if (ioctl(f->fd, EXT4_IOC_MOVE_EXT, &m))
		return false;
	if (m.moved_len != m.len)
		die("%llu of %llu blocks moved", (unsigned long long)m.moved_len,
		    (unsigned long long)m.len);
	set_version(g, 0, g->pages * PAGE_SECTORS, 0);
	return true;
}

/* What xfs_fsr does: files of one size exchange their data. */
static bool swap_extents(struct file *f, struct file *g)
{
	struct xfs_swapext sx = {
		.target = f->fd,
		.tmp = g->fd,
		.length = (int64_t)f->pages * PAGE,
	};
	int32_t got;
	uint32_t id = f->id;
	uint32_t *version = f->version;
	struct stat st;

	if (fstat(f->fd, &st))
		die_errno("fstat");

	uint64_t ino = st.st_ino;
	struct xfs_bulkreq req = {
		.ino = &ino, .count = 1, .buffer = &sx.stat, .got = &got,
	};

	if (ioctl(f->fd, XFS_IOC_FSBULKSTAT_SINGLE, &req))
		return false;
	if (ioctl(f->fd, XFS_IOC_SWAPEXT, &sx)) {
		if (errno == ENOTTY || errno == EOPNOTSUPP)
			return false;
		die_errno("swap extents");
	}
	f->id = g->id;
	g->id = id;
	f->version = g->version;
	g->version = version;
	return true;
}

/* Defragmenters move blocks below the page cache, of open files. */
static void defragmented(const char *path)
{
	char other[256];
	struct file f, g;

	snprintf(other, sizeof(other), "%s.other", path);
	file_make(&f, path, 64);
	file_make(&g, other, 64);
	write_pages(&f, f.fd, 16, 16, 2);
	write_pages(&g, g.fd, 32, 16, 2);
	store(&f, 0, 64);
	store(&g, 0, 64);
	if (!move_extents(&f, &g) && !swap_extents(&f, &g) &&
	    ioctl(f.fd, BTRFS_IOC_DEFRAG, NULL)) {
		printf("rules defragmented: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	check(&f, 0, 64, "in the first file");
	check(&g, 0, 64, "in the second file");
	store(&f, 0, 64);
	store(&g, 0, 64);
	check(&f, 0, 64, "in the first file, after eviction");
	check(&g, 0, 64, "in the second file, after eviction");
	file_close(&f);
	file_close(&g);
}

/*
 * The donor has its pages in the page cache when its blocks go.  There they are
 * old from then on, but nowhere else.
 */
static void donor(const char *path)
{
	char other[256];
	struct file f, g;

	snprintf(other, sizeof(other), "%s.other", path);
	file_make(&f, path, 64);
	file_make(&g, other, 64);
	store(&f, 0, 64);
	store(&g, 0, 64);
	check(&g, 0, 64, "in the donor");
	if (!move_extents(&f, &g)) {
		printf("rules donor: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	evict_all(g.fd, 0, 64 * PAGE);
	check(&g, 0, 64, "in the donor, after eviction");
	check(&f, 0, 64, "in the file");
	store(&f, 0, 64);
	store(&g, 0, 64);
	check(&f, 0, 64, "in the file, after eviction");
	check(&g, 0, 64, "in the donor, after another eviction");
	file_close(&f);
	file_close(&g);
}

/* Files of odd sizes, down to one byte: what is behind the end is zeros. */
static void small(const char *path)
{
	char name[256], *p, want[3 * PAGE];
	unsigned int i, k, round, size;
	int fd;

	mkdir(path, 0755);
	for (round = 0; round < 3; round++)
		for (i = 0; i < 150; i++) {
			size = 1 + i * 53 % 9000 + round * 100;
			snprintf(name, sizeof(name), "%s/%u", path, i);
			for (k = 0; k < sizeof(want); k++)
				want[k] = k < size ? 'a' + (i + k) % 23 : 0;
			fd = open(name, O_RDWR | O_CREAT, 0644);
			if (fd < 0)
				die_errno("%s", name);
			if (round) {
				/* what the round before left, by a fault */
				p = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED,
					 fd, 0);
				k = (size - 100 + PAGE - 1) / PAGE * PAGE;
				stale += !!memcmp(p, want, size - 100);
				for (unsigned int t = size - 100; t < k; t++)
					stale += !!p[t];
				munmap(p, 3 * PAGE);
			}
			/* append, so that the last page changes its end */
			xpwrite(fd, want + (round ? size - 100 : 0),
				round ? 100 : size, round ? size - 100 : 0);
			fsync(fd);
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
			for (k = 0; k < 2; k++) {
				char got[sizeof(want)];

				memset(got, 0, sizeof(got));
				xpread(fd, got, size, 0);
				stale += !!memcmp(got, want, sizeof(want));
				evict_range(fd, 0, size);
			}
			close(fd);
		}
}

/*
 * One page each side of 2^32 bytes, and where 2^32 pages are reached if the
 * file system can: an index that lost bits would find another one's page.
 */
static void huge(const char *path)
{
	static const uint64_t pages[] = {
		5, (1ull << 20) - 1, (1ull << 20) + 5, (1ull << 31) + 5,
		(1ull << 32) - 1, (1ull << 32) + 5,
	};
	unsigned int n = sizeof(pages) / sizeof(pages[0]), i, s, round;
	char *buf = xalloc_pages(PAGE);
	off_t unit;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	for (i = 0; i < n; i++) {
		for (s = 0; s < PAGE_SECTORS; s++)
			sector_fill(buf + s * SECTOR, (struct tag){ i, s, 1 });
		if (pwrite(fd, buf, PAGE, (off_t)pages[i] * PAGE) == PAGE)
			continue;
		if (errno != EFBIG)
			die_errno("%s", path);
		n = i;
	}
	/* All of the last block is in the file. */
	unit = evicted_at_once(fd);
	if (n && ftruncate(fd, ((off_t)pages[n - 1] * PAGE / unit + 1) * unit))
		die_errno("ftruncate");
	fsync(fd);
	for (round = 0; round < 4; round++)
		for (i = 0; i < n; i++) {
			off_t at = (off_t)pages[i] * PAGE;

			if (!round)
				posix_fadvise(fd, at, PAGE, POSIX_FADV_DONTNEED);
			xpread(fd, buf, PAGE, at);
			for (s = 0; s < PAGE_SECTORS; s++)
				stale += !sector_is(buf + s * SECTOR,
						    (struct tag){ i, s, 1 });
			if (!evict_all(fd, at / unit * unit, unit))
				die("page %llu stays in the page cache",
				    (unsigned long long)pages[i]);
		}
	printf("    pages up to index %llu\n",
	       (unsigned long long)pages[n - 1]);
	close(fd);
}

/* Holes between data; and data where holes were. */
static void sparse(const char *path)
{
	struct file f;
	uint32_t p;

	file_make(&f, path, 128);
	if (ftruncate(f.fd, 0) || ftruncate(f.fd, 128 * PAGE))
		die_errno("ftruncate");
	set_version(&f, 0, 128 * PAGE_SECTORS, 0);
	for (p = 0; p < 128; p += 8)
		write_pages(&f, f.fd, p, 3, 2);
	store(&f, 0, 128);
	check(&f, 0, 128, "holes and data");
	store(&f, 0, 128);
	for (p = 4; p < 128; p += 8)
		write_pages(&f, f.dfd, p, 2, 3);
	check(&f, 0, 128, "after direct writes to holes");
	store(&f, 0, 128);
	for (p = 6; p < 128; p += 8)
		write_pages(&f, f.fd, p, 2, 4);
	fsync(f.fd);
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED);
	check(&f, 0, 128, "after buffered writes to holes");
	file_close(&f);
}

/* A backup says of each file that it will not need it again; others do. */
static void advised(const char *path)
{
	long long before;
	struct file f;
	unsigned int i;

	file_make(&f, path, 128);
	for (i = 0; i < 3; i++) {
		store(&f, 0, 128);
		check(&f, 0, 128, "before fadvise");
		before = stored();
		posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED);
		if (stored_path && stored() < before + 64) {
			printf("    of 128 pages %lld went back to the store\n",
			       stored() - before);
			left++;
		}
		check(&f, 0, 128, "after fadvise");
		write_pages(&f, f.fd, 32, 64, 2 + i);
		fsync(f.fd);
		posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED);
		check(&f, 0, 128, "after write and fadvise");
	}
	file_close(&f);
}

/* RWF_DONTCACHE, of <linux/fs.h> since 6.14 */
#define READ_UNCACHED	0x80

/* And others say it of each read; false if this kernel cannot. */
static bool read_uncached(struct file *f, char *buf, uint32_t page, uint32_t n)
{
	struct iovec v = { .iov_base = buf, .iov_len = n * PAGE };
	ssize_t got = preadv2(f->fd, &v, 1, (off_t)page * PAGE, READ_UNCACHED);

	if (got < 0 && (errno == EOPNOTSUPP || errno == EINVAL))
		return false;
	if (got != (ssize_t)v.iov_len)
		die_errno("uncached read: %zd", got);
	return true;
}

static void uncached(const char *path)
{
	char *buf = xalloc_pages(16 * PAGE);
	long long before;
	unsigned int i;
	struct file f;
	uint32_t p;

	file_make(&f, path, 256);
	for (i = 0; i < 3; i++) {
		store(&f, 0, 256);
		before = stored();
		for (p = 0; p < 256; p += 16) {
			if (!read_uncached(&f, buf, p, 16)) {
				printf("rules uncached: not this kernel\n");
				exit(EXIT_SKIP);
			}
		}
		printf("    stored: %lld before, %lld after; in the page cache: %u\n",
		       before, stored(), resident_pages(f.fd, 0, 256 * PAGE));
		if (stored_path && stored() + 128 < before)
			left++;
		check(&f, 0, 256, "after uncached reads");
		/* what is written is not what was there */
		store(&f, 0, 256);
		write_pages(&f, f.dfd, 32, 64, 2 + 2 * i);
		for (p = 0; p < 256; p += 16)
			read_uncached(&f, buf, p, 16);
		check(&f, 0, 256, "after a direct write");
		write_pages(&f, f.fd, 64, 64, 3 + 2 * i);
		for (p = 0; p < 256; p += 16)
			read_uncached(&f, buf, p, 16);
		check(&f, 0, 256, "after a write");
		fsync(f.fd);
		for (p = 0; p < 256; p += 16)
			read_uncached(&f, buf, p, 16);
		check(&f, 0, 256, "after fsync");
	}
	munmap(buf, 16 * PAGE);
	file_close(&f);
}

/* drop_caches, and what was stored before it. */
static void dropped(const char *path)
{
	struct file f;
	unsigned int i;

	file_make(&f, path, 256);
	for (i = 2; i < 6; i++) {
		store(&f, 0, 256);
		check(&f, 0, 128, "before drop_caches");
		put_text("/proc/sys/vm/drop_caches", i % 2 ? "1" : "3");
		check(&f, 0, 256, "after drop_caches");
		write_pages(&f, f.fd, 64, 128, i);
		fsync(f.fd);
		put_text("/proc/sys/vm/drop_caches", "1");
		check(&f, 0, 256, "after write and drop_caches");
	}
	file_close(&f);
}

/*
 * What the store holds of files counts as memory that can be had, as it did in
 * the page cache; and an OOM takes what it needs of it, not all.
 */
static void empty_by_sysctl(const char *device)
{
	(void)device;
	put_text("/proc/sys/vm/drop_caches", "1");
}

static void empty_by_flushbufs(const char *device)
{
	int fd = open(device, O_RDONLY);

	if (fd < 0 || ioctl(fd, BLKFLSBUF, 0))
		die_errno("BLKFLSBUF of %s", device);
	close(fd);
}

static void empty_by_file(const char *device)
{
	(void)device;
	put_text("/sys/module/tmem_cleancache/parameters/empty", "1");
}

/* One page of a file is written where it is on the device: nobody is told. */
static void write_behind(struct file *f, const char *device, uint32_t page,
			 uint32_t v)
{
	char *buf = xalloc_pages(PAGE);
	int fd, block, size;

	/* not st_blksize, which is what is good to read at once */
	if (ioctl(f->fd, FIGETBSZ, &size))
		die_errno("FIGETBSZ");
	block = page * PAGE / size;
	if (ioctl(f->fd, FIBMAP, &block) || !block)
		die_errno("FIBMAP");
	set_version(f, page * PAGE_SECTORS, PAGE_SECTORS, v);
	compose(f, page * PAGE_SECTORS, PAGE_SECTORS, buf);
	fd = open(device, O_WRONLY | O_DIRECT);
	if (fd < 0)
		die_errno("%s", device);
	xpwrite(fd, buf, PAGE, (off_t)block * size + (off_t)page * PAGE % size);
	close(fd);
	munmap(buf, PAGE);
}

/* The disk of a file's file system, if that is on one. */
static void device_of(const struct file *f, char *device, size_t size)
{
	char line[128];
	struct stat st;
	FILE *text;

	if (fstat(f->fd, &st))
		die_errno("stat");
	snprintf(line, sizeof(line), "/sys/dev/block/%u:%u/uevent",
		 major(st.st_dev), minor(st.st_dev));
	text = fopen(line, "r");
	if (!text)
		exit(EXIT_SKIP);
	*device = '\0';
	while (fgets(line, sizeof(line), text)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "DEVNAME=", 8))
			snprintf(device, size, "/dev/%s", line + 8);
	}
	fclose(text);
}

/*
 * What is stored goes when somebody says that it must: else what was written to
 * the device below would not be seen.
 */
static void emptied(const char *path)
{
	static void (*const ways[])(const char *device) = {
		empty_by_sysctl, empty_by_flushbufs, empty_by_file,
	};
	char device[128];
	struct file f;
	unsigned int i;

	file_make(&f, path, 256);
	fsync(f.fd);
	device_of(&f, device, sizeof(device));
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		/* without the modules there is no such file */
		if (ways[i] == empty_by_file &&
		    access("/sys/module/tmem_cleancache/parameters/empty", F_OK))
			continue;
		/* a pool is made by a worker; until then nothing is stored */
		do {
			store(&f, 0, 256);
		} while (stored_path && !stored_at_rest());
		write_behind(&f, device, 10 + i, 2);
		write_behind(&f, device, 200 + i, 2);
		ways[i](device);
		expect_gone(0, "emptied");
		check(&f, 0, 256, "after it was emptied");
	}
	file_close(&f);
}

static void available(const char *path)
{
	const uint32_t pages = (16u << 20) / PAGE, step = (8u << 20) / PAGE;
	long long used, had, have, counted;
	struct file f;
	char adj[48];
	pid_t victim;

	file_make(&f, path, pages);
	fsync(f.fd);
	put_text("/proc/sys/vm/drop_caches", "3");
	/* not MemAvailable itself, from which CPUs keep megabytes in lists */
	had = meminfo("KReclaimable");
	used = get_number(ZCACHE "used_bytes", 0);
	store(&f, 0, pages);
	have = stored_at_rest();
	used = get_number(ZCACHE "used_bytes", 0) - used;
	counted = (long long)meminfo("KReclaimable") - had;
	printf("    %lld pages stored in %lld KiB; to be had: %lld KiB\n",
	       have, used >> 10, counted >> 10);
	if (used > 0 && counted < used / 2)
		left += (used / 2 - counted) / PAGE;

	/* the kernel asks whether somebody can help, and kills one anyway */
	victim = fork();
	if (!victim)
		for (;;)
			pause();
	snprintf(adj, sizeof(adj), "/proc/%d/oom_score_adj", victim);
	if (victim < 0 || !put_text(adj, "1000") ||
	    !put_text("/proc/sysrq-trigger", "f"))
		die_errno("sysrq f");
	waitpid(victim, NULL, 0);
	have -= stored_at_rest();
	printf("    an OOM took %lld pages\n", have);
	if (have > step)
		left += have - step;
	check(&f, 0, pages, "after an OOM");
	file_close(&f);
}

/* Clones share blocks, not pages. */
static void cloned(const char *path)
{
	struct file_clone_range part = { .src_length = 16 * PAGE,
					 .dest_offset = 32 * PAGE };
	char other[256];
	struct file f, g;

	snprintf(other, sizeof(other), "%s.clone", path);
	file_make(&f, path, 64);
	file_make(&g, other, 64);
	store(&g, 0, 64);
	store(&f, 0, 64);
	if (ioctl(g.fd, FICLONE, f.fd)) {
		printf("rules cloned: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	g.id = f.id;
	memcpy(g.version, f.version, 64 * PAGE_SECTORS * sizeof(*f.version));
	check(&g, 0, 64, "in the clone");
	store(&g, 0, 64);
	write_pages(&f, f.dfd, 0, 64, 2);
	check(&g, 0, 64, "in the clone, after a write to the original");
	check(&f, 0, 64, "in the original");
	store(&f, 0, 64);
	store(&g, 0, 64);
	part.src_fd = f.fd;
	if (ioctl(g.fd, FICLONERANGE, &part))
		die_errno("clone range");
	{
		char *a = xalloc_pages(16 * PAGE), *b = xalloc_pages(16 * PAGE);

		xpread(f.fd, a, 16 * PAGE, 0);
		xpread(g.fd, b, 16 * PAGE, 32 * PAGE);
		stale += !!memcmp(a, b, 16 * PAGE);
	}
	check(&g, 0, 32, "in the clone, before the part");
	check(&g, 48, 16, "in the clone, behind the part");
	file_close(&f);
	file_close(&g);
}

/*
 * What is read through the page cache is what the disk has, whatever that is.
 * False if the disk was written in between, so that nothing is known.
 */
static bool same_as_disk(struct file *f, const char *when)
{
	size_t size = f->pages * PAGE;
	char *before = xalloc_pages(size), *disk = xalloc_pages(size);
	char *cached = xalloc_pages(size);
	unsigned long bad = 0;
	uint32_t i, first = 0;
	bool known;

	xpread(f->dfd, before, size, 0);
	xpread(f->fd, cached, size, 0);
	xpread(f->dfd, disk, size, 0);
	known = !memcmp(before, disk, size);
	for (i = f->pages; known && i--;) {
		if (!memcmp(cached + i * PAGE, disk + i * PAGE, PAGE))
			continue;
		bad++;
		first = i;
	}
	if (bad)
		printf("    %s: %lu of %u pages are not what the disk has, from page %u\n",
		       when, bad, f->pages, first);
	stale += bad;
	munmap(before, size);
	munmap(cached, size);
	munmap(disk, size);
	return known;
}

/* A clone of many extents is killed: where it has got to, nobody knows. */
static void interrupted(const char *path)
{
	unsigned int try, killed = 0, i;
	char other[256];
	struct file f, g;
	pid_t pid;
	int status;

	snprintf(other, sizeof(other), "%s.clone", path);
	file_make(&f, path, 128);
	file_make(&g, other, 128);
	if (ioctl(g.fd, FICLONE, f.fd)) {
		printf("rules interrupted: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	for (i = 0; i < 128; i++)
		write_pages(&f, f.dfd, i, 1, 2);
	for (try = 0; try < 4; try++) {
		write_pages(&g, g.dfd, 0, 128, 3 + try);
		store(&g, 0, 128);
		pid = fork();
		if (pid < 0)
			die_errno("fork");
		if (!pid)
			_exit(ioctl(g.fd, FICLONE, f.fd) ? 1 : 0);
		usleep(2000 << try);
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid)
			die_errno("waitpid");
		killed += WIFSIGNALED(status);
		same_as_disk(&g, "after a clone that was killed");
		evict_all(g.fd, 0, 128 * PAGE);
		same_as_disk(&g, "after eviction");
	}
	printf("    killed: %u of %u\n", killed, try);
	file_close(&f);
	file_close(&g);
}

/* A direct write replaces pages that only the store holds. */
static void direct(const char *path)
{
	long long before;
	struct file f;
	int try;
	bool tested;

	file_make(&f, path, 64);
	before = stored_at_rest();
	store(&f, 0, 64);
	tested = stored_at_rest() > before + 48;
	write_pages(&f, f.dfd, 16, 32, 2);
	/*
	 * btrfs writes through the page cache when it has checksums (6.12.y,
	 * 6.15), and stored copies may stay for as long as pages are there:
	 * until a worker of its own is through with the extents.
	 */
	for (try = 0; try < 1200 && resident_pages(f.fd, 0, 64 * PAGE); try++) {
		posix_fadvise(f.fd, 0, 64 * PAGE, POSIX_FADV_DONTNEED);
		usleep(50000);
	}
	if (tested)
		expect_gone(before + 32, "after a direct write");
	check(&f, 0, 64, "after a direct write");
	/* with some pages of the range in the page cache */
	store(&f, 0, 64);
	check(&f, 10, 20, "before the second write");
	write_pages(&f, f.dfd, 0, 64, 3);
	check(&f, 0, 64, "after the second write");
	/* less than a page */
	store(&f, 0, 64);
	set_version(&f, 80, 2, 4);
	{
		char *buf = xalloc_pages(PAGE);

		compose(&f, 80, 2, buf);
		xpwrite(f.dfd, buf, 2 * SECTOR, 80 * SECTOR);
		munmap(buf, PAGE);
	}
	check(&f, 0, 64, "after a write of two sectors");
	file_close(&f);
}

/*
 * A direct write that fails half-way, from a page of the file itself: that is faulted
 * in after the page cache has been emptied and before anything is written, and the
 * kernel leaves it there, old, as the write has failed.
 */
static void faulted(const char *path)
{
	unsigned int try, reached = 0;
	char *buf, *map, *bad, *disk;
	struct iovec iov[3];
	struct file f;

	file_make(&f, path, 64);
	buf = xalloc_pages(PAGE);
	disk = xalloc_pages(PAGE);
	bad = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (try = 0; try < 4; try++) {
		store(&f, 0, 64);
		map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, f.fd, 0);
		if (map == MAP_FAILED || bad == MAP_FAILED)
			die_errno("mmap");
		set_version(&f, 0, PAGE_SECTORS, 2 + try);
		compose(&f, 0, PAGE_SECTORS, buf);
		iov[0] = (struct iovec){ buf, PAGE };
		iov[1] = (struct iovec){ map, PAGE };
		iov[2] = (struct iovec){ bad, PAGE };
		if (pwritev(f.dfd, iov, 3, 0) >= 0)
			printf("    a part was written\n");
		munmap(map, PAGE);
		xpread(f.dfd, disk, PAGE, 0);
		reached += !memcmp(disk, buf, PAGE);
		/* read around what was faulted in */
		if (!evict_all(f.fd, 0, 64 * PAGE))
			die("pages of %s stay in the page cache", f.path);
		same_as_disk(&f, "after a direct write that failed half-way");
		/* whatever was written, it is known again */
		write_pages(&f, f.dfd, 0, 3, 2 + try);
	}
	printf("    reached the disk: %u of %u\n", reached, try);
	if (!reached && !stale) {
		printf("rules faulted: nothing is written half-way here\n");
		exit(EXIT_SKIP);
	}
	munmap(buf, PAGE);
	munmap(disk, PAGE);
	file_close(&f);
}

/*
 * Cuts and holes.  With blocks smaller than a page, a cut at a block's edge
 * inside a page leaves the page cache nothing to do: the page is not there,
 * and its shadow stays.
 */
static void truncated(const char *path)
{
	uint32_t s = 20 * PAGE_SECTORS;
	long long before;
	bool tested;
	struct file f;

	file_make(&f, path, 64);
	store(&f, 0, 64);
	if (ftruncate(f.fd, (off_t)(s + 2) * SECTOR) ||
	    ftruncate(f.fd, 64 * PAGE))
		die_errno("ftruncate");
	set_version(&f, s + 2, (64 - 20) * PAGE_SECTORS - 2, 0);
	check(&f, 0, 64, "after truncate down and up");

	write_pages(&f, f.fd, 0, 64, 2);
	store(&f, 0, 64);
	if (fallocate(f.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)(s + 2) * SECTOR, 2 * SECTOR))
		die_errno("punch hole");
	set_version(&f, s + 2, 2, 0);
	check(&f, 0, 64, "after a hole inside a page");

	write_pages(&f, f.fd, 0, 64, 3);
	store(&f, 0, 64);
	if (!fallocate(f.fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
		       (off_t)(s + 4) * SECTOR, 20 * SECTOR))
		set_version(&f, s + 4, 20, 0);
	check(&f, 0, 64, "after zeros");

	write_pages(&f, f.fd, 0, 64, 4);
	before = stored_at_rest();
	store(&f, 0, 64);
	tested = stored_at_rest() > before + 48;
	if (ftruncate(f.fd, 32 * PAGE))
		die_errno("ftruncate");
	if (tested)
		expect_gone(before + 32, "after truncate");
	if (ftruncate(f.fd, 64 * PAGE))
		die_errno("ftruncate");
	set_version(&f, 32 * PAGE_SECTORS, 32 * PAGE_SECTORS, 0);
	check(&f, 0, 64, "after truncate to half");
	file_close(&f);
}

/* --- direct writes in flight (on a device whose writes are slow) ---------- */

struct flight {
	pthread_t thread;
	struct aio *aio;		/* if not by a thread */
	struct file *f;
	uint32_t page, n, version;
	atomic_bool landed;
};

static void *fly(void *arg)
{
	struct flight *fl = arg;
	char *buf = xalloc_pages(fl->n * PAGE);
	uint32_t s = fl->page * PAGE_SECTORS, i;

	for (i = 0; i < fl->n * PAGE_SECTORS; i++)
		sector_fill(buf + i * SECTOR, (struct tag){ fl->f->id, s + i,
							    fl->version });
	if (fl->aio) {
		aio_submit(fl->aio, fl->f->dfd, buf, fl->n * PAGE,
			   (off_t)s * SECTOR);
		aio_wait(fl->aio);
	} else {
		xpwrite(fl->f->dfd, buf, fl->n * PAGE, (off_t)s * SECTOR);
	}
	munmap(buf, fl->n * PAGE);
	fl->landed = true;
	return NULL;
}

/* Odd versions fly asynchronously: the inode's lock is free meanwhile. */
static void take_off(struct flight *fl, struct file *f, uint32_t page,
		     uint32_t n, uint32_t version)
{
	static struct aio *aio;

	if (!aio)
		aio = aio_open();
	*fl = (struct flight){ .f = f, .page = page, .n = n,
			       .version = version,
			       .aio = version % 2 ? aio : NULL };
	if (pthread_create(&fl->thread, NULL, fly, fl))
		die("cannot start a thread");
	usleep(20000);
}

static void land(struct flight *fl)
{
	pthread_join(fl->thread, NULL);
	set_version(fl->f, fl->page * PAGE_SECTORS, fl->n * PAGE_SECTORS,
		    fl->version);
}

/*
 * A page is read and reclaimed while a direct write of it is under way: when
 * the write completes the page cache is empty, and nobody is told.
 */
static void in_flight(const char *path)
{
	unsigned int v, early = 0;
	struct flight fl;
	struct file f;
	char *buf = xalloc_pages(32 * PAGE);

	file_make(&f, path, 32);
	for (v = 2; v < 12; v++) {
		take_off(&fl, &f, 0, 32, v);
		xpread(f.fd, buf, 32 * PAGE, 0);
		evict_range(f.fd, 0, 32 * PAGE);
		/* and once more: a store may want to see a page twice */
		xpread(f.fd, buf, 32 * PAGE, 0);
		evict_range(f.fd, 0, 32 * PAGE);
		early += !fl.landed;
		land(&fl);
		check(&f, 0, 32, "after the write landed");
	}
	printf("    reads while a write was in flight: %u of 10\n", early);
	file_close(&f);
}

/*
 * A page that was stored is replaced in the page cache, leaves it by another
 * way than reclaim, comes back from the disk, and is then reclaimed while a
 * direct write elsewhere in the file forbids storing it.  The first copy must
 * be long gone.
 */
static void left_behind(const char *path)
{
	struct flight fl;
	struct file f;
	unsigned int v;

	file_make(&f, path, 64);
	for (v = 2; v < 8; v++) {
		store(&f, 0, 16);
		write_pages(&f, f.fd, 0, 16, v);
		fsync(f.fd);
		posix_fadvise(f.fd, 0, 16 * PAGE, POSIX_FADV_DONTNEED);
		check(&f, 0, 16, "from the disk");
		take_off(&fl, &f, 48, 8, v);
		evict_range(f.fd, 0, 16 * PAGE);
		land(&fl);
		check(&f, 0, 64, "after reclaim during a write elsewhere");
	}
	file_close(&f);
}

/* --- inodes -------------------------------------------------------------- */

static void deleted(const char *path)
{
	long long before = stored_at_rest();
	bool tested;
	struct file f;

	file_make(&f, path, 128);
	store(&f, 0, 128);
	tested = stored_at_rest() >= before + 96;
	file_close(&f);
	if (unlink(path))
		die_errno("unlink");
	if (tested)
		expect_gone(before, "after unlink");
	/* nameless, but open, and stored again */
	file_make(&f, path, 128);
	if (unlink(path))
		die_errno("unlink");
	store(&f, 0, 128);
	check(&f, 0, 64, "in the nameless file");
	file_close(&f);
	if (tested)
		expect_gone(before, "after the last close");
	file_make(&f, path, 128);
	check(&f, 0, 128, "in the new file");
	store(&f, 0, 128);
	check(&f, 0, 128, "in the new file, after eviction");
	file_close(&f);
}

static void file_forget(struct file *f)
{
	close(f->fd);
	close(f->dfd);
	put_text("/proc/sys/vm/drop_caches", "2");
	put_text("/proc/sys/vm/drop_caches", "3");
}

static void file_recall(struct file *f)
{
	f->fd = open(f->path, O_RDWR | O_CLOEXEC);
	f->dfd = open(f->path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (f->fd < 0 || f->dfd < 0)
		die_errno("open %s", f->path);
}

/*
 * The inode leaves memory, the file stays, and so may what is stored: changes
 * through an inode whose pages nobody has seen yet must be noticed as well.
 */
static void forgotten(const char *path)
{
	long long before;
	bool tested;
	struct file f;

	file_make(&f, path, 128);
	store(&f, 0, 128);
	file_forget(&f);
	file_recall(&f);
	check(&f, 0, 128, "after the inode came back");

	store(&f, 0, 128);
	file_forget(&f);
	file_recall(&f);
	write_pages(&f, f.dfd, 0, 128, 2);
	check(&f, 0, 128, "after a direct write");

	store(&f, 0, 128);
	file_forget(&f);
	file_recall(&f);
	write_pages(&f, f.fd, 10, 20, 3);
	fsync(f.fd);
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED);
	check(&f, 0, 128, "after a buffered write");

	store(&f, 0, 128);
	file_forget(&f);
	if (truncate(path, 64 * PAGE) || truncate(path, 128 * PAGE))
		die_errno("truncate");
	set_version(&f, 64 * PAGE_SECTORS, 64 * PAGE_SECTORS, 0);
	file_recall(&f);
	check(&f, 0, 128, "after truncate");

	store(&f, 0, 128);
	file_forget(&f);
	file_recall(&f);
	if (fallocate(f.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      8 * PAGE, 8 * PAGE))
		die_errno("punch hole");
	set_version(&f, 8 * PAGE_SECTORS, 8 * PAGE_SECTORS, 0);
	check(&f, 0, 128, "after a hole");

	/* nothing of it is stored now, and no page of any file is cached */
	write_pages(&f, f.dfd, 0, 128, 4);
	put_text("/proc/sys/vm/drop_caches", "3");
	before = stored_at_rest();
	store(&f, 0, 128);
	file_forget(&f);
	tested = stored_at_rest() > before + 96;
	unlink(path);
	if (tested)
		expect_gone(before, "after unlink");
	free(f.version);
}

/* One inode number, two trees: a snapshot keeps what the original loses. */
static void snapshot(const char *path)
{
	struct btrfs_ioctl_vol_args make = { 0 };
	struct btrfs_ioctl_vol_args snap = { 0 };
	char dir[256], in_sub[512], in_snap[512];
	struct file f, g;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	snprintf(in_sub, sizeof(in_sub), "%s/sub/f", dir);
	snprintf(in_snap, sizeof(in_snap), "%s/snap/f", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	strcpy(make.name, "sub");
	if (fd < 0 || ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, &make)) {
		printf("rules snapshot: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	file_make(&f, in_sub, 64);
	store(&f, 0, 64);
	snprintf(dir + strlen(dir), 8, "/sub");
	strcpy(snap.name, "snap");
	snap.fd = open(dir, O_RDONLY | O_DIRECTORY);
	if (ioctl(fd, BTRFS_IOC_SNAP_CREATE, &snap))
		die_errno("snapshot");
	g = f;
	g.path = in_snap;
	g.version = xcalloc(64 * PAGE_SECTORS, sizeof(*g.version));
	set_version(&g, 0, 64 * PAGE_SECTORS, 1);
	file_recall(&g);

	write_pages(&f, f.dfd, 0, 64, 2);
	check(&g, 0, 64, "in the snapshot");
	store(&g, 0, 64);
	check(&f, 0, 64, "in the original");
	store(&f, 0, 64);
	check(&g, 0, 64, "in the snapshot, again");
	check(&f, 0, 64, "in the original, again");
	file_close(&f);
	file_close(&g);
	close(fd);
	close(snap.fd);
}

/* --- races of eviction with everything ----------------------------------- */

static atomic_bool stopping;

static void *evict_loop(void *arg)
{
	char *buf = xalloc_pages(64 * PAGE);
	struct file *f = arg;

	while (!stopping) {
		if (pread(f->fd, buf, f->pages * PAGE, 0) < 0)
			die_errno("pread");
		evict_range(f->fd, 0, f->pages * PAGE);
	}
	munmap(buf, 64 * PAGE);
	return NULL;
}

/*
 * An evictor puts pages all the time; a direct write must also undo the put
 * that is under way when it begins.  Ends as soon as one was not.
 */
static void half_done(const char *path)
{
	double end = now() + seconds;
	pthread_t evictor;
	struct file f;
	unsigned int v;

	file_make(&f, path, 16);
	if (pthread_create(&evictor, NULL, evict_loop, &f))
		die("cannot start a thread");
	for (v = 2; now() < end && !stale; v++) {
		write_pages(&f, f.dfd, 0, 16, v);
		check(&f, 0, 16, "after a direct write");
	}
	stopping = true;
	pthread_join(evictor, NULL);
	printf("    changes: %u\n", v - 2);
	file_close(&f);
}

/* The same with all kinds of changes. */
static void pending(const char *path)
{
	double end = now() + seconds;
	struct flight fl;
	pthread_t evictor;
	struct file f;
	unsigned int v;

	file_make(&f, path, 8);
	if (pthread_create(&evictor, NULL, evict_loop, &f))
		die("cannot start a thread");
	for (v = 2; now() < end; v++) {
		switch (v % 4) {
		case 0:			/* direct, and the next write at once */
			write_pages(&f, f.dfd, 0, 8, v);
			break;
		case 1:			/* buffered, then out by the side door */
			write_pages(&f, f.fd, 0, 8, v);
			fdatasync(f.fd);
			posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED);
			break;
		case 2:			/* a hole */
			if (fallocate(f.fd, FALLOC_FL_PUNCH_HOLE |
				      FALLOC_FL_KEEP_SIZE, 0, 8 * PAGE))
				die_errno("punch hole");
			set_version(&f, 0, 8 * PAGE_SECTORS, 0);
			break;
		case 3:			/* cut and written again, directly */
			if (ftruncate(f.fd, 0) || ftruncate(f.fd, 8 * PAGE))
				die_errno("ftruncate");
			set_version(&f, 0, 8 * PAGE_SECTORS, 0);
			check(&f, 0, 8, "after truncate");
			write_pages(&f, f.dfd, 0, 8, v);
		}
		check(&f, 0, 8, "after a change");
		check(&f, 0, 8, "again");
		if (!(v % 16)) {
			take_off(&fl, &f, 4, 4, v + 1000000);
			check(&f, 0, 4, "beside a write");
			land(&fl);
			check(&f, 0, 8, "after that");
		}
	}
	stopping = true;
	pthread_join(evictor, NULL);
	printf("    changes: %u\n", v - 2);
	file_close(&f);
}

/* --- write-back that fails ------------------------------------------------ */

/* Commands that make the disk refuse writes, and take them again. */
static void disk_does(const char *what)
{
	const char *command = getenv(what);

	if (!command) {
		printf("rules failed: no disk that can be made bad\n");
		exit(EXIT_SKIP);
	}
	if (system(command))
		die("%s: %s", what, command);
}

/*
 * What could not be written stays in the page cache as if it had been.  Only
 * data is written while the disk is bad: what is on it is what was.
 */
static void failed(const char *path)
{
	unsigned int try, flags = 0;
	char dir[256];
	struct file f;
	int fd;

	/* in place, on btrfs */
	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && !ioctl(fd, FS_IOC_GETFLAGS, &flags)) {
		flags |= FS_NOCOW_FL;
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	close(fd);

	file_make(&f, path, 128);
	store(&f, 0, 128);
	check(&f, 0, 128, "before");
	store(&f, 0, 128);
	for (try = 0; try < 3 && !stale; try++) {
		sync();
		disk_does("DISK_BAD");
		write_pages(&f, f.fd, 16, 64, 2 + try);
		if (!sync_file_range(f.fd, 0, 128 * PAGE,
				     SYNC_FILE_RANGE_WAIT_BEFORE |
				     SYNC_FILE_RANGE_WRITE |
				     SYNC_FILE_RANGE_WAIT_AFTER))
			die("a write to a bad disk did not fail");
		disk_does("DISK_GOOD");
		set_version(&f, 16 * PAGE_SECTORS, 64 * PAGE_SECTORS, 1);
		if (!evict_all(f.fd, 0, 128 * PAGE))
			die("pages of %s stay in the page cache", path);
		check(&f, 0, 128, "after a write that failed");
		evict_all(f.fd, 0, 128 * PAGE);
		check(&f, 0, 128, "again");
	}
	/* and all is well when it is written at last */
	write_pages(&f, f.fd, 16, 64, 9);
	fsync(f.fd);
	evict_all(f.fd, 0, 128 * PAGE);
	check(&f, 0, 128, "after a write that did not");
	file_forget(&f);
	file_recall(&f);
	check(&f, 0, 128, "after the inode came back");
	store(&f, 0, 128);
	check(&f, 0, 128, "after eviction");
	file_close(&f);
}

/* --- names that change ---------------------------------------------------- */

static bool set_generation(struct file *f, uint32_t to)
{
	long generation = to;

	return !ioctl(f->fd, FS_IOC_SETVERSION, &generation);
}

/* The words of a mount that has its handles made in two ways. */
static bool remount(const char *path, const char *words)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	return !mount(NULL, dir, NULL, MS_REMOUNT, words);
}

static void rename_handle(struct file *f, unsigned int to)
{
	/* with nothing in the page cache, whose removal would be seen */
	evict_all(f->fd, 0, f->pages * PAGE);
	if (!set_generation(f, to ? 4711 : 815) &&
	    !remount(f->path, to ? "inode32" : "inode64")) {
		printf("rules renamed: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	sync();		/* a dirty inode stays */
	file_forget(f);
	file_recall(f);
}

/* The file handle changes, and changes back; the contents do in between. */
static void renamed(const char *path)
{
	struct file f;

	file_make(&f, path, 128);
	rename_handle(&f, 0);
	store(&f, 0, 128);
	rename_handle(&f, 1);
	write_pages(&f, f.dfd, 0, 128, 2);
	check(&f, 0, 128, "under another handle");
	rename_handle(&f, 0);
	check(&f, 0, 128, "under the first handle again");
	store(&f, 0, 128);
	check(&f, 0, 128, "after eviction");
	file_close(&f);
}

/* --- DAX ------------------------------------------------------------------ */

/* What the file is from when its inode comes back. */
static void set_dax(struct file *f, bool on)
{
	struct statx st;
	struct fsxattr x;
	int try;

	if (ioctl(f->fd, FS_IOC_FSGETXATTR, &x))
		die_errno("get the attributes");
	x.fsx_xflags = on ? x.fsx_xflags | FS_XFLAG_DAX :
			    x.fsx_xflags & ~FS_XFLAG_DAX;
	if (ioctl(f->fd, FS_IOC_FSSETXATTR, &x)) {
		printf("rules daxed: this file system cannot\n");
		exit(EXIT_SKIP);
	}
	for (try = 0; try < 50; try++) {
		sync();
		file_forget(f);
		file_recall(f);
		if (statx(f->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st))
			die_errno("statx");
		if (!(st.stx_attributes & STATX_ATTR_DAX) == !on)
			return;
	}
	die("the inode stays in memory");
}

/* DAX is switched on, the file is written, DAX is switched off. */
static void daxed(const char *path)
{
	struct file f;

	file_make(&f, path, 128);
	store(&f, 0, 128);
	set_dax(&f, true);
	write_pages(&f, f.fd, 0, 128, 2);
	check(&f, 0, 128, "through DAX");
	set_dax(&f, false);
	check(&f, 0, 128, "after DAX");
	store(&f, 0, 128);
	check(&f, 0, 128, "after eviction");
	file_close(&f);
}

/* --- a swap file: changed below the file system --------------------------- */

static void swap_header(struct file *f)
{
	char *page = xalloc_pages(PAGE);

	((uint32_t *)(page + 1024))[0] = 1;		/* version */
	((uint32_t *)(page + 1024))[1] = f->pages - 1;	/* last page */
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	xpwrite(f->dfd, page, PAGE, 0);
	munmap(page, PAGE);
}

/* Fill memory until the swap file is in use; bounded by its size. */
static size_t use_swap(void)
{
	size_t free_swap = meminfo("SwapFree"), used = 0;
	size_t want = meminfo("MemAvailable") + free_swap / 2;
	pid_t pid = fork();

	if (!pid) {
		char *p = mmap(NULL, want, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);
		uint64_t state = rnd_seed(1, getpid()), *w;
		size_t i;

		put_text("/proc/self/oom_score_adj", "1000");
		if (p == MAP_FAILED)
			_exit(1);
		for (i = 0; i < want; i += PAGE)
			for (w = (uint64_t *)(p + i);
			     w < (uint64_t *)(p + i + PAGE); w += 8)
				*w = rnd(&state);
		pause();
	}
	if (pid < 0)
		die_errno("fork");
	for (double end = now() + 120; now() < end; usleep(20000)) {
		used = free_swap - meminfo("SwapFree");
		if (used > free_swap / 4)
			break;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return used;
}

static void swapped(const char *path)
{
	char *cached = xalloc_pages(PAGE), *disk = xalloc_pages(PAGE);
	size_t used;
	struct file f;
	uint32_t i;

	file_make(&f, path, 4096);
	store(&f, 0, 4096);
	swap_header(&f);
	if (!evict_all(f.fd, 0, 4096 * PAGE))
		die("pages of %s stay", path);
	if (swapon(path, 0)) {
		if (errno == EINVAL) {
			printf("rules swapped: this file system cannot\n");
			exit(EXIT_SKIP);
		}
		die_errno("swapon");
	}
	/* somebody reads it: what is there before it is swapped to */
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_RANDOM);
	for (i = 1; i < 512; i++)
		xpread(f.fd, cached, PAGE, (off_t)i * PAGE);
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_NORMAL);
	used = use_swap();
	printf("    still in the page cache: %u of 512 pages\n",
	       resident_pages(f.fd, 0, 512 * PAGE));
	if (swapoff(path))
		die_errno("swapoff");
	/* what was read of it meanwhile is old, until it has left the cache */
	evict_all(f.fd, 0, 4096 * PAGE);
	for (i = 0; i < 4096; i++) {
		xpread(f.dfd, disk, PAGE, (off_t)i * PAGE);
		xpread(f.fd, cached, PAGE, (off_t)i * PAGE);
		stale += !!memcmp(disk, cached, PAGE);
	}
	printf("    swapped out: %zu KiB\n", used >> 10);
	if (!used) {
		printf("rules swapped: nothing was swapped out in time\n");
		exit(EXIT_SKIP);
	}
	file_close(&f);
}

/* --- a quota file: changed below the page cache ---------------------------- */

#define QUOTA_USERS	400
#define FIRST_USER	2000
/* Their records take more; bytes, whatever a page is. */
#define QUOTA_BYTES	(8 * 4096)
#define FORMAT_V1	4		/* QFMT_VFS_V1, of <linux/quota.h> */

/*
 * An empty quota file: header and information, and the root of its tree.  A whole
 * page, since of less mincore() does not say whether it is in the page cache.
 */
static void quota_header(struct file *f)
{
	static const uint32_t head[] = {
		0xd9c01f11, 1,		/* magic number of users', version */
		604800, 604800, 0,	/* times of grace, flags */
		2, 0, 0,		/* blocks, of which none is free */
	};
	char *page = xalloc_pages(PAGE);

	memcpy(page, head, sizeof(head));
	if (ftruncate(f->fd, 0))
		die_errno("ftruncate");
	xpwrite(f->fd, page, PAGE, 0);
	fsync(f->fd);
	munmap(page, PAGE);
}

/* Each user has one file, and more in it with each round. */
static void use_quota(const char *path, unsigned int round)
{
	char name[256];
	unsigned int i;
	int fd;

	mkdir(path, 0755);
	for (i = 0; i < QUOTA_USERS; i++) {
		snprintf(name, sizeof(name), "%s/%u", path, i);
		if (!round)
			unlink(name);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0 || (!round && fchown(fd, FIRST_USER + i, 0)) ||
		    fallocate(fd, 0, (off_t)round * PAGE, PAGE))
			die_errno("%s", name);
		close(fd);
	}
	/* the journal first, then the blocks that were in it */
	sync();
	sync();
}

/*
 * Quota is written to the blocks of its file, and pages of that in the cache stay
 * what they were, on any kernel.  But nowhere else.
 */
static void quota(const char *path)
{
	char files[200], device[128];
	unsigned int round, same;
	struct stat st;
	struct file f;

	snprintf(files, sizeof(files), "%s.files", path);
	file_make(&f, path, 2);
	device_of(&f, device, sizeof(device));
	quota_header(&f);
	if (!remount(path, "usrquota") ||
	    quotactl(QCMD(Q_QUOTAON, USRQUOTA), device, FORMAT_V1,
		     (void *)path)) {
		printf("rules quota: no quota here (%s)\n", strerror(errno));
		exit(EXIT_SKIP);
	}
	for (round = 0; round < 6; round++) {
		use_quota(files, round);
		if (fstat(f.fd, &st))
			die_errno("fstat");
		f.pages = st.st_size / PAGE;
		/* twice: a store may take a page only at its second eviction */
		for (same = 0; same < 2;) {
			if (!evict_all(f.fd, 0, st.st_size))
				die("pages of %s stay", path);
			same += same_as_disk(&f, "while quota is on");
		}
		evict_all(f.fd, 0, st.st_size);
	}
	printf("    pages of the quota file: %u\n", f.pages);
	if (st.st_size < QUOTA_BYTES)
		die("the quota file did not grow");
	if (quotactl(QCMD(Q_QUOTAOFF, USRQUOTA), device, 0, NULL))
		die_errno("Q_QUOTAOFF");
	same_as_disk(&f, "after quota");
	evict_all(f.fd, 0, st.st_size);
	same_as_disk(&f, "after eviction");
	file_close(&f);
}

/* ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(const char *path);
} scenarios[] = {
	{ "hit", hit },
	{ "mixed", mixed },
	{ "mapped", mapped },
	{ "small", small },
	{ "tail", tail },
	{ "exchanged", exchanged },
	{ "defragmented", defragmented },
	{ "donor", donor },
	{ "huge", huge },
	{ "sparse", sparse },
	{ "advised", advised },
	{ "uncached", uncached },
	{ "dropped", dropped },
	{ "available", available },
	{ "emptied", emptied },
	{ "cloned", cloned },
	{ "interrupted", interrupted },
	{ "direct", direct },
	{ "faulted", faulted },
	{ "truncated", truncated },
	{ "in_flight", in_flight },
	{ "left_behind", left_behind },
	{ "deleted", deleted },
	{ "forgotten", forgotten },
	{ "snapshot", snapshot },
	{ "half_done", half_done },
	{ "pending", pending },
	{ "failed", failed },
	{ "renamed", renamed },
	{ "daxed", daxed },
	{ "swapped", swapped },
	{ "quota", quota },
};

int main(int argc, char **argv)
{
	long long puts = get_number(CLEANCACHE "puts", -1);
	long long gets = get_number(CLEANCACHE "succ_gets", -1);
	unsigned int i;

	for (; argc > 2 && argv[1][0] == '-'; argv += 2, argc -= 2) {
		if (!strcmp(argv[1], "--stored"))
			stored_path = argv[2];
		else if (!strcmp(argv[1], "--seconds"))
			seconds = atof(argv[2]);
		else if (!strcmp(argv[1], "--away"))
			away = atoi(argv[2]);
		else
			die("unknown option %s", argv[1]);
	}
	if (argc != 3) {
		fprintf(stderr, "usage: rules [--stored FILE] [--seconds N] [--away 1] SCENARIO PATH\n");
		return EXIT_BROKEN;
	}
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(argv[1], scenarios[i].name))
			break;
	if (i == sizeof(scenarios) / sizeof(scenarios[0]))
		die("no scenario '%s'", argv[1]);
	scenarios[i].run(argv[2]);
	printf("rules %s stale=%lu left=%lu", argv[1], stale, left);
	if (puts >= 0)
		printf(" puts=%lld gets=%lld",
		       get_number(CLEANCACHE "puts", -1) - puts,
		       get_number(CLEANCACHE "succ_gets", -1) - gets);
	if (away)
		printf(" away=%lu", n_away);
	printf("\n");
	return stale || left ? EXIT_BAD : 0;
}
