// SPDX-License-Identifier: GPL-2.0
/*
 * frontswap_test.c - KUnit tests of the rules of src/frontswap/frontswap.h
 *
 * area.c, age.c and admit.c depend on no block device: they are compiled into this
 * module, over a backend that refuses on demand and can be held up in the
 * middle of a put.  The backing device is an array.  Each rule has a control:
 * with the rule off, by its bit of test_break, what it prevents is seen.
 *
 * modules: tmem
 */
#include "../../src/frontswap/admit.c"
#include "../../src/frontswap/area.c"
#include "../../src/frontswap/age.c"
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/string.h>
#include <compat/module.h>

#define SLOTS	200
#define AREA	3
#define OBJECTS	((AREA + 1) << SWIZ_BITS)
#define INDICES	((SLOTS / (FSW_RUN * SWIZ_OBJECTS) + 1) * FSW_RUN)

DEFINE_PER_CPU(struct fsw_stats, fsw_stats);
unsigned int fsw_test_break;

/* ---- a backend that remembers the version of each page, and can be held ---- */

static u32 held[OBJECTS][INDICES];	/* 0: nothing */
static DEFINE_SPINLOCK(held_lock);
static bool refuse_all, refuse_third, deaf;
static unsigned int puts, fullness;
static int refusal;
static struct completion *inside, *go_on;

static u32 *slot_at(const struct tmem_oid *oidp, u32 index)
{
	return &held[oidp->oid[0]][index];
}

static u32 page_version(struct page *page)
{
	u32 *p = page_address(page);

	/* half a copy is no copy */
	return p[0] == p[PAGE_SIZE / sizeof(u32) - 1] ? p[0] : ~0U;
}

static void set_page_version(struct page *page, u32 version)
{
	memset32(page_address(page), version, PAGE_SIZE / sizeof(u32));
}

static int be_new_pool(const struct tmem_uuid *uuid, u32 flags)
{
	return flags == TMEM_POOL_PERSIST ? 0 : -EINVAL;
}

static int be_destroy_pool(int id)
{
	return 0;
}

static int be_put(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	struct completion *in = xchg(&inside, NULL);
	u32 version = page_version(page);
	int ret = 0;

	if (in) {
		complete(in);
		wait_for_completion(go_on);
	}
	spin_lock(&held_lock);
	if (refuse_all || (refuse_third && !(++puts % 3))) {
		version = 0;
		ret = refusal;
	}
	*slot_at(oidp, index) = version;
	spin_unlock(&held_lock);
	return ret;
}

static int be_get(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	u32 version;

	spin_lock(&held_lock);
	version = *slot_at(oidp, index);
	spin_unlock(&held_lock);
	if (!version || READ_ONCE(deaf))
		return -ENOENT;
	set_page_version(page, version);
	return 0;
}

static int be_flush_page(int id, const struct tmem_oid *oidp, u32 index)
{
	u32 version;

	spin_lock(&held_lock);
	version = *slot_at(oidp, index);
	*slot_at(oidp, index) = 0;
	spin_unlock(&held_lock);
	return version ? 0 : -ENOENT;
}

static int be_flush_object(int id, const struct tmem_oid *oidp)
{
	u32 i;

	for (i = 0; i < INDICES; i++)
		be_flush_page(id, oidp, i);
	return 0;
}

static unsigned int be_fullness(void)
{
	return fullness;
}

static const struct tmem_backend_ops backend = {
	.owner = THIS_MODULE,
	.version = TMEM_BACKEND_VERSION,
	.name = "kunit-swap",
	.new_pool = be_new_pool,
	.destroy_pool = be_destroy_pool,
	.put_page = be_put,
	.get_page = be_get,
	.flush_page = be_flush_page,
	.flush_object = be_flush_object,
	.fullness = be_fullness,
};

static u32 *held_at(unsigned long slot)
{
	return &held[AREA << SWIZ_BITS | slot / FSW_RUN % SWIZ_OBJECTS]
		    [slot / FSW_RUN / SWIZ_OBJECTS * FSW_RUN + slot % FSW_RUN];
}

static unsigned long held_pages(void)
{
	u32 *p = &held[0][0], *last = p + OBJECTS * INDICES;
	unsigned long n = 0;

	for (; p < last; p++)
		n += !!*p;
	return n;
}

/* ---- a disk: an area, and what is below it ---- */

static struct tmem_bpool pool;
static struct fsw_area *area;
static u32 below[SLOTS];
static struct page *one;
static unsigned long counts[FSW_EPOCHS];

/* What the disk does with a write; 0: it is in the store. */
static int write(struct page *page, unsigned long slot, u32 version)
{
	int ret;

	set_page_version(page, version);
	ret = fsw_store(area, slot, page);
	if (ret)
		WRITE_ONCE(below[slot], version);
	set_page_version(page, ~0U);
	return ret;
}

/* And with a read: the version found, or ~0 for an I/O error. */
static u32 read(struct page *page, unsigned long slot)
{
	int ret;

	set_page_version(page, ~0U);
	ret = fsw_load(area, slot, page);
	if (ret == -ENOENT)
		return READ_ONCE(below[slot]);
	return ret ? ~0U : page_version(page);
}

/* Pages of a run, filled with versions from @version on. */
#define RUN	8

static u32 write_run(struct page *pages, unsigned long slot, unsigned int nr,
		     u32 version, int *err)
{
	struct page *ptrs[RUN];
	unsigned int i;
	u32 stored = 0;

	for (i = 0; i < nr; i++) {
		ptrs[i] = pages + i;
		set_page_version(ptrs[i], version + i);
	}
	fsw_store_run(area, slot, nr, ptrs, err);
	for (i = 0; i < nr; i++) {
		if (err[i])
			WRITE_ONCE(below[slot + i], version + i);
		else
			stored |= 1U << i;
		set_page_version(ptrs[i], ~0U);
	}
	return stored;
}

/* Those that come in one go; the others as one by one. */
static u32 read_run(struct page *pages, unsigned long slot, unsigned int nr,
		    u32 *versions)
{
	struct page *ptrs[RUN];
	unsigned int i;
	u32 got;

	for (i = 0; i < nr; i++)
		ptrs[i] = pages + i;
	got = fsw_load_run(area, slot, nr, ptrs);
	for (i = 0; i < nr; i++)
		versions[i] = got & 1U << i ? page_version(ptrs[i]) :
					      read(ptrs[i], slot + i);
	return got;
}

/* ---- one after another ---- */

