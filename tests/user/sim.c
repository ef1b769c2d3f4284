// SPDX-License-Identifier: GPL-2.0
/* sim.c - operations on the core, checked against a trivial model; see sim.h */
#include <errno.h>
#include <linux/err.h>
#include <linux/spinlock.h>
#include "sim.h"
#include "test.h"

struct tmem_oid sim_oid(unsigned int nr)
{
	struct tmem_oid oid = { };

	nr %= SIM_OIDS;
	if (nr == SIM_OIDS - 1)
		return (struct tmem_oid){ { ~0ULL, ~0ULL, ~0ULL } };
	if (nr < 24) {
		/* One bucket, since the words' exclusive or is the same. */
		oid.oid[0] = nr * 0x100000001ULL;
		oid.oid[1] = oid.oid[0] ^ 0x1234;
	} else if (nr < 30) {
		/* The same words in every order. */
		oid.oid[(nr - 24) % 3] = 1;
		oid.oid[((nr - 24) % 3 + 1 + (nr - 24) / 3) % 3] = ~0ULL;
	} else if (nr < 33) {
		/* Nearly the invalid one. */
		oid.oid[0] = oid.oid[1] = oid.oid[2] = ~0ULL;
		oid.oid[nr - 30]--;
	} else {
		oid.oid[0] = (nr - 33) << 20;	/* 33: all zeros */
		oid.oid[2] = (nr - 33) % 4;
	}
	return oid;
}

/* --- the model ------------------------------------------------------------- */

static unsigned int hash(unsigned int pool, unsigned int oid, u32 index)
{
	u64 x = index + ((u64)oid << 32) + ((u64)pool << 40);

	return (x * 0x9e3779b97f4a7c15ULL >> 40) % SIM_HASH;
}

static struct sim_entry **lookup(struct sim *sim, unsigned int pool,
				 unsigned int oid, u32 index)
{
	struct sim_entry **link = &sim->hash[hash(pool, oid, index)];

	while (*link && ((*link)->pool != pool || (*link)->oid != oid ||
			 (*link)->index != index))
		link = &(*link)->next;
	return link;
}

static void drop(struct sim *sim, struct sim_entry **link)
{
	struct sim_entry *entry = *link;

	*link = entry->next;
	free(entry);
	sim->nr_entries--;
}

static void set(struct sim *sim, struct sim_entry **link, unsigned int pool,
		unsigned int oid, u32 index, u64 version)
{
	struct sim_entry *entry = *link;

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		entry->pool = pool;
		entry->oid = oid;
		entry->index = index;
		*link = entry;
		sim->nr_entries++;
	}
	entry->version = version;
}

/* Drop what matches; returns how many.  @oid negative: all of the pool. */
static unsigned long drop_range(struct sim *sim, unsigned int pool, int oid,
				u32 first, u32 last)
{
	unsigned long nr = 0;
	struct sim_entry **link;
	unsigned int i;

	for (i = 0; i < SIM_HASH; i++) {
		for (link = &sim->hash[i]; *link; ) {
			struct sim_entry *e = *link;

			if (e->pool == pool && (oid < 0 || e->oid == oid) &&
			    e->index >= first && e->index <= last) {
				drop(sim, link);
				nr++;
			} else {
				link = &e->next;
			}
		}
	}
	return nr;
}

