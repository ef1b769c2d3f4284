// SPDX-License-Identifier: GPL-2.0
/*
 * native.c - attachment by the kernel's own frontswap
 *
 * Purpose: what the kernel's frontswap calls (struct frontswap_ops of
 * linux/frontswap.h, which modules may use up to 5.16).
 *
 * Why this design: the kernel does all the rest.  It knows what is stored, drops
 * a duplicate before it stores anew, writes what is refused to the swap device,
 * and shrinks by a partial swapoff.  Several backends share it, so a page that
 * is asked for may be another's, and one that is dropped may never have been
 * here.
 *
 * There is no way to take the operations back: once attached, the module
 * stays, and so does the backend's, whose pages swap counts on.
 *
 * The kernel's frontswap_shrink() is a partial swapoff that since 5.1 may not end:
 * told to take in all that a swap device has in frontswap, it goes on for as long
 * as anything is in use there, pages on the disk included, until a signal comes.
 * So it runs in a thread of its own, which gets one.
 *
 * Locking: none.  The pool is made before the operations are registered, and
 * never changes.  If the backend goes all the same, stores are refused and
 * loads fail.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/err.h>
#include <linux/frontswap.h>
#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/swap.h>
#include <linux/swap_slots.h>
#include <compat/kthread.h>
#include <compat/module.h>
#include <tmem/backend.h>
#include <tmem/frontswap.h>
#include "common.h"

static struct tmem_bpool pool = { .id = -1 };
static struct tmem_pin pin;

static void native_init(unsigned int type)
{
}

static int native_store(unsigned int type, pgoff_t slot, struct page *page)
{
	struct tmem_oid oid = fsw_oid(type, slot);

	/* One page at a time: the kernel splits it then. */
	if (PageTransHuge(page) || slot >> SWIZ_BITS > U32_MAX)
		return -EINVAL;
	if (tmem_backend_put_page(pool, &oid, fsw_index(slot), page)) {
		fsw_count(failed_stores);
		return -1;
	}
	fsw_count(succ_stores);
	return 0;
}

static int native_load(unsigned int type, pgoff_t slot, struct page *page)
{
	struct tmem_oid oid = fsw_oid(type, slot);
	int ret;

	ret = tmem_backend_get_page(pool, &oid, fsw_index(slot), page);
	if (!ret)
		fsw_count(loads);
	else if (ret != -ENOENT)
		fsw_count(load_errors);
	return ret ? -1 : 0;
}

/* Context: under swap's locks. */
static void native_invalidate_page(unsigned int type, pgoff_t slot)
{
	struct tmem_oid oid = fsw_oid(type, slot);

	if (!tmem_backend_flush_page(pool, &oid, fsw_index(slot)))
		fsw_count(invalidates);
}

static void native_invalidate_area(unsigned int type)
{
	unsigned long i;

	for (i = 0; i < SWIZ_OBJECTS; i++) {
		struct tmem_oid oid = fsw_object(type, i);

		tmem_backend_flush_object(pool, &oid);
	}
}

static struct frontswap_ops native_ops = {
	.init = native_init,
	.store = native_store,
	.load = native_load,
	.invalidate_page = native_invalidate_page,
	.invalidate_area = native_invalidate_area,
};

/**
 * tmem_frontswap_curr_pages - how many pages does swap hold in tmem?
 *
 * Those of other users of the kernel's frontswap count, too.
 *
 * Context: process; may sleep.
 * Return: pages, over all swap devices.
 */
unsigned long tmem_frontswap_curr_pages(void)
{
	return frontswap_curr_pages();
}
TMEM_EXPORT_SYMBOL(tmem_frontswap_curr_pages);

/* No page has come back for so long: no more will. */
#define SHRINK_PATIENCE	(5 * HZ)
#define SLACK_PATIENCE	(HZ / 2)

/**
 * struct fsw_shrink - a frontswap_shrink() under way
 * @target: what it is told
 * @done: it has returned
 */
struct fsw_shrink {
	unsigned long target;
	struct completion done;
};

static int shrink_thread(void *arg)
{
	struct fsw_shrink *s = arg;
	unsigned long before, held = frontswap_curr_pages();

	allow_signal(SIGINT);
	/* One swap device at a time. */
	do {
		before = held;
		frontswap_shrink(s->target);
		held = frontswap_curr_pages();
	} while (held > s->target && held < before && !signal_pending(current));
	kthread_complete_and_exit(&s->done, 0);
}

