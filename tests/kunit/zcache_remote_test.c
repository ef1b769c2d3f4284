// SPDX-License-Identifier: GPL-2.0
/*
 * zcache_remote_test.c - KUnit tests of pages that are elsewhere
 *
 * The carrier here is a stand-in, which keeps values in an array of its own and
 * loses them, is late, answers in another order, twice, with half a value or
 * with another one, on request; it checks no seal, so that what is right is for
 * the store to say.  The store is driven as a frontend drives it, and is the
 * machine's only one.
 *
 * modules: tmem tmem_zcache
 */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include <tmem/remote.h>
#include "../../src/zcache/breaker.h"
#include "../../src/zcache/kept.h"
#include "../../src/zcache/remote.h"
#include "../../src/zcache/share.h"
#include "../../src/zcache/zcache.h"

#define PAGES	512
/* Pages with these indexes are stored as they are. */
#define RAW	10000

/* ---- the stand-in ---- */

/* What is done to one value in four. */
#define LOSE		BIT(0)
#define LATE		BIT(1)	/* not at all, in time */
#define REORDER		BIT(2)	/* the last first; all of them */
#define REPEAT		BIT(3)
#define TRUNCATE	BIT(4)	/* what follows is something else */
#define MIX_UP		BIT(5)	/* the value of the neighbour */
#define DOWN		BIT(6)	/* nobody is asked; all of them */
#define SILENT		BIT(7)	/* late, all of them */
#define ALL_FAULTS	(LOSE | LATE | REORDER | REPEAT | TRUNCATE | MIX_UP)

struct value {
	u32 len;
	u8 data[];
};

static DEFINE_XARRAY_FLAGS(values, XA_FLAGS_LOCK_IRQ);
static atomic_t nr_values, nr_bytes, nr_gets, dice;
static unsigned int faults;
/* What becomes of puts: of all, or of 15 in 16 numbers; no more bytes than. */
static int put_ret, put_most_ret;
/* So many numbers are refused: by a server that is busy, and one that is down. */
static unsigned int put_stalls;
static unsigned int put_max;
/* Numbers that were put, or tried. */
static u64 first_put, last_put;

static int carrier_put(u64 number, const void *data, u32 len, u64 *seal)
{
	struct value *v;
	int ret = READ_ONCE(put_ret);

	if (!first_put)
		first_put = number;
	last_put = number;
	if (!ret && number % 16)
		ret = READ_ONCE(put_most_ret);
	if (!ret && READ_ONCE(put_stalls)) {
		WRITE_ONCE(put_stalls, put_stalls - 1);
		ret = put_stalls % 2 ? -EBUSY : -EHOSTDOWN;
	}
	if (!ret && put_max && atomic_read(&nr_bytes) + len > put_max)
		ret = -ENOSPC;
	if (ret)
		return ret;
	v = kmalloc(sizeof(*v) + len, GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	v->len = len;
	memcpy(v->data, data, len);
	ret = xa_err(xa_store_irq(&values, number, v, GFP_KERNEL));
	if (ret) {
		kfree(v);
		return ret;
	}
	atomic_inc(&nr_values);
	atomic_add(len, &nr_bytes);
	*seal = ~number;
	return 0;
}

static void carrier_drop(u64 number, u32 len)
{
	struct value *v;
	unsigned long flags;

	xa_lock_irqsave(&values, flags);
	v = __xa_erase(&values, number);
	xa_unlock_irqrestore(&values, flags);
	if (!v)
		return;
	atomic_sub(v->len, &nr_bytes);
	kfree(v);
	atomic_dec(&nr_values);
}

/* A copy of a value, in @buf: the beginning, if that is longer than @len. */
static int fetch(u64 number, void *buf, u32 len)
{
	unsigned long flags;
	struct value *v;

	xa_lock_irqsave(&values, flags);
	v = xa_load(&values, number);
	if (v)
		memcpy(buf, v->data, min(len, v->len));
	xa_unlock_irqrestore(&values, flags);
	return v ? 0 : -ENOENT;
}

static int answer(struct tmem_remote_want *w, unsigned int i,
		  tmem_remote_take_t take, void *ctx, void *buf)
{
	unsigned int fault = atomic_inc_return(&dice) % 4 ? 0 :
			     READ_ONCE(faults);
	u64 number = w->name.number;
	int ret;

	if (w->name.seal != ~number)
		return -EIO;
	if (fault & LOSE && atomic_read(&dice) & 4)
		return -ENOENT;
	if (fault & LATE && atomic_read(&dice) & 8)
		return -ETIMEDOUT;
	if (fault & MIX_UP)
		number ^= 1;
	memset(buf, 0x77, PAGE_SIZE);
	ret = fetch(number, buf, fault & TRUNCATE ? w->len / 2 : w->len);
	if (!ret)
		ret = take(ctx, i, buf);
	if (!ret && fault & REPEAT)
		ret = take(ctx, i, buf);
	return ret;
}

static void carrier_get(struct tmem_remote_want *wants, unsigned int nr,
			tmem_remote_take_t take, void *ctx)
{
	void *buf = kmalloc(PAGE_SIZE, GFP_NOIO);
	unsigned int i, n;

	atomic_inc(&nr_gets);
	for (n = 0; n < nr; n++) {
		i = READ_ONCE(faults) & REORDER ? nr - 1 - n : n;
		if (wants[i].ret != TMEM_REMOTE_PENDING)
			continue;
		if (READ_ONCE(faults) & DOWN)
			wants[i].ret = -EHOSTDOWN;
		else if (READ_ONCE(faults) & SILENT)
			wants[i].ret = -ETIMEDOUT;
		else
			wants[i].ret = buf ? answer(&wants[i], i, take, ctx,
						    buf) : -ENOMEM;
	}
	kfree(buf);
}

static const struct tmem_remote_ops carrier = {
	.version = TMEM_REMOTE_VERSION,
	.want_size = sizeof(struct tmem_remote_want),
	.name = "kunit",
	.value_max = PAGE_SIZE,
	.put = carrier_put,
	.get = carrier_get,
	.drop = carrier_drop,
};

static void forget_values(void)
{
	struct value *v;
	unsigned long number;

	xa_for_each(&values, number, v)
		carrier_drop(number, v->len);
}

/* ---- pages ---- */

static struct page *run_pages[TMEM_RUN_PAGES];

static struct tmem_oid oid_of(u64 n)
{
	return (struct tmem_oid){ { n, n * 31, 7 } };
}

/*
 * About 40 % with lz4, each its own; one in 16, and those from RAW on, not at
 * all; one in 16 zeroes.
 */
static void fill(struct page *page, u64 obj, u32 index, u32 version)
{
	struct rnd_state rnd;
	u32 *w = page_address(page);
	unsigned int i;

	prandom_seed_state(&rnd, obj << 40 ^ (u64)index << 20 ^ version);
	for (i = 0; i < PAGE_SIZE / sizeof(*w); i++)
		w[i] = i % 4 && index % 16 && index < RAW ?
		       0x20202020 + i % 4 : prandom_u32_state(&rnd);
	if (index % 16 == 5 && index < RAW)
		memset(w, 0, PAGE_SIZE);
}

static int put(struct tmem_bpool bp, u64 obj, u32 index, u32 version)
{
	struct tmem_oid oid = oid_of(obj);

	fill(run_pages[0], obj, index, version);
	return tmem_backend_put_page(bp, &oid, index, run_pages[0]);
}

/* 0 if it is that page; -EBADMSG if it is another one. */
static int get(struct tmem_bpool bp, u64 obj, u32 index, u32 version)
{
	struct tmem_oid oid = oid_of(obj);
	int ret;

	memset(page_address(run_pages[1]), 0xaa, PAGE_SIZE);
	ret = tmem_backend_get_page(bp, &oid, index, run_pages[1]);
	if (ret)
		return ret;
	fill(run_pages[0], obj, index, version);
	return memcmp(page_address(run_pages[0]), page_address(run_pages[1]),
		      PAGE_SIZE) ? -EBADMSG : 0;
}

static struct tmem_bpool pool_new(struct kunit *test)
{
	struct tmem_bpool bp;

	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&bp, NULL, 0), 0);
	return bp;
}

