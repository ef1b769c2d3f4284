# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-xen.sh - the suite on the stand-in hypervisor

X=/sys/kernel/debug/tmem/xen/stats
SD=/sys/module/xen_standin/parameters

# xen_suite [PARAM]...   of the stand-in
xen_suite() {
	[ -z "$PLAIN" ] || return 0
	insmod /suite/tmem.ko || fail "insmod tmem"
	insmod /suite/tmem_xen.ko test_hypervisor=1 || fail "insmod tmem_xen"
	insmod /suite/xen_standin.ko start=1 "$@" || fail "insmod xen_standin"
	insmod /suite/tmem_cleancache.ko || fail "insmod tmem_cleancache"
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

# What goes wrong, over and over, until the shell is killed.
xen_weather() {
	while :; do
		for _w in "refuse_ppm 20000" "garble_ppm 20000" "deny_ppm 200000" \
			"state 1" "state 2" "keep 0" "memory 200" "enabled 0"; do
			echo "${_w#* }" >"$SD/${_w% *}"
			usleep 300000
			echo 1 >$SD/enabled
			for _f in refuse_ppm garble_ppm deny_ppm state; do
				echo 0 >$SD/$_f
			done
			echo "$XEN_MEMORY" >$SD/memory
			usleep 300000
		done
	done
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
	if [ -z "$PLAIN" ]; then
		xen_weather &
		weather=$!
	fi
	integrity --remount /dev/vda,ext4 --rounds 2 --seconds 8 --size 12288 "$dir" || fail "data"
	if [ -z "$PLAIN" ]; then
		kill $weather
		wait $weather
		echo "succ_gets=$(cc succ_gets) puts=$(cc puts) put_refused=$(cc put_refused)"
		cat $X
		[ "$(awk '$1 == "pools_lost" { print $2 }' $X)" -gt 0 ] || fail "no pool was lost"
		[ "$(awk '$1 == "pools_again" { print $2 }' $X)" -gt 0 ] || fail "no pool came again"
	fi
	umount "$dir" || fail "umount"
	xen_suite_remove
}
