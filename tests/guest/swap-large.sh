# SPDX-License-Identifier: GPL-2.0
# Large folios go to swap in one bio, of which the store takes some pages and
# refuses others.
# vm: --mem 320 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

# once KIB
once() {
	before=$(large_swpout "$1")
	suite_swap tmem_zcache:max_bytes=10M
	# without a disk: a folio of which one page is refused stays in RAM
	swap_on 0 128M
	hog_start --kib 65536
	hog fill
	hog_ask out
	show_swap
	hog_right
	now=$(large_swpout "$1")
	at_least $((before + 1)) "$now" "folios of $1 KiB swapped out whole"
	hog drop 0
	swapoff /dev/frontswap0 || fail swapoff
	echo 1 >/sys/block/frontswap0/reset || fail reset
	# with one
	swap_on 0 0 /dev/vda
	hog fill
	hog out
	all_out 15000
	show_swap
	# where 2 MiB in one piece are wanted, there may be none any more
	[ "$1" = 2048 ] ||
		at_least $((now + 1)) "$(large_swpout "$1")" "folios of $1 KiB swapped out whole"
	hog verify
	hog churn "$OPS"
	hog out
	echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
	hog_right
	hog_end
	swapoff /dev/frontswap0 || fail swapoff
	suite_swap_remove
}

OPS=${1:-10000}
dmesg -n 1
for size in 64 2048; do
	! large_folios $size || once $size
done
