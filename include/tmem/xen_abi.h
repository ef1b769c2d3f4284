/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen_abi.h - what Xen 4.0.1 to 4.12 takes and returns for a tmem operation
 *
 * Purpose: the guest's side of xen/include/public/tmem.h, spec version 1, as
 * a guest used it from Linux 2.6.39 on.  An operation is one 56-byte
 * structure, passed by address; the result is the return value alone.
 *
 * Why this design: Xen dropped tmem in 4.13, and the kernel's own copy of the
 * structure (xen/interface/xen.h) may go with it; nothing here depends on
 * either.  Names carry a prefix of their own, so that the header compiles
 * beside both: tests/user/test_xen_abi.c compares it with Xen's, as shipped by
 * Debian's libxen-dev, for the interface version of 4.12.
 *
 * What the return values mean was observed on Xen 4.12.4; see the table at
 * the end.
 */
#ifndef _TMEM_XEN_ABI_H
#define _TMEM_XEN_ABI_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* Commands.  3 (new page), 8 (read), 9 (write), 10 (xchg) never existed. */
#define XEN_TMEM_NEW_POOL	1
#define XEN_TMEM_DESTROY_POOL	2
#define XEN_TMEM_PUT_PAGE	4
#define XEN_TMEM_GET_PAGE	5
#define XEN_TMEM_FLUSH_PAGE	6
#define XEN_TMEM_FLUSH_OBJECT	7

/* Flags of a new pool; those that are not here must be 0. */
#define XEN_TMEM_POOL_PERSIST	1U
#define XEN_TMEM_POOL_SHARED	2U
#define XEN_TMEM_POOL_PRECOMPRESSED 4U
#define XEN_TMEM_POOL_PAGESIZE_SHIFT 4	/* log2(page size) - 12 */
#define XEN_TMEM_POOL_PAGESIZE_MASK 0xfU
#define XEN_TMEM_POOL_RESERVED	0x00ffff00U
#define XEN_TMEM_POOL_VERSION_SHIFT 24
#define XEN_TMEM_POOL_VERSION_MASK 0xffU
#define XEN_TMEM_SPEC_VERSION	1U

/* Pools that a domain can have; their ids are 0 to 15. */
#define XEN_TMEM_MAX_POOLS	16

/**
 * struct xen_tmem_op - one operation
 * @cmd: XEN_TMEM_*
 * @pool_id: of an existing pool; not looked at for a new one
 * @u: the rest, by @cmd
 * @u.creat: for XEN_TMEM_NEW_POOL
 * @u.creat.uuid: 128-bit secret that names a shared pool; else not looked at
 * @u.creat.flags: XEN_TMEM_POOL_* and the version
 * @u.creat.arg1: 0
 * @u.gen: for all others
 * @u.gen.oid: the object
 * @u.gen.index: the page of the object
 * @u.gen.tmem_offset: 0, for pages are whole
 * @u.gen.pfn_offset: 0
 * @u.gen.len: 0
 * @u.gen.frame: of a put and a get: number of the page frame, the machine's
 *	in a PV guest, the guest's own in HVM and PVH guests
 */
struct xen_tmem_op {
	u32 cmd;
	s32 pool_id;
	union {
		struct {
			u64 uuid[2];
			u32 flags;
			u32 arg1;
		} creat;
		struct {
			u64 oid[3];
			u32 index;
			u32 tmem_offset;
			u32 pfn_offset;
			u32 len;
			u64 frame;
		} gen;
	} u;
};

static_assert(sizeof(struct xen_tmem_op) == 56,
	      "the hypervisor copies 56 bytes");
static_assert(offsetof(struct xen_tmem_op, u.creat.uuid) == 8 &&
	      offsetof(struct xen_tmem_op, u.creat.flags) == 24,
	      "a new pool as the hypervisor reads it");
static_assert(offsetof(struct xen_tmem_op, u.gen.oid) == 8 &&
	      offsetof(struct xen_tmem_op, u.gen.index) == 32 &&
	      offsetof(struct xen_tmem_op, u.gen.tmem_offset) == 36 &&
	      offsetof(struct xen_tmem_op, u.gen.pfn_offset) == 40 &&
	      offsetof(struct xen_tmem_op, u.gen.len) == 44 &&
	      offsetof(struct xen_tmem_op, u.gen.frame) == 48,
	      "a page operation as the hypervisor reads it");

/*
 * Return values.
 *
 *   put           1 stored
 *   get           1 filled; XEN_TMEM_MISS, or XEN_TMEM_EEMPTY when the pool
 *                 holds no page at all
 *   flush         1, whether there was anything or not; XEN_TMEM_EFROZEN
 *                 during a migration, and done nevertheless
 *   new pool      the id, from 0; XEN_TMEM_EPERM for bad flags and for the
 *                 17th pool
 *   destroy pool  1 done, 0 there was none
 *   any           XEN_TMEM_ENODEV no such pool, or Xen booted without "tmem";
 *                 XEN_TMEM_ENOSYS Xen built without it
 *   put           XEN_TMEM_ENOMEM no memory, or none that this domain may
 *                 have: an older page of the handle STAYS;
 *                 XEN_TMEM_EFROZEN, XEN_TMEM_ENOSPC during a migration;
 *                 XEN_TMEM_EFAULT not a frame that the domain may pass
 */
#define XEN_TMEM_OK		1
#define XEN_TMEM_MISS		0
#define XEN_TMEM_EPERM		(-1)
#define XEN_TMEM_ENOMEM		(-12)
#define XEN_TMEM_EFAULT		(-14)
#define XEN_TMEM_ENODEV		(-19)
#define XEN_TMEM_ENOSPC		(-28)
#define XEN_TMEM_ENOSYS		(-38)
#define XEN_TMEM_EFROZEN	(-1000)
#define XEN_TMEM_EEMPTY		(-1001)

#endif /* _TMEM_XEN_ABI_H */
