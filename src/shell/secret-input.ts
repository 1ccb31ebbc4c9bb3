/** Passwords and secrets: typed without being shown, or read from stdin; never part of the command line. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Context, Io } from './command.ts'
import { writeLine } from './output.ts'
import { Refusal } from './refusal.ts'

const MAX_BYTES = 1024 * 1024

/** Whether somebody can be asked without showing what is typed. */
export const canType = ({ stdin, stderr }: Io): boolean =>
  Boolean((stdin as { isTTY?: boolean }).isTTY && stderr.isTTY)

/** Asks at the terminal, without showing what is typed; undefined where the input ended. */
function askUnseen({ stdin, stderr }: Io, question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 })
    let answer: string | undefined
    lines.once('SIGINT', () => {
      lines.close()
      process.kill(process.pid, 'SIGINT')
    })
    lines.once('close', () => {
      writeLine(stderr, '')
      resolve(answer)
    })
    lines.once('line', (typed) => {
      answer = typed
      lines.close()
    })
    stderr.write(question)
  })
}

/** A secret typed at the terminal, else all of stdin without a newline at its end. Throws a Refusal for none. */
export async function readSecret(context: Context, question: string): Promise<string> {
  const { io } = context
  const secret = canType(io) ? await askUnseen(io, question) : await readAll(context)
  if (!secret)
    throw new Refusal('usage', 'There was nothing to read; give it on stdin, or type it at a terminal.')
  return secret
}

/** A new password, typed twice. An empty one is none: undefined. Throws a Refusal where the two differ. */
export async function typeNewPassword({ io }: Context, name: string): Promise<string | undefined> {
  const first = await askUnseen(io, `New password of ${name} (empty for none): `)
  if (first === undefined) throw new Refusal('usage', 'No password was typed; nothing was changed.')
  if (first === '') return undefined
  if ((await askUnseen(io, 'The same again: ')) !== first)
    throw new Refusal('usage', 'The two are not the same; nothing was changed.')
  return first
}

async function readAll({ io: { stdin }, ask }: Context): Promise<string> {
  // The line mode has the terminal to itself, and shows what is typed.
  if (ask)
    throw new Refusal('usage', 'A secret is not typed in the line mode; run luca from your own shell for it.')
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stdin) {
    const bytes = Buffer.from(part)
    length += bytes.length
    if (length > MAX_BYTES) throw new Refusal('usage', 'That is too long for a secret.')
    parts.push(bytes)
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
