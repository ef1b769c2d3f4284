# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-swap-cold.sh - pages of swap that become cold are compressed again

cold_stat() {
	stat_sum "$ZC/$1"
}

# cold PAGES   wait until so many more have been
cold() {
	_want=$(($(cold_stat recompressed) + $1))
	_i=0
	while [ "$(cold_stat recompressed)" -lt "$_want" ]; do
		[ $_i -lt 240 ] || fail "$(cold_stat recompressed) pages were compressed again, not $_want"
		_i=$((_i + 1))
		sleep 1
	done
}

# swap_cold [MODULE:PARAM=VALUE]...
swap_cold() {
	suite_swap tmem_zcache:recompress_percent=100 "$@"
	swap_on 0 256M
	hog_start --kib 65536 --threads 2
	hog fill
	hog out
	all_out 15000
	before=$(cold_stat stored_bytes)
	cold "$(of_4k 8000)"
	after=$(cold_stat stored_bytes)
	echo "stored_bytes $before, $after when cold"
	hog verify
	# what is read, written and dropped while the thread goes on
	hog out
	hog churn 30000
	hog verify
	pages_at_least 2000 "$(cold_stat chunk_reads)" "chunks read"
	show_swap
	[ "$after" -lt "$before" ] || fail "$after bytes when cold, $before before"
	[ "$(cold_stat corrupt)" = 0 ] || fail "damaged data"
	hog out
	swapoff /dev/frontswap0 || fail "swapoff"
	hog verify
	hog_end
	[ "$(cold_stat chunks)" = 0 ] || fail "chunks are left"
	suite_swap_remove
}
