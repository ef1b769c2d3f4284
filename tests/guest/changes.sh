# SPDX-License-Identifier: GPL-2.0
# Write-back fails: what was to be written is not what the disk has, and is read
# from nowhere once it has left the page cache.  And a file that is written by DAX
# from one life of its inode to the next, and quota by the kernel.  And ftrace fails.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod dm-flakey
# vm-amd64: --distro-mod nd_e820 --distro-mod nd_pmem --append memmap=48M!128M
# vm: --distro-mod ext4 --distro-mod xfs --distro-mod btrfs --distro-mod quota_v2
# vm: --file build/guest/rules:/bin/rules --file build/guest/dmtable:/bin/dmtable
# vm: --disk build/guest/ext4.img,snap --disk build/guest/xfs.img,snap --disk build/guest/btrfs.img,snap
# vm: --disk build/guest/ext4-48m.img,snap
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more
. ./lib.sh
. ./lib-rules.sh

suite tmem_zcache:incompressible=keep
dmesg -n 1
for f in /dev/vda:ext4 /dev/vdb:xfs /dev/vdc:btrfs; do
	bad_writes "${f%:*}" "${f#*:}"
	scenario failed "$DIR"
	[ "${f#*:}" != ext4 ] || scenario quota "$DIR"
	umount "$DIR" || fail "umount $DIR"
done
if has_pmem; then
	pmem /dev/vdd
	scenario daxed "$DIR"
fi
rules_end

# ftrace fails, and will not let go: the module stays, and what is hooked works
if [ -z "$PLAIN" ]; then
	echo 2048 >/sys/module/tmem_cleancache/parameters/test_break
	rmmod tmem_cleancache &
	until dmesg | grep -q "the module stays"; do
		[ -d /sys/module/tmem_cleancache ] || fail "the module is gone"
		usleep 100000
	done
	# shellcheck disable=SC2154 # of bad_writes
	DIR=$(fs "$_dm" btrfs) || exit 1
	for s in hit truncated direct; do
		scenario $s "$DIR"
	done
	[ -z "${rules_failed-}" ] || fail "scenarios:$rules_failed"
fi
