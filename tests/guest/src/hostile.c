// SPDX-License-Identifier: GPL-2.0
/*
 * hostile - a memcached that cannot be trusted
 *
 *	hostile PORT MODE [N]
 *
 * It listens on 127.0.0.1:PORT, keeps values as memcached does, and answers one
 * get in N (4) in its own way:
 *
 *	good	as it should
 *	flip	with a bit changed
 *	swap	with another key's value
 *	cut	with a byte less, and says so
 *	grow	with a byte more, and says so
 *	mark	as if another value had been asked for
 *	repeat	twice
 *	forget	not at all
 *	unasked	with a value that nobody asked for, too
 *	late	after 100 ms
 *	later	after a second, in every other question, three times in one at most
 *	badlen	with more bytes than it says
 *	garbage	with random bytes
 *	endless	without an end
 *	half	with half of it, and then nothing more
 *	close	with half of it, and then it hangs up
 *	silent	to nothing at all, not even at the beginning
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS	65536
#define KEY	32
#define VALUE	(1 << 17)

struct item {
	struct item *next;
	char key[KEY + 1];
	size_t len;
	char value[];
};

static struct item *slots[SLOTS];
static struct item *last;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *mode;
static unsigned int one_in = 4;
static __thread unsigned int questions, pauses;

static int is(const char *m)
{
	return !strcmp(mode, m);
}

static struct item **find(const char *key)
{
	struct item **p;
	unsigned int h = 5381;
	const char *c;

	for (c = key; *c; c++)
		h = h * 33 + *c;
	for (p = &slots[h % SLOTS]; *p; p = &(*p)->next)
		if (!strcmp((*p)->key, key))
			break;
	return p;
}

static void store(const char *key, const char *value, size_t len)
{
	struct item **p = find(key), *new;

	new = malloc(sizeof(*new) + len);
	if (!new)
		exit(1);
	memcpy(new->key, key, sizeof(new->key));
	new->len = len;
	memcpy(new->value, value, len);
	new->next = NULL;
	if (*p) {
		new->next = (*p)->next;
		if (last == *p)
			last = NULL;
		free(*p);
	}
	*p = new;
}

static void drop(const char *key)
{
	struct item **p = find(key), *old = *p;

	if (!old)
		return;
	*p = old->next;
	if (last == old)
		last = NULL;
	free(old);
}

static void send_value(FILE *out, const char *value, size_t len, size_t said,
		       const char *mark)
{
	fprintf(out, "VA %zu O%s\r\n", said, mark);
	fwrite(value, 1, len, out);
	fputs("\r\n", out);
}

/* 0: go on; -1: the connection is to be closed. */
static int answer(FILE *out, const struct item *it, char *mark)
{
	static __thread char buf[VALUE];
	size_t len = it->len;
	int i, odd = rand() % one_in == 0;

	memcpy(buf, it->value, len);
	if (odd && is("flip"))
		buf[rand() % len] ^= 1 << rand() % 8;
	if (odd && is("swap") && last) {
		len = last->len;
		memcpy(buf, last->value, len);
	}
	last = (struct item *)it;
	if (odd && is("cut"))
		len--;
	if (odd && is("grow"))
		buf[len++] = 0;
	if (odd && is("mark"))
		mark[15] = "0123456789abcdef"[rand() % 16];
	if (odd && is("forget"))
		return 0;
	if (odd && is("late")) {
		fflush(out);
		usleep(100000);
	}
	/* others are answered meanwhile; what is sent is a copy */
	if (odd && is("later") && questions % 2 && pauses++ < 3) {
		fflush(out);
		pthread_mutex_unlock(&lock);
		sleep(1);
		pthread_mutex_lock(&lock);
	}
	if (odd && is("unasked"))
		send_value(out, buf, len, len, "00000000deadbe00");
	if (odd && is("badlen"))
		send_value(out, buf, len, len - 3, mark);
	if (odd && is("garbage"))
		for (i = 0; i < 300; i++)
			fputc(rand(), out);
	while (odd && is("endless")) {
		send_value(out, buf, len, len, mark);
		if (ferror(out))
			return -1;
	}
	if (odd && (is("half") || is("close"))) {
		fprintf(out, "VA %zu O%s\r\n", len, mark);
		fwrite(buf, 1, len / 2, out);
		fflush(out);
		while (is("half"))
			pause();
		return -1;
	}
	send_value(out, buf, len, len, mark);
	if (odd && is("repeat"))
		send_value(out, buf, len, len, mark);
	return 0;
}

static void *serve(void *arg)
{
	int fd = (int)(long)arg, bad = 0;
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char line[256], key[KEY + 1], mark[17];
	static __thread char value[VALUE];
	struct item *it;
	size_t len;

	while (!bad && fgets(line, sizeof(line), in)) {
		if (is("silent"))
			continue;
		pthread_mutex_lock(&lock);
		if (sscanf(line, "ms %32s %zu", key, &len) == 2) {
			if (len + 2 > VALUE || fread(value, 1, len + 2, in) != len + 2)
				bad = 1;
			else
				store(key, value, len);
		} else if (sscanf(line, "mg %32s b q v O%16s", key, mark) == 2) {
			it = *find(key);
			if (it)
				bad = answer(out, it, mark);
		} else if (sscanf(line, "md %32s", key) == 1) {
			drop(key);
		} else if (!strcmp(line, "mn\r\n")) {
			questions++;
			pauses = 0;
			fputs("MN\r\n", out);
			fflush(out);
		} else {
			fputs("ERROR\r\n", out);
		}
		pthread_mutex_unlock(&lock);
	}
	fclose(in);
	fclose(out);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	pthread_attr_t attr;
	pthread_t thread;
	int s, fd, one = 1;

	if (argc < 3)
		return 1;
	mode = argv[2];
	if (argc > 3)
		one_in = atoi(argv[3]);
	signal(SIGPIPE, SIG_IGN);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(atoi(argv[1]));
	s = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (void *)&in, sizeof(in)) || listen(s, 8)) {
		perror("hostile");
		return 1;
	}
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		fd = accept(s, NULL, NULL);
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (pthread_create(&thread, &attr, serve, (void *)(long)fd))
			close(fd);
	}
}