static int compare(const void *a, const void *b)
{
	const struct sim_entry *x = a, *y = b;

	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	if (x->oid != y->oid)
		return x->oid < y->oid ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/*
 * Objnodes that one object must have: none for a single page; else a tree as
 * low as its largest index allows, and on each level one node for every prefix
 * in use, but for a root that is short enough to be in the object.
 */
static long expected_nodes(const struct sim_entry *e, unsigned long nr)
{
	u64 largest = e[nr - 1].index;
	long nodes = 0, below = 0, here = nr;
	unsigned int level;
	unsigned long i;

	if (nr == 1)
		return 0;
	for (level = 1; largest >> ((level - 1) * TMEM_OBJNODE_SHIFT); level++) {
		unsigned int shift = level * TMEM_OBJNODE_SHIFT;

		below = here;
		here = 0;
		for (i = 0; i < nr; i++)
			here += !i || (u64)e[i].index >> shift !=
				      (u64)e[i - 1].index >> shift;
		nodes += here;
	}
	return nodes - (below <= TMEM_TOP_SLOTS);
}

static void count_structures(struct sim *sim)
{
	struct sim_entry *all = calloc(sim->nr_entries + 1, sizeof(*all)), *e;
	unsigned long n = 0, i, j;
	unsigned int p;

	for (p = 0; p < SIM_POOLS; p++) {
		sim->pools[p].stats.pages = 0;
		sim->pools[p].stats.objs = 0;
		sim->pools[p].stats.objnodes = 0;
	}
	for (i = 0; i < SIM_HASH; i++)
		for (e = sim->hash[i]; e; e = e->next)
			all[n++] = *e;
	CHECK_EQ(n, sim->nr_entries);
	qsort(all, n, sizeof(*all), compare);
	for (i = 0; i < n; i = j) {
		struct tmem_pool_stats *s = &sim->pools[all[i].pool].stats;

		for (j = i; j < n && all[j].pool == all[i].pool &&
		     all[j].oid == all[i].oid; j++)
			s->pages++;
		s->objs++;
		s->objnodes += expected_nodes(&all[i], j - i);
	}
	free(all);
}

/* --- operations ------------------------------------------------------------ */

static int pool_of(struct sim *sim, const struct sim_op *op)
{
	if (op->id < 0 || op->id >= SIM_IDS)
		return -1;
	return sim->ids[op->client % SIM_CLIENTS][op->id];
}

static bool destructive(const struct sim_pool *pool)
{
	return !(pool->flags & (TMEM_POOL_PERSIST | TMEM_POOL_SHARED));
}

static struct stamp stamp_of(int pool, unsigned int oid, u32 index, u64 version)
{
	return (struct stamp){ pool, oid % SIM_OIDS, index, version };
}

/* Whether an errno can be put down to a failure that was asked for. */
static bool excused(struct sim *sim, int ret, unsigned long before)
{
	bool ok = shim_failures() + sim->host.injected != before;

	if (!ok)
		return false;
	sim->tolerated++;
	return ret == -ENOMEM || ret == -ENOSPC || ret == -E2BIG ||
	       ret == -EIO;
}

/* --- runs ------------------------------------------------------------------ */

/* What stands where an operation has no business. */
#define NOT_TOUCHED	0x7abc

struct sim_run {
	struct tmem_run run;
	struct page pages[TMEM_RUN_PAGES];
	struct page *ptrs[TMEM_RUN_PAGES];
};

/* Returns what the core must say to such a run as a whole. */
static int run_begin(struct sim_run *r, const struct sim_op *op, int p,
		     const struct tmem_oid *oidp)
{
	unsigned int i;

	r->run = (struct tmem_run){
		.oidp = oidp,
		.index = op->index,
		.nr = op->nr,
		.want = op->last,
		.pages = r->ptrs,
		.done = 0x5a5a5a5a,
	};
	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		r->ptrs[i] = op->last & 1U << i ? &r->pages[i] : NULL;
		r->run.err[i] = NOT_TOUCHED;
	}
	if (!op->nr || op->nr > TMEM_RUN_PAGES ||
	    (op->nr < 32 && op->last >> op->nr) ||
	    (u64)op->index + op->nr - 1 > U32_MAX || !tmem_oid_valid(oidp))
		return -EINVAL;
	return p < 0 ? -ENODEV : 0;
}

