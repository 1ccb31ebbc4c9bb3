/** Where the lines of services go: all to the log's file; at a terminal only what needs a person, and readable. */
import type { Io } from '../command.ts'
import { LogFile, logFolderIn } from '../log/file.ts'
import { fileLine, isAtLeast, type Level, readRecord, shownRecord } from '../log/record.ts'
import { CLEAR_LINE, writeLine } from '../output.ts'

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
      if (!io.stderr.isTTY) return writeLine(io.stderr, `${unit}: ${said}`)
      const record = readRecord(line)
      if (isAtLeast(record, 'warn'))
        writeLine(io.stderr, `${CLEAR_LINE}${shownRecord(record, io.stderr, io.env)}`)
    },
    close: () => file.close(),
  }
}
