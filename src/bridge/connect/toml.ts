/** Values as TOML 1.0 (https://toml.io/en/v1.0.0), as far as the configurations of clients need it. */
import { inWords } from '../../protocol/values.ts'

type Table = { [key: string]: unknown }

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Tables become sections, all else lines. Throws for what TOML has no value for. */
export function toToml(table: Table, path: readonly string[] = []): string {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined)
  const lines = entries
    .filter(([, value]) => !isTable(value))
    .map(([key, value]) => `${keyOf(key)} = ${written(value)}\n`)
  const sections = entries.flatMap(([key, value]) => (isTable(value) ? toToml(value, [...path, key]) : []))
  const head = path.length > 0 && lines.length > 0 ? `[${path.map(keyOf).join('.')}]\n` : ''
  const own = head + lines.join('')
  return [...(own === '' ? [] : [own]), ...sections].join('\n')
}

const keyOf = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : textOf(key))

function written(value: unknown): string {
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return inWords(value)
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  throw new TypeError(`TOML has no value for ${JSON.stringify(value)} here.`)
}

/** A basic string: its escapes are JSON's, but for DEL, which JSON leaves as it is. */
const textOf = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f')
