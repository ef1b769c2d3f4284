/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host.h - a host for tests: keeps copies of pages and minds the contract
 *
 * Purpose: the other side of struct tmem_hostops and struct tmem_pamops.  It
 * stores each page with a checksum, counts all that it is asked, fails when a
 * test says so, and warns when the core breaks a promise of tmem.h (locks and
 * irqs of each callback, order of calls, an object that is used too late).
 *
 * Locking: host->lock (irq-safe, innermost, as the contract allows) covers
 * the list of pages that may be evicted.  Counters are atomic.
 */
#ifndef _TEST_HOST_H
#define _TEST_HOST_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <tmem/tmem.h>

#ifndef TEST_PAGE_SIZE
#define TEST_PAGE_SIZE	128
#endif

/* What a test writes into its pages: which handle, and which put of it. */
struct stamp {
	u64 pool;		/* of the test's numbering */
	u64 oid;
	u64 index;
	u64 version;
};

struct page {
	union {
		struct stamp stamp;
		unsigned char bytes[TEST_PAGE_SIZE];
	};
};

/* Fill the rest of a page from its stamp; and see whether it is so filled. */
void page_fill(struct page *page, const struct stamp *stamp);
bool page_intact(const struct page *page);

struct test_host;

struct pampd {
	u32 magic;
	long refs;			/* atomic */
	bool linked;			/* between create_finish and free */
	bool away;			/* only localify can reach the data */
	bool unlisted;			/* nobody evicts it */
	struct test_host *host;
	struct tmem_obj *obj;		/* set by create_finish */
	u32 index;
	struct list_head lru;		/* host->lock */
	u32 sum;
	struct page copy;
};

struct test_host {
	struct tmem_host *core;
	bool evictable;			/* keep the list that evict needs */
	bool spare_persistent;		/* as a real host must */
	spinlock_t lock;
	struct list_head lru;		/* oldest first */

	/* Atomic counters. */
	long objs, objnodes, pampds;	/* now */
	long node_bytes;		/* of objnodes, now */
	long creates, gets, frees;	/* ever */
	long injected;			/* failures made by the fields below */
	long most_frees;		/* in one RCU read section, of a thread */

	/* The nth create or get_data from now fails with the errno. */
	long fail_create, fail_get;
	int create_errno, get_errno;

	/* A page of whose version is last modulo this is refused; 0: none is. */
	unsigned int refuse_mod;
	/* Every so many'th get_data fails with EIO; 0: none does. */
	unsigned int fail_get_mod;
	/* Ephemeral pages whose version is 0 modulo this are away; 0: none. */
	unsigned int away_mod;
	/* Pages whose version is 0 modulo this are only made away; 0: none. */
	unsigned int remotify_mod;
	/* Of those that localify is asked for, the nth from now is lost. */
	long lose;
	long localifies;		/* calls, ever */

	/* Called where a real host would be busy; NULL: not. */
	void (*in_create)(struct test_host *host, struct page *page);
	void (*in_get_data)(struct test_host *host, struct page *page);
	void (*in_free)(struct test_host *host, struct pampd *pampd);
	/* Called between the choice of a page and its eviction. */
	void (*in_evict)(struct test_host *host, struct pampd *pampd);
	/* Called when a page's other descriptor is made, before it is linked. */
	void (*in_rework)(struct test_host *host, struct pampd *pampd);
};

extern const struct tmem_hostops test_hostops;
extern const struct tmem_pamops test_pamops;
/* The same, with all operations on runs; which of them host_start() takes. */
extern const struct tmem_pamops test_run_pamops;
extern bool host_runs;

/* Locks that the calling thread holds itself, as an mm caller would. */
extern __thread int host_outer_locks;
/* Depth of hooks: operations made there begin in the contexts of a callback. */
extern __thread int host_hooks;

int host_start(struct test_host *host, bool evictable);
/* Unregisters; false if anything was left or a count is not zero. */
bool host_stop(struct test_host *host);

/*
 * Evict the page that comes @nth in the list of those that may be (modulo
 * nothing: -EAGAIN if there are fewer).  Returns what tmem_evict() did, or 1 if
 * the page is away now, and its stamp.
 */
int host_evict(struct test_host *host, unsigned int nth, struct stamp *stamp);
/* What tmem_walk() has met comes with a hold. */
void host_let_go(void *pampd);

#define HOST_WALK_MAX	8

/* A step of tmem_walk(), by @max pages, which are looked at: how many there were. */
unsigned int host_walk(struct test_host *host, struct tmem_client *client,
		       struct tmem_cursor *cur, unsigned int max);

/*
 * The same, and replace the descriptor of each.  Adds to @replaced those whose
 * new one was linked.
 */
unsigned int host_rework(struct test_host *host, struct tmem_client *client,
			 struct tmem_cursor *cur, unsigned int max,
			 unsigned int *replaced);

#endif /* _TEST_HOST_H */
