// SPDX-License-Identifier: GPL-2.0
/* standin.c - a stand-in for the tmem half of Xen; see standin.h */
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <compat/test_export.h>
#include "standin.h"

/**
 * struct sd_page - a stored page
 * @refs: the core's, and of those who read it
 * @hv: where it is
 * @dom: whose page it is
 * @group: which pool
 * @oid: which object
 * @index: which page of it
 * @persistent: not to be evicted
 * @obj: set while it is linked; hv->lock
 * @next: in hv->hash while it is linked; hv->lock
 * @lru: in hv->lru while it is linked and not @persistent; hv->lock
 * @data: hv->page_size bytes
 *
 * Passed through the core as a struct page, which the core never looks into.
 */
struct sd_page {
	refcount_t refs;
	struct sd_hv *hv;
	struct sd_domain *dom;
	unsigned int group;
	struct tmem_oid oid;
	u32 index;
	bool persistent;
	struct tmem_obj *obj;
	struct sd_page *next;
	struct list_head lru;
	u8 data[];
};

/* Where a get puts what it finds; a struct page to the core. */
struct sd_dest {
	struct sd_domain *dom;
	u64 frame;
};

static bool is_taken(struct sd_domain *dom, u64 frame);

/* --- the host of the core --------------------------------------------------- */

static struct tmem_obj *obj_alloc(void *priv, const struct tmem_pool *pool)
{
	struct tmem_obj *obj = kmalloc(sizeof(*obj), GFP_ATOMIC | __GFP_NOWARN);

	if (!obj)
		return NULL;
	obj->tree = kmalloc(sizeof(*obj->tree), GFP_ATOMIC | __GFP_NOWARN);
	if (!obj->tree) {
		kfree(obj);
		return NULL;
	}
	return obj;
}

static void obj_free(void *priv, struct tmem_obj *obj)
{
	kfree(obj->tree);
	kfree(obj);
}

static struct tmem_objnode *objnode_alloc(void *priv,
					  const struct tmem_pool *pool,
					  unsigned int size)
{
	return kmalloc(tmem_objnode_bytes(size), GFP_ATOMIC | __GFP_NOWARN);
}

static void objnode_free(void *priv, struct tmem_objnode *node,
			 unsigned int size)
{
	kfree(node);
}

static void *create(struct tmem_pool *pool, const struct tmem_oid *oidp,
		    u32 index, struct page *page)
{
	struct sd_page *p = (struct sd_page *)page;

	p->oid = *oidp;
	p->index = index;
	return p;
}

static unsigned int slot_of(unsigned int group, const struct tmem_oid *oidp,
			    u32 index)
{
	u64 x = (u64)group << 40 ^ oidp->oid[0] ^ oidp->oid[1] << 7 ^
		oidp->oid[2] << 13 ^ (u64)index << 21;

	return hash_64(x, 10) % SD_HASH;
}

static void create_finish(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct sd_page *p = pampd;
	struct sd_hv *hv = p->hv;
	struct sd_page **head = &hv->hash[slot_of(p->group, &p->oid, index)];

	spin_lock(&hv->lock);
	p->obj = obj;
	p->next = *head;
	*head = p;
	if (!p->persistent)
		list_add_tail(&p->lru, &hv->lru);
	spin_unlock(&hv->lock);
}

static void hold(void *pampd)
{
	refcount_inc(&((struct sd_page *)pampd)->refs);
}

static void put_ref(struct sd_page *p)
{
	if (refcount_dec_and_test(&p->refs))
		kfree(p);
}

static int get_data(struct tmem_pool *pool, void *pampd, struct page *page)
{
	const struct sd_dest *dest = (const struct sd_dest *)page;
	struct sd_page *p = pampd;

	/* A bad frame: Xen's get of an ephemeral page loses the page. */
	return is_taken(dest->dom, dest->frame) &&
	       p->hv->copy(dest->dom, dest->frame, p->data, true) ? 0 : -EIO;
}

static void release(struct tmem_pool *pool, void *pampd)
{
	put_ref(pampd);
}

static void uncount(struct sd_page *p)
{
	p->hv->pages--;
	if (p->persistent)
		p->dom->tot_pages--;
}

