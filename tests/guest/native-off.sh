# SPDX-License-Identifier: GPL-2.0
# The kernel's own cleancache and the boot word nocleancache: nothing attaches.
# vm: --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --file build/guest/rules:/bin/rules
# vm: --disk build/guest/ext4.img,snap --append "tmem nocleancache"
# kernels: 5.10
# tier: test deep
. ./lib.sh
. ./lib-rules.sh

insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
insmod /suite/tmem_cleancache.ko 2>/dev/null && fail "tmem_cleancache loads in spite of nocleancache"
dmesg | grep 'tmem_cleancache: disabled by nocleancache' || fail "no message"
[ ! -d /sys/module/tmem_cleancache ] || fail "it is there"
scenario hit "$(fs /dev/vda ext4)"
[ -z "$rules_failed" ] || fail "data"
[ "$(cc succ_gets)" = 0 ] || fail "$(cc succ_gets) hits"
[ "$(grep -c '^zcache' /sys/kernel/debug/tmem/pools)" = 0 ] || fail "a pool"
