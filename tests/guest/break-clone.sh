# SPDX-License-Identifier: GPL-2.0
# Control: changes go unnoticed, whichever way btrfs drops pages of a file that
# becomes a clone: the scenario cloned must find it.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod btrfs
# vm: --file build/guest/rules:/bin/rules --disk build/guest/btrfs.img,snap
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more
# expect: fail
# expect-line: ^rules cloned (stale=[1-9]|stale=0 left=[1-9])
. ./lib.sh
. ./lib-rules.sh

# 512: nor does the hook from before the change see it
suite tmem_zcache:incompressible=keep tmem_cleancache:test_break=515
scenario cloned "$(fs /dev/vda btrfs)"
[ -z "$rules_failed" ] || fail "the control found what it should"
