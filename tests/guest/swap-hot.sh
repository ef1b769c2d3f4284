# SPDX-License-Identifier: GPL-2.0
# A full store over a disk: work that moves to other pages finds them in the store
# again soon, though cold ones have filled it.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-hot.sh

suite_swap tmem_zcache:max_bytes=8M
hot_pages
suite_swap_remove
