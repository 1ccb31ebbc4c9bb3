/** Reads one YAML file and remembers on which line each of its values stands. */
import { isUtf8 } from 'node:buffer'
import type { SettingPath } from '../../protocol/config.ts'
import { readBytesBounded } from '../bounded-file.ts'
import { ConfigError } from './error.ts'

type Yaml = typeof import('js-yaml')
type Event = ReturnType<Yaml['parseEvents']>[number]

export const MAX_YAML_BYTES = 1024 * 1024
/** Aliases let a short file stand for a value without end; this is how many values it may have when all are written out. */
const MAX_VALUES = 100_000

export interface YamlFile {
  value: unknown
  /** The file and the line of a setting; of the closest one around it, where it has no place of its own. */
  place(path: SettingPath): string
}

/**
 * The file's one document; undefined if there is no such file. Throws a ConfigError if it cannot be read as YAML. `name` is what
 * messages call it.
 */
export async function readYaml(path: string, name = path): Promise<YamlFile | undefined> {
  let bytes: Buffer | undefined
  try {
    bytes = await readBytesBounded(path, MAX_YAML_BYTES)
  } catch (cause) {
    throw new ConfigError(`${name}: it cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (bytes === undefined) return undefined
  return parseYaml(textOf(bytes, name), name)
}

/** As `readYaml`, of a text that was read already. */
export async function parseYaml(text: string, file: string): Promise<YamlFile> {
  // Most processes find no file at all, and start without the parser.
  return parse(await import('js-yaml'), text, file)
}

/** A parser for texts that were read already: gives a document's value. It throws a ConfigError that names the file. */
export async function yamlParser(file: string): Promise<(text: string) => unknown> {
  const yaml = await import('js-yaml')
  return (text) => parse(yaml, text, file).value
}

/** A value as YAML, for a person to read and to put into a file. */
export async function toYaml(value: unknown): Promise<string> {
  const { dump } = await import('js-yaml')
  return dump(value, { lineWidth: -1, noRefs: true })
}

function textOf(bytes: Buffer, file: string): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes)
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (isUtf16) throw new ConfigError(`${file}:1: this is UTF-16 text; save the file as UTF-8.`)
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from)
    const to = end < 0 ? bytes.length : end
    if (!isUtf8(bytes.subarray(from, to))) break
    from = to + 1
  }
  throw new ConfigError(`${file}:${line}: this is not UTF-8 text; save the file as UTF-8.`)
}

function parse(yaml: Yaml, text: string, file: string): YamlFile {
  try {
    const events = yaml.parseEvents(text, {})
    const { inside } = locate(yaml, text, events, file)
    const documents = yaml.constructFromEvents(events, { source: text })
    const lineOf = lines(text)
    const [at = 0, second] = startsOfDocuments(yaml, events)
    if (documents.length > 1)
      throw new ConfigError(
        `${file}:${lineOf(second ?? at)}: a second YAML document begins here; the file must hold one.`,
      )
    return { value: documents[0], place: (path) => `${file}:${lineOf(offsetOf({ at, inside }, path))}` }
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    const line = (error.mark?.line ?? 0) + 1
    throw new ConfigError(`${file}:${line}: this is not valid YAML: ${withoutContent(error.reason)}.`)
  }
}

/** The parser quotes names of anchors and tags, which may be the beginning of a password without quotes. */
function withoutContent(reason: string): string {
  if (/\btag\b/.test(reason)) return 'there is no such tag; put text that begins with ! in quotes'
  if (reason.startsWith('duplicated mapping key')) return 'this key stands twice; remove one of them'
  return reason.replace(/ "[^"]*"/g, '')
}

/** Where a value stands in the text, and the values in it. */
interface Spot {
  at: number
  inside: ReadonlyMap<string | number, Spot>
}

interface Found {
  inside: Spot['inside']
  values: number
}
const ONE: Found = { inside: new Map(), values: 1 }

/** Says on which line, from 1, an offset is. */
function lines(text: string): (at: number) => number {
  let starts: number[] | undefined
  return (at) => {
    starts ??= [...text.matchAll(/\n/g)].map(({ index }) => index + 1)
    let [low, high] = [0, starts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= at) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

/** Where the value of each document begins. */
const startsOfDocuments = (yaml: Yaml, events: readonly Event[]): number[] =>
  events.flatMap(({ type }, i) =>
    type === yaml.EVENT_ID.DOCUMENT ? [Math.max(0, startOf(events[i + 1]))] : [],
  )

/** Where the value at a path begins, or the closest one around it. */
function offsetOf(root: Spot, path: SettingPath): number {
  let found = root
  for (const part of path) {
    const next = found.inside.get(part)
    if (!next) break
    found = next
  }
  return found.at
}

/** Where each value begins in the text (one of a mapping by its key), and how many there are, aliases written out. */
function locate(yaml: Yaml, text: string, events: readonly Event[], file: string): Found {
  const { DOCUMENT, MAPPING, SEQUENCE, SCALAR, ALIAS, POP } = yaml.EVENT_ID
  const anchors = new Map<string, Found>()
  let i = 0
  const isKeyed = (event: Event) => event.type === MAPPING
  /** Passes one value, and gives what is in it. */
  const node = (): Found => {
    const event = events[i++]
    if (event === undefined) return ONE
    if (event.type === ALIAS) return aliased(event)
    const anchor = 'anchorStart' in event ? anchorOf(text, event) : ''
    // What stands within is not named yet; so no value can hold itself.
    anchors.delete(anchor)
    const found =
      event.type === SEQUENCE || isKeyed(event)
        ? collection(event)
        : event.type === DOCUMENT
          ? document()
          : ONE
    if (anchor !== '') anchors.set(anchor, found)
    return found
  }
  const collection = (event: Event): Found => {
    const inside = new Map<string | number, Spot>()
    let values = 1
    for (let item = 0; !ends(); item++) {
      const first = events[i]
      const key = isKeyed(event) ? keyOf(first) : item
      if (isKeyed(event)) node()
      const one = node()
      values += one.values
      const at = startOf(first)
      if (values > MAX_VALUES)
        throw new ConfigError(
          `${file}:${lines(text)(Math.max(0, at))}: from here on it holds more than ${MAX_VALUES} values, aliases written out; make it shorter.`,
        )
      if (key !== undefined && at >= 0) inside.set(key, { at, inside: one.inside })
    }
    return { inside, values }
  }
  const document = (): Found => {
    let found = ONE
    while (!ends()) found = node()
    return found
  }
  const aliased = (event: AnchorRange): Found => {
    const found = anchors.get(anchorOf(text, event))
    if (found) return found
    throw new ConfigError(
      `${file}:${lines(text)(event.anchorStart)}: this alias names nothing that stands before it; put text that begins with * in quotes.`,
    )
  }
  const keyOf = (event: Event | undefined): string | undefined =>
    event?.type === SCALAR ? yaml.getScalarValue(text, event) : undefined
  /** Passes the event that ends a collection. */
  const ends = (): boolean => {
    if (i < events.length && events[i]?.type !== POP) return false
    i++
    return true
  }
  return node()
}

interface AnchorRange {
  anchorStart: number
  anchorEnd: number
}
const anchorOf = (text: string, { anchorStart, anchorEnd }: AnchorRange): string =>
  anchorStart < 0 ? '' : text.slice(anchorStart, anchorEnd)

/** Below 0 where nothing is written. */
function startOf(event: Event | undefined): number {
  if (event === undefined) return -1
  if ('valueStart' in event) return event.valueStart
  if ('start' in event) return event.start
  return 'anchorStart' in event ? event.anchorStart : -1
}
