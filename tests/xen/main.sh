# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh source-path=tests/guest source-path=tests/xen
# main.sh - all of the suite in one guest of 512 MB
#
# xvda is a file system with 128 MiB of text in /text, which /guest/manifest
# describes; xvdb is empty.  The word steps of the kernel's command line says what
# to do: files without and with tmem, at a size that they do not fit in; idle,
# load, idle; tunables; swap; unload.
. ./lib.sh
. ./lib-swap.sh
. ./lib-guest.sh

# MB that the guest is given for the work on files
FILE_MB=160
LOAD_KIB=307200
full=$(kb)
idle=$((full / 2))
echo 1 >/proc/sys/vm/overcommit_memory

# resize KIB   as an administrator does
resize() {
	echo "$1" >$DEV/target_kb
	until_true 60 kb_at_most "$1" && until_true 60 kb_at_least "$1" ||
		no "the balloon is at $(kb), not $1 KiB"
}

# Prints the sectors read by two passes over all files.
read_files() {
	mount -t ext4 -o ro /dev/xvda /mnt || return 1
	_before=$(sectors_read xvda)
	for _i in 1 2; do
		tree cat /mnt/text /guest/manifest >/tmp/tree || return 1
		grep -q ' bad=0$' /tmp/tree || return 1
	done
	echo $(($(sectors_read xvda) - _before))
	umount /mnt
}

files_without() {
	resize $((FILE_MB * 1024)) || return
	off=$(read_files) || { no "$(tail -n 3 /tmp/tree)"; return; }
	figure sectors_off "$off"
}

xen_refused() {
	insmod /suite/tmem.ko || { no "insmod tmem"; return; }
	dmesg -c >/dev/null
	if insmod /suite/tmem_xen.ko 2>/tmp/err; then
		no "tmem_xen is loaded"
		return
	fi
	# ENODEV
	grep 'No such device' /tmp/err || { no "$(cat /tmp/err)"; return; }
	dmesg | grep 'tmem_xen: not loaded: this Xen was built without tmem' ||
		no "$(dmesg | tail -n 1)"
}

store_serves() {
	insmod_all "tmem_zcache tmem_cleancache tmem_frontswap xen_selfballoon"
	# until it is its turn
	tune selfballooning 0
	tune frontswap_selfshrinking 0
	[ "$(cat /sys/kernel/debug/tmem/backend)" = zcache ] ||
		no "the backend is $(cat /sys/kernel/debug/tmem/backend)"
	lsmod | awk '/^(tmem|xen_selfb)/ { print $1 }' | xargs
}

files_with() {
	on=$(read_files) || { no "$(tail -n 3 /tmp/tree)"; return; }
	figure sectors_on "$on"
	figure hits "$(cc succ_gets)"
	figure files_verified "$(files_right)"
	[ $((on * 10)) -lt $((off * 9)) ] || no "$on sectors with, $off without"
}

# Each file refuses what it must, from whom it must.
nine_files() {
	[ "$(ls $F | wc -l)" = 9 ] || { no "not nine"; return; }
	while read -r name good bad; do
		was=$(cat $F/$name)
		for v in $(echo "$bad" | tr , ' '); do
			if (echo "$v" >$F/$name) 2>/tmp/err; then
				no "$name takes $v"
				return
			fi
			grep -q 'Invalid argument' /tmp/err || { no "$name $v: $(cat /tmp/err)"; return; }
		done
		[ "$(cat $F/$name)" = "$was" ] || { no "$name changed by $bad"; return; }
		tune $name "$good" || return
		[ "$(cat $F/$name)" = "$good" ] || { no "$name is $(cat $F/$name), not $good"; return; }
		if su nobody -s /bin/sh -c "echo $was >$F/$name" 2>/tmp/err; then
			no "anybody writes $name"
			return
		fi
		grep -q 'Permission denied' /tmp/err || { no "$name: $(cat /tmp/err)"; return; }
		# the file is open, the right is gone
		exec 5>$F/$name
		if su nobody -s /bin/sh -c "echo $was >&5" 2>/tmp/err; then
			no "$name written without CAP_SYS_ADMIN"
			return
		fi
		exec 5>&-
		grep -q 'Operation not permitted' /tmp/err || { no "$name: $(cat /tmp/err)"; return; }
		[ "$(cat $F/$name)" = "$good" ] || { no "$name changed by nobody"; return; }
		tune $name "$was" || return
	done <<-END
		selfballooning 1 2,-1,x,4294967296
		selfballoon_interval 7 0,-1,86401,x,5x
		selfballoon_downhysteresis 9 0,-1,x,4294967296
		selfballoon_uphysteresis 9 0,-1,x
		selfballoon_min_usable_mb 64 -1,16777217,x
		selfballoon_reserved_mb 64 -1,16777217,x
		frontswap_selfshrinking 1 2,-1,x
		frontswap_hysteresis 9 0,-1,x
		frontswap_inertia 9 0,-1,x
	END
	# automatic again
	tune selfballoon_reserved_mb 0
	[ "$(cat $F/selfballoon_reserved_mb)" -ge 45 ] || no "$(cat $F/selfballoon_reserved_mb) MB reserved"
}

