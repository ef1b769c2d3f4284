/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints that are compiled in and never on; arguments are checked. */
#ifndef _LINUX_TRACEPOINT_H
#define _LINUX_TRACEPOINT_H

#include <linux/types.h>

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)		__VA_ARGS__
#define TP_STRUCT__entry(...)
#define TP_fast_assign(...)
#define TP_printk(...)
#define TP_CONDITION(...)
#define DECLARE_EVENT_CLASS(name, proto, args, tstruct, assign, print)
#define DEFINE_EVENT(template, name, proto, args)			\
static inline void trace_##name(proto) { }				\
static inline bool trace_##name##_enabled(void) { return false; }
#define TRACE_EVENT(name, proto, args, tstruct, assign, print)		\
	DEFINE_EVENT(, name, TP_PROTO(proto), TP_ARGS(args))

#endif /* _LINUX_TRACEPOINT_H */
