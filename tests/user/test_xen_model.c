// SPDX-License-Identifier: GPL-2.0
/*
 * test_xen_model.c - the shim under random operations and a hypervisor gone wrong
 *
 *	test_xen_model [SEED [OPERATIONS]]
 *
 * What each handle holds is known.  A get may find nothing where the rules
 * allow that, but never anything else than what was put last: that is a wrong
 * page, and there must be none.  A persistent page must be found unless the
 * shim has said that its pool is lost.  Times of misbehaviour (refusals,
 * senseless answers, freezes, migrations with pools lost, a host without
 * tmem, no memory) and quiet times take turns.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include <linux/err.h>
#include "xen.h"
#include "test.h"

#define OIDS	4
#define INDEXES	24
#define POOLS	6

struct slot {
	u64 version;		/* 0: nothing may be found */
	bool sure;		/* and it must be found */
};

static struct pool {
	bool used;
	u32 flags;
	u64 stamp;		/* tells its pages from those of other pools */
	struct slot slots[OIDS][INDEXES];
} pools[POOLS];

static const struct tmem_uuid uuid = { { 0x4711, ~0x4711ULL } };
static u64 seed, state, last_version, last_stamp;
static unsigned long nr_ops = 1000000;
static unsigned long hits, misses, wrong, missing, refused, losses, errors;
static bool quiet;

static bool dice(unsigned int one_in)
{
	return !rnd_below(&state, one_in);
}

static struct tmem_oid oid_of(unsigned int nr)
{
	return (struct tmem_oid){ { nr, nr * 3, 7 } };
}

static u32 index_of(unsigned int nr)
{
	return nr < INDEXES / 2 ? nr : U32_MAX - nr;
}

/* From here on nothing persistent must be found that was put before. */
static void unsure(struct pool *pool)
{
	unsigned int o, i;

	for (o = 0; o < OIDS; o++)
		for (i = 0; i < INDEXES; i++)
			pool->slots[o][i].sure = false;
}

static long lost_pools(void)
{
	return atomic_long_read(&txen_events[TXEN_POOLS_LOST]) +
	       atomic_long_read(&txen_events[TXEN_POOLS_BROKEN]);
}

/* The shim has said so; which pools, only the log tells. */
static void note_losses(void)
{
	static long known;
	long now = lost_pools();
	int p;

	if (now == known)
		return;
	known = now;
	losses++;
	for (p = 0; p < POOLS; p++)
		unsure(&pools[p]);
}

static void forget(struct slot *s)
{
	s->version = 0;
	s->sure = false;
}

static void do_put(int p, unsigned int o, unsigned int i)
{
	struct slot *s = &pools[p].slots[o][i];
	struct tmem_oid oid = oid_of(o);
	u64 version = ++last_version;
	int ret;

	ret = rig_backend->put_page(p, &oid, index_of(i),
				    rig_page(1, pools[p].stamp, o, i, version));
	CHECK_EQ(rig_version(1, pools[p].stamp, o, i), version);
	if (ret) {
		refused++;
		forget(s);
		return;
	}
	s->version = version;
	s->sure = pools[p].flags & TMEM_POOL_PERSIST;
}

static void do_get(int p, unsigned int o, unsigned int i)
{
	struct slot *s = &pools[p].slots[o][i];
	struct tmem_oid oid = oid_of(o);
	u64 found;
	int ret;

	rig_page(2, 0, 0, 0, 1);
	ret = rig_backend->get_page(p, &oid, index_of(i), &rig.pages[2]);
	if (!ret) {
		hits++;
		found = rig_version(2, pools[p].stamp, o, i);
		if (!s->version || found != s->version) {
			wrong++;
			test_fail(__FILE__, __LINE__,
				  "pool %d (%u) object %u page %u: version %llu instead of %llu",
				  p, pools[p].flags, o, i, found, s->version);
		}
		if (!pools[p].flags)
			forget(s);
		return;
	}
	if (s->version)
		misses++;
	if (ret != -ENOENT)
		errors++;
	note_losses();
	/* get-get: what is not there now must not come back. */
	if (!(pools[p].flags & TMEM_POOL_PERSIST)) {
		forget(s);
	} else if (ret == -ENODEV) {
		/* Said aloud. */
		s->sure = false;
	} else if (s->sure && quiet) {
		missing++;
		test_fail(__FILE__, __LINE__,
			  "pool %d object %u page %u: %d, not version %llu",
			  p, o, i, ret, s->version);
	} else if (ret == -ENOENT && !s->sure) {
		forget(s);
	}
}

static void do_flush(int p, unsigned int o, unsigned int i)
{
	unsigned int last = i + rnd_below(&state, INDEXES / 2);
	struct tmem_oid oid = oid_of(o);

	switch (rnd_below(&state, 16)) {
	case 0:
		CHECK_EQ(rig_backend->flush_object(p, &oid), 0);
		for (i = 0; i < INDEXES; i++)
			forget(&pools[p].slots[o][i]);
		break;
	case 1:
		if (last >= INDEXES / 2)
			break;
		CHECK_EQ(rig_backend->flush_range(p, &oid, i, last), 0);
		for (; i <= last; i++)
			forget(&pools[p].slots[o][i]);
		break;
	default:
		CHECK_EQ(rig_backend->flush_page(p, &oid, index_of(i)), 0);
		forget(&pools[p].slots[o][i]);
	}
}

