/**
 * Makes a disk the place of the data: one partition, encrypted if asked for, with a file system whose label the
 * ramdisk looks for (iso/initramfs/init). What this machine has kept in memory so far moves there.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DiskPrepared, ParamsOf } from '../protocol/admin-helper.ts'
import type { Machine } from './machine.ts'

const LABEL = 'LLMBASEDOS-DATA'
const MAPPED = 'llmbasedos-new-data'
const sbin = (name: string) => `/usr/sbin/${name}`
const CRYPTENROLL = '/usr/bin/systemd-cryptenroll'
const MINUTE = 60_000
/** What a slow disk may take. */
const LONG = { timeoutMs: 10 * MINUTE }
/** So that it can be opened on a machine with little memory, in KiB. */
const PASSPHRASE_MEMORY = 256 * 1024
const PARTITION_WITHIN_MS = 10_000

export async function prepareDisk(
  { device, encrypt, passphrase }: ParamsOf<'disk/prepare'>,
  machine: Machine,
): Promise<DiskPrepared> {
  const { run } = machine
  await run(sbin('wipefs'), ['--all', '--force', '--quiet', '--', device])
  await run(sbin('sfdisk'), ['--quiet', '--wipe=always', '--wipe-partitions=always', '--', device], {
    input: `label: gpt\nname=${LABEL}, type=linux\n`,
  })
  const partition = await firstPartition(device, machine)
  const scratch = await mkdtemp(join(machine.scratch, 'disk-'))
  try {
    if (!encrypt) {
      await makeFileSystem(partition, machine)
      return { recoveryKey: null, openedBy: 'nothing', moved: await moveData(partition, scratch, machine) }
    }
    return await encrypted(partition, passphrase, scratch, machine)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function encrypted(
  partition: string,
  passphrase: string | undefined,
  scratch: string,
  machine: Machine,
): Promise<DiskPrepared> {
  const { run } = machine
  const cryptsetup = (...args: string[]) => run(sbin('cryptsetup'), ['--batch-mode', ...args], LONG)
  // For the time of this alone; the first slot is its.
  const key = join(scratch, 'key')
  await writeFile(key, randomBytes(64), { mode: 0o600 })
  const quick = ['--pbkdf=pbkdf2', '--pbkdf-force-iterations=1000']
  await cryptsetup(
    'luksFormat',
    '--type=luks2',
    `--label=${LABEL}-LUKS`,
    ...quick,
    `--key-file=${key}`,
    partition,
  )
  const enroll = (...how: string[]) =>
    run(CRYPTENROLL, [`--unlock-key-file=${key}`, ...how, '--', partition], LONG)
  const recoveryKey = lastWord(await enroll('--recovery-key'))
  const hasChip = machine.hasTpm()
  // Register 7 is what the firmware says of Secure Boot: a new version of the system does not change it.
  if (hasChip) await enroll('--tpm2-device=auto', '--tpm2-pcrs=7')
  if (passphrase !== undefined) {
    const typed = join(scratch, 'passphrase')
    await writeFile(typed, passphrase, { mode: 0o600 })
    await cryptsetup(
      'luksAddKey',
      `--pbkdf-memory=${PASSPHRASE_MEMORY}`,
      `--key-file=${key}`,
      partition,
      typed,
    )
  }
  await cryptsetup('open', `--key-file=${key}`, partition, MAPPED)
  let moved: boolean
  try {
    await makeFileSystem(`/dev/mapper/${MAPPED}`, machine)
    moved = await moveData(`/dev/mapper/${MAPPED}`, scratch, machine)
  } finally {
    await cryptsetup('close', MAPPED)
  }
  await cryptsetup('luksKillSlot', partition, '0')
  return { recoveryKey, openedBy: hasChip ? 'chip' : 'typing', moved }
}

/**
 * With accounts of what each user fills, which quotas need, and a hundredth of it that only root and the gateway may
 * fill (the ramdisk's mount says so): the system goes on where users leave no room.
 */
const makeFileSystem = (device: string, { run }: Machine) =>
  run(
    sbin('mkfs.ext4'),
    ['-q', '-F', '-L', LABEL, '-m', '1', '-O', 'quota', '-E', 'quotatype=usrquota', device],
    LONG,
  )

/**
 * Copies what is in memory, laid out as the ramdisk expects it; false where the data has a disk already. A disk that was
 * found and could not be used leaves it in memory, too.
 */
async function moveData(device: string, scratch: string, { run, etc, home }: Machine): Promise<boolean> {
  const state = await readFile('/run/llmbasedos-data', 'utf8').catch(() => '')
  if (state === '' || state.startsWith('used')) return false
  const at = join(scratch, 'mounted')
  await mkdir(at)
  await run('/usr/bin/mount', ['-t', 'ext4', '--', device, at])
  try {
    const copy = (from: string, to: string) =>
      run('/usr/bin/cp', ['--archive', '--one-file-system', '--', from, join(at, to)], LONG)
    await copy('/var', 'var.new')
    await copy(home, 'home')
    await copy(join(etc, 'llmbasedos'), 'configuration')
    await cp(join(etc, 'machine-id'), join(at, 'machine-id'))
    await run('/usr/bin/sync', ['--file-system', at], LONG)
    // The ramdisk takes this name for the sign that all of it is there.
    await run('/usr/bin/mv', ['--', join(at, 'var.new'), join(at, 'var')])
    await run('/usr/bin/sync', ['--file-system', at], LONG)
  } finally {
    await run('/usr/bin/umount', ['--', at])
  }
  return true
}

/** The kernel tells of a new partition a moment later. */
async function firstPartition(device: string, { run }: Machine): Promise<string> {
  const said = await run(sbin('sfdisk'), ['--json', '--', device])
  const node = (JSON.parse(said) as { partitiontable: { partitions: { node: string }[] } }).partitiontable
    .partitions[0]?.node as string
  for (const deadline = Date.now() + PARTITION_WITHIN_MS; !existsSync(node); await sleep(50))
    if (Date.now() > deadline) throw new Error(`${node} was made and does not appear.`)
  return node
}

const lastWord = (text: string): string => text.trim().split(/\s+/).at(-1) as string