static void runs(struct kunit *test)
{
	struct page *pages = alloc_pages(GFP_KERNEL, ilog2(RUN)), *ptrs[RUN];
	u32 versions[RUN];
	int err[RUN];
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < RUN; i++)
		ptrs[i] = pages + i;
	/* Up to the border of an object, and from it on. */
	KUNIT_EXPECT_EQ(test, write_run(pages, 56, 8, 100, err), 0xffU);
	KUNIT_EXPECT_EQ(test, write_run(pages, 64, 8, 200, err), 0xffU);
	for (i = 0; i < RUN; i++) {
		KUNIT_EXPECT_EQ(test, *held_at(56 + i), 100U + i);
		KUNIT_EXPECT_EQ(test, *held_at(64 + i), 200U + i);
	}
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 16UL);

	/* Every third is refused, and what was there of it is gone. */
	refuse_third = true;
	puts = 0;
	KUNIT_EXPECT_EQ(test, write_run(pages, 56, 8, 300, err), 0xdbU);
	KUNIT_EXPECT_EQ(test, err[2], -ENOSPC);
	KUNIT_EXPECT_EQ(test, *held_at(58), 0U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 14UL);
	refuse_third = false;
	KUNIT_EXPECT_EQ(test, read_run(pages, 56, 8, versions), 0xdbU);
	for (i = 0; i < RUN; i++)
		KUNIT_EXPECT_EQ(test, versions[i], 300U + i);

	/* One that is not offered: its old data go. */
	ptrs[3] = NULL;
	for (i = 0; i < RUN; i++)
		if (ptrs[i])
			set_page_version(ptrs[i], 400 + i);
	below[59] = 403;
	fsw_store_run(area, 56, 8, ptrs, err);
	KUNIT_EXPECT_EQ(test, err[3], -ENODEV);
	KUNIT_EXPECT_EQ(test, *held_at(59), 0U);
	ptrs[3] = pages + 3;
	KUNIT_EXPECT_EQ(test, read_run(pages, 56, 8, versions), 0xf7U);
	for (i = 0; i < RUN; i++)
		KUNIT_EXPECT_EQ(test, versions[i], 400U + i);

	/* No data, and data that is somewhere else, is not read in a run. */
	fsw_lost(area, 59);
	fsw_give_up(area, 60);
	KUNIT_EXPECT_EQ(test, fsw_load_run(area, 56, 8, ptrs), 0xe7U);
	KUNIT_EXPECT_EQ(test, fsw_load(area, 59, one), -EIO);
	KUNIT_EXPECT_EQ(test, fsw_load(area, 60, one), -EIO);
	deaf = true;
	KUNIT_EXPECT_EQ(test, fsw_load_run(area, 56, 8, ptrs), 0U);
	deaf = false;

	/* Switched off: all are the caller's. */
	area->taking = false;
	KUNIT_EXPECT_EQ(test, write_run(pages, 56, 8, 500, err), 0U);
	KUNIT_EXPECT_EQ(test, read_run(pages, 56, 8, versions), 0U);
	for (i = 0; i < RUN; i++)
		KUNIT_EXPECT_EQ(test, versions[i], 500U + i);
	area->taking = true;
	__free_pages(pages, ilog2(RUN));
}

static void store_and_load(struct kunit *test)
{
	unsigned long i;

	for (i = 0; i < SLOTS; i++)
		KUNIT_EXPECT_EQ(test, write(one, i, 100 + i), 0);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), (unsigned long)SLOTS);
	for (i = 0; i < SLOTS; i++) {
		/* where it must be by its handle */
		KUNIT_EXPECT_EQ(test, *held_at(i), 100U + i);
		KUNIT_EXPECT_EQ(test, read(one, i), 100U + i);
		/* and stays, as it is persistent */
		KUNIT_EXPECT_EQ(test, read(one, i), 100U + i);
	}
	KUNIT_EXPECT_EQ(test, held_pages(), (unsigned long)SLOTS);
}

static void overwritten(struct kunit *test)
{
	write(one, 5, 1);
	write(one, 5, 2);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 1UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 1UL);
}

static void refused(struct kunit *test)
{
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, read(one, 5), 1U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
}

/* Rule 2: the older page goes, and stays away when puts are taken again. */
static void refused_duplicate(struct kunit *test)
{
	write(one, 5, 1);
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	refuse_all = false;
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	write(one, 5, 3);
	KUNIT_EXPECT_EQ(test, read(one, 5), 3U);
}

/*
 * The bug of the first frontswap: while the store was off, an older duplicate
 * survived in it, and when it was on again it won over what was on the disk.
 */
static void duplicate_while_off(struct kunit *test)
{
	write(one, 5, 1);
	area->taking = false;
	KUNIT_EXPECT_EQ(test, write(one, 5, 2), -ENODEV);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	area->taking = true;
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
}

static void duplicate_while_off_control(struct kunit *test)
{
	fsw_test_break = FSW_BREAK_STALE;
	write(one, 5, 1);
	area->taking = false;
	write(one, 5, 2);
	area->taking = true;
	KUNIT_EXPECT_EQ_MSG(test, read(one, 5), 1U,
			    "the stale page was not found");
}

