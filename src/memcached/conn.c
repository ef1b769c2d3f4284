// SPDX-License-Identifier: GPL-2.0
/*
 * conn.c - one server: its thread, its socket, and what waits for it
 *
 * Purpose: send what is queued, hear what is answered, and notice when there is
 * nobody, or nobody good, at the other end.
 *
 * Why this design: one thread does all that touches the socket, so that none of
 * it needs a lock, and nobody who puts or asks is ever in the network's code.
 * It never blocks in a call but for connecting, which has a limit of time; it
 * sleeps when there is nothing to do, and is woken by the socket's callbacks
 * and by who queues.
 *
 * Questions go before values, since somebody waits for them, unless one asks
 * for what is still among the values.  An "mn" ends each question, so that its
 * answer says that what has not come is not there.
 *
 * A connection is used from the answer to its first "mn" on.  When it ends,
 * whatever for, all that waits for it is answered with "nobody there", and
 * health.c says when it is tried again.
 *
 * Against a server that is an enemy: see proto.c for what it says and seal.c
 * for what that is worth.  How much it says is limited by @credit: what the
 * answers to all that was said since the last "mn" that it answered could take.
 * How long it says nothing is limited too: MC_SILENCE after something was asked it
 * is taken for dead.
 *
 * Locking: conn->lock covers the queues, in any context but NMI; the rest is
 * the thread's.
 */
#define pr_fmt(fmt) "tmem_memcached: " fmt

#include <linux/err.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/timekeeping.h>
#include <net/af_vsock.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "memcached.h"

/* Limit of time for connecting; ms. */
#define MC_CONNECT	1000

/* A sign of life is asked for after so long without a word; ms. */
#define MC_QUIET	5000

/* No word for so long while there should be one: it is dead; ms. */
#define MC_SILENCE	2000U

/*
 * What TCP may have queued, as it counts memory, and of this not yet sent: more
 * does not make it faster, and a question would wait behind it.
 */
#define MC_SOCK_BYTES	SZ_512K
#define MC_SOCK_UNSENT	SZ_32K

/* What a question takes, and a value, with all their commands; some of them. */
#define MC_TX_ASK	((TMEM_REMOTE_BATCH + 1) * MC_COMMAND_MAX)
#define MC_TX_PUT	(MC_COMMAND_MAX + MC_VALUE_MAX + 2)
#define MC_TX_SIZE	(MC_TX_ASK + 6 * MC_TX_PUT)

/* What a server may say at most without being asked for more; bytes. */
#define MC_CREDIT_MAX	(4L * MC_ASKS_MAX * TMEM_REMOTE_BATCH * (long)PAGE_SIZE)

static u64 mc_now_us(void)
{
	return ktime_to_us(ktime_get());
}

static u64 mc_now(void)
{
	return ktime_to_ms(ktime_get());
}

/* Fully ordered: who is awake, or about to be, sees what was queued. */
static void mc_conn_wake(struct mc_conn *c)
{
	if (!atomic_xchg(&c->woken, 1))
		wake_up(&c->wait);
}

/* ---- what others do ---- */

/**
 * mc_conn_takes - would a value be queued?
 * @c: the server
 * @len: bytes of the value, as sent
 *
 * Context: any; under the lock it is right, else for a moment.
 * Return: 0; -EHOSTDOWN it is not in use; -EBUSY too much is queued.
 */
int mc_conn_takes(const struct mc_conn *c, u32 len)
{
	if (!READ_ONCE(c->up))
		return -EHOSTDOWN;
	return READ_ONCE(c->put_bytes) + len > MC_PUTS_BYTES ? -EBUSY : 0;
}

/**
 * mc_conn_put - queue a value
 * @c: the server
 * @put: the value; the server's on success
 *
 * Context: process.
 * Return: 0; -EHOSTDOWN it is not in use; -EBUSY too much is queued.
 */
int mc_conn_put(struct mc_conn *c, struct mc_put *put)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&c->lock, flags);
	ret = mc_conn_takes(c, put->len);
	if (!ret) {
		WRITE_ONCE(c->put_bytes, c->put_bytes + put->len);
		list_add_tail(&put->list, &c->puts);
	}
	spin_unlock_irqrestore(&c->lock, flags);
	if (!ret)
		mc_conn_wake(c);
	return ret;
}

