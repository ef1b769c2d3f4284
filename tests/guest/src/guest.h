/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - what the guest's test programs share
 *
 * Small helpers: fail with a message, random numbers, and the ways a page
 * leaves the page cache.  Programs are static and single-purpose; a failing
 * system call that the test does not expect ends them with status 2, so that
 * it cannot be taken for a test result (0 good, 1 bad data).
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>

/* Newer than some C libraries. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/* Bytes of a page, as the kernel says; set before main(). */
extern unsigned int page_bytes;
#define PAGE	page_bytes

#define EXIT_BAD	1	/* data was wrong */
#define EXIT_BROKEN	2	/* the test could not do its work */
#define EXIT_SKIP	4	/* this system cannot do what is tested */

void die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* die() with the text of errno */
void die_errno(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* xorshift64*; @state must not be 0 */
uint64_t rnd(uint64_t *state);
/* 0 <= result < @n */
uint32_t rnd_below(uint64_t *state, uint32_t n);
/* a state for thread @n of a test with this @seed */
uint64_t rnd_seed(uint64_t seed, unsigned int n);

/* seconds, monotonic */
double now(void);

/*
 * Page-aligned, never NULL.  A child does not get them: open(2) forbids fork()
 * beside direct I/O into private memory, and 6.1 does lose what is read so.
 */
void *xalloc_pages(size_t bytes);
void *xcalloc(size_t n, size_t size);

/* whole transfers, or die */
void xpread(int fd, void *buf, size_t len, off_t off);
void xpwrite(int fd, const void *buf, size_t len, off_t off);

/* One asynchronous direct write at a time, for each context. */
struct aio;
struct aio *aio_open(void);
void aio_submit(struct aio *aio, int fd, const void *buf, size_t len,
		off_t off);
/* wait for it; dies on a short write */
void aio_wait(struct aio *aio);

/* Reclaim what is cached of a file's range.  False if it could not be mapped. */
bool evict_range(int fd, off_t off, size_t len);
/* Pages of the range that are in the page cache. */
unsigned int resident_pages(int fd, off_t off, size_t len);
/* evict_range() until nothing is resident; false if something stays. */
bool evict_all(int fd, off_t off, size_t len);

/* Touch @bytes of fresh memory in a child that dies at once. */
void hog(size_t bytes);
/* A field of /proc/meminfo, in bytes. */
size_t meminfo(const char *field);
/* A number of /proc/vmstat; dies if there is none of that name. */
uint64_t vmstat(const char *name);
/* How long the CPUs have had nothing to do; ns, in steps of 10 ms. */
uint64_t idle_ns(void);

/* Pages that stay in RAM. */
void *xlock_pages(size_t bytes);
/*
 * Lock memory until no more than @kib are available, give or take 256 KiB, and
 * for a second: what the kernel does after boot moves it by megabytes.  Dies if
 * there is less.
 */
void leave_available(size_t kib);

/* Write to a file of /proc or /sys; false on error. */
bool put_text(const char *path, const char *text);
/* A number from such a file, or @dflt. */
long long get_number(const char *path, long long dflt);

#endif /* GUEST_H */
