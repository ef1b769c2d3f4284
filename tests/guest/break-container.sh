# SPDX-License-Identifier: GPL-2.0
# Control: pages of containers are like all others, and the store does not ask
# what it takes away: who comes after must find that there is no room.
# vm: --mem 384 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --disk build/guest/ext4-1k.img,snap
# vm: --file build/guest/pressure:/bin/pressure
# kernels: 6.12
# tier: more
# expect: fail
# expect-line: ^FAIL: the container pushes others out of RAM, he comes after
. ./lib.sh
. ./lib-container.sh

container tmem_zcache:test_break=18
