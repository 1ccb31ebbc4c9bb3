/**
 * The terminal as a screen. It is entered once and left on every way out: at the end, on a signal, after an error and
 * while another program has it.
 */
import { writeSync } from 'node:fs'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Line } from '../text/lines.ts'
import { type Capabilities, toAscii } from './capabilities.ts'
import { Grid } from './grid.ts'
import { KeyReader } from './keys.ts'
import { type Cursor, Painter } from './painter.ts'
import { Splitter } from './splitter.ts'
import { type ThemeName, themeOf } from './theme.ts'

export type ScreenEvent =
  | { type: 'key'; key: string }
  | { type: 'text'; text: string }
  | { type: 'paste'; text: string; cut: boolean }
  /** Cells from 0. */
  | { type: 'click'; row: number; column: number }
  | { type: 'wheel'; by: 1 | -1 }
  | { type: 'resize'; columns: number; rows: number }
  | { type: 'background'; theme: ThemeName }
  | { type: 'gone' }

/** What is to be seen: one line a row. */
export interface Picture {
  lines: readonly Line[]
  cursor: Cursor | undefined
}

export interface ScreenOptions {
  stdin: ReadStream
  stdout: WriteStream
  capabilities: Capabilities
  theme: ThemeName
  /** Gives what is to be seen now. */
  picture(columns: number, rows: number): Picture
  onEvent(event: ScreenEvent): void
}

/** The least time between two frames that no key asked for, in milliseconds. */
const FRAME_MS = 50
/** How long a storm of resizes is waited out, in milliseconds. */
const RESIZE_MS = 40
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h'
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l'

export class Screen {
  readonly #options: ScreenOptions
  readonly #splitter: Splitter
  #painter: Painter
  #theme: ThemeName
  #synchronised = false
  #mouse = false
  #entered = false
  #frame: NodeJS.Timeout | undefined
  #lastFrameAt = 0
  #resizing: NodeJS.Timeout | undefined
  /** Whether the terminal has not taken the last frame yet. */
  #busy = false
  #clear = false

