# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-stale.sh - make older data come to light, if that can be done

# Every slot is written to the store, then, while that is off, to the disk.
stale_duplicates() {
	set_up 0 0 /dev/vda
	hog_start --kib 16384 --disk /dev/frontswap0
	hog fill
	hog out
	pages_at_least 4000 "$(fw curr_pages)" "pages in the store"
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

# v0 is on the disk and v1 in the store when the disk fails.  v2 must not be taken
# for written, nor v0 for the newest; and a discard that fails discards nothing.
failed_writes() {
	dmesg -n 1
	disk=$(dmtable bd /dev/vda linear @ 0) || fail dmtable
	set_up 0 0 "$disk"
	hog_start --kib 8192 --disk /dev/frontswap0
	echo 0 >/sys/block/frontswap0/store || fail "store off"
	hog fill
	hog out
	echo 1 >/sys/block/frontswap0/store || fail "store on"
	hog fill
	hog out
	pages_at_least 2000 "$(fw curr_pages)" "pages in the store"
	echo 0 >/sys/block/frontswap0/store || fail "store off"
	dmtable bd /dev/vda error || fail "dmtable error"
	hog fill
	hog out
	dmtable bd /dev/vda linear @ 0 || fail "dmtable linear"
	hog verify
	pages_at_least 2000 "$(hog_said bus)" "lost pages"
	# to write by a mapping it must be read first
	blkdiscard /dev/frontswap0 || fail blkdiscard
	echo 1 >/sys/block/frontswap0/store || fail "store on"
	hog fill
	hog out
	dmtable bd /dev/vda error || fail "dmtable error"
	if [ "$(cat "/sys/block/${disk##*/}/queue/discard_max_bytes")" != 0 ]; then
		blkdiscard /dev/frontswap0 2>/tmp/err && fail "no error from blkdiscard"
		hog out
	else
		echo "  no discards on a bad disk"
	fi
	dmtable bd /dev/vda linear @ 0 || fail "dmtable linear"
	hog verify
	[ "$(hog_said bus)" = 0 ] || fail "pages are lost that could be written"
	blkdiscard /dev/frontswap0 || fail blkdiscard
	[ "$(fw curr_pages)" = 0 ] || fail "pages in the store after a discard"
}
