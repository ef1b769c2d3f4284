/* SPDX-License-Identifier: GPL-2.0 */
/*
 * remote.h - the table between a store and who carries its bytes away
 *
 * Purpose: a store sends the bytes of cold pages to memory that is not this
 * machine's and gets them back, without knowing how; a carrier (a client of
 * memcached, say) moves bytes without knowing what they are.  This is the only
 * thing both know.
 *
 * Why this design: what is out there may vanish, come back old, or be somebody
 * else's, and nobody out there is trusted.  So a value is named by a number
 * that is never used twice and by a *seal*, 64 bits that the carrier makes of
 * number and bytes with a secret of this boot.  Both stay here, with whoever
 * holds the page's handle.  A value that does not match is a miss.  Hence:
 *  - The worst that a server can do is a miss, or to be late.
 *  - Whoever forgets the name has forgotten the value: flushing a page is local
 *    and at once, and tells nobody.  A drop is only to save others' memory.
 *  - A machine that was cloned or restored from a snapshot, and so uses a number
 *    a second time, gets a miss where the other's value differs.
 * Numbers only grow, so that "everything so far is lost" is one number: names
 * below it are misses, and nothing has to be swept at once.
 *
 * Rules:
 *  - One carrier and one user at a time; a second one is refused.  Either may
 *    come first, and go at any time.
 *  - Only what may be lost goes out: pages of ephemeral pools.
 *  - A get delivers a value at most once, and nothing after it has returned,
 *    however late an answer comes.
 *
 * Contexts: put and get in process context, irqs on, no spinlock held; both may
 * sleep, a put for memory but never for the network, a get for its answers, up
 * to the carrier's deadline.  Neither is called in reclaim.  drop in any
 * context but NMI.  A carrier must not depend, while a get waits for it, on
 * memory that only a file system or a disk can make free: the reader may hold
 * pages of the file system locked, so that what a carrier allocates meanwhile
 * is GFP_NOIO at most, and what does not come is late.
 *
 * Locks: none is held in a call but for an SRCU read section, by which
 * tmem_unregister_remote() waits for calls under way.  The user's @lost runs
 * under the registry's mutex, under which nothing may be registered.
 */
#ifndef _TMEM_REMOTE_H
#define _TMEM_REMOTE_H

#include <linux/module.h>
#include <linux/types.h>

#define TMEM_REMOTE_VERSION	2

/* The most values in one get: two read-aheads of the usual 128 KiB. */
#define TMEM_REMOTE_BATCH	64

/**
 * struct tmem_remote_name - what is kept of a value that is away
 * @number: which one; 0: none
 * @seal: what it must match
 */
struct tmem_remote_name {
	u64 number;
	u64 seal;
};

/**
 * struct tmem_remote_want - a value of a get
 * @name: which
 * @len: its length in bytes, as it was put
 * @ret: out: 0, or why not: -ENOENT gone; -ESTALE lost, by its number;
 *	-ETIMEDOUT late; -EBADMSG not what was put; -EHOSTDOWN nobody is asked
 *	there just now; -EBUSY too much is being asked; -ENOMEM; -ENODEV no
 *	carrier; or what the taker returned
 */
struct tmem_remote_want {
	struct tmem_remote_name name;
	u32 len;
	int ret;
};

/* In @ret of a want, while the carrier has not answered it. */
#define TMEM_REMOTE_PENDING	1

/**
 * typedef tmem_remote_take_t - takes a value that has come
 * @ctx: as given to the get
 * @i: which of its wants
 * @data: the bytes, as long as the want says, and what was put; only valid
 *	during the call
 *
 * Called for each value at most once, one at a time for one get, in any order,
 * in any thread, and never after the get has returned.
 *
 * Context: process, irqs on.  Must not sleep for the network, nor for memory.
 * Return: 0, or an errno that becomes the want's result.
 */
typedef int (*tmem_remote_take_t)(void *ctx, unsigned int i, const void *data);

/**
 * struct tmem_remote_ops - a carrier, as its module offers it
 * @version: TMEM_REMOTE_VERSION
 * @want_size: sizeof(struct tmem_remote_want)
 * @name: for messages and debugfs
 * @value_max: the longest value that it carries; bytes, at least PAGE_SIZE
 * @put: queue a copy of @len bytes at @data, @len from 1 to @value_max, to be
 *	sent as number @number, and set *@seal.  0, or an errno, and then
 *	nothing is sent: -EBUSY (more is queued than it likes), -EHOSTDOWN,
 *	-ENOSPC (over a limit), -ENOMEM.  0 promises nothing: the value may be
 *	lost on its way.  May sleep for memory, not for the network.
 * @get: ask for those of @nr wants, at most TMEM_REMOTE_BATCH, whose @ret is
 *	TMEM_REMOTE_PENDING, in one round trip to each server that has some of
 *	them; pass what comes and matches name and length to @take; set all
 *	@ret.  Returns when all have been answered, or at the deadline.
 * @drop: value @number of @len bytes is not wanted any more.  May be lost.
 *	Any context but NMI.
 */
struct tmem_remote_ops {
	u32 version;
	u32 want_size;
	const char *name;
	u32 value_max;
	int (*put)(u64 number, const void *data, u32 len, u64 *seal);
	void (*get)(struct tmem_remote_want *wants, unsigned int nr,
		    tmem_remote_take_t take, void *ctx);
	void (*drop)(u64 number, u32 len);
};

int tmem_register_remote(const struct tmem_remote_ops *ops);
int tmem_unregister_remote(const struct tmem_remote_ops *ops);
u64 tmem_remote_next(void);
int tmem_remote_forget(const struct tmem_remote_ops *ops, u64 floor);

/**
 * struct tmem_remote_user - the store that uses the carrier
 * @name: for messages and debugfs
 * @changed: a carrier has come, gone, or lost all that it had, and so every
 *	number below @floor is lost; it cannot be got any more.  @there: there
 *	is a carrier now.  Process context, may sleep.
 */
struct tmem_remote_user {
	const char *name;
	void (*changed)(u64 floor, bool there);
};

int tmem_register_remote_user(const struct tmem_remote_user *user);
int tmem_unregister_remote_user(const struct tmem_remote_user *user);

bool tmem_remote_there(void);
bool tmem_remote_lost(u64 number);
int tmem_remote_put(const void *data, u32 len, struct tmem_remote_name *name);
unsigned int tmem_remote_get(struct tmem_remote_want *wants, unsigned int nr,
			     tmem_remote_take_t take, void *ctx);
void tmem_remote_drop(u64 number, u32 len);

#endif /* _TMEM_REMOTE_H */
