// SPDX-License-Identifier: GPL-2.0
/*
 * zcache_test.c - KUnit tests of the embedded store
 *
 * Parts are called as they are (compressors, pages, policy, ghost table); the
 * whole is driven as a frontend drives it, through the accessor table.  The
 * store is the machine's only one: no frontend may be loaded beside it.  Each
 * test ends with the store as it found it, which is checked.
 *
 * modules: tmem tmem_zcache
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/crc32.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "../../src/zcache/policy.h"
#include "../../src/zcache/zcache.h"

#define GUARD 0x5a

/* ---- pages ---- */

/**
 * struct fixture - what every test starts from
 * @in: a page to put
 * @out: two pages to get into; the second is there to stay untouched
 * @rnd: repeatable random numbers
 * @pages: pages in the store before
 * @bytes: bytes of data in the store before
 */
struct fixture {
	struct page *in;
	struct page *out;
	struct rnd_state rnd;
	long pages;
	long bytes;
};

/* Bit-fields have no address, which KUnit's macros want. */
static unsigned int kind_of(const struct zpage *zp)
{
	return zp->kind;
}

static unsigned int comp_of(const struct zpage *zp)
{
	return zp->comp;
}

static unsigned int list_of(const struct zpage *zp)
{
	return zp->list;
}

static long pages_now(void)
{
	return zc_stat_read(eph_pages) + zc_stat_read(pers_pages);
}

static struct fixture *fix(struct kunit *test)
{
	return test->priv;
}

static void *in(struct kunit *test)
{
	return page_address(fix(test)->in);
}

static void *out(struct kunit *test)
{
	return page_address(fix(test)->out);
}

/* About 40 % with lz4: words from a small vocabulary. */
static void fill_text(void *p, u64 seed)
{
	struct rnd_state rnd;
	unsigned int i;
	u32 *w = p;

	prandom_seed_state(&rnd, seed);
	for (i = 0; i < PAGE_SIZE / sizeof(*w); i++)
		w[i] = i % 4 ? 0x20202020 + i % 4 : prandom_u32_state(&rnd);
}

static void fill_random(void *p, u64 seed)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, seed);
	prandom_bytes_state(&rnd, p, PAGE_SIZE);
}

static int param(const char *name, const char *val)
{
	return zc_params_set(name, val);
}

static void defaults(void)
{
	param("compressor", "lz4");
	param("dedup", "off");
	param("incompressible", "swap");
	param("max_bytes", "0");
	param("max_percent", "60");
	/* tests go round themselves */
	param("recompress_percent", "0");
}

static int zcache_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->in = alloc_page(GFP_KERNEL);
	f->out = alloc_pages(GFP_KERNEL, 1);
	if (!f->in || !f->out)
		return -ENOMEM;
	test->priv = f;
	memset(page_address(f->out), GUARD, 2 * PAGE_SIZE);
	defaults();
	f->pages = pages_now();
	f->bytes = zc_stat_read(stored_bytes);
	return 0;
}

static void zcache_test_exit(struct kunit *test)
{
	struct fixture *f = fix(test);

	if (!f)
		return;
	defaults();
	zc_page_drain();
	KUNIT_EXPECT_EQ(test, pages_now(), f->pages);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), f->bytes);
	KUNIT_EXPECT_NULL(test, memchr_inv(out(test) + PAGE_SIZE, GUARD,
					   PAGE_SIZE));
	__free_page(f->in);
	__free_pages(f->out, 1);
}

/* ---- compressors ---- */

static const char *const comp_names[] = { "lz4", "zstd" };

static void comp_desc(const char *const *name, char *desc)
{
	strscpy(desc, *name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(comp, comp_names, comp_desc);

static int comp_id(struct kunit *test)
{
	int id = zc_comp_find(*(const char *const *)test->param_value);

	KUNIT_ASSERT_GE(test, id, 0);
	KUNIT_ASSERT_EQ(test, zc_comp_enable(id), 0);
	return id;
}

static void comp_round_trip(struct kunit *test)
{
	int id = comp_id(test), len, again, ret;
	struct zc_comp_stream *s;
	unsigned int i;
	u32 sum;

	for (i = 0; i < 200; i++) {
		fill_text(in(test), i);
		s = zc_comp_begin(id);
		len = zc_comp_compress(id, s, in(test));
		sum = len > 0 ? crc32_le(0, s->out, len) : 0;
		again = zc_comp_compress(id, s, in(test));
		if (again > 0 && sum != crc32_le(0, s->out, again))
			again = -1;
		ret = len > 0 ? zc_comp_decompress(id, s, s->out, len,
						   out(test)) : -EINVAL;
		zc_comp_end(id);
		KUNIT_ASSERT_GT(test, len, 0);
		KUNIT_ASSERT_LT(test, len, (int)PAGE_SIZE * 6 / 10);
		KUNIT_ASSERT_EQ_MSG(test, again, len, "not deterministic");
		KUNIT_ASSERT_EQ(test, ret, 0);
		KUNIT_ASSERT_EQ(test, memcmp(in(test), out(test), PAGE_SIZE),
				0);
	}
}

static void comp_does_not_grow(struct kunit *test)
{
	int id = comp_id(test), len;
	struct zc_comp_stream *s;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		fill_random(in(test), i);
		s = zc_comp_begin(id);
		len = zc_comp_compress(id, s, in(test));
		zc_comp_end(id);
		if (len != -E2BIG) {
			KUNIT_ASSERT_GT(test, len, 0);
			KUNIT_ASSERT_LE(test, len, (int)PAGE_SIZE);
		}
	}
}

/*
 * Whatever the input: no write past the page (the fixture's guard), no OK for
 * less than a page.
 */
static void comp_corrupt_input(struct kunit *test)
{
	int id = comp_id(test), len, ret, bad = 0;
	struct zc_comp_stream *s;
	unsigned int i;
	u32 r;
	u8 *p;

	for (i = 0; i < 500; i++) {
		r = prandom_u32_state(&fix(test)->rnd);
		fill_text(in(test), i);
		s = zc_comp_begin(id);
		len = zc_comp_compress(id, s, in(test));
		p = s->out;
		if (len > 8) {
			if (i % 3 == 0)
				len = r % len;
			else
				p[r % len] ^= 1 + (r >> 16) % 255;
			ret = zc_comp_decompress(id, s, p, len, out(test));
			bad += ret == -EIO;
		} else {
			ret = -EINVAL;
		}
		zc_comp_end(id);
		/* a shortened input can not be a page */
		if (i % 3 == 0 || ret)
			KUNIT_ASSERT_EQ(test, ret, -EIO);
	}
	KUNIT_EXPECT_GT(test, bad, 160);
	s = zc_comp_begin(id);
	ret = zc_comp_decompress(id, s, s->out, 0, out(test));
	zc_comp_end(id);
	KUNIT_EXPECT_EQ(test, ret, -EIO);
}

static void comp_unknown(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, zc_comp_find("deflate"), -EINVAL);
	KUNIT_EXPECT_EQ(test, zc_comp_find(""), -EINVAL);
	KUNIT_EXPECT_EQ(test, zc_comp_find("lz4hc"), -EINVAL);
	KUNIT_EXPECT_EQ(test, zc_comp_find("zstd\n"), COMP_ZSTD);
}

/* ---- the ghost table ---- */

static void ghost_remembers(struct kunit *test)
{
	struct ghost_entry *e;
	struct ghost g;
	u64 i;

	KUNIT_ASSERT_EQ(test, zc_ghost_init(&g, 1000), 0);
	KUNIT_EXPECT_EQ(test, zc_ghost_bytes(&g), 8000);
	KUNIT_EXPECT_NULL(test, zc_ghost_find(&g, 1));
	zc_ghost_add(&g, 1, 100, 88, false);
	e = zc_ghost_find(&g, 1);
	KUNIT_ASSERT_NOT_NULL(test, e);
	KUNIT_EXPECT_FALSE(test, ghost_earned(e));
	KUNIT_EXPECT_EQ(test, e->stamp, 88);
	zc_ghost_add(&g, 1, 102, 95, true);
	KUNIT_EXPECT_TRUE(test, ghost_earned(zc_ghost_find(&g, 1)));
	ghost_forget(e);
	KUNIT_EXPECT_NULL(test, zc_ghost_find(&g, 1));

	/* a fingerprint whose tag would be 0 is not "free" */
	zc_ghost_add(&g, 0, 100, 90, false);
	KUNIT_EXPECT_NOT_NULL(test, zc_ghost_find(&g, 0));

	/* one set: the oldest gives way */
	for (i = 0; i < GHOST_WAYS + 1; i++)
		zc_ghost_add(&g, (7ULL << 60) + 1 + i, 1000 + i, 1000 + i,
			     false);
	KUNIT_EXPECT_NULL(test, zc_ghost_find(&g, (7ULL << 60) + 1));
	KUNIT_EXPECT_NOT_NULL(test, zc_ghost_find(&g, (7ULL << 60) + 2));
	KUNIT_EXPECT_NOT_NULL(test, zc_ghost_find(&g, (7ULL << 60) + 1 +
						  GHOST_WAYS));
	/* the highest set is inside the table */
	zc_ghost_add(&g, ~0ULL, 1, 1, false);
	KUNIT_EXPECT_NOT_NULL(test, zc_ghost_find(&g, ~0ULL));
	zc_ghost_exit(&g);
}

/* A table that forgets says so, and is doubled without forgetting more. */
static void ghost_doubles(struct kunit *test)
{
	const struct ghost_entry *e;
	struct ghost small, large;
	u64 print = 0;
	u32 i, known;

	KUNIT_ASSERT_EQ(test, zc_ghost_init(&small, 1000), 0);
	for (i = 0; i < 4000 && !ghost_is_small(&small); i++) {
		print += 0x9e3779b97f4a7c15ULL;
		zc_ghost_add(&small, print, i, i, GHOST_HIT);
	}
	KUNIT_EXPECT_LT(test, i, 4000U);
	KUNIT_ASSERT_EQ(test, zc_ghost_double(&large, &small), 0);
	KUNIT_EXPECT_EQ(test, zc_ghost_bytes(&large),
			2 * zc_ghost_bytes(&small));
	KUNIT_EXPECT_FALSE(test, ghost_is_small(&large));
	for (known = 0; i; i--, print -= 0x9e3779b97f4a7c15ULL) {
		e = zc_ghost_find(&small, print);
		if (!e)
			continue;
		known++;
		e = zc_ghost_find(&large, print);
		KUNIT_ASSERT_NOT_NULL(test, e);
		KUNIT_EXPECT_EQ(test, e->stamp & GHOST_FLAGS, GHOST_HIT);
	}
	KUNIT_EXPECT_GT(test, known, 500U);
	zc_ghost_exit(&large);
	zc_ghost_exit(&small);
}

static void ghost_of_nothing(struct kunit *test)
{
	struct ghost g;

	KUNIT_ASSERT_EQ(test, zc_ghost_init(&g, 0), 0);
	zc_ghost_add(&g, 1, 1, 1, true);
	KUNIT_EXPECT_NULL(test, zc_ghost_find(&g, 1));
	KUNIT_EXPECT_EQ(test, zc_ghost_bytes(&g), 0);
	zc_ghost_exit(&g);
}

/* ---- the policy ---- */

#define LOOP_STORE 1000
#define LOOP_SET   1500

static u64 print_of(u32 i)
{
	return (i + 1) * 0x9e3779b97f4a7c15ULL;
}

static void policy_put(struct zc_policy *p, struct zpage *zp, u32 i, u32 size)
{
	struct zpage *victim;

	zc_policy_insert(p, zp + i, print_of(i));
	while (policy_pages(p) > size) {
		victim = zc_policy_victim(p, true);
		zc_policy_evict(p, victim, print_of(victim - zp));
	}
}

