#!/usr/bin/env bash
# shellcheck disable=SC2034 # mkarchiso reads it
# What mkarchiso makes of this profile. iso/arch.sh runs it on a copy, to whose airootfs the application, its units and
# the overlay were added. VERSION is the application's.

iso_name=llmbasedos
iso_label=LLMBASEDOS
iso_publisher='llmbasedos'
iso_application='llmbasedos, a private appliance for language models'
iso_version=${VERSION:?is set by iso/arch.sh}
install_dir=llmbdo
buildmodes=(iso)
bootmodes=(bios.syslinux uefi.systemd-boot)
arch=x86_64
pacman_conf=pacman.conf
# Like that of the base of Debian: quick to read, which counts more than the last megabytes.
airootfs_image_type=erofs
airootfs_image_tool_options=('-zlz4hc,9' -C65536 "-T$SOURCE_DATE_EPOCH" --all-time)
# mkarchiso copies airootfs without modes: whatever runs, and whatever is secret, stands here.
file_permissions=(
  [/etc/shadow]=0:0:400
  [/usr/bin/luca]=0:0:755
  [/usr/bin/node]=0:0:755
  [/usr/lib/llmbasedos/console]=0:0:755
  [/usr/lib/llmbasedos/luca-shell]=0:0:755
  [/usr/lib/llmbasedos/passphrase-keyboard]=0:0:755
  [/usr/lib/llmbasedos/standby]=0:0:755
  [/usr/lib/llmbasedos/vconsole]=0:0:755
  [/usr/lib/node_modules/npm/bin/npm-cli.js]=0:0:755
  [/usr/lib/node_modules/npm/bin/npx-cli.js]=0:0:755
)
