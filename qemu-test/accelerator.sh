#!/usr/bin/env bash
# Prints the options with which QEMU acts a processor. With KVM=1 it is this machine's own, where one trial shows that a
# kernel runs on it: /dev/kvm may be there and still hang or abort. With BUSY=1 the clock of the machine counts the instructions
# that it has executed and the time that it has waited, which costs a fifth more: however little of this machine it gets, nothing
# in it is late.
set -euo pipefail
cd "$(dirname "$(dirname "$(readlink -f "$0")")")"

# What a kernel says that has found no file system, after it has started all else.
readonly STARTED='Kernel panic - not syncing: VFS'
readonly TRIAL_SECONDS=10

kvm_works() {
  local kernels
  [ -w /dev/kvm ] || return 1
  kernels=("$(iso/tree.sh kernel-cloud)"/boot/vmlinuz-*)
  timeout "$TRIAL_SECONDS" iso/in-tools.sh qemu-system-x86_64 -machine q35 -accel kvm -cpu host -m 256 -nodefaults \
    -display none -no-reboot -serial stdio -kernel "${kernels[0]}" -append 'console=ttyS0 panic=-1' </dev/null 2>/dev/null |
    grep "$STARTED" >/dev/null
}

if [ "${KVM:-}" = 1 ]; then
  if kvm_works; then
    echo '-accel kvm -cpu host'
    exit
  fi
  echo "accelerator.sh: no kernel starts with KVM here within $TRIAL_SECONDS s; QEMU acts every instruction" >&2
fi
# All that QEMU can act as, but for what is slow to act and what nothing here is about: a fifth level of page tables, copying by
# instructions that repeat themselves byte by byte, and keys of memory, which V8 turns for each piece of code that it makes, and
# QEMU forgets all translated addresses for; with them what keeps a kernel from its users' memory, at each of its calls.
processor='-cpu max,la57=off,erms=off,fsrm=off,fsrs=off,fzrm=off,pku=off,smap=off,smep=off,umip=off'
if [ "${BUSY:-}" = 1 ]; then
  # 2^2 ns an instruction, about what it takes to act one where nothing else runs.
  echo "-accel tcg,thread=single -icount shift=2,sleep=on $processor"
else
  echo "-accel tcg,thread=multi $processor"
fi
