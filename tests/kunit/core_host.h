/* SPDX-License-Identifier: GPL-2.0 */
/*
 * core_host.h - a host of the core for KUnit: small copies, failures on demand
 *
 * Purpose: struct tmem_hostops and struct tmem_pamops over kmalloc, that count
 * what they hand out, fail when a test says so, and run a hook where a real
 * host would be busy.  tests/user/host.c is its bigger sibling in user space.
 *
 * A page is known by the stamp at its beginning; only that is kept.
 *
 * Locking: host->lock (irq-safe, innermost) covers the list of pages that may
 * be evicted.  Counters are atomic.  All allocations are GFP_ATOMIC, as the
 * hooks call the core from within callbacks.
 */
#ifndef _TEST_CORE_HOST_H
#define _TEST_CORE_HOST_H

#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <tmem/tmem.h>

struct stamp {
	u64 oid;
	u64 index;
	u64 version;
	u64 check;		/* of the three */
};

static inline u64 stamp_check(const struct stamp *s)
{
	return (s->oid * 31 + s->index) * 31 + s->version + 0x7e57;
}

struct khost;

struct kpampd {
	refcount_t refs;
	bool linked;
	struct khost *host;
	struct tmem_obj *obj;
	u32 index;
	struct list_head lru;
	struct stamp copy;
};

struct khost {
	struct tmem_host *core;
	spinlock_t lock;
	struct list_head lru;
	atomic_long_t objs, objnodes, pampds;
	atomic_long_t node_bytes;

	/* The nth from now fails; 0: none does. */
	atomic_t fail_alloc, fail_create, fail_get;
	int create_errno;
	/* Broken promises of the core. */
	atomic_t wrong;

	void (*in_get_data)(struct khost *host);
	void *hook_data;
};

static inline bool khost_strikes(atomic_t *countdown)
{
	return atomic_read(countdown) > 0 && atomic_dec_return(countdown) == 0;
}

static inline void khost_expect(struct khost *host, bool ok)
{
	if (WARN_ON_ONCE(!ok))
		atomic_inc(&host->wrong);
}

static struct tmem_obj *khost_obj_alloc(void *priv,
					const struct tmem_pool *pool)
{
	struct khost *host = priv;
	struct tmem_obj *obj;

	if (khost_strikes(&host->fail_alloc))
		return NULL;
	obj = kmalloc(sizeof(*obj), GFP_ATOMIC);
	if (!obj)
		return NULL;
	obj->tree = kmalloc(sizeof(*obj->tree), GFP_ATOMIC);
	if (!obj->tree) {
		kfree(obj);
		return NULL;
	}
	atomic_long_inc(&host->objs);
	return obj;
}

static void khost_obj_free(void *priv, struct tmem_obj *obj)
{
	struct khost *host = priv;

	atomic_long_dec(&host->objs);
	kfree(obj->tree);
	kfree(obj);
}

static struct tmem_objnode *khost_objnode_alloc(void *priv,
						const struct tmem_pool *pool,
						unsigned int size)
{
	struct tmem_objnode *node;
	struct khost *host = priv;

	khost_expect(host, irqs_disabled());
	khost_expect(host, tmem_pool_host_priv(pool) == priv);
	if (khost_strikes(&host->fail_alloc))
		return NULL;
	node = kmalloc(tmem_objnode_bytes(size), GFP_ATOMIC);
	if (node) {
		atomic_long_inc(&host->objnodes);
		atomic_long_add(tmem_objnode_bytes(size), &host->node_bytes);
	}
	return node;
}

static void khost_objnode_free(void *priv, struct tmem_objnode *node,
			       unsigned int size)
{
	struct khost *host = priv;

	atomic_long_dec(&host->objnodes);
	atomic_long_sub(tmem_objnode_bytes(size), &host->node_bytes);
	kfree(node);
}

