# SPDX-License-Identifier: GPL-2.0
# Control: a put that is not offered leaves the older page: the same load on the
# stand-in hypervisor must find it.
# vm: --mem 256 --suite --distro-mod ext4
# vm: --disk build/guest/ext4.img,snap --disk build/guest/swap.img,snap
# vm: --file build/guest/integrity:/bin/integrity --file build/guest/swaphog:/bin/swaphog
# kernels: 6.12
# tier: deep
# expect: fail
# expect-line: ^ *(churn|verify) BAD
. ./lib.sh
. ./lib-swap.sh
. ./lib-xen.sh
. ./lib-xen-deep.sh

xen_deep 1 1000000 tmem_frontswap:test_break=1
