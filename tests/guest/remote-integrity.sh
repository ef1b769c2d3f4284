# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# Everything at once on ext4, xfs and btrfs, and direct writes that race with
# readers, with a store of 1 MiB before a memcached that holds the rest.
# vm: --mem 256 --timeout 1500 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod xfs --distro-mod btrfs
# vm: --disk build/guest/ext4.img,snap --disk build/guest/xfs.img,snap --disk build/guest/btrfs.img,snap
# vm: --file build/guest/integrity:/bin/integrity --file build/guest/dio_race:/bin/dio_race
# vm: --file build/guest/memcached:/memcached
# vm-debug: --mem 768
# kernels: 6.12 6.1 newest
# tier: deep debug
. ./lib.sh
. ./lib-integrity.sh
. ./lib-remote.sh

# In place of lib.sh's: the same tests, with pages that are elsewhere.
suite() {
	suite_remote 64 tmem_zcache:max_bytes=1M tmem_zcache:incompressible=keep \
		tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=5000
}

suite_remove() {
	show_far "$what"
	[ "$(far hits)" -gt 100 ] || fail "$what: only $(far hits) pages came from memcached"
	[ "$(far wrong)" = 0 ] || fail "$what: $(far wrong) values were not what was sent"
	suite_remote_remove
}

for what in vda:ext4 vdb:xfs vdc:btrfs; do
	integrity_on /dev/${what%:*} ${what#*:} 2 15 --size 12288
done

what=direct
suite
# what is there has to go, as soon as it has been copied
while usleep 50000; do
	echo 0 >$ZCP/remote_max_bytes
	usleep 50000
	echo 4K >$ZCP/max_bytes
	echo 1M >$ZCP/max_bytes
done 2>/dev/null &
squeeze=$!
for f in vda:ext4 vdb:xfs; do
	dir=$(fs /dev/${f%:*} ${f#*:}) || exit 1
	dio_race --writes 3000 --seconds 20 --pages 512 "$dir/f" || fail "stale data on $dir"
	show_counters
	umount "$dir" || fail "umount $dir"
done
kill $squeeze
suite_remove
