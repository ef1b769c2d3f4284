// SPDX-License-Identifier: GPL-2.0
/*
 * test_xen_abi.c - our Xen ABI beside Xen's own public header
 *
 * include/tmem/xen_abi.h, which the shim is built on, and
 * tests/xen/xen_public.h, which the stand-in hypervisor is built on, against
 * xen/tmem.h of libxen-dev: every size, offset and constant.  The header is
 * asked for the interface version of 4.12, the last Xen with tmem.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define __XEN_INTERFACE_VERSION__ 0x00040c00
#include <xen/tmem.h>
#include <xen/errno.h>
#include <tmem/xen_abi.h>
#include "../xen/xen_public.h"

/* Named in xen/tmem.h up to interface version 0x00040400, and never done. */
#define NEVER_NEW_PAGE	3
#define NEVER_READ	8
#define NEVER_WRITE	9
#define NEVER_XCHG	10

static int failed;

static void same(const char *what, unsigned long long xen,
		 unsigned long long ours, unsigned long long standin)
{
	if (xen != ours || xen != standin) {
		fprintf(stderr, "%s: Xen has %llu, xen_abi.h %llu, xen_public.h %llu\n",
			what, xen, ours, standin);
		failed++;
	}
}

#define SIZE(t, f)	sizeof(((struct t *)0)->f)
#define FIELD(xen, ours, offset, size) do {				\
	same("offset of " #xen, offsetof(struct tmem_op, xen),		\
	     offsetof(struct xen_tmem_op, ours), offset);		\
	same("size of " #xen, SIZE(tmem_op, xen), SIZE(xen_tmem_op, ours), \
	     size);							\
} while (0)
#define CONSTANT(xen, ours, standin)	same(#xen, xen, ours, standin)
#define BOTH(name)	same(#name, name, XEN_##name, XEN_##name)

int main(void)
{
	same("sizeof(struct tmem_op)", sizeof(struct tmem_op),
	     sizeof(struct xen_tmem_op), SD_OP_SIZE);
	FIELD(cmd, cmd, SD_CMD, 4);
	FIELD(pool_id, pool_id, SD_POOL, 4);
	FIELD(u.creat.uuid, u.creat.uuid, SD_UUID, 16);
	FIELD(u.creat.flags, u.creat.flags, SD_FLAGS, 4);
	FIELD(u.creat.arg1, u.creat.arg1, SD_ARG1, 4);
	FIELD(u.gen.oid, u.gen.oid, SD_OID, 24);
	FIELD(u.gen.index, u.gen.index, SD_INDEX, 4);
	FIELD(u.gen.tmem_offset, u.gen.tmem_offset, SD_TMEM_OFFSET, 4);
	FIELD(u.gen.pfn_offset, u.gen.pfn_offset, SD_PFN_OFFSET, 4);
	FIELD(u.gen.len, u.gen.len, SD_LEN, 4);
	FIELD(u.gen.cmfn, u.gen.frame, SD_FRAME, 8);

	CONSTANT(TMEM_NEW_POOL, XEN_TMEM_NEW_POOL, SD_NEW_POOL);
	CONSTANT(TMEM_DESTROY_POOL, XEN_TMEM_DESTROY_POOL, SD_DESTROY_POOL);
	CONSTANT(TMEM_PUT_PAGE, XEN_TMEM_PUT_PAGE, SD_PUT_PAGE);
	CONSTANT(TMEM_GET_PAGE, XEN_TMEM_GET_PAGE, SD_GET_PAGE);
	CONSTANT(TMEM_FLUSH_PAGE, XEN_TMEM_FLUSH_PAGE, SD_FLUSH_PAGE);
	CONSTANT(TMEM_FLUSH_OBJECT, XEN_TMEM_FLUSH_OBJECT, SD_FLUSH_OBJECT);
	CONSTANT(NEVER_NEW_PAGE, SD_NEW_PAGE, SD_NEW_PAGE);
	CONSTANT(NEVER_READ, SD_READ, SD_READ);
	CONSTANT(NEVER_WRITE, SD_WRITE, SD_WRITE);
	CONSTANT(NEVER_XCHG, SD_XCHG, SD_XCHG);

	CONSTANT(TMEM_POOL_PERSIST, XEN_TMEM_POOL_PERSIST, SD_PERSIST);
	CONSTANT(TMEM_POOL_SHARED, XEN_TMEM_POOL_SHARED, SD_SHARED);
	BOTH(TMEM_POOL_PRECOMPRESSED);
	BOTH(TMEM_POOL_PAGESIZE_SHIFT);
	BOTH(TMEM_POOL_PAGESIZE_MASK);
	BOTH(TMEM_POOL_VERSION_SHIFT);
	BOTH(TMEM_POOL_VERSION_MASK);
	CONSTANT(TMEM_POOL_RESERVED_BITS, XEN_TMEM_POOL_RESERVED,
		 SD_BAD_FLAGS & ~0xcu);
	CONSTANT(TMEM_POOL_PAGESIZE_MASK << TMEM_POOL_PAGESIZE_SHIFT,
		 XEN_TMEM_POOL_PAGESIZE_MASK << XEN_TMEM_POOL_PAGESIZE_SHIFT,
		 SD_PAGESIZE);
	CONSTANT(TMEM_SPEC_VERSION, XEN_TMEM_SPEC_VERSION, SD_VERSION);
	CONSTANT(__HYPERVISOR_tmem_op, 38, 38);
	CONSTANT(XEN_EPERM, -XEN_TMEM_EPERM, SD_EPERM);
	CONSTANT(XEN_ENOMEM, -XEN_TMEM_ENOMEM, SD_ENOMEM);
	CONSTANT(XEN_EFAULT, -XEN_TMEM_EFAULT, SD_EFAULT);
	CONSTANT(XEN_ENODEV, -XEN_TMEM_ENODEV, SD_ENODEV);
	CONSTANT(XEN_ENOSPC, -XEN_TMEM_ENOSPC, SD_ENOSPC);
	CONSTANT(XEN_ENOSYS, -XEN_TMEM_ENOSYS, SD_ENOSYS);
	CONSTANT(EFROZEN, -XEN_TMEM_EFROZEN, SD_EFROZEN);
	CONSTANT(EEMPTY, -XEN_TMEM_EEMPTY, SD_EEMPTY);

	printf("%s the ABI is Xen's\n", failed ? "not ok" : "ok");
	return !!failed;
}