  constructor(options: ScreenOptions) {
    this.#options = options
    this.#theme = options.theme
    this.#painter = this.#newPainter()
    const keys = new KeyReader((key) => options.onEvent({ type: 'key', key }))
    this.#splitter = new Splitter((piece) => {
      if (piece.type === 'control') keys.push(piece.sequence)
      else if (piece.type === 'mouse') this.#clicked(piece.button, piece.column, piece.row, piece.pressed)
      else if (piece.type === 'synchronised') {
        this.#synchronised = true
        this.#repaintAll()
      } else if (piece.type === 'background') {
        const [red, green, blue] = piece.rgb
        const theme = 0.3 * red + 0.6 * green + 0.1 * blue > 0.5 ? 'light' : 'dark'
        options.onEvent({ type: 'background', theme })
      } else options.onEvent(piece)
    })
    unblock(options.stdout)
  }

  get columns(): number {
    return this.#options.stdout.columns || 80
  }

  get rows(): number {
    return this.#options.stdout.rows || 24
  }

  /** Takes the terminal. */
  enter(): void {
    const { stdin, stdout, capabilities } = this.#options
    this.#entered = true
    stdin.setRawMode(true)
    stdin.on('data', this.#onData)
    stdin.on('end', this.#onGone)
    stdin.on('error', this.#onGone)
    stdin.resume()
    stdout.on('resize', this.#onResize)
    process.on('exit', this.leave)
    const ask = capabilities.answers ? '\x1b[?2026$p\x1b]11;?\x07' : ''
    const enter = capabilities.modern ? '\x1b[?1049h\x1b[?2004h' : ''
    this.#send(enter + (this.#mouse ? MOUSE_ON : '') + ask)
    this.#repaintAll()
  }

  /** Gives the terminal back as it was. Works at once, also while the process ends, and may be called again. */
  readonly leave = (): void => {
    if (!this.#entered) return
    this.#entered = false
    const { stdin, stdout, capabilities } = this.#options
    clearTimeout(this.#frame)
    clearTimeout(this.#resizing)
    this.#frame = undefined
    this.#splitter.close()
    stdin.removeListener('data', this.#onData)
    stdin.removeListener('end', this.#onGone)
    stdin.removeListener('error', this.#onGone)
    stdout.removeListener('resize', this.#onResize)
    process.removeListener('exit', this.leave)
    const modes = capabilities.modern
      ? `${MOUSE_OFF}\x1b[?2004l\x1b[?2026l\x1b[?1049l`
      : `\x1b[${this.rows}H\r\n`
    writeAll(stdout, `\x1b[r\x1b[m\x1b[?25h${modes}`)
    try {
      stdin.setRawMode(false)
    } catch {
      // The terminal is gone, and nothing is left to restore.
    }
    stdin.pause()
  }

  /** Shows the picture as it is now: at once after a key, else not too often, and never faster than the line takes it. */
  refresh(soon: boolean): void {
    if (!this.#entered || this.#busy) return
    const wait = soon ? 0 : this.#lastFrameAt + FRAME_MS - performance.now()
    if (wait <= 0) {
      clearTimeout(this.#frame)
      this.#frame = undefined
      this.#paint()
    } else this.#frame ??= setTimeout(() => this.refresh(true), wait)
  }

  setTheme(theme: ThemeName): void {
    if (theme === this.#theme) return
    this.#theme = theme
    this.#repaintAll()
  }

  /** Whether the terminal tells of clicks; while it does, it does not select text itself. */
  setMouse(wanted: boolean): void {
    if (wanted === this.#mouse || !this.#options.capabilities.modern) return
    this.#mouse = wanted
    if (this.#entered) this.#send(wanted ? MOUSE_ON : MOUSE_OFF)
  }

  bell(): void {
    this.#send('\x07')
  }

  readonly #onData = (bytes: Buffer): void => this.#splitter.push(bytes)
  readonly #onGone = (): void => this.#options.onEvent({ type: 'gone' })
  readonly #onResize = (): void => {
    clearTimeout(this.#resizing)
    this.#resizing = setTimeout(() => {
      this.#options.onEvent({ type: 'resize', columns: this.columns, rows: this.rows })
      this.#repaintAll()
    }, RESIZE_MS)
  }

  #clicked(button: number, column: number, row: number, pressed: boolean): void {
    const { onEvent } = this.#options
    if (button === 64 || button === 65) onEvent({ type: 'wheel', by: button === 64 ? -1 : 1 })
    else if (button === 0 && pressed) onEvent({ type: 'click', row: row - 1, column: column - 1 })
  }

  #newPainter(): Painter {
    const { capabilities } = this.#options
    return new Painter(this.columns, this.rows, {
      theme: themeOf(this.#theme, capabilities.depth),
      encode: (text) => (capabilities.shows(text) ? text : toAscii(text)),
      canScroll: true,
      synchronised: this.#synchronised,
    })
  }

  #repaintAll(): void {
    this.#painter = this.#newPainter()
    this.#clear = true
    this.refresh(true)
  }

  #paint(): void {
    const { columns, rows } = this
    const { lines, cursor } = this.#options.picture(columns, rows)
    if (!this.#painter.fits(columns, rows)) {
      this.#painter = this.#newPainter()
      this.#clear = true
    }
    const grid = new Grid(columns, rows)
    for (let row = 0; row < rows; row++) grid.put(row, lines[row] ?? { spans: [] })
    const cleared = this.#clear ? this.#painter.reset() : ''
    this.#clear = false
    this.#lastFrameAt = performance.now()
    this.#send(cleared + this.#painter.paint(grid, cursor))
  }

  #send(text: string): void {
    if (text === '' || !this.#entered) return
    const { stdout } = this.#options
    if (stdout.write(text) && stdout.writableLength === 0) return
    if (this.#busy) return
    // A slow line gets the newest picture once it has taken this one, and none between.
    this.#busy = true
    const ready = () => {
      if (stdout.writableLength > 0) return void setTimeout(ready, FRAME_MS)
      this.#busy = false
      this.refresh(true)
    }
    stdout.write('', ready)
  }
}

/** A line that takes nothing must not hold up the process: what waits is kept by the stream. */
function unblock(stdout: WriteStream): void {
  const { _handle: handle } = stdout as { _handle?: { setBlocking?(blocking: boolean): void } }
  handle?.setBlocking?.(false)
}

/** Writes past the stream, which has no time left when a process ends. */
function writeAll(stdout: WriteStream, text: string): void {
  try {
    writeSync((stdout as unknown as { fd: number }).fd, text)
  } catch {
    // The terminal is gone, or takes nothing any more.
  }
}
