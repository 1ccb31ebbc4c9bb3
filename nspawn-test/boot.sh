#!/usr/bin/env bash
# Boots the appliance in a container on a base of Debian: boot.sh WORK, an empty folder that takes what the system writes,
# and is left as it is. $OCR is as of build.sh. Ends when the system does. The log of the boot is on stdout.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
iso=$here/../iso
work=$(readlink -f "$1")
base=$("$iso/tree.sh" root)
CONSOLE=$("$iso/tree.sh" console)
"$iso/tree.sh" tools >/dev/null
READER=
if [ -n "${OCR:-}" ]; then
  packages=$("$iso/ocr.sh" debian)
  mapfile -t packages <<<"$packages"
  READER=$("$iso/tree.sh" ocr "${packages[@]}")
fi
export BASE=$base CONSOLE READER WORK=$work ISO=$iso

# systemd wants a cgroup tree of its own, of the second version alone, whatever this machine has.
# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --mount --cgroup --propagation private bash -euc '
  mkdir -p "$WORK/upper" "$WORK/work" "$WORK/root"
  "$ISO/stage.sh" "$WORK/staged"
  mount -t overlay overlay -o "lowerdir=$WORK/staged:$BASE${READER:+:$READER},upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
  "$ISO/in-tools.sh" "$ISO/compose.sh" "$WORK/root"

  umount --recursive /sys/fs/cgroup 2>/dev/null || umount --recursive --lazy /sys/fs/cgroup
  mount -t cgroup2 none /sys/fs/cgroup
  mkdir -p "/sys/fs/cgroup/llmbasedos-$$"
  echo $$ >"/sys/fs/cgroup/llmbasedos-$$/cgroup.procs"
  export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
  exec "$ISO/in-tools.sh" systemd-nspawn --directory="$WORK/root" --machine="llmbasedos-$$" --boot \
    --register=no --keep-unit --console=read-only --link-journal=no --resolv-conf=off --private-network
'
