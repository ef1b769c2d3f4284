# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# lib.sh - what every script of the rig shares: where things are, how to fail
#
# Sourced, never run.  Sets TOP (the checkout) and CACHE (what was fetched).

# errors inside $(...) count too
shopt -s inherit_errexit

# depmod, modinfo and mkfs, for who is not root
PATH=$PATH:/usr/sbin:/sbin

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# one path for all clones that share it by a link: kernels built there have it
# in their keys
CACHE=$(readlink -m "${TMEM_CACHE:-$TOP/.cache}")
JOBS=${TMEM_JOBS:-$(nproc)}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

say() {
	echo "${0##*/}: $*" >&2
}

# Not a failure: something that not every host can have.  77 is automake's
# "skipped"; a script that calls another passes it on by `set -e`.
unavailable() {
	echo "${0##*/}: unavailable: $*" >&2
	exit 77
}

# Hold the named lock until the calling (sub)shell ends: people and tests run
# the same script at the same time.
lock() {
	mkdir -p "$CACHE/locks"
	exec 9>"$CACHE/locks/$1"
	flock 9
}

# lock_build NAME   build/NAME of this checkout: others that share the cache by a link
# have their own
lock_build() {
	lock "build-$1-$(cksum <<<"$TOP" | cut -d ' ' -f 1)"
}

# What make test builds for; and all but the debug kernel.
STOCK_KERNELS="6.1 6.1-cloud 6.12"
MATRIX_KERNELS="5.10 6.1 6.1-cloud 6.12 6.12-trixie newest"
ARM64_KERNELS="6.1-arm64 6.12-arm64 6.12-arm64-16k newest-arm64 newest-arm64-16k"

# kernel_arch NAME   the architecture, as Debian calls it, of a kernel of scripts/fetch
kernel_arch() {
	case $1 in
	*-arm64*) echo arm64 ;;
	*)	  echo amd64 ;;
	esac
}

# kernel_page_size NAME   bytes of a page of a kernel of scripts/fetch
kernel_page_size() {
	case $1 in
	*-16k) echo 16384 ;;
	*)     echo 4096 ;;
	esac
}

# A port that nobody listens on, just now.
free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# console_end LOG N   the last N lines of a guest's console; when scripts/vm had to
# end the guest, those before and what it then had to say
console_end() {
	if grep -qa '^vm: no end' "$1"; then
		tr -d '\r' <"$1" | grep -a -B "$2" -A 250 '^vm: no end'
	else
		tr -d '\r' <"$1" | tail -n "$2"
	fi
}