static void put_some(struct kunit *test, struct tmem_bpool bp, u32 version, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 1, i, version), 0);
}

static void put_all(struct kunit *test, struct tmem_bpool bp, u32 version)
{
	put_some(test, bp, version, PAGES);
}

/* A number of bytes, given in pages: they are not of the same size everywhere. */
static int set_pages(const char *param, unsigned long pages)
{
	char val[24];

	snprintf(val, sizeof(val), "%lu", pages << PAGE_SHIFT);
	return zc_params_set(param, val);
}

/* Have all that there is copied and evicted; how many that were. */
static unsigned long remotify_all(void)
{
	unsigned long done = 0, nr;

	do {
		zc_remote_settle();
		nr = zc_evict_some(zc_evict_copies(), WHY_TRIM);
		done += nr;
	} while (nr);
	return done;
}

static long away(void)
{
	return zc_remote_read(REMOTE_VALUES) - zc_evict_copies() -
	       zc_kept_values();
}

/* What is elsewhere is kept, and belongs to no page; and then it is not there. */
static void only_kept(struct kunit *test)
{
	/* One that the worker gives up counts until it is gone. */
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES),
			(long)zc_kept_values());
	zc_kept_trim(0);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 0UL);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES), 0L);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), 0);
}

/* Pages that came, and that were not what was put. */
static void get_all(struct tmem_bpool bp, u32 version, unsigned int *hits,
		    unsigned int *wrong)
{
	u32 i;

	*hits = 0;
	*wrong = 0;
	for (i = 0; i < PAGES; i++) {
		int ret = get(bp, 1, i, version);

		*hits += !ret;
		*wrong += ret == -EBADMSG;
	}
}

/* All go elsewhere and come back; how many values are kept of them. */
static long there_and_back(struct kunit *test, struct tmem_bpool bp)
{
	const long own = PAGES - PAGES / 16;
	unsigned int hits, wrong;

	put_all(test, bp, 1);
	remotify_all();
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)own);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	return own;
}

static int remote_test_init(struct kunit *test)
{
	unsigned int i;
	int ret;

	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		run_pages[i] = alloc_page(GFP_KERNEL);
		if (!run_pages[i])
			return -ENOMEM;
	}
	faults = 0;
	put_ret = 0;
	put_most_ret = 0;
	put_stalls = 0;
	put_max = 0;
	first_put = 0;
	last_put = 0;
	zc_params_set("incompressible", "keep");
	ret = tmem_register_remote(&carrier);
	/* It copies when a test says so. */
	zc_remote_settle();
	return ret;
}

static void remote_test_exit(struct kunit *test)
{
	unsigned int i;

	zc_test_break = 0;
	zc_remote_fail_nth = 0;
	zc_params.remote_always = false;
	zc_remote_rest(false);
	tmem_unregister_remote(&carrier);
	zc_remote_still(false);
	zc_params_set("incompressible", "swap");
	zc_params_set("max_bytes", "0");
	zc_params_set("remote_max_bytes", "0");
	zc_params_set("remote_max_percent", "2");
	KUNIT_EXPECT_EQ(test, zc_stat_read(eph_pages), 0);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES), 0);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_BYTES), 0);
	forget_values();
	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		if (run_pages[i])
			__free_page(run_pages[i]);
		run_pages[i] = NULL;
	}
}

/* ---- tests ---- */

static void away_and_back(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	long hits = zc_remote_read(REMOTE_HITS);
	u32 i, got = 0;

	put_all(test, bp, 1);
	KUNIT_EXPECT_EQ(test, remotify_all(), PAGES);
	KUNIT_EXPECT_EQ(test, zc_stat_read(eph_pages), 0);
	KUNIT_EXPECT_EQ(test, zc_stat_read(stored_bytes), 0);
	/* those of one word are not worth it */
	KUNIT_EXPECT_EQ(test, away(), PAGES - PAGES / 16);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), PAGES - PAGES / 16);
	for (i = 0; i < PAGES; i++) {
		int ret = get(bp, 1, i, 1);

		KUNIT_ASSERT_EQ(test, ret, i % 16 == 5 ? -ENOENT : 0);
		got += !ret;
		/* destructive */
		KUNIT_ASSERT_EQ(test, get(bp, 1, i, 1), -ENOENT);
	}
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_HITS) - hits, got);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), (unsigned long)got);
	only_kept(test);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* All that is away of a run costs one request; what is here, none. */
static void one_request(struct kunit *test)
{
	static const struct tmem_uuid uuid = { { 17, 4 } };
	struct tmem_oid oid = oid_of(1);
	struct tmem_run run = {
		.oidp = &oid, .index = 16, .nr = TMEM_RUN_PAGES,
		.want = ~0U, .pages = run_pages,
	};
	struct page *page = alloc_page(GFP_KERNEL);
	struct tmem_bpool bp;
	int gets, round;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&bp, &uuid,
						    TMEM_POOL_SHARED), 0);
	for (i = 0; i < PAGES; i++)
		if (i % 16 != 5)
			KUNIT_ASSERT_EQ(test, put(bp, 1, i, 1), 0);
	remotify_all();
	for (round = 0; round < 2; round++) {
		gets = atomic_read(&nr_gets);
		KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run),
				~(1U << 5 | 1U << 21));
		KUNIT_EXPECT_EQ(test, run.err[5], -ENOENT);
		KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets), gets + 1);
		for (i = 0; i < TMEM_RUN_PAGES; i++) {
			if (!(run.done & 1U << i))
				continue;
			fill(page, 1, 16 + i, 1);
			KUNIT_EXPECT_EQ(test,
					memcmp(page_address(page),
					       page_address(run_pages[i]),
					       PAGE_SIZE), 0);
		}
		/* half of it is here, in the second round */
		for (i = 0; i < TMEM_RUN_PAGES; i += 2) {
			fill(page, 1, 16 + i, 1);
			KUNIT_ASSERT_EQ(test,
					tmem_backend_put_page(bp, &oid, 16 + i,
							      page), 0);
		}
	}
	gets = atomic_read(&nr_gets);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 16, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets), gets);
	__free_page(page);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* Flushed, put again, truncated: what is elsewhere is forgotten at once. */
static void away_is_flushed(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	struct tmem_oid oid = oid_of(1);
	unsigned long flags;
	u32 i;

	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_page(bp, &oid, 1), 0);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 1, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, put(bp, 1, 2, 2), 0);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 2, 2), 0);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 2, 1), -ENOENT);
	/* a put that fails takes the old page along */
	zc_params_set("incompressible", "refuse");
	KUNIT_EXPECT_EQ(test, put(bp, 1, 16, 2), -E2BIG);
	zc_params_set("incompressible", "keep");
	KUNIT_EXPECT_EQ(test, get(bp, 1, 16, 1), -ENOENT);
	/* under a lock of the page cache */
	local_irq_save(flags);
	tmem_backend_flush_range(bp, &oid, 100, 199);
	local_irq_restore(flags);
	for (i = 100; i < 200; i++)
		KUNIT_EXPECT_EQ(test, get(bp, 1, i, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 200, 1), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_flush_object(bp, &oid), 0);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 201, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* What has come is there still: the same bytes are not sent again, others are. */
