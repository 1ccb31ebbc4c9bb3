/** What was piped into a command. */
import type { Readable } from 'node:stream'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'

/** More than any model takes, and a bound on what a pipe can fill the memory with. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024

/** A question: the words, and what was piped in after them. Undefined for nothing. */
export async function questionWith(
  words: string | undefined,
  { io, signal }: Pick<Context, 'io' | 'signal'>,
): Promise<string | undefined> {
  const isPiped = !(io.stdin as { isTTY?: boolean }).isTTY
  const piped = isPiped ? (await readAll(io.stdin, signal)).trim() : ''
  const parts = [words ?? '', piped].filter((part) => part !== '')
  return parts.length === 0 ? undefined : parts.join('\n\n')
}

async function readAll(stdin: Readable, signal: AbortSignal): Promise<string> {
  const stop = () => stdin.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of stdin) {
      parts.push(Buffer.from(part))
      size += parts.at(-1)?.length ?? 0
      if (size > MAX_INPUT_BYTES)
        throw new CliError('failed', `More than ${MAX_INPUT_BYTES} bytes were piped in; ask about less.`)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return Buffer.concat(parts).toString()
}
