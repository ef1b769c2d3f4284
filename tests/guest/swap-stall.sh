# SPDX-License-Identifier: GPL-2.0
# Memory so short that tasks wait for kswapd, which does nothing, since a single
# zone has enough: the store ends that, and all pages are right.
# vm: --mem 256 --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# tier: test smoke
# column: frontswap
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-stall.sh

stall
