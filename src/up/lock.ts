/** One `luca up` on a state folder at a time. */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CliError } from '../command/cli-error.ts'
import { mustBeFileIfThere, readFileBoundedSync } from '../host/bounded-file.ts'
import { tryLock } from '../host/file-calls.ts'

const MAX_PID_BYTES = 64

/** A pipe in its place must not be waited for. */
const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants

/**
 * Takes the state folder for this process, until it ends or `release` is called. Throws a CliError that names who
 * has it, or an UnusableFile where something else than a file has the lock's name.
 */
export function lockState(state: string): { release(): void } {
  const path = join(state, 'luca-up.pid')
  mustBeFileIfThere(path)
  const fd = openToLock(path, state)
  if (!tryLock(fd)) {
    closeSync(fd)
    const pid = readFileBoundedSync(path, MAX_PID_BYTES)?.trim()
    throw new CliError(
      'busy',
      `"luca up" runs already on ${state} (pid ${pid}); stop it, or name another folder with --state.`,
    )
  }
  ftruncateSync(fd)
  writeSync(fd, `${process.pid}\n`)
  return { release: () => closeSync(fd) }
}

/** Appending does not empty it, should another process hold it. */
function openToLock(path: string, state: string): number {
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600)
  } catch (cause) {
    throw new CliError(
      'failed',
      `The state folder ${state} can't be written to (${(cause as Error).message}); --state names another one.`,
      { cause },
    )
  }
}
