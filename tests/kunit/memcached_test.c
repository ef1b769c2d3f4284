// SPDX-License-Identifier: GPL-2.0
/*
 * memcached_test.c - KUnit tests of the client of memcached, without a network
 *
 * Names of servers, seals, and what the carrier says when there is nobody.
 * With servers: tests/guest/lib-remote.sh; answers: tests/user/test_memcached.c.
 *
 * modules: tmem_memcached
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <compat/module.h>
#include <compat/test_export.h>
#include "../../src/memcached/memcached.h"

static void test_addresses(struct kunit *test)
{
	static const char * const bad[] = {
		"x", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536",
		"1.2.3.4:1x", "1.2.3:1", "1.2.3.4.5:1", "::1:11211", "[::1]",
		"[::1]11211", "[::1:11211", "[fe80::1]:11211", "[g::]:1",
		"vsock:2", "vsock:2:", "vsock:2:0", "vsock:x:1", "vsock::1",
		"localhost:11211", "1.2.3.4:1,", ",1.2.3.4:1",
		"1.2.3.4:1,,1.2.3.5:1", "1.2.3.4:1,1.2.3.4:1",
		"1.2.3.4:1 1.2.3.5:1",
		"1.2.3.4:00000000000000000000000000000000000000000000000000000001",
	};
	struct mc_address *a = kunit_kzalloc(test, 3 * sizeof(*a), GFP_KERNEL);
	const struct sockaddr_in *in;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, a);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, mc_address_list(bad[i], a, 3), -EINVAL,
				    "%s", bad[i]);
	KUNIT_EXPECT_EQ(test, mc_address_list("", a, 3), 0);
	KUNIT_EXPECT_EQ(test, mc_address_list("\n\t", a, 3), 0);
	KUNIT_EXPECT_EQ(test, mc_address_list("1.2.3.4:1,1.2.3.4:2,1.2.3.4:3,1.2.3.4:4",
					      a, 3), -E2BIG);
	KUNIT_ASSERT_EQ(test, mc_address_list("10.0.0.1:11211,[fd00::1]:11212,vsock:2:70000\n",
					      a, 3), 3);
	KUNIT_EXPECT_EQ(test, (int)a[0].addr.ss_family, AF_INET);
	in = (struct sockaddr_in *)&a[0].addr;
	KUNIT_EXPECT_EQ(test, ntohl(in->sin_addr.s_addr), 0x0a000001U);
	KUNIT_EXPECT_EQ(test, (int)ntohs(in->sin_port), 11211);
	KUNIT_EXPECT_EQ(test, (int)a[1].addr.ss_family, AF_INET6);
	KUNIT_EXPECT_EQ(test, (int)a[2].addr.ss_family, AF_VSOCK);
	KUNIT_EXPECT_STREQ(test, (const char *)a[1].name, "[fd00::1]:11212");
}

static void one_seal(struct kunit *test, bool secret)
{
	const u32 len = 1000;
	u8 *data = kunit_kzalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);
	u8 *value = data + PAGE_SIZE / 2, *out = data + 2 * PAGE_SIZE;
	u8 *first = data + 5 * PAGE_SIZE / 2;
	u8 prefix[MC_PREFIX_LEN], other[MC_PREFIX_LEN];
	struct tmem_remote_name name = { .number = 77 };
	u32 n, i, same = 0;
	u64 seal;

	KUNIT_ASSERT_NOT_NULL(test, data);
	for (i = 0; i < len; i++)
		data[i] = i * 7;
	mc_seal_renew(secret);
	n = mc_seal_put(77, data, len, value, prefix, &name.seal);
	KUNIT_EXPECT_GT(test, n, len);
	KUNIT_EXPECT_LE(test, n, len + MC_SEAL_MAX);
	KUNIT_EXPECT_EQ(test, !memcmp(value, data, len), !secret);
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n, out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out, data, len), 0);

	/* any bit of it, a length, the number, the seal */
	for (i = 0; i < n * 8; i += 13) {
		value[i / 8] ^= 1 << i % 8;
		/* without secrecy the value's own seal is not looked at */
		if (secret || i / 8 < len)
			KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n,
							   out), -EBADMSG);
		value[i / 8] ^= 1 << i % 8;
	}
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n - 1, out), -EBADMSG);
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len - 1, value, n - 1, out), -EBADMSG);
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n + 1, out), -EBADMSG);
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, 0, out), -EBADMSG);
	name.number++;
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n, out), -EBADMSG);
	name.number--;
	name.seal ^= 1;
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n, out), -EBADMSG);
	name.seal ^= 1;

	/* A clone has used the number, with the same secret, for other bytes. */
	memcpy(first, value, len);
	data[0]++;
	n = mc_seal_put(77, data, len, value, other, &seal);
	KUNIT_EXPECT_NE(test, seal, name.seal);
	/* Nothing is learned of them by who has both: 4 bytes by chance. */
	for (i = 1; i < len; i++)
		same += value[i] == first[i];
	if (secret)
		KUNIT_EXPECT_LT(test, same, 50U);
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n, out), -EBADMSG);
	name.seal = seal;
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n, out), 0);

	/* nothing opens with another secret, and nothing is found with it */
	mc_seal_renew(secret);
	KUNIT_EXPECT_EQ(test, mc_seal_open(&name, len, value, n, out), -EBADMSG);
	mc_seal_put(78, data, len, value, other, &seal);
	KUNIT_EXPECT_NE(test, memcmp(prefix, other, sizeof(prefix)), 0);
}

