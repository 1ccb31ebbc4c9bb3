/** Files that come in pieces, since no message holds a large one. They are held in memory until they are whole; nothing of them is on the disk. */
import { randomUUID } from 'node:crypto'
import { type ToolContext, ToolError } from '../../protocol/define.ts'
import { MAX_SAVED_BYTES, MAX_UNSAVED_BYTES, UNSAVED_MS } from './limits.ts'

interface Unsaved {
  caller: string | undefined
  path: string
  pieces: Buffer[]
  bytes: number
  timer: NodeJS.Timeout
}

type Call = Pick<ToolContext, 'caller'>

export class Saving {
  readonly #unsaved = new Map<string, Unsaved>()

  /** Keeps a piece, and gives what the next one names. Throws a ToolError where that is too much. */
  keep(path: string, piece: Buffer, upload: string | undefined, call: Call): string {
    const before = upload === undefined ? undefined : this.#taken(upload, path, call)
    const bytes = (before?.bytes ?? 0) + piece.length
    mustFit(path, bytes)
    let held = bytes
    for (const one of this.#unsaved.values()) held += one.bytes
    if (held > MAX_UNSAVED_BYTES)
      throw new ToolError('Too many files are being saved at the same time. Try again in a minute.')
    const id = randomUUID()
    const timer = setTimeout(() => this.#unsaved.delete(id), UNSAVED_MS).unref()
    this.#unsaved.set(id, {
      caller: call.caller,
      path,
      pieces: [...(before?.pieces ?? []), piece],
      bytes,
      timer,
    })
    return id
  }

  /** The whole of it, with its last piece. Throws a ToolError. */
  whole(path: string, piece: Buffer, upload: string | undefined, call: Call): Buffer {
    const before = upload === undefined ? undefined : this.#taken(upload, path, call)
    mustFit(path, (before?.bytes ?? 0) + piece.length)
    return before ? Buffer.concat([...before.pieces, piece]) : piece
  }

  close(): void {
    for (const { timer } of this.#unsaved.values()) clearTimeout(timer)
    this.#unsaved.clear()
  }

  #taken(upload: string, path: string, { caller }: Call): Unsaved {
    const unsaved = this.#unsaved.get(upload)
    if (!unsaved || unsaved.caller !== caller || unsaved.path !== path)
      throw new ToolError(
        `There is no unfinished file of this "upload" for ${JSON.stringify(path)}; one is forgotten after a minute without a piece. Begin again.`,
        { kind: 'not_found' },
      )
    clearTimeout(unsaved.timer)
    this.#unsaved.delete(upload)
    return unsaved
  }
}

function mustFit(path: string, bytes: number): void {
  if (bytes > MAX_SAVED_BYTES)
    throw new ToolError(
      `${JSON.stringify(path)} is longer than ${MAX_SAVED_BYTES} bytes, the most that is saved. Nothing was written.`,
      { kind: 'invalid' },
    )
}
