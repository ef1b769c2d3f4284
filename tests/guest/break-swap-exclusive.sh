# SPDX-License-Identifier: GPL-2.0
# Control: swap is not told that its copy is the only one: swap-exclusive must
# find pages that are gone.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.12
# tier: more
# expect: fail
# expect-line: .*SIGBUS
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-exclusive.sh

suite_swap tmem_zcache:max_bytes=12M tmem_frontswap:exclusive=always tmem_frontswap:admit_one_in=1 tmem_frontswap:test_break=32
exclusive_loads
