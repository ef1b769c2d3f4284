# SPDX-License-Identifier: GPL-2.0
# A store without a limit of its own takes what it may beside the page cache: five
# times what is left, and more where disks are slow.
# vm: --mem 192 --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-fill.sh

make_tree
for us in -1 1000000; do
	suite tmem_zcache:max_percent=90 tmem_cleancache:request_us=$us
	mount -t ext4 /dev/vda "$_mnt" || fail mount
	read_tree
	read_tree
	read_tree
	slow=$(cat $ZC/slow_disks)
	echo "a request takes $us us: slow_disks $slow"
	# less than a fifth, of what is in the store and what the kernel keeps back
	if [ $us = -1 ]; then
		[ "$slow" = 0 ] || fail "the disk is slow"
		[ $((_left * 11)) -gt $((_used * 2)) ] || fail "less than a fifth is left"
	else
		[ "$slow" = 1 ] || fail "the disk is not slow"
		[ $((_left * 11)) -lt $((_used * 2)) ] || fail "a fifth is left beside a slow disk"
	fi
	umount "$_mnt" || fail umount
	suite_remove
done
