# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-stale.sh - make older duplicates, if that can be done

# Every slot is written to the store, then, while that is off, to the disk.
stale_duplicates() {
	set_up 0 0 /dev/vda
	hog_start --kib 16384 --disk /dev/frontswap0
	hog fill
	hog out
	at_least 4000 "$(fw curr_pages)" "pages in the store"
	for _n in 1 2; do
		echo 0 >/sys/block/frontswap0/store || fail "store off"
		hog fill
		hog out
		echo 1 >/sys/block/frontswap0/store || fail "store on"
		hog verify
		hog out
		hog verify
		hog fill
		hog out
		hog verify
	done
}
