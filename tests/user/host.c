// SPDX-License-Identifier: GPL-2.0
/* host.c - a host for tests; see host.h */
#include <errno.h>
#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "host.h"

#define PAMPD_MAGIC	0x70616d70U
#define PAMPD_DEAD	0xdeadd00dU

#define add(v, n)	__atomic_fetch_add(&(v), (n), __ATOMIC_RELAXED)
#define inc(v)	add(v, 1)
#define dec(v)	__atomic_fetch_sub(&(v), 1, __ATOMIC_RELAXED)
#define get(v)	__atomic_load_n(&(v), __ATOMIC_RELAXED)

__thread int host_outer_locks;
__thread int host_hooks;
bool host_runs;

static u64 mix(u64 x)
{
	x ^= x >> 31;
	x *= 0x7fb5d329728ea185ULL;
	x ^= x >> 27;
	return x * 0x81dadef4bc2dd44dULL;
}

static u64 stamp_seed(const struct stamp *s)
{
	return mix(mix(mix(mix(s->pool) + s->oid) + s->index) + s->version);
}

void page_fill(struct page *page, const struct stamp *stamp)
{
	u64 x = stamp_seed(stamp);
	size_t i;

	page->stamp = *stamp;
	for (i = sizeof(*stamp); i < sizeof(*page); i += sizeof(x)) {
		x = mix(x + i);
		memcpy(&page->bytes[i], &x, sizeof(x));
	}
}

bool page_intact(const struct page *page)
{
	struct page want;

	page_fill(&want, &page->stamp);
	return !memcmp(&want, page, sizeof(want));
}

static u32 checksum(const struct page *page)
{
	u32 sum = 1;
	size_t i;

	for (i = 0; i < sizeof(*page); i++)
		sum = sum * 31 + page->bytes[i];
	return sum;
}

/* True for the call that a countdown was set for. */
static bool strikes(long *countdown)
{
	return get(*countdown) > 0 && dec(*countdown) == 1;
}

/* --- hostops --------------------------------------------------------------- */

static struct tmem_obj *obj_alloc(void *priv, const struct tmem_pool *pool)
{
	struct test_host *host = priv;
	struct tmem_obj *obj;

	if (shim_should_fail())
		return NULL;
	obj = malloc(sizeof(*obj));
	memset(obj, 0xa5, sizeof(*obj));
	obj->tree = malloc(sizeof(*obj->tree));
	memset(obj->tree, 0xa5, sizeof(*obj->tree));
	inc(host->objs);
	return obj;
}

static void obj_free(void *priv, struct tmem_obj *obj)
{
	struct test_host *host = priv;

	dec(host->objs);
	free(obj->tree);
	free(obj);
}

static struct tmem_objnode *objnode_alloc(void *priv,
					  const struct tmem_pool *pool,
					  unsigned int size)
{
	struct test_host *host = priv;

	WARN_ON(!shim_irqs_disabled());
	WARN_ON(shim_locks_held() <= host_outer_locks);
	WARN_ON(size >= TMEM_OBJNODE_SIZES);
	WARN_ON(tmem_pool_host_priv(pool) != priv);
	if (shim_should_fail())
		return NULL;
	inc(host->objnodes);
	add(host->node_bytes, tmem_objnode_bytes(size));
	/* Not a byte more, so that a sanitizer sees what is beyond it. */
	return memset(malloc(tmem_objnode_bytes(size)), 0xa5,
		      tmem_objnode_bytes(size));
}

static void objnode_free(void *priv, struct tmem_objnode *node,
			 unsigned int size)
{
	struct test_host *host = priv;

	WARN_ON(size >= TMEM_OBJNODE_SIZES || size != node->size);
	WARN_ON(node->cap != tmem_objnode_cap(size));
	dec(host->objnodes);
	add(host->node_bytes, -tmem_objnode_bytes(size));
	free(node);
}

const struct tmem_hostops test_hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "test",
	.obj_alloc = obj_alloc,
	.obj_free = obj_free,
	.objnode_alloc = objnode_alloc,
	.objnode_free = objnode_free,
};

/* --- pamops ---------------------------------------------------------------- */

/* No lock but the caller's own, irqs on: the host may do long work. */
static void check_unlocked(void)
{
	WARN_ON(shim_irqs_disabled());
	WARN_ON(shim_locks_held());
}

static void pampd_put(struct pampd *p)
{
	long left = __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL);

	WARN_ON(left < 0);
	if (left)
		return;
	WARN_ON(p->sum != checksum(&p->copy));
	p->magic = PAMPD_DEAD;
	dec(p->host->pampds);
	free(p);
}

