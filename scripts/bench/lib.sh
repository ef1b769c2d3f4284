# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# lib.sh - how a part of the bench writes its figures down
#
# Sourced by scripts/bench/*, never run.  A part calls bench_begin NAME, then
# bench_figure for each figure, then bench_end, which writes
# build/bench/NAME.json: a list of {name, value, unit, goal, met}.

# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

BENCH_OUT=$TOP/build/bench

bench_begin() {	# name
	bench_name=$1
	bench_list=
	mkdir -p "$BENCH_OUT"
}

# A goal is a comparison and a number: "<= 0.5".  Without one, goal and met
# are null.
bench_figure() {	# name value unit [goal]
	local goal=${4-} met=null

	if [ -n "$goal" ]; then
		met=$(awk "BEGIN { print ($2 $goal) ? \"true\" : \"false\" }")
		goal="\"$goal\""
	else
		goal=null
	fi
	bench_list+=${bench_list:+,$'\n'}
	bench_list+="  {\"name\": \"$1\", \"value\": $2, \"unit\": \"$3\", \"goal\": $goal, \"met\": $met}"
}

bench_end() {
	printf '[\n%s\n]\n' "$bench_list" >"$BENCH_OUT/$bench_name.json.new"
	mv "$BENCH_OUT/$bench_name.json.new" "$BENCH_OUT/$bench_name.json"
}
