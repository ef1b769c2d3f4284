// SPDX-License-Identifier: GPL-2.0
/*
 * test_rules.c - the rules of tmem.h, one by one
 *
 * What happens while another operation is half way: the host's callbacks run
 * with no core lock held, so a test does the other operation from inside one
 * and needs no luck with threads.
 */
#include <pthread.h>
#include <unistd.h>
#include <linux/err.h>
#include <linux/workqueue.h>
#include "host.h"
#include "test.h"

static struct test_host host;
static struct tmem_client *client;
static const struct tmem_oid oid = { { 11, 22, 33 } };
static int pool;
static u64 version;

static const u32 kinds[] = { 0, TMEM_POOL_PERSIST, TMEM_POOL_SHARED };
static const struct tmem_uuid uuid = { { 1, 2 } };

static void begin(u32 flags)
{
	CHECK_EQ(host_start(&host, true), 0);
	client = tmem_client_create(host.core, 7, 16);
	CHECK(!IS_ERR(client));
	pool = tmem_new_pool(client, &uuid, flags);
	CHECK_EQ(pool, 0);
}

static void end(void)
{
	tmem_client_destroy(client);
	CHECK(host_stop(&host));
}

static int put_at(const struct tmem_oid *o, u32 index)
{
	struct stamp stamp = { 0, o->oid[0], index, ++version };
	struct page page;

	page_fill(&page, &stamp);
	return tmem_put(client, pool, o, index, &page);
}

static int put(u32 index)
{
	return put_at(&oid, index);
}

/* Returns the version found, or an errno. */
static long long get_at(const struct tmem_oid *o, u32 index)
{
	struct page page;
	int ret = tmem_get(client, pool, o, index, &page);

	if (ret)
		return ret;
	CHECK(page_intact(&page));
	CHECK_EQ(page.stamp.oid, o->oid[0]);
	CHECK_EQ(page.stamp.index, index);
	return page.stamp.version;
}

static long long get(u32 index)
{
	return get_at(&oid, index);
}

static struct tmem_pool_stats stats(void)
{
	struct tmem_pool_stats s = { };

	CHECK_EQ(tmem_pool_get_stats(client, pool, &s), 0);
	return s;
}

/* --- failures of the host -------------------------------------------------- */

static void test_get_data_fails(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin(kinds[i]);
		CHECK_EQ(put(5), 0);
		host.get_errno = EIO;
		host.fail_get = 1;
		CHECK_EQ(get(5), -EIO);
		host.fail_get = 1;
		CHECK_EQ(get(5), -EIO);
		/* It was not lost with the data that did not come. */
		CHECK_EQ(get(5), version);
		CHECK_EQ(stats().failed_gets, 2);
		end();
	}
}

static void test_create_fails(void)
{
	static const int errnos[] = { ENOMEM, ENOSPC, E2BIG };
	int i, e;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin(kinds[i]);
		for (e = 0; e < ARRAY_SIZE(errnos); e++) {
			CHECK_EQ(put(5), 0);
			CHECK_EQ(put(6), 0);
			host.create_errno = errnos[e];
			host.fail_create = 1;
			CHECK_EQ(put(5), -errnos[e]);
			CHECK_EQ(get(5), -ENOENT);
			CHECK_EQ(tmem_flush_page(client, pool, &oid, 5), -ENOENT);
			CHECK_EQ(get(6), version - 1);
		}
		CHECK_EQ(stats().failed_puts, 3);
		end();
	}
}

/*
 * Let every allocation of a put fail but the first, which is the host's own;
 * what was there stays.  Returns how many others it takes.
 */
static unsigned long put_at_last(u32 index)
{
	struct tmem_pool_stats before = stats();
	unsigned long n;

	for (n = 2;; n++) {
		shim_fail_nth(n, false);
		if (!put(index))
			break;
		shim_fail_nth(0, false);
		CHECK_EQ(get(index), -ENOENT);
		shim_settle();
		CHECK_EQ(host.objs, before.objs);
		CHECK_EQ(host.objnodes, before.objnodes);
		CHECK_EQ(host.pampds, before.pages);
	}
	shim_fail_nth(0, false);
	CHECK_EQ(get(index), version);
	return n - 2;
}

/* Levels that an index needs. */
static long levels(u32 index)
{
	long n = 0;

	for (; index; index >>= TMEM_OBJNODE_SHIFT)
		n++;
	return n;
}

/* Linking fails: obj_alloc, or the nth of the objnodes. */
static void test_link_fails(void)
{
	const u32 slots = TMEM_OBJNODE_SLOTS;
	unsigned int size = 0;
	u32 i, first;

	begin(TMEM_POOL_PERSIST);
	CHECK_EQ(put_at_last(U32_MAX), 1);	/* the object */
	first = version;
	/* Two paths below a root that is in the object. */
	CHECK_EQ(put_at_last(0), 2 * (levels(U32_MAX) - 1));
	CHECK_EQ(get(U32_MAX), first);
	CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);

	/* A node that grows, and then gets a root above it. */
	CHECK_EQ(put_at_last(0), 1);
	first = version;
	for (i = 1; i < slots; i++) {
		bool grows = i == TMEM_TOP_SLOTS;

		if (i > TMEM_TOP_SLOTS && i == tmem_objnode_cap(size)) {
			grows = true;
			size++;
		}
		CHECK_EQ(put_at_last(i), grows);
	}
	CHECK_EQ(stats().objnodes, slots > TMEM_TOP_SLOTS);
	/* The second leaf; and a first one of a root that leaves the object. */
	CHECK_EQ(put_at_last(slots), 1 + (slots == TMEM_TOP_SLOTS));
	CHECK_EQ(get(0) >= first, 1);
	for (i = 0; i <= slots; i++)
		CHECK(get(i) > 0);
	end();
}

/* --- another operation in the middle of a get ------------------------------ */

static int hook_left;

static void hook_put(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0)
		CHECK_EQ(put(5), 0);
}

static void hook_flush_page(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0)
		CHECK_EQ(tmem_flush_page(client, pool, &oid, 5), 0);
}

static void hook_flush_object(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0)
		CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
}

static void hook_evict(struct test_host *h, struct page *page)
{
	struct stamp stamp;

	if (hook_left-- > 0)
		CHECK_EQ(host_evict(h, 0, &stamp), 0);
}

static void hook_get(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0)
		CHECK_EQ(get(5), version);
}

/* Another descriptor of the same page: the page has not moved. */
static void hook_replace(struct test_host *h, struct page *page)
{
	struct tmem_cursor cur = { };
	unsigned int replaced = 0, met;

	if (hook_left-- > 0) {
		met = host_rework(h, client, &cur, HOST_WALK_MAX, &replaced);
		CHECK(met >= 1);
		CHECK_EQ(replaced, met);
	}
}

/* Gone and put again: the same handle, another object. */
static void hook_recreate(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0) {
		CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
		CHECK_EQ(put(5), 0);
	}
}

/* A put that fails: the page that is being copied is stale after it. */
static void hook_failed_put(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0) {
		h->create_errno = ENOSPC;
		h->fail_create = 1;
		CHECK_EQ(put(5), -ENOSPC);
	}
}

