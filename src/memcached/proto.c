// SPDX-License-Identifier: GPL-2.0
/*
 * proto.c - memcached's meta commands, as far as they are used here
 *
 * Purpose: write commands, read answers.
 *
 *	ms KEY LEN b q		put: no answer unless it is refused
 *	mg KEY b q v OMARK	get: no answer if it is not there, else
 *				VA LEN OMARK and the value
 *	md KEY b q		drop: no answer that matters
 *	mn			answered by MN, when all before it has been
 *
 * Why this design: answers come from nobody whom we trust.  So the parser has
 * no state and no memory: it looks at the bytes that are at hand, whose number
 * has a fixed bound, and says how many of them are an answer.  It reads no
 * byte beyond those, allocates nothing, and gives up at the first byte that
 * is not what memcached would say; the connection is closed then.
 *
 * What a value is worth is not for this file to say: see seal.c.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "proto.h"

static const char mc_base64[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *mc_add(char *p, const char *s)
{
	while (*s)
		*p++ = *s++;
	return p;
}

static char *mc_add_key(char *p, const u8 *prefix, u64 number)
{
	u8 key[MC_PREFIX_LEN + 8];
	unsigned int i;
	u32 three;

	memcpy(key, prefix, MC_PREFIX_LEN);
	for (i = 0; i < 8; i++)
		key[MC_PREFIX_LEN + i] = number >> (56 - 8 * i);
	for (i = 0; i < sizeof(key); i += 3) {
		three = (u32)key[i] << 16 | (u32)key[i + 1] << 8 | key[i + 2];
		*p++ = mc_base64[three >> 18];
		*p++ = mc_base64[three >> 12 & 63];
		*p++ = mc_base64[three >> 6 & 63];
		*p++ = mc_base64[three & 63];
	}
	return p;
}

static char *mc_add_decimal(char *p, u32 n)
{
	char digits[10];
	unsigned int i = 0;

	do {
		digits[i++] = '0' + n % 10;
		n /= 10;
	} while (n);
	while (i)
		*p++ = digits[--i];
	return p;
}

static char *mc_add_mark(char *p, u64 mark)
{
	int shift;

	for (shift = 60; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[mark >> shift & 15];
	return p;
}

/**
 * mc_say_put - here is a value
 * @buf: for MC_COMMAND_MAX bytes; the value has to follow, and then "\r\n"
 * @prefix: MC_PREFIX_LEN bytes
 * @number: of the value
 * @len: its length in bytes
 *
 * Context: any.
 * Return: bytes written.
 */
unsigned int mc_say_put(char *buf, const u8 *prefix, u64 number, u32 len)
{
	char *p = mc_add_key(mc_add(buf, "ms "), prefix, number);

	p = mc_add_decimal(mc_add(p, " "), len);
	return mc_add(p, " b q\r\n") - buf;
}

/**
 * mc_say_get - give me a value
 * @buf: for MC_COMMAND_MAX bytes
 * @prefix: MC_PREFIX_LEN bytes
 * @number: of the value
 * @opaque: what the answer will be marked with
 *
 * Context: any.
 * Return: bytes written.
 */
unsigned int mc_say_get(char *buf, const u8 *prefix, u64 number, u64 opaque)
{
	char *p = mc_add_key(mc_add(buf, "mg "), prefix, number);

	p = mc_add_mark(mc_add(p, " b q v O"), opaque);
	return mc_add(p, "\r\n") - buf;
}

/**
 * mc_say_drop - a value is not wanted any more
 * @buf: for MC_COMMAND_MAX bytes
 * @prefix: MC_PREFIX_LEN bytes
 * @number: of the value
 *
 * Context: any.
 * Return: bytes written.
 */
unsigned int mc_say_drop(char *buf, const u8 *prefix, u64 number)
{
	char *p = mc_add_key(mc_add(buf, "md "), prefix, number);

	return mc_add(p, " b q\r\n") - buf;
}

