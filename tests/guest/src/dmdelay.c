// SPDX-License-Identifier: GPL-2.0
/*
 * dmdelay - a block device whose writes are slow
 *
 *   dmdelay DEVICE MILLISECONDS
 *
 * makes a dm-delay target over all of DEVICE, reads at once and writes late,
 * and prints its path.  A late write is one that has not reached the disk, so
 * a read in the meantime sees the old data: the window of a direct write's
 * race, made as wide as a test wants it.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *name;

static union {
	struct dm_ioctl io;
	char room[4096];
} dm;

static void call(int ctl, unsigned int cmd, const char *what)
{
	dm.io.version[0] = DM_VERSION_MAJOR;
	dm.io.data_size = sizeof(dm);
	dm.io.data_start = sizeof(dm.io);
	strcpy(dm.io.name, name);
	if (ioctl(ctl, cmd, &dm))
		die_errno("device mapper: %s", what);
}

int main(int argc, char **argv)
{
	struct dm_target_spec *spec = (void *)(dm.room + sizeof(dm.io));
	unsigned long long bytes;
	char path[64];
	dev_t dev;
	int fd, ctl, try;

	if (argc != 3)
		die("usage: dmdelay DEVICE MILLISECONDS");
	name = basename(argv[1]);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		die_errno("%s", argv[1]);
	close(fd);
	ctl = open("/dev/mapper/control", O_RDWR);
	if (ctl < 0) {
		mkdir("/dev/mapper", 0755);
		mknod("/dev/mapper/control", S_IFCHR | 0600, makedev(10, 236));
		ctl = open("/dev/mapper/control", O_RDWR);
	}
	if (ctl < 0)
		return EXIT_SKIP;

	call(ctl, DM_DEV_CREATE, "create");
	memset(&dm, 0, sizeof(dm));
	spec->length = bytes / 512;
	spec->next = 512;
	strcpy(spec->target_type, "delay");
	snprintf((char *)(spec + 1), 256, "%s 0 0 %s 0 %d", argv[1], argv[1],
		 atoi(argv[2]));
	dm.io.target_count = 1;
	call(ctl, DM_TABLE_LOAD, "load");
	memset(&dm, 0, sizeof(dm));
	call(ctl, DM_DEV_SUSPEND, "resume");
	dev = dm.io.dev;
	snprintf(path, sizeof(path), "/dev/dm-%u", minor(dev));
	for (try = 0; try < 100 && access(path, F_OK); try++)
		usleep(10000);
	puts(path);
	return 0;
}