/* A loop half as big again as the store keeps half of it or more. */
static void policy_loop(struct kunit *test)
{
	struct zpage *zp = kvcalloc(2 * LOOP_SET, sizeof(*zp), GFP_KERNEL);
	unsigned int pass, i, hits = 0, base;
	struct zc_policy p;
	u32 distance;

	KUNIT_ASSERT_NOT_NULL(test, zp);
	zc_policy_init(&p);
	KUNIT_ASSERT_EQ(test, zc_ghost_init(&p.ghost, 2 * LOOP_STORE), 0);
	/* from pass 10 on, another set, that would fit */
	for (pass = 0; pass < 20; pass++) {
		base = pass < 10 ? 0 : LOOP_SET;
		if (pass == 10 || pass == 5 || pass == 15)
			hits = 0;
		for (i = base; i < base + (pass < 10 ? LOOP_SET : 900); i++) {
			if (zp[i].list != ZPAGE_OFF) {
				hits++;
				zc_policy_hit(&p, zp + i, print_of(i));
			} else {
				zc_policy_missed(&p, print_of(i), &distance);
			}
			policy_put(&p, zp, i, LOOP_STORE);
		}
		if (pass == 9)
			KUNIT_EXPECT_GT(test, hits, 5 * LOOP_SET / 2);
		if (pass == 19)
			KUNIT_EXPECT_GT(test, hits, 5 * 900 * 9 / 10);
	}
	KUNIT_EXPECT_GT(test, p.ghost_hits, 0);
	KUNIT_EXPECT_GT(test, p.promotions, 0);
	while (policy_pages(&p)) {
		struct zpage *victim = zc_policy_victim(&p, false);

		KUNIT_ASSERT_NOT_NULL(test, victim);
		zc_policy_remove(&p, victim);
	}
	KUNIT_EXPECT_NULL(test, zc_policy_victim(&p, false));
	KUNIT_EXPECT_TRUE(test, list_empty(&p.small));
	KUNIT_EXPECT_TRUE(test, list_empty(&p.main));
	zc_ghost_exit(&p.ghost);
	kvfree(zp);
}

/* Pages used once pass by those that are used. */
static void policy_scan(struct kunit *test)
{
	struct zpage *zp = kvcalloc(20 * LOOP_STORE, sizeof(*zp), GFP_KERNEL);
	unsigned int i, left = 0;
	struct zc_policy p;

	KUNIT_ASSERT_NOT_NULL(test, zp);
	zc_policy_init(&p);
	KUNIT_ASSERT_EQ(test, zc_ghost_init(&p.ghost, 2 * LOOP_STORE), 0);
	for (i = 0; i < 5 * LOOP_STORE; i++)
		policy_put(&p, zp, i, LOOP_STORE);
	for (i = 0; i < LOOP_STORE * 8 / 10; i++)
		left += zp[i].list != ZPAGE_OFF;
	KUNIT_EXPECT_GT(test, left, LOOP_STORE * 7 / 10);
	/* but they do not stay for ever */
	for (; i < 20 * LOOP_STORE; i++)
		if (zp[i].list == ZPAGE_OFF)
			policy_put(&p, zp, i, LOOP_STORE);
	for (left = 0, i = 0; i < LOOP_STORE * 8 / 10; i++)
		left += zp[i].list != ZPAGE_OFF;
	KUNIT_EXPECT_LT(test, left, LOOP_STORE / 10);
	zc_ghost_exit(&p.ghost);
	kvfree(zp);
}

/* A page that stays when it is read is not the next to go. */
static void policy_touch(struct kunit *test)
{
	struct zpage zp[3] = {};
	struct zc_policy p;
	int i;

	zc_policy_init(&p);
	for (i = 0; i < 3; i++)
		zc_policy_insert(&p, zp + i, i);
	KUNIT_EXPECT_NOT_NULL(test, zc_policy_victim(&p, false));
	zc_policy_touch(&p, zp);
	zc_policy_touch(&p, zp);
	KUNIT_EXPECT_EQ(test, list_of(&zp[0]), ZPAGE_MAIN);
	KUNIT_EXPECT_EQ(test, policy_pages(&p), 3);
	for (i = 0; i < 3; i++)
		zc_policy_remove(&p, zp + i);
	KUNIT_EXPECT_EQ(test, policy_pages(&p), 0);
}

/*
 * Among newcomers that are equally old, the biggest goes first; and one of a
 * size is found, if there is one.
 */
static void policy_sizes(struct kunit *test)
{
	static const u16 lens[] = { 1000, 3000, 500, 2000 };
	struct zpage zp[ARRAY_SIZE(lens)] = {};
	struct zc_policy p;
	int i;

	zc_policy_init(&p);
	KUNIT_EXPECT_NULL(test, zc_policy_similar(&p, 1000));
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		zp[i].len = lens[i];
		list_add(&zp[i].lru, &p.small);
		zp[i].list = ZPAGE_SMALL;
		p.nr_small++;
	}
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_victim(&p, false), &zp[1]);
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_similar(&p, 1030), &zp[0]);
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_similar(&p, 480), &zp[2]);
	KUNIT_EXPECT_NULL(test, zc_policy_similar(&p, 1500));
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		zc_policy_remove(&p, zp + i);
	KUNIT_EXPECT_EQ(test, policy_pages(&p), 0);
}

/* Containers' pages go first, oldest first, and stay among themselves. */
static void policy_tenants(struct kunit *test)
{
	struct zpage zp[6] = {};
	struct zc_policy p;
	int i;

	zc_policy_init(&p);
	KUNIT_EXPECT_NULL(test, zc_policy_tenant(&p, 0));
	for (i = 0; i < 6; i++) {
		zp[i].tenant = i % 2;
		zp[i].place = i == 3 ? 7 : zp[i].tenant;
		zc_policy_insert(&p, zp + i, i);
	}
	KUNIT_EXPECT_EQ(test, policy_pages(&p), 6);
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_victim(&p, true), &zp[1]);
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_victim(&p, false), &zp[1]);
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_tenant(&p, 7), &zp[3]);
	KUNIT_EXPECT_NULL(test, zc_policy_tenant(&p, 8));
	zc_policy_touch(&p, &zp[1]);
	KUNIT_EXPECT_EQ(test, list_of(&zp[1]), ZPAGE_TENANT);
	KUNIT_EXPECT_PTR_EQ(test, zc_policy_victim(&p, false), &zp[3]);
	for (i = 1; i < 6; i += 2)
		zc_policy_evict(&p, zp + i, i);
	KUNIT_EXPECT_EQ(test, p.nr_tenants, 0);
	KUNIT_EXPECT_FALSE(test, zc_policy_victim(&p, false)->tenant);
	for (i = 0; i < 6; i += 2)
		zc_policy_remove(&p, zp + i);
	KUNIT_EXPECT_EQ(test, policy_pages(&p), 0);
}

/* ---- containers ---- */

#define CONTAINERS 300

/* At its own limit a container has its share, and no more; others have theirs. */
static void container_share(struct kunit *test)
{
	u64 share = zc_room_limit() / 100 * zc_params.container_percent;
	unsigned int a, b, n, i;

	KUNIT_ASSERT_EQ(test, zc_container_enter(1001, true, &a), 0);
	KUNIT_EXPECT_NE(test, a, 0);
	zc_container_charge(a, share);
	/* Turns too: there is nothing of it that could go. */
	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_EQ(test, zc_container_enter(1001, true, &n),
				-ENOSPC);
	KUNIT_ASSERT_EQ(test, zc_container_enter(1002, true, &b), 0);
	KUNIT_EXPECT_NE(test, a, b);
	/* What the whole machine's need takes from it is not rationed. */
	KUNIT_EXPECT_EQ(test, zc_container_enter(1001, false, &n), 0);
	KUNIT_EXPECT_EQ(test, n, a);
	zc_container_leave(n, 0);
	zc_container_leave(b, 0);
	zc_container_leave(a, share);
	KUNIT_EXPECT_EQ(test, zc_container_enter(1001, true, &n), 0);
	zc_container_leave(n, 0);
	KUNIT_EXPECT_EQ(test, zc_container_enter(0, true, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 0);
}

/* More containers than places: who has none is refused, or nobody's. */
static void container_places(struct kunit *test)
{
	unsigned int place[CONTAINERS], i, none = 0;
	unsigned long *seen = kunit_kzalloc(test, 256 / 8, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (i = 0; i < CONTAINERS; i++) {
		if (zc_container_enter(5000 + i, true, &place[i])) {
			none++;
			KUNIT_EXPECT_EQ(test, place[i], 0);
			KUNIT_EXPECT_EQ(test,
					zc_container_enter(5000 + i, false,
							   &place[i]), 0);
			KUNIT_EXPECT_EQ(test, place[i], 0);
			continue;
		}
		KUNIT_EXPECT_FALSE(test, test_and_set_bit(place[i], seen));
	}
	KUNIT_EXPECT_GE(test, none, CONTAINERS - 255);
	KUNIT_EXPECT_LT(test, none, CONTAINERS / 2);
	for (i = 0; i < CONTAINERS; i++)
		zc_container_leave(place[i], 0);
	/* Places of the past can be had again. */
	for (i = 0; i < CONTAINERS; i++) {
		KUNIT_EXPECT_EQ(test, zc_container_enter(9000 + i, true,
							 &place[i]), 0);
		zc_container_leave(place[i], 0);
	}
}

/* ---- one page ---- */

static struct zpage *create(struct kunit *test, bool ephemeral, u32 client)
{
	u32 flags = ephemeral ? 0 : TMEM_POOL_PERSIST;
	struct zpage *zp = zc_page_create(fix(test)->in, flags, client);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, zp);
	return zp;
}

static void expect_load(struct kunit *test, struct zpage *zp)
{
	memset(out(test), 0xaa, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, zc_page_load(zp, fix(test)->out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(in(test), out(test), PAGE_SIZE), 0);
}

static void page_same_filled(struct kunit *test)
{
	unsigned long before = zc_zs_pages();
	unsigned long *w = in(test);
	struct zpage *zp;

	memset64((u64 *)w, 0x0123456789abcdefULL, PAGE_SIZE / sizeof(u64));
	zp = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_SAME);
	expect_load(test, zp);
	zc_page_put(zp);

	memset(w, 0, PAGE_SIZE);
	zp = create(test, false, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_SAME);
	expect_load(test, zp);
	KUNIT_EXPECT_EQ(test, zc_zs_pages(), before);
	zc_page_put(zp);

	/* one word that differs, first, inside, last */
	w[0] = 1;
	zp = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_ZS);
	expect_load(test, zp);
	zc_page_put(zp);
	w[0] = 0;
	w[100] = 1;
	zp = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_ZS);
	expect_load(test, zp);
	zc_page_put(zp);
	w[100] = 0;
	w[PAGE_SIZE / sizeof(*w) - 1] = 1;
	zp = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_ZS);
	expect_load(test, zp);
	zc_page_put(zp);
}

static void page_life(struct kunit *test)
{
	struct zpage *zp;

	fill_text(in(test), 1);
	zp = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + 1);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes),
			fix(test)->bytes + zp->len);
	/* a hold outlives the core's reference */
	zc_page_hold(zp);
	zc_page_put(zp);
	expect_load(test, zp);
	zc_page_put(zp);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages);
}

static void page_change_of_compressor(struct kunit *test)
{
	struct zpage *a, *b;

	fill_text(in(test), 2);
	a = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, param("compressor", "zstd"), 0);
	b = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, comp_of(a), COMP_LZ4);
	KUNIT_EXPECT_EQ(test, comp_of(b), COMP_ZSTD);
	expect_load(test, a);
	KUNIT_EXPECT_EQ(test, param("compressor", "lz4"), 0);
	expect_load(test, b);
	zc_page_put(a);
	zc_page_put(b);
}