/* The same for a page that a full store is not offered. */
static void passed(struct kunit *test)
{
	write(one, 5, 1);
	WRITE_ONCE(below[5], 2);
	KUNIT_EXPECT_EQ(test, fsw_store(area, 5, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
}

/* Rule 3 */
static void lost(struct kunit *test)
{
	refuse_all = true;
	write(one, 5, 1);
	fsw_lost(area, 5);
	KUNIT_EXPECT_EQ(test, read(one, 5), ~0U);
	refuse_all = false;
	write(one, 5, 2);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);

	refuse_all = true;
	write(one, 5, 3);
	fsw_lost(area, 5);
	fsw_invalidate(area, 5);
	below[5] = 0;
	KUNIT_EXPECT_EQ(test, read(one, 5), 0U);

	fsw_test_break = FSW_BREAK_LOST;
	write(one, 5, 4);
	fsw_lost(area, 5);
	KUNIT_EXPECT_NE_MSG(test, read(one, 5), ~0U, "the control");
}

/* Rule 4 */
static void not_delivered(struct kunit *test)
{
	write(one, 5, 1);
	below[5] = 77;
	deaf = true;
	KUNIT_EXPECT_EQ(test, read(one, 5), ~0U);
	deaf = false;
	KUNIT_EXPECT_EQ(test, read(one, 5), 1U);
}

static void invalidated(struct kunit *test)
{
	write(one, 5, 1);
	write(one, 6, 2);
	fsw_invalidate(area, 5);
	fsw_invalidate(area, 5);
	fsw_invalidate(area, 7);
	KUNIT_EXPECT_EQ(test, read(one, 5), 0U);
	KUNIT_EXPECT_EQ(test, read(one, 6), 2U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 1UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 1UL);

	fsw_test_break = FSW_BREAK_FREE;
	fsw_invalidate(area, 6);
	KUNIT_EXPECT_EQ_MSG(test, held_pages(), 1UL, "the control");
}

static void refused_as_a_page(struct kunit *test)
{
	refuse_all = true;
	write(one, 5, 1);
	KUNIT_EXPECT_FALSE(test, fsw_was_refused(area, 5));
	fsw_note_refused(area, 5);
	KUNIT_EXPECT_TRUE(test, fsw_was_refused(area, 5));
	KUNIT_EXPECT_FALSE(test, fsw_was_refused(area, 5));
	fsw_note_refused(area, 5);
	refuse_all = false;
	/* Something else has come of it. */
	write(one, 5, 2);
	KUNIT_EXPECT_FALSE(test, fsw_was_refused(area, 5));
}

static void destroyed(struct kunit *test)
{
	unsigned long i;

	for (i = 0; i < SLOTS; i += 7)
		write(one, i, 1);
	fsw_area_destroy(area);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	area = fsw_area_create(AREA, SLOTS, pool);
	KUNIT_ASSERT_NOT_NULL(test, area);
	for (i = 0; i < SLOTS; i++)
		KUNIT_EXPECT_EQ(test, fsw_load(area, i, one), -ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, (void *)fsw_area_create(AREA, 0, pool), NULL);
}

/* ---- chunks of slots ---- */

static unsigned long chunks(struct fsw_area *a)
{
	struct fsw_slot *chunk;
	unsigned long i, n = 0;

	xa_for_each(&a->chunks, i, chunk)
		n++;
	return n;
}

/* The largest disk takes as many slots as are written. */
static void slots_as_used(struct kunit *test)
{
	static const u64 far[] = { 1, 2, FSW_MAX_SLOTS / 3, FSW_MAX_SLOTS - 1 };
	struct fsw_area *big = fsw_area_create(AREA - 1, FSW_MAX_SLOTS, pool);
	unsigned long left = FSW_MAX_SLOTS, slot = 7;
	unsigned int i;

	KUNIT_EXPECT_PTR_EQ(test, (void *)fsw_area_create(AREA - 1,
							  FSW_MAX_SLOTS + 1,
							  pool), NULL);
	KUNIT_ASSERT_NOT_NULL(test, big);
	KUNIT_EXPECT_EQ(test, fsw_load(big, far[2], one), -ENOENT);
	fsw_invalidate(big, far[2]);
	fsw_lost(big, far[2]);
	fsw_give_up(big, far[2]);
	fsw_note_refused(big, far[2]);
	KUNIT_EXPECT_FALSE(test, fsw_was_refused(big, far[2]));
	KUNIT_EXPECT_FALSE(test, fsw_wb_begin(big, far[2]));
	KUNIT_EXPECT_EQ(test, fsw_age(big, far[2]), 0U);
	KUNIT_EXPECT_EQ(test, chunks(big), 0UL);
	KUNIT_EXPECT_FALSE(test, fsw_age_next(big, &slot, &left, LAST_EPOCH));
	KUNIT_EXPECT_EQ(test, left, 0UL);

	for (i = 0; i < ARRAY_SIZE(far); i++) {
		KUNIT_EXPECT_EQ(test, fsw_store(big, far[i], NULL), -ENODEV);
		fsw_slot(big, far[i])->state = SLOT_STORED;
	}
	KUNIT_EXPECT_EQ(test, chunks(big), 3UL);
	/* From the middle, round the end, and no further than all. */
	left = FSW_MAX_SLOTS;
	slot = far[2];
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		KUNIT_ASSERT_TRUE(test, fsw_age_next(big, &slot, &left,
						     LAST_EPOCH));
		KUNIT_EXPECT_EQ(test, slot, (unsigned long)far[(i + 2) % 4]);
		slot++;
		left--;
	}
	KUNIT_EXPECT_FALSE(test, fsw_age_next(big, &slot, &left, LAST_EPOCH));
	KUNIT_EXPECT_EQ(test, fsw_age_coldest(big, 5, counts), LAST_EPOCH);
	fsw_area_destroy(big);
}

/* Without memory for a slot its page goes below, and nowhere else. */
static void no_memory_for_slots(struct kunit *test)
{
	fsw_test_break = FSW_FAIL_CHUNKS;
	KUNIT_EXPECT_EQ(test, write(one, 5, 1), -ENOMEM);
	KUNIT_EXPECT_EQ(test, read(one, 5), 1U);
	KUNIT_EXPECT_EQ(test, write(one, 5, 2), -ENOMEM);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	fsw_lost(area, 6);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_EQ(test, held_pages() + fsw_pages(area), 0UL);
	fsw_invalidate(area, 5);

	/* There is some again: the store wins. */
	fsw_test_break = 0;
	KUNIT_EXPECT_EQ(test, write(one, 5, 3), 0);
	KUNIT_EXPECT_EQ(test, read(one, 5), 3U);
	/* A slot that is there needs none. */
	fsw_test_break = FSW_FAIL_CHUNKS;
	KUNIT_EXPECT_EQ(test, write(one, 5, 4), 0);
	KUNIT_EXPECT_EQ(test, write(one, 6, 5), 0);
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);
	KUNIT_EXPECT_EQ(test, chunks(area), 1UL);
}

static void sizes(struct kunit *test)
{
	static const struct {
		const char *buf;
		int ret;
		u64 size;
	} s[] = {
		{ "0", 0, 0 }, { "4096\n", 0, 4096 }, { "1k", 0, 1024 },
		{ "12M\n", 0, 12 << 20 }, { "3G", 0, 3ULL << 30 },
		{ "4T", 0, 4ULL << 40 }, { "2P", 0, 2ULL << 50 },
		{ "15E", 0, 15ULL << 60 }, { "0x1e", 0, 30 },
		{ "0x10K", 0, 16384 }, { "18446744073709551615", 0, U64_MAX },
		{ "18446744073709551616", -ERANGE }, { "16E", -ERANGE },
		{ "16384P", -ERANGE }, { "", -EINVAL }, { "\n", -EINVAL },
		{ "abc", -EINVAL }, { "12x", -EINVAL }, { "-5G", -EINVAL },
		{ "+5", -EINVAL }, { " 5", -EINVAL },
		{ "G", -EINVAL }, { "5GG", -EINVAL }, { "5\n6", -EINVAL },
		{ "000000000000000000000000000000000001", -EINVAL },
	};
	unsigned int i;
	u64 size;

	for (i = 0; i < ARRAY_SIZE(s); i++) {
		size = 0;
		KUNIT_EXPECT_EQ_MSG(test, tmem_size_parse(s[i].buf, &size),
				    s[i].ret, "%s", s[i].buf);
		KUNIT_EXPECT_EQ_MSG(test, size, s[i].size, "%s", s[i].buf);
	}
}

