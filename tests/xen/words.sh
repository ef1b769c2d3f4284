# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh source-path=tests/guest source-path=tests/xen
# words.sh - a guest with nocleancache and noselfshrink on its command line
. ./lib.sh
. ./lib-guest.sh

nocleancache() {
	insmod_all "tmem tmem_zcache"
	if insmod /suite/tmem_cleancache.ko 2>/dev/null; then
		no "tmem_cleancache loads"
		return
	fi
	dmesg | grep 'tmem_cleancache: disabled by nocleancache' || no "no message"
}

noselfshrink() {
	insmod_all xen_selfballoon
	[ "$(cat $F/frontswap_selfshrinking) $(cat $F/selfballooning)" = "0 1" ] ||
		{ no "$(cat $F/frontswap_selfshrinking) $(cat $F/selfballooning)"; return; }
	dmesg | grep 'Initializing Xen selfballooning driver' || { no "no selfballooning"; return; }
	dmesg | grep 'Initializing frontswap selfshrinking driver' &&
		{ no "it says that it shrinks"; return; }
	# and the other half is at work
	full=$(kb)
	until_true 60 kb_at_most $((full * 9 / 10)) || no "$(kb) of $full KiB"
}

step nocleancache
step noselfshrink
rmmod_all xen_selfballoon tmem_zcache tmem
