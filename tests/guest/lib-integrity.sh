# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-integrity.sh - everything at once on one file system, every byte compared
#
# integrity_on DEVICE TYPE ROUNDS SECONDS [OPTION]...

# Nothing but the counters; to see that a run tested anything.
show_counters() {
	[ -z "$PLAIN" ] || return 0
	for _c in "$CC"/*; do
		printf '%s=%s ' "${_c##*/}" "$(cat "$_c")"
	done
	echo
	awk '$2 { printf "%s=%s ", $1, $2 } END { print "" }' "$ZC/stats"
}

integrity_on() {
	_dev=$1 _type=$2 _rounds=$3 _secs=$4
	shift 4
	suite
	_dir=$(fs "$_dev" "$_type") || exit 1
	integrity --remount "$_dev,$_type" --rounds "$_rounds" --seconds "$_secs" \
		"$@" "$_dir" || fail "data"
	show_counters
	[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt 100 ] ||
		fail "only $(cc succ_gets) hits: nothing was tested"
	[ "$(stat_sum "$ZC/corrupt")" = 0 ] || fail "corrupt pages in the store"
	umount "$_dir" || fail "umount"
	suite_remove
}