static void free_page_of(struct tmem_pool *pool, void *pampd)
{
	struct sd_page *p = pampd, **link;
	struct sd_hv *hv = p->hv;
	unsigned long flags;

	spin_lock_irqsave(&hv->lock, flags);
	if (p->obj) {
		link = &hv->hash[slot_of(p->group, &p->oid, p->index)];
		while (*link != p)
			link = &(*link)->next;
		*link = p->next;
		if (!p->persistent)
			list_del(&p->lru);
		p->obj = NULL;
	}
	uncount(p);
	spin_unlock_irqrestore(&hv->lock, flags);
	put_ref(p);
}

static const struct tmem_hostops hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "standin",
	.obj_alloc = obj_alloc,
	.obj_free = obj_free,
	.objnode_alloc = objnode_alloc,
	.objnode_free = objnode_free,
};

static const struct tmem_pamops pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = create,
	.create_finish = create_finish,
	.hold = hold,
	.get_data = get_data,
	.release = release,
	.free = free_page_of,
};

/* --- what Xen knows and the core does not tell ----------------------------- */

static bool is_there(struct sd_hv *hv, unsigned int group,
		     const struct tmem_oid *oidp, u32 index)
{
	unsigned long flags;
	struct sd_page *p;

	spin_lock_irqsave(&hv->lock, flags);
	for (p = hv->hash[slot_of(group, oidp, index)]; p; p = p->next)
		if (p->group == group && p->index == index &&
		    !tmem_oid_compare(&p->oid, oidp))
			break;
	spin_unlock_irqrestore(&hv->lock, flags);
	return p;
}

/* Evict the oldest ephemeral page. */
static bool evict(struct sd_hv *hv)
{
	struct tmem_obj *obj = NULL;
	unsigned long flags;
	struct sd_page *p;
	u32 index = 0;
	bool ok;

	rcu_read_lock();
	spin_lock_irqsave(&hv->lock, flags);
	p = list_first_entry_or_null(&hv->lru, struct sd_page, lru);
	if (p) {
		obj = p->obj;
		index = p->index;
		refcount_inc(&p->refs);
	}
	spin_unlock_irqrestore(&hv->lock, flags);
	ok = p && !tmem_evict(obj, index, p);
	rcu_read_unlock();
	if (p)
		put_ref(p);
	if (ok)
		atomic_long_inc(&hv->evicted);
	return ok;
}

/*
 * A page's worth of memory for a domain.  Of a persistent duplicate Xen has
 * freed the old page before it counts.
 */
static bool count(struct sd_domain *dom, bool persistent, bool dup)
{
	struct sd_hv *hv = dom->hv;
	unsigned long flags;
	bool full, over;

	do {
		spin_lock_irqsave(&hv->lock, flags);
		full = hv->pages >= hv->memory;
		over = persistent && dom->tot_pages - dup >= dom->max_pages;
		if (!full && !over) {
			hv->pages++;
			dom->tot_pages += persistent;
		}
		spin_unlock_irqrestore(&hv->lock, flags);
	} while (full && !over && evict(hv));
	return !full && !over;
}

/* --- fields ---------------------------------------------------------------- */

/* As wide as they are to Xen, which is little-endian. */
static u64 field(const void *op, unsigned int offset, unsigned int size)
{
	u64 v = 0;

	memcpy(&v, op + offset, size);
	return v;
}

#define FIELD(op, name)	field(op, SD_##name, SD_##name##_SIZE)

static_assert(sizeof(struct tmem_oid) == SD_OID_SIZE &&
	      sizeof(struct tmem_uuid) == SD_UUID_SIZE &&
	      sizeof(u32) == SD_INDEX_SIZE, "what the core names a page by");
static_assert(TMEM_POOL_PERSIST == SD_PERSIST && TMEM_POOL_SHARED == SD_SHARED,
	      "flags are passed on to the core");

static void must_be_zero(struct sd_hv *hv, u64 value)
{
	if (value)
		atomic_long_inc(&hv->violations);
}

/*
 * To Xen the oid of all ones is one like any other, the core refuses it: it
 * changes places with one that no test uses.
 */
static struct tmem_oid oid_of(const void *op)
{
	static const struct tmem_oid ones = { { ~0ULL, ~0ULL, ~0ULL } };
	static const struct tmem_oid other = {
		{ 0x1d1d1d1d1d1d1d1dULL, 0x2d2d2d2d2d2d2d2dULL, 0x3dULL }
	};
	struct tmem_oid oid;

