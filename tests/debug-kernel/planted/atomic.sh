# SPDX-License-Identifier: GPL-2.0
# What may sleep, under a spinlock, is reported though it does not panic.
# tier: debug
# vm: --mem 512 --file build/planted/planted.ko:/planted.ko
# expect: fail
# expect-line: BUG: sleeping function called from invalid context
insmod /planted.ko bug=atomic
