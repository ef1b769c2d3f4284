// SPDX-License-Identifier: GPL-2.0
/*
 * test_xen_threads.c - threads on the shim while its pools come and go
 *
 *	test_xen_threads [SECONDS [SEED]]
 *
 * Each thread has a pool and handles that all pools have: if two pools ever got
 * mixed, a thread would find a page of another.  Meanwhile the hypervisor
 * forgets pools, and others are created, so that ids are handed out again.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <stdlib.h>
#include <unistd.h>
#include "xen.h"
#include "test.h"

#define THREADS	3
#define INDEXES	8

static unsigned int seconds = 3;
static u64 seed = 1;
static bool stop;
static unsigned long all_hits, all_wrong;

struct thread {
	pthread_t pthread;
	unsigned int nr;
	int pool;
	u64 version[INDEXES];
};

static void one_op(struct thread *t, u64 *state, u64 *last)
{
	const struct tmem_oid oid = { { 1, 2, 3 } };
	unsigned int put = 2 * t->nr + 1, get = put + 1;
	u32 i = rnd_below(state, INDEXES);

	switch (rnd_below(state, 8)) {
	case 0:
		rig_backend->flush_page(t->pool, &oid, i);
		t->version[i] = 0;
		break;
	case 1 ... 4:
		t->version[i] = ++*last;
		if (rig_backend->put_page(t->pool, &oid, i,
					  rig_page(put, t->nr + 1, 1, i, *last)))
			t->version[i] = 0;
		break;
	default:
		if (rig_backend->get_page(t->pool, &oid, i, &rig.pages[get]))
			break;
		__atomic_fetch_add(&all_hits, 1, __ATOMIC_RELAXED);
		if (!t->version[i] ||
		    rig_version(get, t->nr + 1, 1, i) != t->version[i])
			__atomic_fetch_add(&all_wrong, 1, __ATOMIC_RELAXED);
	}
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	u64 state = seed * 100 + t->nr, last = 0;

	rig_slow = 20;
	while (!READ_ONCE(stop))
		one_op(t, &state, &last);
	shim_thread_exit();
	return NULL;
}

static void test_threads(void)
{
	struct thread threads[THREADS] = { };
	unsigned long losses = 0;
	u64 state = seed, last = 0;
	time_t end;
	int i, id;

	rig_start(true, 100000);
	for (i = 0; i < THREADS; i++) {
		threads[i].nr = i;
		threads[i].pool = rig_backend->new_pool(NULL, i ? TMEM_POOL_PERSIST : 0);
		CHECK_EQ(threads[i].pool, i);
	}
	shim_perturb(20);
	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i].pthread, NULL, thread_main,
					&threads[i]), 0);
	/* However busy the machine is. */
	for (end = time(NULL) + seconds;
	     time(NULL) < end || (losses < 20 && time(NULL) < end + 60);
	     losses++) {
		usleep(rnd_below(&state, 3000));
		sd_lose_pools(&rig.hv.domains[0], rnd(&state) & 7);
		/* Takes the lowest id, of a pool that does not know yet. */
		id = rig_backend->new_pool(NULL, 0);
		if (id >= 0) {
			struct thread own = { .nr = THREADS, .pool = id };
			int n = rnd_below(&state, 200);

			while (n--)
				one_op(&own, &state, &last);
			rig_backend->destroy_pool(id);
		}
		if (rnd_below(&state, 2))
			shim_settle();
		shim_fire_timers();
	}
	WRITE_ONCE(stop, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i].pthread, NULL);
	shim_perturb(0);
	CHECK_EQ(all_wrong, 0);
	CHECK(all_hits > 1000);
	CHECK(losses >= 20);
	test_note("%lu hits, %lu wrong, %lu losses, %lu pools lost", all_hits,
		  all_wrong, losses,
		  atomic_long_read(&txen_events[TXEN_POOLS_LOST]));
	rig_stop();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seconds = atoi(argv[1]);
	if (argc > 2 && atoi(argv[2]))
		seed = strtoull(argv[2], NULL, 0);
	test_run("xen, pools come and go", test_threads);
	return test_end();
}
