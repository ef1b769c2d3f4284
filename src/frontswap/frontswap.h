/* SPDX-License-Identifier: GPL-2.0 */
/*
 * frontswap.h - what the files of the swap frontend share
 *
 * Purpose: pages on their way to swap go to a persistent tmem pool first; what
 * the backend refuses goes to a real disk, if there is one.
 *
 * Why this design: no kernel since 5.17 has a hook for this that a module may
 * use, but every kernel swaps to a block device.  So the frontend is one: a
 * disk of its own (/dev/frontswapN) that takes bios, keeps what it can in the
 * pool, and passes the rest on to a *backing device* below it, if it was given
 * one.  A page has the same place on both, so there is nothing to allocate and
 * no map to keep but four bytes for each page-sized *slot* of the disk.
 *
 *	main.c		parameters; the order of life
 *	pool.c		the pools of the disks, and the pin on their backend
 *	area.c		slots: store, load, invalidate, hand over; all the rules
 *	age.c		which slots are cold
 *	admit.c		which pages a full store takes, and what copies it keeps
 *	disk.c		bios -> slots and the backing device
 *	writeback.c	cold slots -> the backing device
 *	control.c	/sys/class/frontswap-control/, /sys/block/frontswapN/
 *	shrink.c	fewer pages		sysctl.c	vm.frontswap
 *	home.c		pages come back from a hypervisor into RAM
 *	suspend.c	all of them, before the machine is suspended
 *	attach.c	the order in which all this starts
 *	debugfs.c	counters
 *	native.c	instead of all but debugfs.c, main.c and sysctl.c, on
 *			kernels that export frontswap_register_ops() (5.10)
 *
 * HANDLES.  Slots go in runs of FSW_RUN, run r = slot / FSW_RUN.  Object =
 * (area << 4) | (r & 15), index = r / 16 * FSW_RUN + slot % FSW_RUN.  The last
 * in-tree version did so with runs of one: neighbours are in different objects,
 * so that heavy swap does not meet in one object's lock.  The slots of a bio go
 * to the store in runs, too, and each keeps the rules by itself.
 *
 * THE PROMISE.  A read of a slot returns what the last write that succeeded
 * has written, or fails.  In particular:
 *
 *  1. The newest data of a slot are in one place, and SLOT_STORED says which:
 *     set, the store, and what the backing device has there is old; clear, the
 *     backing device, and the store has nothing.
 *  2. A put that is refused leaves the slot not SLOT_STORED and the store
 *     without it, before the same data are written to the backing device.
 *     Else, when the store has come to its senses, an older duplicate would
 *     win over what is on the disk.  The same for a write that is not even
 *     offered to the store, because that is switched off (area->taking).
 *  3. A write that fails leaves the slot SLOT_LOST: it fails to be read until
 *     it is written or freed, instead of showing something older or zeroes.
 *     That is a write that is refused without a backing device, as on a zram
 *     disk that is full, and one that the backing device fails: what is there
 *     may be older than what the store has dropped by rule 2.  Of a bio that
 *     fails, all slots whose data are not in the store are lost.  They are
 *     marked before the write ends.
 *  4. A slot that is SLOT_STORED and that the backend does not deliver is an
 *     I/O error.  It is never looked for on the backing device.
 *
 * HAND-OVER (writeback.c) copies a slot from the store to the backing device
 * and then drops it from the store, while anybody may overwrite, free or load
 * it.
 *
 *  5. It begins by SLOT_WB and SLOT_WB_VALID on a slot that is SLOT_STORED and
 *     that nobody is writing.  SLOT_WB stays until the I/O is over and
 *     excludes a second hand-over of the slot, whatever becomes of it.
 *  6. Everything that changes the slot (the begin of a write, a free) clears
 *     SLOT_WB_VALID.  Nothing but the begin of a hand-over sets it.  So at the
 *     end it says whether the copy is still the newest data, with no way to be
 *     fooled by a slot that was freed and used again: a generation count of
 *     one bit, which is enough since rule 5 lets no two of one slot be alive.
 *  7. At the end, if the I/O went well and SLOT_WB_VALID is set, the store's
 *     copy is flushed and SLOT_STORED cleared in one hold of the slot's lock.
 *     If not, the store's copy stays what it is.
 *  8. A refused write is not sent to the backing device while SLOT_WB is set:
 *     the older data of the hand-over might arrive last.
 *
 * EXCLUSIVE LOADS (admit.c says when: as a rule, with a backing device) leave a
 * page that swap has read in RAM alone.
 *
 *  9. The store's copy of a slot goes only after swap's page of it, in the swap
 *     cache and locked for this very read, is dirty, so that swap cannot drop it
 *     without writing it.  Until then the slot is SLOT_GIVEN_UP, and a read of it
 *     fails: what the backing device has is old.  Only bios qualify that no other
 *     driver has cloned or split, and at their very end: nobody is left who could
 *     make the read fail afterwards.
 *
 * DISCARDS.  What is freed has no data that are promised: a read gives anything
 * that the backing device has there.
 *
 * 10. A discard is the backing device's first, if it takes any, and the store
 *     drops its copies when that has gone well.  One that has failed has freed
 *     nothing: else it would bring older data to light.
 *
 * HOME (home.c).  A page that a hypervisor holds comes back into a page of our own.
 *
 *  A. SLOT_HOME says that area->home has the newest data; then the store has none,
 *     and the backing device old ones.  The begin of a write leaves it, its end
 *     drops it, stored or refused; so does a free.
 *  B. Coming home is a hand-over (5 to 7) whose end, instead of clearing
 *     SLOT_STORED alone, puts SLOT_HOME in its place.  Leaving is a write: it is
 *     SLOT_BUSY, so that no newer data are overtaken, and a free meanwhile clears
 *     SLOT_WB_VALID, by which its end knows.
 *  C. Of the two bits the new one is set before the old one goes: who looks without
 *     the lock sees one of them, never neither, and takes SLOT_HOME for true.
 *
 * CONTEXTS AND LOCKS, outermost first:
 *
 *   disk->setup (mutex)			one at a time: a set-up, a reset, a step of
 *					write-back (I/O); taken killably
 *     disks_mutex (control.c)		the disks by their ids; never held over I/O
 *     disk->lock (rwsem)		disk->area, ->backing_path, ->wb for who only
 *					looks; never held over I/O
 *   pool_lock (pool.c, mutex)		the pools; also under the registry's
 *   wb->lock (mutex)			the buffers of a hand-over; held over its
 *					I/O, with but slot locks inside
 *   swap's si->lock (spinlock)		when swap frees one; in 7.3 a cluster's lock,
 *					which is not taken in interrupts either
 *     slot lock (spinlock)		state of a slot; one of FSW_LOCKS
 *       the backend's own		flushes are made under the slot lock
 *
 *   function			context				sleeps
 *   ->submit_bio		process, often in reclaim	yes
 *   ->rw_page (6.1, 6.2)	process, often in reclaim	no
 *   ->swap_slot_free_notify	process, under that lock;	no
 *				irqs off now and then in 7.3
 *   fsw_store, fsw_load	process, no lock held		fsw_store: rule 8
 *   fsw_invalidate		process, spinlocks may be held	no
 *
 *   Slot locks are never taken in interrupts.  A reader of the state takes no
 *   lock; it looks again when the backend has not got what it was to have.
 *   Writes to one slot exclude each other by SLOT_BUSY; swap never has two.
 *
 * LIFETIME.  An area lives from the setting of a disk's size to its reset, and
 * the disk is reset or removed only when nobody has it open.  As long as there
 * is an area the backend's module is pinned.  If the backend goes all the same
 * (one that is built in), what it held cannot be read any more, and writes go
 * to the backing device.
 *
 * NOT PROMISED.  The disk announces no volatile cache, so that the block layer
 * ends flushes and forgets FUA: all of it is volatile, as RAM is.  It is for
 * swap (and behaves as a disk for whoever runs a file system on it until the
 * power goes).  So it is no place for the image of a hibernation: from its begin
 * to its end a disk is not opened to be written (disk.c), and the hibernation
 * fails before anything is switched off; not so that of s2disk, which has it open
 * by then.  (Others tell zram by the name of its
 * node: systemd by /dev/zram*, the kernel not at all.)  An image elsewhere has the
 * store in it, as all of RAM.  Writes that overlap in time may come out in either order.
 */
