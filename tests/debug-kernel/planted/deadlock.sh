# SPDX-License-Identifier: GPL-2.0
# Locks taken in both orders are reported by lockdep, though it does not panic.
# tier: debug
# vm: --mem 512 --file build/planted/planted.ko:/planted.ko
# expect: fail
# expect-line: possible circular locking dependency detected
insmod /planted.ko bug=deadlock