static const struct {
	const char *name;
	void (*hook)(struct test_host *h, struct page *page);
	bool leaves_page;
} hooks[] = {
	{ "put", hook_put, true },
	{ "flush_page", hook_flush_page },
	{ "flush_object", hook_flush_object },
	{ "evict", hook_evict },
	{ "get", hook_get },
	{ "recreate", hook_recreate, true },
	{ "failed put", hook_failed_put },
	{ "replace", hook_replace, true },
};

/*
 * A destructive get takes effect when it removes the page, so it must not
 * return what was replaced or removed while it copied.
 */
static void test_get_loses_race(void)
{
	long long got;
	int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		begin(0);
		CHECK_EQ(put(5), 0);
		host.in_get_data = hooks[i].hook;
		hook_left = 1;
		got = get(5);
		host.in_get_data = NULL;
		if (hooks[i].leaves_page)
			CHECK_EQ(got, version);
		else
			CHECK_EQ(got, -ENOENT);
		/* Whatever it was, it is gone now. */
		CHECK_EQ(get(5), -ENOENT);
		if (test_failures)
			fprintf(stderr, "  ... %s in the middle\n",
				hooks[i].name);
		end();
	}
}

/* In the other pools a get takes effect at its look-up: either version. */
static void test_get_races_elsewhere(void)
{
	u64 before;
	long long got;
	int i, k;

	for (k = 1; k < ARRAY_SIZE(kinds); k++) {
		for (i = 0; i < ARRAY_SIZE(hooks); i++) {
			if (hooks[i].hook == hook_evict &&
			    kinds[k] == TMEM_POOL_PERSIST)
				continue;
			begin(kinds[k]);
			CHECK_EQ(put(5), 0);
			before = version;
			host.in_get_data = hooks[i].hook;
			hook_left = 1;
			got = get(5);
			host.in_get_data = NULL;
			CHECK(got == before || got == version);
			CHECK_EQ(get(5), hooks[i].leaves_page ||
					 hooks[i].hook == hook_get ?
					 (long long)version : -ENOENT);
			end();
		}
	}
}

/* Replaced faster than it can be read: no answer, or the newest, never older. */
static void test_get_never_wins(void)
{
	long long got;

	begin(0);
	CHECK_EQ(put(5), 0);
	host.in_get_data = hook_put;
	hook_left = 1000;
	got = get(5);
	host.in_get_data = NULL;
	CHECK_EQ(got, -ENOENT);
	CHECK(hook_left > 900);
	got = get(5);
	CHECK(got == version || got == -ENOENT);
	CHECK_EQ(get(5), -ENOENT);
	end();
}

/* An older put that is overtaken while it compresses: the last to link wins. */
static void test_put_in_put(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin(kinds[i]);
		host.in_create = hook_put;
		hook_left = 1;
		CHECK_EQ(put(5), 0);
		host.in_create = NULL;
		CHECK_EQ(get(5), version - 1);
		CHECK_EQ(stats().dup_puts, 1);
		end();
	}
}

/* --- evict ----------------------------------------------------------------- */

static void test_evict(void)
{
	struct tmem_found found = { .index = 6 };
	struct tmem_cursor cur = {};
	struct pampd *old;
	struct stamp stamp;

	begin(0);
	CHECK_EQ(host_evict(&host, 0, &stamp), -EAGAIN);
	CHECK_EQ(put(5), 0);
	CHECK_EQ(put(6), 0);
	CHECK_EQ(host_evict(&host, 0, &stamp), 0);
	CHECK_EQ(stamp.index, 5);
	CHECK_EQ(get(5), -ENOENT);

	/* A page that has been replaced is no reason to drop its successor. */
	rcu_read_lock();
	host_hooks++;
	old = list_first_entry(&host.lru, struct pampd, lru);
	__atomic_fetch_add(&old->refs, 1, __ATOMIC_RELAXED);
	CHECK_EQ(put(6), 0);
	found.pampd = old;
	CHECK_EQ(tmem_evict(old->obj, 6, old), -ENOENT);
	CHECK_EQ(tmem_evict_found(client, pool, &oid, &found), -ENOENT);
	CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
	CHECK_EQ(tmem_evict(old->obj, 6, old), -ENOENT);
	CHECK_EQ(tmem_evict_found(client, pool, &oid, &found), -ENOENT);
	CHECK_EQ(tmem_evict_found(client, pool + 1, &oid, &found), -ENODEV);
	host_hooks--;
	rcu_read_unlock();
	__atomic_fetch_sub(&old->refs, 1, __ATOMIC_RELAXED);
	free(old);
	host.pampds--;
	CHECK_EQ(stats().evicts, 1);

	/* One that a walk has met goes by its handle. */
	CHECK_EQ(put(7), 0);
	CHECK_EQ(tmem_walk(client, &cur, &found, 1), 1);
	CHECK_EQ(tmem_evict_found(client, cur.pool_id, &cur.oid, &found), 0);
	CHECK_EQ(tmem_evict_found(client, cur.pool_id, &cur.oid, &found), -ENOENT);
	host_let_go(found.pampd);
	CHECK_EQ(get(7), -ENOENT);
	CHECK_EQ(stats().evicts, 2);
	end();
}

static bool worker_goes_on;

static void hold_worker(struct work_struct *work)
{
	while (!__atomic_load_n(&worker_goes_on, __ATOMIC_ACQUIRE))
		usleep(20);
}

/* Pages of a big object that was flushed are freed by who needs memory before the worker. */
static void evict_flushed(bool all)
{
	DECLARE_WORK(hold, hold_worker);
	const u32 nr = 1000;
	struct stamp stamp;
	u32 i;

	begin(0);
	for (i = 0; i < nr; i++)
		CHECK_EQ(put(i), 0);
	worker_goes_on = false;
	schedule_work(&hold);
	CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
	CHECK_EQ(host.frees, 64);
	CHECK_EQ(put(7), 0);
	for (i = 0; i < 100; i++)
		CHECK_EQ(host_evict(&host, 0, &stamp), -ENOENT);
	CHECK_EQ(host.frees, 64 + 100);
	/* To the last: the worker finds it empty. */
	for (; all && i < nr - 64; i++)
		CHECK_EQ(host_evict(&host, 0, &stamp), -ENOENT);
	__atomic_store_n(&worker_goes_on, true, __ATOMIC_RELEASE);
	shim_settle();
	CHECK_EQ(get(7), version);
	CHECK_EQ(stats().flushes, nr);
	CHECK_EQ(stats().evicts, 0);
	CHECK_EQ(stats().pages, 0);
	CHECK_EQ(host.pampds, 0);
	end();
}

static void test_evict_flushed(void)
{
	evict_flushed(false);
	evict_flushed(true);
}

/* A page of a persistent pool is found until it is flushed, whoever asks. */
static void test_evict_persistent(void)
{
	struct tmem_cursor cur = {};
	struct tmem_found found;
	struct stamp stamp;

	begin(TMEM_POOL_PERSIST);
	CHECK_EQ(put(5), 0);
	CHECK_EQ(tmem_walk(client, &cur, &found, 1), 1);
	CHECK_EQ(tmem_evict_found(client, cur.pool_id, &cur.oid, &found), -EPERM);
	host_let_go(found.pampd);
	CHECK_EQ(host_evict(&host, 0, &stamp), -EPERM);
	CHECK_EQ(get(5), version);
	CHECK_EQ(stats().evicts, 0);
	end();
	begin(TMEM_POOL_SHARED);
	CHECK_EQ(put(5), 0);
	CHECK_EQ(host_evict(&host, 0, &stamp), 0);
	CHECK_EQ(get(5), -ENOENT);
	end();
}