static void run_end(const struct sim_run *r, const struct sim_op *op, int want)
{
	unsigned int i;

	CHECK_EQ(r->run.index, op->index);
	CHECK_EQ(r->run.nr, op->nr);
	CHECK_EQ(r->run.want, op->last);
	if (want)
		CHECK_EQ(r->run.done, 0);
	CHECK(!(r->run.done & ~r->run.want));
	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		bool wanted = !want && op->last & 1U << i;

		if (!wanted)
			CHECK_EQ(r->run.err[i], NOT_TOUCHED);
		else
			CHECK_EQ(!r->run.err[i], !!(r->run.done & 1U << i));
	}
}

static void do_put_run(struct sim *sim, const struct sim_op *op, int p)
{
	unsigned long failures = shim_failures() + sim->host.injected;
	struct tmem_oid oid = sim_oid(op->oid);
	unsigned int o = op->oid % SIM_OIDS, i;
	u64 first = sim->version + 1;
	static struct sim_run r;
	struct sim_entry **link;
	int ret, want;

	want = run_begin(&r, op, p, &oid);
	sim->version += TMEM_RUN_PAGES;
	for (i = 0; i < TMEM_RUN_PAGES; i++) {
		struct stamp stamp = stamp_of(p, o, op->index + i, first + i);

		page_fill(&r.pages[i], &stamp);
	}
	ret = tmem_put_pages(sim->clients[op->client % SIM_CLIENTS], op->id,
			     &r.run);
	CHECK_EQ(ret, want);
	run_end(&r, op, want);
	if (want)
		return;
	for (i = 0; i < op->nr; i++) {
		CHECK(page_intact(&r.pages[i]));
		if (!(op->last & 1U << i))
			continue;
		link = lookup(sim, p, o, op->index + i);
		if (!r.run.err[i]) {
			sim->pools[p].stats.puts++;
			if (*link)
				sim->pools[p].stats.dup_puts++;
			set(sim, link, p, o, op->index + i, first + i);
			continue;
		}
		CHECK(excused(sim, r.run.err[i], failures));
		sim->pools[p].stats.failed_puts++;
		if (*link) {
			drop(sim, link);
			sim->pools[p].stats.flushes++;
		}
	}
}

static void do_get_run(struct sim *sim, const struct sim_op *op, int p)
{
	long injected = sim->host.injected, failed = 0;
	struct tmem_oid oid = sim_oid(op->oid);
	unsigned int o = op->oid % SIM_OIDS, i;
	static struct sim_run r;
	struct sim_entry **link;
	int ret, want;

	want = run_begin(&r, op, p, &oid);
	memset(r.pages, 0xee, sizeof(r.pages));
	ret = tmem_get_pages(sim->clients[op->client % SIM_CLIENTS], op->id,
			     &r.run);
	CHECK_EQ(ret, want);
	run_end(&r, op, want);
	if (want)
		return;
	for (i = 0; i < op->nr; i++) {
		const struct stamp *s = &r.pages[i].stamp;

		if (!(op->last & 1U << i)) {
			CHECK_EQ(s->version, 0xeeeeeeeeeeeeeeeeULL);
			continue;
		}
		link = lookup(sim, p, o, op->index + i);
		if (r.run.err[i])
			sim->pools[p].stats.failed_gets++;
		if (!*link) {
			CHECK_EQ(r.run.err[i], -ENOENT);
			continue;
		}
		if (r.run.err[i]) {
			CHECK_EQ(r.run.err[i], -EIO);
			failed++;
			continue;
		}
		sim->pools[p].stats.gets++;
		CHECK(page_intact(&r.pages[i]));
		CHECK_EQ(s->pool, p);
		CHECK_EQ(s->oid, o);
		CHECK_EQ(s->index, op->index + i);
		CHECK_EQ(s->version, (*link)->version);
		if (destructive(&sim->pools[p]))
			drop(sim, link);
	}
	CHECK_EQ(sim->host.injected - injected, failed);
	sim->tolerated += failed;
}

/* --- single pages ---------------------------------------------------------- */

