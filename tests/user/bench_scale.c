// SPDX-License-Identifier: GPL-2.0
/*
 * bench_scale.c - what a second CPU adds, and what a 64th would
 *
 *	bench-scale threads CPUS [data]	pages a second of one thread and of two
 *	bench-scale hold CPUS		how long the policy's locks are held
 *
 * The store as a machine with CPUS possible CPUs has it, without its data: the
 * core and the sources that decide which page stays are the kernel's own.  With
 * "data" a page is copied when it is put or got, 4 KiB from or to memory that
 * no cache holds; compressing, which takes longer, is left out.
 *
 * File pages are offered, put, got and evicted as cleancache and the store do
 * it, page by page and in runs of 32; swap is put and got.  Files have 128 pages
 * and are never the same twice; each thread has its own, all in one pool.  The
 * store holds HELD pages besides, which are the first to be evicted.
 *
 * Prints "NAME VALUE" lines.  Threads do a few milliseconds' work in each round;
 * rounds of one thread and of two alternate, and the best of each counts: all
 * others were disturbed.
 *
 * "hold" wants an evict.c that times its locks (SHIM_LOCK_TIMES): visits of a
 * lock for a page of each operation, nanoseconds for which it is held, by one
 * thread alone and by each of two, and what it takes to hand a cache line over.
 * The two fences of each time stamp make a hold longer than it is, never shorter.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include "bench.h"
#include "store.h"
#include "test.h"

#define FILE_PAGES	128
#define TODO		4096U		/* pages of a thread in a round */
#define HELD		131072U
#define ROUNDS		200
#define DATA		(1UL << 28)	/* bytes, more than caches */

struct page;

/* --- memory: slabs of a thread, as kmem_cache has them of a CPU --------------- */

static size_t descriptor_size(void)
{
	return sizeof(struct zpage);
}

struct zpage *store_zpage_alloc(void)
{
	return slab_alloc(PAGE);
}

void store_zpage_free(struct zpage *zp)
{
	slab_free(PAGE, zp);
}

const struct tmem_hostops store_hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "scale",
	.obj_alloc = obj_alloc,
	.obj_free = obj_free,
	.objnode_alloc = objnode_alloc,
	.objnode_free = objnode_free,
};

/* --- data ---------------------------------------------------------------------- */

static char *data;
static __thread char copied[PAGE_SIZE] __aligned(64);
static __thread u64 copy_seed;

/* From somewhere, so that it is cold. */
static void copy_data(const struct zpage *zp)
{
	copy_page(copied, data + (rnd(&copy_seed) % (DATA / PAGE_SIZE)) *
			  PAGE_SIZE);
}

/* --- operations ------------------------------------------------------------------ */

enum what { PUT, GET, MISS, PUT_RUN, GET_RUN, EVICT, SWAP_PUT, SWAP_GET,
	    SWAP_FLUSH, FILL };

static struct tmem_client *client;
static int file_pool, swap_pool;
static u64 refused;		/* offers; of any thread, a guess */

static struct page *no_pages[TMEM_RUN_PAGES];

static struct tmem_run whole_run(const struct tmem_oid *oid, u32 index)
{
	return (struct tmem_run){
		.oidp = oid,
		.index = index,
		.nr = TMEM_RUN_PAGES,
		.want = U32_MAX,
		.pages = no_pages,
	};
}

static void put_run(int pool, const struct tmem_oid *oid, u32 index)
{
	struct tmem_run run = whole_run(oid, index);

	if (zc_evict_offer(pool, oid, index, TMEM_RUN_PAGES,
			   TMEM_HINT_USED) != TMEM_OFFER_TAKE)
		refused++;
	if (tmem_put_pages(client, pool, &run) || run.done != U32_MAX)
		abort();
}

static void get_run(int pool, const struct tmem_oid *oid, u32 index)
{
	struct tmem_run run = whole_run(oid, index);

	if (tmem_get_pages(client, pool, &run) || run.done != U32_MAX)
		abort();
}

/* Of each page of a file. */
static void do_file(enum what what, u64 file)
{
	struct tmem_oid oid = { { file, 0x12345, 0 } };
	u32 i;

	for (i = 0; i < FILE_PAGES; i++) {
		switch (what) {
		case PUT:
			if (zc_evict_offer(file_pool, &oid, i, 1,
					   TMEM_HINT_USED) != TMEM_OFFER_TAKE)
				refused++;
			fallthrough;
		case FILL:
			if (tmem_put(client, file_pool, &oid, i, NULL))
				abort();
			break;
		case GET:
			if (tmem_get(client, file_pool, &oid, i, NULL))
				abort();
			break;
		case MISS:
			if (tmem_get(client, file_pool, &oid, i, NULL) != -ENOENT)
				abort();
			zc_evict_missed(file_pool, &oid, i, 1);
			break;
		case PUT_RUN:
			put_run(file_pool, &oid, i);
			i += TMEM_RUN_PAGES - 1;
			break;
		case GET_RUN:
			get_run(file_pool, &oid, i);
			i += TMEM_RUN_PAGES - 1;
			break;
		case EVICT:
			if (!zc_evict_one(WHY_LIMIT))
				abort();
			break;
		case SWAP_PUT:
			if (tmem_put(client, swap_pool, &oid, i, NULL))
				abort();
			break;
		case SWAP_GET:
			if (tmem_get(client, swap_pool, &oid, i, NULL))
				abort();
			break;
		case SWAP_FLUSH:
			if (tmem_flush_page(client, swap_pool, &oid, i))
				abort();
			break;
		}
	}
	shim_quiescent();
}