/*
 * A host picks a page to evict while another thread is between unlinking it
 * and telling the host so by free().  The object must outlive the evictor's
 * read section even if that began after the object was given to RCU:
 * create_finish promises the object to any section that began before the host
 * learned, by its own lock, that free() had not been called.
 */
static struct {
	int step;
	struct tmem_obj *obj;
	u32 index;
	struct pampd *pampd;
	bool gp;
} late;

static void reach(int step)
{
	__atomic_store_n(&late.step, step, __ATOMIC_SEQ_CST);
}

static void await(int step)
{
	while (__atomic_load_n(&late.step, __ATOMIC_SEQ_CST) < step)
		usleep(20);
}

static void *late_evictor(void *unused)
{
	struct pampd *p;
	int ms;

	await(1);
	rcu_read_lock();
	spin_lock_irq(&host.lock);
	p = list_first_entry_or_null(&host.lru, struct pampd, lru);
	if (p) {
		late.obj = p->obj;
		late.index = p->index;
		late.pampd = p;
		__atomic_fetch_add(&p->refs, 1, __ATOMIC_RELAXED);
	}
	spin_unlock_irq(&host.lock);
	reach(2);
	if (p) {
		/* The other thread has left its read section long since. */
		await(3);
		for (ms = 0; ms < 150; ms++) {
			if (!__atomic_load_n(&host.objs, __ATOMIC_ACQUIRE))
				break;
			usleep(1000);
		}
		/* Instead of a use after free. */
		if (CHECK(__atomic_load_n(&host.objs, __ATOMIC_ACQUIRE) == 1))
			CHECK_EQ(tmem_evict(late.obj, late.index, p), -ENOENT);
	}
	rcu_read_unlock();
	if (p) {
		__atomic_fetch_sub(&host.pampds, 1, __ATOMIC_RELAXED);
		CHECK_EQ(__atomic_fetch_sub(&p->refs, 1, __ATOMIC_ACQ_REL), 1);
		free(p);
	}
	shim_thread_exit();
	return NULL;
}

static void late_hook(struct test_host *h, struct pampd *pampd)
{
	h->in_free = NULL;
	/* If the object is already RCU's, let a grace period begin first. */
	late.gp = shim_wait_for_gp(300);
	reach(1);
	await(2);
}

static void late_evict(int (*remove)(void))
{
	pthread_t thread;

	begin(0);
	memset(&late, 0, sizeof(late));
	CHECK_EQ(put(5), 0);
	if (pthread_create(&thread, NULL, late_evictor, NULL))
		abort();
	host.in_free = late_hook;
	CHECK_EQ(remove(), 0);
	reach(3);
	pthread_join(thread, NULL);
	shim_settle();
	CHECK_EQ(host.objs, 0);
	end();
}

static int by_flush_page(void)
{
	return tmem_flush_page(client, pool, &oid, 5);
}

static int by_flush_range(void)
{
	return tmem_flush_range(client, pool, &oid, 0, U32_MAX);
}

static int by_flush_object(void)
{
	return tmem_flush_object(client, pool, &oid);
}

static int by_get(void)
{
	return get(5) < 0;
}

static int by_evict(void)
{
	struct stamp stamp;

	return host_evict(&host, 0, &stamp);
}

static int by_failed_put(void)
{
	host.create_errno = ENOSPC;
	host.fail_create = 1;
	return put(5) != -ENOSPC;
}

/* Replaced here, and the object emptied by another before free() is called. */
static void emptied_hook(struct test_host *h, struct pampd *pampd)
{
	h->in_free = NULL;
	CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
	late_hook(h, pampd);
}

static int by_replacing(void)
{
	host.in_free = emptied_hook;
	return put(5);
}

static void test_late_evictor(void)
{
	late_evict(by_flush_page);
	late_evict(by_flush_range);
	late_evict(by_flush_object);
	late_evict(by_get);
	late_evict(by_evict);
	late_evict(by_failed_put);
}

static void test_late_evictor_replaced(void)
{
	late_evict(by_replacing);
}

/* --- big objects, ranges --------------------------------------------------- */

static void test_big_object(void)
{
	const u32 nr = 20000;
	DEFINE_SPINLOCK(mm_lock);
	unsigned long flags;
	u32 i;

	begin(TMEM_POOL_PERSIST);
	for (i = 0; i < nr; i++)
		CHECK_EQ(put(i), 0);
	CHECK_EQ(stats().pages, nr);

	/* As truncate does: under the lock of the mapping. */
	spin_lock_irqsave(&mm_lock, flags);
	host_outer_locks = 1;
	CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
	host_outer_locks = 0;
	spin_unlock_irqrestore(&mm_lock, flags);

	/* Nothing is found from now on, and the name is free at once. */
	for (i = 0; i < nr; i += 99)
		CHECK_EQ(get(i), -ENOENT);
	CHECK_EQ(tmem_flush_object(client, pool, &oid), -ENOENT);
	CHECK_EQ(put(77), 0);
	CHECK_EQ(get(77), version);
	CHECK_EQ(get(78), -ENOENT);
	shim_settle();
	CHECK_EQ(stats().pages, 1);
	CHECK_EQ(stats().objs, 1);
	CHECK_EQ(stats().flushes, nr);
	CHECK_EQ(host.pampds, 1);

	/* Left to the worker when the pool goes. */
	for (i = 0; i < nr; i++)
		CHECK_EQ(put(i), 0);
	CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
	CHECK_EQ(tmem_destroy_pool(client, pool), 0);
	CHECK_EQ(host.pampds, 0);
	end();
}

/* However many go at once, one RCU read section has a batch, TMEM_REAP_BATCH. */
static void test_bounded_sections(void)
{
	const u32 nr = 20000;
	u32 i;
	int way;

	for (way = 0; way < 3; way++) {
		begin(TMEM_POOL_PERSIST);
		for (i = 0; i < nr; i++)
			CHECK_EQ(put(i), 0);
		if (way == 0)
			CHECK_EQ(by_flush_range(), 0);
		else if (way == 1)
			CHECK_EQ(by_flush_object(), 0);
		else
			CHECK_EQ(tmem_destroy_pool(client, pool), 0);
		shim_settle();
		CHECK_EQ(host.frees, nr);
		CHECK_EQ(host.most_frees, 64);
		end();
	}
}

/* A long range is not removed page by page: what else there is of the object goes too. */
static void long_range(bool persistent)
{
	DECLARE_WORK(hold, hold_worker);
	const u32 nr = 20000, first = 5;
	u32 i;

	begin(persistent ? TMEM_POOL_PERSIST : 0);
	for (i = 0; i < nr; i++)
		CHECK_EQ(put(i), 0);
	worker_goes_on = false;
	schedule_work(&hold);
	CHECK_EQ(tmem_flush_range(client, pool, &oid, first, nr - 2), 0);
	/* Nobody waited for all of them. */
	CHECK_EQ(host.frees, persistent ? nr - first - 1 : 16384 + 64);
	__atomic_store_n(&worker_goes_on, true, __ATOMIC_RELEASE);
	for (i = first; i < nr - 1; i++)
		CHECK_EQ(get(i), -ENOENT);
	CHECK_EQ(get(0) > 0, persistent);
	CHECK_EQ(get(nr - 1) > 0, persistent);
	shim_settle();
	CHECK_EQ(stats().pages, persistent ? first + 1 : 0);
	CHECK_EQ(host.pampds, stats().pages);
	end();
}