static void do_put(struct sim *sim, const struct sim_op *op, int p)
{
	unsigned long failures = shim_failures() + sim->host.injected;
	struct tmem_oid oid = sim_oid(op->oid);
	unsigned int o = op->oid % SIM_OIDS;
	struct sim_entry **link;
	struct stamp stamp;
	struct page page;
	int ret;

	stamp = stamp_of(p, o, op->index, ++sim->version);
	page_fill(&page, &stamp);
	ret = tmem_put(sim->clients[op->client % SIM_CLIENTS], op->id, &oid,
		       op->index, &page);
	CHECK(page_intact(&page));
	if (!tmem_oid_valid(&oid)) {
		CHECK_EQ(ret, -EINVAL);
		return;
	}
	if (p < 0) {
		CHECK_EQ(ret, -ENODEV);
		return;
	}
	link = lookup(sim, p, o, op->index);
	if (!ret) {
		sim->pools[p].stats.puts++;
		if (*link)
			sim->pools[p].stats.dup_puts++;
		set(sim, link, p, o, op->index, sim->version);
		return;
	}
	CHECK(excused(sim, ret, failures));
	sim->pools[p].stats.failed_puts++;
	if (*link) {
		/* The older page must be gone as well. */
		drop(sim, link);
		sim->pools[p].stats.flushes++;
	}
}

static void do_get(struct sim *sim, const struct sim_op *op, int p)
{
	long injected = sim->host.injected;
	struct tmem_oid oid = sim_oid(op->oid);
	unsigned int o = op->oid % SIM_OIDS;
	struct sim_entry **link;
	struct page page;
	int ret;

	memset(&page, 0xee, sizeof(page));
	ret = tmem_get(sim->clients[op->client % SIM_CLIENTS], op->id, &oid,
		       op->index, &page);
	if (!tmem_oid_valid(&oid)) {
		CHECK_EQ(ret, -EINVAL);
		return;
	}
	if (p < 0) {
		CHECK_EQ(ret, -ENODEV);
		return;
	}
	link = lookup(sim, p, o, op->index);
	if (ret)
		sim->pools[p].stats.failed_gets++;
	if (!*link) {
		CHECK_EQ(ret, -ENOENT);
		return;
	}
	if (sim->host.injected != injected) {
		/* No data, so the page must still be there. */
		CHECK_EQ(ret, -EIO);
		sim->tolerated++;
		return;
	}
	if (!CHECK_EQ(ret, 0))
		return;
	sim->pools[p].stats.gets++;
	CHECK(page_intact(&page));
	CHECK_EQ(page.stamp.pool, p);
	CHECK_EQ(page.stamp.oid, o);
	CHECK_EQ(page.stamp.index, op->index);
	CHECK_EQ(page.stamp.version, (*link)->version);
	if (destructive(&sim->pools[p]))
		drop(sim, link);
}

static void do_flush(struct sim *sim, const struct sim_op *op, int p)
{
	static DEFINE_SPINLOCK(mm_lock);
	struct tmem_client *client = sim->clients[op->client % SIM_CLIENTS];
	unsigned int o = op->oid % SIM_OIDS;
	struct tmem_oid oid = sim_oid(op->oid);
	u32 first = 0, last = U32_MAX;
	unsigned long flags = 0, nr;
	int ret;

	if (op->irqs_off) {
		spin_lock_irqsave(&mm_lock, flags);
		host_outer_locks = 1;
	}
	switch (op->code) {
	case SIM_FLUSH_PAGE:
		first = last = op->index;
		ret = tmem_flush_page(client, op->id, &oid, op->index);
		break;
	case SIM_FLUSH_RANGE:
		first = op->index;
		last = op->last;
		ret = tmem_flush_range(client, op->id, &oid, first, last);
		break;
	default:
		ret = tmem_flush_object(client, op->id, &oid);
	}
	if (op->irqs_off) {
		host_outer_locks = 0;
		spin_unlock_irqrestore(&mm_lock, flags);
	}
	if (!tmem_oid_valid(&oid) || first > last) {
		CHECK_EQ(ret, -EINVAL);
		return;
	}
	if (p < 0) {
		CHECK_EQ(ret, -ENODEV);
		return;
	}
	nr = drop_range(sim, p, o, first, last);
	CHECK_EQ(ret, nr ? 0 : -ENOENT);
	sim->pools[p].stats.flushes += nr;
}

