#!/usr/bin/env bash
# Installs what runs embedding models, and the weights of the one that ships: apart from the other packages, since these are 140 MB
# and nothing needs them to start. Node finds them among the others all the same.
set -euo pipefail
cd "$(dirname "$0")"
export LOCK=package-lock.json DONE=node_modules/.installed
if [ ! "$DONE" -nt "$LOCK" ]; then
  # One at a time: "make run" has it done in the background. The package has a build for each system; one of them runs.
  # shellcheck disable=SC2016 # expanded by the inner shell
  ../lively.sh 'installing what runs embedding models, once:' flock . bash -euc '
    [ ! "$DONE" -nt "$LOCK" ] || exit 0
    ../npm.sh ci --loglevel=error --no-audit --no-fund --no-progress
    find node_modules/onnxruntime-node/bin -type f ! -path "*/linux/x64/*" -delete
    touch "$DONE"
  '
fi
for package in onnxruntime-node onnxruntime-common; do
  ln -sfn "../scripts/embedding/node_modules/$package" "../../node_modules/$package"
done
