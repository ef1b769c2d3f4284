# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# Other ways to a memcached than IPv4: IPv6, and vsock, which the kernel's own
# loopback brings to a relay before it.  On each of them pages go out and come
# back right, the other end goes under it, and is used again when it is back.
# vm: --mem 256 --suite --timeout 1500 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod vsock_loopback --disk build/guest/source/tree.img,snap
# vm: --file build/guest/tree:/bin/tree --file build/guest/source/manifest:/manifest
# vm: --file build/guest/memcached:/memcached --file build/guest/relay:/bin/relay
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh

dir=$(fs /dev/vda ext4) || exit 1
part_of 96

# way NAME SERVER   the process at the other end is $end
way() {
	echo "$2" >$MCP/servers || fail "servers=$2"
	[ "$(cat $MCP/servers)" = "$2" ] || fail "servers says $(cat $MCP/servers), not $2"
	wait_up 1 "$1"
	pass "$1, first"
	pass "$1, again"
	[ "$hits" -gt 2000 ] || fail "$1: only $hits pages came from memcached"

	echo 500 >$MCP/deadline_ms
	kill -STOP "$end"
	pass "$1, stopped"
	until_soon up 0 || fail "$1: a server that does not answer stays in use"
	kill -CONT "$end"
	echo 5000 >$MCP/deadline_ms
	wait_up 1 "$1, after SIGCONT"
	pass "$1, continued"
	pass "$1, continued, again"
	[ "$hits" -gt 500 ] || fail "$1: only $hits pages came back after SIGCONT"

	(
		sleep 1
		kill -KILL "$end"
	) &
	pass "$1, killed"
	until_soon up 0 || fail "$1: a server that is gone stays in use"
	start_$1
	wait_up 1 "$1, restarted"
	pass "$1, restarted"
	pass "$1, restarted, again"
	[ "$hits" -gt 500 ] || fail "$1: only $hits pages came back after a restart"
	[ "$(far wrong)" = 0 ] || fail "$1: $(far wrong) values were not what was sent"
	show_far "$1"
}

start_ipv6() {
	memcached 11211 48 ::1
	end=$pid
}

# all of it: those that serve a connection are its children
start_vsock() {
	setsid relay 11300 11212 &
	end=-$!
}

ip link set lo up
suite tmem_zcache:max_bytes=4M tmem_zcache:remote_always=1
insmod_all tmem_memcached tmem_memcached:deadline_ms=5000

leave 80
start_ipv6
way ipv6 '[::1]:11211'
kill -KILL $end

memcached 11212 48
start_vsock
way vsock vsock:1:11300

dmesg | grep tmem_memcached | tail -n 30
umount "$dir" || fail umount
suite_remote_remove
