# SPDX-License-Identifier: GPL-2.0
# The page cache on the stand-in hypervisor, HVM frames, while that goes wrong.
# vm: --mem 208 --suite --distro-mod ext4 --disk build/guest/ext4.img,snap
# vm: --file build/guest/integrity:/bin/integrity
# vm-debug: --mem 512
# kernels-test: 6.1
# kernels-more: 6.12
# tier: test more debug
. ./lib.sh
. ./lib-xen.sh

XEN_MEMORY=8000
xen_suite pv=0 memory=$XEN_MEMORY
dir=$(fs /dev/vda ext4) || exit 1
mkdir "$dir/calm"
integrity --rounds 1 --seconds 5 --size 12288 "$dir/calm" || fail "data"
[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 100 ] ||
	fail "only $(cc succ_gets) hits: nothing was tested"
if [ -z "$PLAIN" ]; then
	xen_weather &
	weather=$!
fi
integrity --remount /dev/vda,ext4 --rounds 2 --seconds 8 --size 12288 "$dir" || fail "data"
if [ -z "$PLAIN" ]; then
	kill $weather
	wait $weather
	echo "succ_gets=$(cc succ_gets) puts=$(cc puts) put_refused=$(cc put_refused)"
	cat $X
	[ "$(awk '$1 == "pools_lost" { print $2 }' $X)" -gt 0 ] || fail "no pool was lost"
	[ "$(awk '$1 == "pools_again" { print $2 }' $X)" -gt 0 ] || fail "no pool came again"
fi
umount "$dir" || fail "umount"
xen_suite_remove
