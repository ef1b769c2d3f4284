# SPDX-License-Identifier: GPL-2.0
# The boot word tmem; words that only look like nocleancache; words for init.
# vm: --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/rules:/bin/rules
# vm: --append "tmem xnocleancache nocleancache2 foo.nocleancache=1 -- nocleancache"
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more
. ./lib.sh
. ./lib-rules.sh

suite
dmesg | grep 'cleancache enabled, RAM provided by' || fail "no message"
scenario hit "$(fs /dev/vda ext4)"
rules_end