/* --- threads ------------------------------------------------------------------------ */

struct worker {
	pthread_t thread;
	sem_t go, done;
	enum what what;
	u64 first;
	u32 files;
	int number, *ready, wanted;
	double began, ended;
	struct shim_lock_times locks;
	bool stop;
};

static void *worker_thread(void *arg)
{
	struct worker *w = arg;
	u32 i;

	own_cpu(w->number);
	copy_seed = w->number;
	for (;;) {
		sem_wait(&w->go);
		if (w->stop)
			return NULL;
		shim_quiescent();
		/* Spin, so that all are on a CPU when the round begins. */
		__atomic_fetch_add(w->ready, 1, __ATOMIC_ACQ_REL);
		while (__atomic_load_n(w->ready, __ATOMIC_ACQUIRE) < w->wanted)
			cpu_relax();
		shim_lock_times = (struct shim_lock_times){};
		w->began = now_ns();
		for (i = 0; i < w->files; i++)
			do_file(w->what, w->first + i);
		w->ended = now_ns();
		w->locks = shim_lock_times;
		shim_thread_exit();
		sem_post(&w->done);
	}
}

static struct worker workers[2];
static u64 next_file = 1;

/*
 * Let @n threads, of which one is @which, do it to files from @first on; the
 * nanoseconds until the last was ready.
 */
static double run_workers(int n, int which, enum what what, u64 first,
			  u32 files)
{
	double began = 0, ended = 0;
	struct worker *w;
	int i, ready = 0;

	for (i = 0; i < n; i++) {
		w = &workers[(which + i) % 2];
		w->first = first + (u64)i * files;
		w->files = files;
		w->what = what;
		w->ready = &ready;
		w->wanted = n;
		sem_post(&w->go);
	}
	for (i = 0; i < n; i++) {
		w = &workers[(which + i) % 2];
		sem_wait(&w->done);
		if (!i || w->began < began)
			began = w->began;
		if (!i || w->ended > ended)
			ended = w->ended;
	}
	return ended - began;
}

static void start(unsigned int cpus, bool with_data)
{
	struct tmem_host *host;
	int i;

	if (with_data) {
		size_t at;

		data = arena(DATA);
		for (at = 0; at < DATA; at += PAGE_SIZE)
			*(u64 *)(data + at) = at;
		store_copy = copy_data;
	}
	shim_possible_cpus = cpus;
	/* So that pages that are got soon were worth keeping (gain.c). */
	store_len = 16;
	store_limit = 8ULL << 30;
	shim_quiescent();
	if (zc_shards_init())
		abort();
	zc_shards_want_ghost();
	host = tmem_register_host(&store_hostops, &store_pamops, NULL);
	if (IS_ERR(host))
		abort();
	client = tmem_client_create(host, 0, 4);
	file_pool = tmem_new_pool(client, NULL, 0);
	swap_pool = tmem_new_pool(client, NULL, TMEM_POOL_PERSIST);
	/* This thread only waits from here on. */
	shim_thread_exit();
	for (i = 0; i < 2; i++) {
		workers[i].number = i;
		sem_init(&workers[i].go, 0, 0);
		sem_init(&workers[i].done, 0, 0);
		pthread_create(&workers[i].thread, NULL, worker_thread,
			       &workers[i]);
	}
	run_workers(2, 0, FILL, next_file, HELD / FILE_PAGES / 2);
	next_file += HELD / FILE_PAGES;
}

/*
 * A round does all operations one after the other, so that each leaves what the
 * next one needs: what is put is got, or as many pages are evicted as were put.
 */
static const struct op {
	const char *name;
	enum what what;
	bool new;
	bool timed;
} ops[] = {
	{ "file_miss", MISS, true, true },
	{ "file_put", PUT, true, true },
	{ "file_get", GET, false, true },
	{ "file_put_run", PUT_RUN, true, true },
	{ "file_get_run", GET_RUN, false, true },
	{ "file_fill", FILL, true, false },
	{ "file_evict", EVICT, false, true },
	{ "swap_put", SWAP_PUT, true, true },
	{ "swap_get", SWAP_GET, false, true },
	{ "swap_flush", SWAP_FLUSH, false, true },
};

#define NR_OPS	ARRAY_SIZE(ops)

