# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-handover.sh - pages change while they are on their way to a slow disk

# churn_and_shrink N   N operations, while the store is emptied all the time
churn_and_shrink() {
	echo "churn $1" >&3
	_n=0
	while [ $_n -lt 12 ]; do
		echo 0 2>/dev/null >/proc/sys/vm/frontswap || echo "  busy in round $_n"
		_n=$((_n + 1))
	done
	read -r answer <&4
	echo "  $answer"
	[ "${answer%% bad*}" = "churn ok" ] || fail "$answer"
	hog verify
	hog out
	hog verify
	show_swap
}

# The disk itself, whose slots are overwritten; then swap, which frees them.
handovers() {
	disk=$(dmdelay /dev/vda 20) || fail dmdelay
	set_up 0 0 "$disk"
	hog_start --kib 8192 --threads 2 --disk /dev/frontswap0
	hog fill
	hog out
	churn_and_shrink "${1:-12000}"
	hog_end
	mkswap /dev/frontswap0 >/dev/null || fail mkswap
	swapon /dev/frontswap0 || fail swapon
	hog_start --kib 16384 --threads 2
	hog fill
	hog out
	churn_and_shrink "${1:-12000}"
}
