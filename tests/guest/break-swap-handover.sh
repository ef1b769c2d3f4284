# SPDX-License-Identifier: GPL-2.0
# Control: a page that changed on its way to the disk is dropped all the same:
# swap-handover must find it.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-delay --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmdelay:/bin/dmdelay
# kernels: 6.1 6.12
# tier: more
# expect: fail
# expect-line: (churn|verify) BAD
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-handover.sh

suite_swap tmem_zcache:max_bytes=4M tmem_frontswap:test_break=2 tmem_frontswap:admit_one_in=1
handovers
# until one of the pages that are overtaken comes back as it was
for _ in 1 2 3 4; do
	churn_and_shrink 12000
done
