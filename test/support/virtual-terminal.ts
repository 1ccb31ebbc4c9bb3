/** luca on a terminal that tests can look at as a person does. */
import { join } from 'node:path'
import xterm from '@xterm/headless'
import { ROOT } from './appliance.ts'
import { Pty } from './pty.ts'

export interface VirtualTerminalOptions {
  columns?: number
  rows?: number
  /** What runs in it; luca without. */
  command?: string
  args?: readonly string[]
  env?: NodeJS.ProcessEnv
}

/** Cells beside each other that look alike. A colour is one of the 256, or undefined for the terminal's own. */
export interface Run {
  text: string
  /** The first of its columns, and how many it has. */
  column: number
  columns: number
  foreground: number | undefined
  background: number | undefined
  bold: boolean
  underline: boolean
}

export const LUCA = join(ROOT, 'bin/luca')
const WITHIN_MS = 10_000
/** A question that takes no keys yet. */
const SETTLING = /Pause for a moment, then press a key/

export class VirtualTerminal {
  readonly pty: Pty
  readonly #terminal: xterm.Terminal
  /** How many bytes the program has written. */
  bytes = 0
  /** All that it wrote, as it came. */
  raw = ''
  #watch: ((bytes: Buffer) => void) | undefined
  #changed: () => void = () => {}

  constructor({ columns = 80, rows = 24, command = LUCA, args = [], env = {} }: VirtualTerminalOptions = {}) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
    this.pty = new Pty(command, args, {
      columns,
      rows,
      env: {
        ...process.env,
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        NO_COLOR: undefined,
        COLORFGBG: undefined,
        ...env,
      },
      onData: (bytes) => {
        this.bytes += bytes.length
        this.#watch?.(bytes)
        this.raw += bytes.toString('latin1')
        this.#terminal.write(bytes, () => this.#changed())
      },
    })
    // The terminal answers what it is asked.
    this.#terminal.onData((text) => this.pty.write(text))
  }

  get columns(): number {
    return this.#terminal.cols
  }
  get rows(): number {
    return this.#terminal.rows
  }

  /** What is on the screen: one text a row. */
  lines(): string[] {
    const { active } = this.#terminal.buffer
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    )
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** In which column a character stands first, for each row that is asked about. */
  columnsOf(char: string, wanted: (line: string) => boolean): number[] {
    const { active } = this.#terminal.buffer
    return this.lines().flatMap((text, row) => {
      if (!wanted(text)) return []
      const line = active.getLine(active.viewportY + row)
      for (let column = 0; column < this.#terminal.cols; column++)
        if (line?.getCell(column)?.getChars() === char) return [column]
      return [-1]
    })
  }

  /** So many cells of a row, from a column on. */
  cells(row: number, column: number, count: number): string {
    const { active } = this.#terminal.buffer
    const line = active.getLine(active.viewportY + row)
    return Array.from({ length: count }, (_, i) => line?.getCell(column + i)?.getChars() || ' ').join('')
  }

  /** What is on the screen, with its colours: the runs of each row. */
  runs(): Run[][] {
    const { active } = this.#terminal.buffer
    return Array.from({ length: this.rows }, (_, row) => {
      const line = active.getLine(active.viewportY + row)
      const runs: Run[] = []
      for (let column = 0; column < this.columns; column++) {
        const cell = line?.getCell(column)
        const columns = cell?.getWidth() ?? 0
        if (!cell || columns === 0) continue
        const one: Run = {
          text: cell.getChars() || ' ',
          column,
          columns,
          foreground: cell.isFgDefault() ? undefined : cell.getFgColor(),
          background: cell.isBgDefault() ? undefined : cell.getBgColor(),
          bold: cell.isBold() !== 0,
          underline: cell.isUnderline() !== 0,
        }
        const last = runs.at(-1)
        if (last && looksLike(last, one)) {
          last.text += one.text
          last.columns += columns
        } else runs.push(one)
      }
      return runs
    })
  }

  get cursor(): { row: number; column: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active
    return { row: cursorY, column: cursorX }
  }

  /** Whether the second screen is shown, which programs draw on. */
  get isDrawnOn(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }

  /** Whether a frame is not whole yet, of which people see nothing until it is. */
  get #isDrawing(): boolean {
    return this.#terminal.modes.synchronizedOutputMode
  }

  /** Whether any cell of a row has a colour. */
  isColoured(row: number): boolean {
    const line = this.#terminal.buffer.active.getLine(row)
    for (let column = 0; column < this.#terminal.cols; column++) {
      const cell = line?.getCell(column)
      if (cell && (!cell.isFgDefault() || !cell.isBgDefault())) return true
    }
    return false
  }

  type(text: string | Buffer): void {
    this.pty.write(text)
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
    this.pty.resize(columns, rows)
  }

  /** Waits until the screen shows this, all of it at once, and takes keys; gives what it shows then. */
  async shows(
    what: RegExp | readonly RegExp[] | ((screen: string) => boolean),
    withinMs = WITHIN_MS,
  ): Promise<string> {
    const fits =
      typeof what === 'function' ? what : (text: string) => [what].flat().every((one) => one.test(text))
    const deadline = Date.now() + withinMs
    for (;;) {
      const text = this.text()
      if (!this.#isDrawing && !SETTLING.test(text) && fits(text)) return text
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`The screen never showed ${what}, but:\n${text}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 200))
        this.#changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Waits until nothing more was drawn for a while. */
  async settled(): Promise<string> {
    for (let seen = -1; seen !== this.bytes || this.#isDrawing; ) {
      seen = this.bytes
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    return this.text()
  }

  /** Settles with the next bytes of the program that are what is waited for. */
  nextBytes(fits: (text: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watch = (bytes) => {
        if (!fits(bytes.toString('latin1'))) return
        this.#watch = undefined
        resolve()
      }
    })
  }

  async close(): Promise<void> {
    await this.pty.close()
    this.#terminal.dispose()
  }
}

const looksLike = (one: Run, other: Run): boolean =>
  one.foreground === other.foreground &&
  one.background === other.background &&
  one.bold === other.bold &&
  one.underline === other.underline
