# SPDX-License-Identifier: GPL-2.0
# Hibernation: frontswap0 takes no image, with a word, and nothing is switched off or
# lost; with the image on another swap device, and the machine started again, every page
# verifies.
# vm: --mem 256 --reboot --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --disk build/guest/ext4.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh
. ./lib-swap-hibernate.sh

boot_of_image /dev/vdb
full_store
image_here 2>/tmp/err && fail "hibernated to frontswap0"
dmesg | grep -q 'frontswap0: does not outlive' || fail "no message"
hog_right
hog_ask out

mkswap /dev/vdb >/dev/null || fail mkswap
swapon /dev/vdb || fail swapon
cat /sys/block/vdb/dev >/sys/power/resume || fail resume
# What is logged after the image was made is gone when it is back, but for this.
echo 1 >/sys/power/pm_debug_messages || fail pm_debug_messages
echo reboot >/sys/power/disk || fail "disk=reboot"
echo disk >/sys/power/state || {
	dmesg | grep PM: | tail -n 5
	fail "no hibernation to vdb"
}
dmesg | grep -q 'image restored successfully' || fail "no image was restored"
hog_right
[ "$(fw load_errors) $(fw backing_errors) $(fw wb_errors)" = "0 0 0" ] || fail errors
hog fill
hog_ask out
hog verify
# it is a disk like any other again
swapoff /dev/frontswap0 || fail swapoff
mkswap /dev/frontswap0 >/dev/null || fail "mkswap frontswap0"
hog verify
hog_end
suite_swap_remove
