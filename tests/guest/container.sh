# SPDX-License-Identifier: GPL-2.0
# A container of 32 MB that reads 300 MB of files once does not push others out
# of RAM: not who is there already, and not who comes after it.  It has its share
# of the store, and nothing if it is excluded.
# vm: --mem 384 --suite --distro-mod lz4 --distro-mod zstd --distro-mod zsmalloc
# vm: --distro-mod ext4 --disk build/guest/ext4.img,snap --disk build/guest/ext4-1k.img,snap
# vm: --file build/guest/pressure:/bin/pressure
# kernels: 6.1 6.12
# tier: more
# shellcheck disable=SC2154 # $many, $few and $_failed are those of container()
. ./lib.sh
. ./lib-container.sh

ZP=/sys/module/tmem_zcache/parameters

# pages_of PATH   what a cgroup has in the store
pages_of() {
	awk -v p="$1" '$5 == p { n = $2 } END { print n + 0 }' $ZC/containers
}

container
[ -z "$PLAIN" ] || exit 0

# a share of all there is: but they are the first to go
echo 100 >$ZP/container_percent || fail container_percent
echo 3 >/proc/sys/vm/drop_caches
contained reader "cat $many/p* >/dev/null"
show_containers
victim_reads
victim_reads
victim_finds "he comes after one with no share"
show_containers
[ -z "$_failed" ] || fail "the container pushes others out of RAM$_failed"

# a share: what is there on sufferance is no more than that
echo 3 >/proc/sys/vm/drop_caches
echo 10 >$ZP/container_percent || fail container_percent
contained reader "cat $many/p* >/dev/null"
show_containers
most=$(($(cat $ZC/limit_bytes) / 10))
has=$(awk '$5 == "/reader" { print $3 }' $ZC/containers)
[ "$has" -gt 0 ] && [ "$has" -le $((most + 65536)) ] ||
	fail "$has bytes are the container's, of a share of $most"
echo 0 >$ZP/container_percent || fail container_percent
[ "$(cat $ZC/tenant_pages)" = 0 ] || fail "pages of containers are left"
echo 25 >$ZP/container_percent || fail container_percent

# the opt-out
echo /nobody 2>/dev/null >$ZP/exclude_cgroups && fail "there is no /nobody"
echo /silent >$ZP/exclude_cgroups || fail exclude_cgroups
[ "$(cat $ZP/exclude_cgroups)" = /silent ] || fail "exclude_cgroups says $(cat $ZP/exclude_cgroups)"
echo 3 >/proc/sys/vm/drop_caches
contained silent "cat $many/p* >/dev/null"
[ "$(pages_of /silent)" = 0 ] || fail "who is excluded has pages in the store"
echo "" >$ZP/exclude_cgroups || fail exclude_cgroups
echo 3 >/proc/sys/vm/drop_caches
contained silent "cat $many/p* >/dev/null"
show_containers
[ "$(pages_of /silent)" -gt 100 ] || fail "who is not excluded any more has none"
