// SPDX-License-Identifier: GPL-2.0
/*
 * integrity - no read may return anything but what was last written
 *
 * Writers change files in every way Linux has (buffered, direct, mmap, holes,
 * truncation, moved ranges, clones, new inodes under old names), readers read
 * them in every way, and evictors push the pages out of memory meanwhile.
 *
 * Why this design: a reader that shares a lock with the writer knows the exact
 * content of each sector, so every byte of every read is compared, and one
 * wrong read is a bug, not a matter of timing.  What races here is the reader
 * with the evictors, and the eviction with the writer.  Reads that race with
 * a direct write are dio_race's job.
 *
 * With --faults the disk refuses writes now and then ($DISK_BAD and $DISK_GOOD
 * are the commands).  Nobody else writes then, and nothing but data in place is
 * written: what was to be written is lost, and what is read, once the pages have
 * left the page cache, is what was there before.
 *
 * Locking, in this order; what each covers:
 *   layout (rwlock)   size, name and inode of a file.  Shared by all that touch
 *                     data, exclusive for what moves it.  Two files: by id.
 *   writer (mutex)    one writer at a time, since a page dirtied beside a
 *                     direct write of the same folio is stale on any kernel
 *   region (rwlock)   64 KiB of exp[]; ascending
 *   calm (rwlock)     outside all: exclusive while the disk is bad, shared by who
 *                     writes without a file's locks, or may have a file system
 *                     write its log (xfs does when inodes are reclaimed)
 * Evictors take none.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "sector.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REGION_SECTORS	128u		/* 64 KiB */
#define MAX_IO		256u		/* sectors of one operation */
#define MAX_FILES	16
#define MAX_THREADS	32

struct file {
	unsigned int id;
	char path[256];
	pthread_rwlock_t layout;
	pthread_mutex_t writer;
	pthread_rwlock_t *region;
	int fd, dfd;
	uint32_t nsect;			/* end of file */
	struct tag *exp;		/* what each sector must hold */
	uint32_t version;		/* versions given out; under writer */
};

static pthread_rwlock_t calm = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

/* Sectors: blocks, and so what changes the layout, are aligned to it. */
static uint32_t unit;

struct thread {
	pthread_t pthread;
	uint64_t rnd;
	char *buf;			/* MAX_IO sectors, aligned */
};

static struct {
	const char *dir;
	unsigned int files, writers, readers, evictors, rounds, seconds;
	uint32_t max_sect;
	uint64_t seed;
	unsigned int dio_sectors;	/* alignment of direct I/O */
	bool drop, hogs, small, faults, dax;
	char *device, *fstype;		/* to unmount and mount between rounds */
	char *data;			/* with these options */
} opt = {
	.files = 3, .writers = 2, .readers = 2, .evictors = 2, .rounds = 1,
	.seconds = 10, .max_sect = 8 << 11, .seed = 1, .dio_sectors = 1,
	.drop = true, .hogs = true, .small = true,
};

static struct file files[MAX_FILES];
static atomic_bool stopping;
static atomic_ulong n_bad, n_reads, n_sectors, n_evict, n_hogs, n_drops, n_dax;

/* --- operations, and what became of them --------------------------------- */

enum op {
	OP_BUFFERED, OP_DIRECT, OP_MMAP, OP_PUNCH, OP_ZERO, OP_SYNC,
	OP_TRUNC_DOWN, OP_TRUNC_UP, OP_APPEND, OP_COLLAPSE, OP_INSERT,
	OP_RECREATE, OP_RENAME, OP_REOPEN, OP_CLONE, OP_CLONE_RANGE, OP_COPY,
	OP_SMALL, OP_HANDLE, OP_DAX, OP_FAULT, OPS
};

static const struct {
	const char *name;
	unsigned int weight;
} ops[OPS] = {
	[OP_BUFFERED] = { "buffered", 30 },
	[OP_DIRECT] = { "direct", 40 },
	[OP_MMAP] = { "mmap", 20 },
	[OP_PUNCH] = { "punch", 12 },
	[OP_ZERO] = { "zero", 12 },
	[OP_SYNC] = { "sync", 8 },
	[OP_TRUNC_DOWN] = { "truncate-down", 5 },
	[OP_TRUNC_UP] = { "truncate-up", 6 },
	[OP_APPEND] = { "append", 8 },
	[OP_COLLAPSE] = { "collapse", 5 },
	[OP_INSERT] = { "insert", 5 },
	[OP_RECREATE] = { "recreate", 2 },
	[OP_RENAME] = { "rename", 2 },
	[OP_REOPEN] = { "reopen", 2 },
	[OP_CLONE] = { "clone", 2 },
	[OP_CLONE_RANGE] = { "clone-range", 5 },
	[OP_COPY] = { "copy-range", 3 },
	[OP_SMALL] = { "small", 0 },
	[OP_HANDLE] = { "handle", 3 },
	[OP_DAX] = { "dax", 3 },
	[OP_FAULT] = { "fault", 0 },
};

static atomic_ulong op_done[OPS];
static atomic_bool op_missing[OPS];

/* True if @op worked; false, and never tried again, if it does not exist. */
static bool op_result(enum op op, int ret)
{
	if (!ret)
		return true;
	if (errno != EOPNOTSUPP && errno != ENOTTY && errno != EXDEV &&
	    errno != ENOSYS)
		die_errno("%s", ops[op].name);
	op_missing[op] = true;
	return false;
}

