/** The same as units of a booted system, with all that confines them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { System } from '../../nspawn-test/system.ts'

export interface Hardened {
  /** First calls to a server whose process is not running, in milliseconds, in their order. */
  coldMs: number[]
  /** Of the gateway, in MB. */
  residentMb: number
}

/** Needs root. */
export async function measureHardened(runs: number): Promise<Hardened> {
  favourStarts(true)
  const system = await System.boot()
  try {
    const program = '/tmp/cold-in-unit.mjs'
    await system.put(program, readFileSync(join(import.meta.dirname, 'cold-in-unit.mjs'), 'utf8'))
    return JSON.parse(await system.out(['node', program, String(runs)])) as Hardened
  } finally {
    await system.stop()
    favourStarts(false)
  }
}

/** What the image asks of its kernel with `cgroup_favordynmods`: a process joins a group without waiting. */
function favourStarts(on: boolean): void {
  const place = mkdtempSync(join(tmpdir(), 'cgroup-'))
  execFileSync('mount', ['-t', 'cgroup2', ...(on ? ['-o', 'favordynmods'] : []), 'none', place])
  execFileSync('umount', [place])
  rmdirSync(place)
}
