# shellcheck shell=sh
# In an interactive shell, bash completes the commands of luca.
case $- in
  *i*) if [ -n "${BASH_VERSION:-}" ]; then . /usr/share/bash-completion/completions/luca; fi ;;
esac
