# SPDX-License-Identifier: GPL-2.0
# scripts/boot/tmem-swap sets swap up and takes it down again.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file scripts/boot/tmem-swap:/bin/tmem-swap
# kernels: 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

# busybox's swapon knows no priorities
export PRIORITY=
suite_swap
tmem-swap 2>/dev/null && fail "no argument"
tmem-swap start 0 2>/dev/null && fail "size 0"
tmem-swap start 64M /dev/nonesuch 2>/dev/null && fail "a missing disk"
[ "$(cat /sys/block/frontswap0/initstate)" = 0 ] || fail "half set up"
[ "$(wc -l </proc/swaps)" = 1 ] || fail "swap is on"
tmem-swap start 50% || fail "start 50%"
tmem-swap start 0 /dev/vda || fail "start 0 /dev/vda"
cat /proc/swaps
grep -q '^/dev/frontswap0 ' /proc/swaps || fail "frontswap0"
grep -q '^/dev/frontswap1 ' /proc/swaps || fail "frontswap1"
total=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
size=$(($(cat /sys/block/frontswap0/disksize) / 1024))
[ $size -ge $((total / 2 - 8)) ] && [ $size -le $((total / 2 + 8)) ] ||
	fail "$size KiB, of $total KiB of RAM"
[ "$(cat /sys/block/frontswap1/disksize)" = 268435456 ] || fail "size of frontswap1"
tmem-swap stop || fail stop
[ "$(wc -l </proc/swaps)" = 1 ] || fail "swap is on after stop"
suite_swap_remove
