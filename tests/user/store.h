/* SPDX-License-Identifier: GPL-2.0 */
/*
 * store.h - the store without its data, in user space
 *
 * Purpose: run the sources of src/zcache that decide which page stays
 * (evict.c, policy.c, ghost.c, admit.c, gain.c), unchanged, under the real
 * core and by several threads.
 *
 * Why this design: what is left out is memory: pages have no data, there is
 * always room but for what a test says, and nothing is elsewhere.  Who uses it
 * says where descriptors and the core's structures come from.
 */
#ifndef _TEST_STORE_H
#define _TEST_STORE_H

#include <tmem/tmem.h>
#include "../../src/zcache/zcache.h"

/* Given by who uses it.  An object is aligned to 64 bytes. */
struct zpage *store_zpage_alloc(void);
void store_zpage_free(struct zpage *zp);
extern const struct tmem_hostops store_hostops;

/* What all pages are said to take, and the store's limit; bytes.  What room there is. */
extern unsigned int store_len;
extern u64 store_limit;
extern enum zc_room store_room;
extern bool store_scarce;
/* Called when a page is read or made, if not NULL. */
extern void (*store_copy)(const struct zpage *zp);

extern const struct tmem_pamops store_pamops;

#endif /* _TEST_STORE_H */
