#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dracut: the modules of tmem, and the settings

check() {
	modinfo -k "${kernel:-$(uname -r)}" tmem_cleancache >/dev/null 2>&1 || return 255
	[[ -x /usr/sbin/tmemctl ]] || return 255
	! grep -qsE '^[[:space:]]*INITRAMFS=.?no' /etc/tmem.conf /etc/tmem.conf.d/*.conf || return 255
	return 0
}

depends() {
	return 0
}

installkernel() {
	instmods tmem tmem_zcache tmem_cleancache tmem_xen lz4 lz4_compress zstd zsmalloc
}

install() {
	local f

	inst_multiple uname modprobe mkdir
	inst_simple /usr/sbin/tmemctl
	for f in /etc/tmem.conf /etc/tmem.conf.d/*.conf; do
		[[ ! -e $f ]] || inst_simple "$f"
	done
	# shellcheck disable=SC2154
	inst_hook pre-mount 10 "$moddir/tmem-load.sh"
}
