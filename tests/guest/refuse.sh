# SPDX-License-Identifier: GPL-2.0
# Bad input and wrong order: a clear message and a clean refusal.
# vm: --mem 192 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --file build/guest/rules:/bin/rules
# vm-debug: --mem 512
# kernels: 6.1 6.12
# tier: test debug
. ./lib.sh

# refused REGEX MODULE [PARAM]...   insmod fails, and the log says why
refused() {
	_re=$1 _mod=$2
	shift 2
	dmesg -c >/dev/null
	insmod "/suite/$_mod.ko" "$@" 2>/tmp/err && fail "insmod $_mod $* was not refused"
	[ ! -d "/sys/module/$_mod" ] || fail "$_mod is there after a refusal"
	dmesg | grep -qE "$_re" || {
		dmesg
		fail "no message like '$_re' from insmod $_mod $*"
	}
	echo "refused: $_mod $*: $(dmesg | grep -E "$_re" | head -n 1)"
}

# kept FILE VALUE   a sysfs write is refused and changes nothing
kept() {
	_was=$(cat "$1")
	echo "$2" 2>/dev/null >"$1" && fail "$1 takes $2"
	[ "$(cat "$1")" = "$_was" ] || fail "$1 is $(cat "$1") after a refused write of $2"
}

# wrong order
refused 'tmem_zcache: Unknown symbol' tmem_zcache
refused 'tmem_cleancache: Unknown symbol' tmem_cleancache
# bad parameters
refused 'backend=foo: takes' tmem backend=foo
insmod /suite/tmem.ko || fail "insmod tmem"
refused 'tmem_cleancache: no backend' tmem_cleancache
refused 'compressor=foo: takes' tmem_zcache compressor=foo
for v in 0 101 -1 abc 4294967297; do
	refused "max_percent=$v: takes" tmem_zcache max_percent=$v
done
refused 'dedup=foo: takes' tmem_zcache dedup=foo
refused 'incompressible=foo: takes' tmem_zcache incompressible=foo
refused 'max_bytes=foo: takes' tmem_zcache max_bytes=foo

# the same by sysfs, on a module that runs on
insmod /suite/tmem_zcache.ko || fail "insmod tmem_zcache"
p=/sys/module/tmem_zcache/parameters
kept $p/compressor foo
for v in 0 101 -1 abc; do
	kept $p/max_percent $v
done
kept $p/dedup foo
kept $p/incompressible foo
kept $p/max_bytes 12x
echo zstd >$p/compressor || fail "compressor does not take zstd"
echo 20 >$p/max_percent || fail "max_percent does not take 20"

# in use from below, and twice
rmmod tmem 2>/dev/null && fail "rmmod tmem under tmem_zcache"
insmod /suite/tmem_zcache.ko 2>/dev/null && fail "tmem_zcache twice"

# a kernel on which the hooks do not work
if [ -e /proc/sys/kernel/ftrace_enabled ] && echo 0 >/proc/sys/kernel/ftrace_enabled; then
	refused 'tmem_cleancache: .*(hook|ftrace)' tmem_cleancache
	echo 1 >/proc/sys/kernel/ftrace_enabled
fi

for v in -2 1000001 abc 99999999999; do
	refused "request_us=$v: takes" tmem_cleancache request_us=$v
done

# opt-out
dir=$(fs /dev/vda ext4)
insmod /suite/tmem_cleancache.ko exclude=xfs,ext4 || fail "insmod tmem_cleancache"
rules hit "$dir/f" || fail "hit, excluded"
[ "$(cc puts)" = 0 ] || fail "$(cc puts) pages of an excluded file system were put"
rmmod tmem_cleancache || fail "rmmod tmem_cleancache"
insmod /suite/tmem_cleancache.ko exclude=xfs,ext request_us=-1 || fail "insmod tmem_cleancache"
rules hit "$dir/f" || fail "hit"
# all but a page or two
[ "$(cc puts)" -gt $(($(of_4k 100) - 2)) ] || fail "exclude=xfs,ext left out ext4"
rmmod tmem_cleancache || fail "rmmod tmem_cleancache"

# a backend that is not there
rmmod tmem_zcache
rmmod tmem
insmod /suite/tmem.ko backend=xen || fail "insmod tmem backend=xen"
insmod /suite/tmem_zcache.ko 2>/dev/null
refused 'tmem_cleancache: no backend' tmem_cleancache
exit 0
