# SPDX-License-Identifier: GPL-2.0
# Control: a refused put leaves the older page: swap-stale must find it.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more
# expect: fail
# expect-line: ^ *verify BAD
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-stale.sh

suite_swap tmem_frontswap:test_break=1
stale_duplicates