struct best {
	double ns[2];			/* a page, of one thread and of two */
	double visits[2], hold[2];	/* a page, of the median round */
};

static double tick_ns, ns_per_tick;

static void rounds(struct best *best)
{
	static double holds[NR_OPS][2][ROUNDS];
	u32 files = TODO / FILE_PAGES;
	unsigned int i, round;
	struct worker *w;
	double ns;
	int n, k;

	for (round = 0; round < ROUNDS; round++) {
		for (n = 1; n <= 2; n++) {
			for (i = 0; i < NR_OPS; i++) {
				if (ops[i].new)
					next_file += n * files;
				ns = run_workers(n, round, ops[i].what,
						 next_file - n * files, files);
				ns /= (double)n * TODO;
				if (!round || ns < best[i].ns[n - 1])
					best[i].ns[n - 1] = ns;
				ns = 0;
				best[i].visits[n - 1] = 0;
				for (k = 0; k < n; k++) {
					w = &workers[(round + k) % 2];
					best[i].visits[n - 1] += (double)
						w->locks.visits / n / TODO;
					ns += w->locks.visits ?
						w->locks.ticks * ns_per_tick /
						w->locks.visits / n - tick_ns / n : 0;
				}
				holds[i][n - 1][round] = ns;
			}
		}
	}
	for (i = 0; i < NR_OPS; i++) {
		for (n = 0; n < 2; n++) {
			qsort(holds[i][n], ROUNDS, sizeof(double), by_value);
			best[i].hold[n] = holds[i][n][ROUNDS / 4];
		}
	}
}

static void mode_threads(void)
{
	struct best best[NR_OPS];
	unsigned int i;

	rounds(best);
	for (i = 0; i < NR_OPS; i++) {
		if (!ops[i].timed)
			continue;
		printf("%s_one_thread_mpages %.3f\n", ops[i].name,
		       1e3 / best[i].ns[0]);
		printf("%s_two_threads_mpages %.3f\n", ops[i].name,
		       1e3 / best[i].ns[1]);
		printf("%s_two_threads_gain %.2f\n", ops[i].name,
		       best[i].ns[0] / best[i].ns[1]);
	}
}

/* --- how long locks are held ------------------------------------------------------------ */

static void calibrate(void)
{
	double ns;
	u64 first;
	int i, k;

	ns_per_tick = ns_of_tick();
	for (k = 0; k < 100; k++) {
		first = shim_ticks();
		for (i = 0; i < 1000; i++)
			shim_ticks();
		ns = (shim_ticks() - first) * ns_per_tick / 1000;
		if (!k || ns < tick_ns)
			tick_ns = ns;
	}
}

/* Two threads hand a line to and fro. */
#define TURNS	20000
static unsigned int line __aligned(256);

static void *pong(void *arg)
{
	unsigned int me = (unsigned long)arg, i;

	own_cpu(me);
	for (i = me; i < TURNS; i += 2) {
		while (__atomic_load_n(&line, __ATOMIC_ACQUIRE) != i)
			cpu_relax();
		__atomic_store_n(&line, i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static double line_ns(void)
{
	double best = 0, begin, ns;
	pthread_t one, two;
	int round;

	for (round = 0; round < 20; round++) {
		line = 0;
		begin = now_ns();
		pthread_create(&one, NULL, pong, (void *)0UL);
		pthread_create(&two, NULL, pong, (void *)1UL);
		pthread_join(one, NULL);
		pthread_join(two, NULL);
		ns = (now_ns() - begin) / TURNS;
		if (!round || ns < best)
			best = ns;
	}
	return best;
}

static void mode_hold(void)
{
	struct best best[NR_OPS];
	unsigned int i;

	calibrate();
	printf("line_ns %.1f\n", line_ns());
	rounds(best);
	for (i = 0; i < NR_OPS; i++) {
		if (!ops[i].timed || !best[i].visits[0])
			continue;
		printf("%s_visits %.3f\n", ops[i].name, best[i].visits[0]);
		printf("%s_hold_one_ns %.1f\n", ops[i].name, best[i].hold[0]);
		printf("%s_hold_two_ns %.1f\n", ops[i].name, best[i].hold[1]);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	unsigned int cpus = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	int i;

	if (!cpus || (strcmp(mode, "threads") && strcmp(mode, "hold"))) {
		fprintf(stderr, "usage: bench-scale threads|hold CPUS [data]\n");
		return 2;
	}
	start(cpus, argc > 3 && !strcmp(argv[3], "data"));
	if (!strcmp(mode, "threads"))
		mode_threads();
	else
		mode_hold();
	if (refused)
		fprintf(stderr, "bench-scale: %llu offers were refused\n",
			refused);
	for (i = 0; i < 2; i++) {
		workers[i].stop = true;
		sem_post(&workers[i].go);
		pthread_join(workers[i].thread, NULL);
	}
	return 0;
}
