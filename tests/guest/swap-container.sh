# SPDX-License-Identifier: GPL-2.0
# A container that swaps at its own limit pushes no file page out of the store; who
# swaps for want of RAM does.
# vm: --mem 192 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh
. ./lib-fill.sh
. ./lib-swap-container.sh

swap_container
