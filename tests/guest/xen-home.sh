# SPDX-License-Identifier: GPL-2.0
# Pages of swap that a (stand-in) hypervisor holds come home into RAM: by and by
# when memory is plenty, all of them before the machine is suspended, which may wake
# where the hypervisor has no tmem: then the embedded store takes over.
# vm: --mem 320 --suite --distro-mod lz4 --distro-mod zsmalloc --file build/guest/swaphog:/bin/swaphog
# vm: --disk build/guest/swap.img,snap --distro-mod loop
# vm-debug: --mem 640
# kernels: 6.1 6.12
# kernels-test: 6.12
# kernels-more: 6.1
# tier: test more debug
. ./lib.sh
. ./lib-swap.sh
. ./lib-xen.sh

xen_has_tmem

F=/sys/devices/xen_memory0/selfballoon
P=/sys/module/selfballoon_standin/parameters
pages() { cat /proc/sys/vm/frontswap; }
none_there() { [ "$(pages)" = 0 ]; }
some_home() { [ "$(fw homecomings)" -ge 1 ]; }
# The hypervisor forgets all: whatever it held is lost.
forget() { echo 0 >$SD/keep || fail keep; }
# The guest's own files are in a tmpfs: in swap like the hog.
files_right() {
	md5sum -c /tmp/sums >/tmp/files 2>&1 || {
		grep -v ': OK$' /tmp/files
		fail "files have changed"
	}
}
out_again() {
	hog out
	echo 2 >/proc/sys/vm/drop_caches
	at_least 1000 "$(pages)" "pages in the hypervisor again"
}

