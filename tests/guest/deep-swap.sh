# SPDX-License-Identifier: GPL-2.0
# A million pages stored, loaded, refused, overwritten, freed, handed over: none
# is lost.
# vm: --mem 256 --timeout 1800 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --disk build/guest/swap.img,snap --file build/guest/swaphog:/bin/swaphog
# kernels: 6.1 6.12
# tier: deep
. ./lib.sh
. ./lib-swap.sh

OPS=${1:-1000000}
done_ops=0

# Work on the pages while the store is emptied, switched off and on, and shrunk.
work() {
	echo "churn $1" >&3
	: >/tmp/stop
	(
		n=0
		while [ -e /tmp/stop ]; do
			n=$((n + 1))
			case $((n % 5)) in
			0)	echo 0 ;;
			1)	echo 700 ;;
			*)	echo 1500 ;;
			esac 2>/dev/null >/proc/sys/vm/frontswap
			echo $((n % 7 != 0)) >/sys/block/frontswap0/store
			usleep 20000
		done
	) &
	read -r answer <&4
	rm /tmp/stop
	wait $!
	echo 1 >/sys/block/frontswap0/store
	echo "  $answer"
	[ "${answer%% bad*}" = "churn ok" ] || fail "$answer"
	[ "$(hog_said bus)" = 0 ] || fail SIGBUS
	done_ops=$((done_ops + $(hog_said ops)))
	hog verify
}

# so late that pages are refused before
suite_swap tmem_zcache:max_bytes=10M tmem_frontswap:admit_one_in=1 \
	tmem_frontswap:writeback_high=100 tmem_frontswap:writeback_low=99
set_up 0 0 /dev/vda
round=0
while [ $done_ops -lt $OPS ]; do
	SEED=$((SEED + 1)) round=$((round + 1))
	if [ $((round % 2)) = 1 ]; then
		hog_start --kib 65536 --threads 2 --disk /dev/frontswap0
	else
		mkswap /dev/frontswap0 >/dev/null && swapon /dev/frontswap0 || fail swapon
		hog_start --kib 81920 --threads 2
	fi
	hog fill
	hog out
	work $((OPS / 4))
	hog out
	hog verify
	hog_end
	[ $((round % 2)) = 1 ] || swapoff /dev/frontswap0 || fail swapoff
done
show_swap
echo "swap ops=$done_ops lost=0"
pages_at_least 1000 "$(fw failed_stores)" "refused stores"
pages_at_least 1000 "$(fw writebacks)" "pages written back"
pages_at_least 1000 "$(fw bypassed)" "pages past the store"
[ "$(fw load_errors) $(fw backing_errors) $(fw wb_errors)" = "0 0 0" ] || fail errors
echo 1 >/sys/block/frontswap0/reset || fail reset
suite_swap_remove
