// SPDX-License-Identifier: GPL-2.0
/*
 * backend.c - the registry of backends and frontends, and the calls between
 *
 * Purpose: let frontends reach the active backend, and let it go away under
 * them without a page lost or mixed up.
 *
 * Why this design: every call runs in an SRCU read section, which works in
 * all contexts that frontends call from (irqs off included) and lets a
 * backend sleep where its caller may.  A backend ends in three steps, each
 * complete before the next: frontends drop their pools; the active pointer
 * goes; calls under way drain.  A pool carries the generation of the
 * activation that it belongs to, so a call that comes late finds nobody.
 *
 * Locking: registry_lock covers both lists, the choice and all up/down calls.
 * Frontends' callbacks run under it and must not register anything.
 */
#define pr_fmt(fmt) "tmem: " fmt

#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <compat/module.h>
#include <tmem/backend.h>
#include <tmem/trace.h>

/**
 * struct backend - a registered backend
 * @ops: its table; constant
 * @gen: which activation this is; written before it becomes active
 * @yielded: another has taken over for good; registry_lock
 * @list: in backends; registry_lock
 */
struct backend {
	const struct tmem_backend_ops *ops;
	u32 gen;
	bool yielded;
	struct list_head list;
};

static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(backends);
static LIST_HEAD(frontends);
static u32 last_gen;				/* registry_lock */
static struct backend __rcu *active;		/* registry_lock, SRCU */
DEFINE_STATIC_SRCU(active_srcu);

static char wanted[16] = "auto";

static int wanted_set(const char *val, const struct kernel_param *kp)
{
	static const char * const names[] = { "auto", "xen", "zcache" };
	int i = sysfs_match_string(names, val);

	if (i < 0) {
		pr_err("parameter backend=%s: takes auto, xen or zcache\n",
		       val);
		return -EINVAL;
	}
	strscpy(wanted, names[i], sizeof(wanted));
	return 0;
}

static int wanted_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", wanted);
}

static const struct kernel_param_ops wanted_ops = {
	.set = wanted_set,
	.get = wanted_get,
};

/*
 * Which backend serves: "auto" (xen if there is one, else the first to
 * register), "xen" or "zcache".  Only at load time: a change would drop every
 * page held.
 */
module_param_cb(backend, &wanted_ops, NULL, 0444);
MODULE_PARM_DESC(backend, "which backend serves: auto (default: xen if there is one, else the first to register), xen, zcache");

static bool is_auto(void)
{
	return !strcmp(wanted, "auto");
}

/* The hypervisor's memory comes before our own. */
static bool is_preferred(const struct backend *b)
{
	return is_auto() && b->ops->hypervisor;
}

static struct backend *active_locked(void)
{
	return rcu_dereference_protected(active,
					 lockdep_is_held(&registry_lock));
}

static struct backend *tmem_choose(void)
{
	struct backend *b, *best = NULL;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry(b, &backends, list) {
		if (b->yielded || (!is_auto() && strcmp(wanted, b->ops->name)))
			continue;
		if (!best || is_preferred(b))
			best = b;
	}
	return best;
}

static void activate_next(void)
{
	struct tmem_frontend *fe;
	struct backend *b;

	lockdep_assert_held(&registry_lock);
	if (active_locked())
		return;
	b = tmem_choose();
	if (!b)
		return;
	b->gen = ++last_gen;
	rcu_assign_pointer(active, b);
	pr_info("backend %s is active\n", b->ops->name);
	list_for_each_entry(fe, &frontends, list)
		fe->up(fe);
}

static void tmem_deactivate(void)
{
	struct tmem_frontend *fe;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry_reverse(fe, &frontends, list)
		fe->down(fe);
	rcu_assign_pointer(active, NULL);
	synchronize_srcu(&active_srcu);
}

static struct backend *find_backend(const char *name)
{
	struct backend *b;

