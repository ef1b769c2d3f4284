// SPDX-License-Identifier: GPL-2.0
/*
 * shortram - run a command in a guest that is short of RAM, and count
 *
 *   shortram FREE_KIB [FILE]... -- COMMAND [ARG]...
 *
 * So much memory is locked that FREE_KIB are available, whatever else is loaded; 0
 * locks none.  Then the command runs.  While it does, the FILEs are read four times
 * a second, and what they said when the first number of the first one was at its
 * highest is printed: how much a store held at its peak.
 *
 *   held FILE TEXT
 *   shortram ns=N idle=NS majflt=N out=N in=N available=KIB least=KIB
 *
 * (ns: how long it took, under --icount of scripts/vm instructions and waiting;
 * idle: the part that was waiting; majflt: page faults of the command and all its
 * children that had to read; out, in: pages of swap; available: before the command;
 * least: the least that was available while it ran.)  Ends as the command does.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILES	8
#define TEXT		256
#define SAMPLE_NS	250000000

extern char **environ;

static struct sample {
	long long first;
	char text[MAX_FILES][TEXT];
} samples[2] = { { .first = -1 } };

/* The best sample so far is samples[best]; the other one is the next. */
static int best;

static void read_text(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		die_errno("%s", path);
	n = read(fd, text, TEXT - 1);
	if (n <= 0)
		die_errno("%s", path);
	close(fd);
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
}

static void sample(char **files, int n)
{
	struct sample *s = &samples[!best];
	int i;

	for (i = 0; i < n; i++)
		read_text(files[i], s->text[i]);
	s->first = n ? atoll(s->text[0]) : 0;
	if (s->first > samples[best].first)
		best = !best;
}

static pid_t start(char **argv)
{
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;
	int err;

	/* SIGCHLD is blocked here, and must not be there */
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	err = posix_spawnp(&pid, argv[0], NULL, &attr, argv, environ);
	if (err) {
		errno = err;
		die_errno("%s", argv[0]);
	}
	return pid;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = SAMPLE_NS };
	size_t available, least, kib;
	uint64_t idle, out, in;
	int files, status, i;
	struct rusage ru;
	sigset_t child;
	double t;
	pid_t pid;

	for (files = 0; 2 + files < argc && strcmp(argv[2 + files], "--"); files++)
		;
	if (argc < 4 + files || files > MAX_FILES)
		die("usage: shortram FREE_KIB [FILE]... -- COMMAND [ARG]...");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	kib = strtoull(argv[1], NULL, 0);
	if (kib)
		leave_available(kib);
	/* who counts must not wait for swap */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die_errno("mlockall");
	available = least = meminfo("MemAvailable") / 1024;

	out = vmstat("pswpout");
	in = vmstat("pswpin");
	idle = idle_ns();
	t = now();
	pid = start(argv + 3 + files);
	do {
		sample(argv + 2, files);
		kib = meminfo("MemAvailable") / 1024;
		least = kib < least ? kib : least;
		sigtimedwait(&child, NULL, &pause);
		i = waitpid(pid, &status, WNOHANG);
	} while (!i || (i < 0 && errno == EINTR));
	if (i < 0)
		die_errno("waitpid");
	t = now() - t;
	idle = idle_ns() - idle;
	getrusage(RUSAGE_CHILDREN, &ru);

	for (i = 0; i < files; i++)
		printf("held %s %s\n", argv[2 + i], samples[best].text[i]);
	printf("shortram ns=%.0f idle=%lu majflt=%ld out=%lu in=%lu available=%zu least=%zu\n",
	       t * 1e9, idle, ru.ru_majflt, vmstat("pswpout") - out,
	       vmstat("pswpin") - in, available, least);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BROKEN;
}
