# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-stall.sh - a hog at work while the kernel waits for itself
#
# stall [MODULE:PARAM=VALUE]...
#
# All pages came long before, as when something else takes the memory.  Whether
# the kernel gets into that state hangs on how its CPUs run: up to ROUNDS times
# it is brought near it, until it was seen there.  A guest that has too little of
# its host's CPUs never does: then there was nothing to test.

SECONDS_LONG=12
ROUNDS=12

stall_once() {
	sleep 3
	echo "$SECONDS_LONG" >/sys/module/memshort/parameters/seconds || fail seconds
	# each pass reads all of it back, and stores others for that; nobody waits for
	# memory, nor is anything stored, once there is no pass any more
	while [ "$(cat /sys/module/memshort/parameters/seconds)" != 0 ]; do
		hog verify
	done
	dmesg | sed -n 's/.*memshort: //p' | tail -n 4
	lasted=$(cat /sys/module/memshort/parameters/lasted)
	stalls=$(stat_sum "$ZC/stalls")
	echo "lasted=$lasted seconds=$SECONDS_LONG stalls=$stalls"
	hog verify
	# one after the other may come and be ended, but none is to stay
	[ "$lasted" -lt $SECONDS_LONG ] ||
		fail "tasks had to wait for $lasted of $SECONDS_LONG seconds"
}

stall() {
	[ -e /suite/memshort.ko ] || {
		echo "skip: the kernel has no DMA zone"
		exit 0
	}
	# one that is short, and one that is not; on arm64 a small machine has the latter alone
	[ "$(awk '$1 == "present" && $2 > 0 { n++ } END { print n + 0 }' /proc/zoneinfo)" -gt 1 ] || {
		echo "skip: all memory is in one zone, so the kernel cannot wait for itself"
		exit 0
	}
	# before the DMA zone is used
	insmod /suite/memshort.ko || fail memshort
	# as khugepaged has it where there is more RAM
	echo 10240 >/proc/sys/vm/min_free_kbytes || fail min_free_kbytes
	echo 0 >/proc/sys/vm/watermark_boost_factor || fail watermark_boost_factor
	suite_swap "$@"
	swap_on 0 384M
	kib=$(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) * 5 / 4))
	hog_start --kib "$kib" --threads 1
	hog fill
	hog verify
	round=1
	while stall_once; [ "$stalls" = 0 ] && [ $round -lt $ROUNDS ] &&
		[ "$(cut -d . -f 1 /proc/uptime)" -lt 800 ]; do
		echo "round $round: the kernel did not wait for itself; again"
		round=$((round + 1))
	done
	hog_end
	[ "$stalls" != 0 ] || {
		echo "skip: the kernel did not once wait for itself in $round rounds"
		exit 0
	}
	swapoff /dev/frontswap0 || fail swapoff
	rmmod memshort || fail "rmmod memshort"
	suite_swap_remove
}