	memcpy(&oid, op + SD_OID, SD_OID_SIZE);
	if (!tmem_oid_compare(&oid, &ones))
		return other;
	if (!tmem_oid_compare(&oid, &other))
		return ones;
	return oid;
}

/* --- the operations --------------------------------------------------------- */

static unsigned int group_of(struct sd_domain *dom, const struct tmem_uuid *uuid)
{
	unsigned int i;

	for (i = 0; i < dom->nr_auth; i++)
		if (dom->auth[i].w[0] == uuid->w[0] &&
		    dom->auth[i].w[1] == uuid->w[1])
			return dom->auth_group[i];
	return 0;
}

/* Pools that were destroyed while migrating: Xen keeps them, we make room. */
static void sweep(struct sd_domain *dom)
{
	int core, i;

	for (core = 0; core < SD_CORE_POOLS; core++) {
		for (i = 0; i < SD_MAX_POOLS; i++)
			if (dom->pools[i].used && dom->pools[i].core == core)
				break;
		if (i == SD_MAX_POOLS)
			tmem_destroy_pool(dom->client, core);
	}
}

static int new_pool(struct sd_domain *dom, const void *op)
{
	u32 flags = FIELD(op, FLAGS);
	unsigned int group = 0;
	struct tmem_uuid uuid;
	int id, i, core;

	memcpy(&uuid, op + SD_UUID, SD_UUID_SIZE);
	must_be_zero(dom->hv, FIELD(op, ARG1));
	/* What has no name; Xen does not look at it. */
	must_be_zero(dom->hv, flags & ~(SD_PERSIST | SD_SHARED | SD_VERSION |
					SD_PAGESIZE | SD_PRECOMPRESSED |
					SD_RESERVED));
	if ((flags & SD_VERSION) != SD_SPEC_VERSION ||
	    flags & (SD_PAGESIZE | SD_PRECOMPRESSED | SD_RESERVED) ||
	    (flags & SD_PERSIST && flags & SD_SHARED))
		return -SD_EPERM;
	for (id = 0; id < SD_MAX_POOLS && dom->pools[id].used; id++)
		;
	if (id == SD_MAX_POOLS)
		return -SD_EPERM;

	if (flags & SD_SHARED)
		group = group_of(dom, &uuid);
	else
		must_be_zero(dom->hv, uuid.w[0] | uuid.w[1]);
	if (!group)
		flags &= ~SD_SHARED;
	core = -1;
	for (i = 0; group && i < SD_MAX_POOLS; i++)
		if (dom->pools[i].used && dom->pools[i].group == group)
			core = dom->pools[i].core;	/* joined twice */
	if (core < 0)
		core = tmem_new_pool(dom->client, group ? &uuid : NULL,
				     flags & (SD_PERSIST | SD_SHARED));
	if (core < 0) {
		sweep(dom);
		core = tmem_new_pool(dom->client, group ? &uuid : NULL,
				     flags & (SD_PERSIST | SD_SHARED));
	}
	if (core < 0)
		return -SD_ENOMEM;
	dom->pools[id].flags = flags;
	dom->pools[id].group = group ?: ++dom->hv->last_group;
	WRITE_ONCE(dom->pools[id].core, core);
	/* The fields above are there for who finds the pool in use. */
	smp_store_release(&dom->pools[id].used, true);
	return id;
}

static int destroy_pool(struct sd_domain *dom, int id)
{
	struct sd_pool *pool;
	int i, core;

	if (id < 0 || id >= SD_MAX_POOLS || !dom->pools[id].used)
		return 0;
	pool = &dom->pools[id];
	core = pool->core;
	WRITE_ONCE(pool->used, false);
	/* Xen refuses to destroy it, but has forgotten the id. */
	if (core < 0 || READ_ONCE(dom->state) & SD_MIGRATING)
		return 1;
	/* Joined twice, and one is destroyed: both are dead. */
	for (i = 0; i < SD_MAX_POOLS; i++)
		if (dom->pools[i].used && dom->pools[i].core == core)
			WRITE_ONCE(dom->pools[i].core, -1);
	tmem_destroy_pool(dom->client, core);
	return 1;
}

/* A frame that Xen takes: log-dirty ones are not of the type it wants. */
static bool is_taken(struct sd_domain *dom, u64 frame)
{
	unsigned int looked = READ_ONCE(dom->looked);

	return !looked ||
	       READ_ONCE(dom->written[frame % SD_FRAMES]) == looked;
}