static void test_sealed(struct kunit *test)
{
	one_seal(test, true);
}

static void test_open(struct kunit *test)
{
	one_seal(test, false);
	mc_seal_renew(true);
}

/* What is away is counted right beside a forget. */
static void test_counts(struct kunit *test)
{
	u64 old = tmem_remote_next() - 1, next = tmem_remote_next(), bytes;

	mc_carrier_count(old, 100, true);
	mc_carrier_count(old, 200, true);
	mc_params_renew("a test");
	KUNIT_EXPECT_EQ(test, mc_carrier_bytes(), 0ULL);
	/* who was about to drop, or had just put, what is forgotten now */
	mc_carrier_count(old, 100, false);
	mc_carrier_count(old, 100, true);
	KUNIT_EXPECT_EQ(test, mc_carrier_bytes(), 0ULL);
	mc_carrier_count(next, 300, true);
	bytes = mc_carrier_bytes();
	KUNIT_EXPECT_GT(test, bytes, 300ULL);
	mc_carrier_count(old, 200, false);
	KUNIT_EXPECT_EQ(test, mc_carrier_bytes(), bytes);
	mc_carrier_count(next, 300, false);
	KUNIT_EXPECT_EQ(test, mc_carrier_bytes(), 0ULL);
}

static int no_take(void *ctx, unsigned int i, const void *data)
{
	return -EIO;
}

/* Loaded without servers. */
static void test_nobody(struct kunit *test)
{
	struct tmem_remote_want want = {};
	u64 page[8] = {};

	KUNIT_EXPECT_TRUE(test, tmem_remote_there());
	KUNIT_EXPECT_EQ(test, tmem_remote_put(page, sizeof(page), &want.name),
			-EHOSTDOWN);
	want.len = 1;
	want.name.number = ~0ULL;
	KUNIT_EXPECT_EQ(test, tmem_remote_get(&want, 1, no_take, NULL), 0U);
	KUNIT_EXPECT_EQ(test, want.ret, -EHOSTDOWN);
	tmem_remote_drop(~0ULL, 1);
	mc_params_renew("a test");
	KUNIT_EXPECT_FALSE(test, tmem_remote_lost(~0ULL));
}

static struct kunit_case memcached_cases[] = {
	KUNIT_CASE(test_addresses),
	KUNIT_CASE(test_sealed),
	KUNIT_CASE(test_open),
	KUNIT_CASE(test_counts),
	KUNIT_CASE(test_nobody),
	{}
};

static struct kunit_suite memcached_suite = {
	.name = "tmem_memcached",
	.test_cases = memcached_cases,
};

kunit_test_suites(&memcached_suite);

TMEM_IMPORT_NS;
TMEM_IMPORT_TEST_NS;
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the client of memcached");
