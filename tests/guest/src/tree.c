// SPDX-License-Identifier: GPL-2.0
/*
 * tree - what people do with a source tree, and is every byte right?
 *
 *   tree manifest FOLDER              on the host: one line a file, to stdout
 *   tree make FOLDER FILES KIB PERCENT  in the guest: a folder of that many files,
 *                                     of which this part does not compress, and
 *                                     their manifest
 *   tree grep FOLDER MANIFEST TEXT    read every file, in the folder's order,
 *                                     count the lines with TEXT in them
 *   tree tar MANIFEST                 read a tar archive from stdin
 *   tree build FOLDER MANIFEST        for each .c file: read it and the files
 *                                     of the tree that it includes
 *   tree cat FOLDER MANIFEST          read the files in the manifest's order
 *
 * Includes are followed one level deep: what they include in turn would make
 * the pass ten times longer and read little more.
 *
 * Everything read is hashed and compared with the manifest; a file that is
 * missing, read twice (but for build) or different is bad.  About once a
 * second there is a line `progress KIND DONE_KIB`; the last ones are
 *
 *   slowest KIND MS			longest read(2) of a file
 *   tree KIND files=N kib=N found=N bad=N
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK	(128u << 10)

static char *chunk;
static const char *kind;
static unsigned long n_files, n_found, n_bad;
static uint64_t n_bytes;
static bool quiet;
static double slowest;			/* read(2), seconds */

static void bad(const char *path, const char *what)
{
	if (n_bad++ < 10)
		printf("BAD DATA: %s: %s\n", path, what);
}

static void progress(void)
{
	static double next;
	double t = now();

	if (quiet || t < next)
		return;
	next = t + 1;
	printf("progress %s %llu\n", kind, (unsigned long long)n_bytes >> 10);
	fflush(stdout);
}

/* --- hash: 64 bits, eight bytes a step, fed in pieces ---------------------- */

struct hash {
	uint64_t state, word;
	unsigned int held;		/* bytes in word */
	uint64_t length;
};

static uint64_t step(uint64_t h, uint64_t w)
{
	h = (h ^ w) * 0x9fb21c651e98df25ull;
	return h ^ h >> 32;
}

static void hash_add(struct hash *h, const void *data, size_t len)
{
	const unsigned char *p = data;

	h->length += len;
	while (len && (h->held || len < 8)) {
		h->word |= (uint64_t)*p++ << 8 * h->held;
		len--;
		if (++h->held == 8) {
			h->state = step(h->state, h->word);
			h->word = h->held = 0;
		}
	}
	for (; len >= 8; len -= 8, p += 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		h->state = step(h->state, w);
	}
	for (; len; len--)
		h->word |= (uint64_t)*p++ << 8 * h->held++;
}

static uint64_t hash_end(struct hash *h)
{
	return step(step(h->state, h->word), h->length);
}

/* --- the manifest -------------------------------------------------------- */

struct entry {
	const char *path;		/* relative to the folder */
	uint64_t hash, size;
	unsigned int seen;
	unsigned int unit;		/* build: the last .c that included it */
	struct entry *next;
};

#define BUCKETS 65536u

static struct entry *entries, *buckets[BUCKETS];
static unsigned long n_entries;

static struct entry **bucket(const char *path)
{
	uint32_t h = 2166136261u;

	while (*path)
		h = (h ^ (unsigned char)*path++) * 16777619u;
	return &buckets[(h ^ h >> 16) % BUCKETS];
}

static struct entry *lookup(const char *path)
{
	struct entry *e;

	for (e = *bucket(path); e; e = e->next)
		if (!strcmp(e->path, path))
			return e;
	return NULL;
}

static void manifest_load(const char *path)
{
	unsigned long room = 0;
	size_t size = 0;
	char *line = NULL;
	FILE *f = fopen(path, "re");

	if (!f)
		die_errno("%s", path);
	while (getline(&line, &size, f) > 0) {
		unsigned long long hash, bytes;
		int at;

		if (n_entries == room) {
			room = room ? room * 2 : 4096;
			entries = realloc(entries, room * sizeof(*entries));
			if (!entries)
				die("no memory");
		}
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%llx %llu %n", &hash, &bytes, &at) != 2)
			die("%s: not a manifest", path);
		entries[n_entries++] = (struct entry){
			.path = strdup(line + at), .hash = hash, .size = bytes,
		};
	}
	fclose(f);
	free(line);
	/* only now do the addresses stay */
	for (unsigned long i = 0; i < n_entries; i++) {
		struct entry **b = bucket(entries[i].path);

		entries[i].next = *b;
		*b = &entries[i];
	}
}

/* Judge what was read of @e. */
static void verify(struct entry *e, struct hash *h)
{
	e->seen++;
	n_files++;
	if (h->length != e->size)
		bad(e->path, "wrong length");
	else if (hash_end(h) != e->hash)
		bad(e->path, "wrong content");
}

/* every file exactly once */
static void verify_seen(void)
{
	unsigned long i;

	for (i = 0; i < n_entries; i++)
		if (entries[i].seen != 1)
			bad(entries[i].path,
			    entries[i].seen ? "read twice" : "not read");
}

