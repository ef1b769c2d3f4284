/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the tmem core: one for every operation, in
 * /sys/kernel/tracing/events/tmem/.  Handles are printed as
 * client:pool oid2:oid1:oid0 index.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tmem

#if !defined(_TMEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TMEM_TRACE_H

#include <linux/tracepoint.h>
#include <tmem/offer.h>
#include <tmem/tmem.h>

DECLARE_EVENT_CLASS(tmem_page_op,
	TP_PROTO(u32 client, int pool, const struct tmem_oid *oidp, u32 index,
		 int ret),
	TP_ARGS(client, pool, oidp, index, ret),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(int, pool)
		__array(u64, oid, 3)
		__field(u32, index)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->pool = pool;
		memcpy(__entry->oid, oidp->oid, sizeof(oidp->oid));
		__entry->index = index;
		__entry->ret = ret;
	),
	TP_printk("%u:%d %llx:%llx:%llx %u ret=%d", __entry->client,
		  __entry->pool, __entry->oid[2], __entry->oid[1],
		  __entry->oid[0], __entry->index, __entry->ret)
);

#define TMEM_PAGE_EVENT(name)						\
DEFINE_EVENT(tmem_page_op, name,					\
	TP_PROTO(u32 client, int pool, const struct tmem_oid *oidp,	\
		 u32 index, int ret),					\
	TP_ARGS(client, pool, oidp, index, ret))

TMEM_PAGE_EVENT(tmem_put);
TMEM_PAGE_EVENT(tmem_get);
TMEM_PAGE_EVENT(tmem_flush_page);

/* Of a run: bit i of the bitmaps is page index + i. */
DECLARE_EVENT_CLASS(tmem_run_op,
	TP_PROTO(u32 client, int pool, const struct tmem_run *run),
	TP_ARGS(client, pool, run),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(int, pool)
		__array(u64, oid, 3)
		__field(u32, index)
		__field(u32, nr)
		__field(u32, want)
		__field(u32, done)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->pool = pool;
		memcpy(__entry->oid, run->oidp->oid, sizeof(run->oidp->oid));
		__entry->index = run->index;
		__entry->nr = run->nr;
		__entry->want = run->want;
		__entry->done = run->done;
	),
	TP_printk("%u:%d %llx:%llx:%llx %u+%u want=%x done=%x",
		  __entry->client, __entry->pool, __entry->oid[2],
		  __entry->oid[1], __entry->oid[0], __entry->index,
		  __entry->nr, __entry->want, __entry->done)
);

#define TMEM_RUN_EVENT(name)						\
DEFINE_EVENT(tmem_run_op, name,						\
	TP_PROTO(u32 client, int pool, const struct tmem_run *run),	\
	TP_ARGS(client, pool, run))

TMEM_RUN_EVENT(tmem_put_pages);
TMEM_RUN_EVENT(tmem_get_pages);

TRACE_EVENT(tmem_offer,
	TP_PROTO(int pool, const struct tmem_oid *oidp, u32 index, u32 nr,
		 unsigned int hints, int verdict),
	TP_ARGS(pool, oidp, index, nr, hints, verdict),
	TP_STRUCT__entry(
		__field(int, pool)
		__array(u64, oid, 3)
		__field(u32, index)
		__field(u32, nr)
		__field(unsigned int, hints)
		__field(int, verdict)
	),
	TP_fast_assign(
		__entry->pool = pool;
		memcpy(__entry->oid, oidp->oid, sizeof(oidp->oid));
		__entry->index = index;
		__entry->nr = nr;
		__entry->hints = hints;
		__entry->verdict = verdict;
	),
	TP_printk("%d %llx:%llx:%llx %u+%u %s%s%s%s%s%s%s-> %s", __entry->pool,
		  __entry->oid[2], __entry->oid[1], __entry->oid[0],
		  __entry->index, __entry->nr,
		  __entry->hints & TMEM_HINT_USED ? "used " : "",
		  __entry->hints & TMEM_HINT_RAW ? "raw " : "",
		  __entry->hints & TMEM_HINT_CONTAINER ? "container " : "",
		  __entry->hints & TMEM_HINT_DROPPED ? "dropped " : "",
		  __entry->hints & TMEM_HINT_WRITTEN ? "written " : "",
		  __entry->hints & TMEM_HINT_CHEAP ? "cheap " : "",
		  __entry->hints & TMEM_HINT_DEAR ? "dear " : "",
		  __print_symbolic(__entry->verdict,
			{ TMEM_OFFER_TAKE,		"take" },
			{ TMEM_OFFER_RAW,		"incompressible" },
			{ TMEM_OFFER_NO_ROOM,		"no room" },
			{ TMEM_OFFER_CONTAINER,		"container" },
			{ TMEM_OFFER_NO_GAIN,		"no gain" },
			{ TMEM_OFFER_NO_EVIDENCE,	"no evidence" },
			{ TMEM_OFFER_CHEAP,		"cheap to read" }))
);

