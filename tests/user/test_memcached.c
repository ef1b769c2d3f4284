// SPDX-License-Identifier: GPL-2.0
/*
 * test_memcached.c - what src/memcached says, reads and decides, as it is
 *
 *	test_memcached [PROGRAM...]
 *
 * Tables, answers that come in pieces and cut short, and, if it is said how
 * to start one, a real memcached: PROGRAM is called with the port to listen on
 * and its number of MB.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../src/memcached/health.h"
#include "../../src/memcached/proto.h"
#include "test.h"

#define VALUE_MAX	4112

static const u8 prefix[MC_PREFIX_LEN] = "0123456789abcdef";

/* --- commands ------------------------------------------------------------------ */

static void said(const char *buf, unsigned int len, const char *want)
{
	if (len != strlen(want) || memcmp(buf, want, len))
		test_fail(__FILE__, __LINE__, "%.*s is not %s", len, buf, want);
}

static void commands(void)
{
	char *buf = malloc(MC_COMMAND_MAX);

	said(buf, mc_say_put(buf, prefix, 0x3132333435363738, 5),
	     "ms MDEyMzQ1Njc4OWFiY2RlZjEyMzQ1Njc4 5 b q\r\n");
	said(buf, mc_say_put(buf, prefix, ~0ULL, ~0U),
	     "ms MDEyMzQ1Njc4OWFiY2RlZv////////// 4294967295 b q\r\n");
	said(buf, mc_say_get(buf, prefix, 1, 0x0123456789abcdef),
	     "mg MDEyMzQ1Njc4OWFiY2RlZgAAAAAAAAAB b q v O0123456789abcdef\r\n");
	said(buf, mc_say_drop(buf, prefix, 0),
	     "md MDEyMzQ1Njc4OWFiY2RlZgAAAAAAAAAA b q\r\n");
	said(buf, mc_say_end(buf), "mn\r\n");
	free(buf);
}

/* --- answers ------------------------------------------------------------------- */

/* In memory of just that size, so that ASan sees the first byte too many. */
static int parse(const void *bytes, size_t n, struct mc_answer *a)
{
	u8 *buf = malloc(n ? n : 1);
	int ret;

	memcpy(buf, bytes, n);
	ret = mc_parse(buf, n, VALUE_MAX, a);
	if (ret > 0 && a->kind == MC_VALUE) {
		CHECK(a->data > buf && a->data + a->len + 2 <= buf + n);
		/* compared by who calls */
		a->data = (const u8 *)bytes + (a->data - buf);
	}
	CHECK(ret <= (int)n);
	free(buf);
	return ret;
}

