# SPDX-License-Identifier: GPL-2.0
# Control, with the kernel's own cleancache: puts do not wait for writers: the scenario in_flight must find it.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod dm-delay --disk build/guest/ext4.img,snap
# vm: --file build/guest/rules:/bin/rules --file build/guest/dmdelay:/bin/dmdelay
# kernels: 5.10
# tier: test deep
# expect: fail
# expect-line: ^rules in_flight stale=[1-9]
. ./lib.sh
. ./lib-rules.sh

suite tmem_zcache:incompressible=keep tmem_cleancache:test_break=4
dm=$(dmdelay /dev/vda 60) || exit 0
scenario in_flight "$(fs "$dm" ext4)"
[ -z "$rules_failed" ] || fail "the control found what it should"
