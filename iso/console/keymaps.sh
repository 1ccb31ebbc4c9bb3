#!/usr/bin/env bash
# Puts Debian's keyboards into a folder, as Debian has them: keymaps.sh TREE TO, out of the tree "console".
set -euo pipefail
tree=$1
to=$2
mkdir -p "$to"
cp -R "$tree"/usr/share/keymaps/{i386,include} "$to/"
