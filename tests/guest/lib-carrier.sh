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

_enemy_port=12000
# enemy MODE GETS   gets, of 32 values each, from a server of that kind
enemy() {
	_enemy_port=$((_enemy_port + 1)) _n=4
	echo 5000 >$P/deadline_ms
	case $1 in
	half | silent) echo 300 >$P/deadline_ms ;;
	late) _n=200 ;;
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
		echo "$2" >$R/get
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
