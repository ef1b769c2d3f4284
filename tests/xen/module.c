// SPDX-License-Identifier: GPL-2.0
/*
 * xen_standin.ko - the stand-in for Xen in a guest without one
 *
 * Purpose: tmem_xen, loaded with test_hypervisor=1, and both frontends on it,
 * run on this kernel's own memory.  With start=1 there is a hypervisor at once;
 * a test can make it misbehave through /sys/module/xen_standin/parameters/.
 * Without, it is there for KUnit modules, which make their own.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <compat/highmem.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include "kernel.h"
#include "../../src/xen/xen.h"

/* --- frames ------------------------------------------------------------------ */

#define SCRAMBLE	0x2aaaaULL
#define FIRST_FRAME	0x100000000ULL

u64 sd_frame_hvm(struct page *page)
{
	return page_to_pfn(page);
}
TMEM_EXPORT_FOR_TEST(sd_frame_hvm);

u64 sd_frame_pv(struct page *page)
{
	return (page_to_pfn(page) ^ SCRAMBLE) + FIRST_FRAME;
}
TMEM_EXPORT_FOR_TEST(sd_frame_pv);

static bool copy_pfn(u64 pfn, void *data, bool write)
{
	struct page *page;
	void *addr;

	if (pfn > ULONG_MAX || !pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	/* No ordinary memory; a page about to be evicted may have no users. */
	if (PageReserved(page))
		return false;
	addr = kmap_local_page(page);
	if (write)
		memcpy(addr, data, PAGE_SIZE);
	else
		memcpy(data, addr, PAGE_SIZE);
	kunmap_local(addr);
	return true;
}

bool sd_copy_hvm(struct sd_domain *dom, u64 frame, void *data, bool write)
{
	return copy_pfn(frame, data, write);
}
TMEM_EXPORT_FOR_TEST(sd_copy_hvm);

bool sd_copy_pv(struct sd_domain *dom, u64 frame, void *data, bool write)
{
	return frame >= FIRST_FRAME &&
	       copy_pfn((frame - FIRST_FRAME) ^ SCRAMBLE, data, write);
}
TMEM_EXPORT_FOR_TEST(sd_copy_pv);

/* --- a hypervisor of its own ---------------------------------------------------- */

static struct sd_hv hv = { .enabled = true };

static bool start;
module_param(start, bool, 0444);
MODULE_PARM_DESC(start, "start a hypervisor and hand it to tmem_xen");
static bool pv;
module_param(pv, bool, 0444);
MODULE_PARM_DESC(pv, "frames as in a PV guest (default: as in an HVM guest)");
module_param_named(memory, hv.memory, long, 0644);
MODULE_PARM_DESC(memory, "pages that it has for tmem");
module_param_named(refuse_ppm, hv.mischief.refuse_ppm, uint, 0644);
MODULE_PARM_DESC(refuse_ppm, "of a million operations, so many are not done and answered with nonsense");
module_param_named(garble_ppm, hv.mischief.garble_ppm, uint, 0644);
MODULE_PARM_DESC(garble_ppm, "so many are done and answered with nonsense");
module_param_named(deny_ppm, hv.mischief.deny_ppm, uint, 0644);
MODULE_PARM_DESC(deny_ppm, "so many puts are refused for want of memory");
module_param_named(state, hv.domains[0].state, uint, 0644);
MODULE_PARM_DESC(state, "1: frozen, 2: migrating");
module_param_named(enabled, hv.enabled, bool, 0644);
MODULE_PARM_DESC(enabled, "booted with tmem on its command line");

static bool started;

static int keep_set(const char *val, const struct kernel_param *kp)
{
	u32 kept;
	int ret;

	if (!started)
		return -ENODEV;
	if (sysfs_streq(val, "persistent")) {
		sd_lose_ephemeral(&hv.domains[0]);
		return 0;
	}
	ret = kstrtou32(val, 0, &kept);
	if (!ret)
		sd_lose_pools(&hv.domains[0], kept);
	return ret;
}

static const struct kernel_param_ops keep_ops = { .set = keep_set };
module_param_cb(keep, &keep_ops, NULL, 0200);
MODULE_PARM_DESC(keep, "the domain is restored with these pools only (a mask, or the word persistent)");

/* 1: the toolstack follows what is written, and looks now; 0: no more. */
static int log_dirty_set(const char *val, const struct kernel_param *kp)
{
	bool on;
	int ret = kstrtobool(val, &on);

	if (!ret && !started)
		ret = -ENODEV;
	if (!ret)
		sd_log_dirty(&hv.domains[0], on);
	return ret;
}

static const struct kernel_param_ops log_dirty_ops = { .set = log_dirty_set };
module_param_cb(log_dirty, &log_dirty_ops, NULL, 0200);
MODULE_PARM_DESC(log_dirty, "1: frames not written to from now on are refused (not with pv=1); 0: not any more");

static int counter_get(char *buf, const struct kernel_param *kp)
{
	return sprintf(buf, "%ld\n", atomic_long_read(kp->arg));
}

static const struct kernel_param_ops counter_ops = { .get = counter_get };
module_param_cb(calls, &counter_ops, &hv.calls, 0444);
MODULE_PARM_DESC(calls, "operations asked for");
module_param_cb(gone_wrong, &counter_ops, &hv.gone_wrong, 0444);
MODULE_PARM_DESC(gone_wrong, "of these, refused or answered with nonsense");
module_param_cb(evicted, &counter_ops, &hv.evicted, 0444);
MODULE_PARM_DESC(evicted, "ephemeral pages dropped for want of memory");

static int call(struct xen_tmem_op *op)
{
	return sd_call(&hv.domains[0], op);
}

static const struct txen_hv hv_pv = { .call = call, .frame = sd_frame_pv };

static void touch(struct page *page)
{
	sd_write(&hv.domains[0], sd_frame_hvm(page));
}

static const struct txen_hv hv_hvm = {
	.call = call, .frame = sd_frame_hvm, .touch = touch
};

static int __init standin_init(void)
{
	int ret;

	if (!start)
		return 0;
	hv.built_in = true;
	hv.page_size = PAGE_SIZE;
	hv.copy = pv ? sd_copy_pv : sd_copy_hvm;
	if (!pv) {
		hv.domains[0].written = kvcalloc(SD_FRAMES, sizeof(int),
						 GFP_KERNEL);
		if (!hv.domains[0].written)
			return -ENOMEM;
	}
	if (!hv.memory)
		hv.memory = totalram_pages() / 4;
	ret = sd_start(&hv);
	if (ret)
		goto err_written;
	ret = txen_start(pv ? &hv_pv : &hv_hvm);
	if (ret)
		goto err_hv;
	started = true;
	return 0;

err_hv:
	sd_stop(&hv);
err_written:
	kvfree(hv.domains[0].written);
	return ret;
}

static void __exit standin_exit(void)
{
	if (!started)
		return;
	hv.mischief = (struct sd_mischief){ };
	txen_stop();
	if (atomic_long_read(&hv.violations) || !sd_stop(&hv))
		pr_err("xen_standin: BUG: %ld fields wrong, %ld pages left\n",
		       atomic_long_read(&hv.violations), hv.pages);
	pr_info("xen_standin: %ld calls, %ld refused or answered with nonsense, %ld evicted\n",
		atomic_long_read(&hv.calls),
		atomic_long_read(&hv.gone_wrong),
		atomic_long_read(&hv.evicted));
	kvfree(hv.domains[0].written);
}

module_init(standin_init);
module_exit(standin_exit);
TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Stand-in for the tmem half of Xen, for tests");
