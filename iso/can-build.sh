#!/usr/bin/env bash
# Prints the base of the image that build.sh is to make: can-build.sh [debian|arch] [cloud|generic], with the variables of
# build.sh. Where it can't be made here, says what is missing and how to get it, before anything is fetched or built.
set -euo pipefail
base=${1:-}
kernel=${2:-cloud}
[ -n "$base" ] || if command -v mkarchiso >/dev/null; then base=arch; else base=debian; fi
llama=${LLAMA:-}

refuse() { # STATUS LINE...
  local status=$1
  shift
  printf '%s\n' "build.sh: $1" "${@:2}" >&2
  exit "$status"
}
case $base in
  debian | arch) ;;
  *) refuse 2 "there is no base \"$base\"; there are debian and arch" ;;
esac
case $kernel in
  cloud | generic) ;;
  *) refuse 2 "there is no kernel \"$kernel\"; there are cloud and generic" ;;
esac
case $llama in
  '' | vulkan | cuda) ;;
  *) refuse 2 "there is no build of llama.cpp for \"$llama\"; there are vulkan and cuda" ;;
esac
if [ -n "${OCR:-}" ]; then
  "$(dirname "$(readlink -f "$0")")/ocr.sh" "$base" >/dev/null || exit
fi
if [ -n "$llama" ] && [ "$base$kernel" = debiancloud ]; then
  refuse 2 'the kernel for virtual machines knows no GPU; add KERNEL=generic'
fi
if [ "$base-$llama" = debian-cuda ]; then
  refuse 2 "the driver of NVIDIA that Debian has does not compile for its kernel; LLAMA=vulkan uses NVIDIA's cards too, from GeForce RTX 20 on, and BASE=arch has that driver"
fi
echo "$base"
[ "$base" = arch ] || exit 0

settings="BASE=arch${llama:+ LLAMA=$llama}${OCR:+ OCR=$OCR}${ARCHIVE:+ ARCHIVE=$ARCHIVE}"
# shellcheck disable=SC2016 # for the shell of who reads it
container='  podman run --rm --privileged --volume "$PWD:/project" --workdir /project archlinux sh -c \
    "pacman -Syu --noconfirm archiso base-devel git nodejs npm python && make iso '$settings'"'
command -v mkarchiso >/dev/null ||
  refuse 1 'there is no mkarchiso on PATH, a script of the package archiso of Arch. On Arch this installs it:' \
    '  pacman -S archiso' 'Elsewhere a container of Arch builds the same:' "$container" 'Or build with BASE=debian.'
[ -z "${PACMAN_REPO:-}" ] || [ -z "${ARCHIVE:-}" ] ||
  refuse 2 'set ARCHIVE or PACMAN_REPO: each says where packages come from'
if [ -n "${ARCHIVE:-}" ]; then
  [[ $ARCHIVE =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] ||
    refuse 2 "ARCHIVE is \"$ARCHIVE\"; it must be a day, such as 2026-03-25"
fi
[ -n "${PACMAN_REPO:-}" ] || command -v pacman >/dev/null ||
  refuse 1 'this machine has no pacman, and so no mirror of Arch. A container of Arch has both:' "$container" \
    'To try the profile here, with packages of Debian in the place of those of Arch (see docs/image.md):' \
    "  make arch-repo && PACMAN_REPO=out/arch-repo make iso $settings"
[ -z "${PACMAN_REPO:-}" ] || [ -e "$PACMAN_REPO/llmbasedos.db" ] ||
  refuse 1 "there is no repository \"llmbasedos\" in $PACMAN_REPO; \"make arch-repo\" makes one in out/arch-repo"
