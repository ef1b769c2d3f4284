# SPDX-License-Identifier: GPL-2.0
# Control: puts do not wait for writers: the scenario in_flight must find it.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod ext4 --distro-mod dm-delay
# vm: --file build/guest/rules:/bin/rules --file build/guest/dmdelay:/bin/dmdelay --disk build/guest/ext4.img,snap
# kernels: 6.1 6.12
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more
# expect: fail
# expect-line: ^rules in_flight stale=[1-9]
. ./lib.sh
. ./lib-rules.sh

suite tmem_zcache:incompressible=keep tmem_cleancache:test_break=4
dm=$(dmdelay /dev/vda 300) || exit 0
scenario in_flight "$(fs "$dm" ext4)"
[ -z "$rules_failed" ] || fail "the control found what it should"
