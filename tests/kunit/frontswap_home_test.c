// SPDX-License-Identifier: GPL-2.0
/*
 * frontswap_home_test.c - KUnit tests of what comes home from a hypervisor
 *
 * home.c and suspend.c, with the slots that they work on (area.c, age.c), over a
 * backend that calls itself Xen.  There is one disk, and the device below is an
 * array, written a few pages at a step as the real one is.
 *
 * modules: tmem
 */
#include <compat/module.h>
/* They are the module's, which may be there as well. */
#undef TMEM_EXPORT_SYMBOL
#define TMEM_EXPORT_SYMBOL(sym)	static_assert(__same_type(sym, sym))
#include "../../src/frontswap/area.c"
#include "../../src/frontswap/age.c"
#include "../../src/frontswap/home.c"
#undef pr_fmt
#include "../../src/frontswap/suspend.c"
#include <kunit/test.h>

#define SLOTS	600
#define AREA	3
#define OBJECTS	((AREA + 1) << SWIZ_BITS)
#define INDICES	((SLOTS / (FSW_RUN * SWIZ_OBJECTS) + 1) * FSW_RUN)
/* As many rounds of suspend.c as there are would not do. */
#define WB_STEP	(SLOTS / ROUNDS / 3)

DEFINE_PER_CPU(struct fsw_stats, fsw_stats);
unsigned int fsw_test_break;

/* ---- the hypervisor: a page is a version, in its first word ---- */

static u32 held[OBJECTS][INDICES];	/* 0: nothing */
static unsigned int puts, flushes;
static bool full;

static u32 *slot_at(const struct tmem_oid *oidp, u32 index)
{
	return &held[oidp->oid[0]][index];
}

static u32 page_version(struct page *page)
{
	return *(u32 *)page_address(page);
}

static void set_page_version(struct page *page, u32 version)
{
	*(u32 *)page_address(page) = version;
}

static int be_new_pool(const struct tmem_uuid *uuid, u32 flags)
{
	return 0;
}

static int be_destroy_pool(int id)
{
	return 0;
}

static int be_put(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	puts++;
	*slot_at(oidp, index) = full ? 0 : page_version(page);
	return full ? -ENOMEM : 0;
}

static int be_get(int id, const struct tmem_oid *oidp, u32 index,
		  struct page *page)
{
	set_page_version(page, *slot_at(oidp, index));
	return page_version(page) ? 0 : -ENOENT;
}

static int be_flush_page(int id, const struct tmem_oid *oidp, u32 index)
{
	flushes++;
	*slot_at(oidp, index) = 0;
	return 0;
}

static int be_flush_object(int id, const struct tmem_oid *oidp)
{
	memset(slot_at(oidp, 0), 0, sizeof(held[0]));
	return 0;
}

static struct tmem_backend_ops backend = {
	.owner = THIS_MODULE,
	.version = TMEM_BACKEND_VERSION,
	.name = "kunit-swap",
	.new_pool = be_new_pool,
	.destroy_pool = be_destroy_pool,
	.put_page = be_put,
	.get_page = be_get,
	.flush_page = be_flush_page,
	.flush_object = be_flush_object,
};

static unsigned long held_pages(void)
{
	u32 *p = &held[0][0], *last = p + OBJECTS * INDICES;
	unsigned long n = 0;

	for (; p < last; p++)
		n += !!*p;
	return n;
}

/* It is saved and restored elsewhere. */
static void forget(void)
{
	memset(held, 0, sizeof(held));
}

/* ---- the disk, and what is below it ---- */

struct fsw_wb {
	long err;
	unsigned int steps;
};

static struct gendisk gendisk, gendisk_below;
static struct fsw_disk disk;
static struct fsw_wb wb;
static struct block_device bdev;
static u32 below[SLOTS];
static struct page *one;

/* Of control.c */
int fsw_walk_disks(fsw_disk_fn fn, void *arg)
{
	return fn(&disk, arg);
}

void fsw_try_walk_disks(fsw_disk_fn fn, void *arg)
{
	fn(&disk, arg);
}

/* Of writeback.c */
int fsw_wb_prepare(struct fsw_wb *w)
{
	return 0;
}

long fsw_wb_run(struct fsw_wb *w, unsigned long nr, unsigned long keep)
{
	unsigned long slot = 0, left = SLOTS, done = 0;

	w->steps++;
	if (w->err)
		return w->err;
	while (done < WB_STEP &&
	       fsw_age_next(disk.area, &slot, &left, FSW_EPOCHS - 1)) {
		if (!fsw_wb_begin(disk.area, slot))
			break;
		if (!fsw_wb_read(disk.area, slot, one))
			below[slot] = page_version(one);
		done += fsw_wb_end(disk.area, slot, below[slot]);
	}
	return done;
}

