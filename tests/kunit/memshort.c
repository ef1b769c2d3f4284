// SPDX-License-Identifier: GPL-2.0
/*
 * memshort.c - a shortage of memory in which the kernel waits for itself
 *
 * Purpose: bring about, at a word, what src/zcache/stall.c is there for: free
 * pages below half of the min watermarks, so that tasks have to wait for kswapd,
 * and a DMA zone above its high watermark, so that kswapd does nothing.
 *
 * When it is loaded it takes blocks of the DMA zone.  After a write to parameter
 * `seconds` it takes pages past all watermarks, gives the DMA zone some of its
 * blocks back until kswapd is content, and holds the rest for that long.  Parameter
 * `lasted` says for how many seconds of these tasks would have had to wait.
 *
 * It takes what others set free, too, and how much that is hangs on how the CPUs
 * run: before anything is killed for it, it gives all back, and `lasted` stays
 * as it is.  The test then saw no shortage, and tries again.
 *
 * Locking: lists_lock for the lists.  The OOM notifier takes it, so nothing is
 * allocated under it that could end there: all of it is GFP_NOWAIT's kind.
 */
#define pr_fmt(fmt) "memshort: " fmt

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/oom.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

/* Blocks too large for the per-CPU lists: 64 KiB. */
#define DMA_ORDER 4
#define DMA_BLOCKS 128

/*
 * How often it looks, how often memory must have been short in a row without its
 * doing anything, and when it gives that up.
 */
#define TICKS_PER_SECOND 50
#define SETTLED 10
#define SETTLE_MAX (10 * TICKS_PER_SECOND)

static DEFINE_SPINLOCK(lists_lock);
static LIST_HEAD(dma_blocks);
static LIST_HEAD(taken);
static unsigned long nr_taken;
static unsigned int ticks, settled, seconds, lasted;
module_param(lasted, uint, 0444);

static struct zone *zone(int i)
{
	return &NODE_DATA(first_online_node)->node_zones[i];
}

static unsigned long free_in(int i)
{
	return zone_page_state_snapshot(zone(i), NR_FREE_PAGES);
}

static unsigned long dma_high(void)
{
	return high_wmark_pages(zone(ZONE_DMA)) +
	       zone(ZONE_DMA)->lowmem_reserve[MAX_NR_ZONES - 1];
}

/* Free pages, and half of the min watermarks. */
static void sums(unsigned long *free, unsigned long *half)
{
	int i;

	*free = *half = 0;
	for (i = 0; i <= ZONE_NORMAL; i++) {
		if (!populated_zone(zone(i)))
			continue;
		*free += free_in(i);
		*half += min_wmark_pages(zone(i));
	}
	*half /= 2;
}

static unsigned long give_back(struct list_head *list, unsigned int order)
{
	struct page *page, *next;
	unsigned long nr = 0;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		__free_pages(page, order);
		nr += 1UL << order;
	}
	return nr;
}

/*
 * See that the DMA zone has enough, so that kswapd goes to sleep, and take pages
 * of the others until tasks have to wait.  What was under way in between gives
 * pages back or takes some, so once is not enough.  Was there nothing to do?
 */
static bool make_short(void)
{
	/* for the rest of the world, and so that none is just enough */
	const unsigned long spare = 256;
	unsigned long free, half;
	struct page *page;
	bool nothing = true;
	LIST_HEAD(dma_pages);

	while (free_in(ZONE_DMA) < dma_high() + spare &&
	       !list_empty(&dma_blocks)) {
		page = list_first_entry(&dma_blocks, struct page, lru);
		list_del(&page->lru);
		__free_pages(page, DMA_ORDER);
		nothing = false;
	}
	for (;;) {
		sums(&free, &half);
		if (free - free_in(ZONE_DMA) + dma_high() + 2 * spare <= half)
			break;
		page = alloc_page(__GFP_MEMALLOC | __GFP_NOWARN);
		if (!page)
			break;
		if (page_zone(page) == zone(ZONE_DMA)) {
			list_add(&page->lru, &dma_pages);
			continue;
		}
		list_add(&page->lru, &taken);
		nr_taken++;
		nothing = false;
	}
	give_back(&dma_pages, 0);
	return nothing;
}

static void tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(tick_work, tick);

static void tick(struct work_struct *work)
{
	unsigned long free, half;

	ticks++;
	if (settled < SETTLED && ticks < SETTLE_MAX) {
		spin_lock(&lists_lock);
		settled = make_short() ? settled + 1 : 0;
		spin_unlock(&lists_lock);
		if (settled == SETTLED) {
			sums(&free, &half);
			pr_info("%lu pages taken in %u ticks; free %lu of %lu, DMA %lu of %lu\n",
				nr_taken, ticks, free, half, free_in(ZONE_DMA),
				dma_high());
			ticks = SETTLE_MAX;
		}
	} else if (!(ticks % TICKS_PER_SECOND)) {
		sums(&free, &half);
		if (free <= half)
			lasted++;
	}
	if (ticks < SETTLE_MAX + seconds * TICKS_PER_SECOND) {
		schedule_delayed_work(&tick_work, HZ / TICKS_PER_SECOND);
		return;
	}
	spin_lock(&lists_lock);
	give_back(&taken, 0);
	spin_unlock(&lists_lock);
	seconds = 0;
}

/* Nobody is to be killed for what this module holds. */
static int oom_notify(struct notifier_block *nb, unsigned long unused,
		      void *arg)
{
	unsigned long *freed = arg, nr;

	spin_lock(&lists_lock);
	nr = give_back(&taken, 0);
	/* what remains of the time is waited for */
	ticks = max_t(unsigned int, ticks, SETTLE_MAX);
	spin_unlock(&lists_lock);
	if (nr)
		pr_info("%lu pages given back before an OOM\n", nr);
	*freed += nr;
	return NOTIFY_OK;
}

static struct notifier_block oom_nb = {
	.notifier_call = oom_notify,
};

static int seconds_set(const char *val, const struct kernel_param *kp)
{
	unsigned int s;
	int ret = kstrtouint(val, 0, &s);

	if (ret)
		return ret;
	if (!s || seconds)
		return -EBUSY;
	lasted = 0;
	ticks = 0;
	settled = 0;
	seconds = s;
	schedule_delayed_work(&tick_work, 0);
	return 0;
}

static const struct kernel_param_ops seconds_ops = {
	.set = seconds_set,
	.get = param_get_uint,
};
module_param_cb(seconds, &seconds_ops, &seconds, 0600);

static int __init memshort_init(void)
{
	struct page *page;
	int i, ret;

	ret = register_oom_notifier(&oom_nb);
	if (ret)
		return ret;
	for (i = 0; i < DMA_BLOCKS; i++) {
		page = alloc_pages(GFP_KERNEL | GFP_DMA | __GFP_NOWARN,
				   DMA_ORDER);
		if (!page)
			break;
		list_add(&page->lru, &dma_blocks);
	}
	return 0;
}

static void __exit memshort_exit(void)
{
	cancel_delayed_work_sync(&tick_work);
	unregister_oom_notifier(&oom_nb);
	give_back(&taken, 0);
	give_back(&dma_blocks, DMA_ORDER);
}

module_init(memshort_init);
module_exit(memshort_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A shortage of memory for tests of tmem");
