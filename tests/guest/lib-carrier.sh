# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # MCP is of lib-remote.sh
# lib-carrier.sh - tmem_memcached alone, with values of remote_rig
#
# Sourced after lib-remote.sh.

R=/sys/module/remote_rig/parameters
P=$MCP

rig() { cat $R/$1; }
reset() {
	echo 1 >$R/clear
	for f in puts gets hits misses wrong slowest_ms; do
		echo 0 >$R/$f
	done
}
show() { echo "$1: puts $(rig puts) hits $(rig hits) misses $(rig misses) slowest $(rig slowest_ms) ms; wrong $(mc wrong) gone $(mc gone) late $(mc late) down $(mc down) nonsense $(mc nonsense)"; }
never_wrong() { [ "$(rig wrong)" = 0 ] || fail "$1: $(rig wrong) values were not what was put"; }

# What a server can do wrong (hostile.c): in what it says of values, and else.
LIES="flip swap cut grow mark repeat forget unasked"
# shellcheck disable=SC2034 # for those who source this
ENEMIES="$LIES late badlen garbage endless half close silent"

_answered() { [ "$(mc round_trips)" -gt "$_trips" ] || [ "$(mc closed)" -gt "$_closed" ]; }
_asked_again() {
	echo 1 >$R/get
	[ "$(rig hits)" -gt "$_hits" ]
}

# later   gets whose answers come seconds after they have returned
later() {
	_late=$(mc late) _unasked=$(mc unasked) _busy=$(mc busy) _closed=$(mc closed)
	# Every other one is late, so there are never four in a row; and 20 late ones are
	# more than a connection has room for (MC_ASKS_MAX, 16), if they stayed.
	for _ in $(seq 40); do
		_trips=$(mc round_trips)
		echo 1 >$R/get
		until_soon _answered || fail "later: a get is never over"
	done
	_late=$(($(mc late) - _late)) _unasked=$(($(mc unasked) - _unasked))
	echo "later: $_late values were late, $_unasked of them came then"
	[ $_late -gt 100 ] || fail "later: only $_late values were late"
	[ "$(rig hits)" -gt 0 ] || fail "later: no hits"
	[ $(($(rig hits) + $(rig misses))) = 1280 ] || fail "later: $(rig hits) hits, $(rig misses) misses"
	[ "$(mc busy)" = "$_busy" ] || fail "later: gets that are over take room"
	if [ "$(mc closed)" = "$_closed" ]; then
		[ "$(rig misses)" = $_late ] || fail "later: $(rig misses) misses, $_late late"
		[ $_unasked = $_late ] || fail "later: $_unasked values came late, of $_late"
	else
		# this host stood still for a second
		[ $_unasked -gt 0 ] || fail "later: no value came late"
	fi
	# so many in a row that it is hung up on, with all that is still to come
	wait_up 1 "later"
	_closed=$(mc closed)
	echo 12 >$R/get
	[ "$(mc closed)" -gt "$_closed" ] || fail "later: it is waited for again and again"
	wait_up 1 "later, again"
	_hits=$(rig hits)
	until_soon _asked_again || fail "later: no hits after that"
}

_enemy_port=12000
# enemy MODE GETS   gets, of 32 values each, from a server of that kind
enemy() {
	_enemy_port=$((_enemy_port + 1)) _n=4
	echo 5000 >$P/deadline_ms
	case $1 in
	half | silent) echo 300 >$P/deadline_ms ;;
	late) _n=200 ;;
	later)
		echo 200 >$P/deadline_ms
		_n=8
		;;
	esac
	hostile $_enemy_port "$1" $_n &
	_enemy=$!
	usleep 200000
	echo 127.0.0.1:$_enemy_port >$P/servers
	reset
	_wrong=$(mc wrong) _closed=$(mc closed) _nonsense=$(mc nonsense)
	if [ "$1" = silent ]; then
		_more_closed() { [ "$(mc closed)" -gt "$_closed" ]; }
		until_soon _more_closed || fail "a server that says nothing is waited for"
		echo 1 >$R/put 2>/dev/null && fail "a server that says nothing is in use"
	else
		wait_up 1 "$1"
		echo 400 >$R/put 2>/dev/null || true
		if [ "$1" = later ]; then
			later
		else
			echo "$2" >$R/get
		fi
	fi
	show "$1"
	never_wrong "$1"
	case $1 in
	good | late)
		[ "$(rig misses)" = 0 ] || fail "$1: $(rig misses) misses" ;;
	repeat | unasked)	# until it has said too much
		[ "$(rig hits)" -gt 0 ] || fail "$1: no hits" ;;
	flip | swap | cut | grow)
		[ "$(mc wrong)" -gt "$_wrong" ] || fail "$1: nothing was noticed"
		[ "$(rig hits)" -gt 0 ] || fail "$1: no hits"
		# a twin puts values of other lengths: the server is right
		[ "$1" = grow ] || [ "$(mc nonsense)" = "$_nonsense" ] ||
			fail "$1: a wrong value is taken for nonsense" ;;
	mark | forget)
		[ "$(rig misses)" -gt 0 ] && [ "$(rig hits)" -gt 0 ] || fail "$1: not both hits and misses" ;;
	badlen | garbage | endless | half | close)
		[ "$(mc closed)" -gt "$_closed" ] || until_soon up 0 || fail "$1: it stays in use" ;;
	esac
	echo >$P/servers
	kill -KILL $_enemy
}
