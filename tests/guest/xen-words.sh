# SPDX-License-Identifier: GPL-2.0
# noselfballooning and noselfshrink: both halves of xen_selfballoon are off until
# somebody switches them on.
# vm: --mem 192 --suite --append "selfballooning noselfballooning noselfshrink"
# vm-debug: --mem 512
# kernels: 6.12
# tier: more
. ./lib.sh

p=/sys/module/selfballoon_standin/parameters
f=/sys/devices/xen_memory0/selfballoon

insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/xen_selfballoon.ko test_balloon=1 || fail "insmod xen_selfballoon"
insmod /suite/selfballoon_standin.ko || fail "insmod selfballoon_standin"
[ "$(cat $f/selfballooning) $(cat $f/frontswap_selfshrinking)" = "0 0" ] || fail "on in spite of the words"
dmesg | grep 'Initializing' | grep -i self && fail "it says that it is at work"
echo 1 >$f/selfballoon_interval
sleep 4
[ "$(cat $p/looks) $(cat $p/target)" = "0 131072" ] || fail "it is at work"
echo 1 >$f/selfballooning
at_work() { [ "$(cat $p/target)" -lt 131072 ]; }
until_soon at_work || fail "it is not at work"
rmmod_all selfballoon_standin xen_selfballoon tmem
