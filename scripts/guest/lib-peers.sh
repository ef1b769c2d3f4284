# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# lib-peers.sh - what a guest can swap to, for the guests of scripts/bench/swap and
# build; and disks, also for that of scripts/bench/remote
#
# A peer is frontswap, dedup (frontswap with deduplication), zram or zswap.

DISK_MB=384
zc=/sys/kernel/debug/tmem/zcache
zs=/sys/kernel/debug/zswap

die() {
	echo "${0##*/}: $*"
	exit 1
}

# make_disk N MB FROM   /dev/nullbN, a disk in memory that answers after $DISK_US (100)
# of guest time.  It is filled from FROM, so that it has all its memory from the
# beginning: it would need some to take pages out of RAM.  In order, from 0.
make_disk() {
	if [ "$1" = 0 ]; then
		# loaded by the rig with a disk of its own
		rmmod null_blk
		modprobe null_blk nr_devices=0 || die "null_blk"
	fi
	d=/sys/kernel/config/nullb/nullb$1
	mkdir "$d" || die "configfs"
	echo "$2" >"$d/size"
	echo 1 >"$d/memory_backed"
	echo 4096 >"$d/blocksize"
	echo 2 >"$d/irqmode"
	echo "${DISK_US:-100}000" >"$d/completion_nsec"
	echo 1 >"$d/power" || die "null_blk power"
	[ -b "/dev/nullb$1" ] || die "no /dev/nullb$1"
	[ ! -b "$3" ] || set -- "$@" iflag=direct
	from=$3 to=$1 mb=$2
	shift 3
	dd if="$from" of="/dev/nullb$to" bs=1M count="$mb" oflag=direct "$@" 2>/tmp/dd || die "$(cat /tmp/dd)"
}

# sectors N   read and written, of /dev/nullbN
sectors() {
	awk -v d="nullb$1" '$3 == d { print $6, $10 }' /proc/diskstats
}

# swap_to PEER COMPRESSOR DISK PERCENT   with a DISK behind, or "": the store is
# then held to PERCENT of RAM, whichever it is
swap_to() {
	local peer="$1" comp="$2" dev="$3" percent="$4" size="${DISK_MB}M" p

	case $peer in
	frontswap | dedup)
		set -- compressor="$comp"
		[ -z "$dev" ] || set -- "$@" max_percent="$percent"
		[ "$peer" != dedup ] || set -- "$@" dedup=client
		insmod /suite/tmem.ko && insmod /suite/tmem_zcache.ko "$@" &&
			insmod /suite/tmem_frontswap.ko || die insmod
		[ -z "$dev" ] || { size=0 && echo "$dev" >/sys/block/frontswap0/backing_dev; } || die backing_dev
		echo $size >/sys/block/frontswap0/disksize || die disksize
		dev=/dev/frontswap0
		;;
	zram)
		echo "$comp" >/sys/block/zram0/comp_algorithm || die comp_algorithm
		echo $size >/sys/block/zram0/disksize || die disksize
		dev=/dev/zram0
		;;
	zswap)
		p=/sys/module/zswap/parameters
		echo "$comp" >$p/compressor || die compressor
		# zsmalloc is all there is since 6.18
		[ ! -e $p/zpool ] || echo zsmalloc >$p/zpool || die zpool
		echo "$percent" >$p/max_pool_percent || die max_pool_percent
		echo Y >$p/enabled || die enabled
		[ "$(cat $p/compressor) $(cat $p/zpool 2>/dev/null || echo zsmalloc) $(cat $p/enabled)" = "$comp zsmalloc Y" ] ||
			die "zswap is not what it was told to be"
		;;
	*)
		die "$peer?"
		;;
	esac
	mkswap "$dev" >/dev/null && swapon "$dev" || die swapon
}

# The files that say what PEER holds; the first number of the first is of pages.
held_files() {
	case $1 in
	frontswap | dedup)
		echo $zc/pers_pages $zc/used_bytes $zc/zs_bytes $zc/same_filled $zc/duplicates ;;
	zram) echo /sys/block/zram0/mm_stat ;;
	zswap) echo $zs/stored_pages $zs/pool_total_size ;;
	esac
}

# held PEER NUMBER...   what these files said, as figures.  used: descriptors and
# tables of the store; slot: what there is besides for each page.
held() {
	peer=$1
	shift
	case $peer in
	frontswap | dedup)
		# the disk's two bytes a slot are not in used
		echo "stored=$1 used=$2 data=$3 same=$4 duplicates=$5 slot=2"
		;;
	zram)
		# orig compr mem_used limit max same compacted huge; a slot's entry is 24
		# bytes with the times of access, which Debian has on
		echo "stored=$(($1 / 4096)) used=$3 data=$3 same=$6 duplicates=0 slot=24"
		;;
	zswap)
		# without the tree that the entries hang in
		echo "stored=$1 used=$2 data=$2 slot=$(cat /sys/kernel/slab/zswap_entry/object_size)"
		;;
	esac
}