static void *create(struct tmem_pool *pool, const struct tmem_oid *oidp,
		    u32 index, struct page *page)
{
	struct test_host *host = tmem_pool_host_priv(pool);
	struct pampd *p;

	check_unlocked();
	WARN_ON(shim_in_rcu() && !host_hooks);
	WARN_ON(!tmem_oid_valid(oidp));
	WARN_ON(page->stamp.index != index);
	shim_race_point();
	inc(host->creates);
	if (host->in_create) {
		host_hooks++;
		host->in_create(host, page);
		host_hooks--;
	}
	if (strikes(&host->fail_create)) {
		inc(host->injected);
		return ERR_PTR(-host->create_errno);
	}
	if (host->refuse_mod &&
	    page->stamp.version % host->refuse_mod == host->refuse_mod - 1)
		return ERR_PTR(-ENOSPC);
	if (shim_should_fail())
		return ERR_PTR(-ENOMEM);
	p = malloc(sizeof(*p));
	memset(p, 0xa5, sizeof(*p));
	p->magic = PAMPD_MAGIC;
	p->refs = 1;
	p->linked = false;
	p->unlisted = false;
	p->away = host->away_mod && !tmem_pool_is_persistent(pool) &&
		  page->stamp.version % host->away_mod == 0;
	p->host = host;
	INIT_LIST_HEAD(&p->lru);
	p->copy = *page;
	p->sum = checksum(&p->copy);
	inc(host->pampds);
	return p;
}

static void create_finish(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct pampd *p = pampd;
	struct test_host *host = p->host;

	WARN_ON(!shim_irqs_disabled());
	lockdep_assert_held(&obj->tree->lock);
	WARN_ON(p->magic != PAMPD_MAGIC || p->linked);
	WARN_ON(p->copy.stamp.index != index);
	p->obj = obj;
	p->index = index;
	p->linked = true;
	if (!host->evictable ||
	    (host->spare_persistent && tmem_pool_is_persistent(obj->pool)))
		return;
	spin_lock(&host->lock);
	list_add_tail(&p->lru, &host->lru);
	spin_unlock(&host->lock);
}

/* The new one waits where the old one did, unless that is being evicted. */
static bool replace(struct tmem_obj *obj, u32 index, void *old, void *new)
{
	struct pampd *o = old, *n = new;
	struct test_host *host = o->host;
	bool listed = true;

	WARN_ON(!shim_irqs_disabled());
	lockdep_assert_held(&obj->tree->lock);
	WARN_ON(o->magic != PAMPD_MAGIC || !o->linked);
	WARN_ON(n->magic != PAMPD_MAGIC || n->linked);
	WARN_ON(o->obj != obj || o->index != index);
	/* Before an evictor can find it. */
	n->obj = obj;
	n->index = index;
	if (!o->unlisted && host->evictable &&
	    !(host->spare_persistent && tmem_pool_is_persistent(obj->pool))) {
		spin_lock(&host->lock);
		listed = !list_empty(&o->lru);
		if (listed) {
			list_add(&n->lru, &o->lru);
			list_del_init(&o->lru);
		}
		spin_unlock(&host->lock);
	}
	n->linked = listed;
	return listed;
}

static void hold(void *pampd)
{
	struct pampd *p = pampd;

	WARN_ON(!shim_irqs_disabled());
	WARN_ON(shim_locks_held() <= host_outer_locks);
	WARN_ON(p->magic != PAMPD_MAGIC || !p->linked);
	WARN_ON(inc(p->refs) < 1);
}

static int copy_out(struct test_host *host, struct pampd *p, struct page *page)
{
	long nr;

	check_unlocked();
	WARN_ON(p->magic != PAMPD_MAGIC || p->host != host);
	WARN_ON(get(p->refs) < 1);
	nr = inc(host->gets);
	if (host->in_get_data) {
		host_hooks++;
		host->in_get_data(host, page);
		host_hooks--;
	}
	shim_race_point();
	if (strikes(&host->fail_get)) {
		inc(host->injected);
		memset(page, 0x5a, sizeof(*page));
		return -host->get_errno;
	}
	if (host->fail_get_mod && nr % host->fail_get_mod == 0) {
		memset(page, 0x5a, sizeof(*page));
		return -EIO;
	}
	*page = p->copy;
	shim_race_point();
	return 0;
}

static int get_data(struct tmem_pool *pool, void *pampd, struct page *page)
{
	struct pampd *p = pampd;

	WARN_ON(!shim_in_rcu());
	if (p->away) {
		memset(page, 0x5a, sizeof(*page));
		return -EREMOTE;
	}
	return copy_out(tmem_pool_host_priv(pool), p, page);
}

