// SPDX-License-Identifier: GPL-2.0
/* xen.c - the shim on the stand-in hypervisor; see xen.h */
#include <string.h>
#include <unistd.h>
#include <linux/gfp.h>
#include <linux/random.h>
#include "xen.h"
#include "test.h"

struct xen_rig rig;
const struct tmem_backend_ops *rig_backend;

/* Prime to XEN_PAGES, so that frames are a permutation. */
#define SCATTER		37
#define FIRST_FRAME	0x123456ULL

u64 rig_frame(const struct page *page)
{
	u64 n = page - rig.pages;

	return rig.pv ? FIRST_FRAME + n * SCATTER % XEN_PAGES : n;
}

static struct page *page_of(u64 frame)
{
	unsigned int n;

	for (n = 0; n < XEN_FOREIGN; n++)
		if (rig_frame(&rig.pages[n]) == frame)
			return &rig.pages[n];
	return NULL;
}

static bool copy(struct sd_domain *dom, u64 frame, void *data, bool write)
{
	struct page *page = page_of(frame);

	if (!page) {
		rig.bad_frames++;
		return false;
	}
	if (write)
		memcpy(page, data, sizeof(*page));
	else
		memcpy(data, page, sizeof(*page));
	return true;
}

static u64 frame(struct page *page)
{
	if (rig.frames_fail || page - rig.pages >= XEN_FOREIGN)
		return TXEN_NO_FRAME;
	return rig_frame(page);
}

__thread unsigned int rig_slow;
__thread void (*rig_in_call)(void);

/* By now the caller knows the pool's id: time for that to change. */
static int call(struct xen_tmem_op *op)
{
	static __thread unsigned int calls;

	if (rig_in_call)
		rig_in_call();
	if (rig_slow && ++calls % rig_slow == 0)
		usleep(2000);
	return sd_call(&rig.hv.domains[0], op);
}

static void touch(struct page *page)
{
	sd_write(&rig.hv.domains[0], rig_frame(page));
}

const struct txen_hv rig_hv = { .call = call, .frame = frame, .touch = touch };
const struct txen_hv rig_hv_untouched = { .call = call, .frame = frame };

/* --- what the kernel and the registry would be -------------------------------- */

struct page *alloc_page(gfp_t gfp)
{
	return shim_should_fail() ? NULL : &rig.pages[XEN_FOREIGN - 1];
}

void __free_page(struct page *page)
{
}

u32 get_random_u32(void)
{
	return rnd(&rig.random);
}

int tmem_register_backend(const struct tmem_backend_ops *ops)
{
	rig_backend = ops;
	return 0;
}

int tmem_backend_yield(const struct tmem_backend_ops *ops)
{
	return -ENODEV;
}

int tmem_unregister_backend(const struct tmem_backend_ops *ops)
{
	rig_backend = NULL;
	return 0;
}

/* --- the rig -------------------------------------------------------------------- */

void rig_start_hv(bool pv, long memory)
{
	memset(&rig, 0, sizeof(rig));
	rig.pv = pv;
	rig.hv.built_in = true;
	rig.hv.enabled = true;
	rig.hv.memory = memory;
	rig.hv.copy = copy;
	rig.hv.page_size = sizeof(struct page);
	rig.hv.domains[0].written = pv ? NULL : rig.written;
	CHECK_EQ(sd_start(&rig.hv), 0);
}

void rig_start(bool pv, long memory)
{
	int i;

	rig_start_hv(pv, memory);
	for (i = 0; i < TXEN_EVENTS; i++)
		atomic_long_set(&txen_events[i], 0);
	CHECK_EQ(txen_start(&rig_hv), 0);
	CHECK(rig_backend);
}

void rig_stop(void)
{
	unsigned int id;

	memset(&rig.hv.mischief, 0, sizeof(rig.hv.mischief));
	txen_stop();
	CHECK(!rig_backend);
	/* The shim must not leave any pool behind. */
	for (id = 0; id < SD_MAX_POOLS; id++)
		CHECK(!rig.hv.domains[0].pools[id].used);
	CHECK_EQ(atomic_long_read(&rig.hv.violations), 0);
	CHECK(sd_stop(&rig.hv));
}

int rig_op(unsigned int dom, u32 cmd, int pool, u64 oid, u32 index, u64 frame)
{
	u8 op[SD_OP_SIZE] = { };

	memcpy(op + SD_CMD, &cmd, SD_CMD_SIZE);
	memcpy(op + SD_POOL, &pool, SD_POOL_SIZE);
	if (cmd != SD_DESTROY_POOL) {
		memcpy(op + SD_OID, &oid, sizeof(oid));
		memcpy(op + SD_INDEX, &index, SD_INDEX_SIZE);
		memcpy(op + SD_FRAME, &frame, SD_FRAME_SIZE);
	}
	return sd_call(&rig.hv.domains[dom], op);
}

int rig_new_pool(unsigned int dom, u32 flags, u64 uuid)
{
	u64 words[2] = { uuid, uuid ? ~uuid : 0 };
	u32 cmd = SD_NEW_POOL;
	u8 op[SD_OP_SIZE] = { };

	memcpy(op + SD_CMD, &cmd, SD_CMD_SIZE);
	memcpy(op + SD_UUID, words, SD_UUID_SIZE);
	memcpy(op + SD_FLAGS, &flags, SD_FLAGS_SIZE);
	return sd_call(&rig.hv.domains[dom], op);
}

struct page *rig_page(unsigned int nth, u64 pool, u64 oid, u32 index,
		      u64 version)
{
	struct stamp stamp = { pool, oid, index, version };

	page_fill(&rig.pages[nth], &stamp);
	return &rig.pages[nth];
}

u64 rig_version(unsigned int nth, u64 pool, u64 oid, u32 index)
{
	const struct page *page = &rig.pages[nth];

	if (!page_intact(page) || page->stamp.pool != pool ||
	    page->stamp.oid != oid || page->stamp.index != index)
		return 0;
	return page->stamp.version;
}
