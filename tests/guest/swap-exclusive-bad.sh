# SPDX-License-Identifier: GPL-2.0
# The disk below fails: of pages that swap does not get the store gives up none.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-mod --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# kernels: 6.1 6.12
# tier: more smoke
# column: frontswap
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-exclusive.sh

suite_swap tmem_zcache:max_bytes=24M tmem_frontswap:exclusive_percent=100 tmem_frontswap:admit_one_in=2 \
	$ALMOST_NO_MARK
bad_disk
suite_swap_remove
