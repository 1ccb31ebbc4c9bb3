#!/usr/bin/env bash
# Gives keyboards the letters of their languages: letters.sh KEYMAPS, the folder where a base has them. Those of these names are
# from the time of seven bits, without umlauts and accents, on Debian and in kbd, which Arch has: who says "de" means the keys of today.
set -euo pipefail
cd "$1/i386"
mended=0
for name in qwertz/de azerty/fr qwertz/fr_CH qwerty/{dk,fi,no} qwertz/sg; do
  for ending in map kmap; do
    # Not every base has all of them.
    [ -e "$name-latin1.$ending.gz" ] || continue
    cp "$name-latin1.$ending.gz" "$name.$ending.gz"
    mended=$((mended + 1))
  done
done
if [ "$mended" = 0 ]; then
  echo "letters.sh: $1 has none of the keyboards that lack letters; their names may have changed" >&2
  exit 1
fi