/* But not for one that has just been removed. */
static void range_of_limit(void)
{
	const u32 nr = 16384;
	u32 i;

	begin(0);
	for (i = 0; i < nr + 2; i++)
		CHECK_EQ(put(i), 0);
	CHECK_EQ(tmem_flush_range(client, pool, &oid, 1, nr), 0);
	CHECK_EQ(stats().pages, 2);
	CHECK_EQ(get(0) > 0, 1);
	CHECK_EQ(get(nr + 1) > 0, 1);
	end();
}

static void test_long_ranges(void)
{
	range_of_limit();
	long_range(false);
	long_range(true);
}

static void test_ranges(void)
{
	static const u32 sizes[] = { 1, 63, 64, 65, 127, 128, 129, 1000 };
	static const u32 bases[] = { 0, 1, 4090, 0x7fffff00, 0xfffffc00 };
	u32 base, nr, i;
	int s, b;

	begin(TMEM_POOL_PERSIST);
	CHECK_EQ(tmem_flush_range(client, pool, &oid, 0, U32_MAX), -ENOENT);
	CHECK_EQ(tmem_flush_range(client, pool, &oid, 2, 1), -EINVAL);
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (b = 0; b < ARRAY_SIZE(bases); b++) {
			nr = sizes[s];
			base = bases[b];
			for (i = 0; i < nr; i++)
				CHECK_EQ(put(base + i), 0);
			/* All but the first and the last. */
			if (nr > 2)
				CHECK_EQ(tmem_flush_range(client, pool, &oid,
							  base + 1,
							  base + nr - 2), 0);
			CHECK_EQ(get(base) > 0, 1);
			CHECK_EQ(get(base + nr - 1) > 0, 1);
			CHECK_EQ(stats().pages, min(nr, 2U));
			CHECK_EQ(tmem_flush_range(client, pool, &oid, base,
						  U32_MAX), 0);
			CHECK_EQ(stats().pages, 0);
			CHECK_EQ(stats().objnodes, 0);
			CHECK_EQ(stats().objs, 0);
		}
	}
	end();
}

/* --- the shape of the tree -------------------------------------------------- */

/* Bytes of the shortest node that has room for @used. */
static size_t shortest(u32 used)
{
	unsigned int size = 0;

	if (used <= TMEM_TOP_SLOTS)
		return 0;
	while (tmem_objnode_cap(size) < used)
		size++;
	return tmem_objnode_bytes(size);
}

static void test_tree(void)
{
	static const u32 far[] = {
		1, TMEM_OBJNODE_SLOTS - 1, TMEM_OBJNODE_SLOTS,
		TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS - 1,
		TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS,
		0x7fffffff, 0x80000000, U32_MAX
	};
	const u32 dense = TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS;
	u32 i;

	begin(TMEM_POOL_PERSIST);
	CHECK_EQ(put(0), 0);
	CHECK_EQ(stats().objnodes, 0);
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		/* A path for each, that share the root and no more. */
		CHECK_EQ(put(far[i]), 0);
		CHECK_EQ(stats().objnodes, 2 * levels(far[i]) - 2);
		/* And it is as if it had never been. */
		CHECK_EQ(tmem_flush_page(client, pool, &oid, far[i]), 0);
		CHECK_EQ(stats().objnodes, 0);
		CHECK_EQ(get(0), version - i - 1);
	}
	CHECK_EQ(tmem_flush_page(client, pool, &oid, 0), 0);
	CHECK_EQ(stats().objs, 0);
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		/* A single page needs no node, wherever it is. */
		CHECK_EQ(put(far[i]), 0);
		CHECK_EQ(stats().objnodes, 0);
		CHECK_EQ(get(far[i]), version);
		CHECK_EQ(get(far[i] - 1), -ENOENT);
		CHECK_EQ(get(0), -ENOENT);
		CHECK_EQ(put(0), 0);
		CHECK_EQ(tmem_flush_page(client, pool, &oid, 0), 0);
		CHECK_EQ(stats().objnodes, 0);
		CHECK_EQ(get(far[i]), version - 1);
		CHECK_EQ(tmem_flush_page(client, pool, &oid, far[i]), 0);
		CHECK_EQ(stats().objs, 0);
	}
	/* Two full levels. */
	for (i = 0; i < dense; i++)
		CHECK_EQ(put(i), 0);
	CHECK_EQ(stats().objnodes,
		 TMEM_OBJNODE_SLOTS + (TMEM_OBJNODE_SLOTS > TMEM_TOP_SLOTS));
	for (i = dense; i-- > 2; )
		CHECK_EQ(tmem_flush_page(client, pool, &oid, i), 0);
	/* As low as it can be, and in the object. */
	CHECK_EQ(stats().objnodes, 0);
	CHECK_EQ(stats().pages, 2);
	end();
}

/* A small file costs what its pages need, in whatever order they come. */
static void test_short_nodes(void)
{
	const u32 nr = TMEM_OBJNODE_SLOTS;
	u64 first;
	u32 i, n, step;

	/* Every odd step visits all slots of the node. */
	for (step = 1; step < nr; step += 2) {
		begin(TMEM_POOL_PERSIST);
		first = version;
		for (n = 0; n < nr; n++) {
			CHECK_EQ(put(n * step % nr), 0);
			CHECK_EQ(host.node_bytes, shortest(n + 1));
			/* All that are in are found, and no other. */
			for (i = 0; i < nr; i++)
				CHECK_EQ(get(i * step % nr),
					 i <= n ? (long long)(first + i + 1) :
						  -ENOENT);
		}
		for (n = 0; n < nr; n++) {
			CHECK_EQ(tmem_flush_page(client, pool, &oid,
						 n * step % nr), 0);
			/* Few are left: they are in the object again. */
			if (nr - n - 1 <= TMEM_TOP_SLOTS)
				CHECK_EQ(host.node_bytes, 0);
			for (i = 0; i < nr; i++)
				CHECK_EQ(get(i * step % nr),
					 i > n ? (long long)(first + i + 1) :
						 -ENOENT);
		}
		end();
	}
}

/* --- hosts, clients, pools ------------------------------------------------- */

static void expect(const struct tmem_hostops *h, const struct tmem_pamops *p,
		   int want)
{
	struct tmem_host *core = tmem_register_host(h, p, NULL);

	CHECK_EQ(PTR_ERR_OR_ZERO(core), want);
	if (!IS_ERR(core))
		tmem_unregister_host(core);
}

#define WITHOUT(table, field, want) do {				\
	typeof(table) __t = table;					\
									\
	__t.field = 0;							\
	if (__builtin_types_compatible_p(typeof(__t), struct tmem_hostops)) \
		expect((void *)&__t, &test_pamops, want);		\
	else								\
		expect(&test_hostops, (void *)&__t, want);		\
} while (0)