/*
 * What swap may hold beyond the target: slots that are free already, but for
 * the kernel's per-CPU caches of free slots.
 */
static unsigned long fsw_slack(void)
{
	return SWAP_SLOTS_CACHE_SIZE * num_online_cpus();
}

/*
 * Wait until the thread is done, for which true is returned, the target is
 * reached, or nothing moves.
 */
static bool fsw_shrink_watch(struct fsw_shrink *s)
{
	unsigned long held, least = ULONG_MAX, since = jiffies;

	while (!fatal_signal_pending(current)) {
		if (wait_for_completion_killable_timeout(&s->done, HZ / 20) > 0)
			return true;
		held = frontswap_curr_pages();
		if (held <= s->target)
			return false;
		if (held < least) {
			least = held;
			since = jiffies;
		} else if (time_after(jiffies, since +
				      (held <= s->target + fsw_slack() ?
				       SLACK_PATIENCE : SHRINK_PATIENCE))) {
			return false;
		}
	}
	return false;
}

/**
 * tmem_frontswap_shrink - bring the pages that swap holds in tmem down
 * @target: to so many
 *
 * As far as there is RAM for them, to which they come back.
 *
 * Context: process; sleeps.  A fatal signal ends it early.
 * Return: 0 if no more than @target are held, and those that the kernel is about
 * to drop; -EINTR; -EAGAIN if the others did not come back; -ENOMEM.
 */
int tmem_frontswap_shrink(unsigned long target)
{
	struct fsw_shrink s = { .target = target };
	struct task_struct *t;

	if (frontswap_curr_pages() <= target)
		return 0;
	init_completion(&s.done);
	t = kthread_create(shrink_thread, &s, "frontswap_shrink");
	if (IS_ERR(t))
		return PTR_ERR(t);
	get_task_struct(t);
	wake_up_process(t);
	if (!fsw_shrink_watch(&s)) {
		/* It may not yet have asked for signals. */
		do {
			send_sig(SIGINT, t, 1);
		} while (!wait_for_completion_timeout(&s.done, HZ / 20));
	}
	put_task_struct(t);
	if (frontswap_curr_pages() <= target + fsw_slack())
		return 0;
	return fatal_signal_pending(current) ? -EINTR : -EAGAIN;
}
TMEM_EXPORT_SYMBOL(tmem_frontswap_shrink);

/**
 * tmem_frontswap_come_home - bring pages of swap back from the hypervisor
 * @nr: how many, at most; the caller has seen that there is free memory for them
 *
 * Context: process; sleeps.  A fatal signal ends it early.
 * Return: how many have come; 0 if no hypervisor holds them.
 */
unsigned long tmem_frontswap_come_home(unsigned long nr)
{
	unsigned long before = frontswap_curr_pages(), after;

	if (!nr || !tmem_backend_is_hypervisor())
		return 0;
	tmem_frontswap_shrink(before - min(nr, before));
	after = frontswap_curr_pages();
	return before > after ? before - after : 0;
}
TMEM_EXPORT_SYMBOL(tmem_frontswap_come_home);

/**
 * fsw_attach - give the kernel our operations, for good
 * @devices: of no meaning here
 *
 * Context: process; sleeps.
 * Return: 0, and the module cannot be unloaded any more; -ENODEV without a
 * backend, or what it refuses a pool with.
 */
int fsw_attach(unsigned int devices)
{
	int ret;

	/* What is refused goes to the swap device. */
	ret = tmem_backend_new_pool(&pool, NULL,
				    TMEM_POOL_PERSIST | TMEM_POOL_BACKED);
	if (ret == -EINVAL)
		ret = tmem_backend_new_pool(&pool, NULL, TMEM_POOL_PERSIST);
	if (ret)
		return ret;
	ret = tmem_backend_pin(pool, &pin);
	if (ret)
		goto err_pool;
	ret = fsw_sysctl_init();
	if (ret)
		goto err_pin;
	__module_get(THIS_MODULE);
	frontswap_register_ops(&native_ops);
	pr_info("attached to the kernel's own frontswap, which does not let go: this module cannot be unloaded\n");
	return 0;

err_pin:
	tmem_backend_unpin(&pin);
err_pool:
	tmem_backend_destroy_pool(&pool);
	return ret;
}

/**
 * fsw_detach - never called: the module holds a reference on itself
 *
 * Context: any.
 */
void fsw_detach(void)
{
}
