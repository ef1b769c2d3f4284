# SPDX-License-Identifier: GPL-2.0
# A million operations on the stand-in hypervisor, PV frames, while that goes
# wrong: no page of a file or of swap is wrong.
# vm: --mem 256 --timeout 1800 --suite --distro-mod ext4
# vm-debug: --mem 640
# vm: --disk build/guest/ext4.img,snap --disk build/guest/swap.img,snap
# vm: --file build/guest/integrity:/bin/integrity --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-swap.sh
. ./lib-xen.sh
. ./lib-xen-deep.sh

xen_deep 1 1000000
