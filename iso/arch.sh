#!/usr/bin/env bash
# Makes the image on the base of Arch: archiso-profile/, the application, its units and the overlay, by mkarchiso. Part of
# build.sh. Packages come from the mirrors of this machine; as they were on the day $ARCHIVE, from Arch's archive; or from
# the repository $PACMAN_REPO alone (see arch-repo/build.sh). On a machine without pacman, mkarchiso runs with the tools of
# the tree "archiso".
set -euo pipefail
profile=$WORK/profile
airootfs=$profile/airootfs
finish=$airootfs/var/tmp/llmbasedos
made=$WORK/made

mkarchiso=$(command -v mkarchiso)
run=()
if ! command -v pacman >/dev/null; then
  step 'packages'
  export TREE=archiso
  iso/tree.sh $TREE >/dev/null
  run=(iso/in-tools.sh)
fi

step 'profile, application, units and overlay'
cp -R archiso-profile "$profile"
if [ -n "${LLAMA:-}" ]; then cat "iso/gpu/$LLAMA.arch" >>"$profile/packages.x86_64"; fi
if [ -n "${OCR:-}" ]; then iso/ocr.sh arch >>"$profile/packages.x86_64"; fi
iso/stage.sh "$airootfs"
cp -R iso/initramfs/{data,programs,modules} "$airootfs/etc/initcpio/"
install -m 644 iso/console/keyboards.sh "$airootfs/etc/initcpio/keyboards.sh"
# What finishes the system within itself. mkarchiso deletes all below /var/tmp when that is done.
mkdir -p "$finish/project/dist" "$finish/project/iso/npm" "$finish/project/scripts/embedding"
mv "$profile/finish.sh" "$finish/"
cp -R iso/compose.sh iso/console iso/sbom "$finish/"
cp package.json package-lock.json "$finish/project/"
cp dist/packages.json "$finish/project/dist/"
for folder in iso/npm scripts/embedding; do cp $folder/package-lock.json "$finish/project/$folder/"; done
printf 'export SOURCE_DATE_EPOCH=%s\n' "$SOURCE_DATE_EPOCH" >"$finish/environment"
if [ -n "${ARCHIVE:-}" ]; then
  # shellcheck disable=SC2016 # pacman's own variables
  sed -i 's|^Include = .*|Server = https://archive.archlinux.org/repos/'"${ARCHIVE//-//}"'/$repo/os/$arch|' "$profile/pacman.conf"
fi
if [ -n "${PACMAN_REPO:-}" ]; then
  cp -R "$PACMAN_REPO" "$WORK/repository"
  sed -i '/^# The mirrors/,$d' "$profile/pacman.conf"
  printf '[llmbasedos]\nSigLevel = Optional TrustAll\nServer = file://%s\n' "$WORK/repository" >>"$profile/pacman.conf"
fi

cp "$mkarchiso" "$WORK/mkarchiso"
# Tells what is wrong and shows what the log says of it, or how it ends: failed PROBLEM [PATTERN].
failed() {
  echo "arch.sh: $1; the log of mkarchiso says:" >&2
  if [ -n "${2:-}" ]; then grep -B 20 "$2" "$WORK/log" >&2; else tail -n 30 "$WORK/log" >&2; fi
  exit 1
}
"${run[@]}" bash "$WORK/mkarchiso" -v -w "$made" -o "$WORK" "$profile" 2>&1 | tee "$WORK/log" |
  sed -un 's/^\[mkarchiso\] INFO: \([A-CE-Z][^:/]*\)\( to .*\)\?\.\.\..*/\1/p' | while read -r line; do step "$line"; done ||
  failed 'mkarchiso failed'

# It does not notice when a hook of pacman fails, which makes the ramdisk and finishes the system.
fault='command failed to execute correctly'
! grep -q "$fault" "$WORK/log" || failed 'a hook of pacman failed' "$fault"
grep -q 'Running build hook: \[llmbasedos\]' "$WORK/log" || failed 'the ramdisk was made without the hook that mounts the data'
for file in "$made/iso/llmbdo/boot/x86_64/"{vmlinuz,initramfs}-linux* "$made"/x86_64/airootfs/usr/share/llmbasedos/sbom.cdx.json; do
  [ -s "$file" ] || failed "${file#"$made"/} is missing"
done
[ -z "$(ls -A "$made/x86_64/airootfs/etc/pacman.d/hooks" 2>/dev/null)" ] || failed 'the hooks of the build are still in the image'

mv "$WORK/llmbasedos-$VERSION-x86_64.iso" "$WORK/llmbasedos.iso"
mv "$made/x86_64/airootfs/usr/share/llmbasedos/sbom.cdx.json" "$WORK/llmbasedos.cdx.json"
sha256sum <"$made/iso/llmbdo/x86_64/airootfs.erofs" | cut -d' ' -f1 >"$WORK/llmbasedos.root.sha256"
