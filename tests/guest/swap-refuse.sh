# SPDX-License-Identifier: GPL-2.0
# Bad input, and things in use: a clear message, an errno, nothing half set up.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --distro-mod loop --disk build/guest/ext4.img,snap --disk build/guest/swap.img,ro
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# vm-debug: --mem 640
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-swap.sh

B=/sys/block/frontswap0
C=/sys/class/frontswap-control

# refused REGEX FILE VALUE   the write fails, and the log says why
refused() {
	dmesg -c >/dev/null
	echo "$3" 2>/tmp/err >"$2" && fail "$2 takes '$3'"
	dmesg | grep -qE "tmem_frontswap: .*$1" || {
		dmesg
		fail "no message like '$1' from $3 > $2"
	}
	echo "refused: $3 > ${2##*/}: $(dmesg | tail -n 1)"
}

# refused_module REGEX [PARAM]...
refused_module() {
	_re=$1
	shift
	dmesg -c >/dev/null
	insmod /suite/tmem_frontswap.ko "$@" 2>/tmp/err && fail "insmod tmem_frontswap $*"
	[ ! -d /sys/module/tmem_frontswap ] || fail "it is there after a refusal"
	[ ! -e /proc/sys/vm/frontswap ] || fail "vm.frontswap is left"
	[ ! -d $C ] || fail "$C is left"
	dmesg | grep -qE "$_re" || {
		dmesg
		fail "no message like '$_re'"
	}
}

untouched() {
	[ "$(cat $B/disksize) $(cat $B/backing_dev) $(cat $B/initstate)" = "0 none 0" ] ||
		fail "half set up: $(cat $B/disksize) $(cat $B/backing_dev)"
}

# the module
refused_module 'Unknown symbol'
insmod /suite/tmem.ko || fail "insmod tmem"
refused_module 'no backend is active'
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
refused_module 'disabled by frontswap=0' frontswap=0
refused_module 'devices=65: takes' devices=65
refused_module 'writeback_high=0: takes' writeback_high=0
refused_module 'writeback_low=101: takes' writeback_low=101
refused_module 'admit_one_in=1001: takes' admit_one_in=1001
refused_module 'exclusive=some: takes' exclusive=some
insmod /suite/tmem_frontswap.ko devices=2 || fail "insmod tmem_frontswap"
ls -d /dev/frontswap0 /dev/frontswap1 || fail "devices=2"

# sizes
for v in '' abc 12x -5G; do
	refused 'disksize=.*takes' $B/disksize "$v"
done
refused 'disksize=0: takes' $B/disksize 0
for v in 16E 18446744073709551616 17E 0x; do
	refused "disksize=$v: takes" $B/disksize $v
done
# 2^36 pages at most
most=$(($(page_kib) << 46))
refused "takes up to $most bytes" $B/disksize $((most + (1 << 40)))
refused "takes up to $most bytes" $B/disksize 15E
untouched
# A large disk takes as much memory as a small one.
free_kib() { awk '$1 == "MemFree:" { print $2 }' /proc/meminfo; }
before=$(free_kib)
for v in 340G 4T 256T $most; do
	echo $v >$B/disksize || fail "disksize $v"
	taken=$((before - $(free_kib)))
	[ $taken -lt 4096 ] || fail "disksize $v takes $taken KiB"
	echo 1 >$B/reset || fail reset
done
echo $most >$B/disksize || fail "disksize $most"
page=$(($(page_kib) * 1024))
for at in 0 123456789 68719476735; do
	dd if=/bin/busybox of=/dev/frontswap0 bs=$page count=1 seek=$at conv=notrunc,fsync \
		2>/tmp/err || fail "write of page $at"
done
echo 3 >/proc/sys/vm/drop_caches
head -c $page /bin/busybox >/tmp/page
for at in 0 123456789 68719476735; do
	dd if=/dev/frontswap0 bs=$page count=1 skip=$at 2>/tmp/err | cmp - /tmp/page ||
		fail "page $at"
done
[ "$(cat $B/pages)" = 3 ] || fail "$(cat $B/pages) pages are held"
echo 1 >$B/reset || fail reset
dmesg | grep -E 'WARNING|oom|Out of memory' && fail "a large disk"
rm /tmp/page
untouched
echo 64M 2>/dev/null >$B/writeback && fail "writeback without a size"
refused 'writeback takes' $B/writeback 0
refused 'store takes' $B/store x
refused 'reset takes' $B/reset 0
mkswap /dev/frontswap0 2>/dev/null && fail "mkswap on a disk of size 0"
untouched