static int write(unsigned long slot, u32 version)
{
	int ret;

	set_page_version(one, version);
	ret = fsw_store(disk.area, slot, one);
	if (ret)
		below[slot] = version;
	return ret;
}

static u32 read(unsigned long slot)
{
	int ret;

	set_page_version(one, ~0U);
	ret = fsw_load(disk.area, slot, one);
	if (ret == -ENOENT)
		return below[slot];
	return ret ? ~0U : page_version(one);
}

static void fill(struct kunit *test)
{
	unsigned long i;

	for (i = 0; i < SLOTS; i++)
		KUNIT_ASSERT_EQ(test, write(i, 100 + i), 0);
	KUNIT_EXPECT_EQ(test, held_pages(), (unsigned long)SLOTS);
}

static void all_right(struct kunit *test)
{
	unsigned long i, wrong = 0;

	for (i = 0; i < SLOTS; i++)
		wrong += read(i) != 100 + i;
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
}

static long at_home(void)
{
	return atomic_long_read(&fsw_home_pages);
}

static unsigned long away(unsigned long nr)
{
	struct shrink_control sc = { .nr_to_scan = nr };

	return fsw_leave_scan(NULL, &sc);
}

static void put_below(int major)
{
	gendisk_below.major = major;
	bdev.bd_disk = &gendisk_below;
	disk.backing.bdev = &bdev;
	disk.wb = &wb;
}

/* ---- by and by ---- */

static void come_home(struct kunit *test)
{
	fill(test);
	KUNIT_EXPECT_EQ(test, tmem_frontswap_come_home(50), 50UL);
	KUNIT_EXPECT_EQ(test, at_home(), 50L);
	/* the hypervisor has none of them twice */
	KUNIT_EXPECT_EQ(test, held_pages(), SLOTS - 50UL);
	KUNIT_EXPECT_EQ(test, fsw_pages(disk.area), SLOTS - 50UL);
	all_right(test);
	KUNIT_EXPECT_EQ(test, tmem_frontswap_come_home(ULONG_MAX), SLOTS - 50UL);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	forget();
	all_right(test);
	KUNIT_EXPECT_EQ(test, tmem_frontswap_come_home(1), 0UL);
	KUNIT_EXPECT_EQ(test, wb.steps, 0U);
	/* Written and freed at home: what is there is gone. */
	write(5, 7);
	KUNIT_EXPECT_EQ(test, read(5), 7U);
	fsw_invalidate(disk.area, 6);
	KUNIT_EXPECT_EQ(test, read(6), 0U);
	KUNIT_EXPECT_EQ(test, at_home(), SLOTS - 2L);
}

/* Memory is short: nothing is lost by it, and nothing comes. */
static void no_room_at_home(struct kunit *test)
{
	fill(test);
	fsw_test_break = FSW_FAIL_HOME;
	KUNIT_EXPECT_EQ(test, tmem_frontswap_come_home(50), 0UL);
	KUNIT_EXPECT_EQ(test, held_pages(), (unsigned long)SLOTS);
	all_right(test);
}

/* What is in this machine's RAM is there already. */
static void no_hypervisor(struct kunit *test)
{
	fill(test);
	KUNIT_EXPECT_EQ(test, tmem_frontswap_come_home(50), 0UL);
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), 0);
	KUNIT_EXPECT_EQ(test, held_pages(), (unsigned long)SLOTS);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);
	flushes = 0;
	fsw_complete(NULL);
	KUNIT_EXPECT_EQ(test, flushes, 0U);
	all_right(test);
}

static void and_away(struct kunit *test)
{
	fill(test);
	tmem_frontswap_come_home(ULONG_MAX);
	KUNIT_EXPECT_EQ(test, away(50), 50UL);
	KUNIT_EXPECT_EQ(test, at_home(), SLOTS - 50L);
	KUNIT_EXPECT_EQ(test, held_pages(), 50UL);
	all_right(test);
	/* It takes none: they stay, and it is not asked for each. */
	full = true;
	puts = 0;
	KUNIT_EXPECT_EQ(test, away(50), SHRINK_STOP);
	KUNIT_EXPECT_EQ(test, puts, 1U);
	KUNIT_EXPECT_EQ(test, at_home(), SLOTS - 50L);
	all_right(test);
}

/* ---- before the domain is saved ---- */

