# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Control: twins whose values are not checked, by neither the carrier nor the store:
# one must read what another one has put.
# vm: --mem 160 --suite --timeout 2400 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,ro --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest --memcached 512 --twins 2
# kernels: 6.12
# tier: deep
# expect: fail
# expect-line: ^BAD DATA: .* wrong content
. ./lib.sh
. ./lib-remote.sh
. ./lib-twins.sh

twins tmem_zcache:test_break=8 tmem_memcached:test_break=1 tmem_memcached:secret=off
