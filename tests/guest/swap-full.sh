# SPDX-License-Identifier: GPL-2.0
# A store that is full, and no disk: writes are refused, nothing is lost.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels: 6.1 6.12
# tier: more debug
. ./lib.sh
. ./lib-swap.sh

suite_swap tmem_zcache:max_bytes=8M
swap_on 0 128M
dmesg -n 1
hog_start --kib 49152 --threads 2
hog fill
hog_ask out
show_swap
pages_at_least 1000 "$(fw failed_stores)" "refused stores"
pages_at_least 1000 "$(fw curr_pages)" "pages in the store"
hog_right
hog_ask out
hog churn "${1:-20000}"
hog_right
# the limit holds
used=$(stat_sum $ZC/used_bytes)
[ "$used" -le $((8 * 1048576 + 1048576)) ] || fail "the store takes $used bytes"
# nowhere to go
echo 0 2>/dev/null >/proc/sys/vm/frontswap && fail "vm.frontswap=0 without a disk"
dmesg | grep -q 'vm.frontswap=0: .*no backing device' || fail "no message"
echo 1 2>/dev/null >/sys/block/frontswap0/writeback && fail "writeback without a disk"
# there is room again when pages are given back
hog drop 0
hog fill
before=$(fw succ_stores)
hog_ask out
pages_at_least 500 $(($(fw succ_stores) - before)) "stores after a drop"
hog verify
swapoff /dev/frontswap0 || fail swapoff
hog verify
hog_end

# the disk itself: what was refused cannot be read, and reads as nothing else
hog_start --kib 49152 --disk /dev/frontswap0
hog fill
hog out
hog verify
pages_at_least 1000 "$(hog_said bus)" "pages that cannot be read"
hog fill
hog out
hog verify
pages_at_least 1000 "$(hog_said bus)" "pages that cannot be read"
hog_end

# Who writes to it, and is not there to free memory, waits for some.
brk=/sys/module/tmem_frontswap/parameters/test_break
echo 1 >/sys/block/frontswap0/reset || fail reset
set_up 0 64M
echo 512 >$brk || fail "test_break=512"
before=$(fw failed_stores)
hog_start --kib 4096 --disk /dev/frontswap0
hog fill
hog out
hog verify
[ "$(hog_said bus)" = 0 ] || fail "$(hog_said bus) pages are lost for want of memory"
pages_at_least 100 $(($(fw failed_stores) - before)) "pages that had to wait"
hog_end
echo 0 >$brk
suite_swap_remove
