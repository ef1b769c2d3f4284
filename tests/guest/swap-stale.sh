# SPDX-License-Identifier: GPL-2.0
# The bug of the first frontswap: an older duplicate survives in the store while
# that is off, and wins over newer data on the disk.  And its mirror image: older
# data on the disk are taken for the newest, when that has failed to be written.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-mod --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-stale.sh

suite_swap
stale_duplicates
pages_at_least 1000 "$(fw bypassed)" "pages past the store"
hog_end
echo 1 >/sys/block/frontswap0/reset || fail reset
failed_writes
hog_end
suite_swap_remove
