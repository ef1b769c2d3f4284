// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_memcached.c - a libFuzzer target: bytes are what a server says
 *
 * The first byte says how the others come in pieces.  Whatever they are, the
 * answers are the same as if they had come at once, are in the buffer, and are
 * never longer than what there is room for.
 */
#include <stdlib.h>
#include <string.h>
#include "../../src/memcached/proto.h"
#include "test.h"

/* Short, so that what is too long is found soon. */
#define VALUE_MAX	48

static void must(bool holds)
{
	/* libFuzzer takes an abort for a finding and keeps the input. */
	if (!holds)
		abort();
}

/* In memory of just that size. */
static int parse(const u8 *bytes, size_t n, struct mc_answer *a)
{
	u8 *buf = malloc(n ? n : 1);
	int ret;

	memcpy(buf, bytes, n);
	ret = mc_parse(buf, n, VALUE_MAX, a);
	must(ret <= (int)n);
	must(ret || n < MC_ANSWER_MAX(VALUE_MAX));
	if (ret > 0 && a->kind == MC_VALUE) {
		must(a->len <= VALUE_MAX && a->data >= buf &&
		     a->data + a->len + 2 <= buf + ret);
		a->data = bytes + (a->data - buf);
	}
	free(buf);
	return ret;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	size_t at = 1, have = 0, piece;
	struct mc_answer a, b;
	int ret;

	if (!size)
		return 0;
	piece = data[0] % 64 + 1;
	while (at + have < size) {
		have = min_t(size_t, have + piece, size - at);
		while ((ret = parse(data + at, have, &a)) > 0) {
			/* with all the rest there it says the same */
			must(parse(data + at, size - at, &b) == ret);
			must(a.kind == b.kind && a.opaque == b.opaque &&
			     a.data == b.data && a.len == b.len);
			/* and with a byte less, nothing */
			must(!parse(data + at, ret - 1, &b));
			at += ret;
			have -= ret;
		}
		if (ret < 0) {
			must(parse(data + at, size - at, &b) < 0);
			break;
		}
	}
	return 0;
}
