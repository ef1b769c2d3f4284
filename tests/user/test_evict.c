// SPDX-License-Identifier: GPL-2.0
/*
 * test_evict.c - which page stays, with the policy in many shards
 *
 *	test_evict [SECONDS [SEED]]
 *
 * The store without its data (store.h) as a machine of 64 CPUs has it.  What
 * single threads see of shards; then threads that put, get, flush and evict
 * pages of few objects beside one that changes the limit, and with it the
 * number of shards: no page may be lost to the policy or be left with it.
 */
#include <pthread.h>
#include <time.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include "../../src/zcache/shard.h"
#include "store.h"
#include "test.h"

#define NR_THREADS	4
#define OBJECTS		6
#define PAGES		256

#define load(v)		__atomic_load_n(&(v), __ATOMIC_RELAXED)
#define add(v, n)	__atomic_fetch_add(&(v), n, __ATOMIC_RELAXED)

struct page;

static struct tmem_host *host;
static struct tmem_client *client;
static int pool, shared;
static long nr_zpages;
static u64 seed;
static int seconds = 2;
static bool stop;
static const struct tmem_uuid uuid = { { 1, 2 } };

struct zpage *store_zpage_alloc(void)
{
	struct zpage *zp = kmalloc(sizeof(*zp), GFP_ATOMIC);

	if (zp)
		add(nr_zpages, 1);
	return zp;
}

void store_zpage_free(struct zpage *zp)
{
	/* Nobody has it on a list. */
	CHECK(zp->list == ZPAGE_OFF);
	add(nr_zpages, -1);
	kfree(zp);
}

static struct tmem_obj *obj_alloc(void *priv, const struct tmem_pool *unused)
{
	struct tmem_obj *obj = aligned_alloc(64, ALIGN(sizeof(*obj), 64));

	obj->tree = kmalloc(sizeof(*obj->tree), GFP_ATOMIC);
	if (obj->tree)
		return obj;
	free(obj);
	return NULL;
}

static void obj_free(void *priv, struct tmem_obj *obj)
{
	kfree(obj->tree);
	free(obj);
}

static struct tmem_objnode *objnode_alloc(void *priv,
					  const struct tmem_pool *unused,
					  unsigned int size)
{
	return kmalloc(tmem_objnode_bytes(size), GFP_ATOMIC);
}

static void objnode_free(void *priv, struct tmem_objnode *node,
			 unsigned int size)
{
	kfree(node);
}

const struct tmem_hostops store_hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "evict",
	.obj_alloc = obj_alloc,
	.obj_free = obj_free,
	.objnode_alloc = objnode_alloc,
	.objnode_free = objnode_free,
};

static void start(u64 limit, unsigned int cpus)
{
	shim_possible_cpus = cpus;
	WRITE_ONCE(store_limit, limit);
	CHECK_EQ(zc_shards_init(), 0);
	zc_shards_want_ghost();
	CHECK_EQ(zc_shards_resize(), 0);
	host = tmem_register_host(&store_hostops, &store_pamops, NULL);
	client = tmem_client_create(host, 0, 4);
	pool = tmem_new_pool(client, NULL, 0);
	shared = tmem_new_pool(client, &uuid, TMEM_POOL_SHARED);
}

static void end(void)
{
	tmem_client_destroy(client);
	CHECK_EQ(tmem_unregister_host(host), 0);
	shim_settle();
	CHECK_EQ(zc_evict_pages(), 0);
	CHECK(!zc_evict_any());
	CHECK_EQ(load(nr_zpages), 0);
	zc_shards_stop();
	zc_shards_exit();
}

static struct tmem_oid oid_of(u64 n)
{
	return (struct tmem_oid){ { n, 7, 0 } };
}

static unsigned int shards_now(void)
{
	struct zc_evict_figures f;

	zc_evict_get_figures(&f);
	return f.shards;
}

static void put_some(u64 objects, u32 pages)
{
	struct tmem_oid oid;
	u64 o;
	u32 i;

	for (o = 0; o < objects; o++) {
		oid = oid_of(o);
		for (i = 0; i < pages; i++)
			CHECK_EQ(tmem_put(client, pool, &oid, i, NULL), 0);
	}
}

static void put_all(u64 objects)
{
	put_some(objects, PAGES);
}

static unsigned int got_of(u64 objects)
{
	unsigned int got = 0;
	struct tmem_oid oid;
	u64 o;
	u32 i;

	for (o = 0; o < objects; o++) {
		oid = oid_of(o);
		for (i = 0; i < PAGES; i++)
			got += !tmem_get(client, pool, &oid, i, NULL);
	}
	return got;
}

