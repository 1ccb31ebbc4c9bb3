/** The log of the appliance that luca is connected to, as it grows. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { findInstallation, gatewaySocketIn } from '../../command/installation.ts'
import { logFileIn, logFolderIn } from '../../command/log/file.ts'
import { logRecords } from '../../command/log/follow.ts'
import { journalRecords } from '../../command/log/journal.ts'
import type { LogRecord } from '../../command/log/record.ts'

/** So many records are there at first. */
const LATEST = 1000

/** Gives the latest records, and then those that come, until aborted. Throws where there is no log, or none to be read. */
export async function followLog(
  socket: string,
  onRecords: (records: LogRecord[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let waiting: LogRecord[] = []
  for await (const record of recordsOf(socket, signal)) {
    // A burst is one change of the picture.
    if (waiting.length === 0)
      setImmediate(() => {
        onRecords(waiting)
        waiting = []
      })
    waiting.push(record)
  }
}

/** `luca up` keeps a file beside its gateway's socket; in the image there is the journal. */
function recordsOf(socket: string, follow: AbortSignal): AsyncGenerator<LogRecord> {
  const wanted = { last: LATEST, fits: () => true, follow }
  const state = dirname(dirname(dirname(socket)))
  const folder = logFolderIn(state)
  if (socket === gatewaySocketIn(state) && existsSync(logFileIn(folder))) return logRecords(folder, wanted)
  if (findInstallation().kind === 'image') return journalRecords(wanted)
  throw new Error(`The gateway at ${socket} keeps no log that can be read here; that of "luca up" does.`)
}
