# SPDX-License-Identifier: GPL-2.0
# Free room is filled with what was read once as long as others have half as much left,
# and up to its limit when some of it was asked for.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-fill.sh

first_fill 0
