# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-container.sh - a container that swaps at its own limit pushes no file page
# out of the store; who swaps for want of RAM does
#
# swap_container [MODULE:PARAM=VALUE]...
# shellcheck disable=SC2154 # $_mnt and $_used are those of lib-fill.sh

CG=/cgroup

# swapped KIB   by a hog of that size, in this shell's cgroup; then $out pages were
# swapped out, and $pushed pages of files went for them
swapped() {
	out=$(awk '$1 == "pswpout" { print $2 }' /proc/vmstat)
	pushed=$(cat $ZC/evicted_swap)
	pages=$(cat $ZC/eph_pages)
	hog_start --kib "$1"
	hog fill
	hog verify
	hog_right
	hog_end
	out=$(($(awk '$1 == "pswpout" { print $2 }' /proc/vmstat) - out))
	pushed=$(($(cat $ZC/evicted_swap) - pushed))
	echo "$1 KiB: $out pages swapped out, $pushed of files pushed out of $pages, pays $(cat $ZC/pays)"
}

swap_container() {
	mkdir -p $CG
	mount -t cgroup2 none $CG || fail "mount cgroup2"
	echo +memory >$CG/cgroup.subtree_control || fail "no memory controller"
	mkdir $CG/small
	echo 16M >$CG/small/memory.max || fail memory.max

	make_tree
	suite "$@"
	insmod_all tmem_frontswap
	swap_on 0 128M
	mount -t ext4 /dev/vda "$_mnt" || fail mount
	read_tree
	[ "$_used" -gt 50000 ] || fail "not filled"

	echo $$ >$CG/small/cgroup.procs || fail cgroup.procs
	swapped 40960
	echo $$ >$CG/cgroup.procs || fail cgroup.procs
	[ "$out" -gt 4000 ] || fail "the container does not swap"
	# RAM is short as well now and then, and some of it went for that
	[ $((pushed * 4)) -lt "$out" ] || fail "a container's swap pushes files out"

	swapped 131072
	[ "$out" -gt 2000 ] || fail "nobody swaps"
	[ "$pushed" -gt 1000 ] || fail "swap does not push files out"

	umount "$_mnt" || fail umount
	swapoff /dev/frontswap0 || fail swapoff
	rmmod_all tmem_cleancache
	suite_swap_remove
}