static void same_again(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	const long own = there_and_back(test, bp);
	unsigned int hits, wrong;
	long copied, reused;
	u32 i;

	KUNIT_EXPECT_EQ(test, zc_kept_values(), (unsigned long)own);

	copied = zc_remote_read(REMOTE_COPIED);
	reused = zc_remote_read(REMOTE_REUSED);
	put_all(test, bp, 1);
	KUNIT_EXPECT_EQ(test, remotify_all(), PAGES);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_COPIED), copied);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_REUSED) - reused, own);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 0UL);
	KUNIT_EXPECT_EQ(test, away(), own);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), (int)own);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)own);
	KUNIT_EXPECT_EQ(test, wrong, 0U);

	/* every second page has changed meanwhile */
	for (i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 1, i, 1 + i % 2), 0);
	KUNIT_EXPECT_EQ(test, remotify_all(), PAGES);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_REUSED) - reused,
			own + PAGES / 2);
	for (i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, get(bp, 1, i, 1 + i % 2),
				i % 16 == 5 ? -ENOENT : 0);

	/* two pages of the same bytes have one value, or two */
	for (i = 0; i < 2; i++) {
		struct tmem_oid oid = oid_of(50 + i);

		fill(run_pages[0], 1, 2, 1);
		KUNIT_ASSERT_EQ(test, tmem_backend_put_page(bp, &oid, 2,
							    run_pages[0]), 0);
	}
	remotify_all();
	for (i = 0; i < 2; i++) {
		struct tmem_oid oid = oid_of(50 + i);

		KUNIT_EXPECT_EQ(test, tmem_backend_get_page(bp, &oid, 2,
							    run_pages[1]), 0);
		KUNIT_EXPECT_EQ(test, memcmp(page_address(run_pages[0]),
					     page_address(run_pages[1]),
					     PAGE_SIZE), 0);
	}
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/*
 * Pages that differ in a bit, in where a word is, or in two words of which one has
 * more by what the other has less.
 */
static void sum_tells(struct kunit *test)
{
	u64 *m = page_address(run_pages[0]), sum, first = 0;
	unsigned int nr = PAGE_SIZE / sizeof(*m), i, k, round;

	/* of noise, of one word, and of zeroes but for one */
	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr; i++)
			m[i] = !round ? get_random_u64() : round == 1 ? 42 : 0;
		m[5] = 43;
		sum = zc_kept_sum(m);
		KUNIT_EXPECT_EQ(test, zc_kept_sum(m), sum);
		KUNIT_EXPECT_NE(test, sum, first);
		first = sum;
		for (i = 0; i < nr; i++) {
			for (k = 0; k < 64; k += 7) {
				m[i] ^= 1ULL << k;
				KUNIT_EXPECT_NE(test, zc_kept_sum(m), sum);
				m[i] ^= 1ULL << k;
			}
			if (m[i] == m[5])
				continue;
			swap(m[i], m[5]);
			KUNIT_EXPECT_NE(test, zc_kept_sum(m), sum);
			swap(m[i], m[5]);
			cond_resched();
		}
		for (i = 0; i < nr; i += 2) {
			m[i]++;
			m[i + 1]--;
			KUNIT_EXPECT_NE(test, zc_kept_sum(m), sum);
			m[i]--;
			m[i + 1]++;
		}
		KUNIT_EXPECT_EQ(test, zc_kept_sum(m), sum);
	}
}

/* A server with room for so many values, and pages that are read in turn. */
#define SHARE_ROOM	2000U
#define SHARE_PAGES	24000U

enum { SHARE_HERE, SHARE_THERE, SHARE_GONE };

struct share_model {
	struct zc_share share;
	struct zc_share_seen now;
	u64 values, head, tail;
	/* that the server has */
	unsigned int there;
	/* the server says nothing of what it pushes out */
	bool silent;
	u8 *state;
	u64 *number;
	u32 *queue;
};

static u64 share_print(u32 n)
{
	return hash_64(n + 1, 64);
}

static void share_send(struct share_model *m, u32 page)
{
	u32 old;

	m->now.sent++;
	m->values++;
	m->there++;
	m->state[page] = SHARE_THERE;
	m->number[page] = m->head;
	m->queue[m->head++ % SHARE_PAGES] = page;
	while (m->there > SHARE_ROOM) {
		old = m->queue[m->tail % SHARE_PAGES];
		if (m->state[old] == SHARE_THERE && m->number[old] == m->tail) {
			m->there--;
			m->state[old] = m->silent ? SHARE_GONE : SHARE_HERE;
			m->now.lost += !m->silent;
			m->values -= !m->silent;
		}
		m->tail++;
	}
}

/* All pages from @first on once; how many came from there. */
static u64 share_round(struct share_model *m, u32 first, u32 nr)
{
	u64 read = m->now.read;
	u32 i;

	for (i = first; i < first + nr; i++) {
		if (m->state[i] == SHARE_THERE) {
			m->now.read++;
			continue;
		}
		if (m->state[i] == SHARE_GONE) {
			m->now.lost++;
			m->values--;
			m->state[i] = SHARE_HERE;
		}
		zc_share_judge(&m->share, share_print(i), &m->now, m->values);
		if (zc_share_has(&m->share, share_print(i / 8 + SHARE_PAGES)))
			share_send(m, i);
		else
			m->now.declined++;
	}
	return m->now.read - read;
}

static u64 share_rounds(struct share_model *m, u32 first, u32 nr, unsigned int rounds)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < rounds; i++)
		sum += share_round(m, first, nr);
	return div_u64(sum, rounds);
}

/*
 * Of files that are read in turn, and are more than there is room for, a part comes
 * back, where without it none would; less than there is room for is there as ever; and
 * so it is again after the others.
 */
static void share_fits(struct kunit *test)
{
	static const u32 loops[] = { 1000, 2000, 2200, 4000, 8000, 16000 };
	struct share_model m = {};
	unsigned int i;
	u64 sent;

	m.state = kunit_kmalloc(test, SHARE_PAGES, GFP_KERNEL);
	m.number = kunit_kcalloc(test, SHARE_PAGES, sizeof(u64), GFP_KERNEL);
	m.queue = kunit_kcalloc(test, SHARE_PAGES, sizeof(u32), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, m.state && m.number && m.queue);
	for (i = 0; i < 2 * ARRAY_SIZE(loops); i++) {
		const u32 loop = loops[i / 2];

		memset(m.state, SHARE_HERE, SHARE_PAGES);
		m.now = (struct zc_share_seen) {};
		m.values = 0;
		m.head = 0;
		m.tail = 0;
		m.there = 0;
		m.silent = i & 1;
		zc_share_start(&m.share, &m.now);
		if (loop <= SHARE_ROOM) {
			share_round(&m, 0, loop);
			KUNIT_EXPECT_EQ(test, share_rounds(&m, 0, loop, 10), loop);
			KUNIT_EXPECT_EQ(test, m.now.sent, loop);
			KUNIT_EXPECT_EQ(test, m.share.part, ZC_SHARE_ALL);
			continue;
		}
		share_rounds(&m, 0, loop, 12);
		sent = m.now.sent;
		/* of as many as there is room for; and few go there */
		KUNIT_EXPECT_GE(test, share_rounds(&m, 0, loop, 20), SHARE_ROOM / 3);
		KUNIT_EXPECT_LE(test, m.now.sent - sent, 10ULL * loop);
		share_rounds(&m, 20000, 1000, 30);
		KUNIT_EXPECT_GE(test, share_rounds(&m, 20000, 1000, 5), 600ULL);
		kunit_info(test, "a loop of %u: %u%% of it in the end\n", loop,
			   100 * m.share.part / ZC_SHARE_ALL);
		cond_resched();
	}
}

