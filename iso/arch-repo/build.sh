#!/usr/bin/env bash
# Makes a repository of pacman's in out/arch-repo, with which mkarchiso can build the real profile on a machine that
# reaches no mirror of Arch: PACMAN_REPO=out/arch-repo make iso BASE=arch. Its packages have Arch's names and Debian's
# content; docs/image.md says what that proves. For developers; as root.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.."
if [ "$(id -u)" != 0 ]; then
  echo 'build.sh: making packages of a system needs root; run it with sudo' >&2
  exit 1
fi
export TREE=archiso
TOOLS=$(iso/tree.sh $TREE)
SYSTEM=$(iso/tree.sh root)
KERNEL=$(iso/tree.sh kernel-cloud)
CONSOLE=$(iso/tree.sh console)
WORK=$(mktemp -d -p "${TMPDIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
export WORK
packages=$WORK/packages
version=$(ls "$KERNEL/usr/lib/modules")

# All of Debian's system is "base"; the others have what Debian keeps elsewhere, or nothing.
mkdir -p "$packages"
sed '/^#/d' archiso-profile/packages.x86_64 iso/gpu/*.arch | sort -u | while read -r name; do mkdir "$packages/$name"; done
base=$packages/base
cp -a "$SYSTEM/." "$base"
rm -rf "${base:?}"/var/lib/{dpkg,apt} "$base"/var/{cache,log}/* "${base:?}"/{dev,proc,sys,run,tmp}/* "$base/.complete"
mkdir -p "$base/etc/pacman.d" "$base/usr/lib/systemd/boot/efi"
printf '[options]\nArchitecture = x86_64\n' >"$base/etc/pacman.conf"
# Debian has no loader for 32 bit firmware; this one only keeps its place.
for word in x64 ia32; do
  cp "$TOOLS/usr/lib/systemd/boot/efi/systemd-bootx64.efi" "$base/usr/lib/systemd/boot/efi/systemd-boot$word.efi"
done

# Arch makes languages from their sources, and has keyboards elsewhere, which lack the same letters there.
mkdir -p "$base/usr/share/kbd" "$packages/terminus-font/usr/share/kbd/consolefonts"
CONSOLE=$CONSOLE iso/console/languages.sh "$base"
iso/console/keymaps.sh "$CONSOLE" "$base/usr/share/kbd/keymaps"
for size in 16:Uni2-Terminus16 24:Uni2-Terminus24x12 32:Uni2-Terminus32x16; do
  cp "$CONSOLE/usr/share/consolefonts/${size#*:}.psf.gz" \
    "$packages/terminus-font/usr/share/kbd/consolefonts/ter-v${size%:*}n.psf.gz"
done

kernel=$packages/linux/usr/lib/modules
mkdir -p "$kernel"
cp -a "$KERNEL/usr/lib/modules/$version" "$kernel/"
cp "$KERNEL/boot/vmlinuz-$version" "$kernel/$version/vmlinuz"
echo linux >"$kernel/$version/pkgbase"

syslinux=$packages/syslinux/usr/lib/syslinux/bios
mkdir -p "$syslinux"
cp "$TOOLS"/usr/lib/syslinux/modules/bios/*.c32 "$TOOLS"/usr/lib/ISOLINUX/{isolinux,isohdpfx}.bin \
  "$TOOLS/usr/lib/PXELINUX/lpxelinux.0" "$TOOLS/usr/lib/syslinux/memdisk" "$syslinux/"

install -D -m 755 "$here/mkinitcpio" "$packages/mkinitcpio/usr/bin/mkinitcpio"
install -D -m 644 "$here/mkinitcpio.hook" "$packages/mkinitcpio/usr/share/libalpm/hooks/90-mkinitcpio-install.hook"
install -D -m 755 "$KERNEL/usr/bin/busybox" "$packages/mkinitcpio/usr/lib/initcpio/busybox"
install -D -m 755 "$here/init" "$packages/mkinitcpio-archiso/usr/lib/initcpio/init"

iso/in-tools.sh "$here/package.sh" "$packages" "$WORK/repository"
mkdir -p out
rm -rf out/arch-repo
mv "$WORK/repository" out/arch-repo
echo "out/arch-repo has $(find out/arch-repo -name '*.pkg.tar.zst' | wc -l) packages"
