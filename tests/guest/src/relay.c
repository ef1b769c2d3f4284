// SPDX-License-Identifier: GPL-2.0
/*
 * relay - from vsock to TCP, as socat would have it
 *
 *	relay PORT TCP_PORT
 *
 * It listens on vsock port PORT, whatever the CID, and passes what comes to
 * 127.0.0.1:TCP_PORT and what that answers back: a process and two threads for
 * each connection, until either end hangs up.
 */
#include "guest.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>
#include <unistd.h>

struct way {
	int from, to;
};

static void *pass(void *arg)
{
	struct way *w = arg;
	char buf[16384];
	ssize_t n, done, sent;

	while ((n = read(w->from, buf, sizeof(buf))) > 0) {
		for (done = 0; done < n; done += sent) {
			sent = write(w->to, buf + done, n - done);
			if (sent <= 0)
				exit(0);
		}
	}
	exit(0);
}

static void serve(int fd, unsigned int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int tcp = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct way there = { fd, tcp }, back = { tcp, fd };
	pthread_t thread;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(port);
	if (connect(tcp, (void *)&in, sizeof(in)))
		exit(0);
	setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (pthread_create(&thread, NULL, pass, &there))
		die("pthread_create");
	pass(&back);
}

int main(int argc, char **argv)
{
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK };
	int s, fd;

	if (argc != 3)
		die("relay PORT TCP_PORT");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	vm.svm_cid = VMADDR_CID_ANY;
	vm.svm_port = atoi(argv[1]);
	s = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (void *)&vm, sizeof(vm)) || listen(s, 8))
		die_errno("vsock port %s", argv[1]);
	for (;;) {
		fd = accept(s, NULL, NULL);
		if (fd < 0)
			continue;
		if (!fork()) {
			close(s);
			serve(fd, atoi(argv[2]));
		}
		close(fd);
	}
}
