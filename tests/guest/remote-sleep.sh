# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# The machine sleeps, as far as devices go (/sys/power/pm_test), while pages go to
# memcached and come back: what was away before is forgotten, and what goes then comes
# back.
# vm: --mem 256 --suite --timeout 1200 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest --file build/guest/memcached:/memcached
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh

[ -e /sys/power/pm_test ] || {
	echo "skip: a kernel without CONFIG_PM_DEBUG"
	exit 0
}
dir=$(fs /dev/vda ext4) || exit 1
part_of 96
leave 80
suite_remote 48 tmem_zcache:max_bytes=4M tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=5000
echo devices >/sys/power/pm_test || fail pm_test
echo 1 >/sys/module/suspend/parameters/pm_test_delay || fail pm_test_delay
pass first
for i in 1 2; do
	(
		sleep 1
		echo mem >/sys/power/state || touch /tmp/awake
	) &
	sleeper=$!
	pass "asleep, $i"
	wait $sleeper
	[ ! -e /tmp/awake ] || fail "no sleep"
	[ "$(dmesg | grep -c 'forgotten: the machine slept')" = $i ] || fail "the sleep went unnoticed"
	wait_up 1 "after sleeping"
	pass "slept, $i"
	wait_up 1 "slept"
	pass "slept, $i, again"
	show_far "slept, $i"
	[ "$hits" -gt 500 ] || {
		dmesg | grep tmem_memcached | tail
		fail "only $hits pages came back after sleeping"
	}
done
[ "$(far swept)" -gt 0 ] || fail "nothing was away before"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"
umount "$dir" || fail umount
suite_remote_remove