	lockdep_assert_held(&registry_lock);
	list_for_each_entry(b, &backends, list)
		if (!strcmp(b->ops->name, name))
			return b;
	return NULL;
}

/**
 * tmem_register_backend - offer a backend
 * @ops: its table; stays the caller's, unchanged until unregistered
 *
 * Context: process; may sleep.  Must not be called from a frontend's
 * callback.
 * Return: 0; -EINVAL for missing callbacks or another version; -EEXIST for a
 * name in use; -ENOMEM.
 */
int tmem_register_backend(const struct tmem_backend_ops *ops)
{
	struct backend *b;

	if (!ops || !ops->name || !*ops->name || !ops->new_pool ||
	    !ops->destroy_pool || !ops->put_page || !ops->get_page ||
	    !ops->flush_page || !ops->flush_object) {
		pr_err("backend refused: incomplete table\n");
		return -EINVAL;
	}
	if (ops->version != TMEM_BACKEND_VERSION) {
		pr_err("backend %s refused: version %u, this core has %u\n",
		       ops->name, ops->version, TMEM_BACKEND_VERSION);
		return -EINVAL;
	}
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->ops = ops;

	mutex_lock(&registry_lock);
	if (find_backend(ops->name)) {
		mutex_unlock(&registry_lock);
		pr_err("backend %s refused: registered already\n", ops->name);
		kfree(b);
		return -EEXIST;
	}
	list_add_tail(&b->list, &backends);
	/* Nobody has pages in the one that serves: nothing is lost. */
	if (is_preferred(b) && active_locked() && list_empty(&frontends))
		tmem_deactivate();
	activate_next();
	if (active_locked() == b)
		;
	else if (!is_auto() && strcmp(wanted, ops->name))
		pr_info("backend %s stays idle: backend=%s\n", ops->name,
			wanted);
	else
		pr_info("backend %s stays idle: %s serves\n", ops->name,
			active_locked()->ops->name);
	mutex_unlock(&registry_lock);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_register_backend);

/**
 * tmem_unregister_backend - take a backend back
 * @ops: its table
 *
 * If it is the active one, frontends drop their pools first.  On return no
 * callback of @ops is running or will be called.  A backend that holds
 * persistent pages is pinned through its module, which then cannot be removed.
 *
 * Context: process; sleeps.  Must not be called from a frontend's callback.
 * Return: 0; -ENOENT if it is not registered.
 */
int tmem_unregister_backend(const struct tmem_backend_ops *ops)
{
	struct backend *b, *found = NULL;

	mutex_lock(&registry_lock);
	list_for_each_entry(b, &backends, list)
		if (b->ops == ops)
			found = b;
	if (!found) {
		mutex_unlock(&registry_lock);
		return -ENOENT;
	}
	list_del(&found->list);
	if (active_locked() == found) {
		tmem_deactivate();
		pr_info("backend %s is gone\n", ops->name);
		activate_next();
	}
	mutex_unlock(&registry_lock);
	kfree(found);
	return 0;
}
TMEM_EXPORT_SYMBOL(tmem_unregister_backend);

/**
 * tmem_backend_yield - let another backend take over, for good
 * @ops: the table of a backend that has nothing any more and will take nothing
 *
 * For a machine that has moved to where there is none of the memory that @ops
 * stood for.  Frontends drop their pools, and get pools of the other.  @ops stays
 * registered, but serves never again.
 *
 * Context: process; sleeps.  Must not be called from a frontend's callback.
 * Return: 0; -ENOENT if it is not the active one; -ENODEV if there is no other
 * that may serve, and nothing has changed.
 */
