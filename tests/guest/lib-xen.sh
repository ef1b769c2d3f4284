# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-xen.sh - the suite on the stand-in hypervisor

X=/sys/kernel/debug/tmem/xen/stats
SD=/sys/module/xen_standin/parameters
XEN_DISK=/sys/block/frontswap0

# Ends the test where there is no shim.
xen_has_tmem() {
	[ -e /suite/tmem_xen.ko ] || {
		echo "skip: Xen never had tmem on this architecture"
		exit 0
	}
}

# xen_suite [PARAM]...   of the stand-in
xen_suite() {
	[ -z "$PLAIN" ] || return 0
	xen_has_tmem
	insmod /suite/tmem.ko || fail "insmod tmem"
	insmod /suite/tmem_xen.ko test_hypervisor=1 || fail "insmod tmem_xen"
	insmod /suite/xen_standin.ko start=1 "$@" || fail "insmod xen_standin"
	insmod_all tmem_cleancache
	dmesg | grep -q 'cleancache enabled, RAM provided by Xen Transcendent Memory' ||
		fail "cleancache is not on Xen"
}

xen_suite_remove() {
	[ -z "$PLAIN" ] || return 0
	if dmesg | grep -q "attached to the kernel's own cleancache"; then
		# which has no way to detach
		rmmod_all xen_standin tmem_xen
	else
		rmmod_all tmem_cleancache xen_standin tmem_xen tmem
	fi
	dmesg | grep 'xen_standin: .* calls' || fail "no sum"
	dmesg | grep 'xen_standin: BUG' && fail "the stand-in complains"
	return 0
}

# What goes wrong, as PARAMETER:VALUE of the stand-in; pools are lost by the last.
XEN_FAULTS="refuse_ppm:20000 garble_ppm:20000 deny_ppm:200000 state:1 state:2 memory:200 log_dirty:1"
XEN_LOSSES="keep:0 enabled:0"

xen_calm() {
	echo 1 >$SD/enabled
	echo 0 >$SD/log_dirty
	for _f in refuse_ppm garble_ppm deny_ppm state; do
		echo 0 >$SD/$_f
	done
	echo "$XEN_MEMORY" >$SD/memory
	[ ! -e $XEN_DISK/store ] || echo 1 >$XEN_DISK/store
}

# xen_weather FAULT...   one after the other, over and over, with quiet times
# between, until xen_weather_end; /tmp/weather-was is there after the first time.
# Also migrate:KEEP, to a host where not all pools are, and store:0, swap does not
# ask.
xen_weather() {
	rm -f /tmp/weather-was
	while :; do
		for _w; do
			case $_w in
			migrate:*)
				echo 1 >$SD/state
				usleep 100000
				echo 2 >$SD/state
				usleep 100000
				echo "${_w#*:}" >$SD/keep ;;
			store:*)
				echo 0 >$XEN_DISK/store ;;
			*)	echo "${_w#*:}" >"$SD/${_w%:*}" ;;
			esac
			usleep 300000
			xen_calm
			usleep 300000
		done
		: >/tmp/weather-was
	done &
	weather=$!
}

xen_weather_end() {
	kill $weather
	wait $weather
	xen_calm
}

xen_stat() { awk -v k="$1" '$1 == k { print $2 }' $X; }

# xen_log_dirty DIR   HVM frames while log-dirty goes on and off: what may be refused
# is only what is under way just when it goes on
xen_log_dirty() {
	: >/tmp/looks
	_refused=$(($(xen_stat put_errors) + $(xen_stat get_errors)))
	_puts=$(cc puts) _gets=$(cc succ_gets)
	while :; do
		echo 1 >$SD/log_dirty
		echo >>/tmp/looks
		usleep 100000
		echo 0 >$SD/log_dirty
		usleep 20000
	done &
	_dirty=$!
	mkdir "$1"
	integrity --rounds 1 --seconds 5 --size 12288 "$1" || fail "data while log-dirty is on"
	kill $_dirty
	wait $_dirty
	echo 0 >$SD/log_dirty
	_refused=$(($(xen_stat put_errors) + $(xen_stat get_errors) - _refused))
	_looks=$(wc -l </tmp/looks)
	echo "log-dirty went on $_looks times: puts=$(($(cc puts) - _puts))" \
		"hits=$(($(cc succ_gets) - _gets)) refused=$_refused"
	[ "$_looks" -ge 5 ] && [ $(($(cc puts) - _puts)) -ge 1000 ] &&
		[ $(($(cc succ_gets) - _gets)) -ge 100 ] || fail "nothing was tested"
	[ $_refused -le "$_looks" ] || fail "$_refused puts and gets were refused"
}

# xen_integrity PV   the page cache on PV (1) or HVM frames (0), first in calm and
# then while everything goes wrong
xen_integrity() {
	XEN_MEMORY=8000
	xen_suite pv="$1" memory=$XEN_MEMORY
	dir=$(fs /dev/vda ext4) || exit 1
	mkdir "$dir/calm"
	integrity --rounds 1 --seconds 5 --size 12288 "$dir/calm" || fail "data"
	[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 100 ] ||
		fail "only $(cc succ_gets) hits: nothing was tested"
	[ -n "$PLAIN" ] || [ "$1" = 1 ] || xen_log_dirty "$dir/dirty"
	# shellcheck disable=SC2086
	[ -n "$PLAIN" ] || xen_weather $XEN_FAULTS $XEN_LOSSES
	integrity --remount /dev/vda,ext4 --rounds 2 --seconds 8 --size 12288 "$dir" || fail "data"
	if [ -z "$PLAIN" ]; then
		xen_weather_end
		echo "succ_gets=$(cc succ_gets) puts=$(cc puts) put_refused=$(cc put_refused)"
		cat $X
		[ "$(xen_stat pools_lost)" -gt 0 ] || fail "no pool was lost"
		[ "$(xen_stat pools_again)" -gt 0 ] || fail "no pool came again"
	fi
	umount "$dir" || fail "umount"
	xen_suite_remove
}
