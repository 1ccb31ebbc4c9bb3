/**
 * Moves what this machine keeps in memory to the disk that is to hold it from the next start on. It is copied when the
 * disk is prepared, so that not even a power cut loses it, and once more as the last act before the machine goes down
 * (`llmbasedos-disk.service`), when nothing is left that writes.
 */
import { cp, mkdir, mkdtemp, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

/** What a slow disk may take. */
const LONG = { timeoutMs: 20 * 60_000 }
/** In the helper's folder in memory, until the machine goes down. */
const PENDING = 'disk-pending.json'
/** The last copy, beside the first; the ramdisk puts it in its place (iso/initramfs/data). */
const NEXT = 'next'

export interface Pending {
  /** The disk that was prepared, such as "/dev/sdb". */
  disk: string
  /** What is mounted: its partition, or what that was opened as. */
  device: string
  /** Of the file system on it. */
  uuid: string
}

/** Whether the data is in memory. A disk that was found and could not be used leaves it there, too. */
export async function isInMemory({ dataState }: Machine): Promise<boolean> {
  const state = await readFile(dataState, 'utf8').catch(() => '')
  return state !== '' && !state.startsWith('used')
}

/** The folders that last, and the names that the ramdisk knows them by. "var" is the last: it is the sign that all is there. */
const parts = ({ etc, home, var: folder }: Machine): [string, string][] => [
  [home, 'home'],
  [join(etc, 'llmbasedos'), 'configuration'],
  [folder, 'var'],
]

/** Bytes that what is in memory takes on a disk. */
export async function sizeInMemory(machine: Machine): Promise<number> {
  const folders = parts(machine).map(([from]) => from)
  const args = ['--summarize', '--total', '--one-file-system', '--block-size=1', '--', ...folders]
  const said = await machine.run('/usr/bin/du', args, LONG)
  return Number(said.trim().split('\n').at(-1)?.split('\t')[0])
}

/** Copies all to the empty file system of a disk, and has it copied anew when the machine goes down. */
export async function moveData(pending: Pending, machine: Machine): Promise<void> {
  await mounted(pending.device, machine, (at) => copyAll(at, machine))
  await writeFile(join(machine.scratch, PENDING), JSON.stringify(pending), { mode: 0o600 })
}

/** The disk that waits for the machine to go down; undefined where there is none, or it was taken out. */
export async function pendingDisk({ scratch }: Machine): Promise<Pending | undefined> {
  const text = await readFile(join(scratch, PENDING), 'utf8').catch(() => undefined)
  const pending = text === undefined ? undefined : (JSON.parse(text) as Pending)
  if (!pending) return undefined
  // Not access(2), which asks whether the unit may use the device: the helper may not.
  return Promise.all([stat(pending.disk), stat(pending.device)]).then(
    () => pending,
    () => undefined,
  )
}

/**
 * The last act: copies all once more, beside the first copy, which counts until this one is whole. Where both have no room,
 * the first is deleted. Throws where another disk has the name of the one that was prepared.
 */
export async function moveDataFinally(machine: Machine): Promise<void> {
  const pending = await pendingDisk(machine)
  if (!pending) return
  const { disk, device, uuid } = pending
  const tag = ['--probe', '--match-tag', 'UUID', '--output', 'value', '--', device]
  if ((await machine.run('/usr/sbin/blkid', tag)).trim() !== uuid)
    throw new Error(`${disk} is another disk than the one that was prepared; nothing was written to it.`)
  // From now on the log is in memory, and what was written of it is closed.
  await machine.run('/usr/bin/journalctl', ['--relinquish-var'], { timeoutMs: 30_000 }).catch(() => {})
  await mounted(device, machine, async (at) => {
    const next = join(at, NEXT)
    const unfinished = `${next}.new`
    const copy = async () => {
      await rm(unfinished, { recursive: true, force: true })
      await mkdir(unfinished)
      await copyAll(unfinished, machine)
    }
    try {
      await copy()
    } catch (error) {
      if (!/No space left|ENOSPC/.test((error as Error).message)) throw error
      for (const [, name] of parts(machine)) await rm(join(at, name), { recursive: true, force: true })
      await copy()
    }
    await rename(unfinished, next)
    await sync(at, machine)
  })
  await rm(join(machine.scratch, PENDING), { force: true })
}

async function copyAll(to: string, machine: Machine): Promise<void> {
  for (const [from, name] of parts(machine)) {
    const args = ['--archive', '--one-file-system', '--', from, join(to, `${name}.new`)]
    await machine.run('/usr/bin/cp', args, LONG)
  }
  await cp(join(machine.etc, 'machine-id'), join(to, 'machine-id'))
  await sync(to, machine)
  for (const [, name] of parts(machine)) await rename(join(to, `${name}.new`), join(to, name))
  await sync(to, machine)
}

const sync = (at: string, { run }: Machine) => run('/usr/bin/sync', ['--file-system', at], LONG)

async function mounted(
  device: string,
  { run, scratch }: Machine,
  work: (at: string) => Promise<void>,
): Promise<void> {
  const at = await mkdtemp(join(scratch, 'mounted-'))
  try {
    await run('/usr/bin/mount', ['-t', 'ext4', '--', device, at])
    try {
      await work(at)
    } finally {
      await run('/usr/bin/umount', ['--', at])
    }
  } finally {
    // Never what may still be mounted there.
    await rmdir(at).catch(() => {})
  }
}
