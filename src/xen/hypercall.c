// SPDX-License-Identifier: GPL-2.0
/*
 * hypercall.c - the real hypervisor; the only file that names a hypercall
 *
 * Purpose: hypercall 38, and by which number Xen knows a page.
 *
 * Why this design: all else works on struct txen_hv, so that it runs on a
 * stand-in for a hypervisor as well.
 *
 * Locking: none.
 */
#define pr_fmt(fmt) "tmem_xen: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <xen/xen.h>
#include <xen/features.h>
#include <xen/interface/xen.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>
#include <compat/highmem.h>
#include "xen.h"

static_assert(__HYPERVISOR_tmem_op == 38, "the number that Xen gave it");

static int xen_call(struct xen_tmem_op *op)
{
	return _hypercall1(int, tmem_op, op);
}

/*
 * An HVM or PVH guest has only numbers of its own, and Xen does not ask what a
 * page is before it writes to it.  In a PV guest a page that is ballooned out
 * has no frame, and what is mapped from another domain, or is no RAM, is marked.
 */
static u64 xen_frame(struct page *page)
{
	unsigned long pfn = page_to_pfn(page), mfn;

	if (is_zone_device_page(page) || PageOffline(page))
		return TXEN_NO_FRAME;
	if (xen_feature(XENFEAT_auto_translated_physmap))
		return pfn;
	if (pfn >= xen_p2m_size)
		return TXEN_NO_FRAME;
	mfn = READ_ONCE(xen_p2m_addr[pfn]);
	/* INVALID_P2M_ENTRY has all bits set. */
	if (mfn & (FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT))
		return TXEN_NO_FRAME;
	return mfn;
}

/* Whoever may write to the page at the same time loses nothing. */
static void xen_touch(struct page *page)
{
	atomic_t *addr = kmap_local_page(page);

	atomic_add(0, addr);
	kunmap_local(addr);
}

static const struct txen_hv xen_pv = {
	.call = xen_call,
	.frame = xen_frame,
};

/* PVH and HVM: the hypervisor sees writes by its own page tables. */
static const struct txen_hv xen_hvm = {
	.call = xen_call,
	.frame = xen_frame,
	.touch = xen_touch,
};

/**
 * txen_hypervisor - the hypervisor that this kernel runs on
 * @hv: where to put it
 *
 * Context: any.
 * Return: 0; -ENODEV it is not Xen.
 */
int txen_hypervisor(const struct txen_hv **hv)
{
	if (!xen_domain()) {
		pr_info("not loaded: this machine does not run on Xen\n");
		return -ENODEV;
	}
	*hv = xen_feature(XENFEAT_auto_translated_physmap) ? &xen_hvm : &xen_pv;
	return 0;
}
