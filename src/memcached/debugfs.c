// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - /sys/kernel/debug/tmem/memcached/
 *
 * Purpose: "servers", a line for each, headed by what stands in it; "stats", a
 * line for each counter; "times", round trips by their time.
 *
 * Locking: the servers stay in an SRCU read section; figures of a connection
 * are read as they are.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/stddef.h>
#include <tmem/backend.h>
#include "memcached.h"

struct mc_stats mc_stats;
atomic_long_t mc_times[MC_TIMES];
static struct dentry *mc_dir;

#define COUNTER(field) { #field, offsetof(struct mc_stats, field) }

static const struct {
	const char *name;
	size_t offset;
} mc_counters[] = {
	COUNTER(puts), COUNTER(put_bytes), COUNTER(puts_down),
	COUNTER(puts_busy), COUNTER(puts_limit), COUNTER(puts_nomem),
	COUNTER(puts_refused), COUNTER(puts_lost), COUNTER(drops),
	COUNTER(drops_lost), COUNTER(gets), COUNTER(wants), COUNTER(hits),
	COUNTER(hit_bytes), COUNTER(gone), COUNTER(late), COUNTER(wrong),
	COUNTER(down), COUNTER(busy), COUNTER(failed), COUNTER(round_trips),
	COUNTER(unasked), COUNTER(opened), COUNTER(closed), COUNTER(nonsense),
	COUNTER(too_late),
};

static_assert(ARRAY_SIZE(mc_counters) * sizeof(atomic_long_t) ==
	      sizeof(struct mc_stats), "a line for each counter");

static int stats_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mc_counters); i++)
		seq_printf(m, "%s %ld\n", mc_counters[i].name,
			   atomic_long_read((atomic_long_t *)((char *)&mc_stats +
							      mc_counters[i].offset)));
	seq_printf(m, "away_bytes %llu\n", mc_carrier_bytes());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int times_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < MC_TIMES; i++)
		seq_printf(m, "%lu %ld\n", 2UL << i,
			   atomic_long_read(&mc_times[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(times);

static int servers_show(struct seq_file *m, void *unused)
{
	const struct mc_servers *s;
	unsigned int i;
	int idx;

	seq_puts(m, "server up queued_bytes asks pause_ms\n");
	idx = srcu_read_lock(&mc_servers_srcu);
	s = srcu_dereference(mc_servers, &mc_servers_srcu);
	for (i = 0; i < s->nr; i++) {
		const struct mc_conn *c = s->conns[i];

		/* a look from outside: each is right for a moment */
		seq_printf(m, "%s %d %u %u %u\n", c->address.name,
			   READ_ONCE(c->up), READ_ONCE(c->put_bytes),
			   READ_ONCE(c->nr_asks), READ_ONCE(c->health.pause));
	}
	srcu_read_unlock(&mc_servers_srcu, idx);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(servers);

/**
 * mc_debugfs_init - create the directory and its files
 *
 * Context: process.
 */
void mc_debugfs_init(void)
{
	mc_dir = debugfs_create_dir("memcached", tmem_debugfs_root());
	debugfs_create_file("servers", 0444, mc_dir, NULL, &servers_fops);
	debugfs_create_file("stats", 0444, mc_dir, NULL, &stats_fops);
	debugfs_create_file("times", 0444, mc_dir, NULL, &times_fops);
}

/**
 * mc_debugfs_exit - remove them
 *
 * Context: process.
 */
void mc_debugfs_exit(void)
{
	debugfs_remove_recursive(mc_dir);
}
