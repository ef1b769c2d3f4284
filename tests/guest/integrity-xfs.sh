# SPDX-License-Identifier: GPL-2.0
# Writers, readers, evictors, truncation, holes, clones, remounts on xfs, while all
# that is in the store is compressed again.
# vm: --mem 160 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod xfs --disk build/guest/xfs.img,snap --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels: 6.1 6.12
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-integrity.sh

cold_at_once
integrity_on /dev/vda xfs 2 5 --size 12288
