# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lib-rules.sh - run scenarios of the program `rules`

rules_failed=

# Ways to read and to change a file, but for the plain hit.
# shellcheck disable=SC2034 # for those who source this
WAYS="mixed mapped small tail exchanged defragmented huge sparse dropped cloned"

# scenario NAME FOLDER [OPTION]...
scenario() {
	_name=$1 _dir=$2
	shift 2
	_f=$(stored_file)
	echo "-- $_name on $_dir"
	rules ${_f:+--stored "$_f"} "$@" "$_name" "$_dir/f-$_name"
	case $? in
	0)	;;
	4)	echo "   not here" ;;
	*)	echo "FAILED: $_name on $_dir"; rules_failed="$rules_failed $_name" ;;
	esac
}

rules_end() {
	[ -z "$rules_failed" ] || fail "scenarios:$rules_failed"
	[ -n "$PLAIN" ] || [ "$(cc succ_gets)" -gt "${1:-100}" ] ||
		fail "only $(cc succ_gets) hits: nothing was tested"
}

# A control: one rule off, one scenario, which must find bad data.
control() {
	suite tmem_zcache:incompressible=keep tmem_zcache:compressor="${3:-lz4}" \
		tmem_cleancache:test_break="$1"
	scenario "$2" "$(fs /dev/vda ext4)" --seconds 30
	[ -z "$rules_failed" ] || fail "the control found what it should"
}