static void suspended(struct kunit *test)
{
	fill(test);
	KUNIT_ASSERT_EQ(test, fsw_prepare(NULL), 0);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_EQ(test, fsw_pages(disk.area), 0UL);
	/* Nothing goes there again before it is over: neither new ones nor old. */
	puts = 0;
	KUNIT_EXPECT_EQ(test, write(5, 105), -ENODEV);
	KUNIT_EXPECT_EQ(test, away(50), SHRINK_STOP);
	KUNIT_EXPECT_EQ(test, puts, 0U);
	forget();
	/* The hypervisor is asked whether it has the pool, before swap is. */
	flushes = 0;
	fsw_complete(NULL);
	KUNIT_EXPECT_EQ(test, flushes, 1U);
	all_right(test);
	KUNIT_EXPECT_EQ(test, away(50), 50UL);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);
	KUNIT_EXPECT_EQ(test, held_pages(), 51UL);
	all_right(test);
	KUNIT_EXPECT_EQ(test, wb.steps, 0U);
}

/* No RAM: all go to the disk, in however many steps that is. */
static void suspended_to_disk(struct kunit *test)
{
	put_below(0);
	fill(test);
	fsw_test_break = FSW_FAIL_HOME;
	KUNIT_ASSERT_EQ(test, fsw_prepare(NULL), 0);
	KUNIT_EXPECT_EQ(test, at_home(), 0L);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_GT(test, wb.steps, (unsigned int)ROUNDS);
	forget();
	fsw_complete(NULL);
	all_right(test);
}

/* With RAM nothing is written. */
static void suspended_beside_disk(struct kunit *test)
{
	put_below(0);
	fill(test);
	KUNIT_ASSERT_EQ(test, fsw_prepare(NULL), 0);
	KUNIT_EXPECT_EQ(test, at_home(), (long)SLOTS);
	KUNIT_EXPECT_EQ(test, wb.steps, 0U);
	forget();
	fsw_complete(NULL);
	all_right(test);
}

/* Refused: as if nobody had asked. */
static void refused(struct kunit *test)
{
	fill(test);
	fsw_test_break = FSW_FAIL_HOME;
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), -ENOMEM);
	all_right(test);
	KUNIT_EXPECT_EQ(test, held_pages(), (unsigned long)SLOTS);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);

	/* Nor with a disk that fails. */
	put_below(0);
	wb.err = -EIO;
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), -ENOMEM);
	KUNIT_EXPECT_LE(test, wb.steps, (unsigned int)ROUNDS);
	all_right(test);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);

	/* And the next time there is room. */
	fsw_test_break = 0;
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), 0);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	fsw_complete(NULL);
	all_right(test);
}

/* ---- before a hibernation, for which the kernel takes memory before it asks ---- */

static void hibernated(struct kunit *test)
{
	fill(test);
	KUNIT_ASSERT_EQ(test, fsw_sleep_notify(NULL, PM_HIBERNATION_PREPARE, NULL),
			NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	/* What the kernel asks for its image does not drive them out. */
	puts = 0;
	KUNIT_EXPECT_EQ(test, away(50), SHRINK_STOP);
	KUNIT_EXPECT_EQ(test, write(5, 105), -ENODEV);
	KUNIT_EXPECT_EQ(test, puts, 0U);
	/* With the memory gone nothing could come any more: nor need it. */
	fsw_test_break = FSW_FAIL_HOME;
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), 0);
	forget();
	fsw_complete(NULL);
	KUNIT_EXPECT_EQ(test, away(50), 50UL);
	flushes = 0;
	fsw_sleep_notify(NULL, PM_POST_HIBERNATION, NULL);
	KUNIT_EXPECT_EQ(test, flushes, 0U);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);
	all_right(test);
}

/* It ends before any device is asked, or does not begin. */
static void not_hibernated(struct kunit *test)
{
	fill(test);
	fsw_sleep_notify(NULL, PM_HIBERNATION_PREPARE, NULL);
	fsw_sleep_notify(NULL, PM_POST_HIBERNATION, NULL);
	KUNIT_EXPECT_EQ(test, away(50), 50UL);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);
	fsw_test_break = FSW_FAIL_HOME;
	KUNIT_EXPECT_EQ(test, fsw_sleep_notify(NULL, PM_HIBERNATION_PREPARE, NULL),
			notifier_from_errno(-ENOMEM));
	KUNIT_EXPECT_EQ(test, away(50), 50UL);
	KUNIT_EXPECT_EQ(test, write(5, 105), 0);
	all_right(test);
	/* A suspend to RAM takes no memory before. */
	fsw_test_break = 0;
	fsw_sleep_notify(NULL, PM_SUSPEND_PREPARE, NULL);
	KUNIT_EXPECT_EQ(test, away(50), 50UL);
}

/* A loop device writes nothing once tasks are frozen. */
static void beside_loop(struct kunit *test)
{
	put_below(LOOP_MAJOR);
	fill(test);
	fsw_test_break = FSW_FAIL_HOME;
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), -ENOMEM);
	KUNIT_EXPECT_EQ(test, wb.steps, 0U);
	all_right(test);
	KUNIT_EXPECT_EQ(test, fsw_sleep_notify(NULL, PM_HIBERNATION_PREPARE, NULL),
			NOTIFY_OK);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_GT(test, wb.steps, (unsigned int)ROUNDS);
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), 0);
	forget();
	fsw_complete(NULL);
	all_right(test);
}