/**
 * mc_conn_ask - queue a question
 * @c: the server
 * @ask: the question; on success it stays until mc_batch_part_done()
 *
 * Context: process.
 * Return: 0; -EHOSTDOWN it is not in use; -EBUSY too much is being asked.
 */
int mc_conn_ask(struct mc_conn *c, struct mc_ask *ask)
{
	unsigned long flags;
	int ret = 0;

	ask->at = mc_now_us();
	spin_lock_irqsave(&c->lock, flags);
	if (!c->up) {
		ret = -EHOSTDOWN;
	} else if (c->nr_asks >= MC_ASKS_MAX) {
		ret = -EBUSY;
	} else {
		c->nr_asks++;
		list_add_tail(&ask->list, &c->asks);
	}
	spin_unlock_irqrestore(&c->lock, flags);
	if (!ret)
		mc_conn_wake(c);
	return ret;
}

/**
 * mc_conn_drop - queue that a value is not wanted any more; may be lost
 * @c: the server
 * @number: of the value
 *
 * Context: any but NMI.
 */
void mc_conn_drop(struct mc_conn *c, u64 number)
{
	unsigned long flags;
	bool lost = true;

	spin_lock_irqsave(&c->lock, flags);
	if (c->up && c->drop_head - c->drop_tail < MC_DROPS) {
		c->drops[c->drop_head++ % MC_DROPS] = number;
		lost = false;
	}
	spin_unlock_irqrestore(&c->lock, flags);
	/* They go along with the next thing that is said, or when many are there. */
	if (lost)
		mc_stat_inc(drops_lost);
	else
		mc_stat_inc(drops);
	if (READ_ONCE(c->drop_head) - READ_ONCE(c->drop_tail) >= MC_DROPS / 2)
		mc_conn_wake(c);
}

/**
 * mc_conn_late - somebody has given up waiting
 * @c: the server
 *
 * Context: process.
 */
void mc_conn_late(struct mc_conn *c)
{
	atomic_inc(&c->late);
	mc_conn_wake(c);
}

/* ---- the socket's callbacks ---- */

