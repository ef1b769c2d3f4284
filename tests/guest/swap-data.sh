# SPDX-License-Identifier: GPL-2.0
# Swap to the store alone: every page comes back, and nothing is left behind.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more debug smoke
# column: frontswap
. ./lib.sh
. ./lib-swap.sh

suite_swap
cat /sys/module/tmem_frontswap/parameters/*
swap_on 0 256M
hog_start --kib 65536 --threads 2
hog fill
hog out
all_out 15000
show_swap
pages_at_least 15000 "$(fw curr_pages)" "pages in the store"
[ "$(cat /proc/sys/vm/frontswap)" = "$(fw curr_pages)" ] || fail "vm.frontswap"
hog verify
hog out
hog churn "${1:-60000}"
hog verify
hog out
show_swap
# swapoff brings all of it back
swapoff /dev/frontswap0 || fail "swapoff"
hog verify
# all but the header that mkswap wrote
[ "$(fw curr_pages)" -le 1 ] || fail "$(fw curr_pages) pages are left after swapoff"
# pages that were only read have a copy in swap, and are not stored again
pages_at_least 20000 "$(fw loads)" loads
[ "$(fw load_errors)" = 0 ] || fail "$(fw load_errors) load errors"
# and once more on the same device
swapon /dev/frontswap0 || fail "swapon, again"
hog out
hog verify
hog out
hog drop 0
# swap frees slots in batches of 64 for each CPU
[ "$(fw curr_pages)" -le 140 ] || fail "$(fw curr_pages) pages are left of none"
hog_end
swapoff /dev/frontswap0 || fail "swapoff, again"
suite_swap_remove