int tmem_backend_yield(const struct tmem_backend_ops *ops)
{
	struct backend *b;
	int ret = 0;

	mutex_lock(&registry_lock);
	b = active_locked();
	if (!b || b->ops != ops) {
		ret = -ENOENT;
		goto out;
	}
	b->yielded = true;
	if (!tmem_choose()) {
		b->yielded = false;
		ret = -ENODEV;
		goto out;
	}
	tmem_deactivate();
	pr_warn("backend %s has nothing any more: another takes over\n",
		ops->name);
	activate_next();
out:
	mutex_unlock(&registry_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_backend_yield);

/**
 * tmem_register_frontend - start to use the active backend
 * @fe: the frontend; stays the caller's until unregistered
 *
 * Calls fe->up before it returns if a backend is active.
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL for missing callbacks; -EEXIST for a name in use.
 */
int tmem_register_frontend(struct tmem_frontend *fe)
{
	struct tmem_frontend *other;
	int ret = 0;

	if (!fe || !fe->name || !fe->up || !fe->down)
		return -EINVAL;
	mutex_lock(&registry_lock);
	list_for_each_entry(other, &frontends, list)
		if (!strcmp(other->name, fe->name))
			ret = -EEXIST;
	if (!ret) {
		list_add_tail(&fe->list, &frontends);
		if (active_locked())
			fe->up(fe);
	}
	mutex_unlock(&registry_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_register_frontend);

/**
 * tmem_unregister_frontend - stop using backends
 * @fe: the frontend
 *
 * Calls fe->down before it returns if a backend is active.
 *
 * Context: process; may sleep.
 */
void tmem_unregister_frontend(struct tmem_frontend *fe)
{
	mutex_lock(&registry_lock);
	if (active_locked())
		fe->down(fe);
	list_del(&fe->list);
	mutex_unlock(&registry_lock);
}
TMEM_EXPORT_SYMBOL(tmem_unregister_frontend);

/**
 * tmem_backend_active - is there a backend?
 *
 * Context: any; the answer may be old when it arrives.
 * Return: true if a backend is active.
 */
bool tmem_backend_active(void)
{
	return rcu_access_pointer(active);
}
TMEM_EXPORT_SYMBOL(tmem_backend_active);

/* The active backend, which stays until tmem_leave(); NULL: there is none. */
static struct backend *tmem_enter_active(int *idx)
	__acquires(&active_srcu)
{
	*idx = srcu_read_lock(&active_srcu);
	return srcu_dereference(active, &active_srcu);
}

static int tmem_leave(int idx, int ret)
	__releases(&active_srcu)
{
	srcu_read_unlock(&active_srcu, idx);
	return ret;
}

/**
 * tmem_backend_name - name of the active backend
 * @buf: where to put it; "none" if there is none
 * @size: of @buf, in bytes
 *
 * Context: any but NMI.
 */
void tmem_backend_name(char *buf, size_t size)
{
	struct backend *b;
	int idx;

	b = tmem_enter_active(&idx);
	strscpy(buf, b ? b->ops->name : "none", size);
	tmem_leave(idx, 0);
}
TMEM_EXPORT_SYMBOL(tmem_backend_name);

/**
 * tmem_backend_title - what to call the active backend in the log
 * @buf: where to put it; "none" if there is none
 * @size: of @buf, in bytes
 *
 * Context: any but NMI.
 */
void tmem_backend_title(char *buf, size_t size)
{
	struct backend *b;
	int idx;

	b = tmem_enter_active(&idx);
	strscpy(buf, b ? b->ops->title ?: b->ops->name : "none", size);
	tmem_leave(idx, 0);
}
TMEM_EXPORT_SYMBOL(tmem_backend_title);

/**
 * tmem_backend_is_hypervisor - does the active backend keep pages elsewhere than in
 * this machine's memory?
 *
 * Context: any but NMI.
 * Return: true if so; false also if there is none.
 */
bool tmem_backend_is_hypervisor(void)
{
	struct backend *b;
	int idx;

	b = tmem_enter_active(&idx);
	return tmem_leave(idx, b && b->ops->hypervisor);
}
TMEM_EXPORT_SYMBOL(tmem_backend_is_hypervisor);

/**
 * tmem_backend_is_shared - does the active backend share pools with others?
 *
 * A frontend whose data other machines change must have no pool if it does not:
 * what they change would never be flushed.
 *
 * Context: any but NMI.
 * Return: true if so; false also if there is none.
 */
bool tmem_backend_is_shared(void)
{
	struct backend *b;
	int idx;

	b = tmem_enter_active(&idx);
	return tmem_leave(idx, b && b->ops->shared);
}
TMEM_EXPORT_SYMBOL(tmem_backend_is_shared);

/*
 * Enter the backend that @bp belongs to.  A pool is only passed on to the
 * activation that made it: to any other, and to none, the answer is NULL.
 * tmem_leave() in any case.
 */
static const struct tmem_backend_ops *tmem_enter(struct tmem_bpool bp, int *idx)
	__acquires(&active_srcu)
{
	struct backend *b = tmem_enter_active(idx);

	return b && bp.id >= 0 && b->gen == bp.gen ? b->ops : NULL;
}

/**
 * tmem_backend_pin - keep the backend's module from being removed
 * @bp: a pool of it
 * @pin: where to put what tmem_backend_unpin() wants; TMEM_NO_PIN on error
 *
 * For frontends that may hold persistent pages.
 *
 * Context: any but NMI.
 * Return: 0; -ENODEV if the backend is gone or going.
 */
int tmem_backend_pin(struct tmem_bpool bp, struct tmem_pin *pin)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	*pin = TMEM_NO_PIN;
	ops = tmem_enter(bp, &idx);
	if (ops && try_module_get(ops->owner)) {
		pin->owner = ops->owner;
		ret = 0;
	}
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_pin);

/**
 * tmem_backend_unpin - undo tmem_backend_pin()
 * @pin: what it gave; TMEM_NO_PIN afterwards, and for TMEM_NO_PIN this does
 *	nothing
 *
 * Whatever has become of the pool and of the backend meanwhile.
 *
 * Context: any but NMI.
 */
void tmem_backend_unpin(struct tmem_pin *pin)
{
	module_put(pin->owner);
	*pin = TMEM_NO_PIN;
}
TMEM_EXPORT_SYMBOL(tmem_backend_unpin);

/**
 * tmem_backend_new_pool - create a pool in the active backend
 * @bp: where to put its name; TMEM_NO_BPOOL on error
 * @uuid: of a shared pool, else NULL
 * @flags: TMEM_POOL_*, no version
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV without a backend; or the backend's errno.
 */
int tmem_backend_new_pool(struct tmem_bpool *bp, const struct tmem_uuid *uuid,
			  u32 flags)
{
	struct backend *b;
	int idx, id;

	*bp = TMEM_NO_BPOOL;
	b = tmem_enter_active(&idx);
	id = b ? b->ops->new_pool(uuid, flags) : -ENODEV;
	if (id < 0)
		return tmem_leave(idx, id);
	*bp = (struct tmem_bpool){ .id = id, .gen = b->gen };
	return tmem_leave(idx, 0);
}
TMEM_EXPORT_SYMBOL(tmem_backend_new_pool);

/**
 * tmem_backend_destroy_pool - give a pool up
 * @bp: the pool; TMEM_NO_BPOOL afterwards
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV if its backend is gone, and the pool with it.
 */
int tmem_backend_destroy_pool(struct tmem_bpool *bp)
{
	const struct tmem_backend_ops *ops;
	struct tmem_bpool old = *bp;
	int idx, ret = -ENODEV;

	*bp = TMEM_NO_BPOOL;
	ops = tmem_enter(old, &idx);
	if (ops)
		ret = ops->destroy_pool(old.id);
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_destroy_pool);

/**
 * tmem_backend_offer - should pages be put?
 * @bp: an ephemeral pool
 * @oidp: the object
 * @index: the first page's index in it
 * @nr: number of pages
 * @hints: TMEM_HINT_*
 *
 * Context: any but NMI, also with irqs off under mm locks.
 * Return: TMEM_OFFER_TAKE, or why not; TMEM_OFFER_NO_ROOM if the backend is
 * gone.
 */
enum tmem_offer tmem_backend_offer(struct tmem_bpool bp,
				   const struct tmem_oid *oidp, u32 index,
				   u32 nr, unsigned int hints)
{
	enum tmem_offer ret = TMEM_OFFER_NO_ROOM;
	const struct tmem_backend_ops *ops;
	int idx;

	ops = tmem_enter(bp, &idx);
	if (ops && ops->offer)
		ret = ops->offer(bp.id, oidp, index, nr, hints);
	else if (ops)
		ret = hints & TMEM_HINT_DROPPED ? TMEM_OFFER_NO_EVIDENCE :
						  TMEM_OFFER_TAKE;
	tmem_leave(idx, 0);
	trace_tmem_offer(bp.id, oidp, index, nr, hints, ret);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_backend_offer);

/**
 * tmem_backend_holds - is any page of an object stored?
 * @bp: the pool
 * @oidp: the object
 *
 * Context: any but NMI, also with irqs off under mm locks.
 * Return: false if none is that was put before the call; true if one is, or the
 * backend cannot say.
 */
bool tmem_backend_holds(struct tmem_bpool bp, const struct tmem_oid *oidp)
{
	const struct tmem_backend_ops *ops;
	bool ret = true;
	int idx;

	ops = tmem_enter(bp, &idx);
	if (ops && ops->holds)
		ret = ops->holds(bp.id, oidp);
	tmem_leave(idx, 0);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_backend_holds);

/**
 * tmem_backend_put_page - store a copy of a page
 * @bp: the pool
 * @oidp: the object
 * @index: the page's index in it
 * @page: the data
 *
 * Context: process, irqs on, no spinlock held.
 * Return: 0; else the page is not stored and an older one is gone, see
 * struct tmem_backend_ops.
 */
int tmem_backend_put_page(struct tmem_bpool bp, const struct tmem_oid *oidp,
			  u32 index, struct page *page)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops)
		ret = ops->put_page(bp.id, oidp, index, page);
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_put_page);

