/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory policies.
 *
 * "mm/mempolicy: unify the preferred_node and nodes" (5.14) took the nodes of a
 * policy out of a union.
 */
#ifndef _TMEM_COMPAT_MEMPOLICY_H
#define _TMEM_COMPAT_MEMPOLICY_H

#include <linux/mempolicy.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/version.h>

/* Leave of @nodes those that this task's policy binds it to, if it does. */
static inline void tmem_policy_bind(nodemask_t *nodes)
{
#ifdef CONFIG_NUMA
	struct mempolicy *pol = current->mempolicy;

	if (!pol || pol->mode != MPOL_BIND)
		return;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	nodes_and(*nodes, *nodes, pol->nodes);
#else
	nodes_and(*nodes, *nodes, pol->v.nodes);
#endif
#endif
}

#endif /* _TMEM_COMPAT_MEMPOLICY_H */
