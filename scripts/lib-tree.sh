# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# lib-tree.sh - a disk with a real source tree, and progress of it, for the demos
#
# Sourced after lib.sh, never run.  The caller sets $data, a folder for the tree's
# image and lists, and $guest_bin, and has fetched source 6.1; $page_size is the
# guest's, 4096 if it is not set; $start is when the demo began.
# shellcheck disable=SC2154,SC2164

# In this order, until there is enough: what a kernel developer has open.
PARTS="include kernel mm lib init ipc block crypto security virt fs net arch/x86
	drivers/net/ethernet drivers/net/wireless drivers/scsi drivers/usb
	drivers/media drivers/misc drivers/iio drivers/hwmon drivers/input sound
	tools Documentation arch/arm arch/arm64 arch/powerpc drivers/gpu/drm drivers/staging
	drivers/infiniband"
TEXT=EXPORT_SYMBOL_GPL

src=$CACHE/src/linux-6.1

# Lines "KIB NAME" for the files and folders in the parts, in order; KIB is what
# they take in the page cache, so whole pages.
sizes() {
	local part

	for part in $PARTS; do
		find "$part" -mindepth 1 -type f -printf '%s %p\n' | awk -v part="$part/" -v page="${page_size:-4096}" '
			{
				name = substr($2, length(part) + 1)
				sub("/.*", "", name)
				kib[name] += int(($1 + page - 1) / page) * page / 1024
			}
			END { for (name in kib) print kib[name], part name }' |
			LC_ALL=C sort -k 2
	done
}

# A folder with parts of the source that together make $1 KiB, or just less:
# what would be too much is left out.
make_tree() {
	mkdir -p "$data/tree"
	cd "$src"
	sizes | awk -v want="$1" '
		have + $1 <= want { have += $1; print $2 }' |
		xargs cp -a --reflink=auto --parents -t "$data/tree"
	cd "$TOP"
	find "$data/tree" -type f -printf '%s\n' |
		awk -v page="${page_size:-4096}" '
			{ n += int(($1 + page - 1) / page) * page / 1024 }
			END { print n }' >"$data/tree-kib"
}

# make_image KIB STAMP   a tree of that size in $data/tree.img, unless it is there
# The image is made without mounting it, so that it needs no loop device.
make_image() {
	local kib=$1 stamp="$1 $2 ${page_size:-4096}"

	if [ "$(cat "$data/stamp" 2>/dev/null)" = "$stamp" ]; then
		return
	fi
	say "a tree of $((kib >> 10)) MiB from Debian's linux-source-6.1"
	rm -rf "$data"
	make_tree "$kib"
	"$guest_bin/tree" manifest "$data/tree" | LC_ALL=C sort -k 3 >"$data/manifest"
	truncate -s $((kib * 3 / 2 + 65536))K "$data/tree.img"
	PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F -b 4096 -m 0 -d "$data/tree" "$data/tree.img"
	# what grep must find, by the host's grep
	grep -r -c "$TEXT" "$data/tree" | awk -F: '{ n += $NF } END { print n }' >"$data/matches"
	rm -rf "$data/tree"
	echo "$stamp" >"$data/stamp"
}

# show_progress WHO   console lines to a progress line; the guest's own complaints to
# stderr
show_progress() {
	local word a b c tty= shown=0 what=boot

	[ ! -t 2 ] || tty=1
	while read -r word a b c _; do
		b=${b%$'\r'} c=${c%$'\r'}
		case $word in
		pass)	  what="pass $a of $b, $c"; shown=0 ;;
		progress) ;;
		BAD | FAIL:) printf '%s\n' "$word $a $b $c" >&2 ;;
		*)	  continue ;;
		esac
		if [ "$word" = progress ]; then
			c="$((b >> 10)) MiB read"
		else
			c=starting
		fi
		if [ -n "$tty" ]; then
			printf '\r\033[Kdemo: %-7s %-20s %s  (%d s)' "$1" "$what" "$c" \
				$((SECONDS - start)) >&2
		elif [ $((SECONDS - shown)) -ge 10 ]; then
			printf 'demo: %-7s %-20s %s  (%d s)\n' "$1" "$what" "$c" \
				$((SECONDS - start)) >&2
			shown=$SECONDS
		fi
	done
	[ -z "$tty" ] || printf '\r\033[K' >&2
}
