#!/usr/bin/env bash
# Builds the bootable image on the base of Debian: build.sh [cloud|generic]. "cloud" is for virtual machines, "generic" for
# real hardware. The same inputs give the same root image. It goes to out, or to the folder $OUT. Needs root, and "make build native" before.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/.."
kernel=${1:-cloud}
case $kernel in
  cloud | generic) ;;
  *)
    echo "build.sh: there is no kernel \"$kernel\"; there are cloud and generic" >&2
    exit 2
    ;;
esac
if [ "$(id -u)" != 0 ]; then
  echo 'build.sh: making an image needs root; run it with sudo' >&2
  exit 1
fi
started=$SECONDS
step() { printf '%3d s  %s\n' $((SECONDS - started)) "$1" >&2; }

version=$(node -p 'require("./package.json").version')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH

step 'packages'
iso/tree.sh tools >/dev/null
BASE=$(iso/tree.sh root)
KERNEL=$(iso/tree.sh "kernel-$kernel")
WORK=$(mktemp -d -p "${TMPDIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
export BASE KERNEL WORK
out=${OUT:-out}
mkdir -p "$out"

step 'application, units and overlay'
# shellcheck disable=SC2016 # expanded by the inner shell
unshare --mount --propagation private bash -euc '
  mkdir "$WORK/upper" "$WORK/work" "$WORK/root"
  mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
  iso/stage.sh "$WORK/root"
  mkdir -p "$WORK/root/usr/lib/modules" "$WORK/root/usr/lib/firmware"
  cp -a "$KERNEL"/usr/lib/modules/* "$WORK/root/usr/lib/modules/"
  if [ -d "$KERNEL/usr/lib/firmware" ]; then cp -a "$KERNEL"/usr/lib/firmware/* "$WORK/root/usr/lib/firmware/"; fi
  exec iso/in-tools.sh iso/image.sh
'
iso="$out/llmbasedos-$version-$kernel.iso"
mv "$WORK/llmbasedos.iso" "$iso"
mv "$WORK/disc/llmbasedos/root.erofs.sha256" "$out/llmbasedos-$version-$kernel.root.sha256"
step "done: $iso, $(($(stat -c %s "$iso") / 1000000)) MB"
