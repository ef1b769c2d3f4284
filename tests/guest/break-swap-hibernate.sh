# SPDX-License-Identifier: GPL-2.0
# Control: frontswap0 takes the image, and all is lost without a word.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.12
# tier: more
# expect: silence
# expect-line: Image saving done
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-hibernate.sh

full_store tmem_frontswap:test_break=256
dmesg -n 7
image_here
