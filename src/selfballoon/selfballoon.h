/* SPDX-License-Identifier: GPL-2.0 */
/*
 * selfballoon.h - what the files of the two selfballooning modules share
 *
 * The guest gives back memory that it does not need to the hypervisor, and
 * takes it back when it does: every few seconds a worker looks at the guest and
 * asks the policy (policy.h), and an actuator brings about what the policy says.
 * The policy is one pure function; there are two actuators:
 *
 *  - xen_selfballoon.ko sets the target of the kernel's Xen balloon driver.  It
 *    also brings pages of swap back from tmem when they have not grown for a
 *    while (selfshrinking).
 *
 *  - tmem_selfballoon.ko takes the page cache down to it, on hypervisors that
 *    are told of free pages: virtio-balloon with free page reporting, Hyper-V
 *    (giveback.h).
 *
 * Each half can be switched off.  Of xen_selfballoon.ko:
 *
 *	main.c		load and unload: which machine this is, boot words
 *	balloon.c	the guest as it is: the only file that knows Xen
 *	target.c	the actuator: a balloon's target, and what an OOM does to it
 *	frontswap.c	swap in tmem, if that module is loaded
 *	policy.c	pure functions
 *	worker.c	the worker
 *	sysfs.c		the nine files
 *
 * Locking: sb_lock (mutex) covers sb_tunables and all of the worker's state; the
 * targets have a spinlock of their own (target.c: what the OOM notifier may take).
 * There is one delayed work item and so never two workers: whatever is
 * switched on, it is queued, and while it is queued, that changes its time.
 * Only the worker queues it again, and only while a half is on.
 */
#ifndef _SELFBALLOON_H
#define _SELFBALLOON_H

#include <linux/mutex.h>
#include <linux/types.h>
#include "policy.h"

struct kobject;

/**
 * struct sb_machine - the guest and its balloon; tests have their own
 * @look: fill in all of @v but frontswap.  Process context, also in the midst
 *	of an OOM: may neither allocate memory nor wait for one who does.
 * @target: the balloon's target, whoever set it.  Any context.
 * @set_target: set it; pages.  A spinlock is held.
 */
struct sb_machine {
	void (*look)(struct sb_view *v);
	unsigned long (*target)(void);
	void (*set_target)(unsigned long pages);
};

/**
 * struct sb_actuator - what brings about what the policy says; called by the
 * worker alone
 * @start: begin.  Process context; may sleep; an errno is the worker's.
 * @stop: end: what was changed is put back, and an act that comes later does
 *	nothing.  Process context; may sleep.  Called once after a start that
 *	did not fail.
 * @look: fill in all of @v but frontswap, and return what @act is to know of
 *	that moment.  Process context; sb_lock held.
 * @act: bring the guest to @target pages, as current_pages of the view counts
 *	them, or towards it; @token is what the look returned.  Process context;
 *	may sleep; no lock held; one at a time.  Returns true if there is more to
 *	be done soon, since nobody seems to need it: after a part of the interval.
 */
struct sb_actuator {
	int (*start)(void);
	void (*stop)(void);
	unsigned int (*look)(struct sb_view *v);
	bool (*act)(unsigned long target, unsigned int token);
};

/**
 * struct sb_tunables - what the nine files show
 * @selfballooning: 0 or 1
 * @interval: seconds
 * @params: of the policy; params.reserved_mb is as set, 0: automatic
 * @selfshrinking: 0 or 1
 * @hysteresis: of selfshrinking
 * @inertia: of selfshrinking
 */
struct sb_tunables {
	unsigned int selfballooning, interval;
	struct sb_params params;
	unsigned int selfshrinking, hysteresis, inertia;
};

/* Defaults that a module may have its own of (shared.c). */
#ifndef SB_DOWNHYSTERESIS
#define SB_DOWNHYSTERESIS	8
#define SB_RESERVED_SHARE	10
#endif
#define SB_INTERVAL		5

extern struct mutex sb_lock;
extern struct sb_tunables sb_tunables;		/* sb_lock */

/* balloon.c */
int sb_machine_find(const struct sb_machine **machine, struct kobject **kobj);

/* frontswap.c */
unsigned long sb_frontswap_pages(void);
void sb_frontswap_come_home(unsigned long nr);

/* target.c */
extern const struct sb_actuator sb_balloon;
void sb_target_begin(const struct sb_machine *m);

/* worker.c */
int sb_worker_start(const struct sb_actuator *a);
void sb_worker_stop(void);
void sb_worker_kick(void);
void sb_worker_defer(void);
unsigned int sb_reserved_mb(void);

/* sysfs.c */
int sb_sysfs_init(struct kobject *kobj);
void sb_sysfs_exit(void);

/* main.c */
int sb_start(const struct sb_machine *machine, struct kobject *kobj);
void sb_stop(void);

#endif /* _SELFBALLOON_H */
