/* SPDX-License-Identifier: GPL-2.0 */
/* One thread runs all work items, one after the other. */
#ifndef _LINUX_WORKQUEUE_H
#define _LINUX_WORKQUEUE_H

#include <linux/types.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
	struct work_struct *next;
	bool pending;		/* shim.c's lock */
};

struct workqueue_struct;

#define __WORK_INITIALIZER(name, f)	{ .func = (f) }
#define DECLARE_WORK(name, f)						\
	struct work_struct name = __WORK_INITIALIZER(name, f)
#define INIT_WORK(w, f)							\
	(*(w) = (struct work_struct)__WORK_INITIALIZER(, f))

bool schedule_work(struct work_struct *work);
bool flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);

#define system_wq			((struct workqueue_struct *)NULL)
#define system_unbound_wq		((struct workqueue_struct *)NULL)
#define system_dfl_wq			((struct workqueue_struct *)NULL)
#define queue_work(wq, work)		schedule_work(work)

/* Time passes only in shim_fire_timers(). */
struct delayed_work {
	struct work_struct work;
	struct delayed_work *next;
	bool waits;		/* shim.c's lock */
};

#define DECLARE_DELAYED_WORK(name, f)					\
	struct delayed_work name = { .work = __WORK_INITIALIZER(name, f) }

bool shim_delay_work(struct delayed_work *dwork, unsigned long delay,
		     bool again);
bool cancel_delayed_work_sync(struct delayed_work *dwork);

#define queue_delayed_work(wq, dwork, delay) shim_delay_work(dwork, delay, false)
#define mod_delayed_work(wq, dwork, delay) shim_delay_work(dwork, delay, true)

#endif /* _LINUX_WORKQUEUE_H */
