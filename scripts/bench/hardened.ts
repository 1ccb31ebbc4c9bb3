/** The same as units of a booted system, with all that confines them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { System } from '../../nspawn-test/system.ts'

export interface Hardened {
  /** First calls to a server that sleeps in its sandbox, in milliseconds, in their order. */
  coldMs: number[]
  /** The same to one that has no sandbox yet: the first after a start, or after an hour. */
  firstMs: number[]
  /** Of what keeps the sandbox of a server that sleeps, in MB; what is shared counts in parts. */
  standbyMb: number
  /** Of the gateway, in MB. */
  gatewayMb: number
}

const PROGRAM = '/tmp/cold-in-unit.mjs'

/** Needs root. */
export async function measureHardened(runs: number): Promise<Hardened> {
  favourStarts(true)
  const system = await System.boot()
  try {
    await system.put(PROGRAM, readFileSync(join(import.meta.dirname, 'cold-in-unit.mjs'), 'utf8'))
    const measure = async (kind: string) =>
      JSON.parse(await system.out(['node', PROGRAM, String(runs), kind])) as Measured
    const { ms: coldMs, standbyMb, gatewayMb } = await measure('asleep')
    const { ms: firstMs } = await measure('first')
    return { coldMs, firstMs, standbyMb, gatewayMb }
  } finally {
    await system.stop()
    favourStarts(false)
  }
}

interface Measured {
  ms: number[]
  standbyMb: number
  gatewayMb: number
}

/** What the image asks of its kernel with `cgroup_favordynmods`: a process joins a group without waiting. */
function favourStarts(on: boolean): void {
  const place = mkdtempSync(join(tmpdir(), 'cgroup-'))
  execFileSync('mount', ['-t', 'cgroup2', ...(on ? ['-o', 'favordynmods'] : []), 'none', place])
  execFileSync('umount', [place])
  rmdirSync(place)
}
