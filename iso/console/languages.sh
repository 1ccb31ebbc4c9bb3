#!/usr/bin/env bash
# Puts dates and orders of languages into a root, of those whose letters the screen has: languages.sh ROOT. Part of
# compose.sh; on Debian, $CONSOLE is the tree of that name, and Arch makes them.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$1
mapfile -t names < <(tr -s ' ' '\n' <"$here/languages")
mkdir -p "$root/usr/lib/locale"
if [ -n "${CONSOLE:-}" ]; then
  cd "$CONSOLE/usr/lib/locale"
  # What several have in common is there once, and the others have links to it, which may be to those of no language here.
  {
    find "${names[@]/%/.utf8}" ! -type d
    find "${names[@]/%/.utf8}" -type l -exec realpath --relative-to=. {} +
  } | LC_ALL=C sort -u | tar --create --no-recursion --files-from=- | tar --extract --directory="$root/usr/lib/locale"
else
  for name in "${names[@]}"; do
    [ -d "$root/usr/lib/locale/$name.utf8" ] || localedef --prefix="$root" --no-archive -i "$name" -f UTF-8 "$root/usr/lib/locale/$name.utf8"
  done
fi