TRACE_EVENT(tmem_flush_range,
	TP_PROTO(u32 client, int pool, const struct tmem_oid *oidp, u32 first,
		 u32 last, int ret),
	TP_ARGS(client, pool, oidp, first, last, ret),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(int, pool)
		__array(u64, oid, 3)
		__field(u32, first)
		__field(u32, last)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->pool = pool;
		memcpy(__entry->oid, oidp->oid, sizeof(oidp->oid));
		__entry->first = first;
		__entry->last = last;
		__entry->ret = ret;
	),
	TP_printk("%u:%d %llx:%llx:%llx %u-%u ret=%d", __entry->client,
		  __entry->pool, __entry->oid[2], __entry->oid[1],
		  __entry->oid[0], __entry->first, __entry->last,
		  __entry->ret)
);

TRACE_EVENT(tmem_flush_object,
	TP_PROTO(u32 client, int pool, const struct tmem_oid *oidp, int ret),
	TP_ARGS(client, pool, oidp, ret),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(int, pool)
		__array(u64, oid, 3)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->pool = pool;
		memcpy(__entry->oid, oidp->oid, sizeof(oidp->oid));
		__entry->ret = ret;
	),
	TP_printk("%u:%d %llx:%llx:%llx ret=%d", __entry->client,
		  __entry->pool, __entry->oid[2], __entry->oid[1],
		  __entry->oid[0], __entry->ret)
);

DECLARE_EVENT_CLASS(tmem_page_leaves,
	TP_PROTO(u32 client, const struct tmem_oid *oidp, u32 index),
	TP_ARGS(client, oidp, index),
	TP_STRUCT__entry(
		__field(u32, client)
		__array(u64, oid, 3)
		__field(u32, index)
	),
	TP_fast_assign(
		__entry->client = client;
		memcpy(__entry->oid, oidp->oid, sizeof(oidp->oid));
		__entry->index = index;
	),
	TP_printk("%u %llx:%llx:%llx %u", __entry->client, __entry->oid[2],
		  __entry->oid[1], __entry->oid[0], __entry->index)
);

DEFINE_EVENT(tmem_page_leaves, tmem_evict,
	TP_PROTO(u32 client, const struct tmem_oid *oidp, u32 index),
	TP_ARGS(client, oidp, index)
);

DEFINE_EVENT(tmem_page_leaves, tmem_remotify,
	TP_PROTO(u32 client, const struct tmem_oid *oidp, u32 index),
	TP_ARGS(client, oidp, index)
);

DEFINE_EVENT(tmem_page_leaves, tmem_replace,
	TP_PROTO(u32 client, const struct tmem_oid *oidp, u32 index),
	TP_ARGS(client, oidp, index)
);

TRACE_EVENT(tmem_localify,
	TP_PROTO(u32 client, const struct tmem_run *run, u32 asked, u32 got),
	TP_ARGS(client, run, asked, got),
	TP_STRUCT__entry(
		__field(u32, client)
		__array(u64, oid, 3)
		__field(u32, index)
		__field(u32, asked)
		__field(u32, got)
	),
	TP_fast_assign(
		__entry->client = client;
		memcpy(__entry->oid, run->oidp->oid, sizeof(run->oidp->oid));
		__entry->index = run->index;
		__entry->asked = asked;
		__entry->got = got;
	),
	TP_printk("%u %llx:%llx:%llx %u asked=%08x got=%08x", __entry->client,
		  __entry->oid[2], __entry->oid[1], __entry->oid[0],
		  __entry->index, __entry->asked, __entry->got)
);

TRACE_EVENT(tmem_new_pool,
	TP_PROTO(u32 client, u32 flags, int ret),
	TP_ARGS(client, flags, ret),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(u32, flags)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->flags = flags;
		__entry->ret = ret;
	),
	TP_printk("%u flags=%x ret=%d", __entry->client, __entry->flags,
		  __entry->ret)
);

TRACE_EVENT(tmem_destroy_pool,
	TP_PROTO(u32 client, int pool),
	TP_ARGS(client, pool),
	TP_STRUCT__entry(
		__field(u32, client)
		__field(int, pool)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->pool = pool;
	),
	TP_printk("%u:%d", __entry->client, __entry->pool)
);

TRACE_EVENT(tmem_remote_put,
	TP_PROTO(u64 number, u32 len, int ret),
	TP_ARGS(number, len, ret),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(u32, len)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->number = number;
		__entry->len = len;
		__entry->ret = ret;
	),
	TP_printk("%llu len=%u ret=%d", __entry->number, __entry->len,
		  __entry->ret)
);

TRACE_EVENT(tmem_remote_get,
	TP_PROTO(unsigned int nr, unsigned int got),
	TP_ARGS(nr, got),
	TP_STRUCT__entry(
		__field(unsigned int, nr)
		__field(unsigned int, got)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__entry->got = got;
	),
	TP_printk("nr=%u got=%u", __entry->nr, __entry->got)
);

#endif /* _TMEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH tmem
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
