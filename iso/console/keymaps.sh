#!/usr/bin/env bash
# Puts Debian's keyboards into a folder: keymaps.sh TREE TO, out of the tree "console".
set -euo pipefail
tree=$1
to=$2
mkdir -p "$to"
cp -R "$tree"/usr/share/keymaps/{i386,include} "$to/"
# Those of these names are from the time of seven bits, without umlauts and accents: who says "de" means the keys of today.
for name in qwertz/de azerty/fr qwertz/fr_CH qwerty/{dk,fi,no} qwertz/sg; do
  cp "$to/i386/$name-latin1.kmap.gz" "$to/i386/$name.kmap.gz"
done
