# SPDX-License-Identifier: GPL-2.0
# The kernel's own cleancache: files read again are read from disk at most half.
# vm: --mem 256 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --file build/guest/tree:/bin/tree
# vm: --disk build/guest/ext4.img,snap --single
# kernels: 5.10
# tier: test deep smoke
# column: cleancache
#
# One set of files, larger than the page cache, smaller than what RAM and store
# hold together; read in a loop, which is what an LRU list is worst at.  Pages
# just written are not put (they are not PG_mappedtodisk), so the set is
# written, unmounted, and read from then on.
#
# Both CPUs are one thread of the host's, which therefore cannot stop the one that
# empties the ring while the other one fills it (a busy host did, for 13 % of the
# puts).
. ./lib.sh
. ./lib-integrity.sh

MIB=260		# of text, in files of 4 MiB, all different
PASSES=3
dir=/mnt/ext4-vda

mount_it() {
	fs /dev/vda ext4 >/dev/null || exit 1
}

pass() {
	tree cat "$dir" /tmp/manifest >/tmp/log || {
		cat /tmp/log
		fail "wrong data"
	}
}

# Sectors read in that many passes.
passes() {
	_s=$(sectors_read vda)
	for _ in $(seq "$1"); do
		pass
	done
	echo $(($(sectors_read vda) - _s))
}

pools() {
	grep -c '^zcache' /sys/kernel/debug/tmem/pools
}

mount_it
cat /proc/kallsyms /proc/kallsyms | head -c 4190000 >/tmp/text
for i in $(seq $((MIB / 4))); do
	{ echo "file $i"; cat /tmp/text; } >"$dir/f$i" || fail "no room"
done
[ "$(stat -c %s /tmp/text)" = 4190000 ] || fail "not enough text"
rm /tmp/text
umount "$dir"
mount_it
tree manifest "$dir" >/tmp/manifest || fail "manifest"
free -m

# --- without, and with
pass
off=$(passes $PASSES)
[ $off -gt 0 ] || fail "the files fit into RAM"
insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/tmem_cleancache.ko 2>/dev/null && fail "tmem_cleancache without a backend"
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
insmod /suite/tmem_cleancache.ko cleancache=0 2>/dev/null && fail "cleancache=0"
insmod /suite/tmem_cleancache.ko ring_pages=3 2>/dev/null && fail "ring_pages=3"
insmod /suite/tmem_cleancache.ko || fail "insmod tmem_cleancache"
dmesg | grep 'tmem_cleancache:'
dmesg | grep -q "attached to the kernel's own cleancache" || fail "no message"
[ "$(pools)" = 1 ] || fail "$(pools) pools: the mounted file system was not picked up"
pass
on=$(passes $PASSES)
show_counters
reduction=$(((off - on) * 100 / off))
echo "native sectors_read off=$off on=$on reduction=$reduction% passes=$PASSES"
[ "$(cc put_norecord)" -lt $(($(cc puts) / 10)) ] || fail "the ring is too small"

# --- it stays
rmmod tmem_cleancache 2>/dev/null && fail "tmem_cleancache was unloaded"

# --- the backend goes and comes back; ids of the kernel stay
rmmod tmem_zcache || fail "rmmod tmem_zcache"
hits=$(cc succ_gets)
pass
[ "$(cc succ_gets)" = "$hits" ] || fail "hits without a backend"
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache, again"
[ "$(pools)" = 1 ] || fail "$(pools) pools after the backend came back"
pass
pass
echo "native hits before=$hits after=$(($(cc succ_gets) - hits))"
[ "$(cc succ_gets)" -gt $((hits + 10000)) ] || fail "no hits after the backend came back"

# --- unmounting, mounting, and remounting read-write, which is a new id
umount "$dir"
[ "$(pools)" = 0 ] || fail "$(pools) pools after umount"
[ "$(stat_sum "$(stored_file)")" = 0 ] || fail "pages are left after umount"
mount -t ext4 -o ro /dev/vda "$dir" || fail "mount ro"
pass
mount -o remount,rw "$dir" || fail "remount"
pass
sleep 1
[ "$(pools)" = 1 ] || fail "$(pools) pools after remounting"
umount "$dir"
[ "$(pools)" = 0 ] || fail "$(pools) pools after the last umount"
[ $reduction -ge 50 ] || fail "only $reduction % fewer sectors"
