// SPDX-License-Identifier: GPL-2.0
/*
 * seal.c - secrecy of values, and what one must match to be the one asked for
 *
 * Purpose: nobody who sees a value on its way or where it is kept learns
 * anything but its length, and nobody can pass another one off as it.
 *
 * Why this design: the seal, which is kept here, is a SipHash of number and bytes
 * with a key that nobody there knows.  Bytes are encrypted by XChaCha20-Poly1305
 * of the kernel's library: fast on every CPU, synchronous, nothing to allocate.
 * Its key is random and of this secret only; the prefix of the key is
 * authenticated along.
 *
 * The nonce is number and seal.  A number is never used twice by one machine; but
 * a clone of it has the same secret until it notices (forget.c), and may use the
 * number for other bytes.  With a nonce that both share, who keeps both values
 * would learn what differs, and could make others that open.  So it depends on
 * the bytes: it is the same one only for the same value.
 *
 * With secret=off, for a server and a way to it that may read everything,
 * values go as they are, followed by their seal.
 *
 * Invariants: with each new secret there is a new prefix, so that what was put
 * with the old one is not even found.
 *
 * Locking: mc_seal_lock covers the secret: written in mc_seal_renew() only.
 */
#include <crypto/chacha20poly1305.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rwsem.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include "memcached.h"

static_assert(MC_SEAL_MAX >= CHACHA20POLY1305_AUTHTAG_SIZE, "room for a tag");

static DECLARE_RWSEM(mc_seal_lock);
static struct {
	u8 prefix[MC_PREFIX_LEN];
	u8 key[CHACHA20POLY1305_KEY_SIZE];
	siphash_key_t bytes, number;
	bool secret;
	u64 age;
} mc_secret;

static void mc_seal_draw(void)
{
	lockdep_assert_held_write(&mc_seal_lock);
	get_random_bytes(mc_secret.prefix, sizeof(mc_secret.prefix));
	get_random_bytes(mc_secret.key, sizeof(mc_secret.key));
	get_random_bytes(&mc_secret.bytes, sizeof(mc_secret.bytes));
	get_random_bytes(&mc_secret.number, sizeof(mc_secret.number));
	mc_secret.age++;
}

/**
 * mc_seal_renew - a new secret: what was sealed until now never opens again
 * @secret: hide contents as well
 *
 * Context: process; may sleep.
 */
void mc_seal_renew(bool secret)
{
	down_write(&mc_seal_lock);
	mc_seal_draw();
	mc_secret.secret = secret;
	up_write(&mc_seal_lock);
}
TMEM_EXPORT_FOR_TEST(mc_seal_renew);

/**
 * mc_seal_again - likewise, and contents are hidden, or not, as before
 *
 * Context: process; may sleep.
 */
void mc_seal_again(void)
{
	down_write(&mc_seal_lock);
	mc_seal_draw();
	up_write(&mc_seal_lock);
}

/**
 * mc_seal_forget - the end: leave no secret in memory
 *
 * Context: process; may sleep.
 */
void mc_seal_forget(void)
{
	memzero_explicit(&mc_secret, sizeof(mc_secret));
}

static u64 mc_seal_hash(u64 number, const void *data, u32 len)
{
	return siphash_2u64(siphash(data, len, &mc_secret.bytes), number,
			    &mc_secret.number);
}

struct mc_nonce {
	__le64 words[3];
};

static_assert(sizeof(struct mc_nonce) == XCHACHA20POLY1305_NONCE_SIZE,
	      "number, seal, and a word to spare");

static struct mc_nonce mc_seal_nonce(u64 number, u64 seal)
{
	return (struct mc_nonce) {
		.words = { cpu_to_le64(number), cpu_to_le64(seal) },
	};
}

/**
 * mc_seal_put - make what is sent of what is put
 * @number: of the value; never used before
 * @data: its bytes
 * @len: how many
 * @value: becomes what is sent: room for @len + MC_SEAL_MAX bytes
 * @prefix: becomes what its key begins with: MC_PREFIX_LEN bytes
 * @seal: becomes what it must match
 *
 * Context: process; may sleep.
 * Return: bytes of @value.
 */
u32 mc_seal_put(u64 number, const void *data, u32 len, u8 *value, u8 *prefix,
		u64 *seal)
{
	struct mc_nonce nonce;
	__le64 sent;
	u32 n;

	down_read(&mc_seal_lock);
	memcpy(prefix, mc_secret.prefix, MC_PREFIX_LEN);
	*seal = mc_seal_hash(number, data, len);
	if (mc_secret.secret) {
		nonce = mc_seal_nonce(number, *seal);
		xchacha20poly1305_encrypt(value, data, len, mc_secret.prefix,
					  MC_PREFIX_LEN, (u8 *)&nonce,
					  mc_secret.key);
		n = len + CHACHA20POLY1305_AUTHTAG_SIZE;
	} else {
		memcpy(value, data, len);
		sent = cpu_to_le64(*seal);
		memcpy(value + len, &sent, sizeof(sent));
		n = len + sizeof(sent);
	}
	up_read(&mc_seal_lock);
	return n;
}
TMEM_EXPORT_FOR_TEST(mc_seal_put);

/**
 * mc_seal_open - is that what was put?
 * @name: what was asked for
 * @len: how long it was when it was put
 * @value: what has come
 * @value_len: bytes of it
 * @data: becomes what was put: room for @len bytes; garbage on error
 *
 * Context: process; may sleep.
 * Return: 0; -EBADMSG.
 */
int mc_seal_open(const struct tmem_remote_name *name, u32 len, const u8 *value,
		 u32 value_len, u8 *data)
{
	struct mc_nonce nonce = mc_seal_nonce(name->number, name->seal);
	int ret = -EBADMSG;

	down_read(&mc_seal_lock);
	if (mc_secret.secret) {
		if (value_len == len + CHACHA20POLY1305_AUTHTAG_SIZE &&
		    xchacha20poly1305_decrypt(data, value, value_len,
					      mc_secret.prefix, MC_PREFIX_LEN,
					      (u8 *)&nonce, mc_secret.key))
			ret = 0;
	} else if (value_len == len + sizeof(name->seal) &&
		   (mc_seal_hash(name->number, value, len) == name->seal ||
		    mc_broken(MC_BREAK_SEAL))) {
		memcpy(data, value, len);
		ret = 0;
	}
	up_read(&mc_seal_lock);
	return ret;
}
TMEM_EXPORT_FOR_TEST(mc_seal_open);

/**
 * mc_seal_prefix - what keys begin with just now
 * @prefix: where to: MC_PREFIX_LEN bytes
 *
 * Context: process; may sleep.
 * Return: which secret that is of.
 */
u64 mc_seal_prefix(u8 *prefix)
{
	u64 age;

	down_read(&mc_seal_lock);
	memcpy(prefix, mc_secret.prefix, MC_PREFIX_LEN);
	age = mc_secret.age;
	up_read(&mc_seal_lock);
	return age;
}

/**
 * mc_seal_is - is the secret still that one?
 * @age: as mc_seal_prefix() returned it
 *
 * Context: process; may sleep.
 * Return: true if so.
 */
bool mc_seal_is(u64 age)
{
	bool is;

	down_read(&mc_seal_lock);
	is = mc_secret.age == age;
	up_read(&mc_seal_lock);
	return is;
}
