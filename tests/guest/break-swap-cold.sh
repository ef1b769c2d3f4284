# SPDX-License-Identifier: GPL-2.0
# Control: of a chunk the wrong page is read: swap-cold must notice.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
# expect: fail
# expect-line: ^ *verify BAD
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-cold.sh

swap_cold tmem_zcache:test_break=32
