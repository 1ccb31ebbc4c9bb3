/** Writing for people and for programs. */
import { styleText } from 'node:util'
import { shown } from '../protocol/foreign-text.ts'
import type { Io, Terminal } from './io.ts'

type Style = Parameters<typeof styleText>[0]

/** A style, where the stream is a terminal that shows it and NO_COLOR is not set. */
export const styled = (stream: Terminal, env: NodeJS.ProcessEnv, style: Style, text: string): string =>
  stream.isTTY && !env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text

/** Without what could steer a terminal or turn its text around: names and texts come from files and servers. */
export const visible = shown

/** As `visible`, and all in one line: a name with a line break must not look like two. */
export const inLine = (text: string): string => visible(text).replace(/[\t\n]/g, '\uFFFD')

export const writeLine = (stream: Terminal, text: string): void => {
  stream.write(`${text}\n`)
}

/** What JSON leaves as it is and a terminal would obey. */
const UNESCAPED = /[\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g

/** A value as JSON that says the same when it is shown: no character in it steers a terminal. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(
    UNESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The one JSON document of `--json`. */
export const writeJson = ({ stdout }: Io, value: unknown): void => writeLine(stdout, jsonText(value, 2))

/** Rows with their columns lined up; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    row.map((cell, i) => (i + 1 < row.length ? cell.padEnd(widths[i] ?? 0) : cell)).join('  '),
  )
}

/**
 * Prints a table below its heads, which are bold. Cells come from files and servers, so each is made one line; `shade`
 * gives a row, by its number, another look.
 */
export function writeTable(
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  shade = (line: string, _row: number): string => line,
): void {
  const [head = '', ...lines] = table([heads, ...rows].map((row) => row.map(inLine)))
  writeLine(stdout, styled(stdout, env, 'bold', head.trimEnd()))
  for (const [row, line] of lines.entries()) writeLine(stdout, shade(line.trimEnd(), row))
}

/** Brings the cursor of a terminal to the beginning of its line, and clears that. */
export const CLEAR_LINE = '\r\x1b[K'

/** What takes longer than this is worth a word, in milliseconds. */
const PATIENCE_MS = 1000

/**
 * Shows on a terminal how long something takes, once it takes long; `label` is asked anew each second. Keeps quiet while
 * a question stands there.
 */
export async function patiently<T>(
  { io, isAsking }: { io: Io; isAsking(): boolean },
  label: () => string,
  work: Promise<T>,
): Promise<T> {
  const { stderr } = io
  if (!stderr.isTTY) return work
  const started = performance.now()
  let shown = false
  const timer = setInterval(() => {
    if (isAsking()) return
    const seconds = Math.round((performance.now() - started) / 1000)
    stderr.write(`${CLEAR_LINE}${visible(label()).replaceAll('\n', ' ')} (${seconds} s)`)
    shown = true
  }, PATIENCE_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (shown) stderr.write(CLEAR_LINE)
  }
}
