// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/tmem/
 *
 * Purpose: show what the core holds: "backend", the active backend's name,
 * "remote", who carries bytes to other machines and who uses that, and "pools",
 * a line for every pool with the fields of struct tmem_pool_stats, headed by
 * their names.  Backends add their own directories.
 *
 * Locking: tmem_hosts_lock while the lists are walked.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <compat/module.h>
#include <tmem/backend.h>
#include "core.h"

static struct dentry *root;

static void show_pool(struct seq_file *m, const struct tmem_client *client,
		      unsigned int id, const struct tmem_pool *pool)
{
	struct tmem_pool_stats s;

	tmem_pool_sum_stats(pool, &s);
	seq_printf(m, "%s %u %u %s%s %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld\n",
		   client->host->hostops->name, client->id, id,
		   tmem_pool_is_persistent(pool) ? "persistent" : "ephemeral",
		   tmem_pool_is_shared(pool) ? ",shared" : "",
		   s.pages, s.objs, s.objnodes, s.puts, s.dup_puts,
		   s.failed_puts, s.gets, s.failed_gets, s.flushes, s.evicts);
}

static void show_client(struct seq_file *m, const struct tmem_client *client)
{
	struct tmem_pool *pool;
	unsigned int id;

	for (id = 0; id < client->max_pools; id++) {
		pool = tmem_pool_at(client, id);
		if (pool)
			show_pool(m, client, id, pool);
	}
}

static int pools_show(struct seq_file *m, void *unused)
{
	struct tmem_client *client;
	struct tmem_host *host;

	seq_puts(m, "host client pool kind pages objs objnodes puts dup_puts failed_puts gets failed_gets flushes evicts\n");
	mutex_lock(&tmem_hosts_lock);
	list_for_each_entry(host, &tmem_hosts, list)
		list_for_each_entry(client, &host->clients, list)
			show_client(m, client);
	mutex_unlock(&tmem_hosts_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pools);

static int backend_show(struct seq_file *m, void *unused)
{
	char name[32];

	tmem_backend_name(name, sizeof(name));
	seq_printf(m, "%s\n", name);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(backend);

static int remote_show(struct seq_file *m, void *unused)
{
	char carrier[32], user[32];

	tmem_remote_show(carrier, user, sizeof(carrier));
	seq_printf(m, "carrier %s\nuser %s\n", carrier, user);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(remote);

/**
 * tmem_debugfs_root - the suite's directory in debugfs
 *
 * Context: any.
 * Return: what debugfs_create_dir() returned, which its callers pass on
 * unchecked, as is the custom with debugfs.
 */
struct dentry *tmem_debugfs_root(void)
{
	return root;
}
TMEM_EXPORT_SYMBOL(tmem_debugfs_root);

/**
 * tmem_debugfs_init - create the directory and the core's files
 *
 * Context: process.
 */
void tmem_debugfs_init(void)
{
	root = debugfs_create_dir("tmem", NULL);
	debugfs_create_file("pools", 0400, root, NULL, &pools_fops);
	debugfs_create_file("backend", 0444, root, NULL, &backend_fops);
	debugfs_create_file("remote", 0444, root, NULL, &remote_fops);
}

/**
 * tmem_debugfs_exit - remove them
 *
 * Context: process.
 */
void tmem_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}
