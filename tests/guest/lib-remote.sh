# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # dir is of those who source this
# lib-remote.sh - a store whose cold pages go to a memcached in the same guest
#
# Sourced after lib.sh.  /memcached holds the program and what it links to.
# shellcheck disable=SC2034 # for those who source this

MC=/sys/kernel/debug/tmem/memcached
MCP=/sys/module/tmem_memcached/parameters
ZCP=/sys/module/tmem_zcache/parameters

# memcached PORT MB [ADDRESS]   in the background, its process in $pid
memcached() {
	# it looks its user up
	grep -qs ^root: /etc/passwd || echo 'root:x:0:0::/:/bin/sh' >>/etc/passwd
	ip link set lo up
	/memcached/ld.so --library-path /memcached /memcached/memcached -u root \
		-l "${3:-127.0.0.1}" -p "$1" -U 0 -m "$2" -t 1 >/dev/null 2>&1 &
	pid=$!
}

# ask PORT WORDS   the answer of a memcached
ask() {
	_port=$1
	shift
	printf '%s\r\nquit\r\n' "$*" | nc "${SERVER:-127.0.0.1}" "$_port" | tr -d '\r'
}

# Figures of the carrier, and of the store.
mc() { sed -n "s/^$1 //p" $MC/stats; }
far() { sed -n "s/^$1 //p" $ZC/remote; }

up() { [ "$(awk 'NR > 1 && $2 == 1' $MC/servers | wc -l)" = "$1" ]; }

# wait_up COUNT WHEN
wait_up() {
	until_soon up "$1" || {
		cat $MC/servers
		dmesg | tail -n 20
		fail "$2: not $1 servers in use"
	}
}

show_far() {
	echo "$1: $(tr '\n' ' ' <$ZC/remote)"
	awk '$2 { printf "%s=%s ", $1, $2 } END { print "" }' $MC/stats
}

# suite_remote MEMCACHED_MB [MODULE:PARAM=VALUE]...   all of it, with a server
suite_remote() {
	memcached 11211 "$1"
	shift
	insmod_all "tmem tmem_zcache tmem_memcached tmem_cleancache" \
		tmem_memcached:servers=127.0.0.1:11211 "$@"
	wait_up 1 "after loading"
}

suite_remote_remove() {
	rmmod_all tmem_cleancache tmem_zcache tmem_memcached tmem
	kill -KILL "$pid"
}

# outside   the way to a memcached of scripts/vm, at $SERVER:$VM_MEMCACHED
outside() {
	SERVER=10.0.2.2
	ip addr add 10.0.2.15/24 dev eth0 && ip link set eth0 up || fail "no network"
}

# leave MB   of memory: a file in memory takes the rest
leave() {
	mkdir -p /tmp/hog
	mount -t tmpfs -o size=90% none /tmp/hog
	dd if=/dev/zero of=/tmp/hog/file bs=1M count="$(awk -v mb="$1" '/^MemAvailable/ { print int($2 / 1024) - mb }' /proc/meminfo)" 2>/dev/null ||
		fail "no room for a file in memory"
}

# part_of MB   the first files of /manifest, as many as make that in the page cache
part_of() {
	awk -v mb="$1" '{ n += $2 + 4095; if (n < mb * 1048576) print }' /manifest >/tmp/manifest
}

# pass WHAT   the files of /tmp/manifest in $dir once, each byte compared; what came
# back is in $hits
pass() {
	_hits=$(far hits)
	tree cat "$dir" /tmp/manifest >/tmp/pass || {
		cat /tmp/pass
		fail "$1: data"
	}
	hits=$(($(far hits) - _hits))
	echo "-- $1: $hits pages came back; $(tail -n 1 /tmp/pass)"
}
