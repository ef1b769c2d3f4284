// SPDX-License-Identifier: GPL-2.0
/*
 * dmtable - a device-mapper device of one target, made or changed
 *
 *   dmtable [--spare START LENGTH] NAME DEVICE TARGET [ARG]...
 *   dmtable NAME DEVICE hold
 *
 * The device spans all of DEVICE, which `@` among the ARGs stands for, followed by
 * an offset.  What is spared (sectors) is linear whatever the target is.  Called
 * again with the same NAME it changes the table under who uses the device: so
 * a good disk becomes a bad one.  Prints the path of the device.  For `error`:
 *
 *   dmtable bd /dev/vda linear @ 0;  dmtable bd /dev/vda error
 *
 * `hold` is no target: all I/O waits until the device is given one.
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

static int try_call(int ctl, unsigned int cmd)
{
	dm.io.version[0] = DM_VERSION_MAJOR;
	dm.io.data_size = sizeof(dm);
	dm.io.data_start = sizeof(dm.io);
	strcpy(dm.io.name, name);
	return ioctl(ctl, cmd, &dm);
}

static void call(int ctl, unsigned int cmd, const char *what)
{
	if (try_call(ctl, cmd))
		die_errno("device mapper: %s", what);
}

static int open_control(void)
{
	int ctl = open("/dev/mapper/control", O_RDWR);

	if (ctl < 0) {
		mkdir("/dev/mapper", 0755);
		mknod("/dev/mapper/control", S_IFCHR | 0600, makedev(10, 236));
		ctl = open("/dev/mapper/control", O_RDWR);
	}
	return ctl;
}

static unsigned long long sectors_of(const char *path)
{
	unsigned long long bytes;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		die_errno("%s", path);
	close(fd);
	return bytes / 512;
}

/* One more target: @args as on the command line. */
static void add_target(const char *device, unsigned long long start,
		       unsigned long long length, const char *type, char **args)
{
	struct dm_target_spec *spec = (void *)(dm.room + sizeof(dm.io) +
					       512 * dm.io.target_count);
	char *to = (char *)(spec + 1);

	if (!length)
		return;
	dm.io.target_count++;
	spec->sector_start = start;
	spec->length = length;
	spec->next = 512;
	strcpy(spec->target_type, type);
	for (; *args; args++) {
		if (strcmp(*args, "@") || !args[1]) {
			to += sprintf(to, "%s ", *args);
			continue;
		}
		args++;
		to += sprintf(to, "%s %llu ", device,
			      strtoull(*args, NULL, 0) + start);
	}
}

int main(int argc, char **argv)
{
	static char *linear[] = { "@", "0", NULL };
	unsigned long long first = 0, spared = 0, all;
	char path[64];
	int ctl, try;

	if (argc > 3 && !strcmp(argv[1], "--spare")) {
		first = strtoull(argv[2], NULL, 0);
		spared = strtoull(argv[3], NULL, 0);
		argv += 3;
		argc -= 3;
	}
	if (argc < 4)
		die("usage: dmtable [--spare START LENGTH] NAME DEVICE TARGET [ARG]...");
	name = argv[1];
	ctl = open_control();
	if (ctl < 0)
		return EXIT_SKIP;

	if (try_call(ctl, DM_DEV_CREATE) && errno != EBUSY)
		die_errno("device mapper: create");
	memset(&dm, 0, sizeof(dm));
	if (!strcmp(argv[3], "hold")) {
		dm.io.flags = DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG;
		call(ctl, DM_DEV_SUSPEND, "suspend");
		return 0;
	}
	all = sectors_of(argv[2]);
	add_target(argv[2], 0, spared ? first : all, argv[3], argv + 4);
	if (spared) {
		add_target(argv[2], first, spared, "linear", linear);
		first += spared;
		add_target(argv[2], first, all - first, argv[3], argv + 4);
	}
	call(ctl, DM_TABLE_LOAD, "load");
	memset(&dm, 0, sizeof(dm));
	dm.io.flags = DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG;
	call(ctl, DM_DEV_SUSPEND, "suspend");
	memset(&dm, 0, sizeof(dm));
	call(ctl, DM_DEV_SUSPEND, "resume");
	snprintf(path, sizeof(path), "/dev/dm-%u", minor(dm.io.dev));
	for (try = 0; try < 100 && access(path, F_OK); try++)
		usleep(10000);
	puts(path);
	return 0;
}
