# SPDX-License-Identifier: GPL-2.0
# Blocks larger than a page (xfs since 6.12, ext4 since 6.19), so that all folios
# are large: every way to read, every rule, and everything at once.  Not
# left_behind, which evicts a part of what was read: no folio is split there.
# vm: --mem 192 --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/rules:/bin/rules --file build/guest/integrity:/bin/integrity
# vm: --distro-mod ext4 --distro-mod xfs
# vm: --disk build/guest/ext4-16k.img,snap --disk build/guest/xfs-16k.img,snap
# kernels: 6.12
# tier: more
. ./lib.sh
. ./lib-rules.sh
. ./lib-integrity.sh

mountable=
for f in /dev/vda:ext4 /dev/vdb:xfs; do
	dir=/mnt/${f#*:}
	mkdir -p "$dir"
	if mount -t "${f#*:}" "${f%:*}" "$dir" 2>/dev/null; then
		umount "$dir"
		mountable="$mountable $f"
	else
		echo "no ${f#*:} with blocks of 16 KiB here"
	fi
done
[ -n "$mountable" ] || {
	echo "skip: this kernel has no blocks larger than a page"
	exit 0
}

suite tmem_zcache:incompressible=keep
for f in $mountable; do
	dir=$(fs "${f%:*}" "${f#*:}") || exit 1
	before=$(cc succ_gets)
	for s in hit $WAYS direct truncated deleted forgotten snapshot; do
		scenario $s "$dir"
	done
	echo "large-blocks ${f#*:} hits=$(($(cc succ_gets) - before))"
	umount "$dir" || fail "umount $dir"
done
rules_end 1000
suite_remove

for f in $mountable; do
	integrity_on "${f%:*}" "${f#*:}" 2 10 --size 12288
done
