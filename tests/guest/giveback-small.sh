# SPDX-License-Identifier: GPL-2.0
# 128 MB of RAM, no swap, and little to spare: nobody is killed with
# tmem_selfballoon who is not without it.
# vm: --mem 128 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/pressure:/bin/pressure
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-integrity.sh

dir=$(fs /dev/vda ext4) || exit 1
suite
# as in small-guest.sh, with both runs after the modules of that
avail=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
anon=$(((avail - 13312) * 8 / 9))
pressure "$dir" $anon 65536 8 || fail "without the module: the test asks too much"
insmod /suite/tmem_selfballoon.ko unreported=1 selfballoon_interval=1 \
	selfballoon_downhysteresis=1 selfballoon_reserved_mb=1 selfballoon_min_usable_mb=1 ||
	fail "insmod tmem_selfballoon"
rc=0
pressure "$dir" $anon 65536 8 || rc=$?
(cd /sys/kernel/tmem/selfballoon && grep . ./*) | tr '\n' ' '
echo
show_counters
[ $rc = 0 ] || fail "with the module"
