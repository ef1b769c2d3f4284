# SPDX-License-Identifier: GPL-2.0
# A synchronous disk: past the swap cache, on 6.1 by ->rw_page, with a store that
# has room and with one that has not.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels: 6.1 6.12
# tier: more debug
. ./lib.sh
. ./lib-swap.sh

insmod_all "tmem tmem_zcache tmem_frontswap"
[ "$(cat /sys/module/tmem_frontswap/parameters/synchronous)" = Y ] || fail "not the default"
swap_on 0 256M
hog_start --kib 65536 --threads 2
hog fill
hog out
all_out 15000
held=$(fw curr_pages)
pages_at_least 15000 "$held" "pages in the store"
# swap frees what it reads
hog verify
[ "$(fw curr_pages)" -le $((held / 2)) ] || fail "$(fw curr_pages) of $held pages are held twice"
hog churn "${1:-20000}"
hog verify
# no room
used=$(stat_sum $ZC/used_bytes)
echo $((used / 2)) >/sys/module/tmem_zcache/parameters/max_bytes || fail max_bytes
dmesg -n 1
hog_ask out
hog fill
hog_ask out
pages_at_least 1000 "$(fw failed_stores)" "refused stores"
hog churn "${1:-20000}"
hog_right
[ "$(fw load_errors)" = 0 ] || fail "$(fw load_errors) load errors"
show_swap
swapoff /dev/frontswap0 || fail swapoff
hog verify
hog_end
suite_swap_remove
