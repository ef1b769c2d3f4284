# SPDX-License-Identifier: GPL-2.0
# More anonymous memory than RAM, in large folios: every page is right, and
# nobody is killed who is not killed with zram in the same guest.
# vm: --mem 256 --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod zram --file build/guest/swaphog:/bin/swaphog
# kernels: 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

vmstat() {
	awk -v k="$1" '$1 == k { print $2 }' /proc/vmstat
}

peer_on() {
	case $1 in
	frontswap)
		suite_swap
		swap_on 0 384M
		;;
	zram)
		echo lz4 >/sys/block/zram0/comp_algorithm || fail comp_algorithm
		echo 384M >/sys/block/zram0/disksize || fail disksize
		mkswap /dev/zram0 >/dev/null || fail mkswap
		swapon /dev/zram0 || fail swapon
		;;
	esac
}

peer_off() {
	case $1 in
	frontswap)
		show_swap
		[ "$(fw load_errors)" = 0 ] || fail "$(fw load_errors) load errors"
		swapoff /dev/frontswap0 || fail swapoff
		suite_swap_remove
		;;
	zram)
		cat /sys/block/zram0/mm_stat
		swapoff /dev/zram0 || fail swapoff
		echo 1 >/sys/block/zram0/reset
		;;
	esac
}

# The answers of a hog that may be killed; nothing that it reads may be wrong.
work() {
	printf '%s\n' fill verify "churn $OPS" in verify quit |
		swaphog --seed "$SEED" --kib "$kib" --threads 2 >/tmp/answers 2>&1
	rc=$?
	sed 's/^/  /' /tmp/answers
	grep -q BAD /tmp/answers && fail "wrong data with $1"
	[ $rc = 0 ] || [ $rc = 137 ] || fail "the hog ended with $rc"
	[ $rc = 137 ] || [ "$(grep -c ' ok ' /tmp/answers)" = 5 ] || fail "answers are missing"
	return 0
}

OPS=${1:-20000}
dmesg -n 1
echo 1 >/proc/sys/vm/overcommit_memory
# the same for all: a quarter more than is available
kib=$(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) * 5 / 4))
for size in 64 2048; do
	large_folios $size || continue
	for p in zram frontswap; do
		peer_on $p
		killed=$(vmstat oom_kill) out=$(vmstat pswpout) whole=$(large_swpout $size) split=$(large_swpout $size _fallback)
		work $p
		killed=$(($(vmstat oom_kill) - killed)) out=$(($(vmstat pswpout) - out))
		whole=$(($(large_swpout $size) - whole)) split=$(($(large_swpout $size _fallback) - split))
		echo "mthp folios=$size peer=$p kib=$kib killed=$killed pswpout=$out" \
			"whole=$whole split=$split"
		peer_off $p
		pages_at_least 10000 "$out" "pages swapped out"
		[ $p = frontswap ] || base=$killed
		[ $p = zram ] || [ "$killed" -le "$base" ] ||
			fail "$killed killed with $size KiB folios, $base with zram"
	done
	# 2 MiB in one piece are rare in a small guest under pressure
	[ $size = 2048 ] || at_least 50 "$whole" "folios swapped out whole"
done
