# SPDX-License-Identifier: GPL-2.0
# Control: failed write-back, DAX, quota, blocks that were exchanged and handles that
# change go unnoticed: each scenario must find it.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-flakey --distro-mod ext4 --distro-mod quota_v2
# vm-amd64: --distro-mod nd_e820 --distro-mod nd_pmem --append memmap=48M!128M
# vm: --file build/guest/rules:/bin/rules --file build/guest/dmtable:/bin/dmtable
# vm: --disk build/guest/ext4-1k.img,snap --disk build/guest/ext4-48m.img,snap
# kernels: 6.1 6.12
# tier: more
# expect: fail
# expect-line: ^FAIL: the controls found what they should
. ./lib.sh
. ./lib-rules.sh

# eviction, failed write-back, kernel files, doubt, names, and what empties the store,
# since the scenarios drop caches and remount
suite tmem_zcache:incompressible=keep tmem_cleancache:test_break=6048
dmesg -n 1
bad_writes /dev/vda ext4
must="failed donor renamed quota"
for s in $must; do
	scenario $s "$DIR"
done
if has_pmem; then
	pmem /dev/vdb
	scenario daxed "$DIR"
	must="$must daxed"
fi
[ "${rules_failed-}" != " $must" ] ||
	fail "the controls found what they should"
