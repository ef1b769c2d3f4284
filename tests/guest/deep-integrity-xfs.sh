# SPDX-License-Identifier: GPL-2.0
# The same on xfs for five minutes, in more memory and with larger files.
# vm: --mem 192 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod xfs --disk build/guest/xfs.img,snap --file build/guest/integrity:/bin/integrity
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-integrity.sh

cold_at_once
turn_tunables
integrity_on /dev/vda xfs 10 30 --size 24576 --files 4 --seed 7
