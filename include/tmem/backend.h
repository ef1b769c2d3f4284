/* SPDX-License-Identifier: GPL-2.0 */
/*
 * backend.h - the accessor table between tmem frontends and backends
 *
 * Purpose: a frontend (cleancache, frontswap) puts and gets pages without
 * knowing who stores them; a backend (the embedded store, the Xen shim)
 * stores pages without knowing who asks.  This is the only thing both know.
 *
 * Why this design: the table is the historical `struct tmem_ops` of
 * linux: drivers/xen/tmem.c, returned errnos added.  Unlike there, backends
 * come and go: a pool is named by (id, generation of the backend), so that an
 * operation that slept across a change of backend reaches nobody, instead of
 * another backend's pool of the same number.
 *
 * Rules:
 *  - One backend is active at a time.  With backend=auto that is xen if it is
 *    there before the first frontend, else the first one that registers;
 *    otherwise only the named one ever is.  Once there is a frontend it stays
 *    until it unregisters or yields, and then the next eligible one takes over.
 *  - A frontend is told when a backend comes (->up) and goes (->down), in
 *    process context, under the registry's mutex, one at a time.  ->down
 *    comes before the backend refuses work, so pools can be destroyed there.
 *  - A frontend that may hold persistent pages pins the backend with
 *    tmem_backend_pin(), so that its module cannot be removed under them.
 *
 * Contexts: puts and gets in process context, irqs on, no spinlock held, not in
 * an RCU read section (puts: often in reclaim, PF_MEMALLOC); a get of an
 * ephemeral page may sleep until the page has come from elsewhere.  Flushes in
 * any context but NMI, also with irqs off under mm locks; new_pool and
 * destroy_pool may sleep.
 */
#ifndef _TMEM_BACKEND_H
#define _TMEM_BACKEND_H

#include <linux/list.h>
#include <linux/module.h>
#include <tmem/offer.h>
#include <tmem/tmem.h>

#define TMEM_BACKEND_VERSION	7

/**
 * struct tmem_backend_ops - a backend, as its module offers it
 * @owner: module that holds the callbacks
 * @version: TMEM_BACKEND_VERSION
 * @name: "xen", "zcache", ...: what backend= selects; unique
 * @title: what frontends call it in the log; NULL: @name
 * @hypervisor: pages are in memory that is not this machine's, and goes with it: it
 *	is preferred to others, and a suspend loses it
 * @shared: pools made with TMEM_POOL_SHARED are shared with other machines, so
 *	that what one of them flushes is gone for all
 * @new_pool: @flags of tmem.h without the version field; @uuid is NULL for
 *	private pools.  Returns a pool id >= 0 or an errno (-EINVAL, -ENOMEM,
 *	-ENOSPC, -EEXIST, -EPERM, -ENODEV, -EIO).  May sleep.  A backend to which
 *	TMEM_POOL_BACKED makes no difference says -EINVAL to it.
 * @destroy_pool: the pool and all its pages are gone on return.  0 or -ENOENT.
 *	May sleep.
 * @offer: should pages @index..@index + @nr - 1 be put to an ephemeral pool?
 *	enum tmem_offer; @hints is a mask of TMEM_HINT_*.  A put without it, or
 *	against it, is allowed.  Any context but NMI, also with irqs off under
 *	mm locks; cheap.  Optional: without it every page should.
 * @holds: false: no page of the object is stored, by any put that is over.  Any
 *	context but NMI, also with irqs off under mm locks; cheap.  Optional.
 * @put_page: store a copy of @page.  0: stored, older data of the handle is
 *	gone.  Errno: not stored, and older data of the handle is gone too
 *	(-ENOMEM, -ENOSPC, -E2BIG, -ENODEV, -EINVAL, -EIO).
 * @get_page: fill @page, which must be locked or otherwise the caller's own.
 *	0 or -ENOENT (not there) or another errno (page contents undefined).
 * @put_pages: put_page for each page of a run that @run wants, which says in it
 *	what has become of each (struct tmem_run).  Returns 0, or an errno if it
 *	has done nothing at all.  Optional, as is @get_pages: without them the
 *	pages are put and got one by one.
 * @get_pages: get_page for each page of a run; likewise.
 * @flush_page: forget one page.  0 or -ENOENT.
 * @flush_object: forget all pages of an object.  0 or -ENOENT.
 * @flush_range: forget pages @first..@last of an object, and, in an ephemeral
 *	pool, as many more of that object as is convenient.  Optional.
 * @fullness: how full the backend is with persistent pages, in 1/1000 of what
 *	it would take of them.  Any context but NMI; cheap.  Optional.
 * @compact: give memory back that pages which are gone have left in pieces.
 *	May sleep.  Optional.
 */
