#!/usr/bin/env bash
# Succeeds where containers can be made of trees of packages; says why not otherwise.
set -euo pipefail
if [ "$(id -u)" != 0 ]; then
  echo 'That needs root.' >&2
  exit 1
fi
# As in-tools.sh and the tests' containers do it, with empty folders.
unshare --mount --cgroup --propagation private bash -euc '
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root
  mount -t overlay overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
  mkdir /mnt/root/.machine /mnt/root/cgroup
  mount -t cgroup2 none /mnt/root/cgroup
  cd /mnt/root
  pivot_root . .machine
' >/dev/null 2>&1 || {
  echo 'Root may not mount and change roots here, as in a container without privileges.' >&2
  exit 1
}
