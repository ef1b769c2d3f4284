/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memcached.h - what the files of the client share; private to src/memcached
 *
 *	main.c		the order of life
 *	carrier.c	<tmem/remote.h> -> questions to servers
 *	conn.c		one server: its thread, its socket, what waits for it
 *	proto.c		commands and answers	health.c  is it to be used?
 *	address.c	names of servers -> addresses
 *	seal.c		secrecy, and what a value must match
 *	params.c	tunables; which servers there are
 *	forget.c	the machine slept, or is another one now
 *	debugfs.c	figures
 *
 * Who does what: who puts and who asks only puts things on lists of a
 * connection, and who asks then sleeps up to its deadline.  All that touches a
 * socket is done by one thread for each server, which allocates with GFP_NOIO
 * and whom nobody waits for without a limit of time.  So however the network
 * works, over disks that need it or memory that is short, nobody waits in a
 * circle.
 *
 * Memory: an enemy's bytes go into a buffer of fixed size for each connection.
 * What waits is bounded: MC_PUTS_BYTES of values, MC_ASKS_MAX questions,
 * MC_DROPS drops for each server.
 *
 * Locks, outermost first:
 *   a parameter's -> mc_params_lock (params.c)
 *     -> the registry's of <tmem/remote.h>
 *   mc_servers_srcu (read): the servers stay while they are in use
 *     batch->lock: the asker is still there; in it mc_seal_lock (read)
 *     conn->lock: lists and state; irqsave, innermost
 *     mc_bytes_lock (carrier.c): what is kept at the servers; likewise
 */
#ifndef _MEMCACHED_MEMCACHED_H
#define _MEMCACHED_MEMCACHED_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <compat/test_export.h>
#include <tmem/remote.h>
#include "health.h"
#include "proto.h"

/* What a seal adds to a value, at most; and the longest value on its way. */
#define MC_SEAL_MAX	16
#define MC_VALUE_MAX	(PAGE_SIZE + MC_SEAL_MAX)

/* What memcached takes for an item beside key and value; bytes, about. */
#define MC_ITEM_OVERHEAD 56

#define MC_SERVERS_MAX	16
#define MC_PUTS_BYTES	SZ_256K
#define MC_ASKS_MAX	16
#define MC_DROPS	256

static_assert(MC_SERVERS_MAX < 255, "an item has a byte for its server");
static_assert(TMEM_REMOTE_BATCH <= 256, "a mark has 8 bits for the want");

/**
 * struct mc_address - where a server is
 * @name: as it was written
 * @addr: for connecting
 * @len: of @addr
 * @proto: of the socket
 */
struct mc_address {
	char name[64];
	struct sockaddr_storage addr;
	int len;
	int proto;
};

int mc_address_list(const char *s, struct mc_address *list, unsigned int max);

/*
 * A switch for tests: it takes a rule out, so that the test of that rule can be
 * seen to fail.
 */
#define MC_BREAK_SEAL	BIT(0)	/* with secret=off, any value of that length */
extern unsigned int mc_test_break;

static inline bool mc_broken(unsigned int rule)
{
	return TMEM_BROKEN(mc_test_break, rule);
}

/* seal.c */
void mc_seal_renew(bool secret);
void mc_seal_again(void);
void mc_seal_forget(void);
u32 mc_seal_put(u64 number, const void *data, u32 len, u8 *value, u8 *prefix,
		u64 *seal);
int mc_seal_open(const struct tmem_remote_name *name, u32 len, const u8 *value,
		 u32 value_len, u8 *data);
u64 mc_seal_prefix(u8 *prefix);
bool mc_seal_is(u64 age);

/**
 * struct mc_put - a value on its way out
 * @list: in conn->puts
 * @number: of it
 * @len: bytes of @value
 * @prefix: of the secret that sealed it
 * @value: what is sent
 */
struct mc_put {
	struct list_head list;
	u64 number;
	u32 len;
	u8 prefix[MC_PREFIX_LEN];
	u8 value[];
};

