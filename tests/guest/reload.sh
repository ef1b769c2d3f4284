# SPDX-License-Identifier: GPL-2.0
# Load/unload cycles under I/O: nothing wrong, nothing leaked.
# vm: --mem 192 --single --timeout 1200 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-reload.sh

CYCLES=12

cycle() {
	suite
	# until it does something, or a while
	for _ in 1 2 3 4 5 6 7 8; do
		sleep 0.2
		[ "$(cc succ_gets)" -lt 20 ] || break
	done
	hits=$((hits + $(cc succ_gets)))
	kill -0 $io 2>/dev/null || {
		cat /tmp/log
		fail "the I/O ended in cycle $n"
	}
	suite_remove
	n=$((n + 1))
	# every other cycle with the store going first
	[ $((n % 2)) = 0 ] || return 0
	suite
	sleep 0.3
	rmmod tmem_zcache && {
		sleep 0.2
		insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache, again"
		sleep 0.2
	}
	suite_remove
}

# cycles COUNT   load and unload under I/O, then see that nothing is left
cycles() {
	dir=$(fs /dev/vda ext4) || exit 1
	round=$((round + 1))
	mkdir "$dir/$round"
	integrity --files 2 --size 8192 --writers 1 --readers 1 --evictors 1 \
		--no-hog --rounds 300 --seconds 1 "$dir/$round" >/tmp/log 2>&1 &
	io=$!
	n=0 hits=0
	while [ $n -lt "$1" ]; do
		cycle
	done
	kill $io
	wait $io
	if grep BAD /tmp/log; then
		fail "data"
	fi
	umount "$dir" || fail "umount"
	left=$(leftovers)
	[ -z "$left" ] || fail "left behind: $left"
	used=$(used_kib)
	echo "cycles=$n hits=$hits used=$used KiB"
}

# Two before the measurement, for what the kernel itself keeps; it may come by
# more of that with more work, but not as much again with the same work again.
round=0
cycles 2
for _ in 1 2; do
	before=$used
	cycles $CYCLES
	[ $hits -gt 100 ] || fail "nothing was tested"
	[ "$used" -gt $((before + 1024)) ] || break
done
[ "$used" -le $((before + 1024)) ] || fail "$((used - before)) KiB are not free any more"