/* What goes before it is copied is not lost if it is there still. */
static void gone_and_kept(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	const long own = there_and_back(test, bp);
	unsigned int hits, wrong;
	long gone;

	WRITE_ONCE(put_ret, -EHOSTDOWN);
	put_all(test, bp, 1);
	KUNIT_EXPECT_EQ(test, zc_evict_some(PAGES, WHY_TRIM), (unsigned long)PAGES);
	/* The worker may have had one of them in its hands. */
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_stat_read(eph_pages), 0);
	/* Of some the worker had the value in its hands: those are kept still. */
	gone = away();
	KUNIT_EXPECT_GT(test, gone, own / 2);
	KUNIT_EXPECT_EQ(test, gone + (long)zc_kept_values(), own);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)gone);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), (unsigned long)own);

	/* but others are; a value that the worker gives up counts until it is gone */
	zc_remote_still(true);
	put_all(test, bp, 2);
	KUNIT_EXPECT_EQ(test, zc_evict_some(PAGES, WHY_TRIM), (unsigned long)PAGES);
	KUNIT_EXPECT_EQ(test, away(), 0L);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, 0U);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	WRITE_ONCE(put_ret, 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* The control: with any value for the same one a page comes back as another. */
static void control_kept(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	unsigned int hits, wrong;

	there_and_back(test, bp);
	zc_test_break = ZC_BREAK_KEPT;
	put_all(test, bp, 2);
	remotify_all();
	get_all(bp, 2, &hits, &wrong);
	KUNIT_EXPECT_GT(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* What is kept of one pool is nothing to another. */
static void kept_is_a_pools(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test), other = pool_new(test);
	const long own = there_and_back(test, bp);
	long copied;

	copied = zc_remote_read(REMOTE_COPIED);
	put_all(test, other, 1);
	remotify_all();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_COPIED) - copied, own);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), (unsigned long)own);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&other), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/*
 * Pages that take more than half of the room, of a pool; they fit, with PAGES more.
 * What the policy remembers of the cases before takes of it, too: up to 180 pages.
 */
#define SMALL_STORE	400
static void fill_room(struct kunit *test, struct tmem_bpool bp)
{
	u32 i;

	for (i = RAW; i < RAW + SMALL_STORE / 2 + 20; i++) {
		if (zc_room_used() >> PAGE_SHIFT > SMALL_STORE / 10 * 9)
			break;
		KUNIT_ASSERT_EQ(test, put(bp, 2, i, 1), 0);
	}
	KUNIT_ASSERT_GT(test, zc_room_used() >> PAGE_SHIFT,
			(u64)SMALL_STORE / 2);
}

/* All come from elsewhere, while pages are here that are not older than they. */
static long back_into_full(struct kunit *test, struct tmem_bpool bp)
{
	const long own = PAGES - PAGES / 16;
	unsigned int hits, wrong;
	u32 i;

	/* Before it has anything to remember: it may have fewer parts then. */
	KUNIT_EXPECT_EQ(test, set_pages("max_bytes", SMALL_STORE), 0);
	for (i = 0; i < PAGES; i++) {
		/* If any has to go there is one that is copied. */
		if (i % 32 == 0)
			zc_remote_settle();
		KUNIT_ASSERT_EQ(test, put(bp, 1, i, 1), 0);
	}
	remotify_all();
	/* Nothing is sent from here on, and no value taken for a page that is here. */
	zc_remote_still(true);
	fill_room(test, bp);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)own);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), (unsigned long)own);
	return own;
}

/* Where there is no room to spare, what has come from elsewhere goes there at once. */
static void passed_on(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	const long own = back_into_full(test, bp);
	long passed = zc_remote_read(REMOTE_PASSED);
	unsigned int hits, wrong;

	put_all(test, bp, 1);
	passed = zc_remote_read(REMOTE_PASSED) - passed;
	KUNIT_EXPECT_GT(test, passed, own / 2);
	KUNIT_EXPECT_EQ(test, away(), passed);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), (unsigned long)(own - passed));
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)PAGES);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, away(), 0L);

	/*
	 * Others stay, and what was kept of those pages is not looked for again.  Of
	 * all of them the last might be refused, as nothing is evicted for them.
	 */
	passed = zc_remote_read(REMOTE_PASSED);
	put_some(test, bp, 2, PAGES / 4);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_PASSED), passed);
	KUNIT_EXPECT_EQ(test, away(), 0L);
	KUNIT_EXPECT_LT(test, zc_kept_values(), (unsigned long)own);
	get_all(bp, 2, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* The control: here as well other bytes are taken for the same. */
static void control_passed(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	unsigned int hits, wrong;

	back_into_full(test, bp);
	zc_test_break = ZC_BREAK_KEPT;
	put_all(test, bp, 2);
	get_all(bp, 2, &hits, &wrong);
	KUNIT_EXPECT_GT(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* What was asked for sooner than anything here stays, and so do all where there is room. */
static void not_passed_on(struct kunit *test)
{
	static const struct tmem_uuid uuid = { { 17, 5 } };
	struct tmem_bpool bp = pool_new(test), swap;
	long passed = zc_remote_read(REMOTE_PASSED);
	unsigned int hits, wrong;
	u32 i;

	there_and_back(test, bp);
	zc_remote_still(true);
	put_all(test, bp, 1);
	KUNIT_EXPECT_EQ(test, away(), 0L);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)PAGES);
	only_kept(test);
	zc_remote_still(false);

	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&swap, &uuid,
						    TMEM_POOL_PERSIST), 0);
	KUNIT_EXPECT_EQ(test, set_pages("max_bytes", SMALL_STORE), 0);
	fill_room(test, swap);
	/* no more than the ghost table remembers at first */
	for (i = 0; i < 64; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 3, i, 1), 0);
	remotify_all();
	for (i = 0; i < 64; i++)
		KUNIT_ASSERT_EQ(test, get(bp, 3, i, 1), i % 16 == 5 ? -ENOENT : 0);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 60UL);
	for (i = 0; i < 64; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 3, i, 1), 0);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_PASSED), passed);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&swap), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* How many are kept when a limit has fallen. */
static void kept_is_bounded(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);

	there_and_back(test, bp);
	KUNIT_EXPECT_GT(test, zc_kept_values(), 200UL);
	KUNIT_EXPECT_EQ(test, set_pages("max_bytes", 50), 0);
	KUNIT_EXPECT_LE(test, zc_kept_values(), 200UL);
	KUNIT_EXPECT_GT(test, zc_kept_values(), 64UL);
	KUNIT_EXPECT_EQ(test, zc_params_set("max_bytes", "0"), 0);
	KUNIT_EXPECT_EQ(test, set_pages("remote_max_bytes", 256), 0);
	zc_remote_settle();
	KUNIT_EXPECT_LE(test, zc_kept_values(), 64UL);
	KUNIT_EXPECT_GT(test, zc_kept_values(), 0UL);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* Values that are kept are lost with all others, and go when there are too many. */
static void kept_is_lost(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	const long own = there_and_back(test, bp);
	unsigned int hits, wrong;
	long copied;

	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier, tmem_remote_next()), 0);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 0UL);
	forget_values();
	copied = zc_remote_read(REMOTE_COPIED);
	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_COPIED) - copied, own);

	/* kept, and gone at the other end: no more than a miss */
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, (unsigned int)own);
	forget_values();
	put_all(test, bp, 1);
	remotify_all();
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, 0U);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	only_kept(test);

	/* the longest kept ones go, or all */
	there_and_back(test, bp);
	KUNIT_EXPECT_GT(test, zc_kept_values(), 100UL);
	zc_kept_trim(100);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 100UL);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), 100);
	only_kept(test);

	/* none may be elsewhere */
	there_and_back(test, bp);
	KUNIT_EXPECT_GT(test, zc_kept_values(), 0UL);
	KUNIT_EXPECT_EQ(test, zc_params_set("remote_max_percent", "0"), 0);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 0UL);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Copied, and then got, flushed or put again while it is still here. */
