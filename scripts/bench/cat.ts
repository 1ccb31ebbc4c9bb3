/**
 * `luca cat` of a large file, from the command to its last byte, beside plain `cat` of the same file in the same runs.
 * `make bench FILE=scripts/bench/cat.ts` measures this part alone.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT, startAppliance } from '../../test/support/appliance.ts'
import { median } from './median.ts'

const MEGABYTES = 60

export interface CatFigures {
  /** With the start of luca and of the sleeping server, the median of the runs. */
  mbPerSecond: number
  /** Plain `cat` against it, through the same kind of pipe. */
  ratio: number
}

export async function measureCat(runs: number): Promise<CatFigures> {
  const appliance = await startAppliance()
  try {
    const path = join(appliance.files, 'large.bin')
    await writeFile(path, randomBytes(MEGABYTES * 1_000_000))
    const luca = join(ROOT, 'bin/luca')
    const ours: number[] = []
    const plain: number[] = []
    for (let run = 0; run < runs; run++) {
      ours.push(await secondsOf(luca, ['cat', '/large.bin', '--socket', appliance.socket]))
      plain.push(await secondsOf('cat', [path]))
    }
    return { mbPerSecond: MEGABYTES / median(ours), ratio: median(plain) / median(ours) }
  } finally {
    await appliance.stop()
  }
}

/** Until all has come through a pipe, which is read as fast as it comes. */
async function secondsOf(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let bytes = 0
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length
  })
  await once(child, 'close')
  if (bytes !== MEGABYTES * 1_000_000) throw new Error(`${command} gave ${bytes} bytes.`)
  return (performance.now() - started) / 1000
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measureCat(9), null, 2)}\n`)
  process.exit()
}
