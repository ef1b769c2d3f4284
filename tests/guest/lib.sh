# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib.sh - what the guest tests share: modules, file systems, statistics
#
# Sourced first by every test.  A test called with the word `plain` runs
# without the modules: every data test must pass there as well, or it is not
# fair.

CC=/sys/kernel/debug/cleancache
ZC=/sys/kernel/debug/tmem/zcache
PLAIN=

[ "${1-}" != plain ] || {
	PLAIN=1
	shift
}

fail() {
	echo "FAIL: $*"
	exit 1
}

# insmod_all "MODULE..." [MODULE:PARAM=VALUE]...   in this order
insmod_all() {
	_modules=$1
	shift
	for _m in $_modules; do
		_p=
		for _a in "$@"; do
			[ "${_a%%:*}" != "$_m" ] || _p="$_p ${_a#*:}"
		done
		[ $_m != tmem_cleancache ] || _p="$(slow_disks)$_p"
		# shellcheck disable=SC2086
		insmod "/suite/$_m.ko" $_p || fail "insmod $_m$_p"
		[ $_m != tmem_zcache ] || buy_all
	done
}

# The disks of these guests answer from the memory of a host that emulates their
# CPU: to keep a page takes longer than to read it, and nothing would be kept.
slow_disks() {
	case $(uname -r) in
	5.*) ;;
	*) echo " request_us=-1" ;;
	esac
}

# Tests of rules want pages in the store, of files that they have just written:
# test_break=4 has it buy these as well.
buy_all() {
	_b=/sys/module/tmem_zcache/parameters/test_break
	[ ! -e $_b ] || echo $(($(cat $_b) | 4)) >$_b
}

# rmmod_all MODULE...   in this order
rmmod_all() {
	for _m in "$@"; do
		rmmod "$_m" || fail "rmmod $_m"
	done
}

# suite [MODULE:PARAM=VALUE]...   load the three modules in their order
suite() {
	[ -n "$PLAIN" ] || insmod_all "tmem tmem_zcache tmem_cleancache" "$@"
}

suite_remove() {
	[ -n "$PLAIN" ] || rmmod_all tmem_cleancache tmem_zcache tmem
}

# stat FILE...   sum of the numbers in statistics files; 0 for one not there
stat_sum() {
	cat "$@" 2>/dev/null | awk '{ n += $1 } END { printf "%d\n", n }'
}

# What a page of this machine takes, KiB.
page_kib() {
	awk '/^KernelPageSize/ { print $2; exit }' /proc/self/smaps
}

# of_4k N   how many of its pages take what N of 4 KiB take
of_4k() {
	echo $(($1 * 4 / $(page_kib)))
}

cc() {
	stat_sum "$CC/$1"
}

# The statistics file that counts the pages in the store.
stored_file() {
	for _f in pages stored_pages curr_pages pages_stored eph_pages; do
		[ ! -e "$ZC/$_f" ] || {
			echo "$ZC/$_f"
			return
		}
	done
}

# fs DEVICE TYPE   mount on /mnt/TYPE-DEVICE and print that
fs() {
	_d=/mnt/$2-${1##*/}
	mkdir -p "$_d"
	mount -t "$2" "$1" "$_d" || fail "mount $1" >&2
	echo "$_d"
}

# Sectors read from a disk (vda, ...).
sectors_read() {
	awk -v d="$1" '$3 == d { print $6 }' /proc/diskstats
}

# The four file systems every data test runs on, as `DEVICE TYPE`; the images
# are in this order on the test's `# vm:` line.
ALL_FS="/dev/vda:ext4 /dev/vdb:ext4 /dev/vdc:xfs /dev/vdd:btrfs"

# until_soon COMMAND...   false when it does not come true within a minute or so
until_soon() {
	for _i in $(seq 120); do
		"$@" && return 0
		sleep 0.5
	done
	return 1
}
