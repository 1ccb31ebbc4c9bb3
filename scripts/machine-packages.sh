#!/usr/bin/env bash
# Sees to it that this machine has what some targets of make need beyond Node: machine-packages.sh GOAL, which is named in
# what is said. What is missing is installed from Debian's packages, by root or by sudo; where that can't be, it says which
# command does it, and fails.
set -euo pipefail
goal=$1

missing=()
need() { # PACKAGE, and a command that succeeds where it is not needed
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
need g++ command -v g++
need pkg-config command -v pkg-config
need libsystemd-dev pkg-config --exists libsystemd
need python3 command -v python3
need procps command -v pgrep
need util-linux command -v unshare
need openssl command -v openssl
if [ "$goal" = test ] || [ "$goal" = faiss ]; then
  # What the second index of vectors is built against.
  need libfaiss-dev test -e /usr/include/faiss/Index.h
  need libopenblas-dev pkg-config --exists openblas
fi
if [ "$goal" = test ]; then
  need openssh-client command -v ssh-keygen
  # Reads the units of a user.
  need systemd command -v systemd-analyze
  # The shells that complete luca, and what reads its page of the manual.
  need zsh command -v zsh
  need fish command -v fish
  need mandoc command -v mandoc
  need groff-base command -v groff
  # What reads scans and pictures, and what draws pages for it.
  need tesseract-ocr command -v tesseract
  need poppler-utils command -v pdftoppm
  # Networks that a test makes.
  need iproute2 command -v ip
  # A client that asks for HTTP/2.
  need curl command -v curl
  # Servers of mail, to read from and to send by.
  need dovecot-imapd test -e /usr/lib/dovecot/imap
  need python3-aiosmtpd /usr/bin/python3 -c 'import aiosmtpd'
  # Lists of access, extended attributes and flags of files.
  need acl command -v setfacl
  need attr command -v setfattr
  need e2fsprogs command -v chattr
fi
if [ "$goal" = bench ]; then
  # What makes a PDF, and what people would read documents with instead.
  need groff command -v gropdf
  need poppler-utils command -v pdftotext
  need python3-docx /usr/bin/python3 -c 'import docx'
  need python3-openpyxl /usr/bin/python3 -c 'import openpyxl'
fi
[ ${#missing[@]} -gt 0 ] || exit 0

echo "make $goal needs what this machine lacks: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "Install that with the package manager of this machine (these are the names in Debian), then run make $goal again." >&2
  exit 1
fi
root=()
if [ "$(id -u)" != 0 ]; then
  root=(sudo)
  # Asks for the password now, at a terminal, and not behind the line that shows life.
  if ! { sudo -n true || { [ -t 0 ] && sudo -v; }; } 2>/dev/null; then
    echo "One command of root's installs it: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi
cd "$(dirname "$0")"
install="apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${missing[*]}"
exec ./lively.sh "installing it with ${root[*]+${root[*]} }apt-get:" "${root[@]}" sh -c "$install"
