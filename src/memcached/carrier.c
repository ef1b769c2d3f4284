// SPDX-License-Identifier: GPL-2.0
/*
 * carrier.c - what the store asks for, as questions to servers
 *
 * Purpose: the table of <tmem/remote.h>.
 *
 * Why this design: a get is a batch with a part for each server that has some
 * of its values; all parts are asked at the same time, and the slowest one, or
 * the deadline, ends it.  Values are opened and taken by the threads of the
 * servers, so that the bytes need no memory of the asker's.
 *
 * The asker may go before the answer comes.  So a batch has a count of
 * references, and says under its lock that it is over; whoever takes a value
 * holds that lock and looks.  It is held to open and take one value, never for
 * the network.
 *
 * Locking: batch->lock, in which take is called.  mc_bytes_lock: what is kept at
 * the servers; irqsave, innermost.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "memcached.h"

/*
 * A put and a get are worth no effort of the kernel's.  A get, for which somebody
 * waits, may reclaim a little, and must not wait for a disk; a put may not.
 */
#define MC_GFP		(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)
#define MC_GFP_PUT	(MC_GFP & ~__GFP_DIRECT_RECLAIM)

/* item->part of what is not asked for */
#define MC_NO_PART	0xff

static atomic64_t mc_last_id = ATOMIC64_INIT(0);

/* Bytes of values with numbers from mc_floor on; those below are forgotten. */
static s64 mc_bytes;
static u64 mc_floor;
static DEFINE_SPINLOCK(mc_bytes_lock);

/* What a value takes at a server. */
static u64 mc_cost(u32 len)
{
	return len + MC_SEAL_MAX + MC_KEY_LEN + MC_ITEM_OVERHEAD;
}

/**
 * mc_carrier_bytes - what is kept at the servers, as far as it is known here
 *
 * Context: any.
 * Return: bytes.
 */
u64 mc_carrier_bytes(void)
{
	unsigned long flags;
	s64 bytes;

	spin_lock_irqsave(&mc_bytes_lock, flags);
	bytes = mc_bytes;
	spin_unlock_irqrestore(&mc_bytes_lock, flags);
	return max_t(s64, bytes, 0);
}
TMEM_EXPORT_FOR_TEST(mc_carrier_bytes);

/**
 * mc_carrier_count - a value has been put, or is not wanted any more
 * @number: which
 * @len: its length, as it was put
 * @more: it has been put
 *
 * One that was forgotten meanwhile counts neither way.
 *
 * Context: any but NMI.
 */
void mc_carrier_count(u64 number, u32 len, bool more)
{
	s64 cost = mc_cost(len);
	unsigned long flags;

	spin_lock_irqsave(&mc_bytes_lock, flags);
	if (number >= mc_floor)
		mc_bytes += more ? cost : -cost;
	spin_unlock_irqrestore(&mc_bytes_lock, flags);
}
TMEM_EXPORT_FOR_TEST(mc_carrier_count);

/**
 * mc_carrier_forget - nothing is kept there any more
 *
 * Context: process; may sleep.
 */
void mc_carrier_forget(void)
{
	u64 floor;

	/* Drawn under the lock: none above it has been counted yet. */
	spin_lock_irq(&mc_bytes_lock);
	floor = tmem_remote_next();
	mc_floor = floor;
	mc_bytes = 0;
	spin_unlock_irq(&mc_bytes_lock);
	tmem_remote_forget(&mc_carrier, floor);
}

static struct mc_conn *mc_conn_of(const struct mc_servers *s, u64 number)
{
	return s->conns[mc_pick(number, s->salts, s->nr)];
}

static int mc_put_to(struct mc_conn *c, u64 number, const void *data, u32 len,
		     u64 *seal)
{
	struct mc_put *put;
	int ret;

	/* to be asked again under the lock: do not encrypt for nothing */
	ret = mc_conn_takes(c, len + MC_SEAL_MAX);
	if (ret)
		return ret;
	put = kmalloc(struct_size(put, value, len + MC_SEAL_MAX), MC_GFP_PUT);
	if (!put)
		return -ENOMEM;
	put->number = number;
	put->len = mc_seal_put(number, data, len, put->value, put->prefix,
			       seal);
	/* it may be sent, and gone, at once */
	len = put->len;
	ret = mc_conn_put(c, put);
	if (ret)
		kfree(put);
	else
		mc_stat_add(put_bytes, len);
	return ret;
}

