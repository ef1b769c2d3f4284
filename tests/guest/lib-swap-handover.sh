# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-handover.sh - pages change while they are on their way to a slow disk

# churn_and_shrink N   N operations, while the store is emptied all the time, until
# the last of them however long a busy host takes for them
churn_and_shrink() {
	rm -f /tmp/churned
	echo "churn $1" >&3
	(read -r answer <&4 && echo "$answer" >/tmp/churned) &
	_churn=$! _n=0
	while kill -0 $_churn 2>/dev/null; do
		echo 0 2>/dev/null >/proc/sys/vm/frontswap || echo "  busy in round $_n"
		_n=$((_n + 1))
	done
	wait $_churn || fail "the hog is dead (churn)"
	read -r answer </tmp/churned
	echo "  $answer; emptied $_n times"
	[ "${answer%% bad*}" = "churn ok" ] || fail "$answer"
	hog verify
	hog out
	hog verify
	show_swap
}

# The disk itself, whose slots are overwritten; then swap, which frees them.  How many
# are overtaken goes with the time that a write takes and with the guest's speed.
handovers() {
	disk=$(dmdelay /dev/vda 200) || fail dmdelay
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
