/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file handle of an inode.
 *
 * 304e9c83e80d ("exportfs: add explicit flag to request non-decodeable file
 * handles", 6.5) gave exportfs_encode_inode_fh() its flags, and the header
 * EXPORT_FH_FID.
 */
#ifndef _TMEM_COMPAT_EXPORTFS_H
#define _TMEM_COMPAT_EXPORTFS_H

#include <linux/exportfs.h>

static inline int tmem_encode_inode_fh(struct inode *inode, struct fid *fid,
				       int *max_len)
{
#ifdef EXPORT_FH_FID
	return exportfs_encode_inode_fh(inode, fid, max_len, NULL, 0);
#else
	return exportfs_encode_inode_fh(inode, fid, max_len, NULL);
#endif
}

#endif /* _TMEM_COMPAT_EXPORTFS_H */