static void copied_and_needed(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	struct tmem_oid oid = oid_of(1);
	int gets = atomic_read(&nr_gets);
	unsigned int hits, wrong;
	long kept, reused;
	u32 i, version;

	put_all(test, bp, 1);
	zc_remote_settle();
	KUNIT_EXPECT_GE(test, zc_evict_copies(), 32UL);
	for (i = 0; i < PAGES; i++) {
		version = 1;
		if (i % 3 == 0) {
			version = 2;
			KUNIT_ASSERT_EQ(test, put(bp, 1, i, version), 0);
		}
		if (i % 3 == 1)
			tmem_backend_flush_page(bp, &oid, i);
		KUNIT_ASSERT_EQ(test, get(bp, 1, i, version),
				i % 3 == 1 ? -ENOENT : 0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets), gets);
	KUNIT_EXPECT_EQ(test, zc_evict_copies(), 0UL);
	/* Values of what was got are kept, and no others. */
	kept = zc_kept_values();
	KUNIT_EXPECT_GT(test, kept, 0L);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), (int)kept);

	/* They are not sent again, and none comes for another. */
	reused = zc_remote_read(REMOTE_REUSED);
	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_REUSED) - reused, kept);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, hits, PAGES - PAGES / 16U);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

/* Likewise, in runs; every second page has changed when it is put again. */
static void copied_and_got(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct tmem_bpool bp = pool_new(test);
	int gets = atomic_read(&nr_gets);
	struct tmem_oid oid = oid_of(1);
	struct tmem_run run = {
		.oidp = &oid, .nr = TMEM_RUN_PAGES, .want = ~0U,
		.pages = run_pages,
	};
	long kept, reused;
	unsigned int i;
	u32 at;

	KUNIT_ASSERT_NOT_NULL(test, page);
	put_all(test, bp, 1);
	zc_remote_settle();
	KUNIT_EXPECT_GE(test, zc_evict_copies(), 32UL);
	for (at = 0; at < PAGES; at += TMEM_RUN_PAGES) {
		run.index = at;
		KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run), ~0U);
		for (i = 0; i < TMEM_RUN_PAGES; i++) {
			fill(page, 1, at + i, 1);
			KUNIT_EXPECT_EQ(test,
					memcmp(page_address(page),
					       page_address(run_pages[i]),
					       PAGE_SIZE), 0);
		}
	}
	__free_page(page);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets), gets);
	KUNIT_EXPECT_EQ(test, zc_evict_copies(), 0UL);
	kept = zc_kept_values();
	KUNIT_EXPECT_GE(test, kept, 30L);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), (int)kept);

	/* Each value is known as that of its own page. */
	reused = zc_remote_read(REMOTE_REUSED);
	for (at = 0; at < PAGES; at++)
		KUNIT_ASSERT_EQ(test, put(bp, 1, at, 1 + at % 2), 0);
	remotify_all();
	reused = zc_remote_read(REMOTE_REUSED) - reused;
	KUNIT_EXPECT_GE(test, reused, kept / 3);
	KUNIT_EXPECT_LT(test, reused, kept);
	KUNIT_EXPECT_EQ(test, zc_kept_values(), 0UL);
	for (at = 0; at < PAGES; at++)
		KUNIT_EXPECT_EQ(test, get(bp, 1, at, 1 + at % 2),
				at % 16 == 5 ? -ENOENT : 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
	only_kept(test);
}

static const unsigned int fault_cases[] = {
	LOSE, LATE, REORDER, REPEAT, TRUNCATE, MIX_UP, DOWN, ALL_FAULTS,
};

static void fault_desc(const unsigned int *f, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "faults %x", *f);
}

KUNIT_ARRAY_PARAM(fault, fault_cases, fault_desc);

