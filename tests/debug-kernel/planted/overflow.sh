# SPDX-License-Identifier: GPL-2.0
# A write past the end is reported by KASAN, and panics.
# tier: debug
# vm: --mem 512 --file build/planted/planted.ko:/planted.ko
# expect: panic
# expect-line: BUG: KASAN: slab-out-of-bounds in planted_overflow
insmod /planted.ko bug=overflow