md5sum /suite/* /bin/swaphog >/tmp/sums || fail md5sum
insmod /suite/tmem.ko || fail "insmod tmem"
insmod /suite/tmem_xen.ko test_hypervisor=1 || fail "insmod tmem_xen"
insmod /suite/xen_standin.ko start=1 memory=20000 || fail "insmod xen_standin"
# through the swap cache: pages that were read at home stay there, too
insmod /suite/tmem_frontswap.ko synchronous=0 || fail "insmod tmem_frontswap"
swap_on 0 128M
hog_start --kib 24576 --threads 1
hog fill
hog out
all_out 5500
at_least 5000 "$(pages)" "pages in the hypervisor"

# 1. plenty of memory
insmod /suite/xen_selfballoon.ko test_balloon=1 selfballooning=0 || fail "insmod xen_selfballoon"
# none of it is free: nothing comes
insmod /suite/selfballoon_standin.ko unused=0 || fail "insmod selfballoon_standin"
echo 1 >$F/frontswap_inertia
echo 1 >$F/selfballoon_interval
looked() { [ "$(cat $P/looks)" -ge "$1" ]; }
until_soon looked 4 || fail "it does not look"
[ "$(fw homecomings)" = 0 ] || fail "$(fw homecomings) pages came, with no memory free"
echo 131072 >$P/unused
until_soon some_home || fail "nothing comes home"
echo 1 >$F/frontswap_hysteresis
until_soon none_there || fail "$(pages) pages stay in the hypervisor"
[ "$(fw writebacks)" = 0 ] || fail "$(fw writebacks) pages were written to a disk"
rmmod selfballoon_standin || fail rmmod
rmmod xen_selfballoon || fail rmmod
forget
hog_right
at_least 5000 "$(fw home_loads)" "pages read at home"
# changed and freed at home, and new ones
hog churn 4000
hog out
hog_right
show_home() { grep -E '^(home|depart)' "$FSW/stats"; }
show_home

# 2. memory gets short: they go where they were
hog out
before=$(fw departures)
# what asks all shrinkers for all that they have
echo 2 >/proc/sys/vm/drop_caches
at_least $((before + 1000)) "$(fw departures)" "pages gone from home"
hog_right

# 3. suspend: all come home before, and the hypervisor forgets all
sleep_now() { echo mem >/sys/power/state; }
if [ -e /sys/power/pm_test ]; then
	echo 1 >/sys/module/suspend/parameters/pm_test_delay || fail pm_test_delay
	echo devices >/sys/power/pm_test || fail pm_test
	# 3a. too little RAM and no disk: refused
	hog out
	n=$(pages)
	at_least 3000 "$n" "pages in the hypervisor"
	# (the stand-in's pages are RAM of this guest: what comes makes room)
	echo 1024 >/sys/module/tmem_frontswap/parameters/test_break || fail test_break
	dmesg -c >/dev/null
	sleep_now 2>/dev/null && fail "asleep with $n pages and no RAM for them"
	dmesg | grep 'frontswap0: suspend refused: the hypervisor holds [0-9]* pages of swap' ||
		fail "no message"
	echo 0 >/sys/module/tmem_frontswap/parameters/test_break
	hog_right
	out_again
	# 3b. enough RAM
	sleep_now || fail "no sleep"
	none_there || fail "$(pages) pages in the hypervisor after a suspend"
	forget
	hog_right
	# and on it goes
	hog churn 2000
	hog out
	hog_right
	# 3c. what the hypervisor has lost is no reason to stay awake
	sleep_now || fail "no sleep"
	none_there || fail "$(pages) pages in the hypervisor after a suspend"
	cat /sys/class/frontswap-control/hot_add >/tmp/n || fail "another disk"
	n=$(cat /tmp/n)
	set_up "$n" 16M
	dd if=/dev/urandom of="/dev/frontswap$n" bs=4096 count=2000 oflag=direct 2>/dev/null || fail dd
	at_least 2000 "$(pages)" "pages in the hypervisor"
	forget
	dmesg -c >/dev/null
	sleep_now || fail "no sleep with pages that are lost"
	dmesg | grep "frontswap$n: the hypervisor has lost 2000 pages of swap" || fail "no message"
	none_there || fail "$(pages) pages that are lost"
	dd if="/dev/frontswap$n" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null &&
		fail "a lost page can be read"
	echo 1 >"/sys/block/frontswap$n/reset" || fail reset
	hog_right
	# 3d. hibernation: the kernel takes RAM for its image before devices are asked,
	# and what is at home by then does not leave for that (the last steps, from the
	# image on, are left out)
	out_again
	echo 0 >/sys/power/image_size || fail image_size
	before=$(fw departures)
	dmesg -c >/dev/null
	echo disk >/sys/power/state || fail "no hibernation"
	dmesg | grep 'Allocated [0-9]* pages for snapshot' || fail "no image was begun"
	[ "$(fw departures)" = "$before" ] ||
		fail "$(($(fw departures) - before)) pages left for the image"
	none_there || fail "$(pages) pages in the hypervisor after a hibernation"
	forget
	hog_right
	files_right
	# 3e. a disk below, and too little RAM: they go there
	# whole pages first: of one whose write failed nothing can be read, and
	# mkswap writes a part
	ready() {
		dd if=/dev/zero of=/dev/frontswap0 bs=4096 count=1 2>/dev/null &&
			mkswap /dev/frontswap0 >/dev/null && swapon /dev/frontswap0
	}
	again() {
		swapoff /dev/frontswap0 || fail swapoff
		echo 1 >/sys/block/frontswap0/reset || fail reset
		set_up 0 "$@"
		# the first write may be the one that finds the pool lost
		until_soon ready || fail swapon
		out_again
	}
	again 0 /dev/vda
	n=$(pages)
	before=$(fw writebacks)
	echo 1024 >/sys/module/tmem_frontswap/parameters/test_break || fail test_break
	sleep_now || fail "no sleep"
	echo 0 >/sys/module/tmem_frontswap/parameters/test_break
	none_there || fail "$(pages) pages in the hypervisor after a suspend"
	at_least $((before + n)) "$(fw writebacks)" "pages written to the disk"
	forget
	hog_right
	# a loop device stands still by then: it would be waited for without end.  In a
	# hibernation it is written to before.  (Not for a small image: a loop device
	# needs memory for each write, and with none left swap to it fails without end,
	# by the kernel alone, too)
	echo 1000000000 >/sys/power/image_size || fail image_size
	losetup /dev/loop0 /dev/vda || fail losetup
	again 0 /dev/loop0
	n=$(pages)
	echo 1024 >/sys/module/tmem_frontswap/parameters/test_break || fail test_break
	dmesg -c >/dev/null
	sleep_now 2>/dev/null && fail "asleep with $n pages and a loop device for them"
	dmesg | grep 'suspend refused: .* the backing device is a file' || fail "no message"
	hog_right
	out_again
	n=$(pages)
	before=$(fw writebacks)
	echo disk >/sys/power/state || fail "no hibernation"
	echo 0 >/sys/module/tmem_frontswap/parameters/test_break
	none_there || fail "$(pages) pages in the hypervisor after a hibernation"
	at_least $((before + n)) "$(fw writebacks)" "pages written to the loop device"
	forget
	hog_right
	files_right
	again 128M
	files_right
	losetup -d /dev/loop0 || fail "losetup -d"
	# 3f. and awake on a host without tmem
	insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
	dmesg | grep -q 'backend zcache stays idle: xen serves' || fail "zcache serves"
	sleep_now || fail "no sleep"
	none_there || fail "$(pages) pages in the hypervisor after a suspend"
	forget
	echo 0 >$SD/enabled
	# (its memory is the guest's: what is at home must have a reason to leave)
	moved() {
		hog work 0 64
		echo 2 >/proc/sys/vm/drop_caches
		dmesg | grep -q 'frontswap0: pages go to another backend'
	}
	until_soon moved || fail "the embedded store does not take over"
	[ "$(cat /sys/kernel/tmem/backend)" = zcache ] || fail "$(cat /sys/kernel/tmem/backend) serves"
	hog_right
	hog churn 2000
	hog out
	at_least 300 "$(pages)" "pages in the embedded store"
	hog_right
	rmmod tmem_zcache 2>/dev/null && fail "tmem_zcache went with pages of swap"
fi
show_home
[ "$(fw load_errors)" = 0 ] || fail "load_errors"
swapoff /dev/frontswap0 || fail swapoff
hog verify
files_right
hog_end
rmmod tmem_frontswap || fail "rmmod tmem_frontswap"
! grep -q '^tmem_zcache ' /proc/modules || rmmod tmem_zcache || fail "rmmod tmem_zcache"
rmmod_all xen_standin tmem_xen tmem
dmesg | grep 'xen_standin: BUG' && fail "the stand-in complains"
exit 0
