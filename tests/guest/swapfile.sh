# SPDX-License-Identifier: GPL-2.0
# A file that was stored becomes a swap file, and a file again.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc --distro-mod ext4 --distro-mod xfs
# vm: --file build/guest/rules:/bin/rules --disk build/guest/ext4.img,snap --disk build/guest/xfs.img,snap
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-rules.sh

suite tmem_zcache:incompressible=keep
scenario swapped "$(fs /dev/vda ext4)"
scenario swapped "$(fs /dev/vdb xfs)"
rules_end
