# SPDX-License-Identifier: GPL-2.0
# Writers, readers, evictors, truncation, holes, clones, remounts on btrfs.
# vm: --mem 128 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod btrfs --disk build/guest/btrfs.img,snap --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-integrity.sh

integrity_on /dev/vda btrfs 2 5 --size 12288
