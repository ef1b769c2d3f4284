# SPDX-License-Identifier: GPL-2.0
# Control: pages of containers are like all others: what one swaps at its own limit
# must be seen to push files out.
# vm: --mem 192 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
# expect: fail
# expect-line: ^FAIL: a container's swap pushes files out
. ./lib.sh
. ./lib-swap.sh
. ./lib-fill.sh
. ./lib-swap-container.sh

swap_container tmem_zcache:test_break=2
