#!/usr/bin/env bash
# Makes packages of pacman's out of folders, and a repository of them: package.sh FOLDERS REPOSITORY. Part of build.sh.
set -euo pipefail
folders=$1
repository=$2
mkdir -p "$repository"
for folder in "$folders"/*; do
  name=${folder##*/}
  cd "$folder"
  {
    printf '%s = %s\n' pkgname "$name" pkgbase "$name" pkgver 0.debian-1 arch x86_64 size "$(du -sb . | cut -f1)" \
      pkgdesc 'Stands in for the package of Arch, with content of Debian' builddate "${SOURCE_DATE_EPOCH:-0}"
    # Files that the profile brings too: its own stay.
    for path in etc/shadow etc/passwd etc/group etc/gshadow etc/hostname etc/resolv.conf etc/locale.conf etc/pacman.conf; do
      if [ -e "$path" ]; then printf 'backup = %s\n' "$path"; fi
    done
    if [ "$name" != base ]; then echo 'depend = base'; fi
  } >.PKGINFO
  mapfile -t files < <(find . -mindepth 1 -maxdepth 1 ! -name .PKGINFO -printf '%P\n' | LC_ALL=C sort)
  LC_ALL=C bsdtar -czf .MTREE --format=mtree --options='!all,use-set,type,uid,gid,mode,time,size,sha256,link' .PKGINFO "${files[@]}"
  bsdtar -cf - .PKGINFO .MTREE "${files[@]}" | zstd -q -3 -T0 >"$repository/$name-0.debian-1-x86_64.pkg.tar.zst"
done
repo-add --quiet "$repository/llmbasedos.db.tar.gz" "$repository"/*.pkg.tar.zst
