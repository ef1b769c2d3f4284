# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # dir is of lib-remote.sh
# A server that answers nothing, not even that it is not there: other servers, and
# unloading, wait for the second that a connect may take, and not for TCP's minutes.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod dummy
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-remote.sh

# SYN_SENT is state 2
connecting() { grep -q '^ *[0-9]*: [0-9A-F:]* 0909090A:[0-9A-F]* 02 ' /proc/net/tcp; }
seconds() { cut -d. -f1 /proc/uptime; }

# in_time WHAT COMMAND...   while a connect is under way
in_time() {
	_what=$1
	shift
	until_soon connecting || fail "$_what: never connected"
	_before=$(seconds)
	"$@" || fail "$_what"
	_took=$(($(seconds) - _before))
	echo "$_what: $_took s"
	[ $_took -lt 40 ] || fail "$_what took $_took s"
}

other_servers() { echo "10.9.9.9:$1" >$MCP/servers; }

ip link add dummy0 type dummy 2>/dev/null
ip link set dummy0 up && ip addr add 10.9.9.1/24 dev dummy0 || fail "dummy0"
insmod_all "tmem tmem_zcache tmem_memcached" tmem_memcached:servers=10.9.9.9:11211
in_time "other servers" other_servers 11212
in_time "the same once more" other_servers 11213
in_time "unloading" rmmod tmem_memcached
rmmod_all tmem_zcache tmem