/**
 * tmem_backend_get_page - copy a page back
 * @bp: the pool
 * @oidp: the object
 * @index: the page's index in it
 * @page: where to; the caller's own (locked)
 *
 * Context: process, irqs on, no spinlock held; of an ephemeral pool, it may
 * sleep.
 * Return: 0; -ENOENT not there; another errno: @page is garbage.
 */
int tmem_backend_get_page(struct tmem_bpool bp, const struct tmem_oid *oidp,
			  u32 index, struct page *page)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops)
		ret = ops->get_page(bp.id, oidp, index, page);
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_get_page);

/* A run on a backend that knows single pages only. */
static int run_by_pages(int id, struct tmem_run *run,
			int (*one)(int id, const struct tmem_oid *oidp,
				   u32 index, struct page *page))
{
	unsigned int i;
	u32 left;

	run->done = 0;
	tmem_run_for_each(i, run->want, left) {
		run->err[i] = one(id, run->oidp, run->index + i,
				  run->pages[i]);
		if (!run->err[i])
			run->done |= 1U << i;
	}
	return 0;
}

/* The answer is the same for all pages of a run if nothing has been done. */
static u32 run_answer(struct tmem_run *run, int ret)
{
	unsigned int i;
	u32 left;

	if (unlikely(ret)) {
		run->done = 0;
		tmem_run_for_each(i, run->want, left)
			run->err[i] = ret;
	}
	return run->done;
}