struct mc_batch;

/**
 * struct mc_ask - what one server is asked for one get, or whether it is there
 * @list: in conn->asks, then conn->asked
 * @batch: the get; NULL: it is only a sign of life
 * @id: marks its answers; constant
 * @last: the highest number asked for; constant
 * @which: of the batch, this server's part; constant
 * @secret: of which its keys are; the server's thread's
 * @at: when it was queued; microseconds; constant
 * @owed: the connection's, when it had been asked; the thread's
 */
struct mc_ask {
	struct list_head list;
	struct mc_batch *batch;
	u64 id;
	u64 last;
	u8 which;
	u64 secret;
	u64 at;
	u64 owed;
};

/**
 * struct mc_item - one want of a batch
 * @want: a copy; its result is written under batch->lock
 * @part: which server has it, as index of batch->asks; constant
 */
struct mc_item {
	struct tmem_remote_want want;
	u8 part;
};

/**
 * struct mc_batch - one get
 * @ref: the asker's and one for each server that is asked
 * @lock: taking values, and the end of it
 * @over: nobody waits any more; @lock
 * @take: given with the get; not to be called when @over
 * @ctx: likewise
 * @left: parts that have not been answered
 * @done: none is left
 * @nr: items
 * @asks: parts, one for each server
 * @items: what is wanted
 */
struct mc_batch {
	refcount_t ref;
	struct mutex lock;
	bool over;
	tmem_remote_take_t take;
	void *ctx;
	atomic_t left;
	struct completion done;
	unsigned int nr;
	struct mc_ask asks[MC_SERVERS_MAX];
	struct mc_item items[];
};

void mc_batch_value(struct mc_ask *ask, unsigned int i, const u8 *value,
		    u32 len, u8 *data);
void mc_batch_part_done(struct mc_ask *ask, int rest);

/**
 * struct mc_conn - one server
 * @address: where it is; constant
 * @salt: for mc_pick(); constant
 * @task: its thread; constant
 * @wait: where the thread waits
 * @woken: there may be something to do; set by whoever wakes it
 * @stopping: it is to end
 * @ended: it has, but for the thread, which waits for kthread_stop()
 * @lock: covers the next ones
 * @up: it is in use: things may be queued
 * @puts: values to be sent
 * @put_bytes: of these
 * @asks: questions to be asked
 * @nr_asks: of these, and in @asked
 * @asked: questions that have not been answered, in order
 * @drops: values to be dropped, a ring
 * @drop_head: next to be written
 * @drop_tail: next to be sent
 * @late: gets that gave up, not yet seen by the thread
 * @sock: the thread's, as all that follows
 * @health: is it to be used?
 * @tx: to be sent
 * @tx_have: bytes in it
 * @tx_sent: of these
 * @rx: what has come
 * @rx_have: bytes in it
 * @data: for one value, opened
 * @owed: bytes that answers to all that was said could take
 * @credit: bytes that the server may say before it says too much
 * @ping: the sign of life
 * @pinged: it is in a list
 * @spoke: when something was last heard; ms
 * @save_ready: the socket's own callbacks
 * @save_state: likewise
 * @save_space: likewise
 */
struct mc_conn {
	struct mc_address address;
	u64 salt;
	struct task_struct *task;
	wait_queue_head_t wait;
	atomic_t woken;
	bool stopping;
	struct completion ended;

	spinlock_t lock;
	bool up;
	struct list_head puts;
	unsigned int put_bytes;
	struct list_head asks;
	unsigned int nr_asks;
	struct list_head asked;
	u64 drops[MC_DROPS];
	unsigned int drop_head;
	unsigned int drop_tail;

	atomic_t late;

	struct socket *sock;
	struct mc_health health;
	u8 *tx;
	unsigned int tx_have;
	unsigned int tx_sent;
	u8 *rx;
	unsigned int rx_have;
	u8 *data;
	u64 owed;
	long credit;
	struct mc_ask ping;
	bool pinged;
	u64 spoke;
	void (*save_ready)(struct sock *sk);
	void (*save_state)(struct sock *sk);
	void (*save_space)(struct sock *sk);
};

