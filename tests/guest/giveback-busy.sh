# SPDX-License-Identifier: GPL-2.0
# A guest that works on 60 % of its RAM, half of it files, is as fast with
# tmem_selfballoon as without: refaults and instructions within 1 %.
# vm: --mem 256 --icount --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
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
share=$((ram * 3 / 10))
rounds=${1:-300}

# work LABEL ROUNDS ANON_KIB...: w_us, w_pages, w_refaults, w_swapped, w_oom_kills
work() {
	_w=$(workset "$dir/set" "$3" "$4" "$2") || fail "workset: $_w"
	echo "$1: $_w"
	for _f in ${_w#workset }; do
		eval "w_${_f%%=*}=${_f#*=}"
	done
}

# Pages that nobody uses: there is something to take.
fill() { cat "$dir/cold" >/dev/null; }

# as work, and N (0 or 1) is what selfballooning is once it is under way: what is
# taken while nobody works yet is not meant
work_with() {
	fill
	(sleep 0.3; echo "$2" >$P/selfballooning) &
	work "$1" "$rounds" "$share" "$share"
	wait
	echo 0 >$P/selfballooning
}

insmod_all "tmem tmem_zcache tmem_cleancache"
# five times as often as it does by default
insmod /suite/tmem_selfballoon.ko unreported=1 selfballooning=0 selfballoon_interval=1 ||
	fail "insmod"
dir=$(fs /dev/vda ext4) || exit 1
dd if=/dev/urandom of="$dir/cold" bs=1M count=96 2>/dev/null || fail "dd"
sync

# the first one makes the file
work "warm up" 2 "$share" "$share"
work_with without 0
us=$w_us refaults=$w_refaults
work_with with 1
(cd $S && grep . ./*) | tr '\n' ' '
echo
[ "$(stat_sum $S/went $S/went_slow $S/paused_*)" -ge 3 ] || fail "the worker has hardly run: nothing was tested"
echo "figure: instructions: $((w_us * 10000 / us)) of 10000 without; refaults: $((w_refaults - refaults)) of $w_pages pages"
[ $((w_us * 100)) -le $((us * 101)) ] || fail "$w_us us with it, $us without"
[ $(((w_refaults - refaults) * 100)) -le "$w_pages" ] || fail "$w_refaults refaults with it, $refaults without"

umount "$dir" || fail "umount"
rmmod_all tmem_selfballoon tmem_cleancache tmem_zcache tmem