static void mc_put_count(int ret)
{
	switch (ret) {
	case 0:
		mc_stat_inc(puts);
		break;
	case -EHOSTDOWN:
		mc_stat_inc(puts_down);
		break;
	case -EBUSY:
		mc_stat_inc(puts_busy);
		break;
	case -ENOSPC:
		mc_stat_inc(puts_limit);
		break;
	default:
		mc_stat_inc(puts_nomem);
	}
}

static int mc_put(u64 number, const void *data, u32 len, u64 *seal)
{
	u64 max = READ_ONCE(mc_params.max_bytes);
	const struct mc_servers *s;
	int ret, idx;

	idx = srcu_read_lock(&mc_servers_srcu);
	s = srcu_dereference(mc_servers, &mc_servers_srcu);
	if (!s->nr)
		ret = -EHOSTDOWN;
	else if (max && mc_carrier_bytes() + mc_cost(len) > max)
		ret = -ENOSPC;
	else
		ret = mc_put_to(mc_conn_of(s, number), number, data, len, seal);
	srcu_read_unlock(&mc_servers_srcu, idx);
	if (!ret)
		mc_carrier_count(number, len, true);
	mc_put_count(ret);
	return ret;
}

static void mc_drop(u64 number, u32 len)
{
	const struct mc_servers *s;
	int idx;

	mc_carrier_count(number, len, false);
	idx = srcu_read_lock(&mc_servers_srcu);
	s = srcu_dereference(mc_servers, &mc_servers_srcu);
	if (s->nr)
		mc_conn_drop(mc_conn_of(s, number), number);
	srcu_read_unlock(&mc_servers_srcu, idx);
}

/* ---- gets ---- */

static void mc_batch_get(struct mc_batch *b)
{
	refcount_inc(&b->ref);
}

static void mc_batch_put(struct mc_batch *b)
{
	if (refcount_dec_and_test(&b->ref))
		kfree(b);
}

/**
 * mc_batch_value - a value has come
 * @ask: the part of a batch that it may be an answer to
 * @i: the item that it says it is
 * @value: as it came
 * @len: bytes of it
 * @data: room for a page, to open it
 *
 * Context: process; the thread of the server.
 */
void mc_batch_value(struct mc_ask *ask, unsigned int i, const u8 *value,
		    u32 len, u8 *data)
{
	struct mc_batch *b = ask->batch;
	struct mc_item *item = &b->items[i];
	int ret;

	if (i >= b->nr || item->part != ask->which) {
		mc_stat_inc(unasked);
		return;
	}
	mutex_lock(&b->lock);
	if (!b->over && item->want.ret == TMEM_REMOTE_PENDING) {
		ret = mc_seal_open(&item->want.name, item->want.len, value, len,
				   data);
		/* on its way while the secret went: lost, and nobody's fault */
		if (ret && !mc_seal_is(ask->secret))
			ret = -ESTALE;
		if (!ret)
			ret = b->take(b->ctx, i, data);
		item->want.ret = ret > 0 ? -EIO : ret;
	} else {
		mc_stat_inc(unasked);
	}
	mutex_unlock(&b->lock);
}

/**
 * mc_batch_part_done - a part of a batch will not be answered any further
 * @ask: the part; gone on return
 * @rest: result of its items that have none
 *
 * Context: process.
 */
void mc_batch_part_done(struct mc_ask *ask, int rest)
{
	struct mc_batch *b = ask->batch;
	unsigned int i;

	mutex_lock(&b->lock);
	for (i = 0; i < b->nr; i++)
		if (b->items[i].part == ask->which &&
		    b->items[i].want.ret == TMEM_REMOTE_PENDING)
			b->items[i].want.ret = rest;
	mutex_unlock(&b->lock);
	if (atomic_dec_and_test(&b->left))
		complete(&b->done);
	mc_batch_put(b);
}

