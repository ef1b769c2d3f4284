// SPDX-License-Identifier: GPL-2.0
/*
 * bench_core.c - what the core costs, in user space
 *
 *	bench-core time PAGES [data]	ns an operation, one thread
 *	bench-core threads PAGES	two threads beside one
 *	bench-core instr PAGES		for callgrind: one dump an operation
 *	bench-core memory		bytes of metadata a page
 *
 * Prints "NAME VALUE" lines; scripts/bench/core gives them units and goals.
 *
 * Objects have 100 pages; every pass visits all pages in another random
 * order.  The host keeps no data (a descriptor of 48 bytes from a free list),
 * except with "data": then every page has 4 KiB of its own, and get_data
 * copies them out and notes the time that takes.  What is left of a get is
 * the translation of its handle, with caches as the copies leave them.  Runs
 * are of 32 pages, three an object; their figures are for a page of them.
 *
 * Times are medians of slices of 5000 operations, so that a slice in which
 * the machine did something else does not count.  What the shims leave out
 * beside a kernel: cli/sti and preempt counts, a few instructions a lock.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <linux/err.h>
#include <linux/slab.h>
#include "bench.h"
#include "host.h"
#include "test.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

#define PAGES_PER_OBJ	100
#define RUNS_PER_OBJ	(PAGES_PER_OBJ / TMEM_RUN_PAGES)
#define SLICE		5000UL

/* As a store's would be: cache lines of their own, a count, a place. */
struct bpage {
	union {
		struct bpage *next;
		void *data;
	};
	long refs;
	u32 size;
	u32 spare[7];
};

static_assert(sizeof(struct bpage) == 48, "the descriptor size of the goal");

/* --- memory ---------------------------------------------------------------- */

static size_t descriptor_size(void)
{
	return sizeof(struct bpage);
}

/* --- the host -------------------------------------------------------------- */

static char *data;			/* a page for each handle, or NULL */
static __thread u64 copy_ticks;		/* spent in copies */
static __thread char copied[PAGE_SIZE] __aligned(64);
static bool timing;
static double ns_per_tick, tick_ns;	/* ... and what shim_ticks() takes */

static void *create(struct tmem_pool *pool, const struct tmem_oid *oidp,
		    u32 index, struct page *page)
{
	struct bpage *p = slab_alloc(PAGE);

	p->refs = 1;
	p->data = data ? data + (oidp->oid[0] * PAGES_PER_OBJ + index) *
			 PAGE_SIZE : NULL;
	return p;
}

static void hold(void *pampd)
{
	struct bpage *p = pampd;

	__atomic_fetch_add(&p->refs, 1, __ATOMIC_RELAXED);
}

static void put_ref(struct bpage *p)
{
	if (!__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL))
		slab_free(PAGE, p);
}

static int get_data(struct tmem_pool *pool, void *pampd, struct page *page)
{
	struct bpage *p = pampd;
	u64 begin;

	if (data) {
		begin = timing ? shim_ticks() : 0;
		copy_page(copied, p->data);
		if (timing)
			copy_ticks += shim_ticks() - begin;
	}
	return 0;
}

static void release(struct tmem_pool *pool, void *pampd)
{
	put_ref(pampd);
}

static void bpage_free(struct tmem_pool *pool, void *pampd)
{
	put_ref(pampd);
}

static const struct tmem_hostops hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "bench",
	.obj_alloc = obj_alloc,
	.obj_free = obj_free,
	.objnode_alloc = objnode_alloc,
	.objnode_free = objnode_free,
};

static const struct tmem_pamops pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = create,
	.hold = hold,
	.get_data = get_data,
	.release = release,
	.free = bpage_free,
};

/* --- visits ---------------------------------------------------------------- */

static struct tmem_host *host;
static struct tmem_client *client;
static u32 nr_pages;

static void start(void)
{
	shim_quiescent();
	host = tmem_register_host(&hostops, &pamops, NULL);
	if (IS_ERR(host))
		abort();
	client = tmem_client_create(host, 0, 4);
}

