# SPDX-License-Identifier: GPL-2.0
# A million operations of all kinds: writes in every way, clones, handles that
# change, inodes and caches dropped, and a disk that refuses writes twice a second.
# On ext4 without metadata_csum (chattr -v), and on xfs (clones).
# Young: it has not been seen to run to its end yet.  What it finds first may be
# a descriptor to which an error of the disk is said later than it expects.
# vm: --mem 192 --timeout 3600 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-flakey --distro-mod ext4 --distro-mod xfs
# vm: --disk build/guest/ext4-1k.img,snap --disk build/guest/xfs.img,snap
# vm: --file build/guest/integrity:/bin/integrity --file build/guest/dmtable:/bin/dmtable
# vm-debug: --mem 768
# kernels: 6.12
# tier: deep
. ./lib.sh
. ./lib-rules.sh
. ./lib-integrity.sh

# mixed DEVICE TYPE ROUNDS SECONDS [OPTIONS]
mixed() {
	bad_writes "$1" "$2"
	# shellcheck disable=SC2154 # of bad_writes
	integrity --remount "$_dm,$2${5:+,$5}" --rounds "$3" --seconds "$4" \
		--faults --files 4 --seed 11 "$DIR" || fail "data, on $2"
	show_counters
	umount "$DIR" || fail "umount $DIR"
}

dmesg -n 1
suite tmem_zcache:incompressible=keep
[ -n "$PLAIN" ] || turn_tunables
mixed /dev/vda ext4 "${1:-20}" 30 commit=600
mixed /dev/vdb xfs "${1:-20}" 30
[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 1000 ] ||
	fail "only $(cc succ_gets) hits: nothing was tested"
[ "$(stat_sum "$ZC/corrupt")" = 0 ] || fail "corrupt pages in the store"