static void test_register(void)
{
	struct tmem_hostops h = test_hostops;
	struct tmem_pamops p = test_pamops;

	expect(NULL, NULL, -EINVAL);
	expect(&h, NULL, -EINVAL);
	expect(NULL, &p, -EINVAL);
	WITHOUT(h, version, -EINVAL);
	WITHOUT(h, name, -EINVAL);
	WITHOUT(h, obj_alloc, -EINVAL);
	WITHOUT(h, obj_free, -EINVAL);
	WITHOUT(h, objnode_alloc, -EINVAL);
	WITHOUT(h, objnode_free, -EINVAL);
	WITHOUT(p, version, -EINVAL);
	WITHOUT(p, create, -EINVAL);
	WITHOUT(p, hold, -EINVAL);
	WITHOUT(p, get_data, -EINVAL);
	WITHOUT(p, release, -EINVAL);
	WITHOUT(p, free, -EINVAL);
	h.version++;
	expect(&h, &p, -EINVAL);
	h = test_hostops;
	h.name = "";
	expect(&h, &p, -EINVAL);
	h = test_hostops;
	/* Optional. */
	p.create_finish = NULL;
	expect(&h, &p, 0);

	begin(0);
	expect(&test_hostops, &test_pamops, -EEXIST);
	h = test_hostops;
	h.name = "another";
	expect(&h, &test_pamops, 0);
	CHECK_EQ(tmem_unregister_host(host.core), -EBUSY);
	CHECK(tmem_host_priv(host.core) == &host);
	end();
}

static void test_clients(void)
{
	struct tmem_client *c;

	begin(0);
	CHECK_EQ(PTR_ERR_OR_ZERO(tmem_client_create(host.core, 1, 0)), -EINVAL);
	CHECK_EQ(PTR_ERR_OR_ZERO(tmem_client_create(host.core, 1,
						    TMEM_MAX_POOLS + 1)),
		 -EINVAL);
	CHECK_EQ(PTR_ERR_OR_ZERO(tmem_client_create(host.core, 7, 1)), -EEXIST);
	c = tmem_client_create(host.core, 8, TMEM_MAX_POOLS);
	CHECK_EQ(PTR_ERR_OR_ZERO(c), 0);
	/* Clients do not see each other's pools. */
	CHECK_EQ(put(5), 0);
	CHECK_EQ(tmem_flush_page(c, pool, &oid, 5), -ENODEV);
	CHECK_EQ(tmem_new_pool(c, NULL, 0), 0);
	CHECK_EQ(tmem_flush_page(c, pool, &oid, 5), -ENOENT);
	CHECK_EQ(get(5), version);
	tmem_client_destroy(c);
	end();
}

static void test_pools(void)
{
	static const struct tmem_oid invalid = { { ~0ULL, ~0ULL, ~0ULL } };
	struct tmem_pool_stats s;
	struct page page = { };
	int i;

	begin(0);
	for (i = 2; i < 32; i++) {
		if (i == TMEM_POOL_VERSION_SHIFT)
			continue;
		CHECK_EQ(tmem_new_pool(client, &uuid, BIT(i)), -EINVAL);
	}
	CHECK_EQ(tmem_new_pool(client, &uuid,
			       TMEM_POOL_SHARED | TMEM_POOL_PERSIST), -EINVAL);
	CHECK_EQ(tmem_new_pool(client, NULL, TMEM_POOL_SHARED), -EINVAL);
	CHECK_EQ(tmem_new_pool(client, NULL,
			       TMEM_SPEC_VERSION << TMEM_POOL_VERSION_SHIFT), 1);
	for (i = 2; i < 16; i++)
		CHECK_EQ(tmem_new_pool(client, NULL, TMEM_POOL_PERSIST), i);
	CHECK_EQ(tmem_new_pool(client, NULL, 0), -ENOSPC);
	CHECK_EQ(tmem_destroy_pool(client, 9), 0);
	CHECK_EQ(tmem_destroy_pool(client, 9), -ENOENT);
	CHECK_EQ(tmem_destroy_pool(client, 4), 0);
	CHECK_EQ(tmem_new_pool(client, NULL, 0), 4);
	CHECK_EQ(tmem_new_pool(client, NULL, 0), 9);

	for (i = -1; i <= 16; i += 17) {
		CHECK_EQ(tmem_put(client, i, &oid, 0, &page), -ENODEV);
		CHECK_EQ(tmem_get(client, i, &oid, 0, &page), -ENODEV);
		CHECK_EQ(tmem_flush_page(client, i, &oid, 0), -ENODEV);
		CHECK_EQ(tmem_flush_range(client, i, &oid, 0, 1), -ENODEV);
		CHECK_EQ(tmem_flush_object(client, i, &oid), -ENODEV);
		CHECK_EQ(tmem_pool_get_stats(client, i, &s), -ENODEV);
		CHECK_EQ(tmem_destroy_pool(client, i), -ENOENT);
	}
	CHECK_EQ(tmem_put(client, 0, &invalid, 0, &page), -EINVAL);
	CHECK_EQ(tmem_get(client, 0, &invalid, 0, &page), -EINVAL);
	CHECK_EQ(tmem_flush_page(client, 0, &invalid, 0), -EINVAL);
	CHECK_EQ(tmem_flush_range(client, 0, &invalid, 0, 1), -EINVAL);
	CHECK_EQ(tmem_flush_object(client, 0, &invalid), -EINVAL);
	end();
}

static void test_shared(void)
{
	static const struct tmem_uuid other = { { 1, 3 } };
	struct tmem_client *c;
	struct page page;

	begin(TMEM_POOL_SHARED);
	c = tmem_client_create(host.core, 8, 2);
	CHECK_EQ(tmem_new_pool(client, &uuid, TMEM_POOL_SHARED), -EEXIST);
	CHECK_EQ(tmem_new_pool(c, &other, TMEM_POOL_SHARED), 0);
	CHECK_EQ(tmem_new_pool(c, &uuid, TMEM_POOL_SHARED), 1);
	CHECK_EQ(put(5), 0);
	CHECK_EQ(tmem_get(c, 0, &oid, 5, &page), -ENOENT);
	CHECK_EQ(tmem_get(c, 1, &oid, 5, &page), 0);
	CHECK_EQ(page.stamp.version, version);
	CHECK_EQ(get(5), version);
	/* Pages stay while one is in it. */
	CHECK_EQ(tmem_destroy_pool(client, pool), 0);
	CHECK_EQ(tmem_get(c, 1, &oid, 5, &page), 0);
	CHECK_EQ(tmem_new_pool(client, &uuid, TMEM_POOL_SHARED), pool);
	CHECK_EQ(get(5), version);
	CHECK_EQ(tmem_destroy_pool(c, 1), 0);
	CHECK_EQ(get(5), version);
	CHECK_EQ(tmem_destroy_pool(client, pool), 0);
	CHECK_EQ(host.pampds, 0);
	CHECK_EQ(tmem_new_pool(client, &uuid, TMEM_POOL_SHARED), pool);
	CHECK_EQ(get(5), -ENOENT);
	tmem_client_destroy(c);
	end();
}

/* --- runs ------------------------------------------------------------------ */

#define NOT_TOUCHED	0x7abc

static struct page pages[TMEM_RUN_PAGES];
static struct page *page_ptrs[TMEM_RUN_PAGES];

