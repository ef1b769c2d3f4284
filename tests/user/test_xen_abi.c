// SPDX-License-Identifier: GPL-2.0
/*
 * test_xen_abi.c - our Xen ABI beside Xen's own public header
 *
 * include/tmem/xen_abi.h, which the shim is built on, against xen/tmem.h of
 * libxen-dev: every size, offset and constant.  The header is asked for the
 * interface version of 4.12, the last Xen with tmem; see tests/xen/offsets.c.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define __XEN_INTERFACE_VERSION__ 0x00040c00
#include <xen/tmem.h>
#include <xen/errno.h>
#include <tmem/xen_abi.h>

static int failed;

static void same(const char *what, unsigned long long xen,
		 unsigned long long ours)
{
	if (xen != ours) {
		fprintf(stderr, "%s: Xen has %llu, xen_abi.h %llu\n", what, xen, ours);
		failed++;
	}
}

#define SIZE(t, f)	sizeof(((struct t *)0)->f)
#define FIELD(xen, ours) do {						\
	same("offset of " #xen, offsetof(struct tmem_op, xen),		\
	     offsetof(struct xen_tmem_op, ours));			\
	same("size of " #xen, SIZE(tmem_op, xen), SIZE(xen_tmem_op, ours)); \
} while (0)
#define CONSTANT(xen, ours)	same(#xen, xen, ours)
#define BOTH(name)		same(#name, name, XEN_##name)

int main(void)
{
	same("sizeof(struct tmem_op)", sizeof(struct tmem_op),
	     sizeof(struct xen_tmem_op));
	FIELD(cmd, cmd);
	FIELD(pool_id, pool_id);
	FIELD(u.creat.uuid, u.creat.uuid);
	FIELD(u.creat.flags, u.creat.flags);
	FIELD(u.creat.arg1, u.creat.arg1);
	FIELD(u.gen.oid, u.gen.oid);
	FIELD(u.gen.index, u.gen.index);
	FIELD(u.gen.tmem_offset, u.gen.tmem_offset);
	FIELD(u.gen.pfn_offset, u.gen.pfn_offset);
	FIELD(u.gen.len, u.gen.len);
	FIELD(u.gen.cmfn, u.gen.frame);

	BOTH(TMEM_NEW_POOL);
	BOTH(TMEM_DESTROY_POOL);
	BOTH(TMEM_PUT_PAGE);
	BOTH(TMEM_GET_PAGE);
	BOTH(TMEM_FLUSH_PAGE);
	BOTH(TMEM_FLUSH_OBJECT);

	BOTH(TMEM_POOL_PERSIST);
	BOTH(TMEM_POOL_SHARED);
	BOTH(TMEM_POOL_PRECOMPRESSED);
	BOTH(TMEM_POOL_PAGESIZE_SHIFT);
	BOTH(TMEM_POOL_PAGESIZE_MASK);
	BOTH(TMEM_POOL_VERSION_SHIFT);
	BOTH(TMEM_POOL_VERSION_MASK);
	CONSTANT(TMEM_POOL_RESERVED_BITS, XEN_TMEM_POOL_RESERVED);
	BOTH(TMEM_SPEC_VERSION);
	CONSTANT(__HYPERVISOR_tmem_op, 38);
	CONSTANT(XEN_EPERM, -XEN_TMEM_EPERM);
	CONSTANT(XEN_ENOMEM, -XEN_TMEM_ENOMEM);
	CONSTANT(XEN_EFAULT, -XEN_TMEM_EFAULT);
	CONSTANT(XEN_ENODEV, -XEN_TMEM_ENODEV);
	CONSTANT(XEN_ENOSPC, -XEN_TMEM_ENOSPC);
	CONSTANT(XEN_ENOSYS, -XEN_TMEM_ENOSYS);
	CONSTANT(EFROZEN, -XEN_TMEM_EFROZEN);
	CONSTANT(EEMPTY, -XEN_TMEM_EEMPTY);

	printf("%s the ABI is Xen's\n", failed ? "not ok" : "ok");
	return !!failed;
}
