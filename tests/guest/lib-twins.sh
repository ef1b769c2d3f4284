# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # hits is of lib-remote.sh
# lib-twins.sh - a guest with a memcached outside, of which more are made as it runs
#
# Sourced after lib-remote.sh.  What memcached keeps is no part of what is restored:
# so a guest can see there that its state has been saved, and count itself.

saved() { [ -n "$(ask "$VM_MEMCACHED" get twins | grep VALUE)" ]; }

# all_of NAME N   add N to a count that all machines share
all_of() { ask "$VM_MEMCACHED" incr "$1" "$2"; }

# An order of its own for each machine, of the same files.
in_order_of() {
	part_of 72
	awk -v me="$1" '{ print (NR * 7919 * me) % 10007, $0 }' /tmp/manifest | sort -n | cut -d ' ' -f 2- >/tmp/order
	mv /tmp/order /tmp/manifest
}

# twins [MODULE:PARAM=VALUE]...   which of them this one is, is in $me then
twins() {
	outside
	dir=/mnt/ext4
	mkdir -p $dir
	mount -t ext4 -o ro,noload /dev/vda $dir || fail "mount"
	insmod_all "tmem tmem_zcache tmem_memcached tmem_cleancache" tmem_zcache:max_bytes=4M \
		tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=5000 \
		tmem_memcached:servers=$SERVER:"$VM_MEMCACHED" "$@"
	wait_up 1 "after loading"
	for _c in alive told wrong ended; do
		ask "$VM_MEMCACHED" "$(printf 'set %s 0 0 1\r\n0' $_c)" >/dev/null
	done
	leave 40
	in_order_of 1
	pass "one, first"
	pass "one, again"
	[ "$hits" -gt 2000 ] || fail "only $hits pages came from memcached"

	echo "vm: twins"
	until_soon saved || fail "the state was not saved"
	me=$(all_of alive 1)
	echo "-- machine $me"
	wait_up 1 "machine $me"
	in_order_of $((me + 1))
	for _p in first second third; do
		pass "machine $me, $_p"
	done
	show_far "machine $me"
	dmesg | grep tmem_memcached | tail -n 12
}

# It has a secret of its own: what it puts comes back.
own_comes_back() {
	_wrong=$(far wrong)
	pass "machine $me, alone"
	pass "machine $me, again"
	[ "$hits" -gt 2000 ] || fail "machine $me: only $hits pages came from memcached"
	[ "$(far wrong)" = "$_wrong" ] || fail "machine $me: $(($(far wrong) - _wrong)) values were another machine's"
}
