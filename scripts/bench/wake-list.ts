/** Ten thousand entries of the wake list: what they cost the gateway, and how late they are done. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { instanceName } from '../../src/command/installation.ts'
import { openState } from '../../src/gateway/state/state.ts'
import { startAppliance } from './appliance.ts'
import { residentMb } from './processes.ts'

const ENTRIES = 10_000
/** As many as one user may have. */
const OF_USER = 1000
/** By when a gateway that rests has given back what starting took, in milliseconds (host/garbage.ts). */
const AT_REST_MS = 15_000
/** When the first are due after they were written, in milliseconds: longer than a start takes. */
const LEAD_MS = 20_000
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How late entries were done, in milliseconds. */
export interface Lateness {
  p50: number
  max: number
}

export async function measureWakeList(): Promise<{
  memoryMb: number
  spread: Lateness
  atOnce: Lateness
  allAtOnce: Lateness
}> {
  const later = () => Date.now() + 24 * 3600 * 1000
  const without = await residentWith(0, later)
  const spread = (i: number) => Math.floor(i / 1000) * 1000 + (i % 1000)
  return {
    memoryMb: (await residentWith(ENTRIES, later)) - without,
    spread: await latenessOf(ENTRIES, spread),
    atOnce: await latenessOf(OF_USER, () => 0),
    allAtOnce: await latenessOf(ENTRIES, () => 0),
  }
}

/** The gateway's memory with so many entries that wait. */
async function residentWith(count: number, due: () => number): Promise<number> {
  const appliance = await startAppliance({ echo: true, prepare: (state) => write(state, count, due, 'none') })
  try {
    await wait(AT_REST_MS)
    return residentMb(appliance.gatewayPid)
  } finally {
    await appliance.stop()
  }
}

async function latenessOf(count: number, offset: (i: number) => number): Promise<Lateness> {
  const folder = mkdtempSync(join(tmpdir(), 'wakes-'))
  const file = join(folder, 'late')
  const first = Date.now() + LEAD_MS
  const appliance = await startAppliance({
    echo: true,
    isPinned: false,
    // The one before wakes the server: how long that takes is another figure.
    prepare: (state) =>
      write(state, count + 1, (i) => (i === 0 ? first - 5000 : first + offset(i - 1)), file),
  })
  try {
    const late = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    for (const until = Date.now() + 120_000; late().length <= count; await wait(200))
      if (Date.now() > until) throw new Error(`Only ${late().length} of ${count} entries were done.`)
    const sorted = late()
      .slice(1)
      .map(Number)
      .sort((a, b) => a - b)
    return { p50: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 }
  } finally {
    await appliance.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes entries into the state of a gateway that does not run yet: those of one user, who may have fewer by the gateway itself. */
async function write(state: string, count: number, due: (i: number) => number, file: string): Promise<void> {
  const folder = join(state, 'lib/gateway')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await (await openState(folder)).close()
  const db = new DatabaseSync(join(folder, 'gateway.db'))
  const user = instanceName()
  const insert = db.prepare(
    `INSERT INTO wake (user, server, key, due, next, tries, onBehalfOf, rights, reckonedAt)
     VALUES (?, 'echo', ?, ?, ?, 0, ?, '{"capabilities":["echo.use"]}', ?)`,
  )
  db.exec('BEGIN')
  for (let i = 0; i < count; i++) {
    const time = due(i)
    insert.run(user, `${file}#${i}`, time, time, `uid:${process.getuid?.() ?? 0}`, Date.now())
  }
  db.exec('COMMIT')
  db.close()
}
