/* SPDX-License-Identifier: GPL-2.0 */
/*
 * put.h - pending puts, for the files that make, hold and end them
 *
 *	record.c	where records come from, and how they are found
 *	put.c		what is put, what cancels it, and its end
 *	together.c	those that wait for others
 *
 * Locks and lifetime: see put.c.
 */
#ifndef _CLEANCACHE_PUT_H
#define _CLEANCACHE_PUT_H

#include <linux/list.h>
#include <linux/types.h>
#include "cleancache.h"

/* The most records that there are. */
#define CC_RECORDS	256

/**
 * struct cc_put - a pending put
 * @node: in ci->pending; ci->lock
 * @hash: in the hash by @folio, or on a shelf; the lock of that
 * @folio: the key, removed from the page cache; frozen, or @referenced
 * @ci: with a reference
 * @held: @folio, while the put is held; who makes it NULL has the record (together.c)
 * @first: index of the first page
 * @nr: number of pages
 * @epoch: of the file system, when the page left the page cache
 * @together: others may be put with it (together.c)
 * @referenced: the folio still has the page cache's references and its reader's
 * @cancelled: its data must not stay in the store; ci->lock
 */
struct cc_put {
	struct list_head node;
	struct hlist_node hash;
	struct folio *folio;
	struct cc_inode *ci;
	struct folio *held;
	u32 first;
	u32 nr;
	u32 epoch;
	bool together;
	bool referenced;
	bool cancelled;
};

/* record.c */
struct cc_put *cc_record_alloc(struct folio *folio);
struct cc_put *cc_record_take(struct folio *folio);
bool cc_record_maybe(const struct folio *folio);
void cc_record_free(struct cc_put *rec);
struct cc_put *cc_record_nr(unsigned int nr);
struct cc_put *cc_record_at(void *mem);
struct cc_put *cc_record_left(void);

/* put.c */
struct tmem_bpool cc_put_pool(const struct cc_put *rec);
bool cc_put_stale(const struct cc_put *rec);
void cc_put_run(struct cc_inode *ci, struct tmem_bpool pool, struct tmem_run *run);
void cc_put_one(struct cc_put *rec, struct folio *folio, struct tmem_bpool pool);
void cc_put_end(struct cc_put *rec);
void cc_put_abandon(struct cc_put *rec);

/* together.c */
bool cc_held_begin(struct cc_put *rec, struct folio *folio);
struct cc_put *cc_held_take(struct folio *folio);
void cc_held_exit(void);

#endif /* _CLEANCACHE_PUT_H */
