# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-reload.sh - what is left when the modules have gone
#
# Sourced after lib.sh.

# What our modules may leave behind: nothing.
leftovers() {
	lsmod | grep '^tmem'
	grep '^tmem' /proc/slabinfo
	ls -d "$CC" /sys/kernel/debug/tmem 2>/dev/null
}

# KiB that neither are free nor can be freed.  Free pages on per-CPU lists are not
# among MemFree, megabytes of them on 6.12, and go back with time.  The least that is
# seen until it does not fall any more.
used_kib() {
	sync
	_least='' _same=0
	while [ $_same -lt 4 ]; do
		echo 3 >/proc/sys/vm/drop_caches
		sleep 1
		_now=$(awk -v kib="$(page_kib)" '
			/^MemTotal/ { t = $2 }
			/^MemFree|^Cached|^Buffers|^SReclaimable/ { f += $2 }
			/^ +count:/ { f += $2 * kib }
			END { print t - f }' /proc/meminfo /proc/zoneinfo)
		if [ "$_now" -lt "${_least:-999999999}" ]; then
			[ "$_now" -gt $((${_least:-999999999} - 64)) ] || _same=0
			_least=$_now
		fi
		_same=$((_same + 1))
	done
	echo $_least
}
