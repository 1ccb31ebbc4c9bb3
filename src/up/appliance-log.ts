/** Where the lines of services go: all to the log's file, and what a person should know to stderr, readable. */
import type { Io } from '../command/io.ts'
import { LogFile, logFolderIn } from '../command/log/file.ts'
import { fileLine, type Level, readRecord, shownRecord } from '../command/log/record.ts'
import { CLEAR_LINE, writeLine } from '../command/output.ts'

/** Lines below a warning. */
const USUAL = /^\{"level":"(?:trace|debug|info)"/

export interface ApplianceLog {
  /** Takes what a service of this unit said, or what is said about it. */
  log(unit: string, said: string, level?: Level): void
  close(): void
}

export function openApplianceLog(state: string, io: Io): ApplianceLog {
  const file = new LogFile(logFolderIn(state))
  return {
    log(unit, said, level) {
      const line = fileLine(unit, said, new Date(), level)
      file.write(line)
      if (USUAL.test(line)) return
      const text = shownRecord(readRecord(line), io.stderr, io.env)
      writeLine(io.stderr, io.stderr.isTTY ? CLEAR_LINE + text : text)
    },
    close: () => file.close(),
  }
}