/* ---- hand-over ---- */

static bool wb_begin(struct kunit *test, unsigned long slot, u32 version)
{
	if (!fsw_wb_begin(area, slot))
		return false;
	KUNIT_EXPECT_EQ(test, fsw_wb_read(area, slot, one), 0);
	KUNIT_EXPECT_EQ(test, page_version(one), version);
	below[slot] = version;
	return true;
}

static void handed_over(struct kunit *test)
{
	write(one, 5, 1);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 1));
	/* in use all the time */
	KUNIT_EXPECT_EQ(test, read(one, 5), 1U);
	KUNIT_EXPECT_FALSE(test, fsw_wb_begin(area, 5));
	KUNIT_EXPECT_TRUE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, fsw_load(area, 5, one), -ENOENT);
	KUNIT_EXPECT_EQ(test, read(one, 5), 1U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_FALSE(test, fsw_wb_begin(area, 5));
	/* and once more */
	write(one, 5, 2);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 2));
	KUNIT_EXPECT_TRUE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
}

/*
 * Pages that are refused though older ones of their slot were taken: these are on
 * the disk, in the store, or on both.
 */
static void refused_above_older(struct kunit *test)
{
	write(one, 5, 1);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 1));
	KUNIT_EXPECT_TRUE(test, fsw_wb_end(area, 5, true));
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	refuse_all = false;
	KUNIT_EXPECT_EQ(test, write(one, 5, 3), 0);
	KUNIT_EXPECT_EQ(test, below[5], 2U);
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 4), -ENOSPC);
	refuse_all = false;
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	/* The write below fails as well: nothing older shows up. */
	KUNIT_EXPECT_EQ(test, write(one, 5, 5), 0);
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 6), -ENOSPC);
	below[5] = 4;
	fsw_lost(area, 5);
	refuse_all = false;
	KUNIT_EXPECT_EQ(test, read(one, 5), ~0U);
	KUNIT_EXPECT_EQ(test, write(one, 5, 7), 0);
	KUNIT_EXPECT_EQ(test, read(one, 5), 7U);
}

/* What does not compress is known as that until other data come. */
static void does_not_compress(struct kunit *test)
{
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 1), -ENOSPC);
	KUNIT_EXPECT_FALSE(test, fsw_is_raw(area, 5));
	refusal = -E2BIG;
	KUNIT_EXPECT_EQ(test, write(one, 5, 2), -E2BIG);
	KUNIT_EXPECT_TRUE(test, fsw_is_raw(area, 5));
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_TRUE(test, fsw_is_raw(area, 5));
	fsw_invalidate(area, 5);
	KUNIT_EXPECT_FALSE(test, fsw_is_raw(area, 5));
	KUNIT_EXPECT_EQ(test, write(one, 5, 3), -E2BIG);
	refuse_all = false;
	KUNIT_EXPECT_EQ(test, write(one, 5, 4), 0);
	KUNIT_EXPECT_FALSE(test, fsw_is_raw(area, 5));
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);
	refuse_all = true;
	KUNIT_EXPECT_EQ(test, write(one, 5, 5), -E2BIG);
	/* Not offered: who knows. */
	KUNIT_EXPECT_EQ(test, fsw_store(area, 5, NULL), -ENODEV);
	KUNIT_EXPECT_FALSE(test, fsw_is_raw(area, 5));
}

static void write_back_fails(struct kunit *test)
{
	write(one, 5, 1);
	KUNIT_EXPECT_TRUE(test, fsw_wb_begin(area, 5));
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, false));
	KUNIT_EXPECT_EQ(test, read(one, 5), 1U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 1UL);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 1));
	KUNIT_EXPECT_TRUE(test, fsw_wb_end(area, 5, true));
}

static void overwritten_meanwhile(struct kunit *test)
{
	write(one, 5, 1);
	wb_begin(test, 5, 1);
	write(one, 5, 2);
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 1UL);

	fsw_test_break = FSW_BREAK_HANDOVER;
	wb_begin(test, 5, 2);
	write(one, 5, 3);
	fsw_wb_end(area, 5, true);
	KUNIT_EXPECT_EQ_MSG(test, read(one, 5), 2U, "the control");
}

static void freed_meanwhile(struct kunit *test)
{
	write(one, 5, 1);
	wb_begin(test, 5, 1);
	fsw_invalidate(area, 5);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
}

/* The slot is what it was, but it is not the same. */
static void freed_and_stored_meanwhile(struct kunit *test)
{
	write(one, 5, 1);
	wb_begin(test, 5, 1);
	fsw_invalidate(area, 5);
	write(one, 5, 2);
	/* Rule 5: not before the first one is over. */
	KUNIT_EXPECT_FALSE(test, fsw_wb_begin(area, 5));
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 2));
	KUNIT_EXPECT_TRUE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
}

/* ---- one in the middle of another ---- */

struct writer {
	unsigned long slot;
	u32 version;
	int ret;
	bool ended;
	struct completion done;
	struct page *page;
};

static int writer_thread(void *data)
{
	struct writer *w = data;

	w->ret = write(w->page, w->slot, w->version);
	WRITE_ONCE(w->ended, true);
	complete(&w->done);
	return 0;
}

static struct page *test_page(struct kunit *test)
{
	void *mem = (void *)__get_free_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	return virt_to_page(mem);
}

static struct writer *start_writer(struct kunit *test, unsigned long slot,
				   u32 version)
{
	struct writer *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct task_struct *t;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->slot = slot;
	w->version = version;
	w->page = test_page(test);
	init_completion(&w->done);
	t = kthread_run(writer_thread, w, "swap-writer");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	return w;
}

static void end_writer(struct writer *w)
{
	wait_for_completion(&w->done);
	__free_page(w->page);
}

