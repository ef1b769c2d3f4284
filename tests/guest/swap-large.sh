# SPDX-License-Identifier: GPL-2.0
# Large folios go to swap in one bio, of which the store takes some pages and
# refuses others.
# vm: --mem 320 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

T=/sys/kernel/mm/transparent_hugepage

# 64 KiB where there are such, else 2 MiB
large_folios() {
	if [ -d $T/hugepages-64kB ]; then
		echo never >$T/enabled
		echo always >$T/hugepages-64kB/enabled
	else
		echo always >$T/enabled
	fi
}

# How many were swapped out in one piece.
large_swpout() {
	if [ -d $T/hugepages-64kB ]; then
		cat $T/hugepages-64kB/stats/swpout
	else
		awk '/^thp_swpout / { print $2 }' /proc/vmstat
	fi
}

large_folios
suite_swap tmem_zcache:max_bytes=10M
dmesg -n 1
# without a disk: a folio of which one page is refused stays in RAM
swap_on 0 128M
hog_start --kib 65536
hog fill
hog_ask out
show_swap
hog verify
[ "$(hog_said bus)" = 0 ] || fail SIGBUS
before=$(large_swpout)
at_least 1 "$before" "large folios swapped out whole"
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
[ ! -d $T/hugepages-64kB ] ||
	at_least $((before + 1)) "$(large_swpout)" "large folios swapped out whole"
hog verify
hog churn "${1:-10000}"
hog out
echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
hog verify
[ "$(hog_said bus)" = 0 ] || fail SIGBUS
hog_end
swapoff /dev/frontswap0 || fail swapoff
suite_swap_remove
