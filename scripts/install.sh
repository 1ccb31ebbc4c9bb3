#!/usr/bin/env bash
# Installs what package-lock.json names into node_modules, and shows how far that is.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  echo 'This machine has no npm. It comes with Node, of which version 20 or later will do; in Debian: sudo apt-get install nodejs npm' >&2
  exit 1
fi
# shellcheck disable=SC2016 # expanded each time it is shown
export COUNT='find node_modules -maxdepth 3 -name package.json 2>/dev/null | wc -l'
exec scripts/lively.sh 'installing packages of Node, once:' scripts/npm.sh ci --loglevel=error --no-audit --no-fund --no-progress
