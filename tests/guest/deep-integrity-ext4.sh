# SPDX-License-Identifier: GPL-2.0
# The same on ext4 for five minutes, in more memory and with larger files.
# vm: --mem 192 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/integrity:/bin/integrity
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-integrity.sh

cold_at_once
turn_tunables
integrity_on /dev/vda ext4 10 30 --size 24576 --files 4 --seed 7
