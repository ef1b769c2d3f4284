// SPDX-License-Identifier: GPL-2.0
/*
 * address.c - names of servers
 *
 * Purpose: "10.0.0.1:11211", "[fd00::1]:11211", "vsock:2:11211" to addresses.
 *
 * Why this design: numbers only.  Host names would want a resolver in user
 * space, which may be what waits for the page that is being fetched.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vm_sockets.h>
#include <net/ipv6.h>
#include "memcached.h"

static int mc_address_vsock(char *s, struct mc_address *a)
{
	struct sockaddr_vm *vm = (struct sockaddr_vm *)&a->addr;
	char *port = strchr(s, ':');
	unsigned int cid, n;

	if (!port)
		return -EINVAL;
	*port++ = '\0';
	if (kstrtouint(s, 10, &cid) || kstrtouint(port, 10, &n) || !n)
		return -EINVAL;
	vm->svm_family = AF_VSOCK;
	vm->svm_cid = cid;
	vm->svm_port = n;
	a->len = sizeof(*vm);
	a->proto = 0;
	return 0;
}

static int mc_address_ip(char *s, struct mc_address *a)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a->addr;
	struct sockaddr_in *in = (struct sockaddr_in *)&a->addr;
	const char *end;
	char *port;
	u16 n;

	/* of an IPv6 address there are more colons, so that it is in brackets */
	if (*s == '[') {
		port = strchr(++s, ']');
		if (!port || port[1] != ':')
			return -EINVAL;
		*port++ = '\0';
	} else {
		port = strchr(s, ':');
		if (!port)
			return -EINVAL;
	}
	*port++ = '\0';
	if (kstrtou16(port, 10, &n) || !n)
		return -EINVAL;
	a->proto = IPPROTO_TCP;
	if (in4_pton(s, -1, (u8 *)&in->sin_addr, -1, &end) && !*end) {
		in->sin_family = AF_INET;
		in->sin_port = htons(n);
		a->len = sizeof(*in);
		return 0;
	}
	memset(&a->addr, 0, sizeof(a->addr));
	if (!in6_pton(s, -1, (u8 *)&in6->sin6_addr, -1, &end) || *end ||
	    ipv6_addr_type(&in6->sin6_addr) & IPV6_ADDR_LINKLOCAL)
		return -EINVAL;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(n);
	a->len = sizeof(*in6);
	return 0;
}

/* The address of a server from @len characters of @s: 0, or -EINVAL. */
static int mc_address_parse(const char *s, size_t len, struct mc_address *a)
{
	char buf[sizeof(a->name)];

	memset(a, 0, sizeof(*a));
	if (!len || len >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, s, len);
	buf[len] = '\0';
	memcpy(a->name, buf, len + 1);
	if (!strncmp(buf, "vsock:", 6))
		return mc_address_vsock(buf + 6, a);
	return mc_address_ip(buf, a);
}

/**
 * mc_address_list - the addresses of servers
 * @s: their names, separated by commas; white space around all of it is
 *	ignored
 * @list: becomes their addresses
 * @max: how many there may be
 *
 * Context: any.
 * Return: how many there are; -EINVAL, also if one is there twice; -E2BIG.
 */
int mc_address_list(const char *s, struct mc_address *list, unsigned int max)
{
	size_t left, len;
	int n = 0, i;

	s = skip_spaces(s);
	left = strlen(s);
	while (left && isspace(s[left - 1]))
		left--;
	while (left) {
		if (n == max)
			return -E2BIG;
		for (len = 0; len < left && s[len] != ','; len++)
			;
		if (mc_address_parse(s, len, &list[n]))
			return -EINVAL;
		for (i = 0; i < n; i++)
			if (list[i].len == list[n].len &&
			    !memcmp(&list[i].addr, &list[n].addr, list[n].len))
				return -EINVAL;
		n++;
		if (len == left)
			break;
		s += len + 1;
		left -= len + 1;
		/* a comma at the end */
		if (!left)
			return -EINVAL;
	}
	return n;
}
TMEM_EXPORT_FOR_TEST(mc_address_list);
