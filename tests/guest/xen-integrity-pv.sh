# SPDX-License-Identifier: GPL-2.0
# The page cache on the stand-in hypervisor, PV frames, while that goes wrong.
# vm: --mem 208 --suite --distro-mod ext4 --disk build/guest/ext4.img,snap
# vm: --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels: 6.1 6.12 5.10
# tier: more debug smoke
# column: xen
. ./lib.sh
. ./lib-xen.sh

xen_integrity 1
