/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen_public.h - the ABI as the stand-in hypervisor reads it
 *
 * Purpose: the other side must not be built on the header that it is there to
 * check.  This one is written after the facts, in offsets; and
 * tests/user/test_xen_abi.c compares it, too, with Xen's own.
 */
#ifndef _TEST_XEN_PUBLIC_H
#define _TEST_XEN_PUBLIC_H

#include <linux/types.h>

#define SD_OP_SIZE	56

/* Offsets of the fields. */
#define SD_CMD		0	/* u32 */
#define SD_POOL		4	/* s32 */
#define SD_UUID		8	/* u64[2], of a new pool */
#define SD_FLAGS	24	/* u32, of a new pool */
#define SD_ARG1		28	/* u32, of a new pool */
#define SD_OID		8	/* u64[3] */
#define SD_INDEX	32	/* u32 */
#define SD_TMEM_OFFSET	36	/* u32 */
#define SD_PFN_OFFSET	40	/* u32 */
#define SD_LEN		44	/* u32 */
#define SD_FRAME	48	/* u64 */

enum sd_cmd {
	SD_NEW_POOL = 1,
	SD_DESTROY_POOL = 2,
	SD_NEW_PAGE = 3,
	SD_PUT_PAGE = 4,
	SD_GET_PAGE = 5,
	SD_FLUSH_PAGE = 6,
	SD_FLUSH_OBJECT = 7,
	SD_READ = 8,
	SD_WRITE = 9,
	SD_XCHG = 10,
};

#define SD_PERSIST	0x1u
#define SD_SHARED	0x2u
#define SD_BAD_FLAGS	0x00ffff0cu	/* precompressed among them */
#define SD_PAGESIZE	0x000000f0u
#define SD_VERSION	1u		/* in the top byte of the flags */

#define SD_MAX_POOLS	16

/* What is returned. */
#define SD_EPERM	1
#define SD_ENOMEM	12
#define SD_EFAULT	14
#define SD_ENODEV	19
#define SD_ENOSPC	28
#define SD_ENOSYS	38
#define SD_EFROZEN	1000
#define SD_EEMPTY	1001

#endif /* _TEST_XEN_PUBLIC_H */
