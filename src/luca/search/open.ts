/**
 * Opens what was found: in a program of this machine, at its line, where the file is one of this machine; else as `luca cat` does. Of a
 * document it prints the page.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { textOf } from '../../command/catalogue.ts'
import { CliError } from '../../command/cli-error.ts'
import type { Context } from '../../command/command.ts'
import type { Outcome } from '../../command/exit-codes.ts'
import { isTerminal } from '../../command/io.ts'
import { inLine, visible, writeJson, writeLine } from '../../command/output.ts'
import type { FoundText } from '../../command/search/found.ts'
import { readServed } from '../../command/served-bytes.ts'
import { type CallToolResult, METHOD } from '../../protocol/mcp.ts'
import { cat } from '../commands/cat.ts'

/** What shows a file where the environment names nothing: the image has the first, nearly all others the second. */
const USUAL = ['nano', 'less']

/** The arguments by which programs begin at a line; others get the file alone. */
const AT_LINE: readonly (readonly [programs: string, words: (file: string, line: number) => string[]])[] = [
  [
    'nano pico vi vim nvim view emacs emacsclient joe mg kak micro less more',
    (file, line) => [`+${line}`, file],
  ],
  ['hx helix subl zed', (file, line) => [`${file}:${line}`]],
  ['code codium', (file, line) => ['--goto', `${file}:${line}`]],
]

/**
 * `hasTerminal` says whether luca may give the terminal to another program. Of a file that is no text, such as a Word document, the
 * passage is shown; of a document with pages, the page.
 */
export async function openHit(hit: FoundText, context: Context, hasTerminal: boolean): Promise<Outcome> {
  const { path, startLine, part } = hit
  const { io, json } = context
  if (part) return await printPart(path, part.number, context)
  if (!json && startLine === 0 && !(await isText(path, context))) {
    writeLine(io.stderr, `${inLine(path)} is no text; this is what was found in it:`)
    writeLine(io.stdout, visible(hit.snippet))
    return 'ok'
  }
  const file = hasTerminal && !json && isTerminal(io) ? await ownFile(path, context) : undefined
  const program = file === undefined ? undefined : programIn(io.env)
  if (file === undefined || program === undefined)
    return cat.run(
      { verb: undefined, positionals: [path], text: () => undefined, list: () => [], flag: () => false },
      context,
    )
  return runAt(program, file, startLine, io.env)
}

async function isText(path: string, context: Context): Promise<boolean> {
  for await (const piece of readServed(path, context)) return !piece.includes(0)
  return true
}

async function printPart(
  path: string,
  number: number,
  { gateway, io, json, signal }: Context,
): Promise<Outcome> {
  const link = await gateway()
  const call = { name: 'fs_read_document', arguments: { path, pages: `${number}` } }
  const result = (await link.request(METHOD.callTool, call, { signal })) as CallToolResult
  if (result.isError) throw new CliError('failed', textOf(result))
  if (json) writeJson(io, result.structuredContent ?? {})
  else writeLine(io.stdout, visible(textOf(result)))
  return 'ok'
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

/** The words of a program that is there: those of the environment first. They are no line of a shell. */
export function programIn(env: NodeJS.ProcessEnv): string[] | undefined {
  const chosen = [env.VISUAL, env.EDITOR, env.PAGER].find((one) => one?.trim())
  const programs = chosen === undefined ? USUAL : [chosen]
  return programs
    .map((one) => one.trim().split(/\s+/))
    .find(([name = '']) => name.includes('/') || isInPath(name, env.PATH ?? ''))
}

function isInPath(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The words that show a file at a line; 0 is none. */
export function wordsAt(program: readonly string[], file: string, line: number): string[] {
  const name = basename(program[0] ?? '')
  const told = AT_LINE.find(([programs]) => programs.split(' ').includes(name))?.[1]
  return [...program, ...(told && line > 0 ? told(file, line) : [file])]
}

function runAt(
  program: readonly string[],
  file: string,
  line: number,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const [name = '', ...words] = wordsAt(program, file, line)
  return new Promise((resolve, reject) => {
    const child = spawn(name, words, { stdio: 'inherit', env })
    child.once('error', (cause) =>
      reject(
        new CliError('failed', `${name} can't be started (${cause.message}); EDITOR names another.`, {
          cause,
        }),
      ),
    )
    child.once('close', (code) =>
      code === 0
        ? resolve('ok')
        : reject(new CliError('failed', `${name} ended with code ${code}; EDITOR names another.`)),
    )
  })
}