static void do_evict(struct sim *sim, const struct sim_op *op)
{
	struct sim_entry **link;
	struct stamp stamp;
	int ret;

	/* A position in the list that is likely to exist, however long it is. */
	ret = host_evict(&sim->host,
			 sim->nr_entries ? op->last % sim->nr_entries % 64 : 0,
			 &stamp);
	if (ret == -EAGAIN) {
		CHECK_EQ(sim->nr_entries, 0);
		return;
	}
	if (ret == -EPERM) {
		CHECK(sim->pools[stamp.pool].flags & TMEM_POOL_PERSIST);
		return;
	}
	link = lookup(sim, stamp.pool, stamp.oid, stamp.index);
	/*
	 * A page of a big object that was flushed, which the worker has not
	 * come to yet: the host still has it, the core does not find it.
	 */
	if (ret == -ENOENT) {
		CHECK(!*link || (*link)->version != stamp.version);
		return;
	}
	CHECK_EQ(ret, 0);
	CHECK(!(sim->pools[stamp.pool].flags & TMEM_POOL_PERSIST));
	if (!CHECK(*link))
		return;
	CHECK_EQ((*link)->version, stamp.version);
	drop(sim, link);
	sim->pools[stamp.pool].stats.evicts++;
}

static void do_new_pool(struct sim *sim, const struct sim_op *op)
{
	unsigned int c = op->client % SIM_CLIENTS, u = op->last % SIM_UUIDS;
	unsigned long failures = shim_failures();
	struct tmem_uuid uuid = { { 0x1111 + u, 0x2222 } };
	bool no_uuid = op->last & 0x100;
	int want = -1, p = -1, i, ret;
	u32 flags = op->flags;
	bool bad;

	ret = tmem_new_pool(sim->clients[c], no_uuid ? NULL : &uuid, flags);

	bad = flags & ~(TMEM_POOL_PERSIST | TMEM_POOL_SHARED |
			TMEM_POOL_BACKED |
			TMEM_SPEC_VERSION << TMEM_POOL_VERSION_SHIFT) ||
	      ((flags & TMEM_POOL_SHARED) &&
	       ((flags & TMEM_POOL_PERSIST) || no_uuid)) ||
	      (flags & (TMEM_POOL_PERSIST | TMEM_POOL_BACKED)) ==
	      TMEM_POOL_BACKED;
	if (bad) {
		CHECK_EQ(ret, -EINVAL);
		return;
	}
	if (ret == -ENOMEM) {
		CHECK(excused(sim, ret, failures + sim->host.injected));
		return;
	}
	for (i = SIM_IDS; i--; )
		if (sim->ids[c][i] < 0)
			want = i;
	if (flags & TMEM_POOL_SHARED)
		for (i = 0; i < SIM_POOLS; i++)
			if (sim->pools[i].used && sim->pools[i].uuid == u &&
			    (sim->pools[i].flags & TMEM_POOL_SHARED))
				p = i;
	for (i = 0; p >= 0 && i < SIM_IDS; i++) {
		if (sim->ids[c][i] == p) {
			CHECK_EQ(ret, -EEXIST);
			return;
		}
	}
	if (want < 0) {
		CHECK_EQ(ret, -ENOSPC);
		return;
	}
	if (!CHECK_EQ(ret, want))
		return;
	if (p < 0) {
		for (p = 0; sim->pools[p].used; p++)
			;
		memset(&sim->pools[p], 0, sizeof(sim->pools[p]));
		sim->pools[p].used = true;
		sim->pools[p].flags = flags & (TMEM_POOL_PERSIST |
					       TMEM_POOL_SHARED);
		sim->pools[p].uuid = u;
	}
	sim->pools[p].joined++;
	sim->ids[c][want] = p;
}

