/* SPDX-License-Identifier: GPL-2.0 */
/* Every lock begins with a dep_map; asserts look its owner up. */
#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

#include <linux/bug.h>

struct lock_class_key {
	const char *name;
	int id;			/* given at the first use */
	char irqs;		/* seen taken with irqs: 1 on, 2 off */
};

struct lockdep_map {
	struct lock_class_key *class;	/* NULL: of a class of its own */
	struct lock_class_key own;
	void *owner;			/* a thread's mark, or NULL */
};

#ifdef SHIM_FAST
#define lockdep_is_held(l)		((void)(l), 1)
#define lockdep_assert(cond)		((void)0)
#else
bool shim_lock_is_held(const struct lockdep_map *map);
#define lockdep_is_held(l)		shim_lock_is_held(&(l)->dep_map)
#define lockdep_assert(cond)		((void)WARN_ON(!(cond)))
#endif
#define lockdep_assert_held(l)		lockdep_assert(lockdep_is_held(l))
#define lockdep_assert_held_once(l)	lockdep_assert(lockdep_is_held(l))
#define lockdep_assert_not_held(l)	lockdep_assert(!lockdep_is_held(l))
#define lockdep_assert_irqs_disabled()	lockdep_assert(shim_irqs_disabled())
#define lockdep_assert_irqs_enabled()	lockdep_assert(!shim_irqs_disabled())
#define lockdep_assert_in_rcu_read_lock() lockdep_assert(shim_in_rcu())
#define lockdep_set_class(l, key)	((l)->dep_map.class = (key))

#endif /* _LINUX_LOCKDEP_H */
