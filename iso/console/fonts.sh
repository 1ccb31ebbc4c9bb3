#!/usr/bin/env bash
# Puts the letters of the screen into a root, in three sizes, and on the base of Debian the keyboards, which Arch has with its
# loadkeys: fonts.sh ROOT. Part of compose.sh; on Debian, $CONSOLE is the tree of that name.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$1
to=$root/usr/share/llmbasedos/console
mkdir -p "$to"
if [ -n "${CONSOLE:-}" ]; then
  fonts=$CONSOLE/usr/share/consolefonts
  names='16:Uni2-Terminus16 24:Uni2-Terminus24x12 32:Uni2-Terminus32x16'
  "$here/keymaps.sh" "$CONSOLE" "$root/usr/share/keymaps"
  "$here/letters.sh" "$root/usr/share/keymaps"
else
  fonts=$root/usr/share/kbd/consolefonts
  names='16:ter-v16n 24:ter-v24n 32:ter-v32n'
fi
for size in $names; do
  "$root/usr/bin/node" --disable-warning=ExperimentalWarning "$here/main.ts" "$fonts/${size#*:}.psf.gz" "$to/${size%:*}.psf"
done
