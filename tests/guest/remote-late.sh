# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# For how long is somebody held up by a memcached that is stopped, or answers seconds
# late?  Time is the guest's own, so a busy host makes it no longer but by how late it
# wakes the guest, which is allowed for.
#
# What the code promises, with a deadline of D:
#   a get		D, and a jiffy, for a run of 32 pages or fewer (mc_get()); the kernel's
#			timers may be later than that by an eighth
#   a row of gets	MC_LATE_MAX (4) of these, then it is not asked any more; and
#			without a word from it not beyond MC_SILENCE (2 s), or D if that is
#			more, which is looked at each 100 ms (mc_conn_check())
#   a read		a get for each of its runs, one after the other: of 128 KiB two
#			read-aheads at most, which begin and end anywhere, three runs
# vm: --mem 256 --guest-time --suite --timeout 1800 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/source/tree.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/source/manifest:/manifest --file build/guest/memcached:/memcached
# vm: --file build/guest/hostile:/bin/hostile
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh
. ./lib-carrier.sh

LATE_MAX=4 SILENCE=2000 LOOK=100
# So long may a get of deadline D take; ms.  80: two jiffies, what a get costs without
# waiting, and the host.
most_of() { echo $(($1 + $1 / 8 + 80)); }

now_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }

# stopped D   gets of a server that is stopped, of 32 values each
stopped() {
	echo $1 >$P/deadline_ms
	wait_up 1 "before it is stopped"
	reset
	echo 400 >$R/put || fail "put"
	echo 20 >$R/get
	[ "$(rig hits)" = 640 ] || fail "$(rig hits) of 640 came back"
	get=$(most_of $1)
	kill -STOP $pid
	echo 0 >$R/slowest_ms
	_late=$(mc late)
	echo 1 >$R/get
	one=$(rig slowest_ms)
	[ "$(($(mc late) - _late))" = 32 ] || fail "a get of a stopped server is not late"
	[ $one -ge $1 ] && [ $one -le $get ] || fail "a get took $one ms, of $1"
	# the row goes on, until it is not asked any more
	start=$(now_ms)
	echo 20 >$R/get
	took=$(($(now_ms) - start + one))
	row=$((LATE_MAX * get))
	word=$(most_of $(((SILENCE > $1 ? SILENCE : $1) + LOOK)))
	most=$((row < word ? row : word))
	late=$((($(mc late) - _late) / 32))
	echo "deadline $1: a get $one ms, $late late ones, $took ms in all, of $most; slowest $(rig slowest_ms) ms"
	[ "$(rig slowest_ms)" -le $get ] || fail "a get took $(rig slowest_ms) ms, of $1"
	[ $late -le $LATE_MAX ] || fail "$late gets in a row were late"
	[ $took -le $most ] || fail "gets in a row took $took ms, of $most"
	up 0 || fail "a stopped server is in use"
	kill -CONT $pid
	wait_up 1 "after SIGCONT"
}

ip link set lo up
insmod_all "tmem tmem_memcached remote_rig" tmem_memcached:servers=127.0.0.1:11211
memcached 11211 48
for d in 50 200 1000; do
	stopped $d
done
kill -KILL $pid

enemy later 20
[ "$(rig slowest_ms)" -le "$(most_of 200)" ] || fail "later: a get took $(rig slowest_ms) ms, of 200"
rmmod_all remote_rig tmem_memcached tmem

# --- reads of files --------------------------------------------------------------
dir=$(fs /dev/vda ext4) || exit 1
part_of 96
leave 80
suite_remote 48 tmem_zcache:max_bytes=4M tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=300
slowest() { sed -n 's/^slowest cat //p' /tmp/pass; }
pass first
pass again
[ "$hits" -gt 1000 ] || fail "only $hits pages came from memcached"
good=$(slowest)
late=$(far late)
kill -STOP $pid
pass stopped
late=$(($(far late) - late))
most=$((3 * $(most_of 300) + good))
echo "a read took $(slowest) ms, of $most, where $good are the disk's; $late pages were late"
[ $late -gt 0 ] || fail "nobody was late"
[ $late -le $((LATE_MAX * 32)) ] || fail "$late pages were late, more than $LATE_MAX runs"
[ "$(slowest)" -ge 300 ] || fail "a read of $(slowest) ms: nobody waited"
[ "$(slowest)" -le $most ] || fail "a read took $(slowest) ms, of $most"
up 0 || fail "a stopped server is in use"
kill -CONT $pid
wait_up 1 "after SIGCONT"
show_far "reads"
dmesg | grep -E 'WARNING|BUG' && fail "the kernel complains"
umount "$dir" || fail umount
suite_remote_remove
