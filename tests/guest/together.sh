# SPDX-License-Identifier: GPL-2.0
# What reclaim drops together is put together: most pages of files of a dozen pages are
# compressed with their neighbours, and read back right.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more smoke
. ./lib.sh
. ./lib-fill.sh

put_together
