# SPDX-License-Identifier: GPL-2.0
# Every way to read, on every file system: right, and from the store.
# vm: --mem 192 --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/rules:/bin/rules
# vm: --distro-mod ext4 --distro-mod xfs --distro-mod btrfs
# vm: --disk build/guest/ext4.img,snap --disk build/guest/ext4-1k.img,snap
# vm: --disk build/guest/xfs.img,snap --disk build/guest/btrfs.img,snap
# vm-debug: --mem 768
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more debug smoke
# column: cleancache
. ./lib.sh
. ./lib-rules.sh

nothing_stored() { [ -n "$PLAIN" ] || [ "$(stat_sum "$(stored_file)")" = 0 ]; }

suite tmem_zcache:incompressible=keep
for f in $ALL_FS; do
	dir=$(fs "${f%:*}" "${f#*:}") || exit 1
	before=$(cc succ_gets)
	scenario hit "$dir"
	# two evictions, each read again: all but a few pages come back
	hits=$(($(cc succ_gets) - before))
	[ -n "$PLAIN" ] || [ $hits -ge 460 ] ||
		fail "$hits of 512 pages came from the store on $dir"
	for s in $WAYS; do
		scenario $s "$dir"
	done
	[ "$f" != /dev/vda:ext4 ] || scenario available "$dir"
	umount "$dir" || fail "umount $dir"
	# the pool goes in a worker, after umount has returned
	until_soon nothing_stored || fail "$(stat_sum "$(stored_file)") pages are left after umount"
done
rules_end 1000
