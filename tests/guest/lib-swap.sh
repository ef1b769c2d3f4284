# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap.sh - swap devices, and a process whose memory is in them
#
# hog_start starts a swaphog; `hog WORD...` tells it to do something and fails
# the test unless the answer is ok; $answer is what it said, and `hog_said KEY`
# a number of it.

FSW=/sys/kernel/debug/tmem/frontswap
SEED=${SEED:-$(($(od -An -N2 -tu2 /dev/urandom) + 1))}

fw() {
	stat_sum "$FSW/$1"
}

# suite_swap [MODULE:PARAM=VALUE]...
# Through the swap cache, also where there is no disk: more happens there; and with
# all pages in the store, also where there is one.  swap-sync.sh and swap-disk.sh
# have the defaults.
suite_swap() {
	insmod_all "tmem tmem_zcache tmem_frontswap" tmem_frontswap:synchronous=0 \
		tmem_zcache:incompressible=keep "$@"
}

suite_swap_remove() {
	rmmod_all tmem_frontswap tmem_zcache tmem
}

# set_up N SIZE [BACKING]   a disk that is ready for mkswap
set_up() {
	_b=/sys/block/frontswap$1
	[ -z "${3-}" ] || echo "$3" >"$_b/backing_dev" || fail "backing_dev $3"
	echo "$2" >"$_b/disksize" || fail "disksize $2"
}

# swap_on N SIZE [BACKING]   the same, and swap to it
swap_on() {
	set_up "$@"
	mkswap "/dev/frontswap$1" >/dev/null || fail "mkswap frontswap$1"
	swapon "/dev/frontswap$1" || fail "swapon frontswap$1"
}

hog_start() {
	rm -f /tmp/to-hog /tmp/from-hog
	mkfifo /tmp/to-hog /tmp/from-hog
	swaphog --seed "$SEED" "$@" </tmp/to-hog >/tmp/from-hog &
	hog_pid=$!
	exec 3>/tmp/to-hog 4</tmp/from-hog
}

# The answer, whatever it is.
hog_ask() {
	echo "$*" >&3
	answer=
	read -r answer <&4 || fail "the hog is dead ($*)"
	echo "  $answer"
}

hog() {
	hog_ask "$@"
	case $answer in
	"$1 ok "*) ;;
	*) fail "hog $*: $answer" ;;
	esac
}

# All of its pages are there, and are what they were.
hog_right() {
	hog verify
	[ "$(hog_said bus)" = 0 ] || fail SIGBUS
}

# hog_proc FILE VALUE   write to a file of its in /proc
hog_proc() {
	echo "$2" >"/proc/$hog_pid/$1" || fail "$1 of the hog"
}

hog_said() {
	echo "$answer" | sed "s/.* $1=\([0-9]*\).*/\1/"
}

hog_end() {
	echo quit >&3
	exec 3>&- 4<&-
	wait "$hog_pid" || fail "the hog ended with $?"
}

# all_out N   fails unless all of the last answer's pages but a few were in swap: as
# many as N of 4 KiB
all_out() {
	[ "$(hog_said swapped)" -ge "$(of_4k "$1")" ] ||
		fail "$(hog_said swapped) pages are in swap, not $(of_4k "$1")"
}

# at_least N WHAT [WHERE]
at_least() {
	[ "$2" -ge "$1" ] || fail "$3: $2, not $1 or more"
}

# The same of pages: N of 4 KiB.
pages_at_least() {
	at_least "$(of_4k "$1")" "$2" "$3"
}

show_swap() {
	grep -v ' 0$' "$FSW/stats"
	grep -E '^(pers_pages|zs_bytes|used_bytes|limit_bytes|reject_[a-z]*|stalls) ' "$ZC/stats" |
		grep -v ' 0$'
}

# --- large folios ---

THP=/sys/kernel/mm/transparent_hugepage

# large_folios KIB   anonymous memory in such folios from now on; fails where there
# are none of that size
large_folios() {
	echo never >$THP/enabled
	for f in "$THP"/hugepages-*/enabled; do
		[ ! -e "$f" ] || echo never >"$f"
	done
	if [ -d "$THP/hugepages-${1}kB" ]; then
		echo always >"$THP/hugepages-${1}kB/enabled"
	else
		[ "$1" = 2048 ] && echo always >$THP/enabled
	fi
}

# large_swpout KIB [_fallback]   how many were swapped out in one piece, or had to
# be split first
large_swpout() {
	if [ -d "$THP/hugepages-${1}kB" ]; then
		cat "$THP/hugepages-${1}kB/stats/swpout${2-}"
	else
		awk -v k="thp_swpout${2-}" '$1 == k { print $2 }' /proc/vmstat
	fi
}

# --- a disk that failed and is mended ---

# New pages are well on it, in the store and after a shrink; then the end.
well_again() {
	hog drop 0
	hog fill
	hog out
	hog verify
	[ "$(hog_said bus)" = 0 ] || fail "SIGBUS on a good disk"
	sleep 5
	hog out
	echo 0 >/proc/sys/vm/frontswap || fail "vm.frontswap=0"
	hog verify
	[ "$(hog_said bus)" = 0 ] || fail "SIGBUS on a good disk"
	swapoff /dev/frontswap0 || fail swapoff
	hog verify
	hog_end
	suite_swap_remove
}
