# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-integrity.sh - everything at once on one file system, every byte compared
#
# integrity_on DEVICE TYPE ROUNDS SECONDS [OPTION]...
# cold_at_once		the store compresses its pages again, as soon as they are there
# requests_take_long	what is missing of a read is read in one request
# turn_tunables		from here on the store's limits and compressor change all the while

# Nothing but the counters; to see that a run tested anything.
show_counters() {
	[ -z "$PLAIN" ] || return 0
	for _c in "$CC"/*; do
		printf '%s=%s ' "${_c##*/}" "$(cat "$_c")"
	done
	echo
	awk '$2 { printf "%s=%s ", $1, $2 } END { print "" }' "$ZC/stats"
}

cold_at_once() {
	with="tmem_zcache:recompress_percent=100 tmem_zcache:recompress_hurry=1"
}

requests_take_long() {
	long=tmem_cleancache:request_us=5000
}

# Enough to judge by?
enough_seen() {
	[ "$(cc succ_gets)" -gt 100 ] || return 1
	[ -z "${long-}" ] || [ "$(cc get_unused)" -gt 20 ] || return 1
	[ -z "${with-}" ] || [ "$(stat_sum "$ZC/chunk_reads")" -gt 100 ]
}

integrity_on() {
	_dev=$1 _type=$2 _rounds=$3 _secs=$4
	shift 4
	# more shards than a guest of this size has by itself
	# shellcheck disable=SC2086 # words
	suite tmem_zcache:evict_shards=8 ${with-} ${long-}
	_dir=$(fs "$_dev" "$_type") || exit 1
	_bad=
	integrity --remount "$_dev,$_type" --rounds "$_rounds" --seconds "$_secs" \
		"$@" "$_dir" || _bad=1
	# until there is something to judge by, on a slow host, too
	_n=0
	while [ -z "$_bad$PLAIN" ] && [ $_n -lt 10 ] && ! enough_seen; do
		_n=$((_n + 1))
		rm -rf "${_dir:?}"/*
		mkdir "$_dir/more$_n"
		integrity --rounds 1 --seconds "$_secs" "$@" "$_dir/more$_n" || _bad=1
	done
	show_counters
	[ -z "$_bad" ] || fail "data"
	[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 100 ] ||
		fail "only $(cc succ_gets) hits: nothing was tested"
	[ -n "$PLAIN" ] || [ -z "${long-}" ] || [ "$(cc get_unused)" -gt 20 ] ||
		fail "only $(cc get_unused) pages were read that had come from the store"
	[ -n "$PLAIN" ] || [ -z "${with-}" ] || [ "$(stat_sum "$ZC/chunk_reads")" -gt 100 ] ||
		fail "only $(stat_sum "$ZC/chunk_reads") chunks were read"
	[ "$(stat_sum "$ZC/corrupt")" = 0 ] || fail "corrupt pages in the store"
	umount "$_dir" || fail "umount"
	suite_remove
}

turn_tunables() {
	while sleep 3; do
		set_tunables compressor=zstd max_percent=10
		sleep 3
		set_tunables compressor=lz4 max_percent=55 dedup=client incompressible=keep
		sleep 3
		set_tunables dedup=off incompressible=swap
	done &
	turner=$!
	trap 'kill $turner' EXIT
}

# While the module is there, that is.
set_tunables() {
	for _t; do
		echo "${_t#*=}" >/sys/module/tmem_zcache/parameters/"${_t%%=*}"
	done 2>/dev/null
}