# backing devices
refused 'is not there' $B/backing_dev /dev/nonesuch
refused 'no block device' $B/backing_dev /dev/null
refused 'no block device' $B/backing_dev /proc/cmdline
refused 'is read-only' $B/backing_dev /dev/vdb
dir=$(fs /dev/vda ext4) || exit 1
refused 'is in use' $B/backing_dev /dev/vda
umount "$dir"
refused 'frontswap device itself' $B/backing_dev /dev/frontswap1
untouched
# a small one
dd if=/dev/zero of=/tmp/small bs=1024 count=1024 2>/dev/null
losetup /dev/loop0 /tmp/small || fail losetup
dmesg -c >/dev/null
echo /dev/loop0 >$B/backing_dev || fail "backing_dev loop0"
dmesg | grep -q 'frontswap0: backing_dev=/dev/loop0 is a file' || fail "no word of direct I/O"
refused 'has only 1048576 bytes' $B/disksize 2M
[ "$(cat $B/disksize)" = 0 ] || fail "a size is set"
# one for two
refused 'is in use' /sys/block/frontswap1/backing_dev /dev/loop0
echo none >$B/backing_dev || fail "backing_dev none"
losetup -d /dev/loop0 || fail "loop0 is still held"
untouched

# in use: no second size, no reset, no removal of anything
echo 64M >$B/disksize || fail disksize
refused 'has a size already' $B/disksize 32M
refused 'has a size already' $B/backing_dev /dev/vdc
rmmod tmem_zcache 2>/dev/null && fail "rmmod tmem_zcache under a disk"
swapon /dev/frontswap0 2>/dev/null && fail "swapon without mkswap"
mkswap /dev/frontswap0 >/dev/null || fail mkswap
swapon /dev/frontswap0 || fail swapon
refused 'in use, not reset' $B/reset 1
refused 'frontswap0: in use, not removed' $C/hot_remove 0
rmmod tmem_frontswap 2>/dev/null && fail "rmmod tmem_frontswap in use"
hog_start --kib 8192
hog fill
hog out
all_out 2000
refused 'in use, not removed' $C/hot_remove 0
rmmod tmem_zcache 2>/dev/null && fail "rmmod tmem_zcache with pages in it"
hog verify
hog_end
swapoff /dev/frontswap0 || fail swapoff

# numbers of disks
refused 'frontswap7: is not there' $C/hot_remove 7
refused 'takes the number' $C/hot_remove x
[ "$(cat $C/hot_add)" = 2 ] || fail "hot_add"
echo 1 >$C/hot_remove || fail "hot_remove 1"
[ ! -e /dev/frontswap1 ] || fail "frontswap1 is there"
[ "$(cat $C/hot_add)" = 1 ] || fail "hot_add, again"
# with a size and pages, but not in use: goes, and the store's pages with it
dd if=/dev/urandom of=/dev/frontswap0 bs=4096 count=1000 2>/dev/null || fail dd
sync
at_least "$(of_4k 900)" "$(fw curr_pages)" "pages in the store"
echo 0 >$C/hot_remove || fail "hot_remove 0"
[ "$(fw curr_pages)" = 0 ] || fail "pages are left"
[ "$(stat_sum $ZC/pers_pages)" = 0 ] || fail "pages are left in the store"
rmmod tmem_zcache || fail "rmmod tmem_zcache, idle"
echo 8M 2>/dev/null >/sys/block/frontswap1/disksize && fail "a size without a backend"
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache, again"
set_up 1 8M
rmmod tmem_frontswap || fail "rmmod tmem_frontswap, idle"
# a reset under way, which has no reference on the module
i=0
while [ $i -lt 30 ]; do
	insmod /suite/tmem_frontswap.ko || fail "insmod tmem_frontswap, $i"
	(while echo 1 >/sys/block/frontswap0/reset; do :; done) 2>/dev/null &
	rmmod tmem_frontswap || fail "rmmod tmem_frontswap, $i"
	wait
	i=$((i + 1))
done
rmmod tmem_zcache || fail "rmmod tmem_zcache, again"
rmmod tmem || fail "rmmod tmem"