static enum op op_choose(uint64_t *state)
{
	static unsigned int total;
	unsigned int i, x;

	if (!total) {
		for (x = i = 0; i < OPS; i++)
			x += ops[i].weight;
		total = x;
	}
	x = rnd_below(state, total);
	for (i = 0; x >= ops[i].weight; i++)
		x -= ops[i].weight;
	return i;
}

/* --- checking ------------------------------------------------------------ */

/*
 * A version says by what operation it was written, so that a report does: a
 * sector that is old after "mmap" is another bug than one after "direct".
 */
static uint32_t version_of(uint32_t count, enum op op)
{
	return count * OPS + op;
}

static void describe_tag(const char *what, struct tag t)
{
	if (!t.version)
		printf("    %s: a hole\n", what);
	else
		printf("    %s: file %u sector %u version %u (%s)\n", what,
		       t.file, t.sector, t.version / OPS,
		       ops[t.version % OPS].name);
}

static void describe(const char *what, const void *buf)
{
	struct tag t;

	if (sector_whose(buf, &t))
		describe_tag(what, t);
	else
		printf("    %s: torn or foreign: %016llx %016llx\n", what,
		       ((const unsigned long long *)buf)[0],
		       ((const unsigned long long *)buf)[1]);
}

/* Say what was found, what should be, and what the disk holds. */
static void complain(struct file *f, uint32_t s, const void *found,
		     const char *how)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	char *disk;

	if (atomic_fetch_add(&n_bad, 1) >= 20)
		return;
	pthread_mutex_lock(&lock);
	printf("BAD DATA: %s sector %u of %u (page %u), read by %s, resident %u\n",
	       f->path, s, f->nsect, s / PAGE_SECTORS, how,
	       resident_pages(f->fd, (off_t)s * SECTOR, SECTOR));
	describe_tag("expected", f->exp[s]);
	describe("found", found);
	disk = xalloc_pages(PAGE);
	if (pread(f->dfd, disk, PAGE, (off_t)s / PAGE_SECTORS * PAGE) > 0)
		describe("on disk", disk + s % PAGE_SECTORS * SECTOR);
	munmap(disk, PAGE);
	fflush(stdout);
	pthread_mutex_unlock(&lock);
}

static void check(struct file *f, uint32_t s, uint32_t n, const char *buf,
		  const char *how)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (!sector_is(buf + i * SECTOR, f->exp[s + i]))
			complain(f, s + i, buf + i * SECTOR, how);
	n_sectors += n;
}

/* --- regions ------------------------------------------------------------- */

static void regions_lock(struct file *f, uint32_t s, uint32_t n, bool write)
{
	uint32_t r;

	for (r = s / REGION_SECTORS; r <= (s + n - 1) / REGION_SECTORS; r++)
		if (write)
			pthread_rwlock_wrlock(&f->region[r]);
		else
			pthread_rwlock_rdlock(&f->region[r]);
}

static void regions_unlock(struct file *f, uint32_t s, uint32_t n)
{
	uint32_t r;

	for (r = s / REGION_SECTORS; r <= (s + n - 1) / REGION_SECTORS; r++)
		pthread_rwlock_unlock(&f->region[r]);
}

/* A random piece of the file, aligned to @align sectors; 0 if there is none. */
static uint32_t pick(struct thread *t, struct file *f, uint32_t align,
		     uint32_t *start)
{
	uint32_t units = f->nsect / align, n, s;

	if (!units)
		return 0;
	s = rnd_below(&t->rnd, units);
	n = rnd_below(&t->rnd, 4) ? 1 + rnd_below(&t->rnd, 2 * PAGE_SECTORS) :
				    1 + rnd_below(&t->rnd, MAX_IO);
	n = n / align ?: 1;
	if (n > units - s)
		n = units - s;
	*start = s * align;
	return n * align;
}

/* --- writing ------------------------------------------------------------- */

/* New versions for a piece, in @buf and exp[]. */
static void compose(struct file *f, uint32_t s, uint32_t n, char *buf,
		    enum op op)
{
	uint32_t v = version_of(++f->version, op), i;

	for (i = 0; i < n; i++) {
		f->exp[s + i] = (struct tag){ f->id, s + i, v };
		sector_fill(buf + i * SECTOR, f->exp[s + i]);
	}
}

static void expect_holes(struct file *f, uint32_t s, uint32_t n)
{
	while (n--)
		f->exp[s++] = TAG_HOLE;
}

static void write_mapped(struct file *f, uint32_t s, uint32_t n,
			 const char *buf, bool sync)
{
	off_t off = (off_t)s * SECTOR, skew = off % PAGE;
	size_t len = n * SECTOR + skew;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd,
		       off - skew);

	if (p == MAP_FAILED)
		die_errno("mmap %s", f->path);
	memcpy(p + skew, buf, n * SECTOR);
	if (sync)
		msync(p, len, MS_SYNC);
	munmap(p, len);
}

static bool write_direct(struct file *f, uint32_t s, uint32_t n,
			 const char *buf)
{
	ssize_t ret;

	do {
		ret = pwrite(f->dfd, buf, n * SECTOR, (off_t)s * SECTOR);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0 && errno == EINVAL && opt.dio_sectors == 1) {
		opt.dio_sectors = PAGE_SECTORS;
		xpwrite(f->fd, buf, n * SECTOR, (off_t)s * SECTOR);
		return false;
	}
	if (ret != (ssize_t)(n * SECTOR))
		die_errno("direct write of %u sectors: %zd", n, ret);
	return true;
}

