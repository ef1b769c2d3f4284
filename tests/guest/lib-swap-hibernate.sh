# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-hibernate.sh - a full store over a disk, and an image of RAM

full_store() {
	grep -q disk /sys/power/state || {
		echo "skip: a kernel without hibernation"
		exit 0
	}
	suite_swap tmem_zcache:max_bytes=8M "$@"
	dmesg -n 4
	swap_on 0 0 /dev/vda
	hog_start --kib 49152
	hog fill
	hog out
	hog verify
	hog_ask out
	pages_at_least 1000 "$(fw curr_pages)" "pages in the store"
	pages_at_least 1000 "$(($(fw backing_writes) + $(fw writebacks)))" "pages on the disk"
}

# The image goes to frontswap0, and is lost.
image_here() {
	cat /sys/block/frontswap0/dev >/sys/power/resume || fail resume
	echo shutdown >/sys/power/disk || fail "disk=shutdown"
	echo disk >/sys/power/state
}

# boot_of_image DEVICE   this is the second boot, and the end of it: all is as it was
# when the image was made.
boot_of_image() {
	[ "$(dd if="$1" bs=1 skip=4086 count=10 2>/dev/null)" = S1SUSPEND ] || return 0
	echo "  second boot: there is an image on $1"
	cat /sys/block/"${1##*/}"/dev >/sys/power/resume
	dmesg | grep PM: | tail -n 5
	fail "the image was not resumed"
}
