/** The same as units of a booted system, with all that confines them. */
import { readFileSync } from 'node:fs'
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
  const system = await System.boot()
  try {
    const program = '/tmp/cold-in-unit.mjs'
    await system.put(program, readFileSync(join(import.meta.dirname, 'cold-in-unit.mjs'), 'utf8'))
    return JSON.parse(await system.out(['node', program, String(runs)])) as Hardened
  } finally {
    await system.stop()
  }
}