static void never_wrong(struct kunit *test)
{
	unsigned int fault = *(const unsigned int *)test->param_value;
	struct tmem_bpool bp = pool_new(test);
	unsigned int hits, wrong;

	put_all(test, bp, 1);
	remotify_all();
	WRITE_ONCE(faults, fault);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	if (fault == REORDER || fault == REPEAT)
		KUNIT_EXPECT_EQ(test, hits, PAGES - PAGES / 16);
	else
		KUNIT_EXPECT_LT(test, hits, PAGES - PAGES / 16);
	/* What was late, or not asked for, is still there. */
	WRITE_ONCE(faults, 0);
	if (fault == LATE || fault == DOWN) {
		unsigned int before = fault == LATE ? hits : 0;

		get_all(bp, 1, &hits, &wrong);
		KUNIT_EXPECT_EQ(test, hits + before, PAGES - PAGES / 16);
		KUNIT_EXPECT_EQ(test, wrong, 0);
	}
	/* What was lost or wrong is a miss for good. */
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	if (fault != ALL_FAULTS)
		KUNIT_EXPECT_EQ(test, hits, 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* The control: without the hash, another page's bytes are taken for its own. */
static void control_mixed_up(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	unsigned int wrong = 0;
	u32 i;

	for (i = RAW; i < RAW + 64; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 1, i, 1), 0);
	remotify_all();
	zc_test_break = ZC_BREAK_REMOTE;
	WRITE_ONCE(faults, MIX_UP);
	for (i = RAW; i < RAW + 64; i++)
		wrong += get(bp, 1, i, 1) == -EBADMSG;
	KUNIT_EXPECT_GT(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static void bounds_are_kept(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	long pushed = zc_remote_read(REMOTE_PUSHED);
	unsigned int hits, wrong;

	KUNIT_EXPECT_EQ(test, set_pages("remote_max_bytes", 64), 0);
	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_LE(test, zc_remote_read(REMOTE_BYTES), 64L << PAGE_SHIFT);
	KUNIT_EXPECT_GT(test, zc_remote_read(REMOTE_BYTES), 0L);
	KUNIT_EXPECT_GT(test, zc_remote_read(REMOTE_PUSHED), pushed);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_GT(test, hits, 0U);
	KUNIT_EXPECT_LE(test, zc_remote_read(REMOTE_BYTES), 64L << PAGE_SHIFT);
	only_kept(test);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_BYTES), 0L);

	/* less than the copies would take: half of it for pages that have gone */
	KUNIT_EXPECT_EQ(test, set_pages("remote_max_bytes", 16), 0);
	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_LE(test, zc_remote_read(REMOTE_BYTES), 16L << PAGE_SHIFT);
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_GT(test, hits, 0U);

	/* none at all: all that is there goes */
	KUNIT_EXPECT_EQ(test, zc_params_set("remote_max_bytes", "0"), 0);
	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_GT(test, away(), 0L);
	KUNIT_EXPECT_EQ(test, zc_params_set("remote_max_percent", "0"), 0);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, away(), 0L);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), 0);
	KUNIT_EXPECT_EQ(test, zc_params_set("remote_max_percent", "26"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, zc_params_set("remote_max_bytes", "-1"),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static const unsigned int max_cases[] = { 32, 16 };

static void max_desc(const unsigned int *max, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u pages", *max);
}

KUNIT_ARRAY_PARAM(max, max_cases, max_desc);

/* At the carrier's own limit the oldest go, so that the newest have room. */
static void carrier_is_full(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	long pushed = zc_remote_read(REMOTE_PUSHED);
	unsigned int hits, wrong;

	put_max = *(const unsigned int *)test->param_value << PAGE_SHIFT;
	put_all(test, bp, 1);
	KUNIT_EXPECT_EQ(test, remotify_all(), PAGES);
	KUNIT_EXPECT_LE(test, (unsigned int)atomic_read(&nr_bytes), put_max);
	KUNIT_EXPECT_GT(test, zc_remote_read(REMOTE_PUSHED), pushed);
	/* whichever pages these are: that is the policy's choice */
	KUNIT_EXPECT_NOT_NULL(test, xa_load(&values, last_put));
	KUNIT_EXPECT_NULL(test, xa_load(&values, first_put));
	get_all(bp, 1, &hits, &wrong);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_GT(test, hits, 0U);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static const int most_cases[] = { -EHOSTDOWN, -EBUSY };

static void most_desc(const int *err, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "error %d", *err);
}

KUNIT_ARRAY_PARAM(most, most_cases, most_desc);

/* Where one server in 16 takes values, that one gets them, without a pause. */
static void most_are_down(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);

	WRITE_ONCE(put_most_ret, *(const int *)test->param_value);
	put_all(test, bp, 1);
	zc_remote_settle();
	KUNIT_EXPECT_GE(test, zc_evict_copies(), 32UL);
	KUNIT_EXPECT_TRUE(test, zc_remote_may_take());
	KUNIT_EXPECT_EQ(test, remotify_all(), PAGES);
	KUNIT_EXPECT_EQ(test, away(), PAGES - PAGES / 16);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Where one is down and the other is only busy, it goes on in a moment. */
static void one_is_down(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);

	/* Two rounds through all numbers that are tried, and the last is down. */
	WRITE_ONCE(put_stalls, 128);
	put_all(test, bp, 1);
	zc_remote_settle();
	KUNIT_EXPECT_TRUE(test, zc_remote_may_take());
	zc_remote_settle();
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, put_stalls, 0U);
	KUNIT_EXPECT_GE(test, zc_evict_copies(), 32UL);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* The carrier has lost all, or is gone: so is all that was away. */
static void carrier_goes(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	int gets;

	put_all(test, bp, 1);
	remotify_all();
	gets = atomic_read(&nr_gets);
	KUNIT_EXPECT_EQ(test, tmem_remote_forget(&carrier, tmem_remote_next()), 0);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 1, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets), gets);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES), 0L);
	forget_values();

	put_all(test, bp, 1);
	remotify_all();
	KUNIT_EXPECT_GT(test, away(), 0L);
	KUNIT_EXPECT_EQ(test, tmem_unregister_remote(&carrier), 0);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 1, 1), -ENOENT);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES), 0L);
	put_all(test, bp, 2);
	KUNIT_EXPECT_EQ(test, remotify_all(), 0UL);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 1, 2), 0);
	/* Before there is a carrier again, to which the worker copies at once. */
	forget_values();
	KUNIT_EXPECT_EQ(test, tmem_register_remote(&carrier), 0);
	KUNIT_EXPECT_GT(test, remotify_all(), 0UL);
	KUNIT_EXPECT_EQ(test, get(bp, 1, 2, 2), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Whatever fails, the store is as without a carrier. */
static void nothing_is_sent(struct kunit *test)
{
	static const int errs[] = {
		-EBUSY, -EHOSTDOWN, -ENOMEM, -ENOSPC, -ENODEV, -EINVAL,
	};
	struct tmem_bpool bp = pool_new(test);
	unsigned int hits, wrong;
	int i;

	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		WRITE_ONCE(put_ret, errs[i]);
		put_all(test, bp, 1);
		zc_remote_settle();
		/* at most pages of one word */
		KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES), 0L);
		KUNIT_EXPECT_EQ(test, zc_evict_some(100, WHY_TRIM), 100UL);
		get_all(bp, 1, &hits, &wrong);
		KUNIT_EXPECT_EQ(test, hits, PAGES - 100U);
		KUNIT_EXPECT_EQ(test, wrong, 0U);
	}
	WRITE_ONCE(put_ret, 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static void nth_failure(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	unsigned int nth, hits, wrong;

	for (nth = 1; nth < 100; nth += 3) {
		put_all(test, bp, 1);
		zc_remote_fail_nth = nth;
		zc_remote_settle();
		if (zc_remote_fail_nth)
			break;
		/* It goes on by itself after a while. */
		get_all(bp, 1, &hits, &wrong);
		KUNIT_EXPECT_EQ(test, hits, PAGES);
		KUNIT_EXPECT_EQ(test, wrong, 0U);
		zc_remote_settle();
		KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES),
				(long)zc_kept_values());
		KUNIT_EXPECT_EQ(test, atomic_read(&nr_values),
				zc_remote_read(REMOTE_VALUES));
		zc_kept_trim(0);
		KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), 0);
	}
	KUNIT_EXPECT_GT(test, nth, 60U);
	zc_remote_fail_nth = 0;
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* And while pages come back: that they are kept there, too, can be done without. */
static void nth_failure_back(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	unsigned int nth, hits, wrong;

	for (nth = 1; nth < 100; nth += 7) {
		put_all(test, bp, 1);
		remotify_all();
		KUNIT_EXPECT_GT(test, away(), 0L);
		zc_remote_fail_nth = nth;
		get_all(bp, 1, &hits, &wrong);
		/* all but zeroes, which are not worth sending */
		KUNIT_EXPECT_EQ(test, hits, PAGES - PAGES / 16);
		KUNIT_EXPECT_EQ(test, wrong, 0U);
		put_all(test, bp, 1);
		get_all(bp, 1, &hits, &wrong);
		KUNIT_EXPECT_EQ(test, hits, PAGES);
		KUNIT_EXPECT_EQ(test, wrong, 0U);
		KUNIT_EXPECT_EQ(test, zc_remote_fail_nth, 0);
		zc_remote_settle();
		KUNIT_EXPECT_EQ(test, atomic_read(&nr_values),
				zc_remote_read(REMOTE_VALUES));
		zc_kept_trim(0);
		KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), 0);
	}
	zc_remote_fail_nth = 0;
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Have all that is cold compressed again. */
static void go_round(struct kunit *test)
{
	int i;

	KUNIT_ASSERT_EQ(test, zc_recomp_enable(), 0);
	for (i = 0; i < 4; i++)
		while (zc_recomp_step() > 0)
			;
}

/*
 * A page that is elsewhere as well is not compressed again, which would lose its
 * copy; one that was can go elsewhere.
 */