static void answers(void)
{
	static const struct {
		const char *bytes;
		int ret;
		enum mc_answer_kind kind;
		u64 opaque;
		const char *data;
	} cases[] = {
		{ "VA 5 O0123456789abcdef\r\nhello\r\n", 31, MC_VALUE, 0x0123456789abcdef, "hello" },
		{ "VA 0 O000000000000000f\r\n\r\nMN\r\n", 26, MC_VALUE, 15, "" },
		{ "VA 4 O0000000000000001\r\n\r\n\r\n\r\n", 30, MC_VALUE, 1, "\r\n\r\n" },
		{ "MN\r\nMN\r\n", 4, MC_END },
		{ "EN\r\n", 4, MC_OTHER },
		{ "HD\r\n", 4, MC_OTHER },
		{ "HD O17 k\r\n", 10, MC_OTHER },
		{ "NF\r\n", 4, MC_OTHER },
		{ "NS \r\n", 5, MC_REFUSED },
		{ "SERVER_ERROR out of memory storing object\r\n", 43, MC_REFUSED },
		/* what memcached never says */
		{ "\r\n", -EPROTO },
		{ "\n", -EPROTO },
		{ "MN\n", -EPROTO },
		{ "MNX\r\n", -EPROTO },
		{ "mn\r\n", -EPROTO },
		{ "VA\r\n", -EPROTO },
		{ "VA \r\n", -EPROTO },
		{ "VA 5\r\nhello\r\n", -EPROTO },
		{ "VA 5 O\r\nhello\r\n", -EPROTO },
		{ "VA 5 O0123456789abcde\r\nhello\r\n", -EPROTO },
		{ "VA 5 O0123456789ABCDEF\r\nhello\r\n", -EPROTO },
		{ "VA 5 O0123456789abcdef0\r\nhello\r\n", -EPROTO },
		{ "VA 5 O0123456789abcdef k\r\nhello\r\n", -EPROTO },
		{ "VA 5  O0123456789abcdef\r\nhello\r\n", -EPROTO },
		{ "VA  5 O0123456789abcdef\r\nhello\r\n", -EPROTO },
		{ "VA -1 O0123456789abcdef\r\nhello\r\n", -EPROTO },
		{ "VA 5x O0123456789abcdef\r\nhello\r\n", -EPROTO },
		{ "VA 4113 O0123456789abcdef\r\n", -EPROTO },
		{ "VA 4294967301 O0123456789abcdef\r\nhello\r\n", -EPROTO },
		{ "VA 18446744073709551621 O0123456789abcdef\r\nhello\r\n", -EPROTO },
		{ "VA 5 O0123456789abcdef\r\nhello,\r\n", -EPROTO },
		{ "VA 6 O0123456789abcdef\r\nhello\r\nMN\r\n", -EPROTO },
		{ "VALUE k 0 5\r\nhello\r\n", -EPROTO },
		{ "ERROR\r\n", -EPROTO },
		{ "CLIENT_ERROR bad data chunk\r\n", -EPROTO },
		/* not all there */
		{ "", 0 },
		{ "V", 0 },
		{ "VA 4112 O0123456789abcdef\r\n", 0 },
		{ "SERVER_ERROR\r", 0 },
	};
	struct mc_answer a;
	unsigned int i;
	size_t n;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!CHECK_EQ(parse(cases[i].bytes, strlen(cases[i].bytes), &a),
			      cases[i].ret))
			test_fail(__FILE__, __LINE__, "of %s", cases[i].bytes);
		if (cases[i].ret <= 0)
			continue;
		CHECK_EQ(a.kind, cases[i].kind);
		if (a.kind == MC_VALUE) {
			CHECK_EQ(a.opaque, cases[i].opaque);
			CHECK_EQ(a.len, strlen(cases[i].data));
			CHECK(!memcmp(a.data, cases[i].data, a.len));
		}
		for (n = 0; n < cases[i].ret; n++)
			CHECK_EQ(parse(cases[i].bytes, n, &a), 0);
	}
}

/* An answer is never longer than what there is room for. */
static void endless(void)
{
	static u8 buf[MC_ANSWER_MAX(VALUE_MAX)];
	struct mc_answer a;

	memset(buf, 'x', sizeof(buf));
	CHECK_EQ(parse(buf, MC_LINE_MAX - 1, &a), 0);
	CHECK_EQ(parse(buf, MC_LINE_MAX, &a), -EPROTO);
	memcpy(buf, "SERVER_ERROR ", 13);
	CHECK_EQ(parse(buf, sizeof(buf), &a), -EPROTO);
	buf[MC_LINE_MAX - 2] = '\r';
	buf[MC_LINE_MAX - 1] = '\n';
	CHECK_EQ(parse(buf, sizeof(buf), &a), MC_LINE_MAX);
	memcpy(buf, "VA 4112 O0123456789abcdef\r\n", 27);
	CHECK_EQ(parse(buf, sizeof(buf), &a), -EPROTO);
	memcpy(buf + 27 + VALUE_MAX, "\r\n", 2);
	CHECK_EQ(parse(buf, sizeof(buf), &a), 27 + VALUE_MAX + 2);
	CHECK(27 + VALUE_MAX + 2 <= MC_ANSWER_MAX(VALUE_MAX));
}

/* --- the breaker --------------------------------------------------------------- */

