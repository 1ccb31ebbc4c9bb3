#!/usr/bin/env bash
# Makes a disc of the root in $WORK/root, with the kernel of $KERNEL. Part of debian.sh; runs with the tools of the tree.
set -euo pipefail
root=$WORK/root
disc=$WORK/disc
version=$(ls "$KERNEL/usr/lib/modules")

iso/compose.sh "$root"
depmod --basedir "$root" "$version"
# Made anew on each machine, or different in each build.
rm -rf "$root"/var/log/* "$root"/var/cache/* "$root"/var/lib/apt/lists/* "$root"/etc/ssh/ssh_host_* "$root"/.complete
mkdir -p "$root/data"

mkdir -p "$disc/llmbasedos" "$disc/boot/grub"
step 'root image and ramdisk'
iso/initramfs/build.sh "$root" "$KERNEL/usr/bin/busybox" "$disc/boot/initrd.img" &
ramdisk=$!
cp "$KERNEL/boot/vmlinuz-$version" "$disc/boot/vmlinuz"
mkfs.erofs -zlz4hc,9 -C65536 -T"$SOURCE_DATE_EPOCH" --all-time -U 6c6c6d62-6173-6564-6f73-000000000000 \
  --quiet "$disc/llmbasedos/root.erofs" "$root" >&2
sha256sum <"$disc/llmbasedos/root.erofs" | cut -d' ' -f1 >"$disc/llmbasedos/root.erofs.sha256"
# A medium is known by what is on it.
image=$(cut -c1-16 "$disc/llmbasedos/root.erofs.sha256")
echo "$image" >"$disc/llmbasedos/image"
wait "$ramdisk"

step 'disc'
options=$(cat iso/kernel-options)
cat >"$disc/boot/grub/grub.cfg" <<GRUB
insmod serial
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set timeout=1
set default=0
# On a BIOS the other way first moves 56 MB, byte by byte.
if [ "\$grub_platform" = pc ]; then set sixteen=16; fi
menuentry "llmbasedos" {
  linux\$sixteen /boot/vmlinuz llmbasedos.image=$image $options
  initrd\$sixteen /boot/initrd.img
}
menuentry "llmbasedos, without its data" {
  linux\$sixteen /boot/vmlinuz llmbasedos.image=$image llmbasedos.data=no $options
  initrd\$sixteen /boot/initrd.img
}
GRUB
grub-mkrescue --quiet -o "$WORK/llmbasedos.iso" "$disc" -- -volid LLMBASEDOS 2>"$WORK/grub.log" || {
  cat "$WORK/grub.log" >&2
  exit 1
}