static void cold_and_away(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	unsigned long copies;
	long chunk_pages;
	u32 i;

	put_all(test, bp, 1);
	zc_remote_settle();
	copies = zc_evict_copies();
	KUNIT_EXPECT_GT(test, copies, 0UL);
	go_round(test);
	KUNIT_EXPECT_EQ(test, zc_evict_copies(), copies);
	chunk_pages = zc_stat_read(chunk_pages);
	KUNIT_EXPECT_GT(test, chunk_pages, (long)PAGES / 2);
	KUNIT_EXPECT_LE(test, chunk_pages, PAGES - (long)copies);
	KUNIT_EXPECT_EQ(test, remotify_all(), PAGES);
	KUNIT_EXPECT_EQ(test, zc_stat_read(chunks), 0);
	KUNIT_EXPECT_EQ(test, away(), PAGES - PAGES / 16);
	/* those that are away only are met, and left alone */
	go_round(test);
	for (i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, get(bp, 1, i, 1),
				i % 16 == 5 ? -ENOENT : 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* ---- many at once ---- */

#define WORKERS	4
#define INDEXES	128

struct worker {
	struct tmem_bpool bp;
	struct completion done;
	unsigned int nr, stale;
	unsigned long hits, ops;
	u32 version[INDEXES];	/* of the last put; 0: none since a flush */
};

static unsigned long work_until;

static bool is_version(const struct page *page, u64 obj, u32 index, u32 version)
{
	const u32 *w = page_address(page);

	return w[0] == obj && w[1] == index && w[2] == version &&
	       w[PAGE_SIZE / sizeof(*w) - 1] == version;
}

static void stamp(struct page *page, u64 obj, u32 index, u32 version)
{
	u32 *w = page_address(page);

	memset(w, index, PAGE_SIZE);
	w[0] = obj;
	w[1] = index;
	w[2] = version;
	w[PAGE_SIZE / sizeof(*w) - 1] = version;
}

/* An object of its own: what it gets must be what it has put last. */
static int work(void *arg)
{
	struct worker *me = arg;
	struct tmem_oid oid = oid_of(100 + me->nr);
	struct page *page = alloc_page(GFP_KERNEL);
	struct rnd_state rnd;
	u32 index, version = 0;

	prandom_seed_state(&rnd, me->nr);
	while (page && time_before(jiffies, work_until)) {
		index = prandom_u32_state(&rnd) % INDEXES;
		me->ops++;
		switch (prandom_u32_state(&rnd) % 16) {
		case 0:
			tmem_backend_flush_page(me->bp, &oid, index);
			me->version[index] = 0;
			break;
		case 1:
			zc_evict_some(index % 16, WHY_TRIM);
			break;
		case 2 ... 7:
			stamp(page, me->nr, index, ++version);
			me->version[index] =
				tmem_backend_put_page(me->bp, &oid, index,
						      page) ? 0 : version;
			break;
		default:
			if (tmem_backend_get_page(me->bp, &oid, index, page))
				break;
			me->hits++;
			if (!me->version[index] ||
			    !is_version(page, me->nr, index,
					me->version[index]))
				me->stale++;
			/* Most leave the page cache again as they came. */
			if (me->hits % 4 == 0 ||
			    tmem_backend_put_page(me->bp, &oid, index, page))
				me->version[index] = 0;
		}
		if (me->ops % 16 == 0)
			cond_resched();
	}
	if (page)
		__free_page(page);
	complete(&me->done);
	return 0;
}

static void many_at_once(struct kunit *test)
{
	static const struct tmem_uuid uuid = { { 17, 6 } };
	long away_hits = zc_remote_read(REMOTE_HITS);
	long passed = zc_remote_read(REMOTE_PASSED);
	struct tmem_bpool bp = pool_new(test), swap;
	unsigned long hits = 0, ops = 0;
	struct worker *workers;
	struct task_struct *t;
	unsigned int i, tick;
	long recompressed;

	workers = kunit_kzalloc(test, WORKERS * sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	KUNIT_ASSERT_EQ(test, tmem_backend_new_pool(&swap, &uuid,
						    TMEM_POOL_PERSIST), 0);
	KUNIT_EXPECT_EQ(test, set_pages("max_bytes", SMALL_STORE), 0);
	fill_room(test, swap);
	KUNIT_EXPECT_EQ(test, zc_recomp_enable(), 0);
	recompressed = zc_stat_read(recompressed);
	work_until = jiffies + 2 * HZ;
	for (i = 0; i < WORKERS; i++) {
		workers[i].bp = bp;
		workers[i].nr = i;
		init_completion(&workers[i].done);
		t = kthread_run(work, workers + i, "remote_test/%u", i);
		if (IS_ERR(t)) {
			workers[i].stale++;
			complete(&workers[i].done);
		}
	}
	/* The carrier errs, forgets, and comes and goes. */
	for (tick = 0; time_before(jiffies, work_until); tick++) {
		WRITE_ONCE(faults, tick % 3 ? ALL_FAULTS : 0);
		if (tick % 16 == 7)
			tmem_remote_forget(&carrier, tmem_remote_next());
		if (tick % 16 == 15) {
			KUNIT_EXPECT_EQ(test, tmem_unregister_remote(&carrier),
					0);
			KUNIT_EXPECT_EQ(test, tmem_register_remote(&carrier),
					0);
		}
		set_pages("remote_max_bytes", tick % 8 ? 0 : 16);
		for (i = 0; i < 100; i++)
			zc_recomp_step();
		zc_remote_settle();
		msleep(20);
	}
	for (i = 0; i < WORKERS; i++) {
		wait_for_completion(&workers[i].done);
		KUNIT_EXPECT_EQ(test, workers[i].stale, 0U);
		hits += workers[i].hits;
		ops += workers[i].ops;
	}
	passed = zc_remote_read(REMOTE_PASSED) - passed;
	kunit_info(test, "%lu operations, %lu hits, %ld of them from elsewhere, %ld put there at once, %ld wrong values seen, %ld pages compressed again\n",
		   ops, hits, zc_remote_read(REMOTE_HITS) - away_hits, passed,
		   zc_remote_read(REMOTE_WRONG),
		   zc_stat_read(recompressed) - recompressed);
	KUNIT_EXPECT_GT(test, zc_remote_read(REMOTE_HITS), away_hits);
	KUNIT_EXPECT_GT(test, passed, 0L);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&swap), 0);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Judgements, trials and pauses, without anything else. */
static void breaker_judges(struct kunit *test)
{
	struct zc_breaker b = {};
	unsigned int i, pause = ZC_BREAKER_PAUSE_MIN;
	u64 now = 5000;

	/* As fast as the disk is fast enough. */
	for (i = 0; i < 3 * ZC_BREAKER_REQUESTS; i++)
		KUNIT_ASSERT_EQ(test, zc_breaker_count(&b, 100, 100, now),
				ZC_VERDICT_NONE);
	/* One late answer does not matter. */
	KUNIT_EXPECT_EQ(test, zc_breaker_count(&b, 60, 0, now), ZC_VERDICT_NONE);
	for (i = 1; i < ZC_BREAKER_REQUESTS; i++)
		KUNIT_ASSERT_EQ(test, zc_breaker_count(&b, 99, 100, now),
				ZC_VERDICT_NONE);
	for (i = 1; i < ZC_BREAKER_REQUESTS; i++)
		KUNIT_ASSERT_EQ(test, zc_breaker_count(&b, 101, 100, now),
				ZC_VERDICT_NONE);
	KUNIT_EXPECT_EQ(test, zc_breaker_count(&b, 101, 100, now),
			ZC_VERDICT_OPENS);
	while (pause < 4 * ZC_BREAKER_PAUSE_MAX) {
		KUNIT_EXPECT_FALSE(test, zc_breaker_lets(&b, now));
		/* what was asked for before */
		KUNIT_EXPECT_EQ(test, zc_breaker_count(&b, 1, 100, now),
				ZC_VERDICT_NONE);
		now += min(pause, ZC_BREAKER_PAUSE_MAX) - 1;
		KUNIT_EXPECT_FALSE(test, zc_breaker_lets(&b, now));
		KUNIT_EXPECT_TRUE(test, zc_breaker_lets(&b, ++now));
		for (i = 0; i < ZC_BREAKER_TRIAL; i++)
			KUNIT_ASSERT_EQ(test, zc_breaker_count(&b, 101, 100, now),
					ZC_VERDICT_NONE);
		pause *= 2;
	}
	now += ZC_BREAKER_PAUSE_MAX;
	for (i = 1; i < ZC_BREAKER_TRIAL; i++)
		KUNIT_ASSERT_EQ(test, zc_breaker_count(&b, 1, 100, now),
				ZC_VERDICT_NONE);
	KUNIT_EXPECT_EQ(test, zc_breaker_count(&b, 1, 100, now),
			ZC_VERDICT_CLOSES);
	KUNIT_EXPECT_TRUE(test, zc_breaker_lets(&b, now));
}

/* @nr requests for two pages each; how many pages have come. */
static u32 get_twos(struct kunit *test, struct tmem_bpool bp, u32 *index,
		    unsigned int nr, u32 source_ns)
{
	struct tmem_oid oid = oid_of(1);
	struct tmem_run run = {
		.oidp = &oid, .nr = 2, .want = 3, .pages = run_pages,
		.source_ns = source_ns,
	};
	u32 got = 0;

	while (nr--) {
		/* those of one word are not away */
		*index += 2;
		if (*index % 16 == 4)
			*index += 2;
		run.index = *index;
		tmem_backend_get_pages(bp, &run);
		got += hweight32(run.done);
		if (!run.done)
			KUNIT_EXPECT_EQ(test, run.err[0], -EHOSTDOWN);
	}
	return got;
}

/* What is late takes its time for nothing, which the breaker weighs. */
static void late_weighs(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	struct tmem_oid oid = oid_of(1);
	struct tmem_run run = {
		.oidp = &oid, .index = 1, .nr = 2, .want = 3,
		.pages = run_pages, .source_ns = NSEC_PER_SEC,
	};
	unsigned int i;
	int gets;

	put_all(test, bp, 1);
	remotify_all();
	WRITE_ONCE(faults, SILENT);
	gets = atomic_read(&nr_gets);
	for (i = 0; i < ZC_BREAKER_REQUESTS; i++) {
		KUNIT_ASSERT_EQ(test, tmem_backend_get_pages(bp, &run), 0U);
		KUNIT_ASSERT_EQ(test, run.err[0], -ETIMEDOUT);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets) - gets,
			ZC_BREAKER_REQUESTS);
	KUNIT_EXPECT_EQ(test, tmem_backend_get_pages(bp, &run), 0U);
	KUNIT_EXPECT_EQ(test, run.err[0], -EHOSTDOWN);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets) - gets,
			ZC_BREAKER_REQUESTS);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Where the disk is faster nobody is asked, and nothing is sent. */
