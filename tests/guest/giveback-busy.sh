# SPDX-License-Identifier: GPL-2.0
# A guest that works on 60 % of its RAM, anonymous memory and files, without a break is
# as fast with tmem_selfballoon as without: its refaults and its instructions are within
# 1 % of the worse of two runs without, one before and one after it, since how the page
# cache is made up differs by more than that from run to run.
#
# One that works for 15 ms several times in an interval, or once in three, is idle for
# who looks at it then, and pays for being taken for that now and again: its refaults
# are within 1 %, and all tasks together take no more than 5 % of the CPU beyond what
# they do without.  The same beside one who reads files once.
# vm: --mem 256 --icount --timeout 3600 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap
# vm: --file build/guest/workset:/bin/workset
# kernels: 6.12 6.1 newest
# tier: deep
# shellcheck disable=SC2154 # work() sets what the program prints
. ./lib.sh
. ./lib-integrity.sh

P=/sys/module/tmem_selfballoon/parameters
S=/sys/kernel/tmem/selfballoon
ram=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
bad=

# work LABEL FILE_KIB ANON_KIB ROUNDS [PAUSE_MS [COLD COLD_KIB]]: w_us, w_cpu_us,
# w_all_us, w_pages, w_refaults, w_swapped, w_oom_kills
work() {
	_label=$1
	shift
	_w=$(workset "$dir/set" "$@") || fail "workset: $_w"
	echo "$_label: $_w"
	for _f in ${_w#workset }; do
		eval "w_${_f%%=*}=${_f#*=}"
	done
}

# as work, and N (0 or 1) is what selfballooning is once it is under way: what is
# taken while nobody works yet is not meant; there are pages that nobody uses
work_with() {
	_n=$1
	shift
	echo 3 >/proc/sys/vm/drop_caches
	cat "$dir/cold" >/dev/null
	(sleep 0.3; echo "$_n" >$P/selfballooning) &
	work "$@"
	wait
	echo 0 >$P/selfballooning
}

intervals() { stat_sum $S/went $S/went_slow $S/paused_*; }

# busy LABEL INTERVALS PERCENT, and what workset takes: without it, with it, and
# without; it is to have looked at least so often, and may cost so much of the CPU
busy() {
	_name=$1 _least=$2 _percent=$3
	shift 3
	# five times as often as by default; and a past of its own
	insmod /suite/tmem_selfballoon.ko unreported=1 selfballooning=0 selfballoon_interval=1 ||
		fail "insmod"
	work_with 0 "$_name, without" "$@"
	us=$w_us cpu=$w_cpu_us refaults=$w_refaults
	work_with 1 "$_name, with" "$@"
	with_us=$w_us with_cpu=$w_cpu_us with_all=$w_all_us with_refaults=$w_refaults
	(cd $S && grep . ./*) | tr '\n' ' '
	echo
	[ "$(intervals)" -ge "$_least" ] || fail "$_name: the worker has hardly run: nothing was tested"
	work_with 0 "$_name, without" "$@"
	[ "$us" -ge "$w_us" ] || us=$w_us
	[ "$cpu" -ge "$w_cpu_us" ] || cpu=$w_cpu_us
	[ "$refaults" -ge "$w_refaults" ] || refaults=$w_refaults
	rmmod tmem_selfballoon || fail "rmmod"

	echo "figure: $_name: its instructions: $((with_us * 10000 / us)) of 10000 without; all: $(((with_cpu - cpu) * 10000 / with_all)) of 10000 of the CPU more; refaults: $((with_refaults - refaults)) of $w_pages pages"
	[ $(((with_cpu - cpu) * 100)) -le $((with_all * _percent)) ] ||
		bad="$bad; $_name: $with_cpu us of all tasks with it, $cpu without"
	[ $(((with_refaults - refaults) * 100)) -le "$w_pages" ] ||
		bad="$bad; $_name: $with_refaults refaults with it, $refaults without"
}

insmod_all "tmem tmem_zcache tmem_cleancache"
dir=$(fs /dev/vda ext4) || exit 1
dd if=/dev/urandom of="$dir/cold" bs=1M count=96 2>/dev/null || fail "dd"
dd if=/dev/urandom of="$dir/once" bs=1M count=100 2>/dev/null || fail "dd"
sync
third=$((ram * 3 / 10))
# the first one makes the file
work "warm up" $((ram * 6 / 10)) 4096 2

busy "no break" 4 1 $third $third 400
busy "each 0.2 s" 30 5 $third $third 150 200
busy "each 0.2 s, files" 30 5 $((ram * 6 / 10)) 4096 150 200
busy "each 3 s" 250 5 $third $third 100 3000
busy "beside a reader" 30 5 $third $third 150 200 "$dir/once" 640
[ -z "$bad" ] || fail "$bad"

umount "$dir" || fail "umount"
rmmod_all tmem_cleancache tmem_zcache tmem