struct tmem_backend_ops {
	struct module *owner;
	u32 version;
	const char *name;
	const char *title;
	bool hypervisor;
	bool shared;
	int (*new_pool)(const struct tmem_uuid *uuid, u32 flags);
	int (*destroy_pool)(int id);
	enum tmem_offer (*offer)(int id, const struct tmem_oid *oidp, u32 index,
				 u32 nr, unsigned int hints);
	bool (*holds)(int id, const struct tmem_oid *oidp);
	int (*put_page)(int id, const struct tmem_oid *oidp, u32 index,
			struct page *page);
	int (*get_page)(int id, const struct tmem_oid *oidp, u32 index,
			struct page *page);
	int (*put_pages)(int id, struct tmem_run *run);
	int (*get_pages)(int id, struct tmem_run *run);
	int (*flush_page)(int id, const struct tmem_oid *oidp, u32 index);
	int (*flush_object)(int id, const struct tmem_oid *oidp);
	int (*flush_range)(int id, const struct tmem_oid *oidp, u32 first,
			   u32 last);
	unsigned int (*fullness)(void);
	void (*compact)(void);
};

int tmem_register_backend(const struct tmem_backend_ops *ops);
int tmem_unregister_backend(const struct tmem_backend_ops *ops);
int tmem_backend_yield(const struct tmem_backend_ops *ops);

/**
 * struct tmem_frontend - a user of the active backend
 * @name: "cleancache", "frontswap"; unique
 * @up: a backend is there: create pools.  Process context, may sleep.
 * @down: it is about to go: destroy pools, forget their ids.  Process
 *	context, may sleep.
 * @list: the registry's
 */
struct tmem_frontend {
	const char *name;
	void (*up)(struct tmem_frontend *fe);
	void (*down)(struct tmem_frontend *fe);
	struct list_head list;
};

int tmem_register_frontend(struct tmem_frontend *fe);
void tmem_unregister_frontend(struct tmem_frontend *fe);

/**
 * struct tmem_bpool - a pool of the backend that was active when it was made
 * @id: the backend's pool id; negative: no pool, every operation is -ENODEV
 * @gen: which activation of a backend it belongs to
 */
struct tmem_bpool {
	int id;
	u32 gen;
};

#define TMEM_NO_BPOOL ((struct tmem_bpool){ .id = -1 })

/**
 * struct tmem_pin - that a backend's module stays, as tmem_backend_pin() gave it
 * @owner: the module, of which this holds one reference; NULL: nothing is held
 *
 * It depends on nothing else: it may outlive the pool it was taken for, and a
 * change of the backend, and is given back all the same.
 */
struct tmem_pin {
	struct module *owner;
};

#define TMEM_NO_PIN ((struct tmem_pin){ .owner = NULL })

bool tmem_backend_active(void);
void tmem_backend_name(char *buf, size_t size);
void tmem_backend_title(char *buf, size_t size);
bool tmem_backend_is_hypervisor(void);
bool tmem_backend_is_shared(void);
int tmem_backend_pin(struct tmem_bpool bp, struct tmem_pin *pin);
void tmem_backend_unpin(struct tmem_pin *pin);

int tmem_backend_new_pool(struct tmem_bpool *bp, const struct tmem_uuid *uuid,
			  u32 flags);
int tmem_backend_destroy_pool(struct tmem_bpool *bp);
enum tmem_offer tmem_backend_offer(struct tmem_bpool bp,
				   const struct tmem_oid *oidp, u32 index,
				   u32 nr, unsigned int hints);
bool tmem_backend_holds(struct tmem_bpool bp, const struct tmem_oid *oidp);
int tmem_backend_put_page(struct tmem_bpool bp, const struct tmem_oid *oidp,
			  u32 index, struct page *page);
int tmem_backend_get_page(struct tmem_bpool bp, const struct tmem_oid *oidp,
			  u32 index, struct page *page);
u32 tmem_backend_put_pages(struct tmem_bpool bp, struct tmem_run *run);
u32 tmem_backend_get_pages(struct tmem_bpool bp, struct tmem_run *run);
int tmem_backend_flush_page(struct tmem_bpool bp, const struct tmem_oid *oidp,
			    u32 index);
int tmem_backend_flush_object(struct tmem_bpool bp,
			      const struct tmem_oid *oidp);
int tmem_backend_flush_range(struct tmem_bpool bp, const struct tmem_oid *oidp,
			     u32 first, u32 last);
int tmem_backend_fullness(struct tmem_bpool bp);
int tmem_backend_compact(struct tmem_bpool bp);

/* Boot words, debugfs and sysfs, shared by all modules of the suite. */
bool tmem_boot_word(const char *word);
struct dentry *tmem_debugfs_root(void);

/**
 * struct tmem_figure - a file in /sys/kernel/tmem/
 * @name: its name
 * @read: what it shows; process context
 * @offset: passed to @read
 */
struct tmem_figure {
	const char *name;
	long (*read)(size_t offset);
	size_t offset;
};

struct tmem_sysfs_dir;
struct tmem_sysfs_dir *tmem_sysfs_add(const char *name,
				      const struct tmem_figure *figures,
				      unsigned int n);
void tmem_sysfs_remove(struct tmem_sysfs_dir *dir);

#endif /* _TMEM_BACKEND_H */
