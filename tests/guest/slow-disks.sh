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
left_beside -1
left_beside 1000000
