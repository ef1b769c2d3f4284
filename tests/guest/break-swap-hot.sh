# SPDX-License-Identifier: GPL-2.0
# Control: hardly any page gets into a full store: swap-hot must find it.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.12
# tier: more
# expect: fail
# expect-line: .*cold pages keep hot ones out
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-hot.sh

suite_swap tmem_zcache:max_bytes=8M tmem_frontswap:admit_one_in=1000
hot_pages
