/** The hardware of a machine, as arguments of QEMU. */
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../scripts/servers.ts'
import { builtFile, type Kind } from './image.ts'

/** With which options it acts a processor; `make qemu` has the same. KVM is tried only where it is asked for. */
const PROCESSOR = execFileSync(join(import.meta.dirname, 'accelerator.sh'), {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
})
  .trim()
  .split(' ')

/** By how much longer everything may take where this machine is said to be busy. */
export const PATIENCE = process.env.BUSY === '1' ? 5 : 1

export interface MachineOptions {
  firmware?: 'bios' | 'uefi'
  /** System credentials, by name. */
  credentials?: Readonly<Record<string, string>>
  /** Images of disks, which it writes to; one that ends in `:ro` can only be read, and what is written to one that ends in `:lost` is lost. */
  disks?: readonly string[]
  network?: boolean
  memoryMb?: number
  /** One costs a fifth less to act than two, where other machines run beside it. */
  processors?: number
  /** Of its network card. */
  mac?: string
  /** How many pixels its screen has, beside and below each other: given to its kernel where it drives graphics cards. */
  pixels?: readonly [number, number]
  /** Options for another network card. */
  cable?: readonly string[]
  /** Which image it starts, if not the one that is tested. */
  image?: Kind
  /** How many discs with the image are in it at once. */
  media?: number
  /** What its clock shows when it starts, such as `1970-01-02T00:00:00`. */
  clock?: string
  /** Whether it has a chip for keys: the folder of what the chip keeps. */
  chip?: string
  /** Whether it has a watchdog, which starts it anew when no program says for a while that all is well. */
  watchdog?: boolean
}

/**
 * The command that starts it. What belongs to it lies in the folder `work`: its serial line as `serial.log`, and the sockets
 * `monitor`, `probe` for a serial port of its own, and `chip`. Its ports for SSH and HTTPS are reached at `ports` here.
 */
export function commandLine(options: MachineOptions, work: string, ports: [number, number]): string[] {
  const {
    firmware = 'bios',
    credentials = {},
    disks = [],
    network = true,
    memoryMb = 1024,
    processors = 1,
    media = 1,
  } = options
  return [
    ...['qemu-system-x86_64', '-machine', 'q35', ...PROCESSOR],
    ...['-smp', String(processors), '-m', String(memoryMb)],
    ...['-no-reboot', '-display', 'none', '-serial', `file:${join(work, 'serial.log')}`],
    ...['-monitor', `unix:${join(work, 'monitor')},server,nowait`],
    ...['-chardev', `socket,id=probe,path=${join(work, 'probe')},server=on,wait=off`],
    ...['-device', 'virtio-serial', '-device', 'virtserialport,chardev=probe,name=probe'],
    ...['-device', 'virtio-rng-pci'],
    ...mediaOf(media, options.image),
    ...(options.clock === undefined ? [] : ['-rtc', `base=${options.clock}`]),
    ...(options.chip === undefined ? [] : chip(work)),
    ...(options.watchdog ? ['-device', 'i6300esb', '-action', 'watchdog=reset'] : []),
    ...(firmware === 'uefi' ? uefi(work) : []),
    ...(options.pixels === undefined ? [] : screen(options.pixels)),
    ...disks.flatMap((disk) => ['-drive', driveOf(disk)]),
    ...(network ? networkOf(ports, options.mac) : ['-nic', 'none']),
    ...(options.cable ?? []),
    ...Object.entries(credentials).flatMap(([name, value]) => [
      '-smbios',
      `type=11,value=io.systemd.credential.binary:${name}=${Buffer.from(value).toString('base64')}`,
    ]),
  ]
}

/** Starts its chip for keys, which ends with its connection to the machine. */
export async function startChip(work: string, folder: string): Promise<void> {
  const socket = join(work, 'chip')
  const words = ['swtpm', 'socket', '--tpm2', '--terminate', '--tpmstate', `dir=${folder}`]
  const chip = spawn(join(ROOT, 'iso/in-tools.sh'), [...words, '--ctrl', `type=unixio,path=${socket}`], {
    stdio: 'ignore',
  })
  while (!existsSync(socket)) {
    if (chip.exitCode !== null) throw new Error(`swtpm did not start: it ended with ${chip.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** So many discs with the image that was built. */
function mediaOf(count: number, kind: Kind | undefined): string[] {
  const iso = builtFile('iso', { kind })
  return Array.from({ length: count }, (_, i) => [
    ...['-drive', `file=${iso},media=cdrom,readonly=on,if=none,id=medium${i}`],
    ...['-device', `ide-cd,drive=medium${i},bus=ide.${i},bootindex=${i}`],
  ]).flat()
}

function uefi(work: string): string[] {
  const variables = join(work, 'variables.fd')
  const tools = execFileSync(join(ROOT, 'iso/tree.sh'), ['tools'], { encoding: 'utf8' }).trim()
  copyFileSync(join(tools, 'usr/share/OVMF/OVMF_VARS_4M.fd'), variables)
  return [
    ...['-drive', 'if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd'],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${variables}`],
  ]
}

const screen = ([width, height]: readonly [number, number]): string[] => [
  ...['-vga', 'none', '-device', `VGA,vgamem_mb=64,xres=${width},yres=${height}`],
]

function driveOf(disk: string): string {
  const [file, kind] = disk.split(':')
  const how = kind === 'ro' ? 'readonly=on' : kind === 'lost' ? 'snapshot=on' : 'cache=writeback'
  return `file=${file},format=raw,if=virtio,${how}`
}

const networkOf = ([ssh, https]: [number, number], mac?: string): string[] => [
  ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${ssh}-:22,hostfwd=tcp:127.0.0.1:${https}-:8443`],
  ...['-device', `virtio-net-pci,netdev=net${mac === undefined ? '' : `,mac=${mac}`}`],
]

const chip = (work: string): string[] => [
  ...['-chardev', `socket,id=chip,path=${join(work, 'chip')}`],
  ...['-tpmdev', 'emulator,id=chip,chardev=chip', '-device', 'tpm-crb,tpmdev=chip'],
]
