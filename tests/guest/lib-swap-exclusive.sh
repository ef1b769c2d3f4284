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
	for _round in 1 2 3; do
		hog_ask in
		hog out
		hog verify
		[ "$(hog_said bus)" = 0 ] || fail "SIGBUS"
	done
	at_least 1000 "$(fw exclusive_loads)" "exclusive loads"
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
