/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of tmem_selfballoon.ko, one for every step, in
 * /sys/kernel/tracing/events/tmem_selfballoon/.  Amounts are pages.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tmem_selfballoon

#if !defined(_TMEM_TRACE_SELFBALLOON_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TMEM_TRACE_SELFBALLOON_H

#include <linux/tracepoint.h>

/* Whether it goes on in this interval (enum sb_pause), and the signs for that. */
TRACE_EVENT(sb_pace,
	TP_PROTO(int pace, unsigned int rest, u64 stall_us,
		 unsigned long refaults, unsigned long hits),
	TP_ARGS(pace, rest, stall_us, refaults, hits),
	TP_STRUCT__entry(
		__field(int, pace)
		__field(unsigned int, rest)
		__field(u64, stall_us)
		__field(unsigned long, refaults)
		__field(unsigned long, hits)
	),
	TP_fast_assign(
		__entry->pace = pace;
		__entry->rest = rest;
		__entry->stall_us = stall_us;
		__entry->refaults = refaults;
		__entry->hits = hits;
	),
	TP_printk("pace=%d rest=%u stall_us=%llu refaults=%lu hits=%lu",
		  __entry->pace, __entry->rest, __entry->stall_us,
		  __entry->refaults, __entry->hits)
);

/* A step of reclaim. */
TRACE_EVENT(sb_step,
	TP_PROTO(unsigned long wanted, unsigned long done, int ret),
	TP_ARGS(wanted, done, ret),
	TP_STRUCT__entry(
		__field(unsigned long, wanted)
		__field(unsigned long, done)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->wanted = wanted;
		__entry->done = done;
		__entry->ret = ret;
	),
	TP_printk("wanted=%lu done=%lu ret=%d", __entry->wanted, __entry->done,
		  __entry->ret)
);

/* Memory that the store was asked for. */
TRACE_EVENT(sb_store,
	TP_PROTO(unsigned long wanted, unsigned long done),
	TP_ARGS(wanted, done),
	TP_STRUCT__entry(
		__field(unsigned long, wanted)
		__field(unsigned long, done)
	),
	TP_fast_assign(
		__entry->wanted = wanted;
		__entry->done = done;
	),
	TP_printk("wanted=%lu done=%lu", __entry->wanted, __entry->done)
);

/* Free pages, and those of them in blocks that are reported, before and after. */
TRACE_EVENT(sb_compact,
	TP_PROTO(unsigned long free, unsigned long before, unsigned long after),
	TP_ARGS(free, before, after),
	TP_STRUCT__entry(
		__field(unsigned long, free)
		__field(unsigned long, before)
		__field(unsigned long, after)
	),
	TP_fast_assign(
		__entry->free = free;
		__entry->before = before;
		__entry->after = after;
	),
	TP_printk("free=%lu blocks=%lu then=%lu", __entry->free,
		  __entry->before, __entry->after)
);

#endif /* _TMEM_TRACE_SELFBALLOON_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH tmem
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_selfballoon
#include <trace/define_trace.h>