struct run_writer {
	unsigned long slot;
	int err[RUN];
	u32 stored;
	struct page *pages;
	struct completion done;
};

static int run_writer_thread(void *data)
{
	struct run_writer *w = data;

	w->stored = write_run(w->pages, w->slot, RUN, 900, w->err);
	complete(&w->done);
	return 0;
}

/* A run waits for a slot that is being written, and then is the newer one. */
static void run_waits(struct kunit *test)
{
	struct run_writer *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	DECLARE_COMPLETION_ONSTACK(in);
	DECLARE_COMPLETION_ONSTACK(go);
	struct writer *w;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->pages = alloc_pages(GFP_KERNEL, ilog2(RUN));
	KUNIT_ASSERT_NOT_NULL(test, r->pages);
	r->slot = 8;
	init_completion(&r->done);
	inside = &in;
	go_on = &go;
	w = start_writer(test, 12, 5);
	wait_for_completion(&in);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(run_writer_thread, r,
						    "swap-run-writer")));
	msleep(50);
	KUNIT_EXPECT_FALSE(test, completion_done(&r->done));
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	complete(&go);
	end_writer(w);
	wait_for_completion(&r->done);
	KUNIT_EXPECT_EQ(test, r->stored, 0xffU);
	for (i = 0; i < RUN; i++)
		KUNIT_EXPECT_EQ(test, read(one, 8 + i), 900U + i);
	__free_pages(r->pages, ilog2(RUN));
}

/* Rule 8 */
static void refused_waits(struct kunit *test)
{
	struct writer *w;

	write(one, 5, 1);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 1));
	refuse_all = true;
	w = start_writer(test, 5, 2);
	msleep(50);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(w->ended));
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, true));
	end_writer(w);
	KUNIT_EXPECT_EQ(test, w->ret, -ENOSPC);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);

	refuse_all = false;
	write(one, 5, 3);
	fsw_test_break = FSW_BREAK_ORDER;
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 3));
	refuse_all = true;
	w = start_writer(test, 5, 4);
	end_writer(w);
	KUNIT_EXPECT_TRUE_MSG(test, w->ended, "the control");
	fsw_wb_end(area, 5, true);
}

/* A write that is under way is neither handed over nor freed under. */
static void busy(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(in);
	DECLARE_COMPLETION_ONSTACK(go);
	struct writer *w, *second;

	write(one, 5, 1);
	go_on = &go;
	WRITE_ONCE(inside, &in);
	w = start_writer(test, 5, 2);
	wait_for_completion(&in);
	KUNIT_EXPECT_FALSE(test, fsw_wb_begin(area, 5));
	fsw_invalidate(area, 5);
	second = start_writer(test, 5, 3);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(second->ended));
	complete(&go);
	end_writer(w);
	end_writer(second);
	KUNIT_EXPECT_EQ(test, read(one, 5), 3U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 1UL);
}

/* A hand-over that has begun ends while a write is under way. */
static void ends_while_busy(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(in);
	DECLARE_COMPLETION_ONSTACK(go);
	struct writer *w;

	write(one, 5, 1);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 1));
	go_on = &go;
	WRITE_ONCE(inside, &in);
	w = start_writer(test, 5, 2);
	wait_for_completion(&in);
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, true));
	complete(&go);
	end_writer(w);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
}

/* ---- exclusive loads ---- */

/* Rule 9: what the disk has is old, and is not shown. */
static void given_up(struct kunit *test)
{
	refuse_all = true;
	write(one, 5, 1);
	refuse_all = false;
	write(one, 5, 2);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	fsw_give_up(area, 5);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_EQ(test, read(one, 5), ~0U);

	/* It comes back, to either place. */
	KUNIT_EXPECT_EQ(test, write(one, 5, 3), 0);
	KUNIT_EXPECT_EQ(test, read(one, 5), 3U);
	fsw_give_up(area, 5);
	refuse_all = true;
	write(one, 5, 4);
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);

	/* What is not in the store cannot be given up. */
	fsw_give_up(area, 5);
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);

	/* Or it is freed. */
	refuse_all = false;
	write(one, 5, 5);
	fsw_give_up(area, 5);
	fsw_invalidate(area, 5);
	below[5] = 0;
	KUNIT_EXPECT_EQ(test, read(one, 5), 0U);
}

/* A hand-over must not make the slot look as if the disk had the newest. */
static void given_up_meanwhile(struct kunit *test)
{
	write(one, 5, 1);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 1));
	fsw_give_up(area, 5);
	KUNIT_EXPECT_FALSE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, read(one, 5), ~0U);
	KUNIT_EXPECT_EQ(test, fsw_pages(area), 0UL);
	KUNIT_EXPECT_EQ(test, write(one, 5, 2), 0);
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
}

/* ---- age ---- */

/* A slot is young until as many were used as the store holds. */
static void ages(struct kunit *test)
{
	unsigned long i;

	write(one, 5, 1);
	KUNIT_EXPECT_LE(test, fsw_age(area, 5), 1U);
	for (i = 0; i < (FSW_TURN / 2) * (MIN_TICKS + 4); i++)
		write(one, 10 + i % 100, 1);
	KUNIT_EXPECT_GT(test, fsw_age(area, 5), 0U);
	KUNIT_EXPECT_LT(test, fsw_age(area, 5), FSW_TURN);
	for (i = 0; i < FSW_TURN * (MIN_TICKS + 4); i++)
		read(one, 10 + i % 100);
	KUNIT_EXPECT_GE(test, fsw_age(area, 5), FSW_TURN);
	/* And stays old when the range of epochs is used up. */
	for (i = 0; i < FSW_EPOCHS * (MIN_TICKS + 4); i++)
		read(one, 10 + i % 100);
	flush_work(&area->age_work);
	KUNIT_EXPECT_GE(test, fsw_age(area, 5), FSW_TURN);
	read(one, 5);
	/* Its own use may have ended an epoch. */
	KUNIT_EXPECT_LE(test, fsw_age(area, 5), 1U);
}