static int put(struct sd_domain *dom, const struct sd_pool *pool, int core,
	       const struct tmem_oid *oidp, u32 index, u64 frame, bool deny)
{
	bool dup = is_there(dom->hv, pool->group, oidp, index);
	bool persistent = pool->flags & SD_PERSIST;
	unsigned int state = READ_ONCE(dom->state);
	struct sd_hv *hv = dom->hv;
	struct sd_page *p;

	if (state && !dup)
		return -SD_EFROZEN;
	if (state & SD_MIGRATING) {
		tmem_flush_page(dom->client, core, oidp, index);
		return -SD_ENOSPC;
	}
	/* Here Xen forgets to flush: an older page stays. */
	if (deny)
		return -SD_ENOMEM;
	p = kmalloc(sizeof(*p) + hv->page_size, GFP_ATOMIC | __GFP_NOWARN);
	if (!p)
		return -SD_ENOMEM;
	if (!is_taken(dom, frame) ||
	    !hv->copy(dom, frame, p->data, false)) {
		kfree(p);
		tmem_flush_page(dom->client, core, oidp, index);
		return -SD_EFAULT;
	}
	if (!count(dom, persistent, dup)) {
		kfree(p);
		return -SD_ENOMEM;
	}
	refcount_set(&p->refs, 1);
	p->hv = hv;
	p->dom = dom;
	p->group = pool->group;
	p->persistent = persistent;
	p->obj = NULL;
	INIT_LIST_HEAD(&p->lru);
	switch (tmem_put(dom->client, core, oidp, index, (struct page *)p)) {
	case 0:
		return 1;
	case -ENODEV:
	case -EINVAL:
		/* The core has not taken it. */
		free_page_of(NULL, p);
		return -SD_ENODEV;
	default:
		return -SD_ENOMEM;
	}
}

static int get(struct sd_domain *dom, const struct sd_pool *pool, int core,
	       const struct tmem_oid *oidp, u32 index, u64 frame)
{
	struct sd_dest dest = { dom, frame };
	struct tmem_pool_stats stats;

	switch (tmem_get(dom->client, core, oidp, index,
			 (struct page *)&dest)) {
	case 0:
		return 1;
	case -EIO:
		if (!(pool->flags & (SD_PERSIST | SD_SHARED)))
			tmem_flush_page(dom->client, core, oidp, index);
		return -SD_EFAULT;
	case -ENODEV:
		return -SD_ENODEV;
	}
	if (tmem_pool_get_stats(dom->client, core, &stats))
		return -SD_ENODEV;
	return stats.pages ? 0 : -SD_EEMPTY;
}

static int page_op(struct sd_domain *dom, const void *op, bool deny)
{
	u32 cmd = FIELD(op, CMD), index = FIELD(op, INDEX);
	int id = (int)FIELD(op, POOL), core;
	struct tmem_oid oid = oid_of(op);
	struct sd_hv *hv = dom->hv;
	struct sd_pool *pool;

	must_be_zero(hv, FIELD(op, TMEM_OFFSET));
	must_be_zero(hv, FIELD(op, PFN_OFFSET));
	must_be_zero(hv, FIELD(op, LEN));
	if (cmd == SD_FLUSH_PAGE || cmd == SD_FLUSH_OBJECT)
		must_be_zero(hv, FIELD(op, FRAME));
	if (id < 0 || id >= SD_MAX_POOLS)
		return -SD_ENODEV;
	pool = &dom->pools[id];
	/* Pairs with the release in new_pool(). */
	if (!smp_load_acquire(&pool->used))
		return -SD_ENODEV;
	core = READ_ONCE(pool->core);
	if (core < 0)
		return -SD_ENODEV;

	switch (cmd) {
	case SD_PUT_PAGE:
		return put(dom, pool, core, &oid, index, FIELD(op, FRAME), deny);
	case SD_GET_PAGE:
		return get(dom, pool, core, &oid, index, FIELD(op, FRAME));
	case SD_FLUSH_PAGE:
		tmem_flush_page(dom->client, core, &oid, index);
		break;
	default:
		tmem_flush_object(dom->client, core, &oid);
	}
	return READ_ONCE(dom->state) ? -SD_EFROZEN : 1;
}

/* --- misbehaviour ------------------------------------------------------------ */

