# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-hot.sh - a full store of cold pages, and work on others

# The store is full of pages that nobody uses when work begins on others, of which
# it could hold all: in the end most of these are in the store.  It is the disk
# itself that is worked on: what swap writes to the disk would linger in RAM.
hot_pages() {
	set_up 0 0 /dev/vda
	hog_start --kib 65536 --disk /dev/frontswap0
	hog fill
	hog out
	_round=0
	while [ $_round -lt 12 ]; do
		_loads=$(fw loads) _reads=$(fw backing_reads)
		hog work "$(of_4k 12000)" "$(of_4k 2000)"
		_loads=$(($(fw loads) - _loads)) _reads=$(($(fw backing_reads) - _reads))
		echo "  round $_round: $_loads loads from the store, $_reads from the disk"
		_round=$((_round + 1))
	done
	show_swap
	[ $((_loads + _reads)) -ge "$(of_4k 1500)" ] || fail "the work was not on the disk"
	[ $((_loads * 10)) -ge $(((_loads + _reads) * 8)) ] ||
		fail "cold pages keep hot ones out of the store"
	hog_right
	hog_end
}
