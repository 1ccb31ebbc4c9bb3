/** The environment of a server of others, as a person gives it: what may be secret need not stand on the command line. */
import { parseEnv } from 'node:util'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import { readGivenFile } from '../../command/given-file.ts'
import { inLine } from '../../command/output.ts'
import { readSecrets } from '../../command/secret-input.ts'

/** More than any file of variables has, in bytes. */
const MAX_BYTES = 1024 * 1024
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export interface Variables {
  values: Record<string, string>
  /** Those whose values stood on the command line. */
  open: string[]
}

/**
 * `NAME=VALUE`, or `NAME` for what the shell has, else what is typed unseen or comes on stdin, a line for each; and files of such
 * lines. What is named by itself wins over a file. Throws a CliError, or what `misuse` gives for a text that is neither.
 */
export async function readVariables(
  given: readonly string[],
  files: readonly string[],
  misuse: (what: string) => CliError,
  context: Context,
): Promise<Variables> {
  const values: Record<string, string> = {}
  for (const file of files) Object.assign(values, await variablesIn(file))
  const open: string[] = []
  const asked: string[] = []
  for (const text of given) {
    const [name = '', ...rest] = text.split('=')
    if (!NAME.test(name)) throw misuse('--env takes NAME, or NAME=VALUE')
    const value = rest.length > 0 ? rest.join('=') : context.io.env[name]
    if (rest.length > 0) open.push(name)
    if (value === undefined) asked.push(name)
    else values[name] = value
  }
  const answers = asked.length === 0 ? [] : await readSecrets(context, asked)
  for (const [i, name] of asked.entries()) values[name] = answers[i] as string
  return { values, open }
}

async function variablesIn(file: string): Promise<Record<string, string>> {
  const found = Object.entries(parseEnv(await readGivenFile(file, MAX_BYTES)))
  const odd = found.find(([name]) => !NAME.test(name))
  if (odd)
    throw new CliError('usage', `"${inLine(file)}" names a variable "${inLine(odd[0])}", which can't be one.`)
  if (found.length === 0)
    throw new CliError('usage', `"${inLine(file)}" has no line NAME=VALUE, so that it gives no variables.`)
  return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']))
}

/** What is to be said of values that stood on the command line. */
export const onCommandLine = (names: readonly string[]): string =>
  `the value of ${names.map(inLine).join(', ')} stood on the command line, which other users of this machine can see and your shell keeps. ` +
  `Give "--env ${inLine(names[0] ?? 'NAME')}" without a value to type it hidden or send it on stdin, or "--env-file FILE".`
