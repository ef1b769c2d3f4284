# SPDX-License-Identifier: GPL-2.0
# Pages of files and of swap on the stand-in hypervisor, while that goes wrong.
# vm: --mem 256 --suite --distro-mod ext4
# vm: --disk build/guest/ext4.img,snap --disk build/guest/swap.img,snap
# vm: --file build/guest/integrity:/bin/integrity --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels-more: 6.12
# tier: more debug
. ./lib.sh
. ./lib-swap.sh
. ./lib-xen.sh
# shellcheck disable=SC2034
DEEP_KIB=16384 DEEP_EVERY=2
. ./lib-xen-deep.sh

xen_deep 1 0