/* Damaged data is an error, never a page. */
static void page_corrupt(struct kunit *test)
{
	long before = zc_stat_read(corrupt);
	static u8 junk[64];
	struct zpage *zp;

	memset(junk, 0xff, sizeof(junk));
	fill_text(in(test), 3);
	zp = create(test, true, 0);
	KUNIT_ASSERT_EQ(test, kind_of(zp), ZPAGE_ZS);
	zc_zs_overwrite(zp->handle, junk, sizeof(junk));
	KUNIT_EXPECT_EQ(test, zc_page_load(zp, fix(test)->out), -EIO);
	KUNIT_EXPECT_EQ(test, zc_stat_read(corrupt), before + 1);
	zc_page_put(zp);
}

static void page_incompressible(struct kunit *test)
{
	const u32 backed = TMEM_POOL_PERSIST | TMEM_POOL_BACKED;
	long before = zc_stat_read(reject_incompressible);
	struct zpage *zp;

	fill_random(in(test), 4);
	zp = zc_page_create(fix(test)->in, 0, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(zp), -E2BIG);
	zp = create(test, false, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_RAW);
	expect_load(test, zp);
	zc_page_put(zp);
	/* Who has a disk for it has it back. */
	zp = zc_page_create(fix(test)->in, backed, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(zp), -E2BIG);

	param("incompressible", "refuse");
	zp = zc_page_create(fix(test)->in, TMEM_POOL_PERSIST, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(zp), -E2BIG);
	KUNIT_EXPECT_EQ(test, zc_stat_read(reject_incompressible), before + 3);

	param("incompressible", "keep");
	zp = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_RAW);
	KUNIT_EXPECT_TRUE(test, zp->len == PAGE_SIZE);
	expect_load(test, zp);
	zc_page_put(zp);
	zp = zc_page_create(fix(test)->in, backed, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, zp);
	KUNIT_EXPECT_EQ(test, kind_of(zp), ZPAGE_RAW);
	zc_page_put(zp);
}

/* A page that ends with irqs off is freed later, but freed. */
static void page_end_with_irqs_off(struct kunit *test)
{
	long before = zc_stat_read(deferred);
	struct zpage *zp[8];
	unsigned long flags;
	int i;

	for (i = 0; i < ARRAY_SIZE(zp); i++) {
		fill_text(in(test), i);
		zp[i] = create(test, true, 0);
	}
	local_irq_save(flags);
	for (i = 0; i < ARRAY_SIZE(zp); i++)
		zc_page_put(zp[i]);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, zc_stat_read(deferred),
			before + (long)ARRAY_SIZE(zp));
	for (i = 0; i < 1000 && pages_now() != fix(test)->pages; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages);
}

/* ---- deduplication ---- */

static void dedup_off(struct kunit *test)
{
	struct zpage *a, *b;

	fill_text(in(test), 5);
	a = create(test, true, 0);
	b = create(test, true, 0);
	KUNIT_EXPECT_EQ(test, kind_of(a), ZPAGE_ZS);
	KUNIT_EXPECT_NE(test, a->handle, b->handle);
	zc_page_put(a);
	zc_page_put(b);
}

static void dedup_within_client(struct kunit *test)
{
	long dups = zc_stat_read(duplicates);
	struct zpage *a, *b, *c, *d;

	KUNIT_ASSERT_EQ(test, param("dedup", "client"), 0);
	fill_text(in(test), 6);
	a = create(test, true, 1);
	b = create(test, false, 1);
	c = create(test, true, 2);
	KUNIT_EXPECT_EQ(test, kind_of(a), ZPAGE_SHARED);
	KUNIT_EXPECT_PTR_EQ(test, a->node, b->node);
	KUNIT_EXPECT_PTR_NE(test, a->node, c->node);
	KUNIT_EXPECT_EQ(test, zc_stat_read(duplicates), dups + 1);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes),
			fix(test)->bytes + a->len + c->len);

	/* neither of another compressor, nor of other contents */
	param("compressor", "zstd");
	d = create(test, true, 1);
	KUNIT_EXPECT_PTR_NE(test, a->node, d->node);
	zc_page_put(d);
	param("compressor", "lz4");

	zc_page_put(a);
	expect_load(test, b);
	expect_load(test, c);
	/* the data went with its last user only */
	fill_text(in(test), 7);
	d = create(test, true, 1);
	KUNIT_EXPECT_PTR_NE(test, b->node, d->node);
	expect_load(test, d);
	fill_text(in(test), 6);
	expect_load(test, b);
	zc_page_put(b);
	KUNIT_EXPECT_EQ(test, zc_stat_read(duplicates), dups);
	expect_load(test, c);
	zc_page_put(c);
	zc_page_put(d);
}

static void dedup_across_clients(struct kunit *test)
{
	struct zpage *a, *b, *c;

	KUNIT_ASSERT_EQ(test, param("dedup", "client"), 0);
	fill_text(in(test), 8);
	c = create(test, true, 1);
	KUNIT_ASSERT_EQ(test, param("dedup", "all"), 0);
	a = create(test, true, 1);
	b = create(test, true, 2);
	KUNIT_EXPECT_PTR_EQ(test, a->node, b->node);
	/* data stored for one client is never opened to all later */
	KUNIT_EXPECT_PTR_NE(test, a->node, c->node);
	zc_page_put(a);
	expect_load(test, b);
	zc_page_put(b);
	zc_page_put(c);

	/* raw pages too, and not with compressed ones */
	param("incompressible", "keep");
	fill_random(in(test), 9);
	a = create(test, true, 1);
	b = create(test, true, 2);
	KUNIT_EXPECT_PTR_EQ(test, a->node, b->node);
	zc_page_put(a);
	expect_load(test, b);
	zc_page_put(b);
}

/* ---- parameters ---- */

struct bad_param {
	const char *name;
	const char *val;
};

static const struct bad_param bad_params[] = {
	{ "compressor", "deflate" },
	{ "compressor", "" },
	{ "max_percent", "0" },
	{ "max_percent", "101" },
	{ "max_percent", "-1" },
	{ "max_percent", "50%" },
	{ "max_percent", "" },
	{ "max_percent", "99999999999999999999" },
	{ "container_percent", "101" },
	{ "container_percent", "-1" },
	{ "container_percent", "" },
	{ "max_bytes", "many" },
	{ "max_bytes", "" },
	{ "max_bytes", "12x" },
	{ "max_bytes", "-1" },
	{ "max_bytes", "+1" },
	{ "max_bytes", "G" },
	{ "max_bytes", "8E" },
	{ "max_bytes", "16E" },
	{ "max_bytes", "0x10000000000000000" },
	{ "max_bytes", "18446744073709551616" },
	{ "max_bytes", "18446744073709551615" },
	{ "recompress_percent", "101" },
	{ "recompress_percent", "-1" },
	{ "recompress_percent", "3%" },
	{ "dedup", "yes" },
	{ "dedup", "" },
	{ "incompressible", "maybe" },
};

static void bad_desc(const struct bad_param *p, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s=%s", p->name, p->val);
}

KUNIT_ARRAY_PARAM(bad, bad_params, bad_desc);

static void param_bad(struct kunit *test)
{
	const struct bad_param *p = test->param_value;
	struct zc_params before = zc_params;

	KUNIT_EXPECT_EQ(test, param(p->name, p->val), -EINVAL);
	KUNIT_EXPECT_EQ(test, zc_params.compressor, before.compressor);
	KUNIT_EXPECT_EQ(test, zc_params.dedup, before.dedup);
	KUNIT_EXPECT_EQ(test, zc_params.incompressible, before.incompressible);
	KUNIT_EXPECT_EQ(test, zc_params.max_percent, before.max_percent);
	KUNIT_EXPECT_EQ(test, zc_params.max_bytes, before.max_bytes);
	KUNIT_EXPECT_EQ(test, zc_params.container_percent,
			before.container_percent);
	KUNIT_EXPECT_EQ(test, zc_params.recompress_percent,
			before.recompress_percent);
}

static void param_good(struct kunit *test)
{
	u64 ram = (u64)totalram_pages() << PAGE_SHIFT;

	KUNIT_EXPECT_EQ(test, param("max_percent", "100"), 0);
	KUNIT_EXPECT_LE(test, zc_room_limit(), ram);
	KUNIT_EXPECT_GT(test, zc_room_limit(), ram / 100 * 99);
	KUNIT_EXPECT_EQ(test, param("max_percent", "1\n"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), ram / 100);
	/* the smaller one counts */
	KUNIT_EXPECT_EQ(test, param("max_bytes", "100G"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), ram / 100);
	KUNIT_EXPECT_EQ(test, param("max_bytes", "65536\n"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), 65536);
	KUNIT_EXPECT_EQ(test, param("max_bytes", "64k"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), 65536);
	KUNIT_EXPECT_EQ(test, param("max_bytes", "0xe"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), 14);
	KUNIT_EXPECT_EQ(test, param("max_bytes", "7E"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), ram / 100);
	KUNIT_EXPECT_EQ(test, param("max_bytes", "0"), 0);
	KUNIT_EXPECT_EQ(test, zc_room_limit(), ram / 100);
	KUNIT_EXPECT_EQ(test, param("compressor", "zstd\n"), 0);
	KUNIT_EXPECT_EQ(test, param("dedup", "all\n"), 0);
	KUNIT_EXPECT_EQ(test, param("incompressible", "keep\n"), 0);
	KUNIT_EXPECT_EQ(test, param("nonsense", "1"), -ENOENT);
}

/* ---- the whole, as a frontend sees it ---- */

static struct tmem_oid oid_of(u64 n)
{
	return (struct tmem_oid){ { n, n * 31, 7 } };
}

static struct tmem_bpool pool_new(struct kunit *test, u32 flags)
{
	struct tmem_bpool bp;

	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&bp, NULL, flags), 0);
	return bp;
}

static int put(struct kunit *test, struct tmem_bpool bp, u64 obj, u32 index,
	       u64 seed)
{
	struct tmem_oid oid = oid_of(obj);

	fill_text(in(test), seed);
	return tmem_backend_put_page(bp, &oid, index, fix(test)->in);
}

static int flush(struct tmem_bpool bp, u64 obj, u32 index)
{
	struct tmem_oid oid = oid_of(obj);

	return tmem_backend_flush_page(bp, &oid, index);
}

/* 0 if the page is there and is the one of @seed. */
static int get(struct kunit *test, struct tmem_bpool bp, u64 obj, u32 index,
	       u64 seed)
{
	struct tmem_oid oid = oid_of(obj);
	int ret;

	memset(out(test), 0xaa, PAGE_SIZE);
	ret = tmem_backend_get_page(bp, &oid, index, fix(test)->out);
	if (ret)
		return ret;
	fill_text(in(test), seed);
	return memcmp(in(test), out(test), PAGE_SIZE) ? -EBADMSG : 0;
}

static void whole_ephemeral(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct tmem_oid oid = oid_of(1);
	u32 i;

	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 0, 0), -ENOENT);
	for (i = 0; i < 200; i++)
		KUNIT_ASSERT_EQ(test, put(test, bp, 1, i * 7, i), 0);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + 200);
	/* get is destructive */
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, get(test, bp, 1, i * 7, i), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 0, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + 100);
	/* put-put-get */
	KUNIT_EXPECT_EQ(test, put(test, bp, 1, 0, 1000), 0);
	KUNIT_EXPECT_EQ(test, put(test, bp, 1, 0, 1001), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 0, 1001), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 0, 1001), -ENOENT);
	/* flush */
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &oid, 100 * 7), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 100 * 7, 100), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(bp, &oid), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 150 * 7, 150), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/*
 * Of two pools, one of which has a disk below, each page has what it was put, or
 * nothing: the older one of a page that is refused is gone.
 */