static void disk_is_faster(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	long copied, rested = zc_remote_read(REMOTE_RESTED);
	u32 i, index = 0;
	int gets;

	put_all(test, bp, 1);
	for (i = PAGES; i < 3 * PAGES; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 1, i, 1), 0);
	remotify_all();
	/* not known how fast it is */
	KUNIT_EXPECT_EQ(test, get_twos(test, bp, &index, 4, 0), 8);
	KUNIT_EXPECT_EQ(test, get_twos(test, bp, &index, ZC_BREAKER_REQUESTS, 1),
			2 * ZC_BREAKER_REQUESTS);
	gets = atomic_read(&nr_gets);
	copied = zc_remote_read(REMOTE_COPIED);
	i = index;
	KUNIT_EXPECT_EQ(test, get_twos(test, bp, &i, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_gets), gets);
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_RESTED) - rested, 16);
	/* put again: here, and not copied */
	for (i = 0; i < 128; i++)
		KUNIT_ASSERT_EQ(test, put(bp, 2, i, 1), 0);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_COPIED), copied);
	KUNIT_EXPECT_EQ(test, zc_evict_copies(), 0UL);
	/* the pause is over, and the disk has become slow */
	zc_remote_rest(true);
	KUNIT_EXPECT_EQ(test, get_twos(test, bp, &index, ZC_BREAKER_TRIAL,
				       NSEC_PER_SEC), 2 * ZC_BREAKER_TRIAL);
	zc_remote_settle();
	KUNIT_EXPECT_GT(test, zc_remote_read(REMOTE_COPIED), copied);
	/* told to ask in any case */
	zc_params.remote_always = true;
	i = index;
	KUNIT_EXPECT_EQ(test, get_twos(test, bp, &i, ZC_BREAKER_REQUESTS + 4, 1),
			2 * ZC_BREAKER_REQUESTS + 8);
	/* and then it is no trial, also if the disk was judged to be faster before */
	zc_remote_rest(true);
	KUNIT_EXPECT_TRUE(test, zc_remote_may_take());
	zc_params.remote_always = false;
	KUNIT_EXPECT_FALSE(test, zc_remote_may_take());
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

/* Where it stays the faster one, nothing is left of what is elsewhere. */
static void disk_stays_faster(struct kunit *test)
{
	struct tmem_bpool bp = pool_new(test);
	struct tmem_oid oid = oid_of(1);
	struct tmem_run last = {
		.oidp = &oid, .index = PAGES / 2 + 8, .nr = 2, .want = 3,
		.pages = run_pages, .source_ns = 1,
	};
	u32 index = 0;

	put_all(test, bp, 1);
	remotify_all();
	zc_remote_rest(true);
	KUNIT_EXPECT_EQ(test, get_twos(test, bp, &index, ZC_BREAKER_TRIAL - 1, 1),
			2 * (ZC_BREAKER_TRIAL - 1));
	zc_remote_settle();
	KUNIT_EXPECT_GT(test, away(), 0L);
	/* It is judged by the last; the worker may have its pages before it has them. */
	tmem_backend_get_pages(bp, &last);
	KUNIT_EXPECT_TRUE(test, last.done == 3 || last.err[0] == -ENOENT);
	zc_remote_settle();
	KUNIT_EXPECT_EQ(test, zc_remote_read(REMOTE_VALUES), 0L);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_values), 0);
	/* and some of what comes then is sent, when it is tried again */
	zc_remote_rest(true);
	KUNIT_EXPECT_FALSE(test, zc_remote_may_take());
	put_all(test, bp, 2);
	remotify_all();
	KUNIT_EXPECT_GT(test, away(), 0L);
	KUNIT_EXPECT_LT(test, away(), (long)PAGES - PAGES / 16);
	KUNIT_EXPECT_EQ(test, tmem_backend_destroy_pool(&bp), 0);
}

static int remote_suite_init(struct kunit_suite *suite)
{
	char name[16];

	tmem_backend_name(name, sizeof(name));
	return strcmp(name, "zcache") || tmem_remote_there() ? -ENODEV : 0;
}

static struct kunit_case remote_cases[] = {
	KUNIT_CASE(away_and_back),
	KUNIT_CASE(one_request),
	KUNIT_CASE(away_is_flushed),
	KUNIT_CASE(same_again),
	KUNIT_CASE(sum_tells),
	KUNIT_CASE(share_fits),
	KUNIT_CASE(gone_and_kept),
	KUNIT_CASE(control_kept),
	KUNIT_CASE(kept_is_a_pools),
	KUNIT_CASE(passed_on),
	KUNIT_CASE(control_passed),
	KUNIT_CASE(not_passed_on),
	KUNIT_CASE(kept_is_bounded),
	KUNIT_CASE(kept_is_lost),
	KUNIT_CASE(copied_and_needed),
	KUNIT_CASE(copied_and_got),
	KUNIT_CASE_PARAM(never_wrong, fault_gen_params),
	KUNIT_CASE(control_mixed_up),
	KUNIT_CASE(bounds_are_kept),
	KUNIT_CASE_PARAM(carrier_is_full, max_gen_params),
	KUNIT_CASE_PARAM(most_are_down, most_gen_params),
	KUNIT_CASE(one_is_down),
	KUNIT_CASE(carrier_goes),
	KUNIT_CASE(nothing_is_sent),
	KUNIT_CASE(nth_failure),
	KUNIT_CASE(nth_failure_back),
	KUNIT_CASE(cold_and_away),
	KUNIT_CASE(breaker_judges),
	KUNIT_CASE(late_weighs),
	KUNIT_CASE(disk_is_faster),
	KUNIT_CASE(disk_stays_faster),
	KUNIT_CASE_SLOW(many_at_once),
	{}
};

static struct kunit_suite remote_suite = {
	.name = "tmem_zcache_remote",
	.suite_init = remote_suite_init,
	.init = remote_test_init,
	.exit = remote_test_exit,
	.test_cases = remote_cases,
};

kunit_test_suites(&remote_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of pages of the embedded store that are elsewhere");
TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
