// SPDX-License-Identifier: GPL-2.0
/*
 * nbd - a disk over the network, both ends of it
 *
 *	nbd serve PORT IMAGE		on the host: 127.0.0.1:PORT
 *	nbd attach DEVICE ADDRESS PORT	in the guest: DEVICE is that disk, until
 *					the connection ends
 *
 * The old handshake and no options.  What is written is seen by who reads, until
 * the server ends, and is not in the image then: it is mapped private.
 */
#include "guest.h"

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/nbd.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAGIC		0x4e42444d41474943ull	/* "NBDMAGIC" */
#define OLD_STYLE	0x00420281861253ull
#define FLAGS		(NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH)

struct hello {
	uint64_t magic, style, size;
	uint32_t flags;
	char zero[124];
} __attribute__((packed));

static char *image;
static uint64_t size;

static int transfer(int fd, void *buf, size_t len, bool out)
{
	ssize_t n;

	for (; len; len -= n, buf = (char *)buf + n) {
		n = out ? write(fd, buf, len) : read(fd, buf, len);
		if (n <= 0)
			return -1;
	}
	return 0;
}

static int tcp(const char *address, const char *port, struct sockaddr_in *in)
{
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (s < 0)
		die_errno("socket");
	in->sin_family = AF_INET;
	in->sin_port = htons(atoi(port));
	if (!inet_aton(address, &in->sin_addr))
		die("%s is no address", address);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return s;
}

/* One request; -1: the connection has ended. */
static int serve_one(int fd)
{
	struct nbd_request q;
	struct nbd_reply a = { .magic = htobe32(NBD_REPLY_MAGIC) };
	uint32_t type, len;
	uint64_t from;
	bool within;

	if (transfer(fd, &q, sizeof(q), false) || be32toh(q.magic) != NBD_REQUEST_MAGIC)
		return -1;
	type = be32toh(q.type) & 0xffff;
	from = be64toh(q.from);
	len = be32toh(q.len);
	within = from <= size && len <= size - from;
	memcpy(a.handle, q.handle, sizeof(a.handle));
	if (type == NBD_CMD_DISC || (type == NBD_CMD_WRITE && !within))
		return -1;
	if (type == NBD_CMD_WRITE && transfer(fd, image + from, len, false))
		return -1;
	if (type == NBD_CMD_READ && !within)
		a.error = htobe32(22);
	if (transfer(fd, &a, sizeof(a), true))
		return -1;
	if (type == NBD_CMD_READ && within)
		return transfer(fd, image + from, len, true);
	return 0;
}

static void *serve_client(void *arg)
{
	struct hello h = {
		.magic = htobe64(MAGIC), .style = htobe64(OLD_STYLE),
		.size = htobe64(size), .flags = htobe32(FLAGS),
	};
	int fd = (int)(long)arg, one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!transfer(fd, &h, sizeof(h), true))
		while (!serve_one(fd))
			;
	close(fd);
	return NULL;
}

static int serve(const char *port, const char *path)
{
	struct sockaddr_in in = {};
	pthread_t thread;
	int s, fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		die_errno("%s", path);
	size = lseek(fd, 0, SEEK_END);
	image = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	if (image == MAP_FAILED)
		die_errno("mmap %s", path);
	signal(SIGPIPE, SIG_IGN);
	s = tcp("127.0.0.1", port, &in);
	if (bind(s, (void *)&in, sizeof(in)) || listen(s, 4))
		die_errno("port %s", port);
	for (;;) {
		fd = accept(s, NULL, NULL);
		if (fd < 0 || pthread_create(&thread, NULL, serve_client, (void *)(long)fd))
			die("accept");
		pthread_detach(thread);
	}
}

static int attach(const char *device, const char *address, const char *port)
{
	struct sockaddr_in in = {};
	int s = tcp(address, port, &in), dev = open(device, O_RDWR);
	struct hello h;

	if (dev < 0)
		die_errno("%s", device);
	if (connect(s, (void *)&in, sizeof(in)) || transfer(s, &h, sizeof(h), false))
		die_errno("%s port %s", address, port);
	if (be64toh(h.magic) != MAGIC || be64toh(h.style) != OLD_STYLE)
		die("%s port %s is no disk", address, port);
	/* it needs nothing that is on that disk */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die_errno("mlockall");
	if (ioctl(dev, NBD_SET_BLKSIZE, 4096ul) ||
	    ioctl(dev, NBD_SET_SIZE_BLOCKS, (unsigned long)(be64toh(h.size) / 4096)) ||
	    ioctl(dev, NBD_SET_FLAGS, (unsigned long)be32toh(h.flags)) ||
	    ioctl(dev, NBD_SET_SOCK, (unsigned long)s))
		die_errno("%s", device);
	ioctl(dev, NBD_DO_IT);
	ioctl(dev, NBD_CLEAR_SOCK);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv[3]);
	if (argc == 5 && !strcmp(argv[1], "attach"))
		return attach(argv[2], argv[3], argv[4]);
	die("nbd serve PORT IMAGE | nbd attach DEVICE ADDRESS PORT");
}