/**
 * tmem_backend_put_pages - store copies of the pages of a run
 * @bp: the pool
 * @run: the pages
 *
 * As tmem_backend_put_page() for each page that @run wants; it says what has
 * become of each.
 *
 * Context: as tmem_backend_put_page().
 * Return: run->done, the pages that are stored.
 */
u32 tmem_backend_put_pages(struct tmem_bpool bp, struct tmem_run *run)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops && ops->put_pages)
		ret = ops->put_pages(bp.id, run);
	else if (ops)
		ret = run_by_pages(bp.id, run, ops->put_page);
	return run_answer(run, tmem_leave(idx, ret));
}
TMEM_EXPORT_SYMBOL(tmem_backend_put_pages);

/**
 * tmem_backend_get_pages - copy the pages of a run back
 * @bp: the pool
 * @run: the pages, and where to; each the caller's own (locked)
 *
 * As tmem_backend_get_page() for each page that @run wants; it says what has
 * become of each.
 *
 * Context: as tmem_backend_get_page().
 * Return: run->done, the pages that were served.
 */
u32 tmem_backend_get_pages(struct tmem_bpool bp, struct tmem_run *run)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops && ops->get_pages)
		ret = ops->get_pages(bp.id, run);
	else if (ops)
		ret = run_by_pages(bp.id, run, ops->get_page);
	return run_answer(run, tmem_leave(idx, ret));
}
TMEM_EXPORT_SYMBOL(tmem_backend_get_pages);

