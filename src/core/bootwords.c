// SPDX-License-Identifier: GPL-2.0
/*
 * bootwords.c - the bare words of the kernel command line
 *
 * Purpose: honour `tmem`, `nocleancache`, `nofrontswap`, `noselfshrink` and
 * the like, which were __setup() words of the in-tree code, from a module.
 *
 * Why this design: a module cannot have __setup(), and saved_command_line is
 * not exported.  The command line is readable as /proc/cmdline, which may not
 * be mounted yet or be hidden in a container's namespace; a private mount of
 * proc is neither.
 *
 * Locking: the line is read once at load and constant afterwards.
 */
#define pr_fmt(fmt) "tmem: " fmt

#include <linux/err.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/setup.h>
#include <compat/fs.h>
#include <compat/module.h>
#include <tmem/backend.h>
#include "core.h"

static char cmdline[COMMAND_LINE_SIZE];

static ssize_t read_cmdline(char *buf, size_t size)
{
	struct file_system_type *type = get_fs_type("proc");
	struct vfsmount *mnt;
	struct file *file;
	struct path root;
	ssize_t len;

	if (!type)
		return -ENODEV;
	mnt = kern_mount(type);
	module_put(type->owner);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	root.mnt = mnt;
	root.dentry = mnt->mnt_root;
	file = tmem_file_open_root(&root, "cmdline", O_RDONLY);
	if (IS_ERR(file)) {
		len = PTR_ERR(file);
	} else {
		loff_t pos = 0;

		len = kernel_read(file, buf, size - 1, &pos);
		filp_close(file, NULL);
	}
	kern_unmount(mnt);
	return len;
}

/**
 * tmem_bootwords_init - read the kernel command line
 *
 * Failing to is not fatal: then no word is set.
 *
 * Context: process; sleeps.
 */
void tmem_bootwords_init(void)
{
	ssize_t len = read_cmdline(cmdline, sizeof(cmdline));

	if (len < 0) {
		pr_warn("kernel command line not readable (%zd): boot words are ignored\n",
			len);
		len = 0;
	}
	cmdline[len] = '\0';
}

/**
 * tmem_boot_word - was a word given on the kernel command line?
 * @word: the bare word
 *
 * Words behind `--` are for init, not for us.
 *
 * Context: any.
 * Return: true if @word stands there by itself.
 */
bool tmem_boot_word(const char *word)
{
	size_t len = strlen(word);
	const char *p = cmdline;

	while (*(p = skip_spaces(p))) {
		size_t n = strcspn(p, " \t\n");

		if (n == 2 && !memcmp(p, "--", 2))
			break;
		if (n == len && !memcmp(p, word, len))
			return true;
		p += n;
	}
	return false;
}
TMEM_EXPORT_SYMBOL(tmem_boot_word);
