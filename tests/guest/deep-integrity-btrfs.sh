# SPDX-License-Identifier: GPL-2.0
# The same on btrfs for five minutes, in more memory and with larger files.
# vm: --mem 192 --timeout 900 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod btrfs --disk build/guest/btrfs.img,snap --file build/guest/integrity:/bin/integrity
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-integrity.sh

# The store's limits and compressor change all the while.
turn() {
	p=/sys/module/tmem_zcache/parameters
	while sleep 3; do
		echo zstd >$p/compressor
		echo 10 >$p/max_percent
		sleep 3
		echo lz4 >$p/compressor
		echo 55 >$p/max_percent
		echo client >$p/dedup
		echo keep >$p/incompressible
		sleep 3
		echo off >$p/dedup
		echo swap >$p/incompressible
	done
} 2>/dev/null
turn &
turner=$!
trap 'kill $turner' EXIT
integrity_on /dev/vda btrfs 10 30 --size 24576 --files 4 --seed 7