static void test_all_shards(void)
{
	start(4ULL << 30, 64);
	CHECK_EQ(shards_now(), ZC_SHARDS_MAX);
	CHECK(!zc_evict_any());
	CHECK(!zc_evict_one(WHY_TRIM));
	put_all(20);
	CHECK_EQ(zc_evict_pages(), 20 * PAGES);
	CHECK_EQ(zc_evict_some(100, WHY_TRIM), 100);
	CHECK_EQ(got_of(20), 20 * PAGES - 100);
	CHECK(!zc_evict_any());
	put_all(20);
	/* To the last one, wherever that is. */
	CHECK_EQ(zc_evict_some(1000000, WHY_TRIM), 20 * PAGES);
	CHECK_EQ(got_of(20), 0);
	end();
}

#define FEW	40	/* pages of a small file, which has one shard */

/*
 * Of what was put first, how much is left when half of all has gone, in percent?
 * There are as many pages as shards of this number are to have at least.
 */
static unsigned int old_left(unsigned int cpus, unsigned int shards)
{
	const u64 old = 1000;
	unsigned int left;

	start(128ULL << 20, cpus);
	CHECK_EQ(shards_now(), shards);
	put_some(2 * old, FEW);
	CHECK_EQ(zc_evict_some(old * FEW, WHY_TRIM), old * FEW);
	left = got_of(old);
	end();
	return left * 100 / (old * FEW);
}

/* Each shard for itself comes to what one would that has all. */
static void test_same_pages_go(void)
{
	int one = old_left(1, 1), many = old_left(64, 4);

	test_note("%d%% and %d%% of old pages are left", one, many);
	CHECK(abs(one - many) <= 5);
}

static void test_limit_changes(void)
{
	struct tmem_oid oid = oid_of(1000);
	unsigned long left;
	u32 i;

	start(4ULL << 30, 64);
	put_all(20);
	WRITE_ONCE(store_limit, 8 << 20);
	CHECK_EQ(zc_shards_resize(), 0);
	CHECK_EQ(shards_now(), 1);
	CHECK_EQ(zc_evict_pages(), 20 * PAGES);
	for (i = 0; i < 20 * PAGES; i++)
		CHECK_EQ(tmem_put(client, pool, &oid, i, NULL), 0);
	/* What lies in shards that get no pages any more goes, too. */
	CHECK_EQ(zc_evict_some(20 * PAGES, WHY_TRIM), 20 * PAGES);
	CHECK(got_of(20) < 15 * PAGES);
	WRITE_ONCE(store_limit, 4ULL << 30);
	CHECK_EQ(zc_shards_resize(), 0);
	CHECK_EQ(shards_now(), ZC_SHARDS_MAX);
	left = zc_evict_pages();
	CHECK_EQ(left, load(nr_zpages));
	CHECK_EQ(zc_evict_some(1000000, WHY_TRIM), left);
	end();
}

/* A balloon moves the limit, and nobody says so. */
static void test_limit_drifts(void)
{
	start(4ULL << 30, 64);
	put_all(20);
	/* Half of it is no reason. */
	WRITE_ONCE(store_limit, 1ULL << 30);
	CHECK_EQ(zc_evict_some(4 * PAGES, WHY_TRIM), 4 * PAGES);
	shim_settle();
	CHECK_EQ(shards_now(), 64);
	WRITE_ONCE(store_limit, 512ULL << 20);
	CHECK_EQ(zc_evict_some(4 * PAGES, WHY_TRIM), 4 * PAGES);
	shim_settle();
	CHECK_EQ(shards_now(), 16);
	WRITE_ONCE(store_limit, 2ULL << 30);
	CHECK_EQ(zc_evict_some(4 * PAGES, WHY_TRIM), 4 * PAGES);
	shim_settle();
	CHECK_EQ(shards_now(), 64);
	CHECK_EQ(zc_evict_pages(), 8 * PAGES);
	CHECK_EQ(zc_evict_some(1000000, WHY_TRIM), 8 * PAGES);
	end();
}

/* Pages that are so far apart, samples of runs, are in all shards. */
static void test_strides(void)
{
	const u64 object = 0x123456789abcdef0;
	unsigned int shift;
	u64 seen;
	u32 i;

	start(4ULL << 30, 64);
	for (shift = 6; shift <= 9; shift++) {
		seen = 0;
		for (i = 0; i < 1024; i++)
			seen |= 1ULL << zc_shard_number(zc_shard_of(object,
								    i << shift));
		CHECK_EQ(hweight64(seen), 64);
	}
	end();
}

