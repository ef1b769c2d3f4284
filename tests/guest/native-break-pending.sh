# SPDX-License-Identifier: GPL-2.0
# Control, with the kernel's own cleancache: pages in the ring are not cancelled: the scenario half_done must find it.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod ext4
# vm: --file build/guest/rules:/bin/rules --disk build/guest/ext4.img,snap
# kernels: 5.10
# tier: test deep
# expect: fail
# expect-line: ^rules half_done (stale=[1-9]|stale=0 left=[1-9])
. ./lib.sh
. ./lib-rules.sh

control 16 half_done zstd
