# SPDX-License-Identifier: GPL-2.0
# Direct writes that race with readers and evictors: 0 stale in 2 x 3000 writes.
# vm: --mem 128 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod xfs --file build/guest/dio_race:/bin/dio_race
# vm: --disk build/guest/ext4.img,snap --disk build/guest/xfs.img,snap
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more
. ./lib.sh
. ./lib-integrity.sh

suite tmem_zcache:incompressible=keep
for f in /dev/vda:ext4 /dev/vdb:xfs; do
	dir=$(fs "${f%:*}" "${f#*:}") || exit 1
	dio_race --writes 3000 --seconds 15 "$dir/f" || fail "stale data on $dir"
	show_counters
done
[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 100 ] ||
	fail "only $(cc succ_gets) hits: nothing was tested"
