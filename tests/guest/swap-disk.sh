# SPDX-License-Identifier: GPL-2.0
# A small store over a disk: what it refuses and what is cold goes to the disk,
# and it can be emptied while its pages are in use.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-swap.sh

# all through the store, so that cold pages have to leave it
suite_swap tmem_zcache:max_bytes=12M tmem_zcache:incompressible=swap tmem_frontswap:admit_one_in=1
swap_on 0 0 /dev/vda
[ "$(cat /sys/block/frontswap0/disksize)" = 268435456 ] || fail "disksize 0"
[ "$(cat /sys/block/frontswap0/backing_dev)" = /dev/vda ] || fail "backing_dev"
hog_start --kib 65536 --threads 2
hog fill
hog out
all_out 15000
show_swap
pages_at_least 1000 "$(fw curr_pages)" "pages in the store"
pages_at_least 1000 "$(fw writebacks)" "pages written back"
# one page in eight does not compress, and takes no memory where there is a disk
pages_at_least 1500 "$(stat_sum $ZC/reject_incompressible)" "pages that do not compress"
[ "$(stat_sum $ZC/raw_pages)" = 0 ] || fail "$(stat_sum $ZC/raw_pages) pages are kept raw"
echo "written: $(awk '{print $7}' /sys/block/vda/stat) sectors, in the store: $(stat_sum $ZC/used_bytes) bytes"
hog verify
hog churn 10000

# emptied again and again under a process that works on its pages
echo "churn ${1:-30000}" >&3
n=0
while [ $n -lt 8 ]; do
	echo 0 >/proc/sys/vm/frontswap || echo "  busy in round $n"
	n=$((n + 1))
	sleep 0.3
done
read -r answer <&4
echo "  $answer"
[ "${answer%% bad*}" = "churn ok" ] || fail "$answer"
show_swap
hog out
echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
[ "$(fw curr_pages)" = 0 ] || fail "$(fw curr_pages) pages are left"
hog_right

# down to a number, and by sysfs
hog fill
hog out
echo 500 >/proc/sys/vm/frontswap || fail "vm.frontswap=500"
[ "$(fw curr_pages)" -le 500 ] || fail "$(fw curr_pages) pages, not 500"
# not all of them: the worker that makes room may take some more
at_least 50 "$(fw curr_pages)" "pages after vm.frontswap=500"
echo all >/sys/block/frontswap0/writeback || fail "writeback all"
[ "$(fw curr_pages)" = 0 ] || fail "$(fw curr_pages) pages are left"
hog verify
swapoff /dev/frontswap0 || fail swapoff
hog verify
[ "$(fw load_errors) $(fw backing_errors) $(fw wb_errors)" = "0 0 0" ] ||
	fail "errors: $(cat $FSW/stats)"
hog_end
echo 1 >/sys/block/frontswap0/reset || fail reset
# the same disk without one below, which has another pool
swap_on 0 64M
hog_start --kib 8192
hog fill
hog out
pages_at_least 150 "$(stat_sum $ZC/raw_pages)" "pages kept raw without a disk"
hog verify
swapoff /dev/frontswap0 || fail "swapoff, without a disk"
hog verify
hog_end
suite_swap_remove
