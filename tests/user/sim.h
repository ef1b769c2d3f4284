/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sim.h - operations on the core, checked against a trivial model
 *
 * Purpose: one place that knows what every operation must answer.  Random
 * tests, the allocation-failure test and the fuzzer only differ in where
 * their operations come from.
 *
 * Why this design: with one thread, and with a host that evicts only when it
 * is told, every answer is determined; the model is a table of (pool, object,
 * index) -> version, looked up by brute hashing, with none of the core's
 * structure.  Even the number of objnodes follows from the indexes alone.
 */
#ifndef _TEST_SIM_H
#define _TEST_SIM_H

#include "host.h"

#define SIM_CLIENTS	2
#define SIM_IDS		5	/* pools a client may have */
#define SIM_POOLS	(SIM_CLIENTS * SIM_IDS)
#define SIM_OIDS	64	/* number 63 is the invalid oid */
#define SIM_UUIDS	2

enum sim_code {
	SIM_PUT,
	SIM_GET,
	SIM_PUT_RUN,		/* @nr pages from @index on, of these @last */
	SIM_GET_RUN,
	SIM_FLUSH_PAGE,
	SIM_FLUSH_RANGE,
	SIM_FLUSH_OBJECT,
	SIM_EVICT,
	SIM_NEW_POOL,
	SIM_DESTROY_POOL,
	SIM_FAIL_CREATE,	/* the next create fails */
	SIM_FAIL_GET,		/* the next get_data fails */
	SIM_FAIL_ALLOC,		/* the @index'th allocation from now fails */
	SIM_CHECK,		/* compare all counters */
	SIM_CODES
};

struct sim_op {
	enum sim_code code;
	unsigned int client;	/* modulo SIM_CLIENTS */
	int id;			/* pool id, also ones that do not exist */
	unsigned int oid;	/* modulo SIM_OIDS */
	u32 index;
	u32 last;		/* of a range; or a number for EVICT */
	unsigned int nr;	/* pages of a run */
	u32 flags;		/* of a new pool */
	bool irqs_off;		/* flush as mm does, under a lock of its own */
};

struct sim_pool {
	bool used;
	u32 flags;
	unsigned int uuid, joined;
	struct tmem_pool_stats stats;	/* but pages, objs, objnodes */
};

struct sim_entry {
	struct sim_entry *next;
	unsigned int pool, oid;
	u32 index;
	u64 version;
};

#ifndef SIM_HASH
#define SIM_HASH	(1U << 14)	/* a power of two */
#endif

struct sim {
	struct test_host host;
	struct tmem_client *clients[SIM_CLIENTS];
	int ids[SIM_CLIENTS][SIM_IDS];		/* index into pools, or -1 */
	struct sim_pool pools[SIM_POOLS];
	struct sim_entry *hash[SIM_HASH];
	unsigned long nr_entries;
	u64 version;
	bool keep_failing;			/* leave shim_fail_nth() alone */
	unsigned long done;			/* operations */
	unsigned long tolerated;		/* failures that were injected */
};

/* 0, or an errno if an allocation was made to fail. */
int sim_start(struct sim *sim);
/* Run one operation and check its answer; complaints go to test_fail(). */
void sim_op(struct sim *sim, const struct sim_op *op);
/* Counters of all pools, and every page that a get does not take away. */
void sim_check(struct sim *sim);
/* Get or flush everything, end the pools, clients and host; check for leaks. */
void sim_stop(struct sim *sim);

struct tmem_oid sim_oid(unsigned int nr);

#endif /* _TEST_SIM_H */
