# SPDX-License-Identifier: GPL-2.0
# Control: direct writes go unnoticed while the pages are elsewhere: the scenario
# direct must find them, in memcached.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod ext4
# vm: --file build/guest/rules:/bin/rules --disk build/guest/ext4.img,snap
# vm: --file build/guest/memcached:/memcached
# kernels: 6.12
# tier: deep
# expect: fail
# expect-line: ^rules direct stale=[1-9].* away=[1-9]
. ./lib.sh
. ./lib-rules.sh
. ./lib-remote.sh

suite_remote 64 tmem_zcache:incompressible=keep tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=5000 \
	tmem_cleancache:test_break=1
scenario direct "$(fs /dev/vda ext4)" --away 1
[ "$(far hits)" -gt 0 ] || {
	echo "nothing came back from memcached: no control"
	exit 0
}
[ -z "$rules_failed" ] || fail "the control found what it should"
