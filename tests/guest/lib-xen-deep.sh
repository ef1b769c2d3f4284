# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-xen-deep.sh - both frontends on the stand-in hypervisor, while that goes wrong
#
# xen_deep PV OPERATIONS [MODULE:PARAM=VALUE]...   at least so many
#
# Half of the operations are with files on /dev/vda and a swaphog on the swap
# device as on a disk, half with pages of swap.  The swap device has /dev/vdb below
# it.  Reads that fail are what a lost pool may cost; a wrong page fails the test.
# The hog has $DEEP_KIB, and pools are lost in every $DEEP_EVERY-th round.

# The domain is migrated with its pool of swap; and now and then the frontend does
# not ask the store.
DEEP_KIB=${DEEP_KIB:-49152}
DEEP_EVERY=${DEEP_EVERY:-3}
DEEP_FAULTS="$XEN_FAULTS migrate:persistent store:0"

# Pages put, got and dropped; those in vain do not count.
ops() {
	echo $(($(cc puts) + $(cc succ_gets) + $(cc invalidates) + $(fw succ_stores) +
		$(fw failed_stores) + $(fw loads) + $(fw invalidates)))
}

# since dmesg -c
swap_pools_lost() { dmesg | grep -c 'pages of swap in it are lost'; }

# hog_round ROUND   as long as it takes until everything has gone wrong once; either
# all pools are lost, or none of swap's
hog_round() {
	hog fill
	hog out
	dmesg -c >/dev/null
	# shellcheck disable=SC2086
	if [ $(($1 % DEEP_EVERY)) = 0 ]; then
		xen_weather $XEN_LOSSES $DEEP_FAULTS
	else
		xen_weather $DEEP_FAULTS
	fi
	_bus=0
	until [ -e /tmp/weather-was ]; do
		hog churn 8000
		_bus=$((_bus + $(hog_said bus)))
		hog out
	done
	hog verify
	_bus=$((_bus + $(hog_said bus)))
	xen_weather_end
	hog verify
	_bus=$((_bus + $(hog_said bus)))
	echo "round $1: $(ops) operations, reads that failed: $_bus, pools of swap lost: $(swap_pools_lost)"
	if [ $(($1 % DEEP_EVERY)) = 0 ]; then
		lost_bus=$((lost_bus + _bus))
	else
		kept_bus=$((kept_bus + _bus))
		[ "$(swap_pools_lost)" = 0 ] || fail "a pool of swap was lost"
	fi
}

# Until it is told to end, and it says how it went.
files_meanwhile() {
	_n=0
	while [ ! -e /tmp/files-end ]; do
		_n=$((_n + 1))
		mkdir "$1/$_n"
		integrity --rounds 1 --seconds 8 --size 12288 --seed $((SEED + _n)) \
			"$1/$_n" || return 1
		rm -r "${1:?}/$_n"
		umount "$1" || return 1
		[ "$(fs /dev/vda ext4)" = "$1" ] || return 1
	done
	umount "$1"
}

# enough ROUND OPERATIONS   after that round there were all kinds, and so many
# operations in all
enough() { [ $round -gt "$1" ] && [ $((round % DEEP_EVERY)) = 0 ] && [ "$(ops)" -ge "$2" ]; }

xen_deep() {
	_pv=$1 _ops=$2
	shift 2
	XEN_MEMORY=8000
	dmesg -n 1
	xen_suite pv="$_pv" memory=$XEN_MEMORY
	insmod_all tmem_frontswap "$@"
	set_up 0 0 /dev/vdb
	dir=$(fs /dev/vda ext4) || exit 1

	round=0 lost_bus=0 kept_bus=0
	files_meanwhile "$dir" &
	files=$!
	until enough 0 $((_ops / 2)); do
		SEED=$((SEED + 1)) round=$((round + 1))
		# what was lost can be written again, but only as whole pages
		dd if=/dev/zero of=/dev/frontswap0 bs=1M count=$((DEEP_KIB / 1024)) conv=fsync 2>/dev/null || fail dd
		hog_start --kib $DEEP_KIB --threads 2 --disk /dev/frontswap0
		hog_round $round
		hog_end
	done
	: >/tmp/files-end
	wait $files || fail "data of files"
	disk_loads=$(fw loads)

	# nothing but the hog's pages shall be in a swap that loses them
	echo 0 >/proc/sys/vm/swappiness
	_first=$round
	until enough "$_first" "$_ops"; do
		SEED=$((SEED + 1)) round=$((round + 1))
		# or the device is set up anew
		echo 1 >/sys/block/frontswap0/reset || fail reset
		swap_on 0 0 /dev/vdb
		hog_start --kib $((DEEP_KIB * 4 / 3)) --threads 2
		hog_round $round
		hog drop 0
		hog_end
		swapoff /dev/frontswap0 || fail swapoff
	done

	dmesg -n 4
	grep -v ' 0$' "$FSW/stats"
	cat $X
	echo "xen: operations=$(ops) calls=$(cat $SD/calls) gone_wrong=$(cat $SD/gone_wrong) evicted=$(cat $SD/evicted)" \
		"file_puts=$(cc puts) file_hits=$(cc succ_gets)" \
		"swap_stores=$(fw succ_stores) swap_loads=$(fw loads)" \
		"failed_reads=$kept_bus+$lost_bus wrong_pages=0"
	at_least 10000 "$(cc puts)" "pages of files put"
	at_least 2000 "$(cc succ_gets)" "pages of files got"
	at_least 2000 "$disk_loads" "pages of the disk loaded"
	at_least 2000 $(($(fw loads) - disk_loads)) "pages of swap loaded"
	at_least 1000 "$(fw backing_reads)" "pages of the disk below"
	at_least 300 "$(cat $SD/gone_wrong)" "refused or senseless answers"
	at_least 100 $lost_bus "reads of lost pages that failed"
	for _s in put_nomem put_frozen put_errors get_errors flush_errors pools_lost pools_again; do
		at_least 3 "$(xen_stat $_s)" $_s
	done
	echo 1 >/sys/block/frontswap0/reset || fail reset
	rmmod_all tmem_frontswap
	xen_suite_remove
}
