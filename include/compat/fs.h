/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opening a file below a given root.
 *
 * ffb37ca3bd16 ("switch file_open_root() to struct path", 5.14) replaced its
 * dentry and mount.
 */
#ifndef _TMEM_COMPAT_FS_H
#define _TMEM_COMPAT_FS_H

#include <linux/fs.h>
#include <linux/version.h>

static inline struct file *tmem_file_open_root(const struct path *root,
					       const char *name, int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	return file_open_root(root, name, flags, 0);
#else
	return file_open_root(root->dentry, root->mnt, name, flags, 0);
#endif
}

#endif /* _TMEM_COMPAT_FS_H */
