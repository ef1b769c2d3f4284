# SPDX-License-Identifier: GPL-2.0
# Pages are overwritten, freed and loaded while they are written back to a slow
# disk, and refused while they are.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-delay --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmdelay:/bin/dmdelay
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-handover.sh

suite_swap tmem_zcache:max_bytes=4M tmem_frontswap:admit_one_in=1
handovers
# how many are overtaken depends on how fast the guest is beside its disk
for _ in 1 2 3 4; do
	[ "$(fw wb_changed)" -lt 10 ] || break
	churn_and_shrink 12000
done
at_least 10 "$(fw wb_changed)" "pages changed on their way"
pages_at_least 100 "$(fw backing_writes)" "refused pages"
swapoff /dev/frontswap0 || fail swapoff
hog verify
hog_end