#ifndef _FRONTSWAP_H
#define _FRONTSWAP_H

#include <linux/blkdev.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <compat/blkdev.h>
#include <tmem/backend.h>
#include "area.h"
#include "common.h"

/* ---- pool.c ---- */

int fsw_pool_init(void);
void fsw_pool_exit(void);
int fsw_pool_get(bool backed, struct tmem_bpool *bp, struct tmem_pin *pin);

/* ---- disk.c, control.c ---- */

struct fsw_wb;

/**
 * struct fsw_disk - a swap device
 * @id: its number
 * @gd: the disk
 * @users: who walks over the disks, and the list; the last one frees it
 * @list: in control.c's; disks_mutex
 * @setup: held to change what follows, and for a step of write-back
 * @lock: held to write, within @setup, for the change itself; who only looks has
 *	it to read, and so never waits for I/O
 * @claimed: being reset or removed: not to be opened; the gendisk's open_mutex
 * @removed: not to be set up or written back any more
 * @area: its slots; NULL: it has no size yet.  Bios read it without a lock:
 *	there are none while it changes.
 * @pin: keeps the backend as long as there is @area
 * @backing: the device below, or none
 * @backing_path: as it was given
 * @wb: hands over; NULL without @backing or @area
 * @admit: which pages are offered to the store, and of which it keeps copies, with
 *	@wb; no lock
 */