static void stop(void)
{
	tmem_client_destroy(client);
	if (tmem_unregister_host(host))
		abort();
	shim_shutdown();
}

static void shuffle(u64 *seed, u32 *v, u32 n)
{
	u32 i, j, t;

	for (i = n; i > 1; i--) {
		j = rnd_below(seed, i);
		t = v[i - 1];
		v[i - 1] = v[j];
		v[j] = t;
	}
}

/* All runs in random order. */
static u32 *run_visits(u64 seed, u32 *nr)
{
	u32 n = nr_pages / PAGES_PER_OBJ * RUNS_PER_OBJ, i;
	u32 *v = malloc(n * sizeof(*v));

	for (i = 0; i < n; i++)
		v[i] = i;
	shuffle(&seed, v, n);
	*nr = n;
	return v;
}

/* All pages in random order; only objects with @part = number % @parts. */
static u32 *visits(u64 seed, u32 part, u32 parts, u32 *nr)
{
	u32 *v = malloc(nr_pages * sizeof(*v)), n = 0, i;

	for (i = 0; i < nr_pages; i++)
		if (i / PAGES_PER_OBJ % parts == part)
			v[n++] = i;
	shuffle(&seed, v, n);
	*nr = n;
	return v;
}

enum what { NOTHING, PUT, GET, FLUSH, COPY, NO_RUN, PUT_RUN, GET_RUN };

/* Operations on @page-th of all runs, which are so many pages each. */
static bool is_run(enum what what)
{
	return what >= NO_RUN;
}

static struct page *no_pages[TMEM_RUN_PAGES];

static inline __always_inline void visit_run(enum what what, int pool, u32 nth)
{
	struct tmem_oid oid = { { nth / RUNS_PER_OBJ, 0x12345, 0 } };
	struct tmem_run run;
	int ret = 0;

	run.oidp = &oid;
	run.index = nth % RUNS_PER_OBJ * TMEM_RUN_PAGES;
	run.nr = TMEM_RUN_PAGES;
	run.want = run.done = U32_MAX;
	run.pages = no_pages;
	if (what == PUT_RUN)
		ret = tmem_put_pages(client, pool, &run);
	else if (what == GET_RUN)
		ret = tmem_get_pages(client, pool, &run);
	else
		__asm__ __volatile__("" : : "r" (&run) : "memory");
	if (unlikely(ret || run.done != U32_MAX)) {
		fprintf(stderr, "operation %d on run %u: %d, %x\n", what, nth,
			ret, run.done);
		exit(1);
	}
}

/*
 * oid: the file's number and a generation, as inodes have.  Inlined, so that
 * the loop is the same for all.
 */
static inline __always_inline void visit(enum what what, int pool, u32 page)
{
	struct tmem_oid oid = { { page / PAGES_PER_OBJ, 0x12345, 0 } };
	u32 index = page % PAGES_PER_OBJ;
	int ret = 0;

	switch (what) {
	case PUT:
		ret = tmem_put(client, pool, &oid, index, NULL);
		break;
	case GET:
		ret = tmem_get(client, pool, &oid, index, NULL);
		break;
	case FLUSH:
		ret = tmem_flush_page(client, pool, &oid, index);
		break;
	case COPY:
		copy_page(copied, data + (size_t)page * PAGE_SIZE);
		break;
	default:
		/* Keep what the others compute. */
		__asm__ __volatile__("" : : "r" (&oid), "r" (index) : "memory");
	}
	if (unlikely(ret)) {
		fprintf(stderr, "operation %d on page %u: %d\n", what, page,
			ret);
		exit(1);
	}
}

