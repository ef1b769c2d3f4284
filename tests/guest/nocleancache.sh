# SPDX-License-Identifier: GPL-2.0
# The boot word nocleancache, among others: the frontend stays out.
# vm: --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --append "tmem nocleancache nofrontswap"
# kernels: 6.1 6.12
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more
. ./lib.sh

insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
insmod /suite/tmem_cleancache.ko 2>/dev/null && fail "tmem_cleancache loads in spite of nocleancache"
dmesg | grep 'tmem_cleancache: disabled by nocleancache' || fail "no message"
[ ! -d /sys/module/tmem_cleancache ] || fail "it is there"