static void whole_backed(struct kunit *test)
{
	struct tmem_bpool alone = pool_new(test, TMEM_POOL_PERSIST);
	struct tmem_bpool backed = pool_new(test, TMEM_POOL_PERSIST |
						  TMEM_POOL_BACKED);
	struct tmem_oid oid = oid_of(1);
	long raw = zc_stat_read(raw_pages);

	KUNIT_EXPECT_EQ(test, put(test, alone, 1, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, put(test, backed, 1, 5, 2), 0);
	fill_random(in(test), 3);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(backed, &oid, 5,
						    fix(test)->in), -E2BIG);
	KUNIT_EXPECT_EQ(test, zc_stat_read(raw_pages), raw);
	KUNIT_EXPECT_EQ(test, get(test, backed, 1, 5, 2), -ENOENT);
	KUNIT_EXPECT_EQ(test, get(test, alone, 1, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, put(test, backed, 1, 5, 4), 0);
	KUNIT_EXPECT_EQ(test, get(test, backed, 1, 5, 4), 0);

	fill_random(in(test), 3);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(alone, &oid, 5,
						    fix(test)->in), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(raw_pages), raw + 1);
	KUNIT_EXPECT_EQ(test, tmem_backend_get_page(alone, &oid, 5,
						    fix(test)->out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(in(test), out(test), PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&alone), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&backed), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(raw_pages), raw);
}

/* Pages that come and go together, one of which does not compress. */
static void runs(struct kunit *test, u32 flags)
{
	struct tmem_bpool bp = pool_new(test, flags);
	struct page *ptrs[TMEM_RUN_PAGES], *pages;
	struct tmem_oid oid = oid_of(9);
	struct tmem_run run = {
		.oidp = &oid, .index = 60, .nr = 20, .want = 0xfffff,
		.pages = ptrs,
	};
	const bool takes = !flags;
	u32 left, i;

	pages = alloc_pages(GFP_KERNEL, ilog2(TMEM_RUN_PAGES));
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < run.nr; i++) {
		ptrs[i] = pages + i;
		fill_text(page_address(ptrs[i]), i);
	}
	memset(page_address(ptrs[3]), 0, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, param("incompressible", "refuse"), 0);
	KUNIT_EXPECT_EQ(test, put(test, bp, 9, 64, 1000), 0);
	fill_random(page_address(ptrs[4]), 4);

	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &run), 0xfffffU & ~16U);
	KUNIT_EXPECT_EQ(test, run.err[4], -E2BIG);
	KUNIT_EXPECT_EQ(test, get(test, bp, 9, 64, 1000), -ENOENT);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + 19);
	KUNIT_EXPECT_EQ(test, get(test, bp, 9, 79, 19), 0);

	memset(page_address(pages), 0xaa, run.nr * PAGE_SIZE);
	run.index = 58;
	ptrs[18] = ptrs[0];
	ptrs[19] = ptrs[1];
	for (i = 0; i < 18; i++)
		ptrs[i] = pages + i + 2;
	KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run),
			0xfffffU & ~(3U | 16U << 2));
	KUNIT_EXPECT_EQ(test, run.err[0], -ENOENT);
	tmem_run_for_each(i, run.done, left) {
		if (i == 5)
			memset(in(test), 0, PAGE_SIZE);
		else
			fill_text(in(test), i - 2);
		KUNIT_EXPECT_EQ(test, memcmp(page_address(ptrs[i]), in(test),
					     PAGE_SIZE), 0);
	}
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + (takes ? 1 : 19));
	KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run),
			takes ? 0 : 0xfffffU & ~(3U | 16U << 2));
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	__free_pages(pages, ilog2(TMEM_RUN_PAGES));
}

static void whole_runs(struct kunit *test)
{
	runs(test, 0);
	runs(test, TMEM_POOL_PERSIST);
}

/* A put that fails takes the older page with it. */
static void whole_failed_put(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct tmem_oid oid = oid_of(2);

	KUNIT_EXPECT_EQ(test, put(test, bp, 2, 3, 1), 0);
	fill_random(in(test), 1);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(bp, &oid, 3,
						    fix(test)->in), -E2BIG);
	KUNIT_EXPECT_EQ(test, get(test, bp, 2, 3, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static void whole_persistent(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, TMEM_POOL_PERSIST);
	u32 i;

	for (i = 0; i < 200; i++)
		KUNIT_ASSERT_EQ(test, put(test, bp, i % 16, i, i), 0);
	/* nothing evicts them */
	KUNIT_EXPECT_EQ(test, zc_evict_some(1000, WHY_TRIM), 0);
	for (i = 0; i < 200; i++) {
		KUNIT_EXPECT_EQ(test, get(test, bp, i % 16, i, i), 0);
		KUNIT_EXPECT_EQ(test, get(test, bp, i % 16, i, i), 0);
	}
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static void whole_shared(struct kunit *test)
{
	struct tmem_uuid uuid = { { 12, 34 } };
	struct tmem_bpool bp;

	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&bp, &uuid,
						    TMEM_POOL_SHARED), 0);
	KUNIT_EXPECT_EQ(test, put(test, bp, 1, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, zc_evict_some(2, WHY_TRIM), 1);
	KUNIT_EXPECT_EQ(test, get(test, bp, 1, 1, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/*
 * Equal handles of two pools are two pages, and memory that went from one to
 * the other shows nothing of the first.
 */
static void whole_separation(struct kunit *test)
{
	struct tmem_bpool a = pool_new(test, 0), b = pool_new(test, 0);
	struct tmem_oid oid = oid_of(5);
	unsigned long *w = in(test);
	u32 i;

	for (i = 0; i < 300; i++)
		KUNIT_ASSERT_EQ(test, put(test, a, 5, i, i), 0);
	for (i = 0; i < 300; i++)
		KUNIT_EXPECT_EQ(test, get(test, b, 5, i, i), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&a), 0);
	/* short pages into the room of longer ones */
	for (i = 0; i < 300; i++) {
		memset(w, 0, PAGE_SIZE);
		w[i] = i + 1;
		KUNIT_ASSERT_EQ(test, tmem_backend_put_page(b, &oid, i,
							    fix(test)->in), 0);
	}
	for (i = 0; i < 300; i++) {
		memset(w, 0, PAGE_SIZE);
		w[i] = i + 1;
		memset(out(test), 0xaa, PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, tmem_backend_get_page(b, &oid, i,
							    fix(test)->out), 0);
		KUNIT_ASSERT_EQ(test, memcmp(w, out(test), PAGE_SIZE), 0);
	}
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&b), 0);
}

/* What the policy remembers of a page is not said of one in another pool. */
static void whole_ghosts(struct kunit *test)
{
	struct tmem_bpool a = pool_new(test, 0), b = pool_new(test, 0);
	struct zc_evict_figures before, other, same;
	u32 i;

	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_EQ(test, put(test, a, 0x60575, i, i), 0);
	KUNIT_ASSERT_EQ(test, zc_evict_some(5, WHY_TRIM), 5);
	zc_evict_get_figures(&before);
	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_EQ(test, put(test, b, 0x60575, i, i), 0);
	zc_evict_get_figures(&other);
	KUNIT_EXPECT_EQ(test, other.ghost_hits, before.ghost_hits);
	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_EQ(test, put(test, a, 0x60575, i, i), 0);
	zc_evict_get_figures(&same);
	KUNIT_EXPECT_EQ(test, same.ghost_hits, before.ghost_hits + 5);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&a), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&b), 0);
}

/* ---- limits ---- */

/* As much as 512 pages that do not compress. */
#define LIMIT_BYTES (512 * PAGE_SIZE)
#define LIMIT_PAGES 3000

static const char *limit(void)
{
	static char text[24];

	snprintf(text, sizeof(text), "%lu", LIMIT_BYTES);
	return text;
}

static void limit_is_kept(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct zc_evict_figures f;
	u32 i, hits = 0;

	/* the sum of metadata is approximate: start from an empty store */
	KUNIT_ASSERT_EQ(test, param("max_bytes", limit()), 0);
	for (i = 0; i < LIMIT_PAGES; i++) {
		put(test, bp, i / 100, i, i);
		KUNIT_ASSERT_LT(test, zc_room_used(), LIMIT_BYTES +
				(LIMIT_BYTES >> 5) + 65536 * nr_cpu_ids);
	}
	KUNIT_EXPECT_GT(test, pages_now(), 500);
	zc_evict_get_figures(&f);
	KUNIT_EXPECT_EQ(test, f.small + f.main,
			(unsigned long)zc_stat_read(eph_pages));
	KUNIT_EXPECT_GT(test, f.main, f.small);
	for (i = 0; i < LIMIT_PAGES; i++) {
		int ret = get(test, bp, i / 100, i, i);

		if (ret)
			KUNIT_ASSERT_EQ(test, ret, -ENOENT);
		hits += !ret;
	}
	KUNIT_EXPECT_GT(test, hits, 500);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/*
 * Until 1/32 is left of it, and a bit less; all that is taken is on @taken.  As what
 * programs have is: what is kept for devices (CMA, 64 MB on arm64) goes as well.
 */
static void take_memory(struct list_head *taken)
{
	unsigned int order = 4;
	struct page *page;

	while (global_zone_page_state(NR_FREE_PAGES) > totalram_pages() / 36) {
		page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NORETRY | __GFP_NOWARN,
				   order);
		if (page) {
			set_page_private(page, order);
			list_add(&page->lru, taken);
		} else if (order) {
			order = 0;
		} else {
			break;
		}
	}
}

/* Some of it; false: there is none any more. */
static bool give_some(struct list_head *taken)
{
	struct page *page = list_first_entry_or_null(taken, struct page, lru);
	unsigned int order;

	if (!page)
		return false;
	list_del(&page->lru);
	order = page_private(page);
	set_page_private(page, 0);
	__free_pages(page, order);
	return true;
}

static void give_memory(struct list_head *taken)
{
	while (give_some(taken))
		;
}

static bool pays(void)
{
	struct zc_evict_figures f;

	zc_evict_get_figures(&f);
	return f.pays;
}

/* How many pages of files go when one is swapped out? */
static long pushed_out(struct kunit *test, struct tmem_bpool eph,
		       struct tmem_bpool pers, struct list_head *taken, u32 index)
{
	long evicted = zc_stat_read(evicted_swap);
	int ret;
	u32 i;

	/* there are some, and they were taken: memory is not that short, or is made so */
	for (i = 0; i < 40; i++) {
		do {
			ret = put(test, eph, i, 0, i);
		} while (ret == -ENOSPC && give_some(taken));
		KUNIT_EXPECT_EQ_MSG(test, ret, 0, "before %u is swapped out", index);
	}
	KUNIT_EXPECT_EQ(test, put(test, pers, 1, index, index), 0);
	return zc_stat_read(evicted_swap) - evicted;
}

/* What workers still give back, of tests before, is taken as well. */
static void expect_pushed(struct kunit *test, struct tmem_bpool eph,
			  struct tmem_bpool pers, struct list_head *taken,
			  u32 index, long want)
{
	u32 end = index + 20;
	long pushed;

	do {
		take_memory(taken);
		pushed = pushed_out(test, eph, pers, taken, index++);
	} while (pushed != want && index < end);
	KUNIT_EXPECT_EQ(test, pushed, want);
}

/* Pages leave the page cache, some that a disk takes long to read, or none. */
static void offer_from(struct tmem_bpool bp, bool slow)
{
	unsigned int hints = TMEM_HINT_USED | (slow ? TMEM_HINT_DEAR : 0);
	struct tmem_oid oid;
	u32 i;

	for (i = 0; i < 10000 && zc_room_is_slow() != slow; i++) {
		oid = oid_of(i);
		tmem_backend_offer(bp, &oid, 0, 32, hints);
	}
}