static void visit_all(enum what what, int pool, const u32 *v, u32 nr)
{
	u32 i;

#define LOOP(op) do {							\
	for (i = 0; i < nr; i++)					\
		visit(op, pool, v[i]);					\
} while (0)
#define RUN_LOOP(op) do {						\
	for (i = 0; i < nr; i++)					\
		visit_run(op, pool, v[i]);				\
} while (0)
	switch (what) {
	case PUT:
		LOOP(PUT);
		break;
	case GET:
		LOOP(GET);
		break;
	case FLUSH:
		LOOP(FLUSH);
		break;
	case COPY:
		LOOP(COPY);
		break;
	case NO_RUN:
		RUN_LOOP(NO_RUN);
		break;
	case PUT_RUN:
		RUN_LOOP(PUT_RUN);
		break;
	case GET_RUN:
		RUN_LOOP(GET_RUN);
		break;
	default:
		LOOP(NOTHING);
	}
	shim_quiescent();
}

static double median(double *x, unsigned long n)
{
	qsort(x, n, sizeof(*x), by_value);
	return x[n / 2];
}

/* Samples of one kind of operation: ns each, and the part that copied. */
struct samples {
	double *total, *copy;
	unsigned long nr, max;
};

static void sample(struct samples *s, double total, double copy)
{
	if (s->nr == s->max) {
		s->max = s->max * 2 + 64;
		s->total = realloc(s->total, s->max * sizeof(*s->total));
		s->copy = realloc(s->copy, s->max * sizeof(*s->copy));
	}
	s->total[s->nr] = total;
	s->copy[s->nr++] = copy;
}

static void pass(struct samples *s, enum what what, int pool, u64 seed)
{
	const u32 pages = is_run(what) ? TMEM_RUN_PAGES : 1;
	u32 nr, i, len, slice, *v;
	double begin;

	v = is_run(what) ? run_visits(seed, &nr) : visits(seed, 0, 1, &nr);
	slice = min(nr, SLICE / pages);
	for (i = 0; i < nr; i += len) {
		len = min(nr - i, slice);
		copy_ticks = 0;
		begin = now_ns();
		visit_all(what, pool, v + i, len);
		if (s && len == slice)
			sample(s, (now_ns() - begin) / len / pages,
			       copy_ticks * ns_per_tick / len / pages);
	}
	free(v);
}

/* --- modes ----------------------------------------------------------------- */

static void calibrate(void)
{
	u64 first;
	int i;

	ns_per_tick = ns_of_tick();
	first = shim_ticks();
	for (i = 0; i < 100000; i++)
		shim_ticks();
	tick_ns = (shim_ticks() - first) * ns_per_tick / 100000;
}

static void print_ns(const char *name, struct samples *s)
{
	printf("%s_ns %.1f\n", name, median(s->total, s->nr));
}

/*
 * Of the two shim_ticks() around a copy, one's time falls into the copy and one's
 * outside of it.
 */
static void print_parts(const char *name, struct samples *s)
{
	unsigned long i;

	for (i = 0; i < s->nr; i++)
		s->total[i] -= s->copy[i] + tick_ns;
	printf("%s_translation_ns %.1f\n", name, median(s->total, s->nr));
	printf("%s_copy_ns %.1f\n", name, median(s->copy, s->nr) - tick_ns);
}

/*
 * What a get cannot do without: one cache line that is in no cache, reached by
 * way of another, with copies going on.  The slot of a leaf and the host's
 * descriptor are two such lines; the tree of an object is a third one when
 * there are as many objects as here.
 */
static double cold_line(void)
{
	const u32 nr = 1 << 20, rounds = 50000;
	u64 *lines = arena((size_t)nr * 64), seed = 99, begin, sum = 0, at = 0;
	u32 i;

	for (i = 0; i < nr; i++)
		lines[i * 8UL] = 0;
	for (i = 0; i < rounds; i++) {
		copy_page(copied, data + rnd_below(&seed, nr_pages) *
				  (size_t)PAGE_SIZE);
		at += rnd_below(&seed, nr);
		begin = shim_ticks();
		at = READ_ONCE(lines[at % nr * 8]);
		sum += shim_ticks() - begin;
	}
	munmap(lines, (size_t)nr * 64);
	return sum * ns_per_tick / rounds - tick_ns;
}