static void coldest_first(struct kunit *test)
{
	unsigned long slot = 0, left = SLOTS, i, n = 0;
	int epoch;

	for (i = 0; i < SLOTS; i++)
		write(one, i, 1);
	/* The first ones are touched again; so 40.. are the coldest. */
	for (i = 0; i < 40; i++)
		read(one, i);
	epoch = fsw_age_coldest(area, 50, counts);
	while (fsw_age_next(area, &slot, &left, epoch)) {
		KUNIT_EXPECT_GE(test, slot, 40UL);
		KUNIT_EXPECT_LT(test, slot, 40UL + 50 + 2 * MIN_TICKS);
		slot++;
		left--;
		n++;
	}
	KUNIT_EXPECT_GE(test, n, 50UL);
	KUNIT_EXPECT_EQ(test, left, 0UL);
	/* More than there are: all of them. */
	KUNIT_EXPECT_EQ(test, fsw_age_coldest(area, SLOTS + 1, counts),
			LAST_EPOCH);
}

/* After any number of stores the order is still there. */
static void epochs_used_up(struct kunit *test)
{
	unsigned long i, slot = 0, left = SLOTS;
	int epoch, times;

	for (i = 0; i < 20; i++)
		write(one, i, 1);
	for (times = 0; times < 3; times++) {
		for (i = 0; area->epoch < LAST_EPOCH &&
		     i < FSW_EPOCHS * (MIN_TICKS + 4); i++)
			write(one, 20 + i % 20, 1);
		/* The last epoch is over, too; who makes room may come late. */
		for (i = 0; i < MIN_TICKS + 4; i++)
			write(one, 20 + i % 20, 1);
		flush_work(&area->age_work);
		KUNIT_EXPECT_LT(test, area->epoch, LAST_EPOCH);
	}
	for (i = 40; i < 100; i++)
		write(one, i, 1);
	epoch = fsw_age_coldest(area, 20, counts);
	while (fsw_age_next(area, &slot, &left, epoch)) {
		KUNIT_EXPECT_LT(test, slot, 20UL);
		slot++;
		left--;
	}
}

/* ---- all at once ---- */

#define OWNERS 3
#define OWNER_OPS 30000

struct owner {
	unsigned int nr, wrong, errors, stored, refused;
	struct completion done;
};

static bool stop;

/* Who owns slots uses them as swap does: one thing at a time. */
static int owner_thread(void *data)
{
	void *mem = (void *)__get_free_pages(GFP_KERNEL, ilog2(RUN));
	u32 rnd = 12345, version = 1, last[SLOTS] = { };
	unsigned long slot, end;
	struct owner *o = data;
	unsigned int n, i, nr;
	u32 got, found[RUN];
	int err[RUN];

	for (n = 0; mem && n < OWNER_OPS; n++) {
		rnd = rnd * 1664525 + 1013904223 + o->nr;
		slot = (rnd >> 8) % (SLOTS / OWNERS) + o->nr * (SLOTS / OWNERS);
		end = (o->nr + 1) * (SLOTS / OWNERS);
		nr = min3(end - slot, FSW_RUN - slot % FSW_RUN,
			  (unsigned long)RUN);
		switch (rnd >> 28) {
		case 0 ... 1:
			got = write_run(virt_to_page(mem), slot, nr,
					version + 1, err);
			for (i = 0; i < nr; i++)
				last[slot + i] = ++version;
			o->stored += hweight32(got);
			o->refused += nr - hweight32(got);
			break;
		case 2 ... 3:
			read_run(virt_to_page(mem), slot, nr, found);
			for (i = 0; i < nr; i++) {
				if (!last[slot + i])
					continue;
				o->wrong += found[i] != last[slot + i];
				o->errors += found[i] == ~0U;
			}
			break;
		case 4 ... 6:
			last[slot] = ++version;
			if (write(virt_to_page(mem), slot, version))
				o->refused++;
			else
				o->stored++;
			break;
		case 7:
			fsw_invalidate(area, slot);
			last[slot] = 0;
			break;
		default:
			/* What is in a free slot is anything. */
			if (!last[slot])
				break;
			got = read(virt_to_page(mem), slot);
			o->wrong += got != last[slot];
			o->errors += got == ~0U;
		}
		if (!(n % 256))
			cond_resched();
	}
	free_pages((unsigned long)mem, ilog2(RUN));
	complete(&o->done);
	return 0;
}

/* Hands over all the time, writing late. */
static int hander_thread(void *data)
{
	void *mem = (void *)__get_free_page(GFP_KERNEL);
	struct completion *done = data;
	struct page *page = virt_to_page(mem);
	unsigned long slot = 0;
	u32 version;

	while (mem && !READ_ONCE(stop)) {
		slot = (slot + 1) % SLOTS;
		cond_resched();
		if (!fsw_wb_begin(area, slot))
			continue;
		if (fsw_wb_read(area, slot, page)) {
			fsw_wb_end(area, slot, false);
			continue;
		}
		version = page_version(page);
		if (!(slot % 8))
			usleep_range(20, 50);
		else
			cond_resched();
		WRITE_ONCE(below[slot], version);
		fsw_wb_end(area, slot, true);
	}
	free_page((unsigned long)mem);
	complete(done);
	return 0;
}

static void nothing_lost(struct kunit *test)
{
	struct owner *o = kunit_kzalloc(test, OWNERS * sizeof(*o), GFP_KERNEL);
	DECLARE_COMPLETION_ONSTACK(handed);
	unsigned int i, pages;

	KUNIT_ASSERT_NOT_NULL(test, o);
	refuse_third = true;
	stop = false;
	if (IS_ERR(kthread_run(hander_thread, &handed, "swap-hander"))) {
		KUNIT_FAIL(test, "no thread");
		complete(&handed);
	}
	for (i = 0; i < OWNERS; i++) {
		o[i].nr = i;
		init_completion(&o[i].done);
		if (IS_ERR(kthread_run(owner_thread, &o[i], "swap-owner"))) {
			KUNIT_FAIL(test, "no thread");
			complete(&o[i].done);
		}
	}
	for (i = 0; i < OWNERS; i++)
		wait_for_completion(&o[i].done);
	WRITE_ONCE(stop, true);
	wait_for_completion(&handed);
	for (i = 0; i < OWNERS; i++) {
		KUNIT_EXPECT_EQ(test, o[i].wrong, 0U);
		KUNIT_EXPECT_EQ(test, o[i].errors, 0U);
		KUNIT_EXPECT_GT(test, o[i].stored, 1000U);
		KUNIT_EXPECT_GT(test, o[i].refused, 500U);
	}
	for (i = 0, pages = 0; i < SLOTS; i++) {
		struct fsw_slot *s = fsw_slot(area, i);

		if (!s)
			continue;
		KUNIT_EXPECT_EQ(test, s->state & ~SLOT_STORED, 0);
		pages += s->state == SLOT_STORED;
	}
	KUNIT_EXPECT_EQ(test, fsw_pages(area), (unsigned long)pages);
	KUNIT_EXPECT_EQ(test, held_pages(), (unsigned long)pages);
}

