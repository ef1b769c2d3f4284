# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-fill.sh - what is left to others when files were read for the first time

# KiB that others could have, about.
left() {
	awk '/^(MemFree|Active.file.|Inactive.file.):/ { n += $2 } END { print n }' /proc/meminfo
}

# Read all of the tree; then $_used and $_left are what is in the store and left, KiB.
read_tree() {
	tree cat "$_mnt/files" /tmp/manifest >/tmp/pass || fail "$(tail -n 3 /tmp/pass)"
	tail -n 1 /tmp/pass
	_used=$(($(stat_sum $ZC/used_bytes) / 1024)) _left=$(left)
	echo "  $_used KiB in the store, $_left KiB left"
}

# A tree larger than RAM, on a file system that is to be mounted on $_mnt.  It is not
# larger than the store where pages of 16 KiB are compressed, of which it has fewer.
make_tree() {
	[ "$(page_kib)" = 4 ] || {
		echo "skip: with pages of $(page_kib) KiB all of the tree fits into the store"
		exit 0
	}
	_mnt=$(fs /dev/vda ext4) || exit 1
	mkdir "$_mnt/files" && tree make "$_mnt/files" 8000 48 45 >/tmp/manifest || fail "tree make"
	umount "$_mnt" || fail umount
}

mount_tree() { mount -t ext4 /dev/vda "$_mnt" || fail mount; }
umount_tree() { umount "$_mnt" || fail umount; }

# first_fill TEST_BREAK
# The tree is read once, and twice more.
first_fill() {
	make_tree
	# It has not seen them being written.
	suite
	mount_tree
	echo "$1" >/sys/module/tmem_zcache/parameters/test_break
	read_tree
	# Half of what is in the store is to be left, less what the kernel keeps back.
	[ "$_used" -gt 50000 ] || fail "not filled"
	[ $((_left * 5)) -gt $((_used * 2)) ] || fail "what was read once leaves others little"
	_hits=$(cc succ_gets)
	read_tree
	read_tree
	# It has been asked for.
	[ "$(cc succ_gets)" -gt $((_hits + 10000)) ] || fail "it is not read from the store"
	[ $((_left * 5)) -lt $((_used * 2)) ] || fail "the store does not fill up"
	umount_tree
	suite_remove
}

# left_beside REQUEST_US
# The tree is read three times, by a store without a limit of its own.
left_beside() {
	suite tmem_zcache:max_percent=90 tmem_cleancache:request_us="$1"
	mount_tree
	read_tree
	read_tree
	read_tree
	_slow=$(cat $ZC/slow_disks)
	echo "a request takes $1 us: slow_disks $_slow"
	# less than a fifth, of what is in the store and what the kernel keeps back
	if [ "$1" = -1 ]; then
		[ "$_slow" = 0 ] || fail "the disk is slow"
		[ $((_left * 11)) -gt $((_used * 2)) ] || fail "less than a fifth is left"
	else
		[ "$_slow" = 1 ] || fail "the disk is not slow"
		[ $((_left * 11)) -lt $((_used * 2)) ] || fail "a fifth is left beside a slow disk"
	fi
	umount_tree
	suite_remove
}

# Most pages of files of a dozen pages are compressed with their neighbours, and read back
# right.
put_together() {
	make_tree
	# What has become cold is in chunks, too.
	suite tmem_zcache:recompress_percent=0
	mount_tree
	read_tree
	read_tree
	_pages=$(stat_sum $ZC/eph_pages) _chunked=$(stat_sum $ZC/chunk_pages)
	echo "$_chunked of $_pages pages are compressed with others"
	[ "$_pages" -gt 10000 ] || fail "not filled"
	[ $((_chunked * 3)) -gt $((_pages * 2)) ] || fail "few pages are put together"
	[ "$(cc put_norecord)" -lt $((_pages / 100)) ] || fail "puts lack records"
	umount_tree
	suite_remove
}