/* --- reading a file ------------------------------------------------------ */

/* what is done with the data beside hashing it; gets whole lines */
typedef void (*visit_fn)(const char *data, size_t len);

static ssize_t timed_read(int fd, void *buf, size_t len)
{
	double start = now(), took;
	ssize_t n = read(fd, buf, len);

	took = now() - start;
	if (took > slowest)
		slowest = took;
	return n;
}

static bool read_file(const char *path, struct hash *h, visit_fn visit)
{
	size_t held = 0;		/* the start of a line, for the visitor */
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while ((n = timed_read(fd, chunk + held, CHUNK)) > 0) {
		const char *newline;
		size_t whole;

		hash_add(h, chunk + held, n);
		n_bytes += n;
		if (!visit)
			continue;
		n += held;
		newline = memrchr(chunk, '\n', n);
		whole = newline ? newline - chunk + 1 : 0;
		if (n - whole > CHUNK)
			whole = n;
		visit(chunk, whole);
		held = n - whole;
		memmove(chunk, chunk + whole, held);
	}
	if (n < 0)
		die_errno("read %s", path);
	if (visit)
		visit(chunk, held);
	close(fd);
	progress();
	return true;
}

static const char *needle;
static size_t needle_len;

static void search(const char *p, size_t len)
{
	const char *end = p + len;

	while ((p = memmem(p, end - p, needle, needle_len))) {
		n_found++;
		p = memchr(p, '\n', end - p);
		if (!p)
			break;
	}
}

/* --- walking ------------------------------------------------------------- */

static size_t root_len;

static int print_entry(const char *path, const struct stat *st, int type,
		       struct FTW *ftw)
{
	struct hash h = { 0 };

	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	if (!read_file(path, &h, NULL))
		die_errno("%s", path);
	printf("%016llx %llu %s\n", (unsigned long long)hash_end(&h),
		(unsigned long long)h.length, path + root_len + 1);
	return 0;
}

static int grep_entry(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	struct hash h = { 0 };
	struct entry *e;

	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	e = lookup(path + root_len + 1);
	if (!e) {
		bad(path, "not in the manifest");
		return 0;
	}
	if (read_file(path, &h, search))
		verify(e, &h);
	return 0;
}

/* A file like no other: of each page a part is noise, the rest letters. */
static void make_file(const char *path, unsigned int serial, size_t kib,
		      unsigned int percent)
{
	uint64_t state = rnd_seed(serial, 1);
	size_t noise = PAGE / 100.0 * percent, left, i;
	struct hash h = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		die_errno("%s", path);
	for (left = kib << 10; left; left -= PAGE) {
		memset(chunk, 'a' + serial % 26, PAGE);
		for (i = 0; i < noise / 8; i++)
			((uint64_t *)chunk)[i] = rnd(&state);
		if (write(fd, chunk, PAGE) != (ssize_t)PAGE)
			die_errno("write %s", path);
		hash_add(&h, chunk, PAGE);
	}
	close(fd);
	printf("%016llx %llu %s\n", (unsigned long long)hash_end(&h),
	       (unsigned long long)h.length, strrchr(path, '/') + 1);
}

static void make_folder(const char *folder, unsigned int files, size_t kib,
			unsigned int percent)
{
	char path[1024];
	unsigned int i;

	for (i = 0; i < files; i++) {
		snprintf(path, sizeof(path), "%s/%u", folder, i);
		make_file(path, i + 1, kib / (PAGE >> 10) * (PAGE >> 10), percent);
	}
}

static void walk(const char *folder, __nftw_func_t fn)
{
	root_len = strlen(folder);
	if (nftw(folder, fn, 32, FTW_PHYS))
		die_errno("%s", folder);
}

/* --- tar ----------------------------------------------------------------- */

static bool read_full(char *buf, size_t len)
{
	while (len) {
		ssize_t n = read(0, buf, len);

		if (n < 0)
			die_errno("stdin");
		if (!n)
			return false;
		buf += n;
		len -= n;
	}
	return true;
}

static uint64_t octal(const char *p, size_t len)
{
	uint64_t v = 0;

	for (; len && *p == ' '; p++, len--)
		;
	for (; len && *p >= '0' && *p <= '7'; p++, len--)
		v = v * 8 + *p - '0';
	return v;
}

static void member(struct entry *e, uint64_t size, char *keep, size_t room)
{
	uint64_t rest = (size + 511) & ~511ull, at = 0;
	struct hash h = { 0 };

	while (rest) {
		size_t n = rest < CHUNK ? rest : CHUNK;
		size_t data = size - at < n ? size - at : n;

		if (!read_full(chunk, n))
			die("the archive is cut short");
		hash_add(&h, chunk, data);
		if (keep && at + data < room) {
			memcpy(keep + at, chunk, data);
			keep[at + data] = 0;
		}
		n_bytes += data;
		at += data;
		rest -= n;
	}
	if (e)
		verify(e, &h);
	progress();
}

