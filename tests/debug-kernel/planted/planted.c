// SPDX-License-Identifier: GPL-2.0
/*
 * planted.ko - one bug of each kind that the debug kernel must report
 *
 * Purpose: a checker that is silently off finds nothing, and then silence
 * proves nothing.  Each bug gets a boot of its own, since the first KASAN
 * report turns lockdep off.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *bug = "";
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "uaf, overflow, leak, atomic or deadlock");

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spin);

static void planted_uaf(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[8], 1);
}

static void planted_overflow(void)
{
	u8 *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[100], 1);
	kfree(p);
}

static void planted_leak(void)
{
	unsigned int i;
	void *p;

	/* several: a stale pointer on some stack may hide one */
	for (i = 0; i < 16; i++) {
		p = kmalloc(100, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
	}
}

static void planted_atomic(void)
{
	spin_lock(&spin);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	spin_unlock(&spin);
}

static void planted_deadlock(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);

	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static const struct {
	const char *name;
	void (*plant)(void);
} bugs[] = {
	{ "uaf", planted_uaf },
	{ "overflow", planted_overflow },
	{ "leak", planted_leak },
	{ "atomic", planted_atomic },
	{ "deadlock", planted_deadlock },
};

static int __init planted_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (!strcmp(bug, bugs[i].name)) {
			bugs[i].plant();
			return 0;
		}
	}
	return -EINVAL;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
}
module_exit(planted_exit);

MODULE_DESCRIPTION("Planted bugs, to test the debug kernel");
MODULE_LICENSE("GPL");
