# SPDX-License-Identifier: GPL-2.0
# Pages of swap that are compressed again while they lie there come back right.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels: 6.1 6.12
# tier: more
# column: frontswap
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-cold.sh

swap_cold
