// SPDX-License-Identifier: GPL-2.0
/*
 * params.c - tunables, and which servers there are
 *
 * Purpose: parameters of the module, when it is loaded and in sysfs.
 *
 * Why this design: all of them may be written while pages come and go.  A new
 * list of servers is built aside and takes the old one's place; a new list and
 * a new secret mean that all that is away is forgotten, which is a number (see
 * <tmem/remote.h>).
 *
 * Locking: mc_params_lock covers changes; who uses servers is in an SRCU read
 * section.
 */
#define pr_fmt(fmt) "tmem_memcached: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <tmem/param.h>
#include "memcached.h"

#define MC_DEADLINE_MAX	10000

struct mc_params mc_params = {
	.deadline_ms = 50,
};

static DEFINE_MUTEX(mc_params_lock);
static struct mc_address mc_list[MC_SERVERS_MAX];
static unsigned int mc_list_nr;
static bool mc_hide = true;
static bool mc_started;

static struct mc_servers mc_nobody;
struct mc_servers __rcu *mc_servers = RCU_INITIALIZER(&mc_nobody);
DEFINE_SRCU(mc_servers_srcu);

static void mc_servers_free(struct mc_servers *s)
{
	unsigned int i;

	if (s == &mc_nobody)
		return;
	for (i = 0; i < s->nr; i++)
		mc_conn_stop(s->conns[i]);
	for (i = 0; i < s->nr; i++)
		mc_conn_free(s->conns[i]);
	kfree(s);
}

static struct mc_servers *mc_servers_new(const struct mc_address *list,
					 unsigned int nr)
{
	struct mc_servers *s;
	struct mc_conn *c;

	if (!nr)
		return &mc_nobody;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	while (s->nr < nr) {
		c = mc_conn_new(&list[s->nr]);
		if (IS_ERR(c)) {
			mc_servers_free(s);
			return ERR_CAST(c);
		}
		s->salts[s->nr] = c->salt;
		s->conns[s->nr++] = c;
	}
	return s;
}

/* Use these servers and no others; on error all is as it was. */
static int mc_servers_set(const struct mc_address *list, unsigned int nr)
{
	struct mc_servers *s = mc_servers_new(list, nr), *old;

	lockdep_assert_held(&mc_params_lock);
	if (IS_ERR(s))
		return PTR_ERR(s);
	old = rcu_dereference_protected(mc_servers,
					lockdep_is_held(&mc_params_lock));
	rcu_assign_pointer(mc_servers, s);
	synchronize_srcu(&mc_servers_srcu);
	mc_servers_free(old);
	mc_carrier_forget();
	return 0;
}

static int servers_set(const char *val, const struct kernel_param *kp)
{
	struct mc_address *list;
	int nr, ret = 0;

	list = kcalloc(MC_SERVERS_MAX, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	nr = mc_address_list(val, list, MC_SERVERS_MAX);
	if (nr < 0) {
		pr_err("parameter servers=%s: takes at most %u of A.B.C.D:PORT, [IPV6]:PORT, vsock:CID:PORT, separated by commas\n",
		       val, MC_SERVERS_MAX);
		ret = nr;
		goto out;
	}
	mutex_lock(&mc_params_lock);
	if (mc_started)
		ret = mc_servers_set(list, nr);
	if (!ret) {
		memcpy(mc_list, list, sizeof(mc_list));
		mc_list_nr = nr;
	}
	mutex_unlock(&mc_params_lock);
out:
	kfree(list);
	return ret;
}

static int servers_get(char *buf, const struct kernel_param *kp)
{
	unsigned int i;
	int n = 0;

	mutex_lock(&mc_params_lock);
	for (i = 0; i < mc_list_nr; i++)
		n += sysfs_emit_at(buf, n, "%s%s", i ? "," : "",
				   mc_list[i].name);
	mutex_unlock(&mc_params_lock);
	return n + sysfs_emit_at(buf, n, "\n");
}

static const struct kernel_param_ops servers_ops = {
	.set = servers_set,
	.get = servers_get,
};
module_param_cb(servers, &servers_ops, NULL, 0644);
MODULE_PARM_DESC(servers, "memcached servers: A.B.C.D:PORT, [IPV6]:PORT or vsock:CID:PORT, separated by commas");

static int secret_set(const char *val, const struct kernel_param *kp)
{
	static const char * const names[] = { "off", "auto" };
	int i = sysfs_match_string(names, val);

	if (i < 0) {
		pr_err("parameter secret=%s: takes auto or off\n", val);
		return -EINVAL;
	}
	mutex_lock(&mc_params_lock);
	mc_hide = i;
	if (mc_started) {
		mc_seal_renew(mc_hide);
		mc_carrier_forget();
	}
	mutex_unlock(&mc_params_lock);
	return 0;
}

static int secret_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(mc_hide) ? "auto" : "off");
}

