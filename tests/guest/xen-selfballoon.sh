# SPDX-License-Identifier: GPL-2.0
# The worker and the nine files of xen_selfballoon, on a balloon of the test's.
# vm: --mem 192 --suite
# vm-debug: --mem 512
# kernels: 6.1 6.12 5.10
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug smoke
# column: selfballoon
. ./lib.sh

p=/sys/module/selfballoon_standin/parameters
f=/sys/devices/xen_memory0/selfballoon

# no Xen here, and it says so
insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/xen_selfballoon.ko 2>/dev/null && fail "xen_selfballoon is there without Xen"
dmesg | grep 'xen_selfballoon: not loaded: this machine does not run on Xen' || fail "no message"
# both spellings; what is off stays off
insmod /suite/xen_selfballoon.ko test_balloon=1 selfballooning=0 selfshrink=0 ||
	fail "insmod xen_selfballoon"
insmod /suite/selfballoon_standin.ko || fail "insmod selfballoon_standin"
[ "$(cat $f/selfballooning) $(cat $f/frontswap_selfshrinking)" = "0 0" ] || fail "parameters"
rmmod selfballoon_standin || fail "rmmod"
rmmod xen_selfballoon || fail "rmmod"

insmod /suite/xen_selfballoon.ko test_balloon=1 || fail "insmod xen_selfballoon"
insmod /suite/selfballoon_standin.ko || fail "insmod selfballoon_standin"
dmesg | grep 'Initializing Xen selfballooning driver' || fail "no message"
dmesg | grep 'Initializing frontswap selfshrinking driver' || fail "no message"

# su must work, or its failure would mean nothing
echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
[ "$(su nobody -s /bin/sh -c 'id -u')" = 65534 ] || fail "su"

# a tenth of the stand-in's 131072 pages
reserved=$((131072 * $(page_kib) / 1024 / 10))
# defaults, and every file with good and bad values
while read -r name default good bad; do
	[ "$(cat $f/$name)" = "$default" ] || fail "$name is $(cat $f/$name), not $default"
	for v in $(echo "$bad" | tr , ' '); do
		echo "$v" 2>/dev/null >$f/$name && fail "$name takes $v"
		[ "$(cat $f/$name)" = "$default" ] || fail "$name changed by $v"
	done
	echo "$good" >$f/$name || fail "$name does not take $good"
	[ "$(cat $f/$name)" = "$good" ] || fail "$name is $(cat $f/$name), not $good"
	echo "$default" >$f/$name || fail "$name does not take $default"
	# the file is open, the right is gone
	exec 3>$f/$name
	su nobody -s /bin/sh -c "echo $good >&3" 2>/dev/null && fail "$name written without CAP_SYS_ADMIN"
	exec 3>&-
	[ "$(cat $f/$name)" = "$default" ] || fail "$name changed without CAP_SYS_ADMIN"
	echo "$name ok"
done <<-END
	selfballooning 1 0 2,-1,x,4294967296
	selfballoon_interval 5 7 0,-1,86401,x,5x
	selfballoon_downhysteresis 8 1 0,-1,x,4294967296
	selfballoon_uphysteresis 1 9 0,-1,x
	selfballoon_min_usable_mb 0 64 -1,16777217,x
	selfballoon_reserved_mb $reserved 64 -1,16777217,x
	frontswap_selfshrinking 1 0 2,-1,x
	frontswap_hysteresis 20 1 0,-1,x
	frontswap_inertia 3 1 0,-1,x
END
[ "$(ls $f | wc -l)" = 9 ] || fail "not nine files"
# 0 is the automatic value
echo 0 >$f/selfballoon_reserved_mb
[ "$(cat $f/selfballoon_reserved_mb)" = $reserved ] || fail "reserved_mb is $(cat $f/selfballoon_reserved_mb)"

# it shrinks while idle, at once when told a shorter interval
echo 1 >$f/selfballoon_interval
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	sleep 1
	[ "$(cat $p/target)" -gt 100000 ] || break
done
[ "$(cat $p/target)" -le 100000 ] || fail "target $(cat $p/target) after ${i} s idle"
echo "idle: $(cat $p/target) of 131072 pages after $i s"
# and grows within an interval or two
echo 100000 >$p/committed
for i in 1 2 3 4 5; do
	sleep 1
	[ "$(cat $p/target)" -lt 110000 ] || break
