/** A terminal that can be kept from showing what is typed. */
import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import type { Terminal } from './io.ts'

export class MutedOutput extends Writable {
  /** While it is drawn, nothing that is written is shown. */
  drawn = false
  readonly #terminal: Terminal

  constructor(terminal: Terminal) {
    super()
    this.#terminal = terminal
    terminal.on('resize', () => this.emit('resize'))
  }

  get isTTY(): boolean {
    return this.#terminal.isTTY === true
  }
  get columns(): number | undefined {
    return (this.#terminal as Partial<WriteStream>).columns
  }
  get rows(): number | undefined {
    return (this.#terminal as Partial<WriteStream>).rows
  }

  /** At once, so that it keeps its place among what others write there. */
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (!this.drawn) this.#terminal.write(chunk)
    done()
  }
}