static void tar(void)
{
	static char head[512], longname[4096], name[512];

	while (read_full(head, sizeof(head)) && head[0]) {
		uint64_t size = octal(head + 124, 12);
		const char *path = name;
		struct entry *e = NULL;

		if (head[345] && !memcmp(head + 257, "ustar\0", 6))
			snprintf(name, sizeof(name), "%.155s/%.100s",
				 head + 345, head);
		else
			snprintf(name, sizeof(name), "%.100s", head);
		if (longname[0])
			path = longname;
		if (head[156] == 'L') {
			member(NULL, size, longname, sizeof(longname));
			continue;
		}
		if (head[156] == '0' || !head[156]) {
			while (!strncmp(path, "./", 2))
				path += 2;
			e = lookup(path);
			if (!e)
				bad(path, "not in the manifest");
		} else {
			size = 0;
		}
		member(e, size, NULL, 0);
		longname[0] = 0;
	}
	/* the rest is padding */
	while (read(0, chunk, CHUNK) > 0)
		;
}

/* --- build --------------------------------------------------------------- */

static const char *const include_dirs[] = {
	"include/", "include/uapi/", "arch/x86/include/",
	"arch/x86/include/uapi/",
};

/* The includes of the unit's .c file: names, found while it is read. */
static char includes[256][128];
static unsigned int n_includes;

static void find_includes(const char *p, size_t len)
{
	const char *end = p + len;

	while ((p = memmem(p, end - p, "#include ", 9))) {
		const char *name = p + 9, *q;

		p = name;
		if (name == end || (*name != '"' && *name != '<'))
			continue;
		q = memchr(name + 1, *name == '<' ? '>' : '"', end - name - 1);
		if (!q || q - name >= 128 || n_includes == 256)
			continue;
		memcpy(includes[n_includes], name, q - name);
		includes[n_includes++][q - name] = 0;
		p = q;
	}
}

static struct entry *resolve(const struct entry *from, const char *include)
{
	const char *slash = strrchr(from->path, '/');
	struct entry *e = NULL;
	char path[1024];
	unsigned int i;

	if (*include == '"' && slash) {
		snprintf(path, sizeof(path), "%.*s%s",
			 (int)(slash - from->path + 1), from->path, include + 1);
		e = lookup(path);
	}
	for (i = 0; !e && i < sizeof(include_dirs) / sizeof(*include_dirs); i++) {
		snprintf(path, sizeof(path), "%s%s", include_dirs[i],
			 include + 1);
		e = lookup(path);
	}
	return e;
}

static void build_read(const char *folder, struct entry *e, visit_fn visit)
{
	struct hash h = { 0 };
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, e->path);
	if (read_file(path, &h, visit))
		verify(e, &h);
	else
		bad(path, "cannot open");
}

static void build(const char *folder)
{
	unsigned int unit = 0, i;
	unsigned long k;

	for (k = 0; k < n_entries; k++) {
		struct entry *c = &entries[k], *e;
		const char *dot = strrchr(c->path, '.');

		if (!dot || strcmp(dot, ".c"))
			continue;
		c->unit = ++unit;
		n_includes = 0;
		build_read(folder, c, find_includes);
		for (i = 0; i < n_includes; i++) {
			e = resolve(c, includes[i]);
			if (!e || e->unit == unit)
				continue;
			e->unit = unit;
			n_found++;
			build_read(folder, e, NULL);
		}
	}
}

/* ------------------------------------------------------------------------- */

static void cat(const char *folder)
{
	unsigned long i;

	for (i = 0; i < n_entries; i++)
		build_read(folder, &entries[i], NULL);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: tree manifest FOLDER | make FOLDER FILES KIB PERCENT |\n"
		"       grep FOLDER MANIFEST TEXT | tar MANIFEST |\n"
		"       build FOLDER MANIFEST | cat FOLDER MANIFEST\n");
	exit(EXIT_BROKEN);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		usage();
	kind = argv[1];
	chunk = xalloc_pages(2 * CHUNK);
	if (!strcmp(kind, "manifest") && argc == 3) {
		quiet = true;
		walk(argv[2], print_entry);
		return 0;
	} else if (!strcmp(kind, "make") && argc == 6) {
		make_folder(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
		return 0;
	} else if (!strcmp(kind, "grep") && argc == 5) {
		needle = argv[4];
		needle_len = strlen(needle);
		manifest_load(argv[3]);
		walk(argv[2], grep_entry);
		verify_seen();
	} else if (!strcmp(kind, "tar") && argc == 3) {
		manifest_load(argv[2]);
		tar();
		verify_seen();
	} else if (!strcmp(kind, "build") && argc == 4) {
		manifest_load(argv[3]);
		build(argv[2]);
	} else if (!strcmp(kind, "cat") && argc == 4) {
		manifest_load(argv[3]);
		cat(argv[2]);
		verify_seen();
	} else {
		usage();
	}
	if (!n_files)
		bad(kind, "no file was read");
	printf("slowest %s %.0f\n", kind, slowest * 1000);
	printf("tree %s files=%lu kib=%llu found=%lu bad=%lu\n", kind, n_files,
	       (unsigned long long)n_bytes >> 10, n_found, n_bad);
	return n_bad ? EXIT_BAD : 0;
}
