// SPDX-License-Identifier: GPL-2.0
/*
 * remote_rig.c - values out to a carrier and back, at a word
 *
 * Purpose: what tests/guest/lib-remote.sh drives a carrier with.  Every value is
 * known from its serial number alone, so that each one that comes back is
 * checked to its last byte.
 *
 * Parameters, numbers all of them:
 *	put N	put N values more
 *	get N	N gets of 32 of them, at random
 *	busy 1	a thread puts and gets until 0 is written
 *	clear 1	drop all
 *	puts, gets, hits, misses, wrong, slowest_ms
 *		what came of it: values put, gets, values that came and did not,
 *		that were not what was put, and the slowest get
 *
 * Locking: rig_lock for all of it.
 */
#define pr_fmt(fmt) "remote_rig: " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <compat/module.h>
#include <tmem/remote.h>

#define RIG_MAX		16384
#define RIG_BATCH	32

struct rig_value {
	struct tmem_remote_name name;
	u32 len;
	u32 serial;
};

static DEFINE_MUTEX(rig_lock);
static struct rig_value *rig_values;
static u32 rig_nr, rig_serial;
static struct task_struct *rig_task;

static unsigned int puts, gets, hits, misses, wrong, slowest_ms;
module_param(puts, uint, 0644);
module_param(gets, uint, 0644);
module_param(hits, uint, 0644);
module_param(misses, uint, 0644);
module_param(wrong, uint, 0644);
module_param(slowest_ms, uint, 0644);

static u32 rig_hash(u32 n)
{
	n = (n ^ n >> 16) * 0x45d9f3b;
	n = (n ^ n >> 16) * 0x45d9f3b;
	return n ^ n >> 16;
}

static u32 rig_len(u32 serial)
{
	return rig_hash(serial) % PAGE_SIZE / 4 * 4 + 4;
}

static void rig_fill(u32 serial, u32 *data, u32 len)
{
	u32 i;

	for (i = 0; i < len / 4; i++)
		data[i] = rig_hash(serial * 4099 + i);
}

static int rig_take(void *ctx, unsigned int i, const void *data)
{
	const struct rig_value **values = ctx;
	const u32 *words = data;
	u32 n;

	for (n = 0; n < values[i]->len / 4; n++) {
		if (words[n] != rig_hash(values[i]->serial * 4099 + n)) {
			wrong++;
			return -EILSEQ;
		}
	}
	return 0;
}

static int rig_put(u32 n)
{
	u32 *data = kmalloc(PAGE_SIZE, GFP_KERNEL);
	struct rig_value v;
	int ret = 0, tries;

	if (!data)
		return -ENOMEM;
	while (!ret && n-- && rig_nr < RIG_MAX) {
		v.serial = rig_serial++;
		v.len = rig_len(v.serial);
		rig_fill(v.serial, data, v.len);
		for (tries = 0; tries < 1000; tries++) {
			ret = tmem_remote_put(data, v.len, &v.name);
			if (ret != -EBUSY)
				break;
			usleep_range(1000, 2000);
		}
		if (ret)
			break;
		rig_values[rig_nr++] = v;
		puts++;
		cond_resched();
	}
	kfree(data);
	return ret;
}

static void rig_get(void)
{
	const struct rig_value *values[RIG_BATCH];
	struct tmem_remote_want wants[RIG_BATCH];
	unsigned int i, got, ms;
	u32 first;
	u64 start;

	if (!rig_nr)
		return;
	first = get_random_u32() % rig_nr;
	for (i = 0; i < RIG_BATCH; i++) {
		values[i] = &rig_values[(first + i) % rig_nr];
		wants[i].name = values[i]->name;
		wants[i].len = values[i]->len;
	}
	start = ktime_get_ns();
	got = tmem_remote_get(wants, RIG_BATCH, rig_take, values);
	ms = (ktime_get_ns() - start) / NSEC_PER_MSEC;
	slowest_ms = max(slowest_ms, ms);
	gets++;
	hits += got;
	misses += RIG_BATCH - got;
}

static void rig_clear(void)
{
	while (rig_nr) {
		rig_nr--;
		tmem_remote_drop(rig_values[rig_nr].name.number,
				 rig_values[rig_nr].len);
	}
}

static int rig_busy(void *unused)
{
	unsigned int i;

	while (!kthread_should_stop()) {
		mutex_lock(&rig_lock);
		if (rig_nr > RIG_MAX / 4)
			rig_clear();
		rig_put(RIG_BATCH);
		for (i = 0; i < 4; i++)
			rig_get();
		mutex_unlock(&rig_lock);
		usleep_range(1000, 2000);
	}
	return 0;
}

enum rig_word { RIG_PUT, RIG_GET, RIG_BUSY, RIG_CLEAR };
static enum rig_word word_put = RIG_PUT, word_get = RIG_GET,
		     word_busy = RIG_BUSY, word_clear = RIG_CLEAR;

static int rig_start(bool on)
{
	struct task_struct *task;

	if (!on && rig_task) {
		kthread_stop(rig_task);
		rig_task = NULL;
	} else if (on && !rig_task) {
		task = kthread_run(rig_busy, NULL, "remote_rig");
		if (IS_ERR(task))
			return PTR_ERR(task);
		rig_task = task;
	}
	return 0;
}

static int rig_do(const char *val, const struct kernel_param *kp)
{
	enum rig_word word = *(enum rig_word *)kp->arg;
	unsigned int n;
	int ret = kstrtouint(val, 10, &n);

	if (ret || !rig_values)
		return ret ?: -ENODEV;
	if (word == RIG_BUSY)
		return rig_start(n);
	mutex_lock(&rig_lock);
	if (word == RIG_PUT)
		ret = rig_put(n);
	else if (word == RIG_CLEAR)
		rig_clear();
	else
		while (n--)
			rig_get();
	mutex_unlock(&rig_lock);
	return ret;
}

static const struct kernel_param_ops rig_ops = {
	.set = rig_do,
};
module_param_cb(put, &rig_ops, &word_put, 0200);
module_param_cb(get, &rig_ops, &word_get, 0200);
module_param_cb(busy, &rig_ops, &word_busy, 0200);
module_param_cb(clear, &rig_ops, &word_clear, 0200);

static int __init rig_init(void)
{
	rig_values = kvcalloc(RIG_MAX, sizeof(*rig_values), GFP_KERNEL);
	return rig_values ? 0 : -ENOMEM;
}

static void __exit rig_exit(void)
{
	rig_start(false);
	kvfree(rig_values);
}

module_init(rig_init);
module_exit(rig_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Values out to a carrier and back");
TMEM_IMPORT_NS;
