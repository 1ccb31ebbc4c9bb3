#!/usr/bin/env bash
# Runs a command with the tools of the tree "tools", or of $TREE: in-tools.sh COMMAND... It sees this project, the cache and
# the folders for temporary files where they are, and has mounts of its own that end with it. The tree itself is never
# written to.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
tools=$("$here/tree.sh" "${TREE:-tools}")
export TOOLS=$tools PROJECT=${here%/iso}
# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --mount --propagation private bash -euc '
  cache=$(dirname "$TOOLS")
  mkdir -p "$cache/.mount"
  mount -t tmpfs tmpfs "$cache/.mount"
  base=$cache/.mount
  mkdir "$base/upper" "$base/work" "$base/root"
  mount -t overlay overlay -o "lowerdir=$TOOLS,upperdir=$base/upper,workdir=$base/work" "$base/root"
  for path in /dev /proc /sys /tmp "${TMPDIR:-/tmp}" "$PROJECT" "$cache"; do
    mkdir -p "$base/root$path"
    mount --rbind "$path" "$base/root$path"
  done
  # Not chroot: nothing below one may make namespaces of users.
  mkdir "$base/root/.machine"
  directory=$PWD
  cd "$base/root"
  pivot_root . .machine
  umount --lazy /.machine
  exec /usr/bin/env --chdir="$directory" "$@"
' in-tools "$@"
