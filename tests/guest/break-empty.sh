# SPDX-License-Identifier: GPL-2.0
# Control: nothing empties the store: the scenario emptied must find it.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod ext4
# vm: --file build/guest/rules:/bin/rules --disk build/guest/ext4.img,snap
# kernels: 6.1 6.12
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more
# expect: fail
# expect-line: ^rules emptied stale=[1-9]
. ./lib.sh
. ./lib-rules.sh

control 4096 emptied