/**
 * tmem_backend_flush_page - forget one page
 * @bp: the pool
 * @oidp: the object
 * @index: the page's index in it
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT not there; -ENODEV its backend is gone.
 */
int tmem_backend_flush_page(struct tmem_bpool bp, const struct tmem_oid *oidp,
			    u32 index)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops)
		ret = ops->flush_page(bp.id, oidp, index);
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_flush_page);

/**
 * tmem_backend_flush_object - forget all pages of an object
 * @bp: the pool
 * @oidp: the object
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT not there; -ENODEV its backend is gone.
 */
int tmem_backend_flush_object(struct tmem_bpool bp,
			      const struct tmem_oid *oidp)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops)
		ret = ops->flush_object(bp.id, oidp);
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_flush_object);

static int flush_range(const struct tmem_backend_ops *ops, int id,
		       const struct tmem_oid *oidp, u32 first, u32 last)
{
	if (ops->flush_range)
		return ops->flush_range(id, oidp, first, last);
	if (first == last)
		return ops->flush_page(id, oidp, first);
	return ops->flush_object(id, oidp);
}

/**
 * tmem_backend_flush_range - forget some pages of an object
 * @bp: an ephemeral pool
 * @oidp: the object
 * @first: first page index
 * @last: last page index, inclusive
 *
 * May forget more of the object than it was asked to.
 *
 * Context: any but NMI.
 * Return: 0; -ENOENT none was there; -ENODEV its backend is gone.
 */
int tmem_backend_flush_range(struct tmem_bpool bp, const struct tmem_oid *oidp,
			     u32 first, u32 last)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops)
		ret = flush_range(ops, bp.id, oidp, first, last);
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_flush_range);

/**
 * tmem_backend_fullness - is there room for persistent pages?
 * @bp: a pool of the backend
 *
 * Context: any but NMI.
 * Return: how full the backend is with them, in 1/1000; -EOPNOTSUPP if it does
 * not say; -ENODEV if it is gone.
 */
int tmem_backend_fullness(struct tmem_bpool bp)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops)
		ret = ops->fullness ? ops->fullness() : -EOPNOTSUPP;
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_fullness);

/**
 * tmem_backend_compact - after many pages have left, give their memory back
 * @bp: a pool of the backend
 *
 * Context: process; may sleep.
 * Return: 0; -EOPNOTSUPP if the backend has no need of it; -ENODEV if it is
 * gone.
 */
int tmem_backend_compact(struct tmem_bpool bp)
{
	const struct tmem_backend_ops *ops;
	int idx, ret = -ENODEV;

	ops = tmem_enter(bp, &idx);
	if (ops && ops->compact) {
		ops->compact();
		ret = 0;
	} else if (ops) {
		ret = -EOPNOTSUPP;
	}
	return tmem_leave(idx, ret);
}
TMEM_EXPORT_SYMBOL(tmem_backend_compact);
