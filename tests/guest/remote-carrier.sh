# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# tmem_memcached with real servers and with hostile ones: what comes back is what
# was put, whatever they do, or nothing; nobody waits beyond the deadline; and
# servers and module change under I/O.
# vm: --mem 512 --suite --timeout 900 --file build/guest/memcached:/memcached
# vm: --file build/guest/hostile:/bin/hostile
# vm-debug: --mem 1024
# kernels: 6.12 6.1
# tier: deep debug
. ./lib.sh
. ./lib-remote.sh
. ./lib-carrier.sh

insmod_all "tmem tmem_memcached remote_rig" tmem_memcached:servers=127.0.0.1:11211 \
	tmem_memcached:deadline_ms=5000
echo x >$P/servers 2>/dev/null && fail "servers=x"
echo 0 >$P/deadline_ms 2>/dev/null && fail "deadline_ms=0"
echo maybe >$P/secret 2>/dev/null && fail "secret=maybe"
echo 1X >$P/max_bytes 2>/dev/null && fail "max_bytes=1X"
[ "$(cat $P/servers)" = 127.0.0.1:11211 ] || fail "servers"
echo 10 >$R/put 2>/dev/null && fail "a put without a server"

ip link set lo up
# --- a real one: there, empty, gone, stopped, back ----------------------------------
memcached 11211 128
wait_up 1 "a real one"
for secret in auto off; do
	echo $secret >$P/secret
	reset
	echo 2000 >$R/put || fail "put"
	echo 100 >$R/get
	show "memcached, secret=$secret"
	[ "$(rig hits)" = 3200 ] || fail "$(rig hits) of 3200 came back"
	never_wrong $secret
done
[ "$(mc round_trips)" = "$(mc gets)" ] || fail "more than one round trip for a get"
echo 64K >$P/max_bytes
echo 1 >$R/put 2>/dev/null && fail "a put over max_bytes"
echo 1 >$R/clear
[ "$(mc away_bytes)" = 0 ] || fail "$(mc away_bytes) bytes away after all was dropped"
echo 10 >$R/put || fail "a put below max_bytes"
echo 0 >$P/max_bytes

reset
echo 500 >$R/put
# memcached counts seconds, and keeps what came in the same one
sleep 2
ask 11211 flush_all
echo 20 >$R/get
show flush_all
[ "$(rig misses)" = 640 ] || fail "values after flush_all"

# --- what waits in the socket is little: a question waits behind it --------------
unsent() {
	_n=$(awk '$3 == "0100007F:2BCE" { split($5, q, ":"); print q[1] }' /proc/net/tcp)
	echo $((0x${_n:-0}))
}
first=$pid
rmem=$(cat /proc/sys/net/ipv4/tcp_rmem)
echo "4096 16384 16384" >/proc/sys/net/ipv4/tcp_rmem
memcached 11214 64
echo 10000 >$P/deadline_ms
echo 127.0.0.1:11214 >$P/servers
wait_up 1 "a slow one"
reset
busy=$(mc puts_busy)
more_busy() { [ "$(mc puts_busy)" -gt "$busy" ]; }
kill -STOP $pid
echo 3000 >$R/put 2>/dev/null &
filler=$!
until_soon more_busy || fail "a server that does not read takes $(rig puts) values"
n=$(unsent)
echo "a server that does not read: $(rig puts) values, $n bytes in the socket"
[ $n -gt 0 ] && [ $n -le 262144 ] || fail "$n bytes in the socket"
kill -KILL $pid
wait $filler
pid=$first
echo "$rmem" >/proc/sys/net/ipv4/tcp_rmem
echo 127.0.0.1:11211 >$P/servers
wait_up 1 "the first one again"

reset
echo 500 >$R/put
echo 200 >$P/deadline_ms
kill -STOP $pid
for i in 1 2 3 4 5 6 7 8; do
	echo 1 >$R/get
done
until_soon up 0 || fail "a server that does not answer stays in use"
echo 100 >$R/get
show SIGSTOP
[ "$(rig hits)" = 0 ] || fail "hits of a stopped server"
[ "$(rig slowest_ms)" -lt 2000 ] || fail "a get took $(rig slowest_ms) ms, of 200"
echo 5000 >$P/deadline_ms
kill -CONT $pid
wait_up 1 "after SIGCONT"
echo 20 >$R/get
show SIGCONT
[ "$(rig hits)" -gt 0 ] || fail "nothing came back after SIGCONT"

kill -KILL $pid
until_soon up 0 || fail "a dead server stays in use"
echo 20 >$R/get
memcached 11211 128
wait_up 1 "restarted"
reset
echo 500 >$R/put
echo 20 >$R/get
show restarted
[ "$(rig hits)" = 640 ] || fail "$(rig hits) of 640 after a restart"

# --- one of three goes -----------------------------------------------------------
memcached 11213 128
memcached 11212 128
echo 127.0.0.1:11211,127.0.0.1:11212,127.0.0.1:11213 >$P/servers
wait_up 3 "three"
reset
echo 3000 >$R/put
echo 50 >$R/get
show three
[ "$(rig hits)" = 1600 ] || fail "$(rig hits) of 1600 from three"
kill -KILL $pid
until_soon up 2 || fail "a dead server of three stays in use"
reset_hits=$(rig hits)
echo 100 >$R/get
show "two of three"
n=$(($(rig hits) - reset_hits))
[ $n -gt 1700 ] && [ $n -lt 2600 ] || fail "$n of 3200 from two of three"
never_wrong "real servers"

# --- changes under I/O -----------------------------------------------------------------
echo 1 >$R/busy
for i in $(seq 15); do
	echo 127.0.0.1:11211 >$P/servers || fail "servers, under I/O"
	echo 127.0.0.1:11213,127.0.0.1:11211 >$P/servers || fail "servers, under I/O"
	[ $((i % 3)) != 0 ] || echo auto >$P/secret
	[ $((i % 5)) != 0 ] || {
		rmmod tmem_memcached || fail "rmmod, under I/O"
		insmod_all tmem_memcached tmem_memcached:servers=127.0.0.1:11211 \
			tmem_memcached:deadline_ms=5000
	}
done
wait_up 1 "changed"
before=$(rig hits)
more_hits() { [ "$(rig hits)" -gt "$before" ]; }
until_soon more_hits || fail "no hits after changes"
echo 0 >$R/busy
show changes
never_wrong changes

# --- enemies -------------------------------------------------------------------------
for mode in good $ENEMIES; do
	enemy $mode 60
done
dmesg | grep tmem_memcached | tail -n 12
killall memcached ld.so 2>/dev/null
rmmod_all remote_rig tmem_memcached tmem
