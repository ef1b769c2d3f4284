# SPDX-License-Identifier: GPL-2.0
# The machine is put to sleep while pages go to swap, come back and are handed
# over: none is lost.  All but the last step is done (/sys/power/pm_test): tasks are
# frozen and devices suspended, the disk below included, and resumed after a second.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

[ -e /sys/power/pm_test ] || {
	echo "skip: a kernel without CONFIG_PM_DEBUG"
	exit 0
}
suite_swap tmem_zcache:max_bytes=12M tmem_frontswap:admit_one_in=1
swap_on 0 0 /dev/vda
hog_start --kib 81920 --threads 2
hog fill
hog out
all_out 15000
hog verify

echo 1 >/sys/module/suspend/parameters/pm_test_delay || fail pm_test_delay
slept=0 ops=0
for level in freezer devices devices platform; do
	echo $level >/sys/power/pm_test || fail "pm_test $level"
	echo "churn 20000" >&3
	# a hand-over of all that is in the store, which the freezer interrupts
	(echo 0 >/proc/sys/vm/frontswap) 2>/dev/null &
	usleep 100000
	before=$(fw writebacks)
	echo mem >/sys/power/state || fail "no sleep: $level"
	slept=$((slept + 1))
	read -r answer <&4
	echo "  $level: $answer, $(($(fw writebacks) - before)) handed over"
	[ "${answer%% bad*}" = "churn ok" ] || fail "$answer"
	[ "$(hog_said bus)" = 0 ] || fail SIGBUS
	ops=$((ops + $(hog_said ops)))
	wait $! || echo "  the hand-over of all ended early"
	hog verify
	hog out
done
dmesg | grep -c 'suspend debug: Waiting' >/tmp/n
at_least $slept "$(cat /tmp/n)" "times asleep"
at_least 20000 "$ops" "pages worked on"
pages_at_least 1000 "$(fw writebacks)" "pages written back"
[ "$(fw load_errors) $(fw backing_errors) $(fw wb_errors)" = "0 0 0" ] || fail errors
hog_right
swapoff /dev/frontswap0 || fail swapoff
hog verify
hog_end
suite_swap_remove