static void mode_time(bool with_data)
{
	struct samples put = {}, get = {}, again = {}, flush = {}, take = {};
	struct samples put_run = {}, get_run = {}, take_run = {};
	struct samples copy = {}, whole = {};
	/* The first round touches memory that has never been used. */
	int rounds = 1 + max(100000 / nr_pages, 1U), r, keep, other;
	u64 seed = 1;
	size_t i;

	calibrate();
	if (with_data) {
		data = arena((size_t)nr_pages * PAGE_SIZE);
		for (i = 0; i < (size_t)nr_pages * PAGE_SIZE; i += PAGE_SIZE)
			*(u64 *)(data + i) = i;
	}
	start();
	keep = tmem_new_pool(client, NULL, TMEM_POOL_PERSIST);
	other = tmem_new_pool(client, NULL, 0);
	for (r = 0; r < rounds; r++) {
#define PASS(s, what, pool)	pass(r ? &(s) : NULL, what, pool, seed++)
		PASS(put, PUT, keep);
		timing = with_data;
		PASS(get, GET, keep);
		/* Of pages that came one by one, from all over the memory. */
		PASS(get_run, GET_RUN, keep);
		timing = false;
		if (with_data) {
			PASS(copy, COPY, 0);
			PASS(whole, GET, keep);
		}
		PASS(again, PUT, keep);
		PASS(flush, FLUSH, keep);
		PASS(put, PUT, other);
		timing = with_data;
		PASS(take, GET, other);
		timing = false;
		PASS(put_run, PUT_RUN, other);
		timing = with_data;
		PASS(take_run, GET_RUN, other);
		timing = false;
	}
	if (with_data) {
		print_ns("memcpy", &copy);
		print_ns("get_with_copy", &whole);
		printf("cold_line_ns %.1f\n", cold_line());
		print_parts("get", &get);
		print_parts("take", &take);
		print_parts("get_run", &get_run);
		print_parts("take_run", &take_run);
	} else {
		print_ns("put", &put);
		print_ns("get", &get);
		print_ns("put_again", &again);
		print_ns("flush", &flush);
		print_ns("take", &take);
		print_ns("put_run", &put_run);
		print_ns("get_run", &get_run);
		print_ns("take_run", &take_run);
	}
	stop();
}

/* A dump of callgrind for each operation, over a sample of the visits. */
static void mode_instr(void)
{
	u32 nr, *v, *runs, sample, run_sample;
	u64 seed = 1;
	int keep, take;

	start();
	keep = tmem_new_pool(client, NULL, TMEM_POOL_PERSIST);
	take = tmem_new_pool(client, NULL, 0);
	v = visits(seed, 0, 1, &nr);
	sample = min(nr / 2, 20000U);
	/* All but the sample is there, so that puts meet a grown tree. */
	visit_all(PUT, keep, v + sample, nr - sample);
	visit_all(PUT, take, v, nr);
	printf("sample %u\n", sample);

#define DUMP(name, what, pool) do {					\
	CALLGRIND_START_INSTRUMENTATION;				\
	CALLGRIND_ZERO_STATS;						\
	visit_all(what, pool, v, sample);				\
	CALLGRIND_DUMP_STATS_AT(name);					\
	CALLGRIND_STOP_INSTRUMENTATION;					\
} while (0)
	DUMP("loop", NOTHING, 0);
	DUMP("put", PUT, keep);
	DUMP("get", GET, keep);
	DUMP("put_again", PUT, keep);
	DUMP("flush", FLUSH, keep);
	DUMP("take", GET, take);
	free(v);

	/* Runs, in pools where all pages are. */
	visit_all(PUT, keep, v = visits(seed, 0, 1, &nr), sample);
	free(v);
	runs = run_visits(seed, &run_sample);
	run_sample = min(run_sample / 2, 600U);
	printf("run_sample %u\n", run_sample * TMEM_RUN_PAGES);
