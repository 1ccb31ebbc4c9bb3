#!/usr/bin/env bash
# Makes a root of a base and the staged application: compose.sh FOLDER, where the base is mounted writable and the
# application is staged. Makes groups and users, and enables what the presets say, with systemd's tools.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$1
systemd-sysusers --root="$root" >/dev/null 2>&1
# Numbers that sysusers.d fixes, for users and groups that the packages of the base have made: what is theirs stays theirs.
renumber() { # passwd|group NAME NUMBER
  local file=$root/etc/$1 name=$2 number=$3 test=-uid program=chown is taken
  is=$(awk -F: -v name="$name" '$1 == name { print $3 }' "$file")
  [ "${is:-$number}" != "$number" ] || return 0
  taken=$(awk -F: -v number="$number" '$3 == number { print $1 }' "$file")
  if [ -n "$taken" ]; then
    echo "compose.sh: $name is to have the number $number in /etc/$1, which is that of $taken" >&2
    exit 1
  fi
  sed -i "s/^\($name:[^:]*\):$is:/\1:$number:/" "$file"
  if [ "$1" = group ]; then
    test=-gid program=chgrp
    sed -i "s/^\([^:]*:[^:]*:[^:]*\):$is:/\1:$number:/" "$root/etc/passwd"
  fi
  find "$root" -xdev "$test" "$is" -exec "$program" --no-dereference "$number" {} +
}
fixed=$(awk '$3 ~ /^[0-9]+$/ { print $1, $2, $3 }' "$root/usr/lib/sysusers.d/llmbasedos.conf")
users=()
groups=()
while read -r kind name number; do
  renumber group "$name" "$number"
  groups+=(! -gid "$number")
  [ "$kind" != g ] || continue
  renumber passwd "$name" "$number"
  users+=(! -uid "$number")
done <<<"$fixed"
# What others of the base own is not needed here.
find "$root/var" -xdev ! -uid 0 "${users[@]}" -exec chown --no-dereference 0 {} +
find "$root/var" -xdev ! -gid 0 "${groups[@]}" -exec chgrp --no-dereference 0 {} +

# The system is called what the product is, and says what it is like.
release=$root/usr/lib/os-release
like=$(sed -n 's/^ID=/ID_LIKE=/p' "$release")
echo "$like" | cat "$root/usr/lib/llmbasedos/os-release" - >"$release.new"
mv "$release.new" "$release"
printf '\\S \\n \\l\n\n' >"$root/etc/issue"
rm -f "$root"/etc/{issue.net,motd}

# The owner reads the log: who is in a group by the records of users must have that group among them, too.
gid=$(sed -n 's/^systemd-journal:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")
for record in systemd-journal "$gid"; do
  printf '{ "groupName": "systemd-journal", "gid": %s }\n' "$gid" >"$root/usr/lib/userdb/$record.group"
done
# Debian keeps the name for the other program that shows the manual.
if [ ! -e "$root/usr/bin/man" ]; then
  printf '#!/bin/sh\nexec mman "$@"\n' >"$root/usr/bin/man"
  chmod 755 "$root/usr/bin/man"
fi
# Where a page is not in its list, it complains before it shows the page.
chroot "$root" /usr/sbin/makewhatis /usr/share/man
# The environment of every login; the boot adds the language.
printf 'EDITOR=nano\n' >>"$root/etc/environment"
# Where archiso has them, they are not executable.
bash "$here/console/fonts.sh" "$root"
bash "$here/console/languages.sh" "$root"

# Debian masks some units, which is reported but is no fault.
systemctl --root="$root" --quiet preset-all 2> >(grep -v "is masked$" >&2)
# Networkd is enabled together with it, whatever the presets say; nothing here waits for a network.
systemctl --root="$root" --quiet disable systemd-networkd-wait-online.service
systemctl --root="$root" --quiet set-default multi-user.target
# The machine id is a mount of the data, which systemd takes for one that is still to be kept.
systemctl --root="$root" --quiet mask systemd-machine-id-commit.service
# Nothing here is set up in the ways that these look for, and each is one more program at every start. The one of SSH would
# open it to the host of a virtual machine by ways of its own; the one that is open is in sshd_config.d. "gpt-auto" would
# mount what it finds on the disk that systemd-boot started from.
mkdir -p "$root/etc/systemd/system-generators"
for generator in ssh gpt-auto cryptsetup integritysetup veritysetup hibernate-resume system-update rc-local sysv; do
  ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
# No program runs as another user than the one who starts it: users ask the root helper.
find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
# The first boot fills it; without the file systemd can't.
: >"$root/etc/machine-id"
# What an update of /usr asks for, such as the linker's cache, is in the image; no boot makes it anew.
touch --reference="$root/usr" "$root/etc/.updated" "$root/var/.updated"
