#!/usr/bin/env bash
# Makes the ramdisk that finds the root: build.sh ROOT BUSYBOX TO, with the modules of
# a root. Small, so that a start takes no longer for it. Runs with
# the tools of the tree.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$1
busybox=$2
to=$3
version=$(ls "$root/usr/lib/modules")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,proc,sys,dev,run,lib/modules/"$version"}
cp "$busybox" "$work/bin/busybox"
install -m 755 "$here/init" "$work/init"
install -m 644 "$here/data" "$work/data"

# e2fsck with what it is linked to.
cp /usr/sbin/e2fsck "$work/bin/"
ldd /usr/sbin/e2fsck | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$work/$(dirname "$library")"
  cp -L "$library" "$work/$library"
done

order=$work/lib/modules/$version/order
: >"$order"
grep -v '^#' "$here/modules" | while read -r module; do
  # What is part of the kernel, or not made for it, needs nothing.
  { modprobe --dirname "$root" --set-version "$version" --show-depends "$module" 2>/dev/null || true; } |
    awk '$1 == "insmod" { print $2 }'
done | awk '!seen[$0]++' | while read -r path; do
  name=$(basename "$path")
  case $name in
    *.xz) xz -dc "$path" >"$work/lib/modules/$version/${name%.xz}" ;;
    *.zst) zstd -qdc "$path" >"$work/lib/modules/$version/${name%.zst}" ;;
    *) cp "$path" "$work/lib/modules/$version/" ;;
  esac
  name=${name%.xz}
  echo "${name%.zst}" >>"$order"
done

# The same bytes from the same inputs.
find "$work" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
(cd "$work" && find . -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --reproducible --owner=0:0 --quiet) |
  zstd -q -19 -T1 >"$to"
