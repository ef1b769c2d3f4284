# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-guest.sh - what the scripts in the guests share: steps, the balloon, dom0
#
# To be sourced after lib.sh.  A step is a function that is true if all is well
# and has said why with `no` if not; what dom0 prints of it is "ok NAME" or
# "FAIL NAME: WHY".

# shellcheck disable=SC2034
DEV=/sys/devices/system/xen_memory/xen_memory0
F=$DEV/selfballoon
STEP=start

# for the functions of tests/guest
fail() {
	echo "FAIL $STEP: $*"
	exit 1
}

no() {
	echo "FAIL $STEP: $*"
	return 1
}

# step FUNCTION   its name with - for _ is the step's
step() {
	STEP=$(echo "$1" | tr _ -)
	echo "$(cut -d ' ' -f 1 /proc/uptime) $STEP"
	if "$1"; then echo "ok $STEP"; fi
}

figure() { echo "figure: $*"; }

kb() { cat $DEV/info/current_kb; }
target() { cat $DEV/target_kb; }

# set_tunable NAME VALUE
tune() {
	echo "$2" >"$F/$1" || no "$1 does not take $2"
}

now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# until_true SECONDS COMMAND...   false when it does not come true in time
until_true() {
	_end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt $_end ] || return 1
		sleep 0.2
	done
}

kb_at_most() { [ "$(kb)" -le "$1" ]; }
kb_at_least() { [ "$(kb)" -ge "$1" ]; }
target_at_most() { [ "$(target)" -le "$1" ]; }
target_at_least() { [ "$(target)" -ge "$1" ]; }
target_differs() { [ "$(target)" != "$1" ]; }

# at_rest   until the target has moved by less than 1 MB for two intervals
at_rest() {
	_wait=$(($(cat $F/selfballoon_interval) * 2 + 1))
	for _i in $(seq 40); do
		_t=$(target)
		until_true $_wait target_leaves "$_t" || return 0
		echo "  target $_t, $(target) KiB"
	done
	no "the target does not rest"
}
target_leaves() {
	_now=$(target)
	[ $((_now - $1)) -ge 1024 ] || [ $(($1 - _now)) -ge 1024 ]
}

# tell WORD   to dom0, and wait until it has looked
tell() {
	xenstore-write data/at "$1"
	until_true 120 seen "$1" || no "dom0 does not look"
}
seen() { [ "$(xenstore-read data/seen 2>/dev/null)" = "$1" ]; }

nobody_killed() {
	dmesg | grep 'Out of memory: Killed' && return 1
	return 0
}

pages() { cat /proc/sys/vm/frontswap; }

# What the last `tree cat` found right.
files_right() { sed -n 's/.*files=\([0-9]*\) .* bad=0$/\1/p' /tmp/tree; }

# Of dropped pages of swap 6.1 warns once in a PV guest, whatever is swapped to
# (pte_install_uffd_wp_if_needed() reads a PTE whose clearing Xen's lazy MMU mode
# has put off).  Let it do so before the suite is there.
swap_without() {
	mkswap /dev/xvdb >/dev/null && swapon /dev/xvdb || { no swapon; return; }
	hog_start --kib 16384
	hog fill
	hog out
	all_out 1000
	hog drop
	hog_end
	swapoff /dev/xvdb || { no swapoff; return; }
	dmesg | grep WARNING
	figure warnings_without "$(dmesg | grep -c WARNING)"
	dmesg -c >/dev/null
}
