# SPDX-License-Identifier: GPL-2.0
# A use after free is reported by KASAN, and panics.
# tier: debug
# vm: --mem 512 --file build/planted/planted.ko:/planted.ko
# expect: panic
# expect-line: BUG: KASAN: slab-use-after-free in planted_uaf
insmod /planted.ko bug=uaf