#define DUMP_RUN(name, what, pool) do {					\
	CALLGRIND_START_INSTRUMENTATION;				\
	CALLGRIND_ZERO_STATS;						\
	visit_all(what, pool, runs, run_sample);			\
	CALLGRIND_DUMP_STATS_AT(name);					\
	CALLGRIND_STOP_INSTRUMENTATION;					\
} while (0)
	DUMP_RUN("no_run", NO_RUN, 0);
	DUMP_RUN("get_run", GET_RUN, keep);
	DUMP_RUN("put_run", PUT_RUN, take);
	DUMP_RUN("take_run", GET_RUN, take);
	free(runs);
	stop();
}

/*
 * A thread with objects of its own, which it put itself: its memory comes
 * from its own slabs, as that of a CPU does, so that two threads do not share
 * cache lines that neither of them asked to share.
 */
struct worker {
	pthread_t thread;
	sem_t go, done;
	u32 *v, nr, from, todo;
	enum what what;
	int number, pool, pools[2];	/* a common one, and one of its own */
	int *ready, wanted;
	double began, ended;
	bool stop;
};

static void *worker_thread(void *arg)
{
	struct worker *w = arg;
	u32 done, at, len;

	own_cpu(w->number);
	for (;;) {
		sem_wait(&w->go);
		if (w->stop)
			return NULL;
		shim_quiescent();
		/* Spin, so that all are on a CPU when the round begins. */
		__atomic_fetch_add(w->ready, 1, __ATOMIC_ACQ_REL);
		while (__atomic_load_n(w->ready, __ATOMIC_ACQUIRE) < w->wanted)
			cpu_relax();
		w->began = now_ns();
		at = w->from % w->nr;
		for (done = 0; done < w->todo; done += len) {
			if (at == w->nr)
				at = 0;
			len = min(w->nr - at, min(w->todo - done, 256U));
			visit_all(w->what, w->pool, w->v + at, len);
			at += len;
		}
		w->ended = now_ns();
		shim_thread_exit();
		sem_post(&w->done);
	}
}

/* Operations a second of @n threads that do @todo each. */
static double run_workers(struct worker *w, int n, enum what what, bool own,
			  u32 from, u32 todo)
{
	double began = 0, ended = 0;
	int i, ready = 0;

	for (i = 0; i < n; i++) {
		w[i].from = from;
		w[i].todo = todo;
		w[i].what = what;
		w[i].pool = w[i].pools[own];
		w[i].ready = &ready;
		w[i].wanted = n;
		sem_post(&w[i].go);
	}
	for (i = 0; i < n; i++) {
		sem_wait(&w[i].done);
		if (!i || w[i].began < began)
			began = w[i].began;
		if (w[i].ended > ended)
			ended = w[i].ended;
	}
	return (double)n * todo / (ended - began) * 1e9;
}

/*
 * Rounds of one thread and of two alternate, so that both meet the same
 * machine; each is as short as a scheduler's slice, and the best of each
 * counts, as the others were disturbed.
 *
 * Once more in pools of their own, where the threads share nothing that is
 * ever written: what this machine has to give.
 */