/* Where RAM is short a page that is swapped out pushes some of files out. */
static void swap_first(struct kunit *test)
{
	struct tmem_bpool eph = pool_new(test, 0);
	struct tmem_bpool pers = pool_new(test, TMEM_POOL_PERSIST);
	struct tmem_oid oid;
	LIST_HEAD(taken);
	u32 i;

	if (zc_room_plenty()) {
		KUNIT_EXPECT_EQ(test, pushed_out(test, eph, pers, &taken, 0), 0);
		KUNIT_EXPECT_FALSE(test, zc_room_is_swapping());
	}
	/* what is bought is asked for */
	for (i = 0; i < 100000 && !pays(); i++) {
		put(test, eph, i % 64, 0, i);
		KUNIT_ASSERT_EQ(test, get(test, eph, i % 64, 0, i), 0);
	}
	KUNIT_EXPECT_TRUE(test, pays());
	take_memory(&taken);
	KUNIT_EXPECT_FALSE(test, zc_room_plenty());
	/* at once, unless this is held up for longer than that counts */
	i = 1;
	do {
		KUNIT_EXPECT_EQ(test, pushed_out(test, eph, pers, &taken, i++), 1);
	} while (i < 10 && !zc_room_is_swapping());
	KUNIT_EXPECT_TRUE(test, zc_room_is_swapping());
	/* none from a disk that takes long */
	offer_from(eph, true);
	KUNIT_EXPECT_TRUE(test, zc_room_is_slow());
	KUNIT_EXPECT_TRUE(test, pays());
	KUNIT_EXPECT_EQ(test, pushed_out(test, eph, pers, &taken, 40), 0);
	KUNIT_EXPECT_FALSE(test, zc_room_plenty());
	/* and is not, any more */
	for (i = 0; i < 100000 && pays(); i++) {
		oid = oid_of(i);
		tmem_backend_offer(eph, &oid, 0, 32, TMEM_HINT_USED);
	}
	offer_from(eph, false);
	KUNIT_EXPECT_FALSE(test, pays());
	KUNIT_EXPECT_FALSE(test, zc_room_is_slow());
	expect_pushed(test, eph, pers, &taken, 10, 4);
	give_memory(&taken);
	/* as many from a disk that takes long */
	offer_from(eph, true);
	KUNIT_EXPECT_FALSE(test, pays());
	expect_pushed(test, eph, pers, &taken, 50, 4);
	KUNIT_EXPECT_TRUE(test, zc_room_is_slow());
	give_memory(&taken);
	offer_from(eph, false);
	KUNIT_EXPECT_FALSE(test, zc_room_is_slow());
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&eph), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&pers), 0);
}

static void limit_persistent(struct kunit *test)
{
	struct tmem_bpool eph = pool_new(test, 0);
	struct tmem_bpool pers = pool_new(test, TMEM_POOL_PERSIST);
	u32 i, stored = 0;
	long evicted;
	int ret = 0;

	KUNIT_ASSERT_EQ(test, param("max_bytes", limit()), 0);
	for (i = 0; i < LIMIT_PAGES; i++)
		put(test, eph, 1, i, i);
	KUNIT_EXPECT_GT(test, zc_evict_pages(), 250);
	evicted = zc_stat_read(evicted_limit);
	/* they push ephemeral pages out, and nothing pushes them */
	for (i = 0; i < LIMIT_PAGES; i++) {
		ret = put(test, pers, 1, i, i);
		if (ret)
			break;
		stored++;
	}
	KUNIT_EXPECT_EQ(test, ret, -ENOSPC);
	KUNIT_EXPECT_GT(test, stored, 500);
	KUNIT_EXPECT_EQ(test, zc_evict_pages(), 0);
	KUNIT_EXPECT_GT(test, zc_stat_read(evicted_limit), evicted + 250);
	/* what is left below the limit is less than a group of pages */
	for (i = 0; i < 100; i++)
		put(test, eph, 1, i, i);
	KUNIT_EXPECT_LT(test, zc_evict_pages(), 64);
	for (i = 0; i < stored; i++)
		KUNIT_ASSERT_EQ(test, get(test, pers, 1, i, i), 0);
	/* pages fit in where others have left, though no memory came back */
	for (i = 0; i < stored; i += 2)
		KUNIT_ASSERT_EQ(test, flush(pers, 1, i), 0);
	for (i = 0; i < stored; i += 2)
		KUNIT_ASSERT_EQ(test, put(test, pers, 1, i, i), 0);
	for (i = 0; i < stored; i++)
		KUNIT_ASSERT_EQ(test, get(test, pers, 1, i, i), 0);
	KUNIT_EXPECT_LT(test, zc_room_used(), LIMIT_BYTES + (LIMIT_BYTES >> 5) +
			65536 * nr_cpu_ids);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&eph), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&pers), 0);
}

/* A limit that is lowered is met at once. */
/*
 * The limit falls at once, as when a balloon takes RAM: while there are ephemeral
 * pages that can go, no persistent page is refused.
 */
static void limit_falls(struct kunit *test)
{
	struct tmem_bpool eph = pool_new(test, 0);
	struct tmem_bpool pers = pool_new(test, TMEM_POOL_PERSIST);
	u32 i;

	for (i = 0; i < LIMIT_PAGES; i++)
		KUNIT_ASSERT_EQ(test, put(test, eph, 1, i, i), 0);
	zc_params.max_bytes = LIMIT_BYTES / 4;
	for (i = 0; zc_evict_pages(); i++)
		KUNIT_ASSERT_EQ(test, put(test, pers, 1, i, i), 0);
	KUNIT_EXPECT_GT(test, i, 3U);
	zc_params.max_bytes = 0;
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&eph), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&pers), 0);
}

static void limit_lowered(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	u32 i;

	for (i = 0; i < LIMIT_PAGES; i++)
		KUNIT_ASSERT_EQ(test, put(test, bp, 1, i, i), 0);
	KUNIT_EXPECT_GT(test, zc_room_used(), LIMIT_BYTES);
	KUNIT_ASSERT_EQ(test, param("max_bytes", limit()), 0);
	KUNIT_EXPECT_LE(test, zc_room_used(), LIMIT_BYTES + 65536 * nr_cpu_ids);
	KUNIT_EXPECT_GT(test, zc_stat_read(evicted_trim), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* ---- the kernel's need of memory ---- */

/* Pages of 4 KiB each, so that the numbers say how much memory they take. */
static void fill_store(struct kunit *test, struct tmem_bpool bp, u32 nr)
{
	struct tmem_oid oid = oid_of(9);
	u32 i;

	KUNIT_ASSERT_EQ(test, param("incompressible", "keep"), 0);
	for (i = 0; i < nr; i++) {
		fill_random(in(test), i);
		KUNIT_ASSERT_EQ(test, tmem_backend_put_page(bp, &oid, i,
							    fix(test)->in), 0);
	}
}

/* CPUs keep a part of what they count to themselves. */
#define VMSTAT_OFF	(64L + 125 * nr_cpu_ids)

static long reclaimable(void)
{
	return global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE);
}

/* Ephemeral pages count as memory that can be had, persistent ones do not. */
static void meminfo_tells(struct kunit *test)
{
	struct tmem_bpool eph = pool_new(test, 0);
	struct tmem_bpool pers = pool_new(test, TMEM_POOL_PERSIST);
	long before = reclaimable(), full;

	fill_store(test, eph, 2000);
	full = reclaimable();
	KUNIT_EXPECT_GT(test, full, before + 2000 - VMSTAT_OFF);
	KUNIT_EXPECT_LE(test, full, before + (long)zc_zs_pages() + VMSTAT_OFF);
	fill_store(test, pers, 1000);
	KUNIT_EXPECT_LT(test, reclaimable(), full + VMSTAT_OFF);
	KUNIT_EXPECT_EQ(test, zc_evict_some(1000, WHY_TRIM), 1000UL);
	KUNIT_EXPECT_LT(test, reclaimable(), full - 1000 + VMSTAT_OFF);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&eph), 0);
	zc_page_drain();
	KUNIT_EXPECT_LE(test, reclaimable(), before + VMSTAT_OFF);
	KUNIT_EXPECT_GE(test, reclaimable(), before - VMSTAT_OFF);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&pers), 0);
}

/* Nobody but the store has too little here: a scan that comes late is refused. */
static void shrink_asks_again(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);

	fill_store(test, bp, 200);
	KUNIT_ASSERT_FALSE(test, zc_room_should_yield());
	KUNIT_EXPECT_EQ(test, zc_shrink_scan(128), 0UL);
	KUNIT_EXPECT_EQ(test, zc_evict_pages(), 200UL);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* An OOM gets enough to go on with, and is told of that, and of no more. */
static void oom_is_bounded(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	unsigned long before, pages, freed, sum = 0;
	nodemask_t none = NODE_MASK_NONE;
	unsigned int i;

	fill_store(test, bp, 2000);
	before = zc_zs_pages();
	/* who may use no node that the store is on gets nothing, for nothing */
	KUNIT_EXPECT_EQ(test, zc_shrink_oom(&none), 0UL);
	KUNIT_EXPECT_EQ(test, zc_evict_pages(), 2000UL);
	for (i = 0; i < 20 && (pages = zc_evict_pages()); i++) {
		freed = zc_shrink_oom(i % 2 ? &node_states[N_MEMORY] : NULL);
		sum += freed;
		/* steps of 256, and zsmalloc's idea of a group of pages */
		KUNIT_EXPECT_LE(test, pages - zc_evict_pages(), 1024UL);
		KUNIT_EXPECT_LE(test, freed, 1024UL);
	}
	KUNIT_EXPECT_EQ(test, zc_evict_pages(), 0UL);
	KUNIT_EXPECT_GT(test, i, 1U);
	KUNIT_EXPECT_GT(test, sum, 1000UL);
	/* the sum over nodes is a little behind, by what each CPU keeps */
	KUNIT_EXPECT_LE(test, sum, before - zc_zs_pages() + before / 16);
	KUNIT_EXPECT_EQ(test, zc_shrink_oom(NULL), 0UL);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* ---- chunks, and pages that have become cold ---- */

/* A page of a chunk that no other test has. */
static void fill_cold(void *p, u32 index)
{
	fill_text(p, 1000 + index);
	*(u32 *)p = index;
}

/* Put pages one by one, from @i up to @end. */
static void put_cold_from(struct kunit *test, struct tmem_bpool bp, u64 obj, u32 i, u32 end)
{
	struct tmem_oid oid = oid_of(obj);

	for (; i < end; i++) {
		fill_cold(in(test), i);
		KUNIT_ASSERT_EQ(test, tmem_backend_put_page(bp, &oid, i,
							    fix(test)->in), 0);
	}
}

static void put_cold(struct kunit *test, struct tmem_bpool bp, u64 obj, u32 nr)
{
	put_cold_from(test, bp, obj, 0, nr);
}

/* A get of one of them; the errno, or -EILSEQ for wrong contents. */
static int get_cold(struct kunit *test, struct tmem_bpool bp, u64 obj, u32 i)
{
	struct tmem_oid oid = oid_of(obj);
	int ret;

	memset(out(test), 0xaa, PAGE_SIZE);
	ret = tmem_backend_get_page(bp, &oid, i, fix(test)->out);
	fill_cold(in(test), i);
	if (!ret && memcmp(in(test), out(test), PAGE_SIZE))
		ret = -EILSEQ;
	return ret;
}

/* Go round all pages @times times. */
static void go_round(struct kunit *test, int times)
{
	int ret, left = 100000;

	KUNIT_ASSERT_EQ(test, zc_recomp_enable(), 0);
	while (times && --left) {
		ret = zc_recomp_step();
		KUNIT_ASSERT_GE(test, ret, 0);
		if (!ret)
			times--;
	}
	KUNIT_EXPECT_GT(test, left, 0);
}

/*
 * Go round once more while the @nth allocation fails, and again if that put it off;
 * what is left of @nth.
 */
static int go_round_failing(struct kunit *test, int nth)
{
	int ret, left;

	WRITE_ONCE(zc_chunk_fail_nth, nth);
	do {
		ret = zc_recomp_step();
	} while (ret > 0);
	left = READ_ONCE(zc_chunk_fail_nth);
	WRITE_ONCE(zc_chunk_fail_nth, 0);
	if (ret < 0)
		go_round(test, 1);
	return left;
}

static const u32 pool_kinds[] = { 0, TMEM_POOL_PERSIST, TMEM_POOL_SHARED };

/* What was met twice is in chunks, is smaller, and is what it was. */
static void cold_round_trip(struct kunit *test)
{
	static const struct tmem_uuid uuid = { { 3, 4 } };
	long chunks = zc_stat_read(chunks), bytes, reads;
	struct tmem_bpool bp;
	int k, i;

	for (k = 0; k < ARRAY_SIZE(pool_kinds); k++) {
		KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&bp, &uuid,
							    pool_kinds[k]), 0);
		put_cold(test, bp, 1, 34);
		bytes = zc_stat_read(stored_bytes);
		/* the end of what others left behind, then once round */
		go_round(test, 2);
		go_round(test, 1);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks + 9);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 34);
		KUNIT_EXPECT_LT(test, zc_stat_read(stored_bytes),
				bytes - bytes / 16);
		/* no second time */
		go_round(test, 2);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks + 9);
		reads = zc_stat_read(chunk_reads);
		for (i = 0; i < 34; i++)
			KUNIT_EXPECT_EQ(test, get_cold(test, bp, 1, i), 0);
		/* one read in order decompresses each chunk once */
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_reads), reads + 9);
		if (!pool_kinds[k])
			KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks);
		KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 0);
	}
}

