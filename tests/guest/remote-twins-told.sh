# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# The same, and the hypervisor says so (vmgenid): the twins forget what is away and
# draw another secret, so that no number is another machine's.
# vm: --mem 160 --suite --timeout 2400 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,ro --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest --memcached 512 --twins 2 --vmgenid
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh
. ./lib-twins.sh

twins
own_comes_back
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were another machine's"
! dmesg | grep -q 'tmem_memcached: .*cloned' || all_of told 1 >/dev/null
# the last of the three
[ "$(all_of ended 1)" != 3 ] || told=$(all_of told 0)
[ "${told-2}" = 2 ] || fail "$told of two twins were told"
