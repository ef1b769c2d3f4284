/* SPDX-License-Identifier: GPL-2.0 */
/* Named in headers only. */
#ifndef _LINUX_LLIST_H
#define _LINUX_LLIST_H

struct llist_node {
	struct llist_node *next;
};

#endif /* _LINUX_LLIST_H */
