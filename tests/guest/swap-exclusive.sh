# SPDX-License-Identifier: GPL-2.0
# Of pages that swap has loaded a store over a disk gives up its copies, and no page is
# lost by that.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more smoke
# column: frontswap
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-exclusive.sh

suite_swap tmem_zcache:max_bytes=12M tmem_frontswap:exclusive=always tmem_frontswap:admit_one_in=1
exclusive_loads
suite_swap_remove
