# SPDX-License-Identifier: GPL-2.0
# A leak is reported by the kmemleak scan that ends each boot.
# tier: debug
# vm: --mem 512 --file build/planted/planted.ko:/planted.ko
# expect: fail
# expect-line: planted_leak
insmod /planted.ko bug=leak
