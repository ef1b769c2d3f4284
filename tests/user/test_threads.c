// SPDX-License-Identifier: GPL-2.0
/*
 * test_threads.c - threads on overlapping handles, and what each may see
 *
 *	test_threads [SECONDS [SEED]]
 *
 * Every operation notes when it began and when it ended.  Of two operations
 * that did not overlap the later one must see the earlier one; of two that
 * did, either order will do.  Per handle that comes down to a *floor*: the
 * latest beginning of any operation on it that has ended and after which the
 * data of older puts must be gone (a put, failed or not; a flush; an eviction;
 * a get that took the page or found none).  A get that begins after must not
 * return a version whose put had ended before the floor.
 *
 * A version is taken at most once from a destructive pool, and a refused one
 * never seen.  In a persistent pool, a page is found if some put of it has
 * succeeded since the last removal ended and no other has begun.  Beside all
 * this, one thread keeps replacing the descriptors, which nobody may notice.
 *
 * All bookkeeping is relaxed atomics on purpose: it must not order anything
 * that the core should have ordered, or ThreadSanitizer would see less.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>
#include <linux/err.h>
#include "host.h"
#include "test.h"

#define NR_THREADS	4
#define NR_POOLS	3
#define NR_OIDS		6
#define NR_INDEXES	8
#define NR_HANDLES	(NR_POOLS * NR_OIDS * NR_INDEXES)
#define RING		1024

#define load(v)		__atomic_load_n(&(v), __ATOMIC_RELAXED)
#define store(v, x)	__atomic_store_n(&(v), x, __ATOMIC_RELAXED)
#define add(v, n)	__atomic_fetch_add(&(v), n, __ATOMIC_RELAXED)

static const u32 pool_flags[NR_POOLS] = {
	0, TMEM_POOL_PERSIST, TMEM_POOL_SHARED
};
static const struct tmem_uuid uuid = { { 5, 6 } };

/* Neighbours in a node, a tree of no node, and far ends. */
static const u32 indexes[NR_INDEXES] = {
	0, 1, 2, 63, 64, 5000, 0x80000000, U32_MAX
};

struct version {
	u64 nr;
	u64 done;		/* when its put ended; 0: under way */
	bool refused;
	bool taken;
};

struct handle {
	u64 next;		/* version numbers given out */
	u64 floor;
	/* Only in persistent pools: */
	u64 removals_begun, removals_active, removal_end;
	u64 stored_begin;	/* beginning of the latest put that succeeded */
	struct version ring[RING];
};

struct pool_counts {
	long puts, failed_puts, gets, failed_gets, evicts;
};

static struct test_host host;
static struct tmem_client *client;
static struct handle *handles;
static u64 clock_now;
static bool stop;
static u64 seed;
static int seconds = 2;
static bool allocs_fail, with_destroy;
static struct pool_counts counts[NR_POOLS];
static unsigned long nr_done, nr_hits, nr_replaced;

static u64 tick(void)
{
	return add(clock_now, 1) + 1;
}

