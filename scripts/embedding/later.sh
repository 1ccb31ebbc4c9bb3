#!/usr/bin/env bash
# Makes the embedding model in the background, where it is missing: later.sh MAKE. Until it is there, words alone find files.
set -euo pipefail
cd "$(dirname "$0")/../.."
"$1" --silent --question embedding && exit 0
log=dist/embedding.log
echo "search by meaning follows: the embedding model is being installed in the background (140 MB, once)"
{
  "$1" --silent embedding >"$log" 2>&1 </dev/null ||
    { echo "The embedding model could not be installed; \"make build\" tries it again. ${PWD}/$log has:" && tail -n 5 "$log"; } >&2
} &