static u32 localify(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		    void **pampds)
{
	struct test_host *host = tmem_pool_host_priv(pool);
	struct pampd *p;
	unsigned int i;
	u32 got = 0, left;

	WARN_ON(!map || map & ~run->want);
	WARN_ON(tmem_pool_is_persistent(pool));
	WARN_ON(shim_in_rcu() && !host_hooks);
	inc(host->localifies);
	tmem_run_for_each(i, map, left) {
		p = pampds[i];
		WARN_ON(!p->away || run->err[i] != -EREMOTE);
		WARN_ON(p->copy.stamp.index != run->index + i);
		if (strikes(&host->lose)) {
			memset(run->pages[i], 0x5a, sizeof(struct page));
			run->err[i] = -ENOENT;
			continue;
		}
		run->err[i] = copy_out(host, p, run->pages[i]);
		got |= run->err[i] ? 0 : 1U << i;
	}
	return got;
}

static void release(struct tmem_pool *pool, void *pampd)
{
	struct pampd *p = pampd;

	WARN_ON(shim_locks_held() != host_outer_locks);
	WARN_ON(p->magic != PAMPD_MAGIC);
	WARN_ON(tmem_pool_host_priv(pool) != p->host);
	pampd_put(p);
}

static void count_section(struct test_host *host)
{
	static __thread unsigned long section;
	static __thread long frees;

	if (section != shim_rcu_section())
		frees = 0;
	section = shim_rcu_section();
	frees++;
	if (frees > __atomic_load_n(&host->most_frees, __ATOMIC_RELAXED))
		__atomic_store_n(&host->most_frees, frees, __ATOMIC_RELAXED);
}

static void pampd_free(struct tmem_pool *pool, void *pampd)
{
	struct pampd *p = pampd;
	struct test_host *host = p->host;
	unsigned long flags;

	WARN_ON(!shim_in_rcu());
	WARN_ON(shim_locks_held() != host_outer_locks);
	WARN_ON(p->magic != PAMPD_MAGIC);
	WARN_ON(tmem_pool_host_priv(pool) != host);
	count_section(host);
	if (host->in_free) {
		host_hooks++;
		host->in_free(host, p);
		host_hooks--;
	}
	shim_race_point();
	if (host->evictable) {
		spin_lock_irqsave(&host->lock, flags);
		list_del_init(&p->lru);
		spin_unlock_irqrestore(&host->lock, flags);
	}
	inc(host->frees);
	p->linked = false;
	pampd_put(p);
}

static u32 create_run(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		      void **pampds)
{
	u32 made = 0, left;
	unsigned int i;

	WARN_ON(!map || map & ~run->want || run->nr > TMEM_RUN_PAGES);
	tmem_run_for_each(i, map, left) {
		pampds[i] = create(pool, run->oidp, run->index + i,
				   run->pages[i]);
		if (IS_ERR(pampds[i])) {
			run->err[i] = PTR_ERR(pampds[i]);
			pampds[i] = (void *)0xdead0000;
		} else {
			made |= 1U << i;
		}
	}
	return made;
}

static void create_finish_run(struct tmem_obj *obj, const struct tmem_run *run,
			      u32 map, void **pampds)
{
	unsigned int i;
	u32 left;

	WARN_ON(!map || map & ~run->want);
	tmem_run_for_each(i, map, left)
		create_finish(obj, run->index + i, pampds[i]);
}

static u32 get_run(struct tmem_pool *pool, struct tmem_run *run, u32 map,
		   void **pampds)
{
	unsigned int i;
	u32 got = 0, left;

	WARN_ON(!map || map & ~run->want);
	tmem_run_for_each(i, map, left) {
		run->err[i] = get_data(pool, pampds[i], run->pages[i]);
		got |= run->err[i] ? 0 : 1U << i;
	}
	return got;
}

const struct tmem_pamops test_run_pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = create,
	.create_finish = create_finish,
	.replace = replace,
	.hold = hold,
	.get_data = get_data,
	.release = release,
	.free = pampd_free,
	.create_run = create_run,
	.create_finish_run = create_finish_run,
	.get_run = get_run,
	.localify = localify,
};

const struct tmem_pamops test_pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = create,
	.create_finish = create_finish,
	.replace = replace,
	.hold = hold,
	.get_data = get_data,
	.release = release,
	.free = pampd_free,
	.localify = localify,
};

/* --- for tests ------------------------------------------------------------- */

int host_start(struct test_host *host, bool evictable)
{
	memset(host, 0, sizeof(*host));
	host->evictable = evictable;
	spin_lock_init(&host->lock);
	INIT_LIST_HEAD(&host->lru);
	host->core = tmem_register_host(&test_hostops, host_runs ?
					&test_run_pamops : &test_pamops, host);
	if (IS_ERR(host->core))
		return PTR_ERR(host->core);
	return 0;
}

