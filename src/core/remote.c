// SPDX-License-Identifier: GPL-2.0
/*
 * remote.c - where a store and a carrier of bytes meet
 *
 * Purpose: let the store reach the carrier, and let either go away under the
 * other.  The rules are in <tmem/remote.h>.
 *
 * Why this design: as the registry of backends (backend.c), but with one of
 * each.  Numbers are drawn here and not by the carrier, so that they go on
 * growing when one carrier follows another, and a name of the first is lost by
 * its number alone.
 *
 * Invariants: tmem_remote_floor only grows, and is above every number that was
 * drawn before a carrier came, went, or said that it has lost what it had.  A
 * put that is under way meanwhile has drawn its number before that, and so its
 * value is lost as well.
 *
 * Locking: tmem_remote_lock covers who is registered, and the user's callback.
 * Calls to the carrier are SRCU read sections.
 */
#define pr_fmt(fmt) "tmem: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/srcu.h>
#include <compat/module.h>
#include <tmem/remote.h>
#include <tmem/trace.h>
#include "core.h"

static DEFINE_MUTEX(tmem_remote_lock);
static const struct tmem_remote_ops __rcu *tmem_carrier; /* and SRCU */
static const struct tmem_remote_user *tmem_remote_user;
DEFINE_STATIC_SRCU(tmem_remote_srcu);

/* The last number drawn; and the first one that is not lost. */
static atomic64_t tmem_remote_number = ATOMIC64_INIT(0);
static atomic64_t tmem_remote_floor = ATOMIC64_INIT(1);

/**
 * tmem_remote_next - where numbers are
 *
 * Context: any.
 * Return: what is above all numbers that were drawn, and not above those that
 * will be.
 */
u64 tmem_remote_next(void)
{
	return atomic64_read(&tmem_remote_number) + 1;
}
TMEM_EXPORT_SYMBOL(tmem_remote_next);

static const struct tmem_remote_ops *tmem_carrier_locked(void)
{
	return rcu_dereference_protected(tmem_carrier,
					 lockdep_is_held(&tmem_remote_lock));
}

/* What has a number below @floor is lost; the user hears of it. */
static void tmem_remote_lose(u64 floor)
{
	lockdep_assert_held(&tmem_remote_lock);
	floor = max_t(u64, floor, atomic64_read(&tmem_remote_floor));
	atomic64_set(&tmem_remote_floor, floor);
	if (tmem_remote_user)
		tmem_remote_user->changed(floor, tmem_carrier_locked());
}

/**
 * tmem_register_remote - offer a carrier
 * @ops: its table; stays the caller's, unchanged until unregistered
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL for missing callbacks, another version or a limit that is
 * too low for a page; -EEXIST if there is a carrier.
 */
