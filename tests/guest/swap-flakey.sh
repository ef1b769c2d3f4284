# SPDX-License-Identifier: GPL-2.0
# The disk below fails now and then: SIGBUS or what was written, never anything
# else; what is in the store stays there; and all is well when the disk is.
# vm: --mem 256 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod dm-flakey --disk build/guest/swap.img,snap
# vm: --file build/guest/swaphog:/bin/swaphog --file build/guest/dmtable:/bin/dmtable
# kernels: 6.1 6.12
# tier: more
. ./lib.sh
. ./lib-swap.sh

suite_swap tmem_zcache:max_bytes=8M
dmesg -n 1
disk=$(dmtable bd /dev/vda linear @ 0) || fail dmtable
swap_on 0 0 "$disk"
hog_start --kib 49152 --threads 2
hog fill
hog out
sleep 1
pages_at_least 1000 "$(fw curr_pages)" "pages in the store"

# one second good, one second bad; reads, writes and hand-overs meet both
dmtable bd /dev/vda flakey @ 0 1 1 || fail "dmtable flakey"
i=0
while [ $i -lt 40 ]; do
	hog churn 1500
	hog_ask out
	echo 500 2>/dev/null >/proc/sys/vm/frontswap
	i=$((i + 1))
	[ $i -lt 6 ] || [ "$(fw backing_errors)" -lt 20 ] || [ "$(fw wb_errors)" -lt 1 ] ||
		[ "$(fw writebacks)" -lt 2000 ] || break
done
show_swap
at_least 20 "$(fw backing_errors)" "errors of the disk"
at_least 1 "$(fw wb_errors)" "write-back errors"
pages_at_least 2000 "$(fw writebacks)" "pages written back"
[ "$(fw load_errors)" = 0 ] || fail "$(fw load_errors) pages were not in the store"

dmtable bd /dev/vda linear @ 0 || fail "dmtable linear"
hog verify
well_again