static u32 dice(struct sd_hv *hv)
{
	u32 x = atomic_add_return(0x9e3779b9, &hv->seed);

	x = (x ^ x >> 16) * 0x45d9f3b;
	x = (x ^ x >> 16) * 0x45d9f3b;
	return x ^ x >> 16;
}

static bool strikes(struct sd_hv *hv, unsigned int ppm)
{
	return ppm && dice(hv) % 1000000 < ppm;
}

/*
 * Anything but what would be an answer: a shim that is told that a page was
 * stored which was not, or not found which is there, has no chance.
 */
static int senseless(struct sd_hv *hv, u32 cmd)
{
	static const int answers[] = {
		-2, -5, -7, -14, -17, -19, -22, -28, -38, -95, -999, -1002,
		-4096, INT_MIN, 2, 3, 16, 255, 1000, 1001, INT_MAX
	};
	int rc;

	do {
		rc = answers[dice(hv) % ARRAY_SIZE(answers)];
	} while (cmd == SD_NEW_POOL && rc >= 0);
	return rc;
}

static bool is_pool(struct sd_domain *dom, int id)
{
	if (id < 0 || id >= SD_MAX_POOLS)
		return false;
	/* Pairs with the release in new_pool(). */
	return smp_load_acquire(&dom->pools[id].used);
}

/**
 * sd_call - one operation of a domain
 * @dom: the domain
 * @op: its SD_OP_SIZE bytes; NULL: not mapped
 *
 * Return: what Xen returns.
 */
int sd_call(struct sd_domain *dom, const void *op)
{
	struct sd_hv *hv = dom->hv;
	struct sd_mischief *m = &hv->mischief;
	bool struck, deny = false;
	u32 cmd;
	int rc;

	atomic_long_inc(&hv->calls);
	if (!hv->built_in)
		return -SD_ENOSYS;
	if (!hv->enabled)
		return -SD_ENODEV;
	if (!op)
		return -SD_EFAULT;
	cmd = FIELD(op, CMD);
	struck = cmd < 32 && (!m->only || m->only & BIT(cmd));
	if (struck && m->left > 0) {
		m->left--;
		atomic_long_inc(&hv->gone_wrong);
		return m->rc;
	}
	if (struck && strikes(hv, m->refuse_ppm)) {
		atomic_long_inc(&hv->gone_wrong);
		return senseless(hv, cmd);
	}
	if (cmd == SD_PUT_PAGE && strikes(hv, m->deny_ppm)) {
		atomic_long_inc(&hv->gone_wrong);
		deny = true;
	}

	switch (cmd) {
	case SD_NEW_POOL:
	case SD_DESTROY_POOL:
		mutex_lock(&hv->state_lock);
		rc = cmd == SD_NEW_POOL ?
		     new_pool(dom, op) :
		     destroy_pool(dom, (int)FIELD(op, POOL));
		mutex_unlock(&hv->state_lock);
		break;
	case SD_PUT_PAGE:
	case SD_GET_PAGE:
	case SD_FLUSH_PAGE:
	case SD_FLUSH_OBJECT:
		rc = page_op(dom, op, deny);
		break;
	case 0:
	case 101:
	case 102:
		rc = -SD_EOPNOTSUPP;
		break;
	case 3:
	case 8 ... 12:
		rc = is_pool(dom, (int)FIELD(op, POOL)) ? -SD_ENOSYS :
							  -SD_ENODEV;
		break;
	default:
		rc = -SD_ENOSYS;
	}
	if (struck && strikes(hv, m->garble_ppm)) {
		atomic_long_inc(&hv->gone_wrong);
		/* A pool whose id nobody learns is gone with the next sweep. */
		rc = senseless(hv, cmd);
	}
	return rc;
}
TMEM_EXPORT_FOR_TEST(sd_call);

/* --- what the toolstack does -------------------------------------------------- */

void sd_freeze(struct sd_domain *dom, unsigned int state)
{
	WRITE_ONCE(dom->state, state);
}
TMEM_EXPORT_FOR_TEST(sd_freeze);

void sd_write(struct sd_domain *dom, u64 frame)
{
	if (dom->written)
		WRITE_ONCE(dom->written[frame % SD_FRAMES],
			   READ_ONCE(dom->looked));
}
TMEM_EXPORT_FOR_TEST(sd_write);

