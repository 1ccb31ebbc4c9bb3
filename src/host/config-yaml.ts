/** Reads one YAML file and remembers on which line each of its keys stands. */
import { readFileBounded } from './bounded-file.ts'
import { ConfigError, type Place } from './config-error.ts'

type Yaml = typeof import('js-yaml')
type Event = ReturnType<Yaml['parseEvents']>[number]

const MAX_BYTES = 1024 * 1024

export interface YamlFile {
  value: unknown
  place: Place
}

/** The file's one document; undefined if there is no such file. Throws a ConfigError if it cannot be read as YAML. */
export async function readYaml(file: string): Promise<YamlFile | undefined> {
  let text: string | undefined
  try {
    text = await readFileBounded(file, MAX_BYTES)
  } catch (cause) {
    throw new ConfigError(`${file}: it cannot be read: ${(cause as Error).message}`, { cause })
  }
  // Most processes find no file at all, and start without the parser.
  return text === undefined ? undefined : parseYaml(await import('js-yaml'), text, file)
}

/** A parser for texts that were read already: gives a document's value. It throws a ConfigError that names the file. */
export async function yamlParser(file: string): Promise<(text: string) => unknown> {
  const yaml = await import('js-yaml')
  return (text) => parseYaml(yaml, text, file).value
}

/** A value as YAML, for a person to read and to put into a file. */
export async function toYaml(value: unknown): Promise<string> {
  const { dump } = await import('js-yaml')
  return dump(value, { lineWidth: -1, noRefs: true })
}

function parseYaml(yaml: Yaml, text: string, file: string): YamlFile {
  try {
    const events = yaml.parseEvents(text, {})
    const documents = yaml.constructFromEvents(events, { source: text })
    if (documents.length > 1) throw new ConfigError(`${file}: it must hold one YAML document, not several.`)
    const offsets = keyOffsets(yaml, text, events)
    return { value: documents[0], place: (path) => `${file}:${lineAt(text, offsets, path)}` }
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    const line = (error.mark?.line ?? 0) + 1
    throw new ConfigError(`${file}:${line}: this is not valid YAML: ${error.reason}.`, { cause: error })
  }
}

const nameOf = (path: readonly string[]): string => JSON.stringify(path)

function lineAt(text: string, offsets: ReadonlyMap<string, number>, path: readonly string[]): number {
  return text.slice(0, offsets.get(nameOf(path)) ?? 0).split('\n').length
}

/** Where each key of the nested mappings begins in the text. */
function keyOffsets(yaml: Yaml, text: string, events: readonly Event[]): Map<string, number> {
  const { DOCUMENT, MAPPING, SEQUENCE, SCALAR, POP } = yaml.EVENT_ID
  const offsets = new Map<string, number>()
  let i = 0
  const node = (path: readonly string[]): void => {
    const event = events[i++]
    if (event?.type === MAPPING) while (!ends()) pair(path)
    else if (event?.type === SEQUENCE || event?.type === DOCUMENT) while (!ends()) node(path)
  }
  const pair = (path: readonly string[]): void => {
    const key = events[i]
    const here = [...path, key?.type === SCALAR ? yaml.getScalarValue(text, key) : '']
    if (key?.type === SCALAR) offsets.set(nameOf(here), key.valueStart)
    node([])
    node(here)
  }
  /** Passes the event that ends a collection. */
  const ends = (): boolean => {
    if (i < events.length && events[i]?.type !== POP) return false
    i++
    return true
  }
  node([])
  return offsets
}
