/** What a command reads and writes. */
import type { Readable, Writable } from 'node:stream'
import type { ReadStream } from 'node:tty'

export type Terminal = Writable & { isTTY?: boolean }

/** The world outside. */
export interface Io {
  stdin: Readable
  stdout: Terminal
  stderr: Terminal
  env: NodeJS.ProcessEnv
}

/** Whether a person sits at it: both what is typed and what is shown are a terminal's. */
export const isTerminal = ({ stdin, stdout }: Io): boolean =>
  Boolean((stdin as Partial<ReadStream>).isTTY && stdout.isTTY)
