# SPDX-License-Identifier: GPL-2.0
# Two devices at once; on one of them a file system with a swap file.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels: 6.1 6.12
# tier: more debug
. ./lib.sh
. ./lib-swap.sh

suite_swap tmem_frontswap:devices=2
# a file system that is on the disk below already
set_up 0 0 /dev/vda
dir=$(fs /dev/frontswap0 ext4) || exit 1
dd if=/dev/zero of="$dir/swap" bs=1048576 count=40 2>/dev/null || fail dd
chmod 600 "$dir/swap"
dd if=/dev/urandom of="$dir/data" bs=65536 count=160 2>/dev/null || fail dd
sum=$(md5sum <"$dir/data")
sync
mkswap "$dir/swap" >/dev/null || fail "mkswap file"
swapon "$dir/swap" || fail "swapon file"
swap_on 1 40M /dev/vdb
hog_start --kib 65536 --threads 2
hog fill
hog out
all_out 15000
cat /proc/swaps
hog verify
hog churn "${1:-10000}"
hog out
# a second write is not from the start, and means nothing, as with any sysctl
{
	echo 100000000
	echo 100
} >/proc/sys/vm/frontswap
[ "$(cat /proc/sys/vm/frontswap)" -ge 1000 ] || fail "a write in the middle of vm.frontswap"
echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
echo 3 >/proc/sys/vm/drop_caches
[ "$(md5sum <"$dir/data")" = "$sum" ] || fail "the file has changed"
hog verify
hog out
hog drop "$(of_4k 8192)"
swapoff "$dir/swap" || fail "swapoff file"
hog verify
swapoff /dev/frontswap1 || fail swapoff
hog verify
hog_end
umount "$dir" || fail umount
# all of it is on the disk when it was written back
dd if=/dev/zero of=/dev/frontswap1 bs=4096 count=64 2>/dev/null
sync
echo all >/sys/block/frontswap0/writeback || fail "writeback all"
echo 1 >/sys/block/frontswap0/reset || fail reset
dir=$(fs /dev/vda ext4) || exit 1
[ "$(md5sum <"$dir/data")" = "$sum" ] || fail "the file on the disk below is not the same"
umount "$dir"
suite_swap_remove
