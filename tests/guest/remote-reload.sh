# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# 100 times other servers, another secret, the carrier or the store unloaded, while
# pages go to memcached and come back: nothing wrong, nothing leaked.
# vm: --mem 256 --single --suite --timeout 1500 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest
# vm: --file build/guest/memcached:/memcached
# vm-debug: --mem 768
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-reload.sh
. ./lib-remote.sh

A=127.0.0.1:11211 B=127.0.0.1:11212

load_carrier() {
	insmod /suite/tmem_memcached.ko servers=$A,$B deadline_ms=2000 || fail "insmod tmem_memcached"
}

load_store() {
	insmod_all "tmem_zcache tmem_cleancache" tmem_zcache:max_bytes=2M \
		tmem_zcache:remote_always=1
}

change() {
	case $((n % 10)) in
	0 | 3 | 6) echo $A >$MCP/servers || fail "servers" ;;
	1 | 4) echo $B,$A >$MCP/servers || fail "servers" ;;
	2)	echo off >$MCP/secret || fail "secret" ;;
	5)	echo auto >$MCP/secret || fail "secret" ;;
	7)	echo >$MCP/servers || fail "servers" ;;
	8)	rmmod tmem_memcached || fail "rmmod tmem_memcached"
		[ $((n % 20)) != 8 ] || sleep 0.3
		load_carrier
		;;
	9)	rmmod_all tmem_cleancache tmem_zcache
		load_store
		;;
	esac
}

# but values that are kept: they are no page's
none_away() { [ "$(far values)" = "$(far kept)" ]; }
more() { [ "$(mc hits)" -gt "$was" ]; }

# changes COUNT   so many under I/O; then all is unloaded, and nothing is left
changes() {
	insmod_all tmem
	load_carrier
	load_store
	dir=$(fs /dev/vda ext4) || exit 1
	(while tree cat "$dir" /tmp/manifest >/tmp/cat; do
		:
	done
	cp /tmp/cat /tmp/bad) &
	io=$!
	n=0 back=0
	while [ $n -lt "$1" ]; do
		change
		# in between, something has come back
		was=$(mc hits)
		sleep 0.5
		[ $((n % 10)) != 6 ] || until_soon more
		! more || back=$((back + 1))
		[ ! -e /tmp/bad ] || {
			cat /tmp/bad
			fail "data, after change $n"
		}
		n=$((n + 1))
	done
	show_far "changes"
	kill $io
	wait $io
	# its last reader ends with what it reads
	killall tree 2>/dev/null
	until_soon umount "$dir" 2>/dev/null || fail "umount"
	until_soon none_away || fail "$(far values) descriptors without a file system"
	rmmod_all tmem_cleancache tmem_zcache tmem_memcached tmem
	left=$(leftovers)
	[ -z "$left" ] || fail "left behind: $left"
	ask 11211 flush_all
	ask 11212 flush_all
	used=$(used_kib)
	echo "changes=$n back=$back used=$used KiB"
}

# What is read again and again is a little more than there is room for: a file in
# memory takes the rest.
part_of 88
leave 60
memcached 11212 12
memcached 11211 12
changes 20
for _ in 1 2; do
	before=$used
	changes 100
	[ $back -ge 8 ] || fail "nothing was tested"
	[ "$used" -gt $((before + 1024)) ] || break
done
[ "$used" -le $((before + 1024)) ] || fail "$((used - before)) KiB are not free any more"