static uint32_t direct_align(struct thread *t)
{
	return rnd_below(&t->rnd, 3) ? PAGE_SECTORS : opt.dio_sectors;
}

static void change_data(struct thread *t, struct file *f, enum op op)
{
	uint32_t s, n;
	int mode;

	n = pick(t, f, op == OP_DIRECT ? direct_align(t) : 1, &s);
	if (!n)
		return;
	pthread_mutex_lock(&f->writer);
	regions_lock(f, s, n, true);
	switch (op) {
	case OP_BUFFERED:
		compose(f, s, n, t->buf, op);
		xpwrite(f->fd, t->buf, n * SECTOR, (off_t)s * SECTOR);
		break;
	case OP_DIRECT:
		compose(f, s, n, t->buf, op);
		write_direct(f, s, n, t->buf);
		break;
	case OP_MMAP:
		compose(f, s, n, t->buf, op);
		write_mapped(f, s, n, t->buf, !rnd_below(&t->rnd, 4));
		break;
	default:
		mode = FALLOC_FL_KEEP_SIZE | (op == OP_PUNCH ?
			FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
		if (op_result(op, fallocate(f->fd, mode, (off_t)s * SECTOR,
					    n * SECTOR)))
			expect_holes(f, s, n);
	}
	regions_unlock(f, s, n);
	pthread_mutex_unlock(&f->writer);
}

static void sync_data(struct thread *t, struct file *f)
{
	uint32_t s, n = pick(t, f, 1, &s);

	switch (rnd_below(&t->rnd, 4)) {
	case 0:
		fsync(f->fd);
		break;
	case 1:
		fdatasync(f->fd);
		break;
	default:
		if (n)
			sync_file_range(f->fd, (off_t)s * SECTOR, n * SECTOR,
					SYNC_FILE_RANGE_WRITE);
	}
}

/* --- what moves data: layout held exclusively ----------------------------- */

static void file_open(struct file *f)
{
	f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	f->dfd = open(f->path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (f->fd < 0 || f->dfd < 0)
		die_errno("open %s", f->path);
}

static void file_close(struct file *f)
{
	close(f->fd);
	close(f->dfd);
}

static void truncate_to(struct thread *t, struct file *f, uint32_t nsect)
{
	/* an odd end first: a partial sector, that then goes or is zeros */
	if (nsect < f->nsect && !rnd_below(&t->rnd, 3) &&
	    ftruncate(f->fd, (off_t)nsect * SECTOR + 100))
		die_errno("ftruncate");
	if (ftruncate(f->fd, (off_t)nsect * SECTOR))
		die_errno("ftruncate");
	if (nsect > f->nsect)
		expect_holes(f, f->nsect, nsect - f->nsect);
	f->nsect = nsect;
}

/* behind the end, with or without a hole between */
static void append(struct thread *t, struct file *f)
{
	bool direct = rnd_below(&t->rnd, 2);
	uint32_t align = direct ? PAGE_SECTORS : 1, s, n;

	s = f->nsect + rnd_below(&t->rnd, 3) * rnd_below(&t->rnd, 64);
	s = (s + align - 1) / align * align;
	n = align * (1 + rnd_below(&t->rnd, MAX_IO / 2 / align));
	if (s + n > opt.max_sect)
		return;
	expect_holes(f, f->nsect, s - f->nsect);
	compose(f, s, n, t->buf, OP_APPEND);
	if (direct)
		write_direct(f, s, n, t->buf);
	else
		xpwrite(f->fd, t->buf, n * SECTOR, (off_t)s * SECTOR);
	f->nsect = s + n;
}

static void collapse(struct thread *t, struct file *f)
{
	uint32_t units = f->nsect / unit, s, n;

	if (units < 4)
		return;
	s = rnd_below(&t->rnd, units - 2) * unit;
	n = (1 + rnd_below(&t->rnd, 8)) * unit;
	if (s + n >= f->nsect)
		return;
	if (!op_result(OP_COLLAPSE, fallocate(f->fd, FALLOC_FL_COLLAPSE_RANGE,
				(off_t)s * SECTOR, n * SECTOR)))
		return;
	memmove(f->exp + s, f->exp + s + n,
		(f->nsect - s - n) * sizeof(*f->exp));
	f->nsect -= n;
}

static void insert(struct thread *t, struct file *f)
{
	uint32_t units = f->nsect / unit, s, n;

	n = (1 + rnd_below(&t->rnd, 8)) * unit;
	if (units < 2 || f->nsect + n > opt.max_sect)
		return;
	s = rnd_below(&t->rnd, units - 1) * unit;
	if (!op_result(OP_INSERT, fallocate(f->fd, FALLOC_FL_INSERT_RANGE,
				(off_t)s * SECTOR, n * SECTOR)))
		return;
	memmove(f->exp + s + n, f->exp + s, (f->nsect - s) * sizeof(*f->exp));
	expect_holes(f, s, n);
	f->nsect += n;
}

static void fill(struct thread *t, struct file *f, uint32_t nsect, enum op op)
{
	uint32_t s, n;

	for (s = 0; s < nsect; s += n) {
		n = nsect - s < MAX_IO ? nsect - s : MAX_IO;
		compose(f, s, n, t->buf, op);
		xpwrite(f->fd, t->buf, n * SECTOR, (off_t)s * SECTOR);
	}
	f->nsect = nsect;
}

/* A new inode under the name; the nameless one must keep what it holds. */
static void recreate(struct thread *t, struct file *f)
{
	uint32_t s, n, nsect = f->nsect;
	int old = f->fd;

	close(f->dfd);
	if (unlink(f->path))
		die_errno("unlink %s", f->path);
	file_open(f);
	n = pick(t, f, 1, &s);
	if (n) {
		xpread(old, t->buf, n * SECTOR, (off_t)s * SECTOR);
		check(f, s, n, t->buf, "an unlinked file");
	}
	close(old);
	fill(t, f, nsect / 2 + rnd_below(&t->rnd, nsect / 2 + 1), OP_RECREATE);
}

static void change_name(struct file *f)
{
	char other[sizeof(f->path) + 2];

	snprintf(other, sizeof(other), "%s~", f->path);
	if (rename(f->path, other) || rename(other, f->path))
		die_errno("rename %s", f->path);
}

/* Let the inode leave the inode cache, with and without pages. */
static void reopen(struct thread *t, struct file *f)
{
	fsync(f->fd);
	if (rnd_below(&t->rnd, 2))
		evict_range(f->fd, 0, (off_t)f->nsect * SECTOR ?: 1);
	file_close(f);
	put_text("/proc/sys/vm/drop_caches", "2");
	file_open(f);
}

/* chattr -v: the file's handle changes, where it has a generation. */
static void change_handle(struct thread *t, struct file *f)
{
	int generation = rnd_below(&t->rnd, 3);

	op_result(OP_HANDLE, ioctl(f->fd, FS_IOC_SETVERSION, &generation));
}

/*
 * Chattr +x or -x: the page cache gives way to the device's own memory, or comes
 * back, when the inode has left memory and returns.
 */
static void switch_dax(struct thread *t, struct file *f)
{
	struct fsxattr x;
	struct statx st;

	if (!op_result(OP_DAX, ioctl(f->fd, FS_IOC_FSGETXATTR, &x)))
		return;
	x.fsx_xflags ^= FS_XFLAG_DAX;
	if (!op_result(OP_DAX, ioctl(f->fd, FS_IOC_FSSETXATTR, &x)))
		return;
	reopen(t, f);
	if (!statx(f->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) &&
	    st.stx_attributes & STATX_ATTR_DAX)
		n_dax++;
}

static void clone_file(struct file *from, struct file *to)
{
	if (ftruncate(to->fd, 0))
		die_errno("ftruncate");
	to->nsect = 0;
	if (!op_result(OP_CLONE, ioctl(to->fd, FICLONE, from->fd)))
		return;
	memcpy(to->exp, from->exp, from->nsect * sizeof(*to->exp));
	to->nsect = from->nsect;
}

/* @op is OP_CLONE_RANGE or OP_COPY */
static void clone_range(struct thread *t, struct file *from, struct file *to,
			enum op op)
{
	uint32_t s, d, n = pick(t, from, unit, &s);
	loff_t in, out;

	if (!n || to->nsect < n)
		return;
	d = rnd_below(&t->rnd, (to->nsect - n) / unit + 1) * unit;
	in = (loff_t)s * SECTOR;
	out = (loff_t)d * SECTOR;
	if (op == OP_CLONE_RANGE) {
		struct file_clone_range r = {
			.src_fd = from->fd, .src_offset = in,
			.src_length = n * SECTOR, .dest_offset = out,
		};

		if (!op_result(op, ioctl(to->fd, FICLONERANGE, &r)))
			return;
	} else {
		ssize_t got = copy_file_range(from->fd, &in, to->fd, &out,
					      n * SECTOR, 0);

		if (!op_result(op, got < 0 ? -1 : 0))
			return;
		if (got % SECTOR)
			die("copy_file_range moved %zd bytes", got);
		n = got / SECTOR;
	}
	memcpy(to->exp + d, from->exp + s, n * sizeof(*to->exp));
}

static void change_two(struct thread *t, struct file *from, enum op op)
{
	struct file *to = &files[(from->id + 1 +
		rnd_below(&t->rnd, opt.files - 1)) % opt.files];
	bool swap = to < from;

	pthread_rwlock_wrlock(swap ? &to->layout : &from->layout);
	pthread_rwlock_wrlock(swap ? &from->layout : &to->layout);
	if (op == OP_CLONE)
		clone_file(from, to);
	else
		clone_range(t, from, to, op);
	/* a clone of an empty file would stay empty */
	if (to->nsect < opt.max_sect / 8)
		fill(t, to, opt.max_sect / 2, op);
	pthread_rwlock_unlock(&from->layout);
	pthread_rwlock_unlock(&to->layout);
}

static void change_layout(struct thread *t, struct file *f, enum op op)
{
	pthread_rwlock_wrlock(&f->layout);
	switch (op) {
	case OP_TRUNC_DOWN:
		truncate_to(t, f, f->nsect - rnd_below(&t->rnd,
			    rnd_below(&t->rnd, 8) ? f->nsect / 16 + 1 :
						    f->nsect / 2 + 1));
		break;
	case OP_TRUNC_UP:
		truncate_to(t, f, f->nsect + rnd_below(&t->rnd,
			    (opt.max_sect - f->nsect) / 4 + 1));
		break;
	case OP_APPEND:
		append(t, f);
		break;
	case OP_COLLAPSE:
		collapse(t, f);
		break;
	case OP_INSERT:
		insert(t, f);
		break;
	case OP_RECREATE:
		recreate(t, f);
		break;
	case OP_RENAME:
		change_name(f);
		break;
	case OP_HANDLE:
		change_handle(t, f);
		break;
	case OP_DAX:
		switch_dax(t, f);
		break;
	default:
		reopen(t, f);
	}
	pthread_rwlock_unlock(&f->layout);
}

static void *writer(void *arg)
{
	struct thread *t = arg;

	while (!stopping) {
		struct file *f = &files[rnd_below(&t->rnd, opt.files)];
		enum op op = op_choose(&t->rnd);

		if (op_missing[op])
			continue;
		if (op <= OP_SYNC) {
			pthread_rwlock_rdlock(&f->layout);
			if (op == OP_SYNC)
				sync_data(t, f);
			else
				change_data(t, f, op);
			pthread_rwlock_unlock(&f->layout);
		} else if (op < OP_CLONE || op == OP_HANDLE ||
			   op == OP_DAX) {
			change_layout(t, f, op);
		} else if (opt.files > 1) {
			change_two(t, f, op);
		}
		op_done[op]++;
	}
	return NULL;
}

/* --- small files: many inodes, numbers used again ------------------------- */

#define SMALL_FILES	128
#define SMALL_SECTORS	24u

static struct small {
	uint32_t version;
	uint32_t nsect;			/* 0: not there */
} smalls[SMALL_FILES];

static struct tag small_tag(unsigned int i, uint32_t s)
{
	return (struct tag){ 1000 + i, s,
			     version_of(smalls[i].version, OP_SMALL) };
}

static void small_path(char *path, size_t size, unsigned int i)
{
	snprintf(path, size, "%s/small/%u", opt.dir, i);
}

static void small_write(struct thread *t, unsigned int i)
{
	struct small *sm = &smalls[i];
	uint32_t s;
	char path[256];
	int fd;

	small_path(path, sizeof(path), i);
	if (sm->nsect && unlink(path))
		die_errno("unlink %s", path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		die_errno("create %s", path);
	sm->nsect = 1 + rnd_below(&t->rnd, SMALL_SECTORS);
	sm->version++;
	for (s = 0; s < sm->nsect; s++)
		sector_fill(t->buf + s * SECTOR, small_tag(i, s));
	xpwrite(fd, t->buf, sm->nsect * SECTOR, 0);
	if (rnd_below(&t->rnd, 2)) {
		fsync(fd);
		evict_range(fd, 0, sm->nsect * SECTOR);
	}
	close(fd);
}

static void small_check(struct thread *t, unsigned int i)
{
	struct small *sm = &smalls[i];
	char path[256];
	uint32_t s;
	int fd;

	if (!sm->nsect)
		return;
	small_path(path, sizeof(path), i);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die_errno("open %s", path);
	xpread(fd, t->buf, sm->nsect * SECTOR, 0);
	for (s = 0; s < sm->nsect; s++) {
		if (sector_is(t->buf + s * SECTOR, small_tag(i, s)))
			continue;
		if (atomic_fetch_add(&n_bad, 1) >= 20)
			continue;
		printf("BAD DATA: %s sector %u\n", path, s);
		describe_tag("expected", small_tag(i, s));
		describe("found", t->buf + s * SECTOR);
	}
	n_sectors += sm->nsect;
	if (rnd_below(&t->rnd, 2))
		evict_range(fd, 0, sm->nsect * SECTOR);
	close(fd);
}

static void *small_worker(void *arg)
{
	struct thread *t = arg;

	while (!stopping) {
		unsigned int i = rnd_below(&t->rnd, SMALL_FILES);

		pthread_rwlock_rdlock(&calm);
		if (rnd_below(&t->rnd, 4))
			small_check(t, i);
		else
			small_write(t, i);
		pthread_rwlock_unlock(&calm);
		op_done[OP_SMALL]++;
	}
	return NULL;
}

/* --- writes that the disk refuses ------------------------------------------ */

static void disk_does(const char *what)
{
	const char *command = getenv(what);

	if (!command || system(command))
		die("%s: %s", what, command ?: "not set");
}

/* All of a piece is on disk: what is written over it changes no metadata. */
static bool all_written(const struct file *f, uint32_t s, uint32_t n)
{
	while (n--)
		if (!f->exp[s++].version)
			return false;
	return true;
}

static bool evict_piece(struct file *f, off_t off, size_t len)
{
	unsigned int try;

	for (try = 0; try < 50 && resident_pages(f->fd, off, len); try++) {
		evict_range(f->fd, off, len);
		usleep(1000);
	}
	return try < 50;
}

/* All locks are held: nothing else is written. */
static void fault_piece(struct thread *t, struct file *f, uint32_t s, uint32_t n)
{
	size_t len = n * SECTOR;
	off_t off = (off_t)s * SECTOR;
	struct tag was[MAX_IO];
	int ret;

	/* It says once to each descriptor that another file's write failed. */
	if (syncfs(f->fd) && syncfs(f->fd))
		die_errno("syncfs");
	memcpy(was, f->exp + s, n * sizeof(*was));
	compose(f, s, n, t->buf, OP_FAULT);
	disk_does("DISK_BAD");
	xpwrite(f->fd, t->buf, len, off);
	ret = sync_file_range(f->fd, off, len, SYNC_FILE_RANGE_WAIT_BEFORE |
			      SYNC_FILE_RANGE_WRITE |
			      SYNC_FILE_RANGE_WAIT_AFTER);
	disk_does("DISK_GOOD");
	if (!ret)
		die("a write to a bad disk did not fail");
	/* Said once to each descriptor, or fsync() fails later. */
	fsync(f->fd);
	fsync(f->dfd);
	if (evict_piece(f, off, len)) {
		memcpy(f->exp + s, was, n * sizeof(*was));
		xpread(f->fd, t->buf, len, off);
		check(f, s, n, t->buf, "pread, after a write that failed");
		op_done[OP_FAULT]++;
	} else {
		compose(f, s, n, t->buf, OP_BUFFERED);
		xpwrite(f->fd, t->buf, len, off);
		fsync(f->fd);
	}
}

static void *saboteur(void *arg)
{
	struct thread *t = arg;
	uint32_t s, n;

	while (!stopping) {
		struct file *f = &files[rnd_below(&t->rnd, opt.files)];
		unsigned int i;

		usleep(200000 + rnd_below(&t->rnd, 400000));
		pthread_rwlock_wrlock(&calm);
		for (i = 0; i < opt.files; i++)
			pthread_rwlock_wrlock(&files[i].layout);
		n = pick(t, f, PAGE_SECTORS, &s);
		if (n && all_written(f, s, n))
			fault_piece(t, f, s, n);
		while (i--)
			pthread_rwlock_unlock(&files[i].layout);
		pthread_rwlock_unlock(&calm);
	}
	return NULL;
}

/* --- reading ------------------------------------------------------------- */

static void read_mapped(struct file *f, uint32_t s, uint32_t n, bool random)
{
	off_t off = (off_t)s * SECTOR, skew = off % PAGE;
	size_t len = n * SECTOR + skew, tail;
	char *p = mmap(NULL, len, PROT_READ, MAP_SHARED, f->fd, off - skew);

	if (p == MAP_FAILED)
		die_errno("mmap %s", f->path);
	if (random)
		madvise(p, len, MADV_RANDOM);
	check(f, s, n, p + skew, random ? "mmap, random" : "mmap");
	/* behind the end of the file the page must be zeros */
	if (s + n == f->nsect)
		for (tail = len; tail % PAGE; tail++)
			if (p[tail]) {
				n_bad++;
				printf("BAD DATA: %s: byte %zu behind the end\n",
				       f->path, tail - len);
				break;
			}
	munmap(p, len);
}

static void read_piece(struct thread *t, struct file *f)
{
	unsigned int how = rnd_below(&t->rnd, 8);
	uint32_t s, n = pick(t, f, how == 7 ? direct_align(t) : 1, &s);
	off_t off = (off_t)s * SECTOR;

	if (!n)
		return;
	regions_lock(f, s, n, false);
	switch (how) {
	case 0:
	case 1:
		read_mapped(f, s, n, how);
		break;
	case 2:
		posix_fadvise(f->fd, off, n * SECTOR, POSIX_FADV_WILLNEED);
		/* fall through */
	default:
		xpread(f->fd, t->buf, n * SECTOR, off);
		check(f, s, n, t->buf, "pread");
		break;
	case 7:
		xpread(f->dfd, t->buf, n * SECTOR, off);
		check(f, s, n, t->buf, "direct read");
	}
	regions_unlock(f, s, n);
}

/* A window long enough for readahead, in order. */
static void read_sequence(struct thread *t, struct file *f)
{
	int advice = rnd_below(&t->rnd, 3) ? POSIX_FADV_NORMAL :
					     POSIX_FADV_SEQUENTIAL;
	uint32_t s, n, end;

	s = rnd_below(&t->rnd, f->nsect + 1);
	end = s + 2048 < f->nsect ? s + 2048 : f->nsect;
	posix_fadvise(f->fd, 0, 0, advice);
	for (; s < end && !stopping; s += n) {
		n = end - s < 64 ? end - s : 64;
		regions_lock(f, s, n, false);
		xpread(f->fd, t->buf, n * SECTOR, (off_t)s * SECTOR);
		check(f, s, n, t->buf, "pread in sequence");
		regions_unlock(f, s, n);
	}
	posix_fadvise(f->fd, 0, 0, POSIX_FADV_NORMAL);
}

static void *reader(void *arg)
{
	struct thread *t = arg;

	while (!stopping) {
		struct file *f = &files[rnd_below(&t->rnd, opt.files)];

		pthread_rwlock_rdlock(&f->layout);
		if (rnd_below(&t->rnd, 16))
			read_piece(t, f);
		else
			read_sequence(t, f);
		pthread_rwlock_unlock(&f->layout);
		n_reads++;
	}
	return NULL;
}

/* Everything, while nothing else runs. */
static void check_all(struct thread *t, const char *how)
{
	uint32_t i, s, n;

	for (i = 0; i < opt.files; i++) {
		struct file *f = &files[i];
		struct stat st;

		if (fstat(f->fd, &st) || st.st_size != (off_t)f->nsect * SECTOR) {
			printf("BAD DATA: %s is %lld bytes, not %lld\n",
			       f->path, (long long)st.st_size,
			       (long long)f->nsect * SECTOR);
			n_bad++;
			continue;
		}
		for (s = 0; s < f->nsect; s += n) {
			n = f->nsect - s < MAX_IO ? f->nsect - s : MAX_IO;
			xpread(f->fd, t->buf, n * SECTOR, (off_t)s * SECTOR);
			check(f, s, n, t->buf, how);
		}
		if (f->nsect)
			read_mapped(f, 0, f->nsect, false);
	}
	for (i = 0; opt.small && i < SMALL_FILES; i++)
		small_check(t, i);
}

/* --- eviction ------------------------------------------------------------ */

static void *evictor(void *arg)
{
	struct thread *t = arg;

	while (!stopping) {
		struct file *f = &files[rnd_below(&t->rnd, opt.files)];
		off_t off;
		size_t len;
		int fd;

		/* its own descriptor: f->fd may be closed meanwhile */
		fd = open(f->path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		len = (1 + rnd_below(&t->rnd, 128)) * PAGE;
		off = (off_t)rnd_below(&t->rnd, opt.max_sect / PAGE_SECTORS) *
			PAGE;
		switch (rnd_below(&t->rnd, 8)) {
		case 0:
			posix_fadvise(fd, off, len, POSIX_FADV_DONTNEED);
			break;
		case 1:
			off = 0;
			len = (size_t)opt.max_sect * SECTOR;
			/* fall through */
		default:
			evict_range(fd, off, len);
		}
		close(fd);
		n_evict++;
		usleep(200);
	}
	return NULL;
}

/* Memory pressure in bursts, and drop_caches now and then. */
static void *presser(void *arg)
{
	struct thread *t = arg;
	static const char *const level[] = { "1", "1", "3", "2" };

	while (!stopping) {
		usleep(300000 + rnd_below(&t->rnd, 500000));
		pthread_rwlock_rdlock(&calm);
		if (opt.hogs && rnd_below(&t->rnd, 4)) {
			size_t avail = meminfo("MemAvailable");

			/*
			 * All but a little: more than is free, so that pages
			 * are reclaimed, less than would kill anybody.  In 128
			 * MB the kernel's estimate is an eighth too high, and
			 * of two that find no memory at once the second is
			 * answered by a kill of this process.
			 */
			if (avail > (16 << 20)) {
				hog(avail - (4 << 20) -
				    avail / 16 * (2 + rnd_below(&t->rnd, 3)));
				n_hogs++;
			}
		} else if (opt.drop) {
			put_text("/proc/sys/vm/drop_caches",
				 level[rnd_below(&t->rnd, 4)]);
			n_drops++;
		}
		pthread_rwlock_unlock(&calm);
	}
	return NULL;
}

/* --- rounds -------------------------------------------------------------- */

static struct thread threads[MAX_THREADS];
static unsigned int started;

static void start(void *(*fn)(void *), unsigned int count)
{
	while (count--) {
		if (started == MAX_THREADS)
			die("more than %d threads", MAX_THREADS);
		if (pthread_create(&threads[started].pthread, NULL, fn,
				   &threads[started]))
			die("cannot start a thread");
		started++;
	}
}

static void run_round(void)
{
	stopping = false;
	started = 0;
	start(writer, opt.writers);
	start(reader, opt.readers);
	start(evictor, opt.evictors);
	if (opt.small)
		start(small_worker, 1);
	if (opt.hogs || opt.drop)
		start(presser, 1);
	if (opt.faults)
		start(saboteur, 1);
	sleep(opt.seconds);
	stopping = true;
	while (started)
		pthread_join(threads[--started].pthread, NULL);
}

static void remount(void)
{
	unsigned int i;

	for (i = 0; i < opt.files; i++)
		file_close(&files[i]);
	if (umount(opt.dir))
		die_errno("umount %s", opt.dir);
	if (mount(opt.device, opt.dir, opt.fstype, 0, opt.data))
		die_errno("mount %s", opt.device);
	for (i = 0; i < opt.files; i++)
		file_open(&files[i]);
}

static void verify_round(struct thread *t)
{
	unsigned int i;

	check_all(t, "pread, after the round");
	if (opt.device) {
		remount();
		check_all(t, "pread, after a remount");
	}
	/* and once more with what eviction kept */
	for (i = 0; i < opt.files; i++) {
		fsync(files[i].fd);
		if (files[i].nsect)
			evict_range(files[i].fd, 0,
				    (size_t)files[i].nsect * SECTOR);
	}
	check_all(t, "pread, after eviction");
}

static void setup(void)
{
	unsigned int i, r;
	char path[256];
	pthread_rwlockattr_t attr;
	struct statvfs st;

	if (statvfs(opt.dir, &st))
		die_errno("statvfs %s", opt.dir);
	unit = st.f_bsize > PAGE ? st.f_bsize / SECTOR : PAGE_SECTORS;
	pthread_rwlockattr_init(&attr);
	/* else readers starve the writers */
	pthread_rwlockattr_setkind_np(&attr,
		PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	for (i = 0; i < MAX_THREADS; i++) {
		threads[i].rnd = rnd_seed(opt.seed, i);
		threads[i].buf = xalloc_pages(MAX_IO * SECTOR);
	}
	snprintf(path, sizeof(path), "%s/small", opt.dir);
	if (opt.small && mkdir(path, 0755))
		die_errno("mkdir %s: the folder must be new", path);
	for (i = 0; i < opt.files; i++) {
		struct file *f = &files[i];

		f->id = i;
		snprintf(f->path, sizeof(f->path), "%s/file%u", opt.dir, i);
		pthread_rwlock_init(&f->layout, &attr);
		pthread_mutex_init(&f->writer, NULL);
		f->exp = xcalloc(opt.max_sect, sizeof(*f->exp));
		f->region = xcalloc(opt.max_sect / REGION_SECTORS + 1,
				    sizeof(*f->region));
		for (r = 0; r <= opt.max_sect / REGION_SECTORS; r++)
			pthread_rwlock_init(&f->region[r], &attr);
		file_open(f);
		fill(&threads[0], f, opt.max_sect / 2, OP_BUFFERED);
	}
}

static void report(void)
{
	unsigned long total = 0;
	unsigned int i;

	printf("integrity ops:");
	for (i = 0; i < OPS; i++) {
		total += op_done[i];
		if (op_missing[i])
			printf(" %s=unsupported", ops[i].name);
		else
			printf(" %s=%lu", ops[i].name, op_done[i]);
	}
	printf("\nintegrity writes=%lu reads=%lu sectors=%lu evictions=%lu hogs=%lu drops=%lu dax=%lu seed=%llu bad=%lu\n",
	       total, n_reads, n_sectors, n_evict, n_hogs, n_drops, n_dax,
	       (unsigned long long)opt.seed, n_bad);
}

static void usage(void)
{
	fprintf(stderr,
"usage: integrity [options] FOLDER\n"
"  --files N --size KIB      how many, and how large they may get\n"
"  --writers N --readers N --evictors N\n"
"  --rounds N --seconds N    each round ends with a check of everything\n"
"  --remount DEV,FSTYPE[,OPTIONS]\n"
"                            FOLDER is its mount point: cycle it each round\n"
"  --faults                  the disk refuses writes: $DISK_BAD, $DISK_GOOD\n"
"  --dax                     files change between DAX and the page cache, and must\n"
"  --seed N --no-drop --no-hog --no-small\n");
	exit(EXIT_BROKEN);
}

static void parse(int argc, char **argv)
{
	enum { FILES = 1, SIZE, WRITERS, READERS, EVICTORS, ROUNDS, SECONDS,
	       REMOUNT, SEED, NO_DROP, NO_HOG, NO_SMALL, FAULTS, DAX };
	static const struct option longopts[] = {
		{ "files", 1, NULL, FILES }, { "size", 1, NULL, SIZE },
		{ "writers", 1, NULL, WRITERS }, { "readers", 1, NULL, READERS },
		{ "evictors", 1, NULL, EVICTORS }, { "rounds", 1, NULL, ROUNDS },
		{ "seconds", 1, NULL, SECONDS }, { "remount", 1, NULL, REMOUNT },
		{ "seed", 1, NULL, SEED }, { "no-drop", 0, NULL, NO_DROP },
		{ "no-hog", 0, NULL, NO_HOG }, { "no-small", 0, NULL, NO_SMALL },
		{ "faults", 0, NULL, FAULTS }, { "dax", 0, NULL, DAX },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longopts, NULL)) >= 0)
		switch (c) {
		case FILES:	opt.files = atoi(optarg); break;
		case SIZE:	opt.max_sect = atoi(optarg) * 2; break;
		case WRITERS:	opt.writers = atoi(optarg); break;
		case READERS:	opt.readers = atoi(optarg); break;
		case EVICTORS:	opt.evictors = atoi(optarg); break;
		case ROUNDS:	opt.rounds = atoi(optarg); break;
		case SECONDS:	opt.seconds = atoi(optarg); break;
		case SEED:	opt.seed = strtoull(optarg, NULL, 0); break;
		case NO_DROP:	opt.drop = false; break;
		case NO_HOG:	opt.hogs = false; break;
		case NO_SMALL:	opt.small = false; break;
		case FAULTS:	opt.faults = true; break;
		case DAX:	opt.dax = true; break;
		case REMOUNT:
			opt.device = strtok(optarg, ",");
			opt.fstype = strtok(NULL, ",");
			opt.data = strtok(NULL, "");
			if (!opt.fstype)
				usage();
			break;
		default:	usage();
		}
	if (optind != argc - 1 || !opt.files || opt.files > MAX_FILES ||
	    opt.max_sect < 2 * MAX_IO || opt.max_sect % PAGE_SECTORS)
		usage();
	opt.dir = argv[optind];
	op_missing[OP_DAX] = !opt.dax;
}

int main(int argc, char **argv)
{
	struct thread self = { 0 };
	unsigned int i;

	parse(argc, argv);
	self.rnd = rnd_seed(opt.seed, 999);
	self.buf = xalloc_pages(MAX_IO * SECTOR);
	setup();
	for (i = 0; i < opt.rounds; i++) {
		run_round();
		verify_round(&self);
		if (opt.rounds > 1)
			printf("integrity round %u of %u: reads=%lu bad=%lu\n",
			       i + 1, opt.rounds, n_reads, n_bad);
		fflush(stdout);
	}
	report();
	if (opt.dax && !n_dax)
		die("no file was ever in DAX");
	return n_bad ? EXIT_BAD : 0;
}