/* Pages of a chunk leave one by one, in every way; the others stay. */
static void cold_partial(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct tmem_oid oid = oid_of(2);
	long chunks = zc_stat_read(chunks);

	put_cold(test, bp, 2, 8);
	go_round(test, 3);
	KUNIT_ASSERT_EQ(test, zc_stat_read(chunks), chunks + 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &oid, 0), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 1), -ENOENT);
	/* put anew: not in the chunk any more */
	fill_cold(in(test), 77);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_page(bp, &oid, 2,
						    fix(test)->in), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 5);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks + 2);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks + 1);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 2), -EILSEQ);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 5), 0);
	KUNIT_EXPECT_EQ(test, zc_evict_some(100, WHY_SHRINKER), 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* What is left of chunks that most pages have left is made anew. */
static void cold_thin(struct kunit *test)
{
	static const u32 gone[] = { 1, 2, 5, 6, 7 };
	struct tmem_oid oid = oid_of(7);
	struct tmem_bpool bp;
	long bytes;
	int k, i;

	for (k = 0; k < 2; k++) {
		bp = pool_new(test, pool_kinds[k]);
		put_cold(test, bp, 7, 8);
		go_round(test, 3);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
		for (i = 0; i < ARRAY_SIZE(gone); i++)
			KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &oid,
								      gone[i]),
					0);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
		bytes = zc_stat_read(stored_bytes);
		go_round(test, 3);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 1);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 3);
		KUNIT_EXPECT_LT(test, zc_stat_read(stored_bytes),
				bytes - bytes / 16);
		for (i = 0; i < 8; i++)
			KUNIT_EXPECT_EQ(test, get_cold(test, bp, 7, i),
					i % 4 && i != 3 ? -ENOENT : 0);
		KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	}
}

/* A swap page that is read is not cold; nor is what does not shrink tried on. */
static void cold_or_not(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, TMEM_POOL_PERSIST);
	struct tmem_oid oid = oid_of(3);
	long tried;
	int i;

	put_cold(test, bp, 3, 4);
	go_round(test, 2);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 4);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(bp, &oid), 0);

	put_cold(test, bp, 3, 4);
	for (i = 0; i < 4; i++) {
		go_round(test, 1);
		KUNIT_EXPECT_EQ(test, get_cold(test, bp, 3, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 3);

	for (i = 10; i < 14; i++) {
		fill_random(in(test), i);
		KUNIT_ASSERT_EQ(test, tmem_backend_put_page(bp, &oid, i,
							    fix(test)->in), 0);
	}
	tried = zc_stat_read(recompressed);
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(recompressed), tried + 1);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Who finds little that is new comes less often, until there is more. */
static void cold_rests(struct kunit *test)
{
	struct tmem_bpool bp;
	int k;

	go_round(test, 8);
	KUNIT_EXPECT_EQ(test, zc_recomp_pass(), 480);
	for (k = 0; k < 2; k++) {
		bp = pool_new(test, pool_kinds[k]);
		put_cold(test, bp, 8, 4);
		go_round(test, 1);
		KUNIT_EXPECT_EQ(test, zc_recomp_pass(), 30);
		go_round(test, 8);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 4);
		KUNIT_EXPECT_EQ(test, zc_recomp_pass(), 480);
		/* One of more than 64 is not worth the way to it. */
		put_cold(test, bp, 9, 256);
		go_round(test, 8);
		KUNIT_EXPECT_EQ(test, zc_recomp_pass(), 480);
		put_cold(test, bp, 10, 1);
		go_round(test, 1);
		KUNIT_EXPECT_EQ(test, zc_recomp_pass(), 480);
		put_cold(test, bp, 11, 16);
		go_round(test, 1);
		KUNIT_EXPECT_EQ(test, zc_recomp_pass(), 30);
		KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	}
}

/* What others share stays theirs. */
static void cold_shared_data(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	int i;

	KUNIT_ASSERT_EQ(test, param("dedup", "client"), 0);
	put_cold(test, bp, 4, 4);
	put_cold(test, bp, 5, 4);
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, get_cold(test, bp, 4, i), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, get_cold(test, bp, 5, i), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* A damaged chunk is an error for its own pages, and for no other. */
static void cold_corrupt(struct kunit *test)
{
	long before = zc_stat_read(corrupt);
	static u8 junk[16];
	struct zpage *old, *zp[CHUNK_PAGES];
	struct zc_chunk *c;
	void *src;
	int i;

	memset(junk, 0xff, sizeof(junk));
	KUNIT_ASSERT_EQ(test, zc_chunk_enable(), 0);
	src = kunit_kmalloc(test, CHUNK_PAGES * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, src);
	for (i = 0; i < CHUNK_PAGES; i++)
		fill_cold(src + i * PAGE_SIZE, i);
	c = zc_chunk_create(src, CHUNK_PAGES, CHUNK_PAGES * PAGE_SIZE,
			    GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	fill_cold(in(test), 0);
	old = create(test, true, 0);
	for (i = 0; i < CHUNK_PAGES; i++) {
		zp[i] = zc_page_in_chunk(old, c, i, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, zp[i]);
	}
	for (i = 0; i < CHUNK_PAGES; i++) {
		fill_cold(in(test), i);
		expect_load(test, zp[i]);
	}
	zc_chunk_overwrite(c, junk, sizeof(junk));
	for (i = 0; i < CHUNK_PAGES; i++)
		KUNIT_EXPECT_EQ(test, zc_page_load(zp[i], fix(test)->out),
				-EIO);
	KUNIT_EXPECT_EQ(test, zc_stat_read(corrupt), before + CHUNK_PAGES);
	fill_cold(in(test), 0);
	expect_load(test, old);
	/* the first reference to go is that of who made it */
	zc_chunk_put(c);
	for (i = 0; i < CHUNK_PAGES; i++)
		zc_page_put(zp[i]);
	zc_page_put(old);
}

/* Of what is left of many pages, nearly empty pages of memory do not stay. */
static void holes_are_closed(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, TMEM_POOL_PERSIST);
	struct tmem_oid oid = oid_of(12);
	const u32 nr = SZ_32M / PAGE_SIZE;
	unsigned long end;
	u32 i;

	put_cold(test, bp, 12, nr);
	for (i = 0; i < nr; i++)
		if (i % 4)
			KUNIT_ASSERT_EQ(test, tmem_backend_flush_page(bp, &oid, i), 0);
	end = jiffies + 200 * HZ;
	while (zc_zs_has_holes() && time_before(jiffies, end))
		msleep(20);
	KUNIT_EXPECT_FALSE(test, zc_zs_has_holes());
	for (i = 0; i < nr; i += 4)
		KUNIT_EXPECT_EQ(test, get_cold(test, bp, 12, i), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Every allocation in turn fails: the page is as it was, and nothing leaks. */
static void cold_nth_failure(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, TMEM_POOL_PERSIST);
	int nth, left, i;

	go_round(test, 1);
	for (nth = 1; nth < 100; nth++) {
		put_cold(test, bp, 6, 4);
		go_round(test, 1);
		left = go_round_failing(test, nth);
		for (i = 0; i < 4; i++)
			KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, i), 0);
		if (left > 0)
			break;
	}
	/* the chunk, its pieces, and four descriptors */
	KUNIT_EXPECT_GE(test, nth, 1 + 1 + 4);
	KUNIT_EXPECT_LT(test, nth, 100);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
}

/* ---- pages that leave together ---- */

#define TOGETHER	12

/**
 * struct together - pages side by side in memory, and what a run says of them
 * @run: the run
 * @oid: its object
 * @ptrs: its pages
 * @pages: the first one
 */
struct together {
	struct tmem_run run;
	struct tmem_oid oid;
	struct page *ptrs[TOGETHER];
	struct page *pages;
};

static void together_free(struct together *t)
{
	__free_pages(t->pages, ilog2(roundup_pow_of_two(TOGETHER)));
}

/* Pages @index and on of an object. */
static struct together *together(struct kunit *test, u64 obj, u32 index, u32 nr)
{
	struct together *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_LE(test, nr, TOGETHER);
	t->pages = alloc_pages(GFP_KERNEL, ilog2(roundup_pow_of_two(TOGETHER)));
	KUNIT_ASSERT_NOT_NULL(test, t->pages);
	t->oid = oid_of(obj);
	t->run.oidp = &t->oid;
	t->run.index = index;
	t->run.nr = nr;
	t->run.want = tmem_run_mask(nr);
	t->run.pages = t->ptrs;
	for (i = 0; i < nr; i++) {
		t->ptrs[i] = t->pages + i;
		fill_cold(page_address(t->ptrs[i]), index + i);
	}
	return t;
}

/* Else a worker gets what it takes to read them, once there are many pages. */
static void chunks_ready(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, zc_chunk_enable(), 0);
	KUNIT_ASSERT_TRUE(test, zc_chunk_ready());
}

/* Ask for all of them: each is what was put, or was not found. */
static u32 together_get(struct kunit *test, struct tmem_bpool bp, struct together *t)
{
	u32 done, left;
	unsigned int i;

	for (i = 0; i < t->run.nr; i++)
		memset(page_address(t->ptrs[i]), 0xaa, PAGE_SIZE);
	done = tmem_backend_get_pages(bp, &t->run);
	tmem_run_for_each(i, done, left) {
		fill_cold(in(test), t->run.index + i);
		KUNIT_EXPECT_EQ(test, memcmp(in(test), page_address(t->ptrs[i]),
					     PAGE_SIZE), 0);
	}
	return done;
}

