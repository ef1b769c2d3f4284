# SPDX-License-Identifier: GPL-2.0
# Writers, readers, evictors, truncation, holes, clones, remounts on ext4.
# vm: --mem 128 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels: 6.1 6.12
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-integrity.sh

requests_take_long
integrity_on /dev/vda ext4 2 5 --size 12288