static struct tmem_run run_of(u32 index, unsigned int nr, u32 want)
{
	struct tmem_run run = {
		.oidp = &oid,
		.index = index,
		.nr = nr,
		.want = want,
		.pages = page_ptrs,
	};
	unsigned int i;

	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		page_ptrs[i] = want & 1U << i ? &pages[i] : NULL;
		run.err[i] = NOT_TOUCHED;
	}
	return run;
}

/* Versions are version + 1 + i; version is that of the last one afterwards. */
static struct tmem_run put_run(u32 index, unsigned int nr, u32 want)
{
	struct tmem_run run = run_of(index, nr, want);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct stamp stamp = { 0, oid.oid[0], index + i, ++version };

		page_fill(&pages[i], &stamp);
	}
	CHECK_EQ(tmem_put_pages(client, pool, &run), 0);
	return run;
}

/* What came is checked but for its version. */
static struct tmem_run get_run(u32 index, unsigned int nr, u32 want)
{
	struct tmem_run run = run_of(index, nr, want);
	unsigned int i;

	memset(pages, 0xee, sizeof(pages));
	CHECK_EQ(tmem_get_pages(client, pool, &run), 0);
	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		if (!(want & 1U << i)) {
			CHECK_EQ(run.err[i], NOT_TOUCHED);
			CHECK_EQ(pages[i].bytes[0], 0xee);
		} else if (!run.err[i]) {
			CHECK(run.done & 1U << i);
			CHECK(page_intact(&pages[i]));
			CHECK_EQ(pages[i].stamp.index, index + i);
		} else {
			CHECK(!(run.done & 1U << i));
		}
	}
	return run;
}

static void test_run_bad(void)
{
	static const struct tmem_oid invalid = { { ~0ULL, ~0ULL, ~0ULL } };
	static const struct { u32 index; unsigned int nr; u32 want; } bad[] = {
		{ 5, 0, 0 }, { 5, 33, 1 }, { 5, 1, 2 }, { 5, 31, 1U << 31 },
		{ U32_MAX, 2, 3 }, { U32_MAX - 30, 32, 1 }, { 5, ~0U, 1 },
	};
	struct tmem_run run;
	int i;

	begin(0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		run = run_of(bad[i].index, bad[i].nr, bad[i].want);
		CHECK_EQ(tmem_put_pages(client, pool, &run), -EINVAL);
		CHECK_EQ(tmem_get_pages(client, pool, &run), -EINVAL);
		CHECK_EQ(run.done, 0);
		CHECK_EQ(run.err[0], NOT_TOUCHED);
	}
	run = run_of(5, 2, 3);
	CHECK_EQ(tmem_put_pages(client, pool + 1, &run), -ENODEV);
	CHECK_EQ(tmem_get_pages(client, pool + 1, &run), -ENODEV);
	run.oidp = &invalid;
	CHECK_EQ(tmem_put_pages(client, pool, &run), -EINVAL);
	CHECK_EQ(tmem_get_pages(client, pool, &run), -EINVAL);
	/* A run of which nothing is wanted is none. */
	run = run_of(5, 2, 0);
	CHECK_EQ(tmem_put_pages(client, pool, &run), 0);
	CHECK_EQ(tmem_get_pages(client, pool, &run), 0);
	CHECK_EQ(run.done, 0);
	CHECK_EQ(host.creates, 0);
	CHECK_EQ(stats().objs, 0);
	end();
}

static void run_edges(u32 first, u32 flags)
{
	bool takes = !flags;
	struct tmem_run run;
	u64 base;
	int i;

	begin(flags);
	/* Neighbours on both sides, and one that is replaced. */
	if (first)
		CHECK_EQ(put(first - 1), 0);
	if (first < U32_MAX - 31)
		CHECK_EQ(put(first + 32), 0);
	CHECK_EQ(put(first + 7), 0);
	base = version;
	run = put_run(first, 32, 0xfffffff0);
	CHECK_EQ(run.done, 0xfffffff0);
	CHECK_EQ(stats().dup_puts, 1);
	CHECK_EQ(stats().puts, 29 + !!first + (first < U32_MAX - 31));

	/* One in the middle by itself, and holes at both ends. */
	CHECK_EQ(get(first + 9), base + 1 + 9);
	run = get_run(first, 20, 0x000fff0f);
	CHECK_EQ(run.done, takes ? 0x000ffd00 : 0x000fff00);
	for (i = 0; i < 20; i++)
		if (run.done & 1U << i)
			CHECK_EQ(pages[i].stamp.version, base + 1 + i);
	CHECK_EQ(run.err[0], -ENOENT);
	/* Once more: what a private ephemeral pool gave is gone, no more. */
	run = get_run(first, 32, ~0U);
	CHECK_EQ(run.done, takes ? 0xfff000f0 : 0xfffffff0);
	CHECK_EQ(stats().gets, 1 + hweight32(takes ? 0x000ffd00 : 0x000fff00) +
			       hweight32(run.done));
	if (first)
		CHECK(get(first - 1) > 0);
	if (first < U32_MAX - 31)
		CHECK(get(first + 32) > 0);
	if (takes) {
		shim_settle();
		CHECK_EQ(host.pampds, 0);
		CHECK_EQ(host.objs, 0);
	}
	end();
}

static void test_run_edges(void)
{
	static const u32 firsts[] = {
		0, 1, TMEM_OBJNODE_SLOTS - 1, TMEM_OBJNODE_SLOTS,
		64 * TMEM_OBJNODE_SLOTS * TMEM_OBJNODE_SLOTS - 5, 1000000,
		0x7ffffff0, U32_MAX - 32, U32_MAX - 31,
	};
	int i, k;

	for (host_runs = 0; ; host_runs = 1) {
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			for (i = 0; i < ARRAY_SIZE(firsts); i++)
				run_edges(firsts[i], kinds[k]);
		if (host_runs)
			break;
	}
	host_runs = 0;
}

/* What the host refuses of a run is gone; what it cannot read stays. */
static void test_run_fails(void)
{
	struct tmem_run run;
	int i, n, k;
	u64 base;

	for (i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		host_runs = i & 1;
		begin(kinds[i / 2]);
		for (n = 1; n <= 8; n++) {
			CHECK_EQ(put_run(100, 8, 0xff).done, 0xff);
			host.create_errno = E2BIG;
			host.fail_create = n;
			base = version;
			run = put_run(100, 8, 0xff);
			CHECK_EQ(run.done, 0xff & ~(1U << (n - 1)));
			CHECK_EQ(run.err[n - 1], -E2BIG);
			CHECK_EQ(get(100 + n - 1), -ENOENT);
			CHECK_EQ(put(100 + n - 1), 0);

			host.get_errno = EIO;
			host.fail_get = n;
			run = get_run(100, 8, 0xff);
			CHECK_EQ(run.done, 0xff & ~(1U << (n - 1)));
			CHECK_EQ(run.err[n - 1], -EIO);
			for (k = 0; k < 8; k++)
				if (k != n - 1)
					CHECK_EQ(pages[k].stamp.version,
						 base + 1 + k);
			CHECK_EQ(get(100 + n - 1), version);
			if (kinds[i / 2])
				CHECK_EQ(tmem_flush_object(client, pool, &oid),
					 0);
			CHECK_EQ(get_run(100, 8, 0xff).done, 0);
		}
		/* All of it refused, and no object made for that. */
		host.refuse_mod = 1;
		CHECK_EQ(put_run(100, 8, 0xff).done, 0);
		CHECK_EQ(stats().objs, 0);
		end();
	}
	host_runs = 0;
}

