/** The log in the image: what the journal has of the appliance's units. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { CliError } from '../cli-error.ts'
import type { Wanted } from './follow.ts'
import { fileLine, type LogRecord, levelOfPriority, readRecord } from './record.ts'

/** How many are looked through for those that are wanted. */
const LOOKED_THROUGH = 20_000
const UNITS = ['--unit=llmbasedos-*', '--unit=mcp-*']

/** An entry as systemd.journal-fields(7) describes it. */
interface Entry {
  MESSAGE?: string | number[] | null
  PRIORITY?: string
  _SYSTEMD_UNIT?: string
  /** Of what systemd itself says about a unit. */
  UNIT?: string
  __REALTIME_TIMESTAMP?: string
  __CURSOR?: string
}

/** As `logRecords`. Throws a CliError where the journal can't be read. */
export async function* journalRecords({ last, fits, follow }: Wanted): AsyncGenerator<LogRecord> {
  const kept: LogRecord[] = []
  let cursor: string | undefined
  for await (const entry of entries([`--lines=${LOOKED_THROUGH}`], follow)) {
    cursor = entry.__CURSOR
    const record = recordOf(entry)
    if (fits(record) && kept.push(record) > last) kept.shift()
  }
  yield* kept
  if (!follow || follow.aborted) return
  const from = cursor === undefined ? ['--lines=0'] : ['--no-tail', `--after-cursor=${cursor}`]
  for await (const entry of entries(['--follow', ...from], follow)) {
    const record = recordOf(entry)
    if (fits(record)) yield record
  }
}

async function* entries(args: readonly string[], stop: AbortSignal | undefined): AsyncGenerator<Entry> {
  const child = spawn('journalctl', ['--quiet', '--no-pager', '--output=json', ...UNITS, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = () => child.kill('SIGTERM')
  stop?.addEventListener('abort', end, { once: true })
  const problem = new Promise<string | undefined>((resolve) => {
    let said = ''
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(0, 500)
    })
    child.once('error', () => resolve('there is no journalctl on this machine'))
    child.once('close', (code) => resolve(code ? said.trim().split('\n', 1)[0] || `code ${code}` : undefined))
  })
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Entry
    const what = await problem
    if (what !== undefined && !stop?.aborted)
      throw new CliError(
        'denied',
        `The journal can't be read: ${what}. Root and the group systemd-journal may.`,
      )
  } finally {
    stop?.removeEventListener('abort', end)
    end()
  }
}

export function recordOf(entry: Entry): LogRecord {
  const { MESSAGE: said, PRIORITY: priority, __REALTIME_TIMESTAMP: microseconds = 0 } = entry
  // What is not UTF-8 comes as its bytes.
  const text = Array.isArray(said) ? Buffer.from(said).toString() : (said ?? '')
  const unit = (entry.UNIT ?? entry._SYSTEMD_UNIT ?? '?').replace(/\.(service|socket)$/, '')
  return readRecord(fileLine(unit, text, new Date(Number(microseconds) / 1000), levelOfPriority(priority)))
}