/* Four side by side are one piece of data, smaller, and what they were. */
static void together_round_trip(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 1, 2, TOGETHER);
	long bytes, reads;
	unsigned int i;

	chunks_ready(test);
	/* alone: to compare with */
	for (i = 0; i < TOGETHER; i++)
		KUNIT_ASSERT_EQ(test, tmem_backend_put_page(bp, &t->oid, 2 + i,
							    t->ptrs[i]), 0);
	bytes = zc_stat_read(stored_bytes);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), t->run.want);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 12);
	KUNIT_EXPECT_LT(test, zc_stat_read(stored_bytes), bytes);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + TOGETHER);

	reads = zc_stat_read(chunk_reads);
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), t->run.want);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_reads), reads + 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/*
 * Runs of any length, wherever they begin and their pages lie: of fours, and what is
 * left, but no page is left alone if another is beside it.
 */
static void together_few(struct kunit *test)
{
	static const struct {
		u32 index, nr, want;
		int chunks, pages;
	} cases[] = {
		{ 0, 1, 0x1, 0, 0 },
		{ 3, 2, 0x3, 1, 2 },
		{ 1, 3, 0x7, 1, 3 },
		{ 2, 5, 0x1f, 2, 5 },
		{ 5, 6, 0x3f, 2, 6 },
		{ 0, 9, 0x1ff, 3, 9 },
		{ 7, 12, 0xfff, 3, 12 },
		/* with gaps */
		{ 0, 12, 0xb6d, 3, 6 },
		{ 4, 12, 0xaaa, 0, 0 },
		{ 4, 10, 0x3e1, 2, 5 },
	};
	struct tmem_bpool bp = pool_new(test, 0);
	unsigned int c, i;

	chunks_ready(test);
	for (c = 0; c < ARRAY_SIZE(cases); c++) {
		struct together *t = together(test, 100 + c, cases[c].index, cases[c].nr);

		/* the last one first */
		for (i = 0; i < t->run.nr; i++) {
			t->ptrs[i] = t->pages + t->run.nr - 1 - i;
			fill_cold(page_address(t->ptrs[i]), t->run.index + i);
		}
		t->run.want = cases[c].want;
		KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), t->run.want);
		KUNIT_EXPECT_EQ_MSG(test, zc_stat_read(chunks), cases[c].chunks, "%u", c);
		KUNIT_EXPECT_EQ_MSG(test, zc_stat_read(chunk_pages), cases[c].pages, "%u", c);
		KUNIT_EXPECT_EQ(test, together_get(test, bp, t), t->run.want);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
		together_free(t);
	}
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* They leave one by one, in every way, and are read into pages anywhere. */
static void together_partial(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 2, 0, 8);
	struct page *first = t->ptrs[0];

	chunks_ready(test);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &t->oid, 1), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 2, 6), 0);
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xffU & ~(1U << 1 | 1U << 6));
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);

	/* the first page somewhere else: not one piece of memory */
	t->ptrs[0] = fix(test)->out;
	fill_cold(out(test), 0);
	fill_cold(page_address(t->ptrs[1]), 1);
	fill_cold(page_address(t->ptrs[6]), 6);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);

	/* and the other way round */
	t->ptrs[0] = first;
	fill_cold(page_address(first), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
	t->ptrs[0] = fix(test)->out;
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xffU);
	t->ptrs[0] = first;

	/* in part, from within; and evicted */
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	t->run.want = 0x3cU;
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0x3cU);
	KUNIT_EXPECT_EQ(test, zc_evict_some(100, WHY_SHRINKER), 4);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* What is filled with a word, does not compress, or is to be shared is a page. */
static void together_or_not(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0), pers;
	struct together *t = together(test, 3, 0, 8);
	unsigned int i;

	chunks_ready(test);
	memset(page_address(t->ptrs[2]), 0, PAGE_SIZE);
	for (i = 4; i < 7; i++)
		fill_random(page_address(t->ptrs[i]), i);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run),
			0xffU & ~(7U << 4));
	KUNIT_EXPECT_EQ(test, t->run.err[4], -E2BIG);
	KUNIT_EXPECT_EQ(test, t->run.err[6], -E2BIG);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 3, 3), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 3, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 3, 7), 0);

	for (i = 0; i < 8; i++)
		fill_cold(page_address(t->ptrs[i]), i);
	KUNIT_ASSERT_EQ(test, param("dedup", "client"), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_ASSERT_EQ(test, param("dedup", "off"), 0);
	KUNIT_ASSERT_EQ(test, param("compressor", "zstd"), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xffU);
	KUNIT_ASSERT_EQ(test, param("compressor", "lz4"), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);

	/* swap is read page by page */
	pers = pool_new(test, TMEM_POOL_PERSIST);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(pers, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_EXPECT_EQ(test, together_get(test, pers, t), 0xffU);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&pers), 0);
}

/* Once they are cold they are compressed again like any, and are read as they are. */
static void together_cold(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 4, 0, 8);
	long bytes, reads;

	chunks_ready(test);
	go_round(test, 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
	bytes = zc_stat_read(stored_bytes);
	/* not yet: they have just come */
	go_round(test, 1);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), bytes);
	go_round(test, 2);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 8 / CHUNK_PAGES);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 8);
	KUNIT_EXPECT_LT(test, zc_stat_read(stored_bytes), bytes - bytes / 16);
	/* and no second time */
	bytes = zc_stat_read(stored_bytes);
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), bytes);
	reads = zc_stat_read(chunk_reads);
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_reads), reads + 8 / CHUNK_PAGES);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/*
 * Cold pages that came in a run are more to a chunk, with what is beside them; they
 * leave one by one, and what is left of a chunk goes with its neighbours.
 */
static void together_cold_more(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 6, 0, TOGETHER);
	const u32 nr = TOGETHER + 2, chunks = DIV_ROUND_UP(nr, CHUNK_PAGES);
	long reads;
	u32 i;

	chunks_ready(test);
	go_round(test, 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), t->run.want);
	put_cold_from(test, bp, 6, TOGETHER, nr);
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), nr);
	reads = zc_stat_read(chunk_reads);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, 3), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, 2), 0);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, 2), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &t->oid, 1), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_reads), reads + 1);
	/* more than half of it is there */
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), chunks);
	for (i = 4; i < CHUNK_PAGES; i++)
		KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, i), 0);
	/* and less */
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), nr - CHUNK_PAGES + 1);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, 0), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), (long)chunks - 1);
	/* what is got is not all that was asked for */
	t->run.index = CHUNK_PAGES;
	t->run.nr = nr - CHUNK_PAGES - 1;
	t->run.want = tmem_run_mask(t->run.nr);
	KUNIT_EXPECT_EQ(test, together_get(test, bp, t), t->run.want);
	KUNIT_EXPECT_EQ(test, get_cold(test, bp, 6, nr - 1), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Two that came in a run do not make many that came alone come in one. */
static void together_cold_mixed(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 9, 0, 2);
	u32 i, nr = 14;

	chunks_ready(test);
	go_round(test, 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0x3U);
	put_cold_from(test, bp, 9, 2, nr);
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), nr);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), DIV_ROUND_UP(nr, CHUNK_FEW));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, get_cold(test, bp, 9, i), 0);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* A large group ends where read-ahead may, wherever it begins. */
static void together_cold_borders(struct kunit *test)
{
	/* of four pages at most, and of eight */
	static const struct {
		u32 index, chunks[2];
	} cases[] = {
		{ 0, { 3, 2 } },
		/* 4 to 7, 8 to 15 */
		{ 4, { 3, 2 } },
		/* 6 to 9, which are few, 10 to 15, 16 and 17 */
		{ 6, { 3, 3 } },
	};
	struct tmem_bpool bp = pool_new(test, 0);
	unsigned int c;

	chunks_ready(test);
	for (c = 0; c < ARRAY_SIZE(cases); c++) {
		struct together *t = together(test, 20 + c, cases[c].index, TOGETHER);

		go_round(test, 2);
		KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), t->run.want);
		go_round(test, 3);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), TOGETHER);
		KUNIT_EXPECT_EQ_MSG(test, zc_stat_read(chunks),
				    cases[c].chunks[CHUNK_PAGES / CHUNK_FEW - 1], "%u", c);
		KUNIT_EXPECT_EQ(test, together_get(test, bp, t), t->run.want);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
		together_free(t);
	}
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Four pages of which little is left, beside four that take eleven sixteenths. */
static void fill_uneven(void *p, u32 index)
{
	const size_t some = PAGE_SIZE / 16;

	if (index < 4) {
		fill_cold(p, index);
		memset(p + some, 0, PAGE_SIZE - some);
	} else {
		fill_random(p, index);
		memset(p + PAGE_SIZE - 5 * some, 0, 5 * some);
	}
}

/*
 * Where all of them together save too little, a half of them may save enough; with
 * pages of 16 KiB the halves are two groups from the start.
 */
static void together_cold_halves(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 8, 0, 8);
	long done = zc_stat_read(recompressed);
	u32 i;

	chunks_ready(test);
	go_round(test, 2);
	for (i = 0; i < 8; i++)
		fill_uneven(page_address(t->ptrs[i]), i);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(recompressed), done + 4);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 2);
	/* and no second time */
	go_round(test, 3);
	KUNIT_EXPECT_EQ(test, zc_stat_read(recompressed), done + 4);
	for (i = 0; i < 8; i++)
		memset(page_address(t->ptrs[i]), 0xaa, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &t->run), 0xffU);
	for (i = 0; i < 8; i++) {
		fill_uneven(in(test), i);
		KUNIT_EXPECT_EQ(test, memcmp(in(test), page_address(t->ptrs[i]),
					     PAGE_SIZE), 0);
	}
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Every allocation in turn fails while they are compressed again. */
static void together_cold_nth_failure(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 7, 0, 8);
	int nth, left;

	chunks_ready(test);
	go_round(test, 2);
	for (nth = 1; nth < 100; nth++) {
		KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xffU);
		go_round(test, 2);
		left = go_round_failing(test, nth);
		KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + 8);
		KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xffU);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
		if (left > 0)
			break;
	}
	/* a chunk, two pieces, and its descriptors; as often as there are chunks */
	KUNIT_EXPECT_GE(test, nth, 1 + 2 + 8);
	KUNIT_EXPECT_LT(test, nth, 100);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* What is left of them is made anew, also if it could not be made smaller whole. */
