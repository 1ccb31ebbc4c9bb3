#!/usr/bin/env bash
# Examines what the image is made of, without booting it: units, groups, folders, scripts. Prints "exposure UNIT N" for
# each service, after systemd-analyze(1): the smaller, the better confined. Needs root, and "make build native" before.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/.."

if [ "${1-}" != composed ]; then
  if [ "$(id -u)" != 0 ]; then
    echo 'check.sh: examining the units needs root, as the system that they are for does; run "sudo make check-image"' >&2
    exit 1
  fi
  base=$(iso/tree.sh root)
  CONSOLE=$(iso/tree.sh console)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  export BASE=$base CONSOLE WORK=$work
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private bash -euc '
    mkdir "$WORK/upper" "$WORK/work" "$WORK/root"
    iso/stage.sh "$WORK/staged"
    # What the root helper would write for servers of others.
    node --disable-warning=ExperimentalWarning scripts/added-server-units.ts "$WORK/staged/usr/lib/systemd/system"
    mount -t overlay overlay -o "lowerdir=$WORK/staged:$BASE,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
    exec iso/in-tools.sh iso/check.sh composed
  '
  exit
fi

# From here on with the tools of the tree, and the system composed in $WORK/root.
iso/compose.sh "$WORK/root"
failed=0
problem() {
  echo "$1" >&2
  failed=1
}

mapfile -t scripts < <(find iso archiso-profile rootfs-overlay nspawn-test bin scripts .ci -name node_modules -prune -o -type f -exec grep -lE '^#!.*sh$' {} +)
shellcheck "${scripts[@]}" || problem 'shellcheck found faults'

mapfile -t units < <({
  find systemd -maxdepth 1 -type f ! -name README.md -printf '%f\n'
  find "$WORK/root/usr/lib/systemd/system" -maxdepth 1 -name 'mcp-added*' -type f -printf '%f\n'
} | sort | sed 's#@\.#@owner.#')
# With the root and within it: each finds what the other misses.
for how in "systemd-analyze verify --root=$WORK/root" "chroot $WORK/root systemd-analyze verify"; do
  said=$($how "${units[@]}" 2>&1) || problem "$how failed"
  # Of units that are Debian's, and of a machine that is not running.
  said=$(grep -vE '^(Failed to (connect|create)|.*/usr/lib/systemd/system/(systemd|dbus|console|getty|quota)[^ ]*:)' <<<"$said" || true)
  [ -z "$said" ] || problem "$how: $said"
done

# What images for a GPU add to the server of models.
for gpu in iso/gpu/*.conf; do
  install -m 644 "$gpu" "$WORK/root/usr/lib/systemd/system/mcp-llm-local.service.d/60-gpu.conf"
  said=$(systemd-analyze verify --root="$WORK/root" mcp-llm-local.service 2>&1 | grep -F 60-gpu.conf || true)
  [ -z "$said" ] || problem "$gpu: $said"
  exposure=$(systemd-analyze security --offline=true --root="$WORK/root" --no-pager mcp-llm-local.service |
    sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
  echo "exposure mcp-llm-local.service with $gpu $exposure"
  [ "$(awk -v e="$exposure" 'BEGIN { print int(e * 10) }')" -le 15 ] || problem "$gpu: an exposure of $exposure"
done
rm -f "$WORK/root/usr/lib/systemd/system/mcp-llm-local.service.d/60-gpu.conf"

# The most that is allowed, in tenths: what people's data passes through, and what runs as root.
limit() {
  case $1 in
    # A login: whoever sits there is the owner.
    llmbasedos-console.service) echo 95 ;;
    llmbasedos-admin.service | llmbasedos-boot.service | llmbasedos-certificate.service | \
      llmbasedos-disk.service | llmbasedos-firewall.service) echo 25 ;;
    *) echo 15 ;;
  esac
}
# What docs/isolation.md says of a unit; a server that is granted nothing has no row of its own.
told() {
  local rows='| a server that is granted nothing |'
  grep -qF "| \`$1\`" docs/isolation.md && rows="| \`$1\`"
  grep -F "$rows" docs/isolation.md | sed 's/.* | \([0-9.]*\) |$/\1/'
}
for unit in "${units[@]}"; do
  [[ $unit == *.service ]] || continue
  exposure=$(systemd-analyze security --offline=true --root="$WORK/root" --no-pager "$unit" |
    sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
  echo "exposure $unit $exposure"
  [[ $unit == mcp-added* ]] || [ "$(told "${unit/@owner./@.}")" = "$exposure" ] ||
    problem "$unit is exposed to $exposure, and docs/isolation.md says otherwise"
  systemd-analyze security --offline=true --root="$WORK/root" --threshold="$(limit "$unit")" "$unit" >/dev/null ||
    problem "$unit is exposed to $exposure; at most $(limit "$unit") tenths are allowed"
done

systemd-sysusers --root="$WORK/root" --dry-run "$WORK"/root/usr/lib/sysusers.d/llmbasedos.conf >/dev/null || problem 'sysusers.d is faulty'
said=$(systemd-tmpfiles --root="$WORK/root" --dry-run --create "$WORK"/root/usr/lib/tmpfiles.d/llmbasedos.conf 2>&1 >/dev/null) ||
  problem "tmpfiles.d is faulty: $said"
exit "$failed"