/* Of a PV domain Xen takes all frames. */
void sd_log_dirty(struct sd_domain *dom, bool on)
{
	unsigned int looked;
	unsigned long flags;

	/* Also in the middle of a call, which cannot sleep. */
	spin_lock_irqsave(&dom->hv->lock, flags);
	looked = on && dom->written ? ++dom->hv->last_look : 0;
	WRITE_ONCE(dom->looked, looked);
	spin_unlock_irqrestore(&dom->hv->lock, flags);
}
TMEM_EXPORT_FOR_TEST(sd_log_dirty);

void sd_mem_max(struct sd_domain *dom, long pages)
{
	unsigned long flags;

	spin_lock_irqsave(&dom->hv->lock, flags);
	dom->max_pages = pages + SD_XL_SLACK;
	spin_unlock_irqrestore(&dom->hv->lock, flags);
}
TMEM_EXPORT_FOR_TEST(sd_mem_max);

void sd_lose_pools(struct sd_domain *dom, u32 kept)
{
	int id;

	mutex_lock(&dom->hv->state_lock);
	for (id = 0; id < SD_MAX_POOLS; id++)
		if (!(kept & BIT(id)))
			destroy_pool(dom, id);
	mutex_unlock(&dom->hv->state_lock);
}
TMEM_EXPORT_FOR_TEST(sd_lose_pools);

void sd_lose_ephemeral(struct sd_domain *dom)
{
	int id;

	mutex_lock(&dom->hv->state_lock);
	for (id = 0; id < SD_MAX_POOLS; id++)
		if (dom->pools[id].used && !(dom->pools[id].flags & SD_PERSIST))
			destroy_pool(dom, id);
	mutex_unlock(&dom->hv->state_lock);
}
TMEM_EXPORT_FOR_TEST(sd_lose_ephemeral);

/* Domains that are allowed the same uuid share a pool. */
void sd_allow(struct sd_domain *dom, const struct tmem_uuid *uuid)
{
	struct sd_hv *hv = dom->hv;
	unsigned int group = 0;
	int i;

	mutex_lock(&hv->state_lock);
	for (i = 0; i < SD_DOMAINS && !group; i++)
		group = group_of(&hv->domains[i], uuid);
	dom->auth[dom->nr_auth] = *uuid;
	dom->auth_group[dom->nr_auth++] = group ?: ++hv->last_group;
	mutex_unlock(&hv->state_lock);
}
TMEM_EXPORT_FOR_TEST(sd_allow);

long sd_pool_pages(struct sd_domain *dom, int id)
{
	struct tmem_pool_stats stats;

	if (id < 0 || id >= SD_MAX_POOLS || !dom->pools[id].used ||
	    tmem_pool_get_stats(dom->client, dom->pools[id].core, &stats))
		return -1;
	return stats.pages;
}
TMEM_EXPORT_FOR_TEST(sd_pool_pages);

/* --- the hypervisor itself ------------------------------------------------------ */

/* The caller has set built_in, enabled, memory, copy and page_size. */
int sd_start(struct sd_hv *hv)
{
	int i;

	mutex_init(&hv->state_lock);
	spin_lock_init(&hv->lock);
	INIT_LIST_HEAD(&hv->lru);
	hv->core = tmem_register_host(&hostops, &pamops, hv);
	if (IS_ERR(hv->core))
		return PTR_ERR(hv->core);
	for (i = 0; i < SD_DOMAINS; i++) {
		struct sd_domain *dom = &hv->domains[i];

		dom->hv = hv;
		dom->max_pages = LONG_MAX;
		dom->client = tmem_client_create(hv->core, i + 1,
						 SD_CORE_POOLS);
		if (IS_ERR(dom->client)) {
			int ret = PTR_ERR(dom->client);

			while (i--)
				tmem_client_destroy(hv->domains[i].client);
			tmem_unregister_host(hv->core);
			return ret;
		}
	}
	return 0;
}
TMEM_EXPORT_FOR_TEST(sd_start);

bool sd_stop(struct sd_hv *hv)
{
	int i;

	for (i = 0; i < SD_DOMAINS; i++) {
		sd_lose_pools(&hv->domains[i], 0);
		tmem_client_destroy(hv->domains[i].client);
	}
	if (tmem_unregister_host(hv->core))
		return false;
	return !hv->pages && list_empty(&hv->lru);
}
TMEM_EXPORT_FOR_TEST(sd_stop);
