# SPDX-License-Identifier: GPL-2.0
# 20 load/unload cycles under I/O: nothing wrong, nothing leaked.
# vm: --mem 192 --single --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels: 6.1 6.12
# tier: test debug
. ./lib.sh

CYCLES=20

# What our modules may leave behind: nothing.
leftovers() {
	lsmod | grep '^tmem'
	grep '^tmem' /proc/slabinfo
	ls -d "$CC" /sys/kernel/debug/tmem 2>/dev/null
}

# KiB that neither are free nor can be freed.  Free pages on per-CPU lists count
# as used, megabytes of them on 6.12, and go back with time: so the least that
# is seen until it does not fall any more.
used_kib() {
	sync
	_least= _same=0
	while [ $_same -lt 4 ]; do
		echo 3 >/proc/sys/vm/drop_caches
		sleep 1
		_now=$(awk '/^MemTotal/ { t = $2 } /^MemFree|^Cached|^Buffers|^SReclaimable/ { f += $2 }
			END { print t - f }' /proc/meminfo)
		if [ $_now -lt ${_least:-999999999} ]; then
			[ $_now -gt $((${_least:-999999999} - 64)) ] || _same=0
			_least=$_now
		fi
		_same=$((_same + 1))
	done
	echo $_least
}

dir=$(fs /dev/vda ext4) || exit 1
# once before the measurement: caches of the kernel that stay
suite
suite_remove
before=$(used_kib)
integrity --files 2 --size 8192 --writers 1 --readers 1 --evictors 1 \
	--no-hog --rounds 100 --seconds 1 "$dir" >/tmp/log 2>&1 &
io=$!
n=0 hits=0
while [ $n -lt $CYCLES ]; do
	suite
	# until it does something, or a while
	for _ in 1 2 3 4 5 6 7 8; do
		sleep 0.2
		[ "$(cc succ_gets)" -lt 20 ] || break
	done
	hits=$((hits + $(cc succ_gets)))
	kill -0 $io 2>/dev/null || break
	suite_remove
	n=$((n + 1))
	# every other cycle with the store going first
	[ $((n % 2)) = 0 ] || continue
	suite
	sleep 0.3
	rmmod tmem_zcache && {
		sleep 0.2
		insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache, again"
		sleep 0.2
	}
	suite_remove
done
grep -q BAD /tmp/log && {
	cat /tmp/log
	fail "data"
}
[ $n = $CYCLES ] || {
	cat /tmp/log
	fail "the I/O ended in cycle $n"
}
kill $io
wait $io
echo "cycles=$n hits=$hits"
[ $hits -gt 100 ] || fail "nothing was tested"
left=$(leftovers)
[ -z "$left" ] || fail "left behind: $left"
umount "$dir" || fail "umount"
after=$(used_kib)
echo "used before $before KiB, after $after KiB"
[ "$after" -le $((before + 1536)) ] || fail "$((after - before)) KiB are not free any more"
