# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-handover.sh - pages change while they are on their way to a slow disk

# Slots that were written to the disk, also those of which it was in vain.
written_back() {
	echo $(($(fw writebacks) + $(fw wb_changed)))
}

# churn_and_shrink N   N operations at least, while the store is emptied all the time,
# and until the disk has had ten writes of 64 slots meanwhile, however fast the guest is
churn_and_shrink() {
	rm -f /tmp/churned
	(
		_n=0
		until [ -e /tmp/churned ]; do
			echo 0 2>/dev/null >/proc/sys/vm/frontswap ||
				echo "  busy in round $_n"
			_n=$((_n + 1))
		done
		echo "  emptied $_n times"
	) &
	_emptier=$! _before=$(written_back) _churns=0
	while [ $_churns -lt 4 ] || [ $(($(written_back) - _before)) -lt 640 ]; do
		[ $_churns -lt 400 ] || fail "the disk gets nothing"
		hog churn $(($1 / 4))
		_churns=$((_churns + 1))
	done
	: >/tmp/churned
	wait $_emptier
	hog verify
	hog out
	hog verify
	show_swap
}

# The disk itself, whose slots are overwritten; then swap, which frees them.
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
