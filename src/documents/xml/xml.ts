/** XML read piece by piece, within bounds: what a few bytes of it can stand for has no end. Source: XML 1.0, Namespaces in XML 1.0. */
import sax from 'sax'
import { SHORT_NAMES } from './namespaces.ts'

/** Why XML can't be read, as the end of a sentence. */
export class XmlProblem extends Error {
  override readonly name = 'XmlProblem'
  readonly kind: 'damaged' | 'too large'

  constructor(kind: XmlProblem['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export type Attributes = Readonly<Record<string, string | undefined>>

/**
 * What is done with each part. Names have the short name of their namespace in front, as in `w:p`, whatever prefix the file has for it
 * (`SHORT_NAMES`); `?:` is in front of names of other namespaces, and nothing of those without any.
 */
export interface XmlHandler {
  open?(name: string, attributes: Attributes): void
  close?(name: string): void
  /** One text may come in several pieces. */
  text?(text: string): void
}

export const MAX_XML_DEPTH = 256
/** Of one element. */
export const MAX_XML_ATTRIBUTES = 500
/** Of what is held until it ends, such as an attribute or a comment, in characters. */
const MAX_HELD = 1024 * 1024
/** How much is read until that is looked at, in bytes. */
const CHUNK = 16 * 1024
/** How much is looked at for the encoding, in bytes. */
const DECLARATION = 256

/** Names within one element and those in it that declare no namespaces of their own. */
interface Scope {
  /** Short names by prefix. */
  readonly prefixes: ReadonlyMap<string, string>
  /** Names as they are in the file, and as they are known here: looking up is faster than putting together. */
  readonly names: Map<string, string>
  /** Whether attributes have other prefixes in the file. */
  readonly isRenamed: boolean
}

const NO_NAMESPACE = ''
const OUTERMOST: Scope = {
  prefixes: new Map([['xml', 'xml']]),
  names: new Map(),
  isRenamed: false,
}

/** What `sax` has, and its types lack. */
interface Held {
  readonly attribValue: string
  readonly attribName: string
  readonly tagName: string
  readonly comment: string
  readonly doctype: string
  readonly procInstBody: string
  readonly sgmlDecl: string
  readonly entity: string
  ENTITIES: object
}

/** Throws XmlProblem while it reads; what was read until then has been handled. */
export class XmlReader {
  readonly #what: string
  readonly #handler: XmlHandler
  readonly #parser: sax.SAXParser
  readonly #scopes: Scope[] = [{ ...OUTERMOST, names: new Map() }]
  #decoder: TextDecoder | undefined
  #attributes = 0
  #declares = false

  /** `what` is named where it is wrong, as in "its xl/workbook.xml". */
  constructor(what: string, handler: XmlHandler) {
    this.#what = what
    this.#handler = handler
    const parser = sax.parser(true, { position: false })
    // Else names such as `constructor` would be entities.
    const held = parser as unknown as Held
    held.ENTITIES = Object.assign(Object.create(null), Object.getPrototypeOf(held.ENTITIES))
    parser.onerror = (cause) => {
      throw new XmlProblem('damaged', `${what} is not well-formed XML`, { cause })
    }
    // Such an entity could stand for gigabytes, or for another file.
    parser.ondoctype = (doctype) => {
      if (doctype.includes('<!ENTITY'))
        throw new XmlProblem('damaged', `${what} declares entities of its own`)
    }
    parser.onattribute = ({ name }) => this.#attribute(name)
    parser.onopentag = ({ name, attributes }) => this.#open(name, attributes as Record<string, string>)
    parser.onclosetag = (name) => {
      const scope = this.#scopes.pop() as Scope
      handler.close?.(nameIn(scope, name))
    }
    const { text } = handler
    if (text) parser.ontext = parser.oncdata = (piece) => text.call(handler, piece)
    this.#parser = parser
  }

  write(bytes: Uint8Array): void {
    this.#decoder ??= new TextDecoder(encodingOf(bytes))
    for (let at = 0; at < bytes.length; at += CHUNK)
      this.#parse(this.#decoder.decode(bytes.subarray(at, at + CHUNK), { stream: true }))
  }

  /** Throws if the document does not end here. */
  end(): void {
    if (this.#decoder) this.#parse(this.#decoder.decode())
    this.#parser.close()
  }

  #parse(text: string): void {
    const parser = this.#parser
    parser.write(text)
    parser.flush()
    const held = parser as unknown as Held
    const { attribValue, attribName, tagName, comment, doctype, procInstBody, sgmlDecl, entity } = held
    for (const { length } of [
      ...[attribValue, attribName, tagName, comment],
      ...[doctype, procInstBody, sgmlDecl, entity],
    ])
      if (length > MAX_HELD) this.#stop(`has an attribute or a comment of more than ${MAX_HELD} characters`)
  }

  #attribute(name: string): void {
    if (++this.#attributes > MAX_XML_ATTRIBUTES)
      this.#stop(`has an element with more than ${MAX_XML_ATTRIBUTES} attributes`)
    if (name.startsWith('xmlns')) this.#declares = true
    // The parser asks each element for a method of that name.
    else if (name === 'hasOwnProperty')
      throw new XmlProblem('damaged', `${this.#what} is not what it should be`)
  }

  #open(name: string, attributes: Record<string, string>): void {
    const outer = this.#scopes.at(-1) as Scope
    const scope = this.#declares ? scopeWithin(outer, attributes) : outer
    this.#attributes = 0
    this.#declares = false
    if (this.#scopes.push(scope) > MAX_XML_DEPTH + 1)
      this.#stop(`nests deeper than ${MAX_XML_DEPTH} elements`)
    this.#handler.open?.(nameIn(scope, name), scope.isRenamed ? renamed(scope, attributes) : attributes)
  }

  #stop(why: string): never {
    throw new XmlProblem('too large', `${this.#what} ${why}`)
  }
}

/** Throws XmlProblem. */
export function readXml(what: string, bytes: Uint8Array, handler: XmlHandler): void {
  const reader = new XmlReader(what, handler)
  reader.write(bytes)
  reader.end()
}

/** What the handler emits, no further read than it is asked for. Throws XmlProblem. */
export async function* streamXml<T>(
  what: string,
  chunks: AsyncIterable<Uint8Array>,
  handlerOf: (emit: (item: T) => void) => XmlHandler,
): AsyncGenerator<T, void, void> {
  let items: T[] = []
  const reader = new XmlReader(
    what,
    handlerOf((item) => {
      items.push(item)
    }),
  )
  const taken = () => {
    const all = items
    items = []
    return all
  }
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += CHUNK) {
      let problem: unknown
      try {
        reader.write(chunk.subarray(at, at + CHUNK))
      } catch (cause) {
        problem = cause
      }
      yield* taken()
      if (problem !== undefined) throw problem
    }
  reader.end()
  yield* taken()
}

function scopeWithin(outer: Scope, attributes: Record<string, string>): Scope {
  const prefixes = new Map(outer.prefixes)
  for (const [name, uri] of Object.entries(attributes)) {
    const prefix = name === 'xmlns' ? '' : name.startsWith('xmlns:') ? name.slice('xmlns:'.length) : undefined
    if (prefix !== undefined) prefixes.set(prefix, uri === '' ? NO_NAMESPACE : (SHORT_NAMES.get(uri) ?? '?'))
  }
  const isRenamed = [...prefixes].some(([prefix, short]) => prefix !== '' && prefix !== short)
  return { prefixes, names: new Map(), isRenamed }
}

function nameIn({ names, prefixes }: Scope, name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const colon = name.indexOf(':')
  const prefix = colon === -1 ? '' : name.slice(0, colon)
  const short = prefixes.get(prefix) ?? (prefix === '' ? NO_NAMESPACE : '?')
  const local = name.slice(colon + 1)
  const full = short === NO_NAMESPACE ? local : `${short}:${local}`
  if (names.size < MAX_NAMES) names.set(name, full)
  return full
}

/** So many names are remembered; documents of the formats that are read have fewer. */
const MAX_NAMES = 1000

const renamed = (scope: Scope, attributes: Record<string, string>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => !name.startsWith('xmlns'))
      .map(([name, value]) => [name.includes(':') ? nameIn(scope, name) : name, value]),
  )

function encodingOf(bytes: Uint8Array): string {
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, DECLARATION))
  const [first, second] = beginning
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be'
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(
    beginning.toString('latin1'),
  )?.[1]
  const known = knownAs(declared ?? '')
  // Its declaration could not be read so if it were.
  return known === undefined || known.startsWith('utf-16') ? 'utf-8' : known
}

function knownAs(encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding).encoding
  } catch {
    return undefined
  }
}
