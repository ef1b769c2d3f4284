# SPDX-License-Identifier: GPL-2.0
# Control: values are not checked, by neither the carrier nor the store, and a
# server passes off others' values as those asked for: wrong data must be read.
# vm: --mem 192 --suite --timeout 900 --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/tree:/bin/tree
# vm: --file build/guest/hostile:/bin/hostile
# kernels: 6.12
# tier: deep
# expect: fail
# expect-line: ^BAD DATA: .* wrong content
. ./lib.sh
. ./lib-remote.sh

dir=$(fs /dev/vda ext4) || exit 1
# What is noise in a page does not compress, and the rest is nothing: all values are
# of about one length.
tree make "$dir" 1400 128 25 >/tmp/manifest || fail "no files"
echo 3 >/proc/sys/vm/drop_caches
ip link set lo up
hostile 11211 swap 4 &
insmod_all "tmem tmem_zcache tmem_memcached tmem_cleancache" \
	tmem_zcache:remote_always=1 tmem_zcache:max_bytes=4M tmem_zcache:test_break=8 \
	tmem_memcached:servers=127.0.0.1:11211 tmem_memcached:deadline_ms=5000 \
	tmem_memcached:secret=off tmem_memcached:test_break=1
wait_up 1 hostile
for _ in 1 2 3; do
	tree cat "$dir" /tmp/manifest || fail "the control found what it should"
	show_far pass
done
