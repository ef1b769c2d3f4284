# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # pid is of lib-remote.sh
# The safety rules with pages that are elsewhere: all that a scenario has stored is
# in memcached before the file is overwritten, truncated, given holes, deleted.
# Then a store of 512 KiB, and time and again of less, before a memcached that is
# emptied, stopped, killed and started again meanwhile.
# vm: --mem 384 --suite --timeout 1800 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod xfs --distro-mod btrfs
# vm: --disk build/guest/ext4.img,snap --disk build/guest/ext4-1k.img,snap
# vm: --disk build/guest/xfs.img,snap --disk build/guest/btrfs.img,snap
# vm: --file build/guest/memcached:/memcached --file build/guest/rules:/bin/rules
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-rules.sh
. ./lib-remote.sh

suite_remote 64 tmem_zcache:incompressible=keep tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=5000

# --- everything is away -------------------------------------------------------------
for f in $ALL_FS; do
	dir=$(fs "${f%:*}" "${f#*:}") || exit 1
	for s in direct truncated deleted mixed mapped left_behind; do
		echo 1 >/sys/module/tmem_cleancache/parameters/empty
		hits=$(far hits) away=$(($(far values) - $(far kept)))
		[ "$away" -lt 64 ] || fail "$away values after emptying"
		scenario $s "$dir" --away 1
		hits=$(($(far hits) - hits))
		echo "   $hits pages came back"
		# what left_behind stores is written over
		[ "$hits" -gt 20 ] || [ $s = left_behind ] || fail "$s: $hits pages came back from memcached"
	done
	umount "$dir" || fail "umount $dir"
done
show_far "all away"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"
[ -z "$rules_failed" ] || fail "scenarios:$rules_failed"

# --- some of it, and trouble ----------------------------------------------------------
dir=$(fs /dev/vda ext4) || exit 1
echo 2000 >$MCP/deadline_ms
# What has been copied has to go, and so comes back from there.
(
	while sleep 0.3; do
		echo 256K >$ZCP/max_bytes
		echo 512K >$ZCP/max_bytes
	done
) &
squeeze=$!
(
	while sleep 3; do
		ask 11211 flush_all
		sleep 2
		kill -STOP $pid
		sleep 2
		kill -CONT $pid
		sleep 3
		kill -KILL $pid
		memcached 11211 64
	done
) >/dev/null 2>&1 &
trouble=$!
for s in direct truncated deleted mixed mapped left_behind; do
	scenario $s "$dir"
done
kill $trouble
show_far "memcached in trouble"
[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"

# --- the carrier goes under it, and comes back ----------------------------------------
rmmod tmem_memcached || fail "rmmod tmem_memcached"
sleep 1
[ "$(far carrier)" = 0 ] || fail "a carrier after rmmod"
# a page that is here keeps what is known of its copy until it goes
none_known() {
	[ "$(far copies)" = 0 ] || echo 2 >/proc/sys/vm/drop_caches
	[ "$(far values)" = 0 ]
}
until_soon none_known || fail "$(far values) values after rmmod"
scenario mixed "$dir"
insmod /suite/tmem_memcached.ko servers=127.0.0.1:11211
scenario direct "$dir"
rules_end 100
kill $squeeze
umount "$dir"
rmmod_all tmem_cleancache tmem_zcache tmem_memcached tmem