/* As test_get_loses_race(), for a page that is got with its neighbour. */
static void run_loses_race(int i, unsigned int away)
{
	bool both = hooks[i].hook == hook_flush_object ||
		    hooks[i].hook == hook_recreate;
	struct tmem_run run;
	u64 second;

	begin(0);
	host.away_mod = away;
	CHECK_EQ(put(5), 0);
	CHECK_EQ(put(6), 0);
	second = version;
	if (hooks[i].hook == hook_get || hooks[i].hook == hook_replace) {
		/* What is checked below is the newest. */
		CHECK_EQ(put(5), 0);
	}
	host.in_get_data = hooks[i].hook;
	hook_left = 1;
	run = get_run(4, 3, 7);
	host.in_get_data = NULL;
	CHECK_EQ(run.err[0], -ENOENT);
	CHECK_EQ(run.err[1], hooks[i].leaves_page ? 0 : -ENOENT);
	CHECK_EQ(run.err[2], both ? -ENOENT : 0);
	if (!run.err[1])
		CHECK_EQ(pages[1].stamp.version, version);
	if (!run.err[2])
		CHECK_EQ(pages[2].stamp.version, second);
	CHECK_EQ(get_run(4, 3, 7).done, 0);
	if (test_failures)
		fprintf(stderr, "  ... %s in the middle, away %u, runs %d\n",
			hooks[i].name, away, host_runs);
	end();
}

static void test_run_loses_race(void)
{
	int i;

	for (i = 0; i < 4 * ARRAY_SIZE(hooks); i++) {
		host_runs = i & 1;
		run_loses_race(i / 4, i & 2 ? 1 : 0);
	}
	host_runs = 0;
}

static void hook_put_again(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0)
		CHECK_EQ(put(page->stamp.index), 0);
}

/* Puts from within the creation of a run's pages came first. */
static void test_run_put_in_put(void)
{
	struct tmem_run run;
	u64 base;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin(kinds[i]);
		host.in_create = hook_put_again;
		hook_left = 4;
		base = version;
		run = put_run(60, 16, 0xffff);
		host.in_create = NULL;
		CHECK_EQ(run.done, 0xffff);
		CHECK_EQ(get_run(60, 16, 0xffff).done, 0xffff);
		for (k = 0; k < 16; k++)
			CHECK_EQ(pages[k].stamp.version, base + 1 + k);
		end();
	}
}

/* --- pages that are elsewhere ---------------------------------------------- */

/* All that are away of a run come by one request; the others do not wait. */
static void test_away(void)
{
	struct tmem_run run;
	int i, k;

	for (i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		host_runs = i & 1;
		begin(kinds[i / 2]);
		host.away_mod = 3;
		version = 300;
		CHECK_EQ(put_run(40, 30, 0x3fffffff).done, 0x3fffffff);
		run = get_run(38, 32, ~0U);
		CHECK_EQ(run.done, 0xfffffffc);
		CHECK_EQ(host.localifies, kinds[i / 2] != TMEM_POOL_PERSIST);
		for (k = 2; k < 32; k++)
			CHECK_EQ(pages[k].stamp.version, 299 + k);
		CHECK_EQ(get_run(38, 32, ~0U).done,
			 kinds[i / 2] ? 0xfffffffc : 0);
		CHECK_EQ(stats().pages, kinds[i / 2] ? 30 : 0);

		/* a single one */
		version = 302;
		CHECK_EQ(put(5), 0);
		CHECK_EQ(get(5), 303);
		end();
	}
	host_runs = 0;
}

/* Data that nobody has any more: a miss, and the descriptor goes. */
static void test_away_lost(void)
{
	struct tmem_run run;
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i += 2) {
		begin(kinds[i]);
		host.away_mod = 1;
		CHECK_EQ(put_run(40, 8, 0xff).done, 0xff);
		host.lose = 3;
		run = get_run(40, 8, 0xff);
		CHECK_EQ(run.done, 0xfb);
		CHECK_EQ(run.err[2], -ENOENT);
		CHECK_EQ(stats().evicts, 1);
		CHECK_EQ(stats().pages, kinds[i] ? 7 : 0);
		CHECK_EQ(get(42), -ENOENT);

		/* If they cannot be had now, they may be later. */
		CHECK_EQ(put(42), 0);
		host.get_errno = ETIMEDOUT;
		host.fail_get = 1;
		CHECK_EQ(get(42), -ETIMEDOUT);
		CHECK_EQ(get(42), version);
		CHECK_EQ(stats().evicts, 1);
		end();
	}
}

/* Lost, and put again while that was found out: the new page stays. */
static void hook_put_41(struct test_host *h, struct page *page)
{
	if (hook_left-- > 0)
		CHECK_EQ(put(41), 0);
}

static void test_away_lost_late(void)
{
	struct tmem_run run;

	begin(0);
	host.away_mod = 1;
	CHECK_EQ(put_run(40, 2, 3).done, 3);
	host.in_get_data = hook_put_41;
	host.lose = 2;
	hook_left = 1;
	run = get_run(40, 2, 3);
	host.in_get_data = NULL;
	CHECK_EQ(run.done, 1);
	CHECK_EQ(run.err[1], -ENOENT);
	CHECK_EQ(stats().evicts, 0);
	CHECK_EQ(get(41), version);
	end();
}

/* Evicted, and only its data are elsewhere. */
static void test_remotify(void)
{
	struct stamp stamp;
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin(kinds[i]);
		host.remotify_mod = 1;
		CHECK_EQ(put_run(40, 2, 3).done, 3);
		if (kinds[i] == TMEM_POOL_PERSIST) {
			CHECK_EQ(host_evict(&host, 0, &stamp), -EPERM);
			CHECK_EQ(get(40) > 0, 1);
			CHECK_EQ(host.localifies, 0);
			end();
			continue;
		}
		CHECK_EQ(host_evict(&host, 1, &stamp), 1);
		CHECK_EQ(stamp.index, 41);
		CHECK_EQ(host.frees, 1);
		CHECK_EQ(host_evict(&host, 1, &stamp), -EAGAIN);
		CHECK_EQ(stats().pages, 2);
		CHECK_EQ(stats().evicts, 0);
		CHECK_EQ(get_run(40, 2, 3).done, 3);
		CHECK_EQ(pages[1].stamp.version, stamp.version);
		CHECK_EQ(host.localifies, 1);
		CHECK_EQ(stats().pages, kinds[i] ? 2 : 0);

		/* An only page; a put replaces it, a flush takes it. */
		CHECK_EQ(tmem_flush_object(client, pool, &oid) <= 0, 1);
		CHECK_EQ(put(7), 0);
		CHECK_EQ(host_evict(&host, 0, &stamp), 1);
		CHECK_EQ(put(7), 0);
		CHECK_EQ(stats().dup_puts, 1);
		CHECK_EQ(host_evict(&host, 0, &stamp), 1);
		CHECK_EQ(stamp.version, version);
		CHECK_EQ(tmem_flush_page(client, pool, &oid, 7), 0);
		CHECK_EQ(get(7), -ENOENT);
		end();
	}
}

/* Gone or put again when its turn comes: nothing of the old one comes back. */
static void evict_flush(struct test_host *h, struct pampd *p)
{
	CHECK_EQ(tmem_flush_page(client, pool, &oid, 5), 0);
}

