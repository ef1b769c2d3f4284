# SPDX-License-Identifier: GPL-2.0
# Every safety rule, on every file system: nothing stale, nothing left.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod dm-delay
# vm: --file build/guest/rules:/bin/rules --file build/guest/dmdelay:/bin/dmdelay
# vm: --distro-mod ext4 --distro-mod xfs --distro-mod btrfs
# vm: --disk build/guest/ext4.img,snap --disk build/guest/ext4-1k.img,snap
# vm: --disk build/guest/xfs.img,snap --disk build/guest/btrfs.img,snap
# vm-debug: --mem 768
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-rules.sh

suite tmem_zcache:incompressible=keep
for f in $ALL_FS; do
	dir=$(fs "${f%:*}" "${f#*:}") || exit 1
	for s in direct faulted truncated left_behind deleted forgotten renamed snapshot; do
		scenario $s "$dir"
	done
	case $f in
	/dev/vda* | *xfs)
		scenario pending "$dir"
		scenario half_done "$dir" --seconds 4
		;;
	esac
	umount "$dir" || fail "umount $dir"
done
# direct writes in flight, on disks whose writes are slow
for f in $ALL_FS; do
	dm=$(dmdelay "${f%:*}" 60) || {
		echo "no dm-delay here"
		break
	}
	dir=$(fs "$dm" "${f#*:}") || exit 1
	scenario in_flight "$dir"
	scenario left_behind "$dir"
	umount "$dir" || fail "umount $dir"
done
rules_end 1000