/**
 * mc_say_end - say when all before this has been answered
 * @buf: for MC_COMMAND_MAX bytes
 *
 * Context: any.
 * Return: bytes written.
 */
unsigned int mc_say_end(char *buf)
{
	return mc_add(buf, "mn\r\n") - buf;
}

/* Does a line begin with these words, which nothing but a space may follow? */
static bool mc_is(const u8 *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !memcmp(line, word, n) &&
	       (len == n || line[n] == ' ');
}

/* The number at *@p; at most @max, or it is none. */
static bool mc_decimal(const u8 **p, const u8 *end, u32 max, u32 *n)
{
	u64 v = 0;
	const u8 *q = *p;

	while (q < end && *q >= '0' && *q <= '9') {
		v = v * 10 + (*q++ - '0');
		if (v > max)
			return false;
	}
	if (q == *p)
		return false;
	*p = q;
	*n = v;
	return true;
}

/* The mark at *@p: 16 digits as we write them. */
static bool mc_mark(const u8 **p, const u8 *end, u64 *mark)
{
	const u8 *q = *p;
	u64 v = 0;

	if (end - q < 16)
		return false;
	for (; q < *p + 16; q++) {
		if (*q >= '0' && *q <= '9')
			v = v << 4 | (*q - '0');
		else if (*q >= 'a' && *q <= 'f')
			v = v << 4 | (*q - 'a' + 10);
		else
			return false;
	}
	*p = q;
	*mark = v;
	return true;
}

/* "VA LEN OMARK", of @len bytes, and then the value. */
static int mc_parse_value(const u8 *line, size_t len, size_t have, u32 max,
			  struct mc_answer *a)
{
	const u8 *end = line + len, *p = line + 3;
	size_t all;

	if (len < 3 || !mc_decimal(&p, end, max, &a->len) || end - p < 2 ||
	    p[0] != ' ' || p[1] != 'O')
		return -EPROTO;
	p += 2;
	if (!mc_mark(&p, end, &a->opaque) || p != end)
		return -EPROTO;
	all = len + 2 + a->len + 2;
	if (have < all)
		return 0;
	if (line[all - 2] != '\r' || line[all - 1] != '\n')
		return -EPROTO;
	a->kind = MC_VALUE;
	a->data = line + len + 2;
	return all;
}

/**
 * mc_parse - see what an answer says
 * @buf: the bytes that have come
 * @have: how many
 * @max: the longest value that there can be
 * @a: becomes the first answer in @buf
 *
 * An answer takes at most MC_ANSWER_MAX(@max) bytes: with as many at hand this
 * never says that there are too few.
 *
 * Context: any.
 * Return: bytes that the answer takes; 0: it is not all there yet; -EPROTO:
 * memcached would not say that to what is asked here.
 */
int mc_parse(const u8 *buf, size_t have, u32 max, struct mc_answer *a)
{
	size_t look = min_t(size_t, have, MC_LINE_MAX), len;
	const u8 *nl = have ? memchr(buf, '\n', look) : NULL;

	memset(a, 0, sizeof(*a));
	if (!nl)
		return have < MC_LINE_MAX ? 0 : -EPROTO;
	len = nl - buf;
	if (!len || buf[len - 1] != '\r')
		return -EPROTO;
	len--;
	if (mc_is(buf, len, "VA"))
		return mc_parse_value(buf, len, have, max, a);
	if (mc_is(buf, len, "MN"))
		a->kind = MC_END;
	else if (mc_is(buf, len, "NS") || mc_is(buf, len, "SERVER_ERROR"))
		a->kind = MC_REFUSED;
	else if (mc_is(buf, len, "HD") || mc_is(buf, len, "EN") ||
		 mc_is(buf, len, "NF") || mc_is(buf, len, "EX"))
		a->kind = MC_OTHER;
	else
		return -EPROTO;
	return len + 2;
}
