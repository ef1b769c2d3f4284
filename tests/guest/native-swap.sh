# SPDX-License-Identifier: GPL-2.0
# The kernel's own frontswap: pages of an ordinary swap disk go to the store,
# which can be emptied while they are in use.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 5.10
# tier: test deep smoke
# column: frontswap
. ./lib.sh
. ./lib-swap.sh

K=/sys/kernel/debug/frontswap

suite_swap tmem_zcache:max_bytes=12M
mkswap /dev/vda >/dev/null || fail mkswap
swapon /dev/vda || fail swapon
hog_start --kib 65536 --threads 2
hog fill
hog out
all_out 15000
show_swap
held=$(cat /proc/sys/vm/frontswap)
at_least 3000 "$held" "pages in the store"
at_least 1000 "$(stat_sum $K/failed_stores)" "refused stores"
[ "$(stat_sum $K/succ_stores)" = "$(fw succ_stores)" ] || fail "the counts differ"
hog verify
hog churn "${1:-20000}"
hog out
# a partial swapoff: the pages come back, as far as there is RAM
hog drop 8000
echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
[ "$(cat /proc/sys/vm/frontswap)" -le 140 ] ||
	fail "$(cat /proc/sys/vm/frontswap) pages are left"
hog verify
hog out
swapoff /dev/vda || fail swapoff
hog verify
[ "$(cat /proc/sys/vm/frontswap)" = 0 ] || fail "pages are left after swapoff"
[ "$(stat_sum $ZC/pers_pages)" = 0 ] || fail "pages are left in the store"
# once more, on the same type
swapon /dev/vda || fail "swapon, again"
hog out
hog verify
hog_end
swapoff /dev/vda || fail "swapoff, again"
rmmod tmem_frontswap 2>/dev/null && fail "rmmod of what cannot be taken out"
rmmod tmem_zcache 2>/dev/null && fail "rmmod of the backend"
exit 0