static void breaker(void)
{
	unsigned int pause = MC_PAUSE_MIN, i;
	struct mc_health h;
	u64 now = 1000;

	mc_health_init(&h, now);
	CHECK(mc_health_try(&h, now));
	mc_health_up(&h, now);
	CHECK(!mc_health_try(&h, now));
	/* late ones count in a row only */
	for (i = 0; i < 10 * MC_LATE_MAX; i++) {
		CHECK(!mc_health_late(&h, now += 50, 50));
		if (i % (MC_LATE_MAX - 1) == MC_LATE_MAX - 2)
			mc_health_good(&h);
	}
	mc_health_good(&h);
	/* and of those that waited at the same time, one */
	for (i = 1; i < 50; i++)
		CHECK(!mc_health_late(&h, now + i / 2, 50));
	for (i = 2; i < MC_LATE_MAX; i++) {
		CHECK(!mc_health_late(&h, now += 50, 50));
		CHECK(!mc_health_late(&h, now, 50));
		CHECK(!mc_health_late(&h, now + 49, 50));
	}
	CHECK(mc_health_late(&h, now += 50, 50));
	/* each pause is twice the last, up to a limit */
	for (i = 0; i < 12; i++) {
		mc_health_down(&h, now);
		CHECK(!h.up);
		CHECK(!mc_health_try(&h, now + pause - 1));
		now += pause;
		CHECK(mc_health_try(&h, now));
		mc_health_up(&h, now);
		CHECK_EQ(h.late, 0);
		pause = min_t(unsigned int, pause * 2, MC_PAUSE_MAX);
	}
	CHECK_EQ(pause, MC_PAUSE_MAX);
	/* but what worked for a while is tried soon */
	now += MC_PAUSE_FORGET - 1;
	mc_health_down(&h, now);
	CHECK(!mc_health_try(&h, now + MC_PAUSE_MAX - 1));
	now += MC_PAUSE_MAX;
	mc_health_up(&h, now);
	now += MC_PAUSE_FORGET;
	mc_health_down(&h, now);
	CHECK(mc_health_try(&h, now + MC_PAUSE_MIN));
	/* having been down for long is no merit */
	now += MC_PAUSE_MIN;
	mc_health_down(&h, now + MC_PAUSE_FORGET);
	CHECK(!mc_health_try(&h, now + MC_PAUSE_FORGET + 2 * MC_PAUSE_MIN - 1));
}

static void picks(void)
{
	u64 salts[5], state = 1;
	unsigned int hits[5] = {}, moved = 0, to[5] = {}, i, a, b;

	for (i = 0; i < 5; i++)
		salts[i] = rnd(&state);
	for (i = 1; i <= 100000; i++) {
		a = mc_pick(i, salts, 5);
		b = mc_pick(i, salts, 4);
		CHECK(a < 5 && b < 4);
		hits[a]++;
		if (a == b)
			continue;
		/* only what the fifth has comes from elsewhere */
		CHECK_EQ(a, 4);
		moved++;
		to[b]++;
	}
	for (i = 0; i < 5; i++)
		CHECK(hits[i] > 19000 && hits[i] < 21000);
	CHECK_EQ(moved, hits[4]);
	for (i = 0; i < 4; i++)
		CHECK(to[i] > 4500 && to[i] < 5500);
	CHECK_EQ(mc_pick(7, salts, 1), 0);
}

/* --- a real one ---------------------------------------------------------------- */

static char **program;
static pid_t pid;

static int port_free(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (void *)&in, len) ||
	    getsockname(fd, (void *)&in, &len))
		return -1;
	close(fd);
	return ntohs(in.sin_port);
}

static int connect_to(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd, i;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(port);
	for (i = 0; i < 200; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (!connect(fd, (void *)&in, sizeof(in)))
			return fd;
		close(fd);
		usleep(50000);
	}
	return -1;
}

static int start(void)
{
	char number[16];
	char *argv[16];
	int i, port = port_free();

	for (i = 0; program[i] && i < 13; i++)
		argv[i] = program[i];
	snprintf(number, sizeof(number), "%d", port);
	argv[i++] = number;
	argv[i++] = "64";
	argv[i] = NULL;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(argv[0], argv);
		_exit(127);
	}
	return connect_to(port);
}

static void send_all(int fd, const void *buf, size_t n)
{
	CHECK_EQ(write(fd, buf, n), (long long)n);
}