static void mode_threads(void)
{
	static const struct {
		const char *name;
		enum what what;
		bool own;
	} ops[] = {
		{ "get", GET, false }, { "put_again", PUT, false },
		{ "get_apart", GET, true }, { "put_again_apart", PUT, true },
	};
	const u32 todo = 50000, rounds = 60;
	double one, two, speed;
	struct worker w[2] = {};
	u32 round, from;
	int pool, i;

	start();
	pool = tmem_new_pool(client, NULL, TMEM_POOL_PERSIST);
	for (i = 0; i < 2; i++) {
		w[i].number = i;
		w[i].pools[0] = pool;
		w[i].pools[1] = tmem_new_pool(client, NULL, TMEM_POOL_PERSIST);
	}
	/* This thread only waits from here on. */
	shim_thread_exit();
	for (i = 0; i < 2; i++) {
		w[i].v = visits(2 + i, i, 2, &w[i].nr);
		sem_init(&w[i].go, 0, 0);
		sem_init(&w[i].done, 0, 0);
		pthread_create(&w[i].thread, NULL, worker_thread, &w[i]);
		run_workers(&w[i], 1, PUT, false, 0, w[i].nr);
		run_workers(&w[i], 1, PUT, true, 0, w[i].nr);
	}
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		one = two = 0;
		for (round = 0; round < rounds; round++) {
			from = round * todo;
			speed = run_workers(&w[round % 2], 1, ops[i].what,
					    ops[i].own, from, todo);
			one = speed > one ? speed : one;
			speed = run_workers(w, 2, ops[i].what, ops[i].own,
					    from, todo);
			two = speed > two ? speed : two;
		}
		printf("%s_one_thread_mops %.3f\n", ops[i].name, one / 1e6);
		printf("%s_two_threads_mops %.3f\n", ops[i].name, two / 1e6);
		printf("%s_two_threads_gain %.2f\n", ops[i].name, two / one);
	}
	for (i = 0; i < 2; i++) {
		w[i].stop = true;
		sem_post(&w[i].go);
		pthread_join(w[i].thread, NULL);
	}
	stop();
}

/* What this thread has of objects and objnodes, as kmem_cache lays them out. */
static long metadata(void)
{
	long bytes = 0;
	int i;

	for (i = 0; i < SLABS; i++)
		if (i != PAGE)
			bytes += slabs[i].nr * slabs[i].size;
	return bytes;
}

static void mode_memory(void)
{
	static const struct {
		const char *name;
		u32 objs, pages, first;
	} files[] = {
		{ "dense_file_of_16384_pages", 8, 16384, 0 },
		{ "dense_file_of_1024_pages", 64, 1024, 0 },
		{ "dense_file_of_100_pages", 1000, 100, 0 },
		{ "dense_file_of_20_pages", 1000, 20, 0 },
		{ "dense_file_of_10_pages", 1000, 10, 0 },
		{ "dense_file_of_4_pages", 1000, 4, 0 },
		{ "dense_file_of_2_pages", 1000, 2, 0 },
		{ "single_page_file", 1000, 1, 0 },
		{ "single_page_at_index_1", 1000, 1, 1 },
		{ "single_page_at_index_1000000", 1000, 1, 1000000 },
	};
	int i, pool, size;
	long bytes;
	u32 o, p;

	start();
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		bytes = metadata();
		pool = tmem_new_pool(client, NULL, TMEM_POOL_PERSIST);
		for (o = 0; o < files[i].objs; o++) {
			struct tmem_oid oid = { { o, 1, 2 } };

			for (p = 0; p < files[i].pages; p++)
				if (tmem_put(client, pool, &oid,
					     files[i].first + p, NULL))
					abort();
		}
		printf("%s_bytes_per_page %.2f\n", files[i].name,
		       (double)(metadata() - bytes) /
		       ((double)files[i].objs * files[i].pages));
		tmem_destroy_pool(client, pool);
	}
	printf("sizeof_obj %zu\nsizeof_tree %zu\n", slabs[OBJ].size,
	       slabs[TREE].size);
	for (size = 0; size < TMEM_OBJNODE_SIZES; size++)
		printf("sizeof_objnode_of_%u_slots %zu\n",
		       tmem_objnode_cap(size), tmem_objnode_bytes(size));
	stop();
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	nr_pages = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	if (!strcmp(mode, "memory")) {
		mode_memory();
	} else if (nr_pages < 2 * PAGES_PER_OBJ) {
		fprintf(stderr, "usage: bench-core time|threads|instr|memory PAGES [data]\n");
		return 2;
	} else if (!strcmp(mode, "time")) {
		mode_time(argc > 3 && !strcmp(argv[3], "data"));
	} else if (!strcmp(mode, "threads")) {
		mode_threads();
	} else if (!strcmp(mode, "instr")) {
		mode_instr();
	}
	return 0;
}