/* A batch of those that are to be asked for, and who has which. */
static struct mc_batch *mc_batch_new(const struct mc_servers *s,
				     const struct tmem_remote_want *wants,
				     unsigned int nr, tmem_remote_take_t take,
				     void *ctx)
{
	struct mc_batch *b = kmalloc(struct_size(b, items, nr), MC_GFP);
	unsigned int i;

	if (!b)
		return NULL;
	refcount_set(&b->ref, 1);
	mutex_init(&b->lock);
	b->over = false;
	b->take = take;
	b->ctx = ctx;
	/* ours: none left means that all have been asked, too */
	atomic_set(&b->left, 1);
	init_completion(&b->done);
	b->nr = nr;
	for (i = 0; i < s->nr; i++) {
		b->asks[i].batch = b;
		b->asks[i].id = atomic64_inc_return(&mc_last_id);
		b->asks[i].last = 0;
		b->asks[i].which = i;
	}
	for (i = 0; i < nr; i++) {
		struct mc_item *item = &b->items[i];
		u64 number = wants[i].name.number;

		item->want = wants[i];
		item->part = MC_NO_PART;
		if (wants[i].ret != TMEM_REMOTE_PENDING)
			continue;
		item->part = mc_pick(number, s->salts, s->nr);
		b->asks[item->part].last = max(b->asks[item->part].last,
					       number);
	}
	return b;
}

static void mc_batch_ask(struct mc_batch *b, const struct mc_servers *s)
{
	unsigned int i;
	int ret;

	for (i = 0; i < s->nr; i++) {
		/* numbers begin at 1 */
		if (!b->asks[i].last)
			continue;
		atomic_inc(&b->left);
		mc_batch_get(b);
		ret = mc_conn_ask(s->conns[i], &b->asks[i]);
		if (ret)
			mc_batch_part_done(&b->asks[i], ret);
	}
	if (atomic_dec_and_test(&b->left))
		complete(&b->done);
}

/* Nobody waits from now on: results, and who was late. */
static void mc_batch_end(struct mc_batch *b, const struct mc_servers *s,
			 struct tmem_remote_want *wants)
{
	unsigned long late = 0;
	unsigned int i;

	mutex_lock(&b->lock);
	b->over = true;
	for (i = 0; i < b->nr; i++) {
		struct mc_item *item = &b->items[i];

		if (item->part == MC_NO_PART)
			continue;
		if (item->want.ret == TMEM_REMOTE_PENDING) {
			item->want.ret = -ETIMEDOUT;
			late |= BIT(item->part);
		}
		wants[i].ret = item->want.ret;
	}
	mutex_unlock(&b->lock);
	for (i = 0; i < s->nr; i++)
		if (late & BIT(i))
			mc_conn_late(s->conns[i]);
}

static void mc_want_count(const struct tmem_remote_want *w)
{
	mc_stat_inc(wants);
	switch (w->ret) {
	case 0:
		mc_stat_inc(hits);
		mc_stat_add(hit_bytes, w->len);
		break;
	case -ENOENT:
	case -ESTALE:
		mc_stat_inc(gone);
		break;
	case -ETIMEDOUT:
		mc_stat_inc(late);
		break;
	case -EBADMSG:
		mc_stat_inc(wrong);
		break;
	case -EHOSTDOWN:
		mc_stat_inc(down);
		break;
	case -EBUSY:
		mc_stat_inc(busy);
		break;
	default:
		mc_stat_inc(failed);
	}
}

static void mc_get(struct tmem_remote_want *wants, unsigned int nr,
		   tmem_remote_take_t take, void *ctx)
{
	DECLARE_BITMAP(asked, TMEM_REMOTE_BATCH) = {};
	unsigned int deadline = READ_ONCE(mc_params.deadline_ms), i;
	const struct mc_servers *s;
	struct mc_batch *b = NULL;
	int idx, ret = -EHOSTDOWN;

	for (i = 0; i < nr; i++)
		if (wants[i].ret == TMEM_REMOTE_PENDING)
			__set_bit(i, asked);
	idx = srcu_read_lock(&mc_servers_srcu);
	s = srcu_dereference(mc_servers, &mc_servers_srcu);
	if (s->nr) {
		b = mc_batch_new(s, wants, nr, take, ctx);
		ret = -ENOMEM;
	}
	if (b) {
		mc_batch_ask(b, s);
		wait_for_completion_timeout(&b->done,
					    msecs_to_jiffies(deadline) + 1);
		mc_batch_end(b, s, wants);
		mc_batch_put(b);
	}
	srcu_read_unlock(&mc_servers_srcu, idx);
	mc_stat_inc(gets);
	for_each_set_bit(i, asked, nr) {
		if (!b)
			wants[i].ret = ret;
		mc_want_count(&wants[i]);
	}
}

const struct tmem_remote_ops mc_carrier = {
	.version = TMEM_REMOTE_VERSION,
	.want_size = sizeof(struct tmem_remote_want),
	.name = "memcached",
	.value_max = PAGE_SIZE,
	.put = mc_put,
	.get = mc_get,
	.drop = mc_drop,
};
