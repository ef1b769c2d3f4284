// SPDX-License-Identifier: GPL-2.0
/*
 * admit.c - which pages a full store still takes
 *
 * Purpose: with a backing device and a full store, a page that is taken means
 * that a colder one is handed over.  Take as many as pay.
 *
 * Why this design: taking every page keeps the pages stored last.  Work that goes
 * round in more than the store holds gets nothing from that: each page is
 * compressed, pushed out by the next ones, and decompressed to be written to the
 * disk, before anybody wants it.  Taking one page in a few keeps most of what is
 * there, a part of which is wanted again, and still lets the store follow the
 * work, if slowly: the coldest pages leave for the ones that are taken.  (Caches
 * know this as bimodal insertion.)  The rest goes to the disk as it is, which
 * is little work.  But pages that are hot from now on are late in the store,
 * so this is for who knows the work: the default takes all.
 *
 * Invariants: none that data depend on.
 *
 * Locking: none; a lost count does not matter.
 */
#define pr_fmt(fmt) "tmem_frontswap: " fmt

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include "area.h"

/* One in so many writes looks at how full the store is. */
#define LOOK_EVERY	64

/* Of the pages for a full store one in so many is taken. */
static unsigned int admit_one_in = 1;

static int admit_set(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < 1 || n > 1000) {
		pr_err("parameter %s=%s: takes 1 to 1000\n", kp->name, val);
		return -EINVAL;
	}
	WRITE_ONCE(*(unsigned int *)kp->arg, n);
	return 0;
}

static const struct kernel_param_ops admit_ops = {
	.set = admit_set,
	.get = param_get_uint,
};

module_param_cb(admit_one_in, &admit_ops, &admit_one_in, 0644);
MODULE_PARM_DESC(admit_one_in, "of pages for a full store with a backing device, one in so many is taken: 1 (all) to 1000 (default 1)");

/**
 * fsw_admit - is a page taken?
 * @a: of the disk
 * @pool: where it would go
 * @mark: how full that is when it is full, in 1/1000
 *
 * Context: process; does not sleep.
 * Return: true if the store is not full, or it is this page's turn.
 */
bool fsw_admit(struct fsw_admit *a, struct tmem_bpool pool, int mark)
{
	unsigned int one_in = READ_ONCE(admit_one_in), n;

	if (one_in == 1)
		return true;
	n = READ_ONCE(a->writes) + 1;
	WRITE_ONCE(a->writes, n);
	if (n % LOOK_EVERY == 0)
		WRITE_ONCE(a->full, tmem_backend_fullness(pool) >= mark);
	return !READ_ONCE(a->full) || n % one_in == 0;
}
