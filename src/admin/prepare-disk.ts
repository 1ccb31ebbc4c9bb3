/**
 * Makes a disk the place of the data: one partition, encrypted if asked for, with a file system whose label the
 * ramdisk looks for (iso/initramfs/init). What this machine has kept in memory so far moves there.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ParamsOf } from '../contracts/admin-helper.ts'
import type { DiskPrepared } from '../contracts/admin-results.ts'
import { keyboardOf } from './locality.ts'
import type { Machine } from './machine.ts'
import { isInMemory, moveData, sizeInMemory } from './move-data.ts'

const LABEL = 'LLMBASEDOS-DATA'
const MAPPED = 'llmbasedos-new-data'
const OPENED = `/dev/mapper/${MAPPED}`
const sbin = (name: string) => `/usr/sbin/${name}`
const CRYPTENROLL = '/usr/bin/systemd-cryptenroll'
const MINUTE = 60_000
/** What a slow disk may take. */
const LONG = { timeoutMs: 10 * MINUTE }
/** So that it can be opened on a machine with little memory, in KiB. */
const PASSPHRASE_MEMORY = 256 * 1024
/** For the file system itself. */
const SPARE_BYTES = 64 * 1024 ** 2
const PARTITION_WITHIN_MS = 10_000

export async function prepareDisk(
  { device, encrypt, passphrase }: ParamsOf<'disk/prepare'>,
  machine: Machine,
): Promise<DiskPrepared> {
  const { run } = machine
  const moves = await isInMemory(machine)
  if (moves) await mustHaveRoom(device, machine)
  await run(sbin('wipefs'), ['--all', '--force', '--quiet', '--', device])
  await run(sbin('sfdisk'), ['--quiet', '--wipe=always', '--wipe-partitions=always', '--', device], {
    input: `label: gpt\nname=${LABEL}, type=linux\n`,
  })
  const partition = await firstPartition(device, machine)
  const scratch = await mkdtemp(join(machine.scratch, 'disk-'))
  try {
    const keys = encrypt
      ? await encrypted(partition, passphrase, scratch, machine)
      : { recoveryKey: null, openedBy: 'nothing' as const }
    const opened = encrypt ? OPENED : partition
    let waits = false
    try {
      const uuid = await makeFileSystem(opened, machine)
      if (moves) await moveData({ disk: device, device: opened, uuid }, machine)
      waits = moves
    } finally {
      // It stays open for what is copied when the machine goes down.
      if (encrypt && !waits) await run(sbin('cryptsetup'), ['--batch-mode', 'close', MAPPED], LONG)
    }
    return { ...keys, moved: moves }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Throws where a disk is too small for two copies of what is in memory: the second is made before the first one goes. */
async function mustHaveRoom(device: string, machine: Machine): Promise<void> {
  const needed = 2 * (await sizeInMemory(machine)) + SPARE_BYTES
  const size = Number(await machine.run(sbin('blockdev'), ['--getsize64', device]))
  if (size >= needed) return
  const mib = (bytes: number) => `${Math.ceil(bytes / 1024 ** 2)} MiB`
  throw new Error(
    `it has ${mib(size)}, and moving what is in memory takes ${mib(needed)}. Nothing on it was changed.`,
  )
}

/** Encrypts a partition and opens it as OPENED. */
async function encrypted(
  partition: string,
  passphrase: string | undefined,
  scratch: string,
  machine: Machine,
): Promise<Omit<DiskPrepared, 'moved'>> {
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
    // With which keys the passphrase is typed, before any of the data can be read (iso/initramfs/data).
    `--subsystem=keyboard=${await keyboardOf(machine)}`,
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
  // What an earlier disk was opened as, which has been taken out since.
  if (existsSync(OPENED)) await cryptsetup('close', MAPPED)
  await cryptsetup('open', `--key-file=${key}`, partition, MAPPED)
  await cryptsetup('luksKillSlot', partition, '0')
  return { recoveryKey, openedBy: hasChip ? 'chip' : 'typing' }
}

/**
 * With accounts of what each user fills, which quotas need, and a hundredth of it that only root and the gateway may
 * fill (the ramdisk's mount says so): the system goes on where users leave no room. Gives the file system's UUID.
 */
async function makeFileSystem(device: string, { run }: Machine): Promise<string> {
  const uuid = randomUUID()
  const named = ['-q', '-F', '-L', LABEL, '-U', uuid]
  await run(sbin('mkfs.ext4'), [...named, '-m', '1', '-O', 'quota', '-E', 'quotatype=usrquota', device], LONG)
  return uuid
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
