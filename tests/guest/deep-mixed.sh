# SPDX-License-Identifier: GPL-2.0
# A million operations of all kinds: writes in every way, clones, handles that
# change, inodes and caches dropped, and a disk that refuses writes twice a second.
# On ext4 without metadata_csum (chattr -v), on xfs (clones), and on ext4 in
# persistent memory, where files change between DAX and the page cache.
# Words: how many rounds of 30 s (20 are 75000 reads and writes and 120000 evictions
# where nothing else runs), and ext4, xfs or dax (all).
# vm: --mem 256 --timeout 3600 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-flakey --distro-mod ext4 --distro-mod xfs
# vm: --disk build/guest/ext4-1k.img,snap --disk build/guest/xfs.img,snap
# vm-amd64: --distro-mod nd_e820 --distro-mod nd_pmem --append memmap=48M!128M
# vm: --disk build/guest/ext4-48m.img,snap
# vm: --file build/guest/integrity:/bin/integrity --file build/guest/dmtable:/bin/dmtable
# vm-debug: --mem 768
# kernels: 6.12
# tier: deep
. ./lib.sh
. ./lib-rules.sh
. ./lib-integrity.sh

# be FILE OFFSET BYTES   a big-endian number
be() {
	echo $((0x$(dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null | hexdump -v -e '1/1 "%02x"')))
}

# xfs_log DEVICE   first sector and sectors of its log, by fields of its superblock
xfs_log() {
	_ag=$(be "$1" 124 1) _start=$(be "$1" 48 8) _unit=$(($(be "$1" 4 4) / 512))
	echo $((((_start >> _ag) * $(be "$1" 84 4) + (_start & ((1 << _ag) - 1))) * _unit)) \
		$(($(be "$1" 96 4) * _unit))
}

# mixed DEVICE TYPE ROUNDS SECONDS [OPTIONS]
mixed() {
	bad_writes "$1" "$2"
	# xfs shuts down when its log cannot be written, which happens at any time
	[ "$2" != xfs ] || DISK_BAD="dmtable --spare $(xfs_log "$1") ${DISK_BAD#dmtable }"
	# shellcheck disable=SC2154 # of bad_writes
	integrity --remount "$_dm,$2${5:+,$5}" --rounds "$3" --seconds "$4" \
		--faults --files 4 --seed 11 "$DIR" || {
		dmesg | tail -n 20
		fail "data, on $2"
	}
	show_counters
	umount "$DIR" || fail "umount $DIR"
}

dmesg -n 1
suite tmem_zcache:incompressible=keep
[ -n "$PLAIN" ] || turn_tunables
case ${2-ext4} in ext4) mixed /dev/vda ext4 "${1:-20}" 30 commit=600 ;; esac
case ${2-xfs} in xfs) mixed /dev/vdb xfs "${1:-20}" 30 ;; esac
case ${2-dax} in dax)
	if has_pmem; then
		pmem /dev/vdc
		integrity --remount /dev/pmem0,ext4,dax=inode --rounds "${1:-20}" --seconds 30 \
			--dax --files 3 --seed 11 "$DIR" || fail "data, with DAX"
		show_counters
		umount "$DIR" || fail "umount $DIR"
	fi
	;;
esac
[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 1000 ] ||
	fail "only $(cc succ_gets) hits: nothing was tested"
[ "$(stat_sum "$ZC/corrupt")" = 0 ] || fail "corrupt pages in the store"
