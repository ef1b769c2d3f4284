# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# A million values asked of servers that lie, in ways of which the client cannot know
# but by the values themselves: none is wrong, and no memory is lost.
# vm: --mem 512 --suite --timeout 2400 --file build/guest/hostile:/bin/hostile
# vm-debug: --mem 1024
# kernels: 6.12
# tier: deep
. ./lib.sh
. ./lib-remote.sh
. ./lib-carrier.sh

free_kib() { awk '/^MemAvailable/ { print $2 }' /proc/meminfo; }

insmod_all "tmem tmem_memcached remote_rig"
ip link set lo up
enemy good 10
asked=0 free=
while [ $asked -lt 1000000 ]; do
	for mode in $LIES; do
		before=$(($(mc wants) - $(mc down)))
		enemy "$mode" 1000
		asked=$((asked + $(mc wants) - $(mc down) - before))
	done
	# what a server keeps is its own, and goes with it
	[ -n "$free" ] || free=$(free_kib)
	echo "asked for $asked"
done
for mode in $ENEMIES; do
	enemy "$mode" 200
done
lost=$((free - $(free_kib)))
echo "$asked values asked for, $lost KiB less are free"
[ $lost -lt 8192 ] || fail "$lost KiB were lost"
dmesg | grep -E 'WARNING|BUG' && fail "the kernel complains"
rmmod_all remote_rig tmem_memcached tmem
