# SPDX-License-Identifier: GPL-2.0
# Most of RAM is the kernel's own, as in a guest that gave much of its RAM back to
# the host: the store's limit, a share of all RAM, is more than is left.  With a
# disk to swap to nobody is killed.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

TAKEN=65	# huge pages

echo 1 >/proc/sys/vm/overcommit_memory
echo $TAKEN >/proc/sys/vm/nr_hugepages
got=$(cat /proc/sys/vm/nr_hugepages)
[ "$got" -ge $((TAKEN - 4)) ] || fail "only $got huge pages"
grep -E 'MemTotal|MemFree|MemAvailable' /proc/meminfo
suite_swap
swap_on 0 0 /dev/vda
hog_start --kib 131072 --threads 2
hog fill
hog verify
hog churn 3000
hog_right
show_swap
hog_end
swapoff /dev/frontswap0 || fail swapoff
suite_swap_remove