static void *khost_create(struct tmem_pool *pool, const struct tmem_oid *oidp,
			  u32 index, struct page *page)
{
	struct khost *host = tmem_pool_host_priv(pool);
	struct kpampd *p;

	khost_expect(host, !irqs_disabled());
	if (khost_strikes(&host->fail_create))
		return ERR_PTR(-host->create_errno);
	if (khost_strikes(&host->fail_alloc))
		return ERR_PTR(-ENOMEM);
	p = kmalloc(sizeof(*p), GFP_ATOMIC);
	if (!p)
		return ERR_PTR(-ENOMEM);
	refcount_set(&p->refs, 1);
	p->linked = false;
	p->host = host;
	INIT_LIST_HEAD(&p->lru);
	p->copy = *(struct stamp *)page_address(page);
	atomic_long_inc(&host->pampds);
	return p;
}

static void khost_create_finish(struct tmem_obj *obj, u32 index, void *pampd)
{
	struct kpampd *p = pampd;
	struct khost *host = p->host;

	khost_expect(host, irqs_disabled() && !p->linked);
	p->obj = obj;
	p->index = index;
	p->linked = true;
	spin_lock(&host->lock);
	list_add_tail(&p->lru, &host->lru);
	spin_unlock(&host->lock);
}

static void khost_hold(void *pampd)
{
	struct kpampd *p = pampd;

	khost_expect(p->host, irqs_disabled() && p->linked);
	refcount_inc(&p->refs);
}

static void khost_pampd_put(struct kpampd *p)
{
	if (!refcount_dec_and_test(&p->refs))
		return;
	atomic_long_dec(&p->host->pampds);
	kfree(p);
}

static int khost_get_data(struct tmem_pool *pool, void *pampd,
			  struct page *page)
{
	struct kpampd *p = pampd;
	struct khost *host = p->host;

	khost_expect(host, !irqs_disabled());
	if (host->in_get_data)
		host->in_get_data(host);
	if (khost_strikes(&host->fail_get))
		return -EIO;
	*(struct stamp *)page_address(page) = p->copy;
	return 0;
}

static void khost_release(struct tmem_pool *pool, void *pampd)
{
	khost_pampd_put(pampd);
}

static void khost_free(struct tmem_pool *pool, void *pampd)
{
	struct kpampd *p = pampd;
	struct khost *host = p->host;
	unsigned long flags;

	khost_expect(host, rcu_read_lock_held());
	spin_lock_irqsave(&host->lock, flags);
	list_del_init(&p->lru);
	spin_unlock_irqrestore(&host->lock, flags);
	p->linked = false;
	khost_pampd_put(p);
}

static const struct tmem_hostops khost_hostops = {
	.version = TMEM_HOSTOPS_VERSION,
	.name = "kunit",
	.obj_alloc = khost_obj_alloc,
	.obj_free = khost_obj_free,
	.objnode_alloc = khost_objnode_alloc,
	.objnode_free = khost_objnode_free,
};

static const struct tmem_pamops khost_pamops = {
	.version = TMEM_PAMOPS_VERSION,
	.create = khost_create,
	.create_finish = khost_create_finish,
	.hold = khost_hold,
	.get_data = khost_get_data,
	.release = khost_release,
	.free = khost_free,
};

/* Evict the oldest page; -EAGAIN if there is none. */
static inline int khost_evict(struct khost *host)
{
	struct tmem_obj *obj = NULL;
	unsigned long flags;
	struct kpampd *p;
	u32 index = 0;
	int ret;

	rcu_read_lock();
	spin_lock_irqsave(&host->lock, flags);
	p = list_first_entry_or_null(&host->lru, struct kpampd, lru);
	if (p) {
		obj = p->obj;
		index = p->index;
		refcount_inc(&p->refs);
	}
	spin_unlock_irqrestore(&host->lock, flags);
	ret = p ? tmem_evict(obj, index, p) : -EAGAIN;
	rcu_read_unlock();
	if (p)
		khost_pampd_put(p);
	return ret;
}

#endif /* _TEST_CORE_HOST_H */