static void do_pool(int p)
{
	static const u32 kinds[] = {
		0, TMEM_POOL_PERSIST, TMEM_POOL_PERSIST, TMEM_POOL_SHARED
	};
	u32 flags = kinds[rnd_below(&state, ARRAY_SIZE(kinds))];
	int id;

	if (pools[p].used) {
		CHECK_EQ(rig_backend->destroy_pool(p), 0);
		memset(&pools[p], 0, sizeof(pools[p]));
		return;
	}
	id = rig_backend->new_pool(&uuid, flags);
	note_losses();
	if (id < 0) {
		/* Joined already, or the hypervisor's doing. */
		CHECK(!quiet || id == -EEXIST || id == -EPERM);
		return;
	}
	/* The lowest free id, and so one of ours. */
	if (!CHECK(id < POOLS && !pools[id].used))
		return;
	memset(&pools[id], 0, sizeof(pools[id]));
	pools[id].used = true;
	pools[id].flags = flags;
	pools[id].stamp = ++last_stamp;
}

static void settle(void)
{
	int i;

	shim_settle();
	for (i = 0; i < 20 && shim_fire_timers(); i++)
		shim_settle();
	note_losses();
}

/* Another domain: wants memory too, and flushes pages that are shared. */
static void neighbour(void)
{
	u64 o = rnd_below(&state, OIDS);
	u32 i = rnd_below(&state, INDEXES);

	if (dice(2))
		rig_op(1, SD_PUT_PAGE, 0, o, i, rig_frame(&rig.pages[5]));
	else
		rig_op(1, SD_FLUSH_PAGE, 0, o, i, 0);
}

/* The next stretch of time: what goes wrong in it. */
static void weather(void)
{
	struct sd_domain *dom = &rig.hv.domains[0];
	struct sd_mischief *m = &rig.hv.mischief;

	memset(m, 0, sizeof(*m));
	sd_freeze(dom, 0);
	rig.hv.built_in = rig.hv.enabled = true;
	rig.hv.memory = 100000;
	dom->max_pages = LONG_MAX;
	quiet = dice(2);
	if (quiet) {
		/* Whatever broke is mended first. */
		settle();
		return;
	}
	if (dice(2))
		m->refuse_ppm = rnd_below(&state, dice(3) ? 400000 : 20000);
	if (dice(2))
		m->garble_ppm = rnd_below(&state, dice(3) ? 400000 : 20000);
	if (dice(3))
		m->only = rnd(&state);
	if (dice(2))
		m->deny_ppm = rnd_below(&state, 300000);
	if (dice(3))
		sd_freeze(dom, dice(2) ? SD_FROZEN : SD_MIGRATING);
	if (dice(3))
		rig.hv.memory = rnd_below(&state, 300);
	if (dice(3))
		dom->max_pages = rnd_below(&state, 100);
	if (dice(4))
		sd_lose_pools(dom, rnd(&state));
	if (dice(16))
		rig.hv.built_in = false;
	else if (dice(16))
		rig.hv.enabled = false;
}

/* What is persistent and not lost is all there. */
static void check_all(void)
{
	int p;
	unsigned int o, i;

	for (p = 0; p < POOLS; p++)
		for (o = 0; pools[p].used && o < OIDS; o++)
			for (i = 0; i < INDEXES; i++)
				if (pools[p].slots[o][i].sure)
					do_get(p, o, i);
}

static void test_model(void)
{
	unsigned long n;

	state = seed;
	rig_start(seed & 1, 100000);
	sd_allow(&rig.hv.domains[0], &uuid);
	sd_allow(&rig.hv.domains[1], &uuid);
	CHECK_EQ(rig_new_pool(1, 1u << 24, 0), 0);
	atomic_set(&rig.hv.seed, (int)seed);
	for (n = 0; n < nr_ops && !test_failures; n++) {
		int p = rnd_below(&state, POOLS);
		unsigned int o = rnd_below(&state, OIDS);
		unsigned int i = rnd_below(&state, INDEXES);

		if (n % 500 == 0) {
			weather();
			if (quiet)
				check_all();
		}
		/* The worker of the shim: sometimes at once, sometimes late. */
		if (dice(200))
			settle();
		if (dice(400)) {
			do_pool(p);
			continue;
		}
		if (dice(10)) {
			neighbour();
			continue;
		}
		if (!pools[p].used)
			continue;
		switch (rnd_below(&state, 8)) {
		case 0:
			do_flush(p, o, i);
			break;
		case 1 ... 4:
			do_put(p, o, i);
			break;
		default:
			do_get(p, o, i);
		}
		note_losses();
	}
	test_note("seed %llu, %lu operations, %lu wrong, %lu missing, %lu hits, %lu misses, %lu puts refused, %lu answers senseless, %lu times pools lost",
		  seed, n, wrong, missing, hits, misses, refused,
		  atomic_long_read(&rig.hv.gone_wrong), losses);
	/* Nothing was tested that did not happen. */
	if (nr_ops >= 100000) {
		CHECK(hits > n / 20);
		CHECK(refused > n / 100);
		CHECK(losses > 10);
		CHECK(atomic_long_read(&rig.hv.gone_wrong) > (long)n / 100);
	}
	CHECK_EQ(rig.bad_frames, 0);
	weather();
	rig.hv.built_in = rig.hv.enabled = true;
	memset(&rig.hv.mischief, 0, sizeof(rig.hv.mischief));
	sd_freeze(&rig.hv.domains[0], 0);
	settle();
	rig_stop();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	if (!seed)
		seed = (u64)time(NULL) * 1000003 + getpid();
	if (argc > 2)
		nr_ops = strtoul(argv[2], NULL, 0);
	test_run("xen, random operations", test_model);
	return test_end();
}
