# SPDX-License-Identifier: GPL-2.0
# Control: who reads once leaves others little: fill must find it.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# kernels: 6.12
# tier: more
# expect: fail
# expect-line: .*leaves others little
. ./lib.sh
. ./lib-fill.sh

first_fill 4
