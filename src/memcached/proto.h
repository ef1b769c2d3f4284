/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proto.h - what is said to memcached, and what it answers
 *
 * Numbers and bytes only, so that proto.c compiles in user space as well
 * (tests/user/test_memcached.c, fuzz_memcached.c).
 */
#ifndef _MEMCACHED_PROTO_H
#define _MEMCACHED_PROTO_H

#include <linux/types.h>

/* A key: a prefix for each secret, then the number; sent in base64. */
#define MC_PREFIX_LEN	16
#define MC_KEY_LEN	((MC_PREFIX_LEN + 8) / 3 * 4)

/* Any command without its value; any line of an answer, its end included. */
#define MC_COMMAND_MAX	80
#define MC_LINE_MAX	256

/*
 * Bytes that an answer takes beside a value: to a get, with the value's line;
 * to anything else, such as "SERVER_ERROR out of memory storing object".
 */
#define MC_VALUE_LINE	40
#define MC_ERROR_LINE	96

/* What must be at hand to see any answer whole, with a value of @max bytes. */
#define MC_ANSWER_MAX(max) (MC_LINE_MAX + (max) + 2)

/**
 * enum mc_answer_kind - what an answer says
 * @MC_VALUE: here is a value
 * @MC_END: all that was asked before the last mc_say_end() has been answered
 * @MC_REFUSED: a value was not taken
 * @MC_OTHER: nothing of interest
 */
enum mc_answer_kind {
	MC_VALUE,
	MC_END,
	MC_REFUSED,
	MC_OTHER,
};

/**
 * struct mc_answer - one answer
 * @kind: what it says
 * @opaque: MC_VALUE: what the question was marked with
 * @data: MC_VALUE: the value, in the buffer that was parsed
 * @len: MC_VALUE: its length in bytes
 */
struct mc_answer {
	enum mc_answer_kind kind;
	u64 opaque;
	const u8 *data;
	u32 len;
};

unsigned int mc_say_put(char *buf, const u8 *prefix, u64 number, u32 len);
unsigned int mc_say_get(char *buf, const u8 *prefix, u64 number, u64 opaque);
unsigned int mc_say_drop(char *buf, const u8 *prefix, u64 number);
unsigned int mc_say_end(char *buf);
int mc_parse(const u8 *buf, size_t have, u32 max, struct mc_answer *a);

#endif /* _MEMCACHED_PROTO_H */
