# SPDX-License-Identifier: GPL-2.0
# The disk below does not answer: who only looks does not wait for it, nor who adds
# and removes others; who has to wait can be killed; and when it answers all goes on.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-mod --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

B=/sys/block/frontswap0
C=/sys/class/frontswap-control

# promptly CMD...   it ends, though the disk does not answer; what it says is in
# /tmp/said
promptly() {
	rm -f /tmp/ended
	("$@" >/tmp/said; echo $? >/tmp/ended) 2>/dev/null &
	_n=0
	until [ -s /tmp/ended ]; do
		_n=$((_n + 1))
		[ $_n -le 600 ] || fail "waits for the disk: $*"
		usleep 100000
	done
	read -r _rc </tmp/ended
	[ "$_rc" = 0 ] || fail "$* ends with $_rc"
}

# writes VALUE FILE   in the background; $! is who does
writes() {
	sh -c "echo $1 >$2" 2>/dev/null &
}

# Until process $1 waits for what no signal but one that kills can end.
waits() {
	_n=0
	until awk '{ exit $3 != "D" }' "/proc/$1/stat"; do
		_n=$((_n + 1))
		[ $_n -le 300 ] || fail "process $1 does not wait: $(cat "/proc/$1/stat")"
		usleep 100000
	done
}

look() {
	for f in $B/pages $B/backing_dev $B/disksize $B/initstate $B/store \
		/proc/sys/vm/frontswap $FSW/curr_pages; do
		promptly cat $f
	done
	promptly cat $C/hot_add
	promptly sh -c "echo $(cat /tmp/said) >$C/hot_remove"
}

suite_swap
disk=$(dmtable bd /dev/vda linear @ 0) || fail dmtable
set_up 0 0 "$disk"
hog_start --kib 32768 --disk /dev/frontswap0
hog fill
hog out
hog_end
pages_at_least 8000 "$(cat $B/pages)" "pages in the store"

dmtable bd /dev/vda hold || fail "dmtable hold"
writes all $B/writeback
first=$!
waits $first
look
writes 0 /proc/sys/vm/frontswap
second=$!
writes 1 $B/reset
third=$!
waits $second
waits $third
# with one who is to change the disk in the queue
look
kill -9 $second $third
wait $second
wait $third
[ "$(cat $B/initstate)" = 1 ] || fail "it is reset"
writes 0 $C/hot_remove
second=$!
waits $second
look
kill -9 $second
wait $second
promptly cat $B/pages

dmtable bd /dev/vda linear @ 0 || fail "dmtable linear"
wait $first || fail "writeback all"
[ "$(cat $B/pages)" = 0 ] || fail "$(cat $B/pages) pages are in the store"
echo 0 >$C/hot_remove || fail hot_remove
suite_swap_remove
