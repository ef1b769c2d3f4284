# SPDX-License-Identifier: GPL-2.0
# No Xen, and a Xen without tmem: it says which, and the store serves instead.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm-debug: --mem 512
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more debug
. ./lib.sh
. ./lib-xen.sh

xen_has_tmem

# refused REGEX MODULE [PARAM]...
refused() {
	_re=$1 _m=$2
	shift 2
	dmesg -c >/dev/null
	insmod /suite/$_m.ko "$@" 2>/dev/null && fail "insmod $_m $* was not refused"
	dmesg | grep -E "$_re" || fail "no message like '$_re' from $_m $*"
}

insmod /suite/tmem.ko || fail "insmod tmem"
refused 'tmem_xen: not loaded: this machine does not run on Xen' tmem_xen
insmod /suite/tmem_xen.ko test_hypervisor=1 || fail "insmod tmem_xen"
refused 'tmem_xen: not loaded: tmem is not enabled in this Xen' xen_standin start=1 enabled=0
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
[ "$(cat /sys/kernel/debug/tmem/backend)" = zcache ] || fail "zcache does not serve"
# without a frontend xen takes over, and zcache takes over again
insmod /suite/xen_standin.ko start=1 || fail "insmod xen_standin"
[ "$(cat /sys/kernel/debug/tmem/backend)" = xen ] || fail "xen does not serve"
rmmod xen_standin || fail "rmmod xen_standin"
[ "$(cat /sys/kernel/debug/tmem/backend)" = zcache ] || fail "zcache does not serve again"
rmmod tmem_xen || fail "rmmod tmem_xen"
rmmod tmem_zcache || fail "rmmod tmem_zcache"
rmmod tmem || fail "rmmod tmem"
