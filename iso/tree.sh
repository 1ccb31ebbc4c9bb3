#!/usr/bin/env bash
# Makes a tree of Debian packages and prints its path: tree.sh NAME [PACKAGE...], after the list iso/trees/NAME.packages, and
# with these packages besides. It is kept by the hash of what it is made of, in out/cache or $IMAGE_CACHE, so that the same is never made twice.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
name=$1
list=$here/trees/$name.packages
suite=trixie
cache=${IMAGE_CACHE:-$here/../out/cache}

# Lines of the list may say so: how packages are put in, and from which parts of the archive.
variant=$(sed -n 's/^# variant: //p' "$list")
components=$(sed -n 's/^# components: //p' "$list" | tr ' ' ,)
packages=$({
  grep -v '^#' "$list"
  [ $# -lt 2 ] || printf '%s\n' "${@:2}"
} | paste -sd,)
hash=$(cat "$0" <(echo "$suite $variant $components $packages") | sha256sum | cut -c1-16)
mkdir -p "$cache"
cache=$(readlink -f "$cache")
tree=$cache/$name-$hash
# Two builds at once: the second one waits and finds it made.
exec 9>"$cache/$name.lock"
flock 9
if [ -e "$tree/.complete" ]; then
  touch "$tree"
  echo "$tree"
  exit
fi

if [ "$(id -u)" != 0 ]; then
  echo "tree.sh: making a tree of packages needs root; run it with sudo" >&2
  exit 1
fi
if ! command -v mmdebstrap >/dev/null; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null
fi
# The mirror that this machine has its own packages from. apt knows whose it is once it has its lists.
mirror_of_this_machine() {
  # shellcheck disable=SC2016 # names of apt's fields
  apt-get indextargets --format '$(SITE) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "Debian" && $1 !~ /security/ && !found { print $1; found = 1 }'
}
mirror=$(mirror_of_this_machine)
if [ -z "$mirror" ]; then
  apt-get update -qq >&2
  mirror=$(mirror_of_this_machine)
fi
if [ -z "$mirror" ]; then
  echo "tree.sh: apt knows no mirror of Debian; see sources.list(5), then run apt-get update" >&2
  exit 1
fi

echo "making the tree $name (once; about a minute)" >&2
# Others may still use theirs: another clone of this project, or a machine that boots.
find "$cache" -mindepth 1 -maxdepth 1 -name "$name-*" -mtime +7 -exec rm -rf --one-file-system {} +
rm -rf --one-file-system "$cache/$name-new"
made=$cache/$name-new
log=$cache/$name.log
record=()
if [ "$variant" = extract ]; then
  # What is only unpacked is in no database of dpkg.
  # shellcheck disable=SC2016 # expanded by mmdebstrap
  record=(--extract-hook='for package in "$1"/var/cache/apt/archives/*.deb; do
    dpkg-deb --field "$package" Package Version Architecture
    echo
  done >"$1/var/lib/dpkg/extracted"')
fi
# What it mounts while it works, such as this machine's /proc, ends with it: a run that was killed leaves nothing behind that
# whoever deletes the folder would delete into.
unshare --mount --propagation private \
  mmdebstrap --quiet --mode=root --variant="${variant:-minbase}" --components="${components:-main}" --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  "${record[@]}" --include="$packages" "$suite" "$made" "$mirror" >"$log" 2>&1 || {
  tail -n 20 "$log" >&2
  echo "tree.sh: the tree $name could not be made; all of it is in $log" >&2
  exit 1
}
# Made anew for each machine.
rm -f "$made/etc/machine-id" "$made/etc/hostname" "$made/etc/resolv.conf"
touch "$made/.complete"
mv "$made" "$tree"
echo "$tree"
