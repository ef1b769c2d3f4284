# SPDX-License-Identifier: GPL-2.0
# Control: the store leaves the kernel alone: swap-stall must find it waiting.
# vm: --mem 256 --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# tier: test smoke
# column: frontswap
# expect: fail
# expect-line: ^FAIL: tasks had to wait for [0-9]+ of
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-stall.sh

stall tmem_zcache:test_break=1
