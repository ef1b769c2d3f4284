# SPDX-License-Identifier: GPL-2.0
# 128 MB of RAM, no swap, and little to spare: nobody is killed with the
# modules who is not without them, nor with more in the store where disks are slow.
# vm: --mem 128 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/pressure:/bin/pressure
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-integrity.sh

dir=$(fs /dev/vda ext4) || exit 1
# the same for both runs: all but 13 MB of what is available.  6.1 alone kills
# somebody at 9; loading the modules takes 2 of what is left
avail=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
anon=$(((avail - 13312) * 8 / 9))
pressure "$dir" $anon 65536 "${1:-8}" || fail "without the modules: the test asks too much"
for us in -1 1000000; do
	echo "a request takes $us us"
	suite tmem_cleancache:request_us=$us
	awk '/^MemAvailable/ { print "available with the modules: " $2 " KiB, without: '"$avail"'" }' /proc/meminfo
	rc=0
	pressure "$dir" $anon 65536 "${1:-8}" || rc=$?
	show_counters
	[ $rc = 0 ] || fail "with the modules"
	# and what was held is not held for good: half the anonymous memory, more files
	pressure "$dir" $((anon / 2)) 65536 4 || fail "with the modules, and half of it"
	show_counters
	[ -n "$PLAIN" ] || [ "$(cc puts)" -gt 100 ] || fail "nothing was put"
	[ -n "$PLAIN" ] || [ $us = -1 ] || [ "$(cat $ZC/slow_disks)" = 1 ] || fail "the disk is not slow"
	suite_remove
done
