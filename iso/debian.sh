#!/usr/bin/env bash
# Makes the image on a base of Debian: debian.sh cloud|generic. Part of build.sh.
set -euo pipefail
step 'packages'
TOOLS=$(iso/tree.sh tools)
BASE=$(iso/tree.sh root)
CONSOLE=$(iso/tree.sh console)
KERNEL=$(iso/tree.sh "kernel-$1")
GPU=${LLAMA:+$(iso/tree.sh "gpu-$LLAMA")}
READER=
if [ -n "${OCR:-}" ]; then
  packages=$(iso/ocr.sh debian)
  mapfile -t packages <<<"$packages"
  READER=$(iso/tree.sh ocr "${packages[@]}")
fi
export BASE CONSOLE GPU KERNEL READER TOOLS

step 'application, units and overlay'
# shellcheck disable=SC2016 # expanded by the inner shell
unshare --mount --propagation private bash -euc '
  mkdir "$WORK/upper" "$WORK/work" "$WORK/root"
  iso/stage.sh "$WORK/staged"
  mount -t overlay overlay -o "lowerdir=$WORK/staged:$BASE${GPU:+:$GPU}${READER:+:$READER},upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
  mkdir -p "$WORK/root/usr/lib/modules" "$WORK/root/usr/lib/firmware"
  cp -a "$KERNEL"/usr/lib/modules/* "$WORK/root/usr/lib/modules/"
  if [ -d "$KERNEL/usr/lib/firmware" ]; then cp -a "$KERNEL"/usr/lib/firmware/* "$WORK/root/usr/lib/firmware/"; fi
  bill=$WORK/root/usr/share/llmbasedos/sbom.cdx.json
  mkdir -p "${bill%/*}"
  # Besides the system: letters, keyboards and languages, the kernel, what the ramdisk is made of, and the loaders of the disc.
  node iso/sbom/main.ts . "$WORK/root" \
    "$KERNEL=^(linux-image-.*|busybox-static|firmware-.*|(intel|amd64)-microcode)\$" \
    "$CONSOLE=^(console-setup-linux|console-data|locales-all)\$" \
    "$TOOLS=^(e2fsprogs|libext2fs2t64|libcom-err2|libblkid1|libuuid1|grub-(common|pc-bin|efi-amd64-bin))\$" \
    ${GPU:+${READER:+"$READER=^(tesseract|poppler)-"}} >"$bill"
  cp "$bill" "$WORK/llmbasedos.cdx.json"
  exec iso/in-tools.sh iso/image.sh
'
mv "$WORK/disc/llmbasedos/root.erofs.sha256" "$WORK/llmbasedos.root.sha256"
