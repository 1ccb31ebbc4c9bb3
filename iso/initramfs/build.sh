#!/usr/bin/env bash
# Makes the ramdisk that finds the root, with the modules of a root: build.sh ROOT BUSYBOX TO. Small, so that a start takes
# no longer for it. Runs with the tools of the tree.
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
"$busybox" --list | while read -r program; do
  if [ "$program" != busybox ]; then ln -s busybox "$work/bin/$program"; fi
done
install -m 755 "$here/init" "$work/init"
install -m 644 "$here/data" "$work/data"

# What a passphrase is typed with.
"$here/../console/keyboards.sh" "$root" "$work/keyboards"

# What busybox has not, with what it is linked to.
grep -v '^#' "$here/programs" | while read -r program; do
  [ ! -e "$work/bin/$program" ] || continue
  path=$(type -P "$program")
  cp "$path" "$work/bin/"
  ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$work/$(dirname "$library")"
    cp -L "$library" "$work/$library"
  done
done

# A list for each stage, in the order in which the kernel can take them.
modules=$work/lib/modules/$version
for stage in "$here"/modules/*; do
  list=$modules/${stage##*/}
  : >"$list"
  grep -v '^#' "$stage" | while read -r module; do
    # What is part of the kernel, or not made for it, needs nothing.
    { modprobe --dirname "$root" --set-version "$version" --show-depends "$module" 2>/dev/null || true; } |
      awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++' | while read -r path; do
    name=$(basename "$path")
    case $name in
      *.xz) xz -dc "$path" >"$modules/${name%.xz}" ;;
      *.zst) zstd -qdc "$path" >"$modules/${name%.zst}" ;;
      *) cp "$path" "$modules/" ;;
    esac
    name=${name%.xz}
    echo "${name%.zst}" >>"$list"
  done
done

# Corrections of processors, which the kernel takes from the front of the ramdisk, unpacked.
early=$work-early
trap 'rm -rf "$work" "$early"' EXIT
mkdir -p "$early/kernel/x86/microcode"
for of in intel-ucode:GenuineIntel amd-ucode:AuthenticAMD; do
  firmware=$root/usr/lib/firmware/${of%:*}
  if [ -d "$firmware" ]; then
    find "$firmware" -type f ! -name '*.asc' ! -name 'README*' | LC_ALL=C sort | xargs cat >"$early/kernel/x86/microcode/${of#*:}.bin"
  fi
done

# The same bytes from the same inputs.
pack() {
  find "$1" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
  (cd "$1" && find . -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --reproducible --owner=0:0 --quiet)
}
{
  if [ -n "$(ls "$early/kernel/x86/microcode")" ]; then pack "$early"; fi
  pack "$work" | zstd -q -19 -T1
} >"$to"
