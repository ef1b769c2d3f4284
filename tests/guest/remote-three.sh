# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# A store with three memcacheds behind it, of which one is killed while files are
# read: every byte is right, the other two are used as before, and it is again when
# it is back.
# vm: --mem 256 --suite --timeout 1200 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest --file build/guest/memcached:/memcached
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh

# of PORT FIGURE   of a memcached's own
of() { ask "$1" stats | awk -v f="$2" '$2 == f { print $3 }'; }
figures() {
	for _p in $ports; do
		eval "sets_$_p=$(of $_p cmd_set) found_$_p=$(of $_p get_hits)"
	done
	copied=$(far copied)
}

# used WHAT PORT...   since figures() values have gone there, and come from there
used() {
	_what=$1
	shift
	echo "$_what: $(($(far copied) - copied)) pages sent"
	for _p in "$@"; do
		eval "_sets=\$sets_$_p _found=\$found_$_p"
		_sets=$(($(of $_p cmd_set) - _sets)) _found=$(($(of $_p get_hits) - _found))
		echo "$_what: port $_p was sent $_sets and asked for $_found"
		[ $_sets -gt 200 ] || fail "$_what: $_sets values were sent to port $_p"
		[ $_found -gt 200 ] || fail "$_what: $_found values came from port $_p"
	done
}

dir=$(fs /dev/vda ext4) || exit 1
part_of 96
leave 80
memcached 11212 16
two=$pid
memcached 11213 16
three=$pid
suite_remote 16 tmem_zcache:max_bytes=4M tmem_zcache:remote_always=1 \
	tmem_memcached:deadline_ms=5000
ports="11211 11212 11213"
echo 127.0.0.1:11211,127.0.0.1:11212,127.0.0.1:11213 >$MCP/servers
wait_up 3 three
figures
pass first
pass three
[ "$hits" -gt 1000 ] || fail "three: only $hits pages came from memcached"
used three $ports

down=$(far down)
(
	sleep 1
	kill -KILL $two
) &
pass killed
wait_up 2 "one killed"
# the pass had not ended by then
[ "$(far down)" -gt "$down" ] || fail "one killed: nobody noticed"
down=$(far down)
ports="11211 11213"
figures
pass "one down"
[ "$hits" -gt 1000 ] || fail "one down: only $hits pages came from the others"
pass "one down, again"
[ "$hits" -gt 1000 ] || fail "one down: only $hits pages came from the others"
wait_up 2 "one down"
used "one down" $ports
[ "$(far copied)" -gt $((copied + 500)) ] || fail "one down: $(($(far copied) - copied)) pages went out"
echo "one down: $(($(far down) - down)) pages not asked for"

memcached 11212 16
two=$pid
wait_up 3 "it is back"
ports="11211 11212 11213"
figures
pass back
pass "back, again"
[ "$hits" -gt 1000 ] || fail "it is back: only $hits pages came from memcached"
used "it is back" $ports
wait_up 3 "in the end"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"
show_far "three"
dmesg | grep -E 'WARNING|BUG' && fail "the kernel complains"
umount "$dir" || fail umount
suite_remote_remove
kill -KILL $two $three 2>/dev/null
