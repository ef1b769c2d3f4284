# SPDX-License-Identifier: GPL-2.0
# The kernel's own cleancache: every rule, everything at once, direct writes.
# vm: --mem 192 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod btrfs
# vm: --file build/guest/rules:/bin/rules --file build/guest/integrity:/bin/integrity
# vm: --file build/guest/dio_race:/bin/dio_race
# vm: --disk build/guest/ext4.img,snap --disk build/guest/ext4-1k.img,snap
# vm: --disk build/guest/xfs.img,snap --disk build/guest/btrfs.img,snap
# kernels: 5.10
# tier: test deep
#
# Not the scenario `pending`: before 5.15 a read beside a hole punch may bring
# the old data back into the page cache, with or without the modules.
. ./lib.sh
. ./lib-integrity.sh
. ./lib-rules.sh

# few pages, so that it is often full
suite tmem_zcache:incompressible=keep tmem_cleancache:ring_pages=64
for f in $ALL_FS; do
	dir=$(fs "${f%:*}" "${f#*:}") || exit 1
	for s in hit mixed small huge sparse dropped cloned direct truncated deleted \
		forgotten snapshot half_done; do
		scenario $s "$dir"
	done
	show_counters
	umount "$dir" || fail "umount $dir"
	[ "$(stat_sum "$(stored_file)")" = 0 ] ||
		fail "$(stat_sum "$(stored_file)") pages are left after umount"
done
rules_end 1000

dir=$(fs /dev/vda ext4)
dio_race --writes 3000 --seconds 20 "$dir/f" || fail "stale data after direct writes"
show_counters
integrity --remount /dev/vda,ext4 --rounds 2 --seconds 15 --size 12288 "$dir" || fail "data"
show_counters
[ "$(stat_sum "$ZC/corrupt")" = 0 ] || fail "corrupt pages in the store"
