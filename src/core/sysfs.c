// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs.c - /sys/kernel/tmem/: the figures that tools may rely on
 *
 * Purpose: "backend" and "version", and a directory for each module that has
 * figures.  What is here keeps its name and meaning; src/ABI.txt has the dates.
 * debugfs has more, and promises nothing.
 *
 * Why this design: modules hand over a table of names and functions, so that
 * there is one place that knows sysfs.  A directory that cannot be made is one
 * that tools do not find: nothing else depends on it.
 *
 * Locking: none.  Removing a directory waits for those who read in it, so that a
 * module's functions are not called after tmem_sysfs_remove().
 */
#include <linux/kobject.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <compat/module.h>
#include <tmem/backend.h>
#include "core.h"

/* NULL before init, and when there is no memory or no sysfs. */
static struct kobject *root;

/**
 * struct tmem_sysfs_file - a file with a figure
 * @attr: what sysfs knows of it
 * @figure: what it shows
 */
struct tmem_sysfs_file {
	struct kobj_attribute attr;
	const struct tmem_figure *figure;
};

/**
 * struct tmem_sysfs_dir - a directory of figures
 * @kobj: what sysfs knows of it
 * @files: what is in it
 */
struct tmem_sysfs_dir {
	struct kobject *kobj;
	struct tmem_sysfs_file files[];
};

static ssize_t figure_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	const struct tmem_figure *f =
		container_of(attr, struct tmem_sysfs_file, attr)->figure;

	return sysfs_emit(buf, "%ld\n", f->read(f->offset));
}

/**
 * tmem_sysfs_add - show a module's figures in /sys/kernel/tmem/@name/
 * @name: of the directory
 * @figures: what to show; stays the caller's, and must be there until
 *	tmem_sysfs_remove()
 * @n: how many
 *
 * Context: process; may sleep.
 * Return: the directory, for tmem_sysfs_remove(), or NULL if it could not be
 * made.
 */
struct tmem_sysfs_dir *tmem_sysfs_add(const char *name,
				      const struct tmem_figure *figures,
				      unsigned int n)
{
	struct tmem_sysfs_dir *dir;
	unsigned int i;

	if (!root)
		return NULL;
	dir = kzalloc(struct_size(dir, files, n), GFP_KERNEL);
	if (!dir)
		return NULL;
	dir->kobj = kobject_create_and_add(name, root);
	if (!dir->kobj)
		goto err_free;
	for (i = 0; i < n; i++) {
		struct tmem_sysfs_file *file = &dir->files[i];

		sysfs_attr_init(&file->attr.attr);
		file->attr.attr.name = figures[i].name;
		file->attr.attr.mode = 0444;
		file->attr.show = figure_show;
		file->figure = &figures[i];
		if (sysfs_create_file(dir->kobj, &file->attr.attr))
			goto err_remove;
	}
	return dir;

err_remove:
	tmem_sysfs_remove(dir);
	return NULL;
err_free:
	kfree(dir);
	return NULL;
}
TMEM_EXPORT_SYMBOL(tmem_sysfs_add);

/**
 * tmem_sysfs_remove - take a directory away; nobody reads in it afterwards
 * @dir: what tmem_sysfs_add() returned; may be NULL
 *
 * Context: process; may sleep.
 */
void tmem_sysfs_remove(struct tmem_sysfs_dir *dir)
{
	if (!dir)
		return;
	/* waits for readers; a put alone may be late (DEBUG_KOBJECT_RELEASE) */
	kobject_del(dir->kobj);
	kobject_put(dir->kobj);
	kfree(dir);
}
TMEM_EXPORT_SYMBOL(tmem_sysfs_remove);

static ssize_t backend_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	char name[32];

	tmem_backend_name(name, sizeof(name));
	return sysfs_emit(buf, "%s\n", name);
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", TMEM_VERSION);
}

static struct kobj_attribute backend_attr = __ATTR_RO(backend);
static struct kobj_attribute version_attr = __ATTR_RO(version);

static const struct attribute *const core_attrs[] = {
	&backend_attr.attr,
	&version_attr.attr,
	NULL,
};

/**
 * tmem_sysfs_init - create /sys/kernel/tmem/; without it, do nothing
 *
 * Context: process; may sleep.
 */
void tmem_sysfs_init(void)
{
	root = kobject_create_and_add("tmem", kernel_kobj);
	if (root && sysfs_create_files(root, core_attrs))
		tmem_sysfs_exit();
}

/**
 * tmem_sysfs_exit - remove it; all directories in it are gone already
 *
 * Context: process; may sleep.
 */
void tmem_sysfs_exit(void)
{
	if (!root)
		return;
	kobject_del(root);
	kobject_put(root);
	root = NULL;
}
