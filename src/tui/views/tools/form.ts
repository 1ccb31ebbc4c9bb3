/** A form made from a tool's schema, and the arguments that it means. */
import { parseExactly } from '../../../protocol/exact-json.ts'
import type { JsonSchema } from '../../../protocol/mcp.ts'
import { inWords, isRecord, numberIn, put, wholeIn } from '../../../protocol/values.ts'
import { type Editor, editorOf, NO_TEXT } from '../../model/editor.ts'

export interface FormField {
  name: string
  description: string
  required: boolean
  /** What it takes: a word for a plain value, `json` for anything nested. */
  kind: 'string' | 'number' | 'integer' | 'boolean' | 'json'
  choices: readonly string[]
  /** What it is without, as text. */
  without: string
  value: Editor
}

const KINDS = ['string', 'number', 'integer', 'boolean'] as const

/** The fields of a schema; what it requires comes first. */
export function fieldsOf(schema: JsonSchema): FormField[] {
  const properties = isRecord(schema.properties) ? schema.properties : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return Object.entries(properties)
    .map(([name, given]): FormField => {
      const property = isRecord(given) ? given : {}
      const kind = KINDS.find((one) => one === property.type)
      const choices = choicesOf(property)
      return {
        name,
        description: typeof property.description === 'string' ? property.description : '',
        required: required.has(name),
        kind: kind ?? (choices.length > 0 ? 'string' : 'json'),
        choices: kind === 'boolean' ? ['true', 'false'] : choices,
        without: property.default === undefined ? '' : wordOf(property.default),
        value: NO_TEXT,
      }
    })
    .sort((a, b) => Number(b.required) - Number(a.required))
}

const isWord = (value: unknown): boolean => typeof value !== 'object' || value === null

/** A value of a schema in short. Schemas may be nested deeper than can be written. */
export const wordOf = (value: unknown): string =>
  isWord(value) ? inWords(value) : Array.isArray(value) ? '[…]' : '{…}'

function choicesOf({ enum: words, anyOf }: Record<string, unknown>): string[] {
  if (Array.isArray(words)) return words.every(isWord) ? words.map(inWords) : []
  const constants = Array.isArray(anyOf) ? anyOf.filter(isRecord).map((one) => one.const) : []
  return constants.every((one) => typeof one === 'string') ? (constants as string[]) : []
}

export type Filled =
  | { ok: true; arguments: Record<string, unknown> }
  | { ok: false; field: number; problem: string }

/** The arguments that the form means, or the first field that can't be right. */
export function argumentsOf(fields: readonly FormField[]): Filled {
  const given: Record<string, unknown> = {}
  for (const [i, field] of fields.entries()) {
    const text = field.kind === 'string' ? field.value.text : field.value.text.trim()
    if (text === '') {
      if (field.required && field.kind !== 'string')
        return { ok: false, field: i, problem: `"${field.name}" is needed.` }
      if (field.required) put(given, field.name, '')
      continue
    }
    const value = meaningOf(field, text)
    if (value === undefined)
      return { ok: false, field: i, problem: `"${field.name}" ${EXPECTED[field.kind]}.` }
    put(given, field.name, value)
  }
  return { ok: true, arguments: given }
}

const EXPECTED: Readonly<Record<FormField['kind'], string>> = {
  string: 'must be one of its choices',
  number: 'must be a number',
  integer: 'must be a whole number',
  boolean: 'must be true or false',
  json: 'must be JSON',
}

function meaningOf({ kind, choices }: FormField, text: string): unknown {
  if (kind === 'string') return choices.length === 0 || choices.includes(text) ? text : undefined
  if (kind === 'boolean')
    return /^(t|true|y|yes)$/i.test(text) ? true : /^(f|false|n|no)$/i.test(text) ? false : undefined
  if (kind === 'json') {
    try {
      const value: unknown = parseExactly(text)
      // What is nested too deeply to be written again can't be sent.
      JSON.stringify(value)
      return value
    } catch {
      return undefined
    }
  }
  return kind === 'integer' ? wholeIn(text.trim(), Number.MIN_SAFE_INTEGER) : numberIn(text.trim())
}

/** The choice after the one that is typed. */
export const nextChoice = ({ choices, value }: FormField, by: 1 | -1): Editor | undefined => {
  if (choices.length === 0) return undefined
  const at = choices.indexOf(value.text)
  const next = at < 0 ? (by > 0 ? 0 : choices.length - 1) : (at + by + choices.length) % choices.length
  return editorOf(choices[next] as string)
}