/* ---- which pages a full store takes ---- */

/* How many of @nr pages are taken. */
static unsigned int taken(struct fsw_admit *a, unsigned int nr)
{
	unsigned int n = 0;

	while (nr--)
		n += fsw_admit(a, pool, 900, one);
	return n;
}

/* Of pages that look all the same as many as of others. */
static bool few(unsigned int n, unsigned int of)
{
	unsigned int want = of / FEW * SMALL_PERCENT / 100;

	return n > want * 9 / 10 && n < want * 11 / 10;
}

/* A page of which @words words of a sample hold a small number. */
static void fill_words(struct page *page, unsigned int words)
{
	s64 *data = page_address(page);
	unsigned int i;

	/* The first @words of SAMPLE parts of the page. */
	for (i = 0; i < PAGE_SIZE / sizeof(*data); i++)
		data[i] = i * SAMPLE / (PAGE_SIZE / sizeof(*data)) < words ?
			  (i % 2 ? -5 : 5) : 0x0123456789abcdefLL;
}

static void admitted(struct kunit *test)
{
	const unsigned int nr = 100 * LOOK_EVERY, was = admit_one_in;
	struct fsw_admit a = { };

	admit_one_in = 32;
	fullness = 899;
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	/* noticed with the next look */
	fullness = 900;
	taken(&a, LOOK_EVERY);
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr / 32);
	admit_one_in = 1;
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	admit_one_in = 32;
	/* there is room again */
	fullness = 0;
	taken(&a, LOOK_EVERY);
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	admit_one_in = was;
}

/* @n loads of pages of an age, from the store or the disk. */
static void loaded(struct fsw_admit *a, unsigned int n, unsigned int age,
		   bool stored)
{
	while (n--)
		fsw_admit_loaded(a, age, stored);
}

/* All or few, as loads show. */
/* With little room left it goes to pages that look as if they compress well. */
static void admitted_if_small(struct kunit *test)
{
	const unsigned int nr = 100 * LOOK_EVERY, was = admit_one_in;
	struct fsw_admit a = { };
	unsigned int i, n = 0;

	for (i = 0; i <= SAMPLE; i += SAMPLE / 4) {
		fill_words(one, i);
		KUNIT_EXPECT_EQ(test, small_words(one), i);
	}
	admit_one_in = 0;
	fullness = 900 * SCARCE / 16 - 1;
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	fullness++;
	taken(&a, 16 * LOOK_EVERY);
	for (i = 0; i < nr; i++) {
		fill_words(one, i * 7 % (SAMPLE + 1));
		if (!fsw_admit(&a, pool, 900, one))
			continue;
		/* once it is known what looks small */
		if (i > nr / 4)
			KUNIT_EXPECT_GT(test, small_words(one), SAMPLE / 2U);
		n++;
	}
	KUNIT_EXPECT_GT(test, n, nr * (SMALL_PERCENT - 4) / 100);
	KUNIT_EXPECT_LT(test, n, nr * (SMALL_PERCENT + 4) / 100);
	/* unless it is said how many are to be taken, or all pay */
	admit_one_in = 2;
	fill_words(one, 0);
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	admit_one_in = 0;
	a.all = true;
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	admit_one_in = was;
}

static void admitted_as_it_pays(struct kunit *test)
{
	const unsigned int nr = 100 * LOOK_EVERY, was = admit_one_in;
	struct fsw_admit a = { };

	admit_one_in = 0;
	fullness = 950;
	taken(&a, 16 * LOOK_EVERY);
	KUNIT_EXPECT_TRUE(test, few(taken(&a, nr), nr));

	/* What either way would serve alike tells nothing. */
	loaded(&a, 4 * WINDOW, FSW_TURN - 1, true);
	loaded(&a, 4 * WINDOW, FSW_TURN, false);
	KUNIT_EXPECT_TRUE(test, few(taken(&a, nr), nr));
	/* Nor does work that has no favourites. */
	loaded(&a, WINDOW / 2, FSW_TURN - 1, false);
	loaded(&a, WINDOW / 2, FSW_TURN, true);
	KUNIT_EXPECT_TRUE(test, few(taken(&a, nr), nr));
	/* Pages that went past the store come back soon. */
	loaded(&a, WINDOW - WINDOW / 8, 0, false);
	loaded(&a, WINDOW / 8, FSW_TURN, true);
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);

	/* As long as a third of the loads are from the store, of whatever age. */
	loaded(&a, WINDOW / 3 + 1, 0, true);
	loaded(&a, WINDOW - WINDOW / 3 - 1, FSW_TURN, false);
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	loaded(&a, WINDOW, FSW_TURN, false);
	KUNIT_EXPECT_TRUE(test, few(taken(&a, nr), nr));

	/* Nearly full is enough to learn. */
	fullness = 900 * SCARCE / 16;
	taken(&a, LOOK_EVERY);
	loaded(&a, WINDOW, 0, false);
	KUNIT_EXPECT_EQ(test, taken(&a, nr), nr);
	a.all = false;

	/* Of a store with room nothing is learned. */
	fullness = 0;
	taken(&a, LOOK_EVERY);
	loaded(&a, WINDOW, 0, false);
	KUNIT_EXPECT_FALSE(test, a.all);
	admit_one_in = was;
}

/*
 * Swap reads @n pages from slot 0 on; true: of the last 100 no copy is kept but
 * those that are watched.
 */
static bool reads_exclusively(struct fsw_admit *a, unsigned int n)
{
	unsigned int i, kept = 0;

	for (i = 0; i < n; i++) {
		bool keep = !fsw_admit_exclusive(a, area, i % SLOTS, 900);

		if (i >= n - 100)
			kept += keep;
	}
	return kept <= 100 / WATCH_EVERY + 1;
}

/* Of the watched copies @used, of SLOTS, are read again, the others overwritten. */
static void copies_end(unsigned int used)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (i < used)
			read(one, i);
		else
			write(one, i, 2);
	}
}

