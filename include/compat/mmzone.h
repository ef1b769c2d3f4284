/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All zones that have memory.
 *
 * for_each_populated_zone() calls functions that no kernel exports.
 */
#ifndef _TMEM_COMPAT_MMZONE_H
#define _TMEM_COMPAT_MMZONE_H

#include <linux/mmzone.h>
#include <linux/nodemask.h>

/* The zone after @zone, or the first if that is NULL; NULL: there is none. */
static inline struct zone *tmem_next_populated_zone(struct zone *zone)
{
	int nid = zone ? zone_to_nid(zone) : first_online_node;
	int i = zone ? zone_idx(zone) + 1 : 0;

	for (; nid < MAX_NUMNODES; nid = next_online_node(nid), i = 0) {
		for (; i < MAX_NR_ZONES; i++) {
			zone = &NODE_DATA(nid)->node_zones[i];
			if (populated_zone(zone))
				return zone;
		}
	}
	return NULL;
}

#define tmem_for_each_populated_zone(zone)				\
	for ((zone) = tmem_next_populated_zone(NULL); (zone);		\
	     (zone) = tmem_next_populated_zone(zone))

#endif /* _TMEM_COMPAT_MMZONE_H */
