# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# A root file system over the network, which is also the way to memcached, and
# memory that is short all the while: what runs, what it reads and what it writes is
# on NBD.  The link is cut for 20 seconds in the midst of it.  Nothing may wait in a
# circle, and every byte is right.
# vm: --mem 160 --suite --timeout 1800 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --nbd build/guest/ext4.img --memcached 512
# vm: --file build/guest/nbd:/bin/nbd --file build/guest/tree:/bin/tree
# vm: --file build/guest/integrity:/bin/integrity
# kernels: 6.12 6.1
# tier: deep
. ./lib.sh
. ./lib-remote.sh

ROOT=/mnt/ext4-nbd0

# --- in the root that is on the network ---------------------------------------------

# read_all WHAT   all files, again and again until there is /stop
read_all() {
	until [ -e /stop ]; do
		tree cat /files /manifest >/pass || {
			cat /pass
			touch /bad
			fail "$1: data"
		}
		echo "-- $1: $(tail -n 2 /pass | xargs); $(far hits) pages came back so far"
		echo >>/passes
	done
}

passes() { wc -l </passes; }
more_passes() { [ "$(passes)" -ge $1 ] || [ -e /bad ]; }

# wait_passes COUNT WHAT   that many more
wait_passes() {
	_want=$(($(passes) + $1))
	until_soon more_passes $_want || until_soon more_passes $_want ||
		until_soon more_passes $_want || fail "$2: it does not get on"
	[ ! -e /bad ] || fail "$2: data"
}

more_came() { [ "$(far hits)" -gt $1 ]; }

inside() {
	tree make /files 640 128 25 >/manifest || fail "no files"
	: >/passes
	# a file in memory leaves little of it to what is on the disk
	leave 48
	echo 3 >/proc/sys/vm/drop_caches
	read_all reader &
	reader=$!
	integrity --rounds 2 --seconds 60 --size 12288 /work >/integrity 2>&1 &
	writer=$!
	wait_passes 2 "first passes"
	until_soon more_came 1000 || fail "only $(far hits) pages came from memcached"

	touch /dev/cut
	is_back() { [ ! -e /dev/cut ]; }
	until_soon is_back || fail "the link was not cut"
	wait_passes 1 "link back"
	wait_up 1 "link back"
	_hits=$(far hits)
	# how many come in one pass hangs on what the kernel keeps itself
	_n=0
	until more_came $((_hits + 200)); do
		_n=$((_n + 1))
		[ $_n -le 20 ] || fail "only $(($(far hits) - _hits)) pages came back after the link was cut"
		wait_passes 1 "memcached back"
	done

	touch /stop
	wait $reader || fail reader
	wait $writer || {
		cat /integrity
		fail "writer: data"
	}
	tail -n 3 /integrity
	show_far "over the network"
	[ "$(far wrong)" = 0 ] || fail "$(far wrong) values were not what was sent"
}

[ "${1-}" != inside ] || {
	inside
	exit 0
}

# --- outside of it: where programs are that need no disk ------------------------------

# When there is /dev/cut.
cut_link() {
	until [ -e /dev/cut ]; do
		sleep 0.5
	done
	echo "-- link cut"
	ip link set eth0 down
	sleep 20
	ip link set eth0 up
	echo "-- link back"
	rm /dev/cut
}

outside
nbd attach /dev/nbd0 $SERVER "$VM_NBD" &
has_size() { [ "$(cat /sys/block/nbd0/size)" -gt 0 ]; }
until_soon has_size || fail "no disk at $SERVER:$VM_NBD"
fs /dev/nbd0 ext4 || exit 1
insmod_all "tmem tmem_zcache tmem_memcached tmem_cleancache" tmem_zcache:max_bytes=4M \
	tmem_zcache:remote_always=1 tmem_memcached:deadline_ms=1000 \
	tmem_memcached:servers=$SERVER:"$VM_MEMCACHED"
wait_up 1 "after loading"
mkdir -p $ROOT/proc $ROOT/sys $ROOT/dev $ROOT/work $ROOT/tmp $ROOT/lib $ROOT/files
cp -a /bin /guest $ROOT/
for d in proc sys dev; do
	mount --bind /$d $ROOT/$d
done
mount --bind /sys/kernel/debug $ROOT/sys/kernel/debug
cut_link &
chroot $ROOT /bin/sh -c 'cd /guest && exec sh ./remote-nbd.sh inside' || fail "in the root on the network"
dmesg | grep -E 'tmem_memcached|nbd' | tail -n 20
for d in tmp/hog sys/kernel/debug dev sys proc; do
	umount $ROOT/$d
done
until_soon umount $ROOT || fail umount
rmmod_all tmem_cleancache tmem_zcache tmem_memcached tmem
