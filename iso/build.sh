#!/usr/bin/env bash
# Builds the bootable image into out, or the folder $OUT, with its bill of materials: build.sh [debian|arch]
# [cloud|generic]. Without a base it is Arch where mkarchiso is on PATH, and Debian elsewhere. On Debian "cloud" is for
# virtual machines, "generic" for real hardware. $LLAMA is "vulkan" or "cuda" where language models are to use a GPU, $OCR 1 or some languages where scans are to be read. The same inputs give the same root image. Needs root, and "make build
# native" before.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/.."
kernel=${2:-cloud}
base=$(iso/can-build.sh "${1:-}" "$kernel")
name=$kernel
[ "$base" = debian ] || name=$base
name=$name${LLAMA:+-$LLAMA}${OCR:+-ocr}
if [ "$(id -u)" != 0 ]; then
  echo 'build.sh: making an image needs root; run it with sudo' >&2
  exit 1
fi

STARTED=$EPOCHSECONDS
# Tells what is being done, and how many seconds the build has taken so far.
step() { printf '%3d s  %s\n' $((EPOCHSECONDS - STARTED)) "$1" >&2; }
export STARTED
export -f step
SOURCE_DATE_EPOCH=$(iso/commit-time.sh)
VERSION=$(node -p 'require("./package.json").version')
WORK=$(mktemp -d -p "${TMPDIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
export SOURCE_DATE_EPOCH VERSION WORK
out=${OUT:-out}
mkdir -p "$out"

"iso/$base.sh" "$kernel"

made="$out/llmbasedos-$VERSION-$name"
for kind in iso cdx.json root.sha256; do mv "$WORK/llmbasedos.$kind" "$made.$kind"; done
step "done: $made.iso, $(($(stat -c %s "$made.iso") / 1000000)) MB"
