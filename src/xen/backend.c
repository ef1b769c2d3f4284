// SPDX-License-Identifier: GPL-2.0
/*
 * backend.c - the shim as a backend: what starts and stops it
 *
 * Purpose: see whether the hypervisor has tmem, say so, and offer it to the
 * frontends.
 *
 * Locking: txen_start() and txen_stop() are called one at a time.
 */
#define pr_fmt(fmt) "tmem_xen: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <compat/test_export.h>
#include <tmem/backend.h>
#include "xen.h"

static const struct tmem_backend_ops txen_backend = {
	.owner = THIS_MODULE,
	.version = TMEM_BACKEND_VERSION,
	.name = "xen",
	.title = "Xen Transcendent Memory",
	.hypervisor = true,
	.shared = true,
	.new_pool = txen_new_pool,
	.destroy_pool = txen_destroy_pool,
	.put_page = txen_put_page,
	.get_page = txen_get_page,
	.flush_page = txen_flush_page,
	.flush_object = txen_flush_object,
	.flush_range = txen_flush_range,
};

static void say_why_not(int rc)
{
	switch (rc) {
	case XEN_TMEM_ENOSYS:
		pr_info("not loaded: this Xen was built without tmem (4.13 and later have none)\n");
		break;
	case XEN_TMEM_ENODEV:
		pr_info("not loaded: tmem is not enabled in this Xen: boot Xen with the word tmem\n");
		break;
	default:
		pr_err("not loaded: Xen refuses a pool (%d)\n", rc);
	}
}

/**
 * txen_start - use a hypervisor
 * @hv: the hypervisor; stays the caller's until txen_stop()
 *
 * Context: process; sleeps.
 * Return: 0; -EBUSY one is in use; -ENODEV this one has no tmem; -EEXIST there
 * is a backend of this name; -ENOMEM.
 */
int txen_start(const struct txen_hv *hv)
{
	int ret;

	if (txen_hv)
		return -EBUSY;
	txen_hv = hv;
	ret = txen_pools_start();
	if (ret) {
		say_why_not(ret);
		txen_hv = NULL;
		return -ENODEV;
	}
	ret = tmem_register_backend(&txen_backend);
	if (ret) {
		txen_pools_stop();
		txen_hv = NULL;
	}
	return ret;
}
TMEM_EXPORT_FOR_TEST(txen_start);

/**
 * txen_yield - there is no tmem here any more: another may serve
 *
 * Does nothing when there is no other.
 *
 * Context: process; sleeps.  Without txen_pools_lock.
 */
void txen_yield(void)
{
	tmem_backend_yield(&txen_backend);
}

/**
 * txen_stop - the end of txen_start(), which may have failed
 *
 * Frontends have dropped their pools when this returns, and the hypervisor is
 * not called any more.
 *
 * Context: process; sleeps.
 */
void txen_stop(void)
{
	if (!txen_hv)
		return;
	tmem_unregister_backend(&txen_backend);
	txen_pools_stop();
	txen_hv = NULL;
}
TMEM_EXPORT_FOR_TEST(txen_stop);