struct fsw_disk {
	int id;
	struct gendisk *gd;
	refcount_t users;
	struct list_head list;
	struct mutex setup;
	struct rw_semaphore lock;
	bool claimed;
	bool removed;
	struct fsw_area *area;
	struct tmem_pin pin;
	struct tmem_bdev backing;
	char *backing_path;
	struct fsw_wb *wb;
	struct fsw_admit admit;
};

int fsw_bio_init(void);
void fsw_bio_exit(void);
struct gendisk *fsw_gendisk_new(struct fsw_disk *disk);
int fsw_gendisk_set_sync(struct fsw_disk *disk);
bool fsw_is_ours(const struct block_device *bdev);

int fsw_control_init(unsigned int devices);
void fsw_control_exit(void);

/* Anything but 0 ends the round. */
typedef int (*fsw_disk_fn)(struct fsw_disk *disk, void *arg);
int fsw_walk_disks(fsw_disk_fn fn, void *arg);
void fsw_try_walk_disks(fsw_disk_fn fn, void *arg);

/* ---- home.c, suspend.c ---- */

unsigned long fsw_home_run(struct fsw_area *area, unsigned long nr, gfp_t gfp);
unsigned long fsw_home_gone(struct fsw_area *area, gfp_t gfp);
int fsw_home_init(void);
void fsw_home_exit(void);
int fsw_suspend_init(void);
void fsw_suspend_exit(void);
long fsw_disk_pages(struct fsw_disk *disk);
long fsw_disk_write_back(struct fsw_disk *disk, unsigned long nr,
			 unsigned long keep);

/* ---- writeback.c ---- */

int fsw_wb_init(void);
void fsw_wb_exit(void);
struct fsw_wb *fsw_wb_new(struct fsw_area *area, struct block_device *backing);
void fsw_wb_free(struct fsw_wb *wb);
int fsw_wb_prepare(struct fsw_wb *wb);
int fsw_wb_full_mark(void);
void fsw_wb_kick(struct fsw_wb *wb);
void fsw_wb_refused(struct fsw_wb *wb, int err);
long fsw_wb_run(struct fsw_wb *wb, unsigned long nr, unsigned long keep);

#endif /* _FRONTSWAP_H */
