/** Programs of this machine that show what was found: editors and pagers. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { CliError } from '../../command/cli-error.ts'
import type { Outcome } from '../../command/exit-codes.ts'

/** The pager where the environment names none. */
const PAGER = 'less'
/** What shows a file where the environment names nothing: the image has the first, nearly all others the second. */
const USUAL = ['nano', PAGER]

/** The arguments by which programs begin at a line; others get the file alone. */
const AT_LINE: readonly (readonly [programs: string, words: (file: string, line: number) => string[]])[] = [
  [
    'nano pico vi vim nvim view emacs emacsclient joe mg kak micro less more',
    (file, line) => [`+${line}`, file],
  ],
  ['hx helix subl zed', (file, line) => [`${file}:${line}`]],
  ['code codium', (file, line) => ['--goto', `${file}:${line}`]],
]

/** The words of a program that is there: those of the environment first. They are no line of a shell. */
export function programIn(env: NodeJS.ProcessEnv): string[] | undefined {
  const chosen = [env.VISUAL, env.EDITOR, env.PAGER].find((one) => one?.trim())
  const programs = chosen === undefined ? USUAL : [chosen]
  return programs.map((one) => one.trim().split(/\s+/)).find((words) => isThere(words, env))
}

const isThere = ([name = '']: readonly string[], { PATH = '' }: NodeJS.ProcessEnv): boolean =>
  name.includes('/') || isInPath(name, PATH)

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

/** The words of a pager that is there, with which a text on its stdin is shown from a line on. */
export function pagerAt(env: NodeJS.ProcessEnv, line: number): string[] | undefined {
  const words = (env.PAGER?.trim() || PAGER).split(/\s+/)
  if (!isThere(words, env)) return undefined
  return basename(words[0] ?? '') === PAGER ? [...words, `+${line}`] : words
}

/** Runs them in the terminal until they end; `input` is what they read. The environment variable that names another is for a failure. */
export function runProgram(
  [name = '', ...words]: readonly string[],
  env: NodeJS.ProcessEnv,
  { input, variable }: { input?: string; variable: 'EDITOR' | 'PAGER' },
): Promise<Outcome> {
  const failed = (why: string, cause?: unknown) =>
    new CliError('failed', `${name} ${why}; ${variable} names another.`, { cause })
  return new Promise((resolve, reject) => {
    const stdin = input === undefined ? 'inherit' : 'pipe'
    const child = spawn(name, words, { stdio: [stdin, 'inherit', 'inherit'], env })
    child.once('error', (cause) => reject(failed(`can't be started (${cause.message})`, cause)))
    child.once('close', (code) => (code === 0 ? resolve('ok') : reject(failed(`ended with code ${code}`))))
    // Who leaves a pager early has read enough.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
