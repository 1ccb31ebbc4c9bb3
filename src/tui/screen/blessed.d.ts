/** The parts of blessed that are used. */
declare module 'blessed/lib/keys.js' {
  import type { EventEmitter } from 'node:events'

  /** Makes a stream that emits `data` emit `keypress` too. */
  export function emitKeypressEvents(stream: EventEmitter): void
}

declare module 'blessed/lib/colors.js' {
  /** The number of the closest of 256 colours. */
  function match(colour: string): number
  const colors: {
    match: typeof match
    /** What `match` has found, by the colour that it was asked for. */
    _cache: Record<number, number>
  }
  export default colors
}