bool host_stop(struct test_host *host)
{
	int ret = tmem_unregister_host(host->core);

	if (!ret && !get(host->objs) && !get(host->objnodes) &&
	    !get(host->pampds) && !get(host->node_bytes) && list_empty(&host->lru))
		return true;
	fprintf(stderr,
		"host: unregister %d, left: %ld objs, %ld objnodes, %ld pampds, list %sempty\n",
		ret, host->objs, host->objnodes, host->pampds,
		list_empty(&host->lru) ? "" : "not ");
	return false;
}

/* Leave a descriptor in its place, which nobody evicts. */
static int remotify(struct tmem_obj *obj, u32 index, struct pampd *p)
{
	struct test_host *host = p->host;
	struct pampd *away = malloc(sizeof(*away));
	int ret;

	away->magic = PAMPD_MAGIC;
	away->refs = 1;
	away->away = true;
	away->host = host;
	away->copy = p->copy;
	away->sum = p->sum;
	INIT_LIST_HEAD(&away->lru);
	/* Before anybody can find it. */
	away->linked = true;
	away->unlisted = true;
	away->obj = obj;
	away->index = index;
	inc(host->pampds);
	ret = tmem_remotify(obj, index, p, away);
	if (ret)
		pampd_put(away);
	return ret ?: 1;
}

int host_evict(struct test_host *host, unsigned int nth, struct stamp *stamp)
{
	struct pampd *p, *found = NULL;
	struct tmem_obj *obj = NULL;
	unsigned long flags;
	u32 index = 0;
	int ret;

	rcu_read_lock();
	spin_lock_irqsave(&host->lock, flags);
	list_for_each_entry(p, &host->lru, lru) {
		if (nth--)
			continue;
		found = p;
		obj = p->obj;
		index = p->index;
		inc(p->refs);
		break;
	}
	spin_unlock_irqrestore(&host->lock, flags);
	if (!found) {
		rcu_read_unlock();
		return -EAGAIN;
	}
	shim_race_point();
	*stamp = found->copy.stamp;
	if (host->in_evict)
		host->in_evict(host, found);
	if (host->remotify_mod && !found->away &&
	    stamp->version % host->remotify_mod == 0)
		ret = remotify(obj, index, found);
	else
		ret = tmem_evict(obj, index, found);
	rcu_read_unlock();
	pampd_put(found);
	return ret;
}

/* A page that tmem_walk() has met is done with. */
void host_let_go(void *pampd)
{
	pampd_put(pampd);
}

/* What a walk has met is what its cursor says. */
static unsigned int walk(struct test_host *host, struct tmem_client *client,
			 struct tmem_cursor *cur, unsigned int max,
			 struct tmem_found *found)
{
	unsigned int nr = tmem_walk(client, cur, found, max), i;
	struct pampd *p;

	WARN_ON(nr > max);
	for (i = 0; i < nr; i++) {
		p = found[i].pampd;
		WARN_ON(p->magic != PAMPD_MAGIC || p->host != host);
		WARN_ON(p->copy.stamp.index != found[i].index);
		WARN_ON(i && found[i].index <= found[i - 1].index);
	}
	return nr;
}

unsigned int host_walk(struct test_host *host, struct tmem_client *client,
		       struct tmem_cursor *cur, unsigned int max)
{
	struct tmem_found found[HOST_WALK_MAX];
	unsigned int i, nr = walk(host, client, cur, max, found);

	for (i = 0; i < nr; i++) {
		shim_race_point();
		pampd_put(found[i].pampd);
	}
	return nr;
}

/* A descriptor of the same page, as a host makes that found a better place. */
static struct pampd *copy_of(const struct pampd *old)
{
	struct pampd *p = malloc(sizeof(*p));

	memset(p, 0xa5, sizeof(*p));
	p->magic = PAMPD_MAGIC;
	p->refs = 1;
	p->linked = false;
	p->unlisted = old->unlisted;
	p->away = old->away;
	p->host = old->host;
	INIT_LIST_HEAD(&p->lru);
	p->copy = old->copy;
	p->sum = old->sum;
	inc(old->host->pampds);
	return p;
}

unsigned int host_rework(struct test_host *host, struct tmem_client *client,
			 struct tmem_cursor *cur, unsigned int max,
			 unsigned int *replaced)
{
	struct tmem_found found[HOST_WALK_MAX];
	unsigned int i, nr = walk(host, client, cur, max, found);
	struct pampd *old, *new;

	for (i = 0; i < nr; i++) {
		old = found[i].pampd;
		new = copy_of(old);
		shim_race_point();
		if (host->in_rework)
			host->in_rework(host, old);
		if (tmem_replace(client, cur->pool_id, &cur->oid,
				 found[i].index, old, new))
			pampd_put(new);
		else
			(*replaced)++;
		pampd_put(old);
	}
	return nr;
}
