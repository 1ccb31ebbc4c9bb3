/** Escape sequences of many kinds of terminals → names of keys, by blessed's table of them. */
import { EventEmitter } from 'node:events'
import { emitKeypressEvents } from 'blessed/lib/keys.js'

interface Pressed {
  name?: string
  ctrl?: boolean
  meta?: boolean
  shift?: boolean
}

const NAMES: Readonly<Record<string, string>> = { return: 'enter', linefeed: 'C-j' }

export class KeyReader {
  readonly #stream = new EventEmitter()
  readonly #take: (key: string) => void

  /** `take` gets names such as `enter`, `C-p`, `M-left`, `S-tab`. */
  constructor(take: (key: string) => void) {
    this.#take = take
    emitKeypressEvents(this.#stream)
    this.#stream.on('keypress', (text: string | undefined, key: Pressed | undefined) => {
      const name = nameOf(text, key)
      if (name !== undefined) take(name)
    })
  }

  push(sequence: string): void {
    // blessed takes Alt-Enter for two keys.
    if (sequence === '\x1b\r') this.#take('M-enter')
    else this.#stream.emit('data', Buffer.from(sequence))
  }
}

function nameOf(text: string | undefined, key: Pressed | undefined): string | undefined {
  const name = key?.name
  if (name === undefined || name === 'undefined') return text
  const plain = NAMES[name] ?? name
  if (plain.startsWith('C-')) return plain
  return `${key?.ctrl ? 'C-' : ''}${key?.meta ? 'M-' : ''}${key?.shift ? 'S-' : ''}${plain}`
}
