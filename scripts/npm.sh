#!/usr/bin/env bash
# Runs npm: npm.sh ARGUMENTS... Those before 9.5, as Debian 12 and 13 and Ubuntu 24.04 have it, take no package of this
# project's folders for one of the registry's ("overrides" in package.json), and get a newer one from the registry for it.
set -euo pipefail
if [ "$(printf '%s\n' 9.5.0 "$(npm --version)" | sort --version-sort | head -n 1)" = 9.5.0 ]; then
  exec npm "$@"
fi
# From a folder without packages, since those of this one are what it fails on.
folder=$PWD
cd /
# shellcheck disable=SC2016 # expanded by the inner shell
exec npx --yes --package=npm@10.9.9 -- sh -c 'cd "$0" && exec npm "$@"' "$folder" "$@"
