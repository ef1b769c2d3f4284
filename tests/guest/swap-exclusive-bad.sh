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

bad_disk
suite_swap_remove
