# SPDX-License-Identifier: GPL-2.0
# The boot word nofrontswap keeps the module out.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --append nofrontswap
# kernels: 6.12
# tier: more
. ./lib.sh

insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
insmod /suite/tmem_frontswap.ko 2>/dev/null && fail "nofrontswap was ignored"
dmesg | grep -q 'tmem_frontswap: disabled by nofrontswap' || fail "no message"