static void together_thin(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 7, 0, 4);
	struct rnd_state rnd;
	long bytes;
	int i;

	chunks_ready(test);
	/* noise and zeroes: zstd makes no more of them */
	prandom_seed_state(&rnd, 5);
	for (i = 0; i < 4; i++) {
		memset(page_address(t->ptrs[i]), 0, PAGE_SIZE);
		prandom_bytes_state(&rnd, page_address(t->ptrs[i]),
				    PAGE_SIZE * 9 / 16);
	}
	go_round(test, 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xfU);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 1);
	bytes = zc_stat_read(stored_bytes);
	go_round(test, 4);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 1);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), bytes);
	for (i = 1; i < 4; i++)
		KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &t->oid, i), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), bytes);
	go_round(test, 2);
	KUNIT_EXPECT_LT(test, zc_stat_read(stored_bytes), bytes / 2);
	KUNIT_EXPECT_EQ(test, tmem_backend_get_page(bp, &t->oid, 0, fix(test)->out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(page_address(t->pages), out(test), PAGE_SIZE), 0);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Every allocation in turn fails: those that are not in a chunk are pages. */
static void together_nth_failure(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test, 0);
	struct together *t = together(test, 5, 0, 4);
	int nth, left;

	chunks_ready(test);
	for (nth = 1; nth < 100; nth++) {
		WRITE_ONCE(zc_chunk_fail_nth, nth);
		KUNIT_EXPECT_EQ(test, tmem_backend_put_pages(bp, &t->run), 0xfU);
		left = READ_ONCE(zc_chunk_fail_nth);
		WRITE_ONCE(zc_chunk_fail_nth, 0);
		KUNIT_EXPECT_LE(test, zc_stat_read(chunks), 1);
		KUNIT_EXPECT_EQ(test, pages_now(), fix(test)->pages + 4);
		KUNIT_EXPECT_EQ(test, together_get(test, bp, t), 0xfU);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
		KUNIT_EXPECT_EQ(test, zc_stat_read(chunk_pages), 0);
		if (left > 0)
			break;
	}
	/* the chunk, its pieces, and four descriptors */
	KUNIT_EXPECT_GE(test, nth, 1 + 1 + 4);
	KUNIT_EXPECT_LT(test, nth, 100);
	together_free(t);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Data that is damaged is an error, whether all of it is read or a page. */
static void together_corrupt(struct kunit *test)
{
	struct together *t = together(test, 6, 0, 4);
	struct page *dst[4];
	struct zc_chunk *c;
	static u8 junk[64];
	unsigned int i;
	long bytes;

	chunks_ready(test);
	memset(junk, 0xff, sizeof(junk));
	bytes = zc_stat_read(stored_bytes);
	c = zc_chunk_create_fast(t->ptrs, 4, GFP_NOWAIT);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	for (i = 0; i < 4; i++)
		dst[i] = t->pages + 4 + i;
	KUNIT_EXPECT_EQ(test, zc_chunk_load_all(c, dst), 0);
	KUNIT_EXPECT_EQ(test, memcmp(page_address(dst[0]), page_address(t->pages),
				     4 * PAGE_SIZE), 0);
	zc_chunk_overwrite(c, junk, sizeof(junk));
	KUNIT_EXPECT_EQ(test, zc_chunk_load_all(c, dst), -EIO);
	swap(dst[0], dst[3]);
	KUNIT_EXPECT_EQ(test, zc_chunk_load_all(c, dst), -EIO);
	KUNIT_EXPECT_EQ(test, zc_chunk_load(c, 2, page_address(dst[0])), -EIO);
	zc_chunk_put(c);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), bytes);
	together_free(t);
}

/* ---- many at once ---- */

#define WORKERS		4
#define WORK_OBJS	8
#define WORK_PAGES	256

/**
 * struct worker - one of those who work at once
 * @bp: a pool of their own kind
 * @nr: which of them
 * @bad: what was wrong
 * @done: completed at the end
 * @ops: what it did
 */
struct worker {
	struct tmem_bpool bp;
	unsigned int nr;
	unsigned int bad;
	unsigned int ops;
	struct completion done;
};

static unsigned long work_until;

/* Every page says which handle it is of. */
static void stamp(void *p, u64 obj, u32 index, u32 what)
{
	u64 *w = p;

	fill_text(p, what % 64);
	w[0] = obj;
	w[1] = index;
}

/* Is a page of those that stamp() makes? */
static bool stamped(const u64 *w, u64 obj, u32 index)
{
	return w[0] == obj && w[1] == index &&
	       w[PAGE_SIZE / 8 - 1] != 0xaaaaaaaaaaaaaaaaULL;
}

/* Pages that come or go together. */
static void work_run(struct worker *me, u64 obj, u32 index, struct page *pages,
		     struct rnd_state *rnd, bool put)
{
	struct tmem_oid oid = oid_of(obj);
	struct page *ptrs[CHUNK_PAGES];
	struct tmem_run run = {
		.oidp = &oid, .index = index, .nr = CHUNK_PAGES,
		.want = tmem_run_mask(CHUNK_PAGES), .pages = ptrs,
	};
	unsigned int i;
	u32 left;

	for (i = 0; i < CHUNK_PAGES; i++) {
		ptrs[i] = pages + i;
		if (put)
			stamp(page_address(ptrs[i]), obj, index + i,
			      prandom_u32_state(rnd));
		else
			memset(page_address(ptrs[i]), 0xaa, PAGE_SIZE);
	}
	if (put)
		tmem_backend_put_pages(me->bp, &run);
	else
		tmem_backend_get_pages(me->bp, &run);
	tmem_run_for_each(i, run.done, left)
		if (!stamped(page_address(ptrs[i]), obj, index + i))
			me->bad++;
}

static int work(void *arg)
{
	struct page *page = alloc_pages(GFP_KERNEL, ilog2(CHUNK_PAGES));
	struct worker *me = arg;
	struct rnd_state rnd;
	struct tmem_oid oid;
	unsigned long flags;
	u64 obj, *w;
	u32 index;

	if (!page) {
		me->bad++;
		goto out;
	}
	w = page_address(page);
	prandom_seed_state(&rnd, me->nr + 1);
	while (time_before(jiffies, READ_ONCE(work_until))) {
		me->ops++;
		obj = prandom_u32_state(&rnd) % WORK_OBJS;
		index = prandom_u32_state(&rnd) % WORK_PAGES;
		oid = oid_of(obj);
		switch (prandom_u32_state(&rnd) % 16) {
		case 0:
			/* as under the page cache's lock */
			local_irq_save(flags);
			tmem_backend_flush_page(me->bp, &oid, index);
			local_irq_restore(flags);
			break;
		case 1:
			if (index < 16)
				tmem_backend_flush_object(me->bp, &oid);
			break;
		case 2:
			zc_evict_some(index % 8, WHY_SHRINKER);
			break;
		case 3:
		case 4:
			work_run(me, obj, index & ~(CHUNK_PAGES - 1), page, &rnd, true);
			break;
		case 5:
			work_run(me, obj, index & ~(CHUNK_PAGES - 1), page, &rnd, false);
			break;
		case 6 ... 9:
			stamp(w, obj, index, prandom_u32_state(&rnd));
			tmem_backend_put_page(me->bp, &oid, index, page);
			break;
		default:
			memset(w, 0xaa, PAGE_SIZE);
			if (tmem_backend_get_page(me->bp, &oid, index, page))
				break;
			if (!stamped(w, obj, index))
				me->bad++;
		}
		cond_resched();
	}
	__free_pages(page, ilog2(CHUNK_PAGES));
out:
	complete(&me->done);
	return 0;
}

static void many_at_once(struct kunit *test)
{
	static const char *const dedups[] = { "off", "client", "all" };
	struct tmem_bpool bp = pool_new(test, 0);
	struct worker *workers;
	struct task_struct *t;
	unsigned long limit = jiffies + 60 * HZ;
	unsigned int i, tick;
	long before, reads;

	workers = kunit_kzalloc(test, WORKERS * sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	work_until = jiffies + 2 * HZ;
	for (i = 0; i < WORKERS; i++) {
		workers[i].bp = bp;
		workers[i].nr = i;
		init_completion(&workers[i].done);
		t = kthread_run(work, workers + i, "zcache_test/%u", i);
		if (IS_ERR(t)) {
			workers[i].bad++;
			complete(&workers[i].done);
		}
	}
	KUNIT_EXPECT_EQ(test, zc_recomp_enable(), 0);
	before = zc_stat_read(recompressed);
	reads = zc_stat_read(chunk_reads);
	/* and all the time somebody turns the knobs, and compresses again */
	for (tick = 0; time_before(jiffies, work_until); tick++) {
		param("dedup", dedups[tick % 3]);
		param("compressor", comp_names[tick % 2]);
		param("max_bytes", tick % 4 == 3 ? "1M" : "0");
		for (i = 0; i < 200; i++)
			zc_recomp_step();
		msleep(20);
		/* On a busy host two seconds may be two times round here. */
		if (zc_stat_read(chunk_reads) == reads && time_before(jiffies, limit))
			WRITE_ONCE(work_until, jiffies + HZ);
	}
	for (i = 0; i < WORKERS; i++) {
		wait_for_completion(&workers[i].done);
		KUNIT_EXPECT_EQ(test, workers[i].bad, 0);
		KUNIT_EXPECT_GT(test, workers[i].ops, 0);
	}
	/* that was not for nothing */
	KUNIT_EXPECT_GT(test, zc_stat_read(chunk_reads), reads);
	/* it still does */
	defaults();
	put_cold(test, bp, 99, 8);
	go_round(test, 3);
	KUNIT_EXPECT_GT(test, zc_stat_read(recompressed), before);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static int zcache_suite_init(struct kunit_suite *suite)
{
	char name[16];

	tmem_backend_name(name, sizeof(name));
	return strcmp(name, "zcache") ? -ENODEV : 0;
}

static struct kunit_case zcache_cases[] = {
	KUNIT_CASE_PARAM(comp_round_trip, comp_gen_params),
	KUNIT_CASE_PARAM(comp_does_not_grow, comp_gen_params),
	KUNIT_CASE_PARAM(comp_corrupt_input, comp_gen_params),
	KUNIT_CASE(comp_unknown),
	KUNIT_CASE(ghost_remembers),
	KUNIT_CASE(ghost_doubles),
	KUNIT_CASE(ghost_of_nothing),
	KUNIT_CASE(policy_loop),
	KUNIT_CASE(policy_scan),
	KUNIT_CASE(policy_touch),
	KUNIT_CASE(policy_sizes),
	KUNIT_CASE(policy_tenants),
	KUNIT_CASE(container_share),
	KUNIT_CASE(container_places),
	KUNIT_CASE(page_same_filled),
	KUNIT_CASE(page_life),
	KUNIT_CASE(page_change_of_compressor),
	KUNIT_CASE(page_corrupt),
	KUNIT_CASE(page_incompressible),
	KUNIT_CASE(page_end_with_irqs_off),
	KUNIT_CASE(dedup_off),
	KUNIT_CASE(dedup_within_client),
	KUNIT_CASE(dedup_across_clients),
	KUNIT_CASE_PARAM(param_bad, bad_gen_params),
	KUNIT_CASE(param_good),
	KUNIT_CASE(whole_ephemeral),
	KUNIT_CASE(whole_runs),
	KUNIT_CASE(whole_failed_put),
	KUNIT_CASE(whole_persistent),
	KUNIT_CASE(whole_backed),
	KUNIT_CASE(whole_shared),
	KUNIT_CASE(whole_separation),
	KUNIT_CASE(whole_ghosts),
	KUNIT_CASE_SLOW(limit_is_kept),
	KUNIT_CASE_SLOW(limit_persistent),
	KUNIT_CASE(swap_first),
	KUNIT_CASE_SLOW(limit_lowered),
	KUNIT_CASE_SLOW(limit_falls),
	KUNIT_CASE(meminfo_tells),
	KUNIT_CASE(shrink_asks_again),
	KUNIT_CASE(oom_is_bounded),
	KUNIT_CASE(cold_round_trip),
	KUNIT_CASE(cold_partial),
	KUNIT_CASE(cold_thin),
	KUNIT_CASE(cold_or_not),
	KUNIT_CASE(cold_rests),
	KUNIT_CASE(cold_shared_data),
	KUNIT_CASE(cold_corrupt),
	KUNIT_CASE(cold_nth_failure),
	KUNIT_CASE(holes_are_closed),
	KUNIT_CASE(together_round_trip),
	KUNIT_CASE(together_few),
	KUNIT_CASE(together_partial),
	KUNIT_CASE(together_or_not),
	KUNIT_CASE(together_cold),
	KUNIT_CASE(together_cold_more),
	KUNIT_CASE(together_cold_mixed),
	KUNIT_CASE(together_cold_borders),
	KUNIT_CASE(together_cold_halves),
	KUNIT_CASE(together_cold_nth_failure),
	KUNIT_CASE(together_thin),
	KUNIT_CASE(together_nth_failure),
	KUNIT_CASE(together_corrupt),
	KUNIT_CASE_SLOW(many_at_once),
	{}
};

static struct kunit_suite zcache_suite = {
	.name = "tmem_zcache",
	.suite_init = zcache_suite_init,
	.init = zcache_test_init,
	.exit = zcache_test_exit,
	.test_cases = zcache_cases,
};

kunit_test_suites(&zcache_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the embedded store of tmem");
TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
