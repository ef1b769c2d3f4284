# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh source-path=tests/guest source-path=tests/xen
# move.sh - a guest that is saved, restored and migrated with all of the suite
#
# 256 MB, files and swap in the embedded store, the balloon at work.  dom0 is told
# in data/at that it may save or migrate, and says in data/task that it has; until
# then files are read and pages of swap checked, rewritten and pushed out.  Both
# are all checked afterwards, and the balloon is asked to move.
. ./lib.sh
. ./lib-swap.sh
. ./lib-guest.sh

HOG_KIB=65536
full=$(kb)
echo 1 >/proc/sys/vm/overcommit_memory

stored() { awk '$1 == "eph_pages" { print $2 }' $ZC/stats; }
# files_kept [MANIFEST]
files_kept() {
	tree cat /mnt/text "${1-/guest/manifest}" >/tmp/tree && grep -q ' bad=0$' /tmp/tree
}

# Files beyond what RAM can hold beside pages of swap, twice: the store has some.
files_from_store() {
	hog out
	_gets=$(cc succ_gets) _puts=$(cc puts)
	for _i in 1 2; do
		files_kept || { no "$(tail -n 3 /tmp/tree)"; return; }
	done
	figure "$STEP"_puts $(($(cc puts) - _puts))
	figure "$STEP"_hits $(($(cc succ_gets) - _gets))
	figure "$STEP"_files_in_store "$(stored)"
	figure "$STEP"_swap_in_store "$(pages)"
	at_least 4000 "$(pages)" "pages of swap in the store"
	[ $(($(cc succ_gets) - _gets)) -ge 500 ] ||
		no "$(cc succ_gets) hits, $_gets before; $(grep MemFree /proc/meminfo), $(kb) KiB; $(tr '\n' ' ' <$ZC/stats)"
}

in_use() {
	insmod_all "tmem tmem_zcache tmem_cleancache tmem_frontswap xen_selfballoon"
	mount -t ext4 -o ro /dev/xvda /mnt || { no mount; return; }
	swap_on 0 0 /dev/xvdb
	# they are in this guest's RAM: nothing is to come back
	tune frontswap_selfshrinking 0
	tune selfballoon_downhysteresis 2
	tune selfballoon_interval 1
	hog_start --kib $HOG_KIB --threads 2
	hog fill
	at_rest || return
	idle=$(kb)
	figure idle_kb "$idle"
	[ "$idle" -le $((full * 9 / 10)) ] || { no "$idle of $full KiB"; return; }
	files_from_store
}

task_is() { [ "$(xenstore-read data/task 2>/dev/null)" = "$1" ]; }

# work_until WORD   until dom0 has done it
work_until() {
	rm -f /tmp/stop /tmp/files-bad
	for _i in $(seq 1 16 "$(wc -l </guest/manifest)"); do
		sed -n "$_i,$((_i + 15))p" /guest/manifest >"/tmp/some-$_i"
	done
	while [ ! -e /tmp/stop ]; do
		for _some in /tmp/some-*; do
			[ ! -e /tmp/stop ] || break
			files_kept "$_some" || cp /tmp/tree /tmp/files-bad
		done
	done &
	_files=$!
	xenstore-write data/at "$1"
	_turns=0
	until task_is "$1"; do
		hog churn 1000
		_turns=$((_turns + 1))
	done
	: >/tmp/stop
	wait $_files
	figure "turns_beside_$1" $_turns
	[ ! -e /tmp/files-bad ] || { no "$(tail -n 3 /tmp/files-bad)"; return; }
	# all of it
	hog verify
	[ "$(hog_said bus)" = 0 ] || { no SIGBUS; return; }
	files_kept || { no "$(tail -n 3 /tmp/tree)"; return; }
	[ "$(files_right)" = "$(wc -l </guest/manifest)" ] || { no "$(files_right) files"; return; }
}

# The toolstack has set a target, which is left alone for six intervals.
balloon_goes_on() {
	until_true 120 kb_at_most $((idle + 24576)) ||
		{ no "$(kb) KiB, target $(target), not $idle"; return; }
	_reserved=$(cat $F/selfballoon_reserved_mb)
	tune selfballoon_reserved_mb $((_reserved + 64))
	until_true 120 kb_at_least $((idle + 40960)) ||
		{ no "$(kb) KiB, target $(target), $idle at first: it does not grow"; return; }
	tune selfballoon_reserved_mb 0
	until_true 120 kb_at_most $((idle + 24576)) ||
		{ no "$(kb) KiB, target $(target), $idle at first: it does not shrink"; return; }
	hog verify
}

store_after_save() { files_from_store; }
store_after_migration() { files_from_store; }
saved() { work_until saved; }

still() { [ "$(kb)" = "$(target)" ]; }

# What is ballooned in or out while Xen copies a guest that runs is lost on the way
# (docs/xen.md): the worker has to rest.
migrated() {
	tune selfballooning 0
	until_true 60 still || { no "$(kb) KiB, target $(target)"; return; }
	work_until migrated || return
	tune selfballooning 1
}
balloon_after_save() { balloon_goes_on; }
balloon_after_migration() { balloon_goes_on; }

unloads() {
	figure written_back "$(fw writebacks)"
	[ "$(fw load_errors)" = 0 ] || { no load_errors; return; }
	swapoff /dev/frontswap0 || { no swapoff; return; }
	hog verify
	hog_end
	umount /mnt || { no umount; return; }
	nobody_killed || { no "somebody was killed"; return; }
	rmmod_all xen_selfballoon
	echo 1 >/sys/block/frontswap0/reset
	rmmod_all tmem_frontswap tmem_cleancache tmem_zcache tmem
}

# shellcheck disable=SC2154
for step in swap_without in_use saved balloon_after_save store_after_save migrated \
	balloon_after_migration store_after_migration unloads; do
	step $step
done
