/** Passwords and secrets: typed without being shown, or read from stdin; never part of the command line. */

import { CliError } from './cli-error.ts'
import type { Context, Prompter } from './command.ts'
import type { Io } from './io.ts'

const MAX_BYTES = 1024 * 1024

/** A secret typed at the terminal, else all of stdin without a newline at its end. Throws a CliError for none. */
export async function readSecret(context: Context, question: string): Promise<string> {
  const { ask, io } = context
  const secret = ask ? await ask(question, { unseen: true }) : await readAll(io)
  if (!secret)
    throw new CliError('usage', 'stdin was empty; give the value on stdin, or type it at a terminal.')
  return secret
}

/** Several secrets by their names, each typed at the terminal; else a line of stdin for each, in order. Throws a CliError for none. */
export async function readSecrets(context: Context, names: readonly string[]): Promise<string[]> {
  const [name = ''] = names
  if (names.length === 1) return [await readSecret(context, `${name}: `)]
  const secrets: string[] = []
  if (context.ask) for (const each of names) secrets.push(await readSecret(context, `${each}: `))
  else secrets.push(...(await readAll(context.io)).split(/\r?\n/))
  if (secrets.length !== names.length || secrets.includes(''))
    throw new CliError('usage', `On stdin there must be a line for each of ${names.join(', ')}.`)
  return secrets
}

/** A new word, typed twice. An empty one is none: undefined. Throws a CliError where the two differ. */
export async function typeNew(ask: Prompter, what: string): Promise<string | undefined> {
  const first = await ask(`${what} (empty for none): `, { unseen: true })
  if (first === undefined) throw new CliError('usage', 'Nothing was typed; nothing was changed.')
  if (first === '') return undefined
  if ((await ask('The same again: ', { unseen: true })) !== first)
    throw new CliError('usage', 'The two are not the same; nothing was changed.')
  return first
}

async function readAll({ stdin }: Io): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stdin) {
    const bytes = Buffer.from(part)
    length += bytes.length
    if (length > MAX_BYTES) throw new CliError('usage', 'The value is too long for a secret.')
    parts.push(bytes)
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
