/** What machines said in tests that failed. */
import { afterEach } from 'node:test'
import type { Machine } from './machine.ts'

/** Saves what a machine said for each test below that fails, under its name. */
export function savesLogs(machine: () => Machine | undefined): void {
  afterEach(async (context) => {
    if ('passed' in context && !context.passed)
      process.stderr.write(`${await machine()?.saveLog(context.name)} has what the machine said.\n`)
  })
}
