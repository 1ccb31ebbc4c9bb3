#!/usr/bin/env bash
# Makes a root of a base and the staged application: compose.sh FOLDER, where the base is mounted writable and the
# application is staged. Makes groups and users, and enables what the presets say, with systemd's tools.
set -euo pipefail
root=$1
systemd-sysusers --root="$root" >/dev/null 2>&1
# The owner reads the log: who is in a group by the records of users must have that group among them, too.
gid=$(sed -n 's/^systemd-journal:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")
for record in systemd-journal "$gid"; do
  printf '{ "groupName": "systemd-journal", "gid": %s }\n' "$gid" >"$root/usr/lib/userdb/$record.group"
done
# What programs are told by whatever way somebody comes in.
printf 'EDITOR=nano\n' >>"$root/etc/environment"
# Debian masks some units, which is told but is no fault.
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
# No program makes somebody else of who starts it: users ask the root helper.
find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
# The first boot fills it; without the file systemd can't.
: >"$root/etc/machine-id"
# What an update of /usr asks for, such as the linker's cache, is in the image; no boot makes it anew.
touch --reference="$root/usr" "$root/etc/.updated" "$root/var/.updated"
