# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# A part of a kernel's source that is larger than RAM and the store together, read
# again and again with memcached behind the store: every byte is right, pages go
# there and come back, whatever happens to it and to the link, and nobody waits
# for it for long.
# vm: --mem 256 --suite --timeout 1800 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest
# vm: --file build/guest/memcached:/memcached --file build/guest/hostile:/bin/hostile
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh

dir=$(fs /dev/vda ext4) || exit 1
suite_remote 96 tmem_zcache:max_bytes=8M tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=1000

# pass WHAT   all files once; what came back is in $hits, the slowest read in $slowest
pass() {
	_hits=$(far hits) _asked=$(far requests) _sectors=$(sectors_read vda)
	tree cat "$dir" /manifest >/tmp/pass || {
		cat /tmp/pass
		fail "$1: data"
	}
	hits=$(($(far hits) - _hits))
	slowest=$(sed -n 's/^slowest cat //p' /tmp/pass)
	echo "-- $1: hits $hits in $(($(far requests) - _asked)) requests, sectors $(($(sectors_read vda) - _sectors)), slowest read $slowest ms; $(tail -n 1 /tmp/pass)"
}

back() { [ "$hits" -gt ${2:-2000} ] || fail "$1: only $hits pages came from memcached"; }

pass first
pass second
back second
[ "$(far copied)" -gt 5000 ] || fail "only $(far copied) pages went out"
# Of gets that were late, or of a server that was not in use, there may be none.
none=$(($(mc late) + $(mc down) + $(mc busy) + $(mc failed)))
[ "$(mc round_trips)" -le "$(mc gets)" ] || fail "more than one round trip for a get"
[ "$(mc round_trips)" -ge $(($(mc gets) - none)) ] ||
	fail "$(mc round_trips) round trips of $(mc gets) gets, and $none pages not asked for"
[ "$(ask 11211 stats | awk '$2 == "curr_items" { print $3 }')" -gt 2000 ] || fail "memcached has nothing"
ask 11211 flush_all
gone=$(far gone)
pass flush_all
[ "$(far gone)" -gt "$gone" ] || fail "flush_all: nothing was missed"
pass "after flush_all"
back "after flush_all"
show_far "a good one"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"

kill -STOP $pid
pass stopped
# a read of 128 KiB is a few gets; four late ones, and the server is not asked
[ "$slowest" -lt 20000 ] || fail "stopped: a read took $slowest ms, of a deadline of 1000"
[ "$(far late)" -gt 0 ] || fail "stopped: nobody was late"
[ "$(far down)" -gt 0 ] || fail "stopped: it was asked all the time"
kill -CONT $pid
wait_up 1 "after SIGCONT"
pass continued
back continued 500

(
	sleep 2
	kill -KILL $pid
) &
pass killed
until_soon up 0 || fail "a dead server is in use"
memcached 11211 112
wait_up 1 restarted
pass "restarted empty"
pass restarted
back restarted
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"

(
	sleep 2
	ip link set lo down
) &
pass "link cut"
[ "$slowest" -lt 20000 ] || fail "link cut: a read took $slowest ms, of a deadline of 1000"
until_soon up 0 || fail "a server that cannot be reached is in use"
ip link set lo up
wait_up 1 "link back"
pass "link back"
back "link back" 500
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"
show_far "in trouble"

# an enemy, which passes off others' values as those asked for; with room for most, as
# of files read in turn that do not fit each value is pushed out before it is wanted
kill -KILL $pid
echo 72M >$MCP/max_bytes
hostile 11212 swap 4 &
pid=$!
echo 127.0.0.1:11212 >$MCP/servers
wait_up 1 hostile
wrong=$(mc wrong)
pass hostile
pass "hostile, again"
[ "$(mc wrong)" -gt "$wrong" ] || fail "hostile: nothing was noticed"
show_far hostile
dmesg | grep tmem_memcached | tail -n 20
umount "$dir" || fail umount
suite_remote_remove