static void mc_sock_wake(struct sock *sk)
{
	struct mc_conn *c;

	read_lock_bh(&sk->sk_callback_lock);
	c = sk->sk_user_data;
	if (c)
		mc_conn_wake(c);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* The socket's own one takes the sign away that it waits for room. */
static void mc_sock_space(struct sock *sk)
{
	struct mc_conn *c;

	read_lock_bh(&sk->sk_callback_lock);
	c = sk->sk_user_data;
	if (c) {
		c->save_space(sk);
		mc_conn_wake(c);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Nobody waits in the socket itself but us, when connecting; before this. */
static void mc_sock_adopt(struct mc_conn *c)
{
	struct sock *sk = c->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	c->save_ready = sk->sk_data_ready;
	c->save_state = sk->sk_state_change;
	c->save_space = sk->sk_write_space;
	sk->sk_user_data = c;
	sk->sk_data_ready = mc_sock_wake;
	sk->sk_state_change = mc_sock_wake;
	sk->sk_write_space = mc_sock_space;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void mc_sock_close(struct mc_conn *c)
{
	struct sock *sk;

	if (!c->sock)
		return;
	sk = c->sock->sk;
	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_user_data == c) {
		sk->sk_data_ready = c->save_ready;
		sk->sk_state_change = c->save_state;
		sk->sk_write_space = c->save_space;
		sk->sk_user_data = NULL;
	}
	write_unlock_bh(&sk->sk_callback_lock);
	kernel_sock_shutdown(c->sock, SHUT_RDWR);
	sock_release(c->sock);
	c->sock = NULL;
}

/* Before connecting, which vsock has a limit of time of its own for. */
static void mc_sock_tune(struct mc_conn *c, struct sock *sk)
{
	long connect = msecs_to_jiffies(MC_CONNECT);

	lock_sock(sk);
	/* Nothing that is allocated for it may wait for a disk. */
	sk->sk_allocation = GFP_NOIO;
	sk->sk_sndtimeo = connect;
	if (c->address.proto == IPPROTO_TCP) {
		sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
		WRITE_ONCE(sk->sk_sndbuf, MC_SOCK_BYTES);
		WRITE_ONCE(tcp_sk(sk)->notsent_lowat, MC_SOCK_UNSENT);
	} else {
		vsock_sk(sk)->connect_timeout = connect;
	}
	release_sock(sk);
	if (c->address.proto == IPPROTO_TCP)
		tcp_sock_set_nodelay(sk);
}

/*
 * In the first network name space, whoever loaded the module.  Where the family
 * is a module that is not loaded yet, this waits for modprobe.
 */
static int mc_sock_open(struct mc_conn *c)
{
	struct socket *sock;
	int ret;

	ret = sock_create_kern(&init_net, c->address.addr.ss_family,
			       SOCK_STREAM, c->address.proto, &sock);
	if (ret)
		return ret;
	mc_sock_tune(c, sock->sk);
	ret = kernel_connect(sock, (void *)&c->address.addr, c->address.len, 0);
	if (ret) {
		sock_release(sock);
		return ret == -EINPROGRESS ? -ETIMEDOUT : ret;
	}
	c->sock = sock;
	mc_sock_adopt(c);
	return 0;
}

/* ---- what is said ---- */

static unsigned int mc_tx_room(const struct mc_conn *c)
{
	return MC_TX_SIZE - c->tx_have;
}

static char *mc_tx_end(struct mc_conn *c)
{
	return (char *)c->tx + c->tx_have;
}

static void mc_owe(struct mc_conn *c, unsigned int bytes)
{
	c->owed += bytes;
	c->credit = min(c->credit + (long)bytes, MC_CREDIT_MAX);
}

/* Ask for what a batch wants of this server, if somebody still waits for it. */
static void mc_tx_ask(struct mc_conn *c, struct mc_ask *ask)
{
	struct mc_batch *b = ask->batch;
	u8 prefix[MC_PREFIX_LEN];
	unsigned int i;

	ask->secret = mc_seal_prefix(prefix);
	for (i = 0; b && !READ_ONCE(b->over) && i < b->nr; i++) {
		struct mc_item *item = &b->items[i];

		if (item->part != ask->which)
			continue;
		c->tx_have += mc_say_get(mc_tx_end(c), prefix,
					 item->want.name.number,
					 ask->id << 8 | i);
		/* Of any length: it may be the value of a twin. */
		mc_owe(c, MC_VALUE_LINE + MC_VALUE_MAX + 2);
	}
	c->tx_have += mc_say_end(mc_tx_end(c));
	mc_owe(c, MC_ERROR_LINE);
	ask->owed = c->owed;
}

static void mc_tx_put(struct mc_conn *c, struct mc_put *put)
{
	c->tx_have += mc_say_put(mc_tx_end(c), put->prefix, put->number,
				 put->len);
	memcpy(mc_tx_end(c), put->value, put->len);
	memcpy(mc_tx_end(c) + put->len, "\r\n", 2);
	c->tx_have += put->len + 2;
	mc_owe(c, MC_ERROR_LINE);
}

static void mc_tx_drops(struct mc_conn *c)
{
	u8 prefix[MC_PREFIX_LEN];
	u64 number;

	if (READ_ONCE(c->drop_head) == c->drop_tail)
		return;
	mc_seal_prefix(prefix);
	while (mc_tx_room(c) >= MC_COMMAND_MAX) {
		spin_lock_irq(&c->lock);
		if (c->drop_head == c->drop_tail) {
			spin_unlock_irq(&c->lock);
			break;
		}
		number = c->drops[c->drop_tail % MC_DROPS];
		WRITE_ONCE(c->drop_tail, c->drop_tail + 1);
		spin_unlock_irq(&c->lock);
		c->tx_have += mc_say_drop(mc_tx_end(c), prefix, number);
		mc_owe(c, MC_ERROR_LINE);
	}
}

/*
 * The next thing to be said, off its list: a question in *@ask, which is in
 * conn->asked then, or a value.
 */
static struct mc_put *mc_tx_next(struct mc_conn *c, struct mc_ask **ask)
{
	struct mc_put *put;

	spin_lock_irq(&c->lock);
	put = list_first_entry_or_null(&c->puts, struct mc_put, list);
	*ask = list_first_entry_or_null(&c->asks, struct mc_ask, list);
	if (*ask && (!put || (*ask)->last < put->number)) {
		list_move_tail(&(*ask)->list, &c->asked);
		put = NULL;
	} else if (put) {
		*ask = NULL;
		list_del(&put->list);
		WRITE_ONCE(c->put_bytes, c->put_bytes - put->len);
	}
	spin_unlock_irq(&c->lock);
	return put;
}

static void mc_tx_fill(struct mc_conn *c)
{
	struct mc_put *put;
	struct mc_ask *ask;

	if (c->tx_sent == c->tx_have) {
		c->tx_sent = 0;
		c->tx_have = 0;
	}
	while (mc_tx_room(c) >= max_t(size_t, MC_TX_ASK, MC_TX_PUT)) {
		put = mc_tx_next(c, &ask);
		if (ask) {
			mc_tx_ask(c, ask);
		} else if (put) {
			mc_tx_put(c, put);
			kfree(put);
		} else {
			break;
		}
	}
	mc_tx_drops(c);
}

/* Send some; bytes, or an errno. */
static int mc_tx_send(struct mc_conn *c)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec;
	int ret;

	mc_tx_fill(c);
	if (c->tx_sent == c->tx_have)
		return 0;
	vec.iov_base = c->tx + c->tx_sent;
	vec.iov_len = c->tx_have - c->tx_sent;
	ret = kernel_sendmsg(c->sock, &msg, &vec, 1, vec.iov_len);
	if (ret == -EAGAIN)
		return 0;
	if (ret > 0)
		c->tx_sent += ret;
	return ret;
}

/* ---- what is heard ---- */

static void mc_rx_value(struct mc_conn *c, const struct mc_answer *a)
{
	struct mc_ask *ask;

	/* Only this thread takes any off this list. */
	list_for_each_entry(ask, &c->asked, list) {
		if (ask->batch && ask->id == a->opaque >> 8) {
			mc_batch_value(ask, a->opaque & 255, a->data, a->len,
				       c->data);
			return;
		}
	}
	mc_stat_inc(unasked);
}

/*
 * All that the first question asked for has been answered, and what was said
 * before it: of that nothing is owed any more.  @rest bytes that came after it
 * are here already.
 */
static int mc_rx_end(struct mc_conn *c, unsigned int rest, u64 now)
{
	struct mc_ask *ask;

	spin_lock_irq(&c->lock);
	ask = list_first_entry_or_null(&c->asked, struct mc_ask, list);
	if (ask) {
		list_del_init(&ask->list);
		if (ask->batch)
			c->nr_asks--;
	}
	spin_unlock_irq(&c->lock);
	if (!ask)
		return -EPROTO;
	c->credit = min(c->credit, (long)(c->owed - ask->owed) - (long)rest);
	if (ask->batch) {
		u64 us = mc_now_us() - ask->at;

		atomic_long_inc(&mc_times[min_t(unsigned int, us ? ilog2(us) : 0,
						MC_TIMES - 1)]);
		mc_stat_inc(round_trips);
		if (us <= READ_ONCE(mc_params.deadline_ms) * 1000ULL)
			mc_health_good(&c->health);
		mc_batch_part_done(ask, -ENOENT);
		return 0;
	}
	c->pinged = false;
	if (!c->health.up) {
		mc_health_up(&c->health, now);
		spin_lock_irq(&c->lock);
		WRITE_ONCE(c->up, true);
		spin_unlock_irq(&c->lock);
		mc_stat_inc(opened);
		pr_info("%s is in use\n", c->address.name);
	}
	return 0;
}

/* Hear some; bytes, or an errno. */
static int mc_rx_receive(struct mc_conn *c)
{
	unsigned int room = MC_ANSWER_MAX(MC_VALUE_MAX) - c->rx_have, at = 0;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec = { .iov_base = c->rx + c->rx_have, .iov_len = room };
	struct mc_answer a;
	int got, n, ret = 0;

	got = kernel_recvmsg(c->sock, &msg, &vec, 1, room, MSG_DONTWAIT);
	if (got == -EAGAIN)
		return 0;
	if (got <= 0)
		return got ?: -ECONNRESET;
	c->spoke = mc_now();
	c->credit -= got;
	if (c->credit < 0)
		return -EPROTO;
	c->rx_have += got;
	while ((n = mc_parse(c->rx + at, c->rx_have - at, MC_VALUE_MAX, &a)) > 0) {
		at += n;
		if (a.kind == MC_VALUE)
			mc_rx_value(c, &a);
		else if (a.kind == MC_REFUSED)
			mc_stat_inc(puts_refused);
		else if (a.kind == MC_END)
			ret = mc_rx_end(c, c->rx_have - at, c->spoke);
		if (ret)
			return ret;
	}
	if (n < 0)
		return n;
	c->rx_have -= at;
	memmove(c->rx, c->rx + at, c->rx_have);
	return got;
}

/* ---- the life of a connection ---- */

static void mc_ping(struct mc_conn *c)
{
	c->pinged = true;
	c->ping.at = mc_now_us();
	spin_lock_irq(&c->lock);
	list_add_tail(&c->ping.list, &c->asks);
	spin_unlock_irq(&c->lock);
}

static void mc_conn_begin(struct mc_conn *c)
{
	int ret = mc_sock_open(c);

	if (ret) {
		if (c->health.pause == MC_PAUSE_MIN)
			pr_info("%s cannot be reached: error %d\n",
				c->address.name, ret);
		mc_health_down(&c->health, mc_now());
		return;
	}
	c->tx_have = 0;
	c->tx_sent = 0;
	c->rx_have = 0;
	c->credit = 0;
	c->owed = 0;
	c->spoke = mc_now();
	atomic_set(&c->late, 0);
	mc_ping(c);
}

/* All that waits for it gets an answer; what is queued is lost. */
static void mc_conn_give_up(struct mc_conn *c)
{
	struct mc_ask *ask, *next_ask;
	struct mc_put *put, *next_put;
	LIST_HEAD(asks);
	LIST_HEAD(puts);

	spin_lock_irq(&c->lock);
	WRITE_ONCE(c->up, false);
	list_splice_init(&c->asked, &asks);
	list_splice_tail_init(&c->asks, &asks);
	list_splice_init(&c->puts, &puts);
	c->nr_asks = 0;
	WRITE_ONCE(c->put_bytes, 0);
	c->drop_tail = c->drop_head;
	spin_unlock_irq(&c->lock);
	c->pinged = false;
	list_for_each_entry_safe(ask, next_ask, &asks, list) {
		list_del_init(&ask->list);
		if (ask->batch)
			mc_batch_part_done(ask, -EHOSTDOWN);
	}
	list_for_each_entry_safe(put, next_put, &puts, list) {
		mc_stat_inc(puts_lost);
		kfree(put);
	}
}

static void mc_conn_end(struct mc_conn *c, int why)
{
	bool was_up = c->health.up;

	mc_sock_close(c);
	mc_conn_give_up(c);
	mc_health_down(&c->health, mc_now());
	mc_stat_inc(closed);
	if (why == -EPROTO)
		mc_stat_inc(nonsense);
	if (why == -ETIME)
		mc_stat_inc(too_late);
	if (was_up || c->health.pause == 2 * MC_PAUSE_MIN)
		pr_info("%s is not used for %llu ms: %s (error %d)\n",
			c->address.name, c->health.at - mc_now(),
			why == -EPROTO ? "it does not talk like memcached" :
			why == -ETIME ? "its answers are late" :
			why == -ETIMEDOUT ? "it does not answer" :
			"the connection was lost", why);
}

/* For how long the oldest question has been waiting; ms; 0: there is none. */
static u64 mc_conn_oldest(struct mc_conn *c)
{
	struct mc_ask *ask;
	u64 us = 0;

	spin_lock_irq(&c->lock);
	ask = list_first_entry_or_null(&c->asked, struct mc_ask, list);
	if (!ask)
		ask = list_first_entry_or_null(&c->asks, struct mc_ask, list);
	if (ask)
		us = mc_now_us() - ask->at;
	spin_unlock_irq(&c->lock);
	return us / USEC_PER_MSEC;
}

/* Anything wrong with it? */
static int mc_conn_check(struct mc_conn *c)
{
	int late = atomic_xchg(&c->late, 0);
	u64 now = mc_now(), oldest = mc_conn_oldest(c);
	unsigned int deadline = READ_ONCE(mc_params.deadline_ms);
	u64 silence = max(MC_SILENCE, deadline);

	if (late && mc_health_late(&c->health, now, deadline))
		return -ETIME;
	if (oldest > silence && now - c->spoke > silence)
		return -ETIMEDOUT;
	/* talks, but never comes to the end */
	if (oldest > 4 * silence)
		return -ETIME;
	if (c->health.up && !c->pinged && now - c->spoke > MC_QUIET)
		mc_ping(c);
	return 0;
}

/* One round: false if there was nothing to do. */
static bool mc_conn_round(struct mc_conn *c)
{
	int sent, got, ret;

	if (!c->sock) {
		if (mc_health_try(&c->health, mc_now()))
			mc_conn_begin(c);
		return c->sock;
	}
	sent = mc_tx_send(c);
	got = sent < 0 ? sent : mc_rx_receive(c);
	ret = got < 0 ? got : mc_conn_check(c);
	if (ret < 0) {
		mc_conn_end(c, ret);
		return false;
	}
	return sent || got;
}

/* When to look again though nobody has woken us; jiffies. */
static long mc_conn_patience(struct mc_conn *c)
{
	u64 now;

	if (!c->sock) {
		now = mc_now();
		/* a jiffy more: not just before its time */
		return msecs_to_jiffies(c->health.at > now ?
					c->health.at - now : 0) + 1;
	}
	if (c->tx_sent < c->tx_have || mc_conn_oldest(c))
		return HZ / 10 + 1;
	return msecs_to_jiffies(MC_QUIET / 2);
}

static int mc_conn_thread(void *arg)
{
	unsigned int noio = memalloc_noio_save();
	struct mc_conn *c = arg;

	while (!READ_ONCE(c->stopping)) {
		/* fully ordered: see mc_conn_wake() */
		atomic_xchg(&c->woken, 0);
		if (mc_conn_round(c)) {
			cond_resched();
			continue;
		}
		wait_event_interruptible_timeout(c->wait,
						 atomic_read(&c->woken) ||
						 READ_ONCE(c->stopping),
						 mc_conn_patience(c));
	}
	mc_sock_close(c);
	mc_conn_give_up(c);
	memalloc_noio_restore(noio);
	complete(&c->ended);
	/* kthread_stop() wants it to be there */
	wait_event(c->wait, kthread_should_stop());
	return 0;
}

/**
 * mc_conn_stop - let a connection end
 * @c: the server; nobody puts or asks any more
 *
 * So that those of many servers come to their end at the same time.
 *
 * Context: process.
 */
void mc_conn_stop(struct mc_conn *c)
{
	WRITE_ONCE(c->stopping, true);
	mc_conn_wake(c);
}

/**
 * mc_conn_free - end a connection
 * @c: the server; nobody puts or asks any more
 *
 * A thread that is to stop does not sleep in wait_woken() any more, so one that is
 * connecting would run in circles until TCP gives up, minutes later (before 6.0: since
 * then it has a signal as well): it is told to stop when it has ended.
 *
 * Context: process; sleeps, MC_CONNECT at most, or for a modprobe under way.
 */
void mc_conn_free(struct mc_conn *c)
{
	if (!IS_ERR_OR_NULL(c->task)) {
		mc_conn_stop(c);
		wait_for_completion(&c->ended);
		kthread_stop(c->task);
	}
	kvfree(c->tx);
	kvfree(c->rx);
	kvfree(c->data);
	kvfree(c);
}

/**
 * mc_conn_new - begin to use a server
 * @address: where it is
 *
 * Context: process; may sleep.
 * Return: the server, which is not connected yet; ERR_PTR: -ENOMEM, -EINTR.
 */
struct mc_conn *mc_conn_new(const struct mc_address *address)
{
	static const siphash_key_t same = { { 1, 2 } };
	struct mc_conn *c = kvzalloc(sizeof(*c), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!c)
		return ERR_PTR(-ENOMEM);
	c->address = *address;
	c->salt = siphash(address->name, strlen(address->name), &same);
	init_waitqueue_head(&c->wait);
	init_completion(&c->ended);
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->puts);
	INIT_LIST_HEAD(&c->asks);
	INIT_LIST_HEAD(&c->asked);
	INIT_LIST_HEAD(&c->ping.list);
	mc_health_init(&c->health, mc_now());
	c->tx = kvmalloc(MC_TX_SIZE, GFP_KERNEL);
	c->rx = kvmalloc(MC_ANSWER_MAX(MC_VALUE_MAX), GFP_KERNEL);
	c->data = kvmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!c->tx || !c->rx || !c->data)
		goto err;
	c->task = kthread_run(mc_conn_thread, c, "tmem_memcached");
	ret = PTR_ERR_OR_ZERO(c->task);
	if (ret)
		goto err;
	return c;

err:
	mc_conn_free(c);
	return ERR_PTR(ret);
}