static void raise_to(u64 *v, u64 to)
{
	u64 old = load(*v);

	while (old < to &&
	       !__atomic_compare_exchange_n(v, &old, to, true,
					    __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

static struct handle *handle_of(unsigned int p, unsigned int o, unsigned int i)
{
	return &handles[(p * NR_OIDS + o) * NR_INDEXES + i];
}

static struct tmem_oid oid_of(unsigned int o)
{
	/* Two buckets. */
	return (struct tmem_oid){ { o, o ^ (o & 1), 0 } };
}

static void removal_begins(struct handle *h)
{
	/*
	 * In this order: a get whose first look sees it begun must not find that
	 * nothing is active, although nothing has ended.
	 */
	add(h->removals_active, 1);
	add(h->removals_begun, 1);
}

static void removal_ends(struct handle *h)
{
	raise_to(&h->removal_end, tick());
	add(h->removals_active, -1);
}

struct put {
	struct handle *h;
	struct version *v;
	u64 begin;
	bool may_fail, expect_fail;
};

static void put_begins(struct put *put, unsigned int p, unsigned int o,
		       unsigned int i, struct page *page)
{
	struct handle *h = handle_of(p, o, i);
	u64 nr = add(h->next, 1) + 1;
	struct version *v = &h->ring[nr % RING];
	struct stamp stamp = { p, o, indexes[i], nr };

	put->h = h;
	put->v = v;
	put->expect_fail = host.refuse_mod &&
			   nr % host.refuse_mod == host.refuse_mod - 1;
	put->may_fail = put->expect_fail || allocs_fail;
	store(v->nr, nr);
	store(v->done, 0);
	store(v->refused, false);
	store(v->taken, false);
	page_fill(page, &stamp);

	put->begin = tick();
	if (put->may_fail)
		removal_begins(h);
}

static void put_ends(struct put *put, unsigned int p, int ret)
{
	if (put->may_fail)
		removal_ends(put->h);
	if (ret == -ENODEV) {
		CHECK(with_destroy);
		store(put->v->refused, true);
		return;
	}
	if (ret) {
		CHECK(put->may_fail);
		store(put->v->refused, true);
		add(counts[p].failed_puts, 1);
	} else {
		CHECK(!put->expect_fail);
		store(put->v->done, tick());
		raise_to(&put->h->stored_begin, put->begin);
		add(counts[p].puts, 1);
	}
	raise_to(&put->h->floor, put->begin);
}

static void do_put(unsigned int p, unsigned int o, unsigned int i)
{
	struct tmem_oid oid = oid_of(o);
	struct page page;
	struct put put;

	put_begins(&put, p, o, i, &page);
	put_ends(&put, p, tmem_put(client, p, &oid, indexes[i], &page));
}

/* Of the indexes above, those from 0 on and from 3 on are neighbours. */
static unsigned int run_at(unsigned int i, unsigned int *nr)
{
	*nr = i < 3 ? 3 : 2;
	return i < 3 ? 0 : 3;
}

static void do_put_run(unsigned int p, unsigned int o, unsigned int i)
{
	struct page pages[3], *ptrs[3] = { pages, pages + 1, pages + 2 };
	struct tmem_oid oid = oid_of(o);
	struct put puts[3];
	unsigned int k, nr;
	struct tmem_run run;
	int ret;

	i = run_at(i, &nr);
	run = (struct tmem_run){ .oidp = &oid, .index = indexes[i], .nr = nr,
				 .want = tmem_run_mask(nr), .pages = ptrs };
	for (k = 0; k < nr; k++)
		put_begins(&puts[k], p, o, i + k, &pages[k]);
	ret = tmem_put_pages(client, p, &run);
	for (k = 0; k < nr; k++)
		put_ends(&puts[k], p, ret ?: run.err[k]);
}

static void check_version(unsigned int p, struct handle *h, u64 nr, u64 floor)
{
	struct version *v = &h->ring[nr % RING];
	u64 done = load(v->done);

	/* Overtaken by a whole ring of puts: nothing is known of it. */
	if (load(v->nr) != nr)
		return;
	CHECK(!load(v->refused));
	if (done && done < floor)
		test_fail(__FILE__, __LINE__,
			  "stale: pool %u version %llu, whose put ended at %llu, after %llu",
			  p, nr, done, floor);
	if (!pool_flags[p] && __atomic_exchange_n(&v->taken, true,
						  __ATOMIC_RELAXED))
		test_fail(__FILE__, __LINE__, "version %llu taken twice", nr);
}

struct get {
	struct handle *h;
	u64 removals, active, removal_end, stored, floor, begin;
};

static void get_begins(struct get *g, unsigned int p, unsigned int o,
		       unsigned int i)
{
	struct handle *h = handle_of(p, o, i);

	g->h = h;
	/* In this order: see the head of the file. */
	g->removals = load(h->removals_begun);
	g->active = load(h->removals_active);
	g->removal_end = load(h->removal_end);
	g->stored = load(h->stored_begin);
	g->floor = load(h->floor);
	g->begin = tick();
}

static void get_ends(struct get *g, unsigned int p, unsigned int o,
		     unsigned int i, int ret, const struct page *page)
{
	struct handle *h = g->h;

	switch (ret) {
	case 0:
		add(counts[p].gets, 1);
		add(nr_hits, 1);
		if (CHECK(page_intact(page)) &&
		    CHECK_EQ(page->stamp.pool, p) &&
		    CHECK_EQ(page->stamp.oid, o) &&
		    CHECK_EQ(page->stamp.index, indexes[i]))
			check_version(p, h, page->stamp.version, g->floor);
		if (!pool_flags[p])
			raise_to(&h->floor, g->begin);
		break;
	case -ENOENT:
		add(counts[p].failed_gets, 1);
		raise_to(&h->floor, g->begin);
		if (pool_flags[p] == TMEM_POOL_PERSIST && !g->active &&
		    g->stored > g->removal_end &&
		    load(h->removals_begun) == g->removals)
			test_fail(__FILE__, __LINE__,
				  "lost: a persistent page, put at %llu",
				  g->stored);
		break;
	case -ENODEV:
		CHECK(with_destroy);
		break;
	default:
		CHECK_EQ(ret, -EIO);
		CHECK(host.fail_get_mod);
		add(counts[p].failed_gets, 1);
	}
}

static void do_get(unsigned int p, unsigned int o, unsigned int i)
{
	struct tmem_oid oid = oid_of(o);
	struct page page;
	struct get g;
	int ret;

	get_begins(&g, p, o, i);
	ret = tmem_get(client, p, &oid, indexes[i], &page);
	get_ends(&g, p, o, i, ret, &page);
}

static void do_get_run(unsigned int p, unsigned int o, unsigned int i)
{
	struct page pages[3], *ptrs[3] = { pages, pages + 1, pages + 2 };
	struct tmem_oid oid = oid_of(o);
	struct get gets[3];
	struct tmem_run run;
	unsigned int k, nr;
	int ret;

	i = run_at(i, &nr);
	run = (struct tmem_run){ .oidp = &oid, .index = indexes[i], .nr = nr,
				 .want = tmem_run_mask(nr), .pages = ptrs };
	for (k = 0; k < nr; k++)
		get_begins(&gets[k], p, o, i + k);
	ret = tmem_get_pages(client, p, &run);
	for (k = 0; k < nr; k++)
		get_ends(&gets[k], p, o, i + k, ret ?: run.err[k], &pages[k]);
}

enum { ONE_PAGE, RANGE, OBJECT, POOL };

/* Run a removal of handles [i, last] of object @o, or of all objects. */
static void do_remove(unsigned int what, unsigned int p, unsigned int o,
		      unsigned int i, unsigned int last)
{
	unsigned int o2 = what == POOL ? NR_OIDS - 1 : o, x, y;
	struct tmem_oid oid = oid_of(o);
	u64 begin = tick();
	int ret;

	if (what == POOL)
		o = 0;
	if (what != ONE_PAGE && what != RANGE) {
		i = 0;
		last = NR_INDEXES - 1;
	}
	for (x = o; x <= o2; x++)
		for (y = i; y <= last; y++)
			removal_begins(handle_of(p, x, y));
	switch (what) {
	case ONE_PAGE:
		ret = tmem_flush_page(client, p, &oid, indexes[i]);
		break;
	case RANGE:
		ret = tmem_flush_range(client, p, &oid, indexes[i],
				       indexes[last]);
		break;
	case OBJECT:
		ret = tmem_flush_object(client, p, &oid);
		break;
	default:
		ret = tmem_destroy_pool(client, p);
	}
	for (x = o; x <= o2; x++) {
		for (y = i; y <= last; y++) {
			removal_ends(handle_of(p, x, y));
			raise_to(&handle_of(p, x, y)->floor, begin);
		}
	}
	CHECK(!ret || ret == -ENOENT || (ret == -ENODEV && with_destroy));
}

static void do_evict(u64 *state)
{
	u64 begin = tick();
	struct stamp stamp;
	unsigned int i;

	if (host_evict(&host, rnd_below(state, 8), &stamp))
		return;
	for (i = 0; indexes[i] != stamp.index; i++)
		;
	raise_to(&handle_of(stamp.pool, stamp.oid, i)->floor, begin);
	add(counts[stamp.pool].evicts, 1);
}

static void one_op(u64 *state)
{
	unsigned int p = rnd_below(state, NR_POOLS);
	unsigned int o = rnd_below(state, NR_OIDS);
	unsigned int i = rnd_below(state, NR_INDEXES);
	unsigned int dice = rnd_below(state, 1000);

	if (dice < 130 && i < 5) {
		do_put_run(p, o, i);
	} else if (dice < 430) {
		do_put(p, o, i);
	} else if (dice < 530 && i < 5) {
		do_get_run(p, o, i);
	} else if (dice < 800) {
		do_get(p, o, i);
	} else if (dice < 900) {
		do_remove(ONE_PAGE, p, o, i, i);
	} else if (dice < 920) {
		do_remove(RANGE, p, o, i,
			  i + rnd_below(state, NR_INDEXES - i));
	} else if (dice < 940) {
		do_remove(OBJECT, p, o, 0, 0);
	} else if (host.evictable) {
		do_evict(state);
	}
	add(nr_done, 1);
}

static void *worker(void *arg)
{
	u64 state = seed + (unsigned long)arg * 7919;

	while (!load(stop))
		one_op(&state);
	shim_thread_exit();
	return NULL;
}

/* Ends and recreates pools under the workers. */
static void *destroyer(void *arg)
{
	u64 state = seed + 1234567;
	unsigned int p;

	while (!load(stop)) {
		/* One at a time, so that it gets its number again. */
		p = rnd_below(&state, NR_POOLS);
		do_remove(POOL, p, 0, 0, 0);
		usleep(rnd_below(&state, 200));
		CHECK_EQ(tmem_new_pool(client, &uuid, pool_flags[p]), p);
		usleep(rnd_below(&state, 2000));
	}
	shim_thread_exit();
	return NULL;
}

/* Nothing but evictions: many meet pages that are just being removed. */
static void *evictor(void *arg)
{
	u64 state = seed + 7654321;

	while (!load(stop)) {
		do_evict(&state);
		sched_yield();
	}
	shim_thread_exit();
	return NULL;
}

/* Gives every page another descriptor, over and over. */
static void *reworker(void *arg)
{
	u64 state = seed + 424242;
	struct tmem_cursor cur = { };
	unsigned int replaced = 0;

	while (!load(stop)) {
		host_rework(&host, client, &cur,
			    1 + rnd_below(&state, HOST_WALK_MAX), &replaced);
		sched_yield();
	}
	add(nr_replaced, replaced);
	shim_thread_exit();
	return NULL;
}

static void check_end(void)
{
	struct tmem_pool_stats s;
	struct tmem_oid oid;
	unsigned int p, o;

	shim_settle();
	for (p = 0; p < NR_POOLS; p++) {
		CHECK_EQ(tmem_pool_get_stats(client, p, &s), 0);
		if (!with_destroy) {
			CHECK_EQ(s.puts, counts[p].puts);
			CHECK_EQ(s.failed_puts, counts[p].failed_puts);
			CHECK_EQ(s.gets, counts[p].gets);
			CHECK_EQ(s.failed_gets, counts[p].failed_gets);
			CHECK_EQ(s.evicts, counts[p].evicts);
		}
		/* What came in and has not gone is there. */
		CHECK_EQ(s.pages, s.puts - s.dup_puts - s.flushes - s.evicts -
				  (pool_flags[p] ? 0 : s.gets));
		CHECK(s.pages <= NR_OIDS * NR_INDEXES);
		for (o = 0; o < NR_OIDS; o++) {
			oid = oid_of(o);
			tmem_flush_object(client, p, &oid);
		}
		shim_settle();
		CHECK_EQ(tmem_pool_get_stats(client, p, &s), 0);
		CHECK_EQ(s.pages, 0);
		CHECK_EQ(s.objs, 0);
		CHECK_EQ(s.objnodes, 0);
	}
	CHECK_EQ(host.pampds, 0);
	CHECK_EQ(host.objs, 0);
	CHECK_EQ(host.objnodes, 0);
}

static void run_threads(bool evict)
{
	pthread_t threads[NR_THREADS + 3];
	unsigned long i, nr = 0;

	handles = calloc(NR_HANDLES, sizeof(*handles));
	memset(counts, 0, sizeof(counts));
	nr_done = nr_hits = nr_replaced = 0;
	clock_now = 0;
	stop = false;
	/* Hosts that know runs and others, by turns; some pages are elsewhere. */
	host_runs = !host_runs;
	CHECK_EQ(host_start(&host, evict), 0);
	host.away_mod = 7;
	host.remotify_mod = 3;
	host.spare_persistent = true;
	host.refuse_mod = 16;
	host.fail_get_mod = 29;
	client = tmem_client_create(host.core, 1, NR_POOLS);
	for (i = 0; i < NR_POOLS; i++)
		CHECK_EQ(tmem_new_pool(client, &uuid, pool_flags[i]), i);

	shim_fail_ppm(allocs_fail ? 50000 : 0);
	shim_perturb(60);
	for (i = 0; i < NR_THREADS; i++)
		pthread_create(&threads[nr++], NULL, worker, (void *)i);
	if (with_destroy)
		pthread_create(&threads[nr++], NULL, destroyer, NULL);
	if (evict)
		pthread_create(&threads[nr++], NULL, evictor, NULL);
	pthread_create(&threads[nr++], NULL, reworker, NULL);
	for (i = 0; i < seconds * 100 && !load(test_failures); i++)
		usleep(10000);
	store(stop, true);
	while (nr)
		pthread_join(threads[--nr], NULL);
	shim_perturb(0);
	shim_fail_ppm(0);

	check_end();
	tmem_client_destroy(client);
	CHECK(host_stop(&host));
	free(handles);
	test_note("seed %llu, %lu operations, %lu hits, %lu replaced", seed,
		  nr_done, nr_hits, nr_replaced);
	/* A test that did nothing has shown nothing. */
	CHECK(nr_hits > 100);
	CHECK(nr_replaced > 100);
}

static void test_plain(void)
{
	run_threads(false);
}

static void test_evict(void)
{
	run_threads(true);
}

static void test_allocs(void)
{
	allocs_fail = true;
	run_threads(true);
	allocs_fail = false;
}

static void test_destroy(void)
{
	with_destroy = true;
	run_threads(true);
	with_destroy = false;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seconds = atoi(argv[1]);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	if (!seed)
		seed = (u64)time(NULL) * 1000003 + getpid();
	test_run("threads", test_plain);
	test_run("threads and evictions", test_evict);
	test_run("threads, one allocation in 20 fails", test_allocs);
	test_run("threads and pools that go", test_destroy);
	return test_end();
}
