# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# The safety rules with pages that are elsewhere: a store of at most 512 KiB, and
# time and again of less, in front of a real memcached, which is emptied, stopped,
# killed and started again meanwhile.
#
# In no tier, as lib-remote.sh, and for the same reason.  By hand, after
# `scripts/build 6.12 CONFIG_TMEM_MEMCACHED=m` and
# `make -C tests/guest programs memcached`:
#
#	scripts/vm run --kernel 6.12 --mem 512 --suite --timeout 1500 \
#		--distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc \
#		--distro-mod ext4 --disk build/guest/ext4.img,snap \
#		--file build/guest/memcached:/memcached \
#		--file build/guest/rules:/bin/rules -- tests/guest/lib-remote-rules.sh
. ./lib.sh
. ./lib-rules.sh

memcached() {
	/memcached/ld.so --library-path /memcached /memcached/memcached -u root \
		-l 127.0.0.1 -p 11211 -U 0 -m 64 -t 1 >/dev/null 2>&1 &
	pid=$!
}

far() { sed -n "s/^$1 //p" $ZC/remote; }
show() { echo "$1: $(tr '\n' ' ' <$ZC/remote)"; }

grep -q ^root: /etc/passwd 2>/dev/null || echo 'root:x:0:0::/:/bin/sh' >>/etc/passwd
ip link set lo up || ifconfig lo 127.0.0.1 up
memcached
insmod_all "tmem tmem_zcache tmem_memcached tmem_cleancache" \
	tmem_zcache:incompressible=keep tmem_zcache:max_bytes=512K \
	tmem_memcached:servers=127.0.0.1:11211 tmem_memcached:deadline_ms=2000
dir=$(fs /dev/vda ext4) || exit 1

# What has been copied has to go, and so comes back from there.
(
	while sleep 0.3; do
		echo 256K >/sys/module/tmem_zcache/parameters/max_bytes
		echo 512K >/sys/module/tmem_zcache/parameters/max_bytes
	done
) &
squeeze=$!
for s in direct truncated left_behind deleted mixed mapped; do
	scenario $s "$dir"
done
show "memcached"
[ "$(far hits)" -gt 0 ] || fail "nothing came back from memcached"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"

# all the time something happens to it
(
	while sleep 3; do
		printf 'flush_all\r\nquit\r\n' | nc 127.0.0.1 11211
		sleep 2
		kill -STOP $pid
		sleep 2
		kill -CONT $pid
		sleep 3
		kill -KILL $pid
		memcached
	done
) >/dev/null 2>&1 &
trouble=$!
for s in direct truncated deleted mixed; do
	scenario $s "$dir"
done
kill $trouble
show "memcached in trouble"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"

# the carrier goes under it, and comes back
rmmod tmem_memcached || fail "rmmod tmem_memcached"
sleep 1
[ "$(far carrier)" = 0 ] || fail "a carrier after rmmod"
[ "$(far values)" = 0 ] || fail "$(far values) values after rmmod"
scenario mixed "$dir"
insmod /suite/tmem_memcached.ko servers=127.0.0.1:11211
scenario direct "$dir"
rules_end 100
kill $squeeze
umount "$dir"
rmmod_all tmem_cleancache tmem_zcache tmem_memcached tmem