static const struct kernel_param_ops secret_ops = {
	.set = secret_set,
	.get = secret_get,
};
module_param_cb(secret, &secret_ops, NULL, 0644);
MODULE_PARM_DESC(secret, "auto (default): values are encrypted; off: servers and the way to them may read them");

static int deadline_set(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;

	if (tmem_param_uint(kp->name, val, 1, MC_DEADLINE_MAX, "", &ms))
		return -EINVAL;
	WRITE_ONCE(mc_params.deadline_ms, ms);
	return 0;
}

static const struct kernel_param_ops deadline_ops = {
	.set = deadline_set,
	.get = param_get_uint,
};
module_param_cb(deadline_ms, &deadline_ops, &mc_params.deadline_ms, 0644);
MODULE_PARM_DESC(deadline_ms, "longest time that a reader waits for servers, in milliseconds: 1 to 10000 (default: 50)");

static int max_bytes_set(const char *val, const struct kernel_param *kp)
{
	u64 bytes;

	if (tmem_param_bytes(kp->name, val, &bytes))
		return -EINVAL;
	WRITE_ONCE(mc_params.max_bytes, bytes);
	return 0;
}

static const struct kernel_param_ops max_bytes_ops = {
	.set = max_bytes_set,
	.get = param_get_ullong,
};
module_param_cb(max_bytes, &max_bytes_ops, &mc_params.max_bytes, 0644);
MODULE_PARM_DESC(max_bytes, "most that is kept at the servers, in bytes; 0 (default): no limit");

TMEM_TEST_BREAK(mc_test_break, "1: with secret=off, values are not checked");

/**
 * mc_params_renew - forget all that is away, and draw a new secret
 * @why: for the log
 *
 * Context: process; may sleep.
 */
void mc_params_renew(const char *why)
{
	/* At once: who changes servers holds the lock while they are let go. */
	mc_seal_again();
	mutex_lock(&mc_params_lock);
	if (mc_started) {
		mc_carrier_forget();
		pr_info("all that was away is forgotten: %s\n", why);
	}
	mutex_unlock(&mc_params_lock);
}
TMEM_EXPORT_FOR_TEST(mc_params_renew);

/**
 * mc_params_start - begin with what was given when loading
 *
 * Context: process; sleeps until the kernel has random numbers, soon after boot.
 * Return: 0; -ENOMEM, -EINTR.
 */
int mc_params_start(void)
{
	int ret;

	/*
	 * A secret that is drawn earlier can be guessed, and the kernel does not
	 * reseed for a clone: it would draw the same as the others.
	 */
	if (wait_for_random_bytes())
		return -EINTR;
	mutex_lock(&mc_params_lock);
	mc_seal_renew(mc_hide);
	ret = mc_servers_set(mc_list, mc_list_nr);
	mc_started = !ret;
	mutex_unlock(&mc_params_lock);
	return ret;
}

/**
 * mc_params_stop - let all servers go; nobody calls the carrier any more
 *
 * Context: process; sleeps.
 */
void mc_params_stop(void)
{
	mutex_lock(&mc_params_lock);
	mc_started = false;
	mc_servers_set(NULL, 0);
	mc_seal_forget();
	mutex_unlock(&mc_params_lock);
}
