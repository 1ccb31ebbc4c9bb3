#!/usr/bin/env bash
# Makes of each keyboard of a root what busybox in the ramdisk can load: keyboards.sh ROOT TO. A few of old are not
# understood by loadkeys any more; they are left out.
set -euo pipefail
root=$1
to=$2
mkdir -p "$to"
for folder in /usr/share/keymaps/i386 /usr/share/kbd/keymaps/i386; do
  [ -d "$root$folder" ] || continue
  find "$root$folder" -name '*.map.gz' -o -name '*.kmap.gz' | LC_ALL=C sort | while read -r path; do
    case $path in */include/*) continue ;; esac
    name=$(basename "$path" .gz)
    name=${name%.*map}
    chroot "$root" loadkeys --quiet --bkeymap --unicode "${path#"$root"}" >"$to/$name" 2>/dev/null || rm -f "$to/$name"
  done
done
[ -n "$(ls "$to")" ]
