/** What `make install` put into place: written down, so that `luca uninstall` takes away exactly that. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MANIFEST } from '../command/manifest.ts'
import { mustReadFileSync } from '../host/bounded-file.ts'

/** The folder of the programs, below the prefix. */
export const PROGRAM_FOLDER = 'lib/llmbasedos'
export const USER_UNIT = 'llmbasedos.service'

export interface Manifest {
  version: string
  prefix: string
  /** Files in the folder of the programs, by their paths in it. */
  programs: string[]
  /** All else that was put somewhere: absolute paths, and a mark of what each held. */
  others: Record<string, string>
  /** Folders that were made for it; the deepest come first. */
  folders: string[]
}

const MAX_MANIFEST_BYTES = 16 * 1024 * 1024

/** Throws where there is none, or it can't be read. */
export const readManifest = (folder: string): Manifest =>
  JSON.parse(mustReadFileSync(join(folder, MANIFEST), MAX_MANIFEST_BYTES)) as Manifest

/** A mark of what a path holds, by which a change is seen; undefined where there is nothing. */
export function markOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return undefined
  if (stats.isSymbolicLink()) return linkMark(readlinkSync(path))
  return stats.isFile() ? contentMark(readFileSync(path)) : 'other'
}
export const linkMark = (target: string): string => `link ${target}`
export const contentMark = (content: string | Buffer): string =>
  `sha256 ${createHash('sha256').update(content).digest('hex')}`

/** Removes what was put there; gives what stays, since it was changed, or put it there since. */
export function removeInstalled({ prefix, programs, others, folders }: Manifest): string[] {
  const stays: string[] = []
  for (const [path, mark] of Object.entries(others)) {
    const now = markOf(path)
    if (now === mark) rmSync(path)
    else if (now !== undefined) stays.push(path)
  }
  const root = join(prefix, PROGRAM_FOLDER)
  for (const path of [...programs, MANIFEST]) rmSync(join(root, path), { force: true })
  const inside = new Set(programs.flatMap((path) => foldersAbove(path)))
  const made = [...inside].sort((a, b) => b.length - a.length).map((folder) => join(root, folder))
  for (const folder of [...made, root, ...folders]) removeIfEmpty(folder)
  return [...stays, ...leftIn(root)]
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === '.' ? [] : [folder, ...foldersAbove(folder)]
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

function leftIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Processes that run from a folder, this one and those that it was started by left out: what is called, by its id. */
export function runningFrom(folder: string): Map<number, string> {
  const own = new Set<number>()
  for (let pid = process.pid; pid > 1; pid = parentOf(pid)) own.add(pid)
  const found = new Map<number, string>()
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger))
    try {
      if (!own.has(pid) && readlinkSync(`/proc/${pid}/exe`).startsWith(`${folder}/`))
        found.set(pid, readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1).join(' ').trim())
    } catch {
      // It has gone, or belongs to another process.
    }
  return found
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
