/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_MUTEX_H
#define _LINUX_MUTEX_H

#include <pthread.h>
#include <linux/lockdep.h>

struct mutex {
	struct lockdep_map dep_map;
	pthread_mutex_t m;
};

#define DEFINE_MUTEX(name)						\
	struct mutex name = {						\
		.dep_map = { .own = { #name } },		\
		.m = PTHREAD_MUTEX_INITIALIZER,				\
	}

#define mutex_init(l) do {						\
	static struct lock_class_key __key = { .name = #l };			\
									\
	shim_mutex_init(l, &__key);					\
} while (0)

void shim_mutex_init(struct mutex *l, struct lock_class_key *class);
void mutex_destroy(struct mutex *l);
void mutex_lock(struct mutex *l);
int mutex_trylock(struct mutex *l);
void mutex_unlock(struct mutex *l);

static inline int mutex_lock_interruptible(struct mutex *l)
{
	mutex_lock(l);
	return 0;
}

#define mutex_is_locked(l)	lockdep_is_held(l)

#endif /* _LINUX_MUTEX_H */
