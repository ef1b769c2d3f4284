# SPDX-License-Identifier: GPL-2.0
# Control: pages are given up though the read has failed: swap-exclusive-bad must
# find it, where swap reads several pages with one bio.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-mod --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# kernels: newest
# tier: more smoke
# column: frontswap
# expect: fail
# expect-line: .*given up that swap has not got
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-exclusive.sh

bad_disk tmem_frontswap:test_break=64
