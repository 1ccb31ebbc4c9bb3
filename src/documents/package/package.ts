/** A document that is a zip archive of XML files, read within bounds; its problems are those of the document. */
import { type DocumentProblem, documentProblem, type ReadOptions } from '../document.ts'
import { readXml, streamXml, type XmlHandler, XmlProblem } from '../xml/xml.ts'
import { shownName, ZipProblem } from '../zip/problem.ts'
import { openZip, type Zip } from '../zip/zip.ts'

/** In one archive; books of many pictures have some thousands. */
export const MAX_PARTS = 20_000
/** Of a part that is read as a whole, unpacked. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024
/** Of all that is unpacked for one reading of a document. */
export const MAX_READ_BYTES = 192 * 1024 * 1024

/** What Office puts around an encrypted document, and had for all documents until 2007. Source: MS-CFB, section 2.2. */
const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const ENCRYPTED_STREAM = Buffer.from('EncryptedPackage', 'utf16le')

/** Throws a DocumentProblem for one, whatever its name says. */
export function refuseCompoundFile(bytes: Buffer, name: string): void {
  if (!bytes.subarray(0, COMPOUND_FILE.length).equals(COMPOUND_FILE)) return
  throw bytes.includes(ENCRYPTED_STREAM)
    ? documentProblem(name, 'encrypted', 'it is encrypted: save it without a password')
    : documentProblem(name, 'unsupported', 'it is in a format of Office before 2007: save it in a newer one')
}

/** Of parts, in one reading: each of them may refer to the same small one again and again. */
export const MAX_READS = 100_000

export class Package {
  readonly #bytes: Buffer
  readonly #options: ReadOptions
  readonly #zip: Zip
  #left = MAX_READ_BYTES
  #readsLeft = MAX_READS

  /** Throws a DocumentProblem for what is no zip archive. `opened` is the archive where it was opened before. */
  constructor(bytes: Buffer, options: ReadOptions, opened?: Zip) {
    this.#bytes = bytes
    this.#options = options
    refuseCompoundFile(bytes, options.name)
    this.#zip = opened ?? this.#asked(() => openZip(bytes, MAX_PARTS))
  }

  /** The same document for another reading, of which `MAX_READ_BYTES` holds anew. */
  again(): Package {
    return new Package(this.#bytes, this.#options, this.#zip)
  }

  has(part: string): boolean {
    return this.#zip.has(part)
  }

  hasFolder(folder: string): boolean {
    return this.#zip.names().some((name) => name.startsWith(`${folder}/`))
  }

  /** A part as it is; undefined if there is none. Throws a DocumentProblem. */
  bytes(part: string): Buffer | undefined {
    return this.#asked(() => {
      this.#options.signal?.throwIfAborted()
      if (--this.#readsLeft < 0)
        throw this.problem('too large', `its parts refer to each other more than ${MAX_READS} times`)
      const content = this.#zip.read(part, MAX_HELD_BYTES)
      this.#count(content?.length ?? 0)
      return content
    })
  }

  /** Whether an ASCII text stands somewhere in a part; reads no further. Throws a DocumentProblem. */
  async includes(part: string, text: string): Promise<boolean> {
    let end = Buffer.alloc(0)
    try {
      for await (const piece of this.#counted(this.#zip.stream(part, MAX_READ_BYTES) ?? [])) {
        const joined = Buffer.concat([end, piece])
        if (joined.includes(text, 0, 'latin1')) return true
        end = joined.subarray(-text.length)
      }
    } catch (cause) {
      throw this.#problemOf(cause)
    }
    return false
  }

  /** Reads a part through; false if there is none. Throws a DocumentProblem. */
  xml(part: string, handler: XmlHandler): boolean {
    const content = this.bytes(part)
    if (content) this.#asked(() => readXml(`its ${shownName(part)}`, content, handler))
    return content !== undefined
  }

  /**
   * What the handler emits of a part, no further read than it is asked for; nothing if there is no such part. Throws a DocumentProblem,
   * for what is damaged when it comes to that.
   */
  async *stream<T>(
    part: string,
    handlerOf: (emit: (item: T) => void) => XmlHandler,
  ): AsyncGenerator<T, void, void> {
    try {
      const pieces = this.#zip.stream(part, MAX_READ_BYTES)
      if (pieces) yield* streamXml(`its ${shownName(part)}`, this.#counted(pieces), handlerOf)
    } catch (cause) {
      throw this.#problemOf(cause)
    }
  }

  /** `why` is the end of a sentence. */
  problem(kind: DocumentProblem['kind'], why: string, cause?: unknown): DocumentProblem {
    return documentProblem(this.#options.name, kind, why, cause)
  }

  async *#counted(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      this.#options.signal?.throwIfAborted()
      this.#count(piece.length)
      yield piece
    }
  }

  #count(unpacked: number): void {
    this.#left -= unpacked
    if (this.#left < 0) throw this.problem('too large', `it unpacks to more than ${MAX_READ_BYTES} bytes`)
  }

  #asked<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      throw this.#problemOf(cause)
    }
  }

  #problemOf(cause: unknown): unknown {
    return cause instanceof ZipProblem || cause instanceof XmlProblem
      ? this.problem(cause.kind, cause.message, cause)
      : cause
  }
}
