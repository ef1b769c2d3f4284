# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh source-path=tests/guest source-path=tests/xen
# load.sh - a guest whose load dom0 shifts, alone or one of several
#
# dom0 writes data/task: load KIB, drop, interval SECONDS, end.  What was done is
# data/at.  There is no swap.
. ./lib.sh
. ./lib-swap.sh
. ./lib-guest.sh

full=$(kb)
held=

do_load() {
	hog_start --kib "$1"
	hog fill
	hog verify
	held=1
}

do_drop() {
	# all of it is still right
	[ -z "$held" ] || hog verify
	[ -z "$held" ] || hog_end
	held=
	at_rest
}

echo 1 >/proc/sys/vm/overcommit_memory
insmod_all "tmem tmem_zcache tmem_cleancache xen_selfballoon"
tune selfballoon_interval 2
tune selfballoon_downhysteresis 2
until_true 60 kb_at_most $((full * 7 / 10)) || fail "$(kb) of $full KiB"
at_rest
xenstore-write data/at idle
last=
while :; do
	# shellcheck disable=SC2046
	set -- $(xenstore-read data/task 2>/dev/null)
	[ "$*" != "$last" ] || { sleep 0.5; continue; }
	last=$*
	case ${1-} in
	"")   continue ;;
	load) do_load "$2" ;;
	drop) do_drop ;;
	interval) tune selfballoon_interval "$2" ;;
	end)  break ;;
	esac
	xenstore-write data/at "$*"
done
STEP=nobody-killed
figure killed "$(dmesg | grep -c 'Out of memory: Killed')"
if nobody_killed; then echo "ok nobody-killed"; else no "somebody was killed"; fi
rmmod_all xen_selfballoon tmem_cleancache tmem_zcache tmem
