# SPDX-License-Identifier: GPL-2.0
# kunit.sh - load each KUnit module with what it needs, in a clean log
#
# /kunit-plan: one line per test module, the modules to load before it in
# order, a parameter behind a colon, the test module last.  scripts/ktap reads
# what comes between the marks; they go through the kernel log so that they
# cannot overtake it.
dmesg -n 7

mark() { echo "<6>## kunit $*" >/dev/kmsg; }

load() {
	for m; do
		p=${m#"${m%%:*}"}
		m=${m%%:*}
		# shellcheck disable=SC2086
		[ -d "/sys/module/$m" ] || insmod "/suite/$m.ko" ${p#:} || return
	done
}

unload() {
	rev=
	for m; do
		rev="${m%%:*} $rev"
	done
	for m in $rev; do
		[ ! -d "/sys/module/$m" ] || rmmod "$m" || return
	done
}

rc=0
while read -r modules; do
	name=${modules##* }
	mark "begin $name"
	# shellcheck disable=SC2086
	load $modules || { mark "insmod of $name failed"; rc=1; }
	# shellcheck disable=SC2086
	unload $modules || { mark "rmmod after $name failed"; rc=1; }
	mark "end $name"
done </kunit-plan
exit $rc
