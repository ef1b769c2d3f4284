# SPDX-License-Identifier: GPL-2.0
# From a disk that is faster than the CPU nothing is kept, and the log says so;
# as soon as it is slower, something is.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/rules:/bin/rules
# vm-debug: --mem 512
# kernels: 6.1 6.12
# kernels-test: 6.12
# tier: test more debug
. ./lib.sh

us=/sys/module/tmem_cleancache/parameters/request_us

# hit FILE   bring a new file in and out of the store, if it takes it: pages put
hit() {
	_before=$(cc puts)
	rules hit "$dir/$1" >/dev/null || fail "hit $1"
	echo $(($(cc puts) - _before))
}

# disk FIELD   of the only file system
disk() { awk -v f="$1" '$1 == "vda" { print $f }' $CC/disks; }

# Read files from the disk, several times.
from_disk() {
	for _i in 1 2 3 4 5; do
		echo 3 >/proc/sys/vm/drop_caches
		cat "$dir/a" "$dir/b" >/dev/null || fail read
	done
}

# not asked: all is kept, and what a put takes is seen
suite tmem_cleancache:request_us=-1
dir=$(fs /dev/vda ext4)
a=$(hit a) b=$(hit b)
echo "put when the disk is not asked: $a, $b"
[ "$a" -ge 256 ] && [ "$b" -ge 256 ] || fail "not kept"
[ "$(disk 2)" = 0 ] || fail "request_us=-1: a request takes $(disk 2) ns"

echo 1 >$us || fail "request_us does not take 1"
awk '$1 == "page" { exit !($2 > 0 && $3 > 0) }' $CC/disks || fail "disks: $(cat $CC/disks)"
[ "$(disk 2)" = 1000 ] || fail "a request of 1 us takes $(disk 2) ns"
[ "$(hit c)" = 0 ] || fail "pages are kept of a disk that is faster"
[ "$(cc put_cheap)" -ge 256 ] || fail "put_cheap is $(cc put_cheap)"
[ "$(hit e)" = 0 ] || fail "pages are kept of a disk that is faster"

# Now it is slow.
echo 1000000 >$us || fail "request_us does not take a second"
d=$(hit d)
echo "put from a slow disk: $d"
[ "$d" -ge 256 ] || fail "$d pages are put from a disk of a second"
[ "$(disk 2)" = 1000000000 ] || fail "a request of 1 s takes $(disk 2) ns"

# And as it is: that is measured all the time, but only of what is read.
measured=0
for _ in $(seq 60); do
	echo 1 >$us || fail "request_us does not take 1"
	from_disk
	echo 0 >$us || fail "request_us does not take 0"
	measured=$(disk 2)
	[ "$measured" = 0 ] || break
	sleep 1.1
done
echo "measured: $(cat $CC/disks)"
[ "$measured" -gt 0 ] && [ "$measured" -lt 1000000000 ] && [ "$(disk 3)" -ge 1 ] || fail "nothing is measured"

# Said once, after enough has been read to tell; a look a second.
said() { dmesg | grep -c 'tmem_cleancache: vda: to read a page takes [0-9]* ns'; }

echo 1 >$us || fail "request_us does not take 1"
rounds=0
while [ "$(said)" = 0 ] || [ $rounds -lt 2 ]; do
	from_disk
	rounds=$((rounds + 1))
	[ $rounds -lt 60 ] || break
	sleep 1.1
done
[ "$(said)" = 1 ] || fail "the log says $(said) times that the disk is faster"
umount "$dir" || fail umount
suite_remove