/* A run over the border of two blocks is of two shards. */
static void test_runs(void)
{
	struct page *pages[TMEM_RUN_PAGES] = {};
	struct tmem_oid oid = oid_of(1);
	struct tmem_run run = {
		.oidp = &oid, .index = 50, .nr = TMEM_RUN_PAGES,
		.want = U32_MAX, .pages = pages,
	};

	start(4ULL << 30, 64);
	CHECK_EQ(zc_evict_offer(pool, &oid, 50, TMEM_RUN_PAGES, 0),
		 TMEM_OFFER_TAKE);
	CHECK_EQ(tmem_put_pages(client, pool, &run), 0);
	CHECK_EQ(run.done, U32_MAX);
	CHECK_EQ(zc_evict_pages(), TMEM_RUN_PAGES);
	CHECK_EQ(tmem_get_pages(client, pool, &run), 0);
	CHECK_EQ(run.done, U32_MAX);
	CHECK_EQ(zc_evict_pages(), 0);
	zc_evict_missed(pool, &oid, 50, U32_MAX);
	/* Refused, and remembered by both. */
	store_room = ROOM_SHORT;
	CHECK_EQ(zc_evict_offer(pool, &oid, 50, 200, 0), TMEM_OFFER_NO_ROOM);
	store_room = ROOM_YES;
	end();
}

/* While others have little, free room is filled with samples only. */
static void test_scarce(void)
{
	struct tmem_oid oid = oid_of(1);
	unsigned int taken[2] = {}, round, i;

	for (round = 0; round < 2; round++) {
		start(4ULL << 30, 1);
		store_scarce = round;
		for (i = 0; i < 6400; i += 64)
			taken[round] += zc_evict_offer(pool, &oid, i, 1, 0) ==
					TMEM_OFFER_TAKE;
		end();
	}
	store_scarce = false;
	CHECK_EQ(taken[0], 100);
	/* samples */
	CHECK(taken[1] > 0 && taken[1] < 20);
}

static void *worker(void *arg)
{
	u64 rng = seed + (unsigned long)arg;
	struct page *pages[TMEM_RUN_PAGES] = {};
	struct tmem_oid oid;
	struct tmem_run run = {
		.oidp = &oid, .nr = TMEM_RUN_PAGES, .pages = pages,
	};
	u32 index;
	int p;

	while (!load(stop)) {
		oid = oid_of(rnd_below(&rng, OBJECTS));
		index = rnd_below(&rng, PAGES);
		p = rnd_below(&rng, 4) ? pool : shared;
		run.index = index;
		run.want = rnd(&rng);
		switch (rnd_below(&rng, 10)) {
		case 0:
		case 1:
			zc_evict_offer(p, &oid, index, 1 + (index & 127), 0);
			tmem_put(client, p, &oid, index, NULL);
			break;
		case 2:
		case 3:
			tmem_put_pages(client, p, &run);
			break;
		case 4:
			if (tmem_get(client, p, &oid, index, NULL) == -ENOENT)
				zc_evict_missed(p, &oid, index, 1);
			break;
		case 5:
			tmem_get_pages(client, p, &run);
			break;
		case 6:
			tmem_flush_page(client, p, &oid, index);
			break;
		case 7:
			if (!rnd_below(&rng, 16))
				tmem_flush_object(client, p, &oid);
			zc_evict_similar(1000);
			break;
		case 8:
			zc_evict_some(index & 31, WHY_LIMIT);
			break;
		case 9:
			zc_evict_dead(WHY_SHRINKER);
			zc_evict_tenant(0, WHY_SHRINKER);
			break;
		}
		shim_race_point();
	}
	shim_thread_exit();
	return NULL;
}

static void test_threads(void)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	pthread_t threads[NR_THREADS];
	struct zc_evict_figures f;
	time_t until;
	unsigned long i;

	start(4ULL << 30, 64);
	stop = false;
	shim_perturb(64);
	for (i = 0; i < NR_THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	until = time(NULL) + seconds;
	for (i = 0; time(NULL) < until; i++) {
		nanosleep(&pause, NULL);
		WRITE_ONCE(store_limit, i % 3 ? 4ULL << 30 : 100 << 20);
		zc_shards_resize();
		zc_evict_get_figures(&f);
		zc_evict_clock(i % ZC_SHARDS_MAX);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i], NULL);
	shim_perturb(0);
	/* Whole objects are emptied by a worker. */
	shim_settle();
	zc_evict_get_figures(&f);
	CHECK_EQ(zc_evict_pages(), f.small + f.main);
	/* What the core has the policy has, and the other way round. */
	CHECK_EQ(load(nr_zpages), zc_evict_pages());
	CHECK_EQ(zc_evict_some(1000000, WHY_TRIM), f.small + f.main);
	CHECK_EQ(load(nr_zpages), 0);
	end();
}

int main(int argc, char **argv)
{
	seconds = argc > 1 ? atoi(argv[1]) : 2;
	seed = argc > 2 && atoll(argv[2]) ? atoll(argv[2]) : time(NULL);
	test_run("pages of many shards go to the last", test_all_shards);
	test_run("many shards keep what one would keep", test_same_pages_go);
	test_run("the number of shards changes", test_limit_changes);
	test_run("a balloon moves the limit", test_limit_drifts);
	test_run("pages in strides are in all shards", test_strides);
	test_run("a run of two shards", test_runs);
	test_run("free room, and little of it", test_scarce);
	test_run("threads in many shards", test_threads);
	return test_end();
}
