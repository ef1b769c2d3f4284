# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-rules.sh - run scenarios of the program `rules`

rules_failed=

# Ways to read and to change a file, but for the plain hit.
# shellcheck disable=SC2034 # for those who source this
WAYS="mixed mapped small tail exchanged defragmented donor huge sparse advised uncached dropped emptied cloned interrupted"

# may_lack SCENARIO FOLDER   is that something which this file system cannot do, or
# this kernel?  What is not named here has to be tried wherever it is asked for.
may_lack() {
	case $1:${2#/mnt/} in
	exchanged:xfs* | exchanged:btrfs* | donor:xfs* | donor:btrfs*) ;;
	cloned:ext4* | interrupted:ext4* | snapshot:ext4* | snapshot:xfs*) ;;
	emptied:btrfs* | renamed:btrfs* | faulted:btrfs* | uncached:btrfs*) ;;
	# with checksums of metadata; the one with blocks of 1 KiB has none
	renamed:ext4-vda) ;;
	tail:*) [ "$(stat -f -c %S "$2")" -gt $(($(page_kib) * 1024)) ] ;;
	uncached:*)
		# RWF_DONTCACHE came with 6.14
		case $(uname -r) in
		5.* | 6.[0-9].* | 6.1[0-3].*) ;;
		*) false ;;
		esac
		;;
	*)
		# before folios much is different
		case $(uname -r) in
		5.*) ;;
		*) false ;;
		esac
		;;
	esac
}

# scenario NAME FOLDER [OPTION]...
scenario() {
	_name=$1 _dir=$2
	shift 2
	_f=$(stored_file)
	echo "-- $_name on $_dir"
	rules ${_f:+--stored "$_f"} "$@" "$_name" "$_dir/f-$_name"
	case $? in
	0)	;;
	4)
		echo "   not here"
		may_lack $_name "$_dir" || {
			echo "FAILED: $_name on $_dir was not tried"
			rules_failed="$rules_failed $_name"
		}
		;;
	*)	echo "FAILED: $_name on $_dir"; rules_failed="$rules_failed $_name" ;;
	esac
}

rules_end() {
	[ -z "$rules_failed" ] || fail "scenarios:$rules_failed"
	[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt "${1:-100}" ] ||
		fail "only $(cc succ_gets) hits: nothing was tested"
}

# bad_writes DEVICE TYPE   mount it in $DIR, on a disk that the scenario failed can
# make refuse writes.  Nothing but what that writes itself is to be written then.
bad_writes() {
	_dm=$(dmtable "bad${1##*/}" "$1" linear @ 0) || fail dmtable
	DISK_BAD="dmtable bad${1##*/} $1 flakey @ 0 0 600 1 error_writes >/dev/null"
	DISK_GOOD="dmtable bad${1##*/} $1 linear @ 0 >/dev/null"
	export DISK_BAD DISK_GOOD
	DIR=$(fs "$_dm" "$2") || exit 1
	mount -o remount,commit=600 "$DIR" 2>/dev/null || :
}

# has_pmem   a machine whose boot word memmap= makes some, and a driver for it?
has_pmem() {
	case $(uname -m)-$(uname -r) in
	x86_64-*-tmem-debug) [ -b /dev/pmem0 ] ;;
	x86_64-*) ;;
	*) false ;;
	esac || {
		echo "note: no persistent memory here: nothing is done by DAX"
		return 1
	}
}

# pmem IMAGE   mount it in $DIR, from persistent memory (boot word memmap=)
pmem() {
	[ -b /dev/pmem0 ] || fail "no /dev/pmem0"
	cat "$1" >/dev/pmem0 || fail "copy to /dev/pmem0"
	DIR=/mnt/pmem
	mkdir -p $DIR
	mount -t ext4 -o dax=inode /dev/pmem0 $DIR || fail "mount with dax=inode"
}

# A control: one rule off, one scenario, which must find bad data.
control() {
	suite tmem_zcache:incompressible=keep tmem_zcache:compressor="${3:-lz4}" \
		tmem_cleancache:test_break="$1"
	scenario "$2" "$(fs /dev/vda ext4)" --seconds 300
	[ -z "$rules_failed" ] || fail "the control found what it should"
}
