/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xen.h - the shim on the stand-in hypervisor, for test programs
 *
 * Pages are an arena; each has a frame number, PV style (scattered, as machine
 * frames are) or HVM style (its own number).  The last pages are not ordinary
 * memory: the shim must not pass them.
 */
#ifndef _TEST_XEN_H
#define _TEST_XEN_H

#include <linux/kernel.h>
#include <tmem/backend.h>
#include "../xen/standin.h"
#include "../../src/xen/xen.h"
#include "host.h"

#define XEN_PAGES	64
#define XEN_FOREIGN	(XEN_PAGES - 4)	/* and above */

struct xen_rig {
	struct sd_hv hv;
	struct page pages[XEN_PAGES];
	unsigned int written[SD_FRAMES];
	bool pv;
	bool frames_fail;		/* frames are not to be had at all */
	unsigned long bad_frames;	/* frames passed that the domain has not */
	u64 random;
};

extern struct xen_rig rig;
extern const struct txen_hv rig_hv;
/* A shim that does not touch pages before it passes them. */
extern const struct txen_hv rig_hv_untouched;
/* What the shim registered, or NULL. */
extern const struct tmem_backend_ops *rig_backend;

/* Every so many'th call of this thread takes its time; 0: none does. */
extern __thread unsigned int rig_slow;
/* Called in every call of this thread. */
extern __thread void (*rig_in_call)(void);

/* A hypervisor with @memory pages of tmem, and the shim on it. */
void rig_start(bool pv, long memory);
/* The same without the shim. */
void rig_start_hv(bool pv, long memory);
void rig_stop(void);

u64 rig_frame(const struct page *page);
/* One operation past the shim, of domain @dom. */
int rig_op(unsigned int dom, u32 cmd, int pool, u64 oid, u32 index, u64 frame);
/* The uuid's second word is the complement of the first; 0: none. */
int rig_new_pool(unsigned int dom, u32 flags, u64 uuid);

/* The @nth page, as the contents of version @version of a handle. */
struct page *rig_page(unsigned int nth, u64 pool, u64 oid, u32 index,
		      u64 version);
/* Which version the @nth page holds; 0: something else. */
u64 rig_version(unsigned int nth, u64 pool, u64 oid, u32 index);

#endif /* _TEST_XEN_H */
