# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-container.sh - a container of 32 MB reads 300 MB of files once, and
# somebody else wants to keep 200 MB in RAM
#
# container [MODULE:PARAM=VALUE]...

CG=/cgroup
# KiB of the victim's files that may be read again: what kswapd takes on its way
NOISE=8192

# contained NAME COMMAND...   in a cgroup of that name
contained() {
	_cg=$CG/$1
	shift
	sh -c "echo \$\$ >$_cg/cgroup.procs && $*" || fail "$*"
}

victim_reads() {
	cat "$few"/p* >/dev/null
}

# what the store has given back, in pages
hits() {
	if [ -n "$PLAIN" ]; then
		echo 0
	else
		cc succ_gets
	fi
}

# victim_finds WHEN   his files are in RAM, and not only in the store's
victim_finds() {
	_before=$(sectors_read vdb)
	_hits=$(hits)
	victim_reads
	_kib=$((($(sectors_read vdb) - _before) / 2))
	_hits=$((($(hits) - _hits) * $(page_kib)))
	echo "$1: of the victim's 204800 KiB $_kib read from disk again, $_hits from the store"
	_kib=$((_kib + _hits))
	[ $_kib -le $NOISE ] || _failed="$_failed, $1: $_kib KiB"
}

show_containers() {
	[ -z "$PLAIN" ] || return 0
	awk '/^(eph_pages|tenant_pages|used_bytes|limit_bytes|(evicted|reject)_[a-z]*) [1-9]/ { printf "%s=%s ", $1, $2 }' \
		$ZC/stats
	echo "put_container=$(cc put_container)"
	cat $ZC/containers
}

container() {
	mkdir -p $CG
	mount -t cgroup2 none $CG || fail "mount cgroup2"
	echo +memory >$CG/cgroup.subtree_control || fail "no memory controller"
	for _c in reader silent; do
		mkdir $CG/$_c
		echo 32M >$CG/$_c/memory.max || fail "memory.max"
	done
	many=$(fs /dev/vda ext4) || exit 1
	few=$(fs /dev/vdb ext4) || exit 1
	pressure "$many" 64 307200 1 || fail "files"
	pressure "$few" 64 204800 1 || fail "files"
	sync
	echo 3 >/proc/sys/vm/drop_caches

	_failed=
	suite tmem_zcache:incompressible=keep "$@"
	# as in use: what the store buys of the others is a part of it
	_b=/sys/module/tmem_zcache/parameters/test_break
	[ ! -e $_b ] || echo $(($(cat $_b) & ~4)) >$_b
	victim_reads
	victim_finds "alone"
	contained reader "cat $many/p* >/dev/null"
	show_containers
	victim_finds "he was there first"

	echo 3 >/proc/sys/vm/drop_caches
	contained reader "cat $many/p* >/dev/null"
	show_containers
	victim_reads
	victim_reads
	victim_finds "he comes after"
	show_containers
	[ -z "$_failed" ] || fail "the container pushes others out of RAM$_failed"
}
