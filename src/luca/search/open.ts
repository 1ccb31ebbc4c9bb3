/** Opens what was found: in a program of this machine, at its line, where the file is one of this machine; else as `luca cat` does. */
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../../command/catalogue.ts'
import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { isTerminal } from '../../command/io.ts'
import type { FoundText } from '../../command/search/found.ts'
import { readServed } from '../../command/served-bytes.ts'
import { type CallToolResult, METHOD } from '../../protocol/mcp.ts'
import { cat } from '../commands/cat.ts'
import { openDocument } from './open-document.ts'
import { programIn, runProgram, wordsAt } from './program.ts'

/**
 * `hasTerminal` says whether luca may give the terminal to another program. Of what is no text, its page is read, or all of it where it has
 * none; if it can't be read, the passage is shown.
 */
export async function openHit(hit: FoundText, context: Context, hasTerminal: boolean): Promise<Outcome> {
  const { path, startLine, part } = hit
  const { io, json } = context
  if (part || (startLine === 0 && !(await isText(path, context))))
    return openDocument(hit, context, hasTerminal)
  const file = hasTerminal && !json && isTerminal(io) ? await ownFile(path, context) : undefined
  const program = file === undefined ? undefined : programIn(io.env)
  if (file === undefined || program === undefined)
    return cat.run(
      { verb: undefined, positionals: [path], text: () => undefined, list: () => [], flag: () => false },
      context,
    )
  return runProgram(wordsAt(program, file, startLine), io.env, { variable: 'EDITOR' })
}

async function isText(path: string, context: Context): Promise<boolean> {
  for await (const piece of readServed(path, context)) return !piece.includes(0)
  return true
}

/** Where a served file lies on this machine; undefined where the user who asks can't read it there. */
async function ownFile(path: string, { gateway, signal }: Context): Promise<string | undefined> {
  const link = await gateway()
  const call = { name: 'fs_list_allowed_directories', arguments: {} }
  const told = textOf((await link.request(METHOD.callTool, call, { signal })) as CallToolResult)
  const root = told.split('\n').find((line) => line.startsWith('/'))
  if (root === undefined) return undefined
  const file = join(root, path)
  try {
    accessSync(file, constants.R_OK)
    return statSync(file).isFile() ? file : undefined
  } catch {
    return undefined
  }
}