static void do_destroy_pool(struct sim *sim, const struct sim_op *op, int p)
{
	unsigned int c = op->client % SIM_CLIENTS;

	CHECK_EQ(tmem_destroy_pool(sim->clients[c], op->id),
		 p < 0 ? -ENOENT : 0);
	if (p < 0)
		return;
	sim->ids[c][op->id] = -1;
	if (--sim->pools[p].joined)
		return;
	drop_range(sim, p, -1, 0, U32_MAX);
	sim->pools[p].used = false;
}

static void check_stats(struct sim *sim, unsigned int c, int id)
{
	struct tmem_pool_stats got, *want;
	int p = sim->ids[c][id], ret;

	ret = tmem_pool_get_stats(sim->clients[c], id, &got);
	CHECK_EQ(ret, p < 0 ? -ENODEV : 0);
	if (p < 0 || ret)
		return;
	want = &sim->pools[p].stats;
	CHECK_EQ(got.pages, want->pages);
	CHECK_EQ(got.objs, want->objs);
	CHECK_EQ(got.objnodes, want->objnodes);
	CHECK_EQ(got.puts, want->puts);
	CHECK_EQ(got.dup_puts, want->dup_puts);
	CHECK_EQ(got.failed_puts, want->failed_puts);
	CHECK_EQ(got.gets, want->gets);
	CHECK_EQ(got.failed_gets, want->failed_gets);
	CHECK_EQ(got.flushes, want->flushes);
	CHECK_EQ(got.evicts, want->evicts);
}

static void check_counters(struct sim *sim)
{
	long objs = 0, nodes = 0, pages = 0;
	int c, i, p;

	/* Big objects are emptied by a worker, and freed by RCU. */
	shim_settle();
	count_structures(sim);
	for (c = 0; c < SIM_CLIENTS; c++)
		for (i = 0; i < SIM_IDS; i++)
			check_stats(sim, c, i);
	for (p = 0; p < SIM_POOLS; p++) {
		pages += sim->pools[p].stats.pages;
		objs += sim->pools[p].stats.objs;
		nodes += sim->pools[p].stats.objnodes;
	}
	CHECK_EQ(sim->host.pampds, pages);
	CHECK_EQ(sim->host.objs, objs);
	CHECK_EQ(sim->host.objnodes, nodes);
}

void sim_op(struct sim *sim, const struct sim_op *op)
{
	int p = pool_of(sim, op);
	int failed = test_failures;

	sim->done++;
	switch (op->code) {
	case SIM_PUT:
		do_put(sim, op, p);
		break;
	case SIM_GET:
		do_get(sim, op, p);
		break;
	case SIM_PUT_RUN:
		do_put_run(sim, op, p);
		break;
	case SIM_GET_RUN:
		do_get_run(sim, op, p);
		break;
	case SIM_FLUSH_PAGE:
	case SIM_FLUSH_RANGE:
	case SIM_FLUSH_OBJECT:
		do_flush(sim, op, p);
		break;
	case SIM_EVICT:
		do_evict(sim, op);
		break;
	case SIM_NEW_POOL:
		do_new_pool(sim, op);
		break;
	case SIM_DESTROY_POOL:
		do_destroy_pool(sim, op, p);
		break;
	case SIM_FAIL_CREATE:
		sim->host.fail_create = 1;
		sim->host.create_errno = op->index % 2 ? ENOSPC : E2BIG;
		break;
	case SIM_FAIL_GET:
		sim->host.fail_get = 1;
		sim->host.get_errno = EIO;
		break;
	case SIM_FAIL_ALLOC:
		shim_fail_nth(op->index % 40 + 1, op->last & 1);
		break;
	case SIM_CHECK:
		check_counters(sim);
		break;
	default:
		break;
	}
	/* What SIM_FAIL_ALLOC asked for was to hit this one operation only. */
	if (op->code < SIM_FAIL_CREATE && !sim->keep_failing)
		shim_fail_nth(0, false);
	if (test_failures != failed && failed < 3)
		fprintf(stderr,
			"  ... in operation %lu: code %d client %u id %d oid %u index %u last %u nr %u flags %x\n",
			sim->done, op->code, op->client % SIM_CLIENTS, op->id,
			op->oid % SIM_OIDS, op->index, op->last, op->nr,
			op->flags);
}

