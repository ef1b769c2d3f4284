# SPDX-License-Identifier: GPL-2.0
# Control: pages in doubt are put: the scenario faulted, a direct write that fails
# half-way, must find it.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod ext4
# vm: --file build/guest/rules:/bin/rules --disk build/guest/ext4.img,snap
# kernels: 6.1 6.12
# tier: more
# expect: fail
# expect-line: ^rules faulted (stale=[1-9]|stale=0 left=[1-9])
. ./lib.sh
. ./lib-rules.sh

control 512 faulted
