# SPDX-License-Identifier: GPL-2.0
# tmemctl sets swap up and takes down what it has set up, nothing else; and what
# it shows is there at every state.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file tools/tmemctl:/bin/tmemctl
# kernels: 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

# busybox's swapon knows no priorities
export PRIORITY=
tmemctl | grep -q 'not loaded' || fail "status without modules"
tmemctl --json | grep -q '"state": "not loaded"' || fail "json without modules"
suite_swap
tmemctl swap 2>/dev/null && fail "no argument"
tmemctl swap on 0 2>/dev/null && fail "size 0"
# this busybox has no blkid
export TMEM_FORCE=1
tmemctl swap on 64M /dev/nonesuch 2>/dev/null && fail "a missing disk"
[ "$(cat /sys/block/frontswap0/initstate)" = 0 ] || fail "half set up"
[ "$(wc -l </proc/swaps)" = 1 ] || fail "swap is on"
# two at once: each has a device of its own
tmemctl swap on 50% >/tmp/first &
tmemctl swap on 0 /dev/vda || fail "swap on 0 /dev/vda"
wait $! || fail "swap on 50%"
cat /tmp/first /proc/swaps
[ "$(grep -c '^/dev/frontswap[01] ' /proc/swaps)" = 2 ] || fail "two at once"
first=$(sed 's,.*/,,' /tmp/first)
case $first in
frontswap0) second=frontswap1 ;;
*)	    second=frontswap0 ;;
esac
total=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
size=$(($(cat /sys/block/$first/disksize) / 1024))
[ $size -ge $((total / 2 - 8)) ] && [ $size -le $((total / 2 + 8)) ] ||
	fail "$size KiB, of $total KiB of RAM"
[ "$(cat /sys/block/$second/disksize)" = 268435456 ] || fail "size of $second"
tmemctl | tee /dev/stderr | grep -q "^swap *$first" || fail "status"
tmemctl prometheus | grep -q '^tmem_up{.*} 1$' || fail prometheus
tmemctl --json | grep -q '"state": "at work"' || fail json
tmemctl doctor || fail doctor
[ "$(cat /sys/kernel/tmem/backend)" = zcache ] || fail "sysfs backend"
for f in used_bytes limit_bytes pers_pages; do
	[ "$(cat /sys/kernel/tmem/zcache/$f)" -gt 0 ] || fail "sysfs $f"
done
[ "$(cat /sys/kernel/tmem/frontswap/curr_pages)" -gt 0 ] || fail "sysfs curr_pages"
# one that somebody else has set up stays, and so does one that became something
# else
n=$(cat /sys/class/frontswap-control/hot_add)
echo 16M >/sys/block/frontswap$n/disksize
mkswap /dev/frontswap$n >/dev/null
swapon /dev/frontswap$n
swapoff /dev/$second
echo precious | dd of=/dev/$second bs=4096 conv=sync 2>/dev/null
tmemctl swap off || fail "swap off"
cat /proc/swaps
[ "$(wc -l </proc/swaps)" = 2 ] && in_swaps=$(grep -c "^/dev/frontswap$n " /proc/swaps)
[ "${in_swaps-}" = 1 ] || fail "what swap off left on"
[ "$(cat /sys/block/$first/initstate)" = 0 ] || fail "$first is set up still"
[ "$(cat /sys/block/$second/initstate)" = 1 ] && grep -q precious /dev/$second ||
	fail "what became something else is gone"
swapoff /dev/frontswap$n
for d in /sys/block/frontswap*; do
	echo 1 >$d/reset
done
suite_swap_remove
[ ! -e /sys/kernel/tmem ] || fail "/sys/kernel/tmem is there without the module"
