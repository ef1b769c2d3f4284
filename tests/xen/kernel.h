/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel.h - the stand-in hypervisor in a kernel: what its frames are
 *
 * Frames are numbers of this kernel's own pages: plain, as in an HVM guest, or
 * scrambled, as machine frames in a PV guest are.
 */
#ifndef _TEST_XEN_KERNEL_H
#define _TEST_XEN_KERNEL_H

#include "standin.h"

struct page;

/* struct sd_hv's copy, for both kinds of frames. */
bool sd_copy_pv(struct sd_domain *dom, u64 frame, void *data, bool write);
bool sd_copy_hvm(struct sd_domain *dom, u64 frame, void *data, bool write);
/* struct txen_hv's frame. */
u64 sd_frame_pv(struct page *page);
u64 sd_frame_hvm(struct page *page);

#endif /* _TEST_XEN_KERNEL_H */