/* --- begin, end ------------------------------------------------------------ */

int sim_start(struct sim *sim)
{
	int c, i, ret;

	memset(sim, 0, sizeof(*sim));
	for (c = 0; c < SIM_CLIENTS; c++)
		for (i = 0; i < SIM_IDS; i++)
			sim->ids[c][i] = -1;
	ret = host_start(&sim->host, true);
	if (ret)
		return ret;
	sim->host.away_mod = 5;
	for (c = 0; c < SIM_CLIENTS; c++) {
		sim->clients[c] = tmem_client_create(sim->host.core, c,
						     SIM_IDS);
		if (!IS_ERR(sim->clients[c]))
			continue;
		ret = PTR_ERR(sim->clients[c]);
		while (c--)
			tmem_client_destroy(sim->clients[c]);
		CHECK(host_stop(&sim->host));
		return ret;
	}
	return 0;
}

/* Every page that the model knows, by a get; those of others by no get. */
static void check_pages(struct sim *sim, bool take)
{
	struct sim_op op = { .code = SIM_GET };
	struct sim_entry *e, *next;
	unsigned int i;
	int c, id;

	sim->host.fail_get = 0;
	for (c = 0; c < SIM_CLIENTS; c++) {
		for (id = 0; id < SIM_IDS; id++) {
			int p = sim->ids[c][id];

			if (p < 0 || (!take && destructive(&sim->pools[p])))
				continue;
			op.client = c;
			op.id = id;
			for (i = 0; i < SIM_HASH; i++) {
				for (e = sim->hash[i]; e; e = next) {
					next = e->next;
					if (e->pool != p)
						continue;
					op.oid = e->oid;
					op.index = e->index;
					do_get(sim, &op, p);
				}
			}
		}
	}
}

/* A walk meets every page of a client's pools once; all may be replaced. */
static void check_walk(struct sim *sim)
{
	unsigned int met, replaced, n;
	long pages;
	int c, i;

	for (c = 0; c < SIM_CLIENTS; c++) {
		struct tmem_cursor cur = { };

		met = replaced = pages = 0;
		while ((n = host_rework(&sim->host, sim->clients[c], &cur,
					1 + sim->done % HOST_WALK_MAX,
					&replaced)))
			met += n;
		for (i = 0; i < SIM_IDS; i++)
			if (sim->ids[c][i] >= 0)
				pages += sim->pools[sim->ids[c][i]].stats.pages;
		CHECK_EQ(met, pages);
		CHECK_EQ(replaced, pages);
	}
}

void sim_check(struct sim *sim)
{
	check_counters(sim);
	check_walk(sim);
	check_pages(sim, false);
	check_counters(sim);
}

void sim_stop(struct sim *sim)
{
	struct sim_entry *e;
	unsigned int i;
	int c;

	shim_fail_nth(0, false);
	sim->host.fail_create = 0;
	check_counters(sim);
	check_pages(sim, true);
	check_counters(sim);
	CHECK_EQ(tmem_unregister_host(sim->host.core), -EBUSY);
	for (c = 0; c < SIM_CLIENTS; c++)
		tmem_client_destroy(sim->clients[c]);
	CHECK(host_stop(&sim->host));
	for (i = 0; i < SIM_HASH; i++) {
		while ((e = sim->hash[i])) {
			sim->hash[i] = e->next;
			free(e);
		}
	}
}