# The store is full of files at this point.
shrunk() {
	mount -t ext4 -o ro /dev/xvda /mnt || { no mount; return; }
	tree cat /mnt/text /guest/manifest >/tmp/tree || { no "$(tail -n 3 /tmp/tree)"; return; }
	resize $full || return
	tell start
	tune selfballoon_interval 2
	tune selfballooning 1
	s=$(now_ms)
	until_true 90 kb_at_most $((full * 7 / 10)) ||
		{ no "$(grep -H . $F/* $DEV/target_kb | tr '\n' ' ') $(grep -E 'Mem|Commit|Cached' /proc/meminfo | tr '\n' ' ') $(cat $ZC/used_bytes)"; return; }
	figure shrunk_after_ms $(($(now_ms) - s))
	# and where it ends
	tune selfballoon_downhysteresis 1
	at_rest || return
	tune selfballoon_downhysteresis 8
	figure full_kb "$full"
	figure idle_kb "$(kb)"
	idle=$(kb)
	figure given_back_percent $(((full - idle) * 100 / full))
	tell shrunk
}

files_while_small() {
	tree cat /mnt/text /guest/manifest >/tmp/tree && grep ' bad=0$' /tmp/tree ||
		no "$(tail -n 3 /tmp/tree)"
	figure files_verified_while_small "$(files_right)"
	umount /mnt
}

# More than the guest has, at once, and no swap: nobody may be killed.
load_without_swap() {
	tune selfballoon_interval 5
	s=$(now_ms)
	hog_start --kib $LOAD_KIB
	hog fill
	figure filled_without_swap_ms $(($(now_ms) - s))
	until_true 10 kb_at_least $((idle + LOAD_KIB / 2)) || { no "$(kb) KiB"; return; }
	hog verify
	tell grown
	hog_end
	nobody_killed || no "somebody was killed"
}

promised() { [ "$(awk '$1 == "Committed_AS:" { print $2 }' /proc/meminfo)" -ge "$1" ]; }

# What is promised counts, so it is there before it is touched.
back_in_time() {
	tune selfballoon_interval 2
	tune selfballoon_downhysteresis 1
	until_true 60 kb_at_most $((idle + 20480)) || { no "$(kb) KiB, not $idle"; return; }
	tune selfballoon_interval 5
	tune selfballoon_downhysteresis 8
	# what it takes to look, which is long on a busy machine
	s=$(now_ms)
	for _ in 1 2 3 4 5; do
		until_true 0 target_at_least $((full * 2))
		sleep 0.2
	done
	look=$((($(now_ms) - s) / 5))
	hog_start --kib $LOAD_KIB
	until_true 60 promised $LOAD_KIB || { no "no hog"; return; }
	s=$(now_ms)
	until_true 60 target_at_least $((idle + LOAD_KIB * 2 / 3))
	e=$(now_ms)
	until_true 60 kb_at_least $((idle + LOAD_KIB * 2 / 3)) || { no "$(kb) KiB"; return; }
	figure target_after_ms $((e - s))
	figure memory_after_ms $(($(now_ms) - s))
	[ $((e - s)) -le $((5000 + 10 * look)) ] || { no "target after $((e - s)) ms, a look takes $look"; return; }
	hog fill
	hog verify
	hog_end
	nobody_killed || no "somebody was killed"
}

# To the full size, with the worker off; then one step of it.
one_step() {
	tune selfballooning 0
	resize $full || return
	tune selfballooning 1
	# the longer the more often that is undone; and in a loop that starts no
	# program, or there is a second one before the first is seen
	_end=$(($(now_ms) + 120000)) _n=0
	while read -r stepped <$DEV/target_kb && [ "$stepped" = $full ]; do
		_n=$((_n + 1))
		[ $((_n % 1000)) != 0 ] || [ "$(now_ms)" -lt $_end ] ||
			{ no "nothing happens"; return; }
	done
	tune selfballooning 0
}

about() { [ "$1" -ge $(($2 - 16384)) ] && [ "$1" -le $(($2 + 16384)) ]; }