/* A page that somebody is at stays where it is, and so does the guest. */
static void refused_in_use(struct kunit *test)
{
	fill(test);
	KUNIT_ASSERT_TRUE(test, fsw_wb_begin(disk.area, 5));
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), -ENOMEM);
	KUNIT_EXPECT_EQ(test, held_pages(), 1UL);
	all_right(test);
	fsw_wb_end(disk.area, 5, false);
	KUNIT_EXPECT_EQ(test, fsw_prepare(NULL), 0);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	forget();
	fsw_complete(NULL);
	all_right(test);
}

/* Freed and written while it is on its way: rule 7 of frontswap.h. */
static void changed_on_the_way(struct kunit *test)
{
	struct tmem_oid oid;
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	write(5, 1);
	KUNIT_EXPECT_EQ(test, xa_reserve(&disk.area->home, 5, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, fsw_wb_begin(disk.area, 5));
	KUNIT_EXPECT_EQ(test, fsw_wb_read(disk.area, 5, page), 0);
	write(5, 2);
	KUNIT_EXPECT_FALSE(test, fsw_home_end(disk.area, 5, page));
	xa_release(&disk.area->home, 5);
	KUNIT_EXPECT_EQ(test, read(5), 2U);
	KUNIT_EXPECT_EQ(test, at_home(), 0L);
	__free_page(page);
	/* And on its way out: it is not to come back. */
	KUNIT_EXPECT_EQ(test, tmem_frontswap_come_home(1), 1UL);
	page = fsw_leave_begin(disk.area, 5);
	KUNIT_ASSERT_NOT_NULL(test, page);
	fsw_invalidate(disk.area, 5);
	oid = fsw_oid(AREA, 5);
	*slot_at(&oid, fsw_index(5)) = page_version(page);
	fsw_leave_end(disk.area, 5, true);
	KUNIT_EXPECT_EQ(test, read(5), 0U);
	KUNIT_EXPECT_EQ(test, held_pages(), 0UL);
	KUNIT_EXPECT_EQ(test, at_home(), 0L);
}

static int home_test_init(struct kunit *test)
{
	struct tmem_bpool pool;
	int ret;

	memset(held, 0, sizeof(held));
	memset(below, 0, sizeof(below));
	full = false;
	puts = 0;
	flushes = 0;
	fsw_test_break = 0;
	wb = (struct fsw_wb){ };
	backend.hypervisor = !test->name || strcmp(test->name, "no_hypervisor");
	one = alloc_page(GFP_KERNEL);
	if (!one)
		return -ENOMEM;
	ret = tmem_register_backend(&backend);
	if (ret)
		goto err_page;
	ret = tmem_backend_new_pool(&pool, NULL, TMEM_POOL_PERSIST);
	if (ret)
		goto err_backend;
	strscpy(gendisk.disk_name, "kunit", sizeof(gendisk.disk_name));
	memset(&disk, 0, sizeof(disk));
	mutex_init(&disk.setup);
	disk.gd = &gendisk;
	disk.area = fsw_area_create(AREA, SLOTS, pool);
	if (disk.area)
		return 0;
	ret = -ENOMEM;
err_backend:
	tmem_unregister_backend(&backend);
err_page:
	__free_page(one);
	return ret;
}

static void home_test_exit(struct kunit *test)
{
	if (disk.area)
		fsw_area_destroy(disk.area);
	disk.area = NULL;
	KUNIT_EXPECT_EQ(test, at_home(), 0L);
	tmem_unregister_backend(&backend);
	__free_page(one);
}

static struct kunit_case home_cases[] = {
	KUNIT_CASE(come_home),
	KUNIT_CASE(no_room_at_home),
	KUNIT_CASE(no_hypervisor),
	KUNIT_CASE(and_away),
	KUNIT_CASE(suspended),
	KUNIT_CASE(suspended_to_disk),
	KUNIT_CASE(suspended_beside_disk),
	KUNIT_CASE(hibernated),
	KUNIT_CASE(not_hibernated),
	KUNIT_CASE(beside_loop),
	KUNIT_CASE(refused),
	KUNIT_CASE(refused_in_use),
	KUNIT_CASE(changed_on_the_way),
	{}
};

static struct kunit_suite home_suite = {
	.name = "frontswap-home",
	.init = home_test_init,
	.exit = home_test_exit,
	.test_cases = home_cases,
};

kunit_test_suites(&home_suite);

TMEM_IMPORT_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of what comes home from a hypervisor");
