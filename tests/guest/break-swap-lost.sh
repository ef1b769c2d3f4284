# SPDX-License-Identifier: GPL-2.0
# Control: slots that are lost can be read: swap-stale must find what was there
# before.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-mod --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# kernels: 6.12
# tier: more
# expect: fail
# expect-line: ^ *verify BAD
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-stale.sh

suite_swap tmem_frontswap:test_break=16
failed_writes
