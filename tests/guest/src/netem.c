// SPDX-License-Identifier: GPL-2.0
/*
 * netem - a network device that is farther away than it was
 *
 *   netem DEVICE MICROSECONDS
 *
 * Whatever leaves by DEVICE does so that much later, in its order: the queueing
 * discipline netem with nothing but a delay, which busybox's tc does not know.  On
 * the loopback device a question and its answer leave by it, one each.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	struct nlmsghdr head;
	struct tcmsg tc;
	char room[256];
} msg;

static void add(unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)&msg + NLMSG_ALIGN(msg.head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	msg.head.nlmsg_len = NLMSG_ALIGN(msg.head.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

int main(int argc, char **argv)
{
	/* As many packets as a window can hold; the delay is an attribute behind. */
	struct tc_netem_qopt opt = { .limit = 10000 };
	struct rtattr delay = { RTA_LENGTH(sizeof(int64_t)), TCA_NETEM_LATENCY64 };
	char options[sizeof(opt) + RTA_LENGTH(sizeof(int64_t))];
	int64_t ns;
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char room[512];
	} answer;
	int fd;

	if (argc != 3)
		die("usage: netem DEVICE MICROSECONDS");
	ns = atoll(argv[2]) * 1000;
	memcpy(options, &opt, sizeof(opt));
	memcpy(options + sizeof(opt), &delay, sizeof(delay));
	memcpy(options + sizeof(opt) + RTA_LENGTH(0), &ns, sizeof(ns));
	msg.head.nlmsg_len = NLMSG_LENGTH(sizeof(msg.tc));
	msg.head.nlmsg_type = RTM_NEWQDISC;
	msg.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	msg.tc.tcm_ifindex = if_nametoindex(argv[1]);
	msg.tc.tcm_parent = TC_H_ROOT;
	if (!msg.tc.tcm_ifindex)
		die_errno("%s", argv[1]);
	add(TCA_KIND, "netem", sizeof("netem"));
	add(TCA_OPTIONS, options, sizeof(options));
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &msg, msg.head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.head))
		die_errno("netlink");
	if (answer.head.nlmsg_type != NLMSG_ERROR || answer.err.error) {
		errno = -answer.err.error;
		die_errno("no netem on %s", argv[1]);
	}
	return 0;
}