/* Copies are kept when nearly all of those that are watched are of use. */
static void exclusive_unless_used(struct kunit *test)
{
	struct fsw_admit a = { };
	unsigned int i;

	fullness = 0;
	for (i = 0; i < SLOTS; i++)
		write(one, i, 1);
	exclusive = EXCLUSIVE_AUTO;
	KUNIT_EXPECT_TRUE(test, reads_exclusively(&a, SLOTS));
	for (i = 0; i < 10; i++) {
		copies_end(SLOTS / 2);
		KUNIT_EXPECT_TRUE(test, reads_exclusively(&a, SLOTS));
	}
	for (i = 0; i < 10; i++) {
		copies_end(SLOTS);
		reads_exclusively(&a, SLOTS);
	}
	KUNIT_EXPECT_FALSE(test, reads_exclusively(&a, SLOTS));
	/* not when they are in the way of others */
	fullness = 900;
	reads_exclusively(&a, SLOTS);
	KUNIT_EXPECT_TRUE(test, reads_exclusively(&a, SLOTS));
	fullness = 0;
	for (i = 0; i < 10; i++) {
		copies_end(SLOTS);
		reads_exclusively(&a, SLOTS);
	}
	KUNIT_EXPECT_FALSE(test, reads_exclusively(&a, SLOTS));
	/* nor when they are not of use any more */
	for (i = 0; i < 10; i++) {
		copies_end(SLOTS / 2);
		reads_exclusively(&a, SLOTS);
	}
	KUNIT_EXPECT_TRUE(test, reads_exclusively(&a, SLOTS));
	exclusive = EXCLUSIVE_ALWAYS;
}

/* What is freed, handed over or given up was neither used nor stale. */
static void copies_that_tell_nothing(struct kunit *test)
{
	write(one, 5, 1);
	fsw_watch(area, 5);
	fsw_invalidate(area, 5);
	write(one, 5, 2);
	fsw_watch(area, 5);
	KUNIT_EXPECT_TRUE(test, wb_begin(test, 5, 2));
	below[5] = 2;
	KUNIT_EXPECT_TRUE(test, fsw_wb_end(area, 5, true));
	KUNIT_EXPECT_EQ(test, read(one, 5), 2U);
	write(one, 5, 3);
	fsw_watch(area, 5);
	fsw_give_up(area, 5);
	write(one, 5, 4);
	KUNIT_EXPECT_EQ(test, area->copies_used + area->copies_stale, 0U);
	fsw_watch(area, 5);
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);
	KUNIT_EXPECT_EQ(test, read(one, 5), 4U);
	KUNIT_EXPECT_EQ(test, area->copies_used, 1U);
	fsw_watch(area, 5);
	write(one, 5, 5);
	write(one, 5, 6);
	KUNIT_EXPECT_EQ(test, area->copies_stale, 1U);
	/* nor is there one of what is not in the store */
	fsw_invalidate(area, 5);
	fsw_watch(area, 5);
	write(one, 5, 7);
	KUNIT_EXPECT_EQ(test, area->copies_stale, 1U);
}

static void exclusive_as_told(struct kunit *test)
{
	struct fsw_admit a = { };

	exclusive = EXCLUSIVE_ALWAYS;
	KUNIT_EXPECT_TRUE(test, fsw_admit_exclusive(&a, area, 5, 900));
	exclusive = EXCLUSIVE_NEVER;
	KUNIT_EXPECT_FALSE(test, fsw_admit_exclusive(&a, area, 5, 900));
	exclusive = EXCLUSIVE_ALWAYS;
}

static int frontswap_test_init(struct kunit *test)
{
	int ret;

	memset(held, 0, sizeof(held));
	memset(below, 0, sizeof(below));
	refuse_all = false;
	refuse_third = false;
	refusal = -ENOSPC;
	deaf = false;
	fullness = 0;
	inside = NULL;
	fsw_test_break = 0;
	one = alloc_page(GFP_KERNEL);
	if (!one)
		return -ENOMEM;
	ret = tmem_register_backend(&backend);
	if (ret)
		goto err_page;
	ret = tmem_backend_new_pool(&pool, NULL, TMEM_POOL_PERSIST);
	if (ret)
		goto err_backend;
	ret = -ENOMEM;
	area = fsw_area_create(AREA, SLOTS, pool);
	if (area)
		return 0;
err_backend:
	tmem_unregister_backend(&backend);
err_page:
	__free_page(one);
	return ret;
}

static void frontswap_test_exit(struct kunit *test)
{
	fsw_test_break = 0;
	if (area)
		fsw_area_destroy(area);
	area = NULL;
	tmem_unregister_backend(&backend);
	__free_page(one);
}

static struct kunit_case frontswap_cases[] = {
	KUNIT_CASE(store_and_load),
	KUNIT_CASE(runs),
	KUNIT_CASE(overwritten),
	KUNIT_CASE(refused),
	KUNIT_CASE(refused_duplicate),
	KUNIT_CASE(duplicate_while_off),
	KUNIT_CASE(duplicate_while_off_control),
	KUNIT_CASE(passed),
	KUNIT_CASE(lost),
	KUNIT_CASE(not_delivered),
	KUNIT_CASE(invalidated),
	KUNIT_CASE(refused_as_a_page),
	KUNIT_CASE(destroyed),
	KUNIT_CASE(slots_as_used),
	KUNIT_CASE(no_memory_for_slots),
	KUNIT_CASE(sizes),
	KUNIT_CASE(handed_over),
	KUNIT_CASE(refused_above_older),
	KUNIT_CASE(does_not_compress),
	KUNIT_CASE(write_back_fails),
	KUNIT_CASE(overwritten_meanwhile),
	KUNIT_CASE(freed_meanwhile),
	KUNIT_CASE(freed_and_stored_meanwhile),
	KUNIT_CASE(run_waits),
	KUNIT_CASE(refused_waits),
	KUNIT_CASE(busy),
	KUNIT_CASE(ends_while_busy),
	KUNIT_CASE(given_up),
	KUNIT_CASE(given_up_meanwhile),
	KUNIT_CASE(coldest_first),
	KUNIT_CASE(epochs_used_up),
	KUNIT_CASE(ages),
	KUNIT_CASE(admitted),
	KUNIT_CASE(admitted_if_small),
	KUNIT_CASE(admitted_as_it_pays),
	KUNIT_CASE(exclusive_unless_used),
	KUNIT_CASE(exclusive_as_told),
	KUNIT_CASE(copies_that_tell_nothing),
	KUNIT_CASE(nothing_lost),
	{}
};

static struct kunit_suite frontswap_suite = {
	.name = "frontswap",
	.init = frontswap_test_init,
	.exit = frontswap_test_exit,
	.test_cases = frontswap_cases,
};

kunit_test_suites(&frontswap_suite);

TMEM_IMPORT_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the swap frontend's rules");