int tmem_register_remote(const struct tmem_remote_ops *ops)
{
	int ret = 0;

	if (!ops || !ops->name || !*ops->name || !ops->put || !ops->get ||
	    !ops->drop || ops->value_max < PAGE_SIZE) {
		pr_err("carrier refused: incomplete table\n");
		return -EINVAL;
	}
	if (ops->version != TMEM_REMOTE_VERSION ||
	    ops->want_size != sizeof(struct tmem_remote_want)) {
		pr_err("carrier %s refused: version %u, this core has %u\n",
		       ops->name, ops->version, TMEM_REMOTE_VERSION);
		return -EINVAL;
	}
	mutex_lock(&tmem_remote_lock);
	if (tmem_carrier_locked()) {
		pr_err("carrier %s refused: there is %s\n", ops->name,
		       tmem_carrier_locked()->name);
		ret = -EEXIST;
	} else {
		rcu_assign_pointer(tmem_carrier, ops);
		tmem_remote_lose(tmem_remote_next());
	}
	mutex_unlock(&tmem_remote_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_register_remote);

/**
 * tmem_unregister_remote - take a carrier back
 * @ops: its table
 *
 * On return no callback of @ops is running or will be called, and all that was
 * put is lost.
 *
 * Context: process; sleeps, for the deadline of gets under way.
 * Return: 0; -ENOENT if it is not registered.
 */
int tmem_unregister_remote(const struct tmem_remote_ops *ops)
{
	int ret = -ENOENT;

	mutex_lock(&tmem_remote_lock);
	if (ops && tmem_carrier_locked() == ops) {
		rcu_assign_pointer(tmem_carrier, NULL);
		synchronize_srcu(&tmem_remote_srcu);
		tmem_remote_lose(tmem_remote_next());
		ret = 0;
	}
	mutex_unlock(&tmem_remote_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_unregister_remote);

/**
 * tmem_remote_forget - a carrier has lost what was put so far
 * @ops: its table
 * @floor: what has a lower number, so tmem_remote_next() for all of it; who counts
 *	what it has must know from which number on it does so anew
 *
 * Its servers are others now, say, or its secret is.  What was put before is
 * not asked for any more when this returns, but by gets under way.
 *
 * Context: process; may sleep.  Not in a callback of @ops.
 * Return: 0; -ENOENT if it is not registered; -EINVAL for a number that was not
 * drawn yet.
 */
int tmem_remote_forget(const struct tmem_remote_ops *ops, u64 floor)
{
	int ret = -ENOENT;

	if (floor > tmem_remote_next())
		return -EINVAL;
	mutex_lock(&tmem_remote_lock);
	if (ops && tmem_carrier_locked() == ops) {
		tmem_remote_lose(floor);
		ret = 0;
	}
	mutex_unlock(&tmem_remote_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_remote_forget);

/**
 * tmem_register_remote_user - be the store that uses the carrier
 * @user: who; stays the caller's, unchanged until unregistered
 *
 * Calls user->changed before it returns, to say whether there is a carrier.
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL without a name or a callback; -EEXIST if there is one.
 */
int tmem_register_remote_user(const struct tmem_remote_user *user)
{
	int ret = -EEXIST;

	if (!user || !user->name || !*user->name || !user->changed)
		return -EINVAL;
	mutex_lock(&tmem_remote_lock);
	if (!tmem_remote_user) {
		tmem_remote_user = user;
		user->changed(atomic64_read(&tmem_remote_floor),
			      tmem_carrier_locked());
		ret = 0;
	}
	mutex_unlock(&tmem_remote_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_register_remote_user);

/**
 * tmem_unregister_remote_user - do not use it any more
 * @user: who
 *
 * On return the callback is not running and will not be called.
 *
 * Context: process; may sleep.
 * Return: 0; -ENOENT if it is not registered.
 */
int tmem_unregister_remote_user(const struct tmem_remote_user *user)
{
	int ret = -ENOENT;

	mutex_lock(&tmem_remote_lock);
	if (user && tmem_remote_user == user) {
		tmem_remote_user = NULL;
		ret = 0;
	}
	mutex_unlock(&tmem_remote_lock);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_unregister_remote_user);

/**
 * tmem_remote_there - is there a carrier?
 *
 * Context: any; the answer may be old when it arrives.
 * Return: true if so.
 */
bool tmem_remote_there(void)
{
	return rcu_access_pointer(tmem_carrier);
}
TMEM_EXPORT_SYMBOL(tmem_remote_there);

/**
 * tmem_remote_lost - is a value known to be lost?
 * @number: which
 *
 * Context: any.
 * Return: true if no get will find it.
 */
bool tmem_remote_lost(u64 number)
{
	return number < (u64)atomic64_read(&tmem_remote_floor);
}
TMEM_EXPORT_SYMBOL(tmem_remote_lost);

/**
 * tmem_remote_put - send a value away
 * @data: its bytes; only read
 * @len: how many
 * @name: becomes what a get needs; the number is 0 on error
 *
 * Context: process, irqs on; may sleep for memory; not in reclaim.
 * Return: 0, which promises nothing; -ENODEV no carrier; -EINVAL for a length
 * that it does not carry; or what the carrier returned.
 */
int tmem_remote_put(const void *data, u32 len, struct tmem_remote_name *name)
{
	const struct tmem_remote_ops *ops;
	int ret = -ENODEV;
	u64 number = 0;
	int idx;

	might_sleep();
	name->number = 0;
	name->seal = 0;
	idx = srcu_read_lock(&tmem_remote_srcu);
	ops = srcu_dereference(tmem_carrier, &tmem_remote_srcu);
	if (ops && (!len || len > ops->value_max)) {
		ret = -EINVAL;
	} else if (ops) {
		number = atomic64_inc_return(&tmem_remote_number);
		ret = ops->put(number, data, len, &name->seal);
	}
	srcu_read_unlock(&tmem_remote_srcu, idx);
	if (!ret)
		name->number = number;
	trace_tmem_remote_put(number, len, ret);
	return ret;
}
TMEM_EXPORT_SYMBOL(tmem_remote_put);

/* Results of those that need not be asked for; how many are left. */
static unsigned int tmem_remote_ask(const struct tmem_remote_ops *ops,
				    struct tmem_remote_want *wants,
				    unsigned int nr)
{
	unsigned int i, left = 0;

	for (i = 0; i < nr; i++) {
		struct tmem_remote_want *w = &wants[i];

		if (!ops)
			w->ret = -ENODEV;
		else if (tmem_remote_lost(w->name.number))
			w->ret = -ESTALE;
		else if (!w->len || w->len > ops->value_max)
			w->ret = -EINVAL;
		else
			w->ret = TMEM_REMOTE_PENDING;
		left += w->ret == TMEM_REMOTE_PENDING;
	}
	return left;
}

/**
 * tmem_remote_get - get values back
 * @wants: which; their results are set
 * @nr: how many, at most TMEM_REMOTE_BATCH
 * @take: what is done with each value that comes
 * @ctx: passed to it
 *
 * Nothing is removed at the other end: who has no use for a value any more says
 * so with tmem_remote_drop().
 *
 * Context: process, irqs on; sleeps up to the carrier's deadline; not in
 * reclaim.
 * Return: how many came and were taken, whose results are 0.
 */
unsigned int tmem_remote_get(struct tmem_remote_want *wants, unsigned int nr,
			     tmem_remote_take_t take, void *ctx)
{
	const struct tmem_remote_ops *ops;
	unsigned int i, got = 0;
	int idx;

	might_sleep();
	if (WARN_ON_ONCE(nr > TMEM_REMOTE_BATCH)) {
		for (i = 0; i < nr; i++)
			wants[i].ret = -EINVAL;
		return 0;
	}
	idx = srcu_read_lock(&tmem_remote_srcu);
	ops = srcu_dereference(tmem_carrier, &tmem_remote_srcu);
	if (tmem_remote_ask(ops, wants, nr))
		ops->get(wants, nr, take, ctx);
	srcu_read_unlock(&tmem_remote_srcu, idx);
	for (i = 0; i < nr; i++) {
		if (WARN_ON_ONCE(wants[i].ret > 0))
			wants[i].ret = -EIO;
		got += !wants[i].ret;
	}
	trace_tmem_remote_get(nr, got);
	return got;
}
TMEM_EXPORT_SYMBOL(tmem_remote_get);

/**
 * tmem_remote_drop - a value is not wanted any more
 * @number: which
 * @len: its length, as it was put
 *
 * Context: any but NMI.
 */
void tmem_remote_drop(u64 number, u32 len)
{
	const struct tmem_remote_ops *ops;
	int idx;

	if (tmem_remote_lost(number))
		return;
	idx = srcu_read_lock(&tmem_remote_srcu);
	ops = srcu_dereference(tmem_carrier, &tmem_remote_srcu);
	if (ops)
		ops->drop(number, len);
	srcu_read_unlock(&tmem_remote_srcu, idx);
}
TMEM_EXPORT_SYMBOL(tmem_remote_drop);

/**
 * tmem_remote_show - who is registered, for debugfs
 * @carrier: becomes the carrier's name; "none" without one
 * @user: becomes the user's, likewise
 * @size: of both, in bytes
 *
 * Context: process; may sleep.
 */
void tmem_remote_show(char *carrier, char *user, size_t size)
{
	mutex_lock(&tmem_remote_lock);
	strscpy(carrier, tmem_carrier_locked() ? tmem_carrier_locked()->name :
		"none", size);
	strscpy(user, tmem_remote_user ? tmem_remote_user->name : "none", size);
	mutex_unlock(&tmem_remote_lock);
}
