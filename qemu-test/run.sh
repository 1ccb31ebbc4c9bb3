#!/usr/bin/env bash
# Boots the image of "make iso" with its serial console in this terminal: run.sh [OPTIONS OF QEMU]...
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$root"
images=(out/llmbasedos-*-cloud.iso)
if [ ! -e "${images[0]}" ]; then
  echo 'run.sh: there is no image; "make iso" builds it' >&2
  exit 1
fi
echo 'HTTPS is at https://127.0.0.1:18443, SSH at port 10022 of 127.0.0.1. Leave with Ctrl-A X.' >&2
options=()
# A key of this user comes in, if there is one.
for key in ~/.ssh/id_ed25519.pub ~/.ssh/id_rsa.pub; do
  [ -e "$key" ] || continue
  options+=(-smbios "type=11,value=io.systemd.credential.binary:llmbasedos.ssh-keys=$(base64 -w0 "$key")")
  break
done
read -ra processor <<<"$(qemu-test/accelerator.sh)"
exec iso/in-tools.sh qemu-system-x86_64 -machine q35 "${processor[@]}" -smp 2 -m 1024 -nographic \
  -cdrom "${images[0]}" -device virtio-rng-pci -device virtio-net-pci,netdev=net \
  -netdev user,id=net,hostfwd=tcp:127.0.0.1:10022-:22,hostfwd=tcp:127.0.0.1:18443-:8443 "${options[@]}" "$@"
