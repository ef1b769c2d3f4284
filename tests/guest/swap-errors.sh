# SPDX-License-Identifier: GPL-2.0
# The disk below fails: SIGBUS for pages that are on it, none for those in the
# store, nothing wrong ever; and new pages are well when it is mended.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-mod --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# vm-debug: --mem 640
# kernels: 6.1 6.12
# tier: more debug
. ./lib.sh
. ./lib-swap.sh

# all through the store: what goes past it lingers in RAM
suite_swap tmem_zcache:max_bytes=8M tmem_frontswap:admit_one_in=1
dmesg -n 1
disk=$(dmtable bd /dev/vda linear @ 0) || fail dmtable
swap_on 0 0 "$disk"
hog_start --kib 49152
hog fill
hog out
# what was still being written stays in RAM until it is pushed out once more
sleep 1
hog rest
held=$(fw curr_pages)
pages_at_least 1000 "$held" "pages in the store"
show_swap

# newest reads ahead in one bio, which fails as a whole if a page of it does
echo 0 >/proc/sys/vm/page-cluster
dmtable bd /dev/vda error || fail "dmtable error"
hog verify
bus=$(hog_said bus)
pages_at_least 1000 "$bus" "reads that failed"
[ "$bus" -le $(($(of_4k 12288) - held + 200)) ] ||
	fail "$bus pages of $(of_4k 12288) are gone, but $held were in the store"
# what is in the store stays there
hog_ask out
before=$(fw curr_pages)
echo 0 2>/dev/null >/proc/sys/vm/frontswap && fail "vm.frontswap=0 over a bad disk"
at_least $((before - 64)) "$(fw curr_pages)" "pages after a failed shrink"
at_least 1 "$(fw wb_errors)" "write-back errors"
# overwrites: refused ones fail, and stay in RAM
hog fill
bus=$(hog_said bus)
hog_ask out
at_least 1 "$(fw backing_errors)" "errors of the disk"

dmtable bd /dev/vda linear @ 0 || fail "dmtable linear"
# swap does not read again what it could not
hog verify
[ "$(hog_said bus)" -le "$bus" ] || fail "more pages are gone than were"
well_again