/* Answers until MN: how many values, each checked; refused ones in *@refused. */
static int values(int fd, unsigned int *refused)
{
	static u8 buf[MC_ANSWER_MAX(VALUE_MAX)];
	struct mc_answer a;
	size_t have = 0;
	int n = 0, ret;
	u32 i;

	*refused = 0;
	for (;;) {
		ret = mc_parse(buf, have, VALUE_MAX, &a);
		if (!CHECK(ret >= 0))
			return -1;
		if (!ret) {
			ret = read(fd, buf + have, sizeof(buf) - have);
			if (!CHECK(ret > 0))
				return -1;
			have += ret;
			continue;
		}
		if (a.kind == MC_END)
			break;
		*refused += a.kind == MC_REFUSED;
		if (a.kind == MC_VALUE) {
			n++;
			CHECK_EQ(a.len, a.opaque % VALUE_MAX + 1);
			for (i = 0; i < a.len; i++)
				if (a.data[i] != (u8)(a.opaque + i))
					break;
			CHECK_EQ(i, a.len);
		}
		have -= ret;
		memmove(buf, buf + ret, have);
	}
	CHECK_EQ(have, ret);
	return n;
}

static void put_value(int fd, u64 number)
{
	char buf[MC_COMMAND_MAX + VALUE_MAX + 2];
	u32 len = number % VALUE_MAX + 1, i;
	unsigned int n = mc_say_put(buf, prefix, number, len);

	for (i = 0; i < len; i++)
		buf[n + i] = number + i;
	memcpy(buf + n + len, "\r\n", 2);
	send_all(fd, buf, n + len + 2);
}

#define NUMBERS	2000

static void real(void)
{
	char buf[64 * MC_COMMAND_MAX + 8];
	unsigned int refused, n, i, got = 0;
	int fd = start();
	u64 number;

	if (!CHECK(fd >= 0))
		return;
	for (i = 0; i < NUMBERS; i++)
		put_value(fd, i * 37);
	n = mc_say_end(buf);
	send_all(fd, buf, n);
	CHECK_EQ(values(fd, &refused), 0);
	CHECK_EQ(refused, 0);
	/* as a read-ahead asks: many at once, every second one is not there */
	for (number = 0; number < 2 * NUMBERS; number += 64) {
		for (i = n = 0; i < 64; i++)
			n += mc_say_get(buf + n, prefix, (number + i) / 2 * 37 +
					(number + i) % 2, (number + i) / 2 * 37 +
					(number + i) % 2);
		n += mc_say_end(buf + n);
		send_all(fd, buf, n);
		got += values(fd, &refused);
	}
	CHECK_EQ(got, NUMBERS);
	for (i = 0; i < NUMBERS; i += 2) {
		n = mc_say_drop(buf, prefix, i * 37);
		n += mc_say_drop(buf + n, prefix, i * 37);
		send_all(fd, buf, n);
	}
	send_all(fd, buf, mc_say_end(buf));
	CHECK_EQ(values(fd, &refused), 0);
	for (i = got = 0; i < NUMBERS; i++) {
		n = mc_say_get(buf, prefix, i * 37, i * 37);
		n += mc_say_end(buf + n);
		send_all(fd, buf, n);
		got += values(fd, &refused);
	}
	CHECK_EQ(got, NUMBERS / 2);
	/* one that is too large for it, and the connection goes on */
	n = mc_say_put(buf, prefix, 1, 2 << 20);
	send_all(fd, buf, n);
	memset(buf, 'x', sizeof(buf));
	for (i = 2 << 20; i; i -= n) {
		n = min_t(unsigned int, i, sizeof(buf));
		send_all(fd, buf, n);
	}
	send_all(fd, "\r\nmn\r\n", 6);
	CHECK_EQ(values(fd, &refused), 0);
	CHECK_EQ(refused, 1);
	close(fd);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	test_run("commands", commands);
	test_run("answers", answers);
	test_run("endless answers", endless);
	test_run("the breaker", breaker);
	test_run("which server", picks);
	program = argv + 1;
	if (argc > 1)
		test_run("a real memcached", real);
	return test_end();
}
