#!/usr/bin/env bash
# Runs a command on a machine that has what README.md asks for and nothing else: bare.sh HOME COMMAND..., with that folder as
# root's home. How npm and apt reach their servers is this machine's affair: the settings of both are taken from where they
# themselves say they are, for as long as the command runs.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
home=$(readlink -f "$1")
shift

settings=$home/.settings
mkdir -p "$settings/etc/apt/apt.conf.d" "$settings/etc/ssl/certs"
apt-config dump Acquire >"$settings/etc/apt/apt.conf.d/50this-machine"
for file in /etc/resolv.conf /etc/hosts /etc/apt/auth.conf /etc/apt/auth.conf.d /etc/ssl/certs/ca-certificates.crt; do
  if [ -e "$file" ]; then cp -RL "$file" "$settings$file"; fi
done
variables=(HOME="$home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TMPDIR="${TMPDIR:-/tmp}" TERM="${TERM:-dumb}")
for which in userconfig globalconfig; do
  file=$(npm config get "$which")
  if [ -e "$file" ]; then
    cp -L "$file" "$settings/$which"
    variables+=("npm_config_$which=$settings/$which")
  fi
done
while IFS= read -r variable; do
  case ${variable,,} in
    npm_config_userconfig=* | npm_config_globalconfig=* | npm_config_cache=* | npm_config_prefix=*) ;;
    npm_config_*=* | http_proxy=* | https_proxy=* | no_proxy=*) variables+=("$variable") ;;
    node_extra_ca_certs=*)
      cp -L "${variable#*=}" "$settings/extra-ca.crt"
      variables+=("NODE_EXTRA_CA_CERTS=$settings/extra-ca.crt")
      ;;
  esac
done < <(env)

# Its processes are apart and end with it, whatever it started.
# shellcheck disable=SC2016 # expanded by the inner shell
TREE=bare exec "$here/../iso/in-tools.sh" unshare --pid --fork --kill-child env -i "${variables[@]}" bash -euc '
  mount -t proc proc /proc
  cp -R "$HOME/.settings/etc/." /etc/
  cd "$HOME"
  exec "$@"
' bare "$@"