# What is written counts at once.
tunables_count() {
	tune selfballoon_interval 1
	tune selfballooning 0
	resize $full || return
	if until_true 4 target_differs $full; then
		no "selfballooning=0: the target is $(target)"
		return
	fi
	tune selfballoon_downhysteresis 8
	one_step || return
	eighth=$((full - stepped))
	tune selfballoon_downhysteresis 2
	one_step || return
	half=$((full - stepped))
	figure step_of_8_kb $eighth
	figure step_of_2_kb $half
	[ $half -ge $((eighth * 3)) ] || { no "downhysteresis: $eighth, $half"; return; }

	tune selfballoon_downhysteresis 1
	tune selfballoon_min_usable_mb 400
	tune selfballooning 1
	at_rest || return
	# usable is what the kernel image and the like are not
	total=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	about "$(target)" $((400 * 1024 + full / 128 + 2048 + $(kb) - total)) ||
		{ no "min_usable_mb: $(target), total $total of $(kb)"; return; }
	tune selfballoon_min_usable_mb 0
	tune selfballoon_reserved_mb 300
	at_rest || return
	more=$(target)
	tune selfballoon_reserved_mb 220
	at_rest || return
	less=$(target)
	about $((more - less)) $((80 * 1024)) || { no "reserved_mb: $more, $less"; return; }

	tune selfballoon_uphysteresis 1000000
	hog_start --kib 102400
	until_true 4 target_at_least $((less + 51200)) && { no "uphysteresis: $(target)"; return; }
	tune selfballoon_uphysteresis 1
	until_true 30 target_at_least $((less + 51200)) || { no "uphysteresis: $(target), not $less"; return; }
	tune selfballoon_interval 60
	at=$(target)
	hog_end
	until_true 4 target_differs "$at" && { no "interval: $(target)"; return; }
	tune selfballoon_interval 1
	until_true 30 target_differs "$at" || { no "interval: still $(target)"; return; }
	tune selfballoon_downhysteresis 8
	tune selfballoon_reserved_mb 0
}

pages_at_most() { [ "$(pages)" -le "$1" ]; }

swap_works() {
	swap_on 0 0 /dev/xvdb
	tune selfballooning 0
	resize $full || return
	hog_start --kib 131072 --threads 2
	hog fill
	hog out 0 8000
	at_least 6000 "$(pages)" "pages of swap in the store"
	figure swap_pages "$(pages)"
	hog churn 2000
	hog out 0 8000
	[ "$(hog_said bus)" = 0 ] || no SIGBUS
	show_swap
}

# Xen does not hold these pages: nothing is to be done, and nothing is written.
selfshrinks() {
	tune selfballoon_interval 1
	p=$(pages)
	tune frontswap_inertia 1
	tune frontswap_hysteresis 1
	tune frontswap_selfshrinking 1
	until_true 6 pages_at_most $((p - 1)) && { no "pages go: $p, $(pages)"; return; }
	tune frontswap_hysteresis 20
	tune frontswap_inertia 3
	hog verify
	[ "$(hog_said bus)" = 0 ] || { no SIGBUS; return; }
	figure written_back "$(fw writebacks)"
	hog_end
	swapoff /dev/frontswap0 || no swapoff
	nobody_killed || no "somebody was killed"
}

# With a disk below, in a guest that gave most of its RAM back.
swap_while_small() {
	tune frontswap_selfshrinking 0
	resize $((FILE_MB * 1024)) || return
	mkswap /dev/frontswap0 >/dev/null && swapon /dev/frontswap0 || { no swapon; return; }
	hog_start --kib 131072 --threads 2
	hog fill
	hog verify
	hog churn 2000
	[ "$(hog_said bus)" = 0 ] || { no SIGBUS; return; }
	figure small_swap_stores "$(fw succ_stores)"
	hog_end
	swapoff /dev/frontswap0 || { no swapoff; return; }
	nobody_killed || { no "somebody was killed"; return; }
	# what an administrator set is what comes back at the end
	resize $full
}

unloads() {
	figure killed "$(dmesg | grep -c 'Out of memory: Killed')"
	rmmod xen_selfballoon || { no "rmmod xen_selfballoon"; return; }
	[ "$(target)" = "$full" ] || { no "the target is $(target), not $full"; return; }
	echo 1 >/sys/block/frontswap0/reset
	rmmod_all tmem_frontswap tmem_cleancache tmem_zcache tmem
	until_true 60 kb_at_least "$full" || no "$(kb) KiB"
}

# shellcheck disable=SC2154
for step in $(echo "$steps" | tr +- ' _'); do
	step "$step"
done
