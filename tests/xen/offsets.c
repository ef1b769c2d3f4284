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

#define NUMBER(name, value)	printf("#define %s\t%d\n", #name, value)
#define BITS(name, value)	printf("#define %s\t0x%xu\n", #name, value)
#define FIELD(name, member) do {					\
	NUMBER(name, (int)offsetof(struct tmem_op, member));		\
	NUMBER(name##_SIZE, (int)sizeof(((struct tmem_op *)0)->member)); \
} while (0)

int main(void)
{
	printf("/* Made from xen/tmem.h of libxen-dev */\n");

	NUMBER(SD_OP_SIZE, (int)sizeof(struct tmem_op));
	FIELD(SD_CMD, cmd);
	FIELD(SD_POOL, pool_id);
	FIELD(SD_UUID, u.creat.uuid);
	FIELD(SD_FLAGS, u.creat.flags);
	FIELD(SD_ARG1, u.creat.arg1);
	FIELD(SD_OID, u.gen.oid);
	FIELD(SD_INDEX, u.gen.index);
	FIELD(SD_TMEM_OFFSET, u.gen.tmem_offset);
	FIELD(SD_PFN_OFFSET, u.gen.pfn_offset);
	FIELD(SD_LEN, u.gen.len);
	FIELD(SD_FRAME, u.gen.cmfn);

	NUMBER(SD_NEW_POOL, TMEM_NEW_POOL);
	NUMBER(SD_DESTROY_POOL, TMEM_DESTROY_POOL);
	NUMBER(SD_PUT_PAGE, TMEM_PUT_PAGE);
	NUMBER(SD_GET_PAGE, TMEM_GET_PAGE);
	NUMBER(SD_FLUSH_PAGE, TMEM_FLUSH_PAGE);
	NUMBER(SD_FLUSH_OBJECT, TMEM_FLUSH_OBJECT);

	BITS(SD_PERSIST, TMEM_POOL_PERSIST);
	BITS(SD_SHARED, TMEM_POOL_SHARED);
	BITS(SD_PRECOMPRESSED, TMEM_POOL_PRECOMPRESSED);
	BITS(SD_RESERVED, TMEM_POOL_RESERVED_BITS);
	BITS(SD_PAGESIZE, TMEM_POOL_PAGESIZE_MASK << TMEM_POOL_PAGESIZE_SHIFT);
	BITS(SD_VERSION, (unsigned int)TMEM_POOL_VERSION_MASK <<
	     TMEM_POOL_VERSION_SHIFT);
	/* The only one, where it stands in the flags. */
	BITS(SD_SPEC_VERSION, TMEM_SPEC_VERSION << TMEM_POOL_VERSION_SHIFT);

	NUMBER(SD_EPERM, XEN_EPERM);
	NUMBER(SD_ENOMEM, XEN_ENOMEM);
	NUMBER(SD_EFAULT, XEN_EFAULT);
	NUMBER(SD_ENODEV, XEN_ENODEV);
	NUMBER(SD_ENOSPC, XEN_ENOSPC);
	NUMBER(SD_ENOSYS, XEN_ENOSYS);
	NUMBER(SD_EOPNOTSUPP, XEN_EOPNOTSUPP);
	NUMBER(SD_EFROZEN, EFROZEN);
	NUMBER(SD_EEMPTY, EEMPTY);
	return 0;
}
