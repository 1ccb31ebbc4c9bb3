/** The line mode: at a terminal a conversation, fed from elsewhere a script. */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CliError } from '../command/cli-error.ts'
import type { Outcome } from '../command/exit-codes.ts'
import { defaultState } from '../command/installation.ts'
import { isTerminal } from '../command/io.ts'
import { History } from './history.ts'
import { type LineModeOptions, LineShell } from './shell.ts'
import { converse } from './terminal.ts'

/** Runs lines until their end; gives the outcome of the last one. */
export const runLineMode = (options: LineModeOptions): Promise<Outcome> =>
  isTerminal(options.io)
    ? converse(options, new History(join(defaultState(options.io.env), 'line-history')))
    : follow(options)

/** Runs the lines of stdin one after the other. Ctrl-C ends the one that runs, and with it all of them. */
async function follow(options: LineModeOptions): Promise<Outcome> {
  const shell = new LineShell(options)
  const interrupted = new AbortController()
  const onInterrupt = () => interrupted.abort(new CliError('interrupted', 'Ended by Ctrl-C.'))
  process.once('SIGINT', onInterrupt)
  let outcome: Outcome = 'ok'
  try {
    for await (const line of createInterface({ input: options.io.stdin })) {
      outcome = await shell.run(line, interrupted.signal)
      if (shell.leaving || interrupted.signal.aborted) break
    }
    return outcome
  } finally {
    process.removeListener('SIGINT', onInterrupt)
    shell.jobs.killAll()
    shell.gateway.close()
  }
}
