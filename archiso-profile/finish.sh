#!/usr/bin/env bash
# Finishes the system within itself, once its packages are installed; called by the last hook of pacman. iso/arch.sh
# looks whether it came to its end, since mkarchiso does not.
set -euo pipefail
here=/var/tmp/llmbasedos
# shellcheck source=/dev/null # made by iso/arch.sh
. "$here/environment"
export SYSTEMD_OFFLINE=1
mkdir -p /usr/share/llmbasedos
# Before the system has the product's name.
node --disable-warning=ExperimentalWarning "$here/sbom/main.ts" "$here/project" / >"$here/sbom.cdx.json"
bash "$here/compose.sh" /
# Names are asked of resolved.
ln -sfn ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
# The host key is made by llmbasedos-boot.service; others would only take time.
systemctl mask sshdgenkeys.service
# The same system from the same packages: when they were installed does not matter.
rm -rf /var/cache/ldconfig
sed -i "/^%INSTALLDATE%\$/{n;s/.*/$SOURCE_DATE_EPOCH/}" /var/lib/pacman/local/*/desc
rm -r /etc/pacman.d/hooks
mv "$here/sbom.cdx.json" /usr/share/llmbasedos/sbom.cdx.json
rm -r "$here"
