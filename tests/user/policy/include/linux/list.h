/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LIST_H
#define _SHIM_LIST_H

#include <linux/types.h>

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define list_last_entry(head, type, member) \
	container_of((head)->prev, type, member)

#define list_for_each_entry_reverse(pos, head, member)			  \
	for (pos = list_last_entry(head, __typeof__(*pos), member);	  \
	     &pos->member != (head);					  \
	     pos = list_last_entry(&pos->member, __typeof__(*pos), member))

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void list_add(struct list_head *n, struct list_head *h)
{
	n->next = h->next;
	n->prev = h;
	h->next->prev = n;
	h->next = n;
}

static inline void list_del(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	n->next = NULL;
	n->prev = NULL;
}

static inline void list_move(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add(n, h);
}

#endif