static void evict_put(struct test_host *h, struct pampd *p)
{
	CHECK_EQ(put(5), 0);
}

static void test_remotify_loses_race(void)
{
	struct stamp stamp;

	begin(0);
	host.remotify_mod = 1;
	CHECK_EQ(put(4), 0);
	CHECK_EQ(put(5), 0);
	host_hooks++;
	host.in_evict = evict_flush;
	CHECK_EQ(host_evict(&host, 1, &stamp), -ENOENT);
	CHECK_EQ(get(5), -ENOENT);
	CHECK_EQ(put(5), 0);
	host.in_evict = evict_put;
	CHECK_EQ(host_evict(&host, 1, &stamp), -ENOENT);
	host.in_evict = NULL;
	host_hooks--;
	CHECK_EQ(get(5), version);
	CHECK_EQ(host.localifies, 0);
	CHECK_EQ(stats().pages, 1);
	end();
}

/* A walk in steps: pages that stay are met once, whatever else happens. */
static void test_walk(void)
{
	struct tmem_cursor cur = { };
	unsigned int met = 0, nr, max;
	u32 i;

	begin(0);
	host.away_mod = 3;
	CHECK_EQ(host_walk(&host, client, &cur, 1), 0);
	for (max = 1; max <= HOST_WALK_MAX; max++) {
		for (i = 0; i < 1000; i += max)
			CHECK_EQ(put(i), 0);
		CHECK_EQ(put(U32_MAX), 0);
		for (met = 0, i = 0; ; i++) {
			nr = host_walk(&host, client, &cur, max);
			if (!nr)
				break;
			met += nr;
			/* one that was met goes, another comes */
			if (i < 5 && cur.next < U32_MAX) {
				tmem_flush_page(client, pool, &oid,
						cur.next - 1);
				CHECK_EQ(put(cur.next - 1), 0);
			}
		}
		CHECK_EQ(met, DIV_ROUND_UP(1000, max) + 1);
		CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
	}
	end();
}

static void rework_put(struct test_host *h, struct pampd *p)
{
	if (hook_left-- > 0)
		CHECK_EQ(put(5), 0);
}

static void rework_flush(struct test_host *h, struct pampd *p)
{
	if (hook_left-- > 0)
		CHECK_EQ(tmem_flush_page(client, pool, &oid, 5), 0);
}

static void rework_flush_object(struct test_host *h, struct pampd *p)
{
	if (hook_left-- > 0)
		CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
}

static void rework_recreate(struct test_host *h, struct pampd *p)
{
	if (hook_left-- > 0) {
		CHECK_EQ(tmem_flush_object(client, pool, &oid), 0);
		CHECK_EQ(put(5), 0);
	}
}

static void rework_destroy(struct test_host *h, struct pampd *p)
{
	if (hook_left-- > 0)
		CHECK_EQ(tmem_destroy_pool(client, pool), 0);
}

/* What became of the page while its other descriptor was made stays so. */
static void test_replace_loses_race(void)
{
	static const struct {
		void (*hook)(struct test_host *h, struct pampd *p);
		bool leaves_page;
	} races[] = {
		{ rework_put, true },
		{ rework_flush },
		{ rework_flush_object },
		{ rework_recreate, true },
		{ rework_destroy },
	};
	unsigned int replaced;
	int i, k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (i = 0; i < ARRAY_SIZE(races); i++) {
			struct tmem_cursor cur = { };

			begin(kinds[k]);
			CHECK_EQ(put(5), 0);
			host.in_rework = races[i].hook;
			hook_left = 1;
			replaced = 0;
			CHECK_EQ(host_rework(&host, client, &cur, 8, &replaced),
				 1);
			host.in_rework = NULL;
			CHECK_EQ(replaced, 0);
			if (races[i].leaves_page)
				CHECK_EQ(get(5), version);
			else if (races[i].hook == rework_destroy)
				CHECK_EQ(get(5), -ENODEV);
			else
				CHECK_EQ(get(5), -ENOENT);
			end();
		}
	}
}

/* Every page once, in order, however many at a time; and they all stay. */
static void test_walk_replaces(void)
{
	static const u32 at[] = { 0, 1, 2, 63, 64, 5000, 1U << 31, U32_MAX };
	struct tmem_oid o = oid;
	unsigned int max, met, n, replaced, i, k;
	u64 first;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		begin(kinds[k]);
		first = version + 1;
		for (o.oid[0] = 0; o.oid[0] < 20; o.oid[0]++)
			for (i = 0; i < ARRAY_SIZE(at); i++)
				CHECK_EQ(put_at(&o, at[i]), 0);
		for (max = 1; max <= HOST_WALK_MAX; max++) {
			struct tmem_cursor cur = { };

			met = replaced = 0;
			while ((n = host_rework(&host, client, &cur, max,
						&replaced)))
				met += n;
			CHECK_EQ(met, 20 * ARRAY_SIZE(at));
			CHECK_EQ(replaced, met);
			CHECK_EQ(cur.pool_id, 0);
			CHECK(!cur.inside);
		}
		CHECK_EQ(stats().pages, 20 * ARRAY_SIZE(at));
		CHECK_EQ(stats().dup_puts, 0);
		for (o.oid[0] = 0; o.oid[0] < 20; o.oid[0]++)
			for (i = 0; i < ARRAY_SIZE(at); i++)
				CHECK_EQ(get_at(&o, at[i]), first++);
		end();
	}
}

int main(void)
{
	test_run("get_data fails: the page stays", test_get_data_fails);
	test_run("create fails: the old page is gone", test_create_fails);
	test_run("linking fails: nothing is left half done", test_link_fails);
	test_run("destructive get loses a race", test_get_loses_race);
	test_run("other gets in a race", test_get_races_elsewhere);
	test_run("destructive get loses every race", test_get_never_wins);
	test_run("put overtaken by a put", test_put_in_put);
	test_run("run: what is none", test_run_bad);
	test_run("run: edges and holes", test_run_edges);
	test_run("run: some of it fails", test_run_fails);
	test_run("run: destructive get loses a race", test_run_loses_race);
	test_run("run: put overtaken by puts", test_run_put_in_put);
	test_run("away: one request", test_away);
	test_run("away: lost", test_away_lost);
	test_run("away: lost, and put again", test_away_lost_late);
	test_run("remotified", test_remotify);
	test_run("remotified: loses a race", test_remotify_loses_race);
	test_run("walk", test_walk);
	test_run("walk and replace", test_walk_replaces);
	test_run("replacement loses a race", test_replace_loses_race);
	test_run("evict", test_evict);
	test_run("evict, flushed", test_evict_flushed);
	test_run("evict, persistent", test_evict_persistent);
	test_run("evictor that looked before free", test_late_evictor);
	test_run("evictor of a page just replaced", test_late_evictor_replaced);
	test_run("big object", test_big_object);
	test_run("bounded sections", test_bounded_sections);
	test_run("long ranges", test_long_ranges);
	test_run("ranges", test_ranges);
	test_run("tree", test_tree);
	test_run("short nodes", test_short_nodes);
	test_run("register host", test_register);
	test_run("clients", test_clients);
	test_run("pools", test_pools);
	test_run("shared pools", test_shared);
	return test_end();
}
