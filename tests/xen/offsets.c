// SPDX-License-Identifier: GPL-2.0
/*
 * offsets.c - Xen's own ABI as a header that the stand-in hypervisor can include
 *
 * Purpose: the other side must not be built on the header that it is there to
 * check, nor on numbers that somebody copied.  This program is compiled with
 * xen/tmem.h of Debian's libxen-dev, and prints where each field of an operation
 * is, how wide it is, and what each constant is: xen_offsets.h.
 *
 * Why this design: Xen's header cannot be included where ours or the kernel's is.
 * All three have names in common (TMEM_POOL_PERSIST, <xen/xen.h>), and kernels of
 * Debian 13 are built in a chroot that has none of Xen's.
 *
 * The interface version is that of 4.12, the last Xen with tmem.  xen/tmem.h
 * shows itself below 0x00041300, which no Xen has yet: 4.17 refuses what is
 * above 0x00040e00.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define __XEN_INTERFACE_VERSION__ 0x00040c00
#include <xen/tmem.h>
#include <xen/errno.h>

#define NUMBER(name, value)	printf("#define SD_%s\t%d\n", #name, value)
#define BITS(name, value)	printf("#define SD_%s\t0x%xu\n", #name, value)
#define FIELD(name, member) do {					\
	NUMBER(name, (int)offsetof(struct tmem_op, member));		\
	NUMBER(name##_SIZE, (int)sizeof(((struct tmem_op *)0)->member)); \
} while (0)

int main(void)
{
	printf("/* Made by tests/xen/offsets.c from Xen's xen/tmem.h */\n");

	NUMBER(OP_SIZE, (int)sizeof(struct tmem_op));
	FIELD(CMD, cmd);
	FIELD(POOL, pool_id);
	FIELD(UUID, u.creat.uuid);
	FIELD(FLAGS, u.creat.flags);
	FIELD(ARG1, u.creat.arg1);
	FIELD(OID, u.gen.oid);
	FIELD(INDEX, u.gen.index);
	FIELD(TMEM_OFFSET, u.gen.tmem_offset);
	FIELD(PFN_OFFSET, u.gen.pfn_offset);
	FIELD(LEN, u.gen.len);
	FIELD(FRAME, u.gen.cmfn);

	NUMBER(NEW_POOL, TMEM_NEW_POOL);
	NUMBER(DESTROY_POOL, TMEM_DESTROY_POOL);
	NUMBER(PUT_PAGE, TMEM_PUT_PAGE);
	NUMBER(GET_PAGE, TMEM_GET_PAGE);
	NUMBER(FLUSH_PAGE, TMEM_FLUSH_PAGE);
	NUMBER(FLUSH_OBJECT, TMEM_FLUSH_OBJECT);

	BITS(PERSIST, TMEM_POOL_PERSIST);
	BITS(SHARED, TMEM_POOL_SHARED);
	BITS(PRECOMPRESSED, TMEM_POOL_PRECOMPRESSED);
	BITS(RESERVED, TMEM_POOL_RESERVED_BITS);
	BITS(PAGESIZE, TMEM_POOL_PAGESIZE_MASK << TMEM_POOL_PAGESIZE_SHIFT);
	BITS(VERSION, (unsigned int)TMEM_POOL_VERSION_MASK <<
	     TMEM_POOL_VERSION_SHIFT);
	/* The only one, where it stands in the flags. */
	BITS(SPEC_VERSION, TMEM_SPEC_VERSION << TMEM_POOL_VERSION_SHIFT);

	NUMBER(EPERM, XEN_EPERM);
	NUMBER(ENOMEM, XEN_ENOMEM);
	NUMBER(EFAULT, XEN_EFAULT);
	NUMBER(ENODEV, XEN_ENODEV);
	NUMBER(ENOSPC, XEN_ENOSPC);
	NUMBER(ENOSYS, XEN_ENOSYS);
	NUMBER(EFROZEN, EFROZEN);
	NUMBER(EEMPTY, EEMPTY);
	return 0;
}