done
[ "$(cat $p/target)" -ge 110000 ] || fail "target $(cat $p/target) under load"

looks() { cat $p/looks; }
below() { [ "$(cat $p/target)" -lt "$1" ]; }
looked() { [ "$(looks)" -ge "$1" ]; }

# An OOM while the worker holds its lock and waits for one who allocates: somebody
# is killed, or memory comes back, but nobody waits for ever.
echo 1 >$p/hold
held() { [ "$(cat $p/held)" = Y ]; }
until_soon held || fail "the worker does not look"
sleep 100000 &
victim=$!
echo 1000 >/proc/$victim/oom_score_adj
echo 1 >/proc/sys/kernel/sysrq
echo f >/proc/sysrq-trigger
killed() { ! kill -0 $victim 2>/dev/null; }
# a child that is dead and not waited for looks alive
gone() { grep -q '^State:.*[ZX]' /proc/$victim/status 2>/dev/null || killed; }
until_soon gone || { echo 0 >$p/hold; fail "the OOM waits for the worker"; }
held || fail "the worker waits no more: nothing was tested"
echo 0 >$p/hold

# whatever is switched on and off, there is one worker
n=0
while [ $n -lt 50 ]; do
	echo $((n % 2)) >$f/selfballooning
	echo $((n / 2 % 2)) >$f/frontswap_selfshrinking
	echo 1 >$f/selfballooning
	echo 1 >$f/frontswap_selfshrinking
	n=$((n + 1))
done
a=$(looks)
sleep 5
b=$(looks)
echo "looks in 5 s: $((b - a))"
[ $((b - a)) -ge 2 ] && [ $((b - a)) -le 7 ] || fail "$((b - a)) looks in 5 s at an interval of 1 s"
# off is off
echo 0 >$f/selfballooning
echo 0 >$f/frontswap_selfshrinking
sleep 2
a=$(looks)
sleep 3
[ "$(looks)" = "$a" ] || fail "it looks though both halves are off"
# one that is set from outside is the most that it takes, is left alone for a while,
# and is what comes back
echo 0 >$p/committed
echo 120000 >$p/target
echo 1 >$f/selfballooning
a=$(looks)
until_soon looked $((a + 3)) || fail "it does not look"
[ "$(cat $p/target)" = 120000 ] || fail "target $(cat $p/target) soon after the toolstack's"
until_soon below 120000 || fail "target $(cat $p/target) after the toolstack's"
[ "$(dmesg | grep -c 'a target was set from outside (120000 pages)')" = 1 ] || fail "no word of it"
echo 1000000 >$p/committed
a=$(looks)
until_soon looked $((a + 4)) || fail "it does not look"
[ "$(cat $p/target)" = 120000 ] || fail "target $(cat $p/target) under load, not the toolstack's"
echo 90000 >$p/target
a=$(looks)
until_soon looked $((a + 9)) || fail "it does not look"
[ "$(cat $p/target)" = 90000 ] || fail "target $(cat $p/target), not the toolstack's second"
[ "$(dmesg | grep -c 'a target was set from outside')" = 1 ] || fail "it says so again and again"
# one that undoes what the worker takes is left alone for twice as long
echo 0 >$p/committed
until_soon below 90000 || fail "target $(cat $p/target) after the toolstack's second"
echo 90000 >$p/target
a=$(looks)
until_soon looked $((a + 9)) || fail "it does not look"
[ "$(cat $p/target)" = 90000 ] || fail "target $(cat $p/target): taken again as soon as before"
# a daemon that sets targets all the time meets no resistance
for i in $(seq 4); do
	echo $((100000 + i % 2)) >$p/target
	a=$(looks)
	until_soon looked $((a + 2)) || fail "it does not look"
	[ "$(cat $p/target)" = $((100000 + i % 2)) ] || fail "target $(cat $p/target): against the daemon"
done
echo 120000 >$p/target
rmmod selfballoon_standin || fail "rmmod selfballoon_standin"
dmesg | grep 'target is 120000 of 131072 pages' || {
	dmesg | tail -n 3
	fail "the toolstack's target is not back"
}
rmmod xen_selfballoon || fail "rmmod xen_selfballoon"
rmmod tmem || fail "rmmod tmem"
