# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# A guest whose state is saved, and that is restored twice while it goes on itself:
# three machines with one secret and the same numbers before one memcached, each
# reading the same files in an order of its own.  Nobody tells them: what one of
# them has put under a number is not what another one put, and must be a miss.  Then
# each gets a new secret.
# vm: --mem 160 --suite --timeout 2400 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,ro --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest --memcached 512 --twins 2
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh
. ./lib-twins.sh

twins
all_of wrong "$(far wrong)" >/dev/null
# what an operator is told to do
echo auto >$MCP/secret || fail secret
own_comes_back
# the last of the three
[ "$(all_of ended 1)" != 3 ] || [ "$(all_of wrong 0)" -gt 0 ] ||
	fail "no number was used twice: nothing was tested"
