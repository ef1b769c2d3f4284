# SPDX-License-Identifier: GPL-2.0
# tmem_selfballoon: who it is for, what an idle guest gives back, a load that
# comes of a sudden (nobody is killed, and nothing goes to swap that does not without
# it), and 100 starts and stops under load, in any order.
# vm: --mem 512 --suite --balloon --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod virtio_balloon --disk build/guest/ext4.img,snap
# vm: --disk build/guest/swap.img,snap
# vm: --file build/guest/pressure:/bin/pressure --file build/guest/workset:/bin/workset
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-integrity.sh

P=/sys/module/tmem_selfballoon/parameters
S=/sys/kernel/tmem/selfballoon

kib() { awk -v f="$1:" '$1 == f { print $2 }' /proc/meminfo; }
figure() { cat "$S/$1"; }
show_figures() { (cd $S && grep . ./*) | tr '\n' ' '; echo; }
load() { insmod /suite/tmem_selfballoon.ko "$@"; }
# of the smallest free blocks that the kernel reports
order() { cat /sys/module/page_reporting/parameters/page_reporting_order; }
order_is() { [ "$(order)" = "$1" ]; }
given() { [ "$(figure given_pages)" -gt "$1" ]; }

rmmod virtio_balloon || fail "rmmod virtio_balloon"
insmod /suite/tmem.ko || fail "insmod tmem"
load 2>/dev/null && fail "loads where nobody is told of free pages"
dmesg | grep 'tmem_selfballoon: not loaded: nobody tells' || fail "no message"
load unreported=1 || fail "insmod with unreported=1"
rmmod tmem_selfballoon || fail "rmmod"

# one that asks while the driver of the balloon is probing does not disturb it
while [ ! -e /tmp/asked ]; do
	load 2>/dev/null && rmmod tmem_selfballoon
done &
asks=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	modprobe virtio_balloon || fail "modprobe virtio_balloon"
	bound=$(find /sys/bus/virtio/drivers/virtio_balloon/ -name 'virtio[0-9]*')
	[ -n "$bound" ] || fail "virtio_balloon has no device: $(dmesg | grep 'virtio_balloon virtio')"
	rmmod virtio_balloon || fail "rmmod virtio_balloon"
done
touch /tmp/asked
wait $asks
modprobe virtio_balloon || fail "modprobe virtio_balloon"
insmod_all "tmem_zcache tmem_cleancache"
load || fail "insmod tmem_selfballoon"

# defaults, and bad values
while read -r name default bad; do
	[ "$(cat $P/$name)" = "$default" ] || fail "$name is $(cat $P/$name), not $default"
	for v in $(echo "$bad" | tr , ' '); do
		echo "$v" 2>/dev/null >$P/$name && fail "$name takes $v"
		[ "$(cat $P/$name)" = "$default" ] || fail "$name has changed"
	done
done <<'END'
selfballooning 1 2,-1,x
selfballoon_interval 5 0,86401
selfballoon_downhysteresis 4 0
selfballoon_min_usable_mb 0 16777217
store_keep_percent 16 101
report_order 5 11
END
echo 1 >$P/selfballoon_interval || fail "interval"

# an idle guest
dir=$(fs /dev/vda ext4) || exit 1
dd if=/dev/urandom of="$dir/f" bs=1M count=200 2>/dev/null || fail "dd"
sync
# it gave while the file was written, and remembers that some of that was read again
rmmod tmem_selfballoon || fail "rmmod"
cat "$dir/f" >/dev/null
before=$(kib Cached)
load selfballoon_interval=1 || fail "insmod"
until_soon given 20000 || {
	show_figures
	fail "an idle guest gives back no more than $(figure given_pages) pages"
}
after=$(kib Cached)
show_figures
echo "cached: $before KiB, then $after"
[ $((after + 60000)) -lt "$before" ] || fail "the page cache is as large as before"
[ "$(figure free_block_pages)" -gt 40000 ] || fail "no large blocks came free"

# while it is calm small blocks are reported, too
usual=9
until_soon order_is 5 || { show_figures; fail "blocks of 2^$(order) pages are reported, not smaller ones"; }
echo 0 >$P/selfballooning
order_is $usual || fail "switched off, and the order is $(order)"
echo 1 >$P/selfballooning

# what it says of pages that are read again: it rests
again=$(figure refaults_caused)
signs() { echo $(($(figure paused_refaults) + $(figure paused_hits))); }
# it may have rested before: the file was written and read while it worked
before=$(signs)
cat "$dir/f" >/dev/null
rests() { [ "$(signs)" -gt "$before" ]; }
until_soon rests || fail "it does not see that pages are read again"
[ "$(figure refaults_caused)" -gt "$again" ] || fail "refaults are not counted"
until_soon order_is $usual || fail "the guest works, and the order is $(order)"
rm "$dir/f"

# a step load of 60 % of RAM: pressure fails if anybody is killed
ram=$(kib MemTotal)
pressure "$dir" $((ram * 6 / 10)) 16384 8 || fail "a step load"
show_figures

# with swap and the caches full: what is written to swap with it, and without
step() {
	cat "$dir/cold" >/dev/null
	_w=$(workset "$dir/set" 4096 $((ram * 6 / 10)) 2) || fail "workset: $_w"
	echo "$1: $_w"
	swapped=${_w#*swapped=} killed=${_w##*oom_kills=}
	swapped=${swapped%% *}
	[ "$killed" = 0 ] || fail "$1: killed"
}
mkswap /dev/vdb >/dev/null && swapon /dev/vdb || fail "swap"
dd if=/dev/urandom of="$dir/cold" bs=1M count=150 2>/dev/null || fail "dd"
sync
step "a step load with it"
with=$swapped
rmmod tmem_selfballoon || fail "rmmod"
order_is $usual || fail "the module has gone, and the order is $(order)"
step "a step load without"
[ $((with * 4)) -le $((swapped * 4 + ram / 100)) ] || fail "$with pages of swap with it, $swapped without"
swapoff /dev/vdb || fail "swapoff"
rm "$dir/cold" "$dir/set"
load selfballoon_interval=1 || fail "insmod"

# starts and stops under load, of the module and of its work, before and after
# what it uses
pressure "$dir" $((ram / 4)) 65536 60 >/tmp/pressure.log &
load_pid=$!
i=0
while [ $i -lt 50 ]; do
	case $((i % 5)) in
	0)	echo 0 >$P/selfballooning
		rmmod tmem_selfballoon || fail "rmmod"
		load selfballoon_interval=1 selfballooning=0 || fail "insmod"
		echo 1 >$P/selfballooning
		;;
	1)	echo 0 >$P/selfballooning
		echo 1 >$P/selfballooning
		rmmod tmem_selfballoon || fail "rmmod"
		load selfballoon_interval=1 || fail "insmod"
		;;
	2)	rmmod_all tmem_selfballoon tmem_cleancache
		load selfballoon_interval=1 || fail "insmod"
		insmod_all tmem_cleancache
		echo 0 >$P/selfballooning
		echo 1 >$P/selfballooning
		;;
	3)	rmmod_all tmem_cleancache tmem_zcache
		echo 0 >$P/selfballooning
		rmmod tmem_selfballoon || fail "rmmod"
		load selfballoon_interval=1 || fail "insmod"
		insmod_all "tmem_zcache tmem_cleancache"
		echo 1 >$P/selfballooning
		;;
	4)	rmmod_all tmem_cleancache tmem_selfballoon tmem_zcache
		insmod_all "tmem_zcache"
		load selfballoon_interval=1 || fail "insmod"
		echo 0 >$P/selfballooning
		echo 1 >$P/selfballooning
		insmod_all "tmem_cleancache"
		;;
	esac
	i=$((i + 1))
	[ $((i % 10)) != 0 ] || sleep 2
done
wait $load_pid || fail "load: $(cat /tmp/pressure.log)"
show_figures
show_counters
umount "$dir" || fail "umount"
rmmod_all tmem_selfballoon tmem_cleancache tmem_zcache tmem
