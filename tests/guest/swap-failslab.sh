# SPDX-License-Identifier: GPL-2.0
# Allocations fail while pages are stored, loaded and handed over.
# vm: --mem 640 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# tier: debug
. ./lib.sh
. ./lib-swap.sh

# make_fail NAME PERCENT
make_fail() {
	_f=/sys/kernel/debug/$1
	[ -d "$_f" ] || fail "no $_f"
	echo Y >"$_f/task-filter"
	echo N >"$_f/ignore-gfp-wait"
	echo -1 >"$_f/times"
	echo 0 >"$_f/verbose"
	echo "$2" >"$_f/probability"
}

suite_swap tmem_zcache:max_bytes=12M
swap_on 0 0 /dev/vda
hog_start --kib 49152
hog fill
hog_proc make-it-fail 1
make_fail failslab 10
[ ! -d /sys/kernel/debug/fail_page_alloc ] || {
	make_fail fail_page_alloc 5
	# what comes without __GFP_DIRECT_RECLAIM: the store's
	echo Y >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
}
hog_ask out
pages_at_least 100 "$(stat_sum $ZC/reject_nomem)" "puts refused for memory"
hog churn 5000
hog out
echo 0 >/sys/kernel/debug/failslab/probability
[ ! -d /sys/kernel/debug/fail_page_alloc ] ||
	echo 0 >/sys/kernel/debug/fail_page_alloc/probability
hog_right
echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
hog verify
show_swap
hog_end
swapoff /dev/frontswap0 || fail swapoff
suite_swap_remove
