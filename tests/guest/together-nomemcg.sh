# SPDX-License-Identifier: GPL-2.0
# The same without memory cgroups: what is hooked is another function.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# vm: --append cgroup_disable=memory
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-fill.sh

put_together
