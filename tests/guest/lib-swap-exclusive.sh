# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-exclusive.sh - loads that leave nothing in the store

# Pages are only read, so that swap would drop them from RAM as they are.
exclusive_loads() {
	swap_on 0 0 /dev/vda
	hog_start --kib 65536 --threads 2
	hog fill
	hog out
	all_out 15000
	_round=0
	while [ $_round -lt 3 ] || [ "$(fw exclusive_loads)" -lt "$(of_4k 1000)" ]; do
		[ $_round -lt 40 ] ||
			fail "$(fw exclusive_loads) exclusive loads in $_round rounds"
		hog_ask in
		hog out
		hog_right
		hog work 0 2048
		_round=$((_round + 1))
	done
	hog churn 20000
	hog out
	hog verify
	echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
	hog verify
	show_swap
	[ "$(fw load_errors) $(fw backing_errors) $(fw wb_errors)" = "0 0 0" ] ||
		fail "errors: $(cat $FSW/stats)"
	hog_end
	swapoff /dev/frontswap0 || fail swapoff
}

# bad_disk [MODULE:PARAM=VALUE]...
#
# The disk fails when every other page of each bio that swap reads (in 7.x) is on
# it: what the store has of these bios swap does not get, so it is not given up.
# There is no write-back, and the store counts as full, by the two marks.
bad_disk() {
	suite_swap tmem_zcache:max_bytes=24M tmem_frontswap:exclusive=always \
		tmem_frontswap:admit_one_in=2 tmem_frontswap:writeback_low=1 \
		tmem_frontswap:writeback_high=100 "$@"
	disk=$(dmtable bd /dev/vda linear @ 0) || fail dmtable
	swap_on 0 0 "$disk"
	dmesg -n 1
	hog_start --kib 65536
	hog fill
	hog out
	all_out 15000
	# what was still being written is in RAM until it is pushed out once more
	sleep 1
	hog rest
	pages_at_least 5000 "$(fw curr_pages)" "pages in the store"
	dmtable bd /dev/vda error || fail "dmtable error"
	_given=$(fw exclusive_loads)
	hog verify
	_got=$(($(of_4k 16384) - $(hog_said bus))) _given=$(($(fw exclusive_loads) - _given))
	show_swap
	echo "swap got $_got pages, the store gave up $_given"
	pages_at_least 1000 "$(hog_said bus)" "reads that failed"
	[ $_given -le $_got ] || fail "pages were given up that swap has not got"
	dmtable bd /dev/vda linear @ 0 || fail "dmtable linear"
	hog_end
	swapoff /dev/frontswap0 || fail swapoff
}
