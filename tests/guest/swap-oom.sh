# SPDX-License-Identifier: GPL-2.0
# Out of memory, store and all: who asks for too much is killed, and what the
# others have in swap is there.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 512
# kernels: 6.1 6.12
# tier: more debug
. ./lib.sh
. ./lib-swap.sh

# more than there is, until it is killed
eat() {
	(
		echo 1000 >/proc/self/oom_score_adj
		echo fill | swaphog --seed 99 --kib 1500000
	) >/dev/null 2>&1 && fail "1.5 GB were found"
}

once() {
	hog_start --kib 32768 --threads 2
	hog_proc oom_score_adj -1000
	hog fill
	hog_ask out
	dmesg -c >/dev/null
	eat
	dmesg | grep -q 'Out of memory: Killed process .*swaphog' || fail "nobody was killed"
	hog_right
	hog churn 5000
	hog_right
	show_swap
	hog_end
	swapoff /dev/frontswap0 || fail swapoff
}

dmesg -n 1
echo 1 >/proc/sys/vm/overcommit_memory
suite_swap
swap_on 0 128M
once
echo 1 >/sys/block/frontswap0/reset || fail reset
swap_on 0 64M /dev/vda
once
suite_swap_remove