struct mc_conn *mc_conn_new(const struct mc_address *address);
void mc_conn_stop(struct mc_conn *c);
void mc_conn_free(struct mc_conn *c);
int mc_conn_takes(const struct mc_conn *c, u32 len);
int mc_conn_put(struct mc_conn *c, struct mc_put *put);
int mc_conn_ask(struct mc_conn *c, struct mc_ask *ask);
void mc_conn_drop(struct mc_conn *c, u64 number);
void mc_conn_late(struct mc_conn *c);

/**
 * struct mc_servers - the servers in use; constant while it is in use
 * @nr: how many
 * @salts: theirs, for mc_pick()
 * @conns: theirs
 */
struct mc_servers {
	unsigned int nr;
	u64 salts[MC_SERVERS_MAX];
	struct mc_conn *conns[MC_SERVERS_MAX];
};

extern struct mc_servers __rcu *mc_servers;
extern struct srcu_struct mc_servers_srcu;

/* carrier.c */
extern const struct tmem_remote_ops mc_carrier;
void mc_carrier_forget(void);
void mc_carrier_count(u64 number, u32 len, bool more);
u64 mc_carrier_bytes(void);

/* params.c */

/**
 * struct mc_params - tunables; each read without a lock, since any value that
 * it ever had is good enough for one get
 * @deadline_ms: longest wait of a get
 * @max_bytes: most that is kept at the servers; 0: no limit
 */
struct mc_params {
	unsigned int deadline_ms;
	u64 max_bytes;
};

extern struct mc_params mc_params;

int mc_params_start(void);
void mc_params_stop(void);
void mc_params_renew(const char *why);

/* forget.c */
int mc_forget_init(void);
void mc_forget_exit(void);

/* debugfs.c */

/* Round trips by time: below 2, 4, ... microseconds, the last: all above. */
#define MC_TIMES	24

/**
 * struct mc_stats - counters
 * @puts: values queued
 * @put_bytes: their bytes, as sent
 * @puts_down: puts refused: the server is not in use
 * @puts_busy: puts refused: too much is queued
 * @puts_limit: puts refused by max_bytes
 * @puts_nomem: puts refused for want of memory
 * @puts_refused: values that a server did not take
 * @puts_lost: values that were queued when a connection ended
 * @drops: drops queued
 * @drops_lost: drops that were not
 * @gets: gets
 * @wants: values asked for
 * @hits: of these, delivered
 * @hit_bytes: bytes of these
 * @gone: of these, not there
 * @late: of these, not there in time
 * @wrong: of these, not what was put
 * @down: of these, not asked for: the server is not in use
 * @busy: of these, not asked for: too much is being asked
 * @failed: of these, not asked for want of memory, or refused by who takes them
 * @round_trips: questions answered
 * @unasked: answers to nothing that was asked
 * @opened: connections that came into use
 * @closed: connections that ended
 * @nonsense: of these, as the server broke the protocol
 * @too_late: of these, as it was too late too often
 */
struct mc_stats {
	atomic_long_t puts, put_bytes, puts_down, puts_busy, puts_limit,
		      puts_nomem, puts_refused, puts_lost, drops, drops_lost;
	atomic_long_t gets, wants, hits, hit_bytes, gone, late, wrong, down,
		      busy, failed;
	atomic_long_t round_trips, unasked, opened, closed, nonsense, too_late;
};

extern struct mc_stats mc_stats;
extern atomic_long_t mc_times[MC_TIMES];

#define mc_stat_inc(field)	atomic_long_inc(&mc_stats.field)
#define mc_stat_add(field, n)	atomic_long_add(n, &mc_stats.field)

void mc_debugfs_init(void);
void mc_debugfs_exit(void);

#endif /* _MEMCACHED_MEMCACHED_H */
